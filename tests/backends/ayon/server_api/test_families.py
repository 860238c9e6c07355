"""The smaller families have every method of AYON's own client, with the same arguments and defaults."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
from ayon_api.utils import NOT_SET as THEIR_NOT_SET

from trackerkit_ayon.server_api.environment import NOT_SET

FAMILIES = {
    "installers": "InstallersAPI", "dependency_packages": "DependencyPackagesAPI", "secrets": "SecretsAPI",
    "bundles_addons": "BundlesAddonsAPI", "events": "EventsAPI", "attributes": "AttributesAPI", "actions": "ActionsAPI",
    "activities": "ActivitiesAPI", "thumbnails": "ThumbnailsAPI", "links": "LinksAPI", "lists": "ListsAPI",
}  # fmt: skip


def family(package: str, name: str) -> type:
    found: type = getattr(importlib.import_module(f"{package}.{name}"), FAMILIES[name])
    return found


METHODS = [
    (name, method)
    for name in FAMILIES
    for method, value in vars(family("ayon_api._api_helpers", name)).items()
    if inspect.isfunction(value) and not method.startswith("_")
]


def test_they_are_as_many_as_are_known() -> None:
    assert len(METHODS) >= 152


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[method for _, method in METHODS])
def test_called_the_same_way(name: str, method: str) -> None:
    theirs = getattr(family("ayon_api._api_helpers", name), method)
    ours = getattr(family("trackerkit_ayon.server_api", name), method)
    assert arguments(ours) == arguments(theirs)
    assert inspect.isgeneratorfunction(ours) == inspect.isgeneratorfunction(theirs)
    assert ours.__doc__


def arguments(method: Any) -> list[tuple[str, Any, Any]]:
    """Name, kind and default of each."""
    unset = {id(NOT_SET): "not set", id(THEIR_NOT_SET): "not set"}
    return [
        (parameter.name, parameter.kind, unset.get(id(parameter.default), parameter.default))
        for parameter in inspect.signature(method).parameters.values()
    ]
