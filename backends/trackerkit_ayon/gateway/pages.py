"""Pages of nodes, as GraphQL's connections give them: by cursors, forwards and backwards.

In the order of creation a cursor is the record's number, so that records may come and go between two pages. Of a tracker whose
ids are no numbers that grow, what does not fit into one page comes in the order of the ids. In another order
it is the value and the number; such a page is made of all that fits, since no tracker can go on behind a value for every field.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trackerkit.datatypes import sort_key
from trackerkit.filters import And, Condition, Filter
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.mapping.rows import Node

PAGE: Final = 100
_CHUNK: Final = 500


@dataclass(frozen=True)
class Ask:
    """Which page of what.

    Args:
        base: the neutral type.
        condition: what the tracker selects by.
        left: what is tested here, on nodes that have ``keys``.
        keys: the keys of a node that are needed.
        first: so many, forwards.
        after: behind this cursor.
        last: so many, backwards.
        before: before this cursor.
        sort: the key of a node to sort by; None for the order of creation.
        state: ``active``, ``retired`` or ``all``.
    """

    base: str
    condition: Filter = field(default_factory=lambda: And(()))
    left: Callable[[Mapping[str, Any]], bool] | None = None
    keys: Collection[str] | None = None
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    sort: str | None = None
    state: str = "all"

    @property
    def count(self) -> int:
        """So many nodes at most."""
        if self.first is not None:
            return self.first
        return self.last if self.last is not None else PAGE

    @property
    def is_backwards(self) -> bool:
        """Newest first."""
        return self.first is None and self.last is not None


@dataclass(frozen=True)
class Found:
    """A page.

    Args:
        nodes: in order.
        cursors: of each.
        is_full: there may be more behind it.
    """

    nodes: Sequence[Node]
    cursors: Sequence[str]
    is_full: bool


def encode(values: Sequence[Any]) -> str:
    """A cursor."""
    return base64.b64encode(json.dumps(list(values), separators=(",", ":")).encode()).decode()


def decode(cursor: str | None) -> list[Any]:
    """What a cursor says; nothing for none.

    Raises:
        Fault: 400, it is none.
    """
    if not cursor:
        return []
    try:
        found = json.loads(base64.b64decode(cursor, validate=True))
    except (ValueError, RecursionError):
        raise Fault(400, "Invalid cursor") from None
    if not isinstance(found, list):
        raise Fault(400, "Invalid cursor")
    return found


def page(reader: Nodes, ask: Ask) -> Found:
    """One page.

    Raises:
        Fault: 400, a cursor that is none.
    """
    if ask.count <= 0:
        return Found([], [], False)
    return _by_number(reader, ask) if ask.sort is None else _sorted(reader, ask)


def _by_number(reader: Nodes, ask: Ask) -> Found:
    at = _number(ask)
    found: list[Node] = []
    chunk = ask.count if ask.left is None else max(ask.count, _CHUNK)
    order = ["-id"] if ask.is_backwards else ["id"] if at is not None and not _grows(at) else []
    while len(found) < ask.count:
        condition = And([ask.condition, *_behind(at, ask.is_backwards)])
        nodes = reader.find(ask.base, condition, keys=ask.keys, limit=chunk, order=order, state=ask.state)
        if not order and len(nodes) == chunk and not _grows(nodes[-1]["ref"].id):
            order = ["id"]
            continue
        found += nodes if ask.left is None else [node for node in nodes if ask.left(node)]
        if len(nodes) < chunk:
            break
        at = nodes[-1]["ref"].id
    kept = found[: ask.count]
    return Found(kept, [encode([_order(node)]) for node in kept], len(kept) >= ask.count)


def _number(ask: Ask) -> str | None:
    said = decode(ask.before or ask.after)
    if not said:
        return None
    if isinstance(said[0], bool) or not isinstance(said[0], (int, str)):
        raise Fault(400, f"Invalid value for numeric field: {said[0]}")
    return str(said[0])


def _behind(at: str | None, is_backwards: bool) -> list[Filter]:
    return [] if at is None else [Condition("id", "less_than" if is_backwards else "greater_than", at)]


def _grows(id: str) -> bool:
    """Whether an id is a number, which a later record has a greater one of."""
    return id.isdecimal() and len(id) < 32


def _order(node: Node) -> Any:
    id = node["ref"].id
    return int(id) if _grows(id) else id


def _sorted(reader: Nodes, ask: Ask) -> Found:
    key = str(ask.sort)
    keys = None if ask.keys is None else {*ask.keys, key.partition(".")[0]}
    nodes = reader.find(ask.base, ask.condition, keys=keys, state=ask.state)
    rows = [(_rank(node, key), node) for node in nodes if ask.left is None or ask.left(node)]
    rows.sort(key=lambda row: row[0], reverse=ask.is_backwards)
    said = decode(ask.before or ask.after)
    if len(said) == 2:
        bound = (_comparable(said[0]), sort_key("id", str(said[1])))
        rows = [row for row in rows if (row[0] < bound if ask.is_backwards else row[0] > bound)]
    kept = rows[: ask.count]
    cursors = [encode([_plain(_value(node, key)), _order(node)]) for _, node in kept]
    return Found([node for _, node in kept], cursors, len(kept) >= ask.count)


def _rank(node: Node, key: str) -> tuple[Any, Any]:
    return _comparable(_plain(_value(node, key))), sort_key("id", node["ref"].id)


def _value(node: Mapping[str, Any], key: str) -> Any:
    found: Any = node
    for name in key.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def _comparable(value: Any) -> tuple[int, Any]:
    """Null first, then truth and numbers, then texts."""
    if value is None:
        return (0, 0)
    return (1, float(value)) if isinstance(value, (int, float)) else (2, str(value))
