"""Our native client beside AYON's own one on a real AYON server: the same arguments, the same answer.

Set TRACKERKIT_LIVE_AYON_URL and TRACKERKIT_LIVE_AYON_KEY (a service's key) and run ``tox -e live``. The project that a run
makes is called ``tklive_pair_…`` and deleted at its end.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
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
