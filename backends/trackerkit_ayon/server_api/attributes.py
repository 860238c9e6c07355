"""The attributes that a server knows: their definitions, remembered for a while."""

from __future__ import annotations

import copy
import threading
import time
from typing import Any

from trackerkit.secrets import get_logger
from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.rest import done, object_of, path

log = get_logger(__name__)

KEPT_S = 60
"""How long definitions are remembered unless told otherwise, in seconds."""


class AttributesCache:
    """What the server last said of its attributes; safe to share between threads."""

    def __init__(self) -> None:
        self.kept_s: float = KEPT_S
        self._lock = threading.Lock()
        self._said: tuple[float, dict[str, Any]] | None = None

    def get(self) -> dict[str, Any] | None:
        """The definitions, unless they are too old."""
        with self._lock:
            said = self._said
        if said is None or time.monotonic() - said[0] >= self.kept_s:
            return None
        return said[1]

    def keep(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Remember, and give back."""
        with self._lock:
            self._said = (time.monotonic(), schema)
        return schema

    def forget(self) -> None:
        """Ask again next time."""
        with self._lock:
            self._said = None


class AttributesAPI(BaseServerAPI):
    """``/attributes``. Each connection remembers those of its own server."""

    @property
    def _attributes(self) -> AttributesCache:
        made: AttributesCache = self.__dict__.setdefault("_attributes_cache", AttributesCache())
        return made

    def get_attributes_schema(self, use_cache: bool = True) -> dict[str, Any]:
        """Every attribute, as ``{"attributes": [{"name", "scope", "position", "builtin", "data"}]}``; yours to change.

        Args:
            use_cache: False asks the server in any case.
        """
        return copy.deepcopy(self._known_attributes(use_cache))

    def get_attributes_for_type(self, entity_type: str) -> dict[str, dict[str, Any]]:
        """The attributes of an entity type: name → type, title, default, limits, choices.

        Args:
            entity_type: ``project``, ``folder``, ``task``, ``user``, …: an element of an attribute's scope.
        """
        known = self._known_attributes()["attributes"]
        return {item["name"]: copy.deepcopy(item["data"]) for item in known if entity_type in item["scope"]}

    def get_attributes_fields_for_type(self, entity_type: str) -> set[str]:
        """GraphQL fields of an entity type's attributes (``attrib.fps``); ``allAttrib`` reads them all at once."""
        log.warning("get_attributes_fields_for_type is deprecated: ask for the field 'allAttrib' instead of 'attrib'")
        return {f"attrib.{name}" for name in self.get_attributes_for_type(entity_type)}

    def set_attribute_config(
        self,
        attribute_name: str,
        data: dict[str, Any],
        scope: list[str],
        position: int | None = None,
        builtin: bool = False,
    ) -> None:
        """Make an attribute, or define it anew; for administrators. The server has to be started anew to use it.

        Args:
            attribute_name: letters and digits.
            data: ``type``, ``title``, ``default``, limits, choices.
            scope: the entity types that have it.
            position: among the others; where it is now unless given, a new one comes last.
            builtin: True for one that AYON brings.
        """
        if position is None:
            position = self._position_of(attribute_name)
        answer = self.put(
            path("attributes", attribute_name), data=data, scope=scope, position=position, builtin=builtin
        )
        done(answer, f'Attribute "{attribute_name}" was not created/updated.')
        self.reset_attributes_cache()

    def delete_attribute_config(self, attribute_name: str) -> None:
        """Remove an attribute and what entities have in it; for administrators."""
        done(self.delete(path("attributes", attribute_name)), f'Attribute "{attribute_name}" was not removed.')
        self.reset_attributes_cache()

    def remove_attribute_config(self, attribute_name: str) -> None:
        """The older name of ``delete_attribute_config``."""
        self.delete_attribute_config(attribute_name)

    def reset_attributes_cache(self) -> None:
        """Forget the definitions: the next read asks the server."""
        self._attributes.forget()

    def reset_attributes_schema(self) -> None:
        """The older name of ``reset_attributes_cache``."""
        log.warning("reset_attributes_schema is deprecated: use reset_attributes_cache")
        self.reset_attributes_cache()

    def set_attributes_cache_timeout(self, timeout: int) -> None:
        """How long definitions are remembered, in seconds; 0 for not at all."""
        self._attributes.kept_s = timeout

    def _known_attributes(self, use_cache: bool = True) -> dict[str, Any]:
        known = self._attributes.get() if use_cache else None
        return self._attributes.keep(object_of(self.get("attributes"))) if known is None else known

    def _position_of(self, name: str) -> int:
        known = self._known_attributes(use_cache=False)["attributes"]
        return next((int(item["position"]) for item in known if item["name"] == name), len(known))
