"""Which fields of a type go across, and how each value is translated; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as _field
from typing import Any, Final

from trackerkit.datatypes import check_value, nearest_value
from trackerkit.errors import DomainError
from trackerkit.evaluate import effective
from trackerkit.schema import EntityType, Field, Schema
from trackerkit.sync.naming import legal_label
from trackerkit.sync.values import is_empty, plain
from trackerkit.values import Inherited, Ref

OWN: Final = frozenset(
    {"id", "type", "uid", "project", "updated_at", "updated_by", "kind", "data", "attachments", "reviewables"}
)
"""Fields that a migration settles itself."""

NATURAL: Final = frozenset({"name"})

_NUMBERS: Final = frozenset({"integer", "float", "percent", "currency"})
_WORDS: Final = frozenset({"text", "choice", "status", "color", "uuid"})

FindTarget = Callable[[Ref], "Ref | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field goes across.

    Args:
        source: the field that is read.
        target: the field that is written, or None.
        how: ``copy``, ``link``, ``late`` (a link written when everything is there), ``status``, ``media`` or ``data`` (kept
            in the record's ``data`` where the target has such a field, else reported).
        reason: why a field is not written as a field.
    """

    source: Field
    target: Field | None
    how: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TypeMap:
    """How the records of one type go across.

    Args:
        source: the type that is read.
        target: the type that is written.
        rules: one for each stored field of the source.
    """

    source: EntityType
    target: EntityType
    rules: tuple[Rule, ...]

    def reads(self, *hows: str) -> list[str]:
        """The fields to read for some of the rules."""
        return [rule.source.name for rule in self.rules if rule.how in hows]

    @property
    def keeps_data(self) -> bool:
        """True when the target keeps what it has no field for."""
        item = self.target.fields.get("data")
        return item is not None and item.data_type == "json" and not item.read_only


def map_type(source: Schema, target: Schema, source_type: str, target_type: str, done: frozenset[str]) -> TypeMap:
    """The rules for a type; links to types that are not ``done`` yet are written late."""
    reader, writer = source.type(source_type), target.type(target_type)
    rules = [
        _rule(item, writer.fields.get(item.name), source, target, done)
        for item in reader.fields.values()
        if item.is_stored and item.name not in OWN and item.data_type not in ("computed", "secret")
    ]
    return TypeMap(reader, writer, tuple(rule for rule in rules if rule is not None))


def _rule(item: Field, other: Field | None, source: Schema, target: Schema, done: frozenset[str]) -> Rule | None:
    if item.data_type in ("image", "file") or (item.data_type == "url" and item.name == "url"):
        reason = "" if other is not None else "the target keeps no file there"
        return Rule(item, other, "media", reason)
    if item.read_only and (other is None or other.read_only):
        return None
    if other is None or not other.is_stored:
        return Rule(item, None, "data", "the target has no such field")
    if other.read_only:
        return Rule(item, None, "data", "the target sets this field itself")
    if not _fits(item.data_type, other.data_type):
        return Rule(item, None, "data", f"is {item.data_type} here and {other.data_type} there")
    if item.is_link:
        waits = set(source.targets(item)) & set(source.types) - done - {"Project", "User"}
        return Rule(
            item,
            other,
            "late" if waits and not other.required and item.name not in ("parent", "links", "note") else "link",
        )
    return Rule(item, other, "status" if other.data_type == "status" else "copy")


def _fits(one: str, other: str) -> bool:
    if one == other or (one in _WORDS and other in _WORDS):
        return True
    return (one in _NUMBERS and other == "float") or (one == "percent" and other == "integer")


@dataclass(slots=True)
class Translated:
    """A record as the target will have it.

    Args:
        values: the fields to write.
        data: what the target has no field for, as JSON.
        notes: what changed on the way: field → words.
    """

    values: dict[str, Any] = _field(default_factory=dict)
    data: dict[str, Any] = _field(default_factory=dict)
    notes: dict[str, str] = _field(default_factory=dict)


