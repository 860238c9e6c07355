"""Secrets: sent and answered as by AYON's own client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_secrets": (lambda api: api.get_secrets(), [{"name": "a", "value": "b"}]),
    "get_secret": (lambda api: api.get_secret("a"), {"name": "a", "value": "b"}),
    "get_secret unknown": (lambda api: api.get_secret("a"), said({"code": 404, "detail": "no"}, 404)),
    "save_secret": (lambda api: api.save_secret("a", 'say "b"'), said(b"", 204)),
    "save_secret forbidden": (lambda api: api.save_secret("a", "b"), said({"code": 403, "detail": "no"}, 403)),
    "delete_secret": (lambda api: api.delete_secret("a"), said(b"", 204)),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


def test_a_name_stays_one_part_of_the_path(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = {"name": "a/b", "value": "c"}
    recorded.ours.get_secret("a/b?c=d")
    assert recorder.server.requests[-1].target == "/api/secrets/a%2Fb%3Fc%3Dd"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_leads_elsewhere_is_refused(recorder: Recorder, recorded: Pair, name: str) -> None:
    before = len(recorder.server.requests)
    with pytest.raises(ValueError, match="cannot be a part of a path"):
        recorded.ours.delete_secret(name)
    assert len(recorder.server.requests) == before
