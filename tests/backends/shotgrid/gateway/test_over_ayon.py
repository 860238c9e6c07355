"""The gateway over a tracker whose ids are no numbers: AYON's backend, over HTTP, on an AYON gateway, on the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
import shotgun_api3

import trackerkit
from trackerkit.gateway.log.numbering import Numbering
from trackerkit.gateway.opening import opener
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.web.serve import Server
from trackerkit_shotgrid.gateway.app import create_app
from trackerkit_shotgrid.gateway.entries import EntriesOpener

CHEAP = Cost(2**4, 1, 1)


@pytest.fixture(scope="module")
def sg(gateways: Any) -> Any:
    return gateways.connect()


@pytest.fixture(scope="module")
def show(sg: Any) -> dict[str, Any]:
    project = sg.create("Project", {"name": "Big_Buck", "code": "bb"})
    made = {"project": {"type": "Project", "id": project["id"], "name": "Big_Buck"}}
    made["sequence"] = sg.create("Sequence", {"code": "SQ010", "project": made["project"]})
    fields = {"project": made["project"], "sg_sequence": made["sequence"]}
    made["shots"] = [sg.create("Shot", {"code": f"SH0{at}0", **fields}) for at in range(1, 4)]
    made["task"] = sg.create("Task", {"content": "comp", "project": made["project"], "entity": made["shots"][0]})
    return made


def test_ids_are_small_numbers_that_differ(sg: Any, show: dict[str, Any]) -> None:
    ids = [row["id"] for row in sg.find("Shot", [])]
    assert len(set(ids)) == 3
    assert all(isinstance(number, int) and 0 < number < 10_000 for number in ids)


def test_records_are_found_by_their_numbers(sg: Any, show: dict[str, Any]) -> None:
    shot = show["shots"][1]
    assert sg.find_one("Shot", [["id", "is", shot["id"]]], ["code"])["code"] == "SH020"
    assert len(sg.find("Shot", [["id", "in", [row["id"] for row in show["shots"][:2]]]])) == 2
    assert len(sg.find("Shot", [["id", "not_in", [row["id"] for row in show["shots"][:2]]]])) == 1
    assert sg.find("Shot", [["id", "is", 999_999]]) == []
    assert sg.find("Shot", [["id", "is", show["task"]["id"]]]) == []


def test_links_by_number(sg: Any, show: dict[str, Any]) -> None:
    found = sg.find("Task", [["entity", "is", show["shots"][0]]], ["entity", "entity.Shot.sg_sequence.Sequence.code"])
    assert found[0]["entity"] == {"type": "Shot", "id": show["shots"][0]["id"], "name": "SH010"}
    assert found[0]["entity.Shot.sg_sequence.Sequence.code"] == "SQ010"
    assert sg.find("Task", [["entity", "is", show["shots"][1]]]) == []
    assert sg.find("Shot", [["project", "is", {"type": "Project", "id": 999_999}]]) == []


def test_numbers_stay_in_another_process(gateways: Any, sg: Any, show: dict[str, Any]) -> None:
    other = gateways.connect()
    paths = ["code", "sg_sequence", "project"]
    assert other.find("Shot", [], paths) == sg.find("Shot", [], paths)
    new = other.create("Shot", {"code": "SH900", "project": show["project"], "sg_sequence": show["sequence"]})
    assert sg.find_one("Shot", [["id", "is", new["id"]]], ["code"])["code"] == "SH900"
    assert other.delete("Shot", new["id"]) is True
    assert sg.find("Shot", [["id", "is", new["id"]]]) == []


def numbers(found: list[dict[str, Any]]) -> list[int]:
    return [record["id"] for record in found]


def test_numbers_rise_in_the_order_of_creation(sg: Any, show: dict[str, Any]) -> None:
    made = sg.batch(
        [
            {"request_type": "create", "entity_type": "Shot", "data": {"code": f"late{at}", "project": show["project"]}}
            for at in range(25)
        ]
    )
    assert numbers(made) == sorted(numbers(made))
    filters = [["project", "is", show["project"]], ["code", "starts_with", "late"]]
    rising = [{"field_name": "id", "direction": "asc"}]
    assert numbers(sg.find("Shot", filters, order=rising)) == numbers(made)
    falling = [{"field_name": "id", "direction": "desc"}]
    assert numbers(sg.find("Shot", filters, order=falling)) == numbers(made)[::-1]
    assert numbers(sg.find("Shot", filters, order=falling, limit=3)) == numbers(made)[:-4:-1]
    assert numbers(sg.find("Shot", filters, order=rising, limit=4, page=2)) == numbers(made)[4:8]


def test_numbers_are_compared(sg: Any, show: dict[str, Any]) -> None:
    data = [{"code": f"cmp{at}", "project": show["project"]} for at in range(9)]
    made = numbers([sg.create("Shot", item) for item in data])
    mine = [["project", "is", show["project"]], ["code", "starts_with", "cmp"]]
    rising = [{"field_name": "id", "direction": "asc"}]
    behind, pages = 0, []
    while page := numbers(sg.find("Shot", [*mine, ["id", "greater_than", behind]], order=rising, limit=4)):
        pages.append(page)
        behind = page[-1]
    assert pages == [made[:4], made[4:8], made[8:]]
    assert numbers(sg.find("Shot", [*mine, ["id", "less_than", made[2]]], order=rising)) == made[:2]
    assert numbers(sg.find("Shot", [*mine, ["id", "between", made[2], made[4]]], order=rising)) == made[2:5]


def test_a_comparison_of_numbers_that_is_one_of_several_ways_is_refused(sg: Any, show: dict[str, Any]) -> None:
    either = {"filter_operator": "any", "filters": [["id", "greater_than", 1], ["code", "is", "x"]]}
    with pytest.raises(shotgun_api3.Fault, match="not served over a tracker without whole numbers"):
        sg.find("Shot", [either])


def test_a_bound_that_is_no_number_is_refused(sg: Any, show: dict[str, Any]) -> None:
    with pytest.raises(shotgun_api3.Fault, match=r"Shot\.id expected \[Integer\]"):
        sg.find("Shot", [["id", "greater_than", "1"]])


def test_a_record_that_never_was(sg: Any, show: dict[str, Any]) -> None:
    with pytest.raises(shotgun_api3.Fault, match=r"Entity of type \[Shot\] with id=999999 does not exist"):
        sg.update("Shot", 999_999, {"description": "x"})


def test_files(sg: Any, show: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"hello")
    number = sg.upload("Shot", show["shots"][0]["id"], str(path))
    assert sg.download_attachment(number) == b"hello"


def test_events_are_numbered(sg: Any, show: dict[str, Any]) -> None:
    found = sg.find(
        "EventLogEntry", [["id", "greater_than", 0]], ["event_type"], order=[{"column": "id", "direction": "asc"}]
    )
    ids = [entry["id"] for entry in found]
    assert ids == sorted(set(ids))
    assert "Shotgun_Shot_New" in [entry["event_type"] for entry in found]


def test_the_number_behind_a_link(sg: Any, show: dict[str, Any]) -> None:
    sequence = sg.create("Sequence", {"code": "sq_numbered", "project": show["project"]})
    data = {"code": "sh_numbered", "project": show["project"], "sg_sequence": sequence}
    made = sg.create("Shot", data)
    found = sg.find_one("Shot", [["id", "is", made["id"]]], ["sg_sequence.Sequence.id", "sg_sequence.Sequence.code"])
    assert found["sg_sequence.Sequence.id"] == sequence["id"]
    assert found["sg_sequence.Sequence.code"] == "sq_numbered"


# --- the log's entries -----------------------------------------------------------------------------------------------

ENTRY = ["id", "event_type", "attribute_name", "meta", "entity"]
RISING = [{"column": "id", "direction": "asc"}]
FALLING = [{"column": "id", "direction": "desc"}]


def newest(sg: Any) -> int:
    return int(sg.find_one("EventLogEntry", [], ["id"], order=FALLING)["id"])


@pytest.fixture
def two_facts(ayon: tuple[str, str], sg: Any, show: dict[str, Any]) -> int:
    """One event of AYON tells of two attributes of a shot, as a real server's do; the last entry before it."""
    url, key = ayon
    before = newest(sg)
    with trackerkit.connect(url, api_key=key) as tracker:
        shot = next(iter(tracker.find("Shot", [["name", "is", "SH010"]])))
        project = tracker.get("Project", shot.ref.project, fields=["name"]).name
    told = {
        "topic": "entity.folder.attrib_changed",
        "project": project,
        "summary": {"entityId": shot.id, "parentId": None},
        "payload": {"oldValue": {"frameStart": 1, "frameEnd": 2}, "newValue": {"frameStart": 1001, "frameEnd": 1050}},
        "finished": True,
    }
    sent = requests.post(f"{url.removeprefix('ayon+')}/api/events", json=told, headers={"x-api-key": key}, timeout=30)
    assert sent.ok, sent.text
    return before


