"""Conditions: one neutral comparison on one native field, by the field's data type."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from trackerkit.query import Test
from trackerkit.values import Ref
from trackerkit_shotgrid.compile.pushed import EVERYTHING, NONE, Pushed, loose, some
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.mapping.bindings import Binding
from trackerkit_shotgrid.mapping.fields import NAMED
from trackerkit_shotgrid.mapping.types import native_type
from trackerkit_shotgrid.mapping.values import format_datetime

MOST_VALUES: Final = 5_000
"""Values that one condition names; with more, rows too many are asked for and looked at again."""

_INT32: Final = 2**31 - 1
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)


def condition(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    """A condition on a native field, by its data type.

    Args:
        reacher: of the site.
        name: the native path.
        binding: the field's.
        test: operator and value.
    """
    is_long = isinstance(test.value, tuple) and len(test.value) > MOST_VALUES
    if is_long and binding.field.data_type != "id":
        return EVERYTHING
    if binding.codec:
        return _coded(reacher, name, binding, test)
    maker = _BY_TYPE.get(binding.field.data_type)
    return EVERYTHING if maker is None else maker(reacher, name, binding, test)


def _coded(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    if binding.codec == "active":
        return Pushed([name, "is" if test.value else "is_not", "act"], exact=True) if test.value is not None else NONE
    if binding.codec in ("name", "tags") and binding.data_type in ("entity", "multi_entity"):
        target, field = NAMED["tags" if binding.codec == "tags" else name.rpartition(".")[2]]
        return _null_or(name, test, lambda rest: loose(_text(reacher, f"{name}.{target}.{field}", binding, rest)))
    if binding.codec == "type":
        return _null_or(name, test, lambda rest: _types(name, rest))
    return EVERYTHING


def _null_or(name: str, test: Test, make: Callable[[Test], Pushed]) -> Pushed:
    """``is None`` and a None within ``in``, apart from the rest of the values."""
    if test.operator == "is" and test.value is None:
        return Pushed([name, "is", None], exact=True)
    if test.operator == "in":
        rest = tuple(item for item in test.value if item is not None)
        found = make(Test(test.path, "in", rest)) if rest else NONE
        return found if len(rest) == len(test.value) else some([found, Pushed([name, "is", None], exact=True)])
    return make(test)


def _types(name: str, test: Test) -> Pushed:
    if test.operator not in ("is", "in"):
        return EVERYTHING
    values = test.value if test.operator == "in" else (test.value,)
    natives = [native for value in values if (native := native_type(value)) is not None]
    return Pushed([name, "in", natives], exact=True) if natives else NONE


# --- numbers and times: every one of them as whole steps -------------------------------------------------------------


def _stepped(name: str, test: Test, low: Any, high: Any, show: Callable[[Any], Any], step: Any) -> Pushed:
    """A comparison of values that the site holds in whole steps.

    Args:
        name: the native path.
        test: the comparison.
        low: gives the largest step that is not above a value.
        high: gives the smallest step that is not below a value.
        show: a step as JSON.
        step: one step.
    """
    operator, value = test.operator, test.value
    if operator in ("is", "in"):
        values = value if operator == "in" else (value,)
        whole = [shown for item in values if low(item) == item and (shown := _if_held(show, item)) is not None]
        return Pushed([name, "in", whole] if len(whole) != 1 else [name, "is", whole[0]], exact=True) if whole else NONE
    if operator == "between":
        first, last = high(value[0]), low(value[1])
        return Pushed([name, "between", [show(first), show(last)]], exact=True) if first <= last else NONE
    bound = {
        "less_than": lambda: high(value),
        "greater_than": lambda: low(value),
        "at_most": lambda: low(value) + step,
        "at_least": lambda: high(value) - step,
    }[operator]()
    relation = "less_than" if operator in ("less_than", "at_most") else "greater_than"
    return Pushed([name, relation, show(bound)], exact=True)


def _if_held(show: Callable[[Any], Any], value: Any) -> Any:
    """A value as JSON; None for one that no record can have."""
    try:
        return show(value)
    except OverflowError:
        return None


def _safely(make: Callable[[], Pushed]) -> Pushed:
    """The answer, or everything where a bound leaves what the site can be asked."""
    try:
        return make()
    except (OverflowError, ValueError):
        return EVERYTHING


def _int32(value: int) -> int:
    if not -_INT32 - 1 <= value <= _INT32:
        raise OverflowError
    return value


def _integers(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    def make(rest: Test) -> Pushed:
        return _safely(lambda: _stepped(name, rest, _whole, _whole, _int32, 1))

    return _null_or(name, test, make)


def _whole(value: Any) -> Any:
    return value


def _ids(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    if test.operator in ("is", "in"):
        values = test.value if test.operator == "in" else (test.value,)
        numbers = [number for value in values if value is not None and (number := _id_number(reacher, value)) >= 0]
        if len(numbers) > MOST_VALUES:
            return Pushed([name, "between", [min(numbers), max(numbers)]], exact=False)
        return (
            Pushed([name, "in", numbers] if len(numbers) != 1 else [name, "is", numbers[0]], exact=True)
            if numbers
            else NONE
        )
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if any(_id_number(reacher, value) < 0 for value in values):
        return EVERYTHING
    numbers = [_id_number(reacher, value) for value in values]
    asked = Test(test.path, test.operator, tuple(numbers) if len(numbers) > 1 else numbers[0])
    return _safely(lambda: _stepped(name, asked, _whole, _whole, _int32, 1))


def _id_number(reacher: Reacher, id: str) -> int:
    """The number of an id; -1 for one that no ShotGrid record has."""
    number = reacher.links.number_of(Ref("Shot", id))
    return number if number <= _INT32 and str(number) == id else -1


def _floats(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    """Widened by a millionth, the site's own rounding, and looked at again."""

    def make(rest: Test) -> Pushed:
        operator, value = rest.operator, rest.value
        if operator in ("is", "in"):
            values = value if operator == "in" else (value,)
            return some(
                [Pushed([name, "between", [item - _slack(item), item + _slack(item)]], False) for item in values]
            )
        if operator == "between":
            low, high = value
            return Pushed([name, "between", [low - _slack(low), high + _slack(high)]], exact=False)
        if operator in ("less_than", "at_most"):
            return Pushed([name, "less_than", value + _slack(value)], exact=False)
        return Pushed([name, "greater_than", value - _slack(value)], exact=False)

    return _null_or(name, test, make)


