"""Reading a ShotGrid site, and moving files, beside shotgun_api3 and curl: one server that answers from memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from shotgun_api3.shotgun import Shotgun

import trackerkit
from _harness import Race, main
from _shotgrid_site import FIELDS, running
from trackerkit.tracker import Tracker

ROWS = 20_000
THREE = ("code", "sg_status_list", "sg_cut_in")


def neutral(tracker: Tracker, natives: Any) -> list[str]:
    """The names that trackerkit has for some of ShotGrid's fields."""
    fields = tracker.backend.schema().type("Shot").fields.values()
    named = {field.native: field.name for field in fields if field.native}
    named["sg_sequence"] = "parent"
    return [named[native] for native in natives]


def reading(tracker: Tracker, there: Any) -> Iterator[Race]:
    """Twenty thousand wide rows in pages of five thousand."""
    three, every = neutral(tracker, THREE), neutral(tracker, FIELDS)
    assert len(every) == 30

    def of_three() -> int:
        return sum(1 for shot in tracker.find("Shot", fields=three) if [shot[name] for name in three])

    def three_of_wide() -> int:
        return sum(1 for shot in tracker.find("Shot", fields=every) if [shot[name] for name in three])

    def wide() -> list[Any]:
        return list(tracker.find("Shot", fields=every))

    def all_read() -> int:
        return sum(1 for shot in tracker.find("Shot", fields=every) if [shot[name] for name in every])

    assert of_three() == three_of_wide() == len(wide()) == all_read() == ROWS == len(there.find("Shot", [], FIELDS))
    yield Race(
        name="20,000 wide rows, three fields of each read", ours=three_of_wide, peer=lambda: there.find("Shot", [], FIELDS),
        at_least=5, peer_name="shotgun_api3.find",
    )  # fmt: skip
    yield Race(
        name="20,000 rows of three fields", ours=of_three, peer=lambda: there.find("Shot", [], THREE),
        at_least=2.5, peer_name="shotgun_api3.find",
    )  # fmt: skip
    yield Race(
        name="20,000 wide rows that convert on access", ours=wide, peer=lambda: there.find("Shot", [], FIELDS),
        at_least=5, peer_name="shotgun_api3.find",
    )  # fmt: skip
    yield Race(
        name="20,000 wide rows, every field read", ours=all_read, peer=lambda: there.find("Shot", [], FIELDS),
        at_least=3, peer_name="shotgun_api3.find",
    )  # fmt: skip
    yield Race(
        name="one row, thirty fields", ours=lambda: tracker.find_one("Shot", [["id", "is", 77]], every),
        peer=lambda: there.find_one("Shot", [["id", "is", 77]], FIELDS), at_most=1, peer_name="shotgun_api3.find_one",
    )  # fmt: skip
    yield Race(
        name="one row, three fields", ours=lambda: tracker.find_one("Shot", [["id", "is", 77]], three),
        peer=lambda: there.find_one("Shot", [["id", "is", 77]], list(THREE)), at_most=1,
        peer_name="shotgun_api3.find_one",
    )  # fmt: skip


if __name__ == "__main__":
    with running(ROWS) as url, trackerkit.connect(f"shotgrid+{url}", script_name="bench", api_key="bench") as mine:
        theirs = Shotgun(url, script_name="bench", api_key="bench")
        sys.exit(main(list(reading(mine, theirs))))
