"""Colours as ShotGrid writes them: three numbers from 0 to 255; a Task also takes a keyword and eight old names. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from trackerkit_shotgrid.gateway.faults import CRUD, Fault, update_failed

LEGACY: Final = {
    "blue": "2,149,216", "orange": "253,141,3", "pink": "254,125,179", "red": "253,1,0", "green": "29,215,46",
    "purple": "183,0,188", "grey": "129,129,129", "black": "45,45,45",
}  # fmt: skip
"""A name that a Task's colour can be set by → what is stored."""

OF_STEP: Final = "pipeline_step"
"""A Task that is shown in the colour of its pipeline step."""

_STRICT: Final = ("Step", "Project")
_FORMAT: Final = (
    "Unsupported format for Task color field. The Task color can not be nil, the expected format is r,g,b where the values of "
    "r,g and b are in the range 0-255. The value of the color can also be set using the legacy color strings which are; Blue, "
    "Orange, Pink, Red, Green, Purple, Grey and Black."
)


def written(verb: str, where: str, value: Any) -> Any:
    """A colour as it is kept.

    Raises:
        Fault: for what a Task takes for none.
    """
    if where != "Task.color":
        return value
    if value is None:
        raise update_failed(verb, "Task.color", "Value cannot be nil for Task.color.")
    if not isinstance(value, str) or value == OF_STEP:
        return value
    found = LEGACY.get(value.lower())
    why = None if found is not None else _wrong(value)
    if why is not None:
        raise update_failed(verb, "Task.color", f" (task.rb) {why}{_FORMAT}")
    return found or value


def _wrong(value: str) -> str | None:
    """Why a text is no colour; None for one that is."""
    parts = value.split(",")
    if len(parts) == 1 and value:
        return f"Value is not a valid color token: [{value[:60]}]"
    if len(parts) != 3:
        return f"The value is not a valid color expression: [{value[:60]}]"
    if not all(re.fullmatch(r"[0-9]{1,6}", part) for part in parts):
        return f"At least one component value is not valid: [{value[:60]}]"
    if not all(int(part) <= 255 for part in parts):
        return f"At least one component value is out of range: [{value[:60]}]"
    return None


def check_asked(verb: str, where: str, value: Any) -> None:
    """Do nothing for a colour that a filter may ask for; of a Task any text is one, and finds nothing.

    Raises:
        Fault: of a Step or a Project, a text that is no colour.
    """
    if where.partition(".")[0] not in _STRICT or not isinstance(value, str) or _wrong(value) is None:
        return
    if re.fullmatch(r"\d+,\d+,\d+", value):
        raise Fault(f'API {verb}() invalid range in color value: "{value[:60]}"', CRUD)
    raise Fault(
        f"API {verb}() invalid format for color value: \"{value[:60]}\" Correct format is '127,127,127' with values from 0 to "
        "255 inclusive.",
        CRUD,
    )