def test_each_fact_of_one_event_is_an_entry_with_an_id_of_its_own(
    sg: Any, show: dict[str, Any], two_facts: int
) -> None:
    found = sg.find("EventLogEntry", [["id", "greater_than", two_facts]], ENTRY, order=RISING)
    assert [entry["id"] for entry in found] == [two_facts + 1, two_facts + 2]
    told = {entry["attribute_name"]: (entry["meta"]["old_value"], entry["meta"]["new_value"]) for entry in found}
    assert told == {"sg_cut_in": (1, 1001), "sg_cut_out": (2, 1050)}
    assert {entry["entity"]["id"] for entry in found} == {show["shots"][0]["id"]}
    for entry in found:
        assert sg.find_one("EventLogEntry", [["id", "is", entry["id"]]], ENTRY) == entry
    assert sg.find("EventLogEntry", [["id", "greater_than", two_facts]], ENTRY, order=FALLING) == found[::-1]
    stream = sg.activity_stream_read("Shot", show["shots"][0]["id"])
    assert [update["id"] for update in stream["updates"][:2]] == [two_facts + 2, two_facts + 1]


def test_ids_of_entries_are_dense_and_stay_in_another_process(gateways: Any, sg: Any, two_facts: int) -> None:
    found = sg.find("EventLogEntry", [], ENTRY, order=RISING)
    assert [entry["id"] for entry in found] == list(range(1, len(found) + 1))
    other = gateways.connect()
    assert other.find("EventLogEntry", [], ENTRY, order=RISING) == found
    assert other.find("EventLogEntry", [], ENTRY, order=FALLING, limit=2) == found[:-3:-1]
    middle = found[3:9]
    ids = [entry["id"] for entry in middle]
    assert other.find("EventLogEntry", [["id", "between", ids[0], ids[-1]]], ENTRY, order=RISING) == middle
    assert other.find("EventLogEntry", [["id", "in", ids]], ENTRY, order=RISING) == middle
    count = other.summarize("EventLogEntry", [["id", "less_than", 9]], [{"field": "id", "type": "count"}])["summaries"][
        "id"
    ]
    assert count == 8


