"""What the native client raises: the names that AYON's Python API documents, inside trackerkit's error tree.

::

    TrackerError
    ├── UrlError → UrlNotReached
    ├── ServerError
    │   ├── UnauthorizedError               also trackerkit's AuthenticationError
    │   ├── AuthenticationError             also trackerkit's AuthenticationError
    │   ├── ServerNotReached                also TransportError; no answer came
    │   │   ├── ServerTimeout               also TimeoutExpiredError
    │   │   └── RequestOutcomeUnknown       also OutcomeUnknown: it left, and nobody knows whether it was done
    │   ├── UnreadableResponse              also ProtocolError
    │   └── UnsupportedServerVersion        also UnsupportedError
    ├── RequestError → HTTPRequestError     the server refused; below it one class a kind of refusal
    ├── GraphQlQueryError → GraphQlQueryFailed
    ├── MissingEntityError                  also NotFoundError; ProjectNotFound, FolderNotFound
    ├── FailedOperations                    operations of a batch failed
    └── FailedServiceInit                   also ConfigurationError

Where AYON's own package is loaded too, each is its class of that name as well (see ``kinship``): ``except
ayon_api.exceptions.HTTPRequestError`` catches ours.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit import errors as tk
from trackerkit_ayon.server_api.kinship import Kin


class UrlError(Kin, tk.ConfigurationError):
    """A URL that cannot be used; ``title`` and ``hints`` are for a dialogue."""

    def __init__(self, message: str, title: str = "", hints: Sequence[str] | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.title = title
        self.hints = list(hints or ())


class UrlNotReached(UrlError):
    """No AYON server answers there."""


class ServerError(Kin, tk.TrackerError):
    """What the connection to the server comes to."""

    def __init__(self, message: str = "", response: Any = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.response = response


class UnauthorizedError(ServerError, tk.AuthenticationError):
    """The key or the token is refused."""


class AuthenticationError(ServerError, tk.AuthenticationError):
    """The login failed."""


class ServerNotReached(ServerError, tk.TransportError):
    """No answer came; ``sent`` says whether the request left."""


class ServerTimeout(ServerNotReached, tk.TimeoutExpiredError):
    """No answer came in time."""


class RequestOutcomeUnknown(ServerNotReached, tk.OutcomeUnknown):
    """A change left this machine and no answer came: it was not sent again, and may or may not be done.

    Attributes:
        request: what was asked for.
    """

    retryable = False

    def __init__(self, message: str = "", response: Any = None, *, request: Any = None, **more: Any) -> None:
        super().__init__(message, response, **more)
        self.request = request


class UnreadableResponse(ServerError, tk.ProtocolError):
    """An answer that is not AYON's language."""


class UnsupportedServerVersion(ServerError, tk.UnsupportedError):
    """The server's version does not know this."""


class RequestError(Kin, tk.TrackerError):
    """A request that went wrong; ``response`` is the server's answer, where one came."""

    def __init__(self, message: str = "", response: Any = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.response = response


class HTTPRequestError(RequestError):
    """The server answered with a status that is no success."""

    sent: tk.Sent = "yes"


class InvalidRequestError(HTTPRequestError, tk.InvalidInputError):
    """The server takes the request for nonsense (400, 422)."""

    sent: tk.Sent = "yes"


class ForbiddenError(HTTPRequestError, tk.PermissionDeniedError):
    """The right is missing (403)."""


class NotFoundRequestError(HTTPRequestError, tk.NotFoundError):
    """There is no such thing (404)."""


class ConflictRequestError(HTTPRequestError, tk.ConflictError):
    """Taken, or in use (409)."""


class UnavailableRequestError(HTTPRequestError, tk.UnavailableError):
    """Busy, or down for now (429, 503)."""


class FailedRequestError(HTTPRequestError, tk.ServerError):
    """The server failed (5xx)."""


_BY_STATUS: Final[dict[int, type[HTTPRequestError]]] = {
    400: InvalidRequestError, 403: ForbiddenError, 404: NotFoundRequestError, 409: ConflictRequestError,
    422: InvalidRequestError, 429: UnavailableRequestError, 503: UnavailableRequestError,
}  # fmt: skip


def refused(status: int, message: str, response: Any) -> UnauthorizedError | HTTPRequestError:
    """The error of a status that is no success.

    Args:
        status: 400 and more.
        message: one sentence.
        response: the answer.
    """
    if status == 401:
        return UnauthorizedError(message, response, status=status)
    kind = _BY_STATUS.get(status, FailedRequestError if status >= 500 else HTTPRequestError)
    return kind(message, response, status=status, backend="ayon")


class GraphQlQueryError(Kin, tk.TrackerError):
    """A GraphQL query that went wrong."""


class GraphQlQueryFailed(GraphQlQueryError):
    """The server answered a query with errors.

    Attributes:
        errors: as the server sent them.
        query: the document.
        variables: a copy of its variables.
    """

    sent: tk.Sent = "yes"

    def __init__(
        self,
        errors: Sequence[Mapping[str, Any]],
        query: str = "",
        variables: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        said = " | ".join(_said(error) for error in errors)
        super().__init__(f"GraphQl query Failed: {said}" if said else "GraphQl query Failed", **more)
        self.errors = errors
        self.query = query
        self.variables = copy.deepcopy(dict(variables or {}))


def _said(error: Mapping[str, Any]) -> str:
    """One error of a GraphQL answer in a line."""
    text = str(error.get("message"))
    if path := error.get("path"):
        text += f" on item '{'/'.join(map(str, path))}'"
    if places := error.get("locations"):
        told = " and ".join(f"Line {place['line']} Column {place['column']}" for place in places)
        text += f" ({told})"
    return text


class MissingEntityError(Kin, tk.NotFoundError):
    """Something that has to be there is not."""


class ProjectNotFound(MissingEntityError):
    """No project of that name, or not for this caller."""

    def __init__(self, project_name: str, message: str | None = None, **more: Any) -> None:
        super().__init__(message or f'Project "{project_name}" was not found', **more)
        self.project_name = project_name


class FolderNotFound(MissingEntityError):
    """No folder of that id in the project."""

    def __init__(self, project_name: str, folder_id: str, message: str | None = None, **more: Any) -> None:
        said = message or f'Folder with id "{folder_id}" was not found in project "{project_name}"'
        super().__init__(said, **more)
        self.project_name = project_name
        self.folder_id = folder_id


class FailedOperations(Kin, tk.TrackerError):
    """Operations of a batch failed.

    Attributes:
        results: what the server says of each operation, in order: ``id``, ``success``, ``detail``; empty where it says
            nothing.
        failed: those of them that failed.
    """

    sent: tk.Sent = "yes"

    def __init__(self, message: str = "", *, results: Sequence[Mapping[str, Any]] = (), **more: Any) -> None:
        super().__init__(message, **more)
        self.results = list(results)
        self.failed = [result for result in self.results if not result.get("success")]


class FailedServiceInit(Kin, tk.ConfigurationError):
    """A service cannot start: its environment says too little."""
