"""Events as GraphQL gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from trackerkit.datatypes import parse_datetime
from trackerkit.errors import DomainError
from trackerkit.jsontext import encoded
from trackerkit_ayon.gateway.conditions import is_like
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.filterkeys import zoned
from trackerkit_ayon.gateway.graphql.connections import page_info
from trackerkit_ayon.gateway.graphql.selection import Info
from trackerkit_ayon.gateway.history import History
from trackerkit_ayon.gateway.homes import may_read
from trackerkit_ayon.gateway.pages import PAGE, decode, encode
from trackerkit_ayon.gateway.sent import Told
from trackerkit_ayon.gateway.site import Site

_CHUNK = 1000
Test = Callable[[Told], bool]


def events_connection(site: Site, info: Info, **args: Any) -> dict[str, Any]:
    """Events as a connection."""
    history = History(site)
    holds = _test(args, history)
    is_backwards = args.get("first") is None and args.get("last") is not None
    count = args["last"] if is_backwards else args["first"] if args.get("first") is not None else PAGE
    said = decode(args.get("before") or args.get("after"))
    at = _number(said[0]) if said else None
    if args.get("ids") is not None:
        found = [event for id in args["ids"] if (event := history.get(id)) is not None and holds(event)]
    elif is_backwards:
        found = history.before(at, max(0, count), holds)
    else:
        found = _forwards(history, at or 0, max(0, count), holds)
    cursors = [encode([event["order"]]) for event in found]
    edges = [{"node": _node(event), "cursor": cursor} for event, cursor in zip(found, cursors)]  # noqa: B905 - same length
    return {"edges": edges, "pageInfo": page_info(cursors, len(found) >= count > 0, is_backwards)}


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Fault(400, f"Invalid value for numeric field: {value}", "bad-request")
    return int(value)


def _forwards(history: History, at: int, count: int, holds: Test) -> list[Told]:
    found: list[Told] = []
    while len(found) < count:
        rows = history.after(at, min(_CHUNK, max(count, 100)))
        found += [event for event in rows if holds(event)]
        if not rows:
            break
        at = rows[-1]["order"]
    return found[:count]


def _node(event: Told) -> dict[str, Any]:
    return {
        **event, "summary": encoded(event["summary"]).decode(), "payload": encoded(event["payload"]).decode(),
        "data": encoded(event.get("data") or {}).decode(), "description": event.get("description") or "",
    }  # fmt: skip


def _test(args: Mapping[str, Any], history: History) -> Test:
    tests: list[Test] = []
    topics = args.get("topics")
    if topics is not None:
        patterns = [topic.replace("_", "\\_").replace("*", "%") for topic in topics]
        tests.append(lambda event: any(is_like(event["topic"], pattern) for pattern in patterns))
    elif not args.get("includeLogs"):
        tests.append(lambda event: not event["topic"].startswith("log."))
    for name, key in (("projects", "project"), ("users", "user")):
        if args.get(name) is not None:
            tests.append(_among(key, args[name]))
    rights = history.site.rights
    if not rights.is_manager:  # who knows an event's id may read it; else everyone is told of their own
        tests.append(lambda event: not event.get("project") or may_read(history.site, event["project"]))
        tests += [_among("user", [rights.name])] if args.get("ids") is None else []
    statuses = args.get("statuses") or args.get("states")
    if statuses is not None:
        tests.append(_among("status", statuses))
    tests += _moments(args)
    words = [word for word in re.split(r"\s+", (args.get("filter") or "").lower()) if len(word) >= 3]
    if words:
        tests.append(lambda event: all(word in _words(event) for word in words))
    if args.get("hasChildren") is not None:
        wanted = bool(args["hasChildren"])
        tests.append(lambda event: bool(history.sent.book.children.get(event["id"])) == wanted)
    return lambda event: all(test(event) for test in tests)


def _among(key: str, values: list[str]) -> Test:
    return lambda event: event.get(key) in values


def _words(event: Told) -> str:
    return " ".join(str(event.get(key) or "") for key in ("topic", "project", "user", "description")).lower()


def _moments(args: Mapping[str, Any]) -> list[Test]:
    made: list[Test] = []
    for name, is_newer in (("newerThan", True), ("olderThan", False)):
        if args.get(name):
            bound = moment_of(args[name])
            made.append(_compared(bound, is_newer))
    return made


def _compared(bound: Any, is_newer: bool) -> Test:
    def test(event: Told) -> bool:
        at = parse_datetime(event["createdAt"])
        return bool(at > bound if is_newer else at < bound)

    return test


def moment_of(text: str) -> Any:
    """A moment as a client writes it; without an offset it is in UTC.

    Raises:
        Fault: 400, it is none.
    """
    try:
        return parse_datetime(zoned(text))
    except DomainError:
        raise Fault(400, f"Invalid isoformat string: '{text[:40]}'", "bad-request") from None
