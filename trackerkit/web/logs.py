"""What a served application prints of its work: lines for people, or one JSON object a line for programs."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import Final, TextIO

from trackerkit.secrets import RedactingFilter

STYLES: Final = ("text", "json", "off")
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """A record as one JSON object: when, how bad, who says so, what, and the facts that came with it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        made = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        made.update((name, value) for name, value in vars(record).items() if name not in _STANDARD and value != "")
        if record.exc_info or record.exc_text:
            made["traceback"] = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
        return json.dumps(made, ensure_ascii=False, default=str)


def configure_logs(style: str, stream: TextIO | None = None) -> None:
    """Print trackerkit's log, requests included, with secrets masked; ``off`` leaves the log as it is.

    Args:
        style: ``text``, ``json`` or ``off``.
        stream: where to; the standard error output by default.
    """
    if style not in STYLES:
        raise ValueError(f"{style!r} is no style of log: {', '.join(STYLES)}")
    if style == "off":
        return
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(RedactingFilter())
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(JsonFormatter() if style == "json" else text)
    root = logging.getLogger("trackerkit")
    root.handlers = [handler]
    root.propagate = False
    root.setLevel(min(root.level or logging.INFO, logging.INFO))
