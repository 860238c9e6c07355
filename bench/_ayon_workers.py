"""The server of `_ayon_memory.py` as one with two workers, each of which takes as long for a row as a real AYON does."""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import ThreadingHTTPServer

from _ayon_memory import EDGES, Handler

WORKERS = 2
ROW_S = 0.00013
"""A real AYON 1.16 answers some 7,500 tasks a second."""

_free = threading.Semaphore(WORKERS)


def cursor(number: int) -> str:
    """AYON's cursor behind the row of a number, from 1."""
    return base64.b64encode(json.dumps([number]).encode()).decode()


TASKS = [b'{"cursor":"%s",' % cursor(n).encode() + edge[1:] for n, edge in enumerate(EDGES["tasks"], 1)]


class Busy(Handler):
    """A worker takes a request when it is free."""

    def do_POST(self) -> None:
        """A page of tasks."""
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["variables"]
        begin = json.loads(base64.b64decode(given["after"]))[0] if given.get("after") else 0
        edges = TASKS[begin : begin + given["first"]]
        with _free:
            time.sleep(len(edges) * ROW_S)
        info = {"hasNextPage": len(edges) >= given["first"], "endCursor": cursor(begin + len(edges))}
        head = b'{"data":{"project":{"name":"show","tasks":{"pageInfo":%s,"edges":[' % json.dumps(info).encode()
        body = head + b",".join(edges) + b"]}}}}"
        self._head(len(body))
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
