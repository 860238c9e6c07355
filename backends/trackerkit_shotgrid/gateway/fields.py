"""ShotGrid's paths as this tracker has them: the neutral path, the binding at its end, and who must be what on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trackerkit.errors import UnknownFieldError
from trackerkit.filters import MAX_HOPS
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.mapping.bindings import Binding, ParentLink
from trackerkit_shotgrid.mapping.paths import NeutralPath, neutral_path
from trackerkit_shotgrid.mapping.types import USER_KINDS

DISPLAY: Final = "cached_display_name"
LOOKED_UP: Final = ("name", "tags")
"""Codecs of fields that are links in ShotGrid and names in the neutral model."""

_LINKED_TYPES: Final = {"step": "Step", "published_file_type": "PublishedFileType", "icon": "Icon"}


@dataclass(frozen=True, slots=True)
class Field:
    """A ShotGrid path, found.

    Args:
        text: as it was sent.
        owner: ShotGrid's type that the field at its end belongs to.
        path: the neutral path.
        data_type: ShotGrid's data type.
        binding: None where the field is a part of ``parent`` or the display name.
        parent: the part of ``parent`` that it is.
        people: paths on the way that lead to users, with the ShotGrid type that each has to be of.
    """

    text: str
    owner: str
    path: str
    data_type: str
    binding: Binding | None = None
    parent: ParentLink | None = None
    people: tuple[tuple[str, str], ...] = ()


def linked_type(binding: Binding) -> str:
    """The ShotGrid type of what a name stands for; empty for one that nobody knows."""
    return "Tag" if binding.codec == "tags" else _LINKED_TYPES.get(binding.native, "")


def find_field(site: Site, native: str, text: str) -> Field | None:
    """A ShotGrid path; None when there is none."""
    return site.memo.get(("field", native, text), lambda: _found(site, native, text))


def _found(site: Site, native: str, text: str) -> Field | None:
    if len(text) > 1_000 or text.count(".") > 2 * MAX_HOPS:
        return None
    head, _, last = text.rpartition(".")
    if last == DISPLAY:
        return _display_field(site, native, text, head)
    try:
        found = neutral_path(site.types, site.schema, native, text)
    except UnknownFieldError:
        return None
    owner = _owner(native, text)
    people = _people(site, text, found)
    if found.parent is not None:
        return Field(text, owner, found.text, "entity", None, found.parent, people)
    if found.binding is None:
        return None
    return Field(text, owner, found.text, found.binding.data_type, found.binding, None, people)


def _owner(native: str, text: str) -> str:
    """ShotGrid's type that the field at the end of a path belongs to."""
    rest = text
    owner = native
    while rest.startswith("$FROM$"):
        owner, _, rest = rest.removeprefix("$FROM$").partition(".")
        rest = rest.partition(".")[2]
    parts = rest.split(".")
    return parts[-2] if len(parts) > 1 else owner


def _display_field(site: Site, native: str, text: str, head: str) -> Field | None:
    """``cached_display_name``: what the records of a type are called."""
    if not head:
        name = display_of(site, native)
        return Field(text, native, name, "text")
    step = find_field(site, native, f"{head}.id")
    if step is None:
        return None
    name = display_of(site, step.owner)
    return Field(text, step.owner, f"{step.path.removesuffix('.id')}.{name}", "text", None, None, step.people)


def display_of(site: Site, native: str) -> str:
    """The neutral field that names a type's records to people."""
    if native in USER_KINDS:
        return "label"
    display = site.schema.type(site.neutral(native)).display
    return display if site.schema.field(site.neutral(native), display).data_type == "text" else "id"


def _people(site: Site, text: str, found: NeutralPath) -> tuple[tuple[str, str], ...]:
    if not site.one_user_type or not any(name in text for name in USER_KINDS):
        return ()
    steps, natives = found.text.split(".")[:-1], text.split(".")[1::2]
    if len(steps) != len(natives):
        return ()
    made = []
    for at, native in enumerate(natives):
        if native in USER_KINDS:
            made.append((".".join(steps[: at + 1]).removesuffix("[User]"), native))
    return tuple(made)


def looked_up_part(site: Site, native: str, text: str) -> tuple[str, str, str] | None:
    """A path through a link that is but a name here, taken apart: the name's own path, the type, the rest."""
    if "." not in text:
        return None
    parts = text.split(".")
    owner = native
    for at in range(0, len(parts) - 2, 2):
        binding = site.types[owner].natives.get(parts[at]) if owner in site.types else None
        if binding is not None and binding.codec in LOOKED_UP:
            rest = ".".join(parts[at + 2 :])
            return (".".join(parts[: at + 1]), parts[at + 1], rest) if parts[at + 1] == linked_type(binding) else None
        owner = parts[at + 1]
    return None
