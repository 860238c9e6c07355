"""What a client sends of an entity → neutral values, ready to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

from trackerkit.datatypes import parse_datetime
from trackerkit.values import Image, Ref
from trackerkit_ayon.gateway.attributes import DATA_FIELD
from trackerkit_ayon.gateway.columns import HELD, HELD_ATTRIBUTES, HELD_FILES, HELD_MOMENTS, HELD_TRAITS
from trackerkit_ayon.gateway.faults import Fault, absent, dashed
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.mapping.codecs import day_of, midnight, moment
from trackerkit_ayon.mapping.names import NEUTRAL

#: The neutral fields that lead to another record: AYON's column and table, as a refusal names them.
PARENTS: Final[Mapping[tuple[str, str], tuple[str, str, str]]] = {
    ("Folder", "parent"): ("Folder", "parent_id", "folders"), ("Task", "parent"): ("Folder", "folder_id", "folders"),
    ("Product", "parent"): ("Folder", "folder_id", "folders"), ("Version", "product"): ("Product", "product_id", "products"),
    ("Version", "task"): ("Task", "task_id", "tasks"), ("File", "version"): ("Version", "version_id", "versions"),
    ("Workfile", "task"): ("Task", "task_id", "tasks"),
}  # fmt: skip
_BY_KEY: Final = (HELD_ATTRIBUTES, HELD_MOMENTS)
_TYPED: Final = {"folderType": ("folder_type", "folder_types"), "taskType": ("task_type", "task_types")}


class Payload:
    """One entity as a client sent it, in neutral terms.

    Args:
        values: neutral fields.
        is_active: what it says of ``active``; None for nothing.
        data: the keys of ``data`` that have no field of their own; None clears one.
    """

    __slots__ = ("data", "is_active", "values")

    def __init__(self, values: dict[str, Any], is_active: bool | None, data: dict[str, Any]) -> None:
        self.values = values
        self.is_active = is_active
        self.data = data

    def parents(self, base: str) -> dict[str, Ref | None]:
        """The links to other entities, by field; their ids are AYON's."""
        return {name: self.values[name] for name in self.values if (base, name) in PARENTS}


def read_payload(home: Home, native: str, body: Mapping[str, Any]) -> Payload:
    """A checked POST or PATCH of an entity.

    Args:
        home: the project.
        native: AYON's name of the type.
        body: as ``check.checked`` gives it.

    Raises:
        Fault: a type, a status or a user that there is not.
    """
    base = NEUTRAL[native]
    _check_types(home, body)
    body = {key: value for key, value in body.items() if key not in ("id", "files") and not _is_nothing(key, value)}
    body, held = _settled(home, base, native, body)
    values, left = home.rows(base).values(body)
    data = dict(values.pop(DATA_FIELD, None) or {})
    data.update(left.pop("data", None) or {})
    data.update(held)
    _settle_status(home, values)
    _settle_users(home, base, values)
    _settle_thumbnail(home, values)
    is_active = left.get("active")
    return Payload(values, is_active, data)


def _is_nothing(key: str, value: Any) -> bool:
    return value is None and key in ("status", "tags", "data", "attrib", "active", "assignees", "files", "folderType")


def _check_types(home: Home, body: Mapping[str, Any]) -> None:
    for key, (column, table) in _TYPED.items():
        value = body.get(key)
        if value is not None and value not in home.names_of(table):
            raise absent(column, value, table)


def _settled(home: Home, base: str, native: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body with a field for each attribute that can have one, and what must lie in ``data``."""
    made, held = dict(body), {}
    attributes = dict(made.get("attrib") or {})
    places = {place.key for place in home.rows(base).places.values() if place.home == "attrib"}
    loose = {}
    for name in [name for name in attributes if name not in places]:
        if not home.site.ensure_attribute(base, name):
            loose[name] = attributes.pop(name)
    if loose:
        held[HELD_ATTRIBUTES] = loose
    moments = _moments(home, base, attributes)
    if moments:
        held[HELD_MOMENTS] = moments
    if "attrib" in made:
        made["attrib"] = attributes
    if made.get("traits") is not None:
        held[HELD_TRAITS] = made["traits"]
    made.pop("traits", None)
    return made, held


def _moments(home: Home, base: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The moments of attributes whose field holds a day alone: None for what is a day, and takes away what was kept."""
    zone = home.context.zone
    days = [place.key for place in home.rows(base).places.values() if place.home == "attrib" and place.codec == "day"]
    given = {name: attributes[name] for name in days if name in attributes}
    return {
        name: None if raw is None or moment(raw) == midnight(day_of(raw, zone), zone) else _zoned(raw)
        for name, raw in given.items()
    }


def _zoned(raw: Any) -> str:
    """A moment as the server writes it, in the zone that it was given in; UTC where it says none."""
    found = raw if isinstance(raw, datetime) else parse_datetime(str(raw))
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).isoformat()


