"""Tracker: the interface that people use, the same over every backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from trackerkit import operations as ops
from trackerkit.backend import Backend, Check, Explanation
from trackerkit.clock import SYSTEM, Clock
from trackerkit.config import load_profile, parse_address
from trackerkit.datatypes import as_ref
from trackerkit.entities import Entity, Page, entity
from trackerkit.errors import InvalidInputError, NotFoundError
from trackerkit.events import Cursor, Event, Mark
from trackerkit.filters import And, Condition, Filter, from_conditions
from trackerkit.operations import Operation, Result
from trackerkit.plugins import find_backend, load
from trackerkit.query import Query, build
from trackerkit.schemaview import SchemaView
from trackerkit.summaries import Summary, summarize_backend
from trackerkit.transfers import Downloaded, Progress, Source
from trackerkit.values import UNSET, Attachment, Image, Ref

Record = Any
"""An Entity or a Ref."""


def connect(url: str, *, profile: str = "", state: str | Path | None = None, **settings: Any) -> Tracker:
    """Open a tracker; its URL picks the backend.

    Args:
        url: for example ``sqlite:///show.db``, ``shotgrid+https://studio.example``, ``ayon+https://ayon.studio.example``.
        profile: the table of the profile file that holds the settings and names the credentials.
        state: where bookmarks are kept (a path or a SQLAlchemy URL); by default in the user's own folder.
        settings: settings and credentials given in code; see the backend's page.

    Raises:
        UnknownSchemeError: when no installed backend answers to the URL.
        MissingExtraError: when the backend needs a package that is not installed.
        ConfigurationError: for a URL or a profile that cannot be used.
    """
    address, given = parse_address(url)
    info = find_backend(address.scheme)
    chosen = load_profile(profile, address.scheme, {**given, **settings})
    pinned = chosen.get("site")
    backend: Backend = load(info).open(replace(address, pinned=str(pinned)) if pinned else address, chosen)
    return Tracker(backend, url=address.text, state=state)


class Tracker:
    """A tracker, whichever it is. Safe to share between threads; a context manager that closes it.

    Args:
        backend: the tracker's own package.
        url: as it was opened, without credentials.
        state: where bookmarks are kept.
        clock: what "now" means to relative dates.
    """

    def __init__(
        self, backend: Backend, *, url: str = "", state: str | Path | None = None, clock: Clock = SYSTEM
    ) -> None:
        self.backend = backend
        self.url = url
        self._state = state
        self._clock = clock
        self._projects: dict[str, Ref] = {}

    def __repr__(self) -> str:
        return f"<Tracker {self.url or self.backend.scheme}>"

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self.backend.close()

    # --- reading -------------------------------------------------------------------------------------------------

    def query(self, type: str, *conditions: Any, **parts: Any) -> Query:
        """A checked query: what ``find`` would ask. Takes what ``find`` takes."""
        fields = parts.pop("fields", None)
        if len(conditions) == 2 and isinstance(conditions[0], (list, tuple)) and _is_names(conditions[1]):
            fields = list(conditions[1])
            conditions = (conditions[0],)
        project = parts.pop("project", None)
        if parts.get("retired_links"):
            self.backend.capabilities.require("find.retired_links", self.backend.scheme)
        return build(
            self.backend.schema(),
            type,
            from_conditions(conditions) if conditions else And(()),
            fields=fields,
            projects=self._scope(project),
            now=self._clock.now(),
            **{**parts, "order": parts.get("order") or ()},
        )

    def find(
        self,
        type: str,
        *conditions: Any,
        fields: Sequence[str] | None = None,
        order: Sequence[Any] = (),
        limit: int | None = None,
        project: Any = None,
        state: str = "active",
        archived: bool = False,
        page_size: int | None = None,
        retired_links: bool = False,
    ) -> Iterator[Entity]:
        """The records of a type for which every condition holds, one page in memory at a time.

        Args:
            type: the entity type.
            conditions: filters joined by and; or ShotGrid's ``filters, fields``: conditions, then field names.
            fields: what to read; by default id, type, name, label and project.
            order: sort keys, ``"name"``, ``"-name"`` or ``("name", "desc")``; creation order by default.
            limit: at most so many.
            project: a Ref, a record or a project's name; all that the caller may see by default.
            state: ``active``, ``retired`` or ``all``.
            archived: also records of archived projects.
            page_size: records a request, where it matters.
            retired_links: links to retired records, and paths through them, are as if those were active; else such a
                link reads as empty.

        Raises:
            FilterError, QueryError, UnknownTypeError, UnknownFieldError: before anything is sent.
        """
        query = self.query(
            type, *conditions, fields=fields, order=order, limit=limit, project=project, state=state,
            archived=archived, page_size=page_size, retired_links=retired_links,
        )  # fmt: skip
        return self._entities(query)

    def _entities(self, query: Query) -> Iterator[Entity]:
        return chain.from_iterable(page.each() for page in self.backend.read(query))

    def find_one(self, type: str, *conditions: Any, **parts: Any) -> Entity | None:
        """The first record that ``find`` would give, or None."""
        return next(self.find(type, *conditions, **{**parts, "limit": 1}), None)

    def read(self, query: Query) -> Iterator[Page]:
        """The pages of a checked query: for gateways and syncs."""
        return self.backend.read(query)

    def get(
        self, record: Record | str, id: str | int | None = None, *, fields: Sequence[str] | None = None,
        state: str = "active", project: Any = None,
    ) -> Entity:  # fmt: skip
        """One record by its Ref, or by type and id.

        Raises:
            NotFoundError: when there is none; a retired one counts only with ``state="all"``.
        """
        ref = self._completed(self.ref(record, id, project))
        query = self.query(ref.type, Condition("id", "is", ref.id), fields=fields, state=state, archived=True, limit=1,
                           project=_project_of(ref))  # fmt: skip
        found = next(self._entities(query), None)
        if found is None:
            hint = 'state="all" finds retired records too' if state == "active" else ""
            raise NotFoundError(
                f"there is no {ref.type} {ref.id} at {self.backend.site}", hint=hint, backend=self.backend.scheme
            )
        return found

    def ref(self, record: Record | str, id: str | int | None = None, project: Any = None) -> Ref:
        """The Ref of a record; from type and id; or from the short form ``Type:id``."""
        if isinstance(record, str):
            home = self.project(project).id if project is not None else None
            return Ref.parse(record, home) if id is None else Ref(record, id, home)
        return as_ref(record)

    def _completed(self, ref: Ref) -> Ref:
        if ref.site not in (None, self.backend.site):
            raise InvalidInputError(f"{ref} lives at {ref.site}, not at {self.backend.site}")
        return ref

    def count(self, type: str, *conditions: Any, **parts: Any) -> int:
        """How many records ``find`` would give."""
        return self.backend.count(self.query(type, *conditions, **{**parts, "fields": ["id"]}))

    def summarize(
        self,
        type: str,
        *conditions: Any,
        summaries: Sequence[tuple[str, str]],
        grouping: Sequence[Any] = (),
        **parts: Any,
    ) -> Summary:
        """Sums, averages and counts, grouped.

        Args:
            type: the entity type.
            conditions: as for ``find``.
            summaries: pairs of a field and what to make of it: ``("frame_end", "maximum")``, ``("id", "count")``.
            grouping: fields, or ``(field, kind, "asc" | "desc")``; the first is the outermost.
            parts: project, state, archived, as for ``find``.
        """
        query = self.query(type, *conditions, **{**parts, "fields": ["id"]})
        return summarize_backend(self.backend, query, summaries, grouping)

    def explain(self, type: str, *conditions: Any, **parts: Any) -> Explanation:
        """Which part of a query the tracker evaluates and which is finished here. Sends nothing."""
        return self.backend.explain(self.query(type, *conditions, **parts))

    def project(self, name: Any) -> Ref:
        """A project by its Ref, record, name, code or id.

        Raises:
            NotFoundError: when there is none.
        """
        if not isinstance(name, (str, int)) or isinstance(name, bool):
            return as_ref(name)
        known = self._projects.get(str(name))
        if known is None:
            known = self._projects[str(name)] = self._find_project(str(name))
        return known

    def _find_project(self, name: str) -> Ref:
        schema = self.backend.schema()
        names = [field for field in ("name", "code", "label", "id") if field in schema.type("Project").fields]
        for field in names:
            query = build(schema, "Project", Condition(field, "is", name), fields=["id"], archived=True, limit=1)
            found = next(self._entities(query), None)
            if found is not None:
                return found.ref
        raise NotFoundError(f"there is no project {name!r} at {self.backend.site}", backend=self.backend.scheme)

    def _scope(self, project: Any) -> list[Ref] | None:
        if project is None:
            return None
        many = project if isinstance(project, (list, tuple)) else [project]
        return [self.project(item) for item in many]

    # --- writing -------------------------------------------------------------------------------------------------

    def create(self, type: str, /, *, key: str | None = None, lossy: str = "refuse", **values: Any) -> Entity:
        """Make a record.

        Args:
            type: the entity type.
            key: 32 hex digits; a repeat with the same key is the same create.
            lossy: ``"report"`` writes the nearest value where the tracker cannot keep one exactly, and logs it.
            values: the fields; ``project`` takes a Ref, a record or a project's name.

        Raises:
            DomainError: for a value that the tracker cannot hold, before anything is sent.
            OutcomeUnknown: no usable answer came back.
        """
        return self._one(ops.create(type, self._named(values), key=key, project=self._home(values)), lossy)

    def update(self, record: Record, /, *, lossy: str = "refuse", **values: Any) -> Entity:
        """Change some fields of a record; None clears one. ``add(…)`` and ``remove(…)`` change lists."""
        return self._one(ops.update(self._completed(self.ref(record)), self._named(values)), lossy)

    def delete(self, record: Record, *, permanent: bool = False, recursive: bool = False) -> bool:
        """Retire a record; False when it was retired already. ``permanent=True`` deletes it for good."""
        ref = self._completed(self.ref(record))
        return self.write([ops.delete(ref, permanent=permanent, recursive=recursive)])[0].done

    def restore(self, record: Record) -> bool:
        """Bring a retired record back; False when it was not retired."""
        return self.write([ops.restore(self._completed(self.ref(record)))])[0].done

    def batch(self, operations: Iterable[Operation], *, lossy: str = "refuse") -> list[Entity]:
        """Several changes, all or nothing; a record for each, in order.

        Args:
            operations: from ``trackerkit.operations``: ``create``, ``update``, ``delete``, ``restore``.
            lossy: as for ``create``.

        Raises:
            BatchError: names the operation that failed; nothing was kept.
        """
        return [entity(result.ref, result.values) for result in self.write(list(operations), lossy=lossy)]

    def write(self, operations: Sequence[Operation], *, atomic: bool = True, lossy: str = "refuse") -> list[Result]:
        """Checked changes, in order: for gateways and syncs."""
        if not operations:
            return []
        schema = self.backend.schema()
        pairs = [ops.checked(operation, schema, lossy=lossy, site=self.backend.site) for operation in operations]
        results = self.backend.write([operation for operation, _ in pairs], atomic=atomic)
        return [
            Result(result.ref, result.values, result.done, losses) if losses else result
            for result, (_, losses) in zip(results, pairs)  # noqa: B905 - Python 3.10, same length
        ]

    def _one(self, operation: Operation, lossy: str) -> Entity:
        result = self.write([operation], lossy=lossy)[0]
        return entity(result.ref, {**result.values})

    def _named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values with a project's name replaced by its Ref."""
        made = dict(values)
        if isinstance(made.get("project"), (str, int)):
            made["project"] = self.project(made["project"])
        return made

    def _home(self, values: Mapping[str, Any]) -> Ref | None:
        project = values.get("project")
        return self.project(project) if project is not None and project is not UNSET else None

    # --- schema --------------------------------------------------------------------------------------------------

    @property
    def schema(self) -> SchemaView:
        """The schema: read it, and change it where the tracker lets you."""
        return SchemaView(self.backend)

    # --- files ---------------------------------------------------------------------------------------------------

    def upload(
        self,
        record: Record,
        source: str | Path | bytes | IO[bytes],
        field: str | None = None,
        *,
        filename: str | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Attachment | Image:
        """Send a file to a record.

        Args:
            record: where it belongs.
            source: a path, bytes or an open binary file.
            field: the field; by default a Version's reviewable, elsewhere an attachment.
            filename: the name to keep it under; the path's own by default.
            on_progress: called with ``Progress`` as bytes go out.

        Raises:
            TransferError: the file did not arrive whole.
        """
        self.backend.capabilities.require("upload", self.backend.scheme)
        ref = self._completed(self.ref(record))
        with Source(source, filename=filename) as opened:
            return self.backend.upload(ref, field, opened, filename=opened.filename, on_progress=on_progress)

    def thumbnail(
        self,
        record: Record,
        source: str | Path | bytes | IO[bytes],
        *,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Attachment | Image:
        """Set a record's thumbnail from a PNG or JPEG."""
        self.backend.capabilities.require("thumbnail", self.backend.scheme)
        return self.upload(record, source, "thumbnail", on_progress=on_progress)

    def download(
        self,
        record: Record,
        target: str | Path | IO[bytes],
        field: str | None = None,
        *,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Downloaded:
        """Fetch a record's file (an Attachment, a Reviewable, or a field such as ``thumbnail``) to a path.

        The file lands whole and checked, or not at all; a file that is there survives any failure.
        """
        self.backend.capabilities.require("download", self.backend.scheme)
        ref = self._completed(self.ref(record))
        value = record[field] if isinstance(record, Entity) and field is not None and field in record else None
        place = Path(target) if isinstance(target, (str, Path)) else target
        found: Downloaded = self.backend.download(ref, field, place, value=value, on_progress=on_progress)
        return found

    # --- events --------------------------------------------------------------------------------------------------

    def events(
        self, *types: str, after: Cursor | None = None, limit: int | None = None, project: Any = None
    ) -> Iterator[Event]:
        """Events that are there now, oldest first, behind a cursor (from the beginning without one)."""
        home = self.project(project) if project is not None else None
        for page in self.backend.event_pages(after, limit=limit, types=types, project=home):
            yield from page

    def follow(
        self, *types: str, bookmark: str | None = None, after: Cursor | None = None, project: Any = None,
        idle_s: float | None = None,
    ) -> Iterator[Event]:  # fmt: skip
        """Events as they happen, from now on or from where a bookmark stands; never ends by itself.

        The bookmark moves when the next event is asked for: an event whose handling failed is delivered again.

        Args:
            types: only events of these entity types.
            bookmark: a name under which the place is kept between runs.
            after: start behind this cursor instead.
            project: only events of this project.
            idle_s: stop after so many seconds without an event.
        """
        from trackerkit.following import follow_events

        home = self.project(project) if project is not None else None
        self.backend.capabilities.require("follow", self.backend.scheme)
        return follow_events(
            self.backend,
            types,
            home,
            after,
            bookmark and f"{self.backend.site}:{bookmark}",
            self._state,
            idle_s,
            self._clock,
        )

    # --- the rest ------------------------------------------------------------------------------------------------

    @property
    def native(self) -> Any:
        """The vendor's own client, logged in the same way, for what is not neutral."""
        return self.backend.native

    def acting_as(self, user: Record | str) -> Tracker:
        """The same tracker, acting as another user (a login or a User record)."""
        login = user if isinstance(user, str) else self.get(user, fields=["name"]).name
        self.backend.capabilities.require("acting_as", self.backend.scheme)
        return Tracker(self.backend.acting_as(login), url=self.url, state=self._state, clock=self._clock)

    def marked(self, mark: Mark) -> Tracker:
        """The same tracker; events of what is written through it carry a mark (``trackerkit.events.Mark``) where it keeps one.

        It shares this one's connection, so it is not to be closed by itself.
        """
        return Tracker(self.backend.marked(mark), url=self.url, state=self._state, clock=self._clock)

    def web_url(self, record: Record) -> str:
        """A page for people that shows the record."""
        self.backend.capabilities.require("web_url", self.backend.scheme)
        return self.backend.web_url(self._completed(self.ref(record)))

    def doctor(self, prepare: bool = False) -> list[Check]:
        """What can be reached, with which rights; ``prepare`` makes what trackerkit would like to have."""
        return list(self.backend.checks(prepare))


def _is_names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)


def _project_of(ref: Ref) -> Ref | None:
    return Ref("Project", ref.project, ref.project, ref.site) if ref.project is not None else None


__all__ = ["Filter", "SchemaView", "Tracker", "connect"]
