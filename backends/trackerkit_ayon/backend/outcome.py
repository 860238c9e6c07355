"""After an answer was lost: whether what was sent is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trackerkit.errors import TrackerError
from trackerkit.evaluate import effective
from trackerkit_ayon.backend.reading import Reading
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import nodes_by_id
from trackerkit_ayon.compile.writes import Step
from trackerkit_ayon.mapping.names import NEUTRAL


def is_done(server: Server, reading: Reading, project: str, steps: Sequence[Step]) -> bool:
    """True when everything that was sent is there; False when it is not, or when that cannot be seen."""
    natives = [step.native for step in steps]
    try:
        return _are_there(server, project, natives) and all(
            _is_written(server, reading, project, native) for native in natives if native["type"] == "update"
        )
    except TrackerError:
        return False


def _are_there(server: Server, project: str, natives: Sequence[Mapping[str, Any]]) -> bool:
    """True when all that was to be made is there, and nothing that was to be deleted."""
    groups: dict[str, dict[str, bool]] = {}
    for native in natives:
        if native["type"] != "update":
            groups.setdefault(NEUTRAL[native["entityType"]], {})[native["entityId"]] = native["type"] == "create"
    for base, wanted in groups.items():
        there = {node["id"] for node in nodes_by_id(server, base, project, list(wanted))}
        if any((id in there) is not is_made for id, is_made in wanted.items()):
            return False
    return True


def _is_written(server: Server, reading: Reading, project: str, native: Mapping[str, Any]) -> bool:
    """True when a record holds what an update sets."""
    base = NEUTRAL[native["entityType"]]
    values, left = server.project_rows(base, project).values(native["data"])
    ref = server.context(project).ref(base, native["entityId"])
    found = reading.fetch([ref], list(values), "all").get(ref)
    if found is None:
        return False
    is_retired = reading.fetch([ref], ["id"], "retired").get(ref) is not None
    wanted = left.get("active")
    if wanted is not None and wanted == is_retired:
        return False
    return all((effective(found.get(name)) or None) == (value or None) for name, value in values.items())
