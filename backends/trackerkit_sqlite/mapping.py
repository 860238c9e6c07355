"""Neutral values as SQLite holds them, and back; every value by its field's data type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Any, Final

from trackerkit.datatypes import parse_datetime
from trackerkit.jsontext import decoded, encoded
from trackerkit.values import Attachment, Image, Ref, Url

EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND: Final = timedelta(microseconds=1)
LEAST, MOST = -(2**63), 2**63 - 1
OTHER: Final = "other"
"""The kind of a program's own event; its ``data`` holds the name, the description and the data that the program gave."""

STORAGE: Final = {
    "text": "TEXT", "choice": "TEXT", "status": "TEXT", "uuid": "TEXT", "color": "TEXT", "entity_type": "TEXT",
    "date": "TEXT", "json": "TEXT", "image": "TEXT", "file": "TEXT", "url": "TEXT", "choices": "TEXT",
    "integer": "INTEGER", "percent": "INTEGER", "timecode": "INTEGER", "checkbox": "INTEGER", "datetime": "INTEGER",
    "duration": "INTEGER", "link": "INTEGER", "float": "REAL", "currency": "REAL",
}  # fmt: skip
"""Data type → SQLite's type of its column. Links to many, and what is not kept (secret, computed), have none."""

FOLDED: Final = frozenset({"text", "choice", "status"})
"""Data types that have a second column, lower-cased by ``str.lower``, so that ignoring case is an index's work."""


def micros(moment: datetime) -> int:
    """A moment as microseconds since 1970, exactly."""
    return (moment - EPOCH) // MICROSECOND


def moment(value: int) -> datetime:
    """Microseconds since 1970 as a moment in UTC."""
    return EPOCH + MICROSECOND * value  # twice as fast as a timedelta made of the number


def _span(value: timedelta) -> int:
    return max(LEAST, min(MOST, value // MICROSECOND))


def _from_span(value: int) -> timedelta:
    return MICROSECOND * value


def json_text(value: Any) -> str:
    """A value as JSON."""
    return encoded(value).decode()


def _facts(value: Any) -> dict[str, Any]:
    """A value class as a mapping, with its class under ``is``."""
    parts = ((name, getattr(value, name)) for name in value.__slots__)
    kept = {name: part for name, part in parts if part is not None and part is not False}
    return {"is": type(value).__name__, **kept}


_CLASSES: Final[dict[str, Callable[..., Any]]] = {"Image": Image, "Attachment": Attachment, "Url": Url}


def _from_facts(facts: dict[str, Any]) -> Any:
    return _CLASSES[facts.pop("is")](**facts)


def _media(value: Any) -> str:
    return json_text(_facts(value))


def _from_media(text: str) -> Any:
    return _from_facts(decoded(text))


ENCODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "checkbox": int, "date": date.isoformat, "datetime": micros, "duration": _span, "json": json_text,
    "choices": json_text, "image": _media, "file": _media, "url": _media, "float": float, "currency": float,
}  # fmt: skip
"""Data type → what makes a column's value of a neutral one; the others are kept as they are."""

DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "id": str, "checkbox": bool, "date": date.fromisoformat, "datetime": moment, "duration": _from_span,
    "json": decoded, "choices": decoded, "image": _from_media, "file": _from_media, "url": _from_media,
}  # fmt: skip
"""Data type → what makes a neutral value of a column's; the others are as they should be."""


def encode(data_type: str, value: Any) -> Any:
    """A neutral value as its column holds it."""
    encoder = ENCODERS.get(data_type)
    return value if value is None or encoder is None else encoder(value)


# --- values inside events -------------------------------------------------------------------------------------------


def packed(data_type: str | None, value: Any) -> str | None:
    """A value of an event as JSON text; None for null."""
    if value is None:
        return None
    simple = _SIMPLE.get(value.__class__)
    return json_text(_plain(value)) if simple is None else simple(value)


# Most values of most events: three times as fast as a codec with its checks, which they have passed already.
_SIMPLE: Final[dict[type, Callable[[Any], str]]] = {
    str: encode_basestring, int: int.__repr__, bool: lambda value: "true" if value else "false", float: float.__repr__
}  # fmt: skip


def packed_list(values: Iterable[Any]) -> str | None:
    """The members that came into or left a list, as JSON text; None for none."""
    made = [_plain(value) for value in values]
    return json_text(made) if made else None


def _plain(value: Any) -> Any:
    kind = value.__class__
    if kind is str or kind is int or kind is bool or kind is float:
        return value
    if kind is Ref:
        return {"type": value.type, "id": value.id, "project": value.project, "label": value.label}
    if kind is datetime or kind is date:
        return value.isoformat()
    if kind is timedelta:
        return value // MICROSECOND
    if kind in (Image, Attachment, Url):
        return _facts(value)
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def unpacked(
    data_type: str | None, text: str | None, site: str | None, natives: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """A value of an event from its JSON text; ``natives`` are the native names of types that have another."""
    return None if text is None else _revived(data_type, decoded(text), site, natives)


def unpacked_list(
    data_type: str | None, text: str | None, site: str | None, natives: Mapping[str, str] = MappingProxyType({})
) -> tuple[Any, ...]:
    """The members that came into or left a list."""
    return () if text is None else tuple(_revived(data_type, item, site, natives) for item in decoded(text))


def _revived(data_type: str | None, value: Any, site: str | None, natives: Mapping[str, str]) -> Any:
    if isinstance(value, list) and data_type != "json":
        return [_revived(data_type, item, site, natives) for item in value]
    if data_type in ("link", "links"):
        native = natives.get(value["type"], value["type"])
        return Ref(value["type"], value["id"], value["project"], site, native, value["label"])
    if data_type == "date":
        return date.fromisoformat(value)
    if data_type == "datetime":
        return parse_datetime(value)
    if data_type == "duration":
        return _from_span(value)
    return _from_facts(value) if data_type in ("image", "file", "url") else value
