"""Our native client beside AYON's own one on a real AYON server: the same arguments, the same answer.

Set TRACKERKIT_LIVE_AYON_URL and TRACKERKIT_LIVE_AYON_KEY (a service's key) and run ``tox -e live``. The project that a run
makes is called ``tklive_pair_…`` and deleted at its end.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ayon_pair import PNG, Pair, opened, told

Call = Callable[[Any, Pair], Any]


@pytest.fixture(scope="module")
def pair(live_ayon: Any) -> Iterator[Pair]:
    both = opened(live_ayon.url, live_ayon.key)
    number = uuid.uuid4().hex[:8]
    both.project = f"tklive_pair_{number}"
    both.theirs.create_project(both.project, f"p{number[:5]}")
    try:
        both.ids = _made(both)
        yield both
    finally:
        both.theirs.delete_project(both.project)
        both.close()


def _made(both: Pair) -> dict[str, str]:
    """Something of every kind: entities by AYON's client, what hangs on them by ours."""
    api, ours, name = both.theirs, both.ours, both.project
    ids = {"sequence": api.create_folder(name, "sq01", folder_type="Sequence")}
    for shot in ("sh010", "sh020", "sh030"):
        ids[shot] = api.create_folder(name, shot, folder_type="Shot", parent_id=ids["sequence"])
    ids["task"] = api.create_task(name, "comp", "Compositing", ids["sh010"])
    ids["product"] = api.create_product(name, "renderMain", "render", ids["sh010"])
    ids["version"] = api.create_version(name, 1, ids["product"], task_id=ids["task"])
    ids["representation"] = api.create_representation(name, "exr", ids["version"])
    ours.create_link_type(name, "reference", "folder", "folder", {"color": "#ff0000"})
    ours.make_sure_link_type_exists(name, "breakdown", "folder", "version")
    ids["link"] = ours.create_link(
        name, "reference", ids["sh010"], "folder", ids["sh020"], "folder", "hero", {"note": "a\"b'c"}
    )["id"]
    ours.create_links(
        name,
        [
            {"input": ids[shot], "output": ids["version"], "linkType": "breakdown|folder|version"}
            for shot in ("sh010", "sh030")
        ],
    )
    ids["comment"] = ours.create_activity(name, ids["task"], "task", "comment", body="Please [check](user:nobody)")
    ours.create_activity_reaction(name, ids["comment"], "like")
    ours.set_entity_watchers(name, ids["task"], "task", [both.theirs.get_user()["name"]])
    ids["list_folder"] = ours.create_entity_list_folder(name, "Reviews", color="#00ff00", icon="folder")
    ids["list"] = ours.create_entity_list(
        name,
        "folder",
        "Dailies",
        data={"a": 1},
        tags=["x"],
        items=[{"entityId": ids["sh010"]}, {"entityId": ids["sh030"]}],
    )
    ids["versions"] = ours.create_entity_list(name, "version", "Versions", entity_list_folder_id=ids["list_folder"])
    ids["item"] = ours.create_entity_list_item(name, ids["versions"], ids["version"], label="first", data={"b": 2})
    ids["old"] = ours.create_entity_list(name, "folder", "Old", active=False)
    ids["thumbnail"] = ours.create_thumbnail_with_stream(name, io.BytesIO(PNG))
    ids["shot_thumbnail"] = ours.set_entity_thumbnail_from_stream(name, "folder", ids["sh010"], io.BytesIO(PNG))
    ids["event"] = ours.create_event(
        f"tklive.{name}", "suite", None, name, description='It\'s "here"', summary={"a": 1}, payload={"b": [1, 2]}
    )
    return ids


