"""A real AYON server as the conformance suite's stack."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from stacks import AyonStack

from trackerkit.errors import NotFoundError
from trackerkit.schema import Schema
from trackerkit.testing.conformance.stack import Show
from trackerkit.tracker import Tracker
from trackerkit.values import Ref


class LiveStack(AyonStack):
    """Projects and users are this run's own, and go with it."""

    def __init__(self, tracker: Tracker) -> None:
        super().__init__("ayon-live", tracker, tidies=True)
        self.made: list[Ref] = []
        self.home: Ref | None = None

    @property
    def schema(self) -> Schema:
        """That of a fresh project: others on the server may define more."""
        return self.backend.schema(self.home)

    def unique(self, stem: str) -> str:
        return f"tklive_{super().unique(stem)}"

    def create(self, type_name: str, values: Mapping[str, Any], project: Ref | None) -> Ref:
        made = super().create(type_name, values, project)
        if type_name in ("Project", "User"):
            self.made.append(made)
        return made

    def put_away(self, show: Show) -> None:
        super().put_away(show)
        self.made.remove(show.project)

    def clean(self) -> None:
        """Delete all that this run made and that is still there."""
        for ref in sorted(self.made, key=lambda ref: ref.type):
            with suppress(NotFoundError):
                self.tracker.delete(ref, permanent=True, recursive=True)
