"""ShotGrid's filters as neutral ones: paths, links, names; what a single value means is ``relations``' affair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol

from trackerkit.datatypes import OPERATORS
from trackerkit.filters import And, Condition, Filter, Or
from trackerkit.query import resolve_path
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway import logged, open_notes
from trackerkit_shotgrid.gateway.faults import Fault, no_field, shown, wrong_class
from trackerkit_shotgrid.gateway.fields import DISPLAY, LOOKED_UP, Field, find_field, linked_type, looked_up_part
from trackerkit_shotgrid.gateway.personal import PERSONAL
from trackerkit_shotgrid.gateway.relations import NEGATIVES, NOTHING, Scalar, check_relation
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.wire import Group, Leaf, id_of
from trackerkit_shotgrid.mapping.bindings import Binding, ParentLink
from trackerkit_shotgrid.mapping.types import USER_KINDS

_NAME_TESTS: Final = {
    "name_is": "name_equals_ignoring_case", "name_contains": "name_contains", "name_starts_with": "name_starts_with",
    "name_ends_with": "name_ends_with",
}  # fmt: skip

_UNIQUE: Final = 32
"""How long an id is that no other record has, in any project."""

Special = Callable[[Site, str, Leaf], Filter | None]
NO_SPECIAL: Final[Mapping[str, Special]] = MappingProxyType({})


class Named(Protocol):
    """Finds the records that are but names in the neutral model."""

    def names(self, native: str, leaf: Leaf) -> Sequence[str]:
        """The names of the records of a ShotGrid type that hold a condition."""

    def holds(self, path: str, native: str, leaf: Leaf) -> Filter:
        """That the name at a neutral path means a record of a ShotGrid type that holds a condition."""

    def used(self, native: str, source: str, field: str, condition: Filter) -> Sequence[int]:
        """The numbers of the records of a ShotGrid type whose names others hold in a field."""


class Conditions:
    """Makes neutral filters of one call's.

    Args:
        site: whose records are asked for.
        verb: the RPC, for faults.
        named: finds the records that are but names.
        special: by ShotGrid's type, what makes the conditions that only this type has; None for those that it has not.
    """

    def __init__(
        self,
        site: Site,
        verb: str,
        named: Named,
        special: Mapping[str, Special] = NO_SPECIAL,
    ) -> None:
        self.site = site
        self.verb = verb
        self._named_records = named
        self._special = special

    def of(self, native: str, group: Group) -> Filter:
        """The filter of a group: its conditions, and that the record is of that ShotGrid type."""
        made = self._group(native, group)
        scope = self.site.scope(native)
        return made if scope is None else And((scope, made))

    def _group(self, native: str, group: Group) -> Filter:
        parts = [
            self._group(native, part) if isinstance(part, Group) else self.leaf(native, part) for part in group.parts
        ]
        if len(parts) == 1:
            return parts[0]
        return Or(parts) if group.operator == "or" and parts else And(parts)

    def leaf(self, native: str, leaf: Leaf) -> Filter:
        """One condition.

        Raises:
            Fault: for a field, a relation or a value that there is not.
        """
        special = self._special.get(native)
        found_special = special(self.site, self.verb, leaf) if special is not None else None
        if found_special is not None:
            return found_special
        open_notes.check_unasked(self.site, self.verb, native, leaf.path)
        logged.check_unasked(self.site, self.verb, native, leaf.path)
        positive = NEGATIVES.get(leaf.relation, leaf.relation)
        made = self._personal(native, leaf, positive)
        made = made if made is not None else self._looked_up(native, leaf, positive)
        made = made if made is not None else self._held_by(native, leaf, positive)
        if made is None:
            found = self.find(native, leaf.path)
            check_relation(self.verb, f"{native}.{leaf.path}", found.data_type, leaf.relation)
            made = self._positive(native, found, positive, leaf.values)
        return ~made if positive != leaf.relation else made

    # --- paths ---------------------------------------------------------------------------------------------------

    def find(self, native: str, text: str) -> Field:
        """A path by its name.

        Raises:
            Fault: there is none.
        """
        found = find_field(self.site, native, text)
        if found is None:
            raise no_field(self.verb, native, text[:200])
        return found

    def _personal(self, native: str, leaf: Leaf, positive: str) -> Filter | None:
        """A condition on a field that depends on who asks; None for any other path."""
        item = PERSONAL.get((native, leaf.path))
        if item is None or self.site.person is None:
            return None
        check_relation(self.verb, f"{native}.{leaf.path}", item.data_type, leaf.relation)
        return self.site.person.condition(self.verb, native, leaf.path, positive, leaf.values)

    def _looked_up(self, native: str, leaf: Leaf, positive: str) -> Filter | None:
        """A condition behind a link that is but a name here: ``step.Step.short_name``; None for any other path."""
        cut = looked_up_part(self.site, native, leaf.path)
        if cut is None:
            return None
        head, target, rest = cut
        path = self.find(native, head).path
        found = self._named_records.holds(path, target, Leaf(rest, positive, leaf.values))
        return Or((Condition(path, "is", None), found)) if is_null(positive, leaf.values) else found

    def _held_by(self, native: str, leaf: Leaf, positive: str) -> Filter | None:
        """A condition on those who hold a record's name: ``$FROM$Task.step.entity`` of a Step; None for any other path."""
        source, name, rest = from_parts(leaf.path)
        binding = self.site.types[source].natives.get(name) if source in self.site.types else None
        if binding is None or not rest or binding.codec not in LOOKED_UP or linked_type(binding) != native:
            return None
        of_source = Group("and", (Leaf(rest, positive, leaf.values),))
        found = self._used(native, source, binding, self.of(source, of_source))
        if not is_null(positive, leaf.values):
            return found
        return Or((found, ~self._used(native, source, binding, self.of(source, Group("and", ())))))

    def _used(self, native: str, source: str, binding: Binding, condition: Filter) -> Filter:
        numbers = self._named_records.used(native, self.site.neutral(source), binding.field.name, condition)
        return self.leaf(native, Leaf("id", "in", [list(numbers)])) if numbers else NOTHING

    # --- one condition -------------------------------------------------------------------------------------------

    def _positive(self, native: str, field: Field, relation: str, values: Sequence[Any]) -> Filter:
        where = f"{native}.{field.text}"
        if field.parent is not None:
            made = self._parent(where, field, field.parent, relation, values)
        elif field.binding is None:
            made = Scalar(self.verb, where, field.path, "text", "text").holds(relation, values)
        elif field.binding.codec in LOOKED_UP:
            made = self._named(where, field, field.binding, relation, values)
        elif field.binding.field.is_link:
            made = self._link(where, field.path, relation, values)
        elif field.binding.field.data_type == "id":
            made = self._id(where, field, relation, values)
        else:
            binding = field.binding
            values = self.site.codes.decode_all(binding.field, values)
            made = Scalar(
                self.verb,
                where,
                field.path,
                binding.data_type,
                binding.field.data_type,
                binding.codec,
                self.site.names_of_statuses(binding.field),
            ).holds(relation, values)
        return self._among_people(field, made, is_null(relation, values))

    def _among_people(self, field: Field, made: Filter, wants_null: bool) -> Filter:
        """A path through users of one type; behind a user of the other type, as behind none, stands null."""
        if not field.people:
            return made
        kinds = And([self._person(path, native) for path, native in field.people])
        return Or((~kinds, made)) if wants_null else And((kinds, made))

    def _person(self, path: str, native: str) -> Filter:
        """Whether the user at the end of a path is of a ShotGrid type."""
        scripts = Condition(f"{path}.kind", "in", self.site.script_kinds)
        is_one = Condition(path, "type_is", "User")
        return And((is_one, scripts if native == "ApiUser" else ~scripts))

    # --- ids -----------------------------------------------------------------------------------------------------

    def _id(self, where: str, field: Field, relation: str, values: Sequence[Any]) -> Filter:
        if relation in ("is", "in"):
            flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
            if relation == "is" and (len(flat) != 1 or isinstance(values[0], list)):
                raise Fault(f"API {self.verb}() 'is' 'relation' expects a 1-element array: {shown(list(flat))}")
            return self._ids(where, field, flat)
        if not self.site.ids.is_own:
            raise Fault(
                f"API {self.verb}() {where}: '{relation}' is not served over a tracker without whole numbers as ids"
            )
        return Scalar(self.verb, where, field.path, "number", "id").holds(
            relation, [self._numbers(where, v) for v in values]
        )

    def _numbers(self, where: str, value: Any) -> Any:
        """A bound; one below 0 is the same as 0, where no record is."""
        if isinstance(value, list):
            return [self._numbers(where, item) for item in value]
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise wrong_class(self.verb, where, ("String", "Integer"), value)
        return max(0, value) if isinstance(value, int) else value

    def _ids(self, where: str, field: Field, values: Sequence[Any]) -> Filter:
        numbers = []
        for value in values:
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise wrong_class(self.verb, where, ("Integer", "NilClass"), value)
            if value is not None and 0 <= value < 2**63:
                numbers.append(value)
        refs = self.site.ids.refs(self.site.neutral(field.owner), numbers)
        homes: dict[str | None, list[str]] = {}
        for ref in refs.values():
            homes.setdefault(self._home_of_id(field, ref), []).append(ref.id)
        return Or([self._id_in(field, home, ids) for home, ids in homes.items()]) if homes else NOTHING

    def _home_of_id(self, field: Field, ref: Ref) -> str | None:
        """The project that an id is told apart by: what has a name for an id, as AYON's task types, has it in each project."""
        is_everywhere = self.site.ids.is_own or len(ref.id) == _UNIQUE or ref.type == "Project"
        has_project = "project" in self.site.schema.type(self.site.neutral(field.owner)).fields
        return None if is_everywhere or not has_project else ref.project

    def _id_in(self, field: Field, home: str | None, ids: Sequence[str]) -> Filter:
        found = Condition(field.path, "in", tuple(ids))
        return found if home is None else And((is_in_project(field.path, home, self.site.site), found))

    # --- links ---------------------------------------------------------------------------------------------------

    def _link(self, where: str, path: str, relation: str, values: Sequence[Any]) -> Filter:
        if relation == "in":
            return self._link_in(where, path, values)
        if len(values) != 1 or isinstance(values[0], list):
            raise Fault(f"API {self.verb}() '{relation}' 'relation' expects a 1-element array: {shown(list(values))}")
        if relation in ("is", "contains"):
            return self._link_is(where, path, values[0])
        if relation == "type_is":
            return self._type_is(path, values[0])
        return self._name_test(where, path, relation, values[0])

    def _link_is(self, where: str, path: str, value: Any) -> Filter:
        if value is None:
            return Condition(path, "is", None)
        ref = self.entity(where, value)
        return Condition(path, "is", ref) if ref is not None and self._can_be(path, where, ref) else NOTHING

    def _link_in(self, where: str, path: str, values: Sequence[Any]) -> Filter:
        flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if not flat:
            raise Fault(f"API {self.verb}() 'in' 'relation' expects at least a 1-element array: []")
        refs = [None if item is None else self.entity(where, item) for item in flat]
        known = [ref for ref in refs if ref is not None and self._can_be(path, where, ref)]
        nulls = [Condition(path, "is", None)] if any(item is None for item in flat) else []
        return Or([*nulls, *([Condition(path, "in", tuple(known))] if known else [])])

    def _can_be(self, path: str, where: str, ref: Ref) -> bool:
        """Whether the field may link to a record of that type: asking for another is no error, and finds nothing."""
        return ref.type in self._targets(path, where)

    def _targets(self, path: str, where: str) -> set[str]:
        native = where.partition(".")[0]
        found = resolve_path(self.site.schema, self.site.neutral(native), path)
        return {name for item in found.leaves.values() for name in self.site.schema.targets(item)}

    def entity(self, where: str, value: Any) -> Ref | None:
        """The record that an entity dict means; None for one that never was.

        Raises:
            Fault: for anything that is no entity dict.
        """
        return read_entity(self.site, self.verb, where, value)

    def _type_is(self, path: str, value: Any) -> Filter:
        if not isinstance(value, str) or value not in self.site.types:
            return NOTHING
        if self.site.one_user_type and value in USER_KINDS:
            return self._person(path, value)
        name = self.site.neutral(value)
        return Condition(path, "type_is", name)

    def _name_test(self, where: str, path: str, relation: str, value: Any) -> Filter:
        if not isinstance(value, str):
            raise wrong_class(self.verb, where, ("String",), value)
        return self._names_of_people(where, path, Condition(path, _NAME_TESTS[relation], value))

    def _names_of_people(self, where: str, path: str, made: Condition) -> Filter:
        """People are shown by their full names, not by their logins."""
        if not self._targets(path, where) & {"User", *USER_KINDS}:
            return made
        operator = made.operator.removeprefix("name_")
        return Condition(f"{path}.label", operator, made.value)

    # --- a part of the parent --------------------------------------------------------------------------------------

    def _parent(self, where: str, field: Field, link: ParentLink, relation: str, values: Sequence[Any]) -> Filter:
        if link.target is None:
            return self._link(where, field.path, relation, values)
        of_type = Condition(field.path, "type_is", link.target)
        if relation == "is" and list(values) == [None]:
            return ~of_type
        made = self._link(where, field.path, relation, values)
        return And((of_type, made)) if relation.startswith("name_") else made

    # --- names that are links in ShotGrid --------------------------------------------------------------------------

    def _named(self, where: str, field: Field, binding: Binding, relation: str, values: Sequence[Any]) -> Filter:
        if binding.data_type == "tag_list":
            return self._old_tags(where, field, relation, values)
        if relation == "type_is":
            return ~Condition(field.path, "is", None) if values == [linked_type(binding)] else NOTHING
        if relation.startswith("name_"):
            return self._name_of_name(where, field, binding, relation, values)
        flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if not flat:
            raise Fault(f"API {self.verb}() '{relation}' 'relation' expects at least a 1-element array: []")
        known = [self._is_named(where, field.path, value) for value in flat if value is not None]
        nulls = [Condition(field.path, "is", None)] if any(value is None for value in flat) else []
        return Or([*nulls, *known])

    def _is_named(self, where: str, path: str, value: Any) -> Filter:
        """That the name at a path means the record of an entity dict."""
        if not isinstance(value, dict):
            raise wrong_class(self.verb, where, ("Hash", "NilClass"), value)
        native = value.get("type")
        if not isinstance(native, str):
            raise no_hash_type(self.verb, value)
        number = id_of(self.verb, value.get("id"), "id")
        if number == 0 and isinstance(value.get("name"), str):
            return Condition(path, "is", value["name"])  # as this gateway shows a name without a record
        if native not in self.site.types:
            return NOTHING
        return self._named_records.holds(path, native, Leaf("id", "is", [number]))

    def _name_of_name(self, where: str, field: Field, binding: Binding, relation: str, values: Sequence[Any]) -> Filter:
        if len(values) != 1 or not isinstance(values[0], str):
            raise wrong_class(self.verb, where, ("String",), values[0] if values else None)
        operator = _NAME_TESTS[relation].removeprefix("name_")
        if operator in OPERATORS[binding.field.data_type]:
            return Condition(field.path, operator, values[0])
        text = {"contains": "contains", "starts_with": "starts_with", "ends_with": "ends_with"}[operator]
        names = self._named_records.names(linked_type(binding), Leaf(DISPLAY, text, values))
        return Condition(field.path, "in", tuple(names)) if names else NOTHING

    def _old_tags(self, where: str, field: Field, relation: str, values: Sequence[Any]) -> Filter:
        flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if list(flat) == [None]:
            return Condition(field.path, "is", None)
        if not all(isinstance(value, str) for value in flat):
            raise wrong_class(self.verb, where, ("String", "NilClass"), list(flat))
        return Condition(field.path, "in_ignoring_case", tuple(flat))