READS: dict[str, Call] = {
    "get_installers": lambda api, it: api.get_installers(),
    "get_installers of a version": lambda api, it: api.get_installers("9.9.9", "linux"),
    "get_dependency_packages": lambda api, it: api.get_dependency_packages(),
    "get_secrets": lambda api, it: api.get_secrets(),
    "get_secret unknown": lambda api, it: api.get_secret("tklive_no_such_secret"),
    "get_bundles": lambda api, it: api.get_bundles(),
    "get_addons_info": lambda api, it: api.get_addons_info(),
    "get_addons_info in short": lambda api, it: api.get_addons_info(details=False),
    "get_addon_endpoint": lambda api, it: api.get_addon_endpoint("core", "1.0.0", "private", "my.zip"),
    "get_addon_url": lambda api, it: api.get_addon_url("core", "1.0.0", "private", "my.zip"),
    "get_addon_url rest": lambda api, it: api.get_addon_url("core", "1.0.0", use_rest=False),
    "get_addon_settings unknown": lambda api, it: api.get_addon_settings("nothing", "1.0.0"),
    "get_addon_settings of a project": lambda api, it: api.get_addon_settings("nothing", "1.0.0", it.project),
    "get_addon_studio_settings": lambda api, it: api.get_addon_studio_settings("nothing", "1.0.0", "staging"),
    "get_addon_project_settings": lambda api, it: api.get_addon_project_settings("nothing", "1.0.0", it.project),
    "get_addon_settings_schema": lambda api, it: api.get_addon_settings_schema("nothing", "1.0.0", it.project),
    "get_addon_site_settings_schema": lambda api, it: api.get_addon_site_settings_schema("nothing", "1.0.0"),
    "get_addon_site_settings": lambda api, it: api.get_addon_site_settings("nothing", "1.0.0"),
    "get_addon_site_settings of a site": lambda api, it: api.get_addon_site_settings("nothing", "1.0.0", "here"),
    "get_addon_studio_raw_overrides": lambda api, it: api.get_addon_studio_raw_overrides("nothing", "1.0.0"),
    "get_addon_project_raw_overrides": lambda api, it: api.get_addon_project_raw_overrides(
        "nothing", "1.0.0", it.project
    ),
    "get_addon_raw_overrides of a site alone": lambda api, it: api.get_addon_raw_overrides(
        "nothing", "1.0.0", site_id="a"
    ),
    "get_addon_overrides of a site alone": lambda api, it: api.get_addon_overrides("nothing", "1.0.0", site_id="a"),
    "get_bundle_settings": lambda api, it: api.get_bundle_settings(),
    "get_bundle_settings unknown": lambda api, it: api.get_bundle_settings("no_such_bundle", it.project),
    "get_addons_settings": lambda api, it: api.get_addons_settings(),
    "get_addons_settings whole": lambda api, it: api.get_addons_settings(only_values=False),
    "get_addons_settings of a project": lambda api, it: api.get_addons_settings(project_name=it.project),
    "get_addons_studio_settings": lambda api, it: api.get_addons_studio_settings(variant="staging"),
    "get_addons_project_settings": lambda api, it: api.get_addons_project_settings(it.project),
    "get_addons_project_settings of none": lambda api, it: api.get_addons_project_settings(""),
    "migrate_addon_settings": lambda api, it: api.migrate_addon_settings("nothing", "1.0.0", "1.0.1"),
    "check_bundle_compatibility": lambda api, it: api.check_bundle_compatibility("tklive", {}, "1.0.0"),
    "get_event": lambda api, it: api.get_event(it.ids["event"]),
    "get_event unknown": lambda api, it: api.get_event("f" * 32),
    "get_events of a topic": lambda api, it: api.get_events(topics=[f"tklive.{it.project}"]),
    "get_events of a project": lambda api, it: api.get_events(project_names=[it.project]),
    "get_events newest first": lambda api, it: api.get_events(project_names=[it.project], order="desc"),
    "get_events last": lambda api, it: api.get_events(project_names=[it.project], last=3),
    "get_events first": lambda api, it: api.get_events(project_names=[it.project], first=3),
    "get_events limit over first": lambda api, it: api.get_events(project_names=[it.project], first=3, limit=2),
    "get_events last over order": lambda api, it: api.get_events(project_names=[it.project], last=2, order="asc"),
    "get_events by ids": lambda api, it: api.get_events(
        event_ids={it.ids["event"]}, fields=["id", "summary", "payload", "topic"]
    ),
    "get_events of no topic": lambda api, it: api.get_events(topics=[]),
    "get_events of one topic as text": lambda api, it: api.get_events(topics="entity.folder.created", limit=3),
    "get_events with states": lambda api, it: api.get_events(project_names=[it.project], states=["finished"]),
    "get_events of a status": lambda api, it: api.get_events(project_names=[it.project], statuses=["failed"]),
    "get_events of a user": lambda api, it: api.get_events(project_names=[it.project], users=["nobody"]),
    "get_events by words": lambda api, it: api.get_events(text_filter=it.project, limit=4),
    "get_events by words with quotes": lambda api, it: api.get_events(text_filter='say "no"', limit=4),
    "get_events with children": lambda api, it: api.get_events(project_names=[it.project], has_children=True),
    "get_events with logs": lambda api, it: api.get_events(project_names=[it.project], include_logs=True),
    "get_events older": lambda api, it: api.get_events(
        project_names=[it.project], older_than="2020-01-01T00:00:00+00:00"
    ),
    "get_events newer": lambda api, it: api.get_events(
        project_names=[it.project], newer_than="2020-01-01T00:00:00+00:00"
    ),
    "get_events with an unknown field": lambda api, it: api.get_events(limit=1, fields=["nonsense"]),
    "get_attributes_schema": lambda api, it: api.get_attributes_schema(),
    "get_attributes_schema anew": lambda api, it: api.get_attributes_schema(use_cache=False),
    "get_attributes_for_type": lambda api, it: api.get_attributes_for_type("folder"),
    "get_attributes_for_type unknown": lambda api, it: api.get_attributes_for_type("nonsense"),
    "get_attributes_fields_for_type": lambda api, it: api.get_attributes_fields_for_type("task"),
    "get_actions": lambda api, it: api.get_actions(),
    "get_actions of a folder": lambda api, it: api.get_actions(
        it.project, "folder", [it.ids["sh010"]], ["Shot"], variant="staging", mode="all"
    ),
    "get_action_config": lambda api, it: api.get_action_config("none", "nothing", "1.0.0", it.project),
    "trigger_action": lambda api, it: api.trigger_action("none", "nothing", "1.0.0", it.project),
    "get_activities": lambda api, it: api.get_activities(it.project),
    "get_activities newest first": lambda api, it: api.get_activities(it.project, order=1),
    "get_activities up to a limit": lambda api, it: api.get_activities(it.project, limit=2),
    "get_activities of an entity": lambda api, it: api.get_activities(
        it.project, entity_ids=[it.ids["task"]], entity_type="task", activity_types=["comment"]
    ),
    "get_activities with other fields": lambda api, it: api.get_activities(
        it.project, fields={"activityId", "author.name", "files.id", "origin.name", "tags", "activityData"}
    ),
    "get_activities of all references": lambda api, it: api.get_activities(
        it.project, reference_types=["origin", "mention", "author", "relation"], activity_ids={it.ids["comment"]}
    ),
    "get_activities by names": lambda api, it: api.get_activities(it.project, entity_names=["comp"]),
    "get_activities changed": lambda api, it: api.get_activities(it.project, changed_after="2020-01-01T00:00:00+00:00"),
    "get_activities of no type": lambda api, it: api.get_activities(it.project, activity_types=[]),
    "get_activities of no project": lambda api, it: api.get_activities(""),
    "get_activities of an unknown project": lambda api, it: api.get_activities("tklive_no_such_project"),
    "get_activity_by_id": lambda api, it: api.get_activity_by_id(it.project, it.ids["comment"]),
    "get_activity_by_id unknown": lambda api, it: api.get_activity_by_id(it.project, "f" * 32),
    "get_raw_activity_categories": lambda api, it: api.get_raw_activity_categories(it.project),
    "get_activity_categories": lambda api, it: api.get_activity_categories(it.project),
    "suggest_entity_mention": lambda api, it: api.suggest_entity_mention(it.project, it.ids["task"], "task"),
    "get_raw_entity_watchers": lambda api, it: api.get_raw_entity_watchers(it.project, it.ids["task"], "task"),
    "get_entity_watchers": lambda api, it: api.get_entity_watchers(it.project, it.ids["task"], "task"),
    "get_thumbnail_by_id": lambda api, it: api.get_thumbnail_by_id(it.project, it.ids["thumbnail"]),
    "get_thumbnail_by_id unknown": lambda api, it: api.get_thumbnail_by_id(it.project, "f" * 32),
    "get_thumbnail": lambda api, it: api.get_thumbnail(it.project, "folder", it.ids["sh010"], "f" * 32),
    "get_folder_thumbnail": lambda api, it: api.get_folder_thumbnail(it.project, it.ids["sh010"]),
    "get_folder_thumbnail of none": lambda api, it: api.get_folder_thumbnail(it.project, it.ids["sh020"]),
    "get_task_thumbnail": lambda api, it: api.get_task_thumbnail(it.project, it.ids["task"]),
    "get_version_thumbnail": lambda api, it: api.get_version_thumbnail(it.project, it.ids["version"]),
    "get_project_thumbnail": lambda api, it: api.get_project_thumbnail(it.project),
    "get_full_link_type_name": lambda api, it: api.get_full_link_type_name("a", "folder", "task"),
    "get_link_types": lambda api, it: api.get_link_types(it.project),
    "get_link_type": lambda api, it: api.get_link_type(it.project, "reference", "folder", "folder"),
    "get_link_type unknown": lambda api, it: api.get_link_type(it.project, "reference", "folder", "task"),
    "get_entities_links of folders": lambda api, it: api.get_entities_links(it.project, "folder"),
    "get_entities_links by name": lambda api, it: api.get_entities_links(
        it.project, "folder", [it.ids["sh010"]], link_names=["hero"]
    ),
    "get_entities_links by pattern": lambda api, it: api.get_entities_links(
        it.project, "folder", [it.ids["sh010"]], link_name_regex="^he"
    ),
    "get_entities_links of a wrong type": lambda api, it: api.get_entities_links(it.project, "workfile"),
    "get_entities_links of no entity": lambda api, it: api.get_entities_links(it.project, "folder", []),
    "get_entities_links of no type": lambda api, it: api.get_entities_links(it.project, "folder", link_types=[]),
    "get_entities_links sideways": lambda api, it: api.get_entities_links(it.project, "folder", link_direction="up"),
    "get_folders_links": lambda api, it: api.get_folders_links(it.project, link_direction="out"),
    "get_folder_links": lambda api, it: api.get_folder_links(it.project, it.ids["sh020"], ["reference"], "in"),
    "get_folder_links of none": lambda api, it: api.get_folder_links(it.project, "f" * 32),
    "get_tasks_links": lambda api, it: api.get_tasks_links(it.project),
    "get_task_links": lambda api, it: api.get_task_links(it.project, it.ids["task"]),
    "get_products_links": lambda api, it: api.get_products_links(it.project),
    "get_product_links": lambda api, it: api.get_product_links(it.project, it.ids["product"]),
    "get_versions_links": lambda api, it: api.get_versions_links(it.project),
    "get_version_links": lambda api, it: api.get_version_links(it.project, it.ids["version"]),
    "get_representations_links": lambda api, it: api.get_representations_links(it.project),
    "get_representation_links": lambda api, it: api.get_representation_links(it.project, it.ids["representation"]),
    "get_entity_lists": lambda api, it: api.get_entity_lists(it.project),
    "get_entity_lists active": lambda api, it: api.get_entity_lists(it.project, active=True),
    "get_entity_lists retired": lambda api, it: api.get_entity_lists(it.project, active=False, fields=["id", "label"]),
    "get_entity_lists by ids": lambda api, it: api.get_entity_lists(it.project, list_ids={it.ids["list"]}),
    "get_entity_lists of no id": lambda api, it: api.get_entity_lists(it.project, list_ids=[]),
    "get_entity_lists with items": lambda api, it: api.get_entity_lists(
        it.project, list_ids=[it.ids["list"]], fields=["id", "items"]
    ),
    "get_entity_lists with parts of items": lambda api, it: api.get_entity_lists(
        it.project, list_ids=[it.ids["versions"]], fields=["label", "items.entityId", "items.position", "items.data"]
    ),
    "get_entity_lists with attributes": lambda api, it: api.get_entity_lists(it.project, fields=["id", "attrib.fps"]),
    "get_entity_list_by_id": lambda api, it: api.get_entity_list_by_id(it.project, it.ids["list"]),
    "get_entity_list_by_id unknown": lambda api, it: api.get_entity_list_by_id(it.project, "f" * 32),
    "get_entity_list_rest": lambda api, it: api.get_entity_list_rest(it.project, it.ids["list"]),
    "get_entity_list_rest unknown": lambda api, it: api.get_entity_list_rest(it.project, "f" * 32),
    "get_entity_list_attribute_definitions": lambda api, it: api.get_entity_list_attribute_definitions(
        it.project, it.ids["list"]
    ),
    "get_entity_list_entities": lambda api, it: api.get_entity_list_entities(it.project, it.ids["list"]),
    "get_entity_list_folders_raw": lambda api, it: api.get_entity_list_folders_raw(it.project),
    "get_entity_list_folders": lambda api, it: api.get_entity_list_folders(it.project),
}


