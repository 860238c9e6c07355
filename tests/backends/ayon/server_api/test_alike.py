"""The same calls with AYON's own client and with ours, of our own gateway: the same answers, the same effects."""

from __future__ import annotations

from typing import Any, Final

import ayon_twin_calls as calls
import ayon_twins as twins
import pytest
from ayon_pair import Pair

TAKEN: Final = {("folders", "by an awkward name"), ("folders", "by awkward tags"), ("tasks", "by name in vain")}
"""What the real server refuses and the gateway answers."""

NOT_SERVED: Final = {("projects", "anatomy schema")}
"""The gateway does not serve this route: see test_routes for the calls."""


@pytest.fixture(scope="module")
def show(gateway_pair: Pair) -> twins.Show:
    """A show made with AYON's client."""
    return twins.make_show(gateway_pair.theirs, twins.project_name(), "artist")


@pytest.mark.parametrize(("family", "case"), [(f, c) for f, cases in calls.READS.items() for c in cases])
def test_read_alike(gateway_pair: Pair, show: twins.Show, family: str, case: str) -> None:
    call = calls.READS[family][case]
    ignoring = calls.OWN if "own" in case or "path" in case else frozenset()
    pair = (gateway_pair.ours, gateway_pair.theirs)
    ours, theirs = (twins.outcome(lambda api=api: call(api, show), ignoring) for api in pair)
    assert ours == theirs
    assert isinstance(ours, twins.Failed) == ((family, case) in (calls.FAILING | NOT_SERVED) - TAKEN), ours


@pytest.mark.parametrize("change", calls.CHANGES, ids=lambda change: change.__name__)
def test_change_alike(gateway_pair: Pair, show: twins.Show, change: Any) -> None:
    pair = (gateway_pair.ours, gateway_pair.theirs)
    ours, theirs = (calls.effect(change, api, gateway_pair.theirs, show) for api in pair)
    assert ours == theirs
    assert not isinstance(ours, twins.Failed), ours


def test_own_attributes_are_those_that_rest_tells(gateway_pair: Pair, show: twins.Show) -> None:
    found = {
        row["id"]: row["own_attributes"] for row in gateway_pair.ours.get_folders(show.project, own_attributes=True)
    }
    assert found
    for folder_id, own in found.items():
        rest = gateway_pair.ours.get_rest_folder(show.project, folder_id)
        assert {name for name, value in own.items() if value is not None} == set(rest["ownAttrib"])
