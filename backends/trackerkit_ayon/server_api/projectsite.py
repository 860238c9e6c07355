"""What else a server says of a project: statistics, tags, its bundle, the URIs of entities; and folders of projects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.rest import done, given, list_of, object_of, path, query


class ProjectSiteAPI(BaseServerAPI):
    """``/projects/{name}/stats``, ``/tags``, ``/bundle``, ``/uris``, ``/files``; ``/resolve``; ``/projectFolders``."""

    def get_project_stats(self, project_name: str) -> dict[str, Any]:
        """How much of what there is in a project.

        Args:
            project_name: of the project.
        """
        return object_of(self.get(path("projects", project_name, "stats")))

    def get_project_tags(self, project_name: str) -> dict[str, list[str]]:
        """The tags in use: entity type → names.

        Args:
            project_name: of the project.
        """
        return object_of(self.get(path("projects", project_name, "tags")))

    def get_project_bundle(self, project_name: str, variant: str = "production") -> dict[str, Any]:
        """The bundle of a project of its own.

        Args:
            project_name: of the project.
            variant: ``production`` or ``staging``.
        """
        return object_of(self.get(_bundle(project_name, variant)))

    def set_project_bundle(
        self,
        project_name: str,
        addons: dict[str, str | None],
        installer_version: str | None = None,
        dependency_packages: dict[str, str | None] | None = None,
        variant: str = "production",
    ) -> None:
        """Give a project a bundle of its own.

        Args:
            project_name: of the project.
            addons: addon → version; None for none.
            installer_version: of the desktop application.
            dependency_packages: platform → file name.
            variant: ``production`` or ``staging``.
        """
        said = given(installerVersion=installer_version, dependencyPackages=dependency_packages)
        done(self.post(_bundle(project_name, variant), addons=addons, **said))

    def unset_project_bundle(self, project_name: str, variant: str = "production") -> None:
        """Let a project use the studio's bundle again.

        Args:
            project_name: of the project.
            variant: ``production`` or ``staging``.
        """
        done(self.delete(_bundle(project_name, variant)))

    def get_project_entity_uris(
        self, project_name: str, entity_type: str, entity_ids: Iterable[str]
    ) -> list[dict[str, str]]:
        """The URIs of entities: ``[{"id", "uri"}]``.

        Args:
            project_name: of the project.
            entity_type: ``folder``, ``task``, ``product``, ``version``, ….
            entity_ids: of the entities.
        """
        asked = self.post(path("projects", project_name, "uris"), entityType=entity_type, ids=list(entity_ids))
        return list_of(asked, "uris")

    def resolve_uris(
        self, uris: Iterable[str], resolve_roots: bool = False, path_only: bool = False, site_id: str | None = None
    ) -> list[dict[str, Any]]:
        """What URIs of entities stand for: ``[{"uri", "entities": [{"projectName", "folderId", …}]}]``.

        Args:
            uris: ``ayon+entity://project/folder/path?product=…&version=…``.
            resolve_roots: fill the roots of paths in.
            path_only: of each entity only its path.
            site_id: whose roots.
        """
        asked = query(pathOnly=path_only or None, site_id=site_id)
        return list_of(self.post(f"resolve{asked}", uris=list(uris), resolveRoots=resolve_roots))

    def get_project_file_info(self, project_name: str, file_id: str) -> dict[str, Any]:
        """``size`` in bytes, ``filename``, ``contentType`` of a file that was uploaded.

        Args:
            project_name: of the project.
            file_id: of the file.
        """
        return object_of(self.get(path("projects", project_name, "files", file_id, "info")))

    # ---- folders of projects

    def get_raw_project_folders(self) -> dict[str, Any]:
        """The folders that projects are sorted into, as the server answers."""
        return object_of(self.get("projectFolders"))

    def get_project_folders(self) -> list[dict[str, Any]]:
        """The folders that projects are sorted into: ``id``, ``label``, ``parentId``, ``position``, ``data``."""
        return list_of(self.get("projectFolders"), "folders")

    def create_project_folder(
        self, label: str, parent_id: str | None = None, data: dict[str, Any] | None = None
    ) -> str:
        """Create a folder for projects; its id.

        Args:
            label: to show.
            parent_id: the folder that it goes into.
            data: whatever else: color, icon.
        """
        said = given(parentId=parent_id, data=data or None)
        return str(object_of(self.post("projectFolders", label=label, **said))["id"])

    def update_project_folder(
        self,
        folder_id: str,
        label: str | None = None,
        parent_id: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Change a folder of projects; what is not given stays.

        Args:
            folder_id: of the folder.
            label: new label.
            parent_id: new place.
            data: new data.
        """
        done(self.patch(path("projectFolders", folder_id), **given(label=label, parentId=parent_id, data=data)))

    def set_project_folders_order(self, folder_ids: list[str]) -> None:
        """Set the order in which folders of projects are shown.

        Args:
            folder_ids: in order.
        """
        done(self.post("projectFolders/order", order=list(folder_ids)))

    def assign_projects_to_project_folder(self, folder_id: str, project_names: list[str]) -> None:
        """Sort projects into a folder.

        Args:
            folder_id: of the folder.
            project_names: of the projects.
        """
        done(self.post("projectFolders/assign", folderId=folder_id, projectNames=list(project_names)))

    def delete_project_folder(self, folder_id: str) -> None:
        """Delete a folder of projects; the projects stay.

        Args:
            folder_id: of the folder.
        """
        done(self.delete(path("projectFolders", folder_id)))


def _bundle(project_name: str, variant: str) -> str:
    return path("projects", project_name, "bundle") + query(variant=variant)
