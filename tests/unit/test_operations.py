"""Operations: what may be written is made normal, the rest is refused."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from trackerkit import operations as ops
from trackerkit.datatypes import Domain
from trackerkit.errors import (
    DomainError,
    InvalidInputError,
    UnknownFieldError,
    UnknownTypeError,
    UnsupportedError,
)
from trackerkit.model import neutral_schema
from trackerkit.operations import Added, Operation, Removed, checked, folded
from trackerkit.schema import Field, Schema
from trackerkit.values import UNSET, Ref

PROJECT = Ref("Project", 1)


def values_of(operation: Operation, schema: Schema | None = None, **more: Any) -> dict[str, Any]:
    made, _ = checked(operation, schema or neutral_schema(), **more)
    return dict(made.values)


def create(**values: Any) -> Operation:
    return ops.create("Shot", {"name": "x", **values}, project=PROJECT)


def shot_with(*fields: Field) -> Schema:
    base = neutral_schema()
    return base.replaced(base.type("Shot").with_fields(*fields))


def test_values_become_normal() -> None:
    made = values_of(create(start_date="2024-02-29", fps=24, assets=(Ref("Asset", 1), Ref("Asset", 1))))
    assert made["start_date"].isoformat() == "2024-02-29"
    assert type(made["fps"]) is float
    assert made["assets"] == [Ref("Asset", 1)]


def test_unset_is_left_out_and_none_of_a_list_is_empty() -> None:
    assert values_of(create(description=UNSET, tags=None, status=None)) == {"name": "x", "tags": [], "status": None}


def test_the_callers_dict_is_left_alone() -> None:
    given = {"name": "x", "tags": None}
    operation = ops.create("Shot", given, project=PROJECT)
    checked(operation, neutral_schema())
    assert given == {"name": "x", "tags": None}


def test_every_create_has_a_key_of_its_own() -> None:
    keys = {create().key for _ in range(10)}
    assert len(keys) == 10
    assert all(ops.check_key(key) == key for key in keys)
    assert ops.create("Shot", {}, key="0" * 32).key == "0" * 32


@pytest.mark.parametrize("key", ["0" * 31, "0" * 33, "G" * 32, "A" * 32, 5, True])
def test_what_is_no_key(key: Any) -> None:
    with pytest.raises(InvalidInputError, match="hex"):
        ops.create("Shot", {}, key=key)


@pytest.mark.parametrize(
    ("operation", "error", "says"),
    [
        (ops.create("Shto", {}), UnknownTypeError, "Shot"),
        (create(nmae="x"), UnknownFieldError, "'name'"),
        (ops.create("Shot", {5: "x"}), UnknownFieldError, "5"),  # type: ignore[dict-item]
        (ops.create("Shot", {}), DomainError, "needs 'name'"),
        (create(name=None), DomainError, "needs 'name'"),
        (create(id="5"), DomainError, r"Shot\.id"),
        (create(tasks=[]), DomainError, r"Shot\.tasks"),
        (create(sequence=None), DomainError, r"Shot\.sequence"),
        (create(name=5), DomainError, r"Shot\.name"),
        (create(parent=Ref("Task", 1)), DomainError, "not to a Task"),
        (create(parent=Ref("Shto", 1)), InvalidInputError, "Shot"),
        (create(tags=ops.add("x")), DomainError, "updating"),
        (ops.update(Ref("Shot", 1), {"name": None}), DomainError, "name"),
        (ops.update(Ref("Shot", 1), {"created_at": None}), DomainError, "not changed"),
        (ops.update(Ref("Shot", 1), {"name": ops.add("x")}), DomainError, "list fields"),
        (ops.update(Ref("Task", 1), {"assignees": ops.add(Ref("Shot", 1))}), DomainError, "not to a Shot"),
        (ops.delete(Ref("Event", 1)), UnsupportedError, "Event"),
        (ops.update(Ref("Event", 1), {"name": "x"}), UnsupportedError, "Event"),
    ],
)
def test_refused(operation: Operation, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        checked(operation, neutral_schema())


def test_statuses_and_choices_become_the_trackers_own_key() -> None:
    schema = shot_with(
        Field("status", "status", choices=("ip", "rev"), aliases=MappingProxyType({"In Progress": "ip"})),
        Field("tags", "choices", choices=("a", "b")),
    )
    made = values_of(create(status="In Progress", tags=["b"]), schema)
    assert (made["status"], made["tags"]) == ("ip", ["b"])
    for bad in ({"status": "zzz"}, {"tags": ["a", "zzz"]}):
        with pytest.raises(DomainError, match="zzz"):
            values_of(create(**bad), schema)
    update = ops.update(Ref("Shot", 1), {"tags": ops.add("zzz")})
    with pytest.raises(DomainError, match="zzz"):
        values_of(update, schema)


def test_add_and_remove_are_checked_and_kept() -> None:
    made = values_of(ops.update(Ref("Task", 1), {"assignees": ops.add(Ref("User", 1), Ref("User", 1))}))
    assert made["assignees"] == Added((Ref("User", 1),))
    made = values_of(ops.update(Ref("Shot", 1), {"tags": ops.remove("a")}))
    assert made["tags"] == Removed(("a",))


def test_lossy_report_writes_the_nearest_and_says_so() -> None:
    schema = shot_with(Field("code2", "text", domain=Domain(max_length=3, trims=True)))
    with pytest.raises(DomainError):
        checked(create(code2="abcdef"), schema)
    made, losses = checked(create(code2="abcdef"), schema, lossy="report")
    assert (made.values["code2"], losses) == ("abc", {"code2": "abcdef"})


def test_lossy_report_still_refuses_what_has_no_nearest() -> None:
    schema = shot_with(
        Field("code2", "text", domain=Domain(pattern="[a-z]+")),
        Field("flag", "checkbox", domain=Domain(nullable=False)),
    )
    for bad in ({"code2": "A B"}, {"code2": 5}, {"flag": None}, {"flag": 1}):
        with pytest.raises(DomainError):
            checked(create(**bad), schema, lossy="report")


@pytest.mark.parametrize(
    "operation",
    [
        ops.update(Ref("Shot", 1, site="there"), {}),
        ops.delete(Ref("Shot", 1, site="there")),
        create(parent=Ref("Sequence", 1, site="there")),
        create(assets=[Ref("Asset", 1), Ref("Asset", 2, site="there")]),
        ops.update(Ref("Task", 1), {"assignees": ops.add(Ref("User", 1, site="there"))}),
        ops.create("Shot", {"name": "x"}, project=Ref("Project", 1, site="there")),
    ],
)
def test_records_of_another_site_are_refused(operation: Operation) -> None:
    with pytest.raises(InvalidInputError, match="there, not at here"):
        checked(operation, neutral_schema(), site="here")
    checked(operation, neutral_schema(), site="there")


def update(id: int, **values: Any) -> Operation:
    return ops.update(Ref("Shot", id), values)


def test_neighbouring_updates_of_a_record_are_folded() -> None:
    made = folded([update(1, name="a"), update(2, name="b"), update(1, name="c", label="d")])
    assert [(item.ref, dict(item.values), positions) for item, positions in made] == [
        (Ref("Shot", 1), {"name": "c", "label": "d"}, [0, 2]),
        (Ref("Shot", 2), {"name": "b"}, [1]),
    ]


def test_updates_on_both_sides_of_something_else_stay_apart() -> None:
    between = [ops.delete(Ref("Shot", 1)), ops.restore(Ref("Shot", 1))]
    made = folded([update(1, name="a"), *between, update(1, name="b")])
    assert [positions for _, positions in made] == [[0], [1], [2], [3]]


def test_updates_that_add_or_remove_stay_apart() -> None:
    made = folded(
        [update(1, tags=["a"]), update(1, tags=ops.add("b")), update(1, tags=ops.remove("a")), update(1, name="x")]
    )
    assert [positions for _, positions in made] == [[0], [1], [2], [3]]


def test_creates_are_never_folded() -> None:
    made = folded([create(), create(), update(1, name="a")])
    assert [positions for _, positions in made] == [[0], [1], [2]]
