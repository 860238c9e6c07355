"""What a server prints of its work."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from trackerkit.secrets import get_logger
from trackerkit.web.logs import configure_logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger("trackerkit")
    before = (list(root.handlers), root.propagate, root.level)
    yield
    root.handlers, root.propagate = before[0], before[1]
    root.setLevel(before[2])


def test_json_lines_hold_the_facts_and_no_secret() -> None:
    stream = io.StringIO()
    configure_logs("json", stream)
    get_logger("trackerkit.web").info(
        "call x-api-key: k3y-of-a-farm", extra={"request_id": "r1", "status": 200, "caller": ""}
    )
    logging.getLogger("trackerkit.other").warning("script_key=another-secret")
    try:
        raise ValueError("password=hunter2hunter2")
    except ValueError:
        get_logger("trackerkit.web").exception("it broke")
    first, second, third = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["request_id"], first["status"], first["level"], first["logger"]) == (
        "r1",
        200,
        "info",
        "trackerkit.web",
    )
    assert "caller" not in first
    assert first["at"].endswith("+00:00")
    assert "ValueError" in third["traceback"]
    assert second["message"].startswith("script_key=")
    for secret in ("k3y-of-a-farm", "another-secret", "hunter2hunter2"):
        assert secret not in stream.getvalue()


def test_text_is_for_people() -> None:
    stream = io.StringIO()
    configure_logs("text", stream)
    get_logger("trackerkit.web").info("request_id=%s status=%s", "r1", 200)
    assert stream.getvalue().rstrip().endswith("INFO trackerkit.web request_id=r1 status=200")


def test_off_leaves_the_log_alone() -> None:
    before = list(logging.getLogger("trackerkit").handlers)
    configure_logs("off")
    assert logging.getLogger("trackerkit").handlers == before


def test_another_style_is_refused() -> None:
    with pytest.raises(ValueError, match="xml"):
        configure_logs("xml")
