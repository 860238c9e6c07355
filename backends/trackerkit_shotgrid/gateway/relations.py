"""The relations of ShotGrid's data types: which there are, what values they take, and the neutral condition that each is.

A negative relation is always the negation of its positive one, so it holds for null too, as on a live site.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date, datetime, timezone
from typing import Any, Final
from uuid import UUID

from trackerkit.errors import ProtocolError
from trackerkit.filters import Condition, Filter, Or
from trackerkit_shotgrid.gateway.colors import check_asked
from trackerkit_shotgrid.gateway.faults import Fault, shown, wrong_class
from trackerkit_shotgrid.mapping.types import neutral_type
from trackerkit_shotgrid.mapping.values import Links, decoder

NOTHING: Final = Or(())

NEGATIVES: Final = {
    "is_not": "is", "not_in": "in", "not_contains": "contains", "not_between": "between", "not_in_last": "in_last",
    "not_in_next": "in_next", "type_is_not": "type_is", "name_not_contains": "name_contains", "name_is_not": "name_is",
}  # fmt: skip
"""Negative relation → the positive one."""

_TEXT: Final = ("contains", "not_contains", "is", "is_not", "starts_with", "ends_with", "in", "not_in")
_NUMBER: Final = ("is", "is_not", "greater_than", "less_than", "between", "not_between", "in", "not_in")
_DATE: Final = (
    "is", "is_not", "greater_than", "less_than", "in_last", "not_in_last", "in_next", "not_in_next", "in_calendar_week",
    "in_calendar_month", "in_calendar_day", "in_calendar_year", "between", "in", "not_in",
)  # fmt: skip
_CHOICE: Final = ("is", "is_not", "in", "not_in")
_LINK: Final = (
    "is", "is_not", "name_contains", "name_not_contains", "name_is", "name_is_not", "name_starts_with", "name_ends_with",
    "type_is", "type_is_not", "in", "not_in",
)  # fmt: skip

RELATIONS: Final[dict[str, tuple[str, ...]]] = {
    "text": _TEXT, "footage": _TEXT, "number": _NUMBER, "integer": _NUMBER, "percent": _NUMBER, "duration": _NUMBER,
    "float": _NUMBER, "timecode": _NUMBER, "currency": _NUMBER, "date": _DATE, "date_time": _DATE,
    "checkbox": ("is", "is_not"), "list": _CHOICE, "status_list": _CHOICE, "entity_type": _CHOICE, "uuid": _CHOICE,
    "color": _CHOICE, "image": ("is", "is_not"), "entity": _LINK, "multi_entity": _LINK,
    "addressing": (*_LINK, "contains", "not_contains"),
    "tag_list": ("is", "is_not", "contains", "not_contains", "in", "not_in", "name_contains", "name_not_contains", "name_is"),
}  # fmt: skip
"""ShotGrid's data type → its relations; a type that is not listed cannot be used in a filter."""

CLASSES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("number", "integer"), ("String", "Integer", "NilClass")),
    **dict.fromkeys(("percent", "timecode"), ("Integer", "NilClass")),
    "duration": ("String", "Integer", "Float", "NilClass"),
    "float": ("String", "BigDecimal", "Float", "NilClass"),
    "currency": ("String", "Integer", "Float", "NilClass"),
    "checkbox": ("String", "FalseClass", "TrueClass"),
    **dict.fromkeys(("entity", "multi_entity", "addressing"), ("Hash", "NilClass")),
}
"""ShotGrid's data type → the classes of values that it takes; texts and null where it is not listed."""

_SPANS: Final = ("in_last", "in_next")
_CALENDAR: Final = ("in_calendar_day", "in_calendar_week", "in_calendar_month", "in_calendar_year")
_UNITS: Final = ("HOUR", "DAY", "WEEK", "MONTH", "YEAR")
_DATE_TIME: Final = (
    "Invalid date time format: {}. Correct format is 2011-01-21T13:26:09Z (UTC), 2011-01-21T13:26:09-07:00 (UTC Offset) or "
    "any ISO8601 compatible string."
)


def canonical_uuid(text: str) -> str | None:
    """A uuid in lower case with its hyphens; None for a text that is none."""
    bare = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    if not re.fullmatch(r"[0-9A-Fa-f]{8}(-?)([0-9A-Fa-f]{4}\1){3}[0-9A-Fa-f]{12}", bare):
        return None
    return str(UUID(bare))


def check_relation(verb: str, where: str, data_type: str, relation: str) -> None:
    """Do nothing for a relation that the data type has.

    Raises:
        Fault: names those that it has.
    """
    legal = RELATIONS.get(data_type)
    if legal is None:
        raise Fault(f"API {verb}() {where}'s '{data_type}' data type cannot be used in a filter.")
    if relation not in legal:
        raise Fault(
            f"API {verb}() {where}'s '{data_type}' data type doesn't support '{relation[:60]}' 'relation'\n"
            f"Valid relations: [{', '.join(map(shown, legal))}]"
        )


