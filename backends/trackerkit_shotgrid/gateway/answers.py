"""Answers: rows of a neutral page as ShotGrid's dicts, or as the JSON of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from trackerkit.entities import Plan
from trackerkit.evaluate import effective
from trackerkit.filters import Condition
from trackerkit.query import Query
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway import logged, open_notes
from trackerkit_shotgrid.gateway.columns import Column, Columns, Row, distinct, latest
from trackerkit_shotgrid.gateway.encoding import as_json, dicts
from trackerkit_shotgrid.gateway.lookups import Lookups
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.urls import Urls

_MOVIE: Final = ("filename", "label", "mime_type", "url")
_BULK: Final = 500


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
        self._lookups = lookups
        self._urls = urls
        self._columns = Columns(site, native, names, lookups, urls)
        self._details: dict[tuple[str, str, int], Any] = {}
        self._by_row = any(column.make_in_row is not None or column.guards for column in self._columns.found)
        self._number_at = None if self._by_row else self._columns.number_at()
        self._inherits = "inherited" in site.tracker.backend.capabilities

    @property
    def paths(self) -> list[str]:
        """The neutral paths to read, in order."""
        return self._columns.paths

    def rows(self, plan: Plan | None, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """ShotGrid's dicts of native rows."""
        if plan is None or not rows:
            return []
        return dicts(self._names, self._told_columns(plan, rows))

    def page(self, plan: Plan | None, rows: Sequence[Any]) -> Any:
        """The same, for JSON and nothing else."""
        if plan is None or not rows:
            return []
        return as_json(self._names, self._told_columns(plan, rows))

    @property
    def _names(self) -> tuple[str, ...]:
        return ("type", "id", *(column.name for column in self._columns.found))

    def _told_columns(self, plan: Plan, rows: Sequence[Any]) -> list[list[Any]]:
        """What native rows are told as, column by column: the type, the number, and every field."""
        values = plan.columns_of(rows)
        if self._inherits:
            values = [list(map(effective, column)) for column in values]
        if self._number_at is not None:
            return self._made(list(map(int, values[self._number_at])), [], values)
        refs = list(map(plan.ref, rows))
        self._site.ids.prepare(refs)
        return self._made(list(map(self._site.ids.number, refs)), refs, values)

    def read(self, refs: Sequence[Ref]) -> list[dict[str, Any]]:
        """The dicts of some records, retired ones too, in the order of the Refs; one that is gone is left out."""
        found: dict[int, dict[str, Any]] = {}
        for start in range(0, len(refs), _BULK):
            for page in self._site.tracker.read(self._query(refs[start : start + _BULK])):
                found.update((record["id"], record) for record in self.rows(page.plan, page.rows))
        numbers = map(self._site.ids.number, refs)
        return [found[number] for number in numbers if number in found]

    def _query(self, refs: Sequence[Ref]) -> Query:
        """The query for some records; where they say which projects they belong to, only these are looked at."""
        homes = {ref.project for ref in refs}
        projects = None if None in homes else [Ref("Project", home, home, self._site.site) for home in homes if home]
        return self._site.tracker.query(
            self._site.neutral(self._native),
            Condition("id", "in", tuple(dict.fromkeys(ref.id for ref in refs))),
            fields=self.paths, state="all", archived=True, project=projects,
        )  # fmt: skip

    # --- columns ---------------------------------------------------------------------------------------------------

    def _made(self, numbers: list[int], refs: list[Ref], values: list[list[Any]]) -> list[list[Any]]:
        self._site.prepare(self._shown_refs(values))
        self._prepare_names(values)
        self._prepare_movies(values)
        self._prepare_open_notes(refs)
        if self._columns.wants_logged:
            self._columns.logged.update(logged.of(self._site, refs))
        rows = [Row(ref, row) for ref, row in zip(refs, zip(*values, strict=True), strict=True)] if self._by_row else []
        made = [self._told(column, values[column.at], rows) for column in self._columns.found]
        return [[self._native] * len(numbers), numbers, *made]

    def _told(self, column: Column, values: list[Any], rows: list[Row]) -> list[Any]:
        """One column as it is told, row by row."""
        if column.make_in_row is not None:
            values = list(map(column.make_in_row, values, rows))
        elif column.make_all is not None:
            values = column.make_all(values)
        elif column.make is not None:
            values = list(map(column.make, values))
        if column.detail is not None:
            values = [None if entity is None else self._detail(column, entity) for entity in values]
        if column.guards:
            values = [value if self._is_allowed(column, row) else None for value, row in zip(values, rows, strict=True)]
        return values

    def _is_allowed(self, column: Column, row: Row) -> bool:
        for at, native in column.guards:
            ref = row.values[at]
            if ref is None or self._site.native_of(ref) != native:
                return False
        return True

    def _detail(self, column: Column, entity: dict[str, Any]) -> Any:
        """What a record that is but a name here says of itself; read once a page and record."""
        detail, number = column.detail or "", int(entity["id"])
        key = (column.names, detail, number)
        if key not in self._details:
            self._details[key] = self._read_detail(*key)
        return self._details[key]

    def _read_detail(self, native: str, name: str, number: int) -> Any:
        if name in ("id", "type"):
            return number if name == "id" else native
        ref = self._site.find_ref(native, number)
        inner = Answer(self._site, native, [name], self._lookups, self._urls)
        return next((record.get(name) for record in inner.read([ref])), None) if ref is not None else None

    # --- what is looked up, all at once, before dicts are made -----------------------------------------------------

    def _shown_refs(self, values: list[list[Any]]) -> Iterator[Ref]:
        places = {column.at for column in self._columns.found if column.is_link}
        places.update(at for column in self._columns.found for at, _ in column.guards)
        for at in places:
            for value in distinct(values[at]):
                if isinstance(value, Ref):
                    yield value
                elif value:
                    yield from value

    def _prepare_names(self, values: list[list[Any]]) -> None:
        wanted: dict[str, dict[str, None]] = {}
        for column in self._columns.found:
            if column.names:
                names = wanted.setdefault(column.names, {})
                for value in values[column.at]:
                    names.update(dict.fromkeys(value if isinstance(value, list) else [value] if value else ()))
        for native, found in wanted.items():
            self._lookups.prepare(native, found)

    def _prepare_open_notes(self, refs: list[Ref]) -> None:
        if not self._columns.wants_open_notes:
            return
        found = open_notes.of(self._site, self._native, refs)
        self._columns.open_notes.update(found)
        self._site.prepare(note for notes in found.values() for note in notes)

    def _prepare_movies(self, values: list[list[Any]]) -> None:
        places = [column.at for column in self._columns.found if column.is_movie]
        refs = [ref for at in places for value in values[at] if (ref := latest(value)) is not None]
        if refs:
            self._columns.movies.update(self._site.tracker.backend.fetch(refs, _MOVIE, "all"))
