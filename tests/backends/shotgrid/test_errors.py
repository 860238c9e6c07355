"""Faults as errors; credentials as arguments."""

from __future__ import annotations

from typing import Any

import pytest

from trackerkit.config import Profile, load_profile
from trackerkit.errors import (
    AuthenticationError,
    BatchError,
    ConfigurationError,
    ConflictError,
    DomainError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TrackerError,
    UnavailableError,
    UnknownFieldError,
)
from trackerkit.secrets import Secret
from trackerkit_shotgrid.auth import Credentials, credentials
from trackerkit_shotgrid.errors import fault_error, upload_failure


@pytest.mark.parametrize(("code", "text", "kind"), [
    (102, "Can't authenticate script 'x'", AuthenticationError),
    (102, "Cannot 'sudo' - unknown or retired user: 'x'", PermissionDeniedError),
    (106, "2FA code needed", AuthenticationError),
    (108, "SSO", AuthenticationError),
    (110, "Autodesk Identity", AuthenticationError),
    (103, "API read() Shot.foo doesn't exist.", UnknownFieldError),
    (103, "API read() invalid/missing integer 'paging' 'entities_per_page':\n{}", InvalidInputError),
    (103, "API read() Shot.code's 'text' data type doesn't support 'xxx' 'relation'", DomainError),
    (103, "API read() Version.frame_count expected [String, Integer, NilClass] data type(s) but got Float: 2.5", DomainError),
    (104, "API create() CRUD ERROR #61: Create failed for [Project]. The value for the Project Name field is required to be "
     "unique. <br>", ConflictError),
    (104, "API update() CRUD ERROR #51: Update failed for [Shot.code]. …unique", ConflictError),
    (104, "API delete() CRUD ERROR #3: Entity of type [Shot] with id=1000000 does not exist.", NotFoundError),
    (104, "API delete() CRUD ERROR #4.1: Shot can not be deleted by this user. Rule: x", PermissionDeniedError),
    (104, "Update failed for [Version.entity]: Value is not legal.", DomainError),
    (104, "Path X doesn't match any defined Local Storage.", DomainError),
    (104, "The user does not have permission to 'sudo':", PermissionDeniedError),
    (None, "something else", ServerError),
    (None, None, ServerError),
])  # fmt: skip
def test_a_fault(code: Any, text: Any, kind: type[TrackerError]) -> None:
    error = fault_error(code, text, verb="read")
    assert type(error) is kind
    assert (error.backend, error.sent, error.status) == ("shotgrid", "yes", code)
    assert "\n" not in error.message
    assert "<br>" not in error.message


def test_a_fault_of_a_batch_names_the_request() -> None:
    text = "API batch() request with index 3 failed.  All requests rolled back.\nAPI create() CRUD ERROR #61: …must be unique"
    error = fault_error(104, text)
    assert isinstance(error, BatchError)
    assert error.index == 3
    assert isinstance(error.cause, ConflictError)


def test_the_official_clients_word_counts_where_the_code_is_missing() -> None:
    error = fault_error(None, "no", of="UserCredentialsNotAllowedForSSOAuthenticationFault")
    assert isinstance(error, AuthenticationError)


def test_a_secret_in_a_fault_is_hidden() -> None:
    assert "s3cret" not in str(fault_error(104, "see https://x/a?signature=s3cret&x=1"))


@pytest.mark.parametrize(("text", "kind"), [
    ("1:123:ok\n", None), ("1\n:123\nasd", None), ("0\nno such Shot", ConflictError), ("2\nnot ready", UnavailableError),
    ("<html>", ServerError), ("", ServerError), ("0\nYou do not have permission", PermissionDeniedError),
])  # fmt: skip
def test_an_answer_to_an_upload(text: str, kind: type[TrackerError] | None) -> None:
    found = upload_failure(text)
    assert (type(found) if found is not None else None) is kind


# --- credentials ---------------------------------------------------------------------------------------------------


def profile(**given: Any) -> Profile:
    return load_profile("", "shotgrid", given)


@pytest.mark.parametrize(("given", "wanted"), [
    ({"script_name": "s", "api_key": "k"}, {"script_name": "s", "api_key": "k"}),
    ({"script_name": "s", "script_key": "k"}, {"script_name": "s", "api_key": "k"}),
    ({"login": "l", "password": "p"}, {"login": "l", "password": "p"}),
    ({"user": "l", "password": "p", "auth_token": "123456"}, {"login": "l", "password": "p"}),
    ({"session_token": "t"}, {"session_token": "t"}),
    ({"script_name": "s", "api_key": "k", "sudo_as_login": "joe"}, {"script_name": "s", "sudo_as_login": "joe", "api_key": "k"}),
])  # fmt: skip
def test_credentials_as_arguments(given: dict[str, str], wanted: dict[str, str]) -> None:
    made = credentials(profile(**given)).arguments()
    assert {name: value for name, value in made.items() if value is not None} == wanted


@pytest.mark.parametrize(("given", "text"), [
    ({}, "no credentials"), ({"script_name": "s"}, "half"), ({"password": "p"}, "half"),
    ({"script_name": "s", "api_key": "k", "login": "l", "password": "p"}, "two ways"),
    ({"session_token": "t", "login": "l", "password": "p"}, "two ways"),
    ({"script_name": "s", "api_key": "k", "auth_token": "1"}, "auth_token goes with"),
    ({"login": 12, "password": "p"}, "login is a text"),
])  # fmt: skip
def test_credentials_that_are_none(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        credentials(profile(**given))


def test_credentials_are_never_shown() -> None:
    made = credentials(
        profile(login="l", password="hush-hush", auth_token="654321", http_proxy="me:secretive@proxy:3128")
    )
    assert not any(word in repr(made) for word in ("hush-hush", "654321", "secretive"))


@pytest.mark.parametrize(("given", "wanted"), [
    (None, None), ("proxy:3128", {"http": "http://proxy:3128", "https": "http://proxy:3128"}),
    ("u:p@ss@proxy:3128", {"http": "http://u:p%40ss@proxy:3128", "https": "http://u:p%40ss@proxy:3128"}),
])  # fmt: skip
def test_the_proxy(given: str | None, wanted: dict[str, str] | None) -> None:
    assert Credentials(http_proxy=given).proxies == wanted


def test_a_masked_number_does_not_change_what_a_fault_means() -> None:
    code = Secret("987654")
    text = f"API update() CRUD ERROR #3: Entity of type [Shot] with id=1{code.reveal()}0 does not exist."
    for found in (fault_error(104, text), upload_failure(f"0:{text}")):
        assert isinstance(found, NotFoundError)
        assert code.reveal() not in found.message
