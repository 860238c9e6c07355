"""Secrets that a studio's services read by name, kept in the gateway's state.

They lie there as they are: whoever may read the file of the state can read them.
"""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.routing import Route

from trackerkit_ayon.gateway.faults import Fault, InvalidFault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.models import NAME

_LONGEST: Final = 100


def routes(gate: Gate) -> list[Route]:
    """The routes of secrets."""
    one = "/api/secrets/{secret_name}"
    return [
        api(gate, "GET", "/api/secrets", list_secrets, need="manager"),
        api(gate, "GET", one, get_secret, need="admin"),
        api(gate, "PUT", one, put_secret, status=204, need="admin"),
        api(gate, "DELETE", one, delete_secret, status=204, body=False, need="admin"),
    ]


def _space(ask: Ask) -> str:
    return f"secrets {ask.site.site}"[:100]


def _name(ask: Ask) -> str:
    name = ask.path("secret_name")
    if not re.match(NAME, name) or len(name) > _LONGEST:
        complaint = {"loc": ["path", "secret_name"], "msg": f'string does not match regex "{NAME}"'}
        raise InvalidFault([{**complaint, "type": "value_error.str.regex", "ctx": {"pattern": NAME}}])
    return name


def list_secrets(ask: Ask) -> Any:
    """The names of all secrets; an admin sees the values too."""
    found = ask.gate.state.list_documents(_space(ask))
    shown = {name: value for name, value in sorted(found.items()) if not name.startswith("_")}
    if not ask.site.rights.is_admin:
        return [{"name": name} for name in shown]
    return [{"name": name, "value": value["value"]} for name, value in shown.items()]


def get_secret(ask: Ask) -> Any:
    """One secret."""
    found = ask.gate.state.get_document(_space(ask), _name(ask))
    if found is None:
        raise Fault(404, "Not found", "not-found")
    return {"name": _name(ask), "value": found["value"]}


def put_secret(ask: Ask) -> None:
    """Keep a secret, or another value of it."""
    value = ask.model("secret").get("value")
    if value is None:
        raise Fault(400, "No value provided", "bad-request")
    ask.gate.state.put_document(_space(ask), _name(ask), {"value": value})


def delete_secret(ask: Ask) -> None:
    """Forget a secret."""
    ask.gate.state.delete_document(_space(ask), _name(ask))
