"""AYON's client and ours on a real server: the same calls, the same answers; the same changes, the same effects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ayon_twin_calls as calls
import ayon_twins as twins
import pytest


@pytest.fixture(scope="module")
def pair(live_ayon: Any) -> tuple[Any, Any]:
    """Ours and theirs."""
    return twins.clients(live_ayon.url, live_ayon.key)


@pytest.fixture(scope="module")
def show(pair: tuple[Any, Any]) -> Iterator[twins.Show]:
    """A show of this run's own."""
    name = twins.project_name()
    _, theirs = pair
    try:
        yield twins.make_show(theirs, name, theirs.get_user()["name"])
    finally:
        theirs.delete_project(name)


@pytest.mark.parametrize(("family", "case"), [(f, c) for f, cases in calls.READS.items() for c in cases])
def test_read_alike(pair: tuple[Any, Any], show: twins.Show, family: str, case: str) -> None:
    call = calls.READS[family][case]
    ignoring = calls.OWN if "own" in case or "path" in case else frozenset()
    ours, theirs = (twins.outcome(lambda api=api: call(api, show), ignoring) for api in pair)
    assert ours == theirs
    assert isinstance(ours, twins.Failed) == ((family, case) in calls.FAILING), ours


@pytest.mark.parametrize("change", calls.CHANGES, ids=lambda change: change.__name__)
def test_change_alike(pair: tuple[Any, Any], show: twins.Show, change: Any) -> None:
    ours, theirs = (calls.effect(change, api, pair[1], show) for api in pair)
    assert ours == theirs
    assert not isinstance(ours, twins.Failed), ours


@pytest.mark.parametrize("kind", ["folder", "task"])
def test_own_attributes_are_those_that_rest_tells(pair: tuple[Any, Any], show: twins.Show, kind: str) -> None:
    ours, _ = pair
    read = getattr(ours, f"get_{kind}s")(show.project, active=None, own_attributes=True)
    found = {row["id"]: row["own_attributes"] for row in read}
    assert found
    for entity_id, own in found.items():
        rest = ours.get(f"projects/{show.project}/{kind}s/{entity_id}").data
        assert {name for name, value in own.items() if value is not None} == set(rest["ownAttrib"])
        assert own.keys() >= rest["attrib"].keys()


def test_projects_are_made_and_deleted_alike(pair: tuple[Any, Any]) -> None:
    left_out = frozenset({"name", "code", "createdAt", "updatedAt"})
    made = []
    for api in pair:
        name = twins.project_name()
        try:
            project = api.create_project(name, name[-6:], library_project=True, data={"a": twins.AWKWARD})
            api.update_project(name, attrib={"fps": 30.0}, data={"b": 1})
            with pytest.raises(ValueError, match="already exists"):
                api.create_project(name, "x")
            made.append((twins.plain(project, left_out), twins.plain(api.get_project(name), left_out)))
        finally:
            api.delete_project(name)
        assert api.get_project(name) is None
        with pytest.raises(ValueError, match="not found"):
            api.delete_project(name)
    assert made[0] == made[1]
