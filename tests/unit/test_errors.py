"""errors: one tree, as its docstring draws it; each error says what to do."""

from __future__ import annotations

import inspect
import pickle
import re
from typing import Any

import pytest

from trackerkit import errors
from trackerkit.errors import BatchError, FieldNotLoadedError, NotFoundError, TrackerError, did_you_mean, nearest

CLASSES = {
    name: item
    for name, item in vars(errors).items()
    if inspect.isclass(item) and issubclass(item, TrackerError) and item.__module__ == errors.__name__
}


def drawn() -> dict[str, tuple[str | None, tuple[str, ...]]]:
    """Class → its parent in the drawing, and the bases that stand in brackets."""
    found: dict[str, tuple[str | None, tuple[str, ...]]] = {}
    stack: list[tuple[int, str]] = []
    assert errors.__doc__
    for line in errors.__doc__.splitlines():
        hit = re.match(r"^    (?P<tree>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: \((?P<more>[\w, ]+)\))?", line)
        if not hit or hit["name"] not in CLASSES:
            continue
        depth = len(hit["tree"]) // 4
        stack = stack[:depth]
        found[hit["name"]] = (
            stack[-1][1] if stack else None,
            tuple((hit["more"] or "").split(", ")) if hit["more"] else (),
        )
        stack.append((depth, hit["name"]))
    return found


def test_the_drawing_names_every_class_and_no_other() -> None:
    assert set(drawn()) == set(CLASSES)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_drawing_shows_the_parent(name: str) -> None:
    parent, builtin = drawn()[name]
    bases = [base.__name__ for base in CLASSES[name].__bases__]
    assert bases[0] == (parent or "Exception")
    for other in builtin:
        assert other in bases


def made(kind: type[TrackerError], **more: Any) -> TrackerError:
    extra = {"index": 2, "cause": NotFoundError("gone", backend="x")} if kind is BatchError else {}
    return kind("it failed", **extra, **more)


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_every_error_says_what_it_knows(kind: type[TrackerError]) -> None:
    error = made(kind, hint="do this", backend="ayon", request_id="r1", status=404)
    assert str(error) == "it failed (do this)"
    assert (error.message, error.hint, error.backend, error.request_id, error.status) == (
        "it failed", "do this", "ayon", "r1", 404,
    )  # fmt: skip
    assert error.sent in ("no", "yes", "unknown")
    assert isinstance(error.retryable, bool)
    assert made(kind, sent="unknown", retryable=True).sent == "unknown"
    assert kind.__doc__


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_every_error_crosses_to_another_process(kind: type[TrackerError]) -> None:
    error = made(kind, hint="do this", sent="unknown", retryable=True)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.hint, again.sent, again.retryable) == ("it failed (do this)", "do this", "unknown", True)
    if isinstance(again, BatchError):
        assert (again.index, str(again.cause), again.cause.backend) == (2, "gone", "x")


def test_the_classes_that_refuse_input_are_value_errors() -> None:
    for kind in CLASSES.values():
        assert issubclass(kind, ValueError) == issubclass(kind, errors.InvalidInputError)


def test_a_field_that_was_not_loaded_is_a_key_and_an_attribute_error() -> None:
    assert issubclass(FieldNotLoadedError, (KeyError, AttributeError))
    assert str(FieldNotLoadedError("x was not asked for")) == "x was not asked for"


def test_a_batch_error_takes_over_what_its_cause_knew() -> None:
    error = BatchError("failed", index=0, cause=errors.UnavailableError("busy"))
    assert (error.sent, error.retryable) == ("yes", True)


def test_the_nearest_names() -> None:
    assert nearest("nmae", ["name", "label", "Name2"])[0] == "name"
    assert nearest("SHOT", ["Shot", "Asset"]) == ["Shot"]
    assert nearest("zzz", ["name"]) == []
    assert did_you_mean("nmae", ["name"]) == "did you mean 'name'?"
    assert did_you_mean("zzz", ["name"]) == ""
