"""Reading: pages by key, order, long lists, deep filters, and what SQLite cannot take."""

from __future__ import annotations

from typing import Any

import pytest

from trackerkit import operations as ops
from trackerkit.errors import QueryError
from trackerkit.filters import And, Filter, Or, field
from trackerkit.tracker import Tracker
from trackerkit.values import Ref


@pytest.fixture
def project(tracker: Tracker) -> Ref:
    return tracker.create("Project", name="p").ref


def make(tracker: Tracker, project: Ref, rows: list[dict[str, Any]], type_name: str = "Shot") -> list[Ref]:
    return [result.ref for result in tracker.write([ops.create(type_name, row, project=project) for row in rows])]


def names(tracker: Tracker, *conditions: Any, **parts: Any) -> list[str]:
    return [item.name for item in tracker.find("Shot", *conditions, **{"fields": ["name"], **parts})]


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "order", [[], ["name"], ["-name"], ["cut_order", "-name"], ["-id"], ["sequence.name", "-cut_order"]]
)
@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_read_goes_on_behind_any_page(tracker: Tracker, project: Ref, order: list[str], size: int) -> None:
    sequences = make(tracker, project, [{"name": "b"}, {"name": "a"}], "Sequence")
    rows = [
        {"name": f"s{at * 7 % 10}", "cut_order": [None, 1, 2][at % 3], "parent": [None, *sequences][at % 3]}
        for at in range(20)
    ]
    make(tracker, project, rows)
    whole = [page.refs() for page in tracker.read(tracker.query("Shot", order=order))]
    expected = [ref for refs in whole for ref in refs]
    assert len(expected) == 20
    found, after = [], None
    while True:
        query = tracker.query("Shot", order=order, page_size=size).with_(after=after)
        page = next(tracker.read(query))
        found += page.refs()
        if page.next is None:
            break
        after = page.next
    assert found == expected


def test_read_of_a_changing_store_loses_and_doubles_nothing(tracker: Tracker, project: Ref) -> None:
    refs = make(tracker, project, [{"name": f"s{at:03}", "cut_order": at} for at in range(100)])
    for order in ([], ["cut_order"]):
        seen = []
        for number, page in enumerate(tracker.read(tracker.query("Shot", order=order, page_size=10))):
            seen += page.refs()
            if number == 3:
                tracker.delete(refs[5])  # given already
                tracker.delete(refs[77])  # still to come: it is gone when its page is read
                tracker.update(refs[60], cut_order=-1)  # would sort in front of what was given
                tracker.update(refs[2], cut_order=1_000)  # given already, would sort behind
                make(tracker, project, [{"name": "new"}])
        assert len(seen) == len(set(seen))
        assert set(refs) - set(seen) <= {refs[77]}
        for ref in (refs[5], refs[77]):
            tracker.restore(ref)
        tracker.update(refs[60], cut_order=60)
        tracker.update(refs[2], cut_order=2)
        tracker.delete(tracker.find_one("Shot", field("name") == "new"), permanent=True)


def test_read_refuses_a_cursor_of_another_query(tracker: Tracker, project: Ref) -> None:
    make(tracker, project, [{"name": "a"}])
    with pytest.raises(QueryError, match="no cursor of this query"):
        next(tracker.read(tracker.query("Shot", order=["name"]).with_(after=[1, 2, 3])))


def test_read_does_not_hold_writers_up(tracker: Tracker, project: Ref, url: str) -> None:
    import trackerkit

    make(tracker, project, [{"name": f"s{at}"} for at in range(30)])
    pages = tracker.read(tracker.query("Shot", page_size=10))
    next(pages)
    with trackerkit.connect(f"{url}&busy_timeout=0") as other:
        other.create("Shot", name="late", project=project)
    assert sum(len(page) for page in pages) == 21


