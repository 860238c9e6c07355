"""The test doubles: what a studio's own tests get, and the faults that they can ask for."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import ayon_api
import pytest
import requests
import shotgun_api3

import trackerkit as tk
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.testing.double import Double, double
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # the official clients leave connections open

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "test-your-tools.md"


@pytest.fixture
def sg(shotgrid_site: Double) -> Any:
    return shotgun_api3.Shotgun(shotgrid_site.url, script_name=shotgrid_site.script_name, api_key=shotgrid_site.api_key)


@pytest.fixture
def api(ayon_server: Double) -> Any:
    return ayon_api.ServerAPI(ayon_server.url, ayon_server.api_key)


@pytest.mark.parametrize("_", range(2))
def test_every_test_has_a_site_of_its_own(shotgrid_site: Double, sg: Any, _: int) -> None:
    shots = sg.find("Shot", [], ["code"], [{"field_name": "code", "direction": "asc"}])
    assert [shot["code"] for shot in shots] == ["SQ010_0010", "SQ010_0020"]
    sg.delete("Shot", shots[0]["id"])
    assert shotgrid_site.tracker.count("Shot") == 1


def test_the_tracker_behind_a_site_can_be_looked_at_and_changed(shotgrid_site: Double, sg: Any) -> None:
    shot = sg.find_one("Shot", [["code", "is", "SQ010_0010"]])
    sg.update("Shot", shot["id"], {"sg_cut_out": 1100})
    found = shotgrid_site.tracker.find_one("Shot", tk.field("name") == "SQ010_0010", fields=["frame_end", "updated_by"])
    assert found is not None
    assert (found["frame_end"], found["updated_by"].label) == (1100, shotgrid_site.script_name)
    shotgrid_site.tracker.update(found.ref, frame_end=1200)
    assert sg.find_one("Shot", [["id", "is", shot["id"]]], ["sg_cut_out"])["sg_cut_out"] == 1200


def test_a_person_logs_in_and_a_script_acts_as_one(shotgrid_site: Double) -> None:
    site = shotgrid_site
    for auth in (
        {"login": site.login, "password": site.password},
        {"script_name": site.script_name, "api_key": site.api_key, "sudo_as_login": site.login},
    ):
        sg = shotgun_api3.Shotgun(site.url, **auth)
        project = sg.find_one("Project", [["name", "is", "Kestrel"]])
        made = sg.create("Shot", {"code": "x", "project": project}, ["created_by"])
        assert made["created_by"]["name"] == "Ada Lovelace"


def test_a_site_has_the_whole_schema(sg: Any) -> None:
    assert {"Ticket", "LocalStorage", "CustomEntity50", "PermissionRuleSet"} <= set(sg.schema_entity_read())
    assert sg.find_one("Status", [["code", "is", "ip"]], ["name"])["name"] == "In Progress"


def test_another_process_can_use_it(shotgrid_site: Double) -> None:
    code = (
        "import shotgun_api3, sys\n"
        "sg = shotgun_api3.Shotgun(sys.argv[1], script_name=sys.argv[2], api_key=sys.argv[3])\n"
        "print(len(sg.find('Shot', [])))\n"
    )
    given = [shotgrid_site.url, shotgrid_site.script_name, shotgrid_site.api_key]
    done = subprocess.run([sys.executable, "-c", code, *given], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.strip() == "2"


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [429, 503])
def test_fail_answers_a_status_and_the_server_never_sees_it(shotgrid_site: Double, sg: Any, code: int) -> None:
    shotgrid_site.fail(code, retry_after_s=7)
    with pytest.raises(shotgun_api3.ProtocolError) as caught:
        sg.find("Shot", [])
    assert caught.value.errcode == code
    assert len(sg.find("Shot", [])) == 2
    assert [request.plan for request in shotgrid_site.proxy.requests if "json" in request.target][-2:] == [
        "status",
        "pass",
    ]


def test_reset_happens_before_anything_is_done(shotgrid_site: Double, sg: Any) -> None:
    project = sg.find_one("Project", [["name", "is", "Kestrel"]])
    shotgrid_site.reset(times=4)
    with pytest.raises((OSError, http.client.HTTPException)):
        sg.create("Shot", {"code": "lost", "project": project})
    assert shotgrid_site.tracker.count("Shot") == 2


def test_a_lost_answer_leaves_the_work_done(shotgrid_site: Double, sg: Any) -> None:
    project = sg.find_one("Project", [["name", "is", "Kestrel"]])
    shotgrid_site.lose_answer(times=4)
    with pytest.raises((OSError, http.client.HTTPException)):
        sg.create("Shot", {"code": "done", "project": project})
    assert shotgrid_site.tracker.count("Shot", tk.field("name") == "done") >= 1


def test_slow_passes_in_the_end(shotgrid_site: Double, sg: Any) -> None:
    shotgrid_site.slow(0.2)
    assert len(sg.find("Shot", [])) == 2


def test_a_hanging_server_meets_the_callers_timeout(shotgrid_site: Double, sg: Any) -> None:
    sg.config.timeout_secs = 0.3
    sg.close()
    shotgrid_site.hang(times=4)
    with pytest.raises(OSError, match="timed out"):
        sg.find("Shot", [])


def entry_ids(sg: Any) -> list[int]:
    return [row["id"] for row in sg.find("EventLogEntry", [], ["id"], [{"field_name": "id", "direction": "asc"}])]


def test_an_event_hole_closes_later(shotgrid_site: Double, sg: Any) -> None:
    before = entry_ids(sg)
    assert before == list(range(1, len(before) + 1))
    shot = sg.find_one("Shot", [])
    with shotgrid_site.event_hole():
        sg.update("Shot", shot["id"], {"description": "one"})
        sg.update("Shot", shot["id"], {"description": "two"})
        assert entry_ids(sg) == [*before, len(before) + 2]
    assert entry_ids(sg) == [*before, len(before) + 1, len(before) + 2]


# --- AYON ------------------------------------------------------------------------------------------------------------


def test_an_ayon_server_of_ones_own(ayon_server: Double, api: Any) -> None:
    assert sorted(folder["path"] for folder in api.get_folders("Kestrel")) == [
        "/Lamp", "/SQ010", "/SQ010/SQ010_0010", "/SQ010/SQ010_0020",
    ]  # fmt: skip
    shot = api.get_folder_by_path("Kestrel", "/SQ010/SQ010_0010")
    api.update_folder("Kestrel", shot["id"], attrib={"frameEnd": 1100})
    found = ayon_server.tracker.find_one("Shot", tk.field("name") == "SQ010_0010", fields=["frame_end"])
    assert found is not None
    assert found["frame_end"] == 1100


def test_an_ayon_server_breaks_on_demand(ayon_server: Double) -> None:
    url, headers = f"{ayon_server.url}/api/projects", {"X-Api-Key": ayon_server.api_key}
    ayon_server.fail(503, retry_after_s=3)
    answer = requests.get(url, headers=headers, timeout=30)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    ayon_server.reset()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, headers=headers, timeout=30)
    assert requests.get(url, headers=headers, timeout=30).status_code == 200


# --- what is served --------------------------------------------------------------------------------------------------


def test_a_double_without_the_sample_is_a_new_site() -> None:
    with double("shotgrid", sample=False) as site:
        assert [project["name"] for project in site.tracker.find("Project", fields=["name"])] == ["Template Project"]


def test_a_double_of_ones_own_tracker_with_limits() -> None:
    tracker = Tracker(MemoryBackend())
    tracker.create("Project", name="mine")
    with double("shotgrid", tracker=tracker, settings=GatewaySettings(batch=1)) as site:
        sg = shotgun_api3.Shotgun(site.url, script_name=site.script_name, api_key=site.api_key)
        project = sg.find_one("Project", [])
        one = {"request_type": "create", "entity_type": "Shot", "data": {"code": "x", "project": project}}
        with pytest.raises(shotgun_api3.Fault):
            sg.batch([one, one])


def test_the_how_to_passes_as_it_stands(pytester: pytest.Pytester) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", HOWTO.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    pytester.makepyfile(test_tools="\n\n".join(blocks))
    tests = sum(block.count("\ndef test_") + block.startswith("def test_") for block in blocks)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore::ResourceWarning").assert_outcomes(
        passed=tests
    )
    assert tests >= 5
