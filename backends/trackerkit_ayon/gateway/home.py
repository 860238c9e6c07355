"""What the page for people says of this gateway: how to connect, and what AYON's entities are kept as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from starlette.requests import Request

from trackerkit.gateway.home import About, TypeLine
from trackerkit.tracker import Tracker

_CODE: Final = """import ayon_api

api = ayon_api.ServerAPI("{url}", "…")"""
_PLAIN: Final = "This is an AYON server made by trackerkit.\n"
_NAMES: Final = {
    "Project": "project", "Task": "task", "Product": "product", "Version": "version", "File": "representation",
    "Workfile": "workfile", "Note": "activity: comment", "Playlist": "list", "User": "user", "Group": "team", "Link": "link",
    "Event": "event",
}  # fmt: skip


def about(version: str) -> About:
    """The page's words."""
    return About("AYON", version, _CODE, _types, _url, _PLAIN)


def _url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _types(tracker: Tracker) -> Iterator[TypeLine]:
    """The types that AYON has a word for; of folders each kind."""
    schema = tracker.schema.read()
    for kind in schema.kinds:
        yield TypeLine(f"folder: {kind}", kind)
    for neutral, shown in _NAMES.items():
        if neutral in schema:
            yield TypeLine(shown, neutral)
