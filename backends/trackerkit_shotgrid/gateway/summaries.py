"""``summarize``: sums, counts and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit.summaries import GROUPINGS, SUMMARIES, Summary
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway import connections
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import Fault, missing, no_field, shown
from trackerkit_shotgrid.gateway.fields import Field, find_field, linked_type
from trackerkit_shotgrid.gateway.read import condition_of
from trackerkit_shotgrid.gateway.wire import filters_of, flag_of, list_of, text_of

_GROUPINGS: Final = {
    "entitytype": "entity_type", "firstletter": "first_letter", "oneday": "one_day", "fivedays": "five_days",
    "clustered_date": "day",
}  # fmt: skip
_COUNTED: Final = ("percentage", "status_percentage", "status_percentage_as_float", "status_list")
"""Summaries that are made of how often each value occurs."""

_MIXED: Final = "ip"
_DONE: Final = "fin"
_ZERO: Final = frozenset({"count", "record_count", "sum", "minimum", "maximum", "checked", "unchecked"})


def summarize(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``summarize``: ``{"summaries": {…}, "groups": […]}``."""
    native = text_of("summarize", given, "type")
    site = context.site
    site.type("summarize", native)
    connections.refresh(context, native)
    filters = filters_of("summarize", given.get("filters"), context.shared.limits)
    wanted = _summaries(context, native, given)
    levels = [_level(context, native, item) for item in list_of("summarize", given, "grouping", 10)]
    try:
        found = context.tracker.summarize(
            site.neutral(native),
            condition_of(context, "summarize", native, filters),
            summaries=[(field.path, "counts" if kind in _COUNTED else kind) for field, kind in wanted.values()],
            grouping=[(field.path, kind, direction) for field, kind, direction in levels],
            archived=flag_of("summarize", given, "include_archived_projects", True),
        )
    except InvalidInputError as error:
        asked = [*wanted.values(), *((field, kind) for field, kind, _ in levels)]
        raise _refused(native, asked, str(error)) from error
    return _Writer(context, wanted, [field for field, _, _ in levels], _statuses(given)).write(found)


def _refused(native: str, asked: Sequence[tuple[Field, str]], why: str) -> Fault:
    """What cannot be made of a field, under ShotGrid's names."""
    for field, kind in asked:
        if why.startswith(f"{field.path} is a ") and why.endswith(f"{'counts' if kind in _COUNTED else kind!s}'"):
            return Fault(
                f"API summarize() {native}.{field.text}'s '{field.data_type}' data type doesn't support '{kind}'"
            )
    return Fault(f"API summarize() {why}")


def _statuses(given: Mapping[str, Any]) -> dict[str, str]:
    """ShotGrid's field → the value whose share is asked for."""
    items = [item for item in list_of("summarize", given, "summaries", 100) if item.get("value") is not None]
    return {item["field"]: text_of("summarize", item, "value") for item in items}


def _summaries(context: Context, native: str, given: Mapping[str, Any]) -> dict[str, tuple[Field, str]]:
    """ShotGrid's field → what to make of it; the last one wins where a field stands twice."""
    made = {}
    for item in list_of("summarize", given, "summaries", 100):
        if not isinstance(item, dict):
            raise missing("summarize", "hash", "summaries", given=item)
        name, kind = text_of("summarize", item, "field"), item.get("type")
        if kind not in _KINDS:
            raise Fault(f"API summarize() type {shown(kind)} is not served; type must be one of: {', '.join(_KINDS)}")
        made[name] = (_field(context, native, name), str(kind))
        if kind in ("minimum", "maximum") and not context.site.ids.is_own and _is_id(made[name][0]):
            raise Fault(
                f"API summarize() {native}.{name}: {kind} is not served over a tracker without whole numbers as ids"
            )
    if not made:
        raise missing("summarize", "array", "summaries", given=given.get("summaries"))
    return made


_KINDS: Final = (*(kind for kind in SUMMARIES if kind != "counts"), *_COUNTED)


def _is_id(field: Field) -> bool:
    return field.binding is not None and field.binding.field.data_type == "id"


