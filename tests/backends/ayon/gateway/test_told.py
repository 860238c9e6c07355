"""What events say besides the fact: where the record lies, the new value, and the words."""

from __future__ import annotations

from typing import Any

PROJECT = "gw_told"


def told(gateway: Any, topic: str) -> dict[str, Any]:
    """The newest event of a topic."""
    text = f'{{events(last: 1, topics: ["{topic}"], projects: ["{PROJECT}"]) {{edges {{node {{id}}}}}}}}'
    id = gateway.graphql(text)["events"]["edges"][0]["node"]["id"]
    found: dict[str, Any] = gateway.ok("GET", f"/api/events/{id}")
    return found


def test_where_and_what(gateway: Any) -> None:
    path = gateway.project(PROJECT)
    above = gateway.ok("POST", f"{path}/folders", json={"name": "sq01", "folderType": "Sequence"})["id"]
    body = {"name": "sh010", "folderType": "Shot", "parentId": above}
    shot = gateway.ok("POST", f"{path}/folders", json=body)["id"]
    task = gateway.ok("POST", f"{path}/tasks", json={"name": "comp", "taskType": "Generic", "folderId": shot})["id"]
    place = {"entityId": shot, "parentId": above, "entityPath": "/sq01/sh010"}

    found = told(gateway, "entity.folder.created")
    assert (found["summary"], found["description"]) == (place, "Folder sh010 created")
    assert told(gateway, "entity.task.created")["summary"] == {
        "entityId": task, "parentId": shot, "entityPath": "/sq01/sh010/comp",
    }  # fmt: skip
    change = {"status": "Approved", "label": "Ten", "attrib": {"fps": 12.0}, "data": {"a": 1}, "active": False}
    gateway.ok("PATCH", f"{path}/folders/{shot}", json=change)
    for topic, value, words in (
        ("status_changed", "Approved", "Changed folder /sq01/sh010 status to Approved"),
        ("label_changed", "Ten", "Changed folder /sq01/sh010 label to Ten"),
        ("active_changed", False, "Folder /sq01/sh010 deactivated"),
    ):
        found = told(gateway, f"entity.folder.{topic}")
        assert (found["summary"], found["description"]) == ({**place, "value": value}, words)
    found = told(gateway, "entity.folder.attrib_changed")
    assert (found["summary"], found["description"]) == (place, "Changed folder /sq01/sh010 attributes: fps")

    gateway.ok("PATCH", f"{path}/tasks/{task}", json={"taskType": "Compositing"})
    found = told(gateway, "entity.task.type_changed")
    assert found["description"] == "Changed task /sq01/sh010/comp task_type to Compositing"

    remark = gateway.ok("POST", f"{path}/task/{task}/activities", json={"activityType": "comment", "body": "Good"})[
        "id"
    ]
    found = told(gateway, "activity.created")
    origin = {"entity_id": task, "entity_type": "task", "reference_type": "origin"}
    assert found["summary"] == {"activity_id": remark, "activity_type": "comment", "references": [origin]}
    assert found["description"] == "Created comment activity"

    ends = {"input": above, "output": shot, "linkType": "reference|folder|folder"}
    gateway.ok("PUT", f"{path}/links/types/reference|folder|folder", json={})
    link = gateway.ok("POST", f"{path}/links", json=ends)["id"]
    found = told(gateway, "link.created")
    assert found["summary"] == {
        "id": link, "linkType": "reference", "inputId": above, "inputType": "folder", "outputId": shot, "outputType": "folder",
    }  # fmt: skip
    assert found["description"] == f"Created reference link between folder {above} and folder {shot}."

    gateway.ok("DELETE", f"{path}/tasks/{task}")
    found = told(gateway, "entity.task.deleted")
    assert (found["summary"]["entityId"], found["description"]) == (task, "Task /comp deleted")
    gateway.ok("DELETE", path)
