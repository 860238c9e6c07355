"""The schema of a new ShotGrid site: its standard entity types and fields, read out of the table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from trackerkit_shotgrid.schema.standard_table import GROUPS, TYPES, custom_type

CUSTOM: Final = GROUPS["custom"].split(",")
"""The custom entities that belong to a project."""

CUSTOM_GLOBAL: Final = GROUPS["global"].split(",")
"""The custom entities that belong to none."""

_FIELD: Final = re.compile(
    r"(?P<name>\w+):(?P<data_type>\w+)(?P<flag>[!~]*)(?:>(?P<targets>[\w,@]*))?(?:<(?P<reverse>\w+\.\w+))?"
    r'(?:\|(?P<values>[^="]+))?(?:=(?P<default>[\w-]+))?(?:"(?P<label>[^"]+)")?'
)
_DEFAULTS: Final[Mapping[str, Any]] = {"True": True, "False": False, "0": 0}


@dataclass(frozen=True, slots=True)
class StandardField:
    """A field of a new site.

    Args:
        name: ShotGrid's.
        data_type: ShotGrid's.
        label: what people see.
        is_mandatory: must be given at creation.
        is_read_only: the server's own.
        targets: ShotGrid's types that it may link to; none for any.
        reverse_of: ShotGrid's ``(type, field)`` that it is the other side of.
        values: of a list or a status list.
        default: the value at creation when none is given.
    """

    name: str
    data_type: str
    label: str
    is_mandatory: bool = False
    is_read_only: bool = False
    targets: tuple[str, ...] = ()
    reverse_of: tuple[str, str] | None = None
    values: tuple[str, ...] = ()
    default: Any = None


@dataclass(frozen=True, slots=True)
class StandardType:
    """An entity type of a new site.

    Args:
        name: ShotGrid's.
        label: what people see.
        display: the field that names its records.
        in_project: its records belong to a project.
        fields: by name; those that every type has (``id``, ``created_at``, …) are left out.
    """

    name: str
    label: str
    display: str
    in_project: bool
    fields: Mapping[str, StandardField]


@lru_cache(maxsize=256)
def standard_type(native: str) -> StandardType | None:
    """A standard or custom entity type; None for one that no new site has."""
    is_custom = native in _CUSTOM_NAMES
    if native not in TYPES and not is_custom:
        return None
    label, display, in_project, text = custom_type(native) if is_custom else TYPES[native]
    fields = (_field(item) for item in text.split())
    return StandardType(native, label, display, in_project, MappingProxyType({item.name: item for item in fields}))


_CUSTOM_NAMES: Final = frozenset((*CUSTOM, *CUSTOM_GLOBAL))


def standard_names(custom: int = 50, custom_global: int = 30) -> tuple[str, ...]:
    """The entity types of a new site.

    Args:
        custom: how many custom entities that belong to a project.
        custom_global: how many that belong to none.
    """
    return (*TYPES, *CUSTOM[:custom], *CUSTOM_GLOBAL[:custom_global])


def standard_field(native: str, name: str) -> StandardField | None:
    """A field of a standard type; None when there is no such one."""
    found = standard_type(native)
    return found.fields.get(name) if found is not None else None


_NEVER_NAMED: Final = frozenset({"Note", "Task", "Reply", "HumanUser", "ApiUser", "ClientUser", "Project"})


def identifier_of(native: str) -> str | None:
    """The field that names a type's records, which a site fills in where it is left out and lets nobody empty.

    None where a site does neither: a Note may have no subject, a Task may lose its name, a Project has to be given one.
    """
    found = standard_type(native)
    item = found.fields.get(found.display) if found is not None and native not in _NEVER_NAMED else None
    return item.name if item is not None and item.is_mandatory else None


def type_label(native: str) -> str:
    """What people call a type: ``Published File``."""
    found = standard_type(native)
    return found.label if found is not None else native


def _field(text: str) -> StandardField:
    found = _FIELD.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no line of the table of standard fields")
    name, flag = found["name"], found["flag"]
    label = found["label"] or name.removeprefix("sg_").title()
    owner, _, field = (found["reverse"] or "").partition(".")
    default = found["default"]
    return StandardField(
        name,
        found["data_type"],
        label.replace("_", " "),
        "!" in flag,
        "~" in flag,
        _targets(found["targets"] or ""),
        (owner, field) if owner else None,
        tuple(item.replace("_", " ") for item in (found["values"] or "").split(",") if item),
        _DEFAULTS.get(default, default),
    )


def _targets(text: str) -> tuple[str, ...]:
    made: dict[str, None] = {}
    for name in text.split(","):
        made.update(dict.fromkeys(_targets(GROUPS[name[1:]]) if name.startswith("@") else (name,)))
    return tuple(name for name in made if name)
