"""Calls to a site: each once where it changes something, and what goes wrong as one of our errors."""

from __future__ import annotations

import base64
import logging
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3
from fake_shotgrid import PASS, FakeSite, native_field

import trackerkit
from trackerkit.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknown,
    ProtocolError,
    TrackerError,
    UnavailableError,
    UnsupportedError,
)
from trackerkit.filters import field
from trackerkit.secrets import Secret
from trackerkit.testing.loopback import LoopbackServer, Reply
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.auth import Credentials

TLS = Path(__file__).parents[2] / "faults" / "tls"
HTML = Reply(200, b"<html><title>Sign in - SSO</title></html>", {"Content-Type": "text/html"})


def connect(fake: FakeSite, **settings: Any) -> Tracker:
    return trackerkit.connect(f"shotgrid+{fake.url}", **settings)


def test_nothing_is_asked_before_the_first_question(fake: FakeSite, studio: Tracker) -> None:
    assert studio.backend.site == fake.url.removeprefix("http://")
    assert fake.calls == []
    studio.schema()
    assert [name for name, _ in fake.calls] == ["schema_read", "schema_entity_read", "read"]
    studio.schema()
    assert len(fake.calls) == 3


def test_who_calls(fake: FakeSite, studio: Tracker) -> None:
    studio.schema()
    assert fake.auth[0] == {"script_name": "tests", "script_key": "k3y-of-the-tests"}


def test_login_and_password(fake: FakeSite) -> None:
    with connect(fake, login="joe", password="pass") as tracker:
        tracker.schema()
    assert fake.auth[0] == {"user_login": "joe", "user_password": "pass"}


def test_a_session(fake: FakeSite) -> None:
    with connect(fake, session_token="a-session") as tracker:
        tracker.schema()
    assert fake.auth[0] == {"session_token": "a-session", "reject_if_expired": True}


def test_a_one_time_code_is_traded_for_a_session_once(fake: FakeSite) -> None:
    with connect(fake, login="joe", password="pass", auth_token="123456") as tracker:
        tracker.schema()
        tracker.find_one("Shot")
    assert fake.auth[0] == {"user_login": "joe", "user_password": "pass", "auth_token": "123456"}
    assert {str(auth) for auth in fake.auth[1:]} == {
        "{'session_token': 'session-of-the-fake-site', 'reject_if_expired': True}"
    }


def test_acting_as_another(fake: FakeSite, studio: Tracker) -> None:
    studio.acting_as("joe").find_one("Shot")
    assert fake.auth[-1]["sudo_as_login"] == "joe"
    studio.find_one("Shot")
    assert "sudo_as_login" not in fake.auth[-1]


def test_acting_as_another_after_a_one_time_code(fake: FakeSite) -> None:
    with connect(fake, login="joe", password="pass", auth_token="123456") as tracker:
        tracker.acting_as("ada").find_one("Shot")
    assert [auth for auth in fake.auth if "auth_token" in auth] == fake.auth[:1]
    assert fake.auth[-1] == {
        "session_token": "session-of-the-fake-site",
        "reject_if_expired": True,
        "sudo_as_login": "ada",
    }


def test_a_personal_access_token_is_a_password(fake: FakeSite) -> None:
    with connect(fake, login="joe", password="a-personal-access-token") as tracker:
        tracker.find_one("Shot")
    assert fake.auth[-1] == {"user_login": "joe", "user_password": "a-personal-access-token"}


def test_a_site_too_old_to_act_as_another(fake: FakeSite, studio: Tracker) -> None:
    fake.info["version"] = [5, 3, 0]
    with pytest.raises(UnsupportedError, match="does not take this login"):
        studio.acting_as("joe").find_one("Shot")


def test_the_native_client_waits_no_longer_than_we_do(fake: FakeSite) -> None:
    with connect(fake, script_name="tests", api_key="k", timeout_s="3,7") as tracker:
        assert tracker.native.config.timeout_secs == 7
        assert tracker.acting_as("joe").native.config.timeout_secs == 7


@pytest.mark.parametrize(("given", "wanted"), [
    ("proxy.example:3128", "http://proxy.example:3128"), ("proxy.example", "http://proxy.example:8080"),
    ("joe:p@ss:w/rd@proxy.example:3128", "http://joe:p%40ss%3Aw%2Frd@proxy.example:3128"),
    ("http://joe:x@proxy.example:3128", "http://joe:x@proxy.example:3128"),
])  # fmt: skip
def test_proxies_as_the_official_client_takes_them(given: str, wanted: str) -> None:
    made = Credentials(login="joe", password=Secret("x"), http_proxy=given)
    assert made.proxies == {"http": wanted, "https": wanted}
    native = shotgun_api3.Shotgun("https://studio.example", connect=False, **made.arguments())
    assert native.config.proxy_server == "proxy.example"