def test_limit_counts_over_pages(tracker: Tracker, project: Ref) -> None:
    make(tracker, project, [{"name": f"s{at:02}"} for at in range(25)])
    for order in ([], ["name"], ["-name"]):
        pages = list(tracker.read(tracker.query("Shot", order=order, limit=17, page_size=5)))
        assert [len(page) for page in pages] == [5, 5, 5, 2]
        assert pages[-1].next is None


# --- order and text --------------------------------------------------------------------------------------------------


def test_order_is_by_code_point(tracker: Tracker, project: Ref) -> None:
    texts = ["\U0001f600", "\uffff", "\ue000", "é", "z", "Z", "a", "", "\U0010ffff", "\ud7ff"]
    make(tracker, project, [{"name": text} for text in texts])
    assert names(tracker, order=["name"]) == sorted(texts)
    assert names(tracker, order=["-name"]) == sorted(texts, reverse=True)


def test_ignoring_case_is_pythons(tracker: Tracker, project: Ref) -> None:
    make(tracker, project, [{"name": text} for text in ("ÄÖ", "İstanbul", "ΑΣ", "Straße", "ﬁn", "100%_x")])
    assert names(tracker, field("name").equals_ignoring_case("äö")) == ["ÄÖ"]
    assert names(tracker, field("name").starts_with("i̇")) == ["İstanbul"]
    assert names(tracker, field("name").ends_with("Σ".lower())) == []
    assert names(tracker, field("name").equals_ignoring_case("ΑΣ")) == ["ΑΣ"]
    assert names(tracker, field("name").contains("SS")) == []
    assert names(tracker, field("name").contains("%_")) == ["100%_x"]
    assert names(tracker, field("name").starts_with("\U0010ffff")) == []


# --- long and deep ---------------------------------------------------------------------------------------------------


def test_in_takes_a_hundred_thousand_values(tracker: Tracker, project: Ref) -> None:
    refs = make(tracker, project, [{"name": f"s{at}", "fps": at / 7, "cut_order": at} for at in range(50)])
    many = [f"x{at}" for at in range(100_000)]
    assert names(tracker, field("name").is_in([*many, "s7"])) == ["s7"]
    assert len(names(tracker, field("name").not_in([*many, "s7"]))) == 49
    assert names(tracker, field("name").in_ignoring_case([*many, "S7"])) == ["s7"]
    assert names(tracker, field("id").is_in([*map(str, range(10**6, 10**6 + 100_000)), refs[3].id])) == ["s3"]
    assert names(tracker, field("cut_order").is_in(range(49, 100_000))) == ["s49"]
    assert names(tracker, field("fps").is_in([at / 7 + 100 for at in range(100_000)] + [3 / 7])) == ["s3"]
    assert names(tracker, field("parent").is_in([Ref("Sequence", at) for at in range(10**6, 10**6 + 50_000)])) == []


def nested(levels: int) -> Filter:
    tree: Filter = field("name") == "s3"
    for at in range(levels):
        part = field("cut_order") == 1_000 + at
        tree = And((~part, tree)) if at % 2 else Or((part, tree))
    return tree


@pytest.mark.parametrize("levels", [5, 19, 21, 40, 150, 290])
def test_filters_nested_deeper_than_sqlite_takes_are_finished_here(tracker: Tracker, project: Ref, levels: int) -> None:
    make(tracker, project, [{"name": f"s{at}"} for at in range(10)])
    assert names(tracker, nested(levels)) == ["s3"]
    assert tracker.count("Shot", nested(levels)) == 1
    assert bool(tracker.explain("Shot", nested(levels)).left) == (levels > 20)
    assert names(tracker, field("project") == project, nested(levels), limit=1) == ["s3"]


@pytest.mark.parametrize("group", [And, Or])
def test_filters_of_a_thousand_conditions(tracker: Tracker, project: Ref, group: Any) -> None:
    make(tracker, project, [{"name": f"s{at}"} for at in range(10)])
    parts = [field("name").contains(f"x{at}") for at in range(1_200)]
    if group is Or:
        assert names(tracker, Or([*parts, field("name").contains("s4")])) == ["s4"]
    else:
        assert len(names(tracker, And([~part for part in parts]))) == 10


