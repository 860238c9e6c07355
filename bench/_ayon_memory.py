"""A server that speaks as much AYON as the benches ask for, from memory; run as a script in a process of its own.

Prints its port. ``POST /graphql`` answers pages of folders and tasks, as large as they are asked for; ``GET /api/file`` a file of
zeros, ``PUT /api/file`` takes one.
"""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDERS = TASKS = 15_000
FILE_BYTES = 1 << 30
_ZEROS = bytes(1 << 20)
_ATTRIB = {
    "fps": 25.0, "resolutionWidth": 1920, "resolutionHeight": 1080, "pixelAspect": 1.0, "clipIn": 1, "clipOut": 1,
    "frameStart": 1001, "frameEnd": 1100, "handleStart": 0, "handleEnd": 0, "startDate": "2026-01-01T00:00:00+00:00",
    "endDate": "2026-12-31T00:00:00+00:00", "description": "A shot like many others", "priority": "normal",
}  # fmt: skip


def folder(number: int) -> dict[str, object]:
    """The fields that both clients ask for by themselves."""
    name = f"sh{number:05}"
    attributes = json.dumps({**_ATTRIB, "frameEnd": 1001 + number % 200}, separators=(",", ":"))
    return {
        "active": True, "allAttrib": attributes, "data": "{}",
        "folderType": "Shot", "id": f"{number:032x}", "label": None, "name": name, "parentId": f"{number // 20:032x}",
        "path": f"/shots/sq{number // 20:03}/{name}", "status": "In progress", "tags": [], "thumbnailId": None,
    }  # fmt: skip


def task(number: int) -> dict[str, object]:
    """The fields that both clients ask for by themselves."""
    row = folder(number)
    row.update(name=f"task{number:05}", taskType="Compositing", folderId=row.pop("parentId"), assignees=["artist"])
    return {name: value for name, value in row.items() if name not in ("folderType", "path")}


def listed(number: int) -> dict[str, object]:
    """A folder as the list of all folders has it."""
    row = folder(number)
    attributes = json.loads(str(row.pop("allAttrib")))
    more = {"attrib": attributes, "ownAttrib": ["frameEnd"], "parents": ["shots"], "taskNames": [], "hasTasks": False}
    times = {"createdAt": "2026-11-01T12:00:00+00:00", "updatedAt": "2026-11-01T12:00:00+00:00"}
    return {**{name: value for name, value in row.items() if name not in BESIDE}, **more, **times}


BESIDE = ("active", "data", "thumbnailId")
"""What the list does not hold."""

EDGES = {
    "folders": [json.dumps({"node": folder(number)}).encode() for number in range(FOLDERS)],
    "beside": [
        json.dumps({"node": {name: folder(number)[name] for name in ("id", *BESIDE)}}).encode()
        for number in range(FOLDERS)
    ],
    "tasks": [json.dumps({"node": task(number)}).encode() for number in range(TASKS)],
}


LIST = json.dumps({"folders": [listed(number) for number in range(FOLDERS)]}, separators=(",", ":")).encode()


def page(kind: str, first: int, after: int) -> bytes:
    """A page as AYON writes it."""
    edges = EDGES[kind]
    end = min(len(edges), after + first)
    info = json.dumps({"hasNextPage": end < len(edges), "endCursor": str(end)}).encode()
    head = b'{"data": {"project": {"name": "show", "%s": {"pageInfo": %s, "edges": [' % (
        b"tasks" if kind == "tasks" else b"folders",
        info,
    )
    return head + b", ".join(edges[after:end]) + b"]}}}}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *about: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Who asks, what is here, and the file."""
        if self.path == "/api/file":
            self._head(FILE_BYTES, "application/octet-stream")
            for _ in range(FILE_BYTES >> 20):
                self.wfile.write(_ZEROS)
            return
        if self.path.startswith("/api/projects/show/folders"):
            self._head(len(LIST))
            self.wfile.write(LIST)
            return
        attributes = [
            {
                "name": name,
                "scope": ["project", "folder", "task"],
                "data": {"type": "string" if name != "startDate" else "datetime"},
            }
            for name in _ATTRIB
        ]
        self._say({"version": "1.16.4", "name": "bench", "attrib": {}, "attributes": attributes, "settings": {}})

    def do_POST(self) -> None:
        """A page: its size and cursor stand in the variables, or in the text."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        given, text = asked.get("variables") or {}, asked["query"]
        first = given.get("first") or int((re.search(r"first: (\d+)", text) or ["", "300"])[1])
        after = given.get("after") or (re.search(r'after: "(\d+)"', text) or ["", "0"])[1]
        kind = "tasks" if re.search(r"\btasks\b", text) else "folders" if "allAttrib" in text else "beside"
        body = page(kind, int(first), int(after))
        self._head(len(body))
        self.wfile.write(body)

    def do_PUT(self) -> None:
        """Take a file, and forget it."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                self._drain(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            self._drain(int(self.headers["Content-Length"]))
        self._say({"id": "1"})

    def _drain(self, size: int) -> None:
        while size:
            size -= len(self.rfile.read(min(size, 1 << 20)))

    def _say(self, value: object) -> None:
        body = json.dumps(value).encode()
        self._head(len(body))
        self.wfile.write(body)

    def _head(self, size: int, kind: str = "application/json") -> None:
        if self.headers.get("Expect") == "100-continue":
            pass  # http.server has answered it
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.send_header("ETag", '"zeros"')
        self.end_headers()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
