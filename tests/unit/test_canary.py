"""Canaries: a credential that is given never shows in a repr, an error, a traceback, a log record or on the terminal."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator

import pytest

import trackerkit
from trackerkit.errors import TrackerError
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply

CANARY = "c4nary-8e61f0-Zx9"
HOSTED = ("shotgrid", "ayon")
CREDENTIALS = {
    "key": {"script_name": "pipeline", "api_key": CANARY},
    "password": {"user": "ann", "login": "ann", "password": CANARY},
    "token": {"token": CANARY, "session_token": CANARY},
}


def echo(incoming: Incoming) -> Reply:
    """A server that throws back all that it was sent: a debug page."""
    sent = "\n".join(f"{name}: {value}" for name, value in incoming.headers.items())
    return Reply(500, f"<html>{incoming.target}\n{sent}\n".encode() + incoming.body, {"Content-Type": "text/html"})


def refuse(incoming: Incoming) -> Reply:
    """A server that names the credential that it refuses."""
    text = incoming.headers.get("x-api-key") or incoming.headers.get("authorization") or incoming.body.decode()
    return Reply(401, f'{{"code": 401, "detail": "Invalid key {text}"}}'.encode(), {"Content-Type": "application/json"})


def garbage(incoming: Incoming) -> Reply:
    return Reply(200, b"<html>login</html>" + CANARY.encode(), {"Content-Type": "text/html"})


ANSWERS: dict[str, Callable[[Incoming], Reply]] = {"echo": echo, "refuse": refuse, "garbage": garbage}


@pytest.fixture(params=list(ANSWERS))
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with LoopbackServer(ANSWERS[request.param]) as server:
        yield server.url


@pytest.fixture
def dead_url() -> str:
    with LoopbackServer(garbage) as server:
        return server.url


def everything_shown(scheme: str, address: str, settings: dict[str, str]) -> Iterator[str]:
    """Every text that a person may see while connecting and asking fails."""
    try:
        tracker = trackerkit.connect(address, **settings)
        yield from (repr(tracker), str(tracker), repr(tracker.backend), str(tracker.backend), repr(vars(tracker)))
        for verb in (lambda: list(tracker.find("Shot")), tracker.doctor, lambda: tracker.create("Project", name="x")):
            try:
                yield repr(verb())
            except TrackerError as error:
                yield from shown(error)
    except TrackerError as error:
        yield from shown(error)


def shown(error: TrackerError) -> Iterator[str]:
    yield from (str(error), repr(error), repr(vars(error)), error.hint)
    yield "".join(traceback.format_exception(error))


def check(texts: Iterator[str], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> int:
    logging.getLogger().setLevel(logging.DEBUG)
    count = 0
    with caplog.at_level(logging.DEBUG):
        for text in texts:
            count += 1
            assert CANARY not in text
    for record in caplog.records:
        assert CANARY not in record.getMessage(), record.name
        assert CANARY not in logging.Formatter().format(record)
        assert CANARY not in repr({name: value for name, value in vars(record).items() if name != "args"})
    out, err = capfd.readouterr()
    assert CANARY not in out + err
    return count


@pytest.mark.parametrize("scheme", HOSTED)
@pytest.mark.parametrize("given", CREDENTIALS.values(), ids=CREDENTIALS)
def test_a_credential_given_in_code(
    scheme: str, given: dict[str, str], url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert check(everything_shown(scheme, f"{scheme}+{url}", given), caplog, capfd) > 0


@pytest.mark.parametrize("scheme", HOSTED)
def test_a_credential_in_the_address(
    scheme: str, url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    address = f"{scheme}+{url}".replace("://", f"://ann:{CANARY}@")
    assert check(everything_shown(scheme, address, {}), caplog, capfd) > 0


@pytest.mark.parametrize("scheme", HOSTED)
def test_a_credential_in_the_environment(
    scheme: str,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"TRACKERKIT_{scheme.upper()}_API_KEY", CANARY)
    monkeypatch.setenv(f"TRACKERKIT_{scheme.upper()}_SCRIPT_NAME", "pipeline")
    assert check(everything_shown(scheme, f"{scheme}+{url}", {}), caplog, capfd) > 0


@pytest.mark.parametrize("scheme", HOSTED)
def test_a_server_that_is_not_there(
    scheme: str, dead_url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert check(everything_shown(scheme, f"{scheme}+{dead_url}", CREDENTIALS["key"]), caplog, capfd) > 0


def test_the_canary_would_be_seen(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """The check itself can fail."""
    with pytest.raises(AssertionError):
        check(iter([f"key={CANARY}"]), caplog, capfd)
    logging.getLogger("somewhere").warning("the key is %s", CANARY)
    with pytest.raises(AssertionError):
        check(iter([]), caplog, capfd)
