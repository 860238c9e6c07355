"""``read``: records found, sorted, paged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit.filters import And, Condition, Filter
from trackerkit.query import Builder, Query
from trackerkit_shotgrid.gateway import connections, events
from trackerkit_shotgrid.gateway.answers import Answer
from trackerkit_shotgrid.gateway.conditions import Conditions
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.fields import find_field
from trackerkit_shotgrid.gateway.numbered import EVERYTHING, Bounds, Reader, is_asked, split
from trackerkit_shotgrid.gateway.paging import read_page
from trackerkit_shotgrid.gateway.presets import preset_filter
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.wire import Group, Read, Sort, read_read

_NAMED: Final = ("link", "links")
_QUESTION: Final = ("type", "filters", "sorts", "return_only", "include_archived_projects", "additional_filter_presets")


def read(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``read``: ``{"entities": […], "paging_info": {…}}``."""
    asked = read_read(given, context.shared.limits)
    context.site.type("read", asked.type)
    if asked.type == events.ENTRY:
        return _read_entries(context, asked, given)
    connections.refresh(context, asked.type)
    answer = Answer(context.site, asked.type, asked.fields, context.lookups, context.urls)
    filters, bounds = (
        (asked.filters, EVERYTHING) if context.site.ids.is_own else split(asked.filters, "read", asked.type)
    )
    condition = condition_of(context, "read", asked.type, filters)
    if asked.presets:
        condition = preset_filter(context, asked.type, asked.presets, condition)
    if not context.site.ids.is_own and is_asked(asked, bounds):
        return _read_by_number(context, asked, condition, bounds, answer)
    query = query_of(context, asked, condition, answer.paths)
    part = read_page(context.tracker, query, context.shared.places, _key(context, given), asked.page, asked.per_page)
    entities = answer.page(part.plan, part.rows)
    return {"entities": entities, "paging_info": paging_info(context, asked, query, part.next is not None)}


def _read_by_number(context: Context, asked: Read, condition: Filter, bounds: Bounds, answer: Answer) -> dict[str, Any]:
    plain = replace(asked, sorts=())

    def among(ids: Sequence[str]) -> Query:
        return query_of(context, plain, And((condition, Condition("id", "in", tuple(ids)))), answer.paths)

    query = query_of(context, plain, condition, answer.paths)
    question = repr((asked.type, condition, asked.is_retired, asked.with_archived)).encode("utf-8", "surrogatepass")
    key = (*context.identity, hashlib.sha256(question).digest())
    part = Reader(context.tracker, context.site.ids, context.shared.lists, key, query, among).page(asked, bounds)
    info = paging_info(context, asked, query, part.has_next, part.count)
    return {"entities": answer.rows(part.plan, part.rows), "paging_info": info}


def _read_entries(context: Context, asked: Read, given: Mapping[str, Any]) -> dict[str, Any]:
    entries = events.Entries(context.site, asked.fields, context.lookups, context.urls)
    query = query_of(context, asked, condition_of(context, "read", asked.type, asked.filters), entries.paths)
    part = read_page(context.tracker, query, context.shared.places, _key(context, given), asked.page, asked.per_page)
    entities = entries.rows(part.plan, part.rows)
    return {"entities": entities, "paging_info": paging_info(context, asked, query, part.next is not None)}


def condition_of(context: Context, verb: str, native: str, filters: Group) -> Filter:
    """The neutral filter of a call's conditions."""
    special = {events.ENTRY: events.condition}
    made = Conditions(context.site, verb, context.lookups, special).of(native, filters)
    linked = connections.condition(context, native)
    return made if linked is None else And((made, linked))


def query_of(context: Context, asked: Read, condition: Filter, paths: list[str]) -> Query:
    """The neutral query of a ``read``."""
    site = context.site
    return context.tracker.query(
        site.neutral(asked.type),
        condition,
        fields=paths,
        order=[order for sort in asked.sorts if (order := order_of(site, asked.type, sort)) is not None],
        state="retired" if asked.is_retired else "active",
        archived=asked.with_archived,
    )


def order_of(site: Site, native: str, sort: Sort) -> tuple[str, str] | None:
    """The neutral sort key; None for a field that there is not, or that nothing can be sorted by: both are ignored."""
    found = find_field(site, native, sort.path)
    if found is None:
        return None
    is_link = found.parent is not None or (found.binding is not None and found.binding.field.data_type in _NAMED)
    text = f"{found.path}.name" if is_link else found.path
    if native == events.ENTRY and sort.path == "id" and not site.ids.is_own:
        text = "number"  # an entry's id is the event's number, whatever the tracker calls the event
    try:
        path = Builder(site.schema, site.neutral(native)).path(text)
    except InvalidInputError:
        return None
    if path.through_many or not path.leaf.can_order:
        return None
    return (text, "desc" if sort.is_descending else "asc")


def _key(context: Context, given: Mapping[str, Any]) -> Callable[[], tuple[Any, ...]]:
    """Whose answer it is, and of what question: all that decides which rows come in which order."""

    def key() -> tuple[Any, ...]:
        asked = repr([given.get(name) for name in _QUESTION]).encode("utf-8", "surrogatepass")
        return (*context.identity, given["paging"]["entities_per_page"], hashlib.sha256(asked).digest())

    return key


def paging_info(
    context: Context, asked: Read, query: Query, has_next: bool, count: int | None = None
) -> dict[str, Any]:
    """Where the page stands; how many there are only where that was asked for, since counting costs."""
    info: dict[str, Any] = {
        "current_page": asked.page, "entities_per_page": asked.per_page, "has_next_page": has_next,
    }  # fmt: skip
    if asked.wants_counts:
        count = context.tracker.backend.count(query) if count is None else count
        info["entity_count"], info["page_count"] = count, -(-count // asked.per_page)
    return info
