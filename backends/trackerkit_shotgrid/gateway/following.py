"""``follow``, ``unfollow``, ``followers`` and ``following``: who follows which records, kept among the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import missing
from trackerkit_shotgrid.gateway.records import active, read_fields, record_of

ROOM: Final = "follow"
_PEOPLE: Final = ("HumanUser",)


def follow(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``follow``."""
    user, entity = _pair(context, "follow", given)
    kept = {"type": entity.type, "id": entity.id, "project": entity.project}
    context.facts.put(ROOM, context.site.fact_key(user), context.site.fact_key(entity), kept)
    return {"followed": True, **_told(context, user, entity)}


def unfollow(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``unfollow``: true whether or not it was followed."""
    user, entity = _pair(context, "unfollow", given)
    context.facts.drop(ROOM, context.site.fact_key(user), context.site.fact_key(entity))
    return {"unfollowed": True, **_told(context, user, entity)}


def _pair(context: Context, verb: str, given: Mapping[str, Any]) -> tuple[Ref, Ref]:
    return record_of(context, verb, given, "user", _PEOPLE), record_of(context, verb, given, "entity")


def _told(context: Context, user: Ref, entity: Ref) -> dict[str, Any]:
    context.site.prepare([user, entity])
    return {"user": context.site.entity(user), "entity": context.site.entity(entity)}


def followers(context: Context, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer to ``followers``: the people, those who may not log in any more too."""
    entity = record_of(context, "followers", given, "entity")
    facts = context.facts.of_object(ROOM, context.site.fact_key(entity))
    people = active(context, [Ref("User", fact.subject.partition(":")[2], None, context.site.site) for fact in facts])
    found = read_fields(context, "HumanUser", people, ("name", "sg_status_list"))
    return [
        {"type": "HumanUser", "id": item["id"], "name": item.get("name"), "status": item.get("sg_status_list"), "valid": "valid"}
        for item in found
    ]  # fmt: skip


def following(context: Context, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer to ``following``: what a person follows, of one project or one type where that is asked."""
    user = record_of(context, "following", given, "user", _PEOPLE)
    wanted = given.get("entity_type")
    if wanted is not None and not isinstance(wanted, str):
        raise missing("following", "string", "entity_type", given=wanted)
    home = record_of(context, "following", given, "project", ("Project",)) if given.get("project") else None
    refs = active(
        context, [_kept(context, fact.value) for fact in context.facts.of_subject(ROOM, context.site.fact_key(user))]
    )
    homes = _homes(context, refs) if home is not None else {}
    context.site.prepare(refs)
    found = [context.site.entity(ref) or {} for ref in refs if home is None or homes.get(ref) == home.id]
    return [{"type": item["type"], "id": item["id"]} for item in found if wanted in (None, item["type"])]


def _homes(context: Context, refs: list[Ref]) -> dict[Ref, str]:
    """The project of each record; a project is its own."""
    fields = context.site.schema.types
    placed = [ref for ref in refs if "project" in fields[ref.type].fields]
    found = context.tracker.backend.fetch(placed, ["project"])
    homes = {ref: record["project"].id for ref, record in found.items() if record["project"] is not None}
    return {**homes, **{ref: ref.id for ref in refs if ref.type == "Project"}}


def _kept(context: Context, value: Mapping[str, Any]) -> Ref:
    return Ref(value["type"], value["id"], value["project"], context.site.site)
