"""Batches of changes: in one transaction, at once or in the background, each with its own outcome."""

from __future__ import annotations

import copy
import datetime
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit_ayon.server_api.exceptions import FailedOperations, HTTPRequestError, ServerError, ServerTimeout
from trackerkit_ayon.server_api.verbs import Verbs, plain

OPERATIONS_S: Final = 600.0
"""How long a batch may take, in seconds, where nobody set a timeout: a large one takes its time."""


def create_entity_id() -> str:
    """A new id of an entity: 32 hexadecimal digits."""
    return uuid.uuid4().hex


class OperationsAPI(Verbs):
    """Batches."""

    background_deadline_s: float = 1800.0
    """How long ``wait`` waits: the server itself forgets a task after half an hour."""

    def send_batch_operations(
        self,
        project_name: str,
        operations: list[dict[str, Any]],
        can_fail: bool = False,
        raise_on_fail: bool = True,
        *,
        wait_for_events: bool = False,
    ) -> list[dict[str, Any]]:
        """Make changes of one project in one transaction.

        Args:
            project_name: of the project.
            operations: ``type`` (create, update, delete), ``entityType``, ``entityId``, ``data``; each is given an
                ``id``, and each create an ``entityId`` where it has none, so that it can be recognised.
            can_fail: keep what succeeded when others failed.
            raise_on_fail: raise when one failed.
            wait_for_events: answer when the server has dealt with the events too.

        Returns:
            What the server says of each, in order: ``id``, ``success``, ``status``, ``detail``, ``entityId``.

        Raises:
            FailedOperations: one failed; says which, and holds every result.
            RequestOutcomeUnknown: no answer came. It was not sent again; ``request`` holds the operations.
            ValueError: an operation cannot be said in JSON.
        """
        path = f"projects/{project_name}/operations"
        return self._send_batch_operations(path, operations, can_fail, wait_for_events, raise_on_fail)

    def send_background_batch_operations(
        self,
        project_name: str,
        operations: list[dict[str, Any]],
        *,
        can_fail: bool = False,
        wait_for_events: bool = False,
        raise_on_fail: bool = True,
        wait: bool = False,
    ) -> dict[str, Any]:
        """Make changes of one project while the caller does something else.

        Args:
            project_name: of the project.
            operations: as in ``send_batch_operations``.
            can_fail: keep what succeeded when others failed.
            wait_for_events: finish when the server has dealt with the events too.
            raise_on_fail: raise when one failed; where it waits.
            wait: come back when it is done.

        Returns:
            The task: ``id``, ``status``, and ``result`` when it is done.

        Raises:
            FailedOperations: one failed.
            ServerTimeout: it was not done within ``background_deadline_s``.
            ServerError: the server has forgotten the task.
        """
        made = self._prepare_operations_body(operations)
        body = {"operations": made, "canFail": can_fail, "waitForEvents": wait_for_events}
        response = self.raw_post(f"projects/{project_name}/operations/background", json=body, timeout=self._long())
        response.raise_for_status()
        task: dict[str, Any] = response.data
        if wait:
            task = self._awaited(project_name, str(task["id"]))
            if raise_on_fail:
                self._validate_operations_result(task.get("result") or {}, made)
        return task

    def get_background_operations_status(self, project_name: str, task_id: str) -> dict[str, Any]:
        """How far a task is.

        Raises:
            HTTPRequestError: the server knows no such task.
        """
        response = self.get(f"projects/{project_name}/operations/background/{task_id}")
        response.raise_for_status()
        found: dict[str, Any] = response.data
        return found

    def _awaited(self, project_name: str, task_id: str) -> dict[str, Any]:
        """A task when it is done."""
        clock = self._transport.http.clock
        until, pause_s = clock.monotonic() + self.background_deadline_s, 0.1
        while True:
            try:
                task = self.get_background_operations_status(project_name, task_id)
            except HTTPRequestError as error:
                if error.status != 404:
                    raise
                raise ServerError(
                    f"the server has forgotten the operations {task_id}", error.response, backend="ayon", sent="unknown",
                    hint="read back which of them were done", status=404,
                ) from None  # fmt: skip
            if task["status"] in ("completed", "failed"):
                return task
            if clock.monotonic() + pause_s > until:
                raise ServerTimeout(
                    f"the operations {task_id} were not done in {self.background_deadline_s:g} s", sent="yes",
                    hint="ask for them with get_background_operations_status", backend="ayon",
                )  # fmt: skip
            clock.sleep(pause_s)
            pause_s = min(2.0, pause_s * 1.5)

    def _long(self) -> float:
        return self._timeout if self._is_own_timeout else max(self._timeout, OPERATIONS_S)

    # ---- for families that have operations of their own

    def _prepare_operations_body(self, operations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """What is sent: every operation has an id, and every create its entity's."""
        return [_made(operation) for operation in operations if operation]

    def _send_batch_operations(
        self,
        uri: str,
        operations: Sequence[dict[str, Any]],
        can_fail: bool,
        wait_for_events: bool,
        raise_on_fail: bool,
    ) -> list[dict[str, Any]]:
        """A batch to another place than a project's."""
        made = self._prepare_operations_body(operations)
        if not made:
            return []
        body = {"operations": made, "canFail": can_fail, "waitForEvents": wait_for_events}
        response = self.raw_post(uri, json=body, timeout=self._long())
        results: list[dict[str, Any]] | None = response.get("operations")
        if results is None:
            if response.status == 401:
                response.raise_for_status()
            said = response.get("detail")
            told = f"Detail: {said}" if said else f"Content: {response.text[:500]}"
            raise FailedOperations(f"Operation failed. {told}", status=response.status, backend="ayon")
        if raise_on_fail:
            self._validate_operations_result(response.data, made)
        return results

    def _validate_operations_result(self, result: Mapping[str, Any], made: Sequence[Mapping[str, Any]]) -> None:
        """Raise FailedOperations unless all succeeded."""
        if result.get("success"):
            return
        results = result.get("operations") or []
        failed = next((each for each in results if not each.get("success")), None)
        if failed is None:
            raise FailedOperations(f"Operations failed. Server response: {plain(result)}", results=results)
        id = failed.get("id")
        what = next((each for each in made if each["id"] == id), failed)
        raise FailedOperations(
            f'Operation "{id}" failed with data:\n{_shown(what)}\nDetail: {failed.get("detail")}.',
            results=results, status=failed.get("status"), backend="ayon",
        )  # fmt: skip


def _made(operation: dict[str, Any]) -> dict[str, Any]:
    """One operation as it is sent; the caller's own gets its id, by which the result names it."""
    operation["id"] = operation.get("id") or create_entity_id()
    made: dict[str, Any] = plain(_timestamps(copy.copy(operation)))
    if made.get("type") == "create" and not made.get("entityId"):
        made["entityId"] = create_entity_id()
    return made


def _timestamps(value: Any) -> Any:
    """Moments as AYON's data keep them: whole seconds since 1970."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise InvalidInputError(
                f"{value.isoformat()} has no time zone", hint="say which: datetime.now(timezone.utc)"
            )
        return int(value.timestamp())
    if isinstance(value, dict):
        return {key: _timestamps(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_timestamps(item) for item in value]
    return value


def _shown(operation: Mapping[str, Any]) -> str:
    import json

    return json.dumps(operation, indent=4, default=str)
