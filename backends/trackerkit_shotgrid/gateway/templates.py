"""Task templates: a record that is given one gets its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trackerkit.filters import And, Condition
from trackerkit.operations import Operation, new_key
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context

FIELD: Final = "task_template"
_TEMPLATE_TASK: Final = "template_task"
_COPIED: Final = (
    "name", "type", "description", "status", "duration", "estimate", "milestone", "assignees", "reviewers", "priority",
    "color", "sg_sort_order", "splits", "pinned", "workload", "implicit",
)  # fmt: skip


def has_templates(context: Context) -> bool:
    """Whether the tracker's tasks can belong to a template."""
    schema = context.site.schema
    return "TaskTemplate" in schema and "Task" in schema and FIELD in schema.type("Task").fields


def give_tasks(context: Context, owner: Ref, template: Any) -> None:
    """Make the tasks of a template for a record: those that it has not been given before.

    Args:
        context: the call.
        owner: the record.
        template: what its field ``task_template`` was set to.
    """
    if not isinstance(template, Ref) or not has_templates(context) or owner.type in ("Task", "TaskTemplate"):
        return
    wanted = _tasks(context, template)
    known = _given(context, owner)
    fresh = {ref: record for ref, record in wanted.items() if ref.id not in known}
    if not fresh:
        return
    project = _project(context, owner)
    made = context.writer.write([_create(context, owner, project, ref, record) for ref, record in fresh.items()])
    copies = {**known, **{ref.id: result.ref for ref, result in zip(fresh, made, strict=True)}}
    links = [
        Operation("update", "Task", copies[ref.id], {"depends_on": after})
        for ref, record in fresh.items()
        if (after := [copies[item.id] for item in record.get("depends_on") or () if item.id in copies])
    ]
    if links:
        context.writer.write(links)


def _tasks(context: Context, template: Ref) -> dict[Ref, Mapping[str, Any]]:
    """The template's tasks in their order, with what is copied of them."""
    fields = context.site.schema.type("Task").fields
    names = [name for name in _COPIED if name in fields and not fields[name].read_only]
    names += ["depends_on"] if "depends_on" in fields else []
    tasks = context.tracker.find("Task", Condition(FIELD, "is", template), fields=names, archived=True)
    return {task.ref: {name: task[name] for name in names} for task in tasks}


def _given(context: Context, owner: Ref) -> dict[str, Ref]:
    """The tasks that the record has of templates: the template's task → its own."""
    if _TEMPLATE_TASK not in context.site.schema.type("Task").fields:
        return {}
    own = And((Condition("parent", "is", owner), ~Condition(_TEMPLATE_TASK, "is", None)))
    found = context.tracker.find("Task", own, fields=[_TEMPLATE_TASK], archived=True)
    return {task[_TEMPLATE_TASK].id: task.ref for task in found}


def _project(context: Context, owner: Ref) -> Ref:
    if owner.type == "Project":
        return owner
    record = context.tracker.backend.fetch([owner], ["project"], "all").get(owner, {})
    found = record.get("project")
    assert isinstance(found, Ref)
    return found


def _create(context: Context, owner: Ref, project: Ref, source: Ref, record: Mapping[str, Any]) -> Operation:
    values = {name: value for name, value in record.items() if name != "depends_on" and value not in (None, [])}
    values |= {"parent": owner, "project": project}
    if _TEMPLATE_TASK in context.site.schema.type("Task").fields:
        values[_TEMPLATE_TASK] = source
    return Operation("create", "Task", values=values, key=new_key())


def home_of_templates(context: Context) -> Ref | None:
    """The project that tasks of templates, which belong to none on a site, are kept in: the first template project."""
    if "template" not in context.site.schema.type("Project").fields:
        return None
    found = context.tracker.find_one("Project", Condition("template", "is", True), fields=["id"], archived=True)
    return found.ref if found is not None else None
