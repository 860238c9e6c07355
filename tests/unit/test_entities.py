"""entities: records as they were read."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from trackerkit.entities import Entity, Page, Plan, entity
from trackerkit.errors import FieldNotLoadedError
from trackerkit.values import Ref

REF = Ref("Shot", 1, site="here", native="Shot")


def shot(**values: Any) -> Entity:
    return entity(REF, {"name": "sh010", "sequence.name": "sq", **values})


def test_values_by_name_and_by_attribute() -> None:
    record = shot()
    assert (record["name"], record.name, record["sequence.name"]) == ("sh010", "sh010", "sq")
    assert list(record) == ["name", "sequence.name"]
    assert len(record) == 2
    assert dict(record) == record.to_dict() == {"name": "sh010", "sequence.name": "sq"}
    assert record.entity_type == "Shot"
    assert "name" in dir(record)


def test_what_was_not_asked_for_raises_and_is_never_none() -> None:
    record = shot()
    for look in (lambda: record["status"], lambda: record.status):
        with pytest.raises(FieldNotLoadedError, match="'status' was not asked for"):
            look()
    with pytest.raises(FieldNotLoadedError, match="did you mean 'name'"):
        _ = record.nmae
    assert record.get("status") is None
    assert record.get("status", 5) == 5
    assert not hasattr(record, "status")
    assert "status" not in record


def test_a_value_that_is_none_is_none() -> None:
    assert shot(status=None).status is None
    assert "status" in shot(status=None)


def test_a_value_is_converted_once_when_it_is_first_read() -> None:
    reads: list[str] = []

    def convert(row: Any) -> str:
        reads.append(row)
        return str(row).upper()

    record = Entity(Plan(["name"], [convert], lambda row: REF), "raw")
    assert reads == []
    assert record.name == record["name"] == "RAW"
    assert reads == ["raw"]


def test_records_are_equal_when_they_are_the_same_record() -> None:
    assert shot() == shot(status="ip")
    assert hash(shot()) == hash(shot(status="ip"))
    assert shot() != entity(REF.replace(id="2"), {})
    assert shot() != {"name": "sh010", "sequence.name": "sq"}


def test_records_are_pickled_and_copied() -> None:
    for twin in (pickle.loads(pickle.dumps(shot())), copy.copy(shot()), copy.deepcopy(shot())):
        assert twin == shot()
        assert twin.to_dict() == shot().to_dict()


def test_repr_shows_what_was_read() -> None:
    assert repr(shot()) == "<Shot:1 name='sh010', sequence.name='sq'>"
    assert repr(entity(REF, {})) == "<Shot:1>"


def test_a_page() -> None:
    page = Page(Plan.plain(["a", "b"]), [(REF, 1, 2), (REF, 3, 4)], next=7)
    assert (len(page), page.next) == (2, 7)
    assert page.tuples() == [(1, 2), (3, 4)]
    assert page.refs() == [REF, REF]
    assert [item.b for item in page.entities()] == [2, 4]


def test_private_names_are_no_fields() -> None:
    with pytest.raises(AttributeError):
        _ = shot()._nothing
