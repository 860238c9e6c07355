"""Several processes on one address: who answers, who is replaced, how they end, what they count together."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")

APP = """
import os, sys, time
from contextlib import contextmanager
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from trackerkit.web.app import build_app
from trackerkit.web.pool import run_sync

async def pid(request):
    return PlainTextResponse(str(os.getpid()))

async def slow(request):
    print("working", flush=True)
    await run_sync(time.sleep, 1)
    return PlainTextResponse("done")

@contextmanager
def made(folder):
    yield build_app([Route("/pid", pid), Route("/slow", slow)])
    open(os.path.join(folder, f"closed.{os.getpid()}"), "w").close()

@contextmanager
def broken(folder):
    raise RuntimeError("no application")
    yield
"""
MAIN = """
import sys
import work_app
from trackerkit.errors import ConfigurationError
from trackerkit.web.workers import Work, serve_with_workers

if __name__ == "__main__":
    work = Work(getattr(work_app, sys.argv[1]), (sys.argv[2],))
    try:
        serve_with_workers(work, "127.0.0.1", 0, workers=2, on_ready=lambda url: print(url, flush=True))
    except ConfigurationError as error:
        print(error)
    except KeyboardInterrupt:
        print("interrupted")
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the program with an application's name."""
    (tmp_path / "work_app.py").write_text(APP)
    (tmp_path / "main.py").write_text(MAIN)
    started: list[subprocess.Popen[str]] = []

    def run(name: str = "made") -> subprocess.Popen[str]:
        command = [sys.executable, str(tmp_path / "main.py"), name, str(tmp_path)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()


def url_of(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def pids(url: str, count: int, without: int = 0) -> set[int]:
    """Who answers, until so many did."""
    found: set[int] = set()
    deadline = time.monotonic() + 60
    while len(found) < count and time.monotonic() < deadline:
        try:
            found.add(int(requests.get(f"{url}/pid", timeout=30).text))
        except requests.ConnectionError:
            continue
        found.discard(without)
    return found


def test_every_worker_answers_and_one_that_dies_is_replaced(start: Start) -> None:
    child = start()
    url = url_of(child)
    first = pids(url, 2)
    assert len(first) == 2
    victim = min(first)
    os.kill(victim, signal.SIGKILL)
    assert len(pids(url, 2, without=victim)) == 2
    child.terminate()
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "is replaced" in errors


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_all_end_after_their_work(start: Start, tmp_path: Path, sign: signal.Signals) -> None:
    child = start()
    url, answers = url_of(child), []
    caller = threading.Thread(target=lambda: answers.append(requests.get(f"{url}/slow", timeout=60).text))
    caller.start()
    assert child.stdout is not None
    assert child.stdout.readline() == "working\n"
    child.send_signal(sign)
    out, _ = child.communicate(timeout=60)
    caller.join(10)
    assert answers == ["done"]
    assert out == ("interrupted\n" if sign == signal.SIGINT else "")
    assert len(list(tmp_path.glob("closed.*"))) == 2
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_workers_end_with_a_parent_that_was_killed(start: Start, tmp_path: Path) -> None:
    child = start()
    url = url_of(child)
    pids(url, 2)
    child.kill()
    child.wait(30)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("closed.*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(list(tmp_path.glob("closed.*"))) == 2


def test_any_worker_tells_what_all_counted(start: Start) -> None:
    child = start()
    url = url_of(child)
    asked = 0
    answering: set[int] = set()
    while len(answering) < 2 or asked < 20:
        answering.add(int(requests.get(f"{url}/pid", timeout=30).text))
        asked += 1
    counted, deadline = [0], time.monotonic() + 60
    while counted != [asked] and time.monotonic() < deadline:
        text = requests.get(f"{url}/metrics", timeout=30).text
        counted = [int(number) for number in re.findall(r'requests_total\{route="/pid",status="200"\} (\d+)', text)]
    assert counted == [asked]
    assert text.count(f'trackerkit_request_seconds_count{{route="/pid"}} {asked}') == 1


def test_an_application_that_does_not_start_is_told(start: Start) -> None:
    child = start("broken")
    out, errors = child.communicate(timeout=60)
    assert "did not start" in out
    assert "no application" in errors
