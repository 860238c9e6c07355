"""Nodes of a listing as records of their own make: read faster than objects, and of no concern to the garbage collector.

They need msgspec (``pip install trackerkit[speed]``); without it a node is a dict.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

PICKED: Final = "trackerkit_picked"
WHOLE: Final = "trackerkit_whole"
"""Where a record keeps what was made of it: some of its attributes, and all of it as a dict."""

_WORD = re.compile(r"[A-Za-z]\w*|[{}]|\.\.\.")


def keys_of(selected: str) -> tuple[str, ...]:
    """The keys of a node for a GraphQL selection; empty where a fragment leaves them open.

    >>> keys_of("id name folder{id name} status")
    ('id', 'name', 'folder', 'status')
    """
    depth, found = 0, []
    for word in _WORD.findall(selected):
        if word == "...":
            if not depth:
                return ()
        elif word in "{}":
            depth += 1 if word == "{" else -1
        elif not depth:
            found.append(word)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=256)
def page_decoder(selected: str) -> Callable[[bytes], Any] | None:
    """Reads the answer to a listing of one project: ``.data.project.name``, ``….page.edges[].node``, ``….page.pageInfo``.

    None where a node cannot be such a record. The decoder raises for an answer of any other form, an error's included.
    """
    try:
        import msgspec
    except ImportError:
        return None
    keys = keys_of(selected)
    if not keys:
        return None
    make = msgspec.defstruct
    own = [(name, Any, None) for name in (PICKED, WHOLE)]
    node = make("Node", [*((key, Any) for key in keys), *own], gc=False)
    edge = make("Edge", [("node", node)], gc=False)
    info = make("Info", [("hasNextPage", bool), ("endCursor", str | None, None)])
    page = make("Page", [("edges", list[edge]), ("pageInfo", info)])  # type: ignore[valid-type]
    project = make("Project", [("name", str), ("page", page)])
    data = make("Data", [("project", project)])
    return msgspec.json.Decoder(make("Answer", [("data", data)])).decode


def as_dict(node: Any) -> dict[str, Any]:
    """A record as the dict that it stands for, made once."""
    found: dict[str, Any] | None = getattr(node, WHOLE)
    if found is None:
        found = {key: getattr(node, key) for key in node.__struct_fields__ if key not in (PICKED, WHOLE)}
        setattr(node, WHOLE, found)
    return found
