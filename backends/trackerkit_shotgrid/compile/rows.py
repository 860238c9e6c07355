"""Rows: a page of records read straight into a type made for the query from the schema, where msgspec is there for it.

A text, number, date or time comes out of the JSON as the value that it stands for, a link as its three parts, and the
rest as JSON's own types, which convert when they are first asked for. A page that holds something else than the schema
says (an empty text, a number in quotes) is read in the general way: ``Typed.decode`` then gives plain JSON, and
``Read.plan`` reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any

from trackerkit.conditions import tests_of
from trackerkit.entities import Getter, Plan
from trackerkit.jsontext import decoded
from trackerkit.query import Path, Query
from trackerkit.values import Ref
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.compile.reads import Read
from trackerkit_shotgrid.mapping.bindings import Binding
from trackerkit_shotgrid.mapping.types import neutral_type
from trackerkit_shotgrid.mapping.values import Links

try:
    import msgspec
except ImportError:  # the extra `speed` brings it
    msgspec = None  # type: ignore[assignment]

IS_TYPED = msgspec is not None
"""True when there are types to read into."""

if IS_TYPED:
    _TEXT: Any = Annotated[str, msgspec.Meta(min_length=1)] | None

    class Link(msgspec.Struct, gc=False):
        """An entity dict."""

        type: str
        id: int
        name: str | None = None

    class Home(msgspec.Struct, gc=False):
        """What a row's Ref needs of its project."""

        id: int

    _KINDS: Mapping[str, tuple[Any, Any]] = {
        **dict.fromkeys(("text", "choice", "status", "uuid", "entity_type"), (_TEXT, None)),
        **dict.fromkeys(("integer", "percent", "timecode"), (int | None, None)),
        **dict.fromkeys(("float", "currency"), (float | None, None)),
        "checkbox": (bool, False), "date": (date | None, None), "datetime": (datetime | None, None),
    }  # fmt: skip
    """Data types whose values need nothing done to them: their type in a row, and what stands for a missing one."""


class Typed:
    """How the pages of one query are read.

    Args:
        decode: the bytes of an answer → a page with ``entities`` and ``paging_info``, or plain JSON.
        plan: how its rows are read.
        view: a row as ``Reach.read`` wants it.
    """

    __slots__ = ("decode", "plan", "view")

    def __init__(self, decode: Callable[[bytes], Any], plan: Plan, view: Callable[[Any], Any]) -> None:
        self.decode = decode
        self.plan = plan
        self.view = view


class _View:
    """A typed row as a mapping; only for fields that were left as JSON has them."""

    __slots__ = ("_names", "_row")

    def __init__(self, names: Mapping[str, str], row: Any) -> None:
        self._names = names
        self._row = row

    def __getitem__(self, native: str) -> Any:
        return getattr(self._row, self._names[native])

    def get(self, native: str, default: Any = None) -> Any:
        """The value; the default for a field that was not asked for."""
        name = self._names.get(native)
        return default if name is None else getattr(self._row, name)


def typed_of(reacher: Reacher, read: Read, query: Query) -> Typed | None:
    """How the pages of a query are read into types; None where they are not.

    Args:
        reacher: of the site.
        read: what is asked of the site.
        query: what was asked of us.
    """
    if not IS_TYPED or read.plan is None or read.owner in ("Reviewable", "Event"):
        return None
    simple = {
        path: binding for path in query.fields if (binding := simple_binding(reacher, read.owner, path)) is not None
    }
    # What is left of the filter reads rows as JSON has them, of columns too.
    left = paths_left(read)
    others = [reach for path, reach in read.reaches.items() if path not in simple or path in left]
    raw = {native for reach in others for native in reach.natives}
    return _Maker(reacher, read, simple, raw).made(query)


def paths_left(read: Read) -> frozenset[Path]:
    """The paths of what is left of a filter: queries that differ in them are read into different types."""
    return frozenset() if read.is_exact else frozenset(test.path for test in tests_of(read.left))


def simple_binding(reacher: Reacher, owner: str, path: Path) -> Binding | None:
    """The binding of a field of the record itself that has one native field; None for any other path."""
    if path.steps or owner not in path.leaves:
        return None
    binding = reacher.site.types[owner].fields[path.leaves[owner].name]
    return binding if binding.native and binding.codec not in ("event", "reviewable") else None


