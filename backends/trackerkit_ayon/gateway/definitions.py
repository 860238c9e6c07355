"""A project's definitions in the tracker: statuses, task types, kinds of folders and tags, made where it lacks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.errors import TrackerError
from trackerkit.filters import field
from trackerkit.operations import Operation
from trackerkit_ayon.gateway.anatomy import Anatomy
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.mapping.names import kind_of, native_of

_LISTS: Final = {"statuses": "Status", "task_types": "TaskType", "tags": "Tag"}
_VALUES: Final = {
    "Status": {"color": "color", "icon": "icon", "category": "state"},
    "TaskType": {"code": "shortName", "color": "color", "icon": "icon"},
    "Tag": {"color": "color"},
}  # fmt: skip
_NEEDED: Final[Mapping[str, tuple[str, str, Sequence[str]]]] = {
    "folder_types": ("folder type", "kind", ("Folder",)), "task_types": ("task type", "type", ("Task",)),
    "statuses": ("status", "status", ("Folder", "Task", "Product", "Version", "File", "Workfile")),
}  # fmt: skip


def apply_anatomy(home: Home, anatomy: Anatomy, renames: Mapping[str, Mapping[str, str]]) -> None:
    """Make an anatomy a project's own: the tracker gets what it lacks, the project's document the whole.

    Args:
        home: the project.
        anatomy: complete.
        renames: old name → new name of ``statuses`` and ``task_types``; a status keeps its key in the tracker.
    """
    site = home.site
    keys = dict(home.status_keys)
    for old, new in renames.get("statuses", {}).items():
        if old in keys:
            keys[new] = keys.pop(old)
    known = _known(site)
    made: list[Operation] = []
    for name, type_name in _LISTS.items():
        if type_name in site.schema:
            made += _missing(site, type_name, anatomy[name], known[type_name], keys)
    site.tracker.write(made)
    make_kinds(site, [item["name"] for item in anatomy["folder_types"]])
    names = [item["name"] for item in anatomy["statuses"]]
    home.set_anatomy(anatomy, {name: keys.get(name, name) for name in names})
    _rename_task_types(home, renames.get("task_types", {}))
    home.keep()


def check_left(home: Home, anatomy: Anatomy, renames: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse an anatomy that lacks what the project cannot do without: one of each, and whatever its records have.

    Raises:
        Fault: 400, an empty list; 409, a type or a status of some record is not in it.
    """
    for name, (said, column, bases) in _NEEDED.items():
        kept = [item["name"] for item in anatomy[name]]
        if not kept:
            raise Fault(400, f"Project must have at least one {said}", "bad-request")
        gone = set(home.names_of(name)) - set(kept) - set(renames.get(name, {}))
        for old in sorted(gone):
            values = {"statuses": (home.status_key(old),), "folder_types": (old, kind_of(old))}.get(name, (old,))
            for base in bases:
                if base in home.site.schema and _is_used(home, base, column, values):
                    table = f"{native_of(base).name}s"
                    detail = f"{said} '{old}' is still referenced from table \"{table}\"."
                    raise Fault(409, detail, "foreign-key-violation")


def _is_used(home: Home, base: str, column: str, values: Sequence[str]) -> bool:
    found = home.site.tracker.find(
        base, field(column).is_in(values), fields=["id"], state="all", archived=True, project=home.ref, limit=1
    )
    return next(iter(found), None) is not None


def _known(site: Site) -> dict[str, dict[str, Any]]:
    """What the tracker has: name → record's code."""
    found: dict[str, dict[str, Any]] = {}
    for type_name in _LISTS.values():
        if type_name in site.schema:
            fields = [name for name in ("name", "code") if name in site.schema.type(type_name).fields]
            found[type_name] = {item["name"]: item.get("code") for item in site.tracker.find(type_name, fields=fields)}
    return found


def _missing(
    site: Site, type_name: str, items: Sequence[Mapping[str, Any]], known: Mapping[str, Any], keys: dict[str, str]
) -> list[Operation]:
    fields = site.schema.type(type_name).fields
    codes = {code for code in known.values() if code}
    # A site's own statuses are AYON's too where they differ but in case: it is the site's people who see them.
    alike = {name.lower(): name for name in known} if site.is_shaped and type_name == "Status" else {}
    made = []
    for item in items:
        name = item["name"]
        there = alike.get(name.lower(), name)
        if there in known or (type_name == "Status" and name in keys):
            keys.setdefault(name, known.get(there) or there) if type_name == "Status" else None
            continue
        writable = {name for name, known_field in fields.items() if not known_field.read_only}
        values = {to: item.get(key) for to, key in _VALUES[type_name].items() if to in writable and item.get(key)}
        if type_name == "Status":
            # The code is what the tracker keeps in a record; it has to be the status's alone.
            short = item.get("shortName")
            code = short if short and short not in codes else name
            codes.add(code)
            keys[name] = code if "code" in fields else name
            values.update({"code": code} if "code" in fields else {})
        made.append(ops.create(type_name, {"name": name, **values}))
    return made


def make_kinds(site: Site, names: Sequence[str]) -> None:
    """The kinds of folders that the tracker lacks, where it lets us make them."""
    kinds = set(site.schema.kinds)
    for name in names:
        kind = kind_of(name)
        if kind in kinds or kind == "Folder" or kind in site.schema or not kind.isidentifier():
            continue
        if "schema.kind" not in site.tracker.backend.capabilities:
            return
        try:
            site.tracker.schema.create_type(kind, kind_of="Folder", label=name)
        except TrackerError:
            continue


def _rename_task_types(home: Home, renames: Mapping[str, str]) -> None:
    tracker = home.site.tracker
    for old, new in renames.items():
        found = tracker.find("Task", field("type") == old, fields=["id"], state="all", archived=True, project=home.ref)
        tracker.write([ops.update(item.ref, {"type": new}) for item in found])
