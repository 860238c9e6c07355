"""Run every bench of this folder, each in a fresh process: `python bench [--rounds N] [--json]`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def run_all(arguments: list[str]) -> int:
    """Run each script with ``arguments``; returns 1 when one of them failed or missed a claim, else 0."""
    scripts = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("_"))
    failed = False
    collected: dict[str, object] = {}
    for script in scripts:
        ran = subprocess.run([sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True, check=False)
        failed |= ran.returncode != 0
        if "--json" in arguments:
            collected[script.stem] = json.loads(ran.stdout) if ran.stdout.strip() else None
        else:
            print(f"{script.stem}\n{ran.stdout}", flush=True)
    if "--json" in arguments:
        print(json.dumps(collected, ensure_ascii=False, indent=2))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run_all(sys.argv[1:]))
