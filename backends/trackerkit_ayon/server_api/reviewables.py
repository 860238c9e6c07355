"""Reviewables: the pictures and movies of versions, and of what the versions hang on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.exceptions import UnsupportedServerVersion
from trackerkit_ayon.server_api.responses import RestApiResponse
from trackerkit_ayon.server_api.rest import done, given, list_of, object_of, path, query


class ReviewablesAPI(BaseServerAPI):
    """``/projects/…/reviewables``; ``latest`` and ``latest_done`` want AYON 1.16.4."""

    def get_reviewables(
        self,
        project_name: str,
        entity_type: str,
        entity_ids: Iterable[str],
        *,
        latest: bool = False,
        latest_done: bool = False,
    ) -> list[dict[str, Any]]:
        """The reviewables of many entities of one type.

        Args:
            project_name: of the project.
            entity_type: folder, task, product or version.
            entity_ids: of the entities.
            latest: only those of the newest version.
            latest_done: only those of the newest version that is done.

        Raises:
            UnsupportedServerVersion: the server is older than 1.16.4.
        """
        if not self._is_at_least(1, 16, 4):
            raise UnsupportedServerVersion(
                "Function 'get_reviewables' is supported for AYON server 1.16.4 and above.", backend="ayon"
            )
        where = path("projects", project_name, f"{entity_type}s", "reviewables", "list")
        return list_of(self.post(where + self._which(latest, latest_done), entityIds=list(entity_ids)))

    def get_version_reviewables(
        self, project_name: str, version_id: str, *, latest: bool = False, latest_done: bool = False
    ) -> dict[str, Any]:
        """The reviewables of a version."""
        return object_of(self._reviewables(project_name, "versions", version_id, latest, latest_done))

    def get_product_reviewables(
        self, project_name: str, product_id: str, *, latest: bool = False, latest_done: bool = False
    ) -> list[dict[str, Any]]:
        """The reviewables of a product's versions."""
        return list_of(self._reviewables(project_name, "products", product_id, latest, latest_done))

    def get_folder_reviewables(
        self, project_name: str, folder_id: str, *, latest: bool = False, latest_done: bool = False
    ) -> list[dict[str, Any]]:
        """The reviewables of all versions in a folder."""
        return list_of(self._reviewables(project_name, "folders", folder_id, latest, latest_done))

    def get_task_reviewables(
        self, project_name: str, task_id: str, *, latest: bool = False, latest_done: bool = False
    ) -> list[dict[str, Any]]:
        """The reviewables of a task's versions."""
        return list_of(self._reviewables(project_name, "tasks", task_id, latest, latest_done))

    def sort_version_reviewables(self, project_name: str, version_id: str, reviewable_ids: list[str]) -> None:
        """Put the reviewables of a version in this order."""
        done(self.patch(path("projects", project_name, "versions", version_id, "reviewables"), sort=reviewable_ids))

    def update_reviewable(
        self, project_name: str, version_id: str, reviewable_id: str, *, label: str | None = None
    ) -> None:
        """Show a reviewable under another name."""
        where = path("projects", project_name, "versions", version_id, "reviewables", reviewable_id)
        done(self.patch(where, **given(label=label)))

    def _reviewables(
        self, project_name: str, plural: str, entity_id: str, latest: bool, latest_done: bool
    ) -> RestApiResponse:
        where = path("projects", project_name, plural, entity_id, "reviewables")
        return self.get(where + self._which(latest, latest_done))

    def _which(self, latest: bool, latest_done: bool) -> str:
        if (latest or latest_done) and not self._is_at_least(1, 16, 4):
            raise UnsupportedServerVersion(
                "Arguments 'latest' and 'latest_done' are supported for AYON server 1.16.4 and above.", backend="ayon"
            )
        return query(latest=latest or None, latest_done=latest_done or None)
