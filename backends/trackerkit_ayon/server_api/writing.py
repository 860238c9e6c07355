"""Writing: one entity at a time by REST, each create under an id of its own, so that none is made twice or lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.exceptions import RequestOutcomeUnknown
from trackerkit_ayon.server_api.rest import done, new_id, path

_TELLING: Final = ("name", "version", "path", "folderId", "parentId", "productId", "versionId", "taskId")
"""What tells two entities of one id apart: those that were sent have to be those that are read."""


class Writing(BaseServerAPI):
    """What all families with entities share."""

    def _create(self, project_name: str, plural: str, entity_id: str | None, **values: Any) -> str:
        """Create an entity; its id.

        The id makes a repeat harmless. When no answer came, the entity is looked for; if it is not there the create is
        sent once more, and a refusal of that as a repeat is a success.

        Args:
            project_name: where.
            plural: ``folders``, ``tasks``, ….
            entity_id: the caller's, or a new one is made.
            values: what to create; None is left out.

        Raises:
            HTTPRequestError: the server refuses it.
        """
        body = {
            "id": entity_id or new_id(),
            **{name: value for name, value in values.items() if value is not None},
        }
        where = path("projects", project_name, plural)
        try:
            response = self.post(where, **body)
        except RequestOutcomeUnknown:
            if self._is_there(project_name, plural, body):
                return str(body["id"])
            response = self.post(where, **body)
            if response.status == 409 and self._is_there(project_name, plural, body):
                return str(body["id"])
        done(response)
        return str(body["id"])

    def _is_there(self, project_name: str, plural: str, body: dict[str, Any]) -> bool:
        """True when the entity that a create describes exists."""
        response = self.get(path("projects", project_name, plural, body["id"]))
        if response.status == 404:
            return False
        done(response)
        found = response.data
        return all(found.get(key) == body[key] for key in _TELLING if key in body)

    def _update(
        self, project_name: str, plural: str, entity_id: str, values: Mapping[str, Any], **unsettable: Any
    ) -> None:
        """Change an entity.

        Args:
            project_name: where.
            plural: ``folders``, ``tasks``, ….
            entity_id: of the entity.
            values: what to set; None leaves a value as it is.
            unsettable: what to set, or with None to unset; NOT_SET leaves a value as it is.
        """
        sent = {name: value for name, value in values.items() if value is not None}
        sent |= {name: value for name, value in unsettable.items() if value is not NOT_SET}
        done(self.patch(path("projects", project_name, plural, entity_id), **sent))

    def _remove(self, project_name: str, plural: str, entity_id: str, query: str = "") -> None:
        """Delete an entity. When no answer came it is asked for again: gone then means done."""
        where = path("projects", project_name, plural, entity_id) + query
        try:
            response = self.delete(where)
        except RequestOutcomeUnknown:
            response = self.delete(where)
            if response.status == 404:
                return
        done(response)
