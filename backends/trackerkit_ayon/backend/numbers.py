"""Versions that come without a product, or move: which product they belong to, which number they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackerkit.errors import DomainError, NotFoundError
from trackerkit.jsontext import encoded
from trackerkit.operations import Operation
from trackerkit.values import Ref
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import chunks, nodes_by_id
from trackerkit_ayon.compile.writes import Native, product_of_version
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.versions import product_id, read_name


def is_move(operation: Operation) -> bool:
    """Whether a version is given another parent, and not by its product."""
    is_version = operation.kind == "update" and base_of(operation.type) == "Version"
    return is_version and "parent" in operation.values and operation.values.get("product") is None


class Numbering:
    """Finds products and free numbers for the versions of one batch; knows what the batch itself makes.

    Args:
        server: where they live.
        project: their project.
        operations: the batch.
        attempt: how often it has been tried: someone else may have taken a number in between.
    """

    def __init__(self, server: Server, project: str, operations: Sequence[Operation], attempt: int = 0) -> None:
        self._server, self._project, self._attempt = server, project, attempt
        versions = [op for op in operations if op.kind == "create" and base_of(op.type) == "Version"]
        moves = [op for op in operations if is_move(op)]
        self._folders = self._folders_of([*versions, *moves])
        self._moved = self._nodes_of(moves)
        self._products: dict[tuple[str, str], str] = {}
        self._homes: dict[str, str] = {}
        self._taken: dict[str, set[int]] = {}
        self._made_here(operations)
        places = [self._place(op) for op in versions if op.values.get("product") is None]
        self._read(places + [self._new_place(op) for op in moves])
        given = [op.values["product"].id for op in versions if op.values.get("product") is not None]
        self._read_homes(
            [op.values["product"].id for op in versions if op.values.get("parent") and op.values.get("product")]
        )
        self._read_numbers({*given, *self._products.values()} if versions or moves else set())

    def resolved(self, operation: Operation) -> tuple[dict[str, Any], Native | None]:
        """The values of a version with ``product``, ``number`` and ``task``, and the product to make before it."""
        values = dict(operation.values)
        named = read_name(str(values["name"]))
        extra = None
        if values.get("product") is None:
            values["product"], extra = self._product(*self._place(operation), str(operation.key))
        else:
            self._check_parent(operation)
        number = values.get("number")
        if number is None:
            number = named.number if named.number is not None else self._free(values["product"].id)
        self._taken.setdefault(values["product"].id, set()).add(number)
        values["number"] = number
        parent = values.pop("parent", None)
        if isinstance(parent, Ref) and base_of(parent.type) == "Task":
            values.setdefault("task", parent)
        return values, extra

    def moved(self, operation: Operation) -> tuple[dict[str, Any], Native | None]:
        """The values of a version that goes to another folder, and the product to make there before it.

        It goes to the product of the same name, and keeps its number where that is free.
        """
        assert operation.ref is not None
        values, node = dict(operation.values), self._moved[operation.ref.id]
        parent = values.pop("parent")
        if base_of(parent.type) == "Task":
            values.setdefault("task", parent)
        folder, name = self._new_place(operation)
        if folder == node["product"]["folderId"]:
            return values, None
        values["product"], extra = self._product(folder, name, operation.ref.id)
        id = values["product"].id
        if values.get("number") is None:
            values["number"] = self._free(id) if node["version"] in self._taken.get(id, ()) else node["version"]
        self._taken.setdefault(id, set()).add(values["number"])
        return values, extra

    def _product(self, folder: str, name: str, key: str) -> tuple[Ref, Native | None]:
        """The product of a name in a folder, and what makes it where there is none."""
        extra = None
        id = self._products.get((folder, name.lower()))
        if id is None:
            id = product_id(folder, name) if not self._attempt else product_id(folder, f"{name}/{key}")
            self._products[folder, name.lower()] = id
            extra = product_of_version(id, name, folder)
        return self._server.context(self._project).ref("Product", id, name), extra

    # ---- where they belong

    def _nodes_of(self, moves: Sequence[Operation]) -> dict[str, Mapping[str, Any]]:
        """What the versions are that go to another folder."""
        ids = sorted({op.ref.id for op in moves if op.ref is not None})
        selected = "version product { name folderId }"
        nodes = nodes_by_id(self._server, "Version", self._project, ids, selected)
        found: dict[str, Mapping[str, Any]] = {node["id"]: node for node in nodes}
        for id in ids:
            if id not in found:
                raise NotFoundError(f"there is no Version {id} in {self._project}", backend="ayon")
        return found

    def _new_place(self, operation: Operation) -> tuple[str, str]:
        """The folder that a version goes to, and the name of its product."""
        assert operation.ref is not None
        parent = operation.values["parent"]
        if parent is None:
            raise DomainError(
                "a Version lies where its product does, and its parent cannot be cleared",
                path="Version.parent", backend="ayon",
            )  # fmt: skip
        folder = parent.id if base_of(parent.type) == "Folder" else self._folders.get(parent.id)
        if folder is None:
            raise NotFoundError(f"there is no Task {parent.id} in {self._project}", backend="ayon")
        return folder, self._moved[operation.ref.id]["product"]["name"]

    def _check_parent(self, operation: Operation) -> None:
        """A version lies where its product does: another parent is refused, not forgotten."""
        parent, product = operation.values.get("parent"), operation.values["product"]
        if parent is None:
            return
        folder = parent.id if base_of(parent.type) == "Folder" else self._folders.get(parent.id)
        home = self._homes.get(product.id)
        if home is not None and folder is not None and folder != home:
            raise DomainError(
                f"the product {product} does not lie in {parent}", hint="leave the parent out",
                path="Version.parent", backend="ayon",
            )  # fmt: skip

    def _read_homes(self, products: Sequence[str]) -> None:
        """The folders of products that a parent is given beside."""
        missing = sorted({id for id in products if id not in self._homes})
        for node in nodes_by_id(self._server, "Product", self._project, missing, "folderId"):
            self._homes[node["id"]] = node["folderId"]

    def _place(self, operation: Operation) -> tuple[str, str]:
        """The folder and the name of the product."""
        parent = operation.values.get("parent") or operation.values.get("task")
        if parent is None:
            raise DomainError(
                "a Version needs a product, or a parent to find its product under",
                path="Version.product",
                backend="ayon",
            )
        folder = parent.id if base_of(parent.type) == "Folder" else self._folders.get(parent.id)
        if folder is None:
            raise NotFoundError(f"there is no Task {parent.id} in {self._project}", backend="ayon")
        return folder, read_name(str(operation.values["name"])).product

    def _folders_of(self, versions: Iterable[Operation]) -> dict[str, str]:
        """The folder of each task that a version hangs on."""
        refs = [op.values.get("parent") or op.values.get("task") for op in versions]
        ids = sorted({ref.id for ref in refs if ref is not None and base_of(ref.type) == "Task"})
        return {
            node["id"]: node["folderId"] for node in nodes_by_id(self._server, "Task", self._project, ids, "folderId")
        }

    def _made_here(self, operations: Sequence[Operation]) -> None:
        """Products that the batch makes; tasks too, whose folder nobody else can know yet."""
        for operation in operations:
            parent = operation.values.get("parent") if operation.kind == "create" else None
            if not isinstance(parent, Ref) or not operation.key:
                continue
            if base_of(operation.type) == "Product":
                self._products[parent.id, str(operation.values["name"]).lower()] = operation.key
                self._homes[operation.key] = parent.id
            elif base_of(operation.type) == "Task":
                self._folders[operation.key] = parent.id

    # ---- what there is

    def _read(self, wanted: Sequence[tuple[str, str]]) -> None:
        """The active products of some folders."""
        for some in chunks(sorted({folder for folder, _ in wanted})):
            for node in self._list("Product", "folderId", some, "id name folderId"):
                self._products.setdefault((node["folderId"], node["name"].lower()), node["id"])

    def _read_numbers(self, products: set[str]) -> None:
        for some in chunks(sorted(products)):
            for node in self._list("Version", "productId", some, "id version productId", active=False):
                self._taken.setdefault(node["productId"], set()).add(node["version"])

    def _list(
        self, type_name: str, key: str, ids: Sequence[str], selected: str, active: bool = True
    ) -> Iterable[Mapping[str, Any]]:
        conditions = [{"key": key, "operator": "in", "value": list(ids)}]
        if active:
            conditions.append({"key": "active", "operator": "eq", "value": "true"})
        text = encoded({"conditions": conditions, "operator": "and"}).decode()
        return self._server.client.nodes(type_name, self._project, selected, {"filter": text})

    def _free(self, product: str) -> int:
        taken = self._taken.get(product, set())
        return max((number for number in taken if number >= 0), default=0) + 1
