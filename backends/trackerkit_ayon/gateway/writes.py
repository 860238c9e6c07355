"""AYON's operations → neutral ones: checked as AYON's database would, then written, all together or each on its own.

The checks read what is there and then write; a lock of the process keeps another request from coming between. Several
processes over one tracker can still both find a name free; what they make is then two records of one name, no lost data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.errors import BatchError, TrackerError
from trackerkit.operations import Operation
from trackerkit.values import Ref
from trackerkit_ayon.gateway.anatomy import default_status
from trackerkit_ayon.gateway.attributes import DATA_FIELD
from trackerkit_ayon.gateway.check import checked
from trackerkit_ayon.gateway.faults import Fault, absent, dashed, lacking, not_found, of_error, taken
from trackerkit_ayon.gateway.history import remember_gone
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.lookups import ABOVE, HERO, Entry, Lookups, Place, place_of
from trackerkit_ayon.gateway.nodes import base_name
from trackerkit_ayon.gateway.payloads import (
    PARENTS,
    Payload,
    check_author,
    first,
    merged,
    read_files,
    read_payload,
    refuse_own_parent,
)
from trackerkit_ayon.gateway.rights import check_project
from trackerkit_ayon.gateway.steps import PLACE_KEYS, Outcome, Step, parents_of
from trackerkit_ayon.gateway.trees import descendants, has_products, has_versions
from trackerkit_ayon.mapping.made import values_of_files
from trackerkit_ayon.mapping.names import kind_of
from trackerkit_ayon.mapping.versions import native_name

_REQUIRED: Final = {"Task": ("parent", "folder_id")}
_FIXED: Final = {"name": "name", "kind": "folder_type", "parent": "parent_id"}


class Writer:
    """Writes steps into one project.

    Args:
        home: the project.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.site = home.site
        self.known = Lookups(home)
        self._gone: list[Ref] = []

    def run(self, steps: Sequence[Step], *, can_fail: bool = False) -> list[Outcome]:
        """Do the steps: each on its own when they ``can_fail``; otherwise all, or none and the first failure at the end."""
        with self.site.shared.lock(self.site.site, self.home.ref.id):
            return self._each(steps) if can_fail else self._together(steps)

    def run_one(self, step: Step) -> None:
        """Do one step.

        Raises:
            Fault: it cannot be done.
        """
        fault = self.run([step])[-1].fault
        if fault is not None:
            raise Fault(409, fault.detail, fault.code) if fault.code == "not-null-violation" else fault

    def _each(self, steps: Sequence[Step]) -> list[Outcome]:
        made = []
        for step in steps:
            self.known = Lookups(self.home)
            made += self._together([step])
        return made

    def _together(self, steps: Sequence[Step]) -> list[Outcome]:
        self._gone = []
        self._prepare(steps)
        made: list[Operation] = []
        owners: list[int] = []
        outcomes: list[Outcome] = []
        for at, step in enumerate(steps):
            try:
                parts = self._build(step)
            except (Fault, TrackerError) as error:
                return [*outcomes, Outcome(step, of_error(error))]
            made += parts
            owners += [at] * len(parts)
            outcomes.append(Outcome(step))
        return self._written(steps, made, owners, outcomes)

    def _written(
        self, steps: Sequence[Step], made: Sequence[Operation], owners: Sequence[int], outcomes: list[Outcome]
    ) -> list[Outcome]:
        try:
            self.site.tracker.write(made)
        except BatchError as error:
            at = owners[error.index]
            return [*outcomes[:at], Outcome(steps[at], of_error(error))]
        except TrackerError as error:
            at = owners[0] if owners else 0
            return [*outcomes[:at], Outcome(steps[at], of_error(error))]
        return outcomes

    # ---- what is there

    def _prepare(self, steps: Sequence[Step]) -> None:
        """Read everything that the steps need, in bulk."""
        ids: dict[str, list[str]] = {}
        for step in steps:
            ids.setdefault(step.base, []).append(step.entity)
            for base, id in parents_of(step):
                ids.setdefault(base, []).append(id)
        for base, wanted in ids.items():
            self.known.load(base, wanted)
        self._load_above(steps)
        self.known.load_places(place for step in steps for place in self._places(step))

    def _load_above(self, steps: Sequence[Step]) -> None:
        """The parents of the records that are changed, whose places are asked for."""
        ids: dict[str, list[str]] = {}
        for step in steps:
            entry = self.known.get(step.base, step.entity)
            target = PARENTS[step.base, ABOVE[step.base]][0]
            if entry is not None and entry.values.get(ABOVE[step.base]):
                ids.setdefault(target, []).append(entry.values[ABOVE[step.base]])
        for base, wanted in ids.items():
            self.known.load(base, wanted)

    def _places(self, step: Step) -> list[Place]:
        """The places that a step may need to be free."""
        if step.type == "delete":
            return []
        entry = self.known.get(step.base, step.entity)
        values = dict(entry.values) if entry is not None else {}
        for key, name in PLACE_KEYS[step.native].items():
            if step.data.get(key) is not None:
                values[name] = _number(step.data[key]) if name == "number" else step.data[key]
        place = place_of(step.base, values)
        kind = int if step.native == "version" else (str, int)
        is_one = (isinstance(place.name, kind) or place.name == HERO) and isinstance(place.above, (str, type(None)))
        return [place] if is_one else []  # what is neither is refused when the step is built

    # ---- one step

    def _build(self, step: Step) -> list[Operation]:
        site = self.site
        check_project(site.state, site.users_space, site.rights, self.home.name, step.type)
        if step.type == "delete":
            return self._delete(step)
        attributes = self.site.catalog.scope(step.native)
        body = checked(step.native, step.data, attributes=attributes, partial=step.type == "update")
        return self._create(step, body) if step.type == "create" else self._update(step, body)

    def _create(self, step: Step, body: Mapping[str, Any]) -> list[Operation]:
        base, id = step.base, step.entity
        if self.known.is_taken(base, id):
            raise taken(step.native, "id", dashed(id))
        refuse_own_parent(base, id, {"parent": Ref("Folder", body["parentId"])} if body.get("parentId") else {})
        payload = read_payload(self.home, step.native, self._with_defaults(step.native, body))
        values = payload.values
        if body.get("files") or (base == "File" and values.get("path")):  # a path makes no file that nobody listed
            payload.data.update(read_files(body.get("files") or []))
        links = self._link(base, payload)
        self._require(base, values)
        self._complete(base, values, links, body)
        is_active = payload.is_active is not False
        shown = {**_scalars(values), **links}
        self.known.move(id, None, place_of(base, shown) if is_active else None)
        self._keep_data(base, values, {}, payload)
        type_name = self._type_name(base, values)
        self.known.note(
            base, id, Entry(self.site.ref(base, id), {**shown, DATA_FIELD: values.get(DATA_FIELD)}, is_active)
        )
        values = {name: value for name, value in values.items() if value is not None}
        made = [ops.create(type_name, values, key=id, project=self.home.ref)]
        return made if is_active else [*made, ops.delete(self.site.ref(type_name, id))]

    def _with_defaults(self, native: str, body: Mapping[str, Any]) -> dict[str, Any]:
        made = dict(body)
        if not made.get("status"):
            made["status"] = default_status(self.home.anatomy["statuses"], native)
        if native == "folder" and not made.get("folderType"):
            made["folderType"] = self.home.names_of("folder_types")[0]
        if native == "product" and not made.get("productBaseType"):
            made["productBaseType"] = made["productType"]
        return made

    def _require(self, base: str, values: Mapping[str, Any]) -> None:
        name, column = _REQUIRED.get(base, ("", ""))
        if name and values.get(name) is None:
            raise lacking(column)

    def _complete(
        self, base: str, values: dict[str, Any], links: Mapping[str, str | None], body: Mapping[str, Any]
    ) -> None:
        """What the tracker wants to know besides: where a version and a file belong, who made a version."""
        if base == "Folder" and values.get("parent") is None:
            values["parent"] = self.home.ref
        if base == "Version":
            check_author(self.home, values)
            product = self.known.get("Product", str(links.get("product")))
            self._hang(values, product)
            if values.get("name") is None and product is not None:
                values["name"] = f"{product.values.get('name')}_{native_name(values['number'])}"
        if base == "Workfile" and values.get("name") is None:
            values["name"] = base_name(values["path"])
        if base == "File":
            values.update(self._file_values(body.get("files") or []))
            self._hang_file(values, self.known.get("Version", str(links.get("version"))))

    def _hang(self, values: dict[str, Any], product: Entry | None) -> None:
        folder = product.values.get("parent") if product is not None else None
        if folder:
            self.known.load("Folder", [folder])
            found = self.known.get("Folder", folder)
            values["parent"] = found.ref if found is not None else self.site.ref("Folder", folder)

    def _hang_file(self, values: dict[str, Any], version: Entry | None) -> None:
        if version is None:
            return
        product = version.values.get("product")
        if product:
            self.known.load("Product", [product])
            self._hang(values, self.known.get("Product", product))
        task = version.values.get("task")
        if task:
            self.known.load("Task", [task])
            found = self.known.get("Task", task)
            values["task"] = found.ref if found is not None else self.site.ref("Task", task)

    def _file_values(self, files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        fields = self.site.schema.type("File").fields
        return {name: value for name, value in values_of_files(files).items() if name in fields}

    def _update(self, step: Step, body: Mapping[str, Any]) -> list[Operation]:
        base, id = step.base, step.entity
        entry = self.known.get(base, id)
        if entry is None:
            raise not_found(id)
        if "name" in body and body["name"] is None:
            raise lacking("name")
        refuse_own_parent(base, id, {"parent": Ref("Folder", body["parentId"])} if body.get("parentId") else {})
        payload = read_payload(self.home, step.native, body)
        values = payload.values
        links = self._link(base, payload)
        if base == "File" and body.get("files") is not None:
            values.update(self._file_values(body["files"]))
            payload.data.update(read_files(body["files"]))
        if base == "Folder":
            self._guard_folder(step, entry, values, links)
        shown = {**entry.values, **_scalars(values), **links}
        is_active = entry.is_active if payload.is_active is None else payload.is_active
        before = place_of(base, entry.values) if entry.is_active else None
        now = place_of(base, shown) if is_active else None
        if before != now:
            self.known.move(id, before, now)
        self._keep_data(base, values, entry.values, payload)
        if base == "Folder" and values.get("kind") == (entry.values.get("kind") or entry.ref.type):
            del values["kind"]
        self.known.note(base, id, Entry(entry.ref, {**shown, DATA_FIELD: values.get(DATA_FIELD)}, is_active))
        ref = self.site.ref("Folder", id) if "kind" in values else entry.ref  # it is of another type afterwards
        return self._changes(Entry(ref, entry.values, entry.is_active), values, is_active)

    def _changes(self, entry: Entry, values: Mapping[str, Any], is_active: bool) -> list[Operation]:
        made = [ops.update(entry.ref, values)] if values else []
        if is_active and not entry.is_active:
            return [ops.restore(entry.ref), *made]
        return [*made, ops.delete(entry.ref)] if entry.is_active and not is_active else made

    def _guard_folder(
        self, step: Step, entry: Entry, values: Mapping[str, Any], links: Mapping[str, str | None]
    ) -> None:
        """AYON protects folders in which something was published, and the tree from circles."""
        before = {**entry.values, "kind": entry.values.get("kind") or entry.ref.type}
        now = {**_scalars(values), **links}
        changed = [column for name, column in _FIXED.items() if name in now and now[name] != before.get(name)]
        if changed and not step.force and has_versions(self.home, entry.ref):
            raise Fault(403, f"Cannot change {changed[0]} of a folder with published versions", "forbidden")
        parent = links.get("parent")
        if parent is not None and parent != before.get("parent"):
            target = self.known.get("Folder", parent)
            if target is not None and target.ref in descendants(self.home, entry.ref):
                raise Fault(400, "Folder cannot be moved to one of its descendants", "bad-request")

    def _delete(self, step: Step) -> list[Operation]:
        base, id = step.base, step.entity
        entry = self.known.get(base, id)
        if entry is None:
            raise not_found(id)
        if base == "Folder" and not step.force and has_products(self.home, entry.ref, self._gone):
            detail = "Unable to delete a folder with products or tasks."
            raise Fault(409, detail, "delete-folder-with-children")
        self.known.move(id, place_of(base, entry.values), None)
        self.known.note(base, id, None)
        remember_gone(self.site, entry.ref, id)
        self._gone += [entry.ref] if base == "Product" else []
        return [ops.delete(entry.ref, permanent=True, recursive=True)]

    # ---- its parts

    def _link(self, base: str, payload: Payload) -> dict[str, str | None]:
        """Put the tracker's Refs for AYON's ids; the ids that were there.

        Raises:
            Fault: 409, there is no such record.
        """
        ids: dict[str, str | None] = {}
        for name, ref in payload.parents(base).items():
            target, column, table = PARENTS[base, name]
            if ref is None or ref.type == "Project":
                ids[name] = None
                payload.values[name] = self.home.ref if base == "Folder" else None
                continue
            self.known.load(target, [ref.id])
            found = self.known.get(target, ref.id)
            if found is None:
                raise absent(column, dashed(ref.id), table)
            ids[name] = ref.id
            payload.values[name] = found.ref
        return ids

    def _keep_data(self, base: str, values: dict[str, Any], known: Mapping[str, Any], payload: Payload) -> None:
        if not payload.data:
            return
        before = known.get(DATA_FIELD)
        made = merged(before, payload.data) if known else first(payload.data)
        if made == (before or {}):
            return
        if not self.site.ensure_data(base):
            raise Fault(501, "the tracker behind keeps no data of this kind", "not-implemented")
        values[DATA_FIELD] = made or None

    def _type_name(self, base: str, values: dict[str, Any]) -> str:
        """The type to make: a folder's is its kind, where the tracker has it."""
        if base != "Folder":
            return base
        kind = kind_of(str(values["kind"]))
        if kind in self.site.schema.kinds:
            values["kind"] = values["kind"] if values["kind"] == kind else kind
            return kind
        return "Folder"


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _scalars(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are no links."""
    return {name: value for name, value in values.items() if value.__class__ is not Ref}
