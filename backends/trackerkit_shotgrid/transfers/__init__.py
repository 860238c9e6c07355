"""Transfers: files to a site's upload forms or to its cloud storage, and files from where it keeps them."""

from __future__ import annotations

from trackerkit_shotgrid.transfers.incoming import download_attachment, download_image, download_link, read_one
from trackerkit_shotgrid.transfers.outgoing import MOVIE, Place, upload_file, upload_thumbnail

__all__ = [
    "MOVIE",
    "Place",
    "download_attachment",
    "download_image",
    "download_link",
    "read_one",
    "upload_file",
    "upload_thumbnail",
]
