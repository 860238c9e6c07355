"""What the name of a version says: ``sh010_comp_v003`` is number 3 of the product ``sh010_comp``; pure."""

from __future__ import annotations

import re
import uuid
from typing import Final, NamedTuple

_NUMBERED: Final = re.compile(r"(?P<stem>.*[^_.\- ])[_.\- ]+v(?P<number>\d{1,9})", re.DOTALL | re.IGNORECASE)
_SPACE: Final = uuid.UUID("8a3d1f52-6f0b-5c59-9d0e-4f1c7b0a6e35")
_MOST: Final = 2**31 - 1


class Stem(NamedTuple):
    """What a version's name says.

    Args:
        product: the name of its product.
        number: its number there, or None where the name says none.
    """

    product: str
    number: int | None


def read_stem(name: str) -> Stem:
    """The product and the number that a version's name says; without a number, the whole name is the product's.

    >>> read_stem("sh010_comp_v003")
    Stem(product='sh010_comp', number=3)
    >>> read_stem("turntable")
    Stem(product='turntable', number=None)
    """
    found = re.fullmatch(_NUMBERED, name)
    if found is None or int(found["number"]) > _MOST:
        return Stem(name, None)
    return Stem(found["stem"], int(found["number"]))


def product_uid(site: str, parent_type: str, parent_id: str, stem: str) -> str:
    """The id of a product that nothing but the names of versions tells of: the same whenever it is worked out."""
    return uuid.uuid5(_SPACE, "\x1f".join((site, parent_type, parent_id, stem))).hex
