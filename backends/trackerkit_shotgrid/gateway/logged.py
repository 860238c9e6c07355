"""The time that was logged on Tasks, summed when it is read: ``time_logs_sum``, and how it stands against the bid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from trackerkit.filters import Condition
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.faults import Fault
from trackerkit_shotgrid.gateway.site import Site

SUM: Final = "time_logs_sum"
LEFT: Final = "time_vs_est"
_MINUTE: Final = timedelta(minutes=1)


def has(site: Site, native: str, name: str) -> bool:
    """Whether a field is one of these."""
    return native == "Task" and name in (SUM, LEFT) and "TimeLog" in site.schema and name in site.types[native].natives


def of(site: Site, refs: Sequence[Ref]) -> dict[tuple[str, str], dict[str, Any]]:
    """The minutes of some Tasks, by field."""
    spent: dict[tuple[str, str], timedelta] = {(ref.type, ref.id): timedelta() for ref in refs}
    logs = site.tracker.find(
        "TimeLog", Condition("parent", "in", tuple(refs)), fields=["parent", "duration"], archived=True
    )
    for log in logs if refs else ():
        spent[log["parent"].type, log["parent"].id] += log["duration"] or timedelta()
    records = site.tracker.backend.fetch(list(refs), ["estimate"], "all") if refs else {}
    bids = {(ref.type, ref.id): row["estimate"] or timedelta() for ref, row in records.items()}
    return {
        key: {SUM: total // _MINUTE, LEFT: (bids.get(key, timedelta()) - total) // _MINUTE}
        for key, total in spent.items()
    }


def check_unasked(site: Site, verb: str, native: str, name: str) -> None:
    """Do nothing for any other field.

    Raises:
        Fault: nothing can be filtered by what is summed when it is read.
    """
    if has(site, native, name):
        raise Fault(f"API {verb}() {native}.{name}: it is summed when it is read, and cannot be used in a filter here.")