def test_requests_go_through_the_proxy(fake: FakeSite) -> None:
    proxy = fake.url.removeprefix("http://")  # the scripted site answers whoever asks: also as a proxy
    site = "http://studio.invalid"
    with trackerkit.connect(f"shotgrid+{site}", script_name="tests", api_key="k", http_proxy=proxy) as tracker:
        tracker.schema()
    assert [name for name, _ in fake.calls] == ["schema_read", "schema_entity_read", "read"]


def test_a_bundle_of_certificates(fake: FakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for settings, variable in (({"ca_certs": str(tmp_path / "none.pem")}, ""), ({}, str(tmp_path / "none.pem"))):
        monkeypatch.setenv("SHOTGUN_API_CACERTS", variable)
        with pytest.raises(ConfigurationError, match="no bundle of certificates"):
            connect(fake, script_name="tests", api_key="k", **settings)


def test_a_certificate_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site whose certificate an authority of the studio signed: trusted by its bundle, and by nothing else."""
    site, context = FakeSite(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    site.add("Shot", 7, code="sh010")
    with LoopbackServer(site.answer, tls=context) as server:
        site.url = f"https://127.0.0.1:{server.port}"
        with connect(site, script_name="tests", api_key="k", ca_certs=str(TLS / "ca.pem")) as tracker:
            assert tracker.get("Shot", 7).name == "sh010"
        with monkeypatch.context() as patched:
            patched.setenv("SHOTGUN_API_CACERTS", str(TLS / "ca.pem"))
            with connect(site, script_name="tests", api_key="k") as tracker:
                assert tracker.get("Shot", 7).name == "sh010"
        with (
            connect(site, script_name="tests", api_key="k") as tracker,
            pytest.raises(TrackerError, match=r"127\.0\.0\.1"),
        ):
            tracker.get("Shot", 7)


def test_a_proxy_that_wants_a_password() -> None:
    site = FakeSite()
    with LoopbackServer(site.answer) as server:
        proxy = f"joe:p@ss@127.0.0.1:{server.port}"
        with trackerkit.connect(
            "shotgrid+http://studio.invalid", script_name="tests", api_key="k", http_proxy=proxy
        ) as tracker:
            tracker.schema()
        sent = server.requests[0].headers
    wanted = base64.b64encode(b"joe:p@ss").decode()
    assert {name.lower(): value for name, value in sent.items()}["proxy-authorization"] == f"Basic {wanted}"


def test_threads_share_a_connection(fake: FakeSite, studio: Tracker) -> None:
    for at in range(20):
        fake.add("Shot", 100 + at, code=f"sh{at}")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda at: studio.find_one("Shot", field("id") == 100 + at), range(20)))
    assert [item.name for item in found if item] == [f"sh{at}" for at in range(20)]
    assert len(fake.asked("schema_read")) == 1


def test_the_native_client_is_logged_in_the_same_way(fake: FakeSite, studio: Tracker) -> None:
    fake.add("Shot", 7, code="sh010")
    native = studio.native
    assert isinstance(native, shotgun_api3.Shotgun)
    assert native.find_one("Shot", [["code", "is", "sh010"]], ["code"]) == {"type": "Shot", "id": 7, "code": "sh010"}
    native.close()


def test_an_address_without_credentials(fake: FakeSite) -> None:
    with pytest.raises(ConfigurationError, match="no credentials"):
        connect(fake)


def test_wrong_credentials(fake: FakeSite, studio: Tracker) -> None:
    fake.replies = [PASS, Reply(200, b'{"exception": true, "error_code": 102, "message": "Can\'t authenticate script"}',
                                {"Content-Type": "application/json"})]  # fmt: skip
    with pytest.raises(AuthenticationError, match="Can't authenticate script"):
        studio.schema()


def test_a_server_that_is_no_shotgrid(fake: FakeSite, studio: Tracker) -> None:
    fake.info = {"hello": "world"}
    with pytest.raises(ProtocolError, match="version number"):
        studio.schema()


@pytest.mark.parametrize(
    "reply", [HTML, Reply(200, b'{"results": {"entit', {"Content-Type": "application/json"}), Reply(200)]
)
def test_an_answer_that_is_none(fake: FakeSite, studio: Tracker, reply: Reply) -> None:
    """F12, F13, F14: cut JSON, a login page and an empty answer are never taken for data."""
    studio.schema()
    fake.replies = [reply] * 10
    with pytest.raises(ProtocolError) as caught:
        list(studio.find("Shot"))
    if reply is HTML:
        assert "Sign in - SSO" in str(caught.value)


def test_a_read_is_tried_again(fake: FakeSite, studio: Tracker) -> None:
    fake.add("Shot", 7, code="sh010")
    studio.schema()
    fake.replies = [Reply(503, b"", {"Retry-After": "0"}), Reply(502)]
    assert [shot.name for shot in studio.find("Shot")] == ["sh010"]


def test_a_read_that_stays_refused(fake: FakeSite, studio: Tracker) -> None:
    studio.schema()
    fake.replies = [Reply(503, b"", {"Retry-After": "0"})] * 10
    with pytest.raises(UnavailableError):
        list(studio.find("Shot"))


@pytest.mark.parametrize("status", [502, 504, 500])
def test_a_create_is_sent_once(fake: FakeSite, studio: Tracker, status: int) -> None:
    """F1: behind a gateway's 502 or 504 the create may be done; it is never sent again."""
    project = fake.add("Project", name="p")
    studio.schema()
    home = studio.ref("Project", project["id"])
    fake.calls.clear()
    fake.replies = [Reply(status)]  # a Playlist has no key field here: nothing is looked up before
    with pytest.raises(OutcomeUnknown) as caught:
        studio.create("Playlist", name="dailies", project=home)
    assert caught.value.request.type == "Playlist"
    assert caught.value.request.values["name"] == "dailies"
    assert fake.calls == []
    assert "prepare" in caught.value.hint


def test_a_lost_create_is_found_by_its_key(fake: FakeSite, studio: Tracker) -> None:
    project = fake.add("Project", name="p")
    home = studio.ref("Project", project["id"])
    studio.schema()

    def lost(given: Any) -> Any:
        fake.rpc_create(given)
        fake.replies = [Reply(504)]
        return {}

    fake.overrides["create"] = lost
    # The look-up by key, the create that is done and answered by nothing of use, the look-up again.
    made = studio.create("Shot", name="sh010", project=home)
    assert len(fake.tables["Shot"]) == 1
    assert made.ref.id == str(next(iter(fake.tables["Shot"])))
    assert len(fake.asked("create")) == 1


def test_a_create_that_nobody_finds_stays_unknown(fake: FakeSite, studio: Tracker) -> None:
    project = fake.add("Project", name="p")
    home = studio.ref("Project", project["id"])
    studio.schema()
    studio.backend._clock.sleep = lambda seconds: None  # type: ignore[attr-defined]
    fake.replies = [PASS, Reply(504)]
    with pytest.raises(OutcomeUnknown, match="nobody knows") as caught:
        studio.create("Shot", name="sh010", project=home)
    assert "same key is safe" in caught.value.hint
    assert "Shot" not in fake.tables


def test_no_secret_in_logs_or_errors(fake: FakeSite, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), connect(fake, script_name="tests", api_key="canary-9f8e7d") as tracker:
        tracker.schema()
        fake.replies = [Reply(500, b"you sent canary-9f8e7d")]
        with pytest.raises(TrackerError) as caught:
            tracker.backend.client.call("read", {"type": "Shot"}, safe=False)  # type: ignore[attr-defined]
        assert "canary-9f8e7d" not in repr(tracker.backend.client.credentials)  # type: ignore[attr-defined]
    assert "canary-9f8e7d" not in caplog.text
    assert "canary-9f8e7d" not in str(caught.value)


def test_a_site_says_which_field_is_which(fake: FakeSite) -> None:
    fake.schema["Shot"]["sg_head_in"] = native_field("number")
    fake.add("Shot", 1, code="a", sg_head_in=990)
    with connect(fake, script_name="s", api_key="k", fields={"Shot.frame_start": "sg_head_in"}) as tracker:
        assert tracker.get("Shot", 1, fields=["frame_start"]).frame_start == 990
    with pytest.raises(ConfigurationError, match="fields is a table"):
        connect(fake, script_name="s", api_key="k", fields="sg_head_in")


@pytest.mark.parametrize(("given", "wanted"), [("5", (5.0, 5.0)), ("5,30", (5.0, 30.0)), ([1, 2], (1.0, 2.0))])
def test_timeouts(given: Any, wanted: tuple[float, float]) -> None:
    from trackerkit.config import load_profile
    from trackerkit_shotgrid.backend import _timeouts

    assert _timeouts(load_profile("", "shotgrid", {"timeout_s": given})) == wanted


@pytest.mark.parametrize("given", ["soon", "-1", "1,2,3"])
def test_timeouts_that_are_none(fake: FakeSite, given: str) -> None:
    with pytest.raises(ConfigurationError, match="timeout_s"):
        connect(fake, script_name="s", api_key="k", timeout_s=given)
