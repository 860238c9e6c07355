"""Account: what was found and what became of it, type by type; the sum must leave nothing unexplained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as _field

from trackerkit.sync.journal import Journal, Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """One type's account.

    Args:
        type: the neutral type.
        found: records in the source.
        counts: outcome → records.
        reasons: outcome → reason → records.
    """

    type: str
    found: int
    counts: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]

    @property
    def unexplained(self) -> int:
        """Records of which nobody can say what became of them, those that failed included."""
        explained = sum(count for outcome, count in self.counts.items() if outcome != "failed")
        return self.found - explained


@dataclass(frozen=True, slots=True)
class Report:
    """The whole account of a migration.

    Args:
        lines: one for each type that has records, in the order of the plan.
        outcomes: every record's own.
        writes: changes sent to the target.
        records_checked: records read back and compared.
        files_checked: files read back and compared by hash.
        source: the source's address.
        target: the target's address.
        seconds: how long it took.
    """

    lines: Sequence[Line]
    outcomes: Sequence[Outcome]
    writes: int = 0
    records_checked: int = 0
    files_checked: int = 0
    source: str = ""
    target: str = ""
    seconds: float = 0.0
    kept: Mapping[str, int] = _field(default_factory=dict)

    @property
    def unexplained(self) -> int:
        """Must be 0."""
        return sum(line.unexplained for line in self.lines)

    @property
    def renamed(self) -> list[Outcome]:
        """The records whose name changed."""
        return [outcome for outcome in self.outcomes if outcome.renamed]

    def total(self, outcome: str) -> int:
        """Records of all types with an outcome."""
        return sum(line.counts.get(outcome, 0) for line in self.lines)


def make_account(journal: Journal, order: Sequence[str]) -> tuple[list[Line], list[Outcome]]:
    """The lines of a run, and its outcomes. A folder counts under its own kind."""
    outcomes = list(journal.outcomes())
    counts: dict[str, Counter[str]] = {}
    reasons: dict[str, dict[str, Counter[str]]] = {}
    for item in outcomes:
        counts.setdefault(item.source.type, Counter())[item.outcome] += 1
        if item.reason:
            reasons.setdefault(item.source.type, {}).setdefault(item.outcome, Counter())[item.reason] += 1
    found = {name: count for name, count in journal.found.items() if count}
    for name, (outcome, reason) in journal.whole.items():
        counts[name] = Counter({outcome: found.get(name, 0)})
        reasons[name] = {outcome: Counter({reason: found.get(name, 0)})}
    names = [name for name in order if found.get(name)] + sorted(set(found) - set(order))
    return [Line(n, found[n], counts.get(n, Counter()), reasons.get(n, {})) for n in names], outcomes
