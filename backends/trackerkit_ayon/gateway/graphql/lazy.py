"""Fields of nodes and projects that other rooms answer: links, activities, entity lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.mapping.rows import Node


def lazy_fields(home: Home, nodes: Nodes) -> Mapping[str, Callable[[Node, str], Callable[..., Any]]]:
    return {}


def project_fields(home: Home, connections: Any) -> dict[str, Any]:
    return {}
