"""Users, access, services, sites, reviewables, the server's configuration: sent and answered as by AYON's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

NO = said({"code": 404, "detail": "no"}, 404)
EMPTY = said(b"", 204)
USER = {"name": "ann", "attrib": {"fullName": "Ann"}, "ownAttrib": ["fullName"]}

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "create_user": (lambda api: api.create_user("ann", password="p", attrib={"email": "a@b.c"}, active=True), EMPTY),
    "create_user service": (lambda api: api.create_user("svc", api_key="k", data={"isService": True}), EMPTY),
    "create_user refused": (lambda api: api.create_user("ann"), said({"detail": "taken"}, 409)),
    "update_user": (lambda api: api.update_user("ann", attrib={"email": "a@b.c"}), EMPTY),
    "delete_user": (lambda api: api.delete_user("ann"), EMPTY),
    "rename_user": (lambda api: api.rename_user("ann", "bob"), EMPTY),
    "change_password": (lambda api: api.change_password("ann", password="p"), EMPTY),
    "change_password key": (lambda api: api.change_password("svc", api_key="k"), EMPTY),
    "set_user_access_groups": (lambda api: api.set_user_access_groups("ann", {"show": ["artist"]}), EMPTY),
    "get_user_sessions": (lambda api: api.get_user_sessions("ann"), {"sessions": [{"token": "t"}]}),
    "delete_user_session": (lambda api: api.delete_user_session("ann", "t"), EMPTY),
    "get_user_api_keys": (lambda api: api.get_user_api_keys("ann"), [{"id": "1"}]),
    "create_user_api_key": (lambda api: api.create_user_api_key("ann", "mine", "k", expires=12.5), EMPTY),
    "update_user_api_key": (lambda api: api.update_user_api_key("ann", "1", label="ours"), EMPTY),
    "delete_user_api_key": (lambda api: api.delete_user_api_key("ann", "1"), EMPTY),
    "get_user_permissions": (lambda api: api.get_user_permissions(), {"create": {}}),
    "get_user_permissions of": (lambda api: api.get_user_permissions("ann", "show"), {"create": {}}),
    "get_access_groups": (lambda api: api.get_access_groups(), [{"name": "artist"}]),
    "get_access_groups of": (lambda api: api.get_access_groups("show"), [{"name": "artist"}]),
    "get_access_group_schema": (lambda api: api.get_access_group_schema("show"), {"title": "x"}),
    "get_access_group": (lambda api: api.get_access_group("artist"), {"create": {}}),
    "save_access_group": (lambda api: api.save_access_group("artist", {"create": {}}, "show"), EMPTY),
    "delete_access_group": (lambda api: api.delete_access_group("artist"), EMPTY),
    "set_projects_access": (lambda api: api.set_projects_access({"ann": {"show": ["artist"]}}), EMPTY),
    "get_teams": (lambda api: api.get_teams("show"), [{"name": "a"}]),
    "get_teams members": (lambda api: api.get_teams("show", show_members=True), [{"name": "a"}]),
    "update_teams": (lambda api: api.update_teams("show", [{"name": "a", "members": []}]), EMPTY),
    "save_team": (lambda api: api.save_team("show", "a", [{"name": "ann"}]), EMPTY),
    "delete_team": (lambda api: api.delete_team("show", "a"), EMPTY),
    "save_team_member": (lambda api: api.save_team_member("show", "a", "ann", leader=True, roles=["td"]), EMPTY),
    "delete_team_member": (lambda api: api.delete_team_member("show", "a", "ann"), EMPTY),
    "get_project_users": (lambda api: api.get_project_users("show"), {"ann": ["artist"]}),
    "set_project_user_access_groups": (
        lambda api: api.set_project_user_access_groups("show", "ann", ["artist"]), {"ann": ["artist"]}
    ),
    "get_services": (lambda api: api.get_services(), {"services": [{"name": "a"}]}),
    "spawn_service": (lambda api: api.spawn_service("a", "addon", "1.0", "leecher", "host", {"env": {}}), EMPTY),
    "update_service": (lambda api: api.update_service("a", should_run=False, config={"user": "x"}), EMPTY),
    "update_service too new": (lambda api: api.update_service("a", error="x"), EMPTY),
    "delete_service": (lambda api: api.delete_service("a"), EMPTY),
    "get_hosts": (lambda api: api.get_hosts(), {"hosts": [{"name": "h"}]}),
    "get_sites": (lambda api: api.get_sites("linux", "box"), [{"id": "s"}]),
    "delete_site": (lambda api: api.delete_site("s"), EMPTY),
    "get_restart_required": (lambda api: api.get_restart_required(), {"required": False}),
    "set_restart_required": (lambda api: api.set_restart_required(True, "why"), EMPTY),
    "get_server_config_schema": (lambda api: api.get_server_config_schema(), {"title": "x"}),
    "update_server_config": (lambda api: api.update_server_config({"studio_name": "x"}), EMPTY),
    "get_enum": (
        lambda api: api.get_enum("statuses", "show", "ann", {"all": True, "ids": ["a", "b"]}), [{"value": "x"}]
    ),
    "get_version_reviewables": (lambda api: api.get_version_reviewables("show", "1"), {"id": "1"}),
    "get_product_reviewables": (lambda api: api.get_product_reviewables("show", "1"), [{"id": "1"}]),
    "get_folder_reviewables": (lambda api: api.get_folder_reviewables("show", "1"), [{"id": "1"}]),
    "get_task_reviewables": (lambda api: api.get_task_reviewables("show", "1"), [{"id": "1"}]),
    "sort_version_reviewables": (lambda api: api.sort_version_reviewables("show", "1", ["a", "b"]), EMPTY),
    "update_reviewable": (lambda api: api.update_reviewable("show", "1", "2", label="x"), EMPTY),
    "get_server_config": (lambda api: api.get_server_config(), {"studio_name": "x"}),
    "get_server_config_overrides": (lambda api: api.get_server_config_overrides(), {"studio_name": "x"}),
    "get_server_config_value": (lambda api: api.get_server_config_value("studio_name"), "x"),
    "set_server_config": (lambda api: api.set_server_config(studio_name="x", changelog={"show": True}), EMPTY),
    "get_server_schema": (lambda api: api.get_server_schema(), {"components": {"schemas": {"A": {}}}}),
    "get_schemas": (lambda api: api.get_schemas(), {"components": {"schemas": {"A": {}}}}),
    "get_rest_entity_by_id": (lambda api: api.get_rest_entity_by_id("show", "folder", "1"), {"id": "1"}),
    "get_rest_entity_by_id none": (lambda api: api.get_rest_entity_by_id("show", "folder", "1"), NO),
    "delete_project_file": (lambda api: api.delete_project_file("show", "1"), EMPTY),
    "get_background_operations_status": (
        lambda api: api.get_background_operations_status("show", "t"), {"id": "t", "status": "pending"}
    ),
    "trigger_server_restart": (lambda api: api.trigger_server_restart(), EMPTY),
    "trigger_server_restart refused": (lambda api: api.trigger_server_restart(), said({"detail": "no"}, 403)),
    "get": (lambda api: api.get("x/y", a=1, b=["1", "2"], c=None).data, [1]),
    "post": (lambda api: api.post("/x/y/", a={"b": [1]}).status, {}),
    "put": (lambda api: api.put("x", a=None).status_code, {}),
    "patch": (lambda api: api.patch("x").data, {"a": 1}),
    "delete": (lambda api: api.delete("x", force="true").ok, NO),
    "raw_get": (lambda api: api.raw_get("x", params=[("a", "1"), ("a", "2")], headers={"X-More": "1"}).data, [1]),
    "raw_post data": (lambda api: api.raw_post("x", data={"a": "1", "b": "ž"}).data, {"a": 1}),
    "raw_post bytes": (lambda api: api.raw_post("x", data=b"abc").content_type, {"a": 1}),
    "raw_put text": (lambda api: api.raw_put("x", json="text").text, {"a": 1}),
    "raw_patch list": (lambda api: api.raw_patch("x", json=[1, {"2": None}]).content, {"a": 1}),
    "raw_delete query": (lambda api: api.raw_delete("x?a=b c", params={"d": "é"}).detail, NO),
    "a name with signs": (lambda api: api.get("users/ann lee ž%20").data, {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def newest() -> Iterator[Recorder]:
    """A server of a version that knows everything."""
    with Recorder("1.16.4") as running:
        yield running


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    if name == "update_service too new":
        recorder.reply = EMPTY
        assert recorder.sent(CALLS[name][0], recorded.ours) == recorder.sent(CALLS[name][0], recorded.theirs)
        return
    as_theirs(recorder, recorded, *CALLS[name])


NEWER: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_reviewables": (lambda api: api.get_reviewables("show", "version", ["1", "2"], latest=True), [{"id": "1"}]),
    "latest_done": (lambda api: api.get_version_reviewables("show", "1", latest_done=True), {"id": "1"}),
    "get_enums": (lambda api: api.get_enums(), [{"name": "statuses"}]),
}


@pytest.mark.parametrize("name", NEWER)
def test_what_only_newer_servers_know(newest: Recorder, recorder: Recorder, recorded: Pair, name: str) -> None:
    call, reply = NEWER[name]
    both = newest.pair()
    as_theirs(newest, both, call, reply)
    both.close()
    recorder.reply = reply
    assert recorder.sent(call, recorded.ours) == recorder.sent(call, recorded.theirs) == ("unsupported", [])


def test_a_user_is_none_only_where_the_server_says_so(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = NO
    assert recorded.ours.get_user("nobody") is None
    recorder.reply = said({"detail": "oops"}, 500)
    with pytest.raises(Exception, match="oops"):
        recorded.ours.get_user("nobody")


def test_neither_password_nor_key_is_refused_before_it_is_sent(recorder: Recorder, recorded: Pair) -> None:
    assert recorder.sent(lambda api: api.change_password("ann"), recorded.ours) == ("ValueError", [])


def test_every_entity_type_has_the_same_default_fields(recorded: Pair) -> None:
    kinds = "project folder task product version representation workfile user entityList event activity productType"
    for kind in kinds.split():
        recorded.same(lambda api, kind=kind: api.get_default_fields_for_type(kind))
    recorded.same(lambda api: api.get_default_fields_for_type("ship"))
