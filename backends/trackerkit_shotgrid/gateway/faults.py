"""Faults: the answers by which ShotGrid refuses, always HTTP 200, with its codes and texts. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from trackerkit.errors import (
    AuthenticationError,
    BatchError,
    ConflictError,
    DomainError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    TrackerError,
    UnavailableError,
    UnsupportedError,
)

AUTHENTICATION: Final = 102
REQUEST: Final = 103
CRUD: Final = 104


class Fault(Exception):
    """A refusal in ShotGrid's own words.

    Args:
        message: what ``shotgun_api3.Fault`` shows.
        code: 102 (who calls), 103 (the request) or 104 (the records).
        delay_s: how long to wait before this is answered; a source of many wrong guesses is answered slowly.
    """

    def __init__(self, message: str, code: int = REQUEST, delay_s: float = 0.0) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.delay_s = delay_s


def envelope(fault: Fault) -> dict[str, Any]:
    """The JSON of a refusal."""
    return {"exception": True, "error_code": fault.code, "message": fault.message}


def missing(verb: str, kind: str, *names: str, given: Any) -> Fault:
    """A part of a request that is not there, or of another class, as ShotGrid words it."""
    where = " ".join(f"'{name}'" for name in names)
    return Fault(f"API {verb}() invalid/missing {kind} {where}:\n{shown(given)}")


def no_field(verb: str, type_name: str, path: str) -> Fault:
    """A field that there is not."""
    return Fault(f"API {verb}() {type_name}.{path} doesn't exist.")


def no_type(verb: str, name: Any) -> Fault:
    """An entity type that there is not."""
    return Fault(f"API {verb}() Entity type {shown(name)} does not exist.")


def no_entity(verb: str, type_name: str, number: Any) -> Fault:
    """A record that there never was."""
    return Fault(f"API {verb}() CRUD ERROR #3: Entity of type [{type_name}] with id={number} does not exist.", CRUD)


def wrong_class(verb: str, where: str, expected: tuple[str, ...], value: Any) -> Fault:
    """A value of a class that the field's data type does not take."""
    legal = ", ".join(expected)
    return Fault(f"API {verb}() {where} expected [{legal}] data type(s) but got {class_name(value)}: {shown(value)}")


def update_failed(verb: str, where: str, why: str) -> Fault:
    """A value that the field does not take."""
    return Fault(f"API {verb}() CRUD ERROR #5: Update failed for [{where}]: {why}", CRUD)


def no_identifier(verb: str, type_name: str, where: str) -> Fault:
    """A record's name cleared; left out at its creation, one is made."""
    number, what = (
        ("6", f"Create failed for [{type_name}]") if verb == "create" else ("5", f"Update failed for [{where}]")
    )
    text = f"{what}: Cannot set identifier field to empty. ({type_name})"
    return Fault(f"API {verb}() CRUD ERROR #{number}: {text}", CRUD)


def class_name(value: Any) -> str:
    """The class that ShotGrid's server, which is written in Ruby, sees in a JSON value."""
    if value is None:
        return "NilClass"
    if isinstance(value, bool):
        return "TrueClass" if value else "FalseClass"
    return {str: "String", int: "Integer", float: "Float", list: "Array", dict: "Hash"}.get(type(value), "Object")


def shown(value: Any) -> str:
    """A JSON value as a fault shows it: short, on one line."""
    text = "nil" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:197] + "..."


def as_hash(fields: Mapping[str, Any]) -> str:
    """Values as ShotGrid's server, which is written in Ruby, shows them."""
    inner = ", ".join(f"{json.dumps(name)} => {shown(value)}" for name, value in fields.items())
    return "{" + (inner if len(inner) <= 500 else inner[:497] + "...") + "}"


def of_error(error: TrackerError, verb: str) -> Fault:
    """The fault that says what a Tracker's error says."""
    if isinstance(error, BatchError):
        inner = of_error(error.cause, str(getattr(error.cause, "verb", verb)))
        return Fault(batch_text(error.index, inner.message), inner.code)
    if isinstance(error, AuthenticationError):
        return Fault(error.message, AUTHENTICATION)
    if isinstance(error, DomainError) and error.path:
        return update_failed(verb, error.path, error.message)
    if isinstance(error, (ConflictError, NotFoundError, PermissionDeniedError)):
        return Fault(f"API {verb}() CRUD ERROR #{_number(error)}: {error}", CRUD)
    if isinstance(error, UnsupportedError):
        return Fault(f"API {verb}() not supported: {error}", REQUEST)
    if isinstance(error, UnavailableError):
        return Fault(f"API {verb}() the tracker is busy: {error}", REQUEST)
    return Fault(f"API {verb}() {error}", REQUEST if isinstance(error, InvalidInputError) else CRUD)


def batch_text(index: int, text: str) -> str:
    """What ShotGrid says of a batch, one of whose requests failed."""
    return f"API batch() request with index {index} failed.  All requests rolled back.\n{text}"


def _number(error: TrackerError) -> str:
    if isinstance(error, NotFoundError):
        return "3"
    return "51" if isinstance(error, ConflictError) else "4.1"
