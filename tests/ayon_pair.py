"""Two clients of one AYON server, side by side: ours, and AYON's own one, unmodified."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import ayon_api
from ayon_api.exceptions import HTTPRequestError, UnauthorizedError

from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply
from trackerkit_ayon.server_api import ServerAPI
from trackerkit_ayon.server_api import exceptions as own

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\r"
    b"IDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""A picture of one dot."""


@dataclass
class Pair:
    """The two clients, and what a test made on the server.

    Args:
        ours: our client.
        theirs: AYON's.
        project: of the test.
        ids: of what is in it, by a name.
    """

    ours: Any
    theirs: Any
    project: str = ""
    ids: dict[str, str] = field(default_factory=dict)

    def close(self) -> None:
        """Close both."""
        self.ours.close_session()
        self.theirs.close_session()

    def same(self, call: Callable[[Any], Any]) -> Any:
        """What both give for a call, when it is the same.

        Args:
            call: takes a client and this pair's project for granted.
        """
        mine, original = told(call, self.ours), told(call, self.theirs)
        assert mine == original
        return mine


def opened(url: str, key: str) -> Pair:
    """Both clients with one key."""
    return Pair(ServerAPI(url, key), ayon_api.ServerAPI(url, key))


def told(call: Callable[[Any], Any], api: Any) -> Any:
    """What a call gives, in a form that can be compared: generators as lists, pictures as their parts, refusals as theirs."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            found = call(api)
            plain_kind = "generator" if inspect.isgenerator(found) else type(found).__name__
            value = plain(found)
    except (HTTPRequestError, own.HTTPRequestError) as error:
        return "refused", error.response.status_code
    except (UnauthorizedError, own.UnauthorizedError):
        return "refused", 401
    except (ayon_api.exceptions.GraphQlQueryFailed, own.GraphQlQueryFailed) as error:
        return "refused", sorted(str(item["message"]) for item in error.errors)
    except (ayon_api.exceptions.UnsupportedServerVersion, own.UnsupportedServerVersion):
        return "unsupported"
    except ValueError:
        return "ValueError"
    return plain_kind, value


def plain(value: Any) -> Any:
    """Generators as lists, pictures as their parts."""
    if inspect.isgenerator(value):
        return [plain(item) for item in value]
    if hasattr(value, "is_valid") and hasattr(value, "content_type"):
        return value.project_name, value.thumbnail_id, value.content, value.content_type, value.is_valid
    return value


# ---- on servers of our own


class Recorder:
    """A server that answers each request of a test with one reply, and notes what was sent; a context manager.

    Attributes:
        reply: what is answered: a JSON value, bytes, a ``Reply``, or a function of the request.
        version: that the server says it has.
    """

    def __init__(self, version: str = "1.16.0") -> None:
        self.reply: Any = {}
        self.version = version
        self.server = LoopbackServer(self._answer)

    def __enter__(self) -> Recorder:
        self.server.__enter__()
        return self

    def __exit__(self, *about: Any) -> None:
        self.server.__exit__(*about)

    def pair(self) -> Pair:
        """Both clients of it."""
        return opened(self.server.url, "a" * 32)

    def _answer(self, incoming: Incoming) -> Reply:
        if incoming.path in ("/", "/api/info"):
            return said({"version": self.version})
        if incoming.path == "/api/users/me":
            is_key = "x-api-key" in incoming.headers
            return said(
                {"name": "suite", "data": {"isService": True}} if is_key else {"code": 401}, 200 if is_key else 401
            )
        reply = self.reply(incoming) if callable(self.reply) else self.reply
        return reply if isinstance(reply, Reply) else said(reply)

    def sent(self, call: Callable[[Any], Any], api: Any) -> tuple[Any, list[Any]]:
        """What a call gives, and what it sent: method, path, query and body of each request."""
        before = len(self.server.requests)
        found = told(call, api)
        made = self.server.requests[before:]
        return found, [_read(request) for request in made if request.path not in ("/", "/api/info", "/api/users/me")]


def said(value: Any, status: int = 200) -> Reply:
    """A reply of JSON; bytes as they are."""
    if isinstance(value, bytes):
        return Reply(status, value, {"Content-Type": "application/octet-stream", "Content-Length": str(len(value))})
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _read(request: Incoming) -> Any:
    path, _, query = request.target.partition("?")
    return request.method, unquote(path), sorted(parse_qsl(query)), _body(request.body)


def _body(body: bytes) -> Any:
    """JSON read, other bytes as they are. (AYON's client says of a file, too, that it is JSON.)"""
    try:
        return json.loads(body)
    except ValueError:
        return body


def as_theirs(recorder: Recorder, both: Pair, call: Callable[[Any], Any], reply: Any) -> Any:
    """What our client gives for a call; it sends and gives what AYON's does."""
    recorder.reply = reply
    mine, original = recorder.sent(call, both.ours), recorder.sent(call, both.theirs)
    assert original[1], "the call sent nothing: nothing was compared"
    assert mine[1] == original[1]
    assert mine[0] == original[0]
    return mine[0]
