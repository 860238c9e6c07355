"""What the API keeps from every script: each a mark with its page, and refused."""

from __future__ import annotations

from typing import Any

import pytest
import shotgun_api3
from fake_shotgrid import FakeSite, native_field, site_schema

import trackerkit
from trackerkit.capabilities import BEYOND
from trackerkit.errors import UnsupportedError
from trackerkit.testing.double import Double
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.backend.beyond import BEYOND as MARKS

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
PAGE = "https://developers.shotgridsoftware.com/b6636515"


@pytest.mark.parametrize("name", BEYOND)
def test_each_is_never_with_its_page(studio: Tracker, name: str) -> None:
    mark = studio.backend.capabilities.beyond[name]
    assert (mark.kind, mark.page) == ("never", PAGE)
    assert mark is MARKS[name]
    assert name not in studio.backend.capabilities
    with pytest.raises(UnsupportedError, match=PAGE):
        studio.backend.capabilities.require(name, "shotgrid")


@pytest.fixture
def site(fake: FakeSite) -> FakeSite:
    """A site that shows the types, as older ones do."""
    names = {name: native_field("text") for name in ("code", "settings_json")}
    fake.schema = site_schema(PermissionRuleSet=names, PageSetting=names)
    return fake


def writes(fake: FakeSite) -> list[Any]:
    return [call for call in fake.calls if call[0] in ("create", "update", "delete", "batch", "schema_field_create")]


def test_permission_rules_are_not_written(site: FakeSite, studio: Tracker) -> None:
    with pytest.raises(UnsupportedError, match="permission rules"):
        studio.create("PermissionRuleSet", code="all")
    assert not writes(site)


def test_page_settings_are_neither_read_nor_written(site: FakeSite, studio: Tracker) -> None:
    with pytest.raises(UnsupportedError, match="settings of pages"):
        list(studio.find("PageSetting"))
    with pytest.raises(UnsupportedError, match="settings of pages"):
        studio.create("PageSetting", settings_json="{}")
    assert not writes(site)


def test_query_fields_are_not_made(site: FakeSite, studio: Tracker) -> None:
    with pytest.raises(UnsupportedError, match="query fields"):
        studio.schema.create_field("Shot", "sg_open_tasks", "computed")
    assert not writes(site)


@pytest.fixture
def sg(shotgrid_site: Double) -> Any:
    return shotgun_api3.Shotgun(shotgrid_site.url, script_name=shotgrid_site.script_name, api_key=shotgrid_site.api_key)


def test_the_gateway_refuses_permission_rules(shotgrid_site: Double, sg: Any) -> None:
    rules = sg.find_one("PermissionRuleSet", [["code", "is", "artist"]], ["display_name"])
    assert rules["display_name"] == "Artist"
    for call in (
        lambda: sg.create("PermissionRuleSet", {"code": "all"}),
        lambda: sg.update("PermissionRuleSet", rules["id"], {"code": "all"}),
        lambda: sg.delete("PermissionRuleSet", rules["id"]),
        lambda: sg.batch([{"request_type": "delete", "entity_type": "PermissionRuleSet", "entity_id": rules["id"]}]),
    ):
        with pytest.raises(shotgun_api3.Fault, match="Permission rules"):
            call()
    url, name, key = shotgrid_site.url, shotgrid_site.script_name, shotgrid_site.api_key
    with trackerkit.connect(f"shotgrid+{url}", script_name=name, api_key=key) as tracker:
        before = len(shotgrid_site.proxy.requests)
        tracker.schema.read()
        with pytest.raises(UnsupportedError):
            tracker.create("PermissionRuleSet", code="all")
        sent = [request.body for request in shotgrid_site.proxy.requests[before:]]
        assert not any(b'"create"' in body for body in sent)


def test_the_gateway_has_no_page_settings_and_makes_no_query_fields(sg: Any) -> None:
    with pytest.raises(shotgun_api3.Fault, match="PageSetting"):
        sg.find("PageSetting", [])
    for data_type in ("query", "summary", "calculated"):
        with pytest.raises(shotgun_api3.Fault, match="cannot be created"):
            sg.schema_field_create("Shot", data_type, "Open Tasks")


@pytest.mark.parametrize("method", ["page_filters_read", "conditional_formatting_update", "ui_navigate"])
def test_the_gateway_has_no_call_for_the_interface(sg: Any, method: str) -> None:
    """Widgets' filters, conditional formatting and the interface are in no field and in no call."""
    with pytest.raises(shotgun_api3.Fault, match="not served"):
        sg._call_rpc(method, {})
    fields = {name for fields in sg.schema_read().values() for name in fields}
    assert not any(("format" in name and "condition" in name) or "widget" in name for name in fields)
