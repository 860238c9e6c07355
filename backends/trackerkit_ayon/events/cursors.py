"""Where a reader of events stands: AYON's cursors are running numbers, ours say how many facts of an event were given."""

from __future__ import annotations

import base64
import binascii
import json


def order_of(cursor: str) -> int:
    """The running number of an event, which AYON gives as its cursor only."""
    return int(binascii.a2b_base64(cursor)[1:-1])  # [83]


def cursor_of(order: int) -> str:
    """AYON's cursor of a running number."""
    return base64.b64encode(json.dumps([order]).encode()).decode()


def read_cursor(text: str | None) -> tuple[int, int]:
    """Our cursor: the running number of the event to go on behind, and how many of its facts were given.

    Raises:
        ValueError: for a text that is no cursor.
    """
    order, _, given = (text or "0").partition(".")
    return int(order), int(given or 0)
