"""Records as AYON's nodes: read in bulk, their links as AYON's ids, attributes with what is inherited."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from trackerkit.evaluate import effective
from trackerkit.filters import And, Condition, Filter
from trackerkit.values import Image, Ref
from trackerkit_ayon.gateway.columns import (
    ATTRIBUTE_KEYS,
    HELD,
    HELD_ATTRIBUTES,
    HELD_FILES,
    HELD_MOMENTS,
    HELD_TRAITS,
    INHERITING,
    columns_of,
)
from trackerkit_ayon.gateway.homes import Home, retired_ids
from trackerkit_ayon.gateway.site import NO_ID
from trackerkit_ayon.mapping.codecs import day_of
from trackerkit_ayon.mapping.names import native_of
from trackerkit_ayon.mapping.rows import Node
from trackerkit_ayon.mapping.versions import NAME_KEY, native_name, product_id, read_name

_HEX = re.compile(r"[0-9a-f]{32}")
_LEAST_THUMBNAIL: Final = "000001"

Record = dict[str, Any]


class Nodes:
    """Reads the records of one project as nodes.

    Args:
        home: the project.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.site = home.site
        self._inherited: dict[str, dict[str, Any]] = {}

    # ---- reading

    def find(
        self, base: str, condition: Filter = And(()), *, keys: Collection[str] | None = None, order: Sequence[str] = (),
        limit: int | None = None, state: str = "all",
    ) -> list[Node]:  # fmt: skip
        """The records of the project for which a condition holds, as nodes with these keys (all of them for None)."""
        columns = self.columns(base, keys)
        found = self.site.tracker.find(
            base, condition, fields=columns, order=order, limit=limit, state=state, archived=True, project=self.home.ref,
            retired_links=self.site.every_link,
        )  # fmt: skip
        return self.made(base, [{"ref": item.ref, **item.to_dict()} for item in found], keys, state)

    def columns(self, base: str, keys: Collection[str] | None) -> list[str]:
        """The neutral fields that are read for some keys."""
        rows = self.home.rows(base)
        return columns_of(base, rows.kind, rows.places, keys)

    def by_ids(self, base: str, ids: Sequence[str], keys: Collection[str] | None = None) -> dict[str, Node]:
        """Records by AYON's ids; what the project has not is left out."""
        condition = self.has_id(base, ids)
        return {node["id"]: node for node in self.find(base, condition, keys=keys)} if ids else {}

    def has_id(self, base: str, ids: Sequence[str]) -> Filter:
        """The records with these ids of AYON's."""
        return Condition("uid", "in", tuple(ids))

    # ---- making nodes

    def made(
        self, base: str, records: Sequence[Record], keys: Collection[str] | None = None, state: str = "all"
    ) -> list[Node]:
        """Neutral records as nodes."""
        if not records:
            return []
        native = native_of(base).name
        retired = set[str]()
        if state == "all" and (keys is None or "active" in keys):
            retired = retired_ids(self.site, base, [record["ref"] for record in records])
        ids = self._ids(records)
        rows = self.home.rows(base)
        wants_attributes = keys is None or bool(ATTRIBUTE_KEYS & set(keys))
        if wants_attributes and base in INHERITING:
            self._load_ancestors(record.get("parent") for record in records)
        made = []
        for record in records:
            ref: Ref = record["ref"]
            values = {name: self._translated(value, ids) for name, value in record.items() if name != "ref"}
            if "status" in values:
                values["status"] = self.home.status_name(values["status"], native)
            node = rows.node(values)
            node["ref"] = ref
            node["id"] = record.get("uid") or ids.get(ref) or NO_ID
            node["projectName"] = self.home.name
            node["active"] = state == "active" or (state == "all" and ref.id not in retired)
            self._hold(node)
            _FINISH.get(base, _nothing)(self, node, record, ids)
            if "thumbnail" in record:
                show_thumbnail(node, record["thumbnail"], ref)
            if wants_attributes and base in INHERITING:
                node["attrib"] = {**self._inherited_by(record.get("parent")), **node["attrib"]}
            made.append(node)
        return made

    def _ids(self, records: Sequence[Record]) -> dict[Ref, str]:
        """AYON's ids of every record that these link to, and of themselves where they do not say."""
        wanted: dict[Ref, None] = {}
        for record in records:
            for name, value in record.items():
                if value.__class__ is Ref and (name != "ref" or "uid" not in record):
                    wanted[value] = None
                elif value.__class__ is list and value and value[0].__class__ is Ref:
                    wanted.update(dict.fromkeys(value))
        return self.site.hexes(ref for ref in wanted if ref.type != "Project")

    def _translated(self, value: Any, ids: Mapping[Ref, str]) -> Any:
        if value.__class__ is Ref:
            return (
                value
                if value.type == "Project"
                else Ref(value.type, ids[value], self.home.name, None, None, value.label)
            )
        if value.__class__ is list and value and value[0].__class__ is Ref:
            return [self._translated(item, ids) for item in value]
        return value

    def _hold(self, node: Node) -> None:
        """What lies in ``data`` for lack of a field, put where AYON shows it."""
        data = node["data"]
        if not any(key.startswith(HELD) for key in data):
            return
        for name, value in (data.get(HELD_ATTRIBUTES) or {}).items():
            node["attrib"][name] = value
            node["ownAttrib"].append(name)
        for name, value in (data.get(HELD_MOMENTS) or {}).items():
            shown, zone = node["attrib"].get(name), self.home.context.zone
            if shown is not None and day_of(shown, zone) == day_of(value, zone):  # the day was not changed elsewhere
                node["attrib"][name] = value
        if HELD_FILES in data:
            node["files"] = data[HELD_FILES]
        if HELD_TRAITS in data:
            node["traits"] = data[HELD_TRAITS]
        node["data"] = {key: value for key, value in data.items() if not key.startswith(HELD)}

    # ---- inherited values

    def _load_ancestors(self, parents: Iterable[Ref | None]) -> None:
        """Read what lies above some records, level by level, each folder once."""
        rows = self.home.rows("Folder")
        fields = self.columns("Folder", ("ownAttrib", "parentId"))
        known: dict[str, tuple[Node, Ref | None]] = {}
        wanted = self._unknown(parents, known)
        while wanted:
            found = self.site.tracker.backend.fetch(wanted, fields, "all", retired_links=self.site.every_link)
            for ref in wanted:
                record = dict(found.get(ref) or {})
                node = rows.node(record)
                self._hold(node)
                known[ref.id] = (node, effective(record.get("parent")))
            wanted = self._unknown((parent for _, parent in known.values()), known)
        for id in known:
            self._settle(id, known)

    def _unknown(self, refs: Iterable[Ref | None], known: Mapping[str, Any]) -> list[Ref]:
        found = (ref for ref in refs if ref is not None and ref.type != "Project")
        return list(dict.fromkeys(ref for ref in found if ref.id not in known and ref.id not in self._inherited))

    def _settle(self, id: str, known: Mapping[str, tuple[Node, Ref | None]]) -> None:
        way = []
        at: str | None = id
        while at is not None and at not in self._inherited and at in known and at not in way:
            way.append(at)
            above = known[at][1]
            at = above.id if above is not None and above.type != "Project" else None
        values = self._inherited[at] if at is not None and at in self._inherited else self.project_attributes()
        inheritable = self.site.catalog.inheritable
        for step in reversed(way):
            own = {key: value for key, value in known[step][0]["attrib"].items() if key in inheritable}
            values = self._inherited[step] = {**values, **own}

    def _inherited_by(self, parent: Ref | None) -> dict[str, Any]:
        if parent is None or parent.type == "Project":
            return self.project_attributes()
        return self._inherited.get(parent.id) or self.project_attributes()

    def project_attributes(self) -> dict[str, Any]:
        """What folders at the top inherit."""
        if "" not in self._inherited:
            inheritable = self.site.catalog.inheritable
            self._inherited[""] = {key: value for key, value in self.home.own.items() if key in inheritable}
        return self._inherited[""]


