"""ShotgridBackend: a ShotGrid site spoken to in neutral terms. Wiring only."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path as FilePath
from typing import IO, Any, ClassVar, Final

from trackerkit.backend import Backend, Check, Explanation, Me, Notify
from trackerkit.capabilities import Capabilities, cannot, never
from trackerkit.clock import SYSTEM, Clock
from trackerkit.config import Address, Profile
from trackerkit.entities import Page
from trackerkit.errors import ConfigurationError, InvalidInputError, NotFoundError, UnsupportedError
from trackerkit.evaluate import Record
from trackerkit.events import Cursor, Event
from trackerkit.model import neutral_schema
from trackerkit.operations import Operation, Result
from trackerkit.query import Path, Query
from trackerkit.schema import Schema, SchemaChange
from trackerkit.values import Attachment, Image, Ref
from trackerkit_shotgrid import transfers
from trackerkit_shotgrid.auth import credentials
from trackerkit_shotgrid.backend.altering import change_schema, checks, who
from trackerkit_shotgrid.backend.beyond import BEYOND, check_read, check_schema, check_writes
from trackerkit_shotgrid.backend.log import Log
from trackerkit_shotgrid.backend.lookups import Lookups
from trackerkit_shotgrid.backend.reading import Reader
from trackerkit_shotgrid.backend.writing import Writer
from trackerkit_shotgrid.client import Client
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.mapping.bindings import Binding
from trackerkit_shotgrid.mapping.values import Links
from trackerkit_shotgrid.schema import SiteSchema, read_schema

_PYTHON_API: Final = "https://developers.shotgridsoftware.com/python-api/reference.html"
_ENTITIES: Final = "https://developers.shotgridsoftware.com/python-api/cookbook/usage_tips.html"

MARKS: Final = {
    "cascade": cannot(
        "ShotGrid retires a record and, but for a Shot's Versions, leaves what hangs on it",
        "delete with recursive=True",
    ),
    "batch.restore": never("a ShotGrid batch creates, updates and deletes", _PYTHON_API, "restore one by one"),
    "delete.permanent": never(
        "ShotGrid retires records and deletes none", _PYTHON_API, "delete without permanent=True"
    ),
    "find.retired_links": cannot(
        "a link to a retired record reads as empty on a site", 'find(…, state="retired") gives such records themselves'
    ),
    "inherited": cannot("a ShotGrid record has its own values only"),
    "links.order": cannot("ShotGrid keeps no order in multi-entity fields", "a Playlist's items have one"),
    "schema.type": cannot(
        "custom entities are switched on in a site's preferences", "ask an administrator of the site for a CustomEntity"
    ),
    "schema.kind": cannot(
        "custom entities are switched on in a site's preferences", "ask an administrator of the site for a CustomEntity"
    ),
}
TYPE_MARKS: Final = {
    "Product": never("ShotGrid has Versions and PublishedFiles, and nothing that holds them together", _ENTITIES),
    "Workfile": never("ShotGrid has no record of work files", _ENTITIES),
    "Link": never("ShotGrid's links are multi-entity fields of the records themselves", _ENTITIES),
}
_NO_FIELDS: Final = cannot("the site takes no new fields", "make them in the tracker behind it")
_NO_ENTRIES: Final = cannot("the site's log takes no entries of scripts", "write them in the tracker behind it")
_NO_KEY: Final = cannot("the site has no field sg_trackerkit_key", "trackerkit doctor --prepare makes it")

_CAPABILITIES: Final = Capabilities(MARKS, TYPE_MARKS, BEYOND)
"""What a site can do as far as is known before its schema was read."""

_epochs: Iterator[int] = count(1)


@dataclass(frozen=True)
class _Room:
    """What belongs to one reading of the site's schema."""

    site: SiteSchema
    capabilities: Capabilities
    reacher: Reacher
    reader: Reader
    writer: Writer
    log: Log


def _capabilities_of(site: SiteSchema) -> Capabilities:
    """What a site can do by its schema: whether creates can be repeated, fields be made, and which types are there."""
    marks, types = dict(MARKS), dict(TYPE_MARKS)
    if not any("uid" in binding.fields for binding in site.natives.values()):
        marks["create.key"] = _NO_KEY
    if not site.can_add_fields:
        marks["schema.field"] = _NO_FIELDS
    if "Event" not in site.schema or not site.schema.types["Event"].append_only:
        marks["events.write"] = _NO_ENTRIES
    lacking = (name for name in neutral_schema().types if name not in site.schema and name not in types)
    types.update((name, cannot(f"the site has no {name}", "ask an administrator of the site")) for name in lacking)
    return Capabilities(marks, types, BEYOND)