def from_parts(path: str) -> tuple[str, str, str]:
    """``$FROM$Task.step.entity`` taken apart: the type, its field, and the rest; empty for any other path."""
    source, _, rest = path.removeprefix("$FROM$").partition(".") if path.startswith("$FROM$") else ("", "", "")
    name, _, rest = rest.partition(".")
    return source, name, rest


def is_in_project(path: str, home: str, site: str | None) -> Filter:
    """That what holds the field at the end of a path is in a project."""
    head, dot, _ = path.rpartition(".")
    return Condition(f"{head}{dot}project", "is", Ref("Project", home, home, site))


def is_null(relation: str, values: Sequence[Any]) -> bool:
    """Whether a positive relation asks for null."""
    return relation == "is" and list(values) in ([None], [""])


def no_hash_type(verb: str, value: Any) -> Fault:
    """An entity dict without its type."""
    return Fault(f"API {verb}() invalid/missing entity hash string 'type': {shown(value)}")


def read_entity(site: Site, verb: str, where: str, value: Any) -> Ref | None:
    """The record that an entity dict means; None for one that never was.

    Raises:
        Fault: for anything that is no entity dict.
    """
    if not isinstance(value, dict):
        raise wrong_class(verb, where, ("Hash", "NilClass"), value)
    native, number = value.get("type"), value.get("id")
    if not isinstance(native, str):
        raise no_hash_type(verb, value)
    if isinstance(number, bool) or not isinstance(number, int):
        raise Fault(f"API {verb}() invalid/missing entity hash integer 'id': {shown(value)}")
    if native not in site.types or not 0 <= number < 2**63:
        return None
    return site.find_ref(native, number)
