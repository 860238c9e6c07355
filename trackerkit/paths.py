"""Path: a way through links to a field, checked against a schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trackerkit.errors import FilterError, UnknownFieldError
from trackerkit.filters import split_path
from trackerkit.schema import Field, Schema

_MOST_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of a path: the link field followed and the types that it may lead to.

    Args:
        name: the step as written, without a narrowing.
        fields: the link field by owner type (all of one data type).
        targets: the concrete types on the other side that are followed.
        narrowed: True when the step names its type: ``parent[Shot]``.
        many: True for links and reverse links.
    """

    name: str
    fields: Mapping[str, Field]
    targets: tuple[str, ...]
    narrowed: bool
    many: bool

    @property
    def field(self) -> Field:
        """The link field (of the first owner)."""
        return next(iter(self.fields.values()))

    def __hash__(self) -> int:
        return hash((self.name, self.targets, self.narrowed))


@dataclass(frozen=True, slots=True)
class Path:
    """A checked path: the hops, then the field at the end.

    Args:
        text: as written.
        steps: the hops; empty for a field of the record itself.
        leaves: the last field by owner type (all of one data type); an owner that lacks it reads null.
        data_type: of the last field.
    """

    text: str
    steps: tuple[Step, ...]
    leaves: Mapping[str, Field]
    data_type: str

    @property
    def leaf(self) -> Field:
        """The last field (of the first owner)."""
        return next(iter(self.leaves.values()))

    @property
    def through_many(self) -> bool:
        """True when a hop may lead to several records: the column is then a list."""
        return any(step.many for step in self.steps)

    def __hash__(self) -> int:
        return hash((self.text, self.data_type, self.steps))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and self.text == other.text and self.steps == other.steps


def resolve_path(schema: Schema, type_name: str, text: str) -> Path:
    """The path, checked step by step; remembered, for scripts ask for the same ones again and again.

    Raises:
        FilterError: for a step that is no link.
        UnknownFieldError: for a field that no reachable type has.
    """
    key = ("path", type_name, text)
    found: Path | None = schema.remembered.get(key)
    if found is None:
        found = _resolved(schema, type_name, text)
        if len(schema.remembered) >= _MOST_REMEMBERED:  # whoever makes up paths shall not fill the memory
            schema.remembered.clear()
        schema.remembered[key] = found
    return found


def _resolved(schema: Schema, type_name: str, text: str) -> Path:
    owners = schema.concrete(type_name)
    steps: list[Step] = []
    parts = split_path(text)
    for part in parts[:-1]:
        step = _step(schema, owners, part, text)
        steps.append(step)
        owners = step.targets
    leaves = _fields_of(schema, owners, parts[-1], text)
    data_type = next(iter(leaves.values())).data_type
    return Path(text, tuple(steps), leaves, data_type)


def _step(schema: Schema, owners: Sequence[str], part: str, text: str) -> Step:
    name, narrowing = part, None
    if part.endswith("]") and "[" in part:
        name, _, narrowing = part[:-1].partition("[")
    fields = _fields_of(schema, owners, name, text)
    item = next(iter(fields.values()))
    if not item.is_link:
        raise FilterError(f"{text!r} goes through {name!r}, which is a {item.data_type} field and no link", path=text)
    targets = tuple(dict.fromkeys(kind for found in fields.values() for kind in schema.targets(found)))
    if narrowing is not None:
        wanted = schema.concrete(schema.type(narrowing).name)
        targets = tuple(kind for kind in targets if kind in wanted)
        if not targets:
            raise FilterError(f"{text!r}: {name!r} never links to a {narrowing}", path=text)
    return Step(name, fields, targets, narrowing is not None, item.is_many)


def _fields_of(schema: Schema, owners: Sequence[str], name: str, text: str) -> Mapping[str, Field]:
    """The field by owner; owners that lack it are left out. ``name`` falls back to the display field."""
    found: dict[str, Field] = {}
    problem: UnknownFieldError | None = None
    for owner in owners:
        display = schema.type(owner).display
        try:
            found[owner] = schema.field(
                owner, display if name == "name" and "name" not in schema.type(owner).fields else name
            )
        except UnknownFieldError as error:
            problem = problem or error
    if not found:
        raise problem or UnknownFieldError(f"{text!r} leads nowhere")
    if len({item.data_type for item in found.values()}) > 1:
        kinds = ", ".join(f"{owner}: {item.data_type}" for owner, item in found.items())
        raise FilterError(
            f"{text!r} means fields of different data types ({kinds})",
            hint=f"name the type, for example {next(iter(found))!r}: write step[Type].{name}",
            path=text,
        )
    return found
