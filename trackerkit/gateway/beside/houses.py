"""Houses: a folder in each project on which the tracker hangs what hangs on nothing, so that it is in the tracker after all."""

from __future__ import annotations

import uuid
from typing import Final

from trackerkit.backend import Backend
from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.gateway.beside.view import View
from trackerkit.operations import create
from trackerkit.values import Ref

_TYPE: Final = "~house"
"""On the shelf; no entity type has such a name."""

_KIND: Final = "Folder"
_SPACE: Final = uuid.UUID("6d0f6a0e-56c5-5c0f-8b59-1d7a3f0f9c11")


class Houses:
    """The houses of one site.

    Args:
        shelf: knows which there are.
        prefix: of their names.

    Attributes:
        ids: of the folders.
        fields: the links, as type and field, that lead to one.
    """

    def __init__(self, shelf: Shelf, prefix: str) -> None:
        self._shelf, self._prefix = shelf, prefix
        self._rows = {row.project: row for row in shelf.rows(_TYPE)}
        self.ids = frozenset(row.id for row in self._rows.values())
        self.fields = frozenset(
            (name, field) for row in self._rows.values() for name, field in row.values.get("fields", ())
        )

    @staticmethod
    def suits(view: View, type_name: str, name: str) -> bool:
        """Whether a link can lead to a house: a folder without a kind."""
        item = view.base.type(type_name).fields.get(name)
        return item is not None and item.is_link and _KIND in view.base and _KIND in view.base.targets(item)

    def of(self, base: Backend, project: Ref, type_name: str, name: str) -> Ref:
        """The house of a project, made when there is none, for one more link that leads to it."""
        row = self._rows.get(project.id) or Row(_TYPE, self._made(base, project), project.id, {"fields": []})
        fields = list(row.values["fields"])
        if [type_name, name] not in fields:
            row = Row(_TYPE, row.id, project.id, {"fields": [*fields, [type_name, name]]})
            with self._shelf.transaction() as connection:
                self._shelf.put(connection, row)
            self._rows[project.id] = row
            self.ids |= {row.id}
        return Ref(_KIND, row.id, project.id, base.site, base.schema().type(_KIND).native)

    def _made(self, base: Backend, project: Ref) -> str:
        """The id of a project's house; by its key, two processes that make it at once make one."""
        key = uuid.uuid5(_SPACE, f"{self._shelf.site}/{project.id}").hex
        values = {"name": f"{self._prefix}unlinked", "label": "Not linked", "kind": _KIND, "project": project}
        return base.write([create(_KIND, values, key=key, project=project)])[0].ref.id
