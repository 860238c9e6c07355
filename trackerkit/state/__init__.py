"""What must outlive a process: keys, sessions, cursors, leases, id maps, documents, and the tables of other rooms.

One SQL database holds it, SQLite or PostgreSQL, shared by any number of threads and processes::

    with State.open("state.db") as state:
        key, secret = state.add_key("render farm", kind="script")
        numbers = state.mint_numbers("folder", ["a1b2", "c3d4"])
"""

from __future__ import annotations

from trackerkit.state.keys import Key, KeyKind
from trackerkit.state.leases import Lease
from trackerkit.state.sessions import Session
from trackerkit.state.state import State

__all__ = ["Key", "KeyKind", "Lease", "Session", "State"]
