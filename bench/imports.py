"""What `import trackerkit` costs beside `import shotgun_api3`, each in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from _harness import Race, main

_CHILD = "import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"


def importing(module: str) -> Callable[[], float]:
    """A contestant: the seconds that importing ``module`` takes in a new interpreter, over the bare start."""

    def contestant() -> float:
        command = [sys.executable, "-c", _CHILD.format(module=module)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return contestant


RACES = [
    Race(
        name="import trackerkit",
        ours=importing("trackerkit"),
        peer=importing("shotgun_api3"),
        at_most=0.5,
        self_timed=True,
        peer_name="import shotgun_api3",
    ),
]

if __name__ == "__main__":
    sys.exit(main(RACES))
