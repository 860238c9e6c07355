"""What a site, or one project of it, says of a field and no tracker keeps: whether it is shown, which values are hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.facts import STUDIO
from trackerkit_shotgrid.gateway.faults import Fault, missing, no_entity, shown
from trackerkit_shotgrid.gateway.records import active
from trackerkit_shotgrid.gateway.wire import id_of

ROOM: Final = "field"
KEPT: Final = frozenset({"visible", "hidden_values", "display_values", "summary_default", "custom_metadata"})
"""Properties of a field that are kept here."""

_OUTER: Final = ("visible", "custom_metadata")


class Habits:
    """What a site and one of its projects say of their fields, read once a call.

    Args:
        context: the call.
        project: of ``project_of``.
    """

    def __init__(self, context: Context, project: str | None) -> None:
        found = list(context.facts.of_subject(ROOM, STUDIO))
        if project is not None:
            found += context.facts.of_subject(ROOM, project)
        self._said: dict[str, dict[str, Any]] = {}
        for fact in found:
            self._said.setdefault(fact.object, {}).update(fact.value)

    def apply(self, native: str, fields: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        """Descriptions of fields with what is said of them put in."""
        return {name: self._one(item, self._said.get(f"{native}.{name}")) for name, item in fields.items()}

    def _one(self, field: dict[str, Any], said: Mapping[str, Any] | None) -> dict[str, Any]:
        if not said:
            return field
        made = {**field, "properties": dict(field["properties"])}
        for name, value in said.items():
            place = made if name in _OUTER else made["properties"]
            place[name] = {**place.get(name, {"editable": False}), "value": value}
        return made


def project_of(context: Context, verb: str, given: Mapping[str, Any], *, must_exist: bool = False) -> str | None:
    """The project of a schema call, among facts; None where it names none, or one that there is not.

    Raises:
        Fault: it is no entity dict of a Project, or has to be there and is not.
    """
    value = given.get("project")
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("type") != "Project":
        raise missing(verb, "entity hash", "project", given=value)
    number = id_of(verb, value.get("id"), "project", "id")
    ref = context.site.find_ref("Project", number)
    found = active(context, [ref]) if ref is not None else []
    if not found and must_exist:
        raise no_entity(verb, "Project", number)
    return context.site.fact_key(found[0]) if found else None


def keep(context: Context, verb: str, where: str, project: str | None, said: Mapping[str, Any]) -> None:
    """Keep what was said of a field.

    Raises:
        Fault: for a value that cannot be kept.
    """
    for name, value in said.items():
        if not isinstance(value, _CLASSES[name]):
            raise Fault(f"API {verb}() {where}: '{name}' cannot be {shown(value)}")
    subject = project or STUDIO
    known = context.facts.get(ROOM, subject, where) or {}
    context.facts.put(ROOM, subject, where, {**known, **said})


_CLASSES: Final[Mapping[str, Any]] = {
    "visible": bool, "hidden_values": (list, type(None)), "display_values": (dict, type(None)),
    "summary_default": (str, type(None)), "custom_metadata": (str, type(None)),
}  # fmt: skip
