"""What the processes of one server tell one another: a small file each, in a folder that they share."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from trackerkit.jsontext import decoded, encoded

_EVERY_S: Final = 0.5


class Shared:
    """This process's file, kept up to date by a thread, and the files of the others.

    Args:
        folder: which they share.
        topic: of the files.
        facts: what this process has to tell, as JSON.
    """

    def __init__(self, folder: str, topic: str, facts: Callable[[], Any]) -> None:
        self._folder = Path(folder)
        self._topic = topic
        self._facts = facts
        self._own = self._folder / f"{topic}.{os.getpid()}.json"
        self._told = b""
        threading.Thread(target=self._tell_on, name=f"trackerkit-{topic}", daemon=True).start()

    def _tell_on(self) -> None:
        pause = threading.Event()
        while self._folder.is_dir():
            self.tell()
            pause.wait(_EVERY_S)

    def tell(self) -> None:
        """Write what there is to tell, if it is news."""
        text = encoded(self._facts())
        if text == self._told:
            return
        beside = self._own.with_suffix(".tmp")
        try:
            beside.write_bytes(text)
            beside.replace(self._own)
        except OSError:
            return  # the folder is gone: the server is ending
        self._told = text

    def others(self) -> Iterator[Any]:
        """What the other processes told, those that have ended too."""
        for path in sorted(self._folder.glob(f"{self._topic}.*.json")):
            if path == self._own:
                continue
            try:
                yield decoded(path.read_bytes())
            except (OSError, ValueError):
                continue  # being replaced