@pytest.mark.parametrize("name", READS)
def test_the_same_answer(pair: Pair, name: str) -> None:
    call = READS[name]
    pair.same(lambda api: call(api, pair))


def test_a_failing_server_is_no_missing_thumbnail(pair: Pair) -> None:
    """AYON 1.16.0 fails at every thumbnail of a workfile; its own client takes that for none."""
    status = pair.theirs.raw_get(f"projects/{pair.project}/workfiles/{'f' * 32}/thumbnail").status_code
    mine = told(lambda api: api.get_workfile_thumbnail(pair.project, "f" * 32), pair.ours)
    assert mine == ("refused", status) if status >= 500 else not mine[1][-1]


# ---- what ours changes, theirs finds


def test_events_from_beginning_to_end(pair: Pair) -> None:
    ours, theirs, topic = pair.ours, pair.theirs, f"tklive.job.{pair.project[-8:]}"
    source = ours.create_event(f"{topic}.source", "suite", project_name=pair.project, payload={"n": 1})
    unfinished = ours.dispatch_event(f"{topic}.source", finished=False, project_name=pair.project, depends_on=source)
    assert theirs.get_event(unfinished.data["id"])["status"] == "pending"
    job = ours.enroll_event_job(f"{topic}.source", f"{topic}.target", "worker", sequential=True, max_retries=1)
    assert job["dependsOn"] == source
    assert theirs.enroll_event_job(f"{topic}.source", f"{topic}.target", "worker") == job
    assert ours.enroll_event_job(f"{topic}.source", f"{topic}.target", "another", sequential=True) is None
    ours.update_event(job["id"], status="failed", description="once more", retries=0, progress=40)
    again = ours.enroll_event_job(f"{topic}.*", f"{topic}.target", "another", events_filter=_payload(1))
    assert again["id"] == job["id"]
    assert ours.enroll_event_job(f"{topic}.*", f"{topic}.other", "worker", events_filter=_payload(2)) is None
    ours.update_event(job["id"], status="finished", summary={"done": True}, payload={"x": "y"})
    found = theirs.get_event(job["id"])
    assert (found["status"], found["summary"], found["payload"]) == ("finished", {"done": True}, {"x": "y"})
    assert ours.enroll_event_job([f"{topic}.source"], f"{topic}.target", "worker", ignore_older_than=1) is None
    ours.delete_event(unfinished.data["id"])
    assert told(lambda api: api.get_event(unfinished.data["id"]), theirs) == ("refused", 404)
    named = {"conditions": [{"key": "topic", "value": f"{topic}.%", "operator": "like"}], "operator": "and"}
    pair.same(lambda api: api.delete_events(named))


