"""The files themselves: the only room of this package that opens any."""

from __future__ import annotations

import csv
import io
import threading
import uuid
from pathlib import Path
from types import TracebackType

from trackerkit.errors import ConfigurationError
from trackerkit.osfiles import FileLock, atomic_write

Row = dict[str, str]

csv.field_size_limit(2**31 - 1)


class Tables:
    """A folder with one CSV file a type. A context manager while it is written to: one writer at a time.

    Args:
        folder: where the files are; made if there is none.

    Raises:
        ConfigurationError: when there is something else of that name.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{folder} cannot be a folder of CSV files: {error.strerror}") from None
        self.folder = folder
        self._thread = threading.RLock()
        self._lock = FileLock(folder / ".lock")
        self._known: dict[str, tuple[tuple[int, int], list[Row]]] = {}
        self.site = self._kept_site()

    def _kept_site(self) -> str:
        place = self.folder / ".site"
        with self:
            if not place.exists():
                with atomic_write(place) as file:
                    file.write(str(uuid.uuid4()).encode())
            return place.read_text("utf-8")

    def __enter__(self) -> Tables:
        self._thread.acquire()
        self._lock.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lock.release()
        self._thread.release()

    def read(self, type_name: str) -> list[Row]:
        """Every row of a type, in the order of creation."""
        place = self.folder / f"{type_name}.csv"
        try:
            stat = place.stat()
        except FileNotFoundError:
            return []
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = self._known.get(type_name)
        if known is None or known[0] != stamp:
            with place.open(encoding="utf-8", newline="") as file:
                known = self._known[type_name] = (stamp, list(csv.DictReader(file)))
        return known[1]

    def write(self, type_name: str, columns: list[str], rows: list[Row]) -> None:
        """Replace the rows of a type, in one step."""
        made = io.StringIO(newline="")
        writer = csv.DictWriter(made, columns, restval="", extrasaction="ignore", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
        with atomic_write(self.folder / f"{type_name}.csv") as file:
            file.write(made.getvalue().encode())
        self._known.pop(type_name, None)

    def new_id(self) -> str:
        """The next number of all types together; none is given twice."""
        place = self.folder / ".last_id"
        number = int(place.read_text("utf-8")) + 1 if place.exists() else 1
        with atomic_write(place) as file:
            file.write(str(number).encode())
        return str(number)
