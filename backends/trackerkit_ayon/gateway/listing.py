"""Entity lists: a tracker's playlists as AYON's lists.

The items are the playlist's links; what AYON keeps of a list or of an item besides stands in the playlist's ``data``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.filters import And, Condition, Filter
from trackerkit.values import Ref
from trackerkit_ayon.gateway.attributes import DATA_FIELD
from trackerkit_ayon.gateway.check import checked
from trackerkit_ayon.gateway.columns import HELD
from trackerkit_ayon.gateway.faults import Fault, dashed, not_found, taken
from trackerkit_ayon.gateway.homes import Home, retired_ids
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.mapping.names import NEUTRAL, OPERATION_ENTITIES, native_of
from trackerkit_ayon.mapping.rows import Node

HELD_LIST: Final = f"{HELD}list"
HELD_ITEMS: Final = f"{HELD}items"
_KEPT: Final = ("entityType", "entityListType", "entityListFolderId", "owner", "access", "attrib", "template")
_ITEM_KEYS: Final = ("label", "attrib", "data", "tags")
_SPACE: Final = uuid.UUID("b1f0d0a2-7c8a-5f3e-8a4d-0c54d4a1e0aa")
_NOT_READ: Final = frozenset({"type", "project"})

Items = list[dict[str, Any]]


class Lists:
    """The entity lists of one project.

    Args:
        home: the project.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.site = home.site
        self.rows = home.rows("Playlist")

    # ---- reading

    def find(self, condition: Filter = And(()), *, limit: int | None = None, order: Sequence[str] = ()) -> list[Node]:
        """Lists as nodes, each with its ``items``: ``id entityId position`` and what else is kept of them."""
        known = self.site.schema.type("Playlist").fields
        names = [*self.rows.places, "uid", "items", DATA_FIELD, "created_by", "updated_by"]
        fields = [name for name in dict.fromkeys(names) if name in known and name not in _NOT_READ and name != "id"]
        found = list(
            self.site.tracker.find(
                "Playlist", condition, fields=fields, limit=limit, order=order, state="all", archived=True,
                project=self.home.ref, retired_links=self.site.every_link,
            )
        )  # fmt: skip
        retired = retired_ids(self.site, "Playlist", [item.ref for item in found])
        refs = [
            ref for item in found for ref in (*item["items"], item.get("created_by"), item.get("updated_by")) if ref
        ]
        ids = self.site.hexes([*refs, *(item.ref for item in found)])
        return [self._node(item.to_dict(), item.ref, ids, item.ref.id not in retired) for item in found]

    def get(self, id: str) -> Node:
        """One list.

        Raises:
            Fault: 404.
        """
        found = self.find(Nodes(self.home).has_id("Playlist", [id]))
        if not found:
            raise Fault(404, f"Entity list {id} not found", "not-found")
        return found[0]

    def _node(self, record: dict[str, Any], ref: Ref, ids: Mapping[Ref, str], is_active: bool) -> Node:
        items: Sequence[Ref] = record.get("items") or ()
        people = {name: _user(record.get(name), ids) for name in ("created_by", "updated_by")}
        plain = {name: value for name, value in record.items() if name not in ("items", *people)}
        node = self.rows.node(plain)
        data = dict(node["data"])
        held, kept = data.pop(HELD_LIST, {}), data.pop(HELD_ITEMS, {})
        native = held.get("entityType") or (native_of(items[0].type).name if items else "version")
        id = ids[ref]
        return {
            **node, "id": id, "ref": ref, "entityType": native, "entityListType": held.get("entityListType") or "generic",
            "entityListFolderId": held.get("entityListFolderId"), "owner": held.get("owner") or people["created_by"],
            "access": held.get("access") or {}, "attrib": held.get("attrib") or {}, "template": held.get("template") or {},
            "attributes": held.get("attributes") or [], "data": data, "active": is_active, "tags": node.get("tags") or [],
            "createdBy": people["created_by"], "updatedBy": people["updated_by"], "projectName": self.home.name,
            "items": [_item(id, ids[item], at, kept.get(ids[item]) or {}) for at, item in enumerate(items)],
        }  # fmt: skip

    # ---- writing

    def create(self, body: Mapping[str, Any]) -> Node:
        """Make a list.

        Raises:
            Fault: no label, a type that is none, an entity that there is not, a label that is taken.
        """
        if not body.get("label"):
            raise Fault(400, "Label is required", "bad-request")
        if body["entityType"] not in OPERATION_ENTITIES:
            raise Fault(400, f"A list cannot hold {body['entityType']}s", "bad-request")
        self._refuse_taken(body["label"], None)
        id = body.get("id") or uuid.uuid1().hex
        if self.find(Nodes(self.home).has_id("Playlist", [id])):
            raise taken("entity_list", "id", dashed(id))
        items = [_given(id, item, at) for at, item in enumerate(body.get("items") or ())]
        held = {key: body[key] for key in _KEPT if body.get(key) not in (None, {}, [])}
        values = self._values(body)
        values.update(
            self._item_values(body["entityType"], items, {**(values.pop(DATA_FIELD, None) or {}), HELD_LIST: held})
        )
        given = {name: value for name, value in values.items() if value is not None}
        made = [ops.create("Playlist", given, key=id, project=self.home.ref)]
        if body.get("active") is False:
            made.append(ops.delete(self.site.ref("Playlist", id)))
        self.site.tracker.write(made)
        return self.get(id)

    def _refuse_taken(self, label: str, id: str | None) -> None:
        for node in self.find(Condition("name", "is", label)):
            if node["id"] != id:
                raise taken("entity_list", "label", label)

    def _values(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The neutral values of a body, ``data`` among them."""
        known = {key: value for key, value in body.items() if key in ("label", "tags", "data")}
        values, left = self.rows.values(known)
        data = {**(values.pop(DATA_FIELD, None) or {}), **(left.get("data") or {})}
        fields = self.site.schema.type("Playlist").fields
        made = {name: value for name, value in values.items() if name in fields}
        return {**made, DATA_FIELD: data} if data else made

    def _item_values(self, native: str, items: Items, data: Mapping[str, Any]) -> dict[str, Any]:
        """The items as links, and what is kept of them.

        Raises:
            Fault: 404, there is no such entity.
        """
        found = Nodes(self.home).by_ids(NEUTRAL[native], [item["entityId"] for item in items], ("id",))
        missing = [item["entityId"] for item in items if item["entityId"] not in found]
        if missing:
            raise not_found(missing[0])
        refs = [found[item["entityId"]]["ref"] for item in items]
        legal = self.site.schema.targets(self.site.schema.field("Playlist", "items"))
        if any(ref.type not in legal for ref in refs):
            raise Fault(501, f"the tracker behind keeps no lists of {native}s", "not-implemented")
        kept = {item["entityId"]: facts for item in items if (facts := _facts(item))}
        if not self.site.ensure_data("Playlist"):
            raise Fault(501, "the tracker behind keeps no data of lists", "not-implemented")
        made = {**data, HELD_ITEMS: kept}
        return {
            "items": refs,
            DATA_FIELD: {key: value for key, value in made.items() if value not in (None, {}, [])} or None,
        }

    def update(self, node: Node, body: Mapping[str, Any]) -> None:
        """Change a list; its items stay."""
        if body.get("label") is not None:
            self._refuse_taken(body["label"], node["id"])
        values = self._values(body)
        data = self._data(node)
        data.update(values.pop(DATA_FIELD, None) or {})
        held = dict(data.get(HELD_LIST) or {})
        for key in _KEPT:
            if key in body and key != "entityType":
                held[key] = _merged(held.get(key), body[key]) if key in ("attrib", "template") else body[key]
        data[HELD_LIST] = held
        data = {key: value for key, value in data.items() if value is not None}
        if self.site.ensure_data("Playlist"):
            values[DATA_FIELD] = data
        made = [ops.update(node["ref"], values)] if values else []
        if body.get("active") is not None and body["active"] != node["active"]:
            made.append(ops.restore(node["ref"]) if body["active"] else ops.delete(node["ref"]))
        self.site.tracker.write(made)

    def _data(self, node: Node) -> dict[str, Any]:
        if not self.site.has_field("Playlist", DATA_FIELD):
            return {}
        return dict(self.site.tracker.get(node["ref"], fields=[DATA_FIELD], state="all")[DATA_FIELD] or {})

    def write_items(self, node: Node, items: Items) -> None:
        """Make these the items of a list, in this order."""
        values = self._item_values(node["entityType"], items, self._data(node))
        self.site.tracker.write([ops.update(node["ref"], values)])

    def set_attributes(self, node: Node, attributes: Sequence[Any]) -> None:
        """Give a list attributes of its own."""
        if not self.site.ensure_data("Playlist"):
            raise Fault(501, "the tracker behind keeps no data of lists", "not-implemented")
        data = self._data(node)
        data[HELD_LIST] = {**(data.get(HELD_LIST) or {}), "attributes": list(attributes)}
        self.site.tracker.write([ops.update(node["ref"], {DATA_FIELD: data})])


def _merged(known: Any, given: Any) -> Any:
    if not isinstance(known, Mapping) or not isinstance(given, Mapping):
        return given
    return {key: value for key, value in {**known, **given}.items() if value is not None}


def _user(ref: Ref | None, ids: Mapping[Ref, str]) -> str | None:
    return ids[ref] if ref is not None else None


def _item(list_id: str, entity: str, position: int, kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": kept.get("id") or item_id(list_id, entity), "entityId": entity, "position": position, "label": kept.get("label"),
        "attrib": kept.get("attrib") or {}, "data": kept.get("data") or {}, "tags": kept.get("tags") or [],
        "own_id": bool(kept.get("id")),
    }  # fmt: skip


def item_id(list_id: str, entity: str) -> str:
    """The id of an item that no client chose: always the same."""
    return uuid.uuid5(_SPACE, f"{list_id}:{entity}").hex


def _facts(item: Mapping[str, Any]) -> dict[str, Any]:
    made = {key: item[key] for key in _ITEM_KEYS if item.get(key) not in (None, {}, [])}
    return {**made, **({"id": item["id"]} if item.get("own_id") else {})}


def _given(list_id: str, item: Mapping[str, Any], position: int) -> dict[str, Any]:
    body = checked("list_item", item)
    return _item(list_id, body["entityId"], position, body)


def new_item(list_id: str, item: Mapping[str, Any], position: int) -> dict[str, Any]:
    """An item as a client sent it.

    Raises:
        InvalidFault: it is none.
    """
    return _given(list_id, item, position)
