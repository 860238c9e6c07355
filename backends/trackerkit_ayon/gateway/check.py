"""What a request's body may say: checked against AYON's models and made uniform. Pure.

What a model does not name is dropped, as AYON does; keys may be written in snake_case too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from trackerkit.datatypes import parse_datetime
from trackerkit.errors import DomainError
from trackerkit_ayon.gateway.faults import InvalidFault
from trackerkit_ayon.gateway.models import ID, Part, model, snake

Attributes = Mapping[str, Mapping[str, Any]] | None
"""What ``attrib`` may hold: names, each with its ``data``; None for nothing."""


class _Wrong(Exception):
    """A value that is not taken: message, type and facts in pydantic's words."""

    def __init__(self, message: str, type: str, loc: Sequence[Any] = (), **facts: Any) -> None:
        super().__init__(message)
        self.complaint: dict[str, Any] = {
            "loc": list(loc), "msg": message, "type": type, **({"ctx": facts} if facts else {}),
        }  # fmt: skip

    def within(self, part: str | int) -> _Wrong:
        """The same, of a value that holds this one under a key or at an index."""
        facts = self.complaint.get("ctx", {})
        return _Wrong(str(self), self.complaint["type"], [part, *self.complaint["loc"]], **facts)


def spelled(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A body with the keys that its model knows in camelCase."""
    known = model(name)
    return {known[key].name if key in known else key: value for key, value in body.items()}


def checked(
    name: str, body: Any, *, attributes: Attributes = None, partial: bool = False,
    where: str = "body",
) -> dict[str, Any]:  # fmt: skip
    """A body as its model has it: known keys in camelCase, values of the right kind.

    Args:
        name: of the model.
        body: what came, as JSON.
        attributes: the attributes that ``attrib`` may hold, by name, each with its ``data``.
        partial: a PATCH: nothing is required and None clears.
        where: the first part of each complaint's ``loc``.

    Raises:
        InvalidFault: says every key that is wrong.
    """
    wrong: list[dict[str, Any]] = []
    made = _whole(name, body, [where], wrong, attributes, partial)
    if wrong:
        raise InvalidFault(wrong)
    return made


def _whole(
    name: str, body: Any, loc: Sequence[Any], wrong: list[dict[str, Any]], attributes: Attributes, partial: bool = False
) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        wrong.append(_Wrong("value is not a valid dict", "type_error.dict", loc).complaint)
        return {}
    made: dict[str, Any] = {}
    own: list[dict[str, Any]] = []
    for key, value in body.items():
        part = model(name).get(key)
        if part is not None:
            _take(part, value, made, own, attributes, partial)
    if not partial:
        own += _missing(name, made, own)
    wrong += [{**item, "loc": [*loc, *item["loc"]]} for item in own]
    return made


def _take(
    part: Part, value: Any, made: dict[str, Any], wrong: list[dict[str, Any]], attributes: Attributes, partial: bool
) -> None:
    try:
        if value is None:
            if part.required and not partial:
                raise _Wrong("none is not an allowed value", "type_error.none.not_allowed")
            made[part.name] = None
        elif part.kind == "attrib":
            made[part.name] = _attributes(part.name, value, attributes or {}, wrong)
        elif part.kind.startswith("{"):
            made[part.name] = _whole(part.kind[1:-1], value, [part.name], wrong, attributes)
        elif part.kind.startswith("["):
            items = enumerate(_list(value))
            made[part.name] = [_whole(part.kind[1:-1], item, [part.name, at], wrong, attributes) for at, item in items]
        else:
            made[part.name] = _KINDS[part.kind](value)
            _match(part, made[part.name])
    except _Wrong as error:
        wrong.append({**error.complaint, "loc": [part.name, *error.complaint["loc"]]})


def _match(part: Part, value: Any) -> None:
    if part.pattern and not re.match(part.pattern, value):
        raise _Wrong(f'string does not match regex "{part.pattern}"', "value_error.str.regex", pattern=part.pattern)


def _missing(name: str, made: Mapping[str, Any], wrong: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    told = {item["loc"][0] for item in wrong}
    parts = dict.fromkeys(part for part in model(name).values() if part.required)
    return [
        _Wrong("field required", "value_error.missing", [part.name]).complaint
        for part in parts
        if part.name not in made and part.name not in told
    ]


# ---- values, with pydantic's readiness to convert


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise _Wrong("str type expected", "type_error.str")
    return str(value)


def _integer(value: Any) -> int:
    try:
        found = int(value) if not isinstance(value, (dict, list)) else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise _Wrong("value is not a valid integer", "type_error.integer")
    return found


def _float(value: Any) -> float:
    try:
        found = float(value) if not isinstance(value, (dict, list)) else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise _Wrong("value is not a valid float", "type_error.float")
    return found


def _flag(value: Any) -> bool:
    text = str(value).lower()
    if text in ("1", "true", "on", "t", "y", "yes"):
        return True
    if text in ("0", "false", "off", "f", "n", "no"):
        return False
    raise _Wrong("value could not be parsed to a boolean", "type_error.bool")


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong("value is not a valid dict", "type_error.dict")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Wrong("value is not a valid list", "type_error.list")
    return value


def _each(value: Any, kind: Callable[[Any], Any]) -> list[Any]:
    made = []
    for at, item in enumerate(_list(value)):
        try:
            made.append(kind(item))
        except _Wrong as error:
            raise error.within(at) from None
    return made


def _moment(value: Any) -> str:
    text = _text(value)
    try:
        parse_datetime(text if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else text + "+00:00")
    except DomainError:
        raise _Wrong("invalid datetime format", "value_error.datetime") from None
    return text


_FILE: Final = {"id": _text, "name": _text, "path": _text, "size": _integer, "hash": _text, "hashType": _text}


def _file(value: Any) -> dict[str, Any]:
    given = {_FILE_KEYS.get(key, key): item for key, item in _dict(value).items()}
    for name in ("id", "path"):
        if given.get(name) is None:
            raise _Wrong("field required", "value_error.missing", [name])
    return {name: kind(given[name]) for name, kind in _FILE.items() if given.get(name) is not None}


_FILE_KEYS: Final = {"hash_type": "hashType"}
OPERATION_TYPES: Final = ("create", "update", "delete")
ENTITY_TYPES: Final = ("folder", "product", "version", "representation", "task", "workfile")
_OPERATION: Final[dict[str, Callable[[Any], Any]]] = {
    "id": _text, "type": _text, "entityType": _text, "entityId": _text, "data": _dict, "force": _flag, "asUser": _text,
}  # fmt: skip


def _operation(value: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    spelled = {snake(name): name for name in _OPERATION}
    for key, item in _dict(value).items():
        name = spelled.get(key, key)
        if name in _OPERATION and item is not None:
            made[name] = _within(name, _OPERATION[name], item)
    _constant(made, "type", OPERATION_TYPES)
    _constant(made, "entityType", ENTITY_TYPES)
    return made


def _within(name: str, kind: Callable[[Any], Any], value: Any) -> Any:
    try:
        return kind(value)
    except _Wrong as error:
        raise error.within(name) from None


def _constant(made: Mapping[str, Any], name: str, permitted: Sequence[str]) -> None:
    if name not in made:
        raise _Wrong("field required", "value_error.missing", [name])
    if made[name] not in permitted:
        shown = ", ".join(f"'{item}'" for item in permitted)
        raise _Wrong(
            f"unexpected value; permitted: {shown}",
            "value_error.const",
            [name],
            given=made[name],
            permitted=list(permitted),
        )


_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "any": lambda value: value, "str": _text, "int": _integer, "float": _float, "bool": _flag, "dict": _dict, "datetime": _moment,
    "texts": lambda value: _each(value, _text), "dicts": lambda value: _each(value, _dict),
    "files": lambda value: _each(value, _file), "operations": lambda value: _each(value, _operation),
}  # fmt: skip


# ---- attributes

_ATTRIBUTE_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "string": _text, "integer": _integer, "float": _float, "boolean": _flag, "datetime": _moment, "dict": _dict,
    "list_of_strings": _KINDS["texts"], "list_of_integers": lambda value: _each(value, _integer), "list_of_any": _list,
    "list_of_submodels": _list,
}  # fmt: skip
_BOUNDS: Final[tuple[tuple[str, str, Callable[[Any, Any], bool]], ...]] = (
    ("gt", "greater than", lambda value, bound: value > bound),
    ("ge", "greater than or equal to", lambda value, bound: value >= bound),
    ("lt", "less than", lambda value, bound: value < bound),
    ("le", "less than or equal to", lambda value, bound: value <= bound),
)


def _attributes(
    name: str, value: Any, attributes: Mapping[str, Mapping[str, Any]], wrong: list[dict[str, Any]]
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, item in _dict(value).items():
        data = attributes.get(key)
        if data is None:
            continue
        try:
            made[key] = None if item is None else _attribute(item, data)
        except _Wrong as error:
            wrong.append({**error.complaint, "loc": [name, key, *error.complaint["loc"]]})
    return made


def _attribute(value: Any, data: Mapping[str, Any]) -> Any:
    read: Callable[[Any], Any] = _ATTRIBUTE_KINDS.get(data.get("type", "string"), _text)
    found = read(value)
    for key, words, holds in _BOUNDS:
        bound = data.get(key)
        if bound and isinstance(found, (int, float)) and not holds(found, bound):  # AYON lets a bound of 0 pass
            raise _Wrong(f"ensure this value is {words} {bound}", f"value_error.number.not_{key}", limit_value=bound)
    if data.get("regex") and isinstance(found, str) and not re.match(data["regex"], found):
        raise _Wrong(f'string does not match regex "{data["regex"]}"', "value_error.str.regex", pattern=data["regex"])
    return found


def checked_id(value: str, name: str) -> str:
    """An entity id in a path.

    Raises:
        InvalidFault: it has not 32 characters.
    """
    if len(value) < 32:
        raise InvalidFault([_length(name, "at least 32", "min_length", 32)])
    if len(value) > 32:
        raise InvalidFault([_length(name, "at most 32", "max_length", 32)])
    if not re.match(ID, value):
        raise InvalidFault([_Wrong(f'string does not match regex "{ID}"', "value_error.str.regex", ["path", name],
                                   pattern=ID).complaint])  # fmt: skip
    return value


def _length(name: str, words: str, kind: str, limit: int) -> dict[str, Any]:
    message = f"ensure this value has {words} characters"
    return _Wrong(message, f"value_error.any_str.{kind}", ["path", name], limit_value=limit).complaint


def missing(where: str, name: str) -> InvalidFault:
    """A part of a request that is not there."""
    return InvalidFault([_Wrong("field required", "value_error.missing", [where, name]).complaint])
