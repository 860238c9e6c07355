"""Files on their way: sources to upload, downloads that land whole or not at all, progress, checksums."""

from __future__ import annotations

from trackerkit.transfers.downloads import Downloaded, download, store_stream
from trackerkit.transfers.multipart import MultipartBody
from trackerkit.transfers.sources import Checksum, OnProgress, Progress, Source, UploadBody, upload_body

__all__ = [
    "Checksum",
    "Downloaded",
    "MultipartBody",
    "OnProgress",
    "Progress",
    "Source",
    "UploadBody",
    "download",
    "store_stream",
    "upload_body",
]