def test_pages_of_entries(sg: Any, show: dict[str, Any]) -> None:
    last = newest(sg)
    pages = [sg.find("EventLogEntry", [], ["id"], order=RISING, limit=7, page=number) for number in (1, 2, 3)]
    assert [entry["id"] for page in pages for entry in page] == list(range(1, 22))
    pages = [sg.find("EventLogEntry", [], ["id"], order=FALLING, limit=7, page=number) for number in (1, 2)]
    assert [entry["id"] for page in pages for entry in page] == list(range(last, last - 14, -1))


def test_an_entry_that_a_script_writes_has_the_id_that_it_is_found_by(sg: Any, show: dict[str, Any]) -> None:
    before = newest(sg)
    made = sg.create("EventLogEntry", {"event_type": "Ingest_Done", "project": show["project"], "description": "in"})
    assert made["id"] == before + 1
    found = sg.find_one("EventLogEntry", [["id", "is", made["id"]]], ["event_type", "description"])
    assert (found["event_type"], found["description"]) == ("Ingest_Done", "in")
    assert sg.find("EventLogEntry", [["event_type", "is", "Ingest_Done"], ["id", "greater_than", before]]) == [
        {"type": "EventLogEntry", "id": made["id"]}
    ]


def test_a_log_that_is_there_already_is_numbered_ahead(gateways: Any, sg: Any, tmp_path: Any) -> None:
    last = newest(sg)
    with State.open(tmp_path / "fresh.db", password_cost=CHEAP) as state:
        made = EntriesOpener(gateways._open, state, gateways._open.service)
        made.start()
        assert made._ahead is not None
        made._ahead.join(60.0)
        assert Numbering(state, gateways._open.service().backend.site).ledger.head().last == last
        made.close()


def test_a_tracker_with_whole_numbers_has_no_ledger(tmp_path: Any) -> None:
    with (
        State.open(tmp_path / "state.db", password_cost=CHEAP) as state,
        trackerkit.connect(f"sqlite:///{tmp_path / 'show.db'}") as store,
    ):
        _, key = state.add_key("tests", kind="script")
        with Server(create_app(opener(lambda: store), state)) as server:
            sg = shotgun_api3.Shotgun(server.url, script_name="tests", api_key=key)
            sg.create("Project", {"name": "plain"})
            assert sg.find("EventLogEntry", [])
            sg.close()
        assert "ledger" not in {row.room for row in rooms(state)}


def rooms(state: State) -> Any:
    from sqlalchemy import text

    with state.engine.connect() as connection:
        return connection.execute(text("SELECT room FROM tk_versions")).all()


def test_a_change_of_parent_names_it_with_its_type(sg: Any, show: dict[str, Any]) -> None:
    home = show["project"]
    first, second = (sg.create("Sequence", {"code": code, "project": home}) for code in ("from", "to"))
    shot = sg.create("Shot", {"code": "moves", "project": home, "sg_sequence": first})
    sg.update("Shot", shot["id"], {"sg_sequence": second})
    found = sg.find("EventLogEntry", [["event_type", "is", "Shotgun_Shot_Change"], ["entity", "is", shot]], ["meta"])
    assert [(entry["meta"]["attribute_name"], entry["meta"]["new_value"]) for entry in found] == [
        ("sg_sequence", {"type": "Sequence", "id": second["id"], "name": "to"})
    ]
