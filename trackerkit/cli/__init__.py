"""The command line: ``trackerkit find``, ``serve``, ``migrate``, ``demo`` and the rest."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script. Says what to install when the command line's own packages are missing."""
    try:
        from trackerkit.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich", "click"):
            raise
        print(f"trackerkit: the command line needs {error.name} (pip install 'trackerkit[cli]')", file=sys.stderr)
        raise SystemExit(1) from None
    raise SystemExit(run())
