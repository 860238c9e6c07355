"""explain: which part of a query the tracker answers, and which is finished here; and what cannot be done says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trackerkit.capabilities import CAPABILITIES
from trackerkit.errors import FilterError, TrackerError, UnsupportedError
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestCapabilities", "TestExplain"]


@needs("find")
class TestExplain(Cases):
    def test_every_condition_is_on_one_side_or_the_other(self, show: Show) -> None:
        wanted = (field("name") == "sh010") & ~field("label").contains("x") & field("sequence.name").starts_with("sq")
        told = show.tracker.explain("Shot", wanted, order=["-name"], project=show.project)
        assert told.backend == show.stack.backend.scheme
        said = f"{told.pushed} {told.left}"
        for word in ("name", "label"):
            assert word in said
        assert told.order in ("tracker", "here", "creation")
        text = str(told)
        assert f"{told.backend} evaluates:" in text
        assert "finished here:" in text

    def test_of_everything(self, show: Show) -> None:
        told = show.tracker.explain("Shot", project=show.project)
        assert told.order in ("tracker", "here", "creation")
        assert str(told)

    def test_it_checks_as_find_does(self, show: Show) -> None:
        with pytest.raises(FilterError, match="nmae"):
            show.deaf().explain("Shot", field("nmae") == "x")


class TestCapabilities(Cases):
    def test_every_mark_gives_its_reason(self, show: Show) -> None:
        marks = show.stack.backend.capabilities
        for name, mark in {**marks.marks, **marks.types}.items():
            assert mark.kind in ("not yet", "cannot", "never"), name
            assert len(mark.reason) > 10, name
            assert mark.kind != "never" or mark.page.startswith("http"), name

    def test_what_is_marked_as_missing_says_why(self, show: Show) -> None:
        """Each verb of its own raises the mark's reason instead of failing somewhere inside."""
        deaf = show.deaf()
        shot = Ref("Shot", 1, project=show.project.id)
        verbs: dict[str, Callable[[], object]] = {
            "upload": lambda: deaf.upload(shot, b"x", filename="x"),
            "download": lambda: deaf.download(shot, "x"),
            "thumbnail": lambda: deaf.thumbnail(shot, b"x"),
            "follow": lambda: deaf.follow(),
            "acting_as": lambda: deaf.acting_as("ann"),
            "web_url": lambda: deaf.web_url(shot),
            "schema.field": lambda: deaf.schema.create_field("Shot", "x", "text"),
            "schema.type": lambda: deaf.schema.create_type("X"),
            "schema.kind": lambda: deaf.schema.create_type("X", kind_of="Folder"),
            "events": lambda: list(show.tracker.events()),
            "native": lambda: show.tracker.native,
        }
        for name, call in verbs.items():
            if not show.stack.has(name):
                with pytest.raises(UnsupportedError) as caught:
                    call()
                assert show.stack.backend.capabilities.marks[name].reason in str(caught.value)
                assert CAPABILITIES[name] in str(caught.value)

    @needs("web_url", "create")
    def test_web_url(self, show: Show) -> None:
        assert show.tracker.web_url(show.shot()).startswith(("http://", "https://"))

    @needs("native")
    def test_native(self, show: Show) -> None:
        assert show.tracker.native is not None

    def test_doctor_finds_nothing_wrong(self, show: Show) -> None:
        assert [check for check in show.tracker.doctor() if not check.is_ok] == []

    def test_it_knows_who_it_is(self, show: Show) -> None:
        me = show.stack.backend.me()
        assert isinstance(me.login, str)
        assert me.ref is None or show.stack.schema.is_a(me.ref.type, "User") or me.ref.type in show.stack.types

    def test_the_tracker_shows_no_secret(self, show: Show) -> None:
        assert "password" not in repr(show.tracker).lower()
        assert "@" not in repr(show.tracker)

    def test_it_may_be_shared_by_threads(self, show: Show) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(4) as pool:
            refs = list(pool.map(lambda at: show.shot(f"sh{at}"), range(12)))
            names = list(pool.map(lambda ref: show.tracker.get(ref).name, refs))
        assert names == [f"sh{at}" for at in range(12)]
        assert sorted(show.names("Shot")) == sorted(names)

    def test_errors_are_of_one_tree(self, show: Show) -> None:
        with pytest.raises(TrackerError) as caught:
            show.tracker.get("Shot", "f" * 32 if not show.project.id.isdigit() else "987654321", project=show.project)
        assert caught.value.sent == "yes"
        assert caught.value.backend == show.stack.backend.scheme
