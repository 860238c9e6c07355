"""A server that speaks as much AYON as a listing needs and answers from memory, so that the client is what is measured.

Run by itself it prints its address and serves until its input ends: it lives in a process of its own, away from the clients'.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from graphql import FieldNode, parse

RECORDED = Path(__file__).parent.parent / "tests" / "backends" / "ayon" / "data" / "server.json"
"""The attributes and one project of a real server, as it gave them."""

COUNTS = {"folders": 20_000, "tasks": 20_000, "versions": 20_000, "events": 10_000}
PROJECT = "big_buck"
_MOMENT = "2026-11-01T12:00:00.123456+00:00"
_ATTRIB = {
    "priority": "normal", "fps": 25.0, "resolutionWidth": 1920, "resolutionHeight": 1080, "pixelAspect": 1.0, "clipIn": 1,
    "clipOut": 1, "frameStart": 1001, "frameEnd": 1100, "handleStart": 0, "handleEnd": 0, "description": "one of many",
    "startDate": "2026-01-01T00:00:00+00:00",
}  # fmt: skip

Row = dict[str, Any]


def _common(at: int) -> Row:
    return {
        "id": f"{at:032x}", "label": None, "status": "In progress", "tags": ["hero"], "active": True, "thumbnailId": None,
        "data": "{}", "allAttrib": json.dumps(_ATTRIB), "ownAttrib": ["frameEnd", "description"], "createdAt": _MOMENT,
        "updatedAt": _MOMENT, "createdBy": "ann", "updatedBy": "ann", "hasReviewables": False,
    }  # fmt: skip


def _folder(at: int) -> Row:
    name = f"sh{at:05}"
    more = {"name": name, "folderType": "Shot", "parentId": None, "parent": None, "path": f"/{name}", "type": "Shot"}
    return {**_common(at), **more, "parents": [], "hasTasks": True, "hasChildren": False, "hasProducts": True}


def _task(at: int) -> Row:
    number = 1 + at // 4
    folder = {**_common(number), "name": f"sh{number:05}", "folderType": "Shot"}
    more = {"name": f"task{at}", "taskType": "Animation", "assignees": ["ann", "ben"], "folderId": folder["id"]}
    return {**_common(at), **more, "folder": folder}


def _version(at: int) -> Row:
    product = {**_common(at // 4), "name": f"renderMain{at // 4}", "folder": _folder(at // 4)}
    more = {"name": "v003", "version": 3, "productId": product["id"], "taskId": None, "task": None, "author": "ann"}
    return {**_common(at), **more, "product": product}


def _event(at: int) -> Row:
    return {
        "id": f"{at:032x}", "hash": f"{at:032x}", "topic": "entity.folder.status_changed", "project": PROJECT, "user": "ann",
        "sender": "bench", "dependsOn": None, "status": "finished", "description": "a status changed", "retries": 0,
        "summary": json.dumps({"entityId": f"{at:032x}"}), "createdAt": _MOMENT, "updatedAt": _MOMENT,
        "payload": json.dumps({"oldValue": "Not ready", "newValue": "In progress"}),
    }  # fmt: skip


_FLAT = ("id", "name", "label", "folderType", "parentId", "parents", "status", "tags", "hasTasks", "hasChildren", "createdAt",
         "updatedAt")  # fmt: skip

_MAKERS: dict[str, Callable[[int], Row]] = {"folders": _folder, "tasks": _task, "versions": _version, "events": _event}

_FIRST = re.compile(r"first: ?(\d+)")
_AFTER = re.compile(r'after: ?"([^"]*)"')


class Memory:
    """What the server knows; the rows of one selection are encoded once."""

    def __init__(self, times: int = 1) -> None:
        self.times = times
        recorded = json.loads(RECORDED.read_text("utf-8"))
        self.attributes = recorded["attributes"]
        self.project: Row = {
            **recorded["project"],
            "name": PROJECT,
            "active": True,
            "createdAt": _MOMENT,
            "updatedAt": _MOMENT,
        }
        self._encoded: dict[str, tuple[str, str, list[bytes] | None]] = {}
        self._flat: dict[bool, bytes] = {}
        self._lock = threading.Lock()

    def answer(self, sent: Mapping[str, Any]) -> bytes:
        """What a document answers: one page of one connection."""
        text, given = str(sent["query"]), sent.get("variables") or {}
        first, after = _FIRST.search(text), _AFTER.search(text)
        size = int(first[1]) if first else int(given.get("first") or 100)
        start = _number((after[1] if after else given.get("after")) or "")
        skeleton = _AFTER.sub("after: $after", _FIRST.sub("first: $first", text))
        with self._lock:
            if skeleton not in self._encoded:
                self._encoded[skeleton] = self._compiled(text)
        before, behind, rows = self._encoded[skeleton]
        if rows is None:
            return before.encode()
        is_of_retired = '"false"' in str(given.get("filter"))  # the only filter that is heeded: nothing is retired
        end = 0 if is_of_retired else min(start + size, len(rows) * self.times)
        some = [rows[at % len(rows)] for at in range(start, end)]
        info = json.dumps({"hasNextPage": len(some) == size, "endCursor": _cursor(end) if some else None})
        return b"".join([before.encode(), b",".join(some), b'],"pageInfo":', info.encode(), behind.encode()])

    def _compiled(self, text: str) -> tuple[str, str, list[bytes] | None]:
        """What stands before and behind the rows, and the rows; the whole answer and None where it has no rows."""
        fields = _selected(parse(text).definitions[0])
        before, behind, field = '{"data":{', "}}}", fields[0]
        if field.name.value == "project":
            inner = _selected(field)
            listed = next((item for item in inner if item.name.value in _MAKERS), None)
            if listed is None:
                shown = {_key(item): _shown(item, self.project) for item in fields}
                return json.dumps({"data": shown}), "", None
            before += '"project":{' + "".join(f'"name":"{PROJECT}",' for item in inner if item.name.value == "name")
            behind += "}"
            field = listed
        name = field.name.value
        rows = [self.project] if name == "projects" else [_MAKERS[name](at + 1) for at in range(COUNTS[name])]
        edges = next(item for item in _selected(field) if item.name.value == "edges")
        encoded = [
            json.dumps(_shown(edges, {"cursor": _cursor(at), "node": row})).encode() for at, row in enumerate(rows, 1)
        ]
        return f'{before}"{_key(field)}":{{"edges":[', behind, encoded

    def flat(self, has_attributes: bool) -> bytes:
        """The list of all folders, as REST gives it."""
        if has_attributes not in self._flat:
            rows = [_folder(at + 1) for at in range(COUNTS["folders"])]
            made = [{**{key: row[key] for key in _FLAT}, "path": row["name"]} for row in rows]
            if has_attributes:
                made = [{**row, "attrib": _ATTRIB, "ownAttrib": ["frameEnd", "description"]} for row in made]
            self._flat[has_attributes] = json.dumps({"folders": made}).encode()
        return self._flat[has_attributes]


def _cursor(number: int) -> str:
    """As AYON writes it."""
    return base64.b64encode(f"[{number}]".encode()).decode()


def _number(cursor: str) -> int:
    return int(json.loads(base64.b64decode(cursor))[0]) if cursor else 0


def _key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _selected(node: Any) -> list[FieldNode]:
    return [item for item in node.selection_set.selections if isinstance(item, FieldNode)]


def _shown(node: Any, value: Any) -> Any:
    """A value as a selection shows it."""
    if node.selection_set is None or value is None:
        return value
    if isinstance(value, list):
        return [_shown(node, item) for item in value]
    return {_key(field): _shown(field, value.get(field.name.value)) for field in _selected(node)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    memory: Memory

    def log_message(self, *given: Any) -> None:
        """Says nothing."""

    def _send(self, body: bytes, kind: str = "application/json") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """REST: what a client asks when it connects."""
        me = {"name": "bench", "attrib": {}, "active": True, "data": {"isService": True, "isAdmin": True}}
        answers: dict[str, Any] = {
            "/api/info": {
                "version": "1.16.0",
                "uptime": 1,
                "attributes": self.memory.attributes,
                "user": me,
                "sites": [],
            },
            "/api/users/me": me,
            "/api/attributes": {"attributes": self.memory.attributes},
            f"/api/projects/{PROJECT}": self.memory.project,
            "/api/projects": {"count": 1, "projects": [self.memory.project]},
        }
        path, _, query = self.path.partition("?")
        is_flat = path == f"/api/projects/{PROJECT}/folders"
        self._send(self.memory.flat("attrib=true" in query) if is_flat else json.dumps(answers.get(path, {})).encode())

    def do_POST(self) -> None:
        """GraphQL."""
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(self.memory.answer(sent))


@contextmanager
def served(times: int = 1) -> Iterator[str]:
    """The server in a process of its own, with so many times the rows; gives its address."""
    with subprocess.Popen(
        [sys.executable, __file__, str(times)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)


def main() -> None:
    """Serve until the input ends."""
    _Handler.memory = Memory(int(sys.argv[1]))
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
