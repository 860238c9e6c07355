"""Notes and replies: text about records, by someone, with answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from trackerkit.errors import DomainError
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Attachment

__all__ = ["TestNotes", "TestReplies"]


@needs("find", "create", types=["Note"])
class TestNotes(Cases):
    @pytest.mark.parametrize("body", ["hello", "Two\nlines, *stars* & <b>", "emoji 🎬 ěšč", "a" * 4000])
    def test_a_note_about_a_shot(self, show: Show, body: str) -> None:
        shot = show.shot("sh0010")
        if not show.holds("Note", "body", body):
            with pytest.raises(DomainError, match=r"Note\.body"):
                show.deaf().create("Note", body=body, links=[shot], project=show.project)
            return
        note = show.note(body, shot)
        record = show.get(note, ["body", "links", "project"])
        assert record.body == body
        assert record.links == [shot]
        assert record.project == show.project

    def test_notes_are_found_by_what_they_are_about(self, show: Show) -> None:
        one, two = show.shot("sh1"), show.shot("sh2")
        first, second = show.note("first", one), show.note("second", two)
        assert [item.ref for item in show.find("Note")] == [first, second]
        assert [item.ref for item in show.find("Note", field("links") == one)] == [first]
        assert [item.ref for item in show.find("Note", field("links") != one)] == [second]

    def test_notes_are_found_by_what_they_say(self, show: Show) -> None:
        shot = show.shot()
        show.note("Please fix the edge", shot)
        show.note("Approved", shot)
        assert show.column("Note", "body", field("body").contains("FIX")) == ["Please fix the edge"]
        assert show.column("Note", "body", field("body") == "Approved") == ["Approved"]

    @needs("find.reverse", fields=["Shot.notes"])
    def test_a_shot_knows_its_notes(self, show: Show) -> None:
        shot, other = show.shot("sh1"), show.shot("sh2")
        note = show.note("hello", shot)
        assert show.value(shot, "notes") == [note]
        assert show.value(other, "notes") == []

    @needs("update")
    def test_a_note_is_rewritten(self, show: Show) -> None:
        note = show.note("before", show.shot())
        show.tracker.update(note, body="after")
        assert show.value(note, "body") == "after"

    def test_notes_about_versions_and_tasks(self, show: Show) -> None:
        shot = show.shot()
        for ref in (show.version(shot), show.task(shot)):
            assert show.value(show.note("hello", ref), "links") == [ref]

    @needs("upload", "download", fields=["Note.attachments"])
    def test_a_picture_in_a_note(self, show: Show, tmp_path: Path) -> None:
        note = show.note("see this", show.shot())
        made = show.tracker.upload(note, b"picture", filename="see.bin")
        assert isinstance(made, Attachment)
        (attachment,) = show.value(note, "attachments")
        assert attachment.id == made.id
        show.tracker.download(attachment, tmp_path / "see.bin")
        assert (tmp_path / "see.bin").read_bytes() == b"picture"


@needs("find", "create", types=["Note", "Reply"])
class TestReplies(Cases):
    def test_replies_belong_to_a_note_in_order(self, show: Show) -> None:
        note = show.note("question", show.shot())
        other = show.note("other", show.shot())
        one = show.make("Reply", note=note, body="answer one")
        two = show.make("Reply", note=note, body="answer two")
        found = show.find("Reply", field("note") == note, fields=["body", "note"])
        assert [(item.ref, item.body, item.note) for item in found] == [
            (one, "answer one", note),
            (two, "answer two", note),
        ]
        assert show.find("Reply", field("note") == other) == []

    @needs("find.reverse", fields=["Note.replies"])
    def test_a_note_knows_its_replies(self, show: Show) -> None:
        note = show.note("question", show.shot())
        one = show.make("Reply", note=note, body="answer")
        assert show.value(note, "replies") == [one]
        assert show.column("Note", "replies.body") == [["answer"]] if show.stack.has("find.deep") else True
