"""A backend around another: what neither of the gateway's wrappers changes goes to the tracker as it is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from trackerkit.backend import Backend, Check, Me, Notify
from trackerkit.events import Cursor, Event, Mark
from trackerkit.values import Attachment, Image, Ref


class Around(Backend):
    """A tracker of which some is answered here, by the class that is made of this one.

    Args:
        base: the tracker.
    """

    def __init__(self, base: Backend) -> None:
        self._base = base
        self.scheme, self.title = base.scheme, base.title  # type: ignore[misc]
        self.capabilities = base.capabilities

    @abstractmethod
    def _over(self, base: Backend) -> Around:
        """The same around the same tracker, reached in another way."""

    @property
    def site(self) -> str:
        return self._base.site

    def close(self) -> None:
        self._base.close()

    def me(self) -> Me:
        return self._base.me()

    def acting_as(self, login: str) -> Around:
        return self._over(self._base.acting_as(login))

    def marked(self, mark: Mark) -> Around:
        return self._over(self._base.marked(mark))

    def trashed_fields(self) -> Sequence[tuple[str, str]]:
        return self._base.trashed_fields()

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        return self._base.upload(ref, field_name, source, filename=filename, on_progress=on_progress)

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: Path | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        return self._base.download(ref, field_name, target, value=value, on_progress=on_progress)

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        return self._base.read_events(after, limit=limit, types=types, project=project)

    def last_cursor(self) -> Cursor | None:
        return self._base.last_cursor()

    def wait_for_events(self, timeout_s: float) -> None:
        self._base.wait_for_events(timeout_s)

    def web_url(self, ref: Ref) -> str:
        return self._base.web_url(ref)

    @property
    def native(self) -> Any:
        return self._base.native

    def checks(self, prepare: bool = False) -> Iterable[Check]:
        return self._base.checks(prepare)
