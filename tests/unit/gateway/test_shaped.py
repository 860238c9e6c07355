"""A tracker in another shape: ids, paths and products of one that has none, against the reference semantics."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from trackerkit.errors import UnsupportedError
from trackerkit.events import Event
from trackerkit.filters import field
from trackerkit.gateway.shaped.backend import Common, ShapedBackend
from trackerkit.gateway.shaped.events import PATIENCE, settled
from trackerkit.gateway.shaped.stems import Stem, product_uid, read_stem
from trackerkit.gateway.shaped.uids import is_uid
from trackerkit.model import folder_kind, neutral_schema
from trackerkit.operations import create
from trackerkit.schema import Schema
from trackerkit.state import State
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.values import Ref


def bare_schema() -> Schema:
    """Folders of fixed kinds without paths, versions without products."""
    whole = neutral_schema()
    folder = whole.type("Folder").without_field("path").without_field("products")
    version = whole.type("Version").without_field("product").without_field("number")
    others = [whole.type(name) for name in ("Project", "User", "Status", "TaskType", "Task", "File")]
    kinds = [folder_kind(name, folder) for name in ("Sequence", "Shot", "Asset")]
    return Schema([*others, folder, version, *kinds])


@pytest.fixture
def inside() -> Tracker:
    return Tracker(MemoryBackend(bare_schema()), url="memory:")


@pytest.fixture
def tracker(inside: Tracker, tmp_path: Path) -> Iterator[Tracker]:
    with State.open(tmp_path / "state.db") as state:
        yield Tracker(ShapedBackend(inside.backend, Common(state, inside.backend.site)))


@pytest.fixture
def show(inside: Tracker) -> dict[str, Ref]:
    project = inside.create("Project", name="show").ref
    sequence = inside.create("Sequence", name="sq01", project=project, parent=project).ref
    shot = inside.create("Shot", name="sh010", project=project, parent=sequence).ref
    inside.create("Shot", name="sh020", project=project, parent=sequence)
    for name in ("sh010_comp_v001", "sh010_comp_v003", "turntable", "turntable", "turntable_v001"):
        inside.create("Version", name=name, project=project, parent=shot)
    return {"project": project, "sequence": sequence, "shot": shot}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sh010_comp_v003", Stem("sh010_comp", 3)), ("a-V12", Stem("a", 12)), ("turntable", Stem("turntable", None)),
        ("_v003", Stem("_v003", None)), ("x v1", Stem("x", 1)), ("x_v9999999999", Stem("x_v9999999999", None)),
        ("", Stem("", None)),
    ],
)  # fmt: skip
def test_what_a_name_says(name: str, found: Stem) -> None:
    assert read_stem(name) == found


def test_products_have_ids_that_hold_apart() -> None:
    made = {product_uid("s", *parts) for parts in (("Shot", "1", "a"), ("Shot", "1", "b"), ("Asset", "1", "a"))}
    assert len(made) == 3
    assert product_uid("s", "Shot", "1", "a") in made


def test_every_record_has_an_id_of_one_space(tracker: Tracker, show: dict[str, Ref]) -> None:
    found = list(tracker.find("Folder", fields=["uid", "name"]))
    assert all(is_uid(item.ref.id) and item["uid"] == item.ref.id for item in found)
    assert len({item.ref.id for item in found}) == 3
    for item in found:
        assert tracker.find_one("Folder", field("uid") == item.ref.id, fields=["name"])["name"] == item.name
        by_hand = Ref("Folder", item.ref.id, site=item.ref.site)
        assert tracker.backend.fetch([by_hand], ["name"])[by_hand]["name"] == item.name
    assert tracker.find_one("Folder", field("uid") == uuid.uuid4().hex) is None
    assert tracker.count("Shot", field("uid") != found[0].ref.id) == 2


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (field("path") == "/sq01/sh010", ["sh010"]), (field("path").starts_with("/sq01/"), ["sh010", "sh020"]),
        (field("path").in_ignoring_case(["/SQ01", "/sq01/SH020"]), ["sq01", "sh020"]),
        (field("path") != "/sq01", ["sh010", "sh020"]), (field("parent.path") == "/sq01", ["sh010", "sh020"]),
        (field("path") == "/sh010", []),
    ],
)  # fmt: skip
def test_paths(tracker: Tracker, show: dict[str, Ref], condition: Any, names: list[str]) -> None:
    assert [item.name for item in tracker.find("Folder", condition, fields=["name"])] == names
    ordered = tracker.find("Folder", condition, fields=["name"], order=["-path"])
    assert sorted(item.name for item in ordered) == sorted(names)


def test_versions_lie_in_products(tracker: Tracker, show: dict[str, Ref]) -> None:
    found = tracker.find("Version", fields=["product.name", "number", "product.parent.name"])
    assert [tuple(item.to_dict().values()) for item in found] == [
        ("sh010_comp", 1, "sh010"), ("sh010_comp", 3, "sh010"), ("turntable", 2, "sh010"), ("turntable", 3, "sh010"),
        ("turntable", 1, "sh010"),
    ]  # fmt: skip
    comp = tracker.find_one("Product", field("name") == "sh010_comp", fields=["versions"])
    assert len(comp.versions) == 2
    assert tracker.count("Version", field("product") == comp.ref) == 2
    assert tracker.count("Version", field("product") != comp.ref) == 3
    assert tracker.count("Version", (field("product") == comp.ref) & (field("number") > 1)) == 1
    shot = tracker.find_one("Shot", field("name") == "sh010").ref
    assert tracker.count("Version", field("product.parent") == shot) == 5
    assert tracker.count("Product", field("parent") == shot) == 2


def test_a_version_names_its_product(tracker: Tracker, inside: Tracker, show: dict[str, Ref]) -> None:
    project, asset = tracker.find_one("Project").ref, tracker.find_one("Shot", field("name") == "sh020").ref
    comp = tracker.find_one("Product", field("name") == "sh010_comp").ref
    made = tracker.create("Version", name="odd", number=5, product=comp, parent=asset, project=project).ref
    found = tracker.get(made, fields=["product", "number", "name", "parent.name"])
    assert (found.product.id, found.number, found.name, found["parent.name"]) == (comp.id, 5, "odd", "sh010")
    assert tracker.count("Version", field("product") == comp) == 3
    assert {item.name for item in tracker.find("Product", fields=["name"])} == {"sh010_comp", "turntable"}
    tracker.update(comp, name="precomp")
    assert tracker.get(comp, fields=["name", "versions"]).name == "precomp"
    assert tracker.count("Version", field("product.name") == "precomp") == 3
    assert inside.count("Version", field("name").starts_with("sh010_comp")) == 2


@pytest.mark.parametrize("is_given", [False, True])
def test_pages_by_id(tracker: Tracker, show: dict[str, Ref], is_given: bool) -> None:
    if is_given:
        project, shot = (tracker.find_one(name).ref for name in ("Project", "Shot"))
        for digit in "0f":
            tracker.create("Version", name=digit, parent=shot, project=project, key=digit * 32)
    every = [item.ref.id for item in tracker.find("Version", fields=["id"], order=["id"])]
    assert every == sorted(every)
    assert len(every) == 5 + 2 * is_given
    for at, id in enumerate(every):
        behind = tracker.find("Version", field("id") > id, fields=["id"], order=["id"], limit=2)
        assert [item.ref.id for item in behind] == every[at + 1 : at + 3]
        before = tracker.find("Version", field("id") < id, fields=["id"], order=["-id"], limit=2)
        assert [item.ref.id for item in before] == every[:at][::-1][:2]
    explained = tracker.backend.explain(tracker.query("Version", field("id") > every[0], order=["id"]))
    assert bool(explained.pushed) is not is_given


def test_ids_that_are_given_stay(tracker: Tracker, inside: Tracker, show: dict[str, Ref]) -> None:
    keys = [uuid.uuid4().hex for _ in range(3)]
    site = tracker.backend.site
    project = tracker.find_one("Project").ref
    sequence, shot = (Ref("Folder", key, site=site) for key in keys[:2])
    operations = [
        create("Task", {"name": "comp", "parent": shot}, key=keys[2], project=project),
        create("Sequence", {"name": "sq02", "parent": project}, key=keys[0], project=project),
        create("Shot", {"name": "sh100", "parent": sequence}, key=keys[1], project=project),
    ]
    assert [result.ref.id for result in tracker.write([*operations[1:], operations[0]])] == [keys[0], keys[1], keys[2]]
    task = tracker.find_one("Task", fields=["parent", "parent.path"])
    assert (task.ref.id, task.parent.id, task["parent.path"]) == (keys[2], keys[1], "/sq02/sh100")
    assert inside.find_one("Task", fields=["parent"]).parent.label == "sh100"


def test_what_the_tracker_cannot_hang_is_kept(tracker: Tracker, inside: Tracker, show: dict[str, Ref]) -> None:
    project = tracker.find_one("Project").ref
    plain = tracker.create("Folder", name="lib", kind="Library", parent=project, project=project).ref
    asset = tracker.create("Asset", name="car", parent=plain, project=project).ref
    assert tracker.get(asset, fields=["path"]).path == "/lib/car"
    assert [item.name for item in tracker.find("Folder", field("parent") == plain, fields=["name"])] == ["car"]
    assert inside.find_one("Asset", fields=["parent"]).parent.type in ("Project", "Folder")
    with pytest.raises(UnsupportedError, match="cannot become"):
        tracker.update(asset, kind="Shot")
    tracker.delete(plain, permanent=True, recursive=True)
    assert inside.count("Asset", state="active") == 0


def test_deleting_a_product_deletes_its_versions(tracker: Tracker, inside: Tracker, show: dict[str, Ref]) -> None:
    comp = tracker.find_one("Product", field("name") == "sh010_comp").ref
    tracker.delete(comp, permanent=True, recursive=True)
    assert {item.name for item in inside.find("Version", fields=["name"])} == {"turntable", "turntable_v001"}
    assert tracker.find_one("Product", field("uid") == comp.id) is None


def test_what_is_inactive_comes_back(tracker: Tracker, inside: Tracker, show: dict[str, Ref]) -> None:
    shot = tracker.find_one("Shot", field("name") == "sh010").ref
    assert tracker.delete(shot)
    assert [item.name for item in tracker.find("Shot", fields=["name"])] == ["sh020"]
    assert [item.ref for item in tracker.find("Folder", fields=["name"], state="retired")] == [shot]
    assert inside.count("Shot") == 2
    assert tracker.restore(shot)
    assert tracker.count("Shot") == 2


def test_an_event_waits_for_those_before_it() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)

    def event(number: int, cursor: str, minutes: int) -> Event:
        return Event(str(number), cursor, now - timedelta(minutes=minutes), "created", number=number)

    events = [
        event(1, "1", 9),
        event(3, "[3,[[2,2,0]]]", 8),
        event(5, "[5,[[4,4,0]]]", 1),
        event(6, "[6,[[4,4,0]]]", 0),
    ]
    assert [found.cursor for found in settled(events, now)] == ["1", "3"]
    assert [found.cursor for found in settled(events, now + PATIENCE)] == ["1", "3", "5", "6"]
