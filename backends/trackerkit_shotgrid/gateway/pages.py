"""The page for people: what is served, how to connect, the entity types with their counts."""

from __future__ import annotations

import base64
import binascii

from trackerkit.errors import TrackerError
from trackerkit.tracker import Tracker
from trackerkit.web.pages import Pages
from trackerkit_shotgrid.gateway.context import Shared
from trackerkit_shotgrid.gateway.info import VERSION
from trackerkit_shotgrid.gateway.site import Site

_HOME = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>trackerkit: ShotGrid gateway</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #222 }
pre { background: #f4f4f4; padding: 1rem; overflow-x: auto } table { border-collapse: collapse }
td, th { padding: .2rem 1.5rem .2rem 0; text-align: left } td.number { text-align: right }
</style></head>
<body>
<h1>ShotGrid gateway</h1>
<p>This server speaks the RPC of ShotGrid (Flow Production Tracking) {{ version }}. Point any script at it:</p>
<pre>import shotgun_api3
sg = shotgun_api3.Shotgun("{{ url }}", script_name="…", api_key="…")</pre>
{% if types is none %}
<p><a href="/types">Entity types and counts</a> (asks for a script's name and key, or a login and password)</p>
{% else %}
<h2>Entity types, as {{ who }} sees them</h2>
<table><thead><tr><th>type</th><th>kept as</th><th>records</th></tr></thead><tbody>
{% for native, neutral, count in types %}
<tr><td>{{ native }}</td><td>{{ neutral }}</td><td class="number">{{ count }}</td></tr>
{% endfor %}
</tbody></table>
{% endif %}
</body></html>
"""


def pages() -> Pages:
    """The templates."""
    made = Pages({"home.html": _HOME})
    made.environment.globals["version"] = ".".join(map(str, VERSION))
    return made


def basic(header: str) -> tuple[str, str] | None:
    """The name and the secret of an HTTP Basic header: a script's name and key, or a user's login and password."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, mark, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if mark else None


def counts(shared: Shared, tracker: Tracker) -> list[tuple[str, str, int]]:
    """ShotGrid's entity types, the names that they are kept under, and how many records each has."""
    site = Site(tracker, shared.make_ids(tracker, shared.state), shared.bindings)
    made = []
    for native in sorted(site.types):
        scope = site.scope(native)
        try:
            count = tracker.count(site.neutral(native), *([scope] if scope is not None else []), archived=True)
        except TrackerError:
            continue
        made.append((native, site.neutral(native), count))
    return made
