"""Bundles, addons and their settings: sent and answered as by AYON's own client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

GONE = said(b"", 204)
ADDONS = {"addons": [{"name": "core", "version": "1", "settings": {"a": 1}, "siteSettings": {}}]}
BUNDLE = ("b 1", {"core": "1.0.0"}, None)
DEV: dict[str, Any] = {
    "dependency_packages": {"linux": None}, "is_production": False, "is_staging": True, "is_dev": True,
    "dev_addons_config": {"core": {"enabled": True, "path": "/x"}},
}  # fmt: skip

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_bundles": (lambda api: api.get_bundles(), {"bundles": []}),
    "create_bundle": (lambda api: api.create_bundle(*BUNDLE), said(b"", 201)),
    "create_bundle for a developer": (
        lambda api: api.create_bundle(*BUNDLE, **DEV, dev_active_user="me"),
        said(b"", 201),
    ),
    "check_bundle_compatibility": (
        lambda api: api.check_bundle_compatibility(*BUNDLE, **DEV, dev_active_user="me"),
        {"success": False, "issues": [{"a": 1}]},
    ),
    "update_bundle of nothing": (lambda api: api.update_bundle("b 1"), GONE),
    "update_bundle": (lambda api: api.update_bundle("b 1", {"core": "1"}, "1.0.1", **DEV, dev_active_user=None), GONE),
    "delete_bundle": (lambda api: api.delete_bundle("b 1"), GONE),
    "migrate_settings_by_bundle": (lambda api: api.migrate_settings_by_bundle("a", "b", "production", "staging"), GONE),
    "get_addons_info": (lambda api: api.get_addons_info(), {"addons": []}),
    "get_addons_info in short": (lambda api: api.get_addons_info(False), {"addons": []}),
    "delete_addon": (lambda api: api.delete_addon("core"), GONE),
    "delete_addon with all": (lambda api: api.delete_addon("core", True), GONE),
    "delete_addon_version": (lambda api: api.delete_addon_version("core", "1.0.0", False), GONE),
    "get_addon_settings_schema": (lambda api: api.get_addon_settings_schema("core", "1", site_id="x"), {"title": "a"}),
    "get_addon_settings_schema of a project": (
        lambda api: api.get_addon_settings_schema("core", "1", "p 1", "staging", "x"),
        {"title": "a"},
    ),
    "get_addon_site_settings_schema": (lambda api: api.get_addon_site_settings_schema("core", "1"), {"title": "a"}),
    "get_addon_studio_settings": (lambda api: api.get_addon_studio_settings("core", "1", "staging"), {"a": 1}),
    "get_addon_project_settings": (lambda api: api.get_addon_project_settings("core", "1", "p"), {"a": 1}),
    "get_addon_project_settings of a site": (
        lambda api: api.get_addon_project_settings("core", "1", "p", site_id="x"),
        {"a": 1},
    ),
    "get_addon_project_settings of no site": (
        lambda api: api.get_addon_project_settings("core", "1", "p", "", "x", use_site=False),
        {"a": 1},
    ),
    "get_addon_settings": (lambda api: api.get_addon_settings("core", "1"), {"a": 1}),
    "get_addon_settings of a project": (lambda api: api.get_addon_settings("core", "1", "p", site_id="x"), {"a": 1}),
    "get_addon_site_settings": (lambda api: api.get_addon_site_settings("core", "1", "x"), {"a": 1}),
    "set_addon_studio_settings": (lambda api: api.set_addon_studio_settings("core", "1", {"a": 1}, "staging"), GONE),
    "set_addon_project_settings": (lambda api: api.set_addon_project_settings("core", "1", "p", {"a": 1}), GONE),
    "set_addon_settings": (lambda api: api.set_addon_settings("core", "1", {"a": 1}), GONE),
    "set_addon_settings of a site": (lambda api: api.set_addon_settings("core", "1", {}, "p", "staging", "x"), GONE),
    "set_addon_site_settings": (lambda api: api.set_addon_site_settings("core", "1", {"a": 1}, "x"), GONE),
    "get_bundle_settings": (lambda api: api.get_bundle_settings(), ADDONS),
    "get_bundle_settings in full": (lambda api: api.get_bundle_settings("b", "p", "pb", "staging", "x"), ADDONS),
    "get_addons_studio_settings": (lambda api: api.get_addons_studio_settings("b"), ADDONS),
    "get_addons_project_settings": (
        lambda api: api.get_addons_project_settings("p", "b", "pb", "staging", "x"),
        ADDONS,
    ),
    "get_addons_settings": (lambda api: api.get_addons_settings(), ADDONS),
    "get_addons_settings of a project": (
        lambda api: api.get_addons_settings("b", "pb", "p", only_values=False),
        ADDONS,
    ),
    "get_addon_studio_overrides": (lambda api: api.get_addon_studio_overrides("core", "1", None, "2"), {"a": 1}),
    "get_addon_project_overrides": (
        lambda api: api.get_addon_project_overrides("core", "1", "p", "staging", "x", "2"),
        {"a": 1},
    ),
    "get_addon_overrides": (lambda api: api.get_addon_overrides("core", "1"), {"a": 1}),
    "get_addon_overrides of a project": (lambda api: api.get_addon_overrides("core", "1", "p", None, "x"), {"a": 1}),
    "modify_addon_studio_overrides": (
        lambda api: api.modify_addon_studio_overrides("core", "1", "pin", ["a", "b"]),
        GONE,
    ),
    "modify_addon_project_overrides": (
        lambda api: api.modify_addon_project_overrides("core", "1", "p", "delete", ["a"], site_id="x"),
        GONE,
    ),
    "modify_addon_overrides": (lambda api: api.modify_addon_overrides("core", "1", "delete", ["a"]), GONE),
    "modify_addon_overrides of a project": (
        lambda api: api.modify_addon_overrides("core", "1", "pin", ["a"], "p"),
        GONE,
    ),
    "delete_addon_studio_overrides": (lambda api: api.delete_addon_studio_overrides("core", "1"), GONE),
    "delete_addon_project_overrides": (
        lambda api: api.delete_addon_project_overrides("core", "1", "p", None, "x"),
        GONE,
    ),
    "delete_addon_overrides": (lambda api: api.delete_addon_overrides("core", "1"), GONE),
    "delete_addon_overrides of a project": (lambda api: api.delete_addon_overrides("core", "1", "p", "staging"), GONE),
    "get_addon_studio_raw_overrides": (lambda api: api.get_addon_studio_raw_overrides("core", "1"), {}),
    "get_addon_project_raw_overrides": (lambda api: api.get_addon_project_raw_overrides("core", "1", "p"), {"a": 1}),
    "get_addon_raw_overrides": (lambda api: api.get_addon_raw_overrides("core", "1"), {}),
    "get_addon_raw_overrides of a site": (lambda api: api.get_addon_raw_overrides("core", "1", "p", None, "x"), {}),
    "set_addon_studio_raw_overrides": (lambda api: api.set_addon_studio_raw_overrides("core", "1", {"a": 1}), GONE),
    "set_addon_project_raw_overrides": (
        lambda api: api.set_addon_project_raw_overrides("core", "1", "p", {"a": 1}),
        GONE,
    ),
    "set_addon_raw_overrides": (lambda api: api.set_addon_raw_overrides("core", "1", {"a": 1}), GONE),
    "set_addon_raw_overrides of a site": (
        lambda api: api.set_addon_raw_overrides("core", "1", {}, "p", None, "x"),
        GONE,
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


def test_the_connections_own_site_and_variant(recorder: Recorder) -> None:
    both = recorder.pair()
    for api in (both.ours, both.theirs):
        api.set_site_id("here")
        api.set_default_settings_variant("staging")
    for call in (
        lambda api: api.get_addon_project_settings("core", "1", "p"),
        lambda api: api.get_addon_settings("core", "1", "p", use_site=False),
        lambda api: api.get_addon_site_settings("core", "1"),
        lambda api: api.set_addon_site_settings("core", "1", {}),
        lambda api: api.get_addons_settings(),
    ):
        as_theirs(recorder, both, call, ADDONS)
    both.close()


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.set_addon_settings("core", "1", {}, site_id="x"),
        lambda api: api.get_addon_overrides("core", "1", site_id="x"),
        lambda api: api.modify_addon_overrides("core", "1", "pin", [], site_id="x"),
        lambda api: api.delete_addon_overrides("core", "1", site_id="x"),
        lambda api: api.get_addon_raw_overrides("core", "1", site_id="x"),
        lambda api: api.set_addon_raw_overrides("core", "1", {}, site_id="x"),
        lambda api: api.set_addon_site_settings("core", "1", {}),
        lambda api: api.get_addons_project_settings(""),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    recorder: Recorder, recorded: Pair, call: Callable[[Any], Any]
) -> None:
    before = len(recorder.server.requests)
    assert recorded.same(call) == "ValueError"
    assert len(recorder.server.requests) == before


def test_no_site_no_site_settings(recorded: Pair) -> None:
    assert recorded.same(lambda api: api.get_addon_site_settings("core", "1")) == ("dict", {})


def test_addresses(recorded: Pair) -> None:
    assert recorded.ours.get_addon_endpoint("a", "1", "private", "my.zip") == "addons/a/1/private/my.zip"
    recorded.same(lambda api: api.get_addon_endpoint("a", "1"))
    recorded.same(lambda api: api.get_addon_url("a", "1", "b"))
    recorded.same(lambda api: api.get_addon_url("a", "1", "b", use_rest=False))


def test_migrating_settings_needs_a_newer_server(recorder: Recorder, recorded: Pair) -> None:
    def call(api: Any) -> Any:
        return api.migrate_addon_settings("core", "1", "2", "production", with_projects=False)

    assert recorded.same(call) == "unsupported"
    with Recorder("1.16.8") as newer:
        both = newer.pair()
        as_theirs(newer, both, call, {"events": ["a"]})
        both.close()


# ---- files


def test_an_addon_is_uploaded(recorder: Recorder, recorded: Pair, tmp_path: Path) -> None:
    source = tmp_path / "addon.zip"
    source.write_bytes(b"PK\x03\x04 zip")
    found = as_theirs(recorder, recorded, lambda api: api.upload_addon_zip(str(source)), {"eventId": "a"})
    assert found == ("dict", {"eventId": "a"})


def test_a_private_file_is_downloaded(recorder: Recorder, recorded: Pair, tmp_path: Path) -> None:
    for number, api in enumerate((recorded.ours, recorded.theirs)):
        recorder.reply = said(b"content")
        home = tmp_path / str(number)
        place = api.download_addon_private_file("core", "1.0.0", "sub/client.zip", str(home))
        assert place == str(home / "sub/client.zip")
        assert Path(place).read_bytes() == b"content"
        assert recorder.server.requests[-1].path == "/addons/core/1.0.0/private/sub/client.zip"
    place = recorded.ours.download_addon_private_file("core", "1.0.0", "client.zip", str(tmp_path), "other.zip")
    assert place == str(tmp_path / "other.zip")


@pytest.mark.parametrize("name", ["../evil.py", "sub/../../evil.py", "/etc/evil.py"])
def test_F41_a_private_file_stays_in_its_directory(
    recorder: Recorder, recorded: Pair, tmp_path: Path, name: str
) -> None:
    before = len(recorder.server.requests)
    with pytest.raises(ValueError, match="leads out of"):
        recorded.ours.download_addon_private_file("core", "1.0.0", name, str(tmp_path / "inside"))
    assert len(recorder.server.requests) == before


def test_F41_a_link_in_the_directory_leads_nowhere_else(recorded: Pair, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "out").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="leads out of"):
        recorded.ours.download_addon_private_file("core", "1.0.0", "out/evil.py", str(inside))


# ---- answers that are none


@pytest.mark.parametrize("reply", [said(b"", 200), said(b"", 204), said([1]), said(None)])
def test_F12_an_empty_success_is_no_empty_settings(recorder: Recorder, recorded: Pair, reply: Any) -> None:
    recorder.reply = reply
    with pytest.raises(Exception, match="without the JSON object"):
        recorded.ours.get_addon_settings("core", "1")


def test_F13_a_login_page_is_no_list_of_bundles(recorder: Recorder, recorded: Pair) -> None:
    page = b"<html><head><title>Sign in</title></head></html>"
    recorder.reply = type(said({}))(200, page, {"Content-Type": "text/html"})
    with pytest.raises(Exception, match="Sign in"):
        recorded.ours.get_bundles()