class ShotgridBackend(Backend):
    """A ShotGrid site.

    Args:
        client: calls it.
        site: its name in Refs: the lower-case ``host[:port]``.
        overrides: ``"Shot.frame_start"`` → the native field that it is here, where it is not the usual one.
        clock: waits.
    """

    scheme: ClassVar[str] = "shotgrid"
    title: ClassVar[str] = "ShotGrid"

    def __init__(
        self, client: Client, site: str, overrides: dict[str, str] | None = None, clock: Clock = SYSTEM
    ) -> None:
        self.client = client
        self._site = site
        self._overrides = overrides or {}
        self._clock = clock
        self._links = Links(site)
        self._lock = threading.RLock()
        self._room: _Room | None = None
        self._roots: list[str] | None = None
        self._ahead = ThreadPoolExecutor(4, thread_name_prefix="trackerkit-shotgrid")

    @classmethod
    def open(cls, address: Address, profile: Profile) -> ShotgridBackend:
        """The site of an address; nothing is requested yet.

        Raises:
            ConfigurationError: for settings that cannot be used.
        """
        if not address.url:
            raise ConfigurationError(
                "a ShotGrid site's address names its host", hint="shotgrid+https://studio.example", backend=cls.scheme
            )
        hosts = profile.get("storage_hosts") or ()
        hosts = [host.strip() for host in hosts.split(",")] if isinstance(hosts, str) else hosts
        client = Client(
            address.url,
            credentials(profile),
            timeout_s=_timeouts(profile),
            storage_hosts=tuple(hosts),
        )
        fields = profile.settings.get("fields") or {}
        if not isinstance(fields, dict):
            raise ConfigurationError("fields is a table of neutral fields → ShotGrid's", backend=cls.scheme)
        return cls(client, address.site, {str(key): str(value) for key, value in fields.items()})

    # --- what it is ----------------------------------------------------------------------------------------------

    @property
    def site(self) -> str:
        return self._site

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]
        """What this site can do; whether creates can be repeated, its schema says."""
        room = self._room
        return room.capabilities if room is not None else _CAPABILITIES

    def close(self) -> None:
        self._ahead.shutdown(wait=False, cancel_futures=True)
        self.client.close()

    def me(self) -> Me:
        return who(self.client, self._links)

    # --- schema --------------------------------------------------------------------------------------------------

    def schema(self, project: Ref | None = None) -> Schema:
        return self._rooms().site.schema

    def _rooms(self) -> _Room:
        room = self._room
        if room is None:
            with self._lock:
                room = self._room
                if room is None:
                    room = self._room = self._furnish(self._read_schema())
        return room

    def _read_schema(self) -> SiteSchema:
        fields = self.client.call("schema_read", safe=True)
        entities = self.client.call("schema_entity_read", safe=True)
        statuses: list[Any] = []
        if "Status" in fields:
            argument = {
                "type": "Status",
                "return_fields": ["code", "name"],
                "filters": self.client.translated([]),
                "return_only": "active",
                "paging": {"entities_per_page": self.client.page_size, "current_page": 1},
            }
            statuses = self.client.read(argument)["entities"]
        return read_schema(fields, entities, statuses, overrides=self._overrides, epoch=next(_epochs))

    def _furnish(self, site: SiteSchema) -> _Room:
        reacher = Reacher(site, self._links)
        reader = Reader(self.client, reacher, self.fetch, self.read, self._ahead)
        lookups = Lookups(self.client, reacher, self.fetch, self._storage_roots)
        marks = Capabilities(MARKS, TYPE_MARKS)
        writer = Writer(self.client, reacher, marks, self._clock, lookups, reader.deriver.hanging)
        return _Room(site, _capabilities_of(site), reacher, reader, writer, Log(self.client, site, self._links))

    def change_schema(self, change: SchemaChange) -> str:
        if change.action == "create_type":
            is_kind = change.entity_type is not None and change.entity_type.base == "Folder"
            raise self.unsupported("schema.kind" if is_kind else "schema.type")
        check_schema(change)
        made = change_schema(self.client, self._rooms().site, change)
        with self._lock:
            self._room = None
        if change.action != "create_field":
            return change.name
        native = self._rooms().site.types[change.type].natives.get(made)
        return native.field.name if native is not None else made

    # --- reading -------------------------------------------------------------------------------------------------

    def read(self, query: Query) -> Iterator[Page]:
        check_read(query.type)
        return self._rooms().reader.pages(query)

    def count(self, query: Query) -> int:
        return self._rooms().reader.count(query)

    def summarize(self, query: Query, wanted: Sequence[tuple[Path, str]], levels: Sequence[Any]) -> Any:
        return self._rooms().reader.summarize(query, wanted, levels)

    def explain(self, query: Query) -> Explanation:
        return self._rooms().reader.explain(query)

    def fetch(
        self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active", *, retired_links: bool = False
    ) -> dict[Ref, Record]:
        if retired_links:
            self.capabilities.require("find.retired_links", self.scheme)
        types = self._rooms().site.types
        # The project says nothing about where a ShotGrid record is: its id is enough.
        known = [ref for ref in refs if ref.type in types and types[ref.type].native]
        bare = {ref: ref.replace(project=None) if ref.project is not None else ref for ref in known}
        found = super().fetch(list(bare.values()), fields, state)
        return {ref: found[key] for ref, key in bare.items() if key in found}

    # --- writing -------------------------------------------------------------------------------------------------

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        check_writes(operations)
        return self._rooms().writer.write(operations, atomic)

    def _storage_roots(self) -> list[str]:
        """The folders of the site's local storages, on every platform."""
        if self._roots is None:
            fields = [f"{name}_path" for name in ("linux", "mac", "windows")]
            rows: list[dict[str, Any]] = []
            if "LocalStorage" in self._rooms().site.natives:
                argument = {
                    "type": "LocalStorage",
                    "return_fields": fields,
                    "filters": self.client.translated([]),
                    "return_only": "active",
                    "paging": {"entities_per_page": self.client.page_size, "current_page": 1},
                }
                rows = self.client.read(argument)["entities"]
            self._roots = [row[field] for row in rows for field in fields if row.get(field)]
        return self._roots

    # --- files ---------------------------------------------------------------------------------------------------

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        native, number = self._native(ref)
        binding = self._file_field(ref, field_name)
        if binding is not None and binding.data_type == "image":
            if binding.native not in ("image", "filmstrip_image"):
                raise UnsupportedError(f"{binding.field.name} is made by the site", backend=self.scheme)
            place = transfers.Place(native, number, binding.native)
            return transfers.upload_thumbnail(self.client, place, source, filename=filename, on_progress=on_progress)
        place = transfers.Place(native, number, binding.native if binding is not None else None)
        return transfers.upload_file(self.client, place, source, filename=filename, on_progress=on_progress)

    def _file_field(self, ref: Ref, name: str | None) -> Binding | None:
        """Where a file goes; None for a plain attachment, which is not the default of a Version alone."""
        fields = self._rooms().site.types[ref.type].fields
        if name is None:
            return fields.get("reviewables") if ref.type == "Version" else None
        if name == "attachments":
            return None
        found = fields.get(self.schema().field(ref.type, name).name)
        if found is None or found.data_type not in ("url", "image"):
            raise InvalidInputError(f"{ref.type}.{name} takes no file", hint="leave the field out", backend=self.scheme)
        return found

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: FilePath | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        native, number = self._native(ref)
        if ref.type == "Attachment" and field_name in (None, "url"):
            return transfers.download_attachment(self.client, number, target, on_progress)
        binding = self._file_field(ref, field_name) if ref.type != "Reviewable" else None
        field = binding.native if binding is not None else transfers.MOVIE
        if binding is None and ref.type != "Reviewable":
            raise InvalidInputError(
                f"which file of {ref}?", hint="name the field, or give the Attachment itself", backend=self.scheme
            )
        row = transfers.read_one(self.client, native, number, [field])
        if binding is not None and binding.data_type == "image":
            return transfers.download_image(self.client, row.get(field), target, on_progress, str(ref))
        return transfers.download_link(self.client, row.get(field), target, on_progress, str(ref))

    def _native(self, ref: Ref) -> tuple[str, int]:
        """ShotGrid's type and id of a record."""
        types = self._rooms().site.types.get(ref.type)
        number = self._links.number_of(ref)
        if types is None or not types.native or number < 0:
            raise NotFoundError(f"there is no {ref.type} {ref.id} on a ShotGrid site", backend=self.scheme, sent="no")
        return types.native, number

    # --- events --------------------------------------------------------------------------------------------------

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        return self._rooms().log.read(after, limit, types, project)

    def last_cursor(self) -> Cursor | None:
        return self._rooms().log.last()

    # --- the rest ------------------------------------------------------------------------------------------------

    def acting_as(self, login: str) -> Backend:
        return ShotgridBackend(self.client.acting_as(login), self._site, self._overrides, self._clock)

    def web_url(self, ref: Ref) -> str:
        native, number = self._native(ref)
        return f"{self.client.url}/detail/{native}/{number}"

    @property
    def native(self) -> Any:
        return self.client.vendor

    def checks(self, prepare: bool = False) -> Iterable[Check]:
        made = list(checks(self.client, self._rooms().site, self._links, prepare))
        if prepare:
            with self._lock:
                self._room = None
        return made


def _timeouts(profile: Profile) -> tuple[float, float]:
    """Seconds to connect and seconds without a byte."""
    given = profile.get("timeout_s")
    if given is None:
        return (10.0, 60.0)
    try:
        found = [float(part) for part in (given if isinstance(given, (list, tuple)) else str(given).split(","))]
    except ValueError:
        found = []
    if len(found) not in (1, 2) or not all(part > 0 for part in found):
        raise ConfigurationError(f"timeout_s is one or two numbers of seconds, not {given!r}", backend="shotgrid")
    return found[0], found[-1]
