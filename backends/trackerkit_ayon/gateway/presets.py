"""Anatomies that a studio keeps to begin projects with, in the gateway's state; one of them may be what new projects get."""

from __future__ import annotations

from typing import Any, Final

from starlette.routing import Route

from trackerkit_ayon.gateway.anatomy import Anatomy, completed, primary, shown_anatomy
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.site import Site

_VERSION: Final = "1.0.0"
_BUILTIN: Final = ("__builtin__", "_")
_PRIMARY: Final = "__primary__"
_KEY: Final = "preset "
_LONGEST: Final = 150


def routes(gate: Gate) -> list[Route]:
    """The routes of presets."""
    one = "/api/anatomy/presets/{preset_name}"
    return [
        api(gate, "GET", "/api/anatomy/presets", list_presets),
        api(gate, "GET", one, get_preset),
        api(gate, "PUT", one, put_preset, status=204, need="manager"),
        api(gate, "DELETE", one, delete_preset, body=False, status=204, need="manager"),
        api(gate, "POST", f"{one}/primary", set_primary, body=False, status=204, need="manager"),
        api(gate, "DELETE", f"{one}/primary", unset_primary, body=False, status=204, need="manager"),
        api(gate, "POST", f"{one}/rename", rename_preset, status=204, need="manager"),
    ]


def primary_of(site: Site) -> Anatomy:
    """The anatomy of a new project: a studio's own, or AYON's."""
    for kept in _kept(site).values():
        if kept["primary"]:
            return completed(kept["anatomy"])
    return primary()


def _kept(site: Site) -> dict[str, Any]:
    found = site.state.list_documents(site.space, _KEY)
    return {key.removeprefix(_KEY): value for key, value in sorted(found.items())}


def _one(ask: Ask) -> tuple[str, dict[str, Any]]:
    name = ask.path("preset_name")
    found = _kept(ask.site).get(name)
    if found is None:
        raise Fault(404, f"Anatomy preset {name} not found.", "not-found")
    return name, found


def _keep(site: Site, name: str, kept: Any) -> None:
    if not 0 < len(name) <= _LONGEST:
        raise Fault(400, f"The name of an anatomy preset has 1 to {_LONGEST} characters", "bad-request")
    site.state.put_document(site.space, f"{_KEY}{name}", kept)


def list_presets(ask: Ask) -> Any:
    """The anatomies that a studio keeps."""
    kept = _kept(ask.site)
    shown = [{"name": name, "primary": item["primary"], "version": _VERSION} for name, item in kept.items()]
    return {"version": _VERSION, "presets": shown}


def get_preset(ask: Ask) -> Any:
    """An anatomy to begin with: AYON's own, the primary one or one of a name."""
    name = ask.path("preset_name")
    if name in _BUILTIN:
        return shown_anatomy(primary())
    return shown_anatomy(primary_of(ask.site) if name == _PRIMARY else completed(_one(ask)[1]["anatomy"]))


def put_preset(ask: Ask) -> None:
    """Keep an anatomy, or another one under its name."""
    name, site = ask.path("preset_name"), ask.site
    if name in (*_BUILTIN, _PRIMARY):
        raise Fault(400, f"Cannot update the preset {name}.", "bad-request")
    given = ask.model("anatomy", attributes=site.catalog.scope("project"))
    before = _kept(site).get(name) or {"primary": False}
    _keep(site, name, {"anatomy": completed(given), "primary": before["primary"]})


def delete_preset(ask: Ask) -> None:
    """Forget an anatomy."""
    ask.site.state.delete_document(ask.site.space, f"{_KEY}{ask.path('preset_name')}"[:200])


def set_primary(ask: Ask) -> None:
    """Make an anatomy that of new projects; ``_`` for AYON's own."""
    chosen = ask.path("preset_name")
    for name, kept in _kept(ask.site).items():
        if kept["primary"] != (name == chosen):
            _keep(ask.site, name, {**kept, "primary": name == chosen})


def unset_primary(ask: Ask) -> None:
    """New projects get AYON's own anatomy again."""
    name = ask.path("preset_name")
    kept = _kept(ask.site).get(name)
    if kept is not None:
        _keep(ask.site, name, {**kept, "primary": False})


def rename_preset(ask: Ask) -> None:
    """Another name for an anatomy."""
    _, kept = _one(ask)
    _keep(ask.site, ask.model("preset_rename")["name"], kept)
    delete_preset(ask)
