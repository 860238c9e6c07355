"""Numbers and hexadecimal ids for records of any tracker, both ways."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trackerkit.gateway.ids import Ids, MintedIds, StoreIds, _Cache
from trackerkit.state import State
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

UID = "0123456789abcdef0123456789abcdef"


def _native(type: str) -> str:
    return "folder" if type in ("Shot", "Asset", "Folder") else type.lower()


@pytest.fixture
def tracker() -> Tracker:
    return Tracker(MemoryBackend())


def _refs(tracker: Tracker, count: int) -> list[Ref]:
    project = tracker.create("Project", name="demo")
    shots = [tracker.create("Shot", name=f"sh{n:03}", project=project.ref).ref for n in range(count)]
    return [*shots, project.ref]


def test_store_ids_go_both_ways(tracker: Tracker) -> None:
    ids: Ids = StoreIds(tracker)
    refs = _refs(tracker, 5)
    numbers, hexes = ids.numbers(refs), ids.hexes(refs)
    assert numbers == [int(ref.id) for ref in refs]
    assert len({uid for uid in hexes if uid and len(uid) == 32}) == 6
    shots = refs[:5]
    found = ids.refs_of_numbers("Shot", [n for n in numbers[:5] if n])
    assert [(ref.type, ref.id, ref.site) for ref in found if ref] == [(ref.type, ref.id, ref.site) for ref in shots]
    assert ids.refs_of_hexes("Shot", [uid for uid in hexes[:5] if uid]) == shots
    assert ids.refs_of_hexes("Project", [hexes[5] or ""]) == refs[5:]


def test_store_ids_of_what_is_not_there(tracker: Tracker) -> None:
    ids = StoreIds(tracker)
    shot = _refs(tracker, 1)[0]
    tracker.delete(shot)
    (uid,) = ids.hexes([shot])  # a retired record keeps its ids
    assert ids.refs_of_hexes("Shot", [uid or ""]) == [shot]
    assert ids.hexes([Ref("Shot", 99_999), shot]) == [None, uid]
    assert ids.refs_of_hexes("Shot", ["f" * 32, "nonsense", "", UID.upper()]) == [None] * 4
    assert ids.refs_of_numbers("Shot", [0, -1, 2**63]) == [None] * 3
    assert ids.hexes([]) == ids.numbers([]) == []


def test_store_ids_are_read_once(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, refs = StoreIds(tracker), _refs(tracker, 3)
    first = ids.hexes(refs * 2)
    monkeypatch.setattr(tracker, "find", None)
    assert ids.hexes(refs * 2) == first


def test_minted_numbers_go_both_ways(state: State) -> None:
    ids: Ids = MintedIds(state, "ayon.example", "hex", _native)
    refs = [
        Ref("Shot", UID, "demo", "ayon.example", "folder"),
        Ref("Task", UID, "demo", "ayon.example", "task"),
        Ref("Project", "2024", None, "ayon.example", "project"),
        Ref("User", "anna.k", None, "ayon.example", "user"),
    ]
    numbers = ids.numbers(refs)
    assert numbers == [1, 2, 3, 4]
    assert ids.numbers(refs[::-1]) == [4, 3, 2, 1]
    for ref, number in zip(refs, numbers, strict=True):
        (found,) = ids.refs_of_numbers(ref.type, [number or 0])
        assert found == ref
        assert found is not None
        assert (found.type, found.project, found.native) == (ref.type, ref.project, ref.native)
    again = MintedIds(state, "ayon.example", "hex", _native)
    assert again.numbers(refs) == numbers
    assert again.refs_of_numbers("Task", [2]) == refs[1:2]


def test_a_number_stays_when_the_kind_changes(state: State) -> None:
    ids = MintedIds(state, "ayon.example", "hex", _native)
    assert ids.numbers([Ref("Shot", UID, "demo", native="folder")]) == [1]
    assert ids.numbers([Ref("Asset", UID, "demo")]) == [1]
    (asset,) = ids.refs_of_numbers("Asset", [1])
    assert asset == Ref("Asset", UID, "demo", "ayon.example", "folder")


def test_a_number_of_another_type_is_none(state: State) -> None:
    ids = MintedIds(state, "ayon.example", "hex", _native)
    ids.numbers([Ref("Shot", UID, "demo")])
    assert ids.refs_of_numbers("Task", [1]) == [None]
    assert ids.refs_of_numbers("Shot", [0, 2, -5, 2**70]) == [None] * 4


def test_hexes_of_a_tracker_that_has_them_are_its_own(state: State) -> None:
    ids = MintedIds(state, "ayon.example", "hex", _native)
    assert ids.hexes([Ref("Shot", UID, "demo")]) == [UID]
    assert ids.refs_of_hexes("Shot", [UID]) == [Ref("Shot", UID, site="ayon.example")]
    (made,) = ids.hexes([Ref("Project", "demo")])
    assert made is not None
    assert len(made) == 32


def test_minted_hexes_go_both_ways(state: State) -> None:
    ids: Ids = MintedIds(state, "studio.example", "number")
    refs = [Ref("Shot", n, 7, "studio.example") for n in range(1, 6)]
    hexes = ids.hexes(refs)
    assert ids.numbers(refs) == [1, 2, 3, 4, 5]
    assert ids.refs_of_numbers("Shot", [1, 0]) == [Ref("Shot", 1, site="studio.example"), None]
    assert len(set(hexes)) == 5
    assert all(uid and len(bytes.fromhex(uid)) == 16 for uid in hexes)
    fresh = MintedIds(state, "studio.example", "number")
    found = fresh.refs_of_hexes("Shot", [uid or "" for uid in hexes])
    assert found == refs
    assert [ref.project for ref in found if ref] == ["7"] * 5
    assert fresh.hexes(refs) == hexes


def test_hexes_cannot_be_made_up(state: State) -> None:
    ids = MintedIds(state, "studio.example", "number")
    (uid,) = ids.hexes([Ref("Shot", 1)])
    assert uid is not None
    made_up = [f"{0:016x}{1:016x}", uid[:-1] + "2", uid.upper(), uid[:31], "", "x" * 32]
    assert ids.refs_of_hexes("Shot", made_up) == [None] * 6
    assert ids.refs_of_hexes("Task", [uid]) == [None]


def test_sites_are_apart(state: State) -> None:
    one, two = (MintedIds(state, site, "hex", _native) for site in ("one.example", "two.example"))
    assert one.numbers([Ref("Shot", UID)]) == two.numbers([Ref("Task", UID)]) == [1]
    assert one.refs_of_numbers("Task", [1]) == [None]


def test_minted_numbers_by_many_threads(tmp_path: Path) -> None:
    with State.open(tmp_path / "ids.db") as state:
        ids = MintedIds(state, "ayon.example", "hex", _native)
        refs = [Ref("Shot", f"{n:032x}", "demo") for n in range(200)]
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda start: ids.numbers(refs[start:] + refs[:start]), range(0, 200, 25)))
        by_ref = [
            dict(zip(refs[s:] + refs[:s], r, strict=True)) for s, r in zip(range(0, 200, 25), results, strict=True)
        ]
    assert all(found == by_ref[0] for found in by_ref)
    assert sorted(n for n in by_ref[0].values() if n) == list(range(1, 201))


def test_the_memory_of_ids_is_bounded() -> None:
    cache: _Cache[int, int] = _Cache(3)
    cache.put({1: 1, 2: 2, 3: 3})
    cache.split([1])
    cache.put({4: 4})
    assert cache.split([1, 2, 3, 4, 2]) == ({1: 1, 3: 3, 4: 4}, [2])
