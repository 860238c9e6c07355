"""A folder of CSV files as a tracker: ``csv:///folder``, one file a type."""

from __future__ import annotations

from trackerkit.hookspecs import BackendInfo, hookimpl


@hookimpl
def trackerkit_backends() -> list[BackendInfo]:
    """The backend of this package."""
    return [BackendInfo("csv", "CSV files", "trackerkit_csv.backend:CsvBackend", distribution="trackerkit-csv")]
