"""acting_as: what is done is done in another user's name."""

from __future__ import annotations

import pytest

from trackerkit.errors import TrackerError, UnsupportedError
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show

__all__ = ["TestActingAs"]


class TestActingAs(Cases):
    @needs("find", "create", "acting_as")
    def test_records_are_made_in_the_users_name(self, show: Show) -> None:
        name = show.stack.unique("user")
        ann = show.user(name)
        theirs = show.tracker.acting_as(name)
        made = theirs.create("Shot", name="sh0010", parent=show.project, project=show.project)
        author = show.value(made.ref, "created_by")
        assert author is not None
        assert author.id == ann.id
        mine = show.shot("sh0020")
        other = show.value(mine, "created_by")
        assert other is None or other.id != ann.id

    @needs("find", "create", "acting_as")
    def test_by_the_users_record(self, show: Show) -> None:
        ann = show.user()
        theirs = show.tracker.acting_as(ann)
        made = theirs.create("Shot", name="sh0010", parent=show.project, project=show.project)
        assert show.value(made.ref, "created_by").id == ann.id

    @needs("find", "create", "acting_as")
    def test_the_tracker_itself_goes_on_as_before(self, show: Show) -> None:
        before = show.stack.backend.me().login
        show.tracker.acting_as(show.user())
        assert show.stack.backend.me().login == before

    @needs("acting_as")
    def test_a_user_that_is_not_there(self, show: Show) -> None:
        with pytest.raises(TrackerError):
            theirs = show.tracker.acting_as("no_such_user")
            theirs.create("Shot", name="sh0010", parent=show.project, project=show.project)

    def test_where_it_cannot_be_done_it_says_so(self, show: Show) -> None:
        if not show.stack.has("acting_as"):
            with pytest.raises(UnsupportedError, match="act as another user"):
                show.deaf().acting_as("ann")