class Translator:
    """Translates values of one type.

    Args:
        type_map: its rules.
        target_schema: of the tracker that is written.
        find: the target's record for one of the source's, or None.
        statuses: the source's status key → the target's.
    """

    def __init__(self, type_map: TypeMap, target_schema: Schema, find: FindTarget, statuses: Mapping[str, str]) -> None:
        self.map = type_map
        self._schema = target_schema
        self._find = find
        self._statuses = statuses

    def translate(self, record: Mapping[str, Any], *hows: str) -> Translated:
        """The values of a record that rules of these kinds carry."""
        made = Translated()
        for rule in self.map.rules:
            if rule.how in hows and rule.source.name in record:
                self._apply(rule, record[rule.source.name], made)
        return made

    def _apply(self, rule: Rule, value: Any, made: Translated) -> None:
        name = rule.source.name
        if isinstance(value, Inherited):
            return
        if rule.how == "data":
            if not is_empty(value) and value is not False:
                made.data[name] = plain(value)
                made.notes[name] = rule.reason
            return
        assert rule.target is not None
        if rule.how in ("link", "late"):
            made.values[name] = self._link(rule, value, made)
        elif rule.how == "status":
            made.values[name] = self._status(rule, value, made)
        else:
            made.values[name] = self._copy(rule, value, made)
        if is_empty(made.values[name]) and name not in made.values:
            del made.values[name]

    def _link(self, rule: Rule, value: Any, made: Translated) -> Any:
        assert rule.target is not None
        legal = frozenset(self._schema.targets(rule.target))
        given = [] if value is None else value if isinstance(value, list) else [value]
        found = []
        for ref in given:
            other = self._find(ref)
            if other is not None and other.type in legal:
                found.append(other)
            else:
                made.data.setdefault(rule.source.name, []).append(plain(ref))
                why = "is not in the target" if other is None else f"cannot be linked from here ({other.type})"
                made.notes[rule.source.name] = f"{ref.label or ref} {why}"
        if rule.target.is_many:
            return found
        return found[0] if found else None

    def _status(self, rule: Rule, value: Any, made: Translated) -> Any:
        value = effective(value)
        if value is None:
            return None
        if value in self._statuses:
            return self._statuses[value]
        made.data[rule.source.name] = value
        made.notes[rule.source.name] = f"the target has no status {value!r}"
        return None

    def _copy(self, rule: Rule, value: Any, made: Translated) -> Any:
        assert rule.target is not None
        name, value = rule.source.name, effective(value)
        if value is None:
            return [] if rule.target.is_many else None
        if rule.target.data_type == "float" and isinstance(value, int):
            value = float(value)
        if name == "label":
            value, why = legal_label(value, rule.target.domain)
        else:
            value, why = self._within(rule.target, value)
        value, odd = _chosen(rule.target, value)
        if why or odd:
            made.data.setdefault(name, plain(value))
            made.notes[name] = why or odd
        return value

    def _within(self, item: Field, value: Any) -> tuple[Any, str]:
        """The value, or the nearest that the target can hold, and why it had to change."""
        if item.name in NATURAL:
            return value, ""
        try:
            return check_value(item.data_type, value, item.name, item.domain), ""
        except DomainError as error:
            return nearest_value(item.data_type, value, item.domain), error.message


def _chosen(item: Field, value: Any) -> tuple[Any, str]:
    """A choice as the target spells it; one that it does not have is left out, and said."""
    if not item.choices or item.data_type not in ("choice", "choices"):
        return value, ""
    folded = {choice.lower(): choice for choice in item.choices}
    if isinstance(value, list):
        kept = [folded[each.lower()] for each in value if each.lower() in folded]
        lost = [each for each in value if each.lower() not in folded]
        return kept, f"the target has no {', '.join(lost)}" if lost else ""
    known = folded.get(value.lower()) or item.aliases.get(value)
    return known, "" if known is not None else f"the target has no {value!r}"