def _payload(number: int) -> dict[str, Any]:
    return {"conditions": [{"key": "payload/n", "value": number, "operator": "eq"}], "operator": "and"}


def test_activities_are_changed(pair: Pair) -> None:
    ours, theirs, name, task = pair.ours, pair.theirs, pair.project, pair.ids["task"]
    first = ours.create_activity(name, task, "task", "comment", uuid.uuid1().hex, "one", data={"a": 1})
    ours.update_activity(name, first, "changed", data={"b": 2})
    found = theirs.get_activity_by_id(name, first)
    assert found["body"] == "changed"
    assert (found["activityData"]["a"], found["activityData"]["b"]) == (1, 2)
    ours.create_activity_reaction(name, first, "like")
    ours.delete_activity_reaction(name, first, "like")
    assert told(lambda api: api.delete_activity_reaction(name, first, "like"), ours) == told(
        lambda api: api.delete_activity_reaction(name, first, "like"), theirs
    )
    made = {"activityType": "comment", "entityType": "task", "entityId": task, "body": "two"}
    results = ours.send_activities_batch_operations(
        name,
        [
            {"type": "create", "data": made},
            {"type": "update", "activityId": first, "data": {"body": "three"}},
        ],
    )
    assert [result["success"] for result in results] == [True, True]
    second = results[0]["activityId"]
    assert [theirs.get_activity_by_id(name, id)["body"] for id in (first, second)] == ["three", "two"]
    ours.delete_activity(name, second)
    assert theirs.get_activity_by_id(name, second) is None
    ours.set_entity_watchers(name, task, "task", [])
    assert theirs.get_entity_watchers(name, task, "task") == []


