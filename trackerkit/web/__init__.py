"""What every server of ours shares: the application, limits, health, metrics, pages, and how it is served.

Importing it needs the packages of ``trackerkit[gateway]``.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from trackerkit.errors import MissingExtraError

_NEEDED: Final = ("starlette", "uvicorn", "jinja2", "python_multipart")


def _present(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ValueError:  # blocked: sys.modules holds None for it
        return False


for _name in _NEEDED:
    if not _present(_name):
        raise MissingExtraError(f"a server needs the package {_name}", hint="install trackerkit[gateway]")
