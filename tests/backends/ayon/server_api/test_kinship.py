"""Errors are caught by the names of AYON's own package too, where a program has loaded it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import ayon_api.exceptions as official
import pytest
from ayon_pair import Pair

from trackerkit import errors as tk
from trackerkit_ayon.server_api import exceptions

NAMES = sorted(
    name for name, kind in vars(official).items() if isinstance(kind, type) and kind.__module__ == official.__name__
)

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "FolderNotFound": ("show", "f" * 32), "GraphQlQueryFailed": ([{"message": "no"}], "query {}", {}),
    "HTTPRequestError": ("no", None), "RequestError": ("no", None), "UrlError": ("no", "title"), "UrlNotReached": ("no", "title"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_error_of_the_official_package_is_raised_as_both(name: str) -> None:
    made = getattr(exceptions, name)(*ARGUMENTS.get(name, ("no",)))
    assert isinstance(made, getattr(official, name))
    assert isinstance(made, getattr(exceptions, name))
    assert isinstance(made, tk.TrackerError)
    assert str(made) == str(getattr(official, name)(*ARGUMENTS.get(name, ("no",))))


def test_an_error_that_the_official_package_lacks_is_its_nearest_ancestor() -> None:
    made = exceptions.refused(404, "there is no such thing", None)
    assert isinstance(made, official.HTTPRequestError)
    assert isinstance(made, tk.NotFoundError)
    unknown = exceptions.RequestOutcomeUnknown("nobody knows", request="POST api/x")
    assert isinstance(unknown, official.ServerNotReached)
    assert unknown.request == "POST api/x"
    assert type(unknown).__name__ == "RequestOutcomeUnknown"


def test_a_refusal_of_a_server_is_caught_by_the_official_name(gateway_pair: Pair) -> None:
    with pytest.raises(official.HTTPRequestError) as caught:
        gateway_pair.ours.get("no/such/route").raise_for_status()
    assert caught.value.response.status_code == 404
    assert isinstance(caught.value, tk.NotFoundError)


def test_an_error_crosses_to_another_process_whole() -> None:
    failed = exceptions.FailedOperations("two failed", results=[{"id": "1", "success": False}])
    again = pickle.loads(pickle.dumps(failed))
    assert again.failed == failed.failed
    assert isinstance(again, official.FailedOperations)


def test_without_the_official_package_they_are_ours_alone(tmp_path: Path) -> None:
    code = (
        "import sys; from trackerkit_ayon.server_api.exceptions import FailedOperations, HTTPRequestError as H\n"
        "assert type(H('no', None)) is H and 'ayon_api' not in sys.modules\n"
        "import ayon_api.exceptions as official\n"
        "assert isinstance(H('no', None), official.HTTPRequestError)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
