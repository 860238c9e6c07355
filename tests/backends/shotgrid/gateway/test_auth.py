"""Who calls: every credential that the official client knows, and what it is told when one is not good."""

from __future__ import annotations

from typing import Any

import pytest
import shotgun_api3
from shotgun_api3 import AuthenticationFault

PROJECTS = ("Project", [], ["name"])


def test_info_needs_no_credential(site: Any) -> None:
    found = site.connect(script_name="nobody", api_key="wrong").info()
    assert tuple(found["version"]) == (8, 68, 0)
    assert found["s3_direct_uploads_enabled"] is False


@pytest.mark.parametrize(
    ("auth", "text"),
    [
        ({"script_name": "tests", "api_key": "wrong"}, "Can't authenticate script 'tests'"),
        ({"script_name": "nobody", "api_key": "wrong"}, "Can't authenticate script 'nobody'"),
        ({"login": "anna", "password": "wrong"}, "Can't authenticate user 'anna'"),
        ({"session_token": "0123456789"}, "Can't authenticate session token ending with '6789'"),
    ],
)
def test_wrong_credentials(site: Any, auth: dict[str, str], text: str) -> None:
    with pytest.raises(AuthenticationFault) as caught:
        site.connect(**auth).find(*PROJECTS)
    assert str(caught.value) == text


def test_right_key_of_another_script(site: Any) -> None:
    site.state.add_key("other", kind="script")
    with pytest.raises(AuthenticationFault):
        site.connect(script_name="other", api_key=site.key).find(*PROJECTS)


def test_a_script_is_no_user(site: Any) -> None:
    with pytest.raises(AuthenticationFault):
        site.connect(login="tests", password=site.key).find(*PROJECTS)


def test_revoked_key(site: Any) -> None:
    _, key = site.state.add_key("leaving", kind="script")
    sg = site.connect(script_name="leaving", api_key=key)
    assert sg.find(*PROJECTS) == []
    site.state.revoke_key("leaving")
    with pytest.raises(AuthenticationFault):
        sg.find(*PROJECTS)


def make_user(site: Any, login: str, name: str) -> dict[str, Any]:
    made = site.connect().create("HumanUser", {"login": login, "name": name, "email": f"{login}@example.com"})
    assert isinstance(made, dict)
    return made


def test_login_acts_as_that_user(site: Any) -> None:
    anna = make_user(site, "anna", "Anna Ask")
    site.state.add_key("anna", kind="user", secret="correct horse")
    sg = site.connect(login="anna", password="correct horse")
    made = sg.create("Project", {"name": "P"}, ["created_by"])
    assert made["created_by"] == {"type": "HumanUser", "id": anna["id"], "name": "Anna Ask"}


def test_session_token_stands_for_who_asked(site: Any) -> None:
    anna = make_user(site, "anna", "Anna Ask")
    site.state.add_key("anna", kind="user", secret="correct horse")
    token = site.connect(login="anna", password="correct horse").get_session_token()
    made = site.connect(session_token=token).create("Project", {"name": "P"}, ["created_by"])
    assert made["created_by"]["id"] == anna["id"]
    site.state.end_session(token)
    with pytest.raises(AuthenticationFault, match=token[-4:]):
        site.connect(session_token=token).find(*PROJECTS)


def test_one_time_code_gives_a_session(site: Any) -> None:
    make_user(site, "anna", "Anna Ask")
    site.state.add_key("anna", kind="user", secret="correct horse")
    sg = site.connect(login="anna", password="correct horse", auth_token="123456")
    assert sg.config.session_token
    assert sg.find(*PROJECTS) == []


def test_authenticate_human_user(site: Any) -> None:
    anna = make_user(site, "anna", "Anna Ask")
    site.state.add_key("anna", kind="user", secret="correct horse")
    found = site.connect().authenticate_human_user("anna", "correct horse")
    assert (found["id"], found["login"]) == (anna["id"], "anna")


def test_sudo_acts_as_another_user(site: Any) -> None:
    anna = make_user(site, "anna", "Anna Ask")
    sg = site.connect(script_name="tests", api_key=site.key, sudo_as_login="anna")
    assert sg.create("Project", {"name": "P"}, ["created_by"])["created_by"]["id"] == anna["id"]


def test_sudo_as_nobody(site: Any) -> None:
    sg = site.connect(script_name="tests", api_key=site.key, sudo_as_login="nobody")
    with pytest.raises(AuthenticationFault) as caught:
        sg.find(*PROJECTS)
    assert str(caught.value) == "Cannot 'sudo' - unknown or retired user: 'nobody'"


def test_sudo_without_the_right(site: Any) -> None:
    make_user(site, "anna", "Anna Ask")
    make_user(site, "bert", "Bert Bow")
    site.state.add_key("anna", kind="user", secret="correct horse")
    sg = site.connect(login="anna", password="correct horse", sudo_as_login="bert")
    with pytest.raises(shotgun_api3.Fault, match=r"^The user does not have permission to 'sudo':"):
        sg.find(*PROJECTS)


def test_guessing_is_slowed_down(site: Any) -> None:
    for _ in range(10):
        with pytest.raises(AuthenticationFault):
            site.connect(login="anna", password="guess").find(*PROJECTS)
    site.state.add_key("anna", kind="user", secret="correct horse")
    with pytest.raises(AuthenticationFault, match="wait five minutes"):
        site.connect(login="anna", password="correct horse").find(*PROJECTS)
    assert site.connect().find(*PROJECTS) == []
