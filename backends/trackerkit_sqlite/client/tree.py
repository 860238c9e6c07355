"""What lies in what: the closure table of ancestors and the paths of folders, kept true by every change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from trackerkit_sqlite.client.records import Facts, Records
from trackerkit_sqlite.compile.changes import update_sql
from trackerkit_sqlite.schema.layout import Layout

_INSERT = """
INSERT INTO closure (node, depth, ancestor, type, nearest, cut)
SELECT :node, depth + 1, ancestor, type, nearest AND type <> :type, cut + :cut FROM closure WHERE node = :home
UNION ALL SELECT :node, 1, :home, :type, 1, :cut
"""
_BELOW = "SELECT node FROM closure WHERE ancestor = ? ORDER BY depth, node"
_CUT = """
UPDATE closure SET cut = cut + :by WHERE (node, depth) IN (
SELECT c.node, c.depth FROM closure c JOIN closure m ON m.node = c.node WHERE m.ancestor = :id AND c.depth >= m.depth)
"""


class Tree:
    """The tree of one transaction."""

    def __init__(self, connection: sqlite3.Connection, layout: Layout, records: Records) -> None:
        self._connection = connection
        self._layout = layout
        self._records = records
        self._folder = layout.own["Folder"]
        self._path = layout.place("Folder", "path")

    def place(self, id: int, home: Facts | None) -> None:
        """Note what a new record lies in; a project is no ancestor, every record has it anyway."""
        if home is not None and home.type != "Project":
            self._connection.execute(_INSERT, {"node": id, "home": home.id, "type": home.type, "cut": home.retired})

    def path(self, name: str | None, home: Facts | None) -> str:
        """The path of a folder: the names from the top, each behind a slash, retired folders' too."""
        above = ""
        if home is not None and self._layout.schema.is_a(home.type, "Folder"):
            row = self._connection.execute(
                f'SELECT "{self._path.column}" FROM "{self._folder}" WHERE id = ?', (home.id,)  # noqa: S608 - catalogue's names
            ).fetchone()  # fmt: skip
            above = (row[0] if row else None) or ""
        return f"{above}/{name or ''}"

    def below(self, id: int) -> list[int]:
        """Every record below one, those nearer to it first."""
        return [row[0] for row in self._connection.execute(_BELOW, (id,))]

    def is_below(self, id: int, above: int) -> bool:
        """True when a record is another one, or lies somewhere in it."""
        found = self._connection.execute(
            "SELECT 1 FROM closure WHERE node = ? AND ancestor = ?", (id, above)
        ).fetchone()
        return id == above or found is not None

    def moved(self, id: int) -> None:
        """A record lies in another one now: set right what is noted of it and of all below."""
        below = self.below(id)
        for node in (id, *below):
            self._connection.execute("DELETE FROM closure WHERE node = ?", (node,))
        for node in (id, *below):
            facts = self._records.get(node)
            home = self._records.get(facts.home) if facts is not None and facts.home is not None else None
            self.place(node, home)
        self.renamed((id, *below))

    def retired(self, id: int, by: int) -> None:
        """A record was retired (``by`` 1) or restored (-1): it hides, or shows, what is above it from all below."""
        self._connection.execute(_CUT, {"id": id, "by": by})

    def renamed(self, ids: Iterable[int]) -> None:
        """Set the paths of the folders among some records right; those nearer to the top come first."""
        sql = update_sql(self._layout, self._folder, [self._path.column, self._path.lower])
        for id in ids:
            facts = self._records.get(id)
            if facts is not None and self._layout.schema.is_a(facts.type, "Folder"):
                home = self._records.get(facts.home) if facts.home is not None else None
                path = self.path(facts.name, home)
                self._connection.execute(sql, (path, path.lower(), id))

    def remove(self, id: int) -> None:
        """A record is gone for good, and nothing lies in it any more."""
        self._connection.execute("DELETE FROM closure WHERE node = ?", (id,))
        self._connection.execute("DELETE FROM closure WHERE ancestor = ?", (id,))
