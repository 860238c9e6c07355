"""What stands in a request, checked for its form and taken apart; names and values are not looked at here. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trackerkit_shotgrid.gateway.faults import Fault, missing, shown

MAX_DEPTH: Final = 265
"""Groups of a filter within one another: a live site takes as many and fails at the next."""

MAX_VALUES: Final = 100_000
MAX_FIELDS: Final = 1_000
MAX_ID: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for.

    Args:
        filters: conditions.
        batch: changes.
        page: records a page.
    """

    filters: int = 5_000
    batch: int = 1_000
    page: int = 5_000


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Request:
    """One call.

    Args:
        method: the name of the RPC.
        auth: the keys that say who calls; empty for ``info``.
        argument: what the call is about; None when it was left out.
    """

    method: str
    auth: Mapping[str, Any]
    argument: Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition as it was sent."""

    path: str
    relation: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by ``and`` or ``or``."""

    operator: str
    parts: tuple[Leaf | Group, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key as it was sent."""

    path: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Read:
    """What to read.

    Args:
        type: ShotGrid's entity type.
        fields: ShotGrid's paths.
        filters: the conditions.
        sorts: the sort keys; the first is the outermost.
        is_retired: retired records only, instead of active ones only.
        page: from 1.
        per_page: records a page.
        wants_counts: the answer says how many records and pages there are.
        with_archived: records of archived projects too.
        wants_image_urls: thumbnails as URLs.
        presets: ``additional_filter_presets``.
    """

    type: str
    fields: tuple[str, ...]
    filters: Group
    sorts: tuple[Sort, ...] = ()
    is_retired: bool = False
    page: int = 1
    per_page: int = 500
    wants_counts: bool = False
    with_archived: bool = True
    wants_image_urls: bool = True
    presets: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """One change.

    Args:
        kind: ``create``, ``update``, ``delete`` or ``revive``.
        type: ShotGrid's entity type.
        id: of the record; None for a create.
        fields: ShotGrid's field name → the value as it was sent.
        modes: field name → ``set``, ``add`` or ``remove``, where one was sent.
        return_fields: what the answer holds besides the fields that were sent.
    """

    kind: str
    type: str
    id: int | None
    fields: Mapping[str, Any]
    modes: Mapping[str, str]
    return_fields: tuple[str, ...] = ()


EVERYTHING: Final = Group("and", ())


# --- the envelope ----------------------------------------------------------------------------------------------------


def read_request(body: Any) -> Request:
    """The call that a decoded body holds.

    Raises:
        Fault: when it is none.
    """
    if not isinstance(body, dict):
        raise Fault("API request is no JSON object")  # not shown: there may be a key in it
    method = body.get("method_name")
    if not isinstance(method, str) or not method or len(method) > 100:
        raise Fault(f"API invalid/missing string 'method_name': {shown(method)}")
    params = body.get("params", [])
    if not isinstance(params, list) or len(params) > 2:
        raise Fault(f"API {_word(method)}() invalid/missing array 'params'")  # not shown: there may be a key in it
    if not all(isinstance(part, dict) for part in params[:1]):
        raise Fault(f"API {_word(method)}() invalid/missing authentication parameters")
    return Request(method, params[0] if params else {}, params[1] if len(params) > 1 else None)


def _word(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum() or sign == "_")


def argument_of(request: Request) -> dict[str, Any]:
    """The argument, which is an object in every call but ``batch``; nothing counts as an empty one."""
    found = {} if request.argument is None else request.argument
    if not isinstance(found, dict):
        raise missing(request.method, "hash", "params", given=found)
    return found


def text_of(verb: str, given: Mapping[str, Any], name: str) -> str:
    """A text that has to be there."""
    found = given.get(name)
    if not isinstance(found, str) or not found or len(found) > 1_000:
        raise missing(verb, "string", name, given=found)
    return found


def flag_of(verb: str, given: Mapping[str, Any], name: str, default: bool) -> bool:
    """True or False, or the default where nothing was sent."""
    found = given.get(name, default)
    if found is None:
        return default
    if not isinstance(found, bool):
        raise missing(verb, "boolean", name, given=found)
    return found


def id_of(verb: str, value: Any, *names: str) -> int:
    """An id as ShotGrid has them: a whole number, not a text and not a boolean."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise missing(verb, "integer", *(names or ("id",)), given=value)
    return value


def list_of(verb: str, given: Mapping[str, Any], name: str, limit: int) -> list[Any]:
    """A list, empty where nothing was sent."""
    found = given.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise missing(verb, "array", name, given=found)
    if len(found) > limit:
        raise Fault(f"API {verb}() '{name}' has {len(found)} items, at most {limit} are taken")
    return found


def names_of(verb: str, given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of field names, each once."""
    found = list_of(verb, given, name, MAX_FIELDS)
    if not all(isinstance(item, str) for item in found):
        raise missing(verb, "array of strings", name, given=found)
    return tuple(dict.fromkeys(found))


# --- read ------------------------------------------------------------------------------------------------------------


def read_read(given: Mapping[str, Any], limits: Limits = LIMITS) -> Read:
    """What a ``read`` asks for.

    Raises:
        Fault: when it is no such thing.
    """
    page, per_page = _paging(given, limits.page)
    only = given.get("return_only", "active")
    if only not in ("active", "retired"):
        raise missing("read", "string", "return_only", given=only)
    presets = list_of("read", given, "additional_filter_presets", 20)
    if not all(isinstance(item, dict) for item in presets):
        raise missing("read", "array of hashes", "additional_filter_presets", given=presets)
    return Read(
        text_of("read", given, "type"),
        names_of("read", given, "return_fields"),
        filters_of("read", given.get("filters"), limits),
        tuple(_sort(item) for item in list_of("read", given, "sorts", 20)),
        only == "retired",
        page,
        per_page,
        given.get("return_paging_info") is True,
        flag_of("read", given, "include_archived_projects", True),
        flag_of("read", given, "api_return_image_urls", False),
        tuple(presets),
    )


def _paging(given: Mapping[str, Any], limit: int) -> tuple[int, int]:
    paging = given.get("paging")
    if not isinstance(paging, dict):
        raise missing("read", "hash", "paging", given=paging)
    sizes = []
    for name in ("current_page", "entities_per_page"):
        number = paging.get(name)
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number < 2**31:
            raise missing("read", "integer", "paging", name, given=paging)
        sizes.append(number)
    if sizes[1] > limit:
        raise Fault(f"API read() 'entities_per_page' is {sizes[1]}, at most {limit} are given at once")
    return sizes[0], sizes[1]


def _sort(item: Any) -> Sort:
    if not isinstance(item, dict):
        raise missing("read", "hash", "sorts", given=item)
    path = item.get("field_name", item.get("column"))
    direction = item.get("direction", "asc")
    if not isinstance(path, str):
        raise missing("read", "string", "sorts", "field_name", given=item)
    if direction not in ("asc", "desc"):
        raise missing("read", "string", "sorts", "direction", given=item)
    return Sort(path, direction == "desc")


# --- filters ---------------------------------------------------------------------------------------------------------


def filters_of(verb: str, given: Any, limits: Limits = LIMITS) -> Group:
    """The conditions of a call; nothing and an empty group mean everything.

    Raises:
        Fault: for anything that is no group of conditions, or too many of them.
    """
    if given is None or given == []:
        return EVERYTHING
    left = [limits.filters]
    return _group(verb, given, 1, left)


def _group(verb: str, given: Any, depth: int, left: list[int]) -> Group:
    if depth > MAX_DEPTH:
        raise Fault(f"API {verb}() filters are nested deeper than {MAX_DEPTH} groups")
    if not isinstance(given, dict):
        raise missing(verb, "hash", "filters", given=given)
    operator, conditions = given.get("logical_operator"), given.get("conditions")
    if operator is None:
        raise Fault(f"API {verb}() Missing logical operator: {shown(given)}")
    if operator not in ("and", "or"):
        raise Fault(
            f"API {verb}() Invalid logical operator: {operator if isinstance(operator, str) else shown(operator)}"
        )
    if not isinstance(conditions, list):
        raise Fault(f"API {verb}() Missing conditions parameter: {shown(given)}")
    left[0] -= len(conditions)
    if left[0] < 0:
        raise Fault(f"API {verb}() filters have too many conditions: {-left[0]} more than are taken")
    return Group(operator, tuple(_condition(verb, item, depth, left) for item in conditions))


def _condition(verb: str, given: Any, depth: int, left: list[int]) -> Leaf | Group:
    if not isinstance(given, dict):
        raise Fault(f"API {verb}() Invalid condition: {shown(given)}")
    if "conditions" in given or "logical_operator" in given:
        return _group(verb, given, depth + 1, left)
    path, relation, values = given.get("path"), given.get("relation"), given.get("values")
    if not isinstance(path, str) or not path:
        raise missing(verb, "string", "path", given=given)
    if not isinstance(relation, str) or not relation:
        raise missing(verb, "string", "relation", given=given)
    if not isinstance(values, list):
        raise missing(verb, "array", "values", given=given)
    if len(values) > MAX_VALUES:
        raise Fault(f"API {verb}() '{path[:60]}' is compared with {len(values)} values, at most {MAX_VALUES} are taken")
    return Leaf(path, relation, values)


# --- writes ----------------------------------------------------------------------------------------------------------


def read_write(kind: str, given: Any) -> Write:
    """What a ``create``, ``update``, ``delete`` or ``revive`` asks for.

    Raises:
        Fault: when it is no such thing.
    """
    if not isinstance(given, dict):
        raise missing(kind, "hash", "params", given=given)
    number = None if kind == "create" else id_of(kind, given.get("id"))
    type_name = text_of(kind, given, "type")
    if kind in ("delete", "revive"):
        return Write(kind, type_name, number, {}, {})
    fields, modes = _fields(kind, given)
    return Write(kind, type_name, number, fields, modes, names_of(kind, given, "return_fields"))


def _fields(kind: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    modes: dict[str, str] = {}
    for item in list_of(kind, given, "fields", MAX_FIELDS):
        if not isinstance(item, dict):
            raise missing(kind, "hash", "fields", given=item)
        name = text_of(kind, item, "field_name")
        if "value" not in item:
            raise missing(kind, "value", "fields", name, given=item)
        values[name] = item["value"]
        if item.get("multi_entity_update_mode") is not None:
            modes[name] = _mode(kind, item["multi_entity_update_mode"])
    return values, modes


def _mode(kind: str, mode: Any) -> str:
    if mode not in ("set", "add", "remove"):
        raise missing(kind, "string", "multi_entity_update_mode", given=mode)
    return str(mode)


def read_batch(given: Any, limits: Limits = LIMITS) -> list[Write]:
    """The changes of a ``batch``.

    Raises:
        Fault: when one of them is none; a batch holds no other batch.
    """
    if not isinstance(given, list):
        raise missing("batch", "array", "params", given=given)
    if len(given) > limits.batch:
        raise Fault(f"API batch() has {len(given)} requests, at most {limits.batch} are taken")
    return [_batched(at, item) for at, item in enumerate(given)]


def _batched(index: int, given: Any) -> Write:
    kind = given.get("request_type") if isinstance(given, dict) else None
    if kind not in ("create", "update", "delete"):
        raise Fault(
            f"API batch() request with index {index}: request_type must be one of: create, update, delete; "
            f"got {shown(kind)}"
        )
    return read_write(str(kind), given)
