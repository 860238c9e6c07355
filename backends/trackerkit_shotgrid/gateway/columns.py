"""Answers: rows of a neutral page as ShotGrid's dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trackerkit.entities import Plan
from trackerkit.errors import InvalidInputError
from trackerkit.evaluate import effective
from trackerkit.filters import Condition
from trackerkit.query import Path, resolve_path
from trackerkit.values import Attachment, Image, Ref
from trackerkit_shotgrid.gateway.fields import Field, find_field, linked_type, looked_up_part
from trackerkit_shotgrid.gateway.lookups import Lookups
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.urls import Urls

Make = Callable[[Any, "Row"], Any]

_LINKS: Final = ("link", "links")


@dataclass(slots=True)
class Row:
    """One record on its way out: its Ref and the neutral values of every column."""

    ref: Ref
    values: Sequence[Any]


@dataclass(slots=True)
class Column:
    """One field of an answer.

    Args:
        name: ShotGrid's path, the key in the answer.
        at: the place of its value among the row's.
        make: from the value and the row to JSON.
        is_link: the value is a Ref or a list of them, whose names are shown.
        names: the ShotGrid type of the records that the value names; empty for any other value.
        guards: places of links that have to be users of a ShotGrid type; otherwise the value is null.
    """

    name: str
    at: int
    make: Make
    is_link: bool = False
    names: str = ""
    guards: tuple[tuple[int, str], ...] = field(default=())


class Answer:
    """The fields of an answer, found once; makes dicts of rows.

    Args:
        site: whose records they are.
        native: ShotGrid's type of the records.
        names: ShotGrid's paths; one that there is not is left out without a word.
        lookups: of the call.
        urls: of the call.
    """

    def __init__(self, site: Site, native: str, names: Iterable[str], lookups: Lookups, urls: Urls) -> None:
        self._site = site
        self._native = native
        self._neutral = site.neutral(native)
        self._lookups = lookups
        self._urls = urls
        self._paths: dict[str, int] = {}
        self._columns = [found for name in names if name not in ("id", "type") and (found := self._column(name))]

    @property
    def paths(self) -> list[str]:
        """The neutral paths to read, in order."""
        return list(self._paths)

    def _at(self, path: str) -> int:
        return self._paths.setdefault(path, len(self._paths))

    # --- which columns -------------------------------------------------------------------------------------------

    def _column(self, name: str) -> Column | None:
        cut = looked_up_part(self._site, self._native, name)
        if cut is not None:
            return self._looked_up(name, *cut)
        found = find_field(self._site, self._native, name)
        path = self._resolved(found.path) if found is not None else None
        if found is None or path is None or (path.steps and path.through_many):
            return None
        guards = tuple((self._at(link), native) for link, native in found.people)
        at = self._at(found.path)
        if found.parent is not None:
            return Column(name, at, self._part_of_parent(found.parent.target), True, guards=guards)
        if found.binding is None:
            return Column(name, at, _plain, guards=guards)
        return self._bound(found, path, at, guards)

    def _resolved(self, text: str) -> Path | None:
        """The neutral path; None for one that leads nowhere, such as to a type that the field never links to."""
        try:
            return resolve_path(self._site.schema, self._neutral, text)
        except InvalidInputError:
            return None

    def _bound(self, found: Field, path: Path, at: int, guards: tuple[tuple[int, str], ...]) -> Column:
        binding = found.binding
        assert binding is not None
        data_type = binding.field.data_type
        if binding.codec == "reviewable":
            return Column(found.text, at, self._reviewable, guards=guards)
        if binding.codec in ("name", "tags") and binding.data_type != "tag_list":
            native = linked_type(binding)
            return Column(found.text, at, self._named(found, native), names=native, guards=guards)
        if data_type in _LINKS:
            return Column(found.text, at, self._links if data_type == "links" else self._link, True, guards=guards)
        if data_type in ("image", "file", "url"):
            return Column(found.text, at, self._file(found, path), guards=guards)
        encode = binding.encode(self._site)
        if data_type == "checkbox" and not binding.codec:
            return Column(found.text, at, lambda value, _row: bool(value), guards=guards)
        return Column(found.text, at, lambda value, _row: encode(value), guards=guards)

    def _looked_up(self, name: str, head: str, native: str, rest: str) -> Column | None:
        """``step.Step.code`` and the like: the name itself; what else the record has is read from it, once a page."""
        found = self._column(head)
        if found is None or native not in self._site.types:
            return None
        inner = Answer(self._site, native, [rest], self._lookups, self._urls)
        if rest not in ("id", "type") and not inner._columns:
            return None
        make = found.make

        def detail(value: Any, row: Row) -> Any:
            entity = make(value, row)
            return entity if entity is None else self._detail(inner, native, entity["id"], rest)

        return Column(name, found.at, detail, names=native, guards=found.guards)

    def _detail(self, inner: Answer, native: str, number: int, rest: str) -> Any:
        ref = self._site.find_ref(native, number)
        if rest == "id" or ref is None:
            return number
        return next((row.get(rest) for row in inner.read([ref])), None)

    # --- values --------------------------------------------------------------------------------------------------

    def _link(self, value: Any, _row: Row) -> Any:
        return self._site.entity(value) if value is not None and self._is_shown(value) else None

    def _links(self, value: Any, _row: Row) -> Any:
        entity = self._site.entity
        return [entity(ref) for ref in value or () if self._is_shown(ref)]

    def _is_shown(self, ref: Ref) -> bool:
        """Types that ShotGrid has no place for do not exist for its clients."""
        return self._site.native_of(ref) in self._site.types

    def _part_of_parent(self, target: str | None) -> Make:
        entity = self._site.entity
        if target is None:
            return lambda value, _row: entity(value)
        return lambda value, _row: entity(value) if value is not None and value.type == target else None

    def _named(self, found: Field, native: str) -> Make:
        entity = self._lookups.entity
        if found.binding is not None and found.binding.codec == "tags":
            return lambda value, _row: [entity(native, name) for name in value or ()]
        if native != "Step":
            return lambda value, _row: entity(native, value)
        above = found.path.removesuffix("type") + "parent"
        at = self._at(above)

        def step(value: Any, row: Row) -> Any:
            parent = effective(row.values[at])
            return entity(native, value, parent.type if isinstance(parent, Ref) else None)

        return step

    def _file(self, found: Field, path: Path) -> Make:
        """A picture or a file: its URL has to name the record that it belongs to."""
        name = path.leaf.name
        holder = self._at(found.path.rpartition(".")[0]) if path.steps else None
        urls = self._urls
        binding = found.binding
        assert binding is not None
        encode = binding.encode(self._site)

        def file(value: Any, row: Row) -> Any:
            owner = row.ref if holder is None else effective(row.values[holder])
            if isinstance(value, Image):
                return urls.thumbnail(owner, value)
            if isinstance(value, Attachment) and value.kind == "upload":
                return urls.upload(owner, name, value, self._attachment_number(value))
            return encode(value)

        return file

    def _attachment_number(self, value: Attachment) -> int | None:
        return None if value.id is None else self._site.ids.number(Ref("Attachment", value.id, None, self._site.site))

    def _reviewable(self, value: Any, _row: Row) -> Any:
        """The latest file of a Version, as its uploaded movie."""
        refs = value if isinstance(value, list) else []
        if not refs or not isinstance(refs[-1], Ref):
            return None
        found = self._site.tracker.backend.fetch(refs[-1:], ["filename", "label", "mime_type", "url"], "all")
        record = next(iter(found.values()), {})
        stored = record.get("url")
        name = record.get("filename") or record.get("label")
        file = Attachment(
            refs[-1].id,
            name,
            mime_type=record.get("mime_type"),
            hash=stored.hash if isinstance(stored, Attachment) else None,
        )
        return self._urls.upload(refs[-1], "url", file, self._site.ids.number(refs[-1]))

    # --- rows ----------------------------------------------------------------------------------------------------

    def rows(self, plan: Plan | None, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """ShotGrid's dicts of native rows."""
        if plan is None or not rows:
            return []
        read = [Row(plan.ref(row), [effective(value) for value in plan.values(row)]) for row in rows]
        return self._made(read)

    def read(self, refs: Sequence[Ref]) -> list[dict[str, Any]]:
        """The dicts of some records, retired ones too, in the order of the Refs; one that is gone is left out."""
        found = self._fetched(refs)
        return self._made([found[ref] for ref in refs if ref in found])

    def _fetched(self, refs: Sequence[Ref]) -> dict[Ref, Row]:
        tracker = self._site.tracker
        ids = tuple(dict.fromkeys(ref.id for ref in refs))
        query = tracker.query(self._neutral, Condition("id", "in", ids), fields=self.paths, state="all", archived=True)
        made = {}
        for page in tracker.read(query):
            for row in page.rows:
                ref = page.plan.ref(row)
                made[ref.id] = Row(ref, [effective(value) for value in page.plan.values(row)])
        return {ref: made[ref.id] for ref in refs if ref.id in made}

    def _made(self, rows: list[Row]) -> list[dict[str, Any]]:
        self._site.prepare(self._shown_refs(rows))
        self._prepare_names(rows)
        native, number = self._native, self._site.ids.number
        made = []
        for row in rows:
            record: dict[str, Any] = {"type": native, "id": number(row.ref)}
            values = row.values
            for column in self._columns:
                is_null = column.guards and not self._is_allowed(column, row)
                record[column.name] = None if is_null else column.make(values[column.at], row)
            made.append(record)
        return made

    def _is_allowed(self, column: Column, row: Row) -> bool:
        for at, native in column.guards:
            ref = row.values[at]
            if ref is None or self._site.native_of(ref) != native:
                return False
        return True

    def _shown_refs(self, rows: Iterable[Row]) -> Iterator[Ref]:
        places = {column.at for column in self._columns if column.is_link}
        places.update(at for column in self._columns for at, _ in column.guards)
        for row in rows:
            yield row.ref
            for at in places:
                value = row.values[at]
                if isinstance(value, Ref):
                    yield value
                elif value:
                    yield from value

    def _prepare_names(self, rows: Sequence[Row]) -> None:
        wanted: dict[str, dict[str, None]] = {}
        for column in self._columns:
            if column.names:
                names = wanted.setdefault(column.names, {})
                for row in rows:
                    value = row.values[column.at]
                    names.update(dict.fromkeys(value if isinstance(value, list) else [value] if value else ()))
        for native, found in wanted.items():
            self._lookups.prepare(native, found)


def _plain(value: Any, _row: Row) -> Any:
    return value
