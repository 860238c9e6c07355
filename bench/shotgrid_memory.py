"""What ``find`` over a million shots of a ShotGrid site adds to a process's memory."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import trackerkit
from _shotgrid_site import running
from store_memory import resident_mib

ROWS = 1_000_000
MOST_MIB = 64

_CHILD = """
import sys
sys.path.insert(0, {here!r})
from shotgrid_memory import measured
print(*measured({url!r}))
"""


def measured(url: str) -> tuple[int, float, float]:
    """Rows, the most MiB above the start, seconds."""
    with trackerkit.connect(url, script_name="bench", api_key="bench") as tracker:
        tracker.find_one("Shot")
        start, most, count, began = resident_mib(), 0.0, 0, time.perf_counter()
        for shot in tracker.find("Shot", fields=["name", "status", "frame_start", "project"]):
            count += 1
            if count % 1_000 == 0:
                most = max(most, resident_mib() - start)
                assert shot.name
        return count, most, time.perf_counter() - began


def main() -> int:
    """Print the figure; 1 when the claim was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="taken for the sake of the other benches; one is enough")
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of a line")
    options = parser.parse_args()
    if not Path("/proc/self/statm").exists():
        print("[]" if options.json else "find over 10^6 rows: measured on Linux only")
        return 0
    with running(ROWS) as url:
        child = _CHILD.format(here=str(Path(__file__).parent), url=f"shotgrid+{url}")
        ran = subprocess.run([sys.executable, "-c", child], check=True, capture_output=True, text=True)
    count, mib, seconds = int(ran.stdout.split()[0]), *map(float, ran.stdout.split()[1:])
    held = count == ROWS and mib <= MOST_MIB
    name = f"find over {count:,} shots of a ShotGrid site"
    if options.json:
        print(json.dumps([{"name": name, "mib": mib, "most_mib": MOST_MIB, "seconds": seconds, "held": held}]))
    else:
        verdict = "held" if held else "MISSED"
        print(f"{name}: {mib:.0f} MiB above the start (≤ {MOST_MIB}), {count / seconds:,.0f} rows/s  {verdict}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
