"""Pages for people: jinja2 templates in which everything is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jinja2
from starlette.responses import HTMLResponse

_POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


class Pages:
    """Templates of one folder, or of a mapping of names to texts.

    A value that a template names and that is not given is an error, not an empty text.
    """

    def __init__(self, templates: Path | Mapping[str, str]) -> None:
        loader: jinja2.BaseLoader = (
            jinja2.FileSystemLoader(templates) if isinstance(templates, Path) else jinja2.DictLoader(templates)
        )
        self.environment = jinja2.Environment(
            autoescape=True, loader=loader, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def render(self, name: str, **values: Any) -> str:
        """A template with values, as HTML."""
        return self.environment.get_template(name).render(**values)

    def respond(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page as an answer: no script runs in it, and nothing is loaded from elsewhere."""
        return HTMLResponse(self.render(name, **values), status, {"content-security-policy": _POLICY})
