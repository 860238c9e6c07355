"""Event: one fact about one record, with the cursor to go on from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as _field
from datetime import datetime
from typing import Any, Final

from trackerkit.values import Ref

Cursor = str
"""Where a reader of events stands: opaque, to be kept and handed back."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the events of some changes say besides the changes themselves.

    Args:
        origin: the mark of the program that writes, a session's for example; None for the connection's own.
        data: anything else, as JSON has it: ``Event.data``.
    """

    origin: str | None = None
    data: Mapping[str, Any] = _field(default_factory=dict)


NO_MARK: Final = Mark()


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: a record was created, one field changed, it was retired, restored or deleted, or the tracker's own.

    Args:
        key: stable and unique; the same event delivered twice has the same key.
        cursor: read on behind this event.
        at: when it happened, UTC.
        kind: ``created``, ``changed``, ``retired``, ``restored``, ``deleted`` or ``other``.
        entity: the record, or None where the tracker does not say.
        actor: who did it, or None.
        field: the neutral name of the field that changed, or None.
        data_type: that field's data type, or None.
        old: the value before (None where the tracker does not keep it).
        new: the value now.
        added: records that came into a list field.
        removed: records that left a list field.
        project: the project, or None.
        origin: the mark of the program that wrote (loop prevention), or None.
        in_create: True for a value set while the record was being created.
        name: the tracker's own name of the event, for example ``Shotgun_Shot_Change``; of one that a program wrote (its kind
            is ``other``), the name that the program gave it.
        number: the tracker's own running number, where it has one.
        data: what else the tracker, or the program that wrote the event, said.
        description: the event in words, where the program that wrote it gave them.
    """

    key: str
    cursor: Cursor
    at: datetime
    kind: str
    entity: Ref | None = None
    actor: Ref | None = None
    field: str | None = None
    data_type: str | None = None
    old: Any = None
    new: Any = None
    added: Sequence[Any] = ()
    removed: Sequence[Any] = ()
    project: Ref | None = None
    origin: str | None = None
    in_create: bool = False
    name: str = ""
    number: int | None = None
    data: dict[str, Any] = _field(default_factory=dict)
    description: str = ""
