"""What a real server has is served, or stands in the list of what is not: in the answer, and in the reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ayon_missing import unserved
from graphql import build_schema

from trackerkit_ayon.gateway.attributes import builtin
from trackerkit_ayon.gateway.graphql.served import schema_of
from trackerkit_ayon.gateway.unserved import FIELDS, PATHS, why_not

ROOT = Path(__file__).parents[4]
REAL = ROOT.parent / "shared" / "contracts" / "ayon-1.16.0"
PAGE = ROOT / "docs" / "reference" / "ayon-gateway.md"
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    if not (REAL / "openapi.json").is_file():
        pytest.skip(f"the description of a real server's API is not at {REAL}")
    return dict(json.loads((REAL / "openapi.json").read_text("utf-8")))


def operations(real: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every method and path of a real server, parameters filled in."""
    for path, methods in real["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method.upper(), re.sub(r"{\w+}", "x" * 32, path)


def is_served(gateway: Any, method: str, path: str) -> bool:
    return any(
        method == known and re.fullmatch(re.sub(r"{\w+(:path)?}", "[^/]+", template), path)
        for known, template in gateway.routes
    )


def test_every_call_of_ayon_is_served_or_listed(gateway: Any, real: dict[str, Any]) -> None:
    neither = [
        (method, path)
        for method, path in operations(real)
        if not is_served(gateway, method, path) and why_not(path) is None
    ]
    assert neither == []


def test_what_is_listed_is_not_served(gateway: Any, real: dict[str, Any]) -> None:
    left = [(method, path) for method, path in operations(real) if not is_served(gateway, method, path)]
    assert {row for _, path in left if (row := why_not(path))} == set(PATHS)
    for method, path in left:
        answer = gateway.call(method, path, json={} if method != "GET" else None)
        row = why_not(path)
        assert row is not None
        assert answer.status_code == 501, (method, path)
        assert row.reason in answer.json()["detail"]


def test_every_field_of_graphql_is_served_or_listed() -> None:
    if not (REAL / "schema.graphql").is_file():
        pytest.skip(f"the schema of a real server is not at {REAL}")
    missing = unserved(build_schema((REAL / "schema.graphql").read_text("utf-8")), schema_of(builtin()))
    assert {argument or field for _, field, argument in missing} == set(FIELDS)


def test_the_reference_says_so() -> None:
    text = PAGE.read_text("utf-8")
    for row in PATHS:
        assert f"| {row.what} | {row.reason} |" in text
    for name, reason in FIELDS.items():
        assert f"| `{name}` | {reason} |" in text


def test_what_ayon_has_not_is_not_found(gateway: Any) -> None:
    answer = gateway.call("GET", "/api/nothing/here")
    assert (answer.status_code, answer.json()["code"]) == (404, 404)
    assert gateway.call("DELETE", "/api/info").status_code == 405
