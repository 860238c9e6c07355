"""What the cases are made of: the mark that names what a case needs, and the fixtures that give it a project."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from trackerkit.testing.conformance.stack import Show, Stack

__all__ = ["Cases", "needs", "skip_lacking"]


def needs(*capabilities: str, types: Sequence[str] = (), fields: Sequence[str] = ()) -> pytest.MarkDecorator:
    """What a case (or a class of cases) needs; a stack that lacks it skips the case with its own mark's reason.

    Args:
        capabilities: names of ``trackerkit.capabilities.CAPABILITIES``.
        types: entity types.
        fields: fields of the model, as ``Type.field``.
    """
    return pytest.mark.trackerkit_needs(*capabilities, types=tuple(types), fields=tuple(fields))


def skip_lacking(reason: str) -> None:
    """Skip a case for something that the stack lacks; ``reason`` is ``Stack.lacking``'s."""
    if reason:
        pytest.skip(reason)


def _check(stack: Stack, marks: Sequence[pytest.Mark]) -> None:
    for mark in marks:
        skip_lacking(stack.lacking(mark.args, mark.kwargs["types"], mark.kwargs["fields"]))


class Cases:
    """The base of every class of cases. A test module that imports them needs a fixture ``stack`` (module or session)."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _class_needs(cls, request: pytest.FixtureRequest, stack: Stack) -> None:
        """Skips a whole class before its data is made."""
        marks: list[pytest.Mark] = list(getattr(request.cls, "pytestmark", ()))
        _check(stack, [mark for mark in marks if mark.name == "trackerkit_needs"])

    @pytest.fixture(autouse=True)
    def _case_needs(self, request: pytest.FixtureRequest, stack: Stack, _class_needs: None) -> None:
        """Skips one case, and tells the report which stack it ran on."""
        request.node.user_properties.append(("trackerkit_stack", stack.name))
        request.node.user_properties.extend(_described(stack))
        _check(stack, list(request.node.iter_markers("trackerkit_needs")))

    @pytest.fixture
    def show(self, stack: Stack) -> Iterator[Show]:
        """An empty project of the case's own."""
        made = stack.show()
        yield made
        stack.put_away(made)

    @pytest.fixture(scope="class")
    @classmethod
    def shelf(cls, stack: Stack, _class_needs: None) -> Iterator[Show]:
        """A project shared by the cases of a class, which only read it."""
        made = stack.show()
        yield made
        stack.put_away(made)

    def need(self, show: Show, *, types: Sequence[str] = (), fields: Sequence[str] = ()) -> None:
        """What ``needs`` marks, for a case that knows only while it runs."""
        skip_lacking(show.stack.lacking((), types, fields))

    def field_of(self, show: Show, data_type: str, type_name: str = "Shot", *, is_empty: bool = True) -> str:
        """``Stack.field_of``; the case is skipped where there is no such field and none can be made."""
        return free_field(show, data_type, type_name, is_empty=is_empty)


def free_field(show: Show, data_type: str, type_name: str = "Shot", *, is_empty: bool = True) -> str:
    """``Stack.field_of``; the case is skipped where there is no such field and none can be made."""
    found = show.stack.field_of(data_type, type_name, is_empty=is_empty)
    if found is None:
        stack = show.stack
        mark = stack.backend.capabilities.data_types.get(data_type)
        mark = mark or stack.backend.capabilities.marks.get("schema.field")
        why = f"none can be made: {mark.reason}" if mark else "the tracker makes none of this data type"
        pytest.skip(f"{stack.name} lacks {type_name} field of type {data_type} (schema): {why}")
    return found


def _described(stack: Stack) -> Iterator[tuple[str, str]]:
    """The backend's marks, once a stack, for the report."""
    if stack.is_described:
        return
    stack.is_described = True
    schema = stack.schema  # first: what some backends can do, their site's schema says
    marks = stack.backend.capabilities
    said: dict[str, Any] = {
        "stack": stack.name,
        "scheme": stack.backend.scheme,
        "title": stack.backend.title,
        "marks": {name: _mark(mark) for name, mark in marks.marks.items()},
        "types": {name: _mark(mark) for name, mark in marks.types.items()},
        "beyond": {name: _mark(mark) for name, mark in marks.beyond.items()},
        "fields": {item.name: sorted(item.fields) for item in schema.types.values()},
    }
    yield "trackerkit_backend", json.dumps(said)


def _mark(mark: Any) -> dict[str, str]:
    return {"kind": mark.kind, "reason": mark.reason, "instead": mark.instead, "page": mark.page}
