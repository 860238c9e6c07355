"""Says whether a server can do its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trackerkit.secrets import get_logger
from trackerkit.web.pool import run_sync

_log = get_logger("trackerkit.web")

#: A check raises when what it looks at is not well.
Check = Callable[[], object]


def health_route(checks: Mapping[str, Check], path: str = "/healthz") -> Route:
    """The route that answers 200 when every check passes, and 503 with the names of those that do not.

    What is wrong stands in the log alone.
    """

    async def health(_request: Request) -> Response:
        failed = [name for name, check in checks.items() if not await run_sync(_passes, name, check)]
        status = "failing" if failed else "ok"
        return JSONResponse({"status": status, "failed": failed}, 503 if failed else 200)

    return Route(path, health)


def _passes(name: str, check: Check) -> bool:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is "no"
        _log.warning("the health check %s failed: %s", name, error)
        return False
    return True
