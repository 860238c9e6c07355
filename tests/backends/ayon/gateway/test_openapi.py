"""The description of the API: everything that is served, and nothing that AYON has not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import ayon_api
import pytest

from trackerkit_ayon.gateway.models import MODELS
from trackerkit_ayon.gateway.openapi import BODIES, component

REAL = Path(__file__).parents[5] / "shared" / "contracts" / "ayon-1.16.0" / "openapi.json"
OURS_ALONE = {"/graphql", "/api/users", "/api/projects/{project_name}/grouping/{entity_type}/{grouping_key}"}
"""What a real server answers to and does not describe."""


@pytest.fixture(scope="module")
def described(gateway: Any) -> dict[str, Any]:
    return dict(gateway.ok("GET", "/openapi.json"))


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    if not REAL.is_file():
        pytest.skip(f"the description of a real server's API is not at {REAL}")
    return dict(json.loads(REAL.read_text("utf-8")))


def test_every_route_is_described(gateway: Any, described: dict[str, Any]) -> None:
    served = {
        (method.lower(), path) for method, path in gateway.routes if path.startswith("/api/") and method != "HEAD"
    }
    assert served == {(method, path) for path, methods in described["paths"].items() for method in methods} - {
        ("post", "/graphql")
    }


def test_every_route_says_what_it_does(described: dict[str, Any]) -> None:
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["summary"] not in ("", "Lambda"), path


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described)))
    assert names <= set(described["components"]["schemas"])
    assert set(BODIES.values()) <= set(MODELS)


def test_bodies_are_of_routes_that_there_are(described: dict[str, Any]) -> None:
    told = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for methods in described["paths"].values() for operation in methods.values() if "requestBody" in operation
    }  # fmt: skip
    assert told == {component(name) for name in BODIES.values()}


def test_what_is_described_is_ayons(described: dict[str, Any], real: dict[str, Any]) -> None:
    ours = set(described["paths"]) - OURS_ALONE
    plain: dict[str, set[str]] = {}
    for path, methods in real["paths"].items():
        plain.setdefault(re.sub(r"{\w+}", "{}", path), set()).update(methods)
    assert [path for path in ours if re.sub(r"{\w+}", "{}", path) not in plain] == []
    for path in ours:
        assert set(described["paths"][path]) <= plain[re.sub(r"{\w+}", "{}", path)], path


def test_what_ayon_wants_is_wanted(described: dict[str, Any], real: dict[str, Any]) -> None:
    theirs = real["components"]["schemas"]
    for name in ("FolderPostModel", "TaskPostModel", "ProductPostModel", "VersionPostModel", "WorkfilePostModel",
                 "EnrollRequestModel", "LoginRequestModel", "GetUrisRequest"):  # fmt: skip
        ours = described["components"]["schemas"][name]
        assert set(ours["required"]) == set(theirs[name]["required"]), name


def test_ayons_client_reads_it(gateway: Any) -> None:
    api = ayon_api.ServerAPI(gateway.url, gateway.key)
    assert "FolderPostModel" in api.get_schemas()
    assert api.get_server_schema()["info"]["title"] == "Ayon server"


def test_it_is_for_those_who_are_known(gateway: Any) -> None:
    answer = gateway.call("GET", "/openapi.json", None)
    assert (answer.status_code, answer.json()["detail"]) == (403, "You must be logged in to access OpenAPI schema")
    page = gateway.call("GET", "/docs", None)
    assert page.status_code == 200
    assert "/api/enroll" in page.text
    assert "http" not in page.text.replace("http://127.0.0.1", "")
