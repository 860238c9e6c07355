"""The page for people at ``/``: what is served, and, for who signs in, the entity types, the latest calls and events."""

from __future__ import annotations

import base64
import binascii
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from trackerkit.errors import AuthenticationError, NotFoundError, TrackerError
from trackerkit.filters import Filter
from trackerkit.gateway.sessions import Caller, Callers, Credential, CredentialKind
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.web.call import note
from trackerkit.web.pages import Pages
from trackerkit.web.pool import run_sync
from trackerkit.web.recent import Answered, Recent

SIGN_IN: Final = "/overview"
_EVENTS: Final = 25
_EVENT_FIELDS: Final = ("number", "at", "kind", "name", "entity", "field", "actor")


class TypeLine(NamedTuple):
    """An entity type to be counted.

    Args:
        shown: its name in the protocol.
        neutral: its name behind.
        condition: what tells its records from others of the neutral type.
    """

    shown: str
    neutral: str
    condition: Filter | None = None


@dataclass(frozen=True)
class About:
    """What a gateway says of itself.

    Args:
        title: of the protocol.
        version: which of its versions is spoken.
        code: how to connect; ``{url}`` stands for the server's address.
        types: the entity types that a tracker has, in the protocol's words.
        url_of: how the caller reaches the server.
        plain: what is answered to programs, who do not ask for a page; None gives them the page.
    """

    title: str
    version: str
    code: str
    types: Callable[[Tracker], Iterable[TypeLine]]
    url_of: Callable[[Request], str]
    plain: str | None = None


def home_routes(about: About, callers: Callers[Tracker], state: State) -> list[Route]:
    """``/``, and ``/overview`` which asks who it is: HTTP Basic, a script's name and key or a login and a password."""
    home = _Home(about, callers, state)
    return [Route("/", home.show), Route(SIGN_IN, home.overview)]


class _Home:
    """The two endpoints."""

    def __init__(self, about: About, callers: Callers[Tracker], state: State) -> None:
        self._about = about
        self._callers = callers
        self._state = state
        self._pages = Pages({"home.html": _PAGE})

    async def show(self, request: Request) -> Response:
        """What is served; everything for who is signed in already."""
        if self._about.plain is not None and "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(self._about.plain)
        if "authorization" in request.headers:
            return await self.overview(request)
        return self._respond(request, None)

    async def overview(self, request: Request) -> Response:
        """Everything, for who signs in."""
        presented = basic(request.headers.get("authorization", ""))
        if presented is None:
            return _ask_again()
        try:
            caller, facts = await run_sync(self._overview, *presented, request.client.host if request.client else "")
        except (AuthenticationError, NotFoundError):
            return _ask_again()
        note(request, operation="overview", caller=caller)
        return self._respond(request, {"who": caller, **facts})

    def _respond(self, request: Request, facts: Mapping[str, Any] | None) -> Response:
        recent: Recent = request.app.state.recent
        url = self._about.url_of(request)
        calls: list[Answered] = recent.latest() if facts is not None else []
        return self._pages.respond(
            "home.html", about=self._about, url=url, code=self._about.code.replace("{url}", url), facts=facts, calls=calls,
            sign_in=SIGN_IN, python=platform.python_version(),
        )  # fmt: skip

    def _overview(self, name: str, secret: str, source: str) -> tuple[str, dict[str, Any]]:
        caller = self._verified(name, secret, source)
        with self._callers.tracker_of(caller) as tracker:
            counted, empty = _counted(tracker, self._about.types(tracker))
            facts = {"types": counted, "empty": empty, "events": _latest_events(tracker)}
            return caller.name, {**facts, "behind": f"{tracker.backend.title}, {tracker.backend.site}"}

    def _verified(self, name: str, secret: str, source: str) -> Caller:
        key = self._state.find_key(name)
        kind: CredentialKind = "login" if key is not None and key.kind == "user" else "script"
        return self._callers.verify(Credential(kind, name, secret, source=source))


