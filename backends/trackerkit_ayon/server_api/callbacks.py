"""Events as a program gets them, and the functions that are called for them."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import ismethod, signature
from typing import Any, ClassVar

from trackerkit.secrets import get_logger

log = get_logger(__name__)


@dataclass
class Event:
    """Something that happened. ``data`` is all that the server said of it."""

    topic: str
    data: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    sender: str | None = None
    event_hash: str | None = None
    project_name: str | None = None
    dependencies: list[str] | None = None
    description: str | None = None
    summary: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None
    status: str | None = None
    store: bool | None = None

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def get(self, key: str, default: Any = None) -> Any:
        """A value of ``data``."""
        return self.data.get(key, default)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Event:
        """From a message of the websocket, or a row of ``get_events``."""
        return cls(
            data["topic"], dict(data), data.get("id"), data.get("sender"), data.get("eventHash") or data.get("hash"),
            data.get("project"), data.get("dependsOn"), data.get("description"), data.get("summary"),
            data.get("payload"), data.get("status"), data.get("store"),
        )  # fmt: skip


class EventCallback:
    """A function that is called for the events of a topic.

    Args:
        topic: ``*`` stands for anything.
        func: takes the event, or nothing. A method goes when its object goes.
        order: the lowest is called first.

    Raises:
        TypeError: it cannot be called.
    """

    default_order: ClassVar[int] = 100

    def __init__(self, topic: str, func: Callable[..., Any], order: int | None = None) -> None:
        if not callable(func):
            raise TypeError(f'Registered callback is not callable. "{func}"')
        self.topic = topic
        self.order = self.default_order if order is None else order
        self.enabled = True
        self._pattern = re.compile(".*".join(map(re.escape, topic.split("*"))))
        self._takes_event = _takes_one(func)
        self._reference: Callable[[], Callable[..., Any] | None] = (
            weakref.WeakMethod(func) if ismethod(func) else lambda: func
        )

    def __repr__(self) -> str:
        return f"EventCallback({self.topic!r}, {self._reference()!r})"

    @property
    def is_ref_valid(self) -> bool:
        """False once its object is gone, or it was deregistered."""
        return self._reference() is not None

    def set_enabled(self, enabled: bool) -> None:
        """Call it, or leave it out for now."""
        self.enabled = enabled

    def deregister(self) -> None:
        """Never call it again."""
        self._reference = _nothing

    def topic_matches(self, topic: str) -> bool:
        """True when it is to be called for that topic."""
        return self._pattern.fullmatch(topic) is not None

    def process_event(self, event: Event) -> None:
        """Call it, if it is for that event; what it raises goes to the log."""
        func = self._reference()
        if func is None or not self.enabled or not self.topic_matches(event.topic):
            return
        try:
            func(event) if self._takes_event else func()
        except Exception:
            log.warning("the callback %r failed for %s", func, event.topic, exc_info=True)


def _nothing() -> None:
    return None


def _takes_one(func: Callable[..., Any]) -> bool:
    try:
        signature(func).bind(None)
    except TypeError:
        return False
    except ValueError:  # a builtin that does not tell
        return True
    return True
