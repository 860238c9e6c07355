"""Values: ShotGrid's JSON → neutral values and back, by data type, never by look.

``decoder(native_data_type, data_type, codec, links)`` gives a function from a JSON value to the neutral one,
``encoder`` the
other way round; ``links`` turns entity dicts into Refs and back and is the one thing that differs between a site
(ids are
the site's own) and a gateway (ids may be made up): a gateway passes its own ``Links``.

Codecs, for values that are more than their data type says:

- ``tags``: names ↔ Tag entities (or the names of an old ``tag_list``);
- ``name``: the name of a linked record ↔ its entity dict (Task.type ↔ step); to write one, look its id up by name;
- ``type``: a neutral entity type ↔ ShotGrid's (TaskType.applies_to);
- ``active``: True ↔ the status ``act``, False ↔ ``dis``;
- ``path``: a path as text ↔ a url dict;
- ``mime_type``, ``link_type``: parts of a url dict, read only;
- ``reviewable``: Version.sg_uploaded_movie as the one Reviewable that ShotGrid knows; its id is the Version's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from trackerkit.errors import ProtocolError
from trackerkit.values import Attachment, Image, Ref, Url
from trackerkit_shotgrid.mapping.types import native_type, neutral_type

Decode = Callable[[Any], Any]
Encode = Callable[[Any], Any]

_MINUTE: Final = timedelta(minutes=1)
_PENDING: Final = "/thumbnail_pending"
_LOCAL_PATHS: Final = ("local_path", "local_path_linux", "local_path_mac", "local_path_windows")


class Links:
    """Entity dicts ↔ Refs of one site. A gateway overrides ``number_of`` and ``id_of`` where its ids are made up.

    Args:
        site: goes into every Ref.
    """

    def __init__(self, site: str | None) -> None:
        self.site = site

    def id_of(self, native: str, number: Any) -> str:
        """The neutral id of a ShotGrid id."""
        return str(number)

    def number_of(self, ref: Ref) -> int:
        """The ShotGrid id of a record; -1, which no record has, for an id that is no number."""
        return int(ref.id) if ref.id.isascii() and ref.id.isdigit() else -1

    def native_of(self, ref: Ref) -> str:
        """The ShotGrid type of a record."""
        return (ref.native or native_type(ref.type) or ref.type).partition(".")[0]

    def ref(self, value: Mapping[str, Any] | None) -> Ref | None:
        """The Ref of an entity dict."""
        if not value:
            return None
        native = value["type"]
        id = self.id_of(native, value["id"])
        return Ref(neutral_type(native), id, id if native == "Project" else None, self.site, native, value.get("name"))

    def entity(self, ref: Ref | None) -> dict[str, Any] | None:
        """The entity dict of a Ref, with its name where the Ref has one."""
        if ref is None:
            return None
        made: dict[str, Any] = {"type": self.native_of(ref), "id": self.number_of(ref)}
        if ref.label is not None:
            made["name"] = ref.label
        return made


MOVIE_NATIVE: Final = "Version.sg_uploaded_movie"
"""The native type in the Ref of a Reviewable: it has its Version's id, and must not be taken for the Version."""

# --- reading ---------------------------------------------------------------------------------------------------------


def decoder(native_data_type: str, data_type: str, codec: str, links: Links) -> Decode:
    """A function from ShotGrid's JSON value to the neutral one.

    Args:
        native_data_type: ShotGrid's data type of the field.
        data_type: the neutral one.
        codec: from the table of fields, or empty.
        links: for entity dicts.
    """
    if codec == "tags":
        return _names
    if codec:
        return _CODEC_DECODERS[codec]
    if data_type == "link":
        return links.ref
    if data_type == "links":
        read = links.ref
        return lambda value: [read(item) for item in value or ()]
    return _DECODERS.get(data_type, _same)


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str | None:
    # An empty text and null are the same to ShotGrid, which stores null.
    return value if value is None or (value.__class__ is str and value) else _text_of(value)


def _text_of(value: Any) -> str | None:
    return None if value == "" else str(value)


def _number(value: Any) -> int | None:
    return value if value is None or value.__class__ is int else int(value)


def _float(value: Any) -> float | None:
    return value if value is None or value.__class__ is float else float(value)


def _date(value: Any) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ProtocolError(f"ShotGrid gave {value!r} for a date") from None


def parse_datetime(value: Any) -> datetime | None:
    """ShotGrid's date and time: ``2022-02-01T20:53:08Z``, always UTC; also the form of webhooks, with a blank.

    Raises:
        ProtocolError: for anything else.
    """
    if value is None:
        return None
    try:
        if len(value) == 20 and value[19] == "Z":
            return datetime.fromisoformat(value[:19]).replace(tzinfo=timezone.utc)
        moment = datetime.fromisoformat(re.sub(r"( ?UTC|Z)$", "", value))
    except (TypeError, ValueError):
        raise ProtocolError(f"ShotGrid gave {value!r} for a date and time") from None
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def _duration(value: Any) -> timedelta | None:
    return None if value is None else value * _MINUTE


def _choices(value: Any) -> list[str]:
    return [item["name"] if isinstance(item, dict) else item for item in value or ()]


_names = _choices


def _color(value: Any) -> str | None:
    parts = value.split(",") if isinstance(value, str) else ()
    if len(parts) == 3 and all(part.isdigit() and int(part) < 256 for part in parts):
        return "#" + "".join(f"{int(part):02x}" for part in parts)
    return _text(value)


def _image(value: Any) -> Image | None:
    return None if not value else Image(url=value, pending=_PENDING in value)