def test_thumbnails_are_changed(pair: Pair, tmp_path: Any) -> None:
    ours, theirs, name = pair.ours, pair.theirs, pair.project
    source = tmp_path / "thumb.png"
    source.write_bytes(PNG)
    for kind, id in (("task", "task"), ("version", "version"), ("folder", "sh030")):
        made = ours.set_entity_thumbnail(name, kind, pair.ids[id], str(source))
        assert theirs.get_thumbnail(name, kind, pair.ids[id]).id == made
    given = uuid.uuid1().hex
    assert ours.create_thumbnail(name, str(source), given) == given
    ours.update_thumbnail_from_stream(name, given, io.BytesIO(PNG))
    assert theirs.get_thumbnail_by_id(name, given).content.startswith(PNG[:8])
    assert ours.set_project_thumbnail(name, str(source)) == theirs.get_project_thumbnail(name).id
    pair.same(lambda api: api.get_project_thumbnail(name))


def test_links_come_and_go(pair: Pair) -> None:
    ours, theirs, name, ids = pair.ours, pair.theirs, pair.project, pair.ids
    assert theirs.get_link_type(name, "reference", "folder", "folder")["data"] == {"color": "#ff0000"}
    ours.create_link_type(name, "passing", "folder", "task", {"style": "dashed"})
    ours.make_sure_link_type_exists(name, "passing", "folder", "task", {"style": "solid"})
    assert theirs.get_link_type(name, "passing", "folder", "task")["data"] == {"style": "solid"}
    link = ours.create_link(name, "passing", ids["sh020"], "folder", ids["task"], "task")["id"]
    assert [row["id"] for row in theirs.get_task_links(name, ids["task"])] == [link]
    ours.delete_link(name, link)
    assert theirs.get_task_links(name, ids["task"]) == []
    pair.same(lambda api: api.delete_link(name, link))
    ours.create_link(name, "passing", ids["sh020"], "folder", ids["task"], "task")
    ours.delete_link_type(name, "passing", "folder", "task")
    assert theirs.get_task_links(name, ids["task"]) == []


