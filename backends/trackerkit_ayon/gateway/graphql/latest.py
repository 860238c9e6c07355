"""What is newest about records: the last comments on each of a page, and the featured version of each product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

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


class Ranks(NamedTuple):
    """What is newest in a project.

    Args:
        flags: by the tracker's id of a product: the tracker's ids of its versions that are ``FLAGS``.
        heroes: by the tracker's id of a version: that of the hero version, of the same number below zero, that shows it.
    """

    flags: dict[str, dict[str, str]]
    heroes: dict[str, str]


def ranks(nodes: Nodes) -> Ranks:
    """What is newest in a project, inactive versions included."""
    home = nodes.home
    names = [item["name"] for item in home.anatomy["statuses"] if item.get("state") == "done"]
    done = {*names, *map(home.status_key, names)}
    fields = ["product", "number", "status"]
    rows = nodes.site.tracker.find(
        "Version", fields=fields, project=home.ref, state="all", archived=True, retired_links=nodes.site.every_link
    )
    products: dict[str, dict[int, tuple[str, bool]]] = {}
    for item in rows:
        product, number = item["product"], item["number"]
        if product is not None and number is not None:
            products.setdefault(product.id, {})[number] = (item.ref.id, item["status"] in done)
    heroes = {
        id: known[-number][0] for known in products.values() for number, (id, _) in known.items() if -number in known
        if number > 0
    }  # fmt: skip
    return Ranks({id: _flagged(known, heroes) for id, known in products.items()}, heroes)


def _flagged(known: Mapping[int, tuple[str, bool]], heroes: Mapping[str, str]) -> dict[str, str]:
    newest = [known[number] for number in sorted(known, reverse=True) if number >= 0]
    candidates = {
        "hero": [id for id, _ in newest if id in heroes],
        "latestDone": [id for id, is_done in newest if is_done],
        "latest": [id for id, _ in newest],
    }
    return {flag: found[0] for flag, found in candidates.items() if found}


def latest(nodes: Nodes) -> list[str]:
    """The tracker's id of the latest version of each product."""
    return [known["latest"] for known in ranks(nodes).flags.values() if "latest" in known]


def check_flags(flags: Sequence[str]) -> None:
    """Refuse what is none of ``FLAGS``.

    Raises:
        Fault: 400.
    """
    for flag in flags:
        if flag not in FLAGS:
            said = f"Invalid featuredOnly value: '{flag}'. Must be one of 'hero', 'latestDone', 'latest'."
            raise Fault(400, said, "bad-request")


def chosen(nodes: Nodes, flags: Sequence[str]) -> list[str]:
    """The tracker's id of one version of each product: the first of some ``FLAGS`` that it has.

    Raises:
        Fault: 400, a flag that is none.
    """
    check_flags(flags)
    found = ranks(nodes).flags if flags else {}
    picked = (next((known[flag] for flag in flags if flag in known), None) for known in found.values())
    return [id for id in picked if id is not None]
