"""Whole records, both ways: AYON's nodes and payloads ↔ neutral records and values.

A *node* is a record as AYON gives it, with its keys as REST and GraphQL spell them and ``attrib`` and ``data`` as objects
(``normal`` makes that of a GraphQL node). A *payload* is what creates or changes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from trackerkit.errors import DomainError
from trackerkit.jsontext import decoded
from trackerkit.schema import EntityType, Field
from trackerkit.values import Inherited, Ref
from trackerkit_ayon.mapping.codecs import CODECS, Context, parse, show
from trackerkit_ayon.mapping.made import MADE, files_of, values_of_files
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.notes import NOTES
from trackerkit_ayon.mapping.places import KEPT, Place, fields_at, place_of
from trackerkit_ayon.mapping.refs import LINKS, ref_of
from trackerkit_ayon.mapping.versions import NAME_KEY

Node = dict[str, Any]
Getter = Callable[[Node], Any]

_TEXTS: Final = (("allAttrib", "attrib"), ("data", "data"), ("activityData", "activityData"))
_OWN_LABEL: Final = frozenset({"Project", "Folder", "Task", "User"})
_NEVER_NULL: Final = frozenset({"flag", "list", "users", "links"})
_NOT_OURS: Final = frozenset({"thumbnailHash", "thumbnailInfo", "count"})
"""Keys of ``data`` in which the server keeps something of its own."""


def normal(node: Node) -> Node:
    """The node with what GraphQL gives as JSON texts read, in place."""
    for text, name in _TEXTS:
        found = node.get(text)
        if found.__class__ is str:
            node[name] = decoded(found)
        elif text in node and found is None:
            node[name] = {}
    return node


class Rows:
    """The records of one entity type in one project.

    Args:
        kind: the type, with its fields.
        context: where the records live.
    """

    def __init__(self, kind: EntityType, context: Context) -> None:
        self.kind, self.context = kind, context
        self.base = base_of(kind.name)
        self.places: dict[str, Place] = {}
        for item in (*kind.fields.values(), *kind.raw.values()):
            place = place_of(kind.name, item)
            if place is not None:
                self.places[item.name] = place

    # ---- reading

    def ref(self, node: Node) -> Ref:
        """The Ref of a node."""
        named = _NAMED_REFS.get(self.base)
        return named(self.context, node) if named else ref_of(self.context, self.kind.name, node)

    def getter(self, item: Field) -> Getter:
        """A function from a node to the neutral value of a field; None for what no node holds."""
        if item.data_type == "entity_type":
            return lambda node: self.ref(node).type
        if item.name == "project":
            home = self.context.home()
            return lambda node: home
        context, key = self.context, (self.base, item.name)
        look = LINKS.get(key) or MADE.get(key) or NOTES.get(key)
        if look is not None:
            return lambda node, look=look: look(context, node)  # type: ignore[misc]
        place = self.places.get(item.name) or place_of(self.kind.name, item)
        if place is None or place.is_link:
            return lambda node: None
        return self._placed(item, place)

    def _placed(self, item: Field, place: Place) -> Getter:
        if item.name == "label" and self.base in _OWN_LABEL:
            return _label_getter(place)
        if item.name == "data":
            return lambda node: extra_of(node.get("data"))
        if place.home == "attrib":
            return _attribute_getter(self.context, item, place)
        if place.home == "data":
            return _kept_getter(self.context, place)
        return _column_getter(self.context, place)

    def record(self, node: Node, names: Iterable[str]) -> dict[str, Any]:
        """The node as a neutral record of some fields, with its Ref under ``ref``."""
        made: dict[str, Any] = {"ref": self.ref(node)}
        made.update((name, self.getter(self.kind.fields[name])(node)) for name in names if name in self.kind.fields)
        return made

    # ---- writing

    def payload(self, values: Mapping[str, Any], is_new: bool = False) -> Node:
        """Neutral values as AYON's POST (``is_new``) or PATCH takes them; links of AYON's link table are left out.

        A None clears: an attribute's own value, a key of ``data``.
        """
        made: Node = {}
        for name, value in values.items():
            place = self.places.get(name)
            if place is not None and not place.is_read_only:
                self._put(made, place, value)
        if self.base in _MADE_PAYLOADS:
            made.update(_MADE_PAYLOADS[self.base](values, made, is_new))
        if self.base in _OWN_LABEL or "label" not in values or "name" in values:
            return made
        named = self.payload({"name": values["label"]})
        return (
            {**made, **named, "data": {**made.get("data", {}), **named["data"]}}
            if "data" in named
            else {**made, **named}
        )

    def _put(self, made: Node, place: Place, value: Any) -> None:
        if place.home == "made" or place.is_link or (place.field == "label" and self.base not in _OWN_LABEL):
            return
        if place.field == "parent" and self.base == "Folder":
            made[place.key] = None if value is None or value.type == "Project" else value.id
            return
        if place.field == "data":
            made.setdefault("data", {}).update(value or {})
            return
        raw = show(place.codec, self.context, value)
        if place.home == "column":
            made[place.key] = [] if raw is None and place.codec in _NEVER_NULL else raw
        else:
            made.setdefault(place.home, {})[place.key] = raw

    # ---- the other way: what a gateway needs

    def values(self, payload: Mapping[str, Any]) -> tuple[dict[str, Any], Node]:
        """What a client's POST or PATCH says, as neutral values, and what no field stands for (``active``, foreign keys)."""
        made: dict[str, Any] = {}
        left: Node = {}
        table = {**self._own_attributes(), **fields_at(self.kind.name)}
        for path, raw in _flat(payload):
            place = table.get(path)
            if place is not None:
                made[place.field] = self._value(place, raw)
            elif not self._made_value(path, raw, made):
                _unflat(left, path, raw)
        return made, left

    def _own_attributes(self) -> dict[str, Place]:
        return {place.path: place for place in self.places.values() if place.home == "attrib"}

    def _value(self, place: Place, raw: Any) -> Any:
        if place.field == "parent" and raw is None and self.base == "Folder":
            return self.context.home()
        if raw is None and place.codec in _NEVER_NULL:
            return False if place.codec == "flag" else []
        return parse(place.codec, self.context, raw)

    def _made_value(self, path: str, raw: Any, made: dict[str, Any]) -> bool:
        """The parts of made fields; True when the path was one."""
        if self.base == "File" and path == "files":
            made.update(values_of_files(raw or []))
        elif path == f"data.{NAME_KEY}" and self.base in ("Version", "Workfile"):
            made["name"] = raw
        elif path.startswith("data.") and "data" in self.places:
            made.setdefault("data", {})[path.removeprefix("data.")] = raw
        else:
            return False
        return True

    def node(self, record: Mapping[str, Any]) -> Node:
        """A neutral record as the node that a client expects, with effective attributes and ``ownAttrib``."""
        made: Node = {"attrib": {}, "ownAttrib": [], "data": {}}
        for name, place in self.places.items():
            if name in record:
                self._show(made, place, record[name])
        if self.base in _MADE_NODES:
            made.update(_MADE_NODES[self.base](self.context, record, made))
        if self.base in _OWN_LABEL and made.get("label") == made.get("name"):
            made["label"] = None
        return made

    def _show(self, made: Node, place: Place, value: Any) -> None:
        if value.__class__ is Inherited:
            made["attrib"][place.key] = show(place.codec, self.context, value.value)
            return
        self._put(made, place, value)
        if place.home != "column" and place.home in made and _is_absent(made[place.home].get(place.key), place.home):
            made[place.home].pop(place.key, None)
        elif place.home == "attrib":
            made["ownAttrib"].append(place.key)


