"""Neutral values as JSON, and back: by their fields' data types, never by look; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from trackerkit.schema import Field
from trackerkit.values import Attachment, Image, Ref, Url

_MICROSECOND: Final = timedelta(microseconds=1)
_CLASSES: Final[dict[str, Callable[..., Any]]] = {"Image": Image, "Attachment": Attachment, "Url": Url}


def _facts(value: Any) -> dict[str, Any]:
    parts = ((name, getattr(value, name)) for name in value.__slots__)
    return {"is": type(value).__name__, **{name: part for name, part in parts if part is not None}}


def _from_facts(facts: Mapping[str, Any]) -> Any:
    return _CLASSES[facts["is"]](**{name: part for name, part in facts.items() if name != "is"})


def _link(ref: Ref) -> list[str | None]:
    return [ref.type, ref.id, ref.project, ref.native]


_ENCODE: Final[dict[str, Callable[[Any], Any]]] = {
    "date": date.isoformat, "datetime": datetime.isoformat, "duration": lambda span: span // _MICROSECOND,
    "link": _link, "links": lambda refs: [_link(ref) for ref in refs], "choices": list,
    "image": _facts, "file": _facts, "url": _facts,
}  # fmt: skip
_DECODE: Final[dict[str, Callable[[Any], Any]]] = {
    "date": date.fromisoformat, "datetime": datetime.fromisoformat, "duration": lambda span: span * _MICROSECOND,
    "image": _from_facts, "file": _from_facts, "url": _from_facts,
}  # fmt: skip


def to_json(item: Field, value: Any) -> Any:
    """A field's neutral value as JSON holds it."""
    convert = _ENCODE.get(item.data_type)
    return value if value is None or convert is None else convert(value)


def from_json(item: Field, raw: Any, site: str) -> Any:
    """A field's neutral value; nothing is an empty list for a list, and False for a checkbox.

    Args:
        item: the field.
        raw: as JSON holds it.
        site: where the records are that it links to.
    """
    if raw is None:
        return [] if item.is_many else False if item.data_type == "checkbox" else None
    if item.data_type == "link":
        return _ref(raw, site)
    if item.data_type == "links":
        return [_ref(each, site) for each in raw]
    convert = _DECODE.get(item.data_type)
    return raw if convert is None else convert(raw)


def _ref(raw: Any, site: str) -> Ref:
    type_name, id, project, native = raw
    return Ref(type_name, id, project, site, native)
