"""What a new project needs where each project has statuses of its own: those that every ShotGrid site has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trackerkit.operations import Operation, create
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.codes import StatusCodes
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.starting import STATUSES, scopes

_WORK: Final = frozenset({"Shot", "Asset", "Sequence", "Episode", "Task", "Version"})


def give_statuses(context: Context, project: Ref) -> None:
    """Give a project of a tracker whose projects have statuses of their own those of ShotGrid that it has no word for."""
    status = context.tracker.schema.read().types.get("Status")
    if status is None or "project" not in status.fields:
        return
    wanted = list(_lacking(context, project))
    if wanted:
        context.tracker.write(wanted, atomic=False)


def _lacking(context: Context, project: Ref) -> Iterator[Operation]:
    schema = context.tracker.backend.schema()
    found = list(context.tracker.find("Status", fields=["name", "code"], project=project))
    words = Field(
        "status",
        "status",
        choices=tuple(str(item["name"]) for item in found),
        aliases={str(item["code"]): str(item["name"]) for item in found if item["code"]},
    )
    known, work = set(StatusCodes(True).of(words).values()), scopes()
    rule = schema.field("Status", "name").domain
    for code, (name, color, category) in STATUSES.items():
        if code not in known and _WORK.intersection(work.get(code, ())):
            legal = rule.fix(name) if rule.fix is not None else name
            made = {"name": legal, "code": code, "color": _hex(color), "category": category, "project": project}
            yield create("Status", made)


def _hex(color: str) -> str:
    """``76,134,255`` as ``#4c86ff``."""
    return "#" + "".join(f"{int(part):02x}" for part in color.split(","))
