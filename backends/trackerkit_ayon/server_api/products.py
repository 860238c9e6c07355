"""The products of a project."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.exceptions import UnsupportedServerVersion
from trackerkit_ayon.server_api.graphql import printed, tree_of
from trackerkit_ayon.server_api.reading import Reading, Row, first
from trackerkit_ayon.server_api.rest import filters as listed_filters
from trackerkit_ayon.server_api.rest import given, listed
from trackerkit_ayon.server_api.writing import Writing


class ProductsAPI(Reading, Writing):
    """``/projects/{name}/products`` and the ``products`` of GraphQL."""

    def get_rest_product(self, project_name: str, product_id: str) -> Row | None:
        """A product as the REST route tells it; None when there is none.

        Args:
            project_name: of the project.
            product_id: of the product.
        """
        return self.get_rest_entity_by_id(project_name, "product", product_id)

    def get_products(
        self,
        project_name: str,
        product_ids: Iterable[str] | None = None,
        product_names: Iterable[str] | None = None,
        folder_ids: Iterable[str] | None = None,
        product_types: Iterable[str] | None = None,
        product_base_types: Iterable[str] | None = None,
        product_name_regex: str | None = None,
        product_path_regex: str | None = None,
        names_by_folder_ids: Mapping[str, Iterable[str]] | None = None,
        statuses: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        active: bool | None = True,
        filters: str | Mapping[str, Any] | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Iterator[Row]:
        """Products of a project; an empty list of values finds none.

        Args:
            project_name: of the project; without one there are no products.
            product_ids: only these.
            product_names: only those of these names.
            folder_ids: only those of these folders.
            product_types: only those of these types.
            product_base_types: only those of these base types.
            product_name_regex: only those whose name matches.
            product_path_regex: only those whose path matches.
            names_by_folder_ids: only those of these names in each of these folders, folder by folder; in place of
                ``product_names`` and ``folder_ids``.
            statuses: only those of these statuses.
            tags: only those with these tags.
            active: only active ones, only retired ones, or (None) both.
            filters: the server's own filter.
            fields: what to read of each, ``id`` besides; dots lead into nested objects. The defaults if there are none.
            own_attributes: deprecated; has no effect.

        Raises:
            UnsupportedServerVersion: base types need a server of version 1.13.0 or newer.
        """
        if not project_name:
            return
        if product_base_types and not self.is_product_base_type_supported():
            raise _no_base_types()
        without_effect(own_attributes, "products")
        if names_by_folder_ids is not None:
            names_by_folder_ids = {id: set(names) for id, names in names_by_folder_ids.items() if id and names}
            product_names = {name for names in names_by_folder_ids.values() for name in names}
            folder_ids = names_by_folder_ids.keys()
        arguments = listed_filters(
            ids=product_ids, names=product_names, folderIds=folder_ids, productTypes=product_types,
            productBaseTypes=product_base_types, statuses=statuses, tags=tags,
        )  # fmt: skip
        if arguments is None:
            return
        arguments |= given(
            nameEx=product_name_regex or None, pathEx=product_path_regex or None,
            filter=self._prepare_advanced_filters(filters),
        )  # fmt: skip
        wanted = self._wanted("product", {"id", *fields} if fields else None)
        if names_by_folder_ids is None:
            yield from self._entities("products", project_name, arguments, wanted, active=active)
        else:
            found = self._entities("products", project_name, arguments, wanted | {"name", "folderId"}, active=active)
            yield from _by_folder(found, names_by_folder_ids)

    def get_product_by_id(
        self,
        project_name: str,
        product_id: str,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Row | None:
        """A product, retired or not; None when there is none.

        Args:
            project_name: of the project.
            product_id: of the product.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_products(
                project_name, product_ids=[product_id], active=None, fields=fields, own_attributes=own_attributes
            )
        )

    def get_product_by_name(
        self,
        project_name: str,
        product_name: str,
        folder_id: str,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Row | None:
        """The product of a name in a folder, retired or not; None when there is none.

        Args:
            project_name: of the project.
            product_name: of the product.
            folder_id: of the folder.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_products(
                project_name, product_names=[product_name], folder_ids=[folder_id], active=None, fields=fields,
                own_attributes=own_attributes,
            )
        )  # fmt: skip

    def get_product_types(self, fields: Iterable[str] | None = None) -> list[Row]:
        """The types of products that the server knows.

        Args:
            fields: what to read of each; the name if there are none.
        """
        shown = printed(tree_of(fields or self.get_default_fields_for_type("productType")))
        found: list[Row] = self._answered(f"query ProductTypes{{productTypes{{{shown}}}}}", {})["productTypes"]
        return found

    def get_project_product_types(self, project_name: str, fields: Iterable[str] | None = None) -> list[Row]:
        """Deprecated: ``get_project`` with ``productTypes`` among its fields."""
        _deprecated("get_project_product_types", "'get_project' with 'productTypes' in 'fields'")
        asked = {"productTypes"} if fields is None else {f"productTypes.{name}" for name in fields}
        project = self.get_project(project_name, fields=asked)
        found: list[Row] = (project or {})["productTypes"]
        return found

    def get_product_type_names(
        self, project_name: str | None = None, product_ids: Iterable[str] | None = None
    ) -> set[str]:
        """Deprecated: the names of the types of some products, or without a project of all that the server knows."""
        _deprecated("get_product_type_names", "'get_product_types' or 'get_products'")
        if not project_name:
            return {about["name"] for about in self.get_product_types()}
        if not product_ids:
            return set()
        found = self.get_products(project_name, product_ids=product_ids, fields=["productType"], active=None)
        return {product["productType"] for product in found}

    def create_product(
        self,
        project_name: str,
        name: str,
        product_type: str,
        folder_id: str,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        product_base_type: str | None = None,
        product_id: str | None = None,
    ) -> str:
        """Create a product; its id.

        Args:
            project_name: of the project.
            name: letters, digits, ``_``, ``.`` and ``-``.
            product_type: of the product.
            folder_id: of the folder that it belongs to.
            attrib: attributes.
            data: whatever else.
            tags: of the product.
            status: one of the project's.
            active: False for a retired one.
            product_base_type: what the type is a kind of.
            product_id: 32 hexadecimal digits; a new one unless given.

        Raises:
            UnsupportedServerVersion: base types need a server of version 1.13.0 or newer.
        """
        self._check_base_type(product_base_type)
        return self._create(
            project_name, "products", product_id, name=name, productType=product_type, folderId=folder_id,
            productBaseType=product_base_type, attrib=attrib, data=data, tags=listed(tags), status=status, active=active,
        )  # fmt: skip

    def update_product(
        self,
        project_name: str,
        product_id: str,
        name: str | None = None,
        folder_id: str | None = None,
        product_type: str | None = None,
        product_base_type: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
    ) -> None:
        """Change a product; what is not given stays.

        Args:
            project_name: of the project.
            product_id: of the product.
            name: new name.
            folder_id: new folder.
            product_type: new type.
            product_base_type: new base type.
            attrib: attributes to change; None as a value unsets one.
            data: replaces the present ``data``.
            tags: replace the present ones.
            status: new status.
            active: False retires.

        Raises:
            UnsupportedServerVersion: base types need a server of version 1.13.0 or newer.
        """
        self._check_base_type(product_base_type)
        values = {
            "name": name, "folderId": folder_id, "productType": product_type, "productBaseType": product_base_type,
            "attrib": attrib, "data": data, "tags": listed(tags), "status": status, "active": active,
        }  # fmt: skip
        self._update(project_name, "products", product_id, values)

    def _check_base_type(self, product_base_type: str | None) -> None:
        if product_base_type is not None and not self.is_product_base_type_supported():
            raise _no_base_types()

    def delete_product(self, project_name: str, product_id: str) -> None:
        """Delete a product for good.

        Args:
            project_name: of the project.
            product_id: of the product.
        """
        self._remove(project_name, "products", product_id)


def without_effect(own_attributes: Any, plural: str) -> None:
    """Warn who gives ``own_attributes`` for entities that inherit none."""
    if own_attributes is not NOT_SET:
        warnings.warn(f"'own_attributes' has no effect on {plural} and will go away", DeprecationWarning, stacklevel=3)


def _deprecated(name: str, instead: str) -> None:
    warnings.warn(f"'{name}' is deprecated, use {instead}", DeprecationWarning, stacklevel=3)


def _no_base_types() -> UnsupportedServerVersion:
    return UnsupportedServerVersion("base types of products need an AYON server of version 1.13.0 or newer")


def _by_folder(products: Iterable[Row], names_by_folder: Mapping[str, Iterable[str]]) -> Iterator[Row]:
    """The products that have the names asked for in their own folder, folder by folder."""
    of_folder: dict[str, list[Row]] = {id: [] for id in names_by_folder}
    for product in products:
        if product["name"] in names_by_folder.get(product["folderId"], ()):
            of_folder[product["folderId"]].append(product)
    for found in of_folder.values():
        yield from found
