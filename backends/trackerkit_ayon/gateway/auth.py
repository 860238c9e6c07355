"""Logging in and out, what the server says of itself, and its attributes."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import Route

from trackerkit.errors import AuthenticationError
from trackerkit.gateway.home import home_routes
from trackerkit.gateway.sessions import Caller, Credential, ThrottledError
from trackerkit_ayon.gateway.attributes import short, shown
from trackerkit_ayon.gateway.check import checked
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import MISSING, Ask, Gate, Work, api, presented, source_of
from trackerkit_ayon.gateway.home import about
from trackerkit_ayon.gateway.models import ATTRIBUTE_NAME
from trackerkit_ayon.gateway.users import me, shown_user
from trackerkit_ayon.schema import SCOPES

VERSION: Final = "1.16.0+trackerkit"
"""The version of AYON whose language this server speaks."""


def routes(gate: Gate) -> list[Route]:
    """The routes of logins and of the server itself."""
    return [
        *home_routes(about(VERSION), gate.callers, gate.state),
        api(gate, "GET", "/api/info", get_info, is_open=True),
        api(gate, "POST", "/api/auth/login", login, is_open=True),
        api(gate, "POST", "/api/auth/logout", logout, body=False),
        api(gate, "GET", "/api/attributes", list_attributes),
        api(gate, "GET", "/api/attributes/{attribute_name}", get_attribute),
        api(gate, "PUT", "/api/attributes", put_attributes, status=204, need="admin"),
        api(gate, "PUT", "/api/attributes/{attribute_name}", put_attribute, status=204, need="admin"),
        api(gate, "PATCH", "/api/attributes/{attribute_name}", patch_attribute, status=204, need="admin"),
        api(gate, "DELETE", "/api/attributes/{attribute_name}", delete_attribute, status=204, body=False, need="admin"),
        api(gate, "GET", "/api/system/restartRequired", restart_required),
        api(gate, "POST", "/api/system/restartRequired", require_restart, status=204, need="admin"),
        api(gate, "POST", "/api/system/restart", restart, body=False, need="admin"),
        api(gate, "GET", "/api/addons", addons),
        api(gate, "GET", "/api/bundles", bundles),
        api(gate, "GET", "/api/settings", settings),
        *(api(gate, "GET", path, _nothing(value)) for path, value in _NONE.items()),
        api(gate, "POST", "/api/actions/list", _nothing({"actions": []})),
    ]


_NONE: Final[Mapping[str, Any]] = {
    "/api/services": {"services": []}, "/api/hosts": {"hosts": []}, "/api/system/sites": [],
    "/api/desktop/installers": {"installers": []}, "/api/desktop/dependencyPackages": {"packages": []},
}  # fmt: skip
"""What belongs to addons and machines: there is nothing of it here, and nothing can be put there."""


def _nothing(value: Any) -> Work:
    def list_nothing(ask: Ask) -> Any:
        """There are none."""
        return value

    return list_nothing


def settings(ask: Ask) -> Any:
    """Settings belong to a bundle of addons, of which there is none.

    Raises:
        Fault: 404.
    """
    raise Fault(404, "Bundle not found", "not-found")


def restart_required(ask: Ask) -> Any:
    """Nothing here needs a restart to take effect; what a client asked for is told."""
    return ask.gate.state.get_document(ask.site.space, "restart") or {"required": False, "reason": None}


def require_restart(ask: Ask) -> None:
    """Keep that a client wants a restart."""
    body = ask.model("restart", partial=True)
    said = {"required": bool(body.get("required", True)), "reason": body.get("reason")}
    ask.gate.state.put_document(ask.site.space, "restart", said)


def restart(ask: Ask) -> None:
    """A gateway is restarted by whoever runs it.

    Raises:
        Fault: 501.
    """
    raise Fault(501, "This server is not restarted by its clients, and needs no restart", "not-implemented")


def addons(ask: Ask) -> Any:
    """There are none."""
    return {"addons": []}


def bundles(ask: Ask) -> Any:
    """There are no addons, hence no bundles."""
    return {"bundles": [], "productionBundle": None, "stagingBundle": None, "devBundles": []}


def get_info(ask: Ask) -> Any:
    """What the server says of itself: little to everyone, the attributes to those it knows."""
    public = {"version": VERSION, "uptime": float(int(time.monotonic() - ask.gate.started))}
    flags = {"disableFeedback": True, "offlineMode": True}
    if not ask.is_known:
        return {**public, **flags}
    attributes = [short(item) for item in ask.site.catalog.attributes]
    user = {key: value for key, value in shown_user(me(ask.site)).items() if key != "uiExposureLevel"}
    return {
        **public, "user": user, "attributes": attributes, "sites": [], "ssoOptions": [],
        "frontendFlags": [], "extras": "", "disableChangelog": True, **flags,
    }  # fmt: skip


def login(ask: Ask) -> Any:
    """A token for a name and a password."""
    body = ask.model("login")
    source = source_of(ask.request)
    credential = Credential("login", body["name"], body["password"], source=source)
    try:
        caller = ask.gate.callers.verify(credential)
    except ThrottledError:
        raise Fault(403, "Too many failed login attempts", "forbidden") from None
    except AuthenticationError:
        raise Fault(403, "Invalid login/password combination", "forbidden") from None
    token = ask.gate.state.add_session(caller.key.name, caller.acting_as, ask.gate.settings.session_s)
    return {
        "detail": f"Logged in as {body['name']}", "error": None, "token": token, "user": _user(ask, caller), "redirectUrl": None,
    }  # fmt: skip


def _user(ask: Ask, caller: Caller) -> Any:
    with ask.gate.site(caller) as site:
        return shown_user(me(site))


def logout(ask: Ask) -> Any:
    """End the session of the token."""
    _, token = presented(ask.request.headers, ask.request.query_params, ask.request.cookies)
    if not token:
        raise Fault(401, MISSING, "unauthorized")
    ask.gate.callers.logout(token)
    return {"detail": "Logged out"}


# ---- attributes


def list_attributes(ask: Ask) -> Any:
    """Every attribute."""
    return {"attributes": [shown(item) for item in ask.site.catalog.attributes]}


def _attribute(ask: Ask) -> dict[str, Any]:
    name = ask.path("attribute_name")
    found = ask.site.catalog.by_name.get(name)
    if found is None:
        raise Fault(404, f"Attribute {name} not found", "not-found")
    return dict(found)


def get_attribute(ask: Ask) -> Any:
    """One attribute."""
    return shown(_attribute(ask))


def put_attribute(ask: Ask) -> None:
    """Define an attribute, or define it anew; it works from now on."""
    name = ask.path("attribute_name")
    if not re.match(ATTRIBUTE_NAME, name):
        raise Fault(400, f'Attribute name must match regex "{ATTRIBUTE_NAME}"', "bad-request")
    _define(ask, name, checked("attribute", ask.body))


def _define(ask: Ask, name: str, body: Mapping[str, Any]) -> None:
    scopes = [scope for scope in body["scope"] if scope in (*SCOPES.values(), "list")]
    data = {key: value for key, value in body["data"].items() if value is not None}
    defined = ask.site.defined_attributes()
    defined[name] = {"position": body["position"], "scope": scopes, "data": {"type": "string", **data}}
    ask.site.define_attributes(defined)
    for type_name, scope in SCOPES.items():
        if scope in scopes and type_name in ask.site.schema:
            ask.site.ensure_attribute(type_name, name)


def put_attributes(ask: Ask) -> None:
    """Define several attributes; ``deleteMissing`` forgets the others that clients defined."""
    body = ask.model("attributes")
    for item in body["attributes"]:
        _define(ask, item["name"], item)
    if body.get("deleteMissing"):
        for name in set(ask.site.defined_attributes()) - {item["name"] for item in body["attributes"]}:
            _forget(ask, ask.site.catalog.by_name[name])


def patch_attribute(ask: Ask) -> None:
    """Change some of an attribute's settings."""
    found, body = _attribute(ask), ask.model("attribute", partial=True)
    given = {key: value for key, value in body.items() if value is not None}
    data = {**found["data"], **(given.get("data") or {})}
    _define(ask, found["name"], {"position": found["position"], "scope": found["scope"], **given, "data": data})


def delete_attribute(ask: Ask) -> None:
    """Forget an attribute, with its values."""
    found = _attribute(ask)
    if found["builtin"]:
        raise Fault(403, "Builtin attributes cannot be removed", "forbidden")
    _forget(ask, found)


def _forget(ask: Ask, found: Mapping[str, Any]) -> None:
    defined = ask.site.defined_attributes()
    defined.pop(found["name"], None)
    ask.site.define_attributes(defined)
    for type_name, scope in SCOPES.items():
        known = ask.site.schema.types.get(type_name)
        item = known.fields.get(found["name"]) if known is not None else None
        if scope in found["scope"] and item is not None and item.custom:
            ask.site.tracker.schema.delete_field(type_name, item.name)
