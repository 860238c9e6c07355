"""Fields of nodes and projects that other rooms answer: links, activities, entity lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from trackerkit_ayon.gateway.graphql.activities import activities_connection, node_activities
from trackerkit_ayon.gateway.graphql.connections import Connections, More
from trackerkit_ayon.gateway.graphql.latest import latest_comments
from trackerkit_ayon.gateway.graphql.linkages import LinkBatch, links_field, project_links
from trackerkit_ayon.gateway.graphql.playlists import list_node, lists_connection
from trackerkit_ayon.mapping.rows import Node


def lazy_fields(connections: Connections) -> More:
    """What answers ``links``, ``activities`` and ``latestComments`` of nodes."""

    def links(nodes: Sequence[Node]) -> Callable[[Node], Any]:
        batch = LinkBatch(connections.nodes.home, nodes)
        return lambda node: links_field(connections, batch, node)

    def activities(nodes: Sequence[Node]) -> Callable[[Node], Any]:
        return lambda node: partial(node_activities, connections, node)

    return {"links": links, "activities": activities, "latestComments": latest_comments(connections.nodes.home)}


def project_fields(connections: Connections) -> dict[str, Any]:
    """What answers a project's ``links``, ``activities`` and entity lists."""
    return {
        "links": partial(project_links, connections), "activities": partial(activities_connection, connections),
        "entityLists": partial(lists_connection, connections), "entityList": partial(list_node, connections),
    }  # fmt: skip
