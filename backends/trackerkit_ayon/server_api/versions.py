"""The versions of a project's products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.exceptions import GraphQlQueryFailed
from trackerkit_ayon.server_api.products import ProductsAPI, without_effect
from trackerkit_ayon.server_api.reading import Row, first
from trackerkit_ayon.server_api.rest import filters as listed_filters
from trackerkit_ayon.server_api.rest import given, listed


class VersionsAPI(ProductsAPI):
    """``/projects/{name}/versions`` and the ``versions`` of GraphQL.

    A hero version is what stands for a product's best version; it has the negative number of the one it is made of.
    """

    def get_rest_version(self, project_name: str, version_id: str) -> Row | None:
        """A version as the REST route tells it; None when there is none.

        Args:
            project_name: of the project.
            version_id: of the version.
        """
        return self.get_rest_entity_by_id(project_name, "version", version_id)

    def get_versions(
        self,
        project_name: str,
        version_ids: Iterable[str] | None = None,
        product_ids: Iterable[str] | None = None,
        task_ids: Iterable[str] | None = None,
        versions: Iterable[int] | None = None,
        hero: bool = True,
        standard: bool = True,
        latest: bool | None = None,
        statuses: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        active: bool | None = True,
        filters: str | Mapping[str, Any] | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Iterator[Row]:
        """Versions of a project; an empty list of values finds none.

        Args:
            project_name: of the project.
            version_ids: only these.
            product_ids: only those of these products.
            task_ids: only those made in these tasks.
            versions: only those of these numbers.
            hero: with hero versions.
            standard: with others.
            latest: only the latest of each product, and its hero version before them where ``hero``.
            statuses: only those of these statuses.
            tags: only those with these tags.
            active: only active ones, only retired ones, or (None) both.
            filters: the server's own filter.
            fields: what to read of each, ``id`` and ``version`` besides. The defaults if there are none.
            own_attributes: deprecated; has no effect.
        """
        without_effect(own_attributes, "versions")
        if not project_name or not (hero or standard):
            return
        arguments = listed_filters(
            ids=version_ids, productIds=product_ids, taskIds=task_ids, versions=versions, statuses=statuses, tags=tags
        )
        if arguments is None:
            return
        arguments |= given(filter=self._prepare_advanced_filters(filters))
        wanted = self._wanted("version", fields) | {"id", "version"}
        for narrowed in _passes(hero, standard, bool(latest)):
            for row in self._entities("versions", project_name, {**arguments, **narrowed}, wanted, active=active):
                if hero or row["version"] >= 0:
                    yield row

    def get_version_by_id(
        self, project_name: str, version_id: str, fields: Iterable[str] | None = None, own_attributes: Any = NOT_SET
    ) -> Row | None:
        """A version, retired or not, hero or not; None when there is none.

        Args:
            project_name: of the project.
            version_id: of the version.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_versions(
                project_name, version_ids=[version_id], active=None, fields=fields, own_attributes=own_attributes
            )
        )

    def get_version_by_name(
        self,
        project_name: str,
        version: int,
        product_id: str,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Row | None:
        """The version of a number of a product, retired or not; None when there is none.

        Args:
            project_name: of the project.
            version: its number.
            product_id: of the product.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_versions(
                project_name, product_ids=[product_id], versions=[version], active=None, fields=fields,
                own_attributes=own_attributes,
            )
        )  # fmt: skip

    def get_hero_versions(
        self,
        project_name: str,
        product_ids: Iterable[str] | None = None,
        version_ids: Iterable[str] | None = None,
        active: bool | None = True,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Iterator[Row]:
        """Hero versions of a project.

        Args:
            project_name: of the project.
            product_ids: only those of these products.
            version_ids: only these.
            active: only active ones, only retired ones, or (None) both.
            fields: what to read of each.
            own_attributes: deprecated; has no effect.
        """
        return self.get_versions(
            project_name, version_ids=version_ids, product_ids=product_ids, hero=True, standard=False, active=active,
            fields=fields, own_attributes=own_attributes,
        )  # fmt: skip

    def get_hero_version_by_id(
        self, project_name: str, version_id: str, fields: Iterable[str] | None = None, own_attributes: Any = NOT_SET
    ) -> Row | None:
        """An active hero version; None when there is none of this id.

        Args:
            project_name: of the project.
            version_id: of the hero version.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_hero_versions(project_name, version_ids=[version_id], fields=fields, own_attributes=own_attributes)
        )

    def get_hero_version_by_product_id(
        self, project_name: str, product_id: str, fields: Iterable[str] | None = None, own_attributes: Any = NOT_SET
    ) -> Row | None:
        """The active hero version of a product; None when it has none.

        Args:
            project_name: of the project.
            product_id: of the product.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_hero_versions(project_name, product_ids=[product_id], fields=fields, own_attributes=own_attributes)
        )

    def get_last_versions(
        self,
        project_name: str,
        product_ids: Iterable[str],
        active: bool | None = True,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> dict[str, Row | None]:
        """The latest version of each of some products: product id → version, or None where there is none.

        Args:
            project_name: of the project.
            product_ids: of the products.
            active: of the versions.
            fields: what to read of each; ``productId`` comes along.
            own_attributes: deprecated; has no effect.
        """
        asked = list(dict.fromkeys(product_ids))
        found: dict[str, Row | None] = {}
        for version in self.get_versions(
            project_name, product_ids=asked, latest=True, hero=False, active=active,
            fields={"productId", *fields} if fields else None, own_attributes=own_attributes,
        ):  # fmt: skip
            found[version["productId"]] = version
        return {**found, **{id: None for id in asked if id not in found}}

    def get_last_version_by_product_id(
        self,
        project_name: str,
        product_id: str,
        active: bool | None = True,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Row | None:
        """The latest version of a product; None when it has none.

        Args:
            project_name: of the project.
            product_id: of the product.
            active: of the version.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        return first(
            self.get_versions(
                project_name, product_ids=[product_id], latest=True, hero=False, active=active, fields=fields,
                own_attributes=own_attributes,
            )
        )  # fmt: skip

    def get_last_version_by_product_name(
        self,
        project_name: str,
        product_name: str,
        folder_id: str,
        active: bool | None = True,
        fields: Iterable[str] | None = None,
        own_attributes: Any = NOT_SET,
    ) -> Row | None:
        """The latest version of the product of a name in a folder; None when there is none.

        Args:
            project_name: of the project.
            product_name: of the product.
            folder_id: of the folder.
            active: of the version.
            fields: what to read of it.
            own_attributes: deprecated; has no effect.
        """
        if not folder_id:
            return None
        product = self.get_product_by_name(project_name, product_name, folder_id, fields={"id"})
        if product is None:
            return None
        return self.get_last_version_by_product_id(
            project_name, product["id"], active=active, fields=fields, own_attributes=own_attributes
        )

    def version_is_latest(self, project_name: str, version_id: str) -> bool:
        """True when no other version of its product is newer.

        Args:
            project_name: of the project.
            version_id: of the version.

        Raises:
            GraphQlQueryFailed: there is no such version.
        """
        version = self.get_version_by_id(project_name, version_id, fields={"product.latestVersion.id"})
        if version is None:
            raise GraphQlQueryFailed([{"message": f"Version {version_id} not found", "path": ["project", "version"]}])
        latest = (version["product"] or {}).get("latestVersion")
        return latest is not None and bool(latest["id"] == version_id)

    def create_version(
        self,
        project_name: str,
        version: int,
        product_id: str,
        task_id: str | None = None,
        author: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        thumbnail_id: str | None = None,
        version_id: str | None = None,
    ) -> str:
        """Create a version; its id.

        Args:
            project_name: of the project.
            version: its number; a negative one makes a hero version.
            product_id: of the product.
            task_id: of the task that it was made in.
            author: name of a user; the caller unless given.
            attrib: attributes.
            data: whatever else.
            tags: of the version.
            status: one of the project's.
            active: False for a retired one.
            thumbnail_id: of an uploaded thumbnail.
            version_id: 32 hexadecimal digits; a new one unless given.
        """
        return self._create(
            project_name, "versions", version_id, version=version, productId=product_id, taskId=task_id, author=author,
            attrib=attrib, data=data, tags=listed(tags), status=status, active=active, thumbnailId=thumbnail_id,
        )  # fmt: skip

    def update_version(
        self,
        project_name: str,
        version_id: str,
        version: int | None = None,
        product_id: str | None = None,
        task_id: str | None = NOT_SET,
        author: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        status: str | None = None,
        active: bool | None = None,
        thumbnail_id: str | None = NOT_SET,
    ) -> None:
        """Change a version; what is not given stays. None unsets ``task_id`` and ``thumbnail_id``.

        Args:
            project_name: of the project.
            version_id: of the version.
            version: new number.
            product_id: new product.
            task_id: new task.
            author: new author.
            attrib: attributes to change; None as a value unsets one.
            data: replaces the present ``data``.
            tags: replace the present ones.
            status: new status.
            active: False retires.
            thumbnail_id: new thumbnail.
        """
        values = {
            "version": version, "productId": product_id, "author": author, "attrib": attrib, "data": data,
            "tags": listed(tags), "status": status, "active": active,
        }  # fmt: skip
        self._update(project_name, "versions", version_id, values, taskId=task_id, thumbnailId=thumbnail_id)

    def delete_version(self, project_name: str, version_id: str) -> None:
        """Delete a version for good.

        Args:
            project_name: of the project.
            version_id: of the version.
        """
        self._remove(project_name, "versions", version_id)


def _passes(hero: bool, standard: bool, latest: bool) -> list[dict[str, bool]]:
    """What to ask for, one listing after the other: the server tells hero versions and others apart by flags alone."""
    if standard and not latest:
        return [{}]
    return [{"heroOnly": True}] * hero + [{"latestOnly": True}] * standard
