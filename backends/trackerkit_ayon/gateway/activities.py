"""Comments and what belongs to them by REST: made, changed, deleted, reacted to; who watches an entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from trackerkit.errors import TrackerError
from trackerkit.filters import Condition
from trackerkit_ayon.gateway.check import checked
from trackerkit_ayon.gateway.faults import Fault, InvalidFault, of_error
from trackerkit_ayon.gateway.feed import Feed, Wanted
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.homes import find_home
from trackerkit_ayon.gateway.remarks import Remarks, mark_inbox
from trackerkit_ayon.gateway.steps import new_id
from trackerkit_ayon.gateway.users import now_text


def routes(gate: Gate) -> list[Route]:
    """The routes of activities."""
    home = "/api/projects/{project_name}"
    one = f"{home}/activities/{{activity_id}}"
    entity = f"{home}/{{entity_type}}/{{entity_id}}"
    return [
        api(gate, "POST", f"{home}/operations/activities", activity_operations),
        api(gate, "PATCH", one, patch_activity, status=204),
        api(gate, "DELETE", one, delete_activity, status=204, body=False),
        api(gate, "POST", f"{one}/reactions", post_reaction, status=201),
        api(gate, "DELETE", f"{one}/reactions/{{reaction}}", delete_reaction, status=204, body=False),
        api(gate, "POST", "/api/inbox", manage_inbox),
        api(gate, "GET", f"{home}/activityCategories", get_categories),
        api(gate, "POST", f"{entity}/activities", post_activity, status=201),
        api(gate, "GET", f"{entity}/watchers", get_watchers),
        api(gate, "POST", f"{entity}/watchers", post_watchers, status=204),
    ]


def post_activity(ask: Ask) -> Any:
    """Comment on an entity."""
    body = ask.model("activity")
    native = ask.path("entity_type").removesuffix("s")
    return {"id": Remarks(ask.home).create(native, ask.id("entity_id"), body)}


def patch_activity(ask: Ask) -> None:
    """Change a comment."""
    Remarks(ask.home).update(ask.id("activity_id"), ask.model("activity_change", partial=True))


def delete_activity(ask: Ask) -> None:
    """Delete an activity."""
    Remarks(ask.home).delete(ask.id("activity_id"))


def get_categories(ask: Ask) -> Any:
    """The categories of activities: AYON has them by settings of addons, here there are none."""
    assert ask.home.name
    return {"categories": []}


def post_reaction(ask: Ask) -> None:
    """React to a comment."""
    Remarks(ask.home).react(ask.id("activity_id"), ask.model("reaction")["reaction"], now_text(), is_on=True)


def delete_reaction(ask: Ask) -> None:
    """Take a reaction back."""
    Remarks(ask.home).react(ask.id("activity_id"), ask.path("reaction"), now_text(), is_on=False)


def manage_inbox(ask: Ask) -> None:
    """Say that comments that mention the caller are read, unread or done with."""
    body = ask.model("inbox")
    if body["status"] not in ("unread", "read", "inactive"):
        raise Fault(400, f"{body['status']} is no status of a message", "bad-request")
    home = find_home(ask.site, body["projectName"])
    ids = body.get("ids") or []
    if body.get("all"):
        me = ask.site.users_of_names([ask.site.login]).get(ask.site.login)
        wanted = Wanted(("Note",), more=[Condition("addressees", "in", (me,))]) if me is not None else None
        ids = [node["activityId"] for node in Feed(home).find(wanted)] if wanted is not None else []
    mark_inbox(ask.site, ids, body["status"])


# ---- watchers


def _watchers_key(ask: Ask) -> str:
    return f"watchers {ask.id('entity_id')}"


def get_watchers(ask: Ask) -> Any:
    """Who watches an entity."""
    return {"watchers": ask.site.state.get_document(ask.home.site.space, _watchers_key(ask)) or []}


def post_watchers(ask: Ask) -> None:
    """Say who watches an entity."""
    names = list(dict.fromkeys(ask.model("watchers")["watchers"]))
    ask.site.state.put_document(ask.home.site.space, _watchers_key(ask), names)


# ---- several at once


def activity_operations(ask: Ask) -> Any:
    """Several changes of activities, each on its own."""
    given = ask.body.get("operations") if isinstance(ask.body, Mapping) else None
    if not isinstance(given, list):
        raise Fault(400, "operations is a list", "bad-request")
    can_fail = bool(ask.body.get("canFail"))
    made: list[dict[str, Any]] = []
    for item in given:
        made.append(_operation(ask, item if isinstance(item, Mapping) else {}))
        if not made[-1]["success"] and not can_fail:
            break
    return {"operations": made, "success": all(item["success"] for item in made)}


def _operation(ask: Ask, item: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "id": item.get("id") or new_id(),
        "type": item.get("type"),
        "success": True,
        "status": None,
        "detail": None,
    }
    try:
        return {**shown, "activityId": _done(ask, item)}
    except (Fault, TrackerError) as error:
        fault = of_error(error)
        detail = fault.of_model("ActivityModel") if isinstance(fault, InvalidFault) else fault.detail
        return {
            **shown,
            "success": False,
            "status": fault.status,
            "detail": detail,
            "activityId": item.get("activityId"),
        }


def _done(ask: Ask, item: Mapping[str, Any]) -> str:
    remarks, data = Remarks(ask.home), dict(item.get("data") or {})
    kind, id = item.get("type"), str(item.get("activityId") or item.get("activity_id") or "")
    if kind == "create":
        native = str(data.pop("entityType", "") or data.pop("entity_type", ""))
        entity = str(data.pop("entityId", "") or data.pop("entity_id", ""))
        body = checked("activity", {**data, **({"id": id} if id else {})})
        return remarks.create(native, entity, body)
    if kind == "update":
        remarks.update(id, checked("activity_change", data, partial=True))
    elif kind == "delete":
        remarks.delete(id)
    else:
        raise Fault(400, f"Unknown operation type {kind}", "bad-request")
    return id
