"""What is newest about records: the last comments on each of a page, and the featured version of each product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.feed import COMMENTS, Feed, Wanted
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.mapping.rows import Node

_MOST_COMMENTS: Final = 5
FLAGS: Final = ("hero", "latestDone", "latest")


def latest_comments(home: Home) -> Callable[[Sequence[Node]], Callable[[Node], Any]]:
    """For the nodes of a page: what gives the last comments on one of them, the newest first."""

    def read(nodes: Sequence[Node]) -> Callable[[Node], Any]:
        found: dict[str, list[dict[str, Any]]] = {}
        wanted = Wanted(COMMENTS, entities=[node["ref"] for node in nodes])
        for comment in Feed(home).find(wanted, is_backwards=True):
            shown = found.setdefault(str(comment["entityId"]), [])
            if len(shown) < _MOST_COMMENTS:
                shown.append(_shown(comment))
        return lambda node: found.get(node["id"], [])

    return read


def _shown(comment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "activityId": comment["activityId"], "body": comment["body"], "author": comment["activityData"].get("author"),
        "createdAt": comment["createdAt"],
    }  # fmt: skip


def featured(nodes: Nodes) -> dict[str, dict[str, str]]:
    """By the tracker's id of a product: the tracker's ids of its active versions that are ``FLAGS``."""
    home = nodes.home
    done = {home.status_key(item["name"]) for item in home.anatomy["statuses"] if item.get("state") == "done"}
    fields = ["product", "number", "status"]
    rows = nodes.site.tracker.find(
        "Version", fields=fields, project=home.ref, archived=True, retired_links=nodes.site.every_link
    )
    ranks: dict[str, dict[str, tuple[int, str]]] = {}
    for item in rows:
        product, number = item["product"], item["number"]
        if product is not None and number is not None:
            _note(ranks.setdefault(product.id, {}), number, item.ref.id, item["status"] in done)
    return {id: {flag: found for flag, (_, found) in known.items()} for id, known in ranks.items()}


def _note(known: dict[str, tuple[int, str]], number: int, id: str, is_done: bool) -> None:
    flags = ["hero"] if number < 0 else ["latest", *(["latestDone"] if is_done else [])]
    for flag in flags:
        if flag not in known or number > known[flag][0]:
            known[flag] = (number, id)


def chosen(nodes: Nodes, flags: Sequence[str]) -> list[str]:
    """The tracker's id of one version of each product: the first of some ``FLAGS`` that it has.

    Raises:
        Fault: 400, a flag that is none.
    """
    for flag in flags:
        if flag not in FLAGS:
            said = f"Invalid featuredOnly value: '{flag}'. Must be one of 'hero', 'latestDone', 'latest'."
            raise Fault(400, said, "bad-request")
    found = featured(nodes) if flags else {}
    picked = (next((known[flag] for flag in flags if flag in known), None) for known in found.values())
    return [id for id in picked if id is not None]
