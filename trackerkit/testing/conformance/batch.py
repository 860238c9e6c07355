"""batch: several changes in order, all of them or none."""

from __future__ import annotations

import pytest

from trackerkit import operations as ops
from trackerkit.errors import BatchError, DomainError, NotFoundError, TrackerError, UnsupportedError
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestBatch"]


@needs("find", "create", "update", "batch")
class TestBatch(Cases):
    def ghost(self, ref: Ref) -> Ref:
        return ref.replace(id="f" * 32 if not ref.id.isdigit() else "987654321")

    def test_an_empty_batch_asks_nobody(self, show: Show) -> None:
        assert show.deaf().batch([]) == []

    def test_results_come_in_the_order_of_the_operations(self, show: Show) -> None:
        kept, gone = show.shot("kept"), show.shot("gone")
        operations = [
            show.operation("Shot", {"name": "new1", "parent": show.project}),
            ops.update(kept, {"name": "kept2"}),
            *([ops.delete(gone)] if show.stack.has("delete") else []),
            show.operation("Shot", {"name": "new2", "parent": show.project}),
        ]
        made = show.tracker.batch(operations)
        assert [item.ref for item in made[1:-1]] == [kept, gone][: len(made) - 2]
        assert made[0]["name"] == "new1"
        names = show.names("Shot")
        assert names == (["kept2", "new1", "new2"] if show.stack.has("delete") else ["kept2", "gone", "new1", "new2"])
        assert show.tracker.get(made[-1]).name == "new2"

    def test_records_are_created_in_the_order_of_the_batch(self, show: Show) -> None:
        names = [f"sh{at}" for at in (3, 1, 2, 5, 4)]
        show.tracker.batch([show.operation("Shot", {"name": name, "parent": show.project}) for name in names])
        assert show.names("Shot") == names

    def test_when_one_fails_nothing_is_kept(self, show: Show) -> None:
        text = self.field_of(show, "text")
        made = show.shot("sh0010", **{text: "before"})
        with pytest.raises(BatchError) as caught:
            show.tracker.batch(
                [
                    show.operation("Shot", {"name": "new", "parent": show.project}),
                    ops.update(made, {text: "after"}),
                    ops.update(self.ghost(made), {text: "after"}),
                ]
            )
        assert caught.value.index == 2
        assert isinstance(caught.value.cause, TrackerError)
        assert show.names("Shot") == ["sh0010"]
        assert show.value(made, text) == "before"

    @needs("delete")
    def test_when_one_fails_no_delete_is_kept(self, show: Show) -> None:
        made = show.shot("sh0010")
        with pytest.raises(BatchError) as caught:
            show.tracker.batch([ops.delete(made), ops.update(self.ghost(made), {"name": "x"})])
        assert caught.value.index == 1
        assert show.names("Shot") == ["sh0010"]

    def test_one_operation_fails_with_its_own_error(self, show: Show) -> None:
        made = show.shot()
        with pytest.raises(NotFoundError):
            show.tracker.batch([ops.update(self.ghost(made), {"name": "x"})])

    def test_what_is_refused_in_one_operation_refuses_all_unsent(self, show: Show) -> None:
        with pytest.raises(DomainError, match=r"Shot\.name"):
            show.deaf().batch(
                [
                    ops.create("Shot", {"name": "good"}, project=show.project),
                    ops.create("Shot", {"name": 5}, project=show.project),
                ]
            )

    def test_updates_of_one_record_are_made_in_order(self, show: Show) -> None:
        text, number = self.field_of(show, "text"), self.field_of(show, "integer")
        made, other = show.shot(), show.shot()
        show.tracker.batch(
            [
                ops.update(made, {text: "one", number: 1}),
                ops.update(other, {text: "other"}),
                ops.update(made, {text: "two"}),
                ops.update(made, {text: "three"}),
            ]
        )
        assert show.get(made, [text, number]).to_dict() == {text: "three", number: 1}
        assert show.value(other, text) == "other"

    @needs("delete", "restore", "batch.restore")
    def test_delete_and_restore_in_one_batch(self, show: Show) -> None:
        made = show.shot("sh0010")
        operations = [ops.delete(made), ops.restore(made), ops.update(made, {"name": "sh0011"})]
        results = show.tracker.write(operations)
        assert [result.done for result in results] == [True, True, True]
        assert show.names("Shot") == ["sh0011"]

    @needs("create.key")
    def test_a_repeated_batch_makes_nothing_twice(self, show: Show) -> None:
        operations = [show.operation("Shot", {"name": f"sh{at}", "parent": show.project}) for at in range(3)]
        first = show.tracker.batch(operations)
        second = show.tracker.batch(operations)
        assert [item.ref for item in first] == [item.ref for item in second]
        assert show.names("Shot") == ["sh0", "sh1", "sh2"]

    def test_many_at_once(self, show: Show) -> None:
        sequence = show.sequence()
        rows = [{"name": f"sh{at:04}", "parent": sequence} for at in range(300)]
        show.tracker.batch([show.operation("Shot", row) for row in rows])
        assert show.names("Shot") == [row["name"] for row in rows]

    def test_what_cannot_be_in_a_transaction_is_refused_or_done(self, show: Show) -> None:
        """A note beside a shot: made with it, or the whole batch refused with nothing kept."""
        made = show.shot("sh0010")
        note = show.operation("Note", {"body": "hello", "links": [made]})
        try:
            show.tracker.batch([show.operation("Shot", {"name": "new", "parent": show.project}), note])
        except UnsupportedError as error:
            assert error.sent != "unknown"  # refused before it was sent, or by the server
            assert error.hint
            assert show.names("Shot") == ["sh0010"]
            assert show.find("Note") == []
        else:
            assert show.names("Shot") == ["sh0010", "new"]
            assert len(show.find("Note")) == 1
