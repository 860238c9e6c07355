"""The inbox of the caller: the comments of all projects that mention it, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackerkit.filters import Condition
from trackerkit.values import Ref
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.feed import Feed, Wanted
from trackerkit_ayon.gateway.graphql.activities import show_activity
from trackerkit_ayon.gateway.graphql.connections import Connections, page_info
from trackerkit_ayon.gateway.graphql.lazy import lazy_fields
from trackerkit_ayon.gateway.graphql.selection import Info, below, selected
from trackerkit_ayon.gateway.homes import Home, every_home
from trackerkit_ayon.gateway.pages import decode, encode
from trackerkit_ayon.gateway.remarks import inbox_marks
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.mapping.rows import Node


def inbox_connection(site: Site, info: Info, **args: Any) -> dict[str, Any]:
    """What mentions the caller, as a connection."""
    last = args.get("last")
    count = 100 if last is None else max(0, int(last))
    me = site.users_of_names([site.login]).get(site.login)
    found = _found(site, me, args, count) if me is not None and args.get("showImportantMessages") is not False else []
    tree = below(selected(info), "edges", "node")
    made: list[dict[str, Any]] = []
    for home, node in found:
        shown = show_activity(Connections(home, lazy_fields), node, tree)
        cursor = encode([node["createdAt"], node["creationOrder"]])
        made.append({"node": {**shown, "referenceType": "mention", "read": node["read"]}, "cursor": cursor})
    return {"edges": made, "pageInfo": page_info([str(edge["cursor"]) for edge in made], len(made) >= count > 0, True)}


def _found(site: Site, me: Ref, args: Mapping[str, Any], count: int) -> list[tuple[Home, Node]]:
    marks = inbox_marks(site)
    said = decode(args.get("before"))
    if said and not isinstance(said[0], str):
        raise Fault(400, "Invalid cursor", "bad-request")
    found: list[tuple[Home, Node]] = []
    for home in every_home(site):
        if args.get("showActiveProjects") not in (None, home.is_active):
            continue
        wanted = Wanted(("Note",), more=[Condition("addressees", "in", (me,))])
        for node in Feed(home).find(wanted, is_backwards=True):
            mark = marks.get(node["activityId"], "")
            if _is_wanted(node, mark, args, site.login) and (not said or node["createdAt"] < said[0]):
                found.append((home, {**node, "read": bool(mark)}))
    found.sort(key=lambda pair: (pair[1]["createdAt"], pair[1]["creationOrder"]), reverse=True)
    return found[:count]


def _is_wanted(node: Node, mark: str, args: Mapping[str, Any], login: str) -> bool:
    if node["activityData"].get("author") == login:
        return False
    if args.get("showActiveMessages") not in (None, mark != "inactive"):
        return False
    return args.get("showUnreadMessages") in (None, not mark)
