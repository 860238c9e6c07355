"""Events as they are shown, each with a number for a cursor; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from trackerkit.events import Event
from trackerkit.values import Ref

PATIENCE: Final = timedelta(minutes=5)
"""How long an event waits for those whose numbers below its own have not come yet."""


def settled(events: Sequence[Event], now: datetime) -> Iterator[Event]:
    """Events up to the first that waits for lower numbers, each with its own number for a cursor.

    A cursor that is no number says that lower ones may still come; after five minutes nobody waits for them any more.

    Args:
        events: in order, as the tracker tells them.
        now: the moment.
    """
    for event in events:
        if event.cursor.isdecimal() or event.number is None:
            yield event
        elif now - event.at < PATIENCE:
            return
        else:
            yield replace(event, cursor=str(event.number))


def shown(events: Sequence[Event], show: Callable[[Sequence[Ref]], Mapping[Ref, Ref]]) -> list[Event]:
    """Events with the records that they name as these are shown."""
    refs = [ref for event in events for value in _values(event) for ref in _refs(value)]
    known = show(refs)

    def changed(value: Any) -> Any:
        if isinstance(value, Ref):
            found = known.get(value)
            return value if found is None else found.replace(label=value.label)
        return [changed(item) for item in value] if isinstance(value, (list, tuple)) else value

    return [
        replace(
            event, entity=changed(event.entity), old=changed(event.old), new=changed(event.new),
            added=changed(event.added), removed=changed(event.removed),
        )
        for event in events
    ]  # fmt: skip


def _values(event: Event) -> tuple[Any, ...]:
    return event.entity, event.old, event.new, event.added, event.removed


def _refs(value: Any) -> list[Ref]:
    return [item for item in (value if isinstance(value, (list, tuple)) else [value]) if isinstance(item, Ref)]
