"""Versions: names of others ↔ products and numbers of AYON."""

from __future__ import annotations

from typing import Any

import pytest

from trackerkit_ayon.mapping.versions import Named, name_of, native_name, product_id, read_name


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("sh010_comp_v003", Named("sh010_comp", 3)),
        ("sh010_comp_V3", Named("sh010_comp", 3)),
        ("SH 010_v0001", Named("SH_010", 1)),
        ("turntable", Named("turntable", None)),
        ("conv3", Named("conv3", None)),
        ("v003", Named("v003", None)),
        ("a_v99999999999", Named("a_v99999999999", None)),
    ],
)
def test_read_name(name: str, named: Named) -> None:
    assert read_name(name) == named


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ({"version": 3, "product": {"name": "comp"}, "data": {"trackerkit_name": "Given v3"}}, "Given v3"),
        ({"version": 3, "product": {"name": "comp"}, "data": {}}, "comp_v003"),
        ({"version": -3, "product": {"name": "comp"}, "data": None}, "comp_HERO"),
        ({"version": 12}, "v012"),
    ],
)
def test_name_of_a_node(node: dict[str, Any], name: str) -> None:
    assert name_of(node) == name


def test_a_name_that_ayon_made_reads_back_as_its_product_and_number() -> None:
    assert read_name(name_of({"version": 7, "product": {"name": "sh010_comp"}})) == Named("sh010_comp", 7)


def test_native_names() -> None:
    assert [native_name(number) for number in (1, 1234, -1)] == ["v001", "v1234", "HERO"]


def test_the_id_of_a_made_product_is_the_same_for_everyone() -> None:
    assert product_id("a", "Comp") == product_id("a", "comp")
    assert product_id("a", "comp") != product_id("b", "comp")
    assert len(product_id("a", "comp")) == 32
