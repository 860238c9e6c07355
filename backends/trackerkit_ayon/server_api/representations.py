"""The representations of a project's versions: their files, and what they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from trackerkit.jsontext import decoded
from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.fields import FILE_FIELDS
from trackerkit_ayon.server_api.products import without_effect
from trackerkit_ayon.server_api.reading import Reading, Row, converted, first
from trackerkit_ayon.server_api.rest import filters as listed_filters
from trackerkit_ayon.server_api.rest import given, list_of, listed, path
from trackerkit_ayon.server_api.writing import Writing


class RepresentationParents(NamedTuple):
    """What a representation belongs to."""

    version: Row | None
    product: Row | None
    folder: Row | None
    project: Row | None


class RepresentationHierarchy(NamedTuple):
    """A representation and what it belongs to, from the top."""

    project: Row | None
    folder: Row | None
    task: Row | None
    product: Row | None
    version: Row | None
    representation: Row | None


_PLACES: Final = {
    "folder": "version.product.folder.",
    "task": "version.task.",
    "product": "version.product.",
    "version": "version.",
}
"""Where the parents of a representation stand in its node."""


class RepresentationsAPI(Reading, Writing):
    """``/projects/{name}/representations`` and the ``representations`` of GraphQL."""

    def get_rest_representation(self, project_name: str, representation_id: str) -> Row | None:
        """A representation as the REST route tells it; None when there is none.

        Args:
            project_name: of the project.
            representation_id: of the representation.
        """
        return self.get_rest_entity_by_id(project_name, "representation", representation_id)

    def get_representations(
        self,
        project_name: str,
        representation_ids: Iterable[str] | None = None,
        representation_names: Iterable[str] | None = None,
        version_ids: Iterable[str] | None = None,
        names_by_version_ids: Mapping[str, Iterable[str]] | None = None,
        statuses: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        active: bool | None = True,
        has_links: str | None = None,
        filters: str | Mapping[str, Any] | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Iterator[Row]:
        """Representations of a project; an empty list of values finds none.

        Args:
            project_name: of the project.
            representation_ids: only these.
            representation_names: only those of these names.
            version_ids: only those of these versions.
            names_by_version_ids: only those that one of these names and one of these versions fits; in place of the two
                above.
            statuses: only those of these statuses.
            tags: only those with these tags.
            active: only active ones, only retired ones, or (None) both.
            has_links: only those with links of this direction: ``IN``, ``OUT``, ``ANY`` or ``BOTH``.
            filters: the server's own filter.
            fields: what to read of each; ``files`` is all of each file. The defaults if there are none.
            own_attributes: deprecated; has no effect.
        """
        without_effect(own_attributes, "representations")
        if not project_name:
            return
        if names_by_version_ids is not None:
            version_ids = names_by_version_ids.keys()
            representation_names = {name for names in names_by_version_ids.values() for name in names}
        arguments = listed_filters(
            ids=representation_ids, names=representation_names, versionIds=version_ids, statuses=statuses, tags=tags
        )
        if arguments is None:
            return
        arguments |= given(hasLinks=has_links and has_links.upper(), filter=self._prepare_advanced_filters(filters))
        wanted = _with_files(self._wanted("representation", fields))
        yield from self._entities(
            "representations", project_name, arguments, wanted, active=active, finish=_read_representation
        )

    def get_representation_by_id(
        self,
        project_name: str,
        representation_id: str,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Row | None:
        """A representation, retired or not; None when there is none.

        Args:
            project_name: of the project.
            representation_id: of the representation.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_representations(
                project_name, representation_ids=[representation_id], active=None, fields=fields,
                own_attributes=own_attributes,
            )
        )  # fmt: skip

    def get_representation_by_name(
        self,
        project_name: str,
        representation_name: str,
        version_id: str,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Row | None:
        """The representation of a name of a version, retired or not; None when there is none.

        Args:
            project_name: of the project.
            representation_name: of the representation.
            version_id: of the version.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_representations(
                project_name, representation_names=[representation_name], version_ids=[version_id], active=None,
                fields=fields, own_attributes=own_attributes,
            )
        )  # fmt: skip

    def get_representations_hierarchy(
        self,
        project_name: str,
        representation_ids: Iterable[str],
        project_fields: Iterable[str] | None = None,
        folder_fields: Iterable[str] | None = None,
        task_fields: Iterable[str] | None = None,
        product_fields: Iterable[str] | None = None,
        version_fields: Iterable[str] | None = None,
        representation_fields: Iterable[str] | None = None,
    ) -> dict[str, RepresentationHierarchy]:
        """Representations with all that they belong to: id → hierarchy, of Nones where there is no such representation.

        Args:
            project_name: of the project.
            representation_ids: of the representations.
            project_fields: what to read of the project; the defaults for None, nothing for an empty list; so for all.
            folder_fields: of the folder.
            task_fields: of the task that the version was made in.
            product_fields: of the product.
            version_fields: of the version.
            representation_fields: of the representation; its ``id`` comes along.
        """
        ids = list(dict.fromkeys(representation_ids))
        if not ids:
            return {}
        project = self._project_of(project_name, project_fields)
        parts = {"folder": folder_fields, "task": task_fields, "product": product_fields, "version": version_fields}
        wanted = {
            f"{_PLACES[kind]}{name}" for kind, fields in parts.items() for name in self._part_fields(kind, fields)
        }
        wanted |= {"id"} | _with_files(self._part_fields("representation", representation_fields))
        found = {id: RepresentationHierarchy(project, None, None, None, None, None) for id in ids}
        for row in self._entities("representations", project_name, {"ids": ids}, wanted, finish=_read_representation):
            found[row["id"]] = _taken_apart(row, project)
        return found

    def _project_of(self, project_name: str, fields: Iterable[str] | None) -> Row | None:
        if fields is None:
            return self.get_project(project_name)
        asked = set(fields)
        return self.get_project(project_name, fields=asked) if asked else {}

    def _part_fields(self, entity_type: str, fields: Iterable[str] | None) -> set[str]:
        """The fields of one part: the defaults for None, nothing for an empty list."""
        if fields is not None and not (fields := set(fields)):
            return set()
        return self._wanted(entity_type, fields)

    def get_representation_hierarchy(
        self,
        project_name: str,
        representation_id: str,
        project_fields: Iterable[str] | None = None,
        folder_fields: Iterable[str] | None = None,
        task_fields: Iterable[str] | None = None,
        product_fields: Iterable[str] | None = None,
        version_fields: Iterable[str] | None = None,
        representation_fields: Iterable[str] | None = None,
    ) -> RepresentationHierarchy | None:
        """One representation with all that it belongs to; see ``get_representations_hierarchy``."""
        if not representation_id:
            return None
        return self.get_representations_hierarchy(
            project_name, [representation_id], project_fields=project_fields, folder_fields=folder_fields,
            task_fields=task_fields, product_fields=product_fields, version_fields=version_fields,
            representation_fields=representation_fields,
        )[representation_id]  # fmt: skip

    def get_representations_parents(
        self,
        project_name: str,
        representation_ids: Iterable[str],
        project_fields: Iterable[str] | None = None,
        folder_fields: Iterable[str] | None = None,
        product_fields: Iterable[str] | None = None,
        version_fields: Iterable[str] | None = None,
    ) -> dict[str, RepresentationParents]:
        """What representations belong to: id → parents; the fields as in ``get_representations_hierarchy``."""
        found = self.get_representations_hierarchy(
            project_name, representation_ids, project_fields=project_fields, folder_fields=folder_fields,
            task_fields=(), product_fields=product_fields, version_fields=version_fields, representation_fields=("id",),
        )  # fmt: skip
        return {
            id: RepresentationParents(whole.version, whole.product, whole.folder, whole.project)
            for id, whole in found.items()
        }

    def get_representation_parents(
        self,
        project_name: str,
        representation_id: str,
        project_fields: Iterable[str] | None = None,
        folder_fields: Iterable[str] | None = None,
        product_fields: Iterable[str] | None = None,
        version_fields: Iterable[str] | None = None,
    ) -> RepresentationParents | None:
        """What one representation belongs to; see ``get_representations_parents``."""
        if not representation_id:
            return None
        return self.get_representations_parents(
            project_name, [representation_id], project_fields=project_fields, folder_fields=folder_fields,
            product_fields=product_fields, version_fields=version_fields,
        )[representation_id]  # fmt: skip

    def get_repre_ids_by_context_filters(
        self,
        project_name: str,
        context_filters: Mapping[str, Iterable[str]] | None,
        representation_names: Iterable[str] | None = None,
        version_ids: Iterable[str] | None = None,
    ) -> list[str]:
        """The ids of the representations whose context fits.

        Args:
            project_name: of the project.
            context_filters: key of the context, dots leading inwards → regular expressions, one of which has to match.
            representation_names: only those of these names.
            version_ids: only those of these versions.

        Raises:
            TypeError: the filters are no dict of sets, lists or tuples.
        """
        if not isinstance(context_filters, dict):
            raise TypeError(f"context_filters have to be a dict, not {type(context_filters).__name__}")
        narrowed = listed_filters(names=representation_names, versionIds=version_ids)
        if narrowed is None:
            return []
        context = [{"key": key, "values": _patterns(key, values)} for key, values in context_filters.items()]
        where = path("projects", project_name, "repreContextFilter")
        return list_of(self.post(where, context=context, **narrowed), "ids")

    def create_representation(
        self,
        project_name: str,
        name: str,
        version_id: str,
        files: list[dict[str, Any]] | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        traits: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        representation_id: str | None = None,
    ) -> str:
        """Create a representation; its id.

        Args:
            project_name: of the project.
            name: of the representation.
            version_id: of the version.
            files: ``{"id", "name", "path", "size", "hash", "hashType"}`` of each.
            attrib: attributes.
            data: whatever else; ``context`` is what ``get_repre_ids_by_context_filters`` looks at.
            traits: of the representation.
            tags: of the representation.
            status: one of the project's.
            active: False for a retired one.
            representation_id: 32 hexadecimal digits; a new one unless given.
        """
        return self._create(
            project_name, "representations", representation_id, name=name, versionId=version_id, files=files,
            attrib=attrib, data=data, traits=traits, tags=listed(tags), status=status, active=active,
        )  # fmt: skip

    def update_representation(
        self,
        project_name: str,
        representation_id: str,
        name: str | None = None,
        version_id: str | None = None,
        files: list[dict[str, Any]] | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        traits: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
    ) -> None:
        """Change a representation; what is not given stays.

        Args:
            project_name: of the project.
            representation_id: of the representation.
            name: new name.
            version_id: new version.
            files: replace the present ones.
            attrib: attributes to change; None as a value unsets one.
            data: replaces the present ``data``.
            traits: replace the present ones.
            tags: replace the present ones.
            status: new status.
            active: False retires.
        """
        values = {
            "name": name, "versionId": version_id, "files": files, "attrib": attrib, "data": data, "traits": traits,
            "tags": listed(tags), "status": status, "active": active,
        }  # fmt: skip
        self._update(project_name, "representations", representation_id, values)

    def delete_representation(self, project_name: str, representation_id: str) -> None:
        """Delete a representation for good; its files stay where they are.

        Args:
            project_name: of the project.
            representation_id: of the representation.
        """
        self._remove(project_name, "representations", representation_id)


def _with_files(fields: set[str]) -> set[str]:
    """``files`` as what is read of each file."""
    return fields - {"files"} | FILE_FIELDS if "files" in fields else fields


def _read_representation(row: Row) -> None:
    """Read the text ``context``, and the sizes of files, which come as text."""
    if "context" in row:
        text = row["context"]
        row["context"] = (decoded(text) if isinstance(text, str) and text else text) or {}
    for file in row.get("files") or ():
        if file.get("size") is not None:
            file["size"] = int(file["size"])


def _taken_apart(row: Row, project: Row | None) -> RepresentationHierarchy:
    """The parents out of a representation's node."""
    version = row.pop("version", None) or {}
    task = version.pop("task", None)
    product = version.pop("product", None) or {}
    folder = product.pop("folder", None) or {}
    for part in (folder, task, product, version):
        if part:
            converted(part)
    return RepresentationHierarchy(project, folder, task, product, version, row)


def _patterns(key: str, values: Any) -> list[str]:
    if not isinstance(values, (set, list, tuple)):
        raise TypeError(f"the filters of {key!r} have to be a set, a list or a tuple, not {type(values).__name__}")
    return list(dict.fromkeys(each.pattern if isinstance(each, re.Pattern) else each for each in values))
