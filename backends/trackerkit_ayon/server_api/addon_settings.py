"""Settings of addons: for the studio, for a project, for one user's site; whole, and as what overrides the defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.exceptions import UnsupportedServerVersion
from trackerkit_ayon.server_api.responses import RestApiResponse
from trackerkit_ayon.server_api.rest import done, given, object_of, path, query


class AddonSettingsAPI(BaseServerAPI):
    """The settings under ``/addons/<name>/<version>`` and ``/settings``.

    ``variant`` is ``production``, ``staging`` or the name of a developer's bundle, and the connection's own where it is
    not given. A pair of methods for the studio and for a project has a third one that takes the project or None.
    """

    # ---- schemas

    def get_addon_settings_schema(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
    ) -> dict[str, Any]:
        """The JSON schema of an addon's settings; choices in it may depend on the project.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            project_name: for this project; None for the studio.
            variant: the server takes ``production`` where it is not given.
            site_id: for this site of the project.
        """
        if not project_name:
            return self._addon_read(addon_name, addon_version, "schema", None, variant=variant or None)
        asked = {"variant": variant or None, "site_id": site_id or None}
        return self._addon_read(addon_name, addon_version, "schema", project_name, **asked)

    def get_addon_site_settings_schema(self, addon_name: str, addon_version: str) -> dict[str, Any]:
        """The JSON schema of an addon's site settings."""
        return object_of(self.get(path("addons", addon_name, addon_version, "siteSettings", "schema")))

    # ---- settings

    def get_addon_studio_settings(
        self, addon_name: str, addon_version: str, variant: str | None = None
    ) -> dict[str, Any]:
        """An addon's settings for the studio."""
        return self._addon_read(addon_name, addon_version, "settings", None, variant=self._variant(variant))

    def get_addon_project_settings(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str,
        variant: str | None = None,
        site_id: str | None = None,
        use_site: bool = True,
    ) -> dict[str, Any]:
        """An addon's settings for a project.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            project_name: of the project.
            variant: of the settings.
            site_id: as the caller's site overrides them; the connection's own site where it is not given.
            use_site: False leaves every site out.
        """
        asked = {"site": self._site(site_id, use_site), "variant": self._variant(variant)}
        return self._addon_read(addon_name, addon_version, "settings", project_name, **asked)

    def get_addon_settings(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
        use_site: bool = True,
    ) -> dict[str, Any]:
        """``get_addon_project_settings``, or without a project ``get_addon_studio_settings``."""
        if project_name is None:
            return self.get_addon_studio_settings(addon_name, addon_version, variant)
        return self.get_addon_project_settings(addon_name, addon_version, project_name, variant, site_id, use_site)

    def set_addon_studio_settings(
        self, addon_name: str, addon_version: str, settings: dict[str, Any], variant: str | None = None
    ) -> None:
        """Set an addon's settings for the studio.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            settings: all of them; the server finds out what differs from the defaults. ``__pinned_fields__`` and
                ``__unpinned_fields__`` in it say what to keep as an override though it does not differ.
            variant: of the settings.
        """
        self.set_addon_settings(addon_name, addon_version, settings, None, variant)

    def set_addon_project_settings(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str,
        settings: dict[str, Any],
        variant: str | None = None,
        site_id: str | None = None,
    ) -> None:
        """Set an addon's settings for a project, or with ``site_id`` for the caller's site in it.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            project_name: of the project.
            settings: see ``set_addon_studio_settings``.
            variant: of the settings.
            site_id: of the site.
        """
        self.set_addon_settings(addon_name, addon_version, settings, project_name, variant, site_id)

    def set_addon_settings(
        self,
        addon_name: str,
        addon_version: str,
        settings: dict[str, Any],
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
    ) -> None:
        """``set_addon_project_settings``, or without a project ``set_addon_studio_settings``.

        Raises:
            ValueError: a site without a project.
        """
        asked = self._of_either(project_name, variant, site_id)
        self._addon_write(self.raw_post, addon_name, addon_version, "settings", project_name, settings, asked)

    def get_addon_site_settings(
        self, addon_name: str, addon_version: str, site_id: str | None = None
    ) -> dict[str, Any]:
        """An addon's settings for a site of the caller: the connection's own site unless given; ``{}`` without one."""
        site = self.get_site_id() if site_id is None else site_id
        if not site:
            return {}
        return object_of(self.get(path("addons", addon_name, addon_version, "siteSettings") + query(site=site)))

    def set_addon_site_settings(
        self, addon_name: str, addon_version: str, settings: dict[str, Any], site_id: str | None = None
    ) -> None:
        """Set an addon's settings for a site of the caller: the connection's own site unless given.

        Raises:
            ValueError: there is no site.
        """
        site = self.get_site_id() if site_id is None else site_id
        if not site:
            raise ValueError("Site id is not available: give site_id, or set the connection's own")
        place = path("addons", addon_name, addon_version, "siteSettings") + query(site_id=site)
        done(self.raw_put(place, json=settings))

    def migrate_addon_settings(
        self,
        addon_name: str,
        source_version: str,
        target_version: str,
        source_variant: str | None = None,
        target_variant: str | None = None,
        with_projects: bool | None = None,
    ) -> dict[str, Any]:
        """Take over the settings of one version of an addon into another: ``{"events": […]}``.

        Args:
            addon_name: of the addon.
            source_version: from this one.
            target_version: to this one.
            source_variant: ``production`` unless given.
            target_variant: ``production`` unless given.
            with_projects: those of projects too; yes unless given.

        Raises:
            UnsupportedServerVersion: the server is older than 1.16.8.
        """
        if self.get_server_version_tuple() < (1, 16, 8):
            raise UnsupportedServerVersion("migrate_addon_settings needs AYON server 1.16.8 or newer")
        said = given(sourceVariant=source_variant, targetVariant=target_variant, withProjects=with_projects)
        versions = {"sourceVersion": source_version, "targetVersion": target_version}
        return object_of(self.post(path("addons", addon_name, "migrate"), **versions, **said))

    # ---- settings of all addons

    def get_bundle_settings(
        self,
        bundle_name: str | None = None,
        project_name: str | None = None,
        project_bundle_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
        use_site: bool = True,
    ) -> dict[str, Any]:
        """The settings of every addon of a bundle, as ``{"addons": [{"name", "version", "settings", "siteSettings"}]}``.

        Args:
            bundle_name: the production or staging one of the variant unless given.
            project_name: for this project; None for the studio.
            project_bundle_name: of the project's own bundle.
            variant: of the settings.
            site_id: as the caller's site overrides them; the connection's own site where it is not given.
            use_site: False leaves every site out.
        """
        asked = {
            "project_name": project_name or None,
            "bundle_name": bundle_name or None,
            "project_bundle_name": project_bundle_name or None,
            "variant": self._variant(variant or None),
            "site_id": self._site(site_id, use_site),
        }
        return object_of(self.get("settings" + query(**asked)))

    def get_addons_studio_settings(
        self,
        bundle_name: str | None = None,
        project_bundle_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
        use_site: bool = True,
        only_values: bool = True,
    ) -> dict[str, Any]:
        """The studio's settings of every addon, as ``{addon: settings}``; see ``get_bundle_settings``.

        Args:
            only_values: False gives the whole answer of ``get_bundle_settings``.
        """
        found = self.get_bundle_settings(bundle_name, None, project_bundle_name, variant, site_id, use_site)
        return _values(found) if only_values else found

    def get_addons_project_settings(
        self,
        project_name: str,
        bundle_name: str | None = None,
        project_bundle_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
        use_site: bool = True,
        only_values: bool = True,
    ) -> dict[str, Any]:
        """A project's settings of every addon, as ``{addon: settings}``; see ``get_bundle_settings``.

        Args:
            project_name: of the project.
            only_values: False gives the whole answer of ``get_bundle_settings``.

        Raises:
            ValueError: the name is empty.
        """
        if not project_name:
            raise ValueError("Project name must be passed.")
        found = self.get_bundle_settings(bundle_name, project_name, project_bundle_name, variant, site_id, use_site)
        return _values(found) if only_values else found

    def get_addons_settings(
        self,
        bundle_name: str | None = None,
        project_bundle_name: str | None = None,
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
        use_site: bool = True,
        only_values: bool = True,
    ) -> dict[str, Any]:
        """``get_addons_project_settings``, or without a project ``get_addons_studio_settings``."""
        asked = (bundle_name, project_bundle_name, variant, site_id, use_site, only_values)
        if project_name is None:
            return self.get_addons_studio_settings(*asked)
        return self.get_addons_project_settings(project_name, *asked)

    # ---- what the methods above share

    def _variant(self, variant: str | None) -> str | None:
        return (self.get_default_settings_variant() if variant is None else variant) or None

    def _site(self, site_id: str | None, use_site: bool) -> str | None:
        return (site_id or self.get_site_id() or None) if use_site else None

    def _of_either(self, project_name: str | None, variant: str | None, site_id: str | None) -> dict[str, str | None]:
        if project_name is None and site_id:
            raise ValueError("Argument 'site_id' can be used only with 'project_name'.")
        return {"site_id": site_id or None, "variant": self._variant(variant)}

    def _addon_place(self, addon: str, version: str, kind: str, project: str | None, asked: dict[str, Any]) -> str:
        parts = ("addons", addon, version, kind, *([] if project is None else [project]))
        return path(*parts) + query(**asked)

    def _addon_read(self, addon: str, version: str, kind: str, project: str | None, **asked: Any) -> dict[str, Any]:
        return object_of(self.get(self._addon_place(addon, version, kind, project, asked)))

    def _addon_write(
        self,
        send: Callable[..., RestApiResponse],
        addon: str,
        version: str,
        kind: str,
        project: str | None,
        what: Any,
        asked: dict[str, Any],
    ) -> None:
        done(send(self._addon_place(addon, version, kind, project, asked), json=what))


def _values(found: dict[str, Any]) -> dict[str, Any]:
    return {addon["name"]: addon["settings"] for addon in found["addons"]}
