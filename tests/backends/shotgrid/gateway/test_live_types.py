"""Each data type as a live site was seen to treat it: reading, writing, clearing, filtering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest
import shotgun_api3
from shotgun_api3 import Fault

from trackerkit.testing.double import Double, double


@dataclass
class Bench:
    """A site, the official client, and a project to work in."""

    site: Double
    sg: Any
    project: dict[str, Any]
    made: int = 0

    def field(self, data_type: str, **properties: Any) -> str:
        """A field of ``CustomEntity01`` with a name of its own."""
        self.made += 1
        name = f"{data_type} {self.made}"
        return str(self.sg.schema_field_create("CustomEntity01", data_type, name, properties or None))

    def thing(self, **values: Any) -> dict[str, Any]:
        """A ``CustomEntity01``."""
        self.made += 1
        values = {"code": f"thing {self.made}", "project": self.project, **values}
        return dict(self.sg.create("CustomEntity01", values))

    def read(self, thing: dict[str, Any], name: str) -> Any:
        return self.sg.find_one(thing["type"], [["id", "is", thing["id"]]], [name])[name]

    def rows(self, things: list[dict[str, Any]], *condition: Any) -> list[bool]:
        """Which of the things a condition finds."""
        ids = [thing["id"] for thing in things]
        found = {row["id"] for row in self.sg.find("CustomEntity01", [["id", "in", ids], list(condition)])}
        return [thing["id"] in found for thing in things]

    def refuses(self, name: str, value: Any, match: str = ".") -> None:
        """A value is refused, and nothing is made."""
        before = len(self.sg.find("CustomEntity01", []))
        with pytest.raises(Fault, match=match):
            self.thing(**{name: value})
        assert len(self.sg.find("CustomEntity01", [])) == before


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with double("shotgrid") as site:
        sg = shotgun_api3.Shotgun(
            site.url, script_name=site.script_name, api_key=site.api_key, convert_datetimes_to_utc=False
        )
        yield Bench(site, sg, sg.find_one("Project", [["name", "is", "Kestrel"]]))
        sg.close()


# --- text ------------------------------------------------------------------------------------------------------------


def test_text_has_no_empty_text(bench: Bench) -> None:
    name = bench.field("text")
    for value in ("", "   ", None):
        assert bench.read(bench.thing(**{name: value}), name) is None
    assert bench.read(bench.thing(**{name: "  two words  "}), name) == "two words"
    bench.refuses(name, 5, "String, NilClass")


def test_text_matches_ignoring_case_and_negatives_match_null(bench: Bench) -> None:
    name = bench.field("text")
    things = [bench.thing(**{name: value}) for value in ("Hero Prop", "other", None)]
    for relation, value, expected in (
        ("is", "hero prop", [True, False, False]),
        ("contains", "RO PR", [True, False, False]),
        ("starts_with", "HERO", [True, False, False]),
        ("ends_with", "PROP", [True, False, False]),
        ("is_not", "HERO PROP", [False, True, True]),
        ("not_contains", "hero", [False, True, True]),
        ("not_in", ["hero prop"], [False, True, True]),
        ("is", "", [False, False, True]),
        ("is", None, [False, False, True]),
    ):
        assert bench.rows(things, name, relation, value) == expected, relation


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_number_is_a_signed_whole_number_of_32_bits(bench: Bench) -> None:
    name = bench.field("number")
    assert bench.read(bench.thing(**{name: "42"}), name) == 42
    assert bench.read(bench.thing(**{name: 2**31 - 1}), name) == 2**31 - 1
    bench.refuses(name, 2.5, "Float")
    bench.refuses(name, 2**31)
    bench.refuses(name, "")


@pytest.mark.parametrize("data_type", ["number", "percent", "duration", "timecode", "float"])
def test_zero_is_a_value_and_negatives_match_null(bench: Bench, data_type: str) -> None:
    name = bench.field(data_type)
    values: tuple[Any, ...] = (0.0, 60.0, None) if data_type == "float" else (0, 60, None)
    things = [bench.thing(**{name: value}) for value in values]
    for relation, value, expected in (
        ("is_not", None, [True, True, False]),
        ("is_not", values[1], [True, False, True]),
        ("not_in", [values[1]], [True, False, True]),
        ("greater_than", type(values[0])(-1), [True, True, False]),
        ("less_than", type(values[0])(1), [True, False, False]),
        ("between", [values[0], values[1]], [True, True, False]),
    ):
        assert bench.rows(things, name, relation, value) == expected, relation


def test_between_with_an_open_end_finds_nothing(bench: Bench) -> None:
    name = bench.field("number")
    assert bench.rows([bench.thing(**{name: 5})], name, "between", [None, 9]) == [False]


@pytest.mark.parametrize("data_type", ["percent", "timecode"])
def test_percent_and_timecode_take_whole_numbers_alone_and_know_no_bounds(bench: Bench, data_type: str) -> None:
    name = bench.field(data_type)
    for value in (-1, 1000, 2**31 - 1):
        assert bench.read(bench.thing(**{name: value}), name) == value
    for wrong in ("50", 0.5, "01:00:00:00"):
        bench.refuses(name, wrong, "Integer, NilClass")
        with pytest.raises(Fault, match="Integer, NilClass"):
            bench.sg.find("CustomEntity01", [[name, "is", wrong]])


def test_duration_is_minutes_and_a_fraction_is_cut_off(bench: Bench) -> None:
    name = bench.field("duration")
    assert bench.read(bench.thing(**{name: 90.9}), name) == 90
    assert bench.read(bench.thing(**{name: "90"}), name) == 90
    bench.refuses(name, "2:30")


def test_float_has_six_decimals(bench: Bench) -> None:
    name = bench.field("float")
    assert bench.read(bench.thing(**{name: 1.23456789}), name) == 1.234568
    assert bench.read(bench.thing(**{name: 1e-9}), name) == 0.0
    assert bench.read(bench.thing(**{name: "2.5"}), name) == 2.5


def test_float_takes_no_whole_number(bench: Bench) -> None:
    name = bench.field("float")
    text = re.escape("expected [String, BigDecimal, Float, NilClass] data type(s) but got Integer: 2")
    bench.refuses(name, 2, text)
    bench.refuses(name, True, "got TrueClass")
    bench.refuses(name, "", "Invalid data for 'float' data type")
    thing = bench.thing(**{name: 2.0})
    for relation, value in (("is", 2), ("in", [2]), ("greater_than", 1)):
        with pytest.raises(Fault) as caught:
            bench.sg.find("CustomEntity01", [[name, relation, value]])
        assert "expected [String, BigDecimal, Float, NilClass]" in str(caught.value)
    assert bench.rows([thing], name, "is", 2.0) == [True]
    assert bench.rows([thing], name, "is", "2.0") == [True]


def test_checkbox_is_never_null(bench: Bench) -> None:
    name = bench.field("checkbox", default_value=False)
    untouched, ticked = bench.thing(), bench.thing(**{name: "true"})
    assert (bench.read(untouched, name), bench.read(ticked, name)) == (False, True)
    assert bench.rows([untouched, ticked], name, "is", True) == [False, True]
    assert bench.rows([untouched, ticked], name, "is_not", True) == [True, False]
    bench.refuses(name, None)
    bench.refuses(name, 1, "FalseClass, TrueClass")
    for relation, value in (("is_not", None), ("in", [True]), ("is", None)):
        with pytest.raises(Fault):
            bench.sg.find("CustomEntity01", [[name, relation, value]])


# --- dates -----------------------------------------------------------------------------------------------------------


def test_date_takes_no_time(bench: Bench) -> None:
    name = bench.field("date")
    thing = bench.thing(**{name: "2026-09-02"})
    assert bench.read(thing, name) == "2026-09-02"
    bench.refuses(name, "2026-09-02T00:00:00Z")
    with pytest.raises(Fault):
        bench.sg.find("CustomEntity01", [[name, "is", "2026-09-02T00:00:00Z"]])
    empty = bench.thing()
    for relation, value in (("is_not", "2026-09-02"), ("not_in", ["2026-09-02"])):
        assert bench.rows([thing, empty], name, relation, value) == [False, True]
    assert bench.rows([thing, empty], name, "greater_than", "2026-09-02") == [False, False]
    assert bench.rows([thing, empty], name, "between", [None, "2027-01-01"]) == [False, False]


def test_date_time_is_utc_to_the_second(bench: Bench) -> None:
    name = bench.field("date_time")
    for sent, kept in (
        ("2026-03-04T05:06:07+05:00", (0, 6, 7)),
        ("2026-03-04T05:06:07", (5, 6, 7)),
        ("2026-03-04T05:06:07Z", (5, 6, 7)),
        ("2026-03-04", (0, 0, 0)),
    ):
        found = bench.read(bench.thing(**{name: sent}), name)
        assert found.replace(tzinfo=timezone.utc) == datetime(2026, 3, 4, *kept, tzinfo=timezone.utc), sent
    bench.refuses(name, "")
    bench.refuses(name, 1772600000, "String, NilClass")


def test_a_day_is_its_first_second(bench: Bench) -> None:
    name = bench.field("date_time")
    midnight, later = (bench.thing(**{name: f"2026-03-04T{hour}:00:00Z"}) for hour in ("00", "05"))
    things = [midnight, later]
    assert bench.rows(things, name, "is", "2026-03-04") == [True, False]
    assert bench.rows(things, name, "between", ["2026-03-04", "2026-03-05"]) == [True, True]


# --- words -----------------------------------------------------------------------------------------------------------


def test_list_is_written_exactly_and_found_ignoring_case(bench: Bench) -> None:
    name = bench.field("list", valid_values=["Type A", "Type B"])
    things = [bench.thing(**{name: value}) for value in ("Type A", "Type B", None)]
    bench.refuses(name, "type a")
    bench.refuses(name, ["Type A"], "String, NilClass")
    assert bench.rows(things, name, "is", "type a") == [True, False, False]
    assert bench.rows(things, name, "is_not", "Type A") == [False, True, True]
    assert bench.rows(things, name, "is", "no such") == [False, False, False]
    with pytest.raises(Fault, match=r"'list' data type doesn't support 'contains' 'relation'"):
        bench.sg.find("CustomEntity01", [[name, "contains", "Type"]])


def test_status_is_its_code(bench: Bench) -> None:
    task = bench.sg.create("Task", {"content": "x", "project": bench.project, "sg_status_list": "ip"})
    for wrong in ("IP", "nosuch"):
        with pytest.raises(Fault):
            bench.sg.update("Task", task["id"], {"sg_status_list": wrong})
    assert bench.read(task, "sg_status_list") == "ip"
    assert bench.sg.find_one("Task", [["id", "is", task["id"]], ["sg_status_list", "is", "IP"]]) is not None
    assert bench.sg.find("Task", [["sg_status_list", "is", "nosuch"]]) == []
    with pytest.raises(Fault, match="doesn't support 'contains'"):
        bench.sg.find("Task", [["sg_status_list", "contains", "i"]])


def test_status_name_is_no_status(bench: Bench) -> None:
    task = bench.sg.create("Task", {"content": "x", "project": bench.project, "sg_status_list": "ip"})
    with pytest.raises(Fault) as caught:
        bench.sg.update("Task", task["id"], {"sg_status_list": "Final"})
    assert "Update failed for [Task.sg_status_list]: 'Final' is not a valid status. Valid statuses: 'wtg'," in str(
        caught.value
    )
    bench.sg.update("Task", task["id"], {"sg_status_list": "fin"})
    for relation, value in (("is", "Final"), ("in", ["Final"])):
        assert bench.sg.find("Task", [["id", "is", task["id"]], ["sg_status_list", relation, value]]) == []
    for empty in (None, ""):
        assert bench.sg.update("Task", task["id"], {"sg_status_list": empty})["sg_status_list"] is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("#ff8000", "Value is not a valid color token: [#ff8000]"), ("White", "Value is not a valid color token"),
        ("255, 128, 0", "At least one component value is not valid"), ("-1,0,0", "At least one component value is not valid"),
        ("300,0,0", "At least one component value is out of range"), ("255,128", "not a valid color expression"),
        ("", "The value is not a valid color expression: []"), (None, "Value cannot be nil for Task.color."),
        ([1, 2, 3], "expected [String, NilClass] data type(s) but got Array"),
    ],
)  # fmt: skip
def test_color_that_is_none(bench: Bench, value: Any, text: str) -> None:
    task = bench.sg.create("Task", {"content": "x", "project": bench.project})
    with pytest.raises(Fault) as caught:
        bench.sg.update("Task", task["id"], {"color": value})
    assert text in str(caught.value)
    assert bench.read(task, "color") == "pipeline_step"  # as every Task that was told nothing else


def test_color_by_its_old_name(bench: Bench) -> None:
    task = bench.sg.create("Task", {"content": "x", "project": bench.project, "color": "Blue"})
    assert bench.read(task, "color") == "2,149,216"
    assert bench.sg.find("Task", [["id", "is", task["id"]], ["color", "is", "Blue"]]) == []
    for native, value, text in (
        ("Step", "#ff8000", "invalid format for color value"), ("Project", "red", "invalid format for color value"),
        ("Step", "300,0,0", "invalid range in color value"),
    ):  # fmt: skip
        with pytest.raises(Fault, match=text):
            bench.sg.find(native, [["color", "is", value]])


def test_color_of_a_task(bench: Bench) -> None:
    task = bench.sg.create("Task", {"content": "x", "project": bench.project, "color": "pipeline_step"})
    assert bench.read(task, "color") == "pipeline_step"
    bench.sg.update("Task", task["id"], {"color": "222,0,0"})
    assert bench.read(task, "color") == "222,0,0"
    assert len(bench.sg.find("Task", [["id", "is", task["id"]], ["color", "in", ["222,0,0"]]])) == 1


def test_entity_type_is_a_word_found_exactly(bench: Bench) -> None:
    steps = bench.sg.find("Step", [["entity_type", "is", "Shot"]], ["entity_type"])
    assert {step["entity_type"] for step in steps} == {"Shot"}
    assert bench.sg.find("Step", [["entity_type", "is", "shot"]]) == []
    with pytest.raises(Fault, match="doesn't support"):
        bench.sg.find("Step", [["entity_type", "type_is", "Shot"]])


# --- links -----------------------------------------------------------------------------------------------------------


def test_entity_is_cleared_by_null_alone(bench: Bench) -> None:
    name = bench.field("entity", valid_types=["Shot"])
    shot = bench.sg.find_one("Shot", [])
    thing = bench.thing(**{name: shot})
    assert bench.read(thing, name) == {"type": "Shot", "id": shot["id"], "name": "SQ010_0010"}
    bench.sg.update("CustomEntity01", thing["id"], {name: None})
    assert bench.read(thing, name) is None
    for wrong in (shot["id"], [shot], "SQ010_0010"):
        bench.refuses(name, wrong)
    bench.refuses(name, {"type": "Shot", "id": 99_999_999}, "not legal")
    with pytest.raises(Fault, match="Hash"):
        bench.sg.find("CustomEntity01", [[name, "is", shot["id"]]])
    with pytest.raises(Fault, match="'type'"):
        bench.sg.find("CustomEntity01", [[name, "in", [{"id": shot["id"]}]]])


def test_a_link_may_lead_to_another_project(bench: Bench) -> None:
    other = bench.sg.create("Project", {"name": "Other"})
    shot = bench.sg.create("Shot", {"code": "elsewhere", "project": other})
    version = bench.sg.create("Version", {"code": "v", "project": bench.project, "entity": shot})
    assert version["entity"]["id"] == shot["id"]


def test_multi_entity_is_never_null(bench: Bench) -> None:
    name = bench.field("multi_entity", valid_types=["Shot"])
    first, second = bench.sg.find("Shot", [["project", "is", bench.project]])[:2]
    things = [bench.thing(**{name: value}) for value in ([first, second], [first], [])]
    assert bench.read(things[2], name) == []
    for relation, value, expected in (
        ("is", first, [True, True, False]),
        ("in", [second], [True, False, False]),
        ("not_in", [second], [False, True, True]),
        ("is_not", second, [False, True, True]),
        ("is", None, [False, False, True]),
        ("name_contains", "0020", [True, False, False]),
    ):
        assert bench.rows(things, name, relation, value) == expected, relation
    bench.sg.update("CustomEntity01", things[1]["id"], {name: [second]}, multi_entity_update_modes={name: "add"})
    assert {item["id"] for item in bench.read(things[1], name)} == {first["id"], second["id"]}
    bench.sg.update("CustomEntity01", things[1]["id"], {name: [first]}, multi_entity_update_modes={name: "remove"})
    assert [item["id"] for item in bench.read(things[1], name)] == [second["id"]]


# --- what cannot be filtered, or cannot be written -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("native", "name", "data_type"),
    [
        ("Task", "splits", "serializable"),
        ("Version", "sg_uploaded_movie", "url"),
        ("HumanUser", "password_proxy", "password"),
        ("Shot", "step_0", "pivot_column"),
        ("EventLogEntry", "meta", "serializable"),
    ],
)
def test_what_takes_no_operator(bench: Bench, native: str, name: str, data_type: str) -> None:
    assert bench.sg.schema_read()[native][name]["data_type"]["value"] == data_type
    for relation, value in (("is", None), ("is_not", None), ("nosuch", "x")):
        with pytest.raises(Fault, match="cannot be used in a filter"):
            bench.sg.find(native, [[name, relation, value]])


def test_password_is_a_mask(bench: Bench) -> None:
    person = bench.sg.find_one("HumanUser", [["login", "is", "ada"]], ["password_proxy"])
    assert person["password_proxy"] == "*******"


def test_pivot_column_reads_null_and_takes_nothing(bench: Bench) -> None:
    shot = bench.sg.find_one("Shot", [], ["step_0"])
    assert shot["step_0"] is None
    with pytest.raises(Fault):
        bench.sg.update("Shot", shot["id"], {"step_0": "x"})


def test_image_takes_null_alone(bench: Bench) -> None:
    shot = bench.sg.create("Shot", {"code": "x", "project": bench.project})
    with pytest.raises(Fault):
        bench.sg._call_rpc(  # the client itself would upload a file of that name
            "update",
            {"type": "Shot", "id": shot["id"], "fields": [{"field_name": "image", "value": "https://x.example/a.png"}]},
        )
    assert bench.sg.update("Shot", shot["id"], {"image": None})["image"] is None
    with pytest.raises(Fault):
        bench.sg.find("Shot", [["image", "is", "https://x.example/a.png"]])
    assert bench.sg.find_one("Shot", [["id", "is", shot["id"]], ["image", "is", None]]) is not None


def test_uuid_is_the_servers(bench: Bench) -> None:
    storage = bench.sg.create("LocalStorage", {"code": "uuids", "linux_path": "/mnt/uuids"}, ["uuid"])
    with pytest.raises(Fault):
        bench.sg.update("LocalStorage", storage["id"], {"uuid": "0" * 32})
    assert bench.sg.find_one("LocalStorage", [["uuid", "is", storage["uuid"]]])["id"] == storage["id"]
    with pytest.raises(Fault, match="doesn't support"):
        bench.sg.find("LocalStorage", [["uuid", "contains", storage["uuid"][:5]]])


def test_uuid_is_found_in_any_spelling(bench: Bench) -> None:
    storage = bench.sg.create("LocalStorage", {"code": "spelled", "linux_path": "/mnt/spelled"}, ["uuid"])
    text, mine = storage["uuid"], [["id", "is", storage["id"]]]
    for spelling in (text.upper(), text.replace("-", ""), "{" + text + "}"):
        assert bench.sg.find_one("LocalStorage", [["uuid", "is", spelling]])["id"] == storage["id"]
    other = "00000000-0000-0000-0000-000000000000"
    assert bench.sg.find("LocalStorage", [*mine, ["uuid", "is", other]]) == []
    for condition in (["uuid", "is_not", other], ["uuid", "not_in", [other]], ["uuid", "is_not", ""]):
        assert len(bench.sg.find("LocalStorage", [*mine, condition])) == 1
    assert bench.sg.find("LocalStorage", [*mine, ["uuid", "is", ""]]) == []
    assert bench.sg.find("EventLogEntry", [["session_uuid", "is", ""]], limit=1) != []


@pytest.mark.parametrize(
    ("relation", "value", "text"),
    [
        ("is", None, "LocalStorage.uuid expected [String] data type(s) but got NilClass: nil"),
        ("is", 12345, "LocalStorage.uuid expected [String] data type(s) but got Integer: 12345"),
        ("in", [None], "LocalStorage.uuid expected [String] data type(s) but got NilClass: nil"),
        (
            "is",
            "11111111",
            'invalid input syntax for type uuid: "11111111". -- Read failed for entity type [LocalStorage]',
        ),
        ("in", [""], 'invalid input syntax for type uuid: ""'),
        ("is", " 11111111-2222-11df-8888-999999999999", "invalid input syntax for type uuid"),
    ],
)
def test_uuid_that_is_none(bench: Bench, relation: str, value: Any, text: str) -> None:
    with pytest.raises(Fault) as caught:
        bench.sg.find("LocalStorage", [["uuid", relation, value]])
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "data_type", ["calculated", "summary", "pivot_column", "image", "serializable", "password", "uuid"]
)
def test_what_nobody_can_make(bench: Bench, data_type: str) -> None:
    with pytest.raises(Fault, match="cannot be created"):
        bench.sg.schema_field_create("Shot", data_type, "X")


def test_url_is_a_web_link_or_nothing(bench: Bench) -> None:
    name = bench.field("url")
    thing = bench.thing(**{name: {"url": "https://example.com/a", "name": "a"}})
    found = bench.read(thing, name)
    assert (found["url"], found["name"], found["link_type"]) == ("https://example.com/a", "a", "web")
    bench.sg.update("CustomEntity01", thing["id"], {name: None})
    assert bench.read(thing, name) is None
    for value in ({}, {"type": "Attachment", "id": 1}):
        with pytest.raises(Fault, match="invalid/missing url hash string 'url': "):
            bench.sg.update("CustomEntity01", thing["id"], {name: value})
