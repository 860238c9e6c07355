"""The description of this API, made of its routes and models: as OpenAPI for clients, as a page for people."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from trackerkit_ayon.gateway.attributes import Attribute
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.models import MODELS, PROJECT_NAME, Part, model, snake

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ENTITIES: Final = ("folder", "task", "product", "version", "representation", "workfile")

BODIES: Final[Mapping[str, str]] = {
    **{f"{verb}_{native}": native for verb in ("post", "patch") for native in _ENTITIES},
    "put_secret": "secret", "put_preset": "anatomy", "rename_preset": "preset_rename", "put_attributes": "attributes",
    "patch_attribute": "attribute", "patch_key": "api_key",
    "deploy_project": "deploy", "put_project": "project", "patch_project": "project", "post_anatomy": "anatomy",
    "put_user": "user", "patch_user": "user", "change_password": "password", "check_password": "check_password",
    "add_key": "api_key", "put_group": "permissions", "assign_groups": "assign_groups", "login": "login",
    "put_attribute": "attribute", "require_restart": "restart", "operations": "operations", "start_background": "operations",
    "post_event": "event", "patch_event": "event_change", "operate": "event_operation", "enroll": "enroll",
    "post_activity": "activity", "patch_activity": "activity_change", "post_reaction": "reaction", "post_watchers": "watchers",
    "post_list": "list", "patch_list": "list", "post_item": "list_item", "patch_item": "list_item", "post_link": "link",
    "put_type": "link_type", "assign": "assign", "resolve": "resolve", "get_uris": "uris",
    **{f"{verb}_{kind}_folder": "shelf" for verb in ("post", "patch") for kind in ("project", "list")},
    **{f"order_{kind}_folders": "order" for kind in ("project", "list")}, "assign_projects": "assign_projects",
    "manage_inbox": "inbox", "suggest": "suggest", "context_filter": "context_filter", "rename_project": "project_rename",
    "rename_user": "user_rename",
}  # fmt: skip
"""The model of the body that each work takes."""

_COMPONENTS: Final[Mapping[str, str]] = {
    "deploy": "DeployProjectRequestModel", "anatomy": "Anatomy", "user": "UserPatchModel", "login": "LoginRequestModel",
    "password": "ChangePasswordRequestModel", "check_password": "CheckPasswordRequestModel", "api_key": "ApiKeyPostModel",
    "permissions": "Permissions", "assign_groups": "AssignAccessGroupsRequestModel", "restart": "RestartRequiredModel",
    "operations": "OperationsRequestModel", "event": "DispatchEventRequestModel", "event_change": "UpdateEventRequestModel",
    "event_operation": "EventOperationModel", "enroll": "EnrollRequestModel", "activity": "ProjectActivityPostModel",
    "activity_change": "ActivityPatchModel", "reaction": "CreateReactionModel", "watchers": "WatchersModel",
    "list": "EntityListPostModel", "list_item": "EntityListItemPostModel", "link": "CreateLinkRequestModel",
    "link_type": "CreateLinkTypeRequestModel", "assign": "AssignUsersRequestModel", "resolve": "ResolveRequestModel",
    "uris": "GetUrisRequest", "attribute": "AttributePutModel", "project": "ProjectPatchModel",
    "shelf": "EntityListFolderPostModel", "order": "EntityListFolderOrderModel", "assign_projects": "AssignProjectRequest",
    "inbox": "ManageInboxItemRequest", "suggest": "SuggestRequest", "context_filter": "LookupRequestModel",
    "project_rename": "RenameProjectRequestModel",
    "user_rename": "ChangeUserNameRequestModel",
    **{native: f"{native.capitalize()}PostModel" for native in _ENTITIES},
}  # fmt: skip
"""AYON's names of the models, where it has one."""

_KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "str": {"type": "string"}, "int": {"type": "integer"}, "float": {"type": "number"}, "bool": {"type": "boolean"},
    "dict": {"type": "object"}, "datetime": {"type": "string", "format": "date-time"},
    "texts": {"type": "array", "items": {"type": "string"}}, "dicts": {"type": "array", "items": {"type": "object"}},
    "files": {"type": "array", "items": {"type": "object"}}, "operations": {"type": "array", "items": {"type": "object"}},
    "any": {},
}  # fmt: skip
_OWNERS: Final = (*_ENTITIES, "project", "user")


