"""The tasks of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.folders import FoldersAPI
from trackerkit_ayon.server_api.reading import Row, first, with_own_attributes
from trackerkit_ayon.server_api.rest import done, given, listed, path
from trackerkit_ayon.server_api.rest import filters as listed_filters


class TasksAPI(FoldersAPI):
    """``/projects/{name}/tasks`` and the ``tasks`` of GraphQL."""

    def get_rest_task(self, project_name: str, task_id: str) -> Row | None:
        """A task as the REST route tells it; None when there is none.

        Args:
            project_name: of the project.
            task_id: of the task.
        """
        return self.get_rest_entity_by_id(project_name, "task", task_id)

    def get_tasks(
        self,
        project_name: str,
        task_ids: Iterable[str] | None = None,
        task_names: Iterable[str] | None = None,
        task_types: Iterable[str] | None = None,
        folder_ids: Iterable[str] | None = None,
        assignees: Iterable[str] | None = None,
        assignees_all: Iterable[str] | None = None,
        statuses: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        active: bool | None = True,
        filters: str | Mapping[str, Any] | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> Iterator[Row]:
        """Tasks of a project; an empty list of values finds none.

        Args:
            project_name: of the project; without one there are no tasks.
            task_ids: only these.
            task_names: only those of these names.
            task_types: only those of these types.
            folder_ids: only those of these folders.
            assignees: only those that one of these users works on.
            assignees_all: only those that all of these users work on.
            statuses: only those of these statuses.
            tags: only those with these tags.
            active: only active ones, only retired ones, or (None) both.
            filters: the server's own filter.
            fields: what to read of each; dots lead into nested objects. The defaults if there are none.
            own_attributes: fill ``own_attributes`` with the values that are the task's own, None for inherited ones.
        """
        if not project_name:
            return
        arguments = listed_filters(
            ids=task_ids, names=task_names, taskTypes=task_types, folderIds=folder_ids, assigneesAny=assignees,
            assignees=assignees_all, statuses=statuses, tags=tags,
        )  # fmt: skip
        if arguments is None:
            return
        arguments |= given(filter=self._prepare_advanced_filters(filters))
        wanted = self._wanted("task", fields, own_attributes)
        finish = with_own_attributes if own_attributes else None
        yield from self._entities("tasks", project_name, arguments, wanted, active=active, finish=finish)

    def get_task_by_name(
        self,
        project_name: str,
        folder_id: str,
        task_name: str,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> Row | None:
        """The task of a name in a folder, retired or not; None when there is none.

        Args:
            project_name: of the project.
            folder_id: of the folder.
            task_name: of the task.
            fields: what to read of it.
            own_attributes: see ``get_tasks``.
        """
        return first(
            self.get_tasks(
                project_name, folder_ids=[folder_id], task_names=[task_name], active=None, fields=fields,
                own_attributes=own_attributes,
            )
        )  # fmt: skip

    def get_task_by_id(
        self, project_name: str, task_id: str, fields: Iterable[str] | None = None, own_attributes: bool = False
    ) -> Row | None:
        """A task, retired or not; None when there is none.

        Args:
            project_name: of the project.
            task_id: of the task.
            fields: what to read of it.
            own_attributes: see ``get_tasks``.
        """
        return first(
            self.get_tasks(project_name, task_ids=[task_id], active=None, fields=fields, own_attributes=own_attributes)
        )

    def get_tasks_by_folder_paths(
        self,
        project_name: str,
        folder_paths: Iterable[str],
        task_names: Iterable[str] | None = None,
        task_types: Iterable[str] | None = None,
        assignees: Iterable[str] | None = None,
        assignees_all: Iterable[str] | None = None,
        statuses: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        active: bool | None = True,
        filters: str | Mapping[str, Any] | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> dict[str, list[Row]]:
        """Tasks by the paths of their active folders: each path as it was given → its tasks, an empty list without any.

        Args:
            project_name: of the project.
            folder_paths: of the folders.
            task_names: see ``get_tasks``, as all that follow.
            task_types: of these types.
            assignees: of one of these users.
            assignees_all: of all of these users.
            statuses: of these statuses.
            tags: with these tags.
            active: of the tasks.
            filters: the server's own filter.
            fields: what to read of each; ``folderId`` comes along.
            own_attributes: see ``get_tasks``.
        """
        found: dict[str, list[Row]] = {folder_path: [] for folder_path in folder_paths}
        if not project_name or not found:
            return found
        given_as = {_bare(folder_path): folder_path for folder_path in found}
        folders = self.get_folders(project_name, folder_paths=list(found), fields={"id", "path"})
        path_of_id = {folder["id"]: given_as.get(_bare(folder["path"])) for folder in folders}
        tasks = self.get_tasks(
            project_name, folder_ids=list(path_of_id), task_names=task_names, task_types=task_types,
            assignees=assignees, assignees_all=assignees_all, statuses=statuses, tags=tags, active=active,
            filters=filters, own_attributes=own_attributes,
            fields={"folderId", *(fields or self.get_default_fields_for_type("task"))},
        )  # fmt: skip
        for task in tasks:
            folder_path = path_of_id[task["folderId"]]
            if folder_path is not None:
                found[folder_path].append(task)
        return found

    def get_tasks_by_folder_path(
        self,
        project_name: str,
        folder_path: str,
        task_names: Iterable[str] | None = None,
        task_types: Iterable[str] | None = None,
        assignees: Iterable[str] | None = None,
        assignees_all: Iterable[str] | None = None,
        statuses: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        active: bool | None = True,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> list[Row]:
        """The tasks of the active folder at a path; see ``get_tasks_by_folder_paths``."""
        return self.get_tasks_by_folder_paths(
            project_name, [folder_path], task_names, task_types=task_types, assignees=assignees,
            assignees_all=assignees_all, statuses=statuses, tags=tags, active=active, fields=fields,
            own_attributes=own_attributes,
        )[folder_path]  # fmt: skip

    def get_task_by_folder_path(
        self,
        project_name: str,
        folder_path: str,
        task_name: str,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> Row | None:
        """The task of a name, retired or not, in the active folder at a path; None when there is none.

        Args:
            project_name: of the project.
            folder_path: of the folder.
            task_name: of the task.
            fields: what to read of it.
            own_attributes: see ``get_tasks``.
        """
        return first(
            self.get_tasks_by_folder_path(
                project_name, folder_path, active=None, task_names=[task_name], fields=fields,
                own_attributes=own_attributes,
            )
        )  # fmt: skip

    def create_task(
        self,
        project_name: str,
        name: str,
        task_type: str,
        folder_id: str,
        label: str | None = None,
        assignees: Iterable[str] | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        thumbnail_id: str | None = None,
        task_id: str | None = None,
    ) -> str:
        """Create a task; its id.

        Args:
            project_name: of the project.
            name: letters, digits, ``_``, ``.`` and ``-``.
            task_type: one of the project's.
            folder_id: of the folder that it is to be done for.
            label: to show.
            assignees: names of users.
            attrib: attributes.
            data: whatever else.
            tags: of the task.
            status: one of the project's.
            active: False for a retired one.
            thumbnail_id: of an uploaded thumbnail.
            task_id: 32 hexadecimal digits; a new one unless given.
        """
        return self._create(
            project_name, "tasks", task_id, name=name, taskType=task_type, folderId=folder_id, label=label,
            assignees=listed(assignees), attrib=attrib, data=data, tags=listed(tags), status=status, active=active,
            thumbnailId=thumbnail_id,
        )  # fmt: skip

    def update_task(
        self,
        project_name: str,
        task_id: str,
        name: str | None = None,
        task_type: str | None = None,
        folder_id: str | None = None,
        label: str | None = NOT_SET,
        assignees: list[str] | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        thumbnail_id: str | None = NOT_SET,
    ) -> None:
        """Change a task; what is not given stays. None unsets ``label`` and ``thumbnail_id``.

        Args:
            project_name: of the project.
            task_id: of the task.
            name: new name.
            task_type: new type.
            folder_id: new folder.
            label: new label.
            assignees: replace the present ones.
            attrib: attributes to change; None as a value makes one inherit again.
            data: replaces the present ``data``.
            tags: replace the present ones.
            status: new status.
            active: False retires.
            thumbnail_id: new thumbnail.
        """
        values = {
            "name": name, "taskType": task_type, "folderId": folder_id, "assignees": listed(assignees),
            "attrib": attrib, "data": data, "tags": listed(tags), "status": status, "active": active,
        }  # fmt: skip
        self._update(project_name, "tasks", task_id, values, label=label, thumbnailId=thumbnail_id)

    def delete_task(self, project_name: str, task_id: str) -> None:
        """Delete a task for good.

        Args:
            project_name: of the project.
            task_id: of the task.
        """
        self._remove(project_name, "tasks", task_id)

    def assign_users_to_task(
        self, project_name: str, task_id: str, users: Iterable[str], mode: Literal["add", "remove", "set"] = "add"
    ) -> None:
        """Change who works on a task.

        Args:
            project_name: of the project.
            task_id: of the task.
            users: their names.
            mode: add them, remove them, or have these alone.
        """
        done(self.post(path("projects", project_name, "tasks", task_id, "assign"), mode=mode, users=list(users)))


def _bare(folder_path: str) -> str:
    """A path without the slashes around it."""
    return folder_path.strip("/")