def basic(header: str) -> tuple[str, str] | None:
    """The name and the secret of an HTTP Basic header; None for any other."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, mark, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if mark else None


def _ask_again() -> Response:
    return PlainTextResponse("who are you?", 401, {"www-authenticate": 'Basic realm="trackerkit", charset="UTF-8"'})


def _counted(tracker: Tracker, lines: Iterable[TypeLine]) -> tuple[list[tuple[str, str, int]], list[str]]:
    """The types that have records with how many, and the names of those that have none."""
    counted, empty = [], []
    for line in lines:
        conditions = [] if line.condition is None else [line.condition]
        try:
            number = tracker.count(line.neutral, *conditions, archived=True)
        except TrackerError:
            continue  # a type that cannot be counted here
        if number:
            counted.append((line.shown, line.neutral, number))
        else:
            empty.append(line.shown)
    return counted, empty


def _latest_events(tracker: Tracker) -> list[Mapping[str, Any]]:
    """The latest events, the newest first; none where the tracker has no log, or keeps it from this caller."""
    try:
        names = [name for name in _EVENT_FIELDS if name in tracker.schema.read().type("Event").fields]
        found = tracker.find("Event", fields=names, order=["-number"], limit=_EVENTS, archived=True)
        return [{name: row[name] if name in names else None for name in _EVENT_FIELDS} for row in found]
    except TrackerError:
        return []


_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ about.title }} gateway</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --quiet: #888 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2.5rem auto; padding: 0 1.25rem }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { margin: .4rem 0 } .quiet { color: var(--quiet) }
pre { background: var(--soft); padding: .8rem 1rem; overflow-x: auto; border-radius: 6px }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 600; border-bottom: 1px solid var(--line) }
td, th { padding: .2rem 1rem .2rem 0; vertical-align: top } td { border-bottom: 1px solid var(--soft) }
td.number, th.number { text-align: right } .bad { color: #d33; font-weight: 600 }
.scroll { overflow-x: auto } code { font-size: .9em }
</style>
</head>
<body>
<h1>{{ about.title }} gateway</h1>
<p>This server speaks {{ about.title }} {{ about.version }}. Point any script at it, unchanged:</p>
<pre>{{ code }}</pre>
<p class="quiet"><a href="/healthz">health</a> · <a href="/metrics">metrics</a> (on this machine)
· trackerkit, Python {{ python }}</p>
{% if facts is none %}
<p><a href="{{ sign_in }}">Sign in</a> with a script's name and key, or a login and its password,
to see entity types, calls and events.</p>
{% else %}
<p>Behind it: {{ facts.behind }}. You are signed in as <b>{{ facts.who }}</b>.</p>

<h2>Entity types, as {{ facts.who }} sees them</h2>
<div class="scroll"><table id="types">
<thead><tr><th>type</th><th>kept as</th><th class="number">records</th></tr></thead>
<tbody>
{% for shown, neutral, count in facts.types %}
<tr><td>{{ shown }}</td><td>{{ neutral }}</td><td class="number">{{ count }}</td></tr>
{% endfor %}
</tbody></table></div>
{% if facts.empty %}
<details class="quiet"><summary>{{ facts.empty | length }} more without records</summary>
<p>{{ facts.empty | join(", ") }}</p></details>
{% endif %}

<h2>Latest events</h2>
<div class="scroll"><table id="events">
<thead><tr><th class="number">number</th><th>time (UTC)</th><th>what</th><th>record</th><th>field</th><th>by</th></tr></thead>
<tbody>
{% for event in facts.events %}
<tr><td class="number">{{ event.number }}</td><td>{{ event.at.strftime("%Y-%m-%d %H:%M:%S") if event.at else "" }}</td>
<td>{{ event.kind if event.kind != "other" else event.name }}</td>
<td>{% if event.entity %}{{ event.entity.type }} {{ event.entity.label or event.entity.id }}{% endif %}</td>
<td>{{ event.field or "" }}</td><td>{% if event.actor %}{{ event.actor.label or event.actor.id }}{% endif %}</td></tr>
{% else %}
<tr><td colspan="6" class="quiet">none yet</td></tr>
{% endfor %}
</tbody></table></div>

<h2>Latest calls</h2>
<div class="scroll"><table id="calls">
<thead><tr><th>time (UTC)</th><th>call</th><th>caller</th><th class="number">status</th><th class="number">ms</th>
<th>request</th></tr></thead>
<tbody>
{% for call in calls %}
<tr><td>{{ call.when.strftime("%H:%M:%S") }}</td><td>{{ call.operation }}</td><td>{{ call.caller }}</td>
<td class="number{% if call.status >= 400 %} bad{% endif %}">{{ call.status }}</td><td class="number">{{ call.ms }}</td>
<td><code>{{ call.request_id }}</code></td></tr>
{% else %}
<tr><td colspan="6" class="quiet">none yet</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}
</body></html>
"""