def _is_absent(raw: Any, home: str) -> bool:
    """Nothing, an empty list, a flag of ``data`` that is not set; zero is a value, and so is an attribute's False."""
    return raw is None or raw == [] or (raw is False and home == "data")


def extra_of(data: Mapping[str, Any] | None) -> dict[str, Any]:
    """An entity's ``data`` without what trackerkit and the server keep there."""
    return {key: value for key, value in (data or {}).items() if not key.startswith(KEPT) and key not in _NOT_OURS}


def checked_extra(value: Any, type_name: str) -> Mapping[str, Any]:
    """What is written as ``data``.

    Raises:
        DomainError: it is no object, or holds a key that trackerkit or the server keeps.
    """
    if not isinstance(value, Mapping):
        raise DomainError(f"{type_name}.data is an object with keys", path=f"{type_name}.data", backend="ayon")
    for key in value:
        if key.startswith(KEPT) or key in _NOT_OURS:
            raise DomainError(f"{type_name}.data: the key {key!r} is taken", path=f"{type_name}.data", backend="ayon")
    return value


def _label_getter(place: Place) -> Getter:
    key = place.key
    if place.home == "attrib":
        return lambda node: node["attrib"].get(key) or node["name"]
    return lambda node: node[key] or node["name"]


def _attribute_getter(context: Context, item: Field, place: Place) -> Getter:
    key, convert, plain = place.key, CODECS[place.codec].parse, place.codec == "plain"
    inherits = item.inherits

    def get(node: Node) -> Any:
        raw = node["attrib"].get(key)
        if raw is None:
            return [] if item.is_many else None
        value = raw if plain else convert(context, raw)
        return Inherited(value) if inherits and key not in node["ownAttrib"] else value

    return get


