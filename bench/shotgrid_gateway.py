"""What the ShotGrid gateway adds to a bare starlette answer of the same length, and to reading and encoding the same page."""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

import trackerkit
from _harness import Race, main
from _shotgrid_served import SHOTS, fill, served
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

ADDED_S = 700e-6
CALLS = 200
NATIVES = ["code", "sg_status_list", "sg_cut_in", "sg_cut_out", "sg_cut_order", "description", "project", "sg_sequence",
           "created_at"]  # fmt: skip
NEUTRALS = ["name", "status", "frame_start", "frame_end", "cut_order", "description", "project", "parent", "created_at"]


class Caller:
    """A connection that is kept, and the same request again and again."""

    def __init__(self, port: int, path: str, body: bytes) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._path, self._body = path, body

    def call(self) -> bytes:
        """One call; its answer."""
        self._connection.request("POST", self._path, self._body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        assert answer.status == 200
        return answer.read()


def median_s(work: Callable[[], object], calls: int = CALLS) -> float:
    """The median of some calls, in seconds."""
    taken = []
    for _ in range(calls):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def read(key: str, filters: list[Any], size: int) -> bytes:
    """The body of a read."""
    argument = {
        "type": "Shot", "return_fields": NATIVES, "filters": {"logical_operator": "and", "conditions": filters},
        "return_only": "active", "paging": {"entities_per_page": size, "current_page": 1}, "sorts": [],
        "return_paging_info_without_counts": True,
    }  # fmt: skip
    return json.dumps(
        {"method_name": "read", "params": [{"script_name": "bench", "script_key": key}, argument]}
    ).encode()


def plain(value: Any) -> Any:
    """What JSON has no form for, as ShotGrid writes it."""
    if isinstance(value, Ref):
        return {"type": value.type, "id": int(value.id), "name": value.label}
    assert isinstance(value, datetime)
    return value.isoformat()


def encoding(tracker: Tracker) -> Callable[[], bytes]:
    """Reads and encodes the page that the gateway gives, and nothing else."""
    query = tracker.query("Shot", fields=NEUTRALS, limit=SHOTS)

    def encode() -> bytes:
        rows = [
            dict(zip(NATIVES, row, strict=True), type="Shot", id=ref.id)
            for page in tracker.read(query)
            for ref, row in zip(page.refs(), page.tuples(), strict=True)
        ]
        return orjson.dumps({"results": {"entities": rows}}, default=plain)

    return encode


def races(folder: Path, key: str, ports: tuple[int, int]) -> Iterator[Race]:
    """One row, and a page."""
    with trackerkit.connect(f"sqlite:///{folder / 'show.db'}") as tracker:
        number = int(next(tracker.find("Shot")).ref.id)
        one = Caller(ports[0], "/api3/json", read(key, [{"path": "id", "relation": "is", "values": [number]}], 1))
        page = Caller(ports[0], "/api3/json", read(key, [], SHOTS))
        lengths = [len(one.call()), len(page.call())]
        assert len(json.loads(page.call())["results"]["entities"]) == SHOTS
        bare_one, bare_page = (Caller(ports[1], f"/{length}", b"{}") for length in lengths)
        encode = encoding(tracker)
        yield Race(
            name="one row: over the bare answer", ours=lambda: max(median_s(one.call) - median_s(bare_one.call), 1e-9),
            peer=lambda: ADDED_S, at_most=1, self_timed=True, peer_name="700 µs",
        )  # fmt: skip
        yield Race(
            name=f"a page of {SHOTS} rows", ours=lambda: median_s(page.call, 30),
            peer=lambda: median_s(bare_page.call, 30) + 1.15 * median_s(encode, 30), at_most=1, self_timed=True,
            peer_name="bare answer + 1.15 × reading and encoding",
        )  # fmt: skip


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="trackerkit-bench-") as place:
        home = Path(place)
        script_key = fill(home)
        with served("gateway", home) as gateway_port, served("bare", home) as bare_port:
            sys.exit(main(races(home, script_key, (gateway_port, bare_port))))