def test_more_links_than_a_page(pair: Pair) -> None:
    """AYON's own client asks for one entity a request, and 300 links of it."""
    ours, name, ids = pair.ours, pair.project, pair.ids
    ours.create_link_type(name, "many", "folder", "product")
    link = {"input": ids["sh030"], "output": ids["product"], "linkType": "many|folder|product"}
    made = ours.create_links(name, [{**link, "name": f"n{number}"} for number in range(350)])
    assert len(made) == 350
    for direction in ("out", "in"):
        found = pair.same(lambda api, way=direction: api.get_entities_links(name, "folder", None, ["many"], way))[1]
        assert len(found[ids["sh030"]]) == (350 if direction == "out" else 0)
    assert len(pair.same(lambda api: api.get_product_links(name, ids["product"]))[1]) == 350


def test_lists_are_changed(pair: Pair) -> None:
    ours, theirs, name, ids = pair.ours, pair.theirs, pair.project, pair.ids
    made = ours.create_entity_list(name, "folder", "Passing", items=[{"entityId": ids["sh010"]}])
    ours.update_entity_list(name, made, label="Changed", tags=["a"], entity_list_folder_id=ids["list_folder"])
    second = ours.create_entity_list_item(name, made, ids["sh020"], position=0)
    ours.update_entity_list_item(name, made, second, label="second", data={"x": 1}, tags=["b"])
    found = theirs.get_entity_list_rest(name, made)
    assert (found["label"], found["tags"], found["entityListFolderId"]) == ("Changed", ["a"], ids["list_folder"])
    assert {item["entityId"]: item.get("tags") for item in found["items"]}[ids["sh020"]] == ["b"]
    order = [item["id"] for item in found["items"]][::-1]
    ours.set_entity_list_items_order(name, made, order)
    assert [item["id"] for item in sorted(theirs.get_entity_list_rest(name, made)["items"], key=_position)] == order
    ours.update_entity_list_items(name, made, [{"id": second, "entityId": ids["sh020"]}], "delete")
    assert [item["entityId"] for item in theirs.get_entity_list_rest(name, made)["items"]] == [ids["sh010"]]
    ours.set_entity_list_attribute_definitions(
        name, made, [{"name": "shade", "data": {"type": "string", "title": "Shade"}}]
    )
    assert [row["name"] for row in theirs.get_entity_list_attribute_definitions(name, made)] == ["shade"]
    pair.same(lambda api: api.materialize_entity_list(name, made))
    ours.update_entity_list(name, made, entity_list_folder_id=None)
    assert theirs.get_entity_list_rest(name, made).get("entityListFolderId") is None
    ours.delete_entity_list(name, made)
    pair.same(lambda api: api.get_entity_list_rest(name, made))


