"""The RPC: one function a method, found by its name; every answer is JSON with the status 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trackerkit.errors import AuthenticationError, NotFoundError, PermissionDeniedError, TrackerError
from trackerkit.gateway.sessions import Caller, Credential, ThrottledError
from trackerkit.secrets import get_logger
from trackerkit.tracker import Tracker
from trackerkit.web.body import parse_json
from trackerkit.web.call import request_id
from trackerkit.web.errors import public_text
from trackerkit_shotgrid.gateway import (
    exports,
    following,
    hierarchy,
    presence,
    read,
    schedule,
    schema_calls,
    search,
    stream,
    summaries,
    threads,
    write,
)
from trackerkit_shotgrid.gateway.context import Client, Context, Shared
from trackerkit_shotgrid.gateway.encoding import dumps
from trackerkit_shotgrid.gateway.faults import AUTHENTICATION, Fault, envelope, of_error, shown
from trackerkit_shotgrid.gateway.info import info, preferences_read
from trackerkit_shotgrid.gateway.relations import canonical_uuid
from trackerkit_shotgrid.gateway.wire import Request, argument_of, read_request

_log = get_logger("trackerkit.shotgrid")

#: A filter of 265 groups has two brackets a group.
DEPTH: Final = 2 * 265 + 64


# --- who calls -------------------------------------------------------------------------------------------------------

_KINDS: Final = (
    ("script", "script_name", "script_key"),
    ("login", "user_login", "user_password"),
    ("session", "", "session_token"),
)


def session_of(auth: Mapping[str, Any]) -> str | None:
    """The ``session_uuid`` that a call (or a form) names; its events carry it.

    Any short text is one: the event daemon gives back what an event carried, and that may be another program's mark.

    Raises:
        Fault: it is no such text.
    """
    given = auth.get("session_uuid")
    if given in (None, ""):
        return None
    if not isinstance(given, str) or len(given) > 100:
        raise Fault(f"API invalid uuid 'session_uuid': {shown(given)}")
    return canonical_uuid(given) or given


REFUSALS: Final = (AuthenticationError, PermissionDeniedError, NotFoundError)


def credential_of(auth: Mapping[str, Any], address: str) -> Credential:
    """The credential that a call (or a form) presents.

    Raises:
        Fault: it presents none, or more than one kind of them.
    """
    found = [item for item in _KINDS if any(auth.get(name) for name in item[1:] if name)]
    if len(found) != 1:
        what = "more than one kind of credentials" if found else "no credentials"
        raise Fault(f"Can't authenticate: the request has {what}", AUTHENTICATION)
    kind, name, secret = found[0]
    values = [auth.get(key) or "" if key else "" for key in (name, secret)]
    acting_as = auth.get("sudo_as_login") or None
    if not all(isinstance(value, str) for value in (*values, acting_as or "")):
        raise Fault("Can't authenticate: credentials are texts", AUTHENTICATION)
    return Credential(kind, values[0], values[1], acting_as, address)  # type: ignore[arg-type]


def refused(credential: Credential, error: TrackerError) -> Fault:
    """What ShotGrid says to a credential that is not good."""
    if isinstance(error, ThrottledError):
        return Fault(f"{_unknown(credential)}. {error}", AUTHENTICATION)
    if isinstance(error, PermissionDeniedError):
        return Fault(f"The user does not have permission to 'sudo': {error.message}", AUTHENTICATION)
    if isinstance(error, NotFoundError) and credential.acting_as is not None:
        return Fault(f"Cannot 'sudo' - unknown or retired user: '{credential.acting_as}'", AUTHENTICATION)
    return Fault(_unknown(credential), AUTHENTICATION)


def check_active(shared: Shared, tracker: Tracker, credential: Credential, caller: Caller) -> None:
    """Do nothing for a caller who is no person, or one whose account is not switched off.

    Raises:
        Fault: it is switched off.
    """
    if caller.user is None or shared.logins.is_active(tracker, caller.user):
        return
    if caller.acting_as is not None:
        raise Fault(f"Cannot 'sudo' - inactive user account: '{caller.acting_as}'", AUTHENTICATION)
    raise Fault(_unknown(credential), AUTHENTICATION)


def _unknown(credential: Credential) -> str:
    if credential.kind == "session":
        return f"Can't authenticate session token ending with '{credential.secret[-4:]}'"
    what = "script" if credential.kind == "script" else "user"
    return f"Can't authenticate {what} '{credential.name[:200]}'"


def verify(shared: Shared, credential: Credential) -> Caller:
    """Who it is.

    Raises:
        Fault: nobody known here, or somebody who may not act as the user that is named.
    """
    try:
        return shared.callers.verify(credential)
    except (AuthenticationError, PermissionDeniedError) as error:
        raise refused(credential, error) from error


# --- the methods -----------------------------------------------------------------------------------------------------

Method = Callable[[Context, Mapping[str, Any]], Any]

METHODS: Final[dict[str, Method]] = {
    "read": read.read,
    "create": write.create,
    "update": write.update,
    "delete": write.delete,
    "revive": write.revive,
    "summarize": summaries.summarize,
    "schema_read": schema_calls.read_all,
    "schema_entity_read": schema_calls.read_entities,
    "schema_field_read": schema_calls.read_fields,
    "schema_field_create": schema_calls.create_field,
    "schema_field_update": schema_calls.update_field,
    "schema_field_delete": schema_calls.delete_field,
    "follow": following.follow,
    "unfollow": following.unfollow,
    "followers": following.followers,
    "following": following.following,
    "note_thread_contents": threads.note_thread_contents,
    "query_display_name_cache": search.query_display_name_cache,
    "activity_stream": stream.activity_stream,
    "work_schedule_read": schedule.work_schedule_read,
    "work_schedule_update": schedule.work_schedule_update,
    "update_project_last_accessed_by_current_user": presence.update_last_accessed,
    "user_subscriptions_read": presence.subscriptions_read,
    "user_subscriptions_create": presence.subscriptions_create,
    "export_page": exports.export_page,
    "nav_expand": hierarchy.nav_expand,
    "nav_search": hierarchy.nav_search,
    "preferences_read": lambda _context, given: preferences_read(given),
}
"""Method → what answers it; ``info``, ``batch`` and ``get_session_token`` stand apart."""

NAMES: Final = frozenset({*METHODS, "info", "batch", "get_session_token"})


def call(shared: Shared, client: Client, request: Request) -> tuple[Any, str]:
    """The result of a call, and who called.

    Raises:
        Fault: it is refused.
    """
    if request.method == "info":
        shared.rates.take(client.address, client.address)
        return info(direct_uploads=shared.settings.direct_uploads), ""
    if request.method not in NAMES:
        raise Fault(f"API method '{request.method[:60]}' is not served here")
    credential = credential_of(request.auth, client.address)
    caller = verify(shared, credential)
    if request.method == "get_session_token":
        return _session(shared, client, credential, caller), caller.name
    try:
        with shared.callers.tracker_of(caller) as tracker:
            check_active(shared, tracker, credential, caller)
            context = Context(shared, client, caller, tracker, session_of(request.auth))
            return _dispatch(context, request), caller.name
    except REFUSALS as error:  # of opening the Tracker: what goes wrong behind it is a Fault already
        raise refused(credential, error) from error


def _dispatch(context: Context, request: Request) -> Any:
    try:
        if request.method == "batch":
            return write.batch(context, request.argument)
        return METHODS[request.method](context, argument_of(request))
    except TrackerError as error:
        raise of_error(error, request.method) from error


def _session(shared: Shared, client: Client, credential: Credential, caller: Caller) -> dict[str, str]:
    """A session's token; the address may fetch files in its name for a minute, where the settings let it."""
    token = shared.callers.login(credential)
    allowed = shared.settings.open_files
    if allowed == "address" or (allowed == "loopback" and client.is_local):
        who = {"by": caller.key.name, "as": caller.acting_as}
        shared.state.put_document("shotgrid.downloads", client.address or "local", who, 60.0)
    return {"session_id": token}


# --- JSON in, JSON out -----------------------------------------------------------------------------------------------


def answer(shared: Shared, client: Client, body: bytes) -> tuple[bytes, str, str]:
    """The JSON of an answer, the method that was asked for (if there is such a one), and who called."""
    method = ""
    try:
        request = read_request(parse_json(body, DEPTH))
        method = request.method if request.method in NAMES else "unknown"
        result, caller = call(shared, client, request)
        return dumps(result if method == "info" else {"results": result}), method, caller
    except Fault as fault:
        return dumps(envelope(fault)), method, ""
    except RecursionError:
        return dumps(envelope(Fault("API request is nested too deeply"))), method, ""
    except TrackerError as error:
        return dumps(envelope(of_error(error, method or "request"))), method, ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the client must get an answer that it can read
        _log.exception("the call %s failed (request %s)", method or "?", request_id())
        text = f"Shotgun Server Error: {public_text(error)} {request_id()}"
        return dumps(envelope(Fault(text))), method, ""
