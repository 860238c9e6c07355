"""AyonBackend: an AYON server, spoken to in neutral terms. Wiring only; the work is done in the rooms beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timezone, tzinfo
from pathlib import Path
from typing import IO, Any, ClassVar, Final
from urllib.parse import quote

from trackerkit.backend import Backend, Check, Explanation, Me, Notify
from trackerkit.capabilities import Capabilities, cannot
from trackerkit.config import Address, Profile
from trackerkit.entities import Page
from trackerkit.errors import ConfigurationError, MissingExtraError, NotFoundError, UnsupportedError
from trackerkit.evaluate import Record
from trackerkit.events import Cursor, Event
from trackerkit.operations import Operation, Result
from trackerkit.query import Query
from trackerkit.schema import Schema, SchemaChange
from trackerkit.values import Attachment, Image, Ref
from trackerkit_ayon.auth import from_profile
from trackerkit_ayon.backend.attributes import Attributes
from trackerkit_ayon.backend.checks import checks
from trackerkit_ayon.backend.comments import Comments
from trackerkit_ayon.backend.files import Files
from trackerkit_ayon.backend.following import Following
from trackerkit_ayon.backend.linking import Linking
from trackerkit_ayon.backend.people import People
from trackerkit_ayon.backend.reading import Reading
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.writing import Writing
from trackerkit_ayon.client import AyonClient
from trackerkit_ayon.mapping.names import base_of, native_of

_MARKS: Final = {
    "schema.type": cannot("AYON has no entity types but its own", 'kind_of="Folder" makes a kind of folder'),
    "cascade": cannot("retiring a record leaves what hangs on it as it is"),
}
_NO_FIELDS: Final = {
    "schema.field": cannot(
        "the server takes a new attribute only after a restart, and nobody said that it may be restarted",
        "connect with may_restart=True; or make it in AYON's settings, restart, reconnect",
    ),
}
_TYPES: Final = {
    "TimeLog": cannot("AYON keeps no times that were worked"),
    "Revision": cannot("AYON keeps no revisions of code"),
}
_DATA_TYPES: Final = dict.fromkeys(
    ("percent", "currency", "date", "duration", "timecode", "color", "uuid", "url", "link", "links"),
    cannot(
        "AYON's attributes know no such type; those that trackerkit makes say of which it is, and nobody said that the server "
        "may be restarted", "connect with may_restart=True",
    ),
)  # fmt: skip


class AyonBackend(Backend):
    """One AYON server.

    Settings: ``api_key``, or ``user`` and ``password``, or ``token``; ``acting_as`` (a service acts as a user); ``timezone``
    (whose midnight stands for a date; UTC by default); ``sender`` (a mark on the events of what is written); ``may_restart``
    (true: a change of fields restarts the server, which takes attributes only then); ``verify``, ``storage_hosts``,
    ``timeout_s``.
    """

    scheme: ClassVar[str] = "ayon"
    title: ClassVar[str] = "AYON"
    capabilities = Capabilities({**_NO_FIELDS, **_MARKS}, _TYPES, data_types=_DATA_TYPES)

    def __init__(self, client: AyonClient, site: str, zone: tzinfo, may_restart: bool = False) -> None:
        self._site, self._zone, self._client, self._may_restart = site, zone, client, may_restart
        if may_restart:
            self.capabilities = Capabilities(_MARKS, _TYPES)
        self._server = Server(client, site, zone)
        self._reading = Reading(self._server)
        self._writing = Writing(self._server, self._reading)
        self._following = Following(self._server, self._reading.look_up)
        people = People(self._server)
        self._files = Files(self._server, self._reading, Comments(self._server, self._reading, people))

    @classmethod
    def open(cls, address: Address, profile: Profile) -> AyonBackend:
        """The server of an address, with the credentials of a profile; sends nothing."""
        client = AyonClient(address.url, from_profile(profile), **_http_settings(profile))
        may_restart = str(profile.get("may_restart") or "").lower() in ("true", "1", "yes")
        return cls(client, address.site, _zone(str(profile.get("timezone") or "")), may_restart)

    @property
    def site(self) -> str:
        return self._site

    def close(self) -> None:
        self._server.close()

    # ---- reading

    def schema(self, project: Ref | None = None) -> Schema:
        return self._server.schema(project.id if project is not None else None)

    def read(self, query: Query) -> Iterator[Page]:
        if base_of(query.type) == "Event":
            return self._following.pages(query)
        return self._reading.read(query)

    def fetch(
        self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active", *, retired_links: bool = False
    ) -> dict[Ref, Record]:
        return self._reading.fetch(refs, fields, state, retired_links)

    def explain(self, query: Query) -> Explanation:
        if base_of(query.type) == "Event":
            return Explanation(
                "ayon", "", repr(query.filter), notes=("every event is read, and the query answered here",)
            )
        return self._reading.explain(query)

    def me(self) -> Me:
        found = self._server.me()
        data = found.get("data") or {}
        rights = {name: bool(data.get(key)) for name, key in _RIGHTS.items()}
        return Me(found["name"], self._server.context(None).user(found["name"]), rights)

    # ---- writing

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        return self._writing.write(operations, atomic=atomic)

    def change_schema(self, change: SchemaChange) -> str:
        """Fields, where the server may be restarted; and kinds of Folder: a project gets one with its first such folder."""
        wanted = change.entity_type
        if change.action == "create_type" and wanted is not None and wanted.base == "Folder":
            self._server.add_kind(change.type)
            return change.type
        if change.action == "create_type":
            raise self.unsupported("schema.type")
        if not self._may_restart:
            raise self.unsupported("schema.field")
        return Attributes(self._server).change(change)

    # ---- files

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        return self._files.upload(self._placed(ref), field_name, source, filename, on_progress)

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: Path | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        return self._files.download(self._placed(ref), field_name, target, value, on_progress)

    def _placed(self, ref: Ref) -> Ref:
        """The Ref with its project, which AYON needs for everything."""
        if ref.project is not None or base_of(ref.type) in ("User", "Project"):
            return ref
        found = self._reading.fetch([ref], ["id"], "all").get(ref)
        if found is None:
            raise NotFoundError(f"there is no {ref.type} {ref.id} at {self._site}", backend="ayon")
        made: Ref = found["ref"]
        return made

    # ---- events

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        return self._following.read(after, limit, types, project)

    def event_pages(
        self, after: Cursor | None, *, limit: int | None = None, types: Sequence[str] = (), project: Ref | None = None
    ) -> Iterator[list[Event]]:
        return self._following.pages_behind(after, limit, types, project)

    def last_cursor(self) -> Cursor | None:
        return self._following.last()

    # ---- the rest

    def acting_as(self, login: str) -> AyonBackend:
        """The same server as another user: AYON lets a service do that, and says nothing to anyone else who tries."""
        me = self._server.me()
        if not (me.get("data") or {}).get("isService") and not self._client.credentials.acting_as:
            raise UnsupportedError(
                f"{me['name']} is no service, and AYON lets only a service act as another user",
                hint="connect with a service's API key",
                backend="ayon",
            )
        if People(self._server).known(login) is None:
            raise NotFoundError(f"there is no user {login!r} at {self._site}", backend="ayon")
        return AyonBackend(self._client.acting_as(login), self._site, self._zone, self._may_restart)

    def web_url(self, ref: Ref) -> str:
        ref = self._placed(ref)
        base = base_of(ref.type)
        if base == "Project":
            return f"{self._client.url}/projects/{quote(ref.id)}/overview"
        if base == "User":
            return f"{self._client.url}/settings/users?name={quote(ref.id)}"
        page = "lists" if base == "Playlist" else "products" if base in ("Product", "Version", "File") else "overview"
        native = native_of(base).name
        name = quote(str(ref.project))
        return f"{self._client.url}/projects/{name}/{page}?project={name}&type={native}&id={quote(ref.id)}"

    @property
    def native(self) -> Any:
        """ayon-python-api's ``ServerAPI``, with the same credentials."""
        try:
            import ayon_api
        except ImportError:
            raise MissingExtraError("AYON's own client is not installed", hint="pip install ayon-python-api") from None
        given = self._client.credentials
        secret = given.api_key or given.token
        return ayon_api.ServerAPI(self._client.url, token=secret.reveal() if secret else None)

    def checks(self, prepare: bool = False) -> Iterable[Check]:
        return checks(self._server, Linking(self._server, self._reading), prepare)


_RIGHTS = {"is_admin": "isAdmin", "is_manager": "isManager", "is_service": "isService"}


def _http_settings(profile: Profile) -> dict[str, Any]:
    names = ("verify", "storage_hosts", "timeout_s", "proxies")
    return {name: value for name in names if (value := profile.get(name)) is not None}


def _zone(name: str) -> tzinfo:
    if not name or name.upper() == "UTC":
        return timezone.utc
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError(f"{name!r} is no time zone", hint="for example Europe/Prague") from None


__all__ = ["AyonBackend"]
