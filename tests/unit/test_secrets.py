"""A secret shows itself to nobody but `reveal`; redact finds it in any text."""

from __future__ import annotations

import copy
import gc
import io
import json
import logging
import pickle
import sys
import traceback

import pytest

from trackerkit.secrets import Secret, get_logger, redact

CANARY = "c4n4ry-Ωß/+&?key"


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, "{:>40}".format, lambda s: f"{s!r}{s}", lambda s: s.__format__("")]
)
def test_secret_is_not_shown(show) -> None:
    text = show(Secret(CANARY))
    assert CANARY not in text
    assert "***" in text


def test_secret_is_neither_pickled_nor_serialized() -> None:
    secret = Secret(CANARY)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps({"key": secret}, protocol)
    with pytest.raises(TypeError):
        json.dumps({"key": secret})
    if sys.version_info >= (3, 11):
        with pytest.raises(TypeError, match="never pickled"):
            secret.__getstate__()
    assert not hasattr(secret, "__dict__")


def test_secret_reveals_compares_and_copies() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    assert secret == Secret(CANARY)
    assert secret == CANARY
    assert hash(secret) == hash(CANARY)
    assert secret != Secret("other value")
    assert secret != 5
    assert Secret(secret) == secret
    assert copy.deepcopy({"a": secret})["a"] is secret
    assert copy.copy(secret) is secret
    assert Secret("x")
    assert not Secret("")


def test_registered_value_is_masked_in_every_spelling() -> None:
    secret = Secret(CANARY)
    from urllib.parse import quote, quote_plus

    for spelled in (CANARY, quote(CANARY, safe=""), quote_plus(CANARY), json.dumps(CANARY), repr(CANARY)):
        assert redact(f"before {spelled} after").count("***") == 1
        assert "c4n4ry" not in redact(f"before {spelled} after")
    assert secret


def test_short_value_is_not_registered() -> None:
    kept = Secret("abc12")
    assert redact("abc12 stays readable") == "abc12 stays readable"
    assert kept


def test_one_of_two_equal_secrets_goes_and_the_value_stays_known() -> None:
    first, second = Secret("twice-the-same"), Secret("twice-the-same")
    del first
    gc.collect()
    for number in range(600):
        Secret(f"passing-by-{number:04}")
    gc.collect()
    assert redact("twice-the-same") == "***"
    assert second


def test_registry_is_bounded_and_remembers_the_newest() -> None:
    from trackerkit import secrets

    for number in range(2000):
        Secret(f"session-{number:05}")
    gc.collect()
    assert len(secrets._recent) <= 512
    assert redact("session-01999") == "***"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hidden1234",
        "authorization: Basic hidden1234==",
        "{'Authorization': 'Bearer hidden1234', 'Accept': '*/*'}",
        "X-Api-Key: hidden1234",
        '{"X-Api-Key": "hidden1234"}',
        '{"script_key": "hidden1234", "x": 1}',
        '"{\\"script_key\\": \\"hidden1234\\"}"',
        "script_key='hidden1234'",
        "user_password=hidden1234&next=1",
        '{"user_password":"with \\" quote hidden1234"}',
        "auth_token: hidden1234",
        "session_token=hidden1234",
        '{"accessToken":"hidden1234"}',
        "{'accessToken': 'hidden1234'",
        "access_token=hidden1234",
        "Cookie: sessionid=hidden1234",
        "Set-Cookie: a=1; sessionid=hidden1234; Path=/",
        "{'Cookie': 'a=1; sessionid=hidden1234'}",
        'Authorization: Digest username="u", response="hidden1234"',
        "headers={'X-Api-Key': b'hidden1234'}",
        'X-Api-Key: "hidden1234 and cut',
        "https://s3.example/b/k?X-Amz-Algorithm=A&X-Amz-Signature=hidden1234&X-Amz-Expires=900",
        "GET /b/k?AWSAccessKeyId=hidden1234&Signature=hidden1234 HTTP/1.1",
        "https://account.blob.example/c/b?sv=1&sig=hidden1234",
        "https://cdn.example/x?Policy=hidden1234&Key-Pair-Id=1",
        "https://hidden1234:hidden1234@host/path",
        "http://proxyuser:hidden1234@proxy:3128",
    ],
)
def test_credentials_are_masked_by_their_names(text: str) -> None:
    assert "hidden1234" not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://studio.example/api/shots?page=2&sort=name",
        "the key of the shot is sh010, the author: anna@studio.example",
        '{"entity_type": "Shot", "filters": ["a", "is", "b"]}',
        "authorisation was refused",
    ],
)
def test_innocent_texts_stay(text: str) -> None:
    assert redact(text) == text


def test_json_around_a_secret_stays_readable() -> None:
    assert redact('{"script_key": "hidden1234", "page": 2}') == '{"script_key": ***, "page": 2}'


@pytest.fixture
def logged():
    logger = get_logger("trackerkit.test_secrets")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s %(extra_text)s", defaults={"extra_text": ""}))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


def test_logger_masks_message_arguments_and_extras(logged) -> None:
    logger, stream = logged
    secret = Secret("canary-in-a-log")
    logger.debug("sent %s with %s", "canary-in-a-log", {"X-Api-Key": "short"}, extra={"extra_text": "canary-in-a-log"})
    logger.info("plain %d", 5)
    assert "canary-in-a-log" not in stream.getvalue()
    assert "'short'" not in stream.getvalue()
    assert "plain 5" in stream.getvalue()
    assert secret


def test_logger_masks_tracebacks_and_stacks(logged) -> None:
    logger, stream = logged
    secret = Secret("canary-in-a-trace")
    try:
        raise ValueError("refused canary-in-a-trace")
    except ValueError:
        logger.exception("failed", stack_info=True)
    assert "canary-in-a-trace" not in stream.getvalue().replace(traceback.__file__, "")
    assert "ValueError: refused ***" in stream.getvalue()
    assert secret


def test_logger_keeps_an_innocent_traceback_for_other_handlers(logged) -> None:
    logger, _ = logged
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    logger.addHandler(handler)
    try:
        raise ValueError("nothing special")
    except ValueError:
        logger.exception("failed")
    finally:
        logger.removeHandler(handler)
    assert records[0].exc_info is not None


def test_get_logger_configures_nothing() -> None:
    logger = get_logger("trackerkit.test_unconfigured")
    again = get_logger("trackerkit.test_unconfigured")
    assert logger is again
    assert logger.handlers == []
    assert logger.level == logging.NOTSET
    assert len(logger.filters) == 1
