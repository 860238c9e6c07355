"""Answers GraphQL documents: parsed and checked once each, executed in a thread of the pool."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, GraphQLSchema, execute_sync, parse, validate
from starlette.responses import Response
from starlette.routing import Route

from trackerkit.errors import TrackerError
from trackerkit.secrets import get_logger
from trackerkit_ayon.gateway.faults import Fault, of_error
from trackerkit_ayon.gateway.gate import Ask, Gate, answer, api
from trackerkit_ayon.gateway.graphql.quick import Plain, Plan
from trackerkit_ayon.gateway.graphql.roots import root
from trackerkit_ayon.gateway.graphql.served import schema_of

_TOKENS: Final = 50_000
_log = get_logger("trackerkit.gateway.ayon")


def routes(gate: Gate) -> list[Route]:
    """The route of GraphQL."""
    return [api(gate, "POST", "/graphql", graphql)]


@lru_cache(maxsize=256)
def _document(schema: GraphQLSchema, text: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    try:
        document = parse(text, max_tokens=_TOKENS)
    except GraphQLError as error:
        return None, (error,)
    except RecursionError:
        return None, (GraphQLError("The document is nested too deeply."),)
    return document, tuple(validate(schema, document, max_errors=20))


@lru_cache(maxsize=256)
def _plan(schema: GraphQLSchema, text: str) -> Plan | None:
    document, _ = _document(schema, text)
    try:
        return Plan(schema, document) if document is not None else None
    except Plain:
        return None


def graphql(ask: Ask) -> Response:
    """What a document asks for."""
    body = ask.body
    if not isinstance(body, Mapping) or not isinstance(body.get("query"), str):
        raise Fault(400, "No GraphQL query found in the request", "bad-request")
    variables = body.get("variables") or {}
    if not isinstance(variables, Mapping):
        raise Fault(400, "The GraphQL variables are a dict", "bad-request")
    schema = schema_of(ask.site.catalog.attributes)
    document, errors = _document(schema, body["query"])
    if document is None or errors:
        return answer({"data": None, "errors": [_shown(error) for error in errors]})
    plan = _plan(schema, body["query"]) if not body.get("operationName") else None
    if plan is not None:
        try:
            return answer({"data": plan.run(root(ask.site), variables)})
        except Plain:
            pass
    found = execute_sync(
        schema, document, root_value=root(ask.site), variable_values=dict(variables),
        operation_name=body.get("operationName"),
    )  # fmt: skip
    made: dict[str, Any] = {"data": found.data}
    if found.errors:
        made["errors"] = [_shown(error) for error in found.errors]
    return answer(made)


def _shown(error: GraphQLError) -> dict[str, Any]:
    """An error as AYON tells it; what nobody foresaw stands in the log alone."""
    made: dict[str, Any] = {"message": error.message}
    if error.locations:
        made["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        made["path"] = list(error.path)
    cause = error.original_error
    if isinstance(cause, (Fault, TrackerError)):
        fault = of_error(cause)
        made["message"] = fault.detail
        made["extensions"] = {"status": fault.status}
    elif cause is not None and not isinstance(cause, GraphQLError):
        _log.error("a GraphQL field failed: %s", error.path, exc_info=cause)
        made["message"] = "Internal server error"
        made["extensions"] = {"status": 500}
    return made
