"""BaseServerAPI: everything that the families of methods stand on, and what they may ask of one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trackerkit_ayon.server_api.filestore import FilesAPI
from trackerkit_ayon.server_api.operations import OperationsAPI
from trackerkit_ayon.server_api.server import ServerInfoAPI


class BaseServerAPI(ServerInfoAPI, OperationsAPI, FilesAPI):
    """A connection without the families. What stands below is a family's to give; another family may call it."""

    def get_attributes_for_type(self, entity_type: Any) -> dict[str, Any]:
        """The attributes of an entity type, by name."""
        raise NotImplementedError

    def get_project(
        self, project_name: str, fields: Iterable[str] | None = None, own_attributes: bool = False
    ) -> dict[str, Any] | None:
        """One project."""
        raise NotImplementedError


Family = BaseServerAPI
"""What a family is derived from."""
