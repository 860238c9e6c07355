"""Filters: the part of a neutral filter that the site answers, and whether its answer is exact.

A part is pushed down only when it selects a superset of what the neutral filter does. ShotGrid's text matching
ignores case
(``is`` included), and what it does with a null on the way of a deep path is not certain: such parts are *loose*,
their rows
are looked at again here, and nothing that is loose is ever negated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from trackerkit.evaluate import value_test
from trackerkit.filters import And, Filter, Not, Or
from trackerkit.query import Test
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_shotgrid.compile.reach import Reacher, Unreachable, constant_of
from trackerkit_shotgrid.mapping.bindings import Binding, TypeBinding
from trackerkit_shotgrid.mapping.fields import NAMED
from trackerkit_shotgrid.mapping.types import native_type
from trackerkit_shotgrid.mapping.values import format_datetime

Native = Any
"""A condition ``[path, relation, value]`` or a group ``{"filter_operator": "all" | "any", "filters": […]}``."""

MOST_ALTERNATIVES: Final = 24
_INT32: Final = 2**31 - 1
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the site is asked for one part of a filter.

    Args:
        native: the condition or group; True for every row, False for none.
        exact: True when the site's answer is the neutral one, False when it may hold rows too many.
    """

    native: Native
    exact: bool


EVERYTHING: Final = Pushed(True, exact=False)
ALL: Final = Pushed(True, exact=True)
NONE: Final = Pushed(False, exact=True)


def loose(found: Pushed) -> Pushed:
    """The same, to be looked at again."""
    return Pushed(found.native, exact=False)


def every(parts: Sequence[Pushed]) -> Pushed:
    """All of the parts."""
    exact = all(part.exact for part in parts)
    kept = [part.native for part in parts if part.native is not True]
    if any(part.native is False for part in parts):
        return Pushed(False, exact)
    return Pushed(_group("all", kept), exact)


def some(parts: Sequence[Pushed]) -> Pushed:
    """At least one of the parts."""
    exact = all(part.exact for part in parts)
    if any(part.native is True for part in parts):
        return Pushed(True, exact)
    kept = [part.native for part in parts if part.native is not False]
    return Pushed(_group("any", kept) if kept else False, exact)


def _group(operator: str, kept: list[Native]) -> Native:
    if not kept:
        return True
    return kept[0] if len(kept) == 1 else {"filter_operator": operator, "filters": kept}


_NEGATIVES: Final = {"is": "is_not", "is_not": "is", "in": "not_in", "not_in": "in", "type_is": "type_is_not"}


def negated(found: Pushed) -> Pushed:
    """The opposite of an exact part; everything, loosely, where ShotGrid has no word for it."""
    native = _opposite(found.native) if found.exact else None
    return EVERYTHING if native is None else Pushed(native, exact=True)


def _opposite(native: Native) -> Native | None:
    if isinstance(native, bool):
        return not native
    if isinstance(native, dict):
        parts = [_opposite(part) for part in native["filters"]]
        other = "any" if native["filter_operator"] == "all" else "all"
        return None if None in parts else {"filter_operator": other, "filters": parts}
    relation = _NEGATIVES.get(native[1])
    return None if relation is None else [native[0], relation, *native[2:]]


# --- a tree ----------------------------------------------------------------------------------------------------------


