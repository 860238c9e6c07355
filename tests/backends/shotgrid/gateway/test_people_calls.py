"""Calls about people: who follows what, when somebody works, what somebody has looked at."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import shotgun_api3

from trackerkit_shotgrid.gateway.context import ShotgridSettings

Entity = dict[str, Any]


@pytest.fixture
def settings() -> ShotgridSettings:
    return ShotgridSettings(passwords=True)


@pytest.fixture
def ada(sg: Any) -> Entity:
    """A person who may log in."""
    made = sg.create("HumanUser", {"login": "ada", "name": "Ada Lovelace", "password_proxy": "correct horse"})
    return {"type": "HumanUser", "id": made["id"], "name": "Ada Lovelace"}


@pytest.fixture
def shot(sg: Any, project: Entity) -> Entity:
    made = sg.create("Shot", {"code": "sh010", "project": project})
    return {"type": "Shot", "id": made["id"], "name": "sh010"}


def as_ada(site: Any) -> Any:
    return site.connect(login="ada", password="correct horse")


# --- follow ----------------------------------------------------------------------------------------------------------


def test_follow_tells_who_and_what_and_twice_is_once(sg: Any, ada: Entity, shot: Entity) -> None:
    assert sg.follow(ada, shot) == {"followed": True, "user": ada, "entity": shot}
    sg.follow(ada, shot)
    assert sg.followers(shot) == [
        {"type": "HumanUser", "id": ada["id"], "name": "Ada Lovelace", "status": "act", "valid": "valid"}
    ]


def test_unfollow_ends_it(sg: Any, ada: Entity, shot: Entity) -> None:
    sg.follow(ada, shot)
    assert sg.unfollow(ada, shot)["unfollowed"] is True
    assert sg.followers(shot) == []
    assert sg.following(ada) == []


def test_followers_lists_people_who_may_not_log_in_and_no_retired_ones(sg: Any, ada: Entity, shot: Entity) -> None:
    sg.follow(ada, shot)
    sg.update("HumanUser", ada["id"], {"sg_status_list": "dis"})
    assert [item["status"] for item in sg.followers(shot)] == ["dis"]
    sg.delete("HumanUser", ada["id"])
    assert sg.followers(shot) == []


def test_following_is_narrowed_by_project_and_type(sg: Any, project: Entity, ada: Entity, shot: Entity) -> None:
    other = sg.create("Project", {"name": "Sintel"})
    elsewhere = sg.create("Shot", {"code": "sh900", "project": other})
    asset = sg.create("Asset", {"code": "bunny", "project": project})
    for entity in (shot, elsewhere, asset, project):
        sg.follow(ada, entity)

    def ids(**parts: Any) -> set[tuple[str, int]]:
        return {(item["type"], item["id"]) for item in sg.following(ada, **parts)}

    everything = {("Shot", shot["id"]), ("Shot", elsewhere["id"]), ("Asset", asset["id"]), ("Project", project["id"])}
    assert ids() == everything
    assert ids(entity_type="Shot") == {("Shot", shot["id"]), ("Shot", elsewhere["id"])}
    assert ids(project=project) == everything - {("Shot", elsewhere["id"])}
    assert ids(project=other, entity_type="Asset") == set()
    sg.delete("Asset", asset["id"])
    assert ids() == everything - {("Asset", asset["id"])}


def test_follow_refuses_what_is_not_there_and_who_is_no_person(sg: Any, ada: Entity, shot: Entity) -> None:
    with pytest.raises(shotgun_api3.Fault, match="does not exist"):
        sg.follow(ada, {"type": "Shot", "id": 10**6})
    with pytest.raises(shotgun_api3.Fault, match="must be a HumanUser"):
        sg.follow(shot, shot)
    with pytest.raises(shotgun_api3.Fault, match="invalid/missing entity hash"):
        sg._call_rpc("followers", {"entity": "Shot_1"})


# --- the work schedule -----------------------------------------------------------------------------------------------


def test_work_schedule_read_of_a_week_without_exceptions(sg: Any) -> None:
    week = sg.work_schedule_read("2026-11-20", "2026-11-23")
    usual = {"reason": "STUDIO_WORK_WEEK", "description": None}
    assert week == {
        "2026-11-20": {**usual, "working": True},
        "2026-11-21": {**usual, "working": False},
        "2026-11-22": {**usual, "working": False},
        "2026-11-23": {**usual, "working": True},
    }


def test_work_schedule_read_knows_whose_exception_counts(sg: Any, project: Entity, ada: Entity) -> None:
    day = "2026-12-24"
    assert sg.work_schedule_update(day, False, "Closed") == {
        "date": day, "working": False, "description": "Closed", "project": None, "user": None,
    }  # fmt: skip
    made = sg.work_schedule_update(day, True, "Crunch", project=project)
    assert made["project"] == project
    assert sg.work_schedule_update(day, False, "At home", user=ada)["user"] == ada

    def told(**parts: Any) -> dict[str, Any]:
        return dict(sg.work_schedule_read(day, day, **parts)[day])

    assert told() == {"reason": "STUDIO_EXCEPTION", "working": False, "description": "Closed"}
    assert told(project=project) == {"reason": "PROJECT_EXCEPTION", "working": True, "description": "Crunch"}
    assert told(project=project, user=ada) == {"reason": "USER_EXCEPTION", "working": False, "description": "At home"}
    sg.work_schedule_update(day, True, None)
    assert told() == {"reason": "STUDIO_EXCEPTION", "working": True, "description": None}


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ({"start_date": "2026-02-30", "end_date": "2026-03-01"}, "is no date"),
        ({"start_date": "2026-1-1", "end_date": "2026-03-01"}, "YYYY-MM-DD"),
        ({"start_date": "2026-03-02", "end_date": "2026-03-01"}, "within"),
        ({"start_date": "1926-03-02", "end_date": "2026-03-01"}, "within"),
        ({"start_date": "2026-03-01", "end_date": "2026-03-01", "user": {"type": "Shot", "id": 1}}, "must be a HumanUser"),
    ],
)  # fmt: skip
def test_work_schedule_read_refuses(sg: Any, argument: dict[str, Any], text: str) -> None:
    with pytest.raises(shotgun_api3.Fault, match=text):
        sg._call_rpc("work_schedule_read", argument)


@pytest.mark.parametrize(
    "change", [{"working": "no"}, {"description": 3}, {"recalculate_field": "sg_status_list"}, {"date": None}]
)
def test_work_schedule_update_refuses(sg: Any, change: dict[str, Any]) -> None:
    good = {"date": "2026-12-24", "working": False, "description": None, "recalculate_field": None}
    assert sg._call_rpc("work_schedule_update", good)
    with pytest.raises(shotgun_api3.Fault, match="work_schedule_update"):
        sg._call_rpc("work_schedule_update", {**good, **change})


# --- what somebody has looked at -------------------------------------------------------------------------------------


def test_last_accessed_is_each_persons_own(site: Any, sg: Any, project: Entity, ada: Entity) -> None:
    field = "last_accessed_by_current_user"
    before = datetime.now(timezone.utc).replace(microsecond=0)
    login = as_ada(site)
    assert login.find_one("Project", [["id", "is", project["id"]]], [field])[field] is None
    login.update_project_last_accessed(project)
    found = login.find_one("Project", [["id", "is", project["id"]]], [field])[field]
    assert found >= before
    assert sg.find_one("Project", [["id", "is", project["id"]]], [field])[field] is None
    assert login.find("Project", [[field, "is", None]]) == []
    assert [item["id"] for item in login.find("Project", [[field, "is_not", None]])] == [project["id"]]
    assert len(sg.find("Project", [[field, "is", None]])) == 1


def test_last_accessed_of_a_named_user(site: Any, sg: Any, project: Entity, ada: Entity) -> None:
    sg.update_project_last_accessed(project, user=ada)
    found = as_ada(site).find_one("Project", [["id", "is", project["id"]]], ["last_accessed_by_current_user"])
    assert found["last_accessed_by_current_user"] is not None
    with pytest.raises(shotgun_api3.Fault, match=r"HumanUser.*does not exist"):
        sg.update_project_last_accessed(project, user={"type": "HumanUser", "id": 10**6})


def test_a_note_is_read_by_one_and_unread_by_the_other(site: Any, sg: Any, project: Entity, ada: Entity) -> None:
    note = sg.create("Note", {"subject": "Look", "project": project}, return_fields=["read_by_current_user"])
    assert note["read_by_current_user"] == "unread"
    other = sg.create("Note", {"subject": "Again", "project": project})
    login = as_ada(site)
    assert login.update("Note", note["id"], {"read_by_current_user": "read"})["read_by_current_user"] == "read"
    unread = [["read_by_current_user", "is", "unread"]]
    assert [item["id"] for item in login.find("Note", unread)] == [other["id"]]
    assert len(sg.find("Note", unread)) == 2
    assert [item["id"] for item in login.find("Note", [["read_by_current_user", "is_not", "unread"]])] == [note["id"]]
    with pytest.raises(shotgun_api3.Fault, match="not a valid list value"):
        login.update("Note", note["id"], {"read_by_current_user": "burnt"})
    with pytest.raises(shotgun_api3.Fault, match="read only"):
        login.update("Project", project["id"], {"last_accessed_by_current_user": datetime.now(timezone.utc)})


def test_personal_fields_stand_in_the_schema(sg: Any) -> None:
    found = sg.schema_field_read("Note", "read_by_current_user")["read_by_current_user"]
    assert found["data_type"]["value"] == "list"
    assert found["properties"]["valid_values"]["value"] == ["read", "unread"]


# --- subscriptions ---------------------------------------------------------------------------------------------------


def test_user_subscriptions(sg: Any, ada: Entity) -> None:
    assert sg.user_subscriptions_read() == []
    assert sg.user_subscriptions_create([{"humanUserId": ada["id"], "subscription": ["media", "rv"]}]) is True
    assert sg.user_subscriptions_read() == [{"humanUserId": ada["id"], "subscription": ["media", "rv"]}]
    with pytest.raises(shotgun_api3.Fault):
        sg.user_subscriptions_create([{"humanUserId": ada["id"], "subscription": {"a": 1}}])


# --- accounts --------------------------------------------------------------------------------------------------------


def test_who_is_switched_off_may_not_call_and_nobody_may_act_as_them(site: Any, sg: Any, ada: Entity) -> None:
    login = as_ada(site)
    token = login.get_session_token()
    assert login.find("HumanUser", []) != []
    sg.update("HumanUser", ada["id"], {"sg_status_list": "dis"})
    for client in (login, site.connect(session_token=token)):
        with pytest.raises(shotgun_api3.AuthenticationFault, match="Can't authenticate"):
            client.find("HumanUser", [])
    acting = site.connect(script_name="tests", api_key=site.key, sudo_as_login="ada")
    with pytest.raises(shotgun_api3.AuthenticationFault, match="Cannot 'sudo' - inactive user account: 'ada'"):
        acting.find("HumanUser", [])
    sg.update("HumanUser", ada["id"], {"sg_status_list": "act"})
    assert login.find("HumanUser", []) != []
