"""The event daemon of shotgunsoftware/shotgunEvents, unmodified, reads our gateway's log: every event, once, in order.

``tox -e judge-events``; TRACKERKIT_SHOTGUN_EVENTS is the path of a checkout of shotgunEvents, TRACKERKIT_JUDGE_OVER
the tracker behind the gateway, as a URL (an embedded store of its own unless given).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

PLUGIN = """
def registerCallbacks(reg):
    reg.registerCallback({name!r}, {key!r}, seen, None, None)

def seen(sg, logger, event, args):
    with open({log!r}, "a") as log:
        log.write(str(event["id"]) + chr(10))
"""
CONFIG = """
[daemon]
pidFile: {home}/daemon.pid
eventIdFile: {home}/daemon.id
logMode: 0
logPath: {home}
logFile: daemon
logging: 20
timing_log: off
conn_retry_sleep = 5
max_conn_retries = 5
fetch_interval = 1
max_event_batch_size = 500
[shotgun]
server: {url}
name: {name}
key: {key}
proxy_server:
use_session_uuid: True
[plugins]
paths: {home}/plugins
[emails]
enabled: False
server: none
from: none@none
to: none@none
subject: none
"""
SHOTS = 400
WAIT_S = 300.0


@contextmanager
def daemon(home: Path, gateway: Any) -> Iterator[None]:
    """The daemon, with a plugin that writes down what it sees."""
    given = os.environ.get("TRACKERKIT_SHOTGUN_EVENTS")
    script = Path(given or "") / "src" / "shotgunEventDaemon.py"
    if not given or not script.is_file():
        pytest.fail("set TRACKERKIT_SHOTGUN_EVENTS to a checkout of shotgunsoftware/shotgunEvents", pytrace=False)
    (home / "plugins").mkdir()
    plugin = PLUGIN.format(name=gateway.name, key=gateway.key, log=str(home / "seen"))
    (home / "plugins" / "seen.py").write_text(plugin)
    config = CONFIG.format(home=home, url=gateway.url, name=gateway.name, key=gateway.key)
    (home / "shotgunEventDaemon.conf").write_text(config)
    (home / "shotgunEventDaemon.py").symlink_to(
        script
    )  # it looks for its configuration beside the script that was started
    environment = {**os.environ, "PYTHONPATH": str(script.parent)}
    command = [sys.executable, str(home / "shotgunEventDaemon.py"), "foreground"]
    with (
        (home / "daemon.log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=environment) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def wait(home: Path, is_there: Any) -> None:
    until = time.monotonic() + WAIT_S
    while not is_there():
        assert time.monotonic() < until, (home / "daemon.log").read_text()[-3000:]
        time.sleep(0.5)


def seen(home: Path) -> list[int]:
    path = home / "seen"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


@pytest.mark.timeout(1_200)
def test_the_event_daemon_sees_every_event_once_and_in_order(tmp_path: Path, gateway: Any) -> None:
    sg = shotgun_api3.Shotgun(gateway.url, script_name=gateway.name, api_key=gateway.key)

    def newest() -> int:
        order = [{"column": "id", "direction": "desc"}]
        return int(sg.find_one("EventLogEntry", [], ["id"], order=order)["id"])

    project = sg.create("Project", {"name": "A_day"})
    home = tmp_path / "daemon"
    home.mkdir()
    first = newest()
    with daemon(home, gateway):
        wait(home, lambda: (home / "daemon.id").exists() or "Last event id" in (home / "daemon.log").read_text())
        data = [{"code": f"sh{number:04}", "project": project} for number in range(SHOTS)]
        shots = sg.batch([{"request_type": "create", "entity_type": "Shot", "data": item} for item in data])
        for shot in shots[:50]:
            sg.update("Shot", shot["id"], {"description": "again"})
        sg.batch([{"request_type": "delete", "entity_type": "Shot", "entity_id": shot["id"]} for shot in shots[:20]])
        last = newest()
        wait(home, lambda: last in seen(home))
    sg.close()
    assert seen(home) == list(range(first + 1, last + 1))
