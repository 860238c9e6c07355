"""get: one record by its address, or a clear error."""

from __future__ import annotations

import pytest

from trackerkit.errors import InvalidInputError, NotFoundError, UnknownFieldError, UnknownTypeError
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestGet"]


@needs("find", "create")
class TestGet(Cases):
    def test_get_by_ref_by_record_and_by_type_and_id(self, show: Show) -> None:
        made = show.shot("sh0010")
        record = show.tracker.get(made)
        assert record.ref == made
        assert record.name == "sh0010"
        assert show.tracker.get(record).ref == made
        assert show.tracker.get("Shot", made.id, project=show.project).ref == made
        assert show.tracker.get(f"Shot:{made.id}", project=show.project).ref == made

    def test_get_reads_the_fields_asked_for(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        made = show.shot("sh0010", parent=sequence)
        assert list(show.tracker.get(made)) == ["id", "type", "name", "label", "project"]
        assert show.tracker.get(made, fields=["parent", "name"]).to_dict() == {"parent": sequence, "name": "sh0010"}
        if show.stack.has("find.deep"):
            assert show.tracker.get(made, fields=["sequence.name"])["sequence.name"] == "sq010"

    def test_get_of_what_never_was(self, show: Show) -> None:
        made = show.shot()
        ghost = "f" * 32 if not made.id.isdigit() else "987654321"
        with pytest.raises(NotFoundError, match=f"Shot {ghost}"):
            show.tracker.get("Shot", ghost, project=show.project)
        with pytest.raises(NotFoundError):
            show.tracker.get(made.replace(id=ghost))

    def test_get_under_the_wrong_type(self, show: Show) -> None:
        made = show.task(show.shot())
        with pytest.raises(NotFoundError):
            show.tracker.get("Shot", made.id, project=show.project)

    @needs("delete")
    def test_get_of_a_retired_record_is_not_found(self, show: Show) -> None:
        made = show.shot("sh0010")
        show.tracker.delete(made)
        with pytest.raises(NotFoundError, match='state="all"'):
            show.tracker.get(made)

    @needs("delete", "find.retired")
    def test_get_of_a_retired_record_with_state_all(self, show: Show) -> None:
        made = show.shot("sh0010")
        show.tracker.delete(made)
        assert show.tracker.get(made, state="all").name == "sh0010"
        assert show.tracker.get(made, state="retired").ref == made

    def test_get_from_another_site_is_refused(self, show: Show) -> None:
        made = show.shot()
        with pytest.raises(InvalidInputError, match=r"elsewhere\.example"):
            show.deaf().get(made.replace(site="elsewhere.example"))

    @pytest.mark.parametrize("id", [True, -1, 2**63, "", "-1", None, 1.5, "a\nb"])
    def test_get_of_what_is_no_id(self, show: Show, id: object) -> None:
        with pytest.raises(InvalidInputError):
            show.deaf().get(Ref("Shot", id))  # type: ignore[arg-type]

    def test_get_of_an_unknown_type_or_field(self, show: Show) -> None:
        with pytest.raises(UnknownTypeError, match="Shot"):
            show.deaf().get("Shott", 1)
        with pytest.raises(UnknownFieldError, match="name"):
            show.deaf().get(Ref("Shot", 1), fields=["nmae"])

    @needs("update")
    def test_a_record_does_not_follow_later_changes(self, show: Show) -> None:
        text = self.field_of(show, "text")
        made = show.shot(**{text: "before"})
        record = show.get(made, [text])
        show.change(made, {text: "after"})
        assert record[text] == "before"
        assert show.value(made, text) == "after"