def _slack(value: float) -> float:
    return 2e-6 * max(1.0, abs(value))


def _dates(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    def make(rest: Test) -> Pushed:
        return _safely(lambda: _stepped(name, rest, _whole, _whole, date.isoformat, _DAY))

    return _null_or(name, test, make)


def _floor_second(value: datetime) -> datetime:
    return value.replace(microsecond=0)


def _ceil_second(value: datetime) -> datetime:
    return value if not value.microsecond else value.replace(microsecond=0) + _SECOND


def _datetimes(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    def make(rest: Test) -> Pushed:
        return _safely(lambda: _stepped(name, rest, _floor_second, _ceil_second, format_datetime, _SECOND))

    return _null_or(name, test, make)


def _durations(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    def make(rest: Test) -> Pushed:
        return _safely(
            lambda: _stepped(
                name,
                rest,
                lambda v: v // _MINUTE * _MINUTE,
                lambda v: -(-v // _MINUTE) * _MINUTE,
                lambda v: _int32(v // _MINUTE),
                _MINUTE,
            )
        )

    return _null_or(name, test, make)


def _checkboxes(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    return NONE if test.value is None else Pushed([name, "is", test.value], exact=True)


# --- texts -----------------------------------------------------------------------------------------------------------

_PLAIN: Final = re.compile(r"[^\\%_\x00-\x1f\x7f-\U0010ffff]+")
"""What every server compares alike: no letter outside ASCII, whose case folding is the database's, and no wildcard."""


def _texts(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    if binding.data_type in ("url", "serializable", "jsonb"):
        return EVERYTHING
    if binding.data_type in ("list", "status_list"):
        return _choices(reacher, name, binding, test)
    return _null_or(name, test, lambda rest: loose(_text(reacher, name, binding, rest)))


def _text(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    operator, value = test.operator, test.value
    if operator in ("is", "equals_ignoring_case"):
        return _text_is(name, value, operator)
    if operator in ("in", "in_ignoring_case"):
        if operator == "in" or all(map(str.isascii, value)):
            kept = [item for item in value if item]
            return Pushed([name, "in", kept], exact=False) if kept else NONE
        return some([_text_is(name, item, "equals_ignoring_case") for item in value])
    return _text_part(name, operator, value)


def _text_is(name: str, value: str, operator: str) -> Pushed:
    if not value:
        return NONE  # an empty text is null here
    if operator == "is" or value.isascii():
        return Pushed([name, "is", value], exact=False)
    return _text_part(name, "contains", value)


def _text_part(name: str, operator: str, value: str) -> Pushed:
    """The longest stretch of a text that means the same to every server."""
    runs = list(_PLAIN.finditer(value))
    if operator == "starts_with":
        runs = [run for run in runs if run.start() == 0] or runs
    elif operator == "ends_with":
        runs = [run for run in runs if run.end() == len(value)] or runs
    texts = [run for run in runs if run[0].strip()]
    if not texts:
        return EVERYTHING
    best = max(texts, key=lambda run: len(run[0].strip()))
    at_edge = {"starts_with": best.start() == 0, "ends_with": best.end() == len(value)}.get(operator, False)
    text = best[0] if best[0] == best[0].strip() else best[0].strip()
    return Pushed([name, operator if at_edge and text == best[0] else "contains", text], exact=False)


def _choices(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    """Statuses and choices: exact where no two legal values differ by case alone."""
    if binding.data_type == "text":
        return _null_or(name, test, lambda rest: loose(_text(reacher, name, binding, rest)))
    return _null_or(name, test, lambda rest: _choice(name, binding.field.choices, rest))


def _choice(name: str, legal: Sequence[str], test: Test) -> Pushed:
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if test.operator in ("equals_ignoring_case", "in_ignoring_case"):
        if not legal:
            return Pushed([name, "in", list(values)], False) if values and all(map(str.isascii, values)) else EVERYTHING
        values = tuple(item for item in legal if item.lower() in values)
    if not values:
        return NONE
    folded = [item.lower() for item in legal]
    exact = all(item in legal and item.isascii() and folded.count(item.lower()) == 1 for item in values)
    return Pushed([name, "is", values[0]] if len(values) == 1 else [name, "in", list(values)], exact)


def _words(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    """Colours, uuids, names of types: compared whole."""
    encode = binding.encode(reacher.links)

    def make(rest: Test) -> Pushed:
        values = rest.value if rest.operator == "in" else (rest.value,)
        return Pushed([name, "in", [encode(item) for item in values]], exact=False)

    return _null_or(name, test, make)


# --- links -----------------------------------------------------------------------------------------------------------


def _linked(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    if test.operator == "type_is":
        return link_types(reacher, name, test.value)
    return _null_or(
        name, test, lambda rest: link_in(reacher, name, rest.value if rest.operator == "in" else (rest.value,))
    )


def link_in(reacher: Reacher, name: str, refs: Sequence[Ref]) -> Pushed:
    """Links to one of some records; those of another site are none of them."""
    links, made = reacher.links, []
    for ref in refs:
        number, native = links.number_of(ref), links.native_of(ref)
        if ref.site in (None, links.site) and 0 <= number <= _INT32 and native in reacher.site.natives:
            made.append({"type": native, "id": number})
    if not made:
        return NONE
    return Pushed([name, "is", made[0]] if len(made) == 1 else [name, "in", made], exact=True)


def link_types(reacher: Reacher, name: str, types: Sequence[str]) -> Pushed:
    """Links to a record of one of some types."""
    natives = [native for item in types if (native := native_type(item)) is not None and native in reacher.site.natives]
    return some([Pushed([name, "type_is", native], exact=True) for native in natives])


def _null_only(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    return Pushed([name, "is", None], exact=True) if binding.data_type == "image" and test.value is None else EVERYTHING


_BY_TYPE: Final[dict[str, Callable[[Reacher, str, Binding, Test], Pushed]]] = {
    "id": _ids, "integer": _integers, "percent": _integers, "timecode": _integers, "float": _floats, "currency": _floats,
    "date": _dates, "datetime": _datetimes, "duration": _durations, "checkbox": _checkboxes, "text": _texts,
    "choice": _choices, "status": _choices, "link": _linked, "links": _linked, "uuid": _texts, "color": _words,
    "entity_type": _words, "image": _null_only,
}  # fmt: skip
