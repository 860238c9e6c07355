"""Columns: for each ShotGrid path of an answer, the neutral path to read and how its value is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from trackerkit.entities import Repeated
from trackerkit.errors import InvalidInputError
from trackerkit.query import Path, resolve_path
from trackerkit.values import Attachment, Image, Ref
from trackerkit_shotgrid.gateway import logged, open_notes
from trackerkit_shotgrid.gateway.fields import LOOKED_UP, Field, find_field, linked_type, looked_up_part
from trackerkit_shotgrid.gateway.lookups import Lookups
from trackerkit_shotgrid.gateway.personal import PERSONAL
from trackerkit_shotgrid.gateway.relations import canonical_uuid
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.urls import Urls
from trackerkit_shotgrid.mapping.bindings import Binding

Make = Callable[[Any], Any]
MakeAll = Callable[[list[Any]], list[Any]]
MakeInRow = Callable[[Any, "Row"], Any]

MASK: Final = "*******"
"""How every password reads."""

_FILES: Final = ("image", "file", "url")
_EXTENSION: Final = "file_extension"
_AS_IT_IS: Final = frozenset(
    {
        "integer",
        "float",
        "percent",
        "currency",
        "timecode",
        "choice",
        "status",
        "uuid",
        "entity_type",
        "json",
        "computed",
    }
)


@dataclass(slots=True)
class Row:
    """One record on its way out: its Ref and the neutral values of every path that was read."""

    ref: Ref
    values: Sequence[Any]


@dataclass(slots=True)
class Column:
    """One field of an answer.

    Args:
        name: ShotGrid's path, the key in the answer.
        at: the place of its value among the row's.
        make: from the value to JSON; None where the value is told as it is.
        make_all: the same for the values of many rows at once.
        make_in_row: the same, for a value that does not tell enough without its row.
        is_link: the value is a Ref or a list of them, whose names are shown.
        is_movie: the value is a list of Reviewables, of which the last is told.
        names: the ShotGrid type of the records that the value names; empty for any other value.
        guards: places of links that have to be users of a ShotGrid type; otherwise the value is null.
        detail: what is told of the record that the value names; None for the record itself.
    """

    name: str
    at: int
    make: Make | None = None
    make_all: MakeAll | None = None
    make_in_row: MakeInRow | None = None
    is_link: bool = False
    is_movie: bool = False
    names: str = ""
    guards: tuple[tuple[int, str], ...] = field(default=())
    detail: str | None = None


class Columns:
    """The columns of one answer.

    Args:
        site: whose records they are.
        native: ShotGrid's type of the records.
        names: ShotGrid's paths; one that there is not is left out without a word.
        lookups: of the call.
        urls: of the call.

    Attributes:
        found: the columns.
        movies: the Reviewables that are told; whoever reads rows fills it first.
        open_notes: the open Notes of each record, likewise.
        wants_open_notes: a column tells of them.
        logged: the time that was logged on each record, likewise.
        wants_logged: a column tells of it.
    """

    def __init__(self, site: Site, native: str, names: Iterable[str], lookups: Lookups, urls: Urls) -> None:
        self._site = site
        self._native = native
        self._neutral = site.neutral(native)
        self._lookups = lookups
        self._urls = urls
        self._paths: dict[str, int] = {}
        self.movies: dict[Ref, Mapping[str, Any]] = {}
        self.open_notes: dict[tuple[str, str], list[Ref]] = {}
        self.wants_open_notes = False
        self.logged: dict[tuple[str, str], dict[str, Any]] = {}
        self.wants_logged = False
        self.found = [made for name in names if name not in ("id", "type") and (made := self._column(name))]

    @property
    def paths(self) -> list[str]:
        """The neutral paths to read, in order."""
        return list(self._paths)

    def number_at(self) -> int | None:
        """Where a record's number stands among the values, where it is the tracker's own id: no Ref has to be made."""
        is_plain = self._site.ids.is_own and self._neutral != "Event"
        return self._at("id") if is_plain and "id" in self._site.schema.type(self._neutral).fields else None

    def _at(self, path: str) -> int:
        return self._paths.setdefault(path, len(self._paths))

    def _column(self, name: str) -> Column | None:
        if (self._native, name) in PERSONAL and self._site.person is not None:
            value, native = self._site.person.value, self._native
            return Column(name, self._at("id"), make_in_row=lambda _id, row: value(native, name, row.ref))
        if open_notes.has(self._site, self._native, name):
            return self._open_notes(name)
        if logged.has(self._site, self._native, name):
            return self._logged(name)
        cut = looked_up_part(self._site, self._native, name)
        if cut is not None:
            return self._looked_up(name, *cut)
        found = find_field(self._site, self._native, name)
        path = self._resolved(found.path) if found is not None else None
        if found is None or path is None or (path.steps and path.through_many):
            return None
        column = Column(name, self._at(found.path), guards=tuple((self._at(link), user) for link, user in found.people))
        if found.parent is not None:
            column.make_all, column.is_link = each_once(self._part_of_parent(found.parent.target)), True
        elif found.binding is not None and found.binding.field.data_type == "id" and not self._site.ids.is_own:
            self._number_behind(column, found, path)
        elif found.binding is not None and not self._bind_odd(column, found, found.binding):
            self._bind(column, found, found.binding, path)
        return column

    def _bind_odd(self, column: Column, found: Field, binding: Binding) -> bool:
        """What is told otherwise than its data type is; False for all else."""
        if found.owner == "Attachment" and found.text == _EXTENSION:
            column.at, column.make = self._at("filename"), _extension
        elif binding.data_type == "uuid":
            column.make = lambda value: None if value is None else canonical_uuid(value) or value
        else:
            return False
        return True

    def _logged(self, name: str) -> Column:
        found = self.logged
        self.wants_logged = True
        return Column(name, self._at("id"), make_in_row=lambda _id, row: found[row.ref.type, row.ref.id][name])

    def _open_notes(self, name: str) -> Column:
        shown, found = self._site.shown, self.open_notes
        self.wants_open_notes = True

        def told(_id: Any, row: Row) -> Any:
            notes = found.get((row.ref.type, row.ref.id), [])
            return len(notes) if name == open_notes.COUNT else [shown(ref) for ref in notes]

        return Column(name, self._at("id"), make_in_row=told)

    def _number_behind(self, column: Column, found: Field, path: Path) -> None:
        """``sg_sequence.Sequence.id``: the number of the record that the link leads to."""
        targets, number = path.steps[-1].targets, self._site.ids.number
        column.at = self._at(_link_to(found.path))
        column.make = lambda ref: number(ref) if ref is not None and ref.type in targets else None

    def _resolved(self, text: str) -> Path | None:
        """The neutral path; None for one that leads nowhere, such as to a type that the field never links to."""
        try:
            return resolve_path(self._site.schema, self._neutral, text)
        except InvalidInputError:
            return None

    def _bind(self, column: Column, found: Field, binding: Binding, path: Path) -> None:
        data_type = binding.field.data_type
        if binding.data_type == "password":
            column.make = lambda _value: MASK
        elif binding.codec == "reviewable":
            column.make, column.is_movie = self._movie, True
        elif binding.codec in LOOKED_UP and binding.data_type != "tag_list":
            column.names = linked_type(binding)
            self._bind_names(column, found, binding)
        elif data_type == "links":
            column.make, column.is_link = self._links, True
        elif binding.field.is_link:
            column.make_all, column.is_link = each_once(self._site.shown), True
        elif binding.codec == "path":
            column.make = self._path(binding)
        elif data_type in _FILES:
            column.make_in_row = self._file(found, binding, path)
        elif codes := self._site.codes.of(binding.field):
            column.make = lambda value: codes.get(value, value)
        elif binding.codec or data_type not in _AS_IT_IS:
            self._bind_plain(column, binding)

    def _bind_plain(self, column: Column, binding: Binding) -> None:
        kind = "" if binding.codec else binding.field.data_type
        if kind == "text":
            column.make_all = _texts
        elif kind == "datetime":
            column.make_all = each_once(binding.encode(self._site))
        else:
            column.make = bool if kind == "checkbox" else binding.encode(self._site)

    def _bind_names(self, column: Column, found: Field, binding: Binding) -> None:
        entity, native = self._lookups.entity, column.names
        if binding.codec == "tags":
            column.make_in_row = lambda value, row: [
                entity(native, name, project=row.ref.project) for name in value or ()
            ]
        elif native == "Step":
            column.make_in_row = self._step(found)
        else:
            column.make_in_row = lambda value, row: entity(native, value, project=row.ref.project)

    def _looked_up(self, name: str, head: str, native: str, rest: str) -> Column | None:
        """``step.Step.short_name`` and the like: what is told of the record that is but a name here."""
        column = self._column(head)
        if column is None or native not in self._site.types:
            return None
        if rest not in ("id", "type") and find_field(self._site, native, rest) is None:
            return None
        column.name, column.detail = name, rest
        return column

    # --- values --------------------------------------------------------------------------------------------------

    def _links(self, value: Any) -> Any:
        shown = self._site.shown
        return [entity for ref in value or () if (entity := shown(ref)) is not None]

    def _part_of_parent(self, target: str | None) -> Make:
        shown = self._site.shown
        return lambda value: shown(value) if value is not None and target in (None, value.type) else None

    def _step(self, found: Field) -> MakeInRow:
        """A step is the one of that name for the type of the task's parent."""
        at = self._at(found.path.removesuffix("type") + "parent")
        entity = self._lookups.entity

        def step(value: Any, row: Row) -> Any:
            parent = row.values[at]
            return entity("Step", value, parent.type if isinstance(parent, Ref) else None, row.ref.project)

        return step

    def _path(self, binding: Binding) -> Make:
        """A path: under a LocalStorage it is a local file, elsewhere a link."""
        told, encode = self._site.storages.told, binding.encode(self._site)
        return lambda value: None if value is None else told(value) or encode(value)

    def _local(self, value: Attachment) -> dict[str, Any] | None:
        """A local file under a LocalStorage."""
        path = unquote(urlsplit(value.url or "").path)
        return self._site.storages.told(path, value.filename, value.mime_type) if value.kind == "local" else None

    def _file(self, found: Field, binding: Binding, path: Path) -> MakeInRow:
        """A picture or a file: its URL has to name the record that it belongs to."""
        name, urls = path.leaf.name, self._urls
        holder = self._at(_link_to(found.path)) if path.steps else None
        encode = binding.encode(self._site)

        def file(value: Any, row: Row) -> Any:
            owner = row.ref if holder is None else row.values[holder]
            if isinstance(value, Image):
                return urls.thumbnail(owner, value, name)
            if isinstance(value, Attachment) and value.kind == "upload":
                return urls.upload(owner, name, value, self._number_of(value))
            if isinstance(value, Attachment) and (local := self._local(value)) is not None:
                return local
            return encode(value)

        return file

    def _number_of(self, value: Attachment) -> int | None:
        return None if value.id is None else self._site.ids.number(Ref("Attachment", value.id, None, self._site.site))

    def _movie(self, value: Any) -> Any:
        """The latest file of a Version, as its uploaded movie."""
        ref = latest(value)
        if ref is None:
            return None
        record = self.movies.get(ref, {})
        stored = record.get("url")
        name = record.get("filename") or record.get("label")
        mark = stored.hash if isinstance(stored, Attachment) else None
        file = Attachment(ref.id, name, mime_type=record.get("mime_type"), hash=mark)
        return self._urls.upload(ref, "url", file, self._site.ids.number(ref))


def each_once(make: Make) -> MakeAll:
    """Tells the values of many rows, each object once: rows that link to one record, or were made at one moment, share it."""

    def made(values: list[Any]) -> list[Any]:
        if isinstance(values, Repeated):
            return values.told(make)
        told = {key: make(value) for key, value in {id(value): value for value in values}.items()}
        return [told[id(value)] for value in values]

    return made


def distinct(values: list[Any]) -> Iterable[Any]:
    """Each object of many values once."""
    return (values.distinct if isinstance(values, Repeated) else {id(value): value for value in values}).values()


def _extension(filename: Any) -> str | None:
    """What a site makes of a file's name."""
    head, _, tail = str(filename or "").rpartition(".")
    return tail.lower() or None if head else None


def _texts(values: list[Any]) -> list[Any]:
    return [value or None for value in values]


def _link_to(path: str) -> str:
    """The path of the link that the last field of a path is read through: ``a[A].b[B].c`` → ``a[A].b``."""
    head = path.rpartition(".")[0]
    return head[: head.rindex("[")] if head.endswith("]") else head


def latest(value: Any) -> Ref | None:
    """The last of a list of Refs."""
    return value[-1] if isinstance(value, list) and value and isinstance(value[-1], Ref) else None
