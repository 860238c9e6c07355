"""Link types, and links made and deleted by REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from trackerkit_ayon.gateway.anatomy import link_type_item, link_type_name, link_types
from trackerkit_ayon.gateway.check import checked
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.linking import Linking


def routes(gate: Gate) -> list[Route]:
    """The routes of links."""
    home = "/api/projects/{project_name}/links"
    return [
        api(gate, "GET", f"{home}/types", get_types),
        api(gate, "PUT", f"{home}/types/{{link_type}}", put_type, status=204, need="manager"),
        api(gate, "DELETE", f"{home}/types/{{link_type}}", delete_type, status=204, body=False, need="manager"),
        api(gate, "POST", f"{home}/bulk", post_links),
        api(gate, "POST", home, post_link),
        api(gate, "DELETE", f"{home}/{{link_id}}", delete_link, status=204, body=False),
    ]


def _keep(ask: Ask, items: list[dict[str, Any]]) -> None:
    home = ask.home
    home.set_anatomy({**home.anatomy, "link_types": items}, home.status_keys)
    home.keep()


def get_types(ask: Ask) -> Any:
    """The types of links of a project."""
    return {"types": link_types(ask.home.anatomy)}


def put_type(ask: Ask) -> None:
    """Define a link type, or its data anew."""
    body = ask.model("link_type", partial=True)
    name = ask.path("link_type")
    item = link_type_item(name, body.get("data") or {})
    if item is None:
        raise Fault(400, f"Link type {name} is not type|input|output", "bad-request")
    known = list(ask.home.anatomy["link_types"])
    at = next((at for at, other in enumerate(known) if link_type_name(other) == name), None)
    _keep(ask, [*known, item] if at is None else [*known[:at], item, *known[at + 1 :]])


def delete_type(ask: Ask) -> None:
    """Forget a link type."""
    name = ask.path("link_type")
    _keep(ask, [item for item in ask.home.anatomy["link_types"] if link_type_name(item) != name])


def post_link(ask: Ask) -> Any:
    """Make a link."""
    return {"id": Linking(ask.home).create([ask.model("link")])[0]}


def post_links(ask: Ask) -> Any:
    """Make several links, all or none."""
    items = ask.body.get("links") if isinstance(ask.body, Mapping) else None
    if not isinstance(items, list):
        raise Fault(400, "links is a list", "bad-request")
    given = [checked("link", item) for item in items]
    ids = Linking(ask.home).create(given)
    kinds = [item.get("linkType") or item.get("link") for item in given]
    return {
        "created": [
            {"id": id, "input": item["input"], "output": item["output"], "linkType": kind}
            for id, item, kind in zip(ids, given, kinds)  # noqa: B905 - Python 3.10, same length
        ]
    }


def delete_link(ask: Ask) -> None:
    """Delete a link."""
    Linking(ask.home).delete(ask.id("link_id"))
