"""Events of a server: reading, dispatching, and taking jobs off other events."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from trackerkit_ayon.server_api.feeds import Feeds, is_newest_first
from trackerkit_ayon.server_api.responses import RestApiResponse
from trackerkit_ayon.server_api.rest import done, filters, given, object_of, outdated, path


class EventsAPI(Feeds):
    """``/events``, ``/eventops``, ``/enroll`` and GraphQL's ``events``."""

    def get_event(self, event_id: str) -> dict[str, Any]:
        """All of an event, its payload among it.

        Raises:
            HTTPRequestError: 404 where there is none.
        """
        return object_of(self.get(path("events", event_id)))

    def get_events(
        self,
        topics: Iterable[str] | None = None,
        event_ids: Iterable[str] | None = None,
        project_names: Iterable[str] | None = None,
        statuses: Iterable[str] | None = None,
        users: Iterable[str] | None = None,
        text_filter: str | None = None,
        include_logs: bool | None = None,
        has_children: bool | None = None,
        newer_than: str | None = None,
        older_than: str | None = None,
        fields: Iterable[str] | None = None,
        limit: int | None = None,
        order: Any = None,
        first: int | None = None,
        last: int | None = None,
        states: Iterable[str] | None = None,
    ) -> Generator[dict[str, Any], None, None]:
        """Events, oldest first unless told otherwise; pages come as they are needed.

        Args:
            topics: of these; ``*`` stands for anything.
            event_ids: with these ids.
            project_names: in these projects; many events belong to none.
            statuses: ``pending``, ``in_progress``, ``finished``, ``failed``, ``aborted``, ``restarted``.
            users: that these caused.
            text_filter: words in topic, project, user or description.
            include_logs: those with topics ``log.*`` too.
            has_children: only those that others depend on, or only those that none depends on.
            newer_than: made after this moment, in ISO's form.
            older_than: made before this moment, in ISO's form.
            fields: of each event; without ``summary`` and ``payload`` unless given.
            limit: no more than these; goes before ``first`` and ``last``.
            order: ``SortOrder.descending`` begins with the newest.
            first: the oldest of all that fit, so many.
            last: the newest of all that fit, so many, newest first.
            states: an older name of ``statuses``.

        Yields:
            The events. An empty filter yields none.
        """
        if statuses is None and states is not None:
            outdated("get_events", "states", "statuses")
            statuses = states
        asked: dict[str, Any] | None = filters(
            topics=topics, ids=event_ids, projects=project_names, statuses=statuses, users=users
        )
        if asked is None:
            return
        asked |= given(
            includeLogs=bool(include_logs), hasChildren=has_children, newerThan=newer_than, olderThan=older_than,
            filter=text_filter,
        )  # fmt: skip
        newest_first, most = is_newest_first(order), first
        if last is not None or first is not None:
            newest_first, most = last is not None, first if last is None else last
        wanted = set(fields) if fields else self.get_default_fields_for_type("event")
        yield from self._feed("events", asked, wanted, newest_first, limit or most)

    def update_event(
        self,
        event_id: str,
        sender: str | None = None,
        project_name: str | None = None,
        username: str | None = None,
        status: str | None = None,
        description: str | None = None,
        summary: dict[str, Any] | None = None,
        payload: dict[str, Any] | None = None,
        progress: int | None = None,
        retries: int | None = None,
    ) -> None:
        """Change an event; what is None stays as it is.

        Args:
            event_id: of the event.
            sender: who dispatched it.
            project_name: where it happened.
            username: who caused it.
            status: ``pending``, ``in_progress``, ``finished``, ``failed``, ``aborted``, ``restarted``.
            description: a sentence for people.
            summary: a little, for listeners to choose by.
            payload: all there is to know.
            progress: percent.
            retries: how often it was tried.
        """
        said = given(
            sender=sender, project=project_name, user=username, status=status, description=description, summary=summary,
            payload=payload, progress=progress, retries=retries,
        )  # fmt: skip
        done(self.patch(path("events", event_id), **said))

    def dispatch_event(
        self,
        topic: str,
        sender: str | None = None,
        event_hash: str | None = None,
        project_name: str | None = None,
        username: str | None = None,
        depends_on: str | None = None,
        description: str | None = None,
        summary: dict[str, Any] | None = None,
        payload: dict[str, Any] | None = None,
        finished: bool = True,
        store: bool = True,
        dependencies: list[str] | None = None,
    ) -> RestApiResponse:
        """Tell the server of something; sent once, whatever becomes of the answer.

        Args:
            topic: what listeners go by.
            sender: who tells it.
            event_hash: two events of one hash cannot be.
            project_name: where it happened.
            username: who caused it.
            depends_on: the id of the event that it follows from. (AYON 1.16.0 takes it and forgets it.)
            description: a sentence for people.
            summary: a little, for listeners to choose by.
            payload: all there is to know.
            finished: False for a job that is still to be done.
            store: False tells those who listen now, and keeps nothing.
            dependencies: has no effect.

        Returns:
            The answer; its ``data`` is ``{"id"}``.
        """
        if dependencies:
            outdated("dispatch_event", "dependencies", "depends_on")
        said = {
            "topic": topic, "sender": sender, "hash": event_hash, "project": project_name, "user": username,
            "description": description, "summary": {} if summary is None else summary,
            "payload": {} if payload is None else payload, "finished": finished, "store": store,
        }  # fmt: skip
        answer = self.post("events", **said, **({"dependsOn": depends_on} if depends_on else {}))
        answer.raise_for_status()
        return answer

    def create_event(
        self,
        topic: str,
        sender: str | None = None,
        event_hash: str | None = None,
        project_name: str | None = None,
        username: str | None = None,
        depends_on: str | None = None,
        description: str | None = None,
        summary: dict[str, Any] | None = None,
        payload: dict[str, Any] | None = None,
        finished: bool = True,
        store: bool = True,
        dependencies: list[str] | None = None,
    ) -> str:
        """``dispatch_event``, of which only the id is returned."""
        answer = self.dispatch_event(
            topic, sender, event_hash, project_name, username, depends_on, description, summary, payload, finished, store,
            dependencies,
        )  # fmt: skip
        return str(answer.data["id"])

    def delete_event(self, event_id: str) -> None:
        """Delete an event (AYON 1.6 and newer)."""
        done(self.delete(path("events", event_id)))

    def delete_events(self, events_filter: dict[str, Any]) -> None:
        """Delete every event that a filter fits; for administrators.

        Args:
            events_filter: ``{"conditions": [{"key", "value", "operator"}], "operator": "and"}``.

        Raises:
            ValueError: it has no condition, and would fit every event.
        """
        if not events_filter or not events_filter.get("conditions"):
            raise ValueError("Filter without conditions would delete all events.")
        done(self.post("eventops", type="delete", filter=events_filter))

    def enroll_event_job(
        self,
        source_topic: str | list[str],
        target_topic: str,
        sender: str,
        description: str | None = None,
        sequential: bool | None = None,
        events_filter: dict[str, Any] | None = None,
        max_retries: int | None = None,
        ignore_older_than: int | None = None,
        ignore_sender_types: Iterable[str] | None = None,
    ) -> dict[str, Any] | None:
        """Take the next job: an event that follows from the oldest source event without a finished one.

        The job is an event of ``target_topic`` whose ``dependsOn`` is the source event. Do it, then set its status to
        ``finished`` or ``failed`` with ``update_event``: a sender that asks again before that gets the same job again.
        So asking is safe to repeat, and a lost answer loses no job.

        Args:
            source_topic: of the events to work off; ``*`` stands for anything; or a list of exact topics. None and an empty
                one fit no event.
            target_topic: of the job; this worker's alone.
            sender: who takes it, for example a service and its machine.
            description: a sentence for people.
            sequential: True gives out no job while another one is unfinished.
            events_filter: which source events: ``{"conditions": [{"key", "value", "operator"}], "operator": "and"}``.
            max_retries: how often a failed job is given out again; 3 unless given.
            ignore_older_than: leave out source events older than this, in days; 3 unless given.
            ignore_sender_types: leave out source events of these types of senders.

        Returns:
            ``{"id", "dependsOn", "hash", "status"}``; None when there is nothing to do now, or the server is busy.

        Raises:
            HTTPRequestError: any other refusal: an error is not the same as an empty queue.
        """
        if not source_topic:
            return None
        said = given(
            sourceTopic=source_topic, targetTopic=target_topic, sender=sender, maxRetries=max_retries,
            sequential=sequential, description=description, filter=events_filter, ignoreOlderThan=ignore_older_than,
            ignoreSenderTypes=None if ignore_sender_types is None else list(ignore_sender_types),
        )  # fmt: skip
        answer = self.raw_post("enroll", json=said, safe=True)
        if answer.status_code in (204, 503):
            return None
        return object_of(answer)
