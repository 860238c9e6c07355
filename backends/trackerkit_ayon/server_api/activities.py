"""Activities: comments, mentions and what happened to entities, with their reactions and watchers."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, Literal

from trackerkit.errors import ProtocolError
from trackerkit.jsontext import decoded
from trackerkit_ayon.server_api.feeds import Feeds, is_newest_first
from trackerkit_ayon.server_api.rest import done, filters, given, object_of, path


class ActivitiesAPI(Feeds):
    """Activities of a project."""

    def get_activities(
        self,
        project_name: str,
        activity_ids: Iterable[str] | None = None,
        activity_types: Iterable[str] | None = None,
        entity_ids: Iterable[str] | None = None,
        entity_names: Iterable[str] | None = None,
        entity_type: str | None = None,
        changed_after: str | None = None,
        changed_before: str | None = None,
        reference_types: Iterable[str] | None = None,
        fields: Iterable[str] | None = None,
        limit: int | None = None,
        order: Any = None,
    ) -> Generator[dict[str, Any], None, None]:
        """Activities of a project, oldest first unless told otherwise; pages come as they are needed.

        Args:
            project_name: of the project.
            activity_ids: with these ids.
            activity_types: ``comment``, ``status.change``, ``version.publish``, ….
            entity_ids: at these entities.
            entity_names: at entities of these names.
            entity_type: at entities of this type.
            changed_after: changed after this moment, in ISO's form.
            changed_before: changed before this moment, in ISO's form.
            reference_types: ``origin``, ``mention``, ``author``, ``relation``; ``origin`` alone unless given.
            fields: of each activity.
            limit: no more than these.
            order: ``SortOrder.descending`` begins with the newest.

        Yields:
            The activities; ``activityData`` as a dict. An empty filter yields none.
        """
        if not project_name:
            return
        asked: dict[str, Any] | None = filters(
            activityIds=activity_ids, activityTypes=activity_types, entityIds=entity_ids, entityNames=entity_names,
            referenceTypes=["origin"] if reference_types is None else reference_types,
        )  # fmt: skip
        if asked is None:
            return
        asked |= given(entityType=entity_type, changedAfter=changed_after, changedBefore=changed_before)
        wanted = set(fields) if fields else self.get_default_fields_for_type("activity")
        asked["project"] = project_name
        for row in self._feed("activities", asked, wanted, is_newest_first(order), limit):
            yield _with_data(row)

    def get_activity_by_id(
        self,
        project_name: str,
        activity_id: str,
        reference_types: Iterable[str] | None = None,
        fields: Iterable[str] | None = None,
    ) -> dict[str, Any] | None:
        """One activity; None when there is none. For the arguments see ``get_activities``."""
        found = self.get_activities(
            project_name, activity_ids=[activity_id], reference_types=reference_types, fields=fields
        )
        return next(found, None)

    def create_activity(
        self,
        project_name: str,
        entity_id: str,
        entity_type: str,
        activity_type: str,
        activity_id: str | None = None,
        body: str | None = None,
        file_ids: list[str] | None = None,
        timestamp: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> str:
        """Put an activity at an entity: its id.

        Args:
            project_name: of the project.
            entity_id: of the entity.
            entity_type: of the entity.
            activity_type: people may make ``comment`` and ``version.review`` alone.
            activity_id: its id; the server makes one unless given.
            body: markdown; ``[name](user:name)`` mentions a user.
            file_ids: of uploaded files that go with it.
            timestamp: when it happened, in ISO's form; now unless given.
            data: what else there is to know.
        """
        said = given(id=activity_id, body=body, files=file_ids, timestamp=timestamp, data=data)
        place = path("projects", project_name, entity_type, entity_id, "activities")
        return str(object_of(self.post(place, activityType=activity_type, **said))["id"])

    def update_activity(
        self,
        project_name: str,
        activity_id: str,
        body: str | None = None,
        file_ids: list[str] | None = None,
        append_file_ids: bool | None = False,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Change an activity; what is None stays as it is.

        Args:
            project_name: of the project.
            activity_id: of the activity.
            body: markdown.
            file_ids: of uploaded files that go with it.
            append_file_ids: True adds them to those there are, False puts them in their place.
            data: keys to set in what else there is to know.
        """
        said = given(body=body, files=file_ids, data=data)
        if file_ids is not None:
            said["appendFiles"] = append_file_ids
        done(self.patch(path("projects", project_name, "activities", activity_id), **said))

    def delete_activity(self, project_name: str, activity_id: str) -> None:
        """Delete an activity."""
        done(self.delete(path("projects", project_name, "activities", activity_id)))

    def send_activities_batch_operations(
        self,
        project_name: str,
        operations: list[dict[str, Any]],
        *,
        can_fail: bool = False,
        wait_for_events: bool = False,
        raise_on_fail: bool = True,
    ) -> list[dict[str, Any]]:
        """Make, change and delete activities in one request; unlike entities, not in one transaction.

        Args:
            project_name: of the project.
            operations: ``{"type": "create" | "update" | "delete", "activityId", "data"}``; the server makes the id of a
                new one (AYON 1.16), and tells it in the result.
            can_fail: go on after one that fails.
            wait_for_events: answer after the events of it are told.
            raise_on_fail: raise when one failed; False leaves that to the caller.

        Returns:
            What became of each, in order.

        Raises:
            FailedOperations: one failed; ``results`` says of each what became of it.
        """
        return self._send_batch_operations(
            path("projects", project_name, "operations", "activities"),
            operations,
            can_fail=can_fail,
            wait_for_events=wait_for_events,
            raise_on_fail=raise_on_fail,
        )

    # ---- categories and reactions

    def get_raw_activity_categories(self, project_name: str) -> dict[str, Any]:
        """``{"categories": […]}``: the categories of comments in a project."""
        return object_of(self.get(path("projects", project_name, "activityCategories")))

    def get_activity_categories(self, project_name: str) -> list[Any]:
        """The categories of comments in a project."""
        return list(self.get_raw_activity_categories(project_name)["categories"])

    def create_activity_reaction(self, project_name: str, activity_id: str, reaction: str) -> None:
        """React to an activity: ``like``, ``heart``, …."""
        done(self.post(path("projects", project_name, "activities", activity_id, "reactions"), reaction=reaction))

    def delete_activity_reaction(self, project_name: str, activity_id: str, reaction: str) -> None:
        """Take a reaction back."""
        done(self.delete(path("projects", project_name, "activities", activity_id, "reactions", reaction)))

    # ---- mentions and watchers

    def suggest_entity_mention(
        self, project_name: str, entity_id: str, entity_type: Literal["folder", "task", "version"]
    ) -> dict[str, Any]:
        """Whom and what a comment at an entity is likely to mention: ``{"users", "teams", "tasks", "versions"}``."""
        place = path("projects", project_name, "suggest")
        return object_of(self.post(place, entityId=entity_id, entityType=entity_type))

    def get_raw_entity_watchers(self, project_name: str, entity_id: str, entity_type: str) -> dict[str, Any]:
        """``{"watchers": […]}``: who watches an entity."""
        return object_of(self.get(_watchers(project_name, entity_type, entity_id)))

    def get_entity_watchers(self, project_name: str, entity_id: str, entity_type: str) -> list[str]:
        """The users that watch an entity."""
        return list(self.get_raw_entity_watchers(project_name, entity_id, entity_type)["watchers"])

    def set_entity_watchers(self, project_name: str, entity_id: str, entity_type: str, watchers: list[str]) -> None:
        """Have these users watch an entity, and no others."""
        done(self.post(_watchers(project_name, entity_type, entity_id), watchers=watchers))


def _watchers(project_name: str, entity_type: str, entity_id: str) -> str:
    return path("projects", project_name, entity_type, entity_id, "watchers")


def _with_data(row: dict[str, Any]) -> dict[str, Any]:
    """The activity with its data read."""
    data = row.get("activityData")
    if isinstance(data, str):
        try:
            row["activityData"] = decoded(data)
        except ValueError:
            raise ProtocolError("the data of an activity is no JSON", backend="ayon") from None
    return row
