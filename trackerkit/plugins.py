"""Finds the packages that teach trackerkit a tracker: pluggy over one entry-point group."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module, metadata
from typing import Any, Final, TypeVar

import pluggy

from trackerkit import hookspecs
from trackerkit.errors import MissingExtraError, UnknownSchemeError, did_you_mean
from trackerkit.hookspecs import BackendInfo, DialectInfo, GatewayInfo
from trackerkit.secrets import get_logger

GROUP: Final = "trackerkit"
_log = get_logger("trackerkit.plugins")
_broken: dict[str, str] = {}
Info = TypeVar("Info", BackendInfo, GatewayInfo, DialectInfo)


@lru_cache(maxsize=1)
def manager() -> pluggy.PluginManager:
    """The plugin manager with every installed package registered."""
    made = pluggy.PluginManager("trackerkit")
    made.add_hookspecs(hookspecs)
    _broken.clear()
    for point in sorted(_entry_points(), key=lambda item: item.name):
        if made.has_plugin(point.name):
            continue
        try:
            made.register(point.load(), name=point.name)
        except Exception as error:  # noqa: BLE001 - a stranger's package, which may fail in any way at import
            _broken[point.name] = f"{type(error).__name__}: {error}"
            _log.warning("the package of %s cannot be loaded: %s", point.name, _broken[point.name])
    return made


def broken() -> dict[str, str]:
    """The installed packages that cannot be loaded: the name of the entry point and what went wrong."""
    manager()
    return dict(_broken)


def _entry_points() -> Any:
    return metadata.entry_points(group=GROUP)


def backends() -> dict[str, BackendInfo]:
    """Every installed backend by scheme. Loads none of them."""
    return {info.scheme: info for infos in manager().hook.trackerkit_backends() for info in infos}


def gateways() -> dict[str, GatewayInfo]:
    """Every installed gateway by name. Loads none of them."""
    return {info.name: info for infos in manager().hook.trackerkit_gateways() for info in infos}


def dialects() -> dict[str, DialectInfo]:
    """Every installed dialect by name. Loads none of them."""
    return {info.name: info for infos in manager().hook.trackerkit_dialects() for info in infos}


def find_backend(scheme: str) -> BackendInfo:
    """The backend of a scheme.

    Raises:
        UnknownSchemeError: when none is installed; the hint names what is, or the package to install.
    """
    known = backends()
    if scheme in known:
        return known[scheme]
    if scheme in broken():
        raise UnknownSchemeError(
            f"the backend for {scheme}:// is installed and cannot be loaded: {broken()[scheme]}",
            hint="install its package again",
        )
    hint = did_you_mean(scheme, list(known)) or (
        f"installed: {', '.join(sorted(known)) or 'none'}; install the package that has it (by custom "
        f"pip install trackerkit-{scheme})"
    )
    raise UnknownSchemeError(f"no backend is installed for {scheme}://", hint=hint)


def find_gateway(name: str) -> GatewayInfo:
    """The gateway of a name.

    Raises:
        UnknownSchemeError: when none is installed.
    """
    known = gateways()
    if name in known:
        return known[name]
    raise UnknownSchemeError(f"no gateway is called {name!r}", hint=f"there are {', '.join(sorted(known)) or 'none'}")


def load(info: BackendInfo | GatewayInfo, target: str = "") -> Any:
    """What an info's ``target`` names, or another ``module:name`` of the same package.

    Raises:
        MissingExtraError: when a package that it needs is not installed.
    """
    module, _, name = (target or info.target).partition(":")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name == module or not info.extra:
            raise
        wanted = f"{info.distribution}[{info.extra}]"
        raise MissingExtraError(
            f"{info.title} needs the package {error.name}", hint=f"pip install '{wanted}'"
        ) from error
