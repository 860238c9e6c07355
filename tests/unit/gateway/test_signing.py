"""Signed links: good for one path, for a while, and nobody can make one."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackerkit.errors import InvalidInputError, PermissionDeniedError
from trackerkit.gateway.signing import Signer
from trackerkit.secrets import redact
from trackerkit.state import State
from trackerkit.testing.clock import FakeClock

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


def _parts(link: str) -> tuple[str, dict[str, str]]:
    split = urlsplit(link)
    return unquote(split.path), dict(parse_qsl(split.query, keep_blank_values=True))


@pytest.fixture
def signer(state: State, clock: FakeClock) -> Signer:
    return Signer(state.server_secret("links"), clock)


@given(names, st.dictionaries(st.sampled_from(["user", "size", "a"]), names))
def test_sign_makes_what_check_takes(path: str, claims: dict[str, str]) -> None:
    signer = Signer(b"x" * 32, FakeClock())
    link = signer.sign("/files/" + path, 60, **claims)
    assert link.isascii()
    assert signer.check(*_parts(link)) == claims


def test_links_are_good_in_every_process_of_a_state(state: State, signer: Signer, clock: FakeClock) -> None:
    link = signer.sign("/files/1", 60)
    assert Signer(state.server_secret("links"), clock).check(*_parts(link)) == {}


def test_links_expire(signer: Signer, clock: FakeClock) -> None:
    path, query = _parts(signer.sign("/files/1", 60))
    clock.advance(59)
    signer.check(path, query)
    clock.advance(2)
    with pytest.raises(PermissionDeniedError, match="expired"):
        signer.check(path, query)


def test_a_changed_link_is_refused(signer: Signer) -> None:
    path, query = _parts(signer.sign("/files/1", 60, user="anna", size="12"))
    changed = [
        ("/files/2", query),
        ("/files/1/", query),
        (path, {**query, "expires": str(int(query["expires"]) + 9999)}),
        (path, {**query, "user": "bert"}),
        (path, {**query, "more": "x"}),
        (path, {name: value for name, value in query.items() if name != "user"}),
        (path, {**query, "signature": ""}),
        (path, {**query, "signature": query["signature"][:-1]}),
        (path, {**query, "signature": "\ud800é"}),
        (path, {name: value for name, value in query.items() if name != "signature"}),
        (path, {}),
        (path, {**query, "user": "annasize", "size": "12"}),
    ]
    for other_path, other in changed:
        with pytest.raises(PermissionDeniedError, match="not valid"):
            signer.check(other_path, other)
    signer.check(path, query)


def test_another_secret_makes_other_links(clock: FakeClock) -> None:
    path, query = _parts(Signer(b"a" * 32, clock).sign("/files/1", 60))
    with pytest.raises(PermissionDeniedError):
        Signer(b"b" * 32, clock).check(path, query)
    with pytest.raises(InvalidInputError):
        Signer(b"short", clock)


def test_sign_refuses_what_cannot_be_signed(signer: Signer) -> None:
    for path, claims in (
        ("files/1", {}),
        ("//other.example/1", {}),
        ("", {}),
        ("/a", {"expires": "1"}),
        ("/a", {"signature": "x"}),
    ):
        with pytest.raises(InvalidInputError):
            signer.sign(path, 60, **claims)


def test_a_link_is_masked_in_logs(signer: Signer) -> None:
    link = "http://127.0.0.1:1" + signer.sign("/files/1", 60)
    assert _parts(link)[1]["signature"] not in redact(f"fetching {link}")
