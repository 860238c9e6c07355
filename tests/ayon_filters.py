"""Every filter that AYON is given a part of, against the same filter worked out in plain Python over all records.

A show with something of every type is read whole once; then each field of each type is asked for by each of its operators,
with values that are there and one that is not, plain and negated: ``find`` has to give what ``trackerkit.evaluate`` gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

from trackerkit import evaluate
from trackerkit.datatypes import OPERATORS
from trackerkit.errors import InvalidInputError
from trackerkit.filters import Condition, Filter, Not
from trackerkit.query import Query, build
from trackerkit.schema import Field
from trackerkit.testing.conformance.stack import Show
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

TYPES = (
    "Folder", "Shot", "Task", "Product", "Version", "File", "Workfile", "Playlist", "Note", "Reply", "Attachment", "Link",
    "User", "Event",
)  # fmt: skip
DEEP = {
    "Folder": ("tasks", "children", "parent", "sequence"), "Task": ("parent", "sequence", "versions"),
    "Product": ("versions", "parent"), "Version": ("product", "task", "sequence"), "File": ("version",),
}  # fmt: skip
"""Links through which the fields of the other side are asked for."""

_ALIKE = {
    "resolution_width", "resolution_height", "pixel_aspect", "handle_start", "handle_end", "clip_in", "clip_out", "frame_end",
    "updated_at", "updated_by", "uid", "priority", "intent", "machine", "source", "site", "colorSpace", "families",
    "resolutionWidth", "resolutionHeight", "pixelAspect", "clipIn", "clipOut", "frameStart", "frameEnd", "handleStart",
    "handleEnd", "template", "extension", "key", "cursor",
}  # fmt: skip
"""Fields that are like others in all that matters here."""

_NOT_DEEP = {"link", "links", "id", "uuid", "entity_type"}
_RELATIVE = {"in_last", "in_next", "in_calendar_day", "in_calendar_week", "in_calendar_month", "in_calendar_year"}
_OTHERS: dict[str, Any] = {
    "text": "Nothing.of the_kind", "integer": -77, "float": 0.125, "id": "f" * 32, "uuid": "f" * 32, "choice": "none such",
    "choices": "none such", "date": date(1999, 12, 31), "datetime": datetime(1999, 12, 31, tzinfo=timezone.utc),
    "duration": timedelta(seconds=1), "color": "#123456",
}  # fmt: skip


def fill(show: Show, ann: Ref, ben: Ref) -> None:
    """Records of every type, some retired, some with nothing in them."""
    tracker = show.tracker
    outer = show.sequence("sq_Outer", description="A Kelvin: 50% [x]^")
    inner = show.sequence("sq.inner", parent=outer)
    first = show.shot("sh010", parent=outer, cut_order=7, category="hero", fps=30.0, start_date=date(2026, 1, 2), tags=["a", "b"],
                      assignees=[ann])  # fmt: skip
    second = show.shot("SH020", parent=inner, label="The second", frame_start=5, end_date=date(2026, 3, 31))
    third = show.shot("sh030", description="", cut_order=3, tags=["b"])
    hidden = show.shot("sh_gone", parent=inner)
    tree = show.asset("tree")
    tracker.update(first, assets=[tree])
    comp = show.task(first, "comp", assignees=[ann, ben], duration=timedelta(hours=2), milestone=True, tags=["a"])
    anim = show.task(second, "Anim", label="The animation", assignees=[ben], start_date=date(2026, 1, 2))
    lost = show.task(third, "lost", assignees=[ann])
    show.task(hidden, "unseen")
    tracker.update(comp, depends_on=[anim])
    product = show.product(first, "renderMain", description="Main")
    bare = show.product(second, "bare", tags=["a"])
    made = show.version(
        first, "sh010_comp_v003", task=comp, author=ann, description="Final", path="/a/B_[1]", frame_start=9
    )
    other = show.make("Version", name="whatever", product=product, number=4, tags=["b"])
    old = show.make("Version", name="old", product=bare, number=1)
    show.make("File", name="exr", version=made, path="/a/b.exr", type="Image", depends_on=[])
    show.make("File", name="Mov", version=other, path="/a/ü.mov", tags=["a"])
    show.make("Workfile", name="a.ma", path="/Work/a[1].ma", task=comp, tags=["a", "b"], description="x")
    show.make("Workfile", name="b.nk", path="/work/K.nk", task=anim)
    show.make(
        "Playlist",
        name="Dailies 1",
        items=[made, other],
        date=datetime(2026, 1, 2, 3, tzinfo=timezone.utc),
        locked=True,
    )
    show.make("Playlist", name="folders", items=[first], description="of folders")
    note = show.make(
        "Note", subject="Fix", body="Please fix 50%_a", links=[first, made], author=ann, addressees=[ben], tasks=[comp]
    )
    long = show.make("Note", subject="Long", body="ä" * 2500 + " End", links=[second], kind="Client")
    show.make("Note", body="Kelvin\nsecond line", links=[made])
    show.make("Reply", note=note, body="Done", author=ben)
    show.make("Reply", note=long, body="Not yet")
    tracker.upload(note, BytesIO(b"text"), filename="hint.txt")
    tracker.upload(first, BytesIO(b"more text"), filename="Sketch.txt")
    show.make("Link", kind="reference", source=first, target=tree, name="seen")
    show.make("Link", kind="reference", source=second, target=tree)
    for gone in (hidden, lost, old):
        tracker.delete(gone)


class Bench:
    """One type of one show: all records, and every question about them.

    Args:
        tracker: the tracker.
        project: the show.
        type_name: the type.
    """

    def __init__(self, tracker: Tracker, project: Ref, type_name: str) -> None:
        self.tracker, self.project, self.type = tracker, project, type_name
        self.backend: Any = tracker.backend
        self.schema = self.backend.schema()
        self.fields = list(self.schema.type(type_name).fields.values())
        names = [item.name for item in self.fields if OPERATORS[item.data_type]]
        self.records: list[dict[str, Any]] = []
        query = self.query(None, fields=names)
        for page in self.backend.read(query):
            rows = zip(page.refs(), page.tuples())  # noqa: B905 - Python 3.10, same length
            self.records += [{"ref": ref, **dict(zip(names, row))} for ref, row in rows]  # noqa: B905
        self._known: dict[tuple[Ref, tuple[str, ...]], Any] = {}

    def query(self, condition: Filter | None, **parts: Any) -> Query:
        """A query on the show's records of the type."""
        projects = [self.project] if self.type != "User" else None
        return build(self.schema, self.type, condition, **{"projects": projects, "fields": ["id"], **parts})

    def look_up(self, refs: Sequence[Ref], fields: Sequence[str]) -> dict[Ref, Any]:
        """Records on the other side of links, read once."""
        key = tuple(sorted(fields))
        missing = [ref for ref in refs if (ref, key) not in self._known]
        found = self.backend.fetch(missing, fields) if missing else {}
        self._known.update({(ref, key): found.get(ref) for ref in missing})
        return {ref: known for ref in refs if (known := self._known[ref, key]) is not None}

    def questions(self) -> Iterator[tuple[str, Filter]]:
        """Every condition, by what to call it."""
        for item in self.fields:
            if item.name in _ALIKE:
                continue
            yield from self._of(item.name, item, [record.get(item.name) for record in self.records])
        for step in DEEP.get(self.type, ()):
            yield from self._through(step)

    def _through(self, step: str) -> Iterator[tuple[str, Filter]]:
        link = self.schema.type(self.type).fields[step]
        target = next(iter(self.schema.targets(link)))
        refs = list(dict.fromkeys(ref for record in self.records for ref in _refs(record.get(step))))
        for item in self.schema.type(target).fields.values():
            if item.is_stored and item.name not in _ALIKE and item.data_type not in _NOT_DEEP:
                found = self.look_up(refs[:6], [item.name])
                yield from self._of(f"{step}.{item.name}", item, [each.get(item.name) for each in found.values()], 1)

    def _of(self, path: str, item: Field, there: Sequence[Any], most: int = 2) -> Iterator[tuple[str, Filter]]:
        values = _values(item, there)[:most] + ([_OTHERS[item.data_type]] if item.data_type in _OTHERS else [])
        for operator in sorted(OPERATORS[item.data_type] - _RELATIVE):
            for value in _given(operator, values, item):
                made = Condition(path, operator, value)
                for condition in (made, Not(made)) if operator in ("is", "contains", "at_least") else (made,):
                    yield f"{self.type}.{path} {operator} {value!r} {'not' * isinstance(condition, Not)}", condition

    def wrong(self) -> tuple[int, list[str]]:
        """How many questions were asked, and those that were answered wrongly."""
        asked, found = 0, list[str]()
        for words, condition in self.questions():
            try:
                query = self.query(condition)
            except InvalidInputError:
                continue
            asked += 1
            mine = [ref.id for page in self.backend.read(query) for ref in page.refs()]
            resolver = evaluate.Resolver(self.look_up, evaluate.paths_of(query))
            theirs = [record["ref"].id for record in evaluate.matching(query.filter, self.records, resolver)]
            if mine != theirs:
                found.append(f"{words}: {len(mine)} instead of {len(theirs)}")
        return asked, found


def _refs(value: Any) -> list[Ref]:
    return [ref for ref in (value if isinstance(value, list) else [value]) if isinstance(ref, Ref)]


def _values(item: Field, there: Sequence[Any]) -> list[Any]:
    """Some of the values that are there, single ones of lists."""
    shown = [evaluate.effective(value) for value in there]
    single = [one for value in shown for one in (value if isinstance(value, list) else [value]) if one is not None]
    made: list[Any] = []
    for one in single:
        if one not in made and not isinstance(one, dict):
            made.append(one)
    return made


def _given(operator: str, values: Sequence[Any], item: Field) -> Iterator[Any]:
    if operator.startswith("name_") or operator == "type_is":
        return
    if operator == "is":
        yield None
    if operator in ("in", "in_ignoring_case"):
        yield tuple(values)
        if operator == "in":
            yield (*values[:1], None)
    elif operator == "between":
        pair = sorted(values[:2])
        yield from [pair] if len(pair) == 2 else []
    elif operator in ("contains", "starts_with", "ends_with", "equals_ignoring_case"):
        for value in values:
            cut = {"contains": value[1:-1], "starts_with": value[:4], "ends_with": value[-3:]}.get(operator, value)
            yield cut.swapcase()
    else:
        yield from values