def _counted(kind: str, counts: Mapping[Any, int], wanted: str) -> Any:
    """A summary of how often each value occurs: percentages are of all records, those without a value too."""
    total = sum(counts.values())
    if kind == "status_list":
        known = [value for value in counts if value is not None]
        return known[0] if len(known) == 1 else _MIXED if known else None
    share = 100.0 * sum(count for value, count in counts.items() if value in (True, wanted)) / total if total else 0.0
    return share if kind == "status_percentage_as_float" else round(share)


def _field(context: Context, native: str, name: str) -> Field:
    found = find_field(context.site, native, name)
    if found is None:
        raise no_field("summarize", native, name[:100])
    return found


def _level(context: Context, native: str, item: Any) -> tuple[Field, str, str]:
    if not isinstance(item, dict):
        raise missing("summarize", "hash", "grouping", given=item)
    kind, direction = item.get("type", "exact"), item.get("direction", "asc")
    kind = _GROUPINGS.get(kind, kind) if isinstance(kind, str) else kind
    if kind not in GROUPINGS:
        raise Fault(f"API summarize() grouping {shown(item.get('type'))} is not served")
    if direction not in ("asc", "desc"):
        raise missing("summarize", "string", "grouping", "direction", given=item)
    return _field(context, native, text_of("summarize", item, "field")), str(kind), str(direction)


class _Writer:
    """Makes ShotGrid's answer of a neutral summary."""

    def __init__(
        self,
        context: Context,
        wanted: Mapping[str, tuple[Field, str]],
        levels: list[Field],
        statuses: Mapping[str, str],
    ) -> None:
        self._context = context
        self._wanted = wanted
        self._levels = levels
        self._statuses = statuses

    def write(self, found: Summary) -> dict[str, Any]:
        self._context.site.prepare(_refs(found))
        return {"summaries": self._values(found), "groups": [self._group(item, 0) for item in found.groups]}

    def _values(self, found: Summary) -> dict[str, Any]:
        return {name: self._number(name, field, kind, found) for name, (field, kind) in self._wanted.items()}

    def _number(self, name: str, field: Field, kind: str, found: Summary) -> Any:
        if kind in _COUNTED:
            return _counted(
                kind, self._coded(field, found.values[field.path, "counts"]), self._statuses.get(name, _DONE)
            )
        value = found.values[field.path, kind]
        if value is None:
            return 0 if kind in _ZERO else 0.0 if kind == "average" else None
        if field.binding is None or kind in ("count", "record_count", "checked", "unchecked") or isinstance(value, int):
            return value
        return self._encoded(field, value)

    def _coded(self, field: Field, counts: Mapping[Any, int]) -> Mapping[Any, int]:
        if field.binding is None:
            return counts
        return {self._context.site.codes.encode(field.binding.field, value): count for value, count in counts.items()}

    def _group(self, found: Summary, level: int) -> dict[str, Any]:
        name, value = self._shown(self._levels[level], found)
        made = {"group_name": name, "group_value": value, "summaries": self._values(found)}
        if level + 1 < len(self._levels):
            made["groups"] = [self._group(item, level + 1) for item in found.groups]
        return made

    def _shown(self, field: Field, found: Summary) -> tuple[str, Any]:
        value = found.value
        if value is None:
            return "", None
        if isinstance(value, Ref):
            entity = self._context.site.entity(value) or {}
            return str(entity.get("name")), {**entity, "valid": "valid"}
        if field.binding is not None and field.binding.codec in ("name", "tags"):
            native = linked_type(field.binding)
            self._context.lookups.prepare(native, [str(value)])
            return str(value), {**(self._context.lookups.entity(native, str(value)) or {}), "valid": "valid"}
        if isinstance(value, bool):
            return ("[X]" if value else "[ ]"), value
        shown_value = self._encoded(field, value)
        return str(shown_value), shown_value

    def _encoded(self, field: Field, value: Any) -> Any:
        if type(value) is date:
            return value.isoformat()
        if field.binding is None or field.binding.field.data_type in ("link", "links", "choices"):
            return value
        if field.binding.field.data_type == "id":
            return self._context.site.ids.number(Ref(self._context.site.neutral(field.owner), value))
        value = self._context.site.codes.encode(field.binding.field, value)
        return field.binding.encode(self._context.site)(value)


def _refs(found: Summary) -> Iterable[Ref]:
    for group in found.groups:
        if isinstance(group.value, Ref):
            yield group.value
        yield from _refs(group)
