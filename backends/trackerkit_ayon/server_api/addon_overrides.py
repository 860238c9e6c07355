"""What overrides the defaults of an addon's settings: for the studio, a project, or the caller's site in a project."""

from __future__ import annotations

from typing import Any, Literal

from trackerkit_ayon.server_api.addon_settings import AddonSettingsAPI
from trackerkit_ayon.server_api.rest import done

OVERRIDES = "overrides"
RAW = "rawOverrides"


class AddonOverridesAPI(AddonSettingsAPI):
    """``overrides`` tells and changes single ones; ``rawOverrides`` reads and writes what is stored, unchecked.

    A ``site_id`` means the caller's own site in the project, in place of the project.
    """

    # ---- what is overridden

    def get_addon_studio_overrides(
        self, addon_name: str, addon_version: str, variant: str | None = None, as_version: str | None = None
    ) -> dict[str, Any]:
        """What the studio overrides, told by the path of each setting.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            variant: of the settings.
            as_version: take the overrides of another version of the addon.
        """
        return self.get_addon_overrides(addon_name, addon_version, None, variant, None, as_version)

    def get_addon_project_overrides(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str,
        variant: str | None = None,
        site_id: str | None = None,
        as_version: str | None = None,
    ) -> dict[str, Any]:
        """What the studio, the project and, if given, the site override, told by the path of each setting.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            project_name: of the project.
            variant: of the settings.
            site_id: of the site.
            as_version: take the overrides of another version of the addon.
        """
        return self.get_addon_overrides(addon_name, addon_version, project_name, variant, site_id, as_version)

    def get_addon_overrides(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
        as_version: str | None = None,
    ) -> dict[str, Any]:
        """``get_addon_project_overrides``, or without a project ``get_addon_studio_overrides``.

        Raises:
            ValueError: a site without a project.
        """
        asked = {**self._of_either(project_name, variant, site_id), "as": as_version or None}
        return self._addon_read(addon_name, addon_version, OVERRIDES, project_name, **asked)

    def modify_addon_studio_overrides(
        self,
        addon_name: str,
        addon_version: str,
        action: Literal["delete", "pin"],
        path: list[str],
        variant: str | None = None,
    ) -> None:
        """Change one override of the studio.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            action: ``delete`` it, or ``pin`` the present value as an override.
            path: of the setting.
            variant: of the settings.
        """
        self.modify_addon_overrides(addon_name, addon_version, action, path, None, variant)

    def modify_addon_project_overrides(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str,
        action: Literal["delete", "pin"],
        path: list[str],
        variant: str | None = None,
        site_id: str | None = None,
    ) -> None:
        """Change one override of a project.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            project_name: of the project.
            action: ``delete`` it, or ``pin`` the present value as an override.
            path: of the setting.
            variant: of the settings.
            site_id: of the site.
        """
        self.modify_addon_overrides(addon_name, addon_version, action, path, project_name, variant, site_id)

    def modify_addon_overrides(
        self,
        addon_name: str,
        addon_version: str,
        action: Literal["delete", "pin"],
        path: list[str],
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
    ) -> None:
        """``modify_addon_project_overrides``, or without a project ``modify_addon_studio_overrides``.

        Raises:
            ValueError: a site without a project.
        """
        asked = self._of_either(project_name, variant, site_id)
        place = self._addon_place(addon_name, addon_version, OVERRIDES, project_name, asked)
        done(self.post(place, action=action, path=path))

    def delete_addon_studio_overrides(self, addon_name: str, addon_version: str, variant: str | None = None) -> None:
        """Forget every override of the studio."""
        self.delete_addon_overrides(addon_name, addon_version, None, variant)

    def delete_addon_project_overrides(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str,
        variant: str | None = None,
        site_id: str | None = None,
    ) -> None:
        """Forget every override of a project, or of the caller's site in it."""
        self.delete_addon_overrides(addon_name, addon_version, project_name, variant, site_id)

    def delete_addon_overrides(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
    ) -> None:
        """``delete_addon_project_overrides``, or without a project ``delete_addon_studio_overrides``.

        Raises:
            ValueError: a site without a project.
        """
        asked = self._of_either(project_name, variant, site_id)
        done(self.delete(self._addon_place(addon_name, addon_version, OVERRIDES, project_name, asked)))

    # ---- what is stored

    def get_addon_studio_raw_overrides(
        self, addon_name: str, addon_version: str, variant: str | None = None
    ) -> dict[str, Any]:
        """What is stored for the studio; for administrators."""
        return self.get_addon_raw_overrides(addon_name, addon_version, None, variant)

    def get_addon_project_raw_overrides(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str,
        variant: str | None = None,
        site_id: str | None = None,
    ) -> dict[str, Any]:
        """What is stored for a project (for administrators), or for the caller's site in it."""
        return self.get_addon_raw_overrides(addon_name, addon_version, project_name, variant, site_id)

    def get_addon_raw_overrides(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
    ) -> dict[str, Any]:
        """``get_addon_project_raw_overrides``, or without a project ``get_addon_studio_raw_overrides``.

        Raises:
            ValueError: a site without a project.
        """
        asked = self._of_either(project_name, variant, site_id)
        return self._addon_read(addon_name, addon_version, RAW, project_name, **asked)

    def set_addon_studio_raw_overrides(
        self, addon_name: str, addon_version: str, overrides: dict[str, Any], variant: str | None = None
    ) -> None:
        """Store overrides for the studio as they are, unchecked; for administrators."""
        self.set_addon_raw_overrides(addon_name, addon_version, overrides, None, variant)

    def set_addon_project_raw_overrides(
        self,
        addon_name: str,
        addon_version: str,
        project_name: str,
        overrides: dict[str, Any],
        variant: str | None = None,
        site_id: str | None = None,
    ) -> None:
        """Store overrides for a project, or for the caller's site in it, as they are, unchecked."""
        self.set_addon_raw_overrides(addon_name, addon_version, overrides, project_name, variant, site_id)

    def set_addon_raw_overrides(
        self,
        addon_name: str,
        addon_version: str,
        overrides: dict[str, Any],
        project_name: str | None = None,
        variant: str | None = None,
        site_id: str | None = None,
    ) -> None:
        """``set_addon_project_raw_overrides``, or without a project ``set_addon_studio_raw_overrides``.

        Raises:
            ValueError: a site without a project.
        """
        asked = self._of_either(project_name, variant, site_id)
        self._addon_write(self.raw_put, addon_name, addon_version, RAW, project_name, overrides, asked)
