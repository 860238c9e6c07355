"""Reads a request's body: whole, within its limit, and JSON that cannot hurt."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request

from trackerkit.web.errors import RefusedError
from trackerkit.web.pool import run_sync

_fast: Callable[[bytes], Any] | None
try:
    from orjson import loads as _fast
except ImportError:  # the [speed] extra; the standard library gives the same values, later
    _fast = None

_STRINGS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
# What orjson reads otherwise than the standard library: whole numbers beyond 64 bits become floats.
_LONG_NUMBER: Final = re.compile(rb"\d{19}")
_LARGE: Final = 256 * 1024
_BOM: Final = b"\xef\xbb\xbf"


async def read_body(request: Request) -> bytes:
    """The whole body.

    Raises:
        BodyTooLargeError: it is larger than this request may send.
        RefusedError: it is compressed (415): its true size would be unknown.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise RefusedError("a compressed body is not taken", http_status=415, hint="send it without Content-Encoding")
    return await request.body()


async def read_json(request: Request) -> Any:
    """The body as JSON, no deeper than the server's settings say; a large one is read in a thread.

    Raises:
        BodyTooLargeError, RefusedError: as ``read_body`` and ``parse_json`` do.
    """
    body = await read_body(request)
    depth = request.app.state.settings.depth
    if len(body) < _LARGE:
        return parse_json(body, depth)
    return await run_sync(parse_json, body, depth)


def parse_json(body: bytes, max_depth: int = 64) -> Any:
    """A JSON text as Python values, in UTF-8 (with a BOM or without); of duplicate keys the last one counts.

    Raises:
        RefusedError: it is no JSON, is nested deeper than ``max_depth``, or holds what no tracker can (NaN, numbers
            beyond a float, half of a surrogate pair).
    """
    if body.startswith(_BOM):
        body = body[len(_BOM) :]
    if depth_exceeds(body, max_depth):
        raise RefusedError(f"the JSON is nested deeper than {max_depth}", hint="flatten it")
    try:
        if _fast is not None and not _LONG_NUMBER.search(body):
            return _fast(body)
        return _parse_slowly(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"the body is no JSON: {_reason(error)}") from None


def depth_exceeds(body: bytes, max_depth: int) -> bool:
    """Whether brackets stand deeper within one another than ``max_depth``; no recursion, time linear in the size."""
    if body.count(b"[") + body.count(b"{") <= max_depth:
        return False
    left = _STRINGS.sub(b"", body).translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(max_depth):
        peeled = left.replace(b"[]", b"")
        if len(peeled) == len(left):
            break
        left = peeled
    # What never closes is no JSON; it is too deep only if that many are open.
    return left.count(b"[") > max_depth or b"[]" in left


def _parse_slowly(body: bytes) -> Any:
    text = body.decode("utf-8")
    value = json.loads(text, parse_constant=_refused_constant, parse_float=_finite)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate raises
    return value


def _refused_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _reason(error: Exception) -> str:
    """Where it goes wrong, without the text itself."""
    if isinstance(error, UnicodeError):
        return "it is no UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return str(error)[:100]
