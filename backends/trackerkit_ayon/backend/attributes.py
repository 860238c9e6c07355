"""Fields of a site's own: AYON's attributes, made, changed and deleted; the server takes them after a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from trackerkit.clock import SYSTEM, Clock
from trackerkit.errors import ConflictError, TimeoutExpiredError, TrackerError, UnsupportedError
from trackerkit.retry import RetryPolicy
from trackerkit.schema import Field, SchemaChange
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.mapping.codecs import BY_TYPE, show
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.schema import MADE_TYPES, SCOPES, attribute_name, marked

Attribute = dict[str, Any]

PATIENCE_S: Final = 180.0
"""How long a server may take to come back."""

_CALM: Final = 3
"""Answers in a row that show the change: a server has several workers, and each restarts by itself."""

_STEP_S: Final = 0.3
_ONCE: Final = RetryPolicy(attempts=1)


class Attributes:
    """Changes the attributes of one server.

    Args:
        server: the server.
        clock: for the wait.
    """

    def __init__(self, server: Server, clock: Clock = SYSTEM) -> None:
        self._server, self._clock = server, clock

    def change(self, change: SchemaChange) -> str:
        """Make one change of a field; the attribute's name.

        Raises:
            UnsupportedError: no attribute can be that, or the field is AYON's own.
            ConflictError: there is such a field.
            TimeoutExpiredError: the server did not come back.
        """
        base, item = base_of(change.type), change.field
        scope = SCOPES.get(base)
        assert item is not None
        if scope is None:
            raise UnsupportedError(
                f"a {change.type} of AYON has no attributes", hint=f"{', '.join(SCOPES)} have some", backend="ayon"
            )
        if change.action == "create_field":
            return self._create(change.type, item, scope)
        found = self._own(change.type, item)
        if change.action == "update_field":
            changed = {**found, "data": {**found["data"], **self._data(item, item.data_type)}}
            self._put(changed)
        elif len(found["scope"]) > 1:
            self._put({**found, "scope": [each for each in found["scope"] if each != scope]})
        else:
            self._server.client.send("DELETE", "attributes", found["name"], safe=False)
            self._settle(lambda there: found["name"] not in there)
        return str(found["name"])

    # ---- one each

    def _create(self, type_name: str, item: Field, scope: str) -> str:
        name = attribute_name(item.name)
        native = MADE_TYPES.get(item.data_type)
        if native is None:
            raise UnsupportedError(
                f"an attribute of AYON cannot hold a {item.data_type} field",
                hint=f"there are {', '.join(MADE_TYPES)}", backend="ayon",
            )  # fmt: skip
        there = {each["name"].lower(): each for each in self._listed()}
        known = there.get(name.lower())
        taken = known is not None and (scope in known["scope"] or known["data"]["type"] != native)
        if taken or item.name in self._server.kind(type_name).fields:
            raise ConflictError(f"{type_name} has a field {item.name!r} already, or AYON an attribute", backend="ayon")
        if known is not None:
            self._put({**known, "scope": [*known["scope"], scope]})
            return str(known["name"])
        position = 1 + max((each["position"] for each in there.values()), default=0)
        data = {"type": native, "inherit": False, **self._data(item, item.data_type)}
        self._put({"name": name, "position": position, "scope": [scope], "data": data})
        return name

    def _own(self, type_name: str, item: Field) -> Attribute:
        """The attribute of a site's own field."""
        found = next((each for each in self._listed() if each["name"] == item.native), None)
        if found is None or found["builtin"] or not item.custom:
            raise UnsupportedError(
                f"{type_name}.{item.name} is AYON's own and cannot be changed",
                hint="only fields that a site made for itself can", backend="ayon",
            )  # fmt: skip
        return found

    def _data(self, item: Field, data_type: str) -> Attribute:
        """What a field says of its attribute."""
        made: Attribute = {"title": item.label or item.name, "description": item.description or None}
        context = self._server.context(None)
        made["default"] = show(BY_TYPE.get(data_type, "plain"), context, item.default)
        made["enum"] = [{"value": value, "label": value} for value in item.choices] or None
        note = marked(item)
        return {**made, **({"widgetSettings": note} if note else {})}

    # ---- the server

    def _listed(self) -> Sequence[Attribute]:
        found: Sequence[Attribute] = self._server.client.get("attributes")["attributes"]
        return found

    def _put(self, attribute: Attribute) -> None:
        name = attribute["name"]
        sent = {"position": attribute["position"], "scope": attribute["scope"], "data": attribute["data"]}
        self._server.client.send("PUT", "attributes", name, json=sent, safe=True)
        self._settle(lambda there: name in there and _is_as(there[name], attribute))

    def _settle(self, is_ready: Callable[[Mapping[str, Attribute]], bool]) -> None:
        """Restart the server where it does not show a change at once, and wait until it does."""
        if not is_ready(self._shown()):
            with suppress(TrackerError):  # it may be gone before it answers; what counts is what it shows afterwards
                self._server.client.send("POST", "system", "restart", safe=False)
            self._wait(is_ready)
        self._server.forget()

    def _wait(self, is_ready: Callable[[Mapping[str, Attribute]], bool]) -> None:
        until, calm = self._clock.monotonic() + PATIENCE_S, 0
        while calm < _CALM:
            if self._clock.monotonic() > until:
                raise TimeoutExpiredError(
                    f"the server did not show its changed attributes within {PATIENCE_S:.0f} s of a restart",
                    hint="look at the server's log; reconnect when it is back", sent="yes", backend="ayon",
                )  # fmt: skip
            self._clock.sleep(_STEP_S)
            shown: Mapping[str, Attribute] | None = None
            with suppress(TrackerError):
                shown = self._shown()
            calm = calm + 1 if shown is not None and is_ready(shown) else 0

    def _shown(self) -> dict[str, Attribute]:
        """The attributes that the server works with."""
        found = self._server.client.get("info", policy=_ONCE).get("attributes") or ()
        return {each["name"]: each for each in found}


def _is_as(shown: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """True when an attribute is as it was asked for; what is null is not shown."""
    data = {key: value for key, value in wanted["data"].items() if value is not None and key != "enum"}
    values = [item["value"] for item in wanted["data"].get("enum") or ()]
    return (
        set(shown["scope"]) == set(wanted["scope"])
        and all(shown["data"].get(key) == value for key, value in data.items())
        and [item["value"] for item in shown["data"].get("enum") or ()] == values
    )
