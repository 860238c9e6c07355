"""The verbs: get, post, put, patch, delete, their raw forms, and GraphQL."""

from __future__ import annotations

import json as stdlib_json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from trackerkit.errors import InvalidInputError
from trackerkit.jsontext import decoded
from trackerkit_ayon.server_api.exceptions import GraphQlQueryFailed, UnreadableResponse
from trackerkit_ayon.server_api.login import Login
from trackerkit_ayon.server_api.responses import GraphQlResponse, RestApiResponse

_CONNECT_S: Final = 30.0

Decode: TypeAlias = Callable[[bytes], Any]


class Verbs(Login):
    """Requests by hand."""

    def raw_get(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """GET; the arguments are those of ``requests.Session.request``.

        Args:
            entrypoint: a path below ``/api``, or a URL of this server.
            **kwargs: ``params``, ``headers``, ``timeout``, …; ``max_retries`` besides.

        Raises:
            ServerNotReached: no answer came; a change may have been made where it is a RequestOutcomeUnknown.
        """
        return self._send("GET", entrypoint, kwargs)

    def raw_post(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """POST; sent once. See ``raw_get``."""
        return self._send("POST", entrypoint, kwargs)

    def raw_put(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """PUT; sent once. See ``raw_get``."""
        return self._send("PUT", entrypoint, kwargs)

    def raw_patch(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """PATCH; sent once. See ``raw_get``."""
        return self._send("PATCH", entrypoint, kwargs)

    def raw_delete(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """DELETE; sent once. See ``raw_get``."""
        return self._send("DELETE", entrypoint, kwargs)

    def get(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """GET with the arguments as its query."""
        return self.raw_get(entrypoint, params=kwargs)

    def post(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """POST with the arguments as JSON."""
        return self.raw_post(entrypoint, json=kwargs)

    def put(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """PUT with the arguments as JSON."""
        return self.raw_put(entrypoint, json=kwargs)

    def patch(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """PATCH with the arguments as JSON."""
        return self.raw_patch(entrypoint, json=kwargs)

    def delete(self, entrypoint: str, **kwargs: Any) -> RestApiResponse:
        """DELETE with the arguments as its query."""
        return self.raw_delete(entrypoint, params=kwargs)

    # ---- GraphQL

    def query_graphql(self, query: str, variables: dict[str, Any] | None = None) -> GraphQlResponse:
        """What the server answers to a GraphQL document, errors included.

        Args:
            query: the document; values belong into ``variables``, never into its text.
            variables: by name.

        Raises:
            HTTPRequestError: the server refuses.
        """
        return self._asked(query, variables, decoded)

    def _asked(self, query: str, variables: Mapping[str, Any] | None, decode: Decode) -> GraphQlResponse:
        response = self._graphql_response(query, variables, decode)
        response.raise_for_status()
        if not isinstance(response.data, dict):
            raise UnreadableResponse("the server's answer is no GraphQL", response, backend="ayon")
        return GraphQlResponse(response)

    def _query(self, query: str, variables: Mapping[str, Any] | None = None, decode: Decode = decoded) -> Any:
        """The data that a document asks for, for the families.

        Args:
            query: the document.
            variables: by name.
            decode: reads the answer, where something else is made of it than JSON's own types.

        Raises:
            GraphQlQueryFailed: the server answers with errors.
        """
        answer = self._asked(query, variables, decode)
        if answer.errors:
            raise GraphQlQueryFailed(answer.errors, query, variables, backend="ayon")
        return answer.data["data"]

    def _graphql_response(
        self, query: str, variables: Mapping[str, Any] | None, decode: Decode = decoded
    ) -> RestApiResponse:
        sent = {"query": query, "variables": dict(variables or {})}
        return self._send_known("POST", "/graphql", {"json": sent, "safe": True, "decode": decode})

    # ---- one request

    def _send(self, method: str, endpoint: str, kwargs: dict[str, Any], prefix: str = "/api") -> RestApiResponse:
        """A request with the arguments of ``requests``."""
        path = self._transport.path(endpoint, prefix)
        if kwargs.keys() - _SIMPLE:
            from trackerkit_ayon.server_api.passthrough import as_requests_would

            settled = {"verify": self._ssl_verify, "cert": self._cert, "proxies": None, "allow_redirects": True}
            with as_requests_would(method, self._base_url, path, kwargs, settled) as (target, sent):
                return self._send_known(method, target, sent)
        return self._send_known(method, path, kwargs)

    def _send_known(self, method: str, path: str, kwargs: Mapping[str, Any]) -> RestApiResponse:
        """A request with the plain arguments alone."""
        self._settle_identity()
        path, query = _with_params(path, kwargs.get("params"))
        return self._transport.send(
            method, path, query=query, json=plain(kwargs.get("json")), body=kwargs.get("body"),
            headers=kwargs.get("headers"), timeout_s=self._seconds(kwargs.get("timeout")),
            attempts=max(1, int(kwargs.get("max_retries", self._max_retries))), safe=kwargs.get("safe"),
            stream=bool(kwargs.get("stream")), decode=kwargs.get("decode", decoded),
        )  # fmt: skip

    def _seconds(self, timeout: Any) -> tuple[float, float]:
        """A timeout as requests takes it: seconds, or a pair of them; the connection's own for None."""
        if timeout is None:
            return min(_CONNECT_S, self._timeout), self._timeout
        if isinstance(timeout, tuple):
            connect, read = timeout
            return float(connect or self._timeout), float(read or self._timeout)
        return min(_CONNECT_S, float(timeout)), float(timeout)


_SIMPLE: Final = frozenset({"json", "params", "headers", "timeout", "max_retries", "handle_invalid_token", "safe"})


def _with_params(path: str, params: Any) -> tuple[str, Mapping[str, Any] | None]:
    """The path, and the query that is still to be added."""
    if not params:
        return path, None
    if isinstance(params, Mapping):
        return path, {name: list(value) if isinstance(value, (set, frozenset)) else value
                      for name, value in params.items()}  # fmt: skip
    if isinstance(params, (str, bytes)):
        text = params.decode() if isinstance(params, bytes) else params
        return f"{path}{'&' if '?' in path else '?'}{text}", None
    gathered: dict[str, list[Any]] = {}
    for name, value in params:
        gathered.setdefault(name, []).append(value)
    return path, gathered


def plain(value: Any) -> Any:
    """A value as JSON can say it: keys that are numbers become text, subclasses of text and numbers what they stand for.

    Raises:
        InvalidInputError: it has no form in JSON.
    """
    if _is_plain(value):
        return value
    try:
        return stdlib_json.loads(stdlib_json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"this cannot be said in JSON: {error}", backend="ayon") from None


def _is_plain(value: Any) -> bool:
    kind = value.__class__
    if kind is dict:
        return all(key.__class__ is str and _is_plain(item) for key, item in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    return kind in _PLAIN


_PLAIN: Final = (str, int, float, bool, type(None))
