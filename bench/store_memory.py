"""What `find` over a million shots of the embedded store adds to a process's memory, in creation order."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trackerkit
from trackerkit.tracker import Tracker

ROWS = 1_000_000
MOST_MIB = 64

_CHILD = """
import sys, time
sys.path.insert(0, {here!r})
from store_memory import measured
print(*measured({url!r}))
"""


def resident_mib() -> float:
    """What this process holds in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measured(url: str) -> tuple[int, float, float]:
    """Rows, the most MiB above the start, seconds."""
    with trackerkit.connect(url) as tracker:
        next(tracker.find("Project"))
        start, most, count, began = resident_mib(), 0.0, 0, time.perf_counter()
        for shot in tracker.find("Shot", fields=["name", "status", "frame_start", "project"]):
            count += 1
            if count % 10_000 == 0:
                most = max(most, resident_mib() - start)
                assert shot.name
        return count, most, time.perf_counter() - began


def fill(path: Path) -> None:
    """A store of a million shots: one is made as everybody makes them, the others are its copies."""
    with trackerkit.connect(f"sqlite:///{path}?synchronous=off") as tracker:
        project = tracker.create("Project", name="show")
        tracker.create("Shot", name="sh0000001", status="ip", frame_start=1001, project=project)
        own = _table_of_shots(tracker)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=off")
    connection.execute("BEGIN")
    for table in ("node", own):
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        new = {"id": "number", "uid": "printf('%032d', number)", "name": "printf('sh%07d', number)"}
        chosen = ", ".join(new.get(name, name) for name in names)
        connection.execute(
            f"WITH RECURSIVE numbers(number) AS (SELECT 10 UNION ALL SELECT number + 1 FROM numbers LIMIT {ROWS - 1}) "
            f"INSERT INTO {table} SELECT {chosen} FROM numbers, {table} WHERE {table}.id = 2"
        )
    connection.execute("UPDATE store SET last_node = 2000000")
    connection.execute("COMMIT")
    connection.close()


def _table_of_shots(tracker: Tracker) -> str:
    rows = tracker.backend._store.connections.rows("SELECT own FROM entity_type WHERE name = 'Shot'")  # type: ignore[attr-defined]
    return str(rows[0][0])


def main() -> int:
    """Print the figure; 1 when the claim was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="taken for the sake of the other benches; one is enough")
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of a line")
    options = parser.parse_args()
    if not Path("/proc/self/statm").exists():
        print("[]" if options.json else "find over 10^6 rows: measured on Linux only")
        return 0
    with tempfile.TemporaryDirectory(prefix="trackerkit-bench-") as folder:
        path = Path(folder) / "million.db"
        fill(path)
        child = _CHILD.format(here=str(Path(__file__).parent), url=f"sqlite:///{path}")
        ran = subprocess.run([sys.executable, "-c", child], check=True, capture_output=True, text=True)
    count, mib, seconds = int(ran.stdout.split()[0]), *map(float, ran.stdout.split()[1:])
    held = count == ROWS and mib <= MOST_MIB
    name = f"find over {count:,} rows in creation order"
    if options.json:
        print(json.dumps([{"name": name, "mib": mib, "most_mib": MOST_MIB, "seconds": seconds, "held": held}]))
    else:
        print(
            f"{name}: {mib:.0f} MiB above the start (≤ {MOST_MIB}), {count / seconds:,.0f} rows/s  {'held' if held else 'MISSED'}"
        )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
