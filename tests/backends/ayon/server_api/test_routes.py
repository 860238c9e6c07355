"""Calls of REST routes that no server of ours has: they send and give what AYON's own client does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

DONE = said(b"", 204)
PRESET = {"roots": [{"name": "work", "linux": "/w"}], "version": "1.0.0"}

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "groups": (lambda api: api.get_entity_groups("p", "task", "attrib.priority"), {"groups": [], "key": "status"}),
    "groups, empty ones too": (lambda api: api.get_entity_groups("p", "task", "status", True), {"groups": []}),
    "search": (
        lambda api: api.search_folders("p", "a b", "c", {"conditions": []}, "d", {"operator": "or"}),
        {"folderIds": ["a"]},
    ),
    "search for all": (lambda api: api.search_folders("p"), {"folderIds": []}),
    "hierarchy": (lambda api: api.get_folders_hierarchy("p", "ä b", ["Shot", "Asset"]), {"hierarchy": []}),
    "flat": (lambda api: api.get_rest_folders("p", True), {"folders": []}),
    "by context": (
        lambda api: api.get_repre_ids_by_context_filters("p", {"a.b": [re.compile("x.*")]}, ["exr"], ["v"]),
        {"ids": ["r"]},
    ),
    "by context in vain": (lambda api: api.get_folders_hierarchy("p"), {"hierarchy": []}),
    "assign": (lambda api: api.assign_users_to_task("p", "t", ("a", "b"), "set"), DONE),
    "anatomy schema": (lambda api: api.get_anatomy_schema(), {"type": "object"}),
    "presets": (lambda api: api.get_project_anatomy_presets(), {"presets": [{"name": "a"}]}),
    "no presets": (lambda api: api.get_project_anatomy_presets(), {"presets": None}),
    "default preset": (
        lambda api: api.get_default_anatomy_preset_name(),
        {"presets": [{"name": "a", "primary": True}]},
    ),
    "no default preset": (lambda api: api.get_default_anatomy_preset_name(), {"presets": []}),
    "preset": (lambda api: api.get_project_anatomy_preset("a"), PRESET),
    "built-in preset": (lambda api: api.get_built_in_anatomy_preset(), PRESET),
    "built-in preset, older name": (lambda api: api.get_build_in_anatomy_preset(), PRESET),
    "save preset": (lambda api: api.save_project_anatomy_preset("a", PRESET), DONE),
    "rename preset": (lambda api: api.rename_project_anatomy_preset("a", "b"), DONE),
    "delete preset": (lambda api: api.delete_project_anatomy_preset("a"), DONE),
    "primary preset": (lambda api: api.set_primary_anatomy_preset("a"), DONE),
    "no primary preset": (lambda api: api.unset_primary_anatomy_preset("a"), DONE),
    "preset refused": (lambda api: api.delete_project_anatomy_preset("a"), said({"detail": "no"}, 403)),
    "set anatomy": (lambda api: api.set_project_anatomy("p", PRESET), DONE),
    "anatomy": (lambda api: api.get_project_anatomy("p"), PRESET),
    "rename project": (lambda api: api.rename_project("p", "q", "qq"), DONE),
    "rename project, not its code": (lambda api: api.rename_project("p", "q"), DONE),
    "update project": (
        lambda api: api.update_project(
            "p", True, [{"name": "a"}], [], [], [], [{"name": "t"}], {"c": 1}, {"fps": 1}, {}, False, "pp", more=1
        ),
        DONE,
    ),
    "stats": (lambda api: api.get_project_stats("p"), {"counts": {}}),
    "tags": (lambda api: api.get_project_tags("p"), {"folders": ["a"]}),
    "bundle": (lambda api: api.get_project_bundle("p", "staging"), {"addons": {}}),
    "set bundle": (lambda api: api.set_project_bundle("p", {"a": "1", "b": None}, "2", {"linux": None}), DONE),
    "unset bundle": (lambda api: api.unset_project_bundle("p"), DONE),
    "uris": (lambda api: api.get_project_entity_uris("p", "folder", ("a",)), {"uris": [{"id": "a", "uri": "b"}]}),
    "resolve": (
        lambda api: api.resolve_uris(["ayon+entity://p"], True, True, "site a"),
        [{"uri": "a", "entities": []}],
    ),
    "file": (lambda api: api.get_project_file_info("p", "f"), {"size": 1}),
    "folders of projects": (lambda api: api.get_project_folders(), {"folders": [{"id": "a"}]}),
    "folders of projects, raw": (lambda api: api.get_raw_project_folders(), {"folders": []}),
    "create project folder": (lambda api: api.create_project_folder("ä", "b", {"c": 1}), {"id": "a"}),
    "create project folder of a label": (lambda api: api.create_project_folder("ä"), {"id": "a"}),
    "update project folder": (lambda api: api.update_project_folder("a", "b", "c", {}), DONE),
    "order project folders": (lambda api: api.set_project_folders_order(["a", "b"]), DONE),
    "sort projects": (lambda api: api.assign_projects_to_project_folder("a", ["p"]), DONE),
    "delete project folder": (lambda api: api.delete_project_folder("a"), DONE),
    "root overrides": (lambda api: api.get_project_root_overrides("p"), {"site": {"work": "/w"}}),
    "root overrides, older name": (lambda api: api.get_project_roots_by_site("p"), {"site": {}}),
    "root overrides of a site": (
        lambda api: api.get_project_root_overrides_by_site_id("p", "s"),
        {"s": {"work": "/w"}},
    ),
    "set root overrides": (lambda api: api.set_project_root_overrides("p", "s", {"work": "/w", "old": None}), DONE),
    "roots by site": (lambda api: api.get_project_roots_by_site_id("p", "s"), {"work": "/w"}),
    "roots by platform": (lambda api: api.get_project_roots_by_platform("p", "Linux"), {"work": "/w"}),
    "roots of this platform": (lambda api: api.get_project_roots_by_platform("p"), {"work": "/w"}),
    "rest task": (lambda api: api.get_rest_task("p", "t"), {"id": "t"}),
    "rest workfile, refused": (lambda api: api.delete_workfile_entity("p", "w"), said({"detail": "no"}, 403)),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.get_folders("p", folder_ids=[]),
        lambda api: api.get_folders("p", parent_ids=()),
        lambda api: api.get_tasks("", task_ids=["a"]),
        lambda api: api.get_products("p", names_by_folder_ids={"f": []}),
        lambda api: api.get_versions("p", hero=False, standard=False),
        lambda api: api.get_representations("p", names_by_version_ids={}),
        lambda api: api.get_workfile_entity("p", "", "x"),
        lambda api: api.get_representations_hierarchy("p", []),
        lambda api: api.get_representation_parents("p", ""),
        lambda api: api.get_last_version_by_product_name("p", "x", ""),
        lambda api: api.get_repre_ids_by_context_filters("p", {}, version_ids=[]),
        lambda api: api.get_project_root_overrides_by_site_id("p"),
    ],
)
def test_what_needs_no_request_sends_none(recorder: Recorder, recorded: Pair, call: Callable[[Any], Any]) -> None:
    mine, original = recorder.sent(call, recorded.ours), recorder.sent(call, recorded.theirs)
    assert mine == original
    assert mine[1] == []


def test_the_site_of_older_roots_is_the_one_that_was_given(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = {"s": {"work": "/w"}, "t": {"work": "/x"}}
    with pytest.warns(DeprecationWarning, match="get_project_root_overrides_by_site_id"):
        assert recorded.ours.get_project_roots_for_site("p", "t") == {"work": "/x"}


def test_a_failing_server_is_not_a_missing_project(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = said({"detail": "database is down"}, 500)
    with pytest.raises(Exception, match="database is down"):
        recorded.ours.get_rest_project("p")
    recorder.reply = said({"detail": "no such project"}, 404)
    assert recorded.ours.get_rest_project("p") is None


def test_names_are_encoded(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = {"groups": []}
    _, sent = recorder.sent(lambda api: api.get_entity_groups("p", "task", "attrib.a/../b c"), recorded.ours)
    assert recorder.server.requests[-1].target.endswith("/grouping/task/attrib.a%2F..%2Fb%20c")
    assert len(sent) == 1


def test_older_servers(recorder: Recorder, recorded: Pair) -> None:
    calls: list[Callable[[Any], Any]] = [
        lambda api: api.get_rest_folders("p"),
        lambda api: api.rename_project("p", "q"),
        lambda api: api.search_folders("p", "x"),
        lambda api: api.create_product("p", "n", "t", "f", product_base_type="b"),
        lambda api: api.get_products("p", product_base_types=["b"]),
    ]
    with Recorder("1.0.7") as old:
        both = old.pair()
        assert [both.same(call) for call in calls] == ["unsupported"] * len(calls)
        for kind in ("project", "folder", "product", "representation"):
            assert both.ours.get_default_fields_for_type(kind) == both.theirs.get_default_fields_for_type(kind)
        old.reply = {"presets": [{"name": "studio", "primary": True}]}
        as_theirs(old, both, lambda api: api.get_project_anatomy_preset(), old.reply)
        both.close()
