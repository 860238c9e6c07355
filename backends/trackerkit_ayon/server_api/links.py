"""Links between entities, and the types of links of a project."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal

from trackerkit_ayon.server_api.fields import with_links
from trackerkit_ayon.server_api.graphql import LINKS_PAGE, flattened, links_selection, tree_of
from trackerkit_ayon.server_api.paging import Connection, pages
from trackerkit_ayon.server_api.reading import Reading
from trackerkit_ayon.server_api.rest import done, given, list_of, listed, object_of, path

Links = list[dict[str, Any]]
Direction = Literal["in", "out"]

LINKED: Final = ("folder", "task", "product", "version", "representation")
"""The entity types whose links can be listed."""

_ARGUMENTS: Final = {"direction": "String", "linkTypes": "[String!]", "names": "[String!]", "nameEx": "String"}


class LinksAPI(Reading):
    """``/projects/<project>/links`` and GraphQL's ``links``."""

    # ---- types of links

    def get_full_link_type_name(self, link_type_name: str, input_type: str, output_type: str) -> str:
        """``reference|folder|folder``: a type of links as the server writes it."""
        return f"{link_type_name}|{input_type}|{output_type}"

    def get_link_types(self, project_name: str) -> Links:
        """Every type of links of a project, as ``{"name", "link_type", "input_type", "output_type", "data"}``."""
        return list_of(self.get(path("projects", project_name, "links", "types")), "types")

    def get_link_type(
        self, project_name: str, link_type_name: str, input_type: str, output_type: str
    ) -> dict[str, Any] | None:
        """One type of links; None when the project has none of that name between those types."""
        wanted = self.get_full_link_type_name(link_type_name, input_type, output_type)
        return next((known for known in self.get_link_types(project_name) if known["name"] == wanted), None)

    def create_link_type(
        self,
        project_name: str,
        link_type_name: str,
        input_type: str,
        output_type: str,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Make a type of links, or give it other data.

        Args:
            project_name: of the project.
            link_type_name: for example ``reference``.
            input_type: of the entities that such links come from.
            output_type: of the entities that they lead to.
            data: what to keep of it: ``color``, ``style``, …. (The server reads it under the key ``data``; scripts that
                put it there themselves are understood.)
        """
        kept = dict(data or {})
        if kept.keys() == {"data"} and isinstance(kept["data"], Mapping):
            kept = dict(kept["data"])
        done(self.put(self._link_type(project_name, link_type_name, input_type, output_type), data=kept))

    def delete_link_type(self, project_name: str, link_type_name: str, input_type: str, output_type: str) -> None:
        """Delete a type of links, and every link of it."""
        done(self.delete(self._link_type(project_name, link_type_name, input_type, output_type)))

    def make_sure_link_type_exists(
        self,
        project_name: str,
        link_type_name: str,
        input_type: str,
        output_type: str,
        data: dict[str, Any] | None = None,
    ) -> None:
        """``create_link_type``, unless there is one that keeps the same data; any data will do where none is given."""
        known = self.get_link_type(project_name, link_type_name, input_type, output_type)
        if known is None or (data is not None and data != known["data"]):
            self.create_link_type(project_name, link_type_name, input_type, output_type, data)

    def _link_type(self, project_name: str, name: str, input_type: str, output_type: str) -> str:
        return path(
            "projects", project_name, "links", "types", self.get_full_link_type_name(name, input_type, output_type)
        )

    # ---- links

    def create_link(
        self,
        project_name: str,
        link_type_name: str,
        input_id: str,
        input_type: str,
        output_id: str,
        output_type: str,
        link_name: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Link two entities: ``{"id"}`` of the link. It is sent once: there may be several links between the two.

        Args:
            project_name: of the project.
            link_type_name: of a type that the project has.
            input_id: where it comes from.
            input_type: of that entity.
            output_id: where it leads to.
            output_type: of that entity.
            link_name: of the link.
            data: what to keep of it.
        """
        kind = self.get_full_link_type_name(link_type_name, input_type, output_type)
        more = given(name=link_name or None, data=data or None)
        place = path("projects", project_name, "links")
        return object_of(self.post(place, input=input_id, output=output_id, linkType=kind, **more))

    def create_links(self, project_name: str, links: list[dict[str, Any]]) -> Links:
        """Make several links, all or none (before AYON 1.15.8: one after another).

        Args:
            project_name: of the project.
            links: ``{"input", "output", "linkType": "reference|folder|folder"}``, and ``name`` and ``data`` if wanted.

        Returns:
            ``{"id", "input", "output", "linkType"}`` of each.

        Raises:
            ValueError: one of them lacks a key, or its type is not written like that; nothing was sent.
        """
        for link in links:
            _check(link)
        if not links:
            return []
        if self._is_at_least(1, 15, 8):
            return list_of(self.post(path("projects", project_name, "links", "bulk"), links=links), "created")
        return [self._created_alone(project_name, link) for link in links]

    def _created_alone(self, project_name: str, link: Mapping[str, Any]) -> dict[str, Any]:
        name, input_type, output_type = link["linkType"].split("|")
        made = self.create_link(
            project_name,
            name,
            link["input"],
            input_type,
            link["output"],
            output_type,
            link.get("name"),
            link.get("data"),
        )
        return {"id": made["id"], **{key: link[key] for key in ("input", "output", "linkType")}}

    def delete_link(self, project_name: str, link_id: str) -> None:
        """Delete a link.

        Raises:
            HTTPRequestError: 404 where there is none.
        """
        done(self.delete(path("projects", project_name, "links", link_id)))

    # ---- links of entities

    def get_entities_links(
        self,
        project_name: str,
        entity_type: str,
        entity_ids: Iterable[str] | None = None,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
        link_names: Iterable[str] | None = None,
        link_name_regex: str | None = None,
    ) -> dict[str, Links]:
        """Every link of some entities, by the entities' ids.

        Args:
            project_name: of the project.
            entity_type: one of ``LINKED``.
            entity_ids: of these alone; None for all of the project.
            link_types: names without the entity types: ``reference``.
            link_direction: those that lead ``in`` alone, or ``out`` alone.
            link_names: with these names.
            link_name_regex: with names that this pattern of PostgreSQL finds.

        Returns:
            Entity → its links: ``{"id", "linkType", "direction", "entityId", "entityType", "name", "author", "data", …}``;
            ``entityId`` is the entity at the other end. Entities without a link have an empty list, and so has a key that
            is no entity; an empty filter gives an empty dict.

        Raises:
            ValueError: entities of that type have no links.
        """
        if entity_type not in LINKED:
            raise ValueError(f'Unknown type "{entity_type}". Expected {", ".join(LINKED)}')
        found: dict[str, Links] = collections.defaultdict(list)
        ids = listed(entity_ids)
        asked = {
            "direction": link_direction, "linkTypes": listed(link_types), "names": listed(link_names),
            "nameEx": link_name_regex,
        }  # fmt: skip
        if [] in (ids, asked["linkTypes"], asked["names"]) or link_direction not in (None, "in", "out"):
            return found
        for entity_id, links in self._links_of(project_name, f"{entity_type}s", ids, given(**asked)):
            found[entity_id].extend(links)
        return found

    def _links_of(
        self, project_name: str, connection: str, ids: Sequence[str] | None, asked: Mapping[str, Any]
    ) -> Iterator[tuple[str, Links]]:
        """Entities with their links, page by page; an entity with more than a page of links is asked for alone."""
        fields = tuple(sorted(with_links({"links"}, self.links_graphql_support_data())))
        text = links_document(connection, tuple(asked), fields)
        more = links_document(connection, tuple(asked), fields, is_rest=True)
        variables = {**asked, "project": project_name, "ids": ids}

        def ask(first: int, after: str | None) -> Connection:
            return self._connection(connection, text, {**variables, "first": first, "after": after})

        size = self._page_size(connection, has_links=True)
        for page in pages(ask, size, at_most=None if ids is None else len(ids)):
            page.go_on()
            for edge in page.edges:
                node = edge["node"]
                links = [flattened(link) for link in node["links"]["edges"]]
                info = node["links"]["pageInfo"]
                while info["hasNextPage"]:
                    rest = {
                        **variables,
                        "ids": [node["id"]],
                        "first": 1,
                        "after": None,
                        "linksAfter": info["endCursor"],
                    }
                    further = self._connection(connection, more, rest)["edges"]
                    info = further[0]["node"]["links"]["pageInfo"] if further else {"hasNextPage": False}
                    links += [flattened(link) for edge in further for link in edge["node"]["links"]["edges"]]
                yield node["id"], links

    # The pairs below differ in the entity type alone.

    def get_folders_links(
        self,
        project_name: str,
        folder_ids: Iterable[str] | None = None,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> dict[str, Links]:
        """Links of folders; see ``get_entities_links``."""
        return self.get_entities_links(project_name, "folder", folder_ids, link_types, link_direction)

    def get_folder_links(
        self,
        project_name: str,
        folder_id: str,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> Links:
        """Links of a folder; see ``get_entities_links``."""
        return self.get_folders_links(project_name, [folder_id], link_types, link_direction)[folder_id]

    def get_tasks_links(
        self,
        project_name: str,
        task_ids: Iterable[str] | None = None,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> dict[str, Links]:
        """Links of tasks; see ``get_entities_links``."""
        return self.get_entities_links(project_name, "task", task_ids, link_types, link_direction)

    def get_task_links(
        self,
        project_name: str,
        task_id: str,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> Links:
        """Links of a task; see ``get_entities_links``."""
        return self.get_tasks_links(project_name, [task_id], link_types, link_direction)[task_id]

    def get_products_links(
        self,
        project_name: str,
        product_ids: Iterable[str] | None = None,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> dict[str, Links]:
        """Links of products; see ``get_entities_links``."""
        return self.get_entities_links(project_name, "product", product_ids, link_types, link_direction)

    def get_product_links(
        self,
        project_name: str,
        product_id: str,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> Links:
        """Links of a product; see ``get_entities_links``."""
        return self.get_products_links(project_name, [product_id], link_types, link_direction)[product_id]

    def get_versions_links(
        self,
        project_name: str,
        version_ids: Iterable[str] | None = None,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> dict[str, Links]:
        """Links of versions; see ``get_entities_links``."""
        return self.get_entities_links(project_name, "version", version_ids, link_types, link_direction)

    def get_version_links(
        self,
        project_name: str,
        version_id: str,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> Links:
        """Links of a version; see ``get_entities_links``."""
        return self.get_versions_links(project_name, [version_id], link_types, link_direction)[version_id]

    def get_representations_links(
        self,
        project_name: str,
        representation_ids: Iterable[str] | None = None,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> dict[str, Links]:
        """Links of representations; see ``get_entities_links``."""
        return self.get_entities_links(project_name, "representation", representation_ids, link_types, link_direction)

    def get_representation_links(
        self,
        project_name: str,
        representation_id: str,
        link_types: Iterable[str] | None = None,
        link_direction: Direction | None = None,
    ) -> Links:
        """Links of a representation; see ``get_entities_links``."""
        return self.get_representations_links(project_name, [representation_id], link_types, link_direction)[
            representation_id
        ]


def _check(link: Mapping[str, Any]) -> None:
    """See that a link to be made is complete."""
    missing = [f"'{key}'" for key in ("input", "linkType", "output") if key not in link]
    if missing:
        raise ValueError(f"Missing required keys in link data: {', '.join(missing)}")
    kind = link["linkType"]
    if not isinstance(kind, str):
        raise ValueError(f"Invalid linkType type: {type(kind)}. Expected 'str'")
    if kind.count("|") != 2:
        raise ValueError(f"Invalid linkType format: {kind}. Expected format: 'link_type|input_type|output_type'")


@lru_cache(maxsize=64)
def links_document(connection: str, arguments: tuple[str, ...], fields: tuple[str, ...], is_rest: bool = False) -> str:
    """The document that lists entities with their links; variables: ``project ids first after`` and the arguments.

    Args:
        connection: ``folders``, ``tasks``, ….
        arguments: which of the links' arguments are given.
        fields: of each link, as ``links.<name>``.
        is_rest: go on behind the variable ``linksAfter``.
    """
    declared = "".join(f",${name}:{_ARGUMENTS[name]}" for name in arguments)
    chosen = f"first:{LINKS_PAGE}" + "".join(f",{name}:${name}" for name in arguments)
    if is_rest:
        declared, chosen = f"{declared},$linksAfter:String", f"{chosen},after:$linksAfter"
    links = links_selection(tree_of(fields)["links"], chosen)
    return (
        f"query Links($project:String!,$first:Int,$after:String,$ids:[String!]{declared}){{project(name:$project){{name "
        f"{connection}(first:$first,after:$after,ids:$ids){{pageInfo{{hasNextPage endCursor}}edges{{node{{id {links}}}}}}}}}}}"
    )
