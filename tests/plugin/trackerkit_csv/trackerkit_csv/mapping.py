"""Values as the text of a cell, both ways; an empty cell is null. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from trackerkit.datatypes import parse_datetime
from trackerkit.values import Attachment, Ref, Url

MakeRef = Callable[[str], Ref]
_MICROSECOND: Final = timedelta(microseconds=1)


def to_cell(data_type: str, value: Any) -> str:
    """The text of a cell."""
    if value is None or value == []:
        return ""
    writer = _WRITERS.get(data_type)
    return writer(value) if writer else str(value)


def from_cell(data_type: str, text: str, make_ref: MakeRef) -> Any:
    """The value of a cell; ``make_ref`` completes the short form of a record's address."""
    if data_type == "links":
        return [make_ref(part) for part in text.split()]
    if text == "":
        return [] if data_type == "choices" else False if data_type == "checkbox" else None
    if data_type == "link":
        return make_ref(text)
    reader = _READERS.get(data_type)
    return reader(text) if reader else text


def _url(value: Url | Attachment) -> str:
    return json.dumps([value.url, value.name if isinstance(value, Url) else value.filename])


_WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "checkbox": lambda value: "true" if value else "",
    "float": repr,
    "currency": repr,
    "date": lambda value: value.isoformat(),
    "datetime": lambda value: value.isoformat(),
    "duration": lambda value: str(value // _MICROSECOND),
    "choices": lambda value: json.dumps(value, ensure_ascii=False),
    "link": str,
    "links": lambda value: " ".join(map(str, value)),
    "url": _url,
}
_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "checkbox": lambda text: text == "true",
    "integer": int,
    "percent": int,
    "timecode": int,
    "float": float,
    "currency": float,
    "date": date.fromisoformat,
    "datetime": parse_datetime,
    "duration": lambda text: int(text) * _MICROSECOND,
    "choices": json.loads,
    "url": lambda text: Url(*json.loads(text)),
}