def _url(value: Any) -> Url | Attachment | None:
    if not value:
        return None
    if _link_type(value) == "web":
        url, name = value.get("url") or "", value.get("name")
        return Url(url, None if name == url else name)  # a link without a name shows its address
    return _file(value)


def _file(value: Any) -> Attachment | None:
    if not value:
        return None
    kind = _link_type(value) or "upload"
    number = value.get("id")
    return Attachment(
        id=None if number is None else str(number),
        filename=value.get("name"),
        mime_type=value.get("content_type"),
        url=_path_url(_path(value) or "") if kind == "local" else value.get("url"),
        kind=kind,
    )


def _link_type(value: Any) -> str | None:
    """What kind of url a dict is; one as scripts write it does not say so itself."""
    if not value:
        return None
    found = value.get("link_type")
    if found in ("upload", "web", "local"):
        return str(found)
    return "local" if value.get("local_path") or value.get("relative_path") else "web" if value.get("url") else None


def _path(value: Any) -> str | None:
    """The path that a url dict names, else its address."""
    if not value or isinstance(value, str):
        return value or None
    for name in _LOCAL_PATHS:
        if value.get(name):
            return str(value[name])
    url = value.get("url") or ""
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" and not parts.netloc else url or None


def _path_url(path: str) -> str:
    return "file://" + quote(path) if path.startswith("/") else path


def _active(value: Any) -> bool:
    return bool(value == "act")


_DECODERS: Final[dict[str, Decode]] = {
    "id": lambda value: None if value is None else str(value),
    "text": _text, "integer": _number, "percent": _number, "timecode": _number, "float": _float, "currency": _float,
    "checkbox": bool, "date": _date, "datetime": parse_datetime, "duration": _duration, "choice": _text,
    "status": _text, "choices": _choices, "image": _image, "url": _url, "file": _file, "color": _color, "uuid": _text,
    "entity_type": _text, "secret": lambda value: None,
}  # fmt: skip
_CODEC_DECODERS: Final[dict[str, Decode]] = {
    "name": lambda value: value["name"] if value else None,
    "type": lambda value: neutral_type(value) if value else None,
    "active": _active, "path": _path, "link_type": _link_type,
    "mime_type": lambda value: value.get("content_type") if value else None,
    "reviewable": _file,
}  # fmt: skip


# --- writing ---------------------------------------------------------------------------------------------------------


def encoder(native_data_type: str, data_type: str, codec: str, links: Links) -> Encode:
    """A function from the neutral value to ShotGrid's JSON value: the inverse of ``decoder``.

    Names (codecs ``tags`` and ``name``) become ``{"type": …, "name": …}`` without an id: whoever writes fills it in.
    """
    if codec == "tags" and native_data_type == "tag_list":
        return lambda value: list(value or ())
    if codec == "path" and native_data_type == "text":
        return _same
    if codec:
        return _CODEC_ENCODERS[codec]
    if data_type == "link":
        return links.entity
    if data_type == "links":
        write = links.entity
        return lambda value: [write(item) for item in value or ()]
    return _ENCODERS.get(data_type, _same)


def format_datetime(value: datetime | None) -> str | None:
    """ShotGrid's 20 characters: ``2022-02-01T20:53:08Z``; fractions of a second are cut."""
    if value is None:
        return None
    moment = value if value.tzinfo is timezone.utc else value.astimezone(timezone.utc)
    return moment.isoformat(timespec="seconds")[:19] + "Z"


def _rgb(value: str | None) -> str | None:
    if value is None or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        return value
    return ",".join(str(int(value[at : at + 2], 16)) for at in (1, 3, 5))


def _url_dict(value: Url | Attachment | None) -> dict[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, Url):
        return {"url": value.url, "name": value.name or value.url, "content_type": None, "link_type": "web"}
    if value.kind == "local":
        path = _path({"url": value.url}) or ""
        return {"local_path": path, "name": value.filename, "content_type": value.mime_type, "link_type": "local"}
    made = {
        "url": value.url, "name": value.filename, "content_type": value.mime_type, "link_type": value.kind,
        "type": "Attachment",
    }  # fmt: skip
    if value.id is not None and value.id.isdigit():
        made["id"] = int(value.id)  # type: ignore[assignment]
    return made


def _path_dict(value: str | None) -> dict[str, Any] | None:
    """A path as a link of its own, which needs no LocalStorage: reading gives the same text back."""
    if value is None:
        return None
    name = re.split(r"[\\/]", value)[-1] or value
    return {"url": _path_url(value), "name": name, "link_type": "web", "content_type": None}


_ENCODERS: Final[dict[str, Encode]] = {
    "id": lambda value: None if value is None else int(value),
    "date": lambda value: None if value is None else value.isoformat(),
    "datetime": format_datetime,
    "duration": lambda value: None if value is None else value // _MINUTE,
    "choices": lambda value: list(value or ()),
    "color": _rgb,
    "image": lambda value: None if value is None else value.url,
    "url": _url_dict, "file": _url_dict,
    "secret": _same,
}  # fmt: skip
_CODEC_ENCODERS: Final[dict[str, Encode]] = {
    "tags": lambda value: [{"type": "Tag", "name": name} for name in value or ()],
    "name": lambda value: None if value is None else {"name": value},
    "type": lambda value: None if value is None else native_type(value),
    "active": lambda value: None if value is None else "act" if value else "dis",
    "path": _path_dict, "link_type": _same, "mime_type": _same, "reviewable": _url_dict,
}  # fmt: skip
