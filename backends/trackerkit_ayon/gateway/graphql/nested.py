"""What is selected below nodes: single records read in bulk for all of them, the rest as functions for when it is reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter
from trackerkit.jsontext import encoded
from trackerkit.values import Ref
from trackerkit_ayon.gateway.graphql.latest import Ranks, ranks
from trackerkit_ayon.gateway.graphql.selection import Info, Tree, below
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.site import NO_ID
from trackerkit_ayon.mapping.rows import Node
from trackerkit_ayon.mapping.versions import native_name

Lazy = Callable[..., Any]

ONE: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Folder": {"parent": ("Folder", "parentId")},
    "Task": {"folder": ("Folder", "folderId"), "Folder": ("Folder", "folderId")},
    "Product": {"folder": ("Folder", "folderId"), "Folder": ("Folder", "folderId")},
    "Version": {"product": ("Product", "productId"), "task": ("Task", "taskId")},
    "File": {"version": ("Version", "versionId")},
    "Workfile": {"task": ("Task", "taskId")},
}
"""The single records below a node: the key, what it is, and the key of its id."""

_NEVER_NULL: Final = frozenset({
    ("Task", "folder"), ("Product", "folder"), ("Version", "product"), ("File", "version"), ("Workfile", "task"),
})  # fmt: skip
TYPENAMES: Final = {
    "Folder": "FolderNode", "Task": "TaskNode", "Product": "ProductNode", "Version": "VersionNode",
    "File": "RepresentationNode", "Workfile": "WorkfileNode",
}  # fmt: skip
MANY: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Folder": {"products": ("Product", "parent"), "tasks": ("Task", "parent")},
    "Task": {"versions": ("Version", "task"), "workfiles": ("Workfile", "task")},
    "Product": {"versions": ("Version", "product")},
    "Version": {"representations": ("File", "version")},
}
"""The connections below a node: what they hold, and the field that leads back."""

_COUNTS: Final[Mapping[str, tuple[str, str]]] = {
    "childCount": ("Folder", "parent"), "hasChildren": ("Folder", "parent"), "productCount": ("Product", "parent"),
    "hasProducts": ("Product", "parent"), "taskCount": ("Task", "parent"), "hasTasks": ("Task", "parent"),
}  # fmt: skip
_TOTALS: Final[Mapping[str, str]] = {
    "totalFolderCount": "Folder", "totalTaskCount": "Task", "totalProductCount": "Product", "totalVersionCount": "Version",
    "hasVersions": "Version",
}  # fmt: skip
_FEATURED: Final = ("latestDone", "hero", "latest")


def keys_of(base: str, tree: Tree) -> set[str]:
    """The keys of a node that a selection needs."""
    made = set(tree) | {"id", "name"}
    for name, (_, key) in ONE.get(base, {}).items():
        if name in tree:
            made.add(key)
    if "type" in tree:
        made.add({"Folder": "folderType", "Task": "taskType", "Product": "productType"}.get(base, "id"))
    if "context" in tree or "subtasks" in tree:
        made.add("data")
    return made


def subtasks(given: Any) -> list[dict[str, Any]]:
    """The steps of a task that its ``data`` holds; what is none is left out."""
    made = []
    for item in given if isinstance(given, list) else ():
        if isinstance(item, Mapping) and all(isinstance(item.get(key), str) for key in ("id", "name", "label")):
            who = item.get("assignees")
            made.append({
                **{key: item[key] for key in ("id", "name", "label")}, "description": _as_text(item.get("description")),
                "startDate": _as_text(item.get("start_date")), "endDate": _as_text(item.get("end_date")),
                "assignees": [str(name) for name in who] if isinstance(who, list) else [],
                "isDone": item.get("is_done") is True,
            })  # fmt: skip
    return made


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


class Dresser:
    """Completes nodes for a selection.

    Args:
        nodes: of the project.
        connect: makes a connection below a node: ``(info, base, args, condition)``.
        more: further functions for a node's keys: for all nodes of a page, what makes of one of them what answers.
    """

    def __init__(
        self,
        nodes: Nodes,
        connect: Callable[..., Any],
        more: Mapping[str, Callable[[Sequence[Node]], Callable[[Node], Lazy]]],
    ) -> None:
        self.nodes = nodes
        self._connect = connect
        self._more = more

    def dress(self, base: str, found: Sequence[Node], tree: Tree) -> None:
        """Give nodes what was selected below them, in place."""
        if not found:
            return
        for name, (target, key) in ONE.get(base, {}).items():
            if name in tree:
                self._add_one(base, found, name, target, key, tree[name])
        makers = {name: make(found) for name, make in self._more.items() if name in tree}
        for node in found:
            node["__typename"] = TYPENAMES[base]
            self._add_texts(base, node, tree)
            self._add_functions(base, node, tree)
            node.update((name, make(node)) for name, make in makers.items())
        self._add_counts(base, found, tree)

    def _add_one(self, base: str, found: Sequence[Node], name: str, target: str, key: str, tree: Tree) -> None:
        ids = [node[key] for node in found if node.get(key) and node[key] != NO_ID]
        known = self.nodes.by_ids(target, list(dict.fromkeys(ids)), keys_of(target, tree))
        extra = []
        for node in found:
            below_it = known.get(str(node.get(key)))
            if below_it is None and (base, name) in _NEVER_NULL:
                below_it = self._stub(base, target, node, str(node.get(key) or NO_ID))
                extra.append(below_it)
            node[name] = below_it
        self.dress(target, [*known.values(), *extra], tree)

    def _stub(self, base: str, target: str, node: Node, id: str) -> Node:
        """What stands where AYON has a record and the tracker has none, or a retired one: an inactive node."""
        moments = {key: node.get(key) or "1970-01-01T00:00:00+00:00" for key in ("createdAt", "updatedAt")}
        made: Node = {
            "id": id, "name": "", "active": False, "projectName": self.nodes.home.name, "ref": Ref(target, NO_ID),
            "attrib": {}, "ownAttrib": [], "data": {}, "status": "", "tags": [], "parents": [], "assignees": [],
            "thumbnailHash": "000001", "folderType": "Folder", "taskType": "Generic", "productType": "unknown",
            "folderId": NO_ID, "productId": NO_ID, "version": 0, **moments,
        }  # fmt: skip
        if base == "Version" and "unproduced" in node:
            name, folder = node["unproduced"]
            made.update(name=name, active=True, folderId=folder, productType="review")
        return made

    def _add_texts(self, base: str, node: Node, tree: Tree) -> None:
        """What GraphQL gives as JSON texts."""
        if "allAttrib" in tree:
            known = {key: value for key, value in node["attrib"].items() if value is not None}
            node["allAttrib"] = encoded(dict(sorted(known.items()))).decode()
        if "subtasks" in tree:
            node["subtasks"] = subtasks(node["data"].get("subtasks"))
        if "data" in tree:
            node["data"] = encoded(node["data"]).decode() if node["data"] else None
        if base == "File":
            node["context"] = encoded(node["context"]).decode() if node.get("context") is not None else None
            node["traits"] = encoded(node["traits"]).decode() if node.get("traits") is not None else None
            if "files" in node:
                node["files"] = [_file(item) for item in node["files"]]
                node["fileCount"] = len(node["files"])
        if "type" in tree:
            node["type"] = node.get("folderType") or node.get("taskType") or node.get("productType")
        node.setdefault("tags", [])
        node["createdBy"], node["updatedBy"] = node.get("createdBy"), node.get("updatedBy")

    def _add_functions(self, base: str, node: Node, tree: Tree) -> None:
        for name, (target, path) in MANY.get(base, {}).items():
            if name in tree:
                node[name] = partial(self._below, target, path, node["ref"])
        if base == "Version":
            self._add_version(node, tree)
        if base == "Product":
            self._add_product(node, tree)
        if "hasReviewables" in tree:
            node["hasReviewables"] = partial(self._has_reviewables, base, node["ref"])
        if base == "Folder":
            for name, target in _TOTALS.items():
                if name in tree:
                    node[name] = partial(self._total, target, name, node["ref"])

    def _below(self, target: str, path: str, ref: Ref, info: Info, **args: Any) -> Any:
        return self._connect(info, target, args, Condition(path, "is", ref))

    def _add_counts(self, base: str, found: Sequence[Node], tree: Tree) -> None:
        if base != "Folder":
            return
        for target, path in dict.fromkeys(place for name, place in _COUNTS.items() if name in tree):
            counts = self._count(target, path, [node["ref"] for node in found])
            for name, place in _COUNTS.items():
                if place == (target, path) and name in tree:
                    for node in found:
                        many = counts.get(node["ref"].id, 0)
                        node[name] = bool(many) if name.startswith("has") else many

    def _count(self, target: str, path: str, refs: Sequence[Ref]) -> dict[str, int]:
        made: dict[str, int] = {}
        rows = self._find(target, Condition(path, "in", tuple(refs)), [path])
        for item in rows:
            made[item[path].id] = made.get(item[path].id, 0) + 1
        return made

    def _find(self, target: str, condition: Filter, fields: Sequence[str]) -> Any:
        home = self.nodes.home
        return home.site.tracker.find(
            target,
            condition,
            fields=list(fields),
            state="all",
            archived=True,
            project=home.ref,
            retired_links=home.site.every_link,
        )

    def _total(self, target: str, name: str, ref: Ref, info: Info) -> Any:
        from trackerkit_ayon.gateway.trees import descendants

        refs = tuple(descendants(self.nodes.home, ref))
        if target == "Folder":
            return len(refs) - 1
        path = "product.parent" if target == "Version" else "parent"
        count = sum(1 for _ in self._find(target, Condition(path, "in", refs), ["id"]))
        return bool(count) if name.startswith("has") else count

    def _has_reviewables(self, base: str, ref: Ref, info: Info) -> bool:
        path = {"Version": "version", "Task": "version.task", "Folder": "version.product.parent"}.get(base)
        schema = self.nodes.site.schema
        if path is None or "Reviewable" not in schema:
            return False
        return next(iter(self._find("Reviewable", Condition(path, "is", ref), ["id"])), None) is not None

    # ---- versions and products

    def _add_version(self, node: Node, tree: Tree) -> None:
        node["featuredVersionType"] = None
        node["heroVersionId"] = partial(self._hero, node["ref"])
        for name, flag in (("isLatest", "latest"), ("isLatestDone", "latestDone")):
            if name in tree:
                node[name] = partial(self._is_featured, node["ref"], flag)

    @cached_property
    def _ranks(self) -> Ranks:
        return ranks(self.nodes)

    @cached_property
    def _featured(self) -> frozenset[tuple[str, str]]:
        return frozenset((name, id) for known in self._ranks.flags.values() for name, id in known.items())

    def _is_featured(self, ref: Ref, flag: str, info: Info) -> bool:
        return (flag, ref.id) in self._featured

    def _hero(self, ref: Ref, info: Info) -> str | None:
        found = self._ranks.heroes.get(ref.id)
        hero = found and self.nodes.find("Version", And([Condition("id", "is", found)]), keys=("id",))
        return str(hero[0]["id"]) if hero else None

    def _add_product(self, node: Node, tree: Tree) -> None:
        if "versionList" in tree:
            node["versionList"] = partial(self._version_list, node["ref"])
        if "latestVersion" in tree:
            node["latestVersion"] = partial(self._chosen, node["ref"], below(tree, "latestVersion"), ("latest",))
        if "featuredVersion" in tree:
            node["featuredVersion"] = partial(self._chosen, node["ref"], below(tree, "featuredVersion"), _FEATURED)

    def _version_list(self, ref: Ref, info: Info) -> Any:
        condition = And([Condition("product", "is", ref)])
        found = self.nodes.find("Version", condition, keys=("id", "version", "name"))
        rows = sorted(found, key=lambda node: int(node["version"]))
        return [{"id": node["id"], "version": node["version"], "name": native_name(node["version"])} for node in rows]

    def _chosen(
        self, ref: Ref, tree: Tree, flags: Sequence[str], info: Info, order: Sequence[str] | None = None
    ) -> Any:
        """The version of a product that is the first of some flags, or of those that are asked for."""
        known = self._ranks.flags.get(ref.id, {})
        flag = next((flag for flag in (flags if order is None else order) if flag in known), None)
        if flag is None:
            return None
        condition = And([Condition("id", "is", known[flag])])
        found = self.nodes.find("Version", condition, keys=keys_of("Version", {**tree, "version": {}}))
        self.dress("Version", found, tree)
        for node in found:
            node["featuredVersionType"] = flag if flags is _FEATURED else None
        return found[0] if found else None


def _file(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item of a representation's files, its size as a text."""
    name = item.get("name") or str(item.get("path") or "").replace("\\", "/").rpartition("/")[2]
    return {**item, "name": name, "size": str(item.get("size") or 0), "hashType": item.get("hashType") or "md5"}
