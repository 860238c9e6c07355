"""Reading a site: by key, a page ahead, with what it cannot answer finished here."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import shotgun_api3
from fake_shotgrid import FakeSite, native_field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackerkit.evaluate import answer
from trackerkit.filters import And, Filter, Or, field
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

PROJECT = {"type": "Project", "id": 70, "name": "BBB"}


def fill(fake: FakeSite, count: int) -> None:
    for number in range(1, count + 1):
        fake.add("Shot", number, code=f"sh{number:04}", project=PROJECT, created_at="2024-01-01T00:00:00Z")


def reads(fake: FakeSite) -> list[Any]:
    return [given for given in fake.asked("read") if given["type"] != "Status"]


def test_pages_by_key_lose_and_repeat_nothing(fake: FakeSite, studio: Tracker) -> None:
    """F19: rows that come and go while one pages are neither lost nor given twice."""
    fake.info["api_max_entities_per_page"] = 10
    fill(fake, 50)
    found = studio.find("Shot")
    seen = [next(found).id for _ in range(3)]
    for number in range(1, 9):
        del fake.tables["Shot"][number]
    fake.add("Shot", 51, code="new", project=PROJECT)
    seen += [shot.id for shot in found]
    assert seen == [str(number) for number in range(1, 52)]
    conditions = [given["filters"]["conditions"] for given in reads(fake)]
    assert conditions[0] == []
    assert conditions[1] == [{"path": "id", "relation": "greater_than", "values": [10]}]


def test_a_small_limit_asks_for_a_small_page(fake: FakeSite, studio: Tracker) -> None:
    fill(fake, 50)
    assert len(list(studio.find("Shot", limit=3))) == 3
    (given,) = reads(fake)
    assert given["paging"]["entities_per_page"] == 3


def test_a_limit_over_several_pages(fake: FakeSite, studio: Tracker) -> None:
    fake.info["api_max_entities_per_page"] = 10
    fill(fake, 50)
    assert [shot.id for shot in studio.find("Shot", limit=25)] == [str(n) for n in range(1, 26)]
    assert len(reads(fake)) == 3


def test_a_page_goes_on_where_it_ended(fake: FakeSite, studio: Tracker) -> None:
    fill(fake, 25)
    query = studio.query("Shot", fields=["id"], page_size=10)
    first = next(studio.read(query))
    assert first.next == 10
    rest = [value for page in studio.read(query.with_(after=first.next)) for (value,) in page.tuples()]
    assert rest == [str(number) for number in range(11, 26)]


def test_newest_first_is_asked_of_the_site(fake: FakeSite, studio: Tracker) -> None:
    fake.info["api_max_entities_per_page"] = 10
    fill(fake, 25)
    assert [shot.id for shot in studio.find("Shot", order=["-id"], limit=12)] == [str(n) for n in range(25, 13, -1)]
    assert reads(fake)[0]["sorts"] == [{"field_name": "id", "direction": "desc"}]
    assert studio.explain("Shot", order=["-id"]).order == "tracker"


def test_names_are_sorted_here_by_code_point(fake: FakeSite, studio: Tracker) -> None:
    for name in ("b", "B", "é", "a", None):
        fake.add("Shot", code=name, project=PROJECT)
    assert [shot.name for shot in studio.find("Shot", order=["name"])] == [None, "B", "a", "b", "é"]
    assert studio.explain("Shot", order=["name"]).order == "here"


def test_a_text_is_compared_exactly(fake: FakeSite, studio: Tracker) -> None:
    for name in ("sh010", "SH010"):
        fake.add("Shot", code=name, project=PROJECT)
    assert [shot.name for shot in studio.find("Shot", field("name") == "sh010")] == ["sh010"]
    assert [shot.name for shot in studio.find("Shot", field("name") != "sh010")] == ["SH010"]
    assert studio.count("Shot", field("name") == "sh010") == 1
    told = studio.explain("Shot", field("name") == "sh010")
    assert (told.pushed, told.left) == ("code is 'sh010'", "name is 'sh010'")


def test_a_link_that_is_filtered_by_here_is_a_column_too(fake: FakeSite, studio: Tracker) -> None:
    for name in ("sh010", "SH010"):
        fake.add("Shot", code=name, project=PROJECT)
    home = Ref("Project", 70, 70, studio.backend.site)
    either = (field("name") == "sh010") | ((field("project") == home) & (field("name") == "SH010"))
    assert len(list(studio.find("Shot", fields=["name", "project"]))) == 2  # the same columns, with nothing left over
    found = list(studio.find("Shot", either, fields=["name", "project"]))
    assert [(shot.name, shot["project"]) for shot in found] == [("sh010", home), ("SH010", home)]


def test_what_nothing_can_match_is_not_asked(fake: FakeSite, studio: Tracker) -> None:
    assert list(studio.find("Shot", field("id") == "no-number")) == []
    assert studio.count("Shot", field("id") == "no-number") == 0
    assert reads(fake) == []
    assert studio.explain("Shot", field("id") == "no-number").pushed == "nothing can match"


def test_the_site_counts_where_it_can(fake: FakeSite, studio: Tracker) -> None:
    fill(fake, 30)
    assert studio.count("Shot", field("id") > "10") == 20
    (given,) = reads(fake)
    assert given["return_paging_info"] is True
    assert given["paging"]["entities_per_page"] == 1


def test_values_by_the_schema_alone(fake: FakeSite, studio: Tracker) -> None:
    """F71, F72: texts that look like times or HTML stay what they are."""
    fake.schema["Shot"]["sg_when"] = native_field("date_time")
    fake.add("Shot", 1, code="2024-01-01T00:00:00Z", description="a &lt;b&gt; &amp;amp;", sg_when="2024-01-01T00:00:00Z",
             project=PROJECT)  # fmt: skip
    shot = studio.get("Shot", 1, fields=["name", "description", "sg_when"])
    assert shot.name == "2024-01-01T00:00:00Z"
    assert shot.description == "a &lt;b&gt; &amp;amp;"
    assert shot.sg_when == datetime(2024, 1, 1, tzinfo=timezone.utc)


def test_deep_columns_take_one_request(fake: FakeSite, studio: Tracker) -> None:
    fake.add("Sequence", 5, code="sq010", project=PROJECT)
    shot = fake.add(
        "Shot", 7, code="sh010", sg_sequence={"type": "Sequence", "id": 5, "name": "sq010"}, project=PROJECT
    )
    fake.add("Task", 9, content="comp", entity=shot, project=PROJECT)
    task = studio.get("Task", 9, fields=["name", "parent.name", "sequence.name", "sequence"])
    assert task.to_dict() == {
        "name": "comp", "parent.name": "sh010", "sequence.name": "sq010", "sequence": Ref("Sequence", 5, site=studio.backend.site,
                                                                                          native="Sequence"),
    }  # fmt: skip
    assert len(reads(fake)) == 1


def test_reverse_links_that_the_site_has_no_field_for(fake: FakeSite, studio: Tracker) -> None:
    shot = fake.add("Shot", 7, code="sh010", project=PROJECT)
    fake.add("Shot", 8, code="sh020", project=PROJECT)
    del fake.schema["Shot"]["sg_versions"]
    for name in ("v1", "v2"):
        fake.add("Version", code=name, entity=shot, project=PROJECT)
    found = [[ref.label for ref in item.versions] for item in studio.find("Shot", fields=["versions"])]
    assert found == [["v1", "v2"], []]
    assert [item.id for item in studio.find("Shot", field("versions.name") == "v2")] == ["7"]


def test_kinds_are_merged_by_creation_and_resumed(fake: FakeSite, studio: Tracker) -> None:
    for number in range(12):
        kind = ("Shot", "Asset", "Sequence")[number % 3]
        fake.add(kind, 100 - number, code=f"n{number:02}", project=PROJECT, created_at=f"2024-01-01T00:00:{number:02}Z")
    # Ids fall while times rise: within one kind the order is that of its ids, as everywhere.
    query = studio.query("Folder", fields=["name"], page_size=5)
    first = next(studio.read(query))
    rest = [row for page in studio.read(query.with_(after=first.next)) for row in page.tuples()]
    whole = [row for page in studio.read(query.with_(page_size=None)) for row in page.tuples()]
    assert [*first.tuples(), *rest] == whole
    assert len(whole) == 12
    assert studio.count("Folder") == 12


def test_retired_records(fake: FakeSite, studio: Tracker) -> None:
    fill(fake, 4)
    fake.retired = {("Shot", 2), ("Shot", 3)}
    ids = {state: [shot.id for shot in studio.find("Shot", state=state)] for state in ("active", "retired", "all")}
    assert ids == {"active": ["1", "4"], "retired": ["2", "3"], "all": ["1", "2", "3", "4"]}
    named = [shot.name for shot in studio.find("Shot", state="all", order=["-name"])]
    assert named == ["sh0004", "sh0003", "sh0002", "sh0001"]


def test_archived_projects(fake: FakeSite, studio: Tracker) -> None:
    fake.add("Project", 70, name="live", archived=False)
    fake.add("Project", 71, name="old", archived=True)
    assert [project.name for project in studio.find("Project")] == ["live"]
    assert [project.name for project in studio.find("Project", archived=True)] == ["live", "old"]
    flags = [given.get("include_archived_projects", True) for given in reads(fake)]
    assert flags == [False, True]


def test_a_movie_is_a_reviewable(fake: FakeSite, studio: Tracker) -> None:
    movie = {"type": "Attachment", "id": 5, "name": "a.mov", "content_type": "video/quicktime", "url": "https://s3/a",
             "link_type": "upload"}  # fmt: skip
    fake.add("Version", 1, code="v1", project=PROJECT, sg_uploaded_movie=movie)
    fake.add("Version", 2, code="v2", project=PROJECT, sg_uploaded_movie=None)
    (found,) = studio.find("Reviewable", fields=["version", "filename", "mime_type"])
    assert (found.ref.id, found.version.id, found.filename, found.mime_type) == ("1", "1", "a.mov", "video/quicktime")
    assert [[ref.id for ref in v.reviewables] for v in studio.find("Version", fields=["reviewables"])] == [["1"], []]
    assert studio.count("Reviewable") == 1
    version = studio.ref("Version", 1)
    assert [item.id for item in studio.find("Reviewable", field("version") == version, fields=["id"])] == ["1"]


def test_a_playlist_keeps_its_order(fake: FakeSite, studio: Tracker) -> None:
    links = [fake.add("Version", number, code=f"v{number}", project=PROJECT) for number in (1, 2, 3)]
    playlist = fake.add("Playlist", 9, code="dailies", versions=links, project=PROJECT)
    fake.schema["PlaylistVersionConnection"] = {
        "id": native_field("number", editable=False),
        "playlist": native_field("entity", valid_types=["Playlist"]),
        "version": native_field("entity", valid_types=["Version"]),
        "sg_sort_order": native_field("number"),
    }
    for number, rank in ((1, 3), (2, 1), (3, 2)):
        fake.add("PlaylistVersionConnection", number, playlist=playlist, version=links[number - 1], sg_sort_order=rank)
    assert [ref.id for ref in studio.get("Playlist", 9, fields=["items"])["items"]] == ["2", "3", "1"]
    wanted = [studio.ref("Version", number) for number in (3, 1, 2)]
    studio.update(studio.ref("Playlist", 9), items=wanted)
    assert [ref.id for ref in studio.get("Playlist", 9, fields=["items"])["items"]] == ["3", "1", "2"]


def test_own_types_and_fields(fake: FakeSite, studio: Tracker) -> None:
    fake.schema["CustomEntity01"] = {
        "id": native_field("number"),
        "code": native_field("text"),
        "sg_fee": native_field("number"),
    }
    fake.add("CustomEntity01", 3, code="thing", sg_fee=12)
    found = studio.get("CustomEntity01", 3, fields=["code", "sg_fee"])
    assert found.to_dict() == {"code": "thing", "sg_fee": 12}
    assert found.ref.label == "thing"
    assert studio.get("Shot", fake.add("Shot", code="x")["id"], fields=["native(code)"])["native(code)"] == "x"


def test_a_link_to_a_type_that_the_schema_hides(fake: FakeSite, studio: Tracker) -> None:
    fake.add("Task", 1, content="x", entity={"type": "Hidden", "id": 4, "name": "h"}, project=PROJECT)
    task = studio.get("Task", 1, fields=["parent", "parent.name", "sequence"])
    assert (task.parent.type, task["parent.name"], task.sequence) == ("Hidden", None, None)


def test_the_page_for_people(fake: FakeSite, studio: Tracker) -> None:
    assert studio.web_url(studio.ref("File", 3)) == f"{fake.url}/detail/PublishedFile/3"


# --- beside the reference semantics ----------------------------------------------------------------------------------


NAMES = st.sampled_from(["sh010", "SH010", "sh 1%_", "é", "É", "Straße", "x", None])
SHOTS = st.lists(
    st.fixed_dictionaries(
        {
            "code": NAMES,
            "sg_cut_in": st.none() | st.integers(-2, 2),
            "sg_status_list": st.sampled_from(["ip", "fin", None]),
            "sg_sequence": st.sampled_from([None, 5, 6]),
            "sg_scene": st.sampled_from([None, 8]),
            "sg_fps": st.sampled_from([None, 24.0, 23.976]),
        }
    ),
    max_size=6,
)
TEXT = st.sampled_from(["sh010", "SH010", "SH", "%", "é", "É", "ß", "0", "1%_", "Straße"])
SEQUENCES = st.sampled_from([5, 6]).map(lambda number: Ref("Sequence", number))
LEAVES = st.one_of(
    st.builds(lambda op, text: getattr(field("name"), op)(text), st.sampled_from(["contains", "starts_with", "ends_with",
              "equals_ignoring_case", "__eq__", "__ne__"]), TEXT),
    st.lists(st.none() | TEXT, max_size=3).map(lambda texts: field("name").is_in(texts)),
    st.builds(lambda op, number: getattr(field("frame_start"), op)(number),
              st.sampled_from(["__lt__", "__gt__", "__le__", "__ge__", "__eq__", "__ne__"]), st.integers(-3, 3)),
    st.sampled_from(["ip", "fin", None]).map(lambda status: field("status") == status),
    st.lists(st.sampled_from(["ip", "fin", None]), max_size=2).map(lambda found: field("status").not_in(found)),
    SEQUENCES.map(lambda ref: field("parent") == ref),
    st.just(field("parent") == Ref("Scene", 8)),
    st.just(field("parent").type_is("Sequence")),
    st.just(field("parent").type_is("Project")),
    st.just(field("parent") == None),  # noqa: E711
    SEQUENCES.map(lambda ref: field("sequence") != ref),
    st.sampled_from(["sq5", "SQ6", None]).map(lambda name: field("sequence.name") == name),
    st.sampled_from([24.0, 23.976, 23.9760001]).map(lambda fps: field("fps") >= fps),
    st.lists(st.integers(0, 8).map(str), max_size=3).map(lambda ids: field("id").is_in(ids)),
)  # fmt: skip
FILTERS = st.recursive(
    LEAVES, lambda inner: st.one_of(st.builds(And, st.lists(inner, max_size=3)), st.builds(Or, st.lists(inner, max_size=3)),
                                    inner.map(lambda part: ~part)), max_leaves=5,
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(shots=SHOTS, wanted=FILTERS, limit=st.none() | st.integers(1, 3))
def test_an_answer_is_that_of_the_reference_semantics(
    fake: FakeSite, studio: Tracker, shots: list[dict[str, Any]], wanted: Filter, limit: int | None
) -> None:
    """What is pushed down selects at least the answer, and the rest is finished here: ``evaluate`` says what that
    is."""
    fake.tables = {}
    fake.add("Sequence", 5, code="sq5", project=PROJECT)
    fake.add("Sequence", 6, code="sq6", project=PROJECT)
    fake.add("Scene", 8, code="sc8", project=PROJECT)
    fake.add("Project", 70, name="BBB", archived=False)
    for number, values in enumerate(shots, 1):
        links = {"sg_sequence": "Sequence", "sg_scene": "Scene"}
        made = {k: {"type": links[k], "id": v, "name": "x"} if k in links and v else v for k, v in values.items()}
        fake.add("Shot", number, **made, project=PROJECT)
    names = ["id", "name", "frame_start", "status", "parent", "sequence", "fps"]
    every = [{"ref": shot.ref, **shot.to_dict()} for shot in studio.find("Shot", fields=names)]
    query = studio.query("Shot", wanted, fields=["id"], limit=limit)
    reference = [row[1] for row in answer(query, every, studio.backend.fetch)]
    assert [shot.id for shot in studio.find("Shot", wanted, fields=["id"], limit=limit)] == reference
    assert studio.count("Shot", wanted) == len(answer(query.with_(limit=None), every, studio.backend.fetch))


# --- beside the official client --------------------------------------------------------------------------------------


VALUES = st.fixed_dictionaries(
    {"name": st.from_regex(r"[A-Za-z0-9_]{1,8}", fullmatch=True)},
    optional={
        "description": st.text("aäß%_\\'\" x", max_size=12).map(str.strip).filter(bool),
        "frame_start": st.integers(-(2**31), 2**31 - 1),
        "fps": st.integers(0, 10**6).map(lambda number: number / 64),
    },
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rows=st.lists(VALUES, max_size=6))
def test_rows_are_those_of_the_official_client(stand: Any, rows: list[dict[str, Any]]) -> None:
    """A contract: what is read past ``shotgun_api3``'s own decoding is what it reads."""
    project = stand.tracker.create("Project", name=f"p{datetime.now(timezone.utc).timestamp()}").ref
    for values in rows:
        stand.tracker.create("Shot", project=project, **values)
    official = shotgun_api3.Shotgun(stand.url, script_name="tests", api_key=stand.key)
    names = {"name": "code", "description": "description", "frame_start": "sg_cut_in", "fps": "sg_fps"}
    link = {"type": "Project", "id": int(project.id)}
    theirs = official.find("Shot", [["project", "is", link]], [*names.values(), "created_at", "project", "created_by"])
    official.close()
    fields = [*names, "created_at", "project", "created_by"]
    ours = list(stand.tracker.find("Shot", fields=fields, project=project))
    assert [int(shot.ref.id) for shot in ours] == [row["id"] for row in theirs]
    for shot, row in zip(ours, theirs):  # noqa: B905 - Python 3.10, same length
        assert {native: shot[name] for name, native in names.items()} == {
            native: row[native] for native in names.values()
        }
        assert abs(shot.created_at - row["created_at"]) < timedelta(seconds=1)
        assert (shot.project.id, shot.project.label) == (str(row["project"]["id"]), row["project"]["name"])
        assert (shot.created_by and shot.created_by.label) == (row["created_by"] and row["created_by"]["name"])
