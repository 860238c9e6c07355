"""Plan: what will be moved, in which order, and what cannot be; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trackerkit.capabilities import Mark
from trackerkit.schema import Schema
from trackerkit.sync.mapping import TypeMap, map_type

ORDER: Final = (
    "User", "Project", "Group", "Status", "TaskType", "Tag", "Folder", "Task", "Product", "Version", "File", "Workfile",
    "Reviewable", "Note", "Reply", "Attachment", "Playlist", "TimeLog", "Revision", "Link",
)  # fmt: skip
"""Parents before children, definitions before what uses them."""

DEFINITIONS: Final = frozenset({"Status", "TaskType", "Tag"})
MEDIA: Final = frozenset({"Reviewable", "Attachment"})
SITE_WIDE: Final = frozenset({"User", "Group", "Project"})

_HISTORY: Final = "history stays with the tracker that wrote it"


@dataclass(frozen=True, slots=True)
class Phase:
    """One type's turn.

    Args:
        type: the type that is read.
        map: how it goes across; None when it cannot.
        reason: why it cannot.
    """

    type: str
    map: TypeMap | None
    reason: str = ""

    @property
    def is_counted_retired(self) -> bool:
        """True for types whose retired records are moved too."""
        return self.map is not None and self.type not in DEFINITIONS | MEDIA | SITE_WIDE


@dataclass(frozen=True, slots=True)
class Plan:
    """The phases of a migration, in order."""

    phases: tuple[Phase, ...]

    @property
    def moved(self) -> list[Phase]:
        """The phases that write."""
        return [phase for phase in self.phases if phase.map is not None]


def make_plan(source: Schema, target: Schema, marks: Mapping[str, Mark]) -> Plan:
    """The plan for two schemas; ``marks`` says why the target lacks a type."""
    known = [name for name in ORDER if name in source]
    kinds = {item.name for item in source.types.values() if item.base}
    others = sorted(name for name in source.types if name not in ORDER and name not in kinds)
    phases = []
    done: frozenset[str] = frozenset()
    for name in known:
        done |= frozenset(source.concrete(name)) - ({name} if name in ("Folder", "Task", "File") else frozenset())
        if name == "Folder":
            done -= frozenset(source.kinds)
        phases.append(_phase(source, target, marks, name, done))
        done |= frozenset(source.concrete(name))
    return Plan((*phases, *(Phase(name, None, _why_not(name, marks)) for name in others)))


def _phase(source: Schema, target: Schema, marks: Mapping[str, Mark], name: str, done: frozenset[str]) -> Phase:
    if name not in target or target.type(name).read_only:
        return Phase(name, None, _why_not(name, marks))
    return Phase(name, map_type(source, target, name, name, done))


def _why_not(name: str, marks: Mapping[str, Mark]) -> str:
    if name == "Event":
        return _HISTORY
    return marks[name].reason if name in marks else "the target has no such type"
