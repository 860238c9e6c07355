"""Query: what to read, checked against a schema before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from trackerkit.conditions import Builder as Builder
from trackerkit.conditions import Test as Test
from trackerkit.conditions import check_choice as check_choice
from trackerkit.conditions import tests_of as tests_of
from trackerkit.datatypes import check_text
from trackerkit.errors import QueryError
from trackerkit.filters import And, Filter
from trackerkit.paths import Path as Path
from trackerkit.paths import Step as Step
from trackerkit.paths import resolve_path as resolve_path
from trackerkit.schema import Schema
from trackerkit.values import Ref

STATES: Final = ("active", "retired", "all")
DEFAULT_FIELDS: Final = ("id", "type", "name", "label", "project")


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key."""

    path: Path
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What to read. Make one with ``build``; every path and value in it is checked.

    Args:
        type: the entity type asked for.
        filter: a tree of And, Or, Not and Test.
        fields: the columns, in order.
        order: sort keys; creation order breaks ties, and is the order when there is none.
        limit: at most so many rows, or None.
        projects: only records of these projects, or None for all that the caller may see.
        state: ``active``, ``retired`` or ``all``.
        archived: also records of archived projects.
        after: a page's ``next``: go on behind it.
        page_size: rows a page, where the caller minds.
        retired_links: links to retired records, and paths through them, are as if those were active.
    """

    type: str
    filter: Filter = And(())
    fields: tuple[Path, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    projects: tuple[Ref, ...] | None = None
    state: str = "active"
    archived: bool = False
    after: Any = None
    page_size: int | None = None
    retired_links: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, as written."""
        return tuple(path.text for path in self.fields)

    def with_(self, **changes: Any) -> Query:
        """A copy with some parts changed."""
        return replace(self, **changes)


def check_limit(limit: Any) -> int | None:
    """A limit: None, or a whole number above 0.

    Raises:
        QueryError: for anything else.
    """
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise QueryError(f"limit is a whole number above 0, not {limit!r}", hint="leave it out to read everything")
    return limit


def check_state(state: Any) -> str:
    """``active``, ``retired`` or ``all``.

    Raises:
        QueryError: for anything else.
    """
    if state not in STATES:
        raise QueryError(f"state is one of {', '.join(STATES)}, not {state!r}")
    return str(state)


def build(
    schema: Schema,
    type_name: str,
    condition: Filter | None = None,
    *,
    fields: Sequence[str] | None = None,
    order: Sequence[Any] = (),
    limit: int | None = None,
    projects: Sequence[Ref] | None = None,
    state: str = "active",
    archived: bool = False,
    now: datetime | None = None,
    page_size: int | None = None,
    retired_links: bool = False,
) -> Query:
    """A checked query.

    Args:
        schema: of the tracker.
        type_name: the entity type.
        condition: a filter tree, or None for all.
        fields: paths; None for id, type, name, label, project (those that the type has).
        order: paths; ``"-name"`` or ``("name", "desc")`` for descending.
        limit: at most so many rows.
        projects: only records of these projects.
        state: ``active``, ``retired`` or ``all``.
        archived: also records of archived projects.
        now: the moment that relative dates count from.
        page_size: rows a page.
        retired_links: links lead to retired records too.

    Raises:
        InvalidInputError: for anything that cannot be asked.
    """
    builder = Builder(schema, type_name, now)
    return Query(
        type=type_name,
        filter=builder.filter(condition if condition is not None else And(())),
        fields=tuple(builder.path(text) for text in _field_names(schema, type_name, fields)),
        order=tuple(_order(builder, item) for item in _order_items(order)),
        limit=check_limit(limit),
        projects=tuple(projects) if projects is not None else None,
        state=check_state(state),
        archived=archived,
        page_size=check_limit(page_size),
        retired_links=retired_links,
    )


def _field_names(schema: Schema, type_name: str, fields: Sequence[str] | None) -> list[str]:
    if fields is None:
        owner = schema.type(type_name)
        return [name for name in DEFAULT_FIELDS if name in owner.fields or name == "name"]
    names = list(fields) if _is_list(fields) else []
    if not _is_list(fields) or not all(isinstance(name, str) for name in names):
        raise QueryError("fields is a list of field names", hint='for example ["name", "sequence.name"]')
    return list(dict.fromkeys(names))


def _order_items(order: Any) -> Sequence[Any]:
    if order is None:
        return ()
    if not _is_list(order):
        raise QueryError("order is a list", hint='for example ["name"] or ["-name"] or [("name", "desc")]')
    return list(order)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def _order(builder: Builder, item: Any) -> Order:
    text, descending = _order_parts(item)
    path = builder.path(text)
    if path.through_many or not path.leaf.can_order:
        what = "goes through several records" if path.through_many else f"is a {path.data_type} field"
        raise QueryError(f"cannot order by {text!r}: it {what}")
    return Order(path, descending)


def _order_parts(item: Any) -> tuple[str, bool]:
    if isinstance(item, str) and item:
        return (item[1:], True) if item.startswith("-") else (item, False)
    if isinstance(item, dict):
        item = (item.get("field_name"), item.get("direction", "asc"))
    if isinstance(item, (list, tuple)) and len(item) == 2 and item[1] in ("asc", "desc"):
        return check_text(item[0]), item[1] == "desc"
    raise QueryError(f"{item!r} is no order", hint='for example "name", "-name" or ("name", "desc")')
