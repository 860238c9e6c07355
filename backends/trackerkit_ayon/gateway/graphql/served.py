"""The served schema: the fixed part, and a type of attributes for each of AYON's types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from graphql import GraphQLSchema, build_schema

from trackerkit_ayon.gateway.attributes import Attribute

_OWNERS: Final = {
    "ProjectAttribType": "project", "UserAttribType": "user", "TaskAttribType": "task", "VersionAttribType": "version",
    "RepresentationAttribType": "representation", "ProductAttribType": "product", "FolderAttribType": "folder",
    "WorkfileAttribType": "workfile",
}  # fmt: skip
_TYPES: Final = {
    "string": "String", "integer": "Int", "float": "Float", "boolean": "Boolean", "datetime": "DateTime",
    "list_of_strings": "[String!]", "list_of_integers": "[Int!]",
}  # fmt: skip


@lru_cache(maxsize=1)
def _fixed() -> str:
    return Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8")


def sdl(attributes: Sequence[Attribute]) -> str:
    """The whole schema as text."""
    made = [_fixed()]
    for name, scope in _OWNERS.items():
        lines = [f"  {item['name']}: {_type_of(item['data'])}" for item in attributes if scope in item["scope"]]
        made.append(f"type {name} {{\n" + "\n".join(lines or ["  description: String"]) + "\n}\n")
    return "\n".join(made)


def _type_of(data: Mapping[str, Any]) -> str:
    return _TYPES.get(str(data.get("type", "string")), "JSON")


@lru_cache(maxsize=8)
def _built(text: str) -> GraphQLSchema:
    return build_schema(text)


def schema_of(attributes: Sequence[Attribute]) -> GraphQLSchema:
    """The schema, ready to be executed."""
    return _built(sdl(attributes))