def _nothing(reader: Nodes, node: Node, record: Record, ids: Mapping[Ref, str]) -> None:
    """Nothing more to do."""


def _folder(reader: Nodes, node: Node, record: Record, ids: Mapping[Ref, str]) -> None:
    if "folderType" in node and node["folderType"] is None:
        node["folderType"] = record["ref"].type
    if record.get("path"):
        node["path"] = "/" + record["path"].strip("/")
        node["parents"] = node["path"].strip("/").split("/")[:-1]


def _on_folder(reader: Nodes, node: Node, record: Record, ids: Mapping[Ref, str]) -> None:
    """A task or a product: always on a folder, in AYON."""
    parent = record.get("parent")
    if "parent" in record and (parent is None or parent.type == "Project"):
        node["folderId"] = NO_ID
    if "parent.path" in record:
        _place(node, record["parent.path"], node.get("name"))


def _task(reader: Nodes, node: Node, record: Record, ids: Mapping[Ref, str]) -> None:
    _on_folder(reader, node, record, ids)
    if "taskType" in node and node["taskType"] is None:
        node["taskType"] = next(iter(reader.home.names_of("task_types")), "Generic")


def _product(reader: Nodes, node: Node, record: Record, ids: Mapping[Ref, str]) -> None:
    _on_folder(reader, node, record, ids)
    if "productType" in node and node["productType"] is None:
        node["productType"] = "unknown"


