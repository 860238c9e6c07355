"""One value, both ways: what AYON sends ↔ the neutral value, by codec; never by the value's look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from trackerkit.datatypes import parse_datetime
from trackerkit.values import Image, Ref, Url
from trackerkit_ayon.mapping.names import TYPES


@dataclass(frozen=True, slots=True)
class Context:
    """Where the records at hand live.

    Args:
        site: of the server.
        project: the project's name, or None for what belongs to none.
        zone: the time zone whose midnight stands for a date in AYON's start and end dates.
        every: links lead to retired records too.
        label: what the project is called, where that is known.
    """

    site: str
    project: str | None = None
    zone: tzinfo = timezone.utc
    every: bool = False
    label: str | None = None

    def hides(self, node: Mapping[str, Any]) -> bool:
        """Whether links do not lead to a node: it is retired."""
        return node.get("active") is False and not self.every

    def ref(self, type_name: str, id: str, label: str | None = None, native: str | None = None) -> Ref:
        """The Ref of a record of this project."""
        return Ref(type_name, id, self.project, self.site, native or _native(type_name), label)

    def user(self, name: str, label: str | None = None) -> Ref:
        """The Ref of a user, who belongs to no project."""
        return Ref("User", name, None, self.site, "user", label or name)

    def home(self) -> Ref | None:
        """The Ref of the project itself."""
        name = self.project
        return Ref("Project", name, name, self.site, "project", self.label or name) if name is not None else None


def _native(type_name: str) -> str:
    known = TYPES.get(type_name)
    return known.name if known else "folder"


Parse = Callable[[Context, Any], Any]
Show = Callable[[Context, Any], Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """A pair of inverse functions.

    Args:
        parse: AYON's value → the neutral one; never called with None.
        show: the neutral value → AYON's; never called with None.
    """

    parse: Parse
    show: Show


def moment(text: Any) -> datetime:
    """An ISO text as an aware datetime in UTC."""
    if text.__class__ is str and text[10:11] == "T" and text[-6:] == "+00:00":  # as the server writes its own
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # a form that only later Pythons read
    found = text if isinstance(text, datetime) else parse_datetime(str(text))
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def day_of(text: Any, zone: tzinfo) -> date:
    """The date that a moment lies on."""
    found = moment(text)
    return found.date() if zone is timezone.utc else found.astimezone(zone).date()


def midnight(day: date, zone: tzinfo) -> datetime:
    """The moment that stands for a date, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(timezone.utc)


def _links(context: Context, texts: Any) -> list[Ref]:
    return [ref for text in texts or () if (ref := parse_address(context, text)) is not None]


def address(ref: Ref) -> str:
    """A record as one text, ``version:8428…``, as AYON's own mentions write it."""
    return f"{ref.native or _native(ref.type)}:{ref.id}"


def parse_address(context: Context, text: Any) -> Ref | None:
    """The Ref of ``version:8428…``; a folder's kind is not known from it. None for anything else."""
    native, mark, id = str(text).partition(":")
    neutral = {known.name: name for name, known in TYPES.items()}.get(native)
    if not mark or not id or neutral is None:
        return None
    if neutral == "User":
        return context.user(id)
    if neutral == "Project":
        return Ref("Project", id, id, context.site, "project", id)
    return context.ref(neutral, id)


def _same(context: Context, value: Any) -> Any:
    return value


CODECS: Final[dict[str, Codec]] = {
    "plain": Codec(_same, _same),
    "absent": Codec(lambda _, raw: not raw, lambda _, value: not value),
    "flag": Codec(lambda _, raw: bool(raw), lambda _, value: bool(value)),
    "float": Codec(lambda _, raw: float(raw), lambda _, value: float(value)),
    "list": Codec(lambda _, raw: list(raw), lambda _, value: list(value)),
    "moment": Codec(lambda _, raw: moment(raw), lambda _, value: value.astimezone(timezone.utc).isoformat()),
    "day": Codec(
        lambda context, raw: day_of(raw, context.zone), lambda context, value: midnight(value, context.zone).isoformat()
    ),
    "seconds": Codec(lambda _, raw: timedelta(seconds=float(raw)), lambda _, value: value.total_seconds()),
    "image": Codec(lambda _, raw: Image(id=str(raw)), lambda _, value: value.id),
    "user": Codec(lambda context, raw: context.user(raw), lambda _, value: value.id),
    "users": Codec(
        lambda context, raw: [context.user(name) for name in raw], lambda _, value: [ref.id for ref in value]
    ),
    "links": Codec(_links, lambda _, value: [address(ref) for ref in value]),
    "link": Codec(parse_address, lambda _, value: address(value)),
    "url": Codec(
        lambda _, raw: Url(*raw[:2]) if raw else None, lambda _, value: [value.url, value.name][: 1 + bool(value.name)]
    ),
    "folder": Codec(lambda context, raw: context.ref("Folder", raw), lambda _, value: value.id),
    "task": Codec(lambda context, raw: context.ref("Task", raw), lambda _, value: value.id),
    "product": Codec(lambda context, raw: context.ref("Product", raw), lambda _, value: value.id),
    "version": Codec(lambda context, raw: context.ref("Version", raw), lambda _, value: value.id),
}
"""Every codec by the name that ``places`` gives it."""


BY_TYPE: Final[dict[str, str]] = {
    "float": "float", "currency": "float", "checkbox": "flag", "datetime": "moment", "duration": "seconds",
    "date": "day", "choices": "list", "links": "links", "link": "link", "url": "url",
}  # fmt: skip
"""The codec of a data type, for what ``places`` does not name: a site's own attributes, and fields kept in ``data``."""


def parse(codec: str, context: Context, raw: Any) -> Any:
    """AYON's value as the neutral one; None stays None."""
    return None if raw is None else CODECS[codec].parse(context, raw)


def show(codec: str, context: Context, value: Any) -> Any:
    """The neutral value as AYON's; None stays None."""
    return None if value is None else CODECS[codec].show(context, value)
