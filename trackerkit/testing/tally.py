"""Counts what the conformance suite did on each stack: run, passed, failed, and skipped with the reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

REASON = re.compile(
    r"(?P<stack>.+?) lacks (?P<what>.+?) \((?P<kind>not yet|cannot|never|schema)\): (?P<why>.+)", re.DOTALL
)
"""The only reasons for a skip that are taken: ``Stack.lacking`` makes them from a backend's marks and its schema."""


class Report(Protocol):
    """What is read of pytest's report of one phase of one case."""

    @property
    def nodeid(self) -> str: ...
    @property
    def when(self) -> str | None: ...
    @property
    def outcome(self) -> str: ...
    @property
    def longrepr(self) -> Any: ...


class Writer(Protocol):
    """What is used of pytest's terminal reporter."""

    def section(self, title: str, sep: str = ...) -> Any: ...
    def write_line(self, line: str) -> Any: ...


class Tally:
    """The outcome of every case by stack and verb."""

    def __init__(self) -> None:
        self._outcomes: dict[str, tuple[str, str]] = {}
        self._verbs: dict[str, str] = {}
        self._stacks: dict[str, str] = {}
        self.backends: dict[str, dict[str, Any]] = {}

    def add(self, report: Report, said: Mapping[str, Any]) -> None:
        """Take in one report; a case has up to three (setup, call, teardown)."""
        case = report.nodeid
        self._verbs[case] = said["trackerkit_verb"]
        if "trackerkit_stack" in said:
            self._stacks[case] = said["trackerkit_stack"]
        if "trackerkit_backend" in said:
            described = json.loads(said["trackerkit_backend"])
            self.backends[described["stack"]] = described
        if report.outcome == "failed":
            self._outcomes[case] = ("failed", "")
        elif report.outcome == "skipped":
            self._outcomes[case] = self._skipped(case, report)
        elif report.when == "call":
            self._outcomes.setdefault(case, ("passed", ""))

    def _skipped(self, case: str, report: Report) -> tuple[str, str]:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        found = None if hasattr(report, "wasxfail") else REASON.fullmatch(reason)
        if found is None:
            return "unexplained", reason
        self._stacks.setdefault(case, found["stack"])
        return "skipped", f"{found['what']} ({found['kind']}): {found['why']}"

    def _stack(self, case: str) -> str:
        """The stack of a case; of one that failed before it was known, that of its neighbours."""
        known = self._stacks.get(case)
        if known is not None:
            return known
        place = case.partition("::")[0]
        return next((stack for other, stack in self._stacks.items() if other.partition("::")[0] == place), place)

    def unexplained(self) -> list[str]:
        """The cases that were skipped for no reason that a backend's marks or schema give."""
        return [case for case, (outcome, _) in self._outcomes.items() if outcome == "unexplained"]

    def as_dict(self) -> dict[str, Any]:
        """Everything counted, as it is written."""
        stacks: dict[str, Any] = {}
        for case, (outcome, reason) in self._outcomes.items():
            entry = stacks.setdefault(self._stack(case), {"verbs": {}, "skipped": {}})
            verb = entry["verbs"].setdefault(
                self._verbs[case], {"passed": 0, "failed": 0, "skipped": 0, "unexplained": 0}
            )
            verb[outcome] += 1
            if outcome == "skipped":
                entry["skipped"][reason] = entry["skipped"].get(reason, 0) + 1
        for name, entry in stacks.items():
            entry["total"] = dict(_total(entry["verbs"].values()))
            entry["backend"] = self.backends.get(name)
        return {"stacks": stacks, "unexplained": self.unexplained()}

    def write(self, path: str) -> None:
        """The report as JSON."""
        Path(path).write_text(json.dumps(self.as_dict(), indent=1, sort_keys=True) + "\n", "utf-8")

    def print(self, out: Writer) -> None:
        """The report for people."""
        out.section("conformance", sep="=")
        for name, entry in sorted(self.as_dict()["stacks"].items()):
            total = entry["total"]
            out.write_line(
                f"{name}: {total['run']} cases run, {total['passed']} passed, {total['failed']} failed, "
                f"{total['skipped']} skipped"
            )
            for reason, count in sorted(entry["skipped"].items()):
                out.write_line(f"  skipped {count}: {reason}")
        for case in self.unexplained():
            out.write_line(f"FAILED, skipped without a capability mark: {case}: {self._outcomes[case][1]}")


def _total(verbs: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter({"passed": 0, "failed": 0, "skipped": 0, "unexplained": 0})
    for verb in verbs:
        total.update(verb)
    total["run"] = total["passed"] + total["failed"]
    return total
