"""The page for people."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from typing import Any

import pytest


def fetch(url: str, name: str = "", secret: str = "") -> str:
    request = urllib.request.Request(url)
    if name:
        request.add_header("authorization", "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode())
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["content-type"].startswith("text/html")
        return str(answer.read().decode())


def test_home_says_how_to_connect_and_nothing_more(site: Any) -> None:
    site.tracker.create("Project", name="Secret Show")
    page = fetch(site.url)
    assert f"shotgun_api3.Shotgun(&#34;{site.url}&#34;" in page or f'shotgun_api3.Shotgun("{site.url}"' in page
    assert "Project" not in page
    assert "Latest calls" not in page


def test_types_are_counted_for_who_has_a_key(site: Any) -> None:
    site.tracker.create("Project", name="P")
    page = fetch(f"{site.url}/overview", "tests", site.key)
    assert '<tr><td>Project</td><td>Project</td><td class="number">1</td></tr>' in page
    assert "Step" in page.partition("more without records")[2]
    site.tracker.create("TaskType", name="Comp", code="cmp")
    assert "<td>Step</td><td>TaskType</td>" in fetch(site.url, "tests", site.key)


def test_the_latest_calls_and_events_are_shown_to_who_has_a_key(site: Any) -> None:
    sg = site.connect()
    project = sg.create("Project", {"name": "<b>Kestrel</b>"})
    sg.create("Shot", {"code": "sh010", "project": project})
    page = fetch(site.url, "tests", site.key)
    calls, events = page.partition('id="calls"')[2], page.partition('id="events"')[2].partition("</table>")[0]
    assert "<td>create</td><td>tests</td>" in calls
    assert "<td>Shot sh010</td>" in events
    assert "<td>Project &lt;b&gt;Kestrel&lt;/b&gt;</td>" in events
    assert "<td>tests</td>" in events
    assert site.key not in page


def test_types_for_a_user(site: Any) -> None:
    site.tracker.create("User", name="anna", kind="human", active=True)
    site.state.add_key("anna", kind="user", secret="correct horse")
    assert "as anna sees them" in fetch(f"{site.url}/overview", "anna", "correct horse")


@pytest.mark.parametrize(("name", "secret"), [("", ""), ("tests", "wrong"), ("nobody", "x")])
def test_types_are_for_nobody_else(site: Any, name: str, secret: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(f"{site.url}/overview", name, secret)
    caught.value.close()
    assert caught.value.code == 401
    assert caught.value.headers["www-authenticate"].startswith("Basic")
