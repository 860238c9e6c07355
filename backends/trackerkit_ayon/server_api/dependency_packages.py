"""The dependency packages that a server offers."""

from __future__ import annotations

import platform
from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.requesttypes import TransferProgress
from trackerkit_ayon.server_api.rest import done, inside, object_of, outdated, path

_DESKTOP = ("desktop", "dependencyPackages")
ROUTE = "/".join(_DESKTOP)


class DependencyPackagesAPI(BaseServerAPI):
    """What a server knows of dependency packages, and their files."""

    def get_dependency_packages(self) -> dict[str, Any]:
        """The known packages, as ``{"packages": […]}``; each says its file name, platform, size, checksum and modules."""
        return object_of(self.get(ROUTE))

    def create_dependency_package(
        self,
        filename: str,
        python_modules: dict[str, str],
        source_addons: dict[str, str],
        installer_version: str,
        checksum: str,
        checksum_algorithm: str,
        file_size: int,
        python_version: str | None = None,
        sources: list[dict[str, Any]] | None = None,
        platform_name: str | None = None,
    ) -> None:
        """Tell the server of a package; its file follows with ``upload_dependency_package``.

        Args:
            filename: under which the server keeps it.
            python_modules: in it, name → version.
            source_addons: for which it was made, name → version.
            installer_version: for which it was made.
            checksum: of the file.
            checksum_algorithm: how it was made: ``md5``, ``sha1`` or ``sha256``.
            file_size: in bytes.
            python_version: for which it was made.
            sources: where else the file can be had.
            platform_name: for which it was made; this machine's unless given.
        """
        said = {
            "filename": filename,
            "pythonModules": python_modules,
            "sourceAddons": source_addons,
            "installerVersion": installer_version,
            "checksum": checksum,
            "checksumAlgorithm": checksum_algorithm,
            "size": file_size,
            "platform": platform_name or platform.system().lower(),
        }
        more = {"pythonVersion": python_version, "sources": sources}
        done(self.post(ROUTE, **said, **{name: value for name, value in more.items() if value}))

    def update_dependency_package(self, filename: str, sources: list[dict[str, Any]]) -> None:
        """Say anew where else the file can be had; what was said before is forgotten."""
        done(self.patch(self._package(filename), sources=sources))

    def delete_dependency_package(self, filename: str, platform_name: str | None = None) -> None:
        """Forget a package and its file; ``platform_name`` has no effect."""
        if platform_name is not None:
            outdated("delete_dependency_package", "platform_name")
        done(self.delete(self._package(filename)), "Failed to delete dependency file")

    def download_dependency_package(
        self,
        src_filename: str,
        dst_directory: str,
        dst_filename: str,
        platform_name: str | None = None,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> str:
        """Fetch a package's file, whole or not at all: its path here.

        Args:
            src_filename: the server's name of it.
            dst_directory: where it lands.
            dst_filename: what it is called there; often the server's own name, so it must not lead out of the directory.
            platform_name: has no effect.
            chunk_size: read at once, in bytes.
            progress: is told how far it is.

        Raises:
            ValueError: ``dst_filename`` leads out of ``dst_directory``.
        """
        if platform_name is not None:
            outdated("download_dependency_package", "platform_name")
        place = inside(dst_directory, dst_filename)
        self.download_file(f"api/{self._package(src_filename)}", place, chunk_size=chunk_size, progress=progress)
        return place

    def upload_dependency_package(
        self,
        src_filepath: str,
        dst_filename: str,
        platform_name: str | None = None,
        progress: TransferProgress | None = None,
    ) -> None:
        """Send a package's file.

        Args:
            src_filepath: the file here.
            dst_filename: the server's name of it, as ``create_dependency_package`` gave it.
            platform_name: has no effect.
            progress: is told how far it is.
        """
        if platform_name is not None:
            outdated("upload_dependency_package", "platform_name")
        self.upload_file(f"api/{self._package(dst_filename)}", src_filepath, progress=progress)

    def _package(self, filename: str) -> str:
        return path(*_DESKTOP, filename)
