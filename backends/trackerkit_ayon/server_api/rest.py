"""What the families say in common of a REST call: its path, its query, what is sent, and where a file may land."""

from __future__ import annotations

import os
import re
import uuid
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from trackerkit.origins import path_of
from trackerkit_ayon.server_api.exceptions import UnreadableResponse
from trackerkit_ayon.server_api.responses import RestApiResponse


def path(*parts: Any) -> str:
    """An entrypoint of encoded parts: a name with a slash in it stays one part; ids may be ``uuid.UUID``, too.

    Raises:
        InvalidInputError: a part is empty, ``.`` or ``..``.
    """
    return path_of(*map(str, parts))[1:]


def query(**values: Any) -> str:
    """A query string with its question mark, of the values that are given; empty if there are none."""
    pairs = [(name, _word(value)) for name, value in values.items() if value is not None]
    return f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""


def _word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def object_of(response: RestApiResponse, message: str | None = None) -> dict[str, Any]:
    """The JSON object of an answer that has to be a success.

    Raises:
        UnauthorizedError, HTTPRequestError: it is none.
        UnreadableResponse: it is one, and says nothing or something else.
    """
    response.raise_for_status(message)
    if not response.content or not isinstance(response.data, dict):
        raise _shapeless(response, "object")
    return response.data


def list_of(response: RestApiResponse, key: str = "") -> list[Any]:
    """The JSON list of an answer that has to be a success, or the list under a key of its object; see ``object_of``."""
    if key:
        found = object_of(response).get(key)
    else:
        response.raise_for_status()
        found = response.data
    if not isinstance(found, list):
        raise _shapeless(response, f"list {key!r}" if key else "list")
    return found


def _shapeless(response: RestApiResponse, wanted: str) -> UnreadableResponse:
    return UnreadableResponse(
        f"the server answered {response.status} without the JSON {wanted} that was asked for", response.orig_response,
        hint="see what stands between here and the server: a proxy, a login page", backend="ayon", sent="yes",
        status=response.status,
    )  # fmt: skip


def done(response: RestApiResponse, message: str | None = None) -> None:
    """See that an answer is a success; its body does not matter."""
    response.raise_for_status(message)


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def new_id() -> str:
    """An id as AYON makes them: 32 hexadecimal digits that tell the time, so that rows stay in order."""
    return uuid.uuid1().hex


def listed(value: Any) -> list[Any] | None:
    """A filter's values as a list without repeats: one value stands for itself, a pattern for its text; None stays None."""
    if value is None:
        return None
    if isinstance(value, re.Pattern):
        return [value.pattern]
    if isinstance(value, (str, int, float)):
        return [value]
    return list(dict.fromkeys(value))


def filters(**values: Iterable[Any] | None) -> dict[str, list[Any]] | None:
    """Filters that are lists, without those not given; None when one of them is empty, for then nothing can match."""
    found = {name: listed(value) for name, value in values.items()}
    if any(value == [] for value in found.values()):
        return None
    return {name: value for name, value in found.items() if value is not None}


def inside(directory: str, name: str) -> str:
    """The place of a file in a directory; the name may come from a server.

    Raises:
        ValueError: the name leads out of the directory.
    """
    home = Path(directory).resolve()
    place = (home / name).resolve()
    if place == home or not place.is_relative_to(home):
        raise ValueError(f"the file name {name!r} leads out of {directory}; give a name inside it")
    return os.path.join(directory, name)  # noqa: PTH118 - a Path would tidy up what the caller gets back


def outdated(function: str, argument: str, instead: str = "") -> None:
    """Warn the caller's caller of an argument that has no effect any more."""
    hint = f"; use {instead!r}" if instead else ""
    warnings.warn(f"{argument!r} of {function!r} is deprecated{hint}", DeprecationWarning, stacklevel=3)
