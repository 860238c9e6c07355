"""Every request of the smaller families is one that AYON 1.16 describes: method, path, query, the keys of its body."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ayon_pair import Pair, Recorder

from trackerkit_ayon.server_api.fields import DEFAULTS
from trackerkit_ayon.server_api.graphql import ARGUMENTS, document, selection
from trackerkit_ayon.server_api.links import LINKED, links_document
from trackerkit_ayon.server_api.lists import ITEM_FIELDS, items_document

HERE = Path(__file__).resolve()
CONTRACTS = HERE.parents[5] / "shared" / "contracts" / "ayon-1.16.0"
FAMILIES = (
    "secrets",
    "installers",
    "dependency_packages",
    "bundles_addons",
    "actions",
    "events",
    "activities",
    "thumbnails",
    "links",
    "lists",
)
UNDESCRIBED = {
    ("POST", "/api/events", "user"),
    ("POST", "/api/projects/show_1/operations/activities", "waitForEvents"),
}
"""What AYON's own client sends and the server does not describe; it reads past it."""


@pytest.fixture(scope="module")
def contracts() -> Path:
    if not CONTRACTS.is_dir():
        pytest.skip(f"the recorded contracts of AYON 1.16.0 are not beside the repository ({CONTRACTS.name})")
    return CONTRACTS


class Described:
    """What a server says of its routes."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.schemas = told["components"]["schemas"]
        self.routes = [
            (method.upper(), re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), route)
            for path, methods in told["paths"].items()
            for method, route in methods.items()
        ]

    def wrong(self, method: str, path: str, query: list[str], body: Any) -> Iterator[str]:
        """What a request has that is not described."""
        fitting = [route for verb, pattern, route in self.routes if verb == method and pattern.fullmatch(path)]
        if not fitting:
            yield f"no route {method} {path}"
            return
        known = {item["name"] for route in fitting for item in route.get("parameters", ()) if item["in"] == "query"}
        # ``site`` is the older name of ``site_id``, which is taken still.
        yield from (f"{method} {path}: no argument {name}" for name in query if name not in known | {"site"})
        keys = self.keys(fitting)
        if isinstance(body, dict) and keys is not None:
            yield from (
                f"{method} {path}: no key {key}"
                for key in body
                if key not in keys and (method, path, key) not in UNDESCRIBED
            )

    def keys(self, routes: list[dict[str, Any]]) -> set[str] | None:
        """What a body may say; None for anything."""
        found: set[str] = set()
        for route in routes:
            schema = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            name = schema.get("$ref", "").rpartition("/")[2]
            if schema and not name:
                return None
            found |= set(self.schemas[name]["properties"]) if name else set()
        return found


def calls(name: str) -> dict[str, Any]:
    """The table of calls of a family's tests."""
    spec = importlib.util.spec_from_file_location(f"calls_{name}", HERE.with_name(f"test_{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Any] = module.GETS if name == "thumbnails" else module.CALLS
    return found


@pytest.mark.parametrize("name", FAMILIES)
def test_every_request_is_described(recorder: Recorder, recorded: Pair, contracts: Path, name: str) -> None:
    described = Described(json.loads((contracts / "openapi.json").read_text("utf-8")))
    seen = 0
    for call, reply in calls(name).values():
        recorder.reply = reply
        _, sent = recorder.sent(call, recorded.ours)
        for method, path, query, body in sent:
            assert list(described.wrong(method, path, [key for key, _ in query], body)) == []
            seen += 1
    assert seen >= 5


def documents() -> Iterator[str]:
    """Every document that these families can send."""
    for kind, connection in (("event", "events"), ("activity", "activities"), ("entityList", "entityLists")):
        for arguments in ((), tuple(ARGUMENTS[connection])):
            for newest_first in (False, True):
                yield document(connection, arguments, selection(DEFAULTS[kind]), newest_first=newest_first)
    fields = tuple(f"links.{name}" for name in ("id", "linkType", "direction", "data", "author"))
    for kind in LINKED:
        for arguments in ((), ("direction", "linkTypes", "names", "nameEx")):
            for is_rest in (False, True):
                yield links_document(f"{kind}s", arguments, fields, is_rest)
    yield items_document(ITEM_FIELDS)
    yield items_document({"data": {}, "node": {"name": {}}})


def test_every_document_is_valid(contracts: Path) -> None:
    from graphql import build_schema, parse, validate

    served = build_schema((contracts / "schema.graphql").read_text("utf-8"))
    made = list(documents())
    assert len(made) > 30
    for text in made:
        parsed = parse(text)
        found = [error.message for error in validate(served, parsed) if "is never used" not in error.message]
        assert found == [], text
