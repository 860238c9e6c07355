"""The projects of a Tracker as AYON's: found by name, with their anatomy, their own attributes and what else AYON keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from trackerkit.filters import Condition, field
from trackerkit.values import Ref
from trackerkit_ayon.gateway.anatomy import Anatomy, default_status, of_tracker
from trackerkit_ayon.gateway.faults import Fault, no_project
from trackerkit_ayon.gateway.rights import check_project
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.names import PROJECT_NAME
from trackerkit_ayon.mapping.rows import Node, Rows

_FEW: Final = 10
_NOT_READ: Final = frozenset({"type", "project"})


class Home:
    """One project, as one request sees it.

    Args:
        site: the tracker.
        ref: of the project.
        name: under which AYON's clients know it.
        record: its neutral values.
        is_active: False for a retired one.
        document: what AYON keeps of it; None for a project that no client of ours made.
    """

    def __init__(
        self,
        site: Site,
        ref: Ref,
        name: str,
        record: Mapping[str, Any],
        is_active: bool,
        document: Mapping[str, Any] | None,
    ) -> None:
        self.site = site
        self.ref = ref
        self.name = name
        self.record = record
        self.is_active = is_active
        self.document = dict(document or {})
        self.context = Context(site.site, name)
        self._anatomy: Anatomy | None = self.document.get("anatomy")
        self._keys: dict[str, str] | None = self.document.get("status_keys")
        self._names: dict[str, str] | None = None
        self._rows: dict[str, tuple[Any, Rows]] = {}

    def rows(self, base: str) -> Rows:
        """The mapping of a type's records."""
        view = self.site.catalog.view(base)
        known = self._rows.get(base)
        if known is None or known[0] is not view:
            known = self._rows[base] = (view, Rows(view, self.context))
        return known[1]

    @property
    def key(self) -> str:
        """The name of its document."""
        return f"project {self.ref.id}"

    def keep(self) -> None:
        """Write the document."""
        self.site.state.put_document(self.site.space, self.key, self.document)

    # ---- definitions

    @property
    def anatomy(self) -> Anatomy:
        """AYON's anatomy of the project."""
        if self._anatomy is None:
            self._anatomy = self._made_anatomy()
        return self._anatomy

    def set_anatomy(self, anatomy: Anatomy, keys: Mapping[str, str]) -> None:
        """Another anatomy, with the tracker's key of each of its statuses; ``keep`` writes it."""
        self._anatomy, self._keys, self._names = anatomy, dict(keys), None
        self.document.update(anatomy=anatomy, status_keys=dict(keys))

    def _made_anatomy(self) -> Anatomy:
        tracker, schema = self.site.tracker, self.site.schema
        found: list[list[dict[str, Any]]] = []
        for name, wanted in _DEFINITIONS.items():
            fields = [item for item in wanted if item in schema.type(name).fields] if name in schema else []
            found.append([item.to_dict() for item in tracker.find(name, fields=fields)] if fields else [])
        return of_tracker(found[0], found[1], schema.kinds, found[2])

    @property
    def status_keys(self) -> Mapping[str, str]:
        """AYON's name of a status → the tracker's own key."""
        if self._keys is None:
            self._keys = status_keys(self.site)
        return self._keys

    def status_key(self, name: str) -> str:
        """The tracker's key of a status."""
        return self.status_keys.get(name, name)

    def known_statuses(self, names: Sequence[str]) -> tuple[str, ...]:
        """The tracker's keys of those of some statuses that there are."""
        known = {*self.status_keys, *self.names_of("statuses")}
        return tuple(self.status_key(name) for name in names if name in known)

    def status_name(self, key: str | None, native: str) -> str:
        """AYON's name of a status; what has none shows the one that AYON would have given it."""
        if key is None:
            return default_status(self.anatomy["statuses"], native)
        if self._names is None:
            self._names = {key: name for name, key in self.status_keys.items()}
        return self._names.get(key, key)

    def names_of(self, what: str) -> list[str]:
        """The names of ``statuses``, ``task_types``, ``folder_types`` or ``tags``."""
        return [item["name"] for item in self.anatomy[what]]

    # ---- attributes

    @property
    def own(self) -> dict[str, Any]:
        """The project's own attributes, from which folders and tasks inherit."""
        found: dict[str, Any] = self.node()["attrib"]
        return found

    def node(self) -> Node:
        """The project as AYON's node."""
        if not hasattr(self, "_node"):
            self._node = self.rows("Project").node({**self.record, "name": self.name})
        return self._node


