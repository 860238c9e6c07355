"""AYON's failures as trackerkit's errors."""

from __future__ import annotations

import json

import pytest

from trackerkit.errors import (
    AuthenticationError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ServerError,
    TrackerError,
    UnavailableError,
)
from trackerkit.secrets import Secret
from trackerkit_ayon.errors import answered, is_taken, made, of_graphql


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            400,
            {"code": 400, "detail": "bad", "errors": [{"loc": ["body", "name"], "msg": "field required"}]},
            InvalidInputError,
        ),
        (401, {"code": 401, "detail": "Invalid API key"}, AuthenticationError),
        (403, {"code": 403, "detail": "Invalid login/password combination"}, AuthenticationError),
        (403, {"code": 403, "detail": "Too many failed login attempts"}, AuthenticationError),
        (403, {"code": 403, "detail": "Delete access denied for artist in project demo_tk"}, PermissionDeniedError),
        (404, {"code": 404, "detail": "Project X not found"}, NotFoundError),
        (409, {"code": 409, "detail": "Folder with lower(name::text) 'n' already exists."}, ConflictError),
        (500, {"status": 500, "detail": "boom", "traceback": "…"}, ServerError),
        (503, {"code": 503, "detail": "Rate limit exceeded"}, UnavailableError),
    ],
)
def test_each_status_is_one_error(status: int, body: dict[str, object], kind: type[TrackerError]) -> None:
    error = answered(status, {}, json.dumps(body).encode())
    assert type(error) is kind
    assert error.sent == "yes"
    assert error.backend == "ayon"


def test_a_validation_says_where_and_why() -> None:
    body = {"detail": "invalid", "errors": [{"loc": ["body", "name"], "msg": "field required"}]}
    assert "body.name field required" in str(answered(400, {}, json.dumps(body).encode()))


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b"{}", b"Internal Server Error"])
def test_what_ayon_did_not_say_is_left_to_others(body: bytes) -> None:
    assert answered(500, {}, body) is None


def test_a_bad_gateway_is_not_ayons_word() -> None:
    assert answered(502, {}, b'{"detail": "x"}') is None


def test_a_taken_name_is_named() -> None:
    error = made(409, "Folder with parent_id, lower(name::text) 'x, sh010' already exists.")
    assert is_taken(error)
    assert "'sh010' is taken" in error.hint


def test_graphql_errors_by_their_status() -> None:
    assert isinstance(
        of_graphql([{"message": "Project not found", "extensions": {"status": 404}}], "find"), NotFoundError
    )
    assert isinstance(of_graphql([{"message": "no", "extensions": {"status": 403}}], "find"), PermissionDeniedError)
    assert isinstance(of_graphql([{"message": "Cannot query field"}], "find"), ProtocolError)
    assert isinstance(of_graphql([], "find"), ProtocolError)


def test_a_masked_word_does_not_change_what_a_failure_means() -> None:
    # Texts that no other test meets: what was a secret once stays masked for a while.
    secrets = [Secret("Zq7 access token"), Secret("' already exists Zq7")]
    error = made(403, "the Zq7 access token has expired")
    assert isinstance(error, AuthenticationError)
    taken = made(409, "Folder with name 'n' already exists Zq7.")
    assert taken.hint == "the name 'n' is taken there"
    assert is_taken(taken)
    assert all(secret.reveal() not in str(failure) for secret in secrets for failure in (error, taken))
