"""The folder of CSV files: one file a type, read whole, replaced whole, under a lock."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trackerkit.osfiles import FileLock, atomic_write
from trackerkit.schema import Schema
from trackerkit_csv.cells import read_cell, write_cell

HEAD = ("id", "key", "retired")


class Row:
    """One line of a file."""

    __slots__ = ("id", "is_retired", "key", "type", "values")

    def __init__(self, type: str, id: int, key: str, is_retired: bool, values: dict[str, Any]) -> None:
        self.type, self.id, self.key, self.is_retired, self.values = type, id, key, is_retired, values


class Files:
    """A folder of CSV files."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._schema = schema
        with self.changing():
            place = folder / "site.json"
            if not place.exists():
                self._replace(place, json.dumps({"site": str(uuid.uuid4()), "next": 1}))
        self.site: str = self._counter()["site"]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody else changes the folder meanwhile."""
        with FileLock(self._folder / ".lock"):
            yield

    def load(self) -> dict[int, Row]:
        """Every row by id, in the order of creation."""
        rows = [row for name in self._schema.types for row in self._read(name)]
        return {row.id: row for row in sorted(rows, key=lambda row: row.id)}

    def _read(self, name: str) -> Iterator[Row]:
        place = self._folder / f"{name}.csv"
        if not place.exists():
            return
        fields = self._schema.type(name).fields
        with place.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                values = {key: read_cell(fields[key], text, self.site) for key, text in line.items() if key in fields and key != "id"}
                yield Row(name, int(line["id"]), line["key"], line["retired"] == "yes", values)

    def save(self, rows: dict[int, Row], names: set[str]) -> None:
        """Replace the files of some types."""
        for name in names:
            columns = [item.name for item in self._schema.type(name).fields.values() if item.is_stored and item.name not in ("id", "type")]
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerow([*HEAD, *columns])
            for row in rows.values():
                if row.type == name:
                    cells = [write_cell(row.values.get(column)) for column in columns]
                    writer.writerow([row.id, row.key, "yes" if row.is_retired else "", *cells])
            self._replace(self._folder / f"{name}.csv", text.getvalue())

    def take_id(self) -> int:
        """The next id; never given twice."""
        counter = self._counter()
        self._replace(self._folder / "site.json", json.dumps({**counter, "next": counter["next"] + 1}))
        return int(counter["next"])

    def _counter(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._folder / "site.json").read_text("utf-8"))
        return found

    @staticmethod
    def _replace(place: Path, text: str) -> None:
        with atomic_write(place, private=False) as file:
            file.write(text.encode())