def described(gate: Gate, version: str, routes: Callable[[], Sequence[BaseRoute]]) -> list[Route]:
    """The routes of the description.

    Args:
        gate: what all routes share.
        version: of the server.
        routes: gives every route, when all are made.
    """

    def openapi(ask: Ask) -> Any:
        if not ask.is_known:
            raise Fault(403, "You must be logged in to access OpenAPI schema", "forbidden")
        return document(routes(), version, ask.site.catalog.attributes)

    def page(ask: Ask) -> Any:
        return HTMLResponse(as_page(document(routes(), version, ()), version))

    return [
        api(gate, "GET", "/openapi.json", openapi, is_open=True),
        api(gate, "GET", "/docs", page, is_open=True),
    ]


# ---- the document


def document(routes: Sequence[BaseRoute], version: str, attributes: Sequence[Attribute]) -> dict[str, Any]:
    """The whole description.

    Args:
        routes: of the application; those below ``/api`` are described.
        version: of the server.
        attributes: of the site.
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        if isinstance(route, Route) and route.path.startswith(("/api/", "/graphql")):
            for method in sorted(set(route.methods or ()) & set(_METHODS)):
                paths.setdefault(route.path, {})[method.lower()] = _operation(route, method)
    info = {"title": "Ayon server", "description": "AYON's API over another tracker, by trackerkit", "version": version}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas(attributes)}}


def _operation(route: Route, method: str) -> dict[str, Any]:
    name = route.endpoint.__name__
    text = (route.endpoint.__doc__ or "").strip()
    made: dict[str, Any] = {
        "summary": text.partition("\n")[0] or _words(name), "operationId": f"{name}_{method.lower()}_{_slug(route.path)}",
        "parameters": [_parameter(part) for part in re.findall(r"{(\w+)}", route.path)],
        "responses": {"200": {"description": "Successful Response"}, "400": {"description": "Validation Error"}},
    }  # fmt: skip
    body = BODIES.get(name)
    if body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": _link(body)}}}
    return made


def _words(name: str) -> str:
    return name.strip("<>_").replace("_", " ").capitalize()


def _slug(path: str) -> str:
    return re.sub(r"\W+", "_", path).strip("_")


def _parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string", **({"pattern": PROJECT_NAME} if name == "project_name" else {})}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def component(name: str) -> str:
    """AYON's name of a model, or one like AYON's."""
    return _COMPONENTS.get(name) or "".join(part.capitalize() for part in name.split("_")) + "Model"


def _link(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{component(name)}"}


def schemas(attributes: Sequence[Attribute]) -> dict[str, Any]:
    """The models, and the attributes of each type, by AYON's names."""
    made = {component(name): _schema(name) for name in MODELS}
    for owner in _OWNERS:
        mine = {item["name"]: _attribute(item) for item in attributes if owner in item["scope"]}
        made[f"{owner.capitalize()}AttribModel"] = {"type": "object", "properties": mine}
    return made


def _schema(name: str) -> dict[str, Any]:
    parts = {part.name: part for part in model(name).values()}
    made: dict[str, Any] = {"type": "object", "title": component(name)}
    made["properties"] = {key: _property(name, part) for key, part in parts.items()}
    required = [key for key, part in parts.items() if part.required]
    return {**made, "required": required} if required else made


def _property(owner: str, part: Part) -> dict[str, Any]:
    if part.kind == "attrib":
        known = owner if owner in _OWNERS else "project"
        return {"$ref": f"#/components/schemas/{known.capitalize()}AttribModel"}
    if part.kind[0] in "{[":
        link = _link(part.kind[1:-1])
        return {"type": "array", "items": link} if part.kind[0] == "[" else link
    return {
        **_KINDS[part.kind],
        "title": _words(snake(part.name)),
        **({"pattern": part.pattern} if part.pattern else {}),
    }


def _attribute(item: Attribute) -> dict[str, Any]:
    data = item["data"]
    kinds = {
        "string": "str", "integer": "int", "float": "float", "boolean": "bool", "datetime": "datetime", "dict": "dict",
        "list_of_strings": "texts",
    }  # fmt: skip
    return {**_KINDS[kinds.get(str(data.get("type", "string")), "any")], "title": data.get("title") or item["name"]}


# ---- the page


def as_page(found: Mapping[str, Any], version: str) -> str:
    """The description as a page that needs nothing from elsewhere."""
    rows = []
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            cells = (method.upper(), path, operation["summary"])
            rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Ayon server</title></head><body>'
        f"<h1>Ayon server {html.escape(version)}</h1><p>AYON's API over another tracker. The same for programs: "
        '<a href="/openapi.json">openapi.json</a>; GraphQL at <code>/graphql</code>, events at <code>/ws</code>.</p>'
        f"<table><tbody>{''.join(rows)}</tbody></table></body></html>"
    )
