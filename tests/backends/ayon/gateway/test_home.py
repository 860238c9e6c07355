"""The page for people, and what programs get in its place."""

from __future__ import annotations

import pytest
import requests

from trackerkit.testing.double import Double

HTML = {"Accept": "text/html,application/xhtml+xml"}


def test_programs_get_a_line_and_people_a_page(ayon_server: Double) -> None:
    plain = requests.get(ayon_server.url, timeout=30)
    assert (plain.status_code, plain.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    page = requests.get(ayon_server.url, headers=HTML, timeout=30)
    assert f"ayon_api.ServerAPI(&#34;{ayon_server.url}&#34;" in page.text
    assert "Kestrel" not in page.text
    assert "Latest" not in page.text


@pytest.mark.parametrize("path", ["/", "/overview"])
def test_who_signs_in_sees_types_events_and_calls(ayon_server: Double, path: str) -> None:
    headers = {"X-Api-Key": ayon_server.api_key}
    requests.get(f"{ayon_server.url}/api/projects/Kestrel", headers=headers, timeout=30)
    auth = (ayon_server.login, ayon_server.password)
    page = requests.get(ayon_server.url + path, headers=HTML, auth=auth, timeout=30).text
    assert '<tr><td>folder: Shot</td><td>Shot</td><td class="number">2</td></tr>' in page
    assert "<td>GET /api/projects/{project_name}</td><td>tests</td>" in page
    assert "<td>Note Darker</td>" in page
    assert ayon_server.password not in page


@pytest.mark.parametrize("auth", [None, ("tests", "wrong"), ("nobody", "x")])
def test_strangers_see_nothing(ayon_server: Double, auth: tuple[str, str] | None) -> None:
    answer = requests.get(f"{ayon_server.url}/overview", headers=HTML, auth=auth, timeout=30)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
