"""Names that the target can hold."""

from __future__ import annotations

import pytest

from trackerkit.datatypes import Domain
from trackerkit.sync.naming import Neighbours, legal_label, legal_name

STRICT = Domain(pattern=r"[a-zA-Z0-9_]([a-zA-Z0-9_.\-]*[a-zA-Z0-9_])?", max_length=40)


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("sh010", "sh010"),
        ("SQ 020 – Storm", "SQ_020_Storm"),
        ("sh 0040 'rain'", "sh_0040_rain"),
        ("SQ010_0080_ñandú", "SQ010_0080_nandu"),
        ("Old Man's Hat", "Old_Man_s_Hat"),
        ("a.b-c", "a.b-c"),
        (".hidden.", "hidden"),
    ],
)
def test_legal_name_of_what_shows_have(name: str, legal: str) -> None:
    made, why = legal_name(name, STRICT, "shot_1")
    assert made == legal
    assert bool(why) == (made != name)


def test_legal_name_keeps_names_of_other_scripts_apart() -> None:
    one, _ = legal_name("灯台", STRICT, "asset_1")
    other, _ = legal_name("灯", STRICT, "asset_2")
    assert one != other
    assert one.isascii()


def test_legal_name_of_which_nothing_is_left_is_the_fallback() -> None:
    assert legal_name("…!", STRICT, "asset_7")[0] in ("asset_7", "u2026")


def test_legal_name_is_cut_to_what_the_target_keeps() -> None:
    made, why = legal_name("x" * 100, Domain(max_length=40), "f")
    assert made == "x" * 40
    assert "40" in why


def test_legal_label_replaces_what_is_refused() -> None:
    made, why = legal_label("Fisher's; boat", Domain(pattern=r"[^';]*"))
    assert made == "Fisher\N{RIGHT SINGLE QUOTATION MARK}s, boat"
    assert why


def test_neighbours_number_what_is_taken_ignoring_case() -> None:
    names = Neighbours()
    assert names.take("here", "Hero") == ("Hero", "")
    assert names.take("here", "hero")[0] == "hero_2"
    assert names.take("here", "HERO")[0] == "HERO_3"
    assert names.take("there", "hero") == ("hero", "")
