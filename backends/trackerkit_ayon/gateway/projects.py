"""Projects: listed, made with AYON's anatomy, changed, deleted; their anatomy and what is counted in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import Route

from trackerkit.filters import Condition
from trackerkit.values import Ref
from trackerkit_ayon.gateway.anatomy import (
    TYPED,
    completed,
    config,
    link_types,
    primary,
    renamed,
    shown_anatomy,
    shown_items,
    with_project,
)
from trackerkit_ayon.gateway.conditions import is_like
from trackerkit_ayon.gateway.definitions import apply_anatomy, check_left
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.homes import Home, every_home, find_home, shown_names
from trackerkit_ayon.gateway.presets import primary_of
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.gateway.users import welcome_users
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.rows import Rows

_COUNTED: Final = {
    "folders": "Folder", "products": "Product", "versions": "Version", "representations": "File", "tasks": "Task",
}  # fmt: skip
_KEPT: Final = ("library", "skeleton", "color", "projectFolder")


def routes(gate: Gate) -> list[Route]:
    """The routes of projects."""
    one = "/api/projects/{project_name}"
    return [
        api(gate, "GET", "/api/projects", list_projects),
        api(gate, "POST", "/api/projects", deploy_project, status=201, need="manager"),
        api(gate, "GET", one, get_project),
        api(gate, "PUT", one, put_project, status=201, need="manager"),
        api(gate, "PATCH", one, patch_project, status=204, need="manager"),
        api(gate, "DELETE", one, delete_project, status=204, body=False, need="manager"),
        api(gate, "POST", f"{one}/rename", rename_project, status=204, need="manager"),
        api(gate, "PUT", f"{one}/roots/{{site_id}}", put_roots, status=204),
        api(gate, "GET", f"{one}/productTypes", product_types),
        api(gate, "GET", f"{one}/anatomy", get_anatomy),
        api(gate, "POST", f"{one}/anatomy", post_anatomy, status=204, need="manager"),
        api(gate, "GET", f"{one}/stats", get_stats),
        api(gate, "GET", f"{one}/roots", project_roots),
        api(gate, "GET", f"{one}/siteRoots", site_roots),
        api(gate, "GET", f"{one}/tags", get_tags),
    ]


# ---- reading


def list_projects(ask: Ask) -> Any:
    """Projects in short, active ones first."""
    homes = every_home(ask.site)
    shown = [_short(home) for home in homes if _is_wanted(ask, home)]
    order = ask.query("order")
    if order in ("name", "createdAt", "updatedAt"):
        shown.sort(key=lambda item: item[order] or "", reverse=ask.flag("desc"))
    count = len(shown)
    length = int(ask.query("length")) if ask.query("length").isdecimal() else None
    page = int(ask.query("page")) if ask.query("page").isdecimal() else 1
    if length:
        shown = shown[(page - 1) * length : page * length]
    return {"detail": f"Showing {len(shown)} of {count} projects", "count": count, "projects": shown}


def _is_wanted(ask: Ask, home: Home) -> bool:
    for name, value in (("library", bool(home.document.get("library"))), ("active", home.is_active)):
        if ask.query(name) and ask.flag(name) != value:
            return False
    return not ask.query("name") or is_like(home.name, ask.query("name"))


def _short(home: Home) -> dict[str, Any]:
    node = home.node()
    return {
        "name": home.name, "code": code_of(home), "label": node.get("label"), "color": home.document.get("color"),
        "active": home.is_active, "library": bool(home.document.get("library")),
        "skeleton": bool(home.document.get("skeleton")), "pinned": False,
        "projectFolder": home.document.get("projectFolder"), "createdAt": node.get("createdAt"),
        "updatedAt": node.get("updatedAt"),
    }  # fmt: skip


def code_of(home: Home) -> str:
    """A project's code; what was made elsewhere may have none."""
    return _code(home.record.get("code"), home.name)


def _code(given: Any, name: str) -> str:
    return str(given) if given else re.sub(r"[^a-zA-Z0-9_]", "", name)[:10].lower() or "prj"


def shown_project(home: Home) -> dict[str, Any]:
    """A project as REST gives it."""
    node, anatomy = home.node(), home.anatomy
    attrib = {key: value for key, value in node["attrib"].items() if value is not None}
    made = {
        "name": home.name, "code": code_of(home), "label": node.get("label"), "library": bool(home.document.get("library")),
        **{key: shown_items(name, anatomy[name]) for name, key in TYPED.items()}, "linkTypes": link_types(anatomy),
        "config": config(anatomy), "attrib": attrib, "data": home.document.get("data") or {}, "active": home.is_active,
        "ownAttrib": list(attrib), "createdAt": node.get("createdAt"), "updatedAt": node.get("updatedAt"),
    }  # fmt: skip
    return {key: value for key, value in made.items() if value is not None}


def get_project(ask: Ask) -> Any:
    """One project, whole."""
    return shown_project(ask.home)