def read_files(files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A representation's files: whole, in ``data``."""
    shown = [{"hashType": "md5", "size": 0, **item} for item in files]
    return {HELD_FILES: shown}


def _settle_status(home: Home, values: dict[str, Any]) -> None:
    status = values.get("status")
    if status is None:
        return
    if status not in home.names_of("statuses"):
        raise absent("status", status, "statuses")
    values["status"] = home.status_key(status)


def _settle_users(home: Home, base: str, values: dict[str, Any]) -> None:
    """Users are named in AYON, and nothing there checks the names; here they are records."""
    fields = home.rows(base).kind.fields
    for name, value in values.items():
        item = fields.get(name)
        if item is None or not item.is_link or (base, name) in PARENTS:
            continue
        refs = value if isinstance(value, list) else [value] if value is not None else []
        known = home.site.users_of_names([ref.id for ref in refs if ref.type == "User"])
        made = [_user(known, ref) if ref.type == "User" else home.site.ref(ref.type, ref.id) for ref in refs]
        values[name] = made if isinstance(value, list) else next(iter(made), None)


def _user(known: Mapping[str, Ref], ref: Ref) -> Ref:
    found = known.get(ref.id)
    if found is None:
        raise absent("user", ref.id, "users")
    return found


def _settle_thumbnail(home: Home, values: dict[str, Any]) -> None:
    image = values.get("thumbnail")
    if not isinstance(image, Image):
        return
    if home.site.is_shaped:
        text = "the tracker behind takes a picture with its bytes alone: send it to the record itself"
        raise Fault(501, text, "not-implemented")
    known = home.site.state.get_document(home.site.space, f"thumbnail {image.id}")
    if known is None:
        raise absent("thumbnail_id", dashed(str(image.id)), "thumbnails")
    values["thumbnail"] = Image(id=image.id, hash=known.get("hash"))


def first(given: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` after a POST: as it was given, None included."""
    plain = {key: value for key, value in given.items() if key not in _BY_KEY}
    return {**plain, **_kept_by_key({}, given)}


def merged(known: Mapping[str, Any] | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` after a PATCH: one level deep, None takes a key out, in objects within too; what is held merges by its keys."""
    made = dict(known or {})
    for key, value in given.items():
        if key in _BY_KEY:
            continue
        if value is None:
            made.pop(key, None)
        else:
            made[key] = value if key.startswith(HELD) else _without_none(value)
    beside = {key: value for key, value in made.items() if key not in _BY_KEY}
    return {**beside, **_kept_by_key(made, given)}


def _kept_by_key(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is held for single attributes, after a change; nothing where nothing is left."""
    made = {}
    for key in _BY_KEY:
        both = {**(known.get(key) or {}), **(given.get(key) or {})}
        left = {name: item for name, item in both.items() if item is not None}
        made.update({key: left} if left else {})
    return made


def _without_none(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: _without_none(item) for key, item in value.items() if item is not None}


def check_author(home: Home, values: dict[str, Any]) -> None:
    """A version's author is who makes it, unless the client says."""
    if values.get("author") is None:
        values["author"] = home.site.users_of_names([home.site.login]).get(home.site.login)
        if values["author"] is None:
            del values["author"]


def refuse_own_parent(base: str, id: str, values: Mapping[str, Any]) -> None:
    """A folder lies in another one.

    Raises:
        Fault: 400.
    """
    parent = values.get("parent")
    if base == "Folder" and parent is not None and parent.id == id:
        raise Fault(400, "Folder cannot be its own parent", "bad-request")
