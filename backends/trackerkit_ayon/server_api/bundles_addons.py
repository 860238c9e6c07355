"""Bundles of addons, the addons themselves and their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trackerkit_ayon.server_api.addon_overrides import AddonOverridesAPI
from trackerkit_ayon.server_api.environment import NOT_SET
from trackerkit_ayon.server_api.requesttypes import RequestTypes, TransferProgress
from trackerkit_ayon.server_api.rest import done, given, inside, object_of, path, query


class BundlesAddonsAPI(AddonOverridesAPI):
    """``/bundles`` and ``/addons``; the settings of addons come from the rooms beside this one."""

    # ---- bundles

    def get_bundles(self) -> dict[str, Any]:
        """Every bundle, as ``{"bundles": […], "productionBundle", "stagingBundle", …}``."""
        return object_of(self.get("bundles"))

    def create_bundle(
        self,
        name: str,
        addon_versions: dict[str, str],
        installer_version: str | None,
        dependency_packages: dict[str, str] | None = None,
        is_production: bool | None = None,
        is_staging: bool | None = None,
        is_dev: bool | None = None,
        dev_active_user: str | None = None,
        dev_addons_config: dict[str, Any] | None = None,
    ) -> None:
        """Make a bundle; but for a developer's one, its addons and installer stay as they are now.

        Args:
            name: of the bundle.
            addon_versions: addon → version.
            installer_version: of the desktop application; may be None.
            dependency_packages: platform → file name.
            is_production: this is the production bundle from now on.
            is_staging: this is the staging bundle from now on.
            is_dev: a developer's bundle, which can be changed later.
            dev_active_user: the developer.
            dev_addons_config: addon → ``{"enabled", "path"}``: where the developer has the addon's client code.
        """
        flags = _flags(dependency_packages, is_production, is_staging, is_dev, dev_addons_config)
        said = given(activeUser=dev_active_user)
        done(self.post("bundles", **_bundle(name, addon_versions, installer_version), **flags, **said))

    def check_bundle_compatibility(
        self,
        name: str,
        addon_versions: dict[str, str],
        installer_version: str | None,
        dependency_packages: dict[str, str] | None = None,
        is_production: bool | None = None,
        is_staging: bool | None = None,
        is_dev: bool | None = None,
        dev_active_user: str | None = None,
        dev_addons_config: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """What the server would say of a bundle, as ``{"success", "issues"}``; for the arguments see ``create_bundle``."""
        flags = _flags(dependency_packages, is_production, is_staging, is_dev, dev_addons_config)
        said = given(activeUser=dev_active_user)
        return object_of(
            self.post("bundles/check", **_bundle(name, addon_versions, installer_version), **flags, **said)
        )

    def update_bundle(
        self,
        bundle_name: str,
        addon_versions: dict[str, str] | None = None,
        installer_version: str | None = None,
        dependency_packages: dict[str, str | None] | None = None,
        is_production: bool | None = None,
        is_staging: bool | None = None,
        is_dev: bool | None = None,
        dev_active_user: str | None = NOT_SET,
        dev_addons_config: dict[str, Any] | None = None,
    ) -> None:
        """Change a bundle. Of one that is no developer's: its packages, and whether it is production or staging.

        Args:
            bundle_name: of the bundle.
            addon_versions: addon → version.
            installer_version: of the desktop application.
            dependency_packages: platform → file name, None to have none; other platforms stay as they are.
            is_production: this is the production bundle, or is not.
            is_staging: this is the staging bundle, or is not.
            is_dev: this is a developer's bundle, or is not.
            dev_active_user: the developer; None for nobody.
            dev_addons_config: see ``create_bundle``.
        """
        said = given(addons=addon_versions, installerVersion=installer_version)
        said |= _flags(dependency_packages, is_production, is_staging, is_dev, dev_addons_config)
        if dev_active_user is not NOT_SET:
            said["activeUser"] = dev_active_user
        done(self.patch(path("bundles", bundle_name), **said))

    def delete_bundle(self, bundle_name: str) -> None:
        """Forget a bundle."""
        done(self.delete(path("bundles", bundle_name)))

    def migrate_settings_by_bundle(
        self,
        source_bundle: str,
        target_bundle: str,
        source_variant: str,
        target_variant: str,
        with_projects: bool = True,
    ) -> None:
        """Take over the settings of every addon that both bundles have.

        Args:
            source_bundle: whose addon versions the settings are taken from.
            target_bundle: whose addon versions get them.
            source_variant: ``production``, ``staging`` or a developer's bundle.
            target_variant: likewise.
            with_projects: those of projects too.
        """
        said = {"sourceBundle": source_bundle, "targetBundle": target_bundle}
        said |= {"sourceVariant": source_variant, "targetVariant": target_variant}
        done(self.post("migrateSettingsByBundle", **said, withProjects=with_projects))

    # ---- addons

    def get_addons_info(self, details: bool = True) -> dict[str, Any]:
        """Every addon on the server, as ``{"addons": […]}``.

        Args:
            details: say too where the client code of each version is.
        """
        return object_of(self.get("addons" + ("?details=1" if details else "")))

    def get_addon_endpoint(self, addon_name: str, addon_version: str, *subpaths: str) -> str:
        """``addons/<name>/<version>/<subpaths>``: where an addon answers, as text that is not encoded."""
        return "/".join(("addons", addon_name, addon_version, *subpaths))

    def get_addon_url(self, addon_name: str, addon_version: str, *subpaths: str, use_rest: bool = True) -> str:
        """The whole address of ``get_addon_endpoint``.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            subpaths: parts that follow.
            use_rest: True puts it under the server's own address, False under its ``/api``. The name says the opposite:
                it has answered like this from the start, and scripts rely on it.
        """
        base = self.get_base_url() if use_rest else self.get_rest_url()
        return f"{base}/{self.get_addon_endpoint(addon_name, addon_version, *subpaths)}"

    def delete_addon(self, addon_name: str, purge: bool | None = None) -> None:
        """Remove every version of an addon; the server has to be started anew.

        Args:
            addon_name: of the addon.
            purge: remove its settings and data too.
        """
        done(self.delete(path("addons", addon_name) + query(purge=_flag(purge))))

    def delete_addon_version(self, addon_name: str, addon_version: str, purge: bool | None = None) -> None:
        """Remove one version of an addon; the server has to be started anew.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            purge: remove its settings and data too.
        """
        done(self.delete(path("addons", addon_name, addon_version) + query(purge=_flag(purge))))

    def upload_addon_zip(self, src_filepath: str, progress: TransferProgress | None = None) -> dict[str, Any]:
        """Send an addon's package, which the server checks and installs: ``{"eventId"}`` of the event that follows it.

        Args:
            src_filepath: the zip file here.
            progress: is told how far it is.
        """
        answer = self.upload_file("api/addons/install", src_filepath, progress=progress, request_type=RequestTypes.post)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def download_addon_private_file(
        self,
        addon_name: str,
        addon_version: str,
        filename: str,
        destination_dir: str,
        destination_filename: str | None = None,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> str:
        """Fetch a private file of an addon, whole or not at all: its path here.

        Args:
            addon_name: of the addon.
            addon_version: of the addon.
            filename: of the file; may have folders in it.
            destination_dir: where it lands; is made if it is not there.
            destination_filename: what it is called there, instead of ``filename``.
            chunk_size: read at once, in bytes.
            progress: is told how far it is.

        Raises:
            ValueError: the file would land outside ``destination_dir``.
        """
        place = inside(destination_dir, destination_filename or filename)
        endpoint = path("addons", addon_name, addon_version, "private", *filename.strip("/").split("/"))
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        self.download_file(endpoint, place, chunk_size=chunk_size, progress=progress)
        return place


def _bundle(name: str, addons: dict[str, str], installer_version: str | None) -> dict[str, Any]:
    """What a new bundle always says."""
    return {"name": name, "addons": addons, "installerVersion": installer_version}


def _flags(
    dependency_packages: Any, is_production: bool | None, is_staging: bool | None, is_dev: bool | None, addons: Any
) -> dict[str, Any]:
    """What a bundle may say besides."""
    return given(
        dependencyPackages=dependency_packages,
        isProduction=is_production,
        isStaging=is_staging,
        isDev=is_dev,
        addonDevelopment=addons,
    )


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)
