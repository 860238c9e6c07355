"""Two clients of one AYON server, side by side: ours, and AYON's own one, unmodified."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ayon_api
from ayon_api.exceptions import HTTPRequestError, UnauthorizedError

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


@contextmanager
def no_warnings() -> Iterator[None]:
    """Without deprecation warnings, which have a test of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
