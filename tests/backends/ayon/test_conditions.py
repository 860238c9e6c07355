"""What AYON's query filter can select by, and whether exactly."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from trackerkit.filters import Filter, Not
from trackerkit.filters import field as f
from trackerkit.query import build
from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_ayon.compile.arguments import event_arguments, user_arguments
from trackerkit_ayon.compile.natives import NOTHING, like, pattern
from trackerkit_ayon.compile.reads import Read, Reader
from trackerkit_ayon.mapping.codecs import Context

ID, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def ask(schema: Schema, context: Context) -> Any:
    """Compiles ``find(type, filter)``."""

    def compiled(type_name: str, node: Filter | None = None, **parts: Any) -> Read:
        return Reader(schema, type_name, context).read(build(schema, type_name, node, **parts))

    return compiled


def only(read: Read) -> str:
    """The query filter without the conditions that belong to every query."""
    text = str(read.arguments["filter"])
    for key, value in (("folderType", "Shot"), ("active", "true")):
        text = text.replace(f'{{"key":"{key}","operator":"eq","value":"{value}"}},', "")
    return text.removeprefix('{"conditions":[').removesuffix('],"operator":"and"}')


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (f("name") == "sh010", '{"key":"name","operator":"eq","value":"sh010"}'),
        (f("status") == "HLD", '{"key":"status","operator":"eq","value":"On hold"}'),
        (f("frame_start") == 1001, None),
        (f("cut_order") == 3, '{"key":"data.trackerkit_cut_order","operator":"eq","value":3}'),
        (f("cut_order") > 3, '{"key":"data.trackerkit_cut_order","operator":"gt","value":3}'),
        (f("category").is_null(), '{"key":"data.trackerkit_category","operator":"isnull"}'),
        (f("tags") == "a", '{"key":"tags","operator":"includes","value":"a"}'),
        (~(f("tags") == "a"), '{"key":"tags","operator":"excludes","value":"a"}'),
        (f("tags").is_null(), '{"key":"tags","operator":"eq","value":[]}'),
        (f("id") == ID, None),
        (f("name").contains("50%_a"), '{"key":"name","operator":"like","value":"%50\\\\%\\\\_a%"}'),
        (f("name").equals_ignoring_case("SH010"), '{"key":"name","operator":"like","value":"sh010"}'),
        (f("kind") == "Shot", '{"key":"folderType","operator":"eq","value":"Shot"}'),
        (
            f("created_at") > datetime(2026, 1, 1, tzinfo=timezone.utc),
            '{"key":"createdAt","operator":"gt","value":"2026-01-01T00:00:00+00:00"}',
        ),
    ],
)
def test_what_is_selected_exactly_leaves_nothing(ask: Any, node: Filter, expected: str | None) -> None:
    read = ask("Shot", node)
    if expected is not None:
        assert only(read) == expected
        assert read.left.parts == ()
    assert read.pushed


def test_ids_travel_as_an_argument(ask: Any) -> None:
    read = ask("Shot", f("id").is_in([ID, OTHER, "12"]))
    assert read.arguments["ids"] == [ID, OTHER]
    assert read.left.parts == ()


@pytest.mark.parametrize("node", [f("id") == "12", f("name").is_in([]), f("id").is_in(["x"])])
def test_what_can_never_hold_asks_nothing(ask: Any, node: Filter) -> None:
    assert ask("Shot", node).is_nothing


@pytest.mark.parametrize(
    "node",
    [
        f("parent") == Ref("Sequence", ID),
        f("label").contains("k"),
        f("start_date") < date(2026, 1, 1),
        f("description") == "x",
        f("frame_start") == 1001,
    ],
)
def test_what_selects_more_is_finished_here(ask: Any, node: Filter) -> None:
    read = ask("Shot", node)
    assert read.left.parts == (build_one(ask, node),)
    assert read.pushed


def build_one(ask: Any, node: Filter) -> Filter:
    return ask("Shot", node).left.parts[0]


@pytest.mark.parametrize(
    "node",
    [
        f("description").is_null(),
        f("sequence.name") == "sq010",
        f("tasks").is_null(),
        ~f("name").contains("a"),
        (f("name") == "a") | (f("sequence.name") == "b"),
        f("data").is_null(),
        f("thumbnail").is_null(),
    ],
)
def test_what_would_miss_records_is_not_pushed_down(ask: Any, node: Filter) -> None:
    read = ask("Shot", node)
    assert read.pushed == ()
    assert len(read.left.parts) == 1


def test_a_negation_matches_null_too(ask: Any) -> None:
    assert only(ask("Shot", f("category") != "x")) == (
        '{"conditions":[{"key":"data.trackerkit_category","operator":"ne","value":"x"},'
        '{"key":"data.trackerkit_category","operator":"isnull"}],"operator":"or"}'
    )


def test_a_negated_group_is_turned_round(ask: Any) -> None:
    read = ask("Shot", Not((f("name") == "a") | (f("name") == "b")))
    assert read.left.parts == ()
    assert only(read).count('"ne"') == 2


def test_a_value_that_shows_by_default_is_selected_where_nobody_has_one(ask: Any) -> None:
    assert '"isnull"' in only(ask("Shot", f("fps") == 25.0))
    assert '"isnull"' not in only(ask("Shot", f("fps") == 24.0))


def test_kinds_and_states_are_part_of_the_question(ask: Any) -> None:
    assert '"folderType"' in ask("Shot").arguments["filter"]
    assert '"folderType"' not in ask("Folder").arguments["filter"]
    assert '"value":"false"' in ask("Shot", state="retired").arguments["filter"]
    assert "active" not in ask("Shot", state="all").arguments["filter"]


def test_the_other_side_of_a_link_has_to_be_alive(ask: Any) -> None:
    read = ask("Task", f("parent.name") == "sh010")
    assert read.arguments["folderFilter"] == (
        '{"conditions":[{"key":"active","operator":"eq","value":"true"},'
        '{"key":"name","operator":"eq","value":"sh010"}],"operator":"and"}'
    )
    assert read.left.parts == ()
    assert "folderFilter" not in ask("Task", f("parent.name").is_in(["a", None])).arguments


def test_what_the_other_sides_filter_does_not_know_is_left(ask: Any) -> None:
    read = ask("Version", f("task.parent") == Ref("Shot", ID))
    assert "taskFilter" not in read.arguments
    assert len(read.left.parts) == 1


def test_two_tests_through_many_are_not_one(ask: Any) -> None:
    read = ask("Shot", (f("tasks.name") == "a") & (f("tasks.status") == "HLD"))
    assert read.arguments["taskFilter"].count('"key"') == 2
    assert len(read.left.parts) == 1


def test_versions_by_name_product_and_folder(ask: Any) -> None:
    named = ask("Version", f("name") == "comp_v003")
    assert '"data.trackerkit_name"' in named.arguments["filter"]
    assert '"value":3' in named.arguments["filter"]
    placed = ask("Version", f("parent") == Ref("Shot", ID))
    assert placed.arguments["folderIds"] == [ID]
    assert len(placed.left.parts) == 1
    assert "productFilter" in ask("Version", f("product.name") == "comp").arguments


def test_workfiles_know_arguments_only(ask: Any) -> None:
    read = ask("Workfile", (f("task") == Ref("Task", ID)) & (f("path") == "/a.ma") & (f("name") == "a.ma"))
    assert read.arguments == {"taskIds": [ID], "paths": ["/a.ma"]}
    assert len(read.left.parts) == 2


def test_notes_by_what_they_hang_on(ask: Any) -> None:
    read = ask("Note", f("links") == Ref("Version", ID, native="version"))
    assert f"version:{ID}" in read.arguments["filter"]
    assert read.arguments["activityTypes"] == ["comment"]
    assert len(read.left.parts) == 1


def test_values_stay_values(ask: Any) -> None:
    evil = '"}]} or 1=1 --'
    read = ask("Shot", f("name") == evil)
    import json

    assert json.loads(read.arguments["filter"])["conditions"][-1]["value"] == evil


def test_patterns_mean_plain_characters() -> None:
    assert pattern("a%b_c\\d") == "a\\%b\\_c\\\\d"


def test_folding_that_servers_disagree_on_selects_more() -> None:
    assert like("name", "sh", "%", "%", is_ascii=True).is_exact
    loose = like("label", "kö", "%", "%")
    assert not loose.is_exact
    values = [part["value"] for part in loose.native["conditions"]]
    assert values == ["%k%%", "%\u212a%"]


def test_nothing_is_taken_out() -> None:
    from trackerkit_ayon.compile.natives import condition, every, some

    one = condition("a", "eq", 1)
    assert every([one, NOTHING]) is NOTHING
    assert some([one, NOTHING]) is one
    assert some([]) is NOTHING


SEQUENCE = Ref("Sequence", ID, native="folder")


@pytest.mark.parametrize(
    ("type_name", "node", "arguments"),
    [
        ("Task", f("sequence") == SEQUENCE, {"folderIds": [ID], "includeFolderChildren": True}),
        ("Shot", f("sequence") == SEQUENCE, {"parentIds": [ID], "includeFolderChildren": True}),
        ("Version", f("shot").is_in([Ref("Shot", ID), Ref("Shot", OTHER)]), {"folderIds": [ID, OTHER]}),
        ("Folder", f("path") == "/sq/sh", {"paths": ["/sq/sh"]}),
        ("Folder", f("path").starts_with("/Sq_[1].k"), {"pathEx": "(?i)^/sq_.1.[.][k\u212a]"}),
        ("Workfile", f("path").ends_with("ü.ma"), {"pathEx": "(?i).*[.]ma$"}),
        ("Workfile", f("tags") == "wip", {"tags": ["wip"]}),
        ("Link", f("name").is_in(["a", "b"]), {"names": ["a", "b"]}),
        ("Folder", ~f("children").is_null(), {"hasChildren": True}),
        ("Version", ~f("reviewables").is_null(), {"hasReviewables": True}),
    ],
)
def test_arguments_of_the_connection_narrow_down(
    ask: Any, type_name: str, node: Filter, arguments: dict[str, Any]
) -> None:
    read = ask(type_name, node)
    assert read.arguments.items() >= arguments.items()
    assert read.pushed


@pytest.mark.parametrize(
    ("type_name", "node", "argument", "part"),
    [
        ("Product", f("versions.number") > 3, "versionFilter", '{"key":"version","operator":"gt","value":3}'),
        ("Product", f("versions") == Ref("Version", ID), "versionFilter", f'{{"key":"id","operator":"in","value":["{ID}"]}}'),
        ("Folder", f("tasks").is_in([Ref("Task", ID)]), "taskFilter", f'{{"key":"id","operator":"in","value":["{ID}"]}}'),
        ("Task", f("parent.status") == "HLD", "folderFilter", '{"key":"status","operator":"eq","value":"On hold"}'),
        ("Note", f("subject") == "Fix", "filter", '{"key":"activityData.trackerkit_subject","operator":"eq","value":"Fix"}'),
        ("Note", f("body").contains("50%"), "filter", '{"key":"body","operator":"like","value":"%50\\\\%%"}'),
        ("Attachment", f("links") == Ref("Note", ID), "filter", f'{{"key":"activityId","operator":"in","value":["{ID}"]}}'),
        ("Shot", f("label").is_in(["A", "B"]), "filter", '{"key":"label","operator":"eq","value":"B"}'),
    ],
)  # fmt: skip
def test_filters_of_the_other_side_and_of_what_is_kept(
    ask: Any, type_name: str, node: Filter, argument: str, part: str
) -> None:
    read = ask(type_name, node)
    assert part in read.arguments[argument]


def test_ids_and_what_lies_below_do_not_mix(ask: Any) -> None:
    """With ``includeFolderChildren``, ids of folders would mean all that lies below them."""
    read = ask("Shot", (f("id") == OTHER) & (f("sequence") == SEQUENCE))
    assert read.arguments["ids"] == [OTHER]
    assert "includeFolderChildren" not in read.arguments
    assert len(read.left.parts) == 1


def test_a_project_that_is_named_leaves_nothing(ask: Any) -> None:
    read = ask("Task", f("project") == Ref("Project", "big_buck"))
    assert read.left.parts == ()
    assert read.pushed


def test_null_among_values_of_what_does_not_inherit_is_not_pushed(ask: Any) -> None:
    """The filter merges the project's value into such an attribute, and would miss those without one."""
    assert ask("Shot", f("description").is_in(["", None])).pushed == ()


def test_what_belongs_to_no_project_is_narrowed_down_too(schema: Schema) -> None:
    when = datetime(2026, 1, 2, tzinfo=timezone.utc)
    ann = Ref("User", "ann")
    home = Ref("Project", "big_buck")
    asked = build(schema, "Event", (f("at") > when) & (f("actor") == ann), projects=[home])
    assert event_arguments(asked) == {
        "projects": ["big_buck"],
        "users": ["ann"],
        "newerThan": "2026-01-01T23:59:59+00:00",
    }
    assert event_arguments(build(schema, "Event", f("actor") != ann)) == {}
    assert user_arguments(build(schema, "User", f("email") == "ann@a.example")) == {"emails": ["ann@a.example"]}
    assert user_arguments(build(schema, "User", f("name").is_in(["ann", None]))) == {}
