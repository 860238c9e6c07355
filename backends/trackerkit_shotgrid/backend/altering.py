"""Altering: changes of a site's schema, and what ``doctor`` looks at and makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trackerkit.backend import Check, Me
from trackerkit.errors import ConflictError, SchemaError, TrackerError
from trackerkit.schema import Field, SchemaChange
from trackerkit.values import Ref
from trackerkit_shotgrid.client import Client, Json
from trackerkit_shotgrid.errors import BACKEND
from trackerkit_shotgrid.mapping.fields import KEY_FIELD, NATIVE_DATA_TYPES
from trackerkit_shotgrid.mapping.types import native_type
from trackerkit_shotgrid.mapping.values import Links
from trackerkit_shotgrid.schema import SiteSchema

KEYED: Final = (
    "Project", "Episode", "Sequence", "Scene", "Shot", "Asset", "Task", "Version", "PublishedFile", "Note", "Playlist",
    "TimeLog", "Group",
)  # fmt: skip
"""The types whose creates ``doctor --prepare`` makes safe to repeat."""

_KEY_LABEL: Final = "Trackerkit Key"
_CANNOT_MAKE: Final = frozenset({"color", "image", "calculated", "password", "uuid", "serializable", "entity_type"})


def change_schema(client: Client, site: SiteSchema, change: SchemaChange) -> str:
    """Create, change or delete a field; ShotGrid's name of it.

    Raises:
        SchemaError: for a field that ShotGrid does not let anyone make.
    """
    owner = site.types[change.type]
    if not owner.native:
        raise SchemaError(f"{change.type} stands for several types: change each of them", backend=BACKEND)
    if change.action == "create_field":
        return _create(client, site, owner.native, change)
    binding = owner.fields.get(change.name)
    if binding is None or not binding.native or "." in binding.native:
        raise SchemaError(f"{change.type}.{change.name} is derived and cannot be changed", backend=BACKEND)
    if change.action == "delete_field":
        client.call("schema_field_delete", {"type": owner.native, "field_name": binding.native}, safe=False)
        return binding.native
    assert change.field is not None
    properties = _properties(change.field, binding.data_type)
    client.call(
        "schema_field_update",
        {"type": owner.native, "field_name": binding.native, "properties": properties},
        safe=False,
    )
    return binding.native


def _create(client: Client, site: SiteSchema, native: str, change: SchemaChange) -> str:
    assert change.field is not None
    data_type = NATIVE_DATA_TYPES[change.field.data_type]
    if change.name in site.types[change.type].fields:
        raise ConflictError(f"{change.type} has a field {change.name!r} already", backend=BACKEND)
    if data_type in _CANNOT_MAKE:
        raise SchemaError(
            f"ShotGrid lets nobody make a {change.field.data_type} field",
            hint="a text field can hold it",
            backend=BACKEND,
        )
    argument = {"type": native, "data_type": data_type, "properties": _properties(change.field, data_type, change.name)}
    made: str = client.call("schema_field_create", argument, safe=False)
    if change.field.label and change.field.label != change.name:
        # The name is made of the label that a field is born with; what people see is set behind that.
        label = [{"property_name": "name", "value": change.field.label}]
        client.call("schema_field_update", {"type": native, "field_name": made, "properties": label}, safe=False)
    return made


def _properties(field: Field, data_type: str, name: str = "") -> list[Json]:
    """A field's properties as the calls want them; ``name`` for a new one, whose own name is made of it."""
    label = name.removeprefix("sg_") if name else field.label
    given: dict[str, Any] = {"name": label or field.name}
    if field.description:
        given["description"] = field.description
    if data_type in ("list", "status_list") and field.choices:
        given["valid_values"] = list(field.choices)
    if data_type in ("entity", "multi_entity"):
        given["valid_types"] = [native for target in field.targets if (native := native_type(target)) is not None]
    if field.default is not None or data_type == "checkbox":
        given["default_value"] = bool(field.default) if data_type == "checkbox" else field.default
    return [{"property_name": key, "value": value} for key, value in given.items()]


# --- who, and what there is ------------------------------------------------------------------------------------------


def who(client: Client, links: Links) -> Me:
    """Who the connection acts as."""
    given = client.credentials
    if given.sudo_as_login or given.login:
        login = given.sudo_as_login or given.login or ""
        return Me(login, _user(client, links, "HumanUser", "login", login))
    if given.script_name:
        return Me(given.script_name, _user(client, links, "ApiUser", "firstname", given.script_name))
    return Me("")


def _user(client: Client, links: Links, native: str, field: str, name: str) -> Ref | None:
    rows: Sequence[Mapping[str, Any]] = client.read(
        {
            "type": native,
            "return_fields": [field],
            "filters": client.translated([[field, "is", name]]),
            "return_only": "active",
            "paging": {"entities_per_page": 10, "current_page": 1},
        }
    )["entities"]
    row = next((row for row in rows if str(row.get(field)).lower() == name.lower()), None)
    return None if row is None else links.ref({"type": native, "id": row["id"], "name": row.get(field)})


def checks(client: Client, site: SiteSchema, links: Links, prepare: bool) -> Iterator[Check]:
    """What ``doctor`` finds; with ``prepare``, the key fields that it made."""
    version = ".".join(map(str, client.info().get("version") or ()))
    yield Check(
        "site", True, f"ShotGrid {version or 'of unknown version'} at {client.url}, {client.page_size} records a page"
    )
    try:
        me = who(client, links)
    except TrackerError as error:
        yield Check("login", False, error.message, error.hint)
        return
    yield Check("login", True, f"logged in as {me.login or 'the owner of a session'}")
    yield Check("schema", True, f"{len(site.natives)} entity types")
    for native in KEYED:
        if native in site.natives:
            yield _key_check(client, site, native, prepare)


def _key_check(client: Client, site: SiteSchema, native: str, prepare: bool) -> Check:
    name = f"key of {native}"
    if "uid" in site.natives[native].fields:
        return Check(name, True, f"{KEY_FIELD} is there: a repeated create is the same create")
    if not site.can_add_fields or native in site.unkeyed:
        return Check(name, True, f"{KEY_FIELD} has no place here: a create whose answer is lost stays unknown")
    if not prepare:
        return Check(name, False, f"{KEY_FIELD} is missing: a create whose answer is lost stays unknown",
                     "trackerkit doctor --prepare makes it")  # fmt: skip
    try:
        made = client.call(
            "schema_field_create",
            {"type": native, "data_type": "text", "properties": [{"property_name": "name", "value": _KEY_LABEL}]},
            safe=False,
        )
    except TrackerError as error:
        return Check(name, False, f"{KEY_FIELD} could not be made: {error.message}", "an administrator can make it")
    if made != KEY_FIELD:
        return Check(
            name, False, f"the site made {made} instead of {KEY_FIELD}", "is a field of that name in the trash?"
        )
    return Check(name, True, f"{KEY_FIELD} was made")
