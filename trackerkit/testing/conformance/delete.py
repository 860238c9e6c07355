"""delete: retires where the tracker can, for good when asked to; nothing cascades by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trackerkit.errors import ConflictError, InvalidInputError, NotFoundError, TrackerError, UnsupportedError
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestDelete", "TestDeletePermanent", "TestDeleteUnsupported"]


@needs("find", "create", "delete")
class TestDelete(Cases):
    def test_a_retired_record_is_found_no_more(self, show: Show) -> None:
        gone, kept = show.shot("gone"), show.shot("kept")
        assert show.tracker.delete(gone) is True
        assert show.names("Shot") == ["kept"]
        assert show.names("Folder") == ["kept"]
        assert show.find("Shot", field("id") == gone.id) == []
        assert show.find("Shot", field("name") == "gone") == []
        assert show.tracker.get(kept).ref == kept
        with pytest.raises(NotFoundError):
            show.tracker.get(gone)

    def test_a_second_delete_has_nothing_to_do(self, show: Show) -> None:
        gone = show.shot()
        assert show.tracker.delete(gone) is True
        assert show.tracker.delete(gone) is False

    def test_delete_of_what_never_was(self, show: Show) -> None:
        made = show.shot()
        with pytest.raises(NotFoundError):
            show.tracker.delete(made.replace(id="f" * 32 if not made.id.isdigit() else "987654321"))

    def test_delete_of_another_site_is_refused(self, show: Show) -> None:
        with pytest.raises(InvalidInputError, match=r"elsewhere\.example"):
            show.deaf().delete(Ref("Shot", 1, site="elsewhere.example"))

    def test_by_record(self, show: Show) -> None:
        made = show.shot()
        assert show.tracker.delete(show.tracker.get(made)) is True
        assert show.names("Shot") == []

    @needs("update")
    def test_a_link_to_a_retired_record_reads_none_or_drops_out(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        ann, ben = show.user(), show.user()
        shot = show.shot("sh0010", parent=sequence)
        task = show.task(shot, "anim", assignees=[ann, ben])
        show.tracker.delete(sequence)
        if not show.stack.has("cascade"):
            assert show.value(shot, "parent") in (None, show.project)
            assert show.value(shot, "sequence") is None
            assert show.names("Shot", field("sequence").is_null()) == ["sh0010"]
            assert show.names("Shot", field("parent") == sequence) == []
            assert [ref.id for ref in show.value(task, "assignees")] == [ann.id, ben.id]

    @needs("find.reverse")
    def test_a_retired_record_drops_out_of_reverse_links(self, show: Show) -> None:
        shot = show.shot("sh0010")
        anim, _comp = show.task(shot, "anim"), show.task(shot, "comp")
        show.tracker.delete(anim)
        assert [ref.label for ref in show.value(shot, "tasks")] == ["comp"]
        assert show.names("Shot", field("tasks.name") == "anim") == []
        assert show.names("Shot", field("tasks.name") == "comp") == ["sh0010"]

    @needs("find.deep")
    def test_a_path_does_not_lead_through_a_retired_record(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        show.shot("sh0010", parent=sequence)
        if show.stack.has("cascade"):
            return
        show.tracker.delete(sequence)
        assert show.names("Shot", field("sequence.name") == "sq010") == []
        assert show.names("Shot", field("sequence.name") != "sq010") == ["sh0010"]
        assert show.column("Shot", "sequence.name") == [None]

    def test_nothing_cascades_unless_the_tracker_says_so(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        version = show.version(sequence, "comp_v001")
        show.tracker.delete(sequence)
        assert show.names("Version") == ([] if show.stack.has("cascade") else ["comp_v001"])
        if not show.stack.has("cascade"):
            assert show.value(version, "parent") in (None, show.project)

    @needs("restore", types=["Version"])
    def test_what_goes_with_a_shot_comes_back_with_it(self, show: Show) -> None:
        """A ShotGrid site retires a Shot's Versions with it; whoever does so has to bring them back."""
        shot = show.shot("sh0010")
        version = show.version(shot, "comp_v001")
        show.tracker.delete(shot)
        assert show.names("Version") in ([], ["comp_v001"])
        show.tracker.restore(shot)
        assert show.names("Version") == ["comp_v001"]
        assert show.value(version, "parent") == shot

    @pytest.mark.parametrize("type_name", ["Task", "Version", "Playlist", "User", "Note"])
    def test_other_types_too(self, show: Show, type_name: str) -> None:
        self.need(show, types=[type_name])
        shot = show.shot()
        make: dict[str, Callable[[], Ref]] = {
            "Task": lambda: show.task(shot),
            "Version": lambda: show.version(shot),
            "User": show.user,
            "Note": lambda: show.note("hello", shot),
        }
        made = make.get(type_name, lambda: show.make(type_name))()
        if show.stack.schema.type(made.type).can_retire:
            assert show.tracker.delete(made) is True
        else:
            with pytest.raises(UnsupportedError, match="permanent"):
                show.tracker.delete(made)
            if not show.stack.has("delete.permanent"):  # it stays, whoever asks
                assert show.tracker.get(made).ref == made
                return
            assert show.tracker.delete(made, permanent=True) is True
        with pytest.raises(NotFoundError):
            show.tracker.get(made)


@needs("find", "create", "delete.permanent")
class TestDeletePermanent(Cases):
    def test_what_is_deleted_for_good_is_in_no_state(self, show: Show) -> None:
        gone = show.shot("gone")
        show.shot("kept")
        assert show.tracker.delete(gone, permanent=True) is True
        for state in ("active", "retired", "all") if show.stack.has("find.retired") else ("active",):
            with pytest.raises(NotFoundError):
                show.tracker.get(gone, state=state)
        assert show.names("Shot") == ["kept"]
        with pytest.raises(TrackerError):
            show.tracker.restore(gone)

    @needs("delete")
    def test_what_is_retired_can_be_deleted_for_good(self, show: Show) -> None:
        gone = show.shot("gone")
        show.tracker.delete(gone)
        assert show.tracker.delete(gone, permanent=True) is True
        assert show.names("Shot", state="all") == []

    def test_what_others_hang_on_is_kept_unless_recursive(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        shot = show.shot("sh0010", parent=sequence)
        show.task(shot, "anim")
        with pytest.raises(ConflictError, match="recursive"):
            show.tracker.delete(sequence, permanent=True)
        assert show.names("Folder") == ["sq010", "sh0010"]
        assert show.tracker.delete(sequence, permanent=True, recursive=True) is True
        assert show.names("Folder") == []
        assert show.names("Task") == []


@needs("find", "create")
class TestDeleteUnsupported(Cases):
    def test_where_nothing_retires_it_says_so_and_what_to_do(self, show: Show) -> None:
        if show.stack.has("delete"):
            return
        made = show.shot("kept")
        with pytest.raises(UnsupportedError, match="permanent"):
            show.tracker.delete(made)
        assert show.names("Shot") == ["kept"]

    def test_what_the_tracker_writes_itself_cannot_be_deleted(self, show: Show) -> None:
        if "Event" in show.stack.schema:
            with pytest.raises(UnsupportedError, match="Event"):
                show.deaf().delete(Ref("Event", 1))
