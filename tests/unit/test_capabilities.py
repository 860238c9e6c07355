"""capabilities: supported, or marked with the reason."""

from __future__ import annotations

import pytest

from trackerkit.backend import Backend
from trackerkit.capabilities import BEYOND, CAPABILITIES, Capabilities, Mark, cannot, never, not_yet
from trackerkit.errors import UnsupportedError


def test_what_is_not_marked_is_supported() -> None:
    marks = Capabilities({"upload": cannot("no disk")})
    assert "find" in marks
    assert "upload" not in marks
    assert marks.missing(["find", "upload"]) == ["upload"]
    marks.require("find", "x")


def test_a_missing_one_says_why_and_what_instead() -> None:
    marks = Capabilities(
        {"delete": cannot("records are kept", "permanent=True"), "events": never("none", "https://x.example")}
    )
    with pytest.raises(
        UnsupportedError, match=r"x cannot retire records: records are kept \(permanent=True\)"
    ) as caught:
        marks.require("delete", "x")
    assert caught.value.backend == "x"
    with pytest.raises(UnsupportedError, match=r"https://x\.example"):
        marks.require("events", "x")


def test_names_are_checked() -> None:
    with pytest.raises(ValueError, match="fnd"):
        Capabilities({"fnd": not_yet("x")})
    with pytest.raises(ValueError, match="no capability"):
        _ = "fnd" in Capabilities()


def test_never_needs_the_vendors_page() -> None:
    with pytest.raises(ValueError, match="page"):
        Capabilities({"find": Mark("never", "because")})
    with pytest.raises(ValueError, match="page"):
        Capabilities(types={"Shot": Mark("never", "because")})
    Capabilities({"find": never("because", "https://vendor.example/page")})


def test_every_capability_has_words() -> None:
    assert all(CAPABILITIES.values())
    assert all(BEYOND.values())
    assert not set(BEYOND) & set(CAPABILITIES)


def test_what_no_backend_does_is_never_supported() -> None:
    marks = Capabilities(beyond={"interface": never("scripts see no pages", "https://x.example")})
    assert "interface" not in marks
    assert "formatting" not in marks
    with pytest.raises(UnsupportedError, match=r"x cannot steer the web interface: scripts see no pages"):
        marks.require("interface", "x")
    with pytest.raises(UnsupportedError, match="nobody built it"):
        marks.require("formatting", "x")
    with pytest.raises(ValueError, match="upload"):
        Capabilities(beyond={"upload": cannot("x")})
    with pytest.raises(ValueError, match="page"):
        Capabilities(beyond={"interface": Mark("never", "because")})


def test_a_backend_that_claims_what_it_does_not_do_says_so() -> None:
    class Claims(Backend):
        scheme, title = "claims", "Claims"
        __abstractmethods__: frozenset[str] = frozenset()

    Claims.__abstractmethods__ = frozenset()
    error = Claims().unsupported("upload")  # type: ignore[abstract]
    assert isinstance(error, UnsupportedError)
    assert "says that it can" in str(error)


def test_data_types_that_no_field_can_be_of_are_marked_too() -> None:
    marks = Capabilities(data_types={"percent": cannot("no such type")})
    assert marks.data_types["percent"].reason == "no such type"
    with pytest.raises(ValueError, match="percent"):
        Capabilities(data_types={"percent": never("no such type", "")})
