"""A record that is given a task template gets its tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import shotgun_api3

from trackerkit.testing.double import double

Entity = dict[str, Any]


@pytest.fixture
def sg() -> Iterator[Any]:
    """The official client, at a site with every standard field."""
    with double("shotgrid", sample=False) as site:
        made = shotgun_api3.Shotgun(site.url, site.script_name, site.api_key)
        yield made
        made.close()


@pytest.fixture
def template(sg: Any) -> Entity:
    """Two tasks, the second after the first."""
    made = sg.create("TaskTemplate", {"code": "Film shot"})
    step = sg.find_one("Step", [["code", "is", "Layout"], ["entity_type", "is", "Shot"]])
    first = sg.create(
        "Task", {"content": "layout", "task_template": made, "step": step, "est_in_mins": 480, "color": "255,0,0"}
    )
    sg.create("Task", {"content": "comp", "task_template": made, "upstream_tasks": [first], "sg_status_list": "ip"})
    return {"type": "TaskTemplate", "id": made["id"]}


def tasks(sg: Any, entity: Entity) -> list[Any]:
    fields = [
        "content",
        "step.Step.code",
        "est_in_mins",
        "color",
        "sg_status_list",
        "upstream_tasks",
        "project",
        "template_task",
    ]
    order = [{"field_name": "id", "direction": "asc"}]
    return list(sg.find("Task", [["entity", "is", entity]], fields, order=order))


def test_create_with_a_template_makes_its_tasks(sg: Any, project: Entity, template: Entity) -> None:
    shot = sg.create("Shot", {"code": "sh010", "project": project, "task_template": template}, return_fields=["tasks"])
    first, second = tasks(sg, shot)
    assert (first["content"], first["step.Step.code"], first["est_in_mins"], first["color"]) == (
        "layout",
        "Layout",
        480,
        "255,0,0",
    )
    assert (second["content"], second["sg_status_list"]) == ("comp", "ip")
    assert [task["id"] for task in second["upstream_tasks"]] == [first["id"]]
    assert first["project"] == project
    assert first["template_task"]["name"] == "layout"
    assert [task["name"] for task in shot["tasks"]] == ["layout", "comp"]


def test_update_to_a_template_adds_what_is_missing_once(sg: Any, project: Entity, template: Entity) -> None:
    shot = sg.create("Shot", {"code": "sh010", "project": project})
    assert tasks(sg, shot) == []
    for _ in range(2):
        sg.update("Shot", shot["id"], {"task_template": template})
        assert [task["content"] for task in tasks(sg, shot)] == ["layout", "comp"]
    sg.update("Shot", shot["id"], {"task_template": None})
    assert len(tasks(sg, shot)) == 2


def test_batch_gives_each_its_own(sg: Any, project: Entity, template: Entity) -> None:
    data = {"project": project, "task_template": template}
    requests = [
        {"request_type": "create", "entity_type": "Asset", "data": {**data, "code": code}} for code in ("bunny", "tree")
    ]  # fmt: skip
    for asset in sg.batch(requests):
        assert len(tasks(sg, asset)) == 2
