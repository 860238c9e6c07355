"""Functions that need no connection: checks of a URL and a token, names, actions of the web."""

from __future__ import annotations

import datetime
import platform
import re
import string
import unicodedata
from collections.abc import Iterable
from enum import IntEnum
from typing import Any, Final

from trackerkit import errors as tk
from trackerkit.origins import path_of
from trackerkit_ayon.server_api.api import ServerAPI
from trackerkit_ayon.server_api.exceptions import AuthenticationError, UrlError, UrlNotReached
from trackerkit_ayon.server_api.responses import as_requests

_KEPT: Final = string.ascii_letters + string.digits
_SPLITTING: Final = " ,./\\;:!|*^#@~+-_="


class SortOrder(IntEnum):
    """How lists are ordered."""

    ascending = 0
    descending = 1

    @classmethod
    def parse_value(cls, value: Any, default: SortOrder | None = None) -> SortOrder | None:
        """From ``asc``, ``ascending``, ``desc`` or ``descending``."""
        known = {"asc": cls.ascending, "desc": cls.descending, "ascending": cls.ascending, "descending": cls.descending}
        return cls(value) if value in (0, 1) else known.get(value, default)


def _connection(
    url: str, token: str | None, timeout: float | None, verify: str | bool | None, cert: str | None
) -> ServerAPI:
    return ServerAPI(url, token, None, ssl_verify=verify, cert=cert, create_session=False, timeout=timeout)


def is_token_valid(
    url: str,
    token: str,
    timeout: float | None = None,
    *,
    verify: str | bool | None = None,
    cert: str | None = None,
) -> bool:
    """True when the server takes a token or a key.

    Raises:
        ServerError: it says neither yes nor no.
    """
    api = _connection(url, token, timeout, verify, cert)
    try:
        return api.has_valid_token
    finally:
        api.close_session()


def get_user_by_token(
    url: str,
    token: str,
    timeout: float | None = None,
    *,
    verify: str | bool | None = None,
    cert: str | None = None,
) -> dict[str, Any] | None:
    """The user that a token or a key belongs to; None when the server does not take it."""
    api = _connection(url, token, timeout, verify, cert)
    try:
        return api._get_user_info()
    finally:
        api.close_session()


def login_to_server(url: str, username: str, password: str, timeout: float | None = None) -> str | None:
    """The token of a new session; None when the server refuses the login."""
    api = _connection(url, None, timeout, None, None)
    try:
        api.login(username, password, create_session=False)
        return api.access_token
    except AuthenticationError:
        return None
    finally:
        api.close_session()


def validate_url(
    url: str, timeout: float | None = None, verify: str | bool | None = None, cert: str | None = None
) -> str:
    """The URL of a server, as it can be used: a missing scheme is added, a path too many taken away.

    Raises:
        UrlError: it is none.
        UrlNotReached: no AYON server answers there.
    """
    given = url.strip().rstrip("/")
    if not given:
        raise UrlError("Invalid url format. Url is empty.", "Invalid url format", ["url seems to be empty"])
    whole = given if re.match(r"https?://", given, re.IGNORECASE) else f"http://{given}"
    plain = "/".join(whole.split("/")[:3])
    for candidate in dict.fromkeys((plain, whole)):
        try:
            api = _connection(candidate, None, timeout, verify, cert)
            api.get_info()["version"]
        except tk.InvalidInputError as error:
            raise UrlError(
                f'Invalid url format. Url cannot be parsed as url "{whole}".', "Invalid url format",
                ["does the url work in browser?"], hint=error.message,
            ) from None  # fmt: skip
        except (tk.TrackerError, KeyError, TypeError):
            continue
        return candidate
    hints = [f'did you mean "{plain}"?'] if plain != whole else []
    raise UrlNotReached(
        f'Couldn\'t connect to server on "{url}"', "Couldn't connect to server",
        [*hints, "does the url work in browser?"],
    )  # fmt: skip


def take_web_action_event(server_url: str, action_token: str) -> dict[str, Any]:
    """What an action of the web asks a launcher for; the token is good for once.

    Raises:
        HTTPRequestError: the server refuses.
    """
    response = _connection(server_url, None, None, None, None)._ask(
        "GET", f"/api{path_of('actions', 'take', action_token)}"
    )
    response.raise_for_status()
    found: dict[str, Any] = response.data
    return found


def abort_web_action_event(server_url: str, action_token: str, reason: str) -> Any:
    """Say why an action of the web cannot be done.

    Raises:
        HTTPRequestError: the server refuses.
    """
    api = _connection(server_url, None, None, None, None)
    response = api._ask("POST", f"/api{path_of('actions', 'abort', action_token)}", json={"message": reason})
    response.raise_for_status()
    return as_requests(response.answer)


def create_dependency_package_basename(platform_name: str | None = None) -> str:
    """A name for a dependency package: when it was made, and what for."""
    made = datetime.datetime.now().astimezone().strftime("%y%m%d%H%M")
    return f"ayon_{made}_{platform_name or platform.system().lower()}"


def slugify_string(
    input_string: str,
    separator: str = "_",
    slug_whitelist: Iterable[str] = _KEPT,
    split_chars: Iterable[str] = _SPLITTING,
    min_length: int = 1,
    lower: bool = False,
    make_set: bool = False,
) -> str | set[str]:
    """A text as a name of plain letters and digits; signs that have no Latin base are left out.

    Args:
        input_string: the text.
        separator: between its words.
        slug_whitelist: the signs that are kept.
        split_chars: the signs that end a word.
        min_length: shorter words are left out.
        lower: in lower case.
        make_set: the words, instead of a text.
    """
    text = unicodedata.normalize("NFKD", input_string).encode("ascii", "ignore").decode()
    kept, ends = set(slug_whitelist), set(split_chars)
    spaced = "".join("\0" if sign in ends else sign for sign in (text.lower() if lower else text))
    words = ["".join(sign for sign in word if sign in kept) for word in spaced.split("\0")]
    long = [word for word in words if len(word) >= min_length]
    return set(long) if make_set else separator.join(long)
