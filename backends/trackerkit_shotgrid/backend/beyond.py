"""What people do on a ShotGrid site's own pages and no script can: refused before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trackerkit.capabilities import Capabilities, never
from trackerkit.operations import Operation
from trackerkit.schema import SchemaChange
from trackerkit_shotgrid.errors import BACKEND

_OVERVIEW: Final = "https://developers.shotgridsoftware.com/b6636515"

BEYOND: Final = {
    "permissions": never("permission rules are closed to the API, for security", _OVERVIEW),
    "page_settings": never("the settings of pages are closed to the API", _OVERVIEW),
    "page_filters": never("the filters and queries of pages and widgets are closed to the API", _OVERVIEW),
    "interface": never("the API reaches records, and no part of the web interface", _OVERVIEW),
    "formatting": never("conditional formatting rules are closed to the API", _OVERVIEW),
    "query_fields": never("query fields are made on the site's own pages", _OVERVIEW),
}

_CLOSED: Final = {"PermissionRuleSet": "permissions", "PageSetting": "page_settings"}
"""Entity type → what writing its records would be."""

_MARKS: Final = Capabilities(beyond=BEYOND)


def check_writes(operations: Iterable[Operation]) -> None:
    """Do nothing for records that scripts may write.

    Raises:
        UnsupportedError: for permission rules and the settings of pages.
    """
    for operation in operations:
        if operation.type in _CLOSED:
            _MARKS.require(_CLOSED[operation.type], BACKEND)


def check_read(type_name: str) -> None:
    """The same for reading: the settings of pages are not even to be read."""
    if type_name == "PageSetting":
        _MARKS.require("page_settings", BACKEND)


def check_schema(change: SchemaChange) -> None:
    """The same for changes of the schema: query fields, which read as computed ones, are the site's own."""
    if change.field is not None and change.field.data_type == "computed":
        _MARKS.require("query_fields", BACKEND)
