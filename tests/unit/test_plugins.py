"""plugins: packages that teach trackerkit a tracker, found by entry point and loaded by name."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from trackerkit import plugins
from trackerkit.backend import Backend
from trackerkit.errors import MissingExtraError, UnknownSchemeError
from trackerkit.hookspecs import BackendInfo, DialectInfo, GatewayInfo, hookimpl


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Entry points of the test's own instead of the installed ones."""
    points: list[Any] = []
    monkeypatch.setattr(plugins, "_entry_points", lambda: points)
    plugins.manager.cache_clear()
    yield points
    plugins.manager.cache_clear()


def point(name: str, *infos: Any) -> Any:
    class Module:
        @hookimpl
        def trackerkit_backends(self) -> list[BackendInfo]:
            return [info for info in infos if isinstance(info, BackendInfo)]

        @hookimpl
        def trackerkit_gateways(self) -> list[GatewayInfo]:
            return [info for info in infos if isinstance(info, GatewayInfo)]

    return SimpleNamespace(name=name, load=Module)


def targets() -> list[tuple[str, str]]:
    """Every ``module:name`` that the installed packages name."""
    found = [(info.scheme, info.target) for info in plugins.backends().values()]
    found += [
        (info.name, target) for info in plugins.gateways().values() for target in (info.target, info.prepare) if target
    ]
    for dialect in plugins.dialects().values():
        found += [(dialect.name, target) for target in (dialect.actions, dialect.webhooks) if target]
    return found


def test_the_in_tree_packages_are_found() -> None:
    assert {"sqlite", "shotgrid", "ayon"} <= set(plugins.backends())
    assert {"shotgrid", "ayon"} <= set(plugins.gateways())
    for info in plugins.backends().values():
        assert info.title


@pytest.mark.parametrize(("name", "target"), targets())
def test_every_hooks_target_resolves(name: str, target: str) -> None:
    """Classes and factories named by string are invisible to the type checker and to the import contracts."""
    module, mark, attribute = target.partition(":")
    assert mark == ":"
    assert callable(getattr(importlib.import_module(module), attribute))


@pytest.mark.parametrize("scheme", sorted(plugins.backends()))
def test_every_backend_is_one_and_can_be_opened(scheme: str) -> None:
    made = plugins.load(plugins.find_backend(scheme))
    assert issubclass(made, Backend)
    assert made.scheme == scheme
    assert made.title
    assert callable(made.open)
    assert not made.__abstractmethods__


def test_an_unknown_scheme_names_the_nearest_or_the_package(installed: list[Any]) -> None:
    installed.append(point("x", BackendInfo("shotgrid", "ShotGrid", "x:Y")))
    with pytest.raises(UnknownSchemeError, match="'shotgrid'"):
        plugins.find_backend("shotgird")
    with pytest.raises(UnknownSchemeError, match="pip install trackerkit-ftrack"):
        plugins.find_backend("ftrack")
    with pytest.raises(UnknownSchemeError, match="there are none"):
        plugins.find_gateway("shotgrid")


def test_a_strangers_package_is_found_like_ours(installed: list[Any]) -> None:
    installed += [point("b", BackendInfo("csv", "CSV", "x:Y")), point("a", GatewayInfo("kitsu", "Kitsu", "x:make"))]
    assert set(plugins.backends()) == {"csv"}
    assert set(plugins.gateways()) == {"kitsu"}
    assert plugins.dialects() == {}


def test_a_package_found_twice_counts_once(installed: list[Any]) -> None:
    installed += [point("a", BackendInfo("csv", "CSV", "x:Y")), point("a", BackendInfo("csv", "CSV", "x:Y"))]
    assert list(plugins.backends()) == ["csv"]


def test_what_needs_an_extra_says_which() -> None:
    info = BackendInfo("x", "X tracker", "tests_no_such_module_a.b:C", extra="ayon")
    with pytest.raises(MissingExtraError, match="X tracker needs"):
        plugins.load(info)
    with pytest.raises(MissingExtraError, match=r"pip install 'trackerkit\[ayon\]'"):
        plugins.load(info)


def test_a_module_that_is_simply_not_there_is_a_bug_of_its_package() -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        plugins.load(BackendInfo("x", "X", "tests_no_such_module:C"))
    assert not isinstance(caught.value, MissingExtraError)


def test_infos_are_values() -> None:
    assert BackendInfo("a", "A", "m:C") == BackendInfo("a", "A", "m:C")
    assert DialectInfo("a").actions == ""


def test_a_package_that_cannot_be_loaded_leaves_the_others_alone(
    installed: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Any:
        raise ModuleNotFoundError("No module named 'trackerkit_csv'")

    installed.append(point("good", BackendInfo("good", "Good", "good:Backend")))
    installed.append(SimpleNamespace(name="csv", load=fail))
    assert set(plugins.backends()) == {"good"}
    assert plugins.broken() == {"csv": "ModuleNotFoundError: No module named 'trackerkit_csv'"}
    assert "the package of csv cannot be loaded" in caplog.text
    with pytest.raises(UnknownSchemeError, match="csv:// is installed and cannot be loaded: ModuleNotFoundError"):
        plugins.find_backend("csv")