def test_more_values_than_sqlite_binds_are_finished_here(tracker: Tracker, project: Ref) -> None:
    make(tracker, project, [{"name": f"s{at}"} for at in range(10)])
    tree = Or([*(field("name").contains(f"x{at}") for at in range(33_000)), field("name").contains("s4")])
    assert names(tracker, tree) == ["s4"]
    assert tracker.explain("Shot", tree).pushed == "everything"


def test_path_of_sixteen_steps(tracker: Tracker, project: Ref) -> None:
    user = tracker.create("User", name="bo")
    group = tracker.create("Group", name="g", users=[user])
    path = ".".join([*["users.groups"] * 7, "users.name"])
    assert [item.ref for item in tracker.find("Group", field(path) == "bo")] == [group.ref]
    assert tracker.explain("Group", field(path) == "bo").left == ""
    assert tracker.find_one("Group", fields=[path])[path] == ["bo"]


def test_links_of_one_name_that_are_kept_in_different_ways(tracker: Tracker, project: Ref) -> None:
    """``tasks`` of a Shot are reversed parents, of a Note a list of its own."""
    shot = tracker.create("Shot", name="s", project=project)
    task = tracker.create("Task", name="t", parent=shot)
    note = tracker.create("Note", subject="n", tasks=[task], project=project)
    other = tracker.create("Note", subject="o", project=project)
    attachments = [
        tracker.create("Attachment", filename=f"{at}.txt", links=[target]).ref
        for at, target in enumerate((shot, note, other))
    ]
    found = [item.ref for item in tracker.find("Attachment", field("links.tasks.name") == "t")]
    assert found == attachments[:2]
    rows = list(tracker.find("Attachment", fields=["links.tasks.name"]))
    assert [row["links.tasks.name"] for row in rows] == [["t"], ["t"], []]


def test_statements_are_compiled_once_a_shape(tracker: Tracker, project: Ref) -> None:
    make(tracker, project, [{"name": f"s{at}"} for at in range(5)])
    plans = tracker.backend._store.layout().plans
    names(tracker, field("name") == "s1", field("status").is_in(["a", "b"]))
    before = len(plans)
    for at in range(5):
        assert names(tracker, field("name") == f"s{at}", field("status").is_in([f"a{at}", "b"])) == []
    assert len(plans) == before
    names(tracker, field("name") == "s1", field("status").is_in(["a", "b", "c"]))
    assert len(plans) == before + 1


def test_explain_shows_the_statement(tracker: Tracker) -> None:
    told = tracker.explain("Shot", field("sequence.name") == "sq010", fields=["assets.name"])
    assert told.left == ""
    assert "closure" in told.native["sql"]
    assert told.native["values"].count("sq010") == 2  # as it is, and lower-cased
    assert "1 more statement" in told.notes[0]


def test_uid_stands_for_the_id(tracker: Tracker, project: Ref) -> None:
    key = "0123456789abcdef" * 2
    shot = tracker.create("Shot", key=key, name="s", project=project)
    by_key = Ref("Shot", key)
    assert tracker.get(by_key).ref == shot.ref
    assert tracker.get(by_key, fields=["uid"]).uid == key
    task = tracker.create("Task", name="t", parent=by_key)
    assert [item.ref for item in tracker.find("Task", field("parent") == by_key)] == [task.ref]
    assert [item.ref for item in tracker.find("Task", field("parent").is_in([by_key, Ref("Shot", 999)]))] == [task.ref]
    assert names(tracker, field("uid") == key) == ["s"]
    tracker.update(by_key, name="t")
    assert names(tracker, field("id").is_in([key, "999"])) == ["t"]
