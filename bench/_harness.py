"""Races: two contestants run in turns, the medians of their rounds, and the ratio beside what is claimed."""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

Contestant = Callable[[], object]

_SAMPLE_S = 0.02
"""A round shorter than this is repeated until it is this long, so that the clock's own noise is small."""

_MOST_CALLS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Ours against a peer that does the same work.

    Claim with ``at_most`` (our time is at most so many times the peer's) or ``at_least`` (we are at least so many times
    as fast). With ``self_timed`` a contestant returns the seconds that it measured itself, as a float.
    """

    name: str
    ours: Contestant
    peer: Contestant
    at_most: float | None = None
    at_least: float | None = None
    self_timed: bool = False
    peer_name: str = "peer"

    def __post_init__(self) -> None:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError(f"{self.name}: claim with either at_most or at_least")


@dataclass(frozen=True, slots=True)
class Result:
    """The medians of one race, in seconds for one call."""

    name: str
    peer_name: str
    ours_s: float
    peer_s: float
    ratio: float
    goal: str
    held: bool


def run(race: Race, rounds: int = 7) -> Result:
    """Run both contestants ``rounds`` times in turns, each round begun by the other one."""
    contestants = (race.ours, race.peer)
    calls = [1, 1] if race.self_timed else [_calls_per_sample(contestant) for contestant in contestants]
    samples: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            samples[side].append(_sample(contestants[side], calls[side], race.self_timed))
    return _judge(race, statistics.median(samples[0]), statistics.median(samples[1]))


def _calls_per_sample(contestant: Contestant) -> int:
    contestant()  # warm: caches, lazy imports and connections are not what is measured
    once = max(_sample(contestant, 1, self_timed=False), 1e-9)
    return max(1, min(_MOST_CALLS, round(_SAMPLE_S / once)))


def _sample(contestant: Contestant, calls: int, self_timed: bool) -> float:
    gc.collect()
    if self_timed:
        seconds = contestant()
        if not isinstance(seconds, float):
            raise TypeError(f"a self-timed contestant returns seconds as a float, not {seconds!r}")
        return seconds
    start = time.perf_counter()
    for _ in range(calls):
        contestant()
    return (time.perf_counter() - start) / calls


def _judge(race: Race, ours_s: float, peer_s: float) -> Result:
    if race.at_most is not None:
        ratio = ours_s / peer_s
        goal, held = f"≤ {race.at_most:g} × the time", ratio <= race.at_most
    else:
        ratio = peer_s / ours_s
        goal, held = f"≥ {race.at_least:g} × as fast", ratio >= (race.at_least or 0.0)
    return Result(race.name, race.peer_name, ours_s, peer_s, ratio, goal, held)


def table(results: Iterable[Result]) -> str:
    """The results as aligned text."""
    rows = [("race", "ours", "peer", "ratio", "goal", ""), *(_row(result) for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _row(result: Result) -> tuple[str, ...]:
    peer = f"{_duration(result.peer_s)} ({result.peer_name})"
    held = "held" if result.held else "MISSED"
    ratio = f"{result.ratio:,.0f}" if result.ratio >= 100 else f"{result.ratio:.3g}"
    return (result.name, _duration(result.ours_s), peer, ratio, result.goal, held)


def _duration(seconds: float) -> str:
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def as_json(results: Iterable[Result]) -> str:
    """The results as a JSON list."""
    return json.dumps([asdict(result) for result in results], ensure_ascii=False)


def main(races: Iterable[Race], argv: Sequence[str] | None = None) -> int:
    """Run the races as a command: ``--rounds N``, ``--json``. Returns 1 when a claim was missed, else 0."""
    parser = argparse.ArgumentParser(description="Race trackerkit against a peer.")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each race; the median counts (default: 7)")
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of a table")
    options = parser.parse_args(argv)
    results = [run(race, options.rounds) for race in races]
    print(as_json(results) if options.json else table(results))
    return 0 if all(result.held for result in results) else 1