_DEFINITIONS: Final = {
    "Status": ("name", "code", "color", "icon", "category"),
    "TaskType": ("name", "code", "color", "icon"),
    "Tag": ("name", "color"),
}


def status_keys(site: Site) -> dict[str, str]:
    """Name → key of every status that the tracker defines."""
    schema = site.schema
    if "Status" not in schema:
        return {}
    has_code = "code" in schema.type("Status").fields
    found = site.tracker.find("Status", fields=["name", "code"] if has_code else ["name"])
    made: dict[str, str] = {}
    for item in found:
        made.setdefault(item["name"], (item["code"] if has_code else None) or item["name"])
    return made


# ---- finding them


def project_fields(site: Site) -> list[str]:
    """What is read of a project."""
    places = Rows(site.catalog.view("Project"), Context(site.site)).places
    return [name for name in places if name not in _NOT_READ]


def find_home(site: Site, name: str) -> Home:
    """The project of a name.

    Raises:
        Fault: 404, there is none; 403, the caller has no access to it.
    """
    homes = _read(site, field("name") == name) if name else []
    if not homes and PROJECT_NAME.takes(name):
        refs = [ref for ref, shown in shown_names(site).items() if shown.lower() == name.lower()]
        homes = _read(site, Condition("id", "in", tuple(ref.id for ref in refs[:1]))) if refs else []
    if not homes:
        raise no_project(name)
    check_project(site.state, site.users_space, site.rights, homes[0].name, "read")
    return homes[0]


def every_home(site: Site) -> list[Home]:
    """Every project that the caller has access to, active ones first, by name."""
    found = [home for home in _read(site, None) if may_read(site, home.name)]
    return sorted(found, key=lambda home: (not home.is_active, home.name))


def may_read(site: Site, name: str) -> bool:
    """Whether the caller has access to a project."""
    if site.rights.is_manager:
        return True
    try:
        check_project(site.state, site.users_space, site.rights, name, "read")
    except Fault:
        return False
    return True


def homes_of_ids(site: Site, ids: Collection[str]) -> dict[str, Home]:
    """Some projects, by the tracker's ids."""
    found = _read(site, Condition("id", "in", tuple(ids))) if ids else []
    return {home.ref.id: home for home in found}


def _read(site: Site, condition: Any) -> list[Home]:
    conditions = [] if condition is None else [condition]
    fields = project_fields(site)
    found = list(site.tracker.find("Project", *conditions, fields=fields, state="all", archived=True))
    if not found:
        return []
    retired = retired_ids(site, "Project", [item.ref for item in found])
    names = {} if all(PROJECT_NAME.takes(item["name"]) for item in found) else shown_names(site)
    documents = site.state.list_documents(site.space, "project ") if len(found) > _FEW else None
    made = []
    for item in found:
        key = f"project {item.ref.id}"
        document = site.state.get_document(site.space, key) if documents is None else documents.get(key)
        name = names.get(item.ref, item["name"])
        is_active = item.ref.id not in retired and not item.get("archived")
        made.append(Home(site, item.ref, name, item.to_dict(), is_active, document))
    return made


def shown_names(site: Site) -> dict[Ref, str]:
    """The names of all projects as AYON takes them: no two alike, ignoring case."""
    taken: set[str] = set()
    made: dict[Ref, str] = {}
    found = list(site.tracker.find("Project", fields=["name"], state="all", archived=True))
    for item in sorted(found, key=lambda item: not PROJECT_NAME.takes(item["name"])):
        name = stem = PROJECT_NAME.suggest(item["name"])
        number = 1
        while name.lower() in taken:
            number += 1
            name = f"{stem[:45]}_{number}"
        taken.add(name.lower())
        made[item.ref] = name
    return made


def retired_ids(site: Site, base: str, refs: Sequence[Ref]) -> set[str]:
    """The ids of those of these records that are retired."""
    if not refs or "find.retired" not in site.tracker.backend.capabilities:
        return set()
    condition = Condition("id", "in", tuple(ref.id for ref in refs))
    found = site.tracker.find(base, condition, fields=["id"], state="retired", archived=True)
    return {item.ref.id for item in found}