def _version(reader: Nodes, node: Node, record: Record, ids: Mapping[Ref, str]) -> None:
    if "number" in record:
        number = record["number"]
        if number is None:
            number = read_name(record.get("name") or "").number or 0
        node["version"], node["name"] = number, native_name(number)
    if "product" in record and record["product"] is None:
        name, parent = read_name(record.get("name") or "").product, record.get("parent")
        folder = ids.get(parent, NO_ID) if parent else NO_ID
        node["productId"], node["unproduced"] = product_id(folder, name), (name, folder)
    if record.get("product.name") and record.get("name") == f"{record['product.name']}_{node.get('name')}":
        node["data"].pop(NAME_KEY, None)
    if "product.parent.path" in record:
        product = record.get("product.name") or read_name(record.get("name") or "").product
        _place(node, record["product.parent.path"] or record.get("parent.path"), product, node.get("name"))


def _file(reader: Nodes, node: Node, record: Record, ids: Mapping[Ref, str]) -> None:
    if "version" in record and record["version"] is None:
        node["versionId"] = NO_ID
    if "version.number" in record:
        version = native_name(record["version.number"] or 0)
        _place(node, record["version.product.parent.path"], record["version.product.name"], version, node.get("name"))
    context = node["data"].get("context")
    if context is not None:
        node["context"] = context


def _workfile(reader: Nodes, node: Node, record: Record, ids: Mapping[Ref, str]) -> None:
    if "path" in record:
        node["name"] = base_name(record["path"])
        if record.get("name") == node["name"]:
            node["data"].pop(NAME_KEY, None)
    if "task" in record and record["task"] is None:
        node["taskId"] = NO_ID
    if "task.parent.path" in record:
        parts = [str(record["task.parent.path"] or "").strip("/"), record["task.name"] or ""]
        node["parents"] = [part for part in "/".join(parts).split("/") if part]


def base_name(path: str | None) -> str:
    """The last part of a path."""
    return str(path or "").replace("\\", "/").rpartition("/")[2]


def _place(node: Node, above: Any, *names: Any) -> None:
    parts = [str(above or "").strip("/"), *(str(name or "") for name in names)]
    node["path"] = "/" + "/".join(part for part in parts if part)
    node["parents"] = node["path"].strip("/").split("/")[:-1]


_FINISH: Final = {
    "Folder": _folder, "Task": _task, "Product": _product, "Version": _version, "File": _file, "Workfile": _workfile,
}  # fmt: skip


# ---- thumbnails


def thumbnail_id(image: Image, ref: Ref) -> str:
    """AYON's id of a record's picture: the picture's own where it is one, else one that leads back to the record."""
    if image.id and _HEX.fullmatch(image.id):
        return image.id
    digits = re.sub(r"[^0-9a-f]", "", (image.hash or image.id or "").rpartition(":")[2].lower())
    number = int(ref.id) if ref.id.isdigit() else 0
    return f"{digits:0<16}"[:16] + f"{number:016x}"


def number_of_thumbnail(id: str) -> str:
    """The record that an id made by ``thumbnail_id`` leads back to."""
    return str(int(id[16:], 16))


def show_thumbnail(node: Node, image: Any, ref: Ref) -> None:
    """A record's picture as AYON shows it."""
    found = effective(image)
    id = thumbnail_id(found, ref) if isinstance(found, Image) else None
    node["thumbnailId"] = id
    node["thumbnail"] = {"id": id, "sourceEntityType": None, "sourceEntityId": None, "relation": None} if id else None
    node["thumbnailHash"] = id[:6] if id else _LEAST_THUMBNAIL