class _Maker:
    """Makes the type of a row, and the getters on it.

    Args:
        reacher: of the site.
        read: what is asked of the site.
        simple: the bindings of columns that are one native field.
        raw: native fields that are needed as JSON has them.
    """

    def __init__(self, reacher: Reacher, read: Read, simple: Mapping[Path, Binding], raw: Iterable[str]) -> None:
        self.links = reacher.links
        self.read = read
        self.binding = reacher.site.types[read.owner]
        self.simple = simple
        self.names = {"id": "id"}
        self.names |= {native: f"f{at}" for at, native in enumerate(read.natives) if native not in self.names}
        self.kinds = self._kinds(frozenset(raw))

    def _kinds(self, raw: frozenset[str]) -> dict[str, tuple[Any, Any]]:
        """The type of each native field, and its default."""
        kinds: dict[str, tuple[Any, Any]] = {}
        for binding in self.simple.values():
            kind = _kind_of(binding) if binding.native not in raw else (Any, None)
            if kinds.setdefault(binding.native, kind) != kind:
                kinds[binding.native] = (Any, None)
        home = self.binding.fields.get("project")
        if home is not None and home.native not in raw:
            kinds.setdefault(home.native, (Home | None, None))
        return kinds

    def made(self, query: Query) -> Typed:
        """The way to read."""
        struct = self._struct()
        page = msgspec.defstruct("Records", [("entities", list[struct]), ("paging_info", Any, None)])  # type: ignore[valid-type]
        answer = msgspec.defstruct("Answer", [("results", page)])
        view = self._view()
        getters = [self._getter(path, view) for path in query.fields]
        return Typed(_decoder(msgspec.json.Decoder(answer).decode), Plan(query.columns, getters, self._ref()), view)

    def _struct(self) -> type[Any]:
        fields: list[Any] = [("id", int)]
        fields += [
            (name, *self.kinds.get(native, (Any, None))) for native, name in self.names.items() if native != "id"
        ]
        renamed = {name: native for native, name in self.names.items()}
        # Without the collector's bookkeeping: a row holds no circle.
        return msgspec.defstruct(f"{self.read.native}Row", fields, rename=renamed, gc=False)

    def _view(self) -> Callable[[Any], Any]:
        names = self.names
        return lambda row: _View(names, row)

    def _getter(self, path: Path, view: Callable[[Any], Any]) -> Getter:
        binding = self.simple.get(path)
        if binding is None:
            read = self.read.reaches[path].read
            return (lambda row: read(view(row))) if self.read.reaches[path].natives else read
        get: Getter = attrgetter(self.names[binding.native])
        if binding.native == "id":
            return lambda row: str(row.id)
        kind = self.kinds.get(binding.native, (Any, None))[0]
        if kind is Any:
            decode = binding.decode(self.links)
            return lambda row: decode(get(row))
        if binding.field.data_type == "link":
            ref = ref_of(self.links)
            return lambda row: ref(get(row))
        if binding.field.data_type == "links":
            ref = ref_of(self.links)
            return lambda row: [ref(item) for item in get(row) or ()]
        return get

    def _ref(self) -> Getter:
        """A row's own Ref, as ``row_ref`` makes it of plain JSON."""
        binding, site = self.binding, self.links.site
        neutral, native = binding.neutral, binding.native
        label = attrgetter(self.names[self.read.label]) if self.read.label in self.names else None
        home = binding.fields.get("project")
        if native == "Project" or home is None or home.native not in self.names:
            is_home = native == "Project"

            def bare(row: Any) -> Ref:
                id = str(row.id)
                return Ref(neutral, id, id if is_home else None, site, native, label(row) if label else None)

            return bare
        link = attrgetter(self.names[home.native])
        is_plain = self.kinds.get(home.native, (Any, None))[0] is Any

        def ref(row: Any) -> Ref:
            found = link(row)
            project = str(found["id"] if is_plain else found.id) if found else None
            return Ref(neutral, str(row.id), project, site, native, label(row) if label else None)

        return ref


def _kind_of(binding: Binding) -> tuple[Any, Any]:
    """The type that a native field has in a row, and what stands for a missing one."""
    if binding.codec:
        return Any, None
    data_type = binding.field.data_type
    if data_type in ("link", "links"):
        return (Link | None if data_type == "link" else list[Link] | None), None
    return _KINDS.get(data_type, (Any, None))


def ref_of(links: Links) -> Callable[[Any], Ref | None]:
    """A function from a ``Link`` to its Ref, as ``Links.ref`` makes it of an entity dict."""
    site = links.site

    def ref(link: Any) -> Ref | None:
        if link is None:
            return None
        native = link.type
        id = str(link.id)
        return Ref(neutral_type(native), id, id if native == "Project" else None, site, native, link.name)

    return ref


def _decoder(decode: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def read(body: bytes) -> Any:
        try:
            return decode(body).results
        except (msgspec.ValidationError, RecursionError):  # a fault, or a value that the schema does not announce
            return decoded(body)

    return read
