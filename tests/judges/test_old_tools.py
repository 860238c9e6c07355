"""Tools that others wrote for a ShotGrid site, unmodified, against our gateway; ``tox -e judge-tools``.

Each test wants a checkout, named by a variable of the environment: TRACKERKIT_PYSHOTGRID (fabiangeisler/pyshotgrid),
TRACKERKIT_TK_CORE (shotgunsoftware/tk-core), TRACKERKIT_SHOTGRID_BACKUP (boono/shotgrid-backup-tool).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

LOGIN, PASSWORD = "ada", "a long password"

PYSHOTGRID = """
import os, pyshotgrid
site = pyshotgrid.new_site(base_url=os.environ["URL"], script_name=os.environ["NAME"], api_key=os.environ["KEY"])
(project,) = [item for item in site.projects() if item.name.get() == "A show"]
(shot,) = project.shots()
assert shot["code"].get() == "sh010" and shot["code"].schema.data_type == "text"
task = site.create("Task", {"content": "comp", "entity": shot, "project": project})
version = site.create("Version", {"code": "v1", "entity": shot, "project": project, "sg_task": task})
assert [item.name.get() for item in shot.tasks()] == ["comp"] and shot.versions()[0]["entity"].get() == shot
with open("movie.mov", "wb") as movie:
    movie.write(b"frames" * 5000)
version["sg_uploaded_movie"].upload("movie.mov")
with open(version["sg_uploaded_movie"].download("./copy.mov"), "rb") as copy:
    assert copy.read() == b"frames" * 5000
playlist = site.create("Playlist", {"code": "dailies", "project": project, "versions": [version]})
playlist["versions"].remove([version])
assert playlist["versions"].get() == []
playlist["versions"].add([version])
assert playlist["versions"].get()[0]["code"].get() == "v1"
assert len(shot.all_field_values()) > 50 and "Shot" in site.entity_field_schemas()
assert version.delete()
"""

TOOLKIT = """
import os, types, sgtk
from sgtk.authentication import ShotgunAuthenticator
from sgtk.util import create_event_log_entry
url, name, key = (os.environ[item] for item in ("URL", "NAME", "KEY"))
authenticator = ShotgunAuthenticator()
person = authenticator.create_session_user(login=os.environ["LOGIN"], password=os.environ["PASSWORD"], host=url)
assert not person.are_credentials_expired()
assert person.create_sg_connection().find_one("Shot", [], ["code"])["code"] == "sh010"
script = authenticator.create_script_user(api_script=name, api_key=key, host=url)
sgtk.set_authenticated_user(script)
sg = script.create_sg_connection()
project = sg.find_one("Project", [["name", "is", "A show"]])
descriptor = "sgtk:descriptor:dev?path=/nowhere"
sg.create("PipelineConfiguration", {"code": "Primary", "project": project, "plugin_ids": "basic.*", "descriptor": descriptor})
manager = sgtk.bootstrap.ToolkitManager(script)
manager.plugin_id = "basic.desktop"
assert [item["name"] for item in manager.get_pipeline_configurations(project)] == ["Primary"]
shot = sg.find_one("Shot", [])
toolkit = types.SimpleNamespace(shotgun=sg, execute_core_hook=lambda _name: os.environ["LOGIN"])
context = types.SimpleNamespace(project=project, entity=shot, user=None)
made = create_event_log_entry(toolkit, context, "Toolkit_Judged", "It was judged.", {"answer": 42})
found = sg.find_one("EventLogEntry", [["event_type", "is", "Toolkit_Judged"]], ["meta", "description", "entity", "user"])
assert (found["id"], found["meta"], found["description"]) == (made["id"], {"answer": 42}, "It was judged.")
assert (found["entity"]["id"], found["user"]["name"]) == (shot["id"], "Ada")
"""


def checkout(variable: str, repository: str, part: str) -> Path:
    """The part of a checkout that is needed."""
    given = Path(os.environ.get(variable) or "/nowhere") / part
    if not given.exists():
        pytest.fail(f"set {variable} to a checkout of {repository}", pytrace=False)
    return given


@pytest.fixture
def show(gateway: Any) -> Any:
    """A connection; behind it there is a project with a shot, and a person who may log in."""
    sg = shotgun_api3.Shotgun(gateway.url, script_name=gateway.name, api_key=gateway.key)
    project = sg.create("Project", {"name": "A show"})
    sg.create("Shot", {"code": "sh010", "project": project})
    sg.create("HumanUser", {"login": LOGIN, "name": "Ada", "password_proxy": PASSWORD})
    yield sg
    sg.close()


def run(command: list[str], gateway: Any, home: Path, **more: str) -> str:
    """A program in a process of its own, which has to end well; what it printed."""
    environment = {
        **os.environ,
        "URL": gateway.url,
        "NAME": gateway.name,
        "KEY": gateway.key,
        "HOME": str(home),
        **more,
    }
    environment |= {"LOGIN": LOGIN, "PASSWORD": PASSWORD, "SHOTGUN_HOME": str(home / "toolkit")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *command], cwd=home, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.timeout(600)
def test_pyshotgrid_works_with_records_files_and_lists(show: Any, gateway: Any, tmp_path: Path) -> None:
    source = checkout("TRACKERKIT_PYSHOTGRID", "fabiangeisler/pyshotgrid", "src")
    run(["-c", PYSHOTGRID], gateway, tmp_path, PYTHONPATH=str(source))


@pytest.mark.timeout(600)
def test_the_toolkits_core_logs_in_finds_its_configuration_and_writes_its_events(
    show: Any, gateway: Any, tmp_path: Path
) -> None:
    source = checkout("TRACKERKIT_TK_CORE", "shotgunsoftware/tk-core", "python")
    run(["-c", TOOLKIT], gateway, tmp_path, PYTHONPATH=str(source))


@pytest.mark.timeout(1_200)
def test_a_backup_of_the_whole_site_is_complete(show: Any, gateway: Any, tmp_path: Path) -> None:
    tools = checkout("TRACKERKIT_SHOTGRID_BACKUP", "boono/shotgrid-backup-tool", "tools") / "shotgrid_backup"
    shot = show.find_one("Shot", [])
    (tmp_path / "notes.txt").write_bytes(b"text" * 1000)
    show.upload("Shot", shot["id"], str(tmp_path / "notes.txt"))
    retired = show.create("Shot", {"code": "gone", "project": show.find_one("Project", [["name", "is", "A show"]])})
    show.delete("Shot", retired["id"])
    names = {"SHOTGRID_URL": gateway.url, "SHOTGRID_SCRIPT_NAME": gateway.name, "SHOTGRID_SCRIPT_KEY": gateway.key}
    target = tmp_path / "backups"
    run([str(tools / "backup.py"), "--output", str(target), "--all-readable"], gateway, tmp_path, **names)
    snapshot = target / (target / "latest.txt").read_text().strip()
    said = json.loads(
        run([str(tools / "snapshot_verify.py"), str(snapshot), "--verify", "--require-full"], gateway, tmp_path)
    )
    assert (said["ok"], said["profile"], said["errors"]) == (True, "site_full", [])
    manifest = json.loads((snapshot / "manifest.json").read_text())
    assert (manifest["attachments"]["downloaded"], manifest["attachments"]["failed"]) == (1, 0)
