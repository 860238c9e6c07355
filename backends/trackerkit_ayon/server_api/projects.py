"""Projects: what there is, read by the cheapest route that tells what is asked for; made, changed and deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit_ayon.server_api.anatomies import AnatomiesAPI
from trackerkit_ayon.server_api.exceptions import RequestOutcomeUnknown, UnsupportedServerVersion
from trackerkit_ayon.server_api.fields import on_the_wire, project_parts
from trackerkit_ayon.server_api.graphql import selection
from trackerkit_ayon.server_api.projectfields import Plan, filled, merged, planned
from trackerkit_ayon.server_api.reading import Reading, Row, first, with_own_attributes
from trackerkit_ayon.server_api.rest import done, given, list_of, object_of, path, query

_NAME: Final = re.compile(r"[a-zA-Z0-9_]+")
_SINCE_RENAME: Final = (1, 15, 0)


class ProjectsAPI(AnatomiesAPI, Reading):
    """``/projects`` and the ``projects`` of GraphQL."""

    def get_rest_project(self, project_name: str) -> Row | None:
        """A project with its anatomy, as the REST route tells it; None when there is none, or not for the caller.

        Args:
            project_name: of the project.

        Raises:
            HTTPRequestError, UnauthorizedError: the server fails, which does not mean that there is none.
        """
        if not project_name:
            return None
        response = self.get(path("projects", project_name))
        if response.status in (403, 404):
            return None
        project = object_of(response)
        for name, about in self.get_attributes_for_type("project").items():
            project["attrib"].setdefault(name, about["default"])
        return filled(project)

    def get_rest_projects(
        self, active: bool | None = True, library: bool | None = None, include_skeleton: bool = False
    ) -> Iterator[Row]:
        """Projects with their anatomies, one request each.

        Args:
            active: only active ones, only others, or (None) both.
            library: only libraries, only others, or (None) both.
            include_skeleton: also those that are only planned.
        """
        for name in self.get_project_names(active=active, library=library, include_skeleton=include_skeleton):
            project = self.get_rest_project(name)
            if project is not None:
                yield project

    def get_rest_projects_list(
        self, active: bool | None = True, library: bool | None = None, include_skeleton: bool = False
    ) -> list[Row]:
        """Projects in one request: ``name``, ``code``, ``active``, ``createdAt``, ``updatedAt`` and a few more.

        Args:
            active: only active ones, only others, or (None) both.
            library: only libraries, only others, or (None) both.
            include_skeleton: also those that are only planned.
        """
        asked = query(active=active, library=library, skeleton=include_skeleton or None)
        return list_of(self.get(f"projects{asked}"), "projects")

    def get_project_names(
        self, active: bool | None = True, library: bool | None = None, include_skeleton: bool = False
    ) -> list[str]:
        """The names of projects; the arguments as in ``get_rest_projects_list``."""
        return [project["name"] for project in self.get_rest_projects_list(active, library, include_skeleton)]

    def get_projects(
        self,
        active: bool | None = True,
        library: bool | None = None,
        include_skeleton: bool = False,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> Iterator[Row]:
        """Projects that the caller may see.

        Args:
            active: only active ones, only others, or (None) both.
            library: only libraries, only others, or (None) both.
            include_skeleton: also those that are only planned.
            fields: what to read of each, anatomies and all if there are none. Names, codes and dates alone take one
                request in all.
            own_attributes: fill ``own_attributes``, by fields that GraphQL tells.
        """
        plan = self._planned(fields, own_attributes)
        if plan.is_listed:
            yield from self.get_rest_projects_list(active, library, include_skeleton)
            return
        by_graphql = self._graphql_projects(plan, active, library, include_skeleton, own_attributes)
        if not plan.needs_rest:
            yield from by_graphql
            return
        told = {project["name"]: project for project in by_graphql} if plan.graphql else {}
        for project in self.get_rest_projects(active, library, include_skeleton):
            if own_attributes:
                with_own_attributes(project)
            yield merged(project, told.get(project["name"]))

    def get_project(
        self, project_name: str, fields: Iterable[str] | None = None, own_attributes: bool = False
    ) -> Row | None:
        """A project; None when there is none, or not for the caller.

        Args:
            project_name: of the project.
            fields: what to read of it; everything but what GraphQL alone tells if there are none.
            own_attributes: see ``get_projects``.
        """
        plan = self._planned(fields, own_attributes)
        told = None
        if plan.graphql:
            told = first(self._graphql_projects(plan, None, None, True, own_attributes, project_name))
            if told is None or not plan.needs_rest:
                return told
        project = self.get_rest_project(project_name)
        if project is None:
            return None
        if own_attributes:
            with_own_attributes(project)
        return merged(project, told)

    def _planned(self, fields: Iterable[str] | None, own_attributes: bool) -> Plan:
        if fields is None:
            return planned(None, frozenset)
        return planned({*fields, *(["attrib"] if own_attributes else [])}, self._base_type_fields)

    def _base_type_fields(self) -> frozenset[str]:
        """What this server tells of a base type of products; asked for once."""
        known: frozenset[str] | None = self.__dict__.get("_product_base_type_fields")
        if known is None:
            about = self._answered('query BaseType{__type(name:"ProductBaseType"){fields{name}}}', {})["__type"]
            known = frozenset(field["name"] for field in about["fields"]) if about else frozenset({"name"})
            self.__dict__["_product_base_type_fields"] = known
        return known

    def _graphql_projects(
        self,
        plan: Plan,
        active: bool | None,
        library: bool | None,
        include_skeleton: bool,
        own_attributes: bool,
        project_name: str | None = None,
    ) -> Iterator[Row]:
        wanted = (
            set(plan.graphql) | given(active=active, library=library).keys() | ({"name"} if project_name else set())
        )
        shown = project_parts(on_the_wire("project", wanted, own_attributes), self.get_server_version_tuple()[:3])
        defaults = self.get_attributes_for_type("project") if "allAttrib" in shown else {}
        arguments = given(name=project_name, includeSkeleton=True if include_skeleton else None)
        for page in self._pages("projects", None, arguments, selection(shown)):
            page.go_on()
            for project in (edge["node"] for edge in page.edges):
                if _is_meant(project, active, library, project_name):
                    if project_name and "name" not in plan.graphql:
                        del project["name"]
                    yield self._filled(project, defaults, own_attributes)

    def _filled(self, project: Row, defaults: Row, own_attributes: bool) -> Row:
        """A project's node with its attributes, the server's defaults among them, and its texts read."""
        self._convert_entity_data(project)
        attrib = project.get("attrib")
        if attrib is not None:
            project["ownAttrib"] = list(attrib)
            for name, about in defaults.items():
                attrib.setdefault(name, about["default"])
        if own_attributes:
            with_own_attributes(project)
        return filled(project)

    def create_project(
        self,
        project_name: str,
        project_code: str,
        library_project: bool = False,
        preset_name: str | None = None,
        data: dict[str, Any] | None = None,
        skeleton: bool = False,
    ) -> Row | None:
        """Create a project; it, as ``get_project`` reads it.

        Args:
            project_name: letters, digits and ``_``; it cannot be changed easily.
            project_code: a short name.
            library_project: it is a library.
            preset_name: of the anatomy preset that it begins with; the primary one unless given.
            data: whatever else.
            skeleton: only planned so far.

        Raises:
            ValueError: the name is taken or has other characters, or the server refuses the project.
        """
        if not _NAME.fullmatch(project_name):
            raise InvalidInputError(f'Project name "{project_name}" contain invalid characters')
        if self.get_project(project_name) is not None:
            raise InvalidInputError(f'Project with name "{project_name}" already exists')
        preset = self.get_project_anatomy_preset(preset_name)
        more = {**(data or {}), **({"skeleton": True} if skeleton else {})}
        said = {"name": project_name, "code": project_code, "anatomy": preset, "library": library_project, "data": more}
        try:
            response = self.post("projects", **said)
        except RequestOutcomeUnknown:  # it was not there before: if it is now, it is this one
            made = self.get_project(project_name)
            if made is None:
                raise
            return made
        if response.status != 201:
            detail = response.get("detail") or f"Unknown details ({response.status})"
            raise InvalidInputError(f'Failed to create project "{project_name}": {detail}')
        return self.get_project(project_name)

    def update_project(
        self,
        project_name: str,
        library: bool | None = None,
        folder_types: list[dict[str, Any]] | None = None,
        task_types: list[dict[str, Any]] | None = None,
        link_types: list[dict[str, Any]] | None = None,
        statuses: list[dict[str, Any]] | None = None,
        tags: list[dict[str, Any]] | None = None,
        config: dict[str, Any] | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        active: bool | None = None,
        project_code: str | None = None,
        **changes: Any,
    ) -> None:
        """Change a project; what is not given stays.

        Args:
            project_name: of the project.
            library: it is a library.
            folder_types: replace the present ones.
            task_types: replace the present ones.
            link_types: replace the present ones.
            statuses: replace the present ones.
            tags: replace the present ones.
            config: new configuration.
            attrib: attributes to change.
            data: replaces the present ``data``.
            active: False archives.
            project_code: new short name.
            **changes: further values by the server's names.
        """
        values = given(
            library=library, folderTypes=folder_types, taskTypes=task_types, linkTypes=link_types, statuses=statuses,
            tags=tags, config=config, attrib=attrib, data=data, active=active, code=project_code,
        )  # fmt: skip
        done(self.patch(path("projects", project_name), **{**changes, **values}))

    def delete_project(self, project_name: str) -> None:
        """Delete a project and everything in it, for good.

        Args:
            project_name: of the project.

        Raises:
            ValueError: there is none, or the server refuses.
        """
        if self.get_project(project_name) is None:
            raise InvalidInputError(f'Project with name "{project_name}" was not found')
        response = self.delete(path("projects", project_name))
        if response.status != 204:
            raise InvalidInputError(f'Failed to delete project "{project_name}". {response.detail}')

    def rename_project(self, project_name: str, new_project_name: str, new_project_code: str | None = None) -> None:
        """Give a project another name.

        Args:
            project_name: of the project.
            new_project_name: letters, digits and ``_``.
            new_project_code: a new short name with it.

        Raises:
            UnsupportedServerVersion: the server is older than 1.15.0.
        """
        if not self._is_at_least(*_SINCE_RENAME):
            raise UnsupportedServerVersion("renaming a project needs an AYON server of version 1.15.0 or newer")
        said = given(code=new_project_code)
        done(self.post(path("projects", project_name, "rename"), name=new_project_name, **said))


def _is_meant(project: Row, active: bool | None, library: bool | None, name: str | None) -> bool:
    """True for a project that the filters mean; the server itself takes ``_`` in a name for any character."""
    if name is not None and project["name"].lower() != name.lower():
        return False
    return (active is None or project["active"] is active) and (library is None or project["library"] is library)
