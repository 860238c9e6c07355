"""restore: brings a retired record back, with all that it had."""

from __future__ import annotations

import pytest

from trackerkit.errors import NotFoundError
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show

__all__ = ["TestRestore"]


@needs("find", "create", "delete", "restore")
class TestRestore(Cases):
    def test_a_restored_record_is_found_again_in_its_place(self, show: Show) -> None:
        text = self.field_of(show, "text")
        gone = show.shot("a", **{text: "kept"})
        show.shot("b")
        show.tracker.delete(gone)
        assert show.tracker.restore(gone) is True
        assert show.names("Shot") == ["a", "b"]
        assert show.value(gone, text) == "kept"
        assert show.names("Shot", state="retired") == [] if show.stack.has("find.retired") else True

    def test_restore_of_an_active_record_has_nothing_to_do(self, show: Show) -> None:
        made = show.shot()
        assert show.tracker.restore(made) is False
        show.tracker.delete(made)
        assert show.tracker.restore(made) is True
        assert show.tracker.restore(made) is False

    def test_restore_of_what_never_was(self, show: Show) -> None:
        made = show.shot()
        with pytest.raises(NotFoundError):
            show.tracker.restore(made.replace(id="f" * 32 if not made.id.isdigit() else "987654321"))

    def test_links_to_it_are_there_again(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        shot = show.shot("sh0010", parent=sequence)
        show.tracker.delete(sequence)
        show.tracker.restore(sequence)
        if not show.stack.has("cascade"):
            assert show.value(shot, "parent") == sequence
            assert show.names("Shot", field("sequence") == sequence) == ["sh0010"]

    def test_links_of_it_are_there_again(self, show: Show) -> None:
        ann = show.user()
        task = show.task(show.shot("sh0010"), "anim", assignees=[ann])
        show.tracker.delete(task)
        assert show.names("Task", field("assignees") == ann) == []
        show.tracker.restore(task)
        assert show.names("Task", field("assignees") == ann) == ["anim"]
