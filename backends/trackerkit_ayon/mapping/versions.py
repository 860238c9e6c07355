"""Versions: what AYON calls ``v003`` of a product, others know by one name such as ``sh010_comp_v003``."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final, NamedTuple

from trackerkit_ayon.mapping.names import NAME
from trackerkit_ayon.mapping.places import KEPT

PRODUCT_TYPE: Final = "review"
"""The type of a product that is made for a version which came without one."""

NAME_KEY: Final = f"{KEPT}name"
_NUMBERED = re.compile(r"(?P<product>.*[^_.\- ])[_.\- ]+v(?P<number>\d{1,9})", re.DOTALL | re.IGNORECASE)
_SPACE = uuid.UUID("2f6c1c0c-6f0e-5f52-9f3a-3c0ba5b7d2c1")


class Named(NamedTuple):
    """What a version's name says.

    Args:
        product: the name of its product, as AYON takes it.
        number: its number, or None when the name holds none.
    """

    product: str
    number: int | None


def read_name(name: str) -> Named:
    """``sh010_comp_v003`` is number 3 of the product ``sh010_comp``; without such an ending, the whole name is the product's.

    >>> read_name("sh010_comp_v003")
    Named(product='sh010_comp', number=3)
    >>> read_name("turntable")
    Named(product='turntable', number=None)
    """
    found = re.fullmatch(_NUMBERED, name)
    if found is None or int(found["number"]) > 2**31 - 1:
        return Named(NAME.suggest(name), None)
    return Named(NAME.suggest(found["product"]), int(found["number"]))


def native_name(number: int) -> str:
    """AYON's own name of a version: ``v003``; ``HERO`` for a hero version, whose number is negative."""
    return f"v{number:03d}" if number >= 0 else "HERO"


def name_of(node: dict[str, Any]) -> str:
    """The neutral name of a version: as it was given, else made of its product and number."""
    kept = (node.get("data") or {}).get(NAME_KEY)
    if kept:
        return str(kept)
    product = (node.get("product") or {}).get("name")
    number = native_name(node["version"])
    return f"{product}_{number}" if product else number


def product_id(folder_id: str, product: str) -> str:
    """The id of a product that is made for a version: the same for everyone who makes it, so that it is made once."""
    return uuid.uuid5(_SPACE, f"{folder_id}/{product.lower()}").hex
