"""Fields whose value depends on who asks: when I looked at a project, whether I have read a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

from trackerkit.filters import Condition, Filter
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.facts import Facts
from trackerkit_shotgrid.gateway.faults import Fault, update_failed
from trackerkit_shotgrid.gateway.relations import scalar


@dataclass(frozen=True, slots=True)
class Personal:
    """A field that each person has a value of their own for.

    Args:
        data_type: ShotGrid's.
        label: what people see.
        default: its value where the person never had anything to do with the record.
        values: those of a list field.
        is_written: people write it; otherwise a call of its own does.
    """

    data_type: str
    label: str
    default: Any
    values: tuple[str, ...] = ()
    is_written: bool = True


PERSONAL: Final[dict[tuple[str, str], Personal]] = {
    ("Project", "last_accessed_by_current_user"): Personal("date_time", "Last Accessed By You", None, is_written=False),
    ("Project", "current_user_favorite"): Personal("checkbox", "Favorite", False),
    ("Note", "read_by_current_user"): Personal("list", "Read", "unread", ("read", "unread")),
    ("Version", "viewed_by_current_user"): Personal("list", "Viewed", "unviewed", ("viewed", "unviewed")),
}
"""ShotGrid's type and field → what it is."""

_NEUTRAL: Final = {"date_time": "datetime", "checkbox": "checkbox", "list": "choice"}


class Keys(Protocol):
    """Names of records among facts."""

    def __call__(self, ref: Ref) -> str:
        """The name of one."""


class Person:
    """One person's values, for one call.

    Args:
        facts: of the site.
        find: finds the name of who calls; asked once, when a value is first needed.
        key: names records.
    """

    def __init__(self, facts: Facts, find: Callable[[], str], key: Keys) -> None:
        self._facts = facts
        self._find = find
        self._key = key
        self._known: dict[str, dict[str, Any]] = {}

    @cached_property
    def name(self) -> str:
        """Who it is, among facts."""
        return self._find()

    def _values(self, field: str) -> dict[str, Any]:
        if field not in self._known:
            self._known[field] = {fact.object: fact.value for fact in self._facts.of_subject(field, self.name)}
        return self._known[field]

    def value(self, native: str, field: str, ref: Ref) -> Any:
        """The person's value of a record."""
        return self._values(field).get(self._key(ref), PERSONAL[native, field].default)

    def put(self, native: str, field: str, ref: Ref, value: Any) -> None:
        """Write the person's value of a record.

        Raises:
            Fault: for a value that the field does not take, and for a field that is not written.
        """
        self._facts.put(field, self.name, self._key(ref), value)
        self._known.pop(field, None)

    def condition(self, verb: str, native: str, field: str, relation: str, values: Sequence[Any]) -> Filter:
        """The records for which a positive relation holds: by their ids."""
        where, item = f"{native}.{field}", PERSONAL[native, field]
        flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        wanted = [scalar(verb, where, item.data_type, _NEUTRAL[item.data_type], "", value) for value in flat]
        test = _test(item, relation, wanted)
        if test is None:
            raise Fault(f"API {verb}() {where}: '{relation}' is not served for a field that depends on who asks")
        own = {key: test(_read(verb, where, item, value)) for key, value in self._values(field).items()}
        usual = test(item.default)
        ids = tuple(key.partition(":")[2] for key, holds in own.items() if holds != usual)
        odd = Condition("id", "in", ids)
        return ~odd if usual else odd


def _read(verb: str, where: str, item: Personal, value: Any) -> Any:
    return scalar(verb, where, item.data_type, _NEUTRAL[item.data_type], "", value)


def _test(item: Personal, relation: str, wanted: list[Any]) -> Callable[[Any], bool] | None:
    if relation in ("is", "in"):
        return lambda value: value in wanted
    if item.data_type != "date_time" or None in wanted:
        return None
    if relation == "greater_than" and len(wanted) == 1:
        return lambda value: value is not None and bool(value > wanted[0])
    if relation == "less_than" and len(wanted) == 1:
        return lambda value: value is not None and bool(value < wanted[0])
    if relation == "between" and len(wanted) == 2:
        return lambda value: value is not None and bool(wanted[0] <= value <= wanted[1])
    return None


def check_value(verb: str, native: str, field: str, value: Any) -> Any:
    """A value as it was sent, if the field takes it.

    Raises:
        Fault: it does not.
    """
    where, item = f"{native}.{field}", PERSONAL[native, field]
    if not item.is_written:
        raise Fault(f"API {verb}() {where} is read only.")
    scalar(verb, where, item.data_type, _NEUTRAL[item.data_type], "", value)
    if item.values and value not in item.values:
        legal = ", ".join(f"'{choice}'" for choice in item.values)
        raise update_failed(verb, where, f"'{value}' is not a valid list value. Valid list values: {legal}.")
    return value


def schema_of(native: str, field: str) -> dict[str, Any]:
    """The field as ShotGrid describes it."""
    item = PERSONAL[native, field]

    def leaf(value: Any) -> dict[str, Any]:
        return {"value": value, "editable": False}

    properties = {"default_value": leaf(item.default), "summary_default": leaf("none")}
    if item.values:
        properties["valid_values"] = leaf(list(item.values))
        properties["display_values"] = leaf({value: value for value in item.values})
        properties["hidden_values"] = leaf([])
    return {
        "name": leaf(item.label), "description": leaf(""), "data_type": leaf(item.data_type), "entity_type": leaf(native),
        "editable": leaf(item.is_written), "mandatory": leaf(False), "unique": leaf(False), "visible": leaf(True),
        "ui_value_displayable": leaf(True), "custom_metadata": leaf(""), "properties": properties,
    }  # fmt: skip
