"""What a site knows of one person: when a project was last looked at, what is read, who has which subscription."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Final

from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import Fault, missing, no_entity
from trackerkit_shotgrid.gateway.records import active, ref_of
from trackerkit_shotgrid.gateway.wire import id_of, list_of

SUBSCRIPTIONS: Final = "subscription"
_ACCESSED: Final = "last_accessed_by_current_user"


def update_last_accessed(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``update_project_last_accessed_by_current_user``: the project."""
    verb = "update_project_last_accessed_by_current_user"
    number = id_of(verb, given.get("project_id"), "project_id")
    ref = context.site.find_ref("Project", number)
    project = active(context, [ref]) if ref is not None else []
    if not project:
        raise no_entity(verb, "Project", number)
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    context.facts.put(_ACCESSED, _user(context, verb, given), context.site.fact_key(project[0]), now)
    return {"type": "Project", "id": number, _ACCESSED: now}


def _user(context: Context, verb: str, given: Mapping[str, Any]) -> str:
    """The user that the call names, or who calls."""
    if given.get("user_id") is None:
        caller = context.site.find_caller(context.caller)
        if caller is None:
            raise Fault(f"API {verb}() is asked by a script that is no user: 'user_id' is missing")
        return context.site.fact_key(caller)
    number = id_of(verb, given["user_id"], "user_id")
    ref = context.site.find_ref("HumanUser", number)
    found = active(context, [ref]) if ref is not None else []
    if not found:
        raise no_entity(verb, "HumanUser", number)
    return context.site.fact_key(found[0])


def subscriptions_read(context: Context, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer to ``user_subscriptions_read``: the people that have one."""
    facts = {fact.subject: fact.value for fact in context.facts.of_object(SUBSCRIPTIONS, "")}
    refs = active(context, [ref_of(context.site, subject) for subject in facts])
    return [
        {"humanUserId": context.site.ids.number(ref), "subscription": facts[context.site.fact_key(ref)]} for ref in refs
    ]


def subscriptions_create(context: Context, given: Mapping[str, Any]) -> dict[str, str]:
    """The answer to ``user_subscriptions_create``: all or nothing."""
    verb = "user_subscriptions_create"
    wanted = []
    for item in list_of(verb, given, "users", 1_000):
        if not isinstance(item, dict):
            raise missing(verb, "hash", "users", given=item)
        wanted.append((_user(context, verb, {"user_id": item.get("humanUserId", "")}), _subscription(verb, item)))
    for subject, value in wanted:
        context.facts.put(SUBSCRIPTIONS, subject, "", value)
    return {"status": "success"}


def _subscription(verb: str, item: Mapping[str, Any]) -> Any:
    value = item.get("subscription")
    texts = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(text, str) and len(text) <= 200 for text in texts) or len(texts) > 100:
        raise missing(verb, "string or array of strings", "subscription", given=value)
    return value
