"""Comments ↔ notes and replies: nothing that was given is lost, nothing is invented."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.notes import (
    attachment_nodes,
    choose_origin,
    comment_node,
    kind_of_activity,
    note_payload,
    values_of_comment,
)
from trackerkit_ayon.mapping.rows import Rows

SHOT, VERSION, NOTE = "a" * 32, "b" * 32, "c" * 32


def comment(**more: Any) -> dict[str, Any]:
    data = {"author": "manager", "origin": {"id": SHOT, "type": "folder", "name": "sh010", "subtype": "Shot"}}
    return {"activityId": NOTE, "activityType": "comment", "body": "hello", "activityData": {**data, **more.pop("data", {})},
            "createdAt": "2025-01-02T03:04:05+00:00", "updatedAt": "2025-01-02T03:04:05+00:00", "tags": [], **more}  # fmt: skip


FIELDS = (
    "subject",
    "body",
    "links",
    "tasks",
    "author",
    "addressees",
    "cc",
    "attachments",
    "status",
    "kind",
    "created_at",
)


@pytest.fixture
def rows(schema: Schema, context: Context) -> Rows:
    return Rows(schema.type("Note"), context)


def whole(context: Context) -> dict[str, Any]:
    return {
        "subject": "Fix", "body": "please [fix] this",
        "links": [context.ref("Shot", SHOT, "sh010"), context.ref("Version", VERSION, "v(1)")],
        "tasks": [], "author": context.user("manager"), "addressees": [context.user("artist")],
        "cc": [context.ref("Group", "lighters", "lighters")], "attachments": [], "status": None, "kind": "Client",
        "created_at": datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
    }  # fmt: skip


def test_a_note_reads_back_as_it_was_written(rows: Rows, context: Context) -> None:
    values = whole(context)
    payload = note_payload(values, values["links"][0])
    assert payload["timestamp"] == "2025-01-02T03:04:05+00:00"
    assert f"(version:{VERSION})" in payload["body"]
    assert "(user:artist)" in payload["body"]
    assert f"(folder:{SHOT})" not in payload["body"]
    record = rows.record(comment(body=payload["body"], data=payload["data"]), FIELDS)
    assert {name: record[name] for name in FIELDS} == values


def test_a_body_that_was_changed_in_ayon_keeps_its_mentions(rows: Rows, context: Context) -> None:
    payload = note_payload(whole(context), context.ref("Shot", SHOT))
    node = comment(body="rewritten", data=payload["data"])
    assert rows.record(node, ["body"])["body"] == "rewritten"


def test_a_comment_of_ayon_links_to_its_origin_and_to_what_it_mentions(rows: Rows, context: Context) -> None:
    body = f"hi [artist](user:artist), see [v1](version:{VERSION}) ![no](version:x)"
    record = rows.record(comment(body=body), ["links", "addressees", "tasks", "cc", "body", "subject"])
    assert record["links"] == [context.ref("Shot", SHOT), context.ref("Version", VERSION)]
    assert record["links"][0].type == "Shot"
    assert record["addressees"] == [context.user("artist")]
    assert record["body"] == body
    assert record["subject"] is None


def test_the_origin_is_the_first_link_that_can_be_one(context: Context) -> None:
    playlist, task = context.ref("Playlist", NOTE), context.ref("Task", VERSION)
    assert choose_origin({"links": [playlist, Ref("Project", "p")], "tasks": [task]}) == task
    assert choose_origin({"links": [Ref("Project", "p")]}) is None


def test_what_an_activity_is() -> None:
    assert kind_of_activity(comment()) == "Note"
    assert kind_of_activity(comment(data={"trackerkit_note": NOTE})) == "Reply"
    assert kind_of_activity(comment(data={"trackerkit_carrier": True})) == ""
    assert kind_of_activity({**comment(), "activityType": "reviewable"}) == "Reviewable"
    assert kind_of_activity({**comment(), "activityType": "watch"}) == ""


def test_a_client_sends_back_what_it_was_shown(context: Context) -> None:
    values = whole(context)
    values.pop("author")
    payload = note_payload(values, values["links"][0])
    kind, again = values_of_comment(context, payload, values["links"][0])
    assert kind == "Note"
    expected = {name: value for name, value in values.items() if value is not None}
    assert again == expected


def test_a_note_shows_as_an_activity_that_reads_as_the_note(rows: Rows, context: Context) -> None:
    record = {**whole(context), "ref": context.ref("Note", NOTE), "created_by": context.user("manager"), "tags": []}
    node = comment_node("Note", record, record["links"][0])
    assert node["entityId"] == SHOT
    node["createdAt"] = "2025-01-02T03:04:05+00:00"
    again = rows.record(node, FIELDS)
    assert {name: again[name] for name in FIELDS} == {name: record[name] for name in FIELDS}


def test_a_file_keeps_the_name_that_no_header_could_carry(schema: Schema, context: Context) -> None:
    files = [{"id": VERSION, "filename": "_.mov", "size": "5", "mime": "video/mp4", "author": "svc",
              "created_at": "2025-01-02T03:04:05+00:00", "updated_at": "2025-01-02T03:04:05+00:00"}]  # fmt: skip
    node = comment(data={"files": files, "trackerkit_filenames": {VERSION: "ü.mov"}, "trackerkit_carrier": True})
    (found,) = attachment_nodes(node)
    rows = Rows(schema.type("Attachment"), context)
    record = rows.record(found, ["filename", "size", "mime_type", "links", "url", "created_by"])
    assert (record["filename"], record["size"], record["mime_type"]) == ("ü.mov", 5, "video/mp4")
    assert record["links"] == [context.ref("Shot", SHOT)]
    assert record["url"].url == f"/api/projects/big_buck/files/{VERSION}"


@pytest.mark.parametrize("length", [1_999, 2_000, 2_001, 50_000])
def test_a_body_of_any_length_comes_back_whole(rows: Rows, context: Context, length: int) -> None:
    values = {**whole(context), "body": "ä" * length}
    payload = note_payload(values, values["links"][0])
    assert len(payload["body"]) <= 2_000
    assert "(user:artist)" in payload["body"]
    node = comment(body=payload["body"], data=payload["data"])
    assert rows.record(node, ["body"])["body"] == values["body"]
    assert values_of_comment(context, payload, values["links"][0])[1]["body"] == values["body"]


def test_a_long_body_that_was_changed_in_ayon_reads_as_it_is_now(rows: Rows, context: Context) -> None:
    payload = note_payload({**whole(context), "body": "x" * 3_000}, context.ref("Shot", SHOT))
    assert rows.record(comment(body="short", data=payload["data"]), ["body"])["body"] == "short"
