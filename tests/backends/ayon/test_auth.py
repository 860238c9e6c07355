"""Credentials and what is sent of them."""

from __future__ import annotations

import pytest

from trackerkit.config import Profile
from trackerkit.errors import ConfigurationError, ProtocolError
from trackerkit.secrets import Secret
from trackerkit_ayon.auth import Credentials, from_profile


def test_a_key_goes_before_a_token() -> None:
    given = Credentials(api_key=Secret("k" * 32), token=Secret("t" * 64))
    assert given.headers() == {"X-Api-Key": Secret("k" * 32)}


def test_a_login_gives_a_token() -> None:
    given = Credentials(user="jane", password=Secret("secret-word"))
    assert given.can_login
    assert given.headers() == {}
    assert given.login() == {"name": "jane", "password": "secret-word"}
    after = given.with_token({"token": "t" * 64})
    assert after.headers() == {"Authorization": Secret("Bearer " + "t" * 64)}


def test_a_login_without_a_token_is_no_answer() -> None:
    with pytest.raises(ProtocolError):
        Credentials().with_token({"detail": "fine"})


def test_acting_as_and_the_senders_mark() -> None:
    assert Credentials(acting_as="artist", sender="sync").headers() == {"X-As-User": "artist", "X-Sender": "sync"}


def test_nothing_is_shown() -> None:
    shown = repr(Credentials(api_key=Secret("canary-key-1234"), user="jane", password=Secret("canary-word")))
    assert "canary" not in shown


def test_a_profile_without_credentials_says_what_is_wanted() -> None:
    with pytest.raises(ConfigurationError, match="api_key"):
        from_profile(Profile())
    assert from_profile(Profile(settings={"api_key": "k" * 32})).api_key is not None
