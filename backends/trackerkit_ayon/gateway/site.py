"""A Tracker seen as an AYON server: its types with AYON's names, its attributes, the ids of its records.

What AYON has and the neutral model has no place for is kept like this, and why:

- an *attribute* without a neutral field: a native field of the tracker, made when a value is first written, so that it can be
  filtered by and every other gateway shows it; where the tracker makes no fields, in the record's extra document;
- a record's ``data`` beside the neutral fields, ``traits`` and the items of ``files``: one native field ``data`` (JSON), since
  they have no types of their own; else the extra document;
- what a *project* has beside its neutral fields (anatomy, library, data, config): a document of the state. It is read with
  every request on the project, it is AYON's alone, and the definitions in it that are the tracker's too (statuses, task types,
  kinds of folders, tags) are also written to the tracker, where other protocols see them;
- attributes that clients define, and events that clients send: documents of the state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from trackerkit.errors import TrackerError
from trackerkit.gateway.ids import Ids, StoreIds
from trackerkit.gateway.sessions import Caller
from trackerkit.gateway.shaped.backend import ShapedBackend
from trackerkit.schema import EntityType, Schema
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.values import Ref
from trackerkit_ayon.gateway.attributes import (
    DATA_FIELD,
    Attribute,
    every_attribute,
    field_type,
    in_scope,
    inheritable,
    native_view,
)
from trackerkit_ayon.gateway.rights import Rights, rights_of, space_of
from trackerkit_ayon.gateway.sent import Book
from trackerkit_ayon.mapping.names import TYPES
from trackerkit_ayon.schema import attribute_name

_HEX: Final = re.compile(r"[0-9a-f]{32}")
NO_ID: Final = "0" * 32
"""The id of what AYON cannot do without and the tracker has not: the folder of a task that hangs on the project."""


_NAMED: Final = frozenset({"User", "Group"})


_NEEDED: Final = (("Folder", "uid"), ("Folder", "path"), ("Product", "parent"), ("Version", "product"))


def lacks(tracker: Tracker) -> str:
    """What AYON cannot do without and a tracker has not; empty for nothing."""
    schema = tracker.backend.schema()
    missing = (f"{base}.{name}" for base, name in _NEEDED if base not in schema or name not in schema.type(base).fields)
    return ", ".join(missing)


class Catalog:
    """One schema of a tracker as AYON's types and attributes.

    Args:
        schema: of the tracker.
        defined: the attributes that clients defined.
    """

    def __init__(self, schema: Schema, defined: Mapping[str, Attribute]) -> None:
        self.schema = schema
        self.defined = defined
        self.attributes = every_attribute(schema, defined)
        self.by_name = {item["name"]: item for item in self.attributes}
        self.inheritable = inheritable(self.attributes)
        self._views: dict[str, EntityType] = {}
        self._native: Schema | None = None
        self._scopes: dict[str, dict[str, Mapping[str, Any]]] = {}

    def view(self, base: str) -> EntityType:
        """A neutral type as ``mapping`` wants it."""
        found = self._views.get(base)
        if found is None:
            found = self._views[base] = native_view(self.schema, base)
        return found

    @property
    def native_schema(self) -> Schema:
        """The types that AYON has, as ``mapping`` wants them, and the kinds of folders."""
        if self._native is None:
            views = [self.view(name) for name in TYPES if name in self.schema]
            self._native = Schema([*views, *(self.schema.type(name) for name in self.schema.kinds)], backend="ayon")
        return self._native

    def scope(self, native: str) -> dict[str, Mapping[str, Any]]:
        """The ``data`` of the attributes of one of AYON's types, by name."""
        found = self._scopes.get(native)
        if found is None:
            found = self._scopes[native] = in_scope(self.attributes, native)
        return found


class Shared:
    """What all requests of a gateway share: catalogs, ids, locks.

    Args:
        state: of the gateway.
        make_index: makes what counts the events of a site.
    """

    def __init__(self, state: State, make_index: Callable[[], Any] = dict) -> None:
        self.state = state
        self._catalogs: list[Catalog] = []
        self._ids: WeakKeyDictionary[Tracker, Ids] = WeakKeyDictionary()
        self._locks: dict[tuple[str, str], Lock] = {}
        self._indexes: dict[str, Any] = {}
        self._books: dict[str, Book] = {}
        self._make_index = make_index
        self._lock = Lock()

    def catalog(self, schema: Schema, defined: Mapping[str, Attribute]) -> Catalog:
        """The catalog of a schema, made once."""
        for known in self._catalogs:
            if known.schema is schema and known.defined == defined:
                return known
        made = Catalog(schema, defined)
        with self._lock:
            self._catalogs = [made, *self._catalogs[:7]]
        return made

    def ids(self, tracker: Tracker) -> Ids:
        """The ids of a tracker's records, with what is known of them already."""
        found = self._ids.get(tracker)
        if found is None:
            found = self._ids[tracker] = StoreIds(tracker)
        return found

    def index(self, site: str) -> Any:
        """What counts the events of a site."""
        with self._lock:
            if site not in self._indexes:
                self._indexes[site] = self._make_index()
            return self._indexes[site]

    def book(self, site: str) -> Book:
        """The events that clients sent, as far as they were read."""
        with self._lock:
            return self._books.setdefault(site, Book())

    def lock(self, site: str, project: str) -> Lock:
        """Held while a project's names are checked and written."""
        with self._lock:
            return self._locks.setdefault((site, project), Lock())


