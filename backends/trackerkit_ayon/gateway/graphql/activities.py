"""Activities as GraphQL gives them: of a project, and of a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from trackerkit.jsontext import encoded
from trackerkit.values import Ref
from trackerkit_ayon.gateway.conditions import Many, One, parse, tester
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.feed import TYPES, Feed, Wanted
from trackerkit_ayon.gateway.filterkeys import check_keys
from trackerkit_ayon.gateway.graphql.connections import Connections, page_info
from trackerkit_ayon.gateway.graphql.people import person
from trackerkit_ayon.gateway.graphql.selection import Info, below, selected
from trackerkit_ayon.gateway.graphql.tellings import moment_of
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.pages import PAGE, decode, encode
from trackerkit_ayon.mapping.names import NEUTRAL, native_of
from trackerkit_ayon.mapping.notes import CARRIER_KEY, NOTE_KEY, ORIGINS
from trackerkit_ayon.mapping.rows import Node

_CHUNK: Final = 500
_COMMENTS: Final = {"Note": (True, True), "Reply": (False, True), "Attachment": (True, False)}
"""Whether a reply's and a carrier's keys are null in a comment of each type."""


def node_activities(connections: Connections, node: Node, info: Info, **args: Any) -> dict[str, Any]:
    """The activities of one node as a connection."""
    native = next(name for name, neutral in NEUTRAL.items() if neutral == _base(node["ref"]))
    return activities_connection(connections, info, **{**args, "entityType": native, "entityIds": [node["id"]]})


def _base(ref: Ref) -> str:
    return NEUTRAL[native_of(ref.type).name]


def activities_connection(connections: Connections, info: Info, **args: Any) -> dict[str, Any]:
    """Activities as a connection, in the order of their making or the newest first."""
    home = connections.nodes.home
    is_backwards = args.get("first") is None and args.get("last") is not None
    count = max(0, args["last"] if is_backwards else args["first"] if args.get("first") is not None else PAGE)
    wanted = _wanted(home, args)
    found = _page(Feed(home), wanted, args, is_backwards, count) if wanted is not None else []
    tree = below(selected(info), "edges", "node")
    cursors = [encode([node["createdAt"], node["creationOrder"]]) for node in found]
    shown = [show_activity(connections, node, tree) for node in found]
    edges = [{"node": node, "cursor": cursor} for node, cursor in zip(shown, cursors)]  # noqa: B905 - same length
    return {"edges": edges, "pageInfo": page_info(cursors, len(found) >= count > 0, is_backwards)}


def _page(feed: Feed, wanted: Wanted, args: Mapping[str, Any], is_backwards: bool, count: int) -> list[Node]:
    said = decode(args.get("before") or args.get("after"))
    at = str(said[1]) if len(said) == 2 and isinstance(said[1], int) else None
    if said and at is None:
        raise Fault(400, "Invalid cursor", "bad-request")
    check = _test(args)
    found: list[Node] = []
    chunk = count if check is None else max(count, _CHUNK)
    while len(found) < count:
        nodes = feed.find(wanted, at=at, is_backwards=is_backwards, count=chunk)
        found += nodes if check is None else [node for node in nodes if check(node)]
        if len(nodes) < chunk:
            break
        at = nodes[-1]["ref"].id
    return found[:count]


# ---- arguments


def _wanted(home: Home, args: Mapping[str, Any]) -> Wanted | None:
    """What is asked for; None where there can be nothing."""
    if args.get("referenceTypes") is not None and "origin" not in args["referenceTypes"]:
        return None
    if args.get("entityNames") is not None:
        return None
    bases = [base for kind in args.get("activityTypes") or TYPES for base in TYPES.get(kind, ())]
    bases = _narrowed(bases, args.get("filter"))
    entities = _entities(home, args)
    authors = None
    if args.get("authors"):
        authors = list(home.site.users_of_names(args["authors"]).values())
    moments = {name: moment_of(args[key]) for name, key in _MOMENTS.items() if args.get(key)}
    return Wanted(bases, args.get("activityIds"), entities, authors, **moments) if bases else None


def _filter(text: str | None) -> One | Many | None:
    node = parse(text) if text else None
    check_keys(node, "Activity")
    return node


_MOMENTS: Final = {"changed_after": "changedAfter", "changed_before": "changedBefore"}


def _entities(home: Home, args: Mapping[str, Any]) -> list[Ref] | None:
    if args.get("entityIds") is None:
        return None
    native = args.get("entityType")
    natives = [native] if native in ORIGINS else sorted(ORIGINS)
    return [ref for each in natives for ref in home.site.refs(NEUTRAL[each], args["entityIds"])]


def _narrowed(bases: Sequence[str], text: str | None) -> list[str]:
    """Only the types of comments that a filter can mean, where it says by our own keys which it means."""
    node = _filter(text)
    said = _nulls(node) if node is not None else {}
    made = []
    for base in bases:
        reply, carrier = _COMMENTS.get(base, (True, True))
        if said.get(NOTE_KEY, reply) == reply and said.get(CARRIER_KEY, carrier) == carrier:
            made.append(base)
    return made


def _nulls(node: One | Many) -> dict[str, bool]:
    """Key of the data → whether it has to be null, as far as that is joined by and."""
    if isinstance(node, One):
        is_told = len(node.path) == 2 and node.path[0] == "activityData" and node.operator in ("isnull", "notnull")
        return {node.path[1]: node.operator == "isnull"} if is_told else {}
    return {key: value for part in node.parts for key, value in _nulls(part).items()} if node.operator == "and" else {}


def _test(args: Mapping[str, Any]) -> Any:
    tests: list[Any] = []
    if args.get("categories") and None not in args["categories"]:
        tests.append(lambda node: node["activityData"].get("category") in args["categories"])
    if args.get("tags"):
        tests.append(lambda node: set(args["tags"]) <= set(node["tags"]))
    if args.get("entityIds") is not None:
        tests.append(lambda node: node["entityId"] in args["entityIds"])
    node = _filter(args.get("filter"))
    if node is not None:
        tests.append(tester(node))
    return (lambda found: all(test(found) for test in tests)) if tests else None


# ---- nodes


def show_activity(connections: Connections, node: Node, tree: Mapping[str, Any]) -> dict[str, Any]:
    """An activity with everything that GraphQL reaches from it."""
    home, data = connections.nodes.home, node["activityData"]
    origin = data.get("origin")
    made = {
        **node, "entityName": None, "entityPath": None, "category": None, "read": False, "parents": [],
        "activityData": encoded(_sorted(data)).decode(), "referenceData": "{}",
        "origin": {**origin, "link": f"[{origin['name']}]({origin['type']}:{origin['id']})"} if origin else None,
        "reactions": data.get("reactions") or [], "files": [_file(item) for item in data.get("files") or ()],
        "author": partial(_person, home, data.get("author")), "assignee": None, "version": None,
    }  # fmt: skip
    if node["activityType"] == "reviewable" and "version" in tree and origin:
        made["version"] = lambda info: connections.mixed("Version", [origin["id"]], selected(info)).get(origin["id"])
    return made


def _sorted(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in sorted(data) if data[key] is not None}


def _file(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": item["id"], "size": str(item.get("size") or 0), "author": item.get("author"), "name": item.get("filename"),
        "mime": item.get("mime"), "createdAt": item["created_at"], "updatedAt": item["updated_at"],
    }  # fmt: skip


def _person(home: Home, name: str | None, info: Info) -> Any:
    return person(home.site, name) if name else None
