"""Several changes in one request: together or each on its own, at once or in the background."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

from starlette.routing import Route

from trackerkit.gateway.sessions import Caller
from trackerkit.secrets import get_logger
from trackerkit_ayon.gateway.check import checked
from trackerkit_ayon.gateway.faults import Fault, InvalidFault, of_error
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.homes import find_home
from trackerkit_ayon.gateway.steps import Outcome, Step, new_id, steps_of
from trackerkit_ayon.gateway.writes import Writer

_KEPT_S: Final = 1800.0
_SPACE: Final = "ayon background"
_log = get_logger("trackerkit.gateway.ayon")


def routes(gate: Gate) -> list[Route]:
    """The routes of operations."""
    home = "/api/projects/{project_name}/operations"
    return [
        api(gate, "POST", home, operations),
        api(gate, "POST", f"{home}/background", start_background),
        api(gate, "GET", f"{home}/background/{{task_id}}", get_background),
    ]


def _checked(ask: Ask) -> dict[str, Any]:
    body = checked("operations", ask.body)
    if len(body.get("operations") or []) > ask.gate.settings.batch * 10:
        raise Fault(400, f"At most {ask.gate.settings.batch * 10} operations are taken at once", "bad-request")
    return body


def operations(ask: Ask) -> Any:
    """Do them, and say of each what became of it."""
    body = _checked(ask)
    steps = steps_of(body.get("operations") or [])
    caller = _writer_of(ask, steps)
    with ask.gate.site(caller) as site:
        home = ask.home if caller == ask.site.caller else find_home(site, ask.home.name)
        outcomes = Writer(home).run(steps, can_fail=bool(body.get("canFail"))) if steps else []
    failed = next((outcome.fault for outcome in outcomes if outcome.fault), None)
    if failed is not None and body.get("raiseOnError") and not body.get("canFail"):
        raise _raised(failed)
    return shown(outcomes)


def _writer_of(ask: Ask, steps: Sequence[Step]) -> Caller:
    """Who is the author of what is written: the caller, or the user that a service names.

    Raises:
        Fault: 403, who asks is no service; 400, several users in one request; 401, there is no such user.
    """
    caller, login = ask.site.caller, ask.site.login
    names = {step.as_user or login for step in steps}
    if names <= {login}:
        return caller
    if not ask.site.rights.is_service or not caller.key.can_act_as:
        raise Fault(403, "Only services can perform operations as another user", "forbidden")
    if len(names) > 1:
        raise Fault(400, "The operations of one request are one user's: send a request for each", "bad-request")
    return Caller(caller.key, names.pop())


def _raised(fault: Fault) -> Fault:
    if isinstance(fault, InvalidFault):
        return fault
    return Fault(409, fault.detail, fault.code) if fault.code == "not-null-violation" else fault


def shown(outcomes: list[Outcome]) -> dict[str, Any]:
    """The answer."""
    return {
        "operations": [outcome.shown() for outcome in outcomes],
        "success": all(outcome.fault is None for outcome in outcomes),
    }


def start_background(ask: Ask) -> Any:
    """Do them after the answer; what became of them can be asked for during half an hour."""
    body = _checked(ask)
    steps = steps_of(body.get("operations") or [])
    home, gate, caller = ask.home.name, ask.gate, _writer_of(ask, steps)
    id, state = new_id(), ask.gate.state
    pending = {"id": id, "status": "pending", "progress": None, "result": None}
    state.put_document(_SPACE, id, pending, _KEPT_S)

    def work() -> None:
        state.put_document(_SPACE, id, {**pending, "status": "in_progress", "progress": 0.0}, _KEPT_S)
        try:
            with gate.site(caller) as site:
                result = shown(Writer(find_home(site, home)).run(steps, can_fail=bool(body.get("canFail"))))
        except Exception as error:  # noqa: BLE001 - whoever asks must learn that it is over
            _log.exception("operations in the background failed")
            result = {"operations": [], "success": False, "detail": of_error(error).detail}
        state.put_document(_SPACE, id, {"id": id, "status": "completed", "progress": 100.0, "result": result}, _KEPT_S)

    threading.Thread(target=work, name="trackerkit-ayon-operations", daemon=True).start()
    return pending


def get_background(ask: Ask) -> Any:
    """What became of operations in the background."""
    found = ask.gate.state.get_document(_SPACE, ask.path("task_id"))
    if found is None:
        raise Fault(404, f"Background operation {ask.path('task_id')} not found", "not-found")
    return found
