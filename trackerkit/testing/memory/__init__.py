"""A tracker in a dict: the oracle that every backend is held against."""

from __future__ import annotations

from trackerkit.testing.memory.backend import MemoryBackend

__all__ = ["MemoryBackend"]
