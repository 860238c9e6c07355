"""Jobs: a worker asks for the next event of one topic that it turns into an event of another.

A job is an event of the target topic that depends on its source event and has a hash made of both, so that two workers never
get the same one, also of two processes. A source event whose job is unfinished is offered again by AYON's rules.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.routing import Route

from trackerkit.clock import SYSTEM
from trackerkit.datatypes import parse_datetime
from trackerkit_ayon.gateway.conditions import is_like, read, tester
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api, done
from trackerkit_ayon.gateway.history import History
from trackerkit_ayon.gateway.models import TOPIC
from trackerkit_ayon.gateway.sent import Told, new_event

_SENDER: Final = "ayon_server"
_CHUNK: Final = 500
_MOST: Final = 1000
_DAYS: Final = 3


def routes(gate: Gate) -> list[Route]:
    """The route of jobs."""
    return [api(gate, "POST", "/api/enroll", enroll)]


@dataclass(frozen=True)
class Wanted:
    """What a worker wants.

    Args:
        sources: topics, with ``*``.
        is_exact: several topics, which must be met exactly.
        target: the topic of the job.
        sender: who works.
        max_retries: of a failed job.
        is_sequential: the next job only when the one before is done.
        holds: the filter of source events.
        ignored: types of senders whose events are no source.
        oldest: source events must have been changed since; None for any.
        mark: one and the same for requests that look at the same source events.
    """

    sources: Sequence[str]
    is_exact: bool
    target: str
    sender: str
    max_retries: int
    is_sequential: bool
    holds: Callable[[Told], bool]
    ignored: Sequence[str]
    oldest: Any
    mark: str


def enroll(ask: Ask) -> Any:
    """The next job; nothing (204) when there is none.

    Raises:
        Fault: 403, who asks is no service; 400, a topic that is none.
    """
    if not ask.site.rights.is_service:
        raise Fault(403, "Only services can enroll for jobs", "forbidden")
    body = ask.model("enroll")
    wanted = _wanted(ask, body)
    with ask.site.shared.lock(ask.site.site, "enroll"):
        job = next_job(History(ask.site), wanted, ask.site.login, body.get("description"))
    if job is None:
        return done()
    return {"id": job["id"], "dependsOn": job["dependsOn"], "hash": job["hash"], "status": job["status"]}


def _wanted(ask: Ask, body: Mapping[str, Any]) -> Wanted:
    given = body["sourceTopic"]
    sources = given if isinstance(given, list) else [given]
    for topic in sources:
        if not isinstance(topic, str) or not re.match(TOPIC, topic):
            raise Fault(400, f"Invalid topic: {topic}", "bad-request")
    if "*" in body["targetTopic"]:
        raise Fault(400, "Target topic must not contain wildcards", "bad-request")
    days = _DAYS if body.get("ignoreOlderThan") is None else body["ignoreOlderThan"]
    node = read(body["filter"]) if body.get("filter") else None
    ignored = body.get("ignoreSenderTypes") or []
    retries = 3 if body.get("maxRetries") is None else body["maxRetries"]
    said = [given, body["targetTopic"], body.get("filter"), sorted(ignored), days, retries]
    return Wanted(
        sources, isinstance(given, list), body["targetTopic"],
        body.get("sender") or ask.request.headers.get("x-sender") or _SENDER,
        retries, bool(body.get("sequential")),
        tester(node) if node is not None else lambda event: True, ignored, _bound(days),
        json.dumps(said, sort_keys=True, default=str),
    )  # fmt: skip


def _bound(days: int) -> Any:
    if days <= 0:
        return None
    try:
        return SYSTEM.now() - timedelta(days=days)
    except OverflowError:
        return None


def next_job(history: History, wanted: Wanted, user: str, description: str | None) -> Told | None:
    """The next job of a worker; None when there is none for it now."""
    for seen, source in enumerate(_sources(history, wanted)):
        if seen == _MOST:
            return None
        job = history.sent.children(source["id"], wanted.target)
        if job is None:
            made = _made(history, wanted, source, user, description)
            if made is not None or wanted.is_sequential:
                return made
            continue
        if job["status"] in ("failed", "restarted"):
            return _again(history, wanted, job, user)
        if job["sender"] == wanted.sender:
            return job
        if wanted.is_sequential:
            return None
    return None


def _made(history: History, wanted: Wanted, source: Told, user: str, description: str | None) -> Told | None:
    """A job; None when another process has just given it to another worker."""
    hash = hashlib.sha256(json.dumps([wanted.target, source["id"]]).encode()).hexdigest()
    given = wanted.sources if wanted.is_exact else wanted.sources[0]
    body = {
        "topic": wanted.target, "sender": wanted.sender, "hash": hash, "dependsOn": source["id"], "finished": False,
        "description": description or f"Convert from {given} to {wanted.target}",
    }  # fmt: skip
    event = new_event(body, user)
    try:
        history.sent.add(event, history.index.told)
    except Fault:
        return None
    return event


def _again(history: History, wanted: Wanted, job: Told, user: str) -> Told:
    retries = job["retries"] + (job["status"] == "failed")
    history.sent.change(job, {
        "status": "pending", "sender": wanted.sender, "user": user, "retries": retries,
        "description": "Restarting failed event",
    })  # fmt: skip
    return {**job, "status": "pending"}


# ---- source events


def _sources(history: History, wanted: Wanted) -> Iterator[Told]:
    """The source events whose job is not done, the oldest first.

    Those in front of a mark are done with; a change of an event takes the marks away.
    """
    marks = history.sent.book.marks
    at = marks.get(wanted.mark, 0)
    is_settled = True
    while rows := history.after(at, _CHUNK):
        for event in rows:
            is_open = _is_source(event, wanted) and not _is_done(history, event, wanted)
            if is_settled and not is_open:
                marks[wanted.mark] = event["order"]
            else:
                is_settled = False
            if is_open:
                yield event
        at = rows[-1]["order"]


def _is_source(event: Told, wanted: Wanted) -> bool:
    if not _has_topic(event, wanted) or event["status"] != "finished" or event.get("senderType") in wanted.ignored:
        return False
    return _is_young(event, wanted) and wanted.holds(event)


def _has_topic(event: Told, wanted: Wanted) -> bool:
    if wanted.is_exact:
        return event["topic"] in wanted.sources
    return is_like(event["topic"], wanted.sources[0].replace("_", "\\_").replace("*", "%"))


def _is_young(event: Told, wanted: Wanted) -> bool:
    return wanted.oldest is None or bool(parse_datetime(event["updatedAt"]) > wanted.oldest)


def _is_done(history: History, event: Told, wanted: Wanted) -> bool:
    job = history.sent.children(event["id"], wanted.target)
    if job is None:
        return False
    return bool(job["status"] == "finished" or (job["status"] == "failed" and job["retries"] > wanted.max_retries))