def get_anatomy(ask: Ask) -> Any:
    """A project's anatomy."""
    return shown_anatomy(ask.home.anatomy)


def get_tags(ask: Ask) -> Any:
    """The tags that entities of a project have."""
    return {"tags": used_tags(ask.home)}


def get_stats(ask: Ask) -> Any:
    """How many entities a project has."""
    tracker, home = ask.site.tracker, ask.home
    parts: dict[str, Any] = {"project": home.ref, "state": "all", "archived": True}
    return {"counts": {name: tracker.count(base, **parts) for name, base in _COUNTED.items()}}


def used_tags(home: Home) -> list[str]:
    """The tags that entities of a project have."""
    found: set[str] = set()
    for base in ("Folder", "Task", "Version"):
        rows = home.site.tracker.find(base, ~Condition("tags", "is", None), fields=["tags"], project=home.ref)
        found.update(tag for item in rows for tag in item["tags"] or ())
    return sorted(found)


def project_roots(ask: Ask) -> Any:
    """The roots that the caller set for machines of their own."""
    found: dict[str, Any] = (ask.home.document.get("own_roots") or {}).get(ask.site.login) or {}
    return found


def put_roots(ask: Ask) -> None:
    """Set the roots of a machine for the caller; those of the project count for the others."""
    home, site_id = ask.home, ask.path("site_id")
    known = {item["name"] for item in home.anatomy["roots"]}
    if not isinstance(ask.body, Mapping) or not all(isinstance(value, str) for value in ask.body.values()):
        raise Fault(400, "Roots are a dict of paths by name", "bad-request")
    if set(ask.body) - known:
        raise Fault(400, f"Root {min(set(ask.body) - known)} is not defined in the project", "bad-request")
    every = dict(home.document.get("own_roots") or {})
    every[ask.site.login] = {**(every.get(ask.site.login) or {}), site_id[:100]: dict(ask.body)}
    home.document["own_roots"] = every
    home.keep()


def product_types(ask: Ask) -> Any:
    """The base types of products that a project defines, as the types to choose from."""
    given = ask.home.anatomy.get("product_base_types") or {}
    default = {"color": "#cccccc", "icon": "deployed_code", **(given.get("default") or {})}
    known = [{**default, **item, "baseType": item["name"]} for item in given.get("definitions") or ()]
    return {"productTypes": known, "default": default}


def rename_project(ask: Ask) -> None:
    """Give a project another name, and another code where one is given."""
    body, home, site = ask.model("project_rename"), ask.home, ask.site
    with site.shared.lock(site.site, ""):
        _refuse_taken(site, body["name"], body.get("code") or "", without=home.ref)
        values = {"name": body["name"], **({"code": body["code"]} if body.get("code") else {})}
        known = site.schema.type("Project").fields
        site.tracker.update(home.ref, **{name: value for name, value in values.items() if name in known})


def site_roots(ask: Ask) -> Any:
    """The roots of a platform."""
    platform = ask.query("platform") or ask.request.headers.get("x-ayon-platform", "") * bool(ask.query("site_id"))
    site = ask.request.headers.get("x-ayon-site-id")
    if platform not in ("windows", "linux", "darwin") and not site:
        raise Fault(400, "Either site_id or platform must be provided", "bad-request")
    chosen = platform or ask.request.headers.get("x-ayon-platform") or "linux"
    own = project_roots(ask).get(site or ask.query("site_id")) or {}
    return {item["name"]: own.get(item["name"]) or item.get(chosen) or "" for item in ask.home.anatomy["roots"]}


# ---- writing


def _refuse_taken(site: Site, name: str, code: str, without: Ref | None = None) -> None:
    codes = {}
    if "code" in site.schema.type("Project").fields:
        rows = site.tracker.find("Project", fields=["code"], state="all", archived=True)
        codes = {item.ref: item["code"] for item in rows}
    for ref, known in shown_names(site).items():
        if ref == without:
            continue
        other = _code(codes.get(ref), known)
        if known.lower() == name.lower() or (code and other.lower() == code.lower()):
            raise Fault(409, f"Project {known} ({other}) already exists", "conflict")


def make_project(site: Site, name: str, code: str, values: Mapping[str, Any], document: Mapping[str, Any]) -> Home:
    """A project of the tracker, with AYON's document of it."""
    known = site.schema.type("Project").fields
    given = {key: value for key, value in values.items() if key in known and value is not None}
    site.tracker.create("Project", **{**given, "name": name, **({"code": code} if "code" in known else {})})
    home = find_home(site, name)
    home.document.update(document)
    return home


