"""follow: events as they happen; a bookmark moves when the next one is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.events import wait_for
from trackerkit.testing.conformance.stack import Show
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

__all__ = ["TestFollow"]


@needs("create", "events", "follow")
class TestFollow(Cases):
    @pytest.fixture
    def idle_s(self, show: Show) -> float:
        """How long nothing must happen before a case takes it that nothing will."""
        return 1.5 if show.stack.has_own_server else 0.2

    @pytest.fixture
    def follower(self, show: Show, tmp_path: Path) -> Tracker:
        """The tracker, with a place of its own for bookmarks."""
        return Tracker(show.stack.backend, url="follower:", state=tmp_path / "state.db")

    def settled(self, show: Show, ref: Ref) -> None:
        """Wait until the tracker told of a creation."""
        wait_for(lambda: [e for e in show.tracker.events(project=show.project) if e.entity == ref], bool)

    def test_it_starts_now(self, show: Show, idle_s: float) -> None:
        old = show.shot("old")
        self.settled(show, old)
        following = show.tracker.follow("Shot", project=show.project, idle_s=idle_s)
        new = show.shot("new")
        seen = {event.entity for event in following}
        assert new in seen
        assert old not in seen

    def test_behind_a_cursor(self, show: Show, idle_s: float) -> None:
        start = show.stack.backend.last_cursor()
        one, two = show.shot("one"), show.shot("two")
        self.settled(show, two)
        following = show.tracker.follow("Shot", after=start, project=show.project, idle_s=idle_s)
        created = [event.entity for event in following if event.kind == "created"]
        assert created == [one, two]

    def test_what_was_not_finished_is_given_again(self, show: Show, follower: Tracker, idle_s: float) -> None:
        names: dict[str, Any] = {"project": show.project, "bookmark": "bot", "idle_s": idle_s}
        assert list(follower.follow("Shot", **names)) == []
        one, two = show.shot("one"), show.shot("two")
        self.settled(show, two)
        following = follower.follow("Shot", **names)
        first = next(following)
        assert first.entity == one
        following.close()  # type: ignore[attr-defined]  # it is a generator
        again = list(follower.follow("Shot", **names))
        assert again[0].key == first.key
        assert {event.entity for event in again} == {one, two}
        assert list(follower.follow("Shot", **names)) == []

    def test_two_bookmarks_stand_in_two_places(self, show: Show, follower: Tracker, idle_s: float) -> None:
        for bookmark in ("one", "two"):
            assert list(follower.follow("Shot", bookmark=bookmark, project=show.project, idle_s=idle_s)) == []
        shot = show.shot("sh0010")
        self.settled(show, shot)
        for bookmark in ("one", "two"):
            found = list(follower.follow("Shot", bookmark=bookmark, project=show.project, idle_s=idle_s))
            assert {event.entity for event in found} == {shot}
