"""What one migration holds while it runs: both trackers, the crosswalk, the journal, and what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as _field

from trackerkit.clock import SYSTEM, Clock
from trackerkit.entities import Entity
from trackerkit.state import State
from trackerkit.sync.crosswalk import Crosswalk, Entry, key_of
from trackerkit.sync.journal import Journal, Outcome
from trackerkit.sync.mapping import Translator, TypeMap
from trackerkit.sync.naming import Neighbours
from trackerkit.sync.plan import DEFINITIONS, Plan
from trackerkit.tracker import Tracker
from trackerkit.values import Ref


@dataclass(frozen=True, slots=True)
class Step:
    """How far a migration is.

    Args:
        phase: what is being done: a type's name, ``links``, ``retire`` or ``verify``.
        done: records done in this phase.
        total: records of this phase, or None while they are not counted.
    """

    phase: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Options:
    """What a migration may be told.

    Args:
        projects: names of the source's projects; None for all.
        home: the folder for what belongs to the project itself, or to nothing, where the target wants a folder.
        batch: records a write.
        media: move files too.
    """

    projects: Sequence[str] | None = None
    home: str = "project_level"
    batch: int = 200
    media: bool = True


@dataclass
class Run:
    """A migration that is under way."""

    source: Tracker
    target: Tracker
    state: State
    plan: Plan
    options: Options = _field(default_factory=Options)
    clock: Clock = SYSTEM
    notify: Callable[[Step], None] = lambda step: None
    projects: list[tuple[Ref, Ref]] = _field(default_factory=list)
    statuses: dict[str, str] = _field(default_factory=dict)
    homes: dict[Ref, Ref] = _field(default_factory=dict)
    to_retire: list[tuple[Ref, Ref]] = _field(default_factory=list)
    writes: int = 0
    done: Counter[str] = _field(default_factory=Counter)

    def __post_init__(self) -> None:
        sites = self.source.backend.site, self.target.backend.site
        self.crosswalk = Crosswalk(self.state, *sites)
        self.journal = Journal(self.state, *sites, self.clock.now())
        self.names = Neighbours()

    def notify_step(self, phase: str, done: int, total: int | None) -> None:
        """Tell how far a phase is."""
        self.notify(Step(phase, done, total))

    def advance(self, phase: str, count: int) -> None:
        """Some more records of a phase are done."""
        self.done[phase] += count
        self.notify_step(phase, self.done[phase], None)

    def key(self, source: Ref, scope: str = "") -> str:
        """The key of the create that a record of the source leads to."""
        return key_of(source, self.target.backend.site, scope)

    def translator(self, type_map: TypeMap, project: Ref | None = None) -> Translator:
        """A translator of a type's values, inside one target project."""

        def find(ref: Ref) -> Ref | None:
            return self.crosswalk.target(ref, project.id if project and ref.type in DEFINITIONS else "")

        return Translator(type_map, self.target.backend.schema(), find, self.statuses)

    def keep(self, entries: Sequence[Entry], outcomes: Sequence[Outcome], scope: str = "") -> None:
        """Pairs and outcomes in one transaction."""
        with self.state.transaction() as connection:
            self.crosswalk.put(connection, entries, scope)
            self.journal.put(connection, outcomes)

    def home(self, target_project: Ref) -> Ref:
        """The folder of a target project for what belongs to the project itself; made when first needed."""
        known = self.homes.get(target_project)
        if known is None:
            made = self.target.create(
                "Folder", name=self.options.home, kind="Folder", project=target_project,
                key=self.key(target_project, "home"),
            )  # fmt: skip
            known = self.homes[target_project] = made.ref
        return known


def display(record: Entity, names: Mapping[str, str] | None = None) -> str:
    """What people call a record."""
    for name in ("name", "subject", "filename", "label", "body"):
        if record.get(name):
            return str(record[name]).strip().splitlines()[0][:120]
    return str(record.ref)
