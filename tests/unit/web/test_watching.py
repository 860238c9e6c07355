"""Health, metrics and pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
import requests
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from trackerkit.web.call import note
from trackerkit.web.metrics import Metrics
from trackerkit.web.pages import Pages
from trackerkit.web.serve import Server

Serve = Callable[..., Server]


def test_health_names_what_fails_and_not_why(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    sick: list[str] = []

    def store() -> None:
        if sick:
            raise OSError("/secret/place is gone")

    server = serve([], app={"checks": {"store": store, "other": lambda: None}})
    answer = requests.get(f"{server.url}/healthz", timeout=5)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "failed": []})
    sick.append("yes")
    answer = requests.get(f"{server.url}/healthz", timeout=5)
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "failed": ["store"]})
    assert "/secret/place is gone" in caplog.text


def test_metrics_count_by_route_operation_and_status(serve: Serve) -> None:
    async def other(request: Request) -> Response:
        return PlainTextResponse("fine")

    async def shot(request: Request) -> Response:
        note(request, operation="read")
        return PlainTextResponse("fine")

    server = serve([Route("/shots/{id}", shot), Mount("/api", routes=[Route("/{id}", other)])])
    for number in range(3):
        requests.get(f"{server.url}/shots/{number}", timeout=5)
        requests.get(f"{server.url}/api/{number}", timeout=5)
        requests.get(f"{server.url}/nowhere/{number}", timeout=5)
    text = requests.get(f"{server.url}/metrics", timeout=5).text
    assert 'trackerkit_requests_total{route="/shots/{id}",operation="read",status="200"} 3' in text
    assert 'trackerkit_requests_total{route="/api/{id}",status="200"} 3' in text
    assert 'trackerkit_requests_total{route="unmatched",status="404"} 3' in text
    assert 'trackerkit_request_seconds_count{route="/shots/{id}",operation="read"} 3' in text
    assert "trackerkit_requests_in_flight 1" in text
    assert "/nowhere" not in text


def test_metrics_are_for_the_loopback_or_the_token(serve: Serve) -> None:
    near, token = serve([]), serve([], metrics_token="let me see it")
    assert requests.get(f"{near.url}/metrics", timeout=5).status_code == 200
    proxied = {"X-Forwarded-For": "198.51.100.9"}
    assert requests.get(f"{near.url}/metrics", headers=proxied, timeout=5).status_code == 403
    for header, status in (("", 403), ("Bearer wrong", 403), ("Bearer let me see it", 200)):
        answer = requests.get(f"{token.url}/metrics", headers={"Authorization": header}, timeout=5)
        assert answer.status_code == status


def test_metrics_text_has_the_form_that_prometheus_reads() -> None:
    metrics = Metrics()
    for seconds in (0.0005, 0.003, 0.003, 7, 700):
        metrics.observe('/a"\\\n', "", 200, seconds)
    text = metrics.text()
    line = re.compile(r'[a-z_]+(\{([a-z]+="(\\.|[^"\\\n])*",?)+\})? -?[0-9.]+(e[+-]?\d+)?')
    for row in text.splitlines():
        assert row.startswith("# ") or line.fullmatch(row), row
    counts = [int(row.rpartition(" ")[2]) for row in text.splitlines() if "_bucket" in row]
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert counts[-2:] == [4, 5]
    assert text.endswith("\n")


def test_metrics_do_not_grow_with_a_flood_of_names() -> None:
    metrics = Metrics()
    for number in range(5000):
        metrics.observe(f"/{number}", "", 200, 0.1)
    assert metrics.text().count("_count{") == 1001
    assert 'trackerkit_request_seconds_count{route="other",operation="other"} 4000' in metrics.text()


def test_pages_escape_everything(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("<p title='{{ title }}'>{{ title }}</p>", encoding="utf-8")
    for pages in (Pages(tmp_path), Pages({"page.txt": "<p title='{{ title }}'>{{ title }}</p>"})):
        page = pages.render("page.txt", title="<script>'\"&")
        assert page == "<p title='&lt;script&gt;&#39;&#34;&amp;'>&lt;script&gt;&#39;&#34;&amp;</p>"
        with pytest.raises(jinja2.UndefinedError):
            pages.render("page.txt")
    answer = Pages({"a": "{{ x }}"}).respond("a", 404, x="<")
    assert answer.status_code == 404
    assert answer.body == b"&lt;"
    assert "script" not in answer.headers["content-security-policy"]


def test_a_server_without_its_packages_names_the_extra() -> None:
    import subprocess
    import sys

    code = "import sys; sys.modules['starlette'] = None\nimport trackerkit.web"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "MissingExtraError" in done.stderr
    assert "trackerkit[gateway]" in done.stderr