class Scalar:
    """Conditions on one field that holds no link.

    Args:
        verb: the RPC, for faults.
        where: ``Type.field``, for faults.
        path: the neutral path.
        data_type: ShotGrid's.
        neutral: the neutral data type.
        codec: of the binding.
        unheard: values that no record has, though the tracker would take them.
    """

    def __init__(
        self,
        verb: str,
        where: str,
        path: str,
        data_type: str,
        neutral: str,
        codec: str = "",
        unheard: Container[Any] = (),
    ) -> None:
        self.verb = verb
        self.where = where
        self.path = path
        self.data_type = data_type
        self.neutral = neutral
        self.codec = codec
        self.unheard = unheard

    def holds(self, relation: str, values: Sequence[Any]) -> Filter:
        """The condition of a positive relation.

        Raises:
            Fault: for values that the relation does not take.
        """
        if self.data_type == "uuid":
            return self._uuid(relation, values)
        if relation in _SPANS:
            return self._span(relation, values)
        if relation == "between":
            return self._between(values)
        if relation == "in":
            return self._in(values)
        return self._one(relation, self.single(relation, values))

    def _uuid(self, relation: str, values: Sequence[Any]) -> Filter:
        """A uuid in any of its spellings; an empty text stands for none, null for nothing."""
        flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if not flat:
            raise Fault(f"API {self.verb}() '{relation}' 'relation' expects at least a 1-element array: []")
        if relation == "is" and list(flat) == [""]:
            return Condition(self.path, "is", None)
        return Condition(self.path, "in", tuple(self._one_uuid(item) for item in flat))

    def _one_uuid(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise wrong_class(self.verb, self.where, ("String",), value)
        text = canonical_uuid(value)
        if text is None:
            raise Fault(
                f"API {self.verb}() Please check your filters for possible invalid value, invalid input syntax for type uuid: "
                f'"{value[:60]}". -- Read failed for entity type [{self.where.partition(".")[0]}]',
                104,
            )
        return text.replace("-", "") if self.path.rpartition(".")[2] == "uid" else text

    def single(self, relation: str, values: Sequence[Any]) -> Any:
        """The one value that a relation takes."""
        if len(values) != 1:
            raise Fault(f"API {self.verb}() '{relation}' 'relation' expects a 1-element array: {shown(list(values))}")
        return values[0]

    def _one(self, relation: str, value: Any) -> Filter:
        try:
            return self._single(relation, value)
        except _UnheardOf:
            return NOTHING

    def _single(self, relation: str, value: Any) -> Filter:
        if relation in _CALENDAR:
            if isinstance(value, bool) or not isinstance(value, int):
                raise wrong_class(self.verb, self.where, ("Integer",), value)
            return Condition(self.path, relation, value)
        if relation != "is":
            if self.neutral == "text" and value == "":
                return ~Condition(self.path, "is", None)  # an empty text is in every text that there is
            known = self.value(value)
            if relation == "greater_than":
                known = _end_of_second(known)
            return NOTHING if known is None else Condition(self.path, relation, known)
        if self.data_type == "image" and value is not None:
            raise wrong_class(self.verb, self.where, ("NilClass",), value)
        return self.equals(self.value(value))

    def equals(self, value: Any) -> Filter:
        """Equal, as ShotGrid sees it: ignoring the case of texts, an empty text the same as null."""
        if self.neutral == "text" and value in (None, ""):
            return Or((Condition(self.path, "is", None), Condition(self.path, "is", "")))
        if value is None or value == "":
            return Condition(self.path, "is", None)
        if self._ignores_case:
            return Condition(self.path, "equals_ignoring_case", value)
        if self.neutral == "datetime":
            return Condition(self.path, "between", (value, _end_of_second(value)))
        return Condition(self.path, "is", value)

    @property
    def _ignores_case(self) -> bool:
        return self.neutral in _FOLDED and self.data_type != "entity_type"

    def _in(self, values: Sequence[Any]) -> Filter:
        flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if not flat:
            raise Fault(f"API {self.verb}() 'in' 'relation' expects at least a 1-element array: []")
        if any(item is None for item in flat) and self.neutral == "text":
            raise Fault(f"API {self.verb}() Read failed for entity type [{self.where.partition('.')[0]}]", 104)
        made = list(self._values(flat))
        known = [item for item in made if item not in (None, "")]
        nulls = [Condition(self.path, "is", None)] if any(item is None for item in flat) else []
        if self.neutral == "datetime":
            return Or([*nulls, *(self.equals(item) for item in known)])
        if self.neutral == "checkbox":
            return Or([*nulls, *(Condition(self.path, "is", item) for item in known)])
        relation = "in_ignoring_case" if self._ignores_case else "in"
        found = [Condition(self.path, relation, tuple(known))] if known else []
        return Or([*nulls, *found])

    def _between(self, values: Sequence[Any]) -> Filter:
        pair = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if len(pair) != 2:
            raise Fault(f"API {self.verb}() 'between' 'relation' expects a 2-element array: {shown(list(pair))}")
        low, high = (self.value(item) for item in pair)
        if low is None or high is None or _above(low, high):
            return NOTHING
        return Condition(self.path, "between", (low, _end_of_second(high)))

    def _span(self, relation: str, values: Sequence[Any]) -> Filter:
        pair = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if len(pair) != 2:
            raise Fault(f"API {self.verb}() '{relation}' 'relation' expects a 2-element array: {shown(list(pair))}")
        count, unit = pair
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 100_000:
            raise wrong_class(self.verb, self.where, ("Integer",), count)
        if unit not in _UNITS:
            raise Fault(
                f"API {self.verb}() '{relation}' 'relation' doesn't support the {shown(unit)} time unit: {shown(list(pair))}\n"
                f"Valid time units: [{', '.join(map(shown, _UNITS))}]"
            )
        return Condition(self.path, relation, (count, unit.lower()))

    def _values(self, given: Sequence[Any]) -> Iterator[Any]:
        for item in given:
            try:
                yield self.value(item)
            except _UnheardOf:
                continue

    def value(self, value: Any) -> Any:
        """A value as it was sent, as the neutral one.

        Raises:
            Fault: for another class.
        """
        if self.data_type == "color":
            check_asked(self.verb, self.where, value)
        if value in self.unheard:
            raise _UnheardOf
        return scalar(self.verb, self.where, self.data_type, self.neutral, self.codec, value)


_FOLDED: Final = frozenset({"text", "choice", "choices", "status"})


def _end_of_second(value: Any) -> Any:
    """The last moment of a second: ShotGrid shows whole ones, and the tracker behind may keep finer times."""
    return value.replace(microsecond=999_999) if isinstance(value, datetime) else value


def _above(low: Any, high: Any) -> bool:
    if isinstance(low, str):
        return int(low) > int(high)  # ids
    return bool(low > high)


# --- values ----------------------------------------------------------------------------------------------------------


def scalar(verb: str, where: str, data_type: str, neutral: str, codec: str, value: Any) -> Any:
    """A JSON value of a field that holds no link, as the neutral one.

    Args:
        verb: the RPC, for faults.
        where: ``Type.field``, for faults.
        data_type: ShotGrid's.
        neutral: the neutral data type.
        codec: of the binding.
        value: as it was sent.

    Raises:
        Fault: for a value of another class or form.
    """
    check_class(verb, where, data_type, value)
    if value is None:
        return None
    if codec == "active":
        return _active(value)
    if codec == "type":
        return neutral_type(value)
    convert = _CONVERT.get(data_type)
    try:
        made = convert(value) if convert is not None else value
        if made.__class__ is int and neutral != "id" and not -(2**31) <= made < 2**31:
            raise OverflowError(value)
        return str(made) if neutral == "id" else decoder(data_type, neutral, "", _NO_LINKS)(made)
    except (ValueError, OverflowError, ProtocolError):
        raise Fault(f"API {verb}() {where}: {_complaint(data_type, value)}") from None


class _UnheardOf(Exception):
    """A value that no record can have: asking for it is no error, and finds nothing."""


def _active(value: str) -> bool:
    if value.lower() not in ("act", "dis"):
        raise _UnheardOf
    return value.lower() == "act"


_NO_LINKS: Final = Links(None)


def check_class(verb: str, where: str, data_type: str, value: Any) -> None:
    """Do nothing for a value of a class that the data type takes.

    Raises:
        Fault: names the classes.
    """
    legal = CLASSES.get(data_type, ("String", "NilClass"))
    if not any(
        isinstance(value, _PYTHON[name]) and (name == "FalseClass" or not isinstance(value, bool)) for name in legal
    ):
        raise wrong_class(verb, where, legal, value)


_PYTHON: Final[dict[str, Any]] = {
    "String": str, "Integer": int, "Float": float, "BigDecimal": float, "NilClass": type(None), "Hash": dict,
    "TrueClass": bool, "FalseClass": bool,
}  # fmt: skip


def _whole(value: Any) -> int:
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?\d{1,19}\s*", value):
        raise ValueError(value)
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError(value)
    return number


def _real(value: Any) -> float:
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?\s*", value):
        raise ValueError(value)
    return round(float(value), 6)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[value] if value in ("true", "false") else _refused(value)


def _refused(value: Any) -> Any:
    raise ValueError(value)


def _day(value: str) -> str:
    date.fromisoformat(value if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else _refused(value))
    return value


def _moment(value: str) -> str:
    """Any ISO 8601 moment as ShotGrid's 20 characters; without an offset it is UTC, a day is its first second."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?", value):
        raise ValueError(value)
    text = value[:-1] + "+00:00" if value.endswith("Z") else value
    text = re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", text) if "T" in text else text
    fraction = re.search(r"\.\d+", text)
    found = datetime.fromisoformat(text.replace(fraction.group(), "") if fraction else text)
    found = found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found.astimezone(timezone.utc)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


_CONVERT: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("number", "integer", "percent", "duration", "timecode"), _whole),
    **dict.fromkeys(("float", "currency"), _real),
    "checkbox": _flag, "date": _day, "date_time": _moment,
}  # fmt: skip


def _complaint(data_type: str, value: Any) -> str:
    if data_type == "date_time":
        return _DATE_TIME.format(value)
    return f"Invalid data for '{data_type}' data type. Value: {value if isinstance(value, str) else shown(value)}"
