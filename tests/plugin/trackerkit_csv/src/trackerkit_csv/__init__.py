"""Trackers kept as CSV files."""

from __future__ import annotations

from trackerkit.hookspecs import BackendInfo, hookimpl


@hookimpl
def trackerkit_backends() -> list[BackendInfo]:
    """The backends of this package."""
    return [BackendInfo("csv", "CSV files", "trackerkit_csv.backend:CsvBackend", distribution="trackerkit-csv")]
