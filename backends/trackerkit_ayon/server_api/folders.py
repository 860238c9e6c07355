"""The folders of a project."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.exceptions import UnsupportedServerVersion
from trackerkit_ayon.server_api.flatfolders import SINCE, FlatFolders
from trackerkit_ayon.server_api.reading import Row, first, with_own_attributes
from trackerkit_ayon.server_api.rest import filters as listed_filters
from trackerkit_ayon.server_api.rest import given, list_of, listed, object_of, path, query
from trackerkit_ayon.server_api.writing import Writing

_SINCE_SEARCH = (1, 15, 4)


class FoldersAPI(FlatFolders, Writing):
    """``/projects/{name}/folders`` and the ``folders`` of GraphQL."""

    def get_rest_folder(self, project_name: str, folder_id: str) -> Row | None:
        """A folder as the REST route tells it; None when there is none.

        Args:
            project_name: of the project.
            folder_id: of the folder.
        """
        return self.get_rest_entity_by_id(project_name, "folder", folder_id)

    def get_rest_folders(self, project_name: str, include_attrib: bool = False) -> list[Row]:
        """Every folder of a project in one request, retired ones among them, with the fields that the server chose.

        Args:
            project_name: of the project.
            include_attrib: with ``attrib`` and ``ownAttrib``.

        Raises:
            UnsupportedServerVersion: the server is older than 1.0.8.
        """
        if not self._is_at_least(*SINCE):
            raise UnsupportedServerVersion("the flat list of folders needs an AYON server of version 1.0.8 or newer")
        where = path("projects", project_name, "folders") + query(attrib=bool(include_attrib))
        return list_of(self.get(where), "folders")

    def get_folders_rest(self, project_name: str, include_attrib: bool = False) -> list[Row]:
        """Deprecated: ``get_rest_folders``."""
        warnings.warn("'get_folders_rest' is deprecated, use 'get_rest_folders'", DeprecationWarning, stacklevel=2)
        return self.get_rest_folders(project_name, include_attrib)

    def get_folders_hierarchy(
        self, project_name: str, search_string: str | None = None, folder_types: Iterable[str] | None = None
    ) -> Row:
        """The folders of a project as a tree: ``{"hierarchy": [{"id", "name", …, "children": […]}], …}``.

        Args:
            project_name: of the project.
            search_string: only what fits this text.
            folder_types: only these.
        """
        types = ",".join(folder_types) if folder_types else None
        where = path("projects", project_name, "hierarchy") + query(search=search_string or None, types=types)
        return object_of(self.get(where))

    def get_folders(
        self,
        project_name: str,
        folder_ids: Iterable[str] | None = None,
        folder_paths: Iterable[str] | None = None,
        folder_names: Iterable[str] | None = None,
        folder_types: Iterable[str] | None = None,
        parent_ids: Iterable[str | None] | None = None,
        folder_path_regex: str | None = None,
        has_products: bool | None = None,
        has_tasks: bool | None = None,
        has_children: bool | None = None,
        statuses: Iterable[str] | None = None,
        assignees_all: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        active: bool | None = True,
        has_links: str | None = None,
        filters: str | Mapping[str, Any] | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> Iterator[Row]:
        """Folders of a project; an empty list of values finds none.

        Without a filter, and with fields that the server's flat list has, they come from that list, which is several times
        faster; what is retired is asked for beside it.

        Args:
            project_name: of the project; without one there are no folders.
            folder_ids: only these.
            folder_paths: only these; with or without the slash before them.
            folder_names: only those of these names.
            folder_types: only those of these types.
            parent_ids: only those directly under these; None, or the project's name, is the project itself.
            folder_path_regex: only those whose path matches.
            has_products: only those with, or without, products.
            has_tasks: only those with, or without, tasks.
            has_children: only those with, or without, folders in them.
            statuses: only those of these statuses.
            assignees_all: only those with a task that all of these users work on.
            tags: only those with these tags.
            active: only active ones, only retired ones, or (None) both.
            has_links: only those with links of this direction: ``IN``, ``OUT``, ``ANY`` or ``BOTH``.
            filters: the server's own filter: ``{"conditions": [{"key", "operator", "value"}], "operator": "and"}``.
            fields: what to read of each; dots lead into nested objects. The defaults if there are none.
            own_attributes: fill ``own_attributes`` with the values that are the folder's own, None for inherited ones.
        """
        if not project_name:
            return
        arguments = listed_filters(
            ids=folder_ids, paths=folder_paths, names=folder_names, folderTypes=folder_types, statuses=statuses,
            tags=tags, assignees=assignees_all, parentIds=_parents(parent_ids, project_name),
        )  # fmt: skip
        if arguments is None:
            return
        arguments |= given(
            pathEx=folder_path_regex, hasProducts=has_products, hasTasks=has_tasks, hasChildren=has_children,
            hasLinks=has_links and has_links.upper(), filter=self._prepare_advanced_filters(filters),
        )  # fmt: skip
        wanted = self._wanted("folder", fields, own_attributes)
        finish = with_own_attributes if own_attributes else None
        if arguments:
            yield from self._entities("folders", project_name, arguments, wanted, active=active, finish=finish)
        else:
            yield from self._every_folder(project_name, wanted, active, finish)

    def get_folder_by_id(
        self, project_name: str, folder_id: str, fields: Iterable[str] | None = None, own_attributes: bool = False
    ) -> Row | None:
        """A folder, retired or not; None when there is none.

        Args:
            project_name: of the project.
            folder_id: of the folder.
            fields: what to read of it.
            own_attributes: see ``get_folders``.
        """
        return first(
            self.get_folders(
                project_name, folder_ids=[folder_id], active=None, fields=fields, own_attributes=own_attributes
            )
        )

    def get_folder_by_path(
        self, project_name: str, folder_path: str, fields: Iterable[str] | None = None, own_attributes: bool = False
    ) -> Row | None:
        """The folder at a path, retired or not; None when there is none.

        Args:
            project_name: of the project.
            folder_path: names from the top, joined by slashes.
            fields: what to read of it.
            own_attributes: see ``get_folders``.
        """
        return first(
            self.get_folders(
                project_name, folder_paths=[folder_path], active=None, fields=fields, own_attributes=own_attributes
            )
        )

    def get_folder_by_name(
        self, project_name: str, folder_name: str, fields: Iterable[str] | None = None, own_attributes: bool = False
    ) -> Row | None:
        """A folder of a name, which others may have too; None when there is none.

        Args:
            project_name: of the project.
            folder_name: of the folder.
            fields: what to read of it.
            own_attributes: see ``get_folders``.
        """
        return first(
            self.get_folders(
                project_name, folder_names=[folder_name], active=None, fields=fields, own_attributes=own_attributes
            )
        )

    def get_folder_ids_with_products(self, project_name: str, folder_ids: Iterable[str] | None = None) -> set[str]:
        """The ids of the folders that have a product: their paths should not change any more.

        Args:
            project_name: of the project.
            folder_ids: look among these alone.
        """
        found = self.get_folders(project_name, folder_ids=folder_ids, has_products=True, active=None, fields={"id"})
        return {folder["id"] for folder in found}

    def search_folders(
        self,
        project_name: str,
        search: str | None = None,
        folder_search: str | None = None,
        folder_filter: Mapping[str, Any] | None = None,
        task_search: str | None = None,
        task_filter: Mapping[str, Any] | None = None,
    ) -> list[str]:
        """The ids of the folders that fit, or that have a task that fits.

        Args:
            project_name: of the project.
            search: words of a folder or of a task.
            folder_search: words of a folder's name, label or path.
            folder_filter: the server's own filter, of folders.
            task_search: words of a task's name, label or type or its folder's path.
            task_filter: the server's own filter, of tasks.

        Raises:
            UnsupportedServerVersion: ``search`` needs a server of version 1.15.4 or newer.
        """
        if search and not self._is_at_least(*_SINCE_SEARCH):
            raise UnsupportedServerVersion(
                "'search' of 'search_folders' needs an AYON server of version 1.15.4 or newer"
            )
        asked = given(
            search=search, folderSearch=folder_search, folderFilter=folder_filter, taskSearch=task_search,
            taskFilter=task_filter,
        )  # fmt: skip
        return list_of(self.post(path("projects", project_name, "folders", "search"), **asked), "folderIds")

    def get_entity_groups(
        self, project_name: str, entity_type: str, grouping_key: str, empty: bool = False
    ) -> dict[str, Any]:
        """How many entities there are of each value of a key: ``{"groups": [{"value", "count", …}], "key", …}``.

        Args:
            project_name: of the project.
            entity_type: ``folder``, ``task``, ….
            grouping_key: ``status``, ``tags``, ``taskType``, ``folderType``, ``productType``, ``assignees`` or
                ``attrib.<name>``.
            empty: also values that no entity has.
        """
        where = path("projects", project_name, "grouping", entity_type, grouping_key) + query(empty=empty or None)
        return object_of(self.get(where))

    def create_folder(
        self,
        project_name: str,
        name: str,
        folder_type: str | None = None,
        parent_id: str | None = None,
        label: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        thumbnail_id: str | None = None,
        folder_id: str | None = None,
    ) -> str:
        """Create a folder; its id.

        Args:
            project_name: of the project.
            name: letters, digits, ``_``, ``.`` and ``-``.
            folder_type: one of the project's.
            parent_id: the folder that it goes into; the project if None.
            label: to show.
            attrib: attributes.
            data: whatever else.
            tags: of the folder.
            status: one of the project's.
            active: False for a retired one.
            thumbnail_id: of an uploaded thumbnail.
            folder_id: 32 hexadecimal digits; a new one unless given.
        """
        return self._create(
            project_name, "folders", folder_id, name=name, folderType=folder_type, parentId=parent_id, label=label,
            attrib=attrib, data=data, tags=listed(tags), status=status, active=active, thumbnailId=thumbnail_id,
        )  # fmt: skip

    def update_folder(
        self,
        project_name: str,
        folder_id: str,
        name: str | None = None,
        folder_type: str | None = None,
        parent_id: str | None = NOT_SET,
        label: str | None = NOT_SET,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        thumbnail_id: str | None = NOT_SET,
    ) -> None:
        """Change a folder; what is not given stays. None unsets ``parent_id``, ``label`` and ``thumbnail_id``.

        Args:
            project_name: of the project.
            folder_id: of the folder.
            name: new name.
            folder_type: new type.
            parent_id: new place.
            label: new label.
            attrib: attributes to change; None as a value makes one inherit again.
            data: replaces the present ``data``.
            tags: replace the present ones.
            status: new status.
            active: False retires.
            thumbnail_id: new thumbnail.
        """
        values = {
            "name": name, "folderType": folder_type, "attrib": attrib, "data": data, "tags": listed(tags),
            "status": status, "active": active,
        }  # fmt: skip
        self._update(
            project_name, "folders", folder_id, values, label=label, parentId=parent_id, thumbnailId=thumbnail_id
        )

    def delete_folder(self, project_name: str, folder_id: str, force: bool = False) -> None:
        """Delete a folder for good.

        Args:
            project_name: of the project.
            folder_id: of the folder.
            force: with everything in it; without, a folder with products is refused.
        """
        self._remove(project_name, "folders", folder_id, query(force=True if force else None))


def _parents(parent_ids: Iterable[str | None] | None, project_name: str) -> set[str] | None:
    """Parents as the server knows them: the project itself is ``root``."""
    if parent_ids is None:
        return None
    return {"root" if parent is None or parent == project_name else parent for parent in parent_ids}
