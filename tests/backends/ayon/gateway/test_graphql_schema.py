"""The served GraphQL schema is a part of the real one: whoever writes for the gateway writes for AYON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema
from graphql.utilities import BreakingChangeType, find_breaking_changes, find_dangerous_changes

from trackerkit_ayon.gateway.attributes import builtin
from trackerkit_ayon.gateway.graphql.served import schema_of

REAL = Path(__file__).parents[5] / "shared" / "contracts" / "ayon-1.16.0" / "schema.graphql"


@pytest.fixture(scope="module")
def real() -> GraphQLSchema:
    if not REAL.is_file():
        pytest.skip(f"the schema of a real server is not at {REAL}")
    return build_schema(REAL.read_text("utf-8"))


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    return schema_of(builtin())


def test_what_is_served_is_there_with_that_type(real: GraphQLSchema, served: GraphQLSchema) -> None:
    assert [change.description for change in find_breaking_changes(served, real)] == []


def test_nothing_is_of_another_kind_the_other_way_round(real: GraphQLSchema, served: GraphQLSchema) -> None:
    kinds = (BreakingChangeType.FIELD_CHANGED_KIND, BreakingChangeType.ARG_CHANGED_KIND)
    assert [change.description for change in find_breaking_changes(real, served) if change.type in kinds] == []


def test_no_default_is_another(real: GraphQLSchema, served: GraphQLSchema) -> None:
    changes = [change.description for change in find_dangerous_changes(served, real)]
    assert [text for text in changes if "default" in text] == []


def test_attributes_of_a_site_are_served(gateway: Any) -> None:
    name = gateway.project("attributes")
    body = {"position": 99, "scope": ["folder"], "data": {"type": "integer", "title": "Takes"}}
    gateway.ok("PUT", "/api/attributes/takeCount", json=body)
    made = gateway.ok(
        "POST", f"{name}/folders", json={"name": "sh010", "folderType": "Shot", "attrib": {"takeCount": 3}}
    )
    found = gateway.graphql('{project(name:"attributes"){folders{edges{node{id attrib{takeCount} allAttrib}}}}}')
    node = found["project"]["folders"]["edges"][0]["node"]
    assert node["id"] == made["id"]
    assert node["attrib"] == {"takeCount": 3}
    assert '"takeCount":3' in node["allAttrib"]
