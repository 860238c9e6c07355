"""What a ShotGrid site keeps from every script: refused as a site refuses it, whatever the tracker behind could do."""

from __future__ import annotations

from typing import Final

from trackerkit_shotgrid.gateway.faults import Fault

_CLOSED: Final = {"PermissionRuleSet": "Permission rules"}


def check_open(verb: str, native: str) -> None:
    """Do nothing for records that scripts may write.

    Raises:
        Fault: for permission rules (https://developers.shotgridsoftware.com/b6636515).
    """
    what = _CLOSED.get(native)
    if what is not None:
        raise Fault(f"API {verb}() {native}: {what} cannot be created, changed or deleted through the API.", 104)
