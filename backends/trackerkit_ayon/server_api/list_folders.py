"""The folders that entity lists are kept in."""

from __future__ import annotations

from typing import Any

from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.reading import Reading
from trackerkit_ayon.server_api.rest import done, given, new_id, object_of, path


class ListFoldersAPI(Reading):
    """``/projects/<project>/entityListFolders``."""

    def get_entity_list_folders_raw(self, project_name: str) -> dict[str, Any]:
        """``{"folders": […]}``: every folder of lists in a project."""
        return object_of(self.get(path("projects", project_name, "entityListFolders")))

    def get_entity_list_folders(self, project_name: str) -> list[dict[str, Any]]:
        """Every folder of lists in a project."""
        return list(self.get_entity_list_folders_raw(project_name)["folders"])

    def create_entity_list_folder(
        self,
        project_name: str,
        label: str,
        *,
        parent_id: str | None = None,
        color: str | None = None,
        icon: str | None = None,
        scope: list[str] | None = None,
        data: dict[str, Any] | None = None,
        access: dict[str, Any] | None = None,
        entity_list_folder_id: str | None = None,
    ) -> str:
        """Make a folder for lists: its id.

        Args:
            project_name: of the project.
            label: how it is shown.
            parent_id: of the folder that it lies in.
            color: like ``#ff8000``.
            icon: by name.
            scope: the views that show it; all where there is none.
            data: what else to keep of it.
            access: who may do what with it.
            entity_list_folder_id: its id; made here unless given.
        """
        folder_id = entity_list_folder_id or new_id()
        looks = {"color": color, "icon": icon, "scope": scope}
        kept = {**(data or {}), **{name: value for name, value in looks.items() if value}}
        more = {"parentId": parent_id, "data": kept, "access": access}
        said = {name: value for name, value in more.items() if value}
        done(self.post(path("projects", project_name, "entityListFolders"), id=folder_id, label=label, **said))
        return folder_id

    def update_entity_list_folder(
        self,
        project_name: str,
        entity_list_folder_id: str,
        *,
        label: str | None = None,
        parent_id: str | None = NOT_SET,
        color: str | None = None,
        icon: str | None = None,
        scope: list[str] | None = None,
        data: dict[str, Any] | None = None,
        access: dict[str, Any] | None = None,
    ) -> None:
        """Change a folder of lists; what is not given stays as it is, and without anything nothing is sent.

        Args:
            project_name: of the project.
            entity_list_folder_id: of the folder.
            label: how it is shown.
            parent_id: of the folder that it lies in; None for none.
            color: like ``#ff8000``.
            icon: by name.
            scope: the views that show it; ``[]`` for all.
            data: what else to keep of it.
            access: who may do what with it.
        """
        looks = {name: value for name, value in (("color", color), ("icon", icon)) if value}
        kept = {**(data or {}), **looks, **given(scope=scope)}
        said = given(data=kept or None, label=label or None, access=access)
        if parent_id is not NOT_SET:
            said["parentId"] = parent_id
        if said:
            done(self.patch(path("projects", project_name, "entityListFolders", entity_list_folder_id), **said))

    def delete_entity_list_folder(self, project_name: str, entity_list_folder_id: str) -> None:
        """Delete a folder of lists."""
        done(self.delete(path("projects", project_name, "entityListFolders", entity_list_folder_id)))

    def set_entity_list_folders_order(self, project_name: str, order: list[str]) -> None:
        """Have the folders of lists shown in this order of their ids."""
        done(self.post(path("projects", project_name, "entityListFolders", "order"), order=order))
