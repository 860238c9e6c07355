"""What a ShotGrid site keeps from every script: refused as a site refuses it, whatever the tracker behind could do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trackerkit_shotgrid.gateway.faults import Fault

_CLOSED: Final = {"PermissionRuleSet": "Permission rules"}
_LOG: Final = "EventLogEntry"


def check_open(verb: str, native: str, fields: Iterable[str] = ()) -> None:
    """Do nothing for records that scripts may write.

    Raises:
        Fault: for permission rules (https://developers.shotgridsoftware.com/b6636515), and for what stands in the event log:
            a script may add to it, and nobody may change it.
    """
    if native == _LOG and verb == "update":
        name = next(iter(fields), "id")
        why = f"The field is not editable for this user: [{native}.{name}]. Rule: what is in the log stays as it is"
        raise Fault(f"API update() CRUD ERROR #4.1: {why}", 104)
    if native == _LOG and verb != "create":
        why = f"Entity of type {native} can not be deleted by this user. Rule: what is in the log stays there"
        raise Fault(f"API {verb}() CRUD ERROR #4.1: {why}", 104)
    what = _CLOSED.get(native)
    if what is not None:
        raise Fault(f"API {verb}() {native}: {what} cannot be created, changed or deleted through the API.", 104)
