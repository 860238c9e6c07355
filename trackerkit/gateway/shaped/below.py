"""What hangs below records, at any depth: folders, tasks, products, versions, files and workfiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from trackerkit.filters import Condition
from trackerkit.gateway.shaped.reading import Reading
from trackerkit.query import build
from trackerkit.values import Ref

_HANGING: Final = (
    ("Folder", "parent"), ("Task", "parent"), ("Product", "parent"), ("Version", "product"), ("File", "version"),
    ("Workfile", "task"),
)  # fmt: skip
"""The types of records that hang on others, and by which link."""


class Below:
    """Looks for what hangs below.

    Args:
        reading: of the tracker in the other shape.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def of(self, refs: Sequence[Ref]) -> list[Ref]:
        """What hangs on some records, what hangs on that, and so on: the lowest first."""
        found: dict[Ref, None] = {}
        level = list(refs)
        while level:
            level = [ref for ref in self._next(level) if ref not in found and ref not in refs]
            found.update(dict.fromkeys(level))
        return list(reversed(found))

    def _next(self, refs: Sequence[Ref]) -> list[Ref]:
        whole = self._reading.whole
        made: list[Ref] = []
        projects = {ref.project for ref in refs if ref.project}
        homes = [Ref("Project", id, id) for id in projects] if projects else None
        for owner, name in _HANGING:
            if owner not in whole:
                continue
            legal = set(whole.targets(whole.field(owner, name)))
            wanted = tuple(ref for ref in refs if ref.type in legal)
            if wanted:
                condition = Condition(name, "in", wanted)
                query = build(whole, owner, condition, fields=["id"], projects=homes, state="all", archived=True)
                made += [ref for page in self._reading.read(query) for ref in page.refs()]
        return made
