"""Pages whose nodes stay text until they are looked at: what is made late is still warm, and gone before it is in the way.

A page of some thousand rows as objects is larger than a processor's cache, and the garbage collector goes through it again
and again. It needs msgspec (``pip install trackerkit[speed]``); without it a page is read at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from trackerkit.jsontext import decoded
from trackerkit_ayon.server_api.exceptions import UnreadableResponse

Row = dict[str, Any]

AT_ONCE: Final = 64
"""How many rows are made at a time."""


@lru_cache(maxsize=64)
def page_reader(connection: str, in_project: bool) -> Callable[[bytes], Any] | None:
    """Reads the answer to a page of a connection like ``decoded``, but for its edges: each knows ``["node"]`` and ``["cursor"]``.

    An answer of any other form, an error's included, is read whole. None where there is no such reader.
    """
    try:
        import msgspec
    except ImportError:
        return None
    make = msgspec.defstruct
    parts: list[Any] = [("node", msgspec.Raw), ("cursor", str | None, None)]
    edge = make("Edge", parts, namespace={"__getitem__": _part}, gc=False)
    rows = make("Rows", [("edges", list[edge]), ("pageInfo", dict[str, Any])])  # type: ignore[valid-type]
    whole = make("Data", [("rows", rows)], rename={"rows": connection}, forbid_unknown_fields=True)
    if in_project:
        home = make("Home", [("name", str), ("rows", rows)], rename={"rows": connection}, forbid_unknown_fields=True)
        whole = make("Data", [("project", home)], forbid_unknown_fields=True)
    read: Any = msgspec.json.Decoder(make("Answer", [("data", whole)], forbid_unknown_fields=True)).decode

    def late(body: bytes) -> Any:
        if not body.isascii():
            body.decode()  # what is skipped is checked for all but this
        try:
            data = read(body).data
        except (ValueError, RecursionError):
            return decoded(body)
        found = data.project if in_project else data
        shown = {connection: {"edges": found.rows.edges, "pageInfo": found.rows.pageInfo}}
        return {"data": {"project": {"name": found.name, **shown}} if in_project else shown}

    return late


def _part(edge: Any, key: str) -> Any:
    return nodes_of([edge])[0] if key == "node" else edge.cursor


def nodes_of(edges: Sequence[Any]) -> list[Row]:
    """The nodes of some edges of one page."""
    if not edges or edges[0].__class__ is dict:
        return [edge["node"] for edge in edges]
    try:
        return [decoded(edge.node) for edge in edges]
    except ValueError:
        raise UnreadableResponse("a row of the server's answer is no JSON", backend="ayon") from None