def _position(item: dict[str, Any]) -> int:
    return int(item["position"])


def test_folders_of_lists_are_changed(pair: Pair) -> None:
    ours, theirs, name = pair.ours, pair.theirs, pair.project
    made = ours.create_entity_list_folder(
        name, "Inside", parent_id=pair.ids["list_folder"], scope=["generic"], data={"a": 1}
    )
    ours.update_entity_list_folder(name, made, label="Out", parent_id=None, color="#ffffff")
    found = {folder["id"]: folder for folder in theirs.get_entity_list_folders(name)}[made]
    assert (found["label"], found.get("parentId"), found["data"]["color"]) == ("Out", None, "#ffffff")
    ours.set_entity_list_folders_order(name, [made, pair.ids["list_folder"]])
    assert [folder["id"] for folder in theirs.get_entity_list_folders(name)] == [made, pair.ids["list_folder"]]
    ours.delete_entity_list_folder(name, made)
    assert [folder["id"] for folder in theirs.get_entity_list_folders(name)] == [pair.ids["list_folder"]]


# ---- what belongs to the whole server: each is made under a name of its own, and goes again


def test_secrets_come_and_go(pair: Pair) -> None:
    name = f"{pair.project}_secret"
    try:
        pair.ours.save_secret(name, 'it\'s "secret"')
        assert pair.theirs.get_secret(name) == {"name": name, "value": 'it\'s "secret"'}
        assert pair.same(lambda api: api.get_secret(name))
    finally:
        pair.ours.delete_secret(name)
    pair.same(lambda api: api.get_secret(name))


def test_installers_and_packages_come_and_go(pair: Pair, tmp_path: Any) -> None:
    ours, content = pair.ours, b"nothing to install"
    (tmp_path / "source").write_bytes(content)
    checksum = hashlib.sha256(content).hexdigest()
    installer, package = f"{pair.project}.exe", f"{pair.project}.zip"
    try:
        ours.create_installer(installer, "0.0.1", "3.9", "linux", {"a": "1"}, {}, checksum, "sha256", len(content))
        ours.create_dependency_package(
            package, {"a": "1"}, {}, "0.0.1", checksum, "sha256", len(content), platform_name="linux"
        )
        ours.upload_installer(str(tmp_path / "source"), installer)
        ours.upload_dependency_package(str(tmp_path / "source"), package)
        ours.update_installer(installer, [{"type": "http", "url": "https://example.com/a.exe"}])
        ours.update_dependency_package(package, [])
        assert pair.same(
            lambda api: [row for row in api.get_installers("0.0.1")["installers"] if row["filename"] == installer]
        )
        for number, api in enumerate((ours, pair.theirs)):
            api.download_installer(installer, str(tmp_path / f"{number}.exe"))
            got = api.download_dependency_package(package, str(tmp_path), f"{number}.zip")
            assert (tmp_path / f"{number}.exe").read_bytes() == content
            assert Path(got).read_bytes() == content
    finally:
        ours.delete_installer(installer)
        ours.delete_dependency_package(package)
    pair.same(lambda api: [row["filename"] for row in api.get_dependency_packages()["packages"]])


def test_bundles_come_and_go(pair: Pair) -> None:
    ours, name = pair.ours, f"{pair.project}_bundle"
    try:
        ours.create_bundle(name, {}, "0.0.1", {"linux": "nothing.zip"}, is_dev=True)
        ours.update_bundle(name, dependency_packages={"linux": None, "windows": "other.zip"}, installer_version="0.0.2")
        pair.same(lambda api: [bundle for bundle in api.get_bundles()["bundles"] if bundle["name"] == name])
        found = next(bundle for bundle in pair.theirs.get_bundles()["bundles"] if bundle["name"] == name)
        assert (found["installerVersion"], found["isDev"]) == ("0.0.2", True)
        pair.same(lambda api: api.get_bundle_settings(name, variant=name))
    finally:
        ours.delete_bundle(name)
    pair.same(lambda api: api.get_bundles())
