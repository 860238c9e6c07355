"""Requests with arguments that only ``requests`` knows how to encode: files, forms, streams, cookies."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from trackerkit.errors import InvalidInputError
from trackerkit.transfers import Source, upload_body

_ENCODED = ("params", "data", "files", "json", "cookies", "auth")
_OURS = frozenset({"headers", "timeout", "max_retries", "handle_invalid_token", "stream", "safe"})
_KEPT = ("timeout", "max_retries", "stream", "safe")
_IN_MEMORY = 8 << 20


@contextmanager
def as_requests_would(
    method: str, base_url: str, path: str, kwargs: Mapping[str, Any], settled: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What ``requests.Request`` makes of the arguments, to be sent by our own connection.

    Args:
        method: the verb.
        base_url: of the server.
        path: below it.
        kwargs: as ``requests.Session.request`` takes them.
        settled: those that are the whole connection's: a call may repeat them, not change them.

    Yields:
        The path with its query, and ``headers``, ``body`` and what else is to be known of the request.

    Raises:
        InvalidInputError: an argument that does not go with a pooled connection.
    """
    unknown = kwargs.keys() - _OURS - settled.keys() - set(_ENCODED)
    if unknown:
        raise InvalidInputError(f"{', '.join(sorted(unknown))}: no argument of a request", backend="ayon")
    for name in settled.keys() & kwargs.keys():
        if kwargs[name] is not None and kwargs[name] != settled[name]:
            raise InvalidInputError(
                f"{name} is set for the whole connection, not for one request",
                hint="use set_ssl_verify or set_cert, or a connection of its own",
                backend="ayon",
            )
    import requests

    given = {name: kwargs[name] for name in _ENCODED if kwargs.get(name) is not None}
    made = requests.Request(method, f"{base_url}{path}", headers=kwargs.get("headers"), **given).prepare()
    headers = {name: _text(value) for name, value in made.headers.items()}
    headers.pop("Content-Length", None)
    headers.pop("Transfer-Encoding", None)
    sent: dict[str, Any] = {name: kwargs[name] for name in _KEPT if name in kwargs}
    with ExitStack() as closing:
        yield str(made.url)[len(base_url) :], {**sent, "headers": headers, "body": _body(made.body, closing)}


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _body(body: Any, closing: ExitStack) -> Any:
    """A body that can be sent from its start again."""
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read") and hasattr(body, "seek"):
        return upload_body(Source(body))
    spool = closing.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closing closes it
    if hasattr(body, "read"):
        shutil.copyfileobj(body, spool)
    else:
        for piece in _pieces(body):
            spool.write(piece)
    spool.seek(0)
    return upload_body(Source(spool))


def _pieces(body: Any) -> Iterator[bytes]:
    for piece in body:
        yield piece.encode() if isinstance(piece, str) else piece
