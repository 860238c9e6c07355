"""Two trackers with the same show in them: the oracle and the one under test, asked the same questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trackerkit import operations as ops
from trackerkit.errors import InvalidInputError
from trackerkit.paths import resolve_path
from trackerkit.testing.conformance.stack import Show, Stack
from trackerkit.testing.memory import MemoryBackend
from trackerkit.testing.strategies import Key, Question, Spec, World, with_records
from trackerkit.tracker import Tracker
from trackerkit.values import Inherited, Ref

OWN = ("name", "status", "tags", "sequence")
DEEP = {
    "Shot": ("sequence.name", "sequence.status", "tasks", "tasks.name", "tasks.status", "tasks.assignees",
             "sequence.children.name", "parent[Sequence].name"),
    "Task": ("name", "status", "assignees", "parent", "shot", "sequence", "shot.name", "sequence.name", "parent[Shot].status",
             "shot.tasks.name", "parent[Shot].sequence.name"),
    "Sequence": ("name", "status", "children", "children.name", "children.tasks.name"),
}  # fmt: skip
"""Paths that questions go along; those that a tracker lacks are left out."""


class Twin:
    """One tracker and what was made in it.

    Args:
        show: the project that holds it.
    """

    def __init__(self, show: Show) -> None:
        self.show = show
        self.tracker = show.tracker
        self.refs: dict[Key, Ref] = {}

    def fill(self, world: World) -> None:
        """Make the world's records, in order; then retire those that are to be."""
        for spec in world.specs:
            self.make(spec)
        for spec in world.specs:
            if spec.is_retired:
                self.tracker.delete(self.refs[spec.key])

    def make(self, spec: Spec) -> None:
        """Make one record."""
        values = self.resolved(spec.values)
        if spec.type == "User":
            self.refs[spec.key] = self.show.user()
            return
        if spec.type in ("Sequence", "Shot") and values.get("parent") is None:
            values["parent"] = self.show.project
        self.refs[spec.key] = self.show.make(spec.type, **values)

    def resolved(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values with their Keys replaced by records."""
        return {name: self._one(value) for name, value in values.items()}

    def _one(self, value: Any) -> Any:
        if isinstance(value, Key):
            return self.refs[value]
        return (
            [self._one(item) for item in value]
            if isinstance(value, list) and value and isinstance(value[0], Key)
            else value
        )

    def ask(self, question: Question) -> list[tuple[Any, ...]]:
        """The answer, with records named by their Keys."""
        found = self.tracker.find(
            question.type,
            with_records(question.condition, self.refs),
            fields=list(question.fields),
            order=list(question.order),
            limit=question.limit,
            state=question.state,
            page_size=question.page_size,
            project=self.show.project,
        )
        return self._named(found)

    def count(self, question: Question) -> int:
        """How many the answer holds."""
        return self.tracker.count(
            question.type, with_records(question.condition, self.refs), limit=question.limit, state=question.state,
            project=self.show.project,
        )  # fmt: skip

    def everything(self, types: Mapping[str, Sequence[str]], states: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
        """All that there is, by type and state."""
        return {
            f"{type_name} {state}": self._named(
                self.tracker.find(type_name, fields=list(fields), project=self.show.project, state=state)
            )
            for type_name, fields in types.items()
            for state in states
        }

    def _named(self, found: Any) -> list[tuple[Any, ...]]:
        names = {(ref.type, ref.id): key.name for key, ref in self.refs.items()}
        names[(self.show.project.type, self.show.project.id)] = "project"
        return [(_plain(item.ref, names), *(_plain(item[name], names) for name in item)) for item in found]

    def batch(self, operations: Sequence[ops.Operation]) -> list[Ref]:
        """Several changes at once."""
        return [item.ref for item in self.tracker.batch(operations)]


def _plain(value: Any, names: Mapping[tuple[str, str], str]) -> Any:
    """A value that can be compared between trackers: Refs by name, lists of records and choices in any order."""
    if isinstance(value, Inherited):
        value = value.value
    if isinstance(value, Ref):
        return names.get((value.type, value.id), str(value))
    if isinstance(value, list) and value and all(isinstance(item, (Ref, str)) or item is None for item in value):
        return sorted((_plain(item, names) for item in value), key=lambda item: (item is not None, item or ""))
    return value


def twins(stack: Stack) -> tuple[Twin, Twin]:
    """An empty project in the tracker under test, and one in an oracle that has the same schema."""
    oracle = Stack("oracle", Tracker(MemoryBackend(stack.schema)))
    return Twin(oracle.show()), Twin(stack.show())


def paths_for(stack: Stack, fields: Sequence[str]) -> dict[str, list[str]]:
    """The paths that questions about this stack may use."""
    made: dict[str, list[str]] = {}
    for type_name, texts in DEEP.items():
        own = [*OWN, *fields, *texts] if type_name == "Shot" else list(texts)
        made[type_name] = [text for text in dict.fromkeys(own) if _is_there(stack, type_name, text)]
    return made


def _is_there(stack: Stack, type_name: str, text: str) -> bool:
    try:
        path = resolve_path(stack.schema, type_name, text)
    except InvalidInputError:
        return False
    deep = stack.has("find.deep") or not path.steps
    is_reverse = any(item.reverse_of for item in (*(step.field for step in path.steps), path.leaf))
    return deep and (stack.has("find.reverse") or not is_reverse)
