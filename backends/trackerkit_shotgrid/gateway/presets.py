"""``additional_filter_presets``: the latest record of each group, and the versions of a cut's shots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit.filters import And, Condition, Filter
from trackerkit.query import Builder, Query
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import Fault, missing, no_entity, no_field, shown
from trackerkit_shotgrid.gateway.fields import find_field
from trackerkit_shotgrid.gateway.wire import id_of

_SCANNED: Final = 200_000
_BY_STEP: Final = ("BY_PIPELINE_STEP_NUMBER_AND_ENTITIES_CREATED_AT", "PIPELINE_STEP_NUMBER_AND_ENTITIES_CREATED_AT")

Rank = tuple[str, ...]

_LATEST: Final[Mapping[tuple[str, str], tuple[Rank, Rank]]] = {
    ("Version", "ENTITIES_CREATED_AT"): (("entity",), ("created_at",)),
    **{("Version", name): (("entity",), ("sg_task.Task.step.Step.list_order", "created_at")) for name in _BY_STEP},
    ("Cut", "REVISION_NUMBER"): (("entity", "code"), ("revision_number",)),
    ("PublishedFile", "ENTITIES_CREATED_AT"): (("entity", "task", "name"), ("created_at",)),
    ("PublishedFile", "VERSION_NUMBER"): (("entity", "task", "name"), ("version_number",)),
}
"""ShotGrid's type and ``latest_by`` → what makes a group, and what the latest of it has the most of."""


def preset_filter(context: Context, native: str, presets: Sequence[Mapping[str, Any]], condition: Filter) -> Filter:
    """The condition of a read, narrowed by its presets.

    Args:
        context: the call.
        native: ShotGrid's type.
        presets: as they were sent.
        condition: of the read itself; the latest is looked for among the records that hold it.

    Raises:
        Fault: for a preset that there is not, or one that says too little.
    """
    if sum(preset.get("preset_name") == "LATEST" for preset in presets) > 1:
        raise Fault("API read() additional_filter_presets: only one LATEST filter is allowed")
    made = condition
    for preset in sorted(presets, key=lambda item: item.get("preset_name") == "LATEST"):
        name = preset.get("preset_name")
        if not isinstance(name, str) or not name:
            raise missing("read", "string", "additional_filter_presets", "preset_name", given=preset)
        make = _PRESETS.get(name)
        if make is None:
            raise Fault(f"API read() additional_filter_presets: there is no preset {shown(name)}")
        made = make(context, native, preset, made)
    return made


def _latest(context: Context, native: str, preset: Mapping[str, Any], condition: Filter) -> Filter:
    kind = preset.get("latest_by")
    found = _LATEST.get((native, kind)) if isinstance(kind, str) else None
    if found is None:
        legal = ", ".join(name for owner, name in _LATEST if owner == native) or "none"
        raise Fault(f"API read() LATEST of {native} has no 'latest_by' {shown(kind)}; there are: {legal}")
    group, rank = ([path for name in names if (path := _path(context, native, name))] for names in found)
    split = len(group)
    query = context.tracker.query(context.site.neutral(native), condition, fields=[*group, *rank], archived=True)
    best: dict[Any, tuple[Any, str]] = {}
    for ref, values in _rows(context, query):
        key = tuple(value.id if isinstance(value, Ref) else value for value in values[:split])
        place = (tuple((value is not None, value) for value in values[split:]), context.site.ids.number(ref))
        if key not in best or best[key][0] < place:
            best[key] = (place, ref.id)
    return And((condition, Condition("id", "in", tuple(number for _, number in best.values()))))


def _path(context: Context, native: str, name: str) -> str | None:
    """The neutral path of one of ShotGrid's; None where the tracker has none."""
    found = find_field(context.site, native, name)
    if found is None:
        return None
    try:
        Builder(context.site.schema, context.site.neutral(native)).path(found.path)
    except InvalidInputError:
        return None
    return found.path


def _rows(context: Context, query: Query) -> Iterator[tuple[Ref, list[Any]]]:
    count = 0
    for page in context.tracker.read(query):
        count += len(page.rows)
        if count > _SCANNED:
            raise Fault(f"API read() LATEST looks at {_SCANNED} records at most; narrow the filters")
        for row in page.rows:
            yield page.plan.ref(row), list(page.plan.values(row))


def _cut_shot_versions(context: Context, native: str, preset: Mapping[str, Any], condition: Filter) -> Filter:
    """Versions of the shots that a cut's items show."""
    if native != "Version":
        raise Fault(f"API read() CUT_SHOT_VERSIONS is a preset of Version, not of {native}")
    number = id_of("read", preset.get("cut_id"), "additional_filter_presets", "cut_id")
    shot = find_field(context.site, "CutItem", "shot") if "CutItem" in context.site.types else None
    cut = find_field(context.site, "CutItem", "cut") if shot is not None else None
    ref = context.site.find_ref("Cut", number) if "Cut" in context.site.types else None
    if ref is None:
        raise no_entity("read", "Cut", number)
    if shot is None or cut is None:
        raise no_field("read", "CutItem", "shot")
    items = context.tracker.query("CutItem", Condition(cut.path, "is", ref), fields=[shot.path], archived=True)
    shots = {values[0].id for _, values in _rows(context, items) if isinstance(values[0], Ref)}
    refs = tuple(Ref("Shot", key, None, context.site.site) for key in shots)
    return And((condition, Condition("parent", "in", refs))) if refs else And((condition, Condition("id", "in", ())))


_PRESETS: Final[Mapping[str, Callable[[Context, str, Mapping[str, Any], Filter], Filter]]] = {
    "LATEST": _latest,
    "CUT_SHOT_VERSIONS": _cut_shot_versions,
}
