"""What processes beside a test do to one store; here and not in the tests, so that a started process finds it by name."""

from __future__ import annotations

import multiprocessing
from typing import Any

import trackerkit
from trackerkit import field
from trackerkit import operations as ops
from trackerkit.values import Ref

CONTEXT = multiprocessing.get_context("spawn")


def create_many(url: str, name: str, count: int) -> None:
    """Make shots, one at a time."""
    with trackerkit.connect(url) as tracker:
        project = tracker.project("p")
        for at in range(count):
            tracker.create("Shot", name=f"{name}{at}", project=project)


def crash(url: str, started: Any) -> None:
    """Write batches until killed."""
    tracker = trackerkit.connect(url)
    project = tracker.project("p")
    for number in range(10_000):
        tracker.write([ops.create("Shot", {"name": f"{number}_{at}"}, project=project) for at in range(50)])
        started.set()


def repeat(url: str, key: str, results: Any) -> None:
    """Make what others make under the same key."""
    with trackerkit.connect(url) as tracker:
        made = tracker.write([ops.create("Shot", {"name": "once", "parent": Ref("Project", "2")}, key=key)])[0]
        results.put((made.ref.id, made.done))


def open_new(url: str, results: Any) -> None:
    """Open a store that others open too; say what was found."""
    with trackerkit.connect(url, user="anna", create_user=True) as tracker:
        results.put(f"{tracker.backend.site} {tracker.count('User', field('name') == 'anna')}")


def make_and_change(url: str, name: str, count: int, problems: Any) -> None:
    """Make shots and change each; say what went wrong."""
    try:
        with trackerkit.connect(url) as tracker:
            project = tracker.project("p")
            for at in range(count):
                shot = tracker.create("Shot", name=f"{name}{at}", project=project)
                tracker.update(shot, description="d")
        problems.put(None)
    except BaseException as error:
        problems.put(f"{type(error).__name__}: {error}")
        raise