def _kept_getter(context: Context, place: Place) -> Getter:
    key, empty = place.key, _empty(place)
    return lambda node: empty() if (raw := node["data"].get(key)) is None else parse(place.codec, context, raw)


def _column_getter(context: Context, place: Place) -> Getter:
    key, empty = place.key, _empty(place)
    if place.codec == "plain":
        return lambda node: node[key]
    convert = CODECS[place.codec].parse
    return lambda node: empty() if (raw := node[key]) is None else convert(context, raw)


def _empty(place: Place) -> Callable[[], Any]:
    if place.codec not in _NEVER_NULL:
        return lambda: None
    return bool if place.codec == "flag" else list


def _flat(payload: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for key, raw in payload.items():
        if key in ("attrib", "data") and isinstance(raw, Mapping):
            yield from ((f"{key}.{name}", value) for name, value in raw.items())
        else:
            yield key, raw


def _unflat(left: Node, path: str, raw: Any) -> None:
    home, mark, key = path.partition(".")
    if mark:
        left.setdefault(home, {})[key] = raw
    else:
        left[path] = raw


def _kept_name(values: Mapping[str, Any], made: Node, is_new: bool = False) -> Node:
    if "name" not in values:
        return {}
    return {"data": {**made.get("data", {}), NAME_KEY: values["name"]}}


def _file_payload(values: Mapping[str, Any], made: Node, is_new: bool) -> Node:
    return {"files": files_of(values)} if is_new or "paths" in values else {}


def _user_payload(values: Mapping[str, Any], made: Node, is_new: bool) -> Node:
    return {"data": {"isService": values["kind"] == "service"}} if values.get("kind") else {}


_MADE_PAYLOADS: Final[dict[str, Callable[[Mapping[str, Any], Node, bool], Node]]] = {
    "Version": _kept_name, "Workfile": _kept_name, "File": _file_payload, "User": _user_payload,
}  # fmt: skip


def _version_node(context: Context, record: Mapping[str, Any], made: Node) -> Node:
    from trackerkit_ayon.mapping.versions import native_name

    number = made.get("version")
    kept = _kept_name(record, made) if record.get("name") else {}
    return {**kept, "name": native_name(number if isinstance(number, int) else 0)}


def _project_node(context: Context, record: Mapping[str, Any], made: Node) -> Node:
    found = record.get("thumbnail")
    return {"thumbnail": {"id": found.id} if found else None}


def _user_node(context: Context, record: Mapping[str, Any], made: Node) -> Node:
    return {"isService": record.get("kind") in ("service", "script")}


_MADE_NODES: Final[dict[str, Callable[[Context, Mapping[str, Any], Node], Node]]] = {
    "Version": _version_node,
    "Workfile": lambda context, record, made: _kept_name(record, made) if record.get("name") else {},
    "File": lambda context, record, made: {"files": files_of(record)},
    "Project": _project_node,
    "User": _user_node,
}


def _by_name(type_name: str, native: str) -> Callable[[Context, Node], Ref]:
    return lambda context, node: context.ref(type_name, node["name"], node["name"], native)


def _project_ref(context: Context, node: Node) -> Ref:
    name = node["name"]
    return Ref("Project", name, name, context.site, "project", node.get("label") or name)


def _user_ref(context: Context, node: Node) -> Ref:
    return context.user(node["name"], (node.get("attrib") or {}).get("fullName") or node["name"])


_NAMED_REFS: Final[dict[str, Callable[[Context, Node], Ref]]] = {
    "Project": _project_ref,
    "User": _user_ref,
    "Group": _by_name("Group", "team"),
    "Status": _by_name("Status", "status"),
    "TaskType": _by_name("TaskType", "taskType"),
    "Tag": _by_name("Tag", "tag"),
}