class Pusher:
    """Pushes filters on the rows of one concrete type.

    Args:
        reacher: of the site.
        owner: the neutral type.
    """

    def __init__(self, reacher: Reacher, owner: str) -> None:
        self.reacher = reacher
        self.owner = owner
        self.types = reacher.site.types[owner]

    def split(self, node: Filter) -> tuple[Pushed, Filter]:
        """What the site is asked, and what has to be looked at here."""
        parts = node.parts if isinstance(node, And) else (node,)
        pushed = [(part, self.push(part)) for part in parts]
        left = And([part for part, found in pushed if not found.exact])
        return every([found for _, found in pushed]), left

    def push(self, node: Filter) -> Pushed:
        """The part of a tree that the site answers."""
        if isinstance(node, And):
            return every([self.push(part) for part in node.parts]) if node.parts else ALL
        if isinstance(node, Or):
            return some([self.push(part) for part in node.parts]) if node.parts else NONE
        if isinstance(node, Not):
            return negated(self.push(node.part))
        assert isinstance(node, Test)
        return self.test(node)

    def test(self, test: Test) -> Pushed:
        """One condition."""
        if test.path.steps:
            return self.deep(test)
        item = test.path.leaves.get(self.owner)
        if item is None:
            return ALL if value_test(test)(None) else NONE
        return self.own("", self.types, item, test)

    def own(self, prefix: str, types: TypeBinding, item: Field, test: Test) -> Pushed:
        """A condition on a field of the record that a prefix leads to."""
        binding = types.fields[item.name]
        if binding.codec == "reviewable" and types.neutral == "Reviewable":
            return self.reviewable(prefix, item.name, test)
        if binding.codec in ("event", "reviewable"):
            return EVERYTHING
        if binding.native:
            found = condition(self.reacher, prefix + binding.native, binding, test)
            return found if types.neutral != "Reply" or item.name != "project" else loose(found)
        if item.name == "parent":
            return self.parent(prefix, types, test)
        if item.ancestor is not None:
            return self.ancestor(prefix, types.neutral, item, test)
        constant = constant_of(types, item.name)
        if constant is None:
            return EVERYTHING
        return ALL if value_test(test)(constant) else NONE

    def reviewable(self, prefix: str, name: str, test: Test) -> Pushed:
        """A Reviewable is its Version: by its id, or by the link to it."""
        binding = self.reacher.site.types["Version"].fields["id"]
        if name == "id":
            return condition(self.reacher, f"{prefix}id", binding, test)
        if name == "version" and test.operator in ("is", "in"):
            refs = test.value if isinstance(test.value, tuple) else (test.value,)
            numbers = [self.reacher.links.number_of(ref) for ref in refs if ref is not None]
            return Pushed([f"{prefix}id", "in", numbers], exact=False) if numbers else loose(NONE)
        return EVERYTHING

    # --- parents and ancestors -----------------------------------------------------------------------------------

    def parent(self, prefix: str, types: TypeBinding, test: Test) -> Pushed:
        """A condition on the parent of a folder, which is the first of several native links that is set."""
        names = [prefix + link.native for link in types.parents]
        targets = [link.target for link in types.parents]
        names.append(f"{prefix}project")
        targets.append("Project")
        if test.operator == "is" and test.value is None:
            return Pushed(_group("all", [[name, "is", None] for name in names]), exact=True)
        made = []
        for rank, (name, target) in enumerate(zip(names, targets)):  # noqa: B905 - Python 3.10, same length
            above = [Pushed([other, "is", None], exact=True) for other in names[:rank]]
            made.append(every([*above, self._parent_at(name, target, test)]))
        if test.operator == "in" and None in test.value:
            made.append(self.parent(prefix, types, Test(test.path, "is", None)))
        return some(made)

    def _parent_at(self, name: str, target: str | None, test: Test) -> Pushed:
        if test.operator == "type_is":
            if target is not None:
                return Pushed([name, "is_not", None], exact=True) if target in test.value else NONE
            return link_types(self.reacher, name, test.value)
        values = test.value if test.operator == "in" else (test.value,)
        return link_in(self.reacher, name, [ref for ref in values if ref is not None and target in (None, ref.type)])

    def ancestor(self, prefix: str, owner: str, item: Field, test: Test) -> Pushed:
        """A condition on the nearest parent of a kind: it holds only where one of the ways up does."""
        if value_test(test)(None):
            return EVERYTHING
        try:
            hop = self.reacher.hop(prefix, owner, item)
        except Unreachable:
            return EVERYTHING
        binding = Binding(item, data_type="entity")
        return loose(some([condition(self.reacher, at, binding, test) for at, _ in hop.ends]))

    # --- deep paths ----------------------------------------------------------------------------------------------

    def deep(self, test: Test) -> Pushed:
        """A condition behind links: the same condition on every native path that may lead there."""
        if value_test(test)([] if test.path.leaf.is_many else None):
            return EVERYTHING
        try:
            ends = self._ends(test, "", self.owner, 0)
        except Unreachable:
            return EVERYTHING
        if len(ends) > MOST_ALTERNATIVES:
            return EVERYTHING
        found = [
            self.own(prefix, self.reacher.site.types[owner], test.path.leaves[owner], test) for prefix, owner in ends
        ]
        return loose(some(found)) if found else loose(NONE)

    def _ends(self, test: Test, prefix: str, owner: str, depth: int) -> list[tuple[str, str]]:
        """The native prefixes, each with its type, that lead to the field at the end."""
        if depth == len(test.path.steps):
            return [(prefix, owner)] if owner in test.path.leaves else []
        step = test.path.steps[depth]
        item = step.fields.get(owner)
        if item is None:
            return []
        made = []
        for at, targets in self._links(prefix, owner, item):
            for target in targets:
                native = native_type(target)
                if target in step.targets and native is not None and target in self.reacher.site.types:
                    made += self._ends(test, f"{at}.{native}.", target, depth + 1)
        return made

    def _links(self, prefix: str, owner: str, item: Field) -> Sequence[tuple[str, tuple[str, ...]]]:
        if item.data_type != "links":
            return self.reacher.hop(prefix, owner, item).ends
        binding = self.reacher.site.types[owner].fields[item.name]
        if not binding.native or binding.codec:
            raise Unreachable
        return ((prefix + binding.native, self.reacher.schema.targets(item)),)


# --- one condition on one native field -------------------------------------------------------------------------------


def condition(reacher: Reacher, name: str, binding: Binding, test: Test) -> Pushed:
    """A condition on a native field, by its data type.

    Args:
        reacher: of the site.
        name: the native path.
        binding: the field's.
        test: operator and value.
    """
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
        whole = [show(low(item)) for item in values if low(item) == item]
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

__all__ = ["ALL", "EVERYTHING", "NONE", "Pushed", "Pusher", "condition", "loose", "negated"]
