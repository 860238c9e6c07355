"""The reference page of the native AYON client says what is there."""

from __future__ import annotations

import importlib.util
import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import ayon_api
import pytest
from ayon_api.server_api import ServerAPI as Original

import trackerkit_ayon
import trackerkit_ayon.server_api

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ayon_server_api_page", DOCS / "ayon_server_api.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DOCS / "data" / "ayon-python-api.json").read_text("utf-8"))
    return read


def test_the_page_is_current(maker: ModuleType) -> None:
    assert maker.render() == (DOCS / "reference" / "ayon-server-api.md").read_text("utf-8"), (
        "run python docs/ayon_server_api.py"
    )


def test_every_name_is_there_and_called_the_same_way(maker: ModuleType, names: dict[str, Any]) -> None:
    members = {name: member for family in names["families"].values() for name, member in family.items()}
    assert {name: how for name, member in members.items() if (how := maker.difference(name, member))} == {}


def test_a_missing_and_another_parameter_are_noticed(maker: ModuleType) -> None:
    assert maker.difference("get_nothing", {"kind": "method", "parameters": []}) == "no"
    wanted = {"kind": "method", "parameters": [["entrypoint", "", None], ["colour", "", None]]}
    assert maker.difference("raw_get", wanted) == "without `colour`"
    wanted = {"kind": "method", "parameters": [["timeout", "", "3"]]}
    assert maker.difference("set_timeout", wanted) == "`timeout` is None by default"


def test_the_names_are_those_of_the_installed_version(names: dict[str, Any]) -> None:
    if ayon_api.__version__ != names["version"]:
        pytest.skip(f"ayon-python-api {ayon_api.__version__} is installed, the names are of {names['version']}")
    listed = {name for family in names["families"].values() for name in family}
    assert listed == {name for name in dir(Original) if not name.startswith("_")}


def test_a_method_is_a_function_of_the_package() -> None:
    function = trackerkit_ayon.server_api.get_folders
    method = trackerkit_ayon.ServerAPI.get_folders
    assert list(inspect.signature(function).parameters) == list(inspect.signature(method).parameters)[1:]
    assert function.__doc__ == method.__doc__
    assert {"get_folders", "ServerAPI", "get_server_api_connection"} <= set(dir(trackerkit_ayon.server_api))
    for name in ("get_nothing_at_all", "base_url", "_send"):
        with pytest.raises(AttributeError, match=name):
            getattr(trackerkit_ayon.server_api, name)
