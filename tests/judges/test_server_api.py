"""The tests of ynput/ayon-python-api, unmodified, with our ``ServerAPI`` as that package's own connection, on a real server.

``tox -e judge-server-api`` runs them twice, first with the official client and then with ours: what passes with the one passes
with the other. Of the environment, besides what ``test_ayon_python_api`` reads: TRACKERKIT_LIVE_AYON_URL and
TRACKERKIT_LIVE_AYON_KEY, an AYON server and the key of a service there. They make and delete projects of their own.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from judges.ayon_python_api import copied, run

STAND_IN = """
import ayon_api
import ayon_api._api
from trackerkit_ayon.server_api import GlobalServerAPI, ServerAPI

ayon_api.ServerAPI = ServerAPI
ayon_api._api.GlobalServerAPI = GlobalServerAPI
ayon_api._api.GlobalContext._connection = GlobalServerAPI()
"""

LEFT_OUT = (
    "tests/test_server.py::test_addon_methods",  # it uploads an addon and restarts the server
    "tests/test_server.py::test_server_restart_as_user",
)
LEAST = 1_300


@pytest.mark.timeout(14_400)
def test_what_passes_with_the_official_client_passes_with_ours(tmp_path: Path) -> None:
    url, key = (os.environ.get(f"TRACKERKIT_LIVE_AYON_{name}", "") for name in ("URL", "KEY"))
    if not url or not key:
        pytest.fail("set TRACKERKIT_LIVE_AYON_URL and TRACKERKIT_LIVE_AYON_KEY to a server for tests", pytrace=False)
    checkout = copied(tmp_path)
    official = run(checkout, url, key, left_out=LEFT_OUT)
    ours = run(checkout, url, key, plugin=STAND_IN, left_out=LEFT_OUT)
    print(f"with ayon_api's client: {official}\nwith ours: {ours}")
    assert len(official.passed) >= LEAST
    lost = ours.failed - official.failed  # by what failed: names of tests of events hold the moment of their collection
    assert not lost, "\n".join(sorted(lost))
    assert len(ours.passed) >= len(official.passed)
