"""Entity lists of a project, and what is in them."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, Final

from trackerkit.errors import ProtocolError
from trackerkit.jsontext import decoded
from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.exceptions import UnsupportedServerVersion
from trackerkit_ayon.server_api.graphql import Tree, flattened, printed, tree_of
from trackerkit_ayon.server_api.list_folders import ListFoldersAPI
from trackerkit_ayon.server_api.paging import Connection, pages
from trackerkit_ayon.server_api.reading import first
from trackerkit_ayon.server_api.rest import done, given, list_of, listed, new_id, object_of, path

ITEM_FIELDS: Final[Tree] = {"id": {}, "entityId": {}, "entityType": {}, "position": {}}
"""What is read of each item of a list where a call does not say."""


class ListsAPI(ListFoldersAPI):
    """``/projects/<project>/lists`` and GraphQL's ``entityLists``."""

    # ---- reading

    def get_entity_lists(
        self,
        project_name: str,
        *,
        list_ids: Iterable[str] | None = None,
        active: bool | None = None,
        fields: Iterable[str] | None = None,
    ) -> Generator[dict[str, Any], None, None]:
        """Lists of a project, oldest first; pages come as they are needed.

        Args:
            project_name: of the project.
            list_ids: with these ids; an empty one yields none.
            active: active ones, retired ones, or (None) both.
            fields: of each list; ``items`` or ``items.<name>`` for what is in it.

        Yields:
            The lists, with ``data`` and ``attributes`` read, and ``attrib`` with a default where the list has no value.
        """
        ids = listed(list_ids)
        if ids == []:
            return
        wanted = self._wanted("entityList", fields)
        tree = tree_of(wanted)
        items = tree.pop("items", None)
        if "items" in wanted:
            items = {**ITEM_FIELDS, **(items or {})}
        if items is not None:
            wanted = {name for name in wanted if name.partition(".")[0] != "items"} | {"id"}
        defaults = self.get_attributes_for_type("list") if "allAttrib" in wanted else {}
        for row in self._entities("entityLists", project_name, given(ids=ids), wanted, active=active):
            _finish(row, defaults)
            if items is not None:
                row["items"] = self._items(project_name, row["id"], items)
                if "id" not in tree:
                    del row["id"]
            yield row

    def _items(self, project_name: str, list_id: str, items: Tree) -> list[dict[str, Any]]:
        """Every item of a list. (The server can tell the items of one list at a time, or of lists of one entity type.)"""
        text = items_document(items)

        def ask(size: int, after: str | None) -> Connection:
            asked = {"project": project_name, "ids": [list_id], "first": size, "after": after}
            found = self._connection("entityLists", text, asked)["edges"]
            items: Connection = (
                found[0]["node"]["items"] if found else {"edges": [], "pageInfo": {"hasNextPage": False}}
            )
            return items

        return [flattened(edge) for page in pages(ask, self._page_size("items")) for edge in page.edges]

    def get_entity_list_rest(self, project_name: str, list_id: str) -> dict[str, Any] | None:
        """A list with its items, as REST tells it.

        Raises:
            HTTPRequestError: 404 where there is none.
        """
        return object_of(self.get(path("projects", project_name, "lists", list_id)))

    def get_entity_list_by_id(
        self, project_name: str, list_id: str, fields: Iterable[str] | None = None
    ) -> dict[str, Any] | None:
        """One list, as ``get_entity_lists`` yields it; None when there is none."""
        return first(self.get_entity_lists(project_name, list_ids=[list_id], fields=fields))

    def get_entity_list_entities(self, project_name: str, entity_list_id: str) -> dict[str, Any]:
        """``{"entityType", "entityIds"}``: what is in a list."""
        return object_of(self.get(path("projects", project_name, "lists", entity_list_id, "entities")))

    # ---- making and changing

    def create_entity_list(
        self,
        project_name: str,
        entity_type: str,
        label: str,
        *,
        list_type: str | None = None,
        access: dict[str, Any] | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        template: dict[str, Any] | None = None,
        entity_list_folder_id: str | None = None,
        owner: str | None = None,
        active: bool | None = None,
        items: list[dict[str, Any]] | None = None,
        list_id: str | None = None,
    ) -> str:
        """Make a list: its id.

        Args:
            project_name: of the project.
            entity_type: of what can be in it: ``folder``, ``task``, ``product``, ``version``, ….
            label: how it is shown; two lists of a project cannot have the same.
            list_type: ``generic``, ``review-session``, …; ``generic`` unless given.
            access: who may do what with it.
            attrib: values of its attributes.
            data: what else to keep of it.
            tags: of it.
            template: of a list that fills itself.
            entity_list_folder_id: of the folder that it lies in.
            owner: its user; the caller unless given.
            active: False for one that is retired.
            items: what is in it from the start: ``{"entityId", …}``.
            list_id: its id; made here unless given.
        """
        made = new_id() if list_id is None else list_id
        said = given(
            entityListType=list_type, access=access, attrib=attrib, template=template, tags=tags, owner=owner,
            entityListFolderId=entity_list_folder_id, data=data, active=active, items=items,
        )  # fmt: skip
        done(self.post(path("projects", project_name, "lists"), id=made, entityType=entity_type, label=label, **said))
        return made

    def update_entity_list(
        self,
        project_name: str,
        list_id: str,
        *,
        label: str | None = None,
        access: dict[str, Any] | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        entity_list_folder_id: str | None = NOT_SET,
        owner: str | None = None,
        active: bool | None = None,
    ) -> None:
        """Change a list; what is None stays as it is. For the arguments see ``create_entity_list``.

        Args:
            entity_list_folder_id: None takes the list out of its folder.
        """
        said = given(label=label, access=access, attrib=attrib, data=data, tags=tags, owner=owner, active=active)
        if entity_list_folder_id is not NOT_SET:
            said["entityListFolderId"] = entity_list_folder_id
        done(self.patch(path("projects", project_name, "lists", list_id), **said))

    def delete_entity_list(self, project_name: str, list_id: str) -> None:
        """Delete a list, not what is in it."""
        done(self.delete(path("projects", project_name, "lists", list_id)))

    def materialize_entity_list(self, project_name: str, list_id: str) -> dict[str, Any]:
        """Make a list that fills itself an ordinary one, with what is in it now: what the server says of it."""
        return object_of(self.post(path("projects", project_name, "lists", list_id, "materialize")))

    def get_entity_list_attribute_definitions(self, project_name: str, list_id: str) -> list[dict[str, Any]]:
        """The attributes that the items of a list have besides those of their entities."""
        return list_of(self.get(path("projects", project_name, "lists", list_id, "attributes")))

    def set_entity_list_attribute_definitions(
        self, project_name: str, list_id: str, attribute_definitions: list[dict[str, Any]]
    ) -> None:
        """Say which attributes the items of a list have; those there were before are gone."""
        place = path("projects", project_name, "lists", list_id, "attributes")
        done(self.raw_put(place, json=attribute_definitions))

    # ---- items

    def create_entity_list_item(
        self,
        project_name: str,
        list_id: str,
        entity_id: str,
        *,
        position: int | None = None,
        label: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        item_id: str | None = None,
    ) -> str:
        """Put an entity into a list: the id of the item.

        Args:
            project_name: of the project.
            list_id: of the list.
            entity_id: of the entity.
            position: among the items; last unless given.
            label: how the item is shown.
            attrib: values of its attributes.
            data: what else to keep of it.
            tags: of it.
            item_id: its id; made here unless given.
        """
        made = new_id() if item_id is None else item_id
        said = given(position=position, label=label, attrib=attrib, data=data, tags=tags)
        done(self.post(path("projects", project_name, "lists", list_id, "items"), id=made, entityId=entity_id, **said))
        return made

    def update_entity_list_items(self, project_name: str, list_id: str, items: list[dict[str, Any]], mode: str) -> None:
        """Change many items at once.

        Args:
            project_name: of the project.
            list_id: of the list.
            items: ``{"id", "entityId", …}``.
            mode: ``merge`` changes and adds, ``delete`` takes out, ``replace`` leaves nothing but these.
        """
        done(self.patch(path("projects", project_name, "lists", list_id, "items"), items=items, mode=mode))

    def update_entity_list_item(
        self,
        project_name: str,
        list_id: str,
        item_id: str,
        *,
        new_list_id: str | None = None,
        position: int | None = None,
        label: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Change an item; what is None stays as it is.

        Args:
            project_name: of the project.
            list_id: of the list.
            item_id: of the item.
            new_list_id: goes to the server as the item's ``entityId``, whatever its name says: it puts another entity in
                the item's place. No call moves an item to another list.
            position: among the items.
            label: how the item is shown.
            attrib: values of its attributes.
            data: what else to keep of it.
            tags: of it.
        """
        said = given(entityId=new_list_id, position=position, label=label, attrib=attrib, data=data, tags=tags)
        done(self.patch(path("projects", project_name, "lists", list_id, "items", item_id), **said))

    def delete_entity_list_item(self, project_name: str, list_id: str, item_id: str) -> None:
        """Take an item out of a list."""
        done(self.delete(path("projects", project_name, "lists", list_id, "items", item_id)))

    def set_entity_list_items_order(self, project_name: str, list_id: str, order: list[str]) -> None:
        """Put the items of a list into this order of their ids; each has to be named once.

        Raises:
            UnsupportedServerVersion: the server is older than 1.15.9.
        """
        if not self._is_at_least(1, 15, 9):
            raise UnsupportedServerVersion(
                "set_entity_list_items_order needs AYON server 1.15.9 or newer", backend="ayon"
            )
        done(self.post(path("projects", project_name, "lists", list_id, "order"), order=order))


def _finish(row: dict[str, Any], defaults: dict[str, dict[str, Any]]) -> None:
    """Read the definitions of a list's attributes, and fill up their values."""
    text = row.get("attributes")
    if isinstance(text, str):
        try:
            row["attributes"] = decoded(text)
        except ValueError:
            raise ProtocolError("the attributes of a list are no JSON", backend="ayon") from None
    if (attrib := row.get("attrib")) is not None:
        for name, known in defaults.items():
            attrib.setdefault(name, known.get("default"))


def items_document(items: Tree) -> str:
    """The document of one page of a list's items; variables: ``project ids first after``.

    Args:
        items: what is read of each item; below ``node``, of the entity itself.
    """
    return (
        "query Items($project:String!,$ids:[String!],$first:Int,$after:String){project(name:$project){name "
        "entityLists(first:1,ids:$ids){edges{node{items(first:$first,after:$after){"
        f"pageInfo{{hasNextPage endCursor}}edges{{{printed(items)}}}}}}}}}}}}}}}"
    )
