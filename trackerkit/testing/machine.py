"""A random life of a tracker beside the oracle's: whatever is done to both, both hold the same afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from trackerkit import operations as ops
from trackerkit.errors import BatchError, TrackerError
from trackerkit.operations import Operation
from trackerkit.testing.conformance.stack import Stack
from trackerkit.testing.strategies import Key, Spec, World, questions, values
from trackerkit.testing.twins import Twin, paths_for, twins

NAMES = st.sampled_from(["sh", "SH", "Sh_", "a.b", "x-1"])


class TrackerMachine(RuleBasedStateMachine):
    """Creates, changes, retires and restores records, in batches too, and asks questions on the way.

    Args:
        stack: the tracker under test.
        fields: free fields of Shot to write.
        checks_always: compare everything after each step, not only at the end (a tracker over HTTP takes its time).
    """

    sequences = Bundle("sequences")
    shots = Bundle("shots")
    tasks = Bundle("tasks")

    def __init__(self, stack: Stack, fields: Sequence[str], *, checks_always: bool = True) -> None:
        super().__init__()
        self.stack = stack
        self.fields = list(fields)
        self.checks_always = checks_always
        self.oracle, self.subject = twins(stack)
        self.retires = stack.has("delete") and stack.has("restore") and stack.has("find.retired")
        self.paths = paths_for(stack, fields)
        self.specs: dict[Key, Spec] = {}
        self._numbers = itertools.count(1)
        self.retired: set[Key] = set()

    # --- making --------------------------------------------------------------------------------------------------

    @initialize(count=st.integers(1, 3))
    def people(self, count: int) -> None:
        self.users = [self._make(Spec(Key(f"user{at}"), "User")) for at in range(count)]

    @rule(target=sequences, stem=NAMES)
    def make_sequence(self, stem: str) -> Key:
        return self._make(Spec(self._key("sq"), "Sequence", {"name": self._unique(stem), **self._status("Sequence")}))

    @rule(target=shots, stem=NAMES, data=st.data())
    def make_shot(self, stem: str, data: st.DataObject) -> Key:
        parent = data.draw(st.sampled_from([None, *self._active("Sequence")]))
        given = {"name": self._unique(stem), "parent": parent, **self._status("Shot"), **self._some_values(data)}
        return self._make(Spec(self._key("sh"), "Shot", given))

    @rule(target=tasks, stem=NAMES, data=st.data())
    def make_task(self, stem: str, data: st.DataObject) -> Any:
        homes = self._active("Shot")
        if not homes:
            return multiple()
        people = data.draw(st.lists(st.sampled_from(self.users), unique=True, max_size=2))
        parent = data.draw(st.sampled_from(homes))
        given = {"name": self._unique(stem), "parent": parent, "assignees": people, **self._status("Task")}
        return self._make(Spec(self._key("t"), "Task", given))

    def _make(self, spec: Spec) -> Key:
        for twin in (self.oracle, self.subject):
            twin.make(spec)
        self.specs[spec.key] = spec
        return spec.key

    def _key(self, stem: str) -> Key:
        return Key(f"{stem}{next(self._numbers)}")

    def _unique(self, stem: str) -> str:
        return f"{stem}{next(self._numbers)}"

    def _status(self, type_name: str) -> dict[str, Any]:
        choices = self.stack.schema.field(type_name, "status").choices
        return {"status": choices[0] if choices else "ip"}

    def _some_values(self, data: st.DataObject) -> dict[str, Any]:
        names = data.draw(st.lists(st.sampled_from(self.fields), unique=True, max_size=3)) if self.fields else []
        return {name: data.draw(values(self.stack.schema.field("Shot", name))) for name in names}

    def _active(self, type_name: str) -> list[Key]:
        return [key for key, spec in self.specs.items() if spec.type == type_name and key not in self.retired]

    # --- changing ------------------------------------------------------------------------------------------------

    @rule(shot=shots, data=st.data())
    def write_values(self, shot: Key, data: st.DataObject) -> None:
        if shot not in self.retired:
            given = self._some_values(data)
            self._both(lambda twin: twin.show.change(twin.refs[shot], given))

    @rule(shot=shots, data=st.data())
    def clear_a_value(self, shot: Key, data: st.DataObject) -> None:
        names = [name for name in self.fields if self.stack.schema.field("Shot", name).domain.nullable]
        names = [name for name in names if self.stack.schema.field("Shot", name).data_type != "checkbox"]
        if names and shot not in self.retired:
            name = data.draw(st.sampled_from(names))
            self._both(lambda twin: twin.show.change(twin.refs[shot], {name: None}))

    @rule(shot=shots, data=st.data())
    def move(self, shot: Key, data: st.DataObject) -> None:
        homes = self._active("Sequence")
        if homes and shot not in self.retired:
            home = data.draw(st.sampled_from(homes))
            self._both(lambda twin: twin.tracker.update(twin.refs[shot], parent=twin.refs[home]))

    @rule(shot=shots, stem=NAMES)
    def rename(self, shot: Key, stem: str) -> None:
        if shot not in self.retired:
            name = f"{stem}{shot.name}"
            self._both(lambda twin: twin.tracker.update(twin.refs[shot], name=name))

    @rule(task=tasks, data=st.data(), adds=st.booleans())
    def assign(self, task: Key, data: st.DataObject, adds: bool) -> None:
        if task in self.retired or not self.stack.has("update.modes"):
            return
        people = data.draw(st.lists(st.sampled_from(self.users), unique=True, min_size=1))
        change = ops.add if adds else ops.remove
        self._both(
            lambda twin: twin.tracker.update(twin.refs[task], assignees=change(*(twin.refs[key] for key in people)))
        )

    @rule(key=st.one_of(sequences, shots, tasks))
    def delete(self, key: Key) -> None:
        if self.retires:
            self._both(lambda twin: twin.tracker.delete(twin.refs[key]))
            self.retired.add(key)

    @rule(key=st.one_of(sequences, shots, tasks))
    def restore(self, key: Key) -> None:
        if self.retires:
            self._both(lambda twin: twin.tracker.restore(twin.refs[key]))
            self.retired.discard(key)

    @rule(task=consumes(tasks))
    def delete_for_good(self, task: Key) -> None:
        if self.stack.has("delete.permanent"):
            self._both(lambda twin: twin.tracker.delete(twin.refs[task], permanent=True))
            self.retired.add(task)
            del self.specs[task]

    @rule(data=st.data(), fails=st.booleans())
    def batch(self, data: st.DataObject, fails: bool) -> None:
        shots = self._active("Shot")
        if not shots or not self.stack.has("batch"):
            return
        picked = data.draw(st.lists(st.sampled_from(shots), min_size=2, max_size=4))
        given = [(key, self._some_values(data)) for key in picked]
        self._both(lambda twin: self._batch(twin, given, fails))

    def _batch(self, twin: Twin, given: Sequence[tuple[Key, dict[str, Any]]], fails: bool) -> Any:
        operations: list[Operation] = [ops.update(twin.refs[key], made) for key, made in given]
        if fails:
            ref = operations[0].ref
            assert ref is not None
            operations.append(ops.update(ref.replace(id="987654321" if ref.id.isdigit() else "f" * 32), {"name": "x"}))
        try:
            return len(twin.tracker.batch(operations))
        except BatchError as error:
            return ("failed at", error.index, type(error.cause).__name__)

    @rule(target=shots)
    def create_twice(self) -> Any:
        if not self.stack.has("create.key"):
            return multiple()
        made = self._key("sh")
        given = {"name": self._unique("twice"), **self._status("Shot")}
        key = ops.new_key()
        self._both(lambda twin: self._create_twice(twin, made, given, key))
        self.specs[made] = Spec(made, "Shot", given)
        return made

    def _create_twice(self, twin: Twin, made: Key, given: dict[str, Any], key: str) -> Any:
        operation = twin.show.operation("Shot", {**given, "parent": twin.show.project}, key)
        results = [twin.tracker.write([operation])[0] for _ in range(2)]
        twin.refs[made] = results[0].ref
        return results[0].ref == results[1].ref, [item.done for item in results]

    # --- comparing -----------------------------------------------------------------------------------------------

    def _both(self, act: Callable[[Twin], Any]) -> None:
        """Do the same to both; the outcomes are the same too."""
        outcomes = []
        for twin in (self.oracle, self.subject):
            try:
                done = act(twin)
            except TrackerError as error:
                done = type(error).__name__
            outcomes.append(done if isinstance(done, (bool, int, str, tuple, list)) else "done")
        assert outcomes[0] == outcomes[1], outcomes

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        world = World(tuple(self.specs.values()))
        question = data.draw(questions(world, self.stack.schema, self.paths, self.retires))
        assert self.subject.ask(question) == self.oracle.ask(question)

    @invariant()
    def both_hold_the_same(self) -> None:
        if self.checks_always:
            self.compare()

    def teardown(self) -> None:
        self.compare()

    def compare(self) -> None:
        """Everything that there is, in both."""
        columns = {
            "Sequence": ("name", "status", "children"),
            "Shot": ("name", "status", "sequence", "tasks", *self.fields),
            "Task": ("name", "status", "assignees", "shot", "sequence"),
        }
        known = {
            kind: [name for name in names if name in self.paths[kind] or name in self.fields]
            for kind, names in columns.items()
        }
        states = ("active", "retired") if self.retires else ("active",)
        assert self.subject.everything(known, states) == self.oracle.everything(known, states)
