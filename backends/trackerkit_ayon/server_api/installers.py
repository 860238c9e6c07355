"""The installers of the desktop application that a server offers."""

from __future__ import annotations

from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.requesttypes import TransferProgress
from trackerkit_ayon.server_api.rest import done, object_of, path, query

ROUTE = "desktop/installers"


class InstallersAPI(BaseServerAPI):
    """What a server knows of installers, and their files."""

    def get_installers(self, version: str | None = None, platform_name: str | None = None) -> dict[str, Any]:
        """The known installers, as ``{"installers": […]}``.

        Args:
            version: only those of this version.
            platform_name: only those for ``windows``, ``linux`` or ``darwin``.
        """
        return object_of(self.get(ROUTE + query(version=version or None, platform=platform_name or None)))

    def create_installer(
        self,
        filename: str,
        version: str,
        python_version: str,
        platform_name: str,
        python_modules: dict[str, str],
        runtime_python_modules: dict[str, str],
        checksum: str,
        checksum_algorithm: str,
        file_size: int,
        sources: list[dict[str, Any]] | None = None,
    ) -> None:
        """Tell the server of an installer; its file follows with ``upload_installer``.

        Args:
            filename: under which the server keeps it.
            version: of the application.
            python_version: that it brings.
            platform_name: ``windows``, ``linux`` or ``darwin``.
            python_modules: modules that processes of the application see, name → version.
            runtime_python_modules: modules that the application alone sees, name → version.
            checksum: of the file.
            checksum_algorithm: how it was made: ``md5``, ``sha1`` or ``sha256``.
            file_size: in bytes.
            sources: where else the file can be had.
        """
        said = {
            "filename": filename,
            "version": version,
            "pythonVersion": python_version,
            "platform": platform_name,
            "pythonModules": python_modules,
            "runtimePythonModules": runtime_python_modules,
            "checksum": checksum,
            "checksumAlgorithm": checksum_algorithm,
            "size": file_size,
        }
        done(self.post(ROUTE, **said, **({"sources": sources} if sources else {})))

    def update_installer(self, filename: str, sources: list[dict[str, Any]]) -> None:
        """Say anew where else the file can be had; what was said before is forgotten."""
        done(self.patch(path("desktop", "installers", filename), sources=sources))

    def delete_installer(self, filename: str) -> None:
        """Forget an installer and its file."""
        done(self.delete(path("desktop", "installers", filename)))

    def download_installer(
        self, filename: str, dst_filepath: str, chunk_size: int | None = None, progress: TransferProgress | None = None
    ) -> TransferProgress:
        """Fetch an installer's file: whole, or not at all.

        Args:
            filename: the server's name of it.
            dst_filepath: where it lands.
            chunk_size: read at once, in bytes.
            progress: is told how far it is.
        """
        place = path("api", "desktop", "installers", filename)
        return self.download_file(place, dst_filepath, chunk_size=chunk_size, progress=progress)

    def upload_installer(self, src_filepath: str, dst_filename: str, progress: TransferProgress | None = None) -> Any:
        """Send an installer's file; the answer of the server is returned.

        Args:
            src_filepath: the file here.
            dst_filename: the server's name of it, as ``create_installer`` gave it.
            progress: is told how far it is.
        """
        return self.upload_file(path("api", "desktop", "installers", dst_filename), src_filepath, progress=progress)