def _attributes(site: Site, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A project's attributes as neutral values; those that only AYON has get a field."""
    for name in attributes:
        covered = {place.key for place in _rows(site).places.values() if place.home == "attrib"}
        if name not in covered and attributes[name] is not None:
            site.ensure_attribute("Project", name)
    values, _ = _rows(site).values({"attrib": dict(attributes)})
    return values


def _rows(site: Site) -> Rows:
    return Rows(site.catalog.view("Project"), Context(site.site))


def deploy_project(ask: Ask) -> None:
    """Make a project with an anatomy: the client's, or AYON's own."""
    body = ask.model("deploy", attributes=ask.site.catalog.scope("project"))
    site, name, code = ask.site, body["name"], body["code"]
    with site.shared.lock(site.site, ""):
        _refuse_taken(site, name, code)
        given = body.get("anatomy") or {}
        anatomy = completed({**primary_of(site), **{key: item for key, item in given.items() if item is not None}})
        values = {**_attributes(site, anatomy["attributes"]), "label": body.get("label")}
        document = {"library": bool(body.get("library")), "data": body.get("data") or {}}
        home = make_project(site, name, code, values, document)
        apply_anatomy(home, anatomy, {})
        if body.get("assignUsers") is not False:
            welcome_users(site, name)


def _check_config(config: Mapping[str, Any] | None) -> None:
    """Refuse roots and templates that are no dicts of dicts.

    Raises:
        Fault: 400.
    """
    given = config or {}
    templates = _dict(given.get("templates"))
    for name in ("productBaseTypes", "entityNaming"):
        _dict(given.get(name))
    _dict(templates.get("common"))
    for group in (given.get("roots"), *(templates[name] for name in templates if name != "common")):
        for item in _dict(group).values():
            _dict(item)


def _dict(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, (Mapping, type(None))):
        raise Fault(400, "Invalid config: roots and templates are dicts", "bad-request")
    return value or {}


def put_project(ask: Ask) -> None:
    """Make a project, with the definitions that the body holds and no others."""
    name = ask.path("project_name")
    body = ask.model("project", attributes=ask.site.catalog.scope("project"))
    _check_config(body.get("config"))
    site = ask.site
    with site.shared.lock(site.site, ""):
        _refuse_taken(site, name, body["code"])
        empty = {**primary(), **{key: [] for key in TYPED}, "link_types": []}
        values = {**_attributes(site, body.get("attrib") or {}), "label": body.get("label")}
        document = {"library": bool(body.get("library")), "data": body.get("data") or {}}
        home = make_project(site, name, body["code"], values, document)
        apply_anatomy(home, with_project(empty, body), {})


def patch_project(ask: Ask) -> None:
    """Change a project."""
    home, site = ask.home, ask.site
    body = ask.model("project", attributes=site.catalog.scope("project"), partial=True)
    _check_config(body.get("config"))
    values = _attributes(site, body.get("attrib") or {})
    for name in ("label", "code"):
        if name in body:
            values[name] = body[name]
    known = site.schema.type("Project").fields
    values = {name: value for name, value in values.items() if name in known}
    _patch_document(home, body)
    if values:
        site.tracker.update(home.ref, **values)
    if body.get("active") is not None and body["active"] != home.is_active:
        _activate(home) if body["active"] else site.tracker.delete(home.ref)


def _activate(home: Home) -> None:
    """Bring back a project that was retired, or archived: to AYON the two are one."""
    home.site.tracker.restore(home.ref)
    if home.record.get("archived"):
        home.site.tracker.update(home.ref, archived=False)


def _patch_document(home: Home, body: Mapping[str, Any]) -> None:
    before = dict(home.document)
    if body.get("data") is not None:
        merged = {**(home.document.get("data") or {}), **body["data"]}
        home.document["data"] = {key: value for key, value in merged.items() if value is not None}
    home.document.update({key: body[key] for key in _KEPT if body.get(key) is not None})
    if any(body.get(key) is not None for key in (*TYPED.values(), "linkTypes", "config")):
        anatomy = with_project(home.anatomy, body)
        renames = {name: renamed(body, key) for name, key in TYPED.items()}
        check_left(home, anatomy, renames)
        apply_anatomy(home, anatomy, renames)
    elif home.document != before:
        home.keep()


def post_anatomy(ask: Ask) -> None:
    """Another anatomy; its attributes are the project's own values."""
    home, site = ask.home, ask.site
    body = ask.model("anatomy", attributes=site.catalog.scope("project"))
    anatomy = completed(body)
    if home.anatomy.get("config"):
        anatomy["config"] = home.anatomy["config"]
    renames = {name: renamed(body, name) for name in TYPED}
    check_left(home, anatomy, renames)
    values = _attributes(site, anatomy["attributes"]) if body.get("attributes") is not None else {}
    known = site.schema.type("Project").fields
    values = {name: value for name, value in values.items() if name in known and home.record.get(name) != value}
    if values:
        site.tracker.update(home.ref, **values)
    apply_anatomy(home, anatomy, renames)


def delete_project(ask: Ask) -> None:
    """Delete a project with everything in it."""
    home, site = ask.home, ask.site
    site.tracker.delete(home.ref, permanent=True, recursive=True)
    site.state.delete_document(site.space, home.key)