class Site:
    """One Tracker, as one request sees it.

    Args:
        tracker: the caller's own.
        shared: by all requests.
        caller: who asks.
    """

    def __init__(self, tracker: Tracker, shared: Shared, caller: Caller) -> None:
        self.tracker = tracker
        self.shared = shared
        self.state = shared.state
        self.caller = caller
        self.site = tracker.backend.site
        self.space = f"ayon {self.site}"[:100]
        self.ids = shared.ids(tracker)
        self._catalog: Catalog | None = None
        self._names: dict[tuple[str, str], str] = {}
        self._rights: Rights | None = None

    @property
    def schema(self) -> Schema:
        """The tracker's schema as it is now."""
        return self.tracker.backend.schema()

    @property
    def catalog(self) -> Catalog:
        """The schema in AYON's terms."""
        schema = self.schema
        if self._catalog is None or self._catalog.schema is not schema:
            self._catalog = self.shared.catalog(schema, self.defined_attributes())
        return self._catalog

    @property
    def rights(self) -> Rights:
        """What the caller may do."""
        if self._rights is None:
            key = self.caller.key
            is_script = key.kind == "script" and key.login is None and self.caller.acting_as is None
            self._rights = rights_of(self.state, self.users_space, self.login, is_script)
        return self._rights

    @property
    def users_space(self) -> str:
        """The space of the documents about users."""
        return space_of(self.space)

    @property
    def login(self) -> str:
        """The name under which the caller writes."""
        return self.caller.user or self.caller.name

    # ---- attributes

    def defined_attributes(self) -> dict[str, Attribute]:
        """The attributes that clients defined, by name."""
        return dict(self.state.get_document(self.space, "attributes") or {})

    def define_attributes(self, defined: Mapping[str, Attribute]) -> None:
        """Keep the attributes that clients defined."""
        self.state.put_document(self.space, "attributes", dict(defined))
        self._catalog = None

    def lacks(self) -> str:
        """What AYON cannot do without and the tracker has not; empty for nothing.

        Folders of all kinds must share one space of ids, paths must be at hand, versions must lie in products.
        """
        return lacks(self.tracker)

    @property
    def is_shaped(self) -> bool:
        """Whether AYON's shape is worked out here, for a tracker that has another."""
        return isinstance(self.tracker.backend, ShapedBackend)

    @property
    def every_link(self) -> bool:
        """Whether links can lead to retired records too, as AYON's do."""
        return "find.retired_links" in self.tracker.backend.capabilities

    def has_field(self, base: str, name: str) -> bool:
        """Whether a type has a field of its own for something."""
        return base in self.schema and name in self.schema.type(base).fields

    def ensure_field(self, base: str, name: str, data_type: str, label: str = "") -> bool:
        """Make a native field unless it is there; False when the tracker makes none of that name."""
        if self.has_field(base, name):
            return True
        if "schema.field" not in self.tracker.backend.capabilities:
            return False
        try:
            self.tracker.schema.create_field(base, name, data_type, label=label or name)
        except TrackerError:
            return self.has_field(base, name)
        self._catalog = None
        return self.has_field(base, name)

    def ensure_attribute(self, base: str, name: str) -> bool:
        """Make the native field of an attribute that no neutral field stands for."""
        attribute = self.catalog.by_name.get(name)
        if attribute is None or attribute_name(name) != name:
            return False
        known = self.schema.type(base).fields.get(name)
        if known is not None:
            return known.custom
        return self.ensure_field(base, name, field_type(attribute), str(attribute["data"].get("title") or name))

    def ensure_data(self, base: str) -> bool:
        """Make the native field that holds AYON's ``data``."""
        return self.ensure_field(base, DATA_FIELD, "json", "Data")

    # ---- ids

    def hexes(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """AYON's ids of records: their own where those are such; a user's and a group's are their names."""
        wanted = list(dict.fromkeys(refs))
        named = [ref for ref in wanted if self._is_named(ref)]
        made = dict(zip(named, self.names(named)))  # noqa: B905 - Python 3.10, same length
        made.update((ref, ref.id) for ref in wanted if ref not in made and _HEX.fullmatch(ref.id))
        others = [ref for ref in wanted if ref not in made]
        made.update(
            (ref, found or NO_ID)
            for ref, found in zip(others, self.ids.hexes(others))  # noqa: B905 - same length
        )
        return made

    def _is_named(self, ref: Ref) -> bool:
        """Whether AYON knows a record by its name: a user, of whatever kind, or a group."""
        return ref.type in _NAMED or self.schema.is_a(ref.type, "User")

    def ref(self, base: str, id: str) -> Ref:
        """A Ref by AYON's id, which the tracker itself resolves.

        For what has just been made too; whether there is such a record shows when it is used.
        """
        return Ref(base, id, site=self.site)

    def refs(self, base: str, ids: Sequence[str]) -> list[Ref]:
        """Refs by AYON's ids; what there is not is left out."""
        found = self.ids.refs_of_hexes(base, list(dict.fromkeys(ids)))
        return [ref for ref in found if ref is not None]

    def names(self, refs: Sequence[Ref]) -> list[str]:
        """The names of users and groups, by which AYON knows them."""
        missing = [ref for ref in refs if (ref.type, ref.id) not in self._names]
        if missing:
            found = self.tracker.backend.fetch(missing, ["name"], "all")
            for ref in missing:
                self._names[ref.type, ref.id] = str(found.get(ref, {}).get("name") or ref.label or ref.id)
        return [self._names[ref.type, ref.id] for ref in refs]

    def users_of_names(self, names: Sequence[str]) -> dict[str, Ref]:
        """The users of these names, as far as the tracker has them."""
        from trackerkit.filters import field

        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        found = self.tracker.find("User", field("name").is_in(wanted), fields=["name"], state="all")
        return {item["name"]: item.ref for item in found}
