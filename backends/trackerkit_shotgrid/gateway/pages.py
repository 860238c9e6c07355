"""What the page for people says of this gateway: how to connect, and the entity types under ShotGrid's names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trackerkit.gateway.home import TypeLine
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.context import Shared
from trackerkit_shotgrid.gateway.site import Site

CODE: Final = """import shotgun_api3

sg = shotgun_api3.Shotgun("{url}", script_name="…", api_key="…")"""


def type_lines(shared: Shared, tracker: Tracker) -> Iterator[TypeLine]:
    """ShotGrid's entity types, and the names that they are kept under."""
    site = Site(tracker, shared.make_ids(tracker, shared.state), shared.bindings)
    for native in sorted(site.types):
        yield TypeLine(native, site.neutral(native), site.scope(native))
