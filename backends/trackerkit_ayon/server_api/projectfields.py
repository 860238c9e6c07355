"""What is read of a project: which routes tell the fields that are asked for, and one shape for what they answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple

from trackerkit.jsontext import decoded
from trackerkit_ayon.server_api.fields import DEFAULTS

Row = dict[str, Any]

_LISTED: Final = frozenset({"name", "code", "active", "createdAt", "updatedAt"})
_BY_GRAPHQL: Final = frozenset({"name", "code", "active", "library", "usedTags", "data"})
_ONLY_BY_GRAPHQL: Final = ("productBaseTypes", "productTypes", "usedTags")
_EVERY_SCOPE: Final = ("folder", "task", "product", "version", "representation", "workfile")


class Plan(NamedTuple):
    """How to read projects.

    Attributes:
        is_listed: the list of projects tells everything.
        graphql: the fields to ask by GraphQL; none if empty.
        needs_rest: each project has to be asked for by REST, too.
    """

    is_listed: bool
    graphql: frozenset[str]
    needs_rest: bool


def planned(fields: Collection[str] | None, base_type_fields: Callable[[], Collection[str]]) -> Plan:
    """The cheapest way to some fields.

    Args:
        fields: the caller's names; None for all that REST tells.
        base_type_fields: what the server tells of a base type of products.
    """
    if fields is None:
        return Plan(False, frozenset(), True)
    if set(fields) <= _LISTED:
        return Plan(True, frozenset(), False)
    told: set[str] = set()
    left: set[str] = set()
    for field in fields:
        by_graphql = _as_graphql(field, base_type_fields)
        told |= by_graphql
        left |= set() if by_graphql else {field}
    if not left - _BY_GRAPHQL:
        return Plan(False, frozenset(told | left), False)
    if any(field.startswith(("productTypes", "productBaseTypes")) for field in told):
        return Plan(False, frozenset(told | {"name"}), True)
    return Plan(False, frozenset(), True)


def _as_graphql(field: str, base_type_fields: Callable[[], Collection[str]]) -> set[str]:
    """The GraphQL fields of a name that GraphQL tells in its own way; empty for any other name."""
    if field == "attrib" or field.startswith("attrib."):
        return {"allAttrib"}
    if field in ("bundle", "bundles"):
        return {"bundle.production", "bundle.staging"}
    if field == "productTypes":
        return {f"productTypes.{name}" for name in DEFAULTS["productType"]}
    if field == "productBaseTypes":
        return {f"productBaseTypes.{name}" for name in base_type_fields()}
    return {field} if field.startswith(("productTypes", "productBaseTypes", "bundle", "usedTags")) else set()


def filled(project: Row) -> Row:
    """A project with its texts read, and with what older servers leave out; changed in place."""
    for status in project.get("statuses") or ():
        if status.get("scope") is None:
            status["scope"] = list(_EVERY_SCOPE)
    for name in ("data", "config"):
        if name in project:
            value = project[name]
            project[name] = (decoded(value) if isinstance(value, str) and value else value) or {}
    if "data" in project and "bundle" not in project:
        bundle = project["data"].get("bundle") or {}
        project["bundle"] = {variant: bundle.get(variant) for variant in ("production", "staging")}
    for link_type in project.get("linkTypes") or ():
        if "data" in link_type:
            link_type.update(link_type.pop("data"))
            link_type.setdefault("style", None)
            link_type.setdefault("color", None)
    return project


def merged(project: Row, told: Row | None) -> Row:
    """A project of the REST route with what GraphQL alone tells; changed in place."""
    for name, value in (told or {}).items():
        if name not in project or name in _ONLY_BY_GRAPHQL:
            project[name] = value
    return project
