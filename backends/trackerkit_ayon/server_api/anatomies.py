"""Anatomies: the presets of the studio, and each project's own with its roots."""

from __future__ import annotations

import platform
import warnings
from typing import Any, Final

from trackerkit_ayon.server_api.projectsite import ProjectSiteAPI
from trackerkit_ayon.server_api.rest import done, object_of, path, query

Row = dict[str, Any]

_PRESETS: Final = "anatomy/presets"
_SINCE_NAMED: Final = (1, 0, 8)
"""Since when the primary preset and the built-in one have names of their own."""


class AnatomiesAPI(ProjectSiteAPI):
    """``/anatomy`` and ``/projects/{name}/anatomy``, ``/roots``, ``/siteRoots``."""

    def get_project_anatomy_presets(self) -> list[Row]:
        """The presets that a project may begin with: ``name``, ``primary``, ``version``, ….

        The built-in one is not among them.
        """
        found: list[Row] = object_of(self.get(_PRESETS)).get("presets") or []
        return found

    def get_default_anatomy_preset_name(self) -> str:
        """The name of the primary preset; ``_`` is the built-in one."""
        return next((str(each["name"]) for each in self.get_project_anatomy_presets() if each.get("primary")), "_")

    def get_project_anatomy_preset(self, preset_name: str | None = None) -> Row:
        """A preset.

        Args:
            preset_name: of the preset; the primary one unless given.
        """
        if preset_name is None:
            is_named = self._is_at_least(*_SINCE_NAMED)
            preset_name = "__primary__" if is_named else self.get_default_anatomy_preset_name()
        return object_of(self.get(path("anatomy", "presets", preset_name)))

    def get_built_in_anatomy_preset(self) -> Row:
        """The preset that the server brings."""
        return self.get_project_anatomy_preset("__builtin__" if self._is_at_least(*_SINCE_NAMED) else "_")

    def get_build_in_anatomy_preset(self) -> Row:
        """Deprecated: ``get_built_in_anatomy_preset``."""
        _deprecated("get_build_in_anatomy_preset", "get_built_in_anatomy_preset")
        return self.get_built_in_anatomy_preset()

    def get_anatomy_schema(self) -> dict[str, Any]:
        """The JSON schema of an anatomy."""
        return object_of(self.get("anatomy/schema"))

    def save_project_anatomy_preset(self, preset_name: str, preset: Row) -> None:
        """Create or replace a preset.

        Args:
            preset_name: of the preset.
            preset: as ``get_project_anatomy_preset`` gives it.
        """
        done(self.raw_put(path("anatomy", "presets", preset_name), json=preset))

    def rename_project_anatomy_preset(self, preset_name: str, new_preset_name: str) -> None:
        """Give a preset another name.

        Args:
            preset_name: of the preset.
            new_preset_name: its new one.
        """
        done(self.post(path("anatomy", "presets", preset_name, "rename"), name=new_preset_name))

    def delete_project_anatomy_preset(self, preset_name: str) -> None:
        """Delete a preset; the projects that began with it keep what they have.

        Args:
            preset_name: of the preset.
        """
        done(self.delete(path("anatomy", "presets", preset_name)))

    def set_primary_anatomy_preset(self, preset_name: str) -> None:
        """Make a preset the one that projects begin with unless told otherwise.

        Args:
            preset_name: of the preset.
        """
        done(self.post(path("anatomy", "presets", preset_name, "primary")))

    def unset_primary_anatomy_preset(self, preset_name: str) -> None:
        """Let projects begin with the built-in preset again.

        Args:
            preset_name: of the preset that is the primary one now.
        """
        done(self.delete(path("anatomy", "presets", preset_name, "primary")))

    def get_project_anatomy(self, project_name: str) -> Row:
        """A project's anatomy: ``roots``, ``templates``, ``attributes``, ``folder_types``, ``statuses``, ….

        Args:
            project_name: of the project.
        """
        return object_of(self.get(path("projects", project_name, "anatomy")))

    def set_project_anatomy(self, project_name: str, anatomy: Row) -> None:
        """Replace a project's anatomy.

        Args:
            project_name: of the project.
            anatomy: as ``get_project_anatomy`` gives it.
        """
        done(self.raw_post(path("projects", project_name, "anatomy"), json=anatomy))

    # ---- roots

    def get_project_root_overrides(self, project_name: str) -> dict[str, dict[str, str]]:
        """The caller's own roots: site id → root → path.

        Args:
            project_name: of the project.
        """
        return object_of(self.get(path("projects", project_name, "roots")))

    def get_project_roots_by_site(self, project_name: str) -> dict[str, dict[str, str]]:
        """Deprecated: ``get_project_root_overrides``."""
        _deprecated("get_project_roots_by_site", "get_project_root_overrides")
        return self.get_project_root_overrides(project_name)

    def get_project_root_overrides_by_site_id(self, project_name: str, site_id: str | None = None) -> dict[str, str]:
        """The caller's own roots on one site: root → path; empty where there are none.

        Args:
            project_name: of the project.
            site_id: of the site; the connection's own unless given.
        """
        site = site_id if site_id is not None else self.get_site_id()
        return {} if site is None else self.get_project_root_overrides(project_name).get(site, {})

    def set_project_root_overrides(self, project_name: str, site_id: str, roots: dict[str, str | None]) -> None:
        """Set the caller's own roots on a site.

        Args:
            project_name: of the project.
            site_id: of the site.
            roots: root → path; an empty one, or None, is as in the anatomy again.
        """
        done(self.raw_put(path("projects", project_name, "roots", site_id), json=roots))

    def get_project_roots_for_site(self, project_name: str, site_id: str | None = None) -> dict[str, str]:
        """Deprecated: ``get_project_root_overrides_by_site_id``."""
        _deprecated("get_project_roots_for_site", "get_project_root_overrides_by_site_id")
        return self.get_project_root_overrides_by_site_id(project_name, site_id)

    def get_project_roots_by_site_id(self, project_name: str, site_id: str | None = None) -> dict[str, str]:
        """The roots as they are on a site: root → path.

        Args:
            project_name: of the project.
            site_id: of a site that the server has seen; the connection's own unless given. Without any, the roots of
                this machine's platform.
        """
        return self._roots(project_name, site_id if site_id is not None else self.get_site_id(), None)

    def get_project_roots_by_platform(self, project_name: str, platform_name: str | None = None) -> dict[str, str]:
        """The roots of the anatomy on a platform: root → path.

        Args:
            project_name: of the project.
            platform_name: ``linux``, ``windows`` or ``darwin``; this machine's unless given.
        """
        return self._roots(project_name, None, platform_name)

    def _roots(self, project_name: str, site_id: str | None, platform_name: str | None) -> dict[str, str]:
        asked = (
            {"site_id": site_id} if site_id is not None else {"platform": (platform_name or platform.system()).lower()}
        )
        return object_of(self.get(path("projects", project_name, "siteRoots") + query(**asked)))


def _deprecated(name: str, instead: str) -> None:
    warnings.warn(f"'{name}' is deprecated, use '{instead}'", DeprecationWarning, stacklevel=3)
