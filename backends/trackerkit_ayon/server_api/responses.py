"""RestApiResponse and GraphQlResponse: an answer as AYON's Python API hands it out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from trackerkit.errors import ProtocolError
from trackerkit.http import Answer
from trackerkit.secrets import get_logger, redact
from trackerkit_ayon.server_api.exceptions import UnreadableResponse, refused

if TYPE_CHECKING:  # requests weighs more than the rest of this package
    import requests

log = get_logger(__name__)

_UNREAD: Any = object()


class RestApiResponse:
    """What the server answered to a request: truthy when it is a success, and read like its JSON.

    Args:
        answer: with any status.

    Attributes:
        status: the HTTP status.
        answer: as it came.
    """

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.answer = answer
        self._data: Any = _UNREAD
        self._original: requests.Response | None = None

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Case-insensitive."""
        return self.answer.headers

    @property
    def content(self) -> bytes:
        """The body."""
        return self.answer.body

    @property
    def text(self) -> str:
        """The body as text."""
        return self.answer.text()

    @property
    def content_type(self) -> str | None:
        """Its content type."""
        return self.answer.headers.get("Content-Type")

    @property
    def ok(self) -> bool:
        """True below 400."""
        return self.status < 400

    @property
    def data(self) -> Any:
        """The body as JSON; ``{}`` for an empty one, and for a refusal that is none.

        Raises:
            UnreadableResponse: a success that should be JSON and is not: a login page, a cut answer.
        """
        if self._data is _UNREAD:
            self._data = self._decoded() if self.answer.body else {}
        return self._data

    def _decoded(self) -> Any:
        try:
            return self.answer.json()
        except ProtocolError as error:
            if self.status >= 400:
                return {}
            failure = UnreadableResponse(error.message, self, hint=error.hint, backend="ayon", status=self.status)
        raise failure

    def json(self) -> Any:
        """The body as JSON."""
        return self.data

    @property
    def detail(self) -> str:
        """What the server says of it, else what its status means."""
        said = self.get("detail")
        if said:
            return str(said)
        try:
            return HTTPStatus(self.status).description
        except ValueError:
            return ""

    @property
    def orig_response(self) -> requests.Response:
        """The same as a ``requests.Response``."""
        if self._original is None:
            self._original = as_requests(self.answer)
        return self._original

    def raise_for_status(self, message: str | None = None) -> None:
        """Do nothing below 400.

        Args:
            message: what to say instead of status and address.

        Raises:
            UnauthorizedError: 401.
            HTTPRequestError: any other.
        """
        if self.status < 400:
            return
        said = message or self._sentence()
        detail = self.data.get("detail") if isinstance(self.data, Mapping) else None
        log.debug("%s: %s", said, self.answer)
        raise refused(self.status, redact(f"{said} ({_short(detail)})" if detail else said), self.orig_response)

    def _sentence(self) -> str:
        whose = "Client" if self.status < 500 else "Server"
        try:
            reason = HTTPStatus(self.status).phrase
        except ValueError:
            reason = ""
        return f"{self.status} {whose} Error: {reason} for url: {self.answer.url}"

    def get(self, key: str, default: Any = None) -> Any:
        """A value of the JSON object."""
        return self.data.get(key, default) if isinstance(self.data, dict) else default

    def __getitem__(self, key: Any) -> Any:
        return self.data[key]

    def __contains__(self, key: object) -> bool:
        return key in self.data

    def __len__(self) -> int:
        return int(bool(self))

    def __bool__(self) -> bool:
        return 200 <= self.status < 400

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self.status}]>"

    def __enter__(self) -> RestApiResponse:
        return self

    def __exit__(self, *about: object) -> None:
        self.answer.close()


def _short(detail: Any) -> str:
    return detail if isinstance(detail, str) else json.dumps(detail, default=str)[:500]


class GraphQlResponse:
    """What the server answered to a query.

    Attributes:
        data: the whole answer: ``data["data"]`` is what was asked for.
        errors: as the server sent them; None without.
    """

    def __init__(self, data: Any) -> None:
        self.data = data
        self.errors = data.get("errors")

    def __len__(self) -> int:
        return 0 if self.errors else 1

    def __repr__(self) -> str:
        if self.errors:
            return f"<{type(self).__name__} errors={self.errors[0]['message']}>"
        return f"<{type(self).__name__}>"


def as_requests(answer: Answer) -> requests.Response:
    """An answer as a ``requests.Response``, for callers that expect one."""
    import requests

    made = requests.Response()
    made.status_code = answer.status
    made.headers.update(answer.headers)
    made.url = answer.url
    try:
        made.reason = HTTPStatus(answer.status).phrase
    except ValueError:
        made.reason = ""
    if answer.stream is None:
        made._content = answer.body
        made._content_consumed = True  # type: ignore[attr-defined]
    else:
        made.raw = answer.stream
    return made
