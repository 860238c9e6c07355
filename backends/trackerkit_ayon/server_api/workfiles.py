"""The workfiles of a project's tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.products import without_effect
from trackerkit_ayon.server_api.reading import Reading, Row, first
from trackerkit_ayon.server_api.rest import filters as listed_filters
from trackerkit_ayon.server_api.rest import given, listed, object_of
from trackerkit_ayon.server_api.writing import Writing

_SINCE_AUTHORS = (1, 1, 3)


class WorkfilesAPI(Reading, Writing):
    """``/projects/{name}/workfiles`` and the ``workfiles`` of GraphQL."""

    def get_workfile_entities(
        self,
        project_name: str,
        *,
        workfile_ids: Iterable[str] | None = None,
        task_ids: Iterable[str] | None = None,
        paths: Iterable[str] | None = None,
        path_regex: str | None = None,
        statuses: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        has_links: str | None = None,
        fields: Iterable[str] | None = None,
    ) -> Iterator[Row]:
        """Workfiles of a project, active and retired; an empty list of values finds none.

        Args:
            project_name: of the project.
            workfile_ids: only these.
            task_ids: only those of these tasks.
            paths: only these.
            path_regex: only those whose path matches.
            statuses: only those of these statuses.
            tags: only those with these tags.
            has_links: only those with links of this direction: ``IN``, ``OUT``, ``ANY`` or ``BOTH``.
            fields: what to read of each. The defaults if there are none.
        """
        if not project_name:
            return
        arguments = listed_filters(ids=workfile_ids, taskIds=task_ids, paths=paths, statuses=statuses, tags=tags)
        if arguments is None:
            return
        arguments |= given(pathEx=path_regex, hasLinks=has_links and has_links.upper())
        yield from self._entities("workfiles", project_name, arguments, self._wanted("workfile", fields))

    def get_workfile_entity(
        self, project_name: str, task_id: str, path: str, *, fields: Iterable[str] | None = None
    ) -> Row | None:
        """The workfile at a path of a task; None when there is none.

        Args:
            project_name: of the project.
            task_id: of the task.
            path: of the workfile, with its roots as they are kept.
            fields: what to read of it.
        """
        if not task_id or not path:
            return None
        return first(self.get_workfile_entities(project_name, task_ids=[task_id], paths=[path], fields=fields))

    def get_workfile_entity_by_id(
        self, project_name: str, workfile_id: str, *, fields: Iterable[str] | None = None
    ) -> Row | None:
        """A workfile; None when there is none.

        Args:
            project_name: of the project.
            workfile_id: of the workfile.
            fields: what to read of it.
        """
        if not workfile_id:
            return None
        return first(self.get_workfile_entities(project_name, workfile_ids=[workfile_id], fields=fields))

    def create_workfile_entity(
        self,
        project_name: str,
        path: str,
        task_id: str,
        *,
        thumbnail_id: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        workfile_id: str | None = None,
    ) -> str:
        """Create a workfile; its id.

        Args:
            project_name: of the project.
            path: of the file, with a root at its beginning: ``{root[work]}/…``.
            task_id: of the task that it is of.
            thumbnail_id: of an uploaded thumbnail.
            attrib: attributes.
            data: whatever else.
            tags: of the workfile.
            status: one of the project's.
            active: False for a retired one.
            workfile_id: 32 hexadecimal digits; a new one unless given.
        """
        author = None
        if not self._is_at_least(*_SINCE_AUTHORS):
            author = object_of(self.get("users/me"))["name"]
        return self._create(
            project_name, "workfiles", workfile_id, path=path, taskId=task_id, thumbnailId=thumbnail_id, attrib=attrib,
            data=data, tags=listed(tags), status=status, active=active, createdBy=author, updatedBy=author,
        )  # fmt: skip

    def update_workfile_entity(
        self,
        project_name: str,
        workfile_id: str,
        *,
        path: str | None = None,
        task_id: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        thumbnail_id: str | None = NOT_SET,
        created_by: str | None = None,
        updated_by: str | None = None,
    ) -> None:
        """Change a workfile; what is not given stays. None unsets ``thumbnail_id``.

        Args:
            project_name: of the project.
            workfile_id: of the workfile.
            path: new path.
            task_id: new task.
            attrib: attributes to change; None as a value unsets one.
            data: replaces the present ``data``.
            tags: replace the present ones.
            status: new status.
            active: False retires.
            thumbnail_id: new thumbnail.
            created_by: name of the user who made it.
            updated_by: name of the user who changed it last.
        """
        values = {
            "path": path, "taskId": task_id, "attrib": attrib, "data": data, "tags": listed(tags), "status": status,
            "active": active, "createdBy": created_by, "updatedBy": updated_by,
        }  # fmt: skip
        self._update(project_name, "workfiles", workfile_id, values, thumbnailId=thumbnail_id)

    def delete_workfile_entity(self, project_name: str, workfile_id: str) -> None:
        """Delete a workfile's record for good; the file stays where it is.

        Args:
            project_name: of the project.
            workfile_id: of the workfile.
        """
        self._remove(project_name, "workfiles", workfile_id)

    # ---- the same by their older names

    def get_workfiles_info(
        self,
        project_name: str,
        workfile_ids: Iterable[str] | None = None,
        task_ids: Iterable[str] | None = None,
        paths: Iterable[str] | None = None,
        path_regex: str | None = None,
        statuses: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        has_links: str | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Iterator[Row]:
        """See ``get_workfile_entities``; ``own_attributes`` has no effect."""
        without_effect(own_attributes, "workfiles")
        return self.get_workfile_entities(
            project_name, workfile_ids=workfile_ids, task_ids=task_ids, paths=paths, path_regex=path_regex,
            statuses=statuses, tags=tags, has_links=has_links, fields=fields,
        )  # fmt: skip

    def get_workfile_info(
        self,
        project_name: str,
        task_id: str,
        path: str,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Row | None:
        """See ``get_workfile_entity``; ``own_attributes`` has no effect."""
        without_effect(own_attributes, "workfiles")
        return self.get_workfile_entity(project_name, task_id, path, fields=fields)

    def get_workfile_info_by_id(
        self, project_name: str, workfile_id: str, fields: Iterable[str] | None = None, own_attributes: Any = NOT_SET
    ) -> Row | None:
        """See ``get_workfile_entity_by_id``; ``own_attributes`` has no effect."""
        without_effect(own_attributes, "workfiles")
        return self.get_workfile_entity_by_id(project_name, workfile_id, fields=fields)

    def update_workfile_info(
        self,
        project_name: str,
        workfile_id: str,
        path: str | None = None,
        task_id: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        thumbnail_id: str | None = NOT_SET,
        created_by: str | None = None,
        updated_by: str | None = None,
    ) -> None:
        """See ``update_workfile_entity``."""
        self.update_workfile_entity(
            project_name, workfile_id, path=path, task_id=task_id, attrib=attrib, data=data, tags=tags, status=status,
            active=active, thumbnail_id=thumbnail_id, created_by=created_by, updated_by=updated_by,
        )  # fmt: skip

    def delete_workfile_info(self, project_name: str, workfile_id: str) -> None:
        """See ``delete_workfile_entity``."""
        self.delete_workfile_entity(project_name, workfile_id)
