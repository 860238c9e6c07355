"""A ShotGrid site that answers from memory, for the benches: ``python _shotgrid_site.py`` prints its port and serves."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

PAGE = 5_000
PIECE = memoryview(bytes(range(256)) * 4096)
PLAIN = {
    "code": "text", "description": "text", "sg_status_list": "status_list", "sg_cut_in": "number", "sg_cut_out": "number",
    "sg_cut_order": "number", "sg_head_in": "number", "sg_tail_out": "number", "sg_turnover_note": "text",
    "sg_vendor": "text", "sg_camera": "text", "sg_lens": "text", "sg_difficulty": "list", "sg_is_hero": "checkbox",
    "sg_needs_roto": "checkbox", "sg_due": "date", "sg_turnover_date": "date", "sg_approved_at": "date_time",
    "sg_bid_days": "float", "sg_frame_rate": "float", "sg_location": "text", "sg_plate": "text",
}  # fmt: skip
LINKS = {"project": "entity", "sg_sequence": "entity", "created_by": "entity", "assets": "multi_entity"}
FIELDS = [*PLAIN, *LINKS, "created_at", "updated_at", "updated_by", "image"]
"""The thirty fields of a wide row."""


def value(field: str, number: int) -> Any:
    """What one field of one row holds."""
    kind = PLAIN.get(field) or LINKS.get(field, "")
    if field.endswith("_at"):
        return f"2026-0{number % 9 + 1}-11T10:{number % 60:02}:00Z"
    makers: dict[str, Any] = {
        "text": f"{field.removeprefix('sg_')} {number:06}", "number": 1001 + number % 500, "status_list": "ip",
        "list": "hard", "checkbox": number % 2 == 0, "date": f"2026-0{number % 9 + 1}-12", "float": 24.5,
        "multi_entity": [{"type": "Asset", "id": number % 90 + 1, "name": f"asset{number % 90:03}"}],
    }  # fmt: skip
    if kind in makers:
        return makers[kind]
    made = {
        "project": {"type": "Project", "id": 70, "name": "Big Buck"},
        "sg_sequence": {"type": "Sequence", "id": number // 20 + 1, "name": f"SQ{number // 20:04}"},
        "image": f"https://studio.example/thumbs/{number}.jpg",
    }
    return made.get(field, {"type": "HumanUser", "id": 24, "name": "Ada Lovelace"})


def schema() -> dict[str, Any]:
    """The standard types, with the fields of the wide rows on Shot."""
    from trackerkit.model import neutral_schema
    from trackerkit_shotgrid.schema import bindings_of, schema_read

    standard = neutral_schema()
    made: dict[str, Any] = schema_read(bindings_of(standard), standard)

    def leaf(data: Any) -> dict[str, Any]:
        return {"value": data, "editable": True}

    for name, kind in PLAIN.items():
        choices = {"valid_values": leaf(["hard", "easy"])} if kind == "list" else {}
        new = {"name": leaf(name), "data_type": leaf(kind), "editable": leaf(True), "properties": choices}
        made["Shot"].setdefault(name, new)
    return made


class Site:
    """What is answered.

    Args:
        rows: how many shots there are.
        size: bytes of every file that is fetched.
    """

    def __init__(self, rows: int, size: int) -> None:
        self.rows, self.size = rows, size
        self.schema = _json({"results": schema()})
        self.types = _json(
            {"results": {name: {"name": {"value": name}, "visible": {"value": True}} for name in schema()}}
        )
        self.sizes: dict[int, int] = {}
        self.page = lru_cache(maxsize=32)(self._page)

    def rpc(self, body: bytes) -> bytes:
        """The answer to one call."""
        given = json.loads(body)
        method, params = given["method_name"], given["params"]
        if method == "info":
            info = {"version": [8, 68, 0], "api_max_entities_per_page": PAGE, "s3_direct_uploads_enabled": False}
            return _json(info)
        if method == "schema_read":
            return self.schema
        if method == "schema_entity_read":
            return self.types
        if method == "get_session_token":
            return _json({"results": {"session_id": "a-session-of-the-bench"}})
        assert method == "read", method
        return self.read(params[1])

    def read(self, given: dict[str, Any]) -> bytes:
        """A page of records."""
        if given["type"] == "Attachment":
            number = given["filters"]["conditions"][0]["values"][0]
            row = {"type": "Attachment", "id": number, "file_size": self.sizes.get(number, self.size)}
            return _json({"results": {"entities": [row], "paging_info": {"has_next_page": False}}})
        paging, wanted = given["paging"], given["return_fields"]
        first, count = (paging["current_page"] - 1) * paging["entities_per_page"] + 1, paging["entities_per_page"]
        for condition in given["filters"]["conditions"]:
            if condition["path"] == "id":
                number = condition["values"][0]
                first, count = (number + 1, count) if condition["relation"] == "greater_than" else (number, 1)
        return (
            self.page(tuple(wanted), first, count) if given["type"] == "Shot" else _json({"results": {"entities": []}})
        )

    def _page(self, wanted: tuple[str, ...], first: int, count: int) -> bytes:
        last = min(first + count, self.rows + 1)
        fields = [name for name in wanted if name in FIELDS]
        rows = [
            {"type": "Shot", "id": number, **{name: value(name, number) for name in fields}}
            for number in range(first, last)
        ]
        return _json({"results": {"entities": rows, "paging_info": {"has_next_page": last <= self.rows}}})


def _json(made: Any) -> bytes:
    import orjson

    return orjson.dumps(made)


class Connection(threading.Thread):
    """One client."""

    def __init__(self, site: Site, sock: socket.socket) -> None:
        super().__init__(daemon=True)
        self.site, self.sock = site, sock
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.sink = bytearray(1 << 20)

    def run(self) -> None:
        """Answer until the client goes."""
        try:
            while self.one():
                pass
        except OSError:
            pass
        finally:
            self.sock.close()

    def one(self) -> bool:
        """One request; False at the end."""
        while b"\r\n\r\n" not in self.rest:
            data = self.sock.recv(65536)
            if not data:
                return False
            self.rest += data
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        verb, target, _ = head.split(b"\r\n", 1)[0].split(b" ")
        found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        length = int(found[1]) if found else 0
        if b"100-continue" in head.lower():
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if verb == b"PUT" or target.startswith(b"/upload/upload_file"):
            self.upload(verb, length)
        elif target.startswith(b"/file_serve"):
            self.download()
        else:
            self.answer(self.site.rpc(self.body(length)), "application/json")
        return b"connection: close" not in head.lower()

    def body(self, length: int) -> bytes:
        """A request's body, whole."""
        while len(self.rest) < length:
            self.rest += self.sock.recv(1 << 16)
        made, self.rest = self.rest[:length], self.rest[length:]
        return made

    def upload(self, verb: bytes, length: int) -> None:
        """Count a body and forget it."""
        start = self.rest[:4096]
        left, tail = length - len(self.rest), self.rest[-200:]
        self.rest = b""
        while left:
            got = self.sock.recv_into(self.sink, min(left, len(self.sink)))
            if not got:
                raise ConnectionError
            if len(start) < 4096:
                start += bytes(self.sink[: min(got, 4096)])
            left -= got
            tail = (tail + bytes(self.sink[max(0, got - 200) : got]))[-200:]
        if verb == b"PUT":
            self.answer(b"", "text/plain", 'ETag: "part"\r\n')
            return
        number = len(self.site.sizes) + 1000
        heads = [found.end() for found in re.finditer(rb"filename=[^\r]*\r\n(?:[^\r]+\r\n)*\r\n", start)]
        ending = len(tail) - tail.rindex(b"\r\n--")
        self.site.sizes[number] = length - (heads[0] if heads else 0) - ending
        self.answer(f"1:{number}:ok\n".encode(), "text/plain")

    def download(self) -> None:
        """Send a file."""
        self.sock.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: video/quicktime\r\nContent-Length: %d\r\n\r\n" % self.site.size
        )
        for _ in range(self.site.size // len(PIECE)):
            self.sock.sendall(PIECE)
        self.sock.sendall(PIECE[: self.site.size % len(PIECE)])

    def answer(self, body: bytes, kind: str, more: str = "") -> None:
        """Head and body in one write."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
        self.sock.sendall(head.encode() + body)


@contextmanager
def running(rows: int, size: int = 1 << 20) -> Iterator[str]:
    """The address of a site in a process of its own."""
    command = [sys.executable, str(Path(__file__)), str(rows), str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(child.stdout.readline())}"
        finally:
            child.kill()


def serve(rows: int, size: int) -> None:
    """Serve until the process is ended."""
    site = Site(rows, size)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            Connection(site, listening.accept()[0]).start()


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:3]))
