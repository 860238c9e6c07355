"""One Python interface to production trackers: ShotGrid, AYON and an embedded store.

>>> import trackerkit as tk
>>> tk.field("status").is_in(["ip", "rev"]) & (tk.field("sequence.name") == "SQ010")
(status in ('ip', 'rev') and sequence.name is 'SQ010')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trackerkit import errors as errors
    from trackerkit.entities import Entity as Entity
    from trackerkit.errors import TrackerError as TrackerError
    from trackerkit.events import Event as Event
    from trackerkit.filters import field as field
    from trackerkit.filters import native as native
    from trackerkit.operations import Operation as Operation
    from trackerkit.operations import add as add
    from trackerkit.operations import create as create
    from trackerkit.operations import delete as delete
    from trackerkit.operations import remove as remove
    from trackerkit.operations import restore as restore
    from trackerkit.operations import update as update
    from trackerkit.tracker import Tracker as Tracker
    from trackerkit.tracker import connect as connect
    from trackerkit.values import UNSET as UNSET
    from trackerkit.values import Attachment as Attachment
    from trackerkit.values import Image as Image
    from trackerkit.values import Inherited as Inherited
    from trackerkit.values import Ref as Ref
    from trackerkit.values import Url as Url

__version__ = "0.1.0"

_ROOMS = {
    "UNSET": "values", "Attachment": "values", "Entity": "entities", "Event": "events", "Image": "values",
    "Inherited": "values", "Operation": "operations", "Ref": "values", "Tracker": "tracker", "TrackerError": "errors",
    "Url": "values", "add": "operations", "connect": "tracker", "create": "operations", "delete": "operations",
    "field": "filters", "native": "filters", "remove": "operations", "restore": "operations", "update": "operations",
}  # fmt: skip
_MODULES = frozenset({"errors"})

__all__ = [
    "UNSET", "Attachment", "Entity", "Event", "Image", "Inherited", "Operation", "Ref", "Tracker", "TrackerError",
    "Url", "add", "connect", "create", "delete", "errors", "field", "native", "remove", "restore", "update",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Public names load their room when they are first used (PEP 562)."""
    if name in _MODULES:
        found: Any = import_module(f"trackerkit.{name}")
    elif name in _ROOMS:
        found = getattr(import_module(f"trackerkit.{_ROOMS[name]}"), name)
    else:
        raise AttributeError(f"module 'trackerkit' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
