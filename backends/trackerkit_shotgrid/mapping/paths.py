"""Paths: a ShotGrid path such as ``sg_sequence.Sequence.code`` as a neutral one, for a gateway.

The other way round is ``compile``'s: one neutral path may be several native ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trackerkit.errors import UnknownFieldError
from trackerkit.schema import Schema
from trackerkit_shotgrid.mapping.bindings import Binding, ParentLink, TypeBinding
from trackerkit_shotgrid.mapping.types import neutral_type

_FROM = "$FROM$"


@dataclass(frozen=True, slots=True)
class NeutralPath:
    """A ShotGrid path in neutral terms.

    Args:
        text: the neutral path, for ``field(…)``.
        binding: of the field at its end; None where that is part of a ``parent``.
        parent: the part of ``parent`` that the field at the end is, with ``text`` ending in ``parent``: it holds the
        parent
            if that is a ``parent.target``, else null. ``is X`` is ``parent is X``, ``is null`` is that the parent is
            of
            another type.
    """

    text: str
    binding: Binding | None
    parent: ParentLink | None = None


def neutral_path(types: Mapping[str, TypeBinding], schema: Schema, native_type: str, text: str) -> NeutralPath:
    """A ShotGrid path as a neutral one.

    Args:
        types: by ShotGrid's name.
        schema: the neutral one that they belong to; a type that it lacks is narrowed to by its base (HumanUser: User).
        native_type: where the path begins.
        text: ``field``, ``field.Type.field``, or beginning with ``$FROM$Type.field.`` for the records that link here.

    Raises:
        UnknownFieldError: for a step that there is not.
    """
    steps: list[str] = []
    owner = native_type
    rest = text
    while rest.startswith(_FROM):
        step, owner, rest = _reverse_step(types, schema, owner, rest[len(_FROM) :], text)
        steps.append(step)
    parts = rest.split(".")
    if len(parts) % 2 == 0 or not all(parts):
        raise UnknownFieldError(f"{native_type}.{text} is no path", hint="a path is field or field.Type.field")
    for at in range(0, len(parts) - 1, 2):
        steps.append(_step(types, schema, owner, parts[at], parts[at + 1]))
        owner = parts[at + 1]
    return _end(types, owner, parts[-1], steps, text)


def _owner(types: Mapping[str, TypeBinding], name: str, text: str) -> TypeBinding:
    found = types.get(name)
    if found is None:
        raise UnknownFieldError(f"{text}: there is no entity type {name!r}")
    return found


def _step(types: Mapping[str, TypeBinding], schema: Schema, owner: str, field: str, target: str) -> str:
    binding = _owner(types, owner, field)
    narrowed = known_type(schema, target)
    parent = binding.parent_link(field)
    if parent is not None:
        if parent.target not in (None, narrowed):
            raise UnknownFieldError(f"{owner}.{field} does not link to a {target}")
        return f"parent[{narrowed}]"
    found = binding.natives.get(field)
    if found is None or not found.field.is_link or narrowed is None:
        raise UnknownFieldError(f"{owner}.{field} does not link to a {target}")
    return f"{found.field.name}[{narrowed}]"


def known_type(schema: Schema, native: str) -> str | None:
    """The schema's name of a ShotGrid type: its own neutral name, or ``User`` where users are one type; None
    without."""
    name = neutral_type(native)
    if name in schema:
        return name
    return "User" if native in ("HumanUser", "ApiUser", "ClientUser") and "User" in schema else None


def _reverse_step(
    types: Mapping[str, TypeBinding], schema: Schema, owner: str, rest: str, text: str
) -> tuple[str, str, str]:
    """``Task.entity.content`` behind ``$FROM$``: the neutral reverse field, its type, and what is left."""
    source, _, rest = rest.partition(".")
    field, _, rest = rest.partition(".")
    binding = _owner(types, source, text)
    link = "parent" if binding.parent_link(field) is not None else ""
    if not link and field in binding.natives:
        link = binding.natives[field].field.name
    # Reverse links that ShotGrid has no field for (a Sequence's children) are the schema's alone.
    neutral = _owner(types, owner, text).neutral
    for item in schema.type(neutral).fields.values():
        reverse = item.reverse_of
        if reverse is not None and reverse[1] == link and schema.is_a(binding.neutral, reverse[0]):
            return f"{item.name}[{binding.neutral}]", source, rest
    raise UnknownFieldError(f"{text}: {source}.{field} does not lead to a {owner}")


def _end(types: Mapping[str, TypeBinding], owner: str, field: str, steps: list[str], text: str) -> NeutralPath:
    binding = _owner(types, owner, text)
    parent = binding.parent_link(field)
    if parent is not None:
        return NeutralPath(".".join([*steps, "parent"]), None, parent)
    found = binding.natives.get(field)
    if found is None:
        raise UnknownFieldError(f"{owner}.{field} doesn't exist")
    return NeutralPath(".".join([*steps, found.field.name]), found)
