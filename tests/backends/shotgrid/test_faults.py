"""What goes wrong on the way to a ShotGrid site: each fault by its number, with what must come of it."""

from __future__ import annotations

import logging
import math
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from fake_shotgrid import PASS, FakeSite, Refusal, native_field

from trackerkit import operations as ops
from trackerkit.errors import (
    AuthenticationError,
    DomainError,
    FilterError,
    InvalidInputError,
    OutcomeUnknown,
    PermissionDeniedError,
    ProtocolError,
    SourceChangedError,
    TrackerError,
    UnavailableError,
)
from trackerkit.osfiles import safe_name
from trackerkit.testing.faults import close_after, drop_response, reset_after, status
from trackerkit.testing.loopback import Reply
from trackerkit.tracker import Tracker
from trackerkit.transfers.checksums import Checksum
from trackerkit.values import Ref
from trackerkit_shotgrid.transfers import direct

DATA = bytes(range(256)) * 512
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def project(fake: FakeSite, studio: Tracker) -> Ref:
    """A project of the scripted site."""
    made = fake.add("Project", 70, name="BBB", archived=False)
    studio.schema()
    return studio.ref("Project", made["id"])


@pytest.fixture
def version(fake: FakeSite, project: Ref, studio: Tracker) -> Ref:
    """A version of the scripted site."""
    return studio.ref("Version", fake.add("Version", 7, code="v1", project={"type": "Project", "id": 70})["id"])


@pytest.fixture
def cloud(fake: FakeSite, monkeypatch: pytest.MonkeyPatch) -> FakeSite:
    """The site wants its files in its cloud storage, in parts of 100,000 bytes."""
    fake.info["s3_direct_uploads_enabled"] = True
    fake.info["s3_enabled_upload_types"] = {"Version": ["sg_uploaded_movie"], "Shot": "*"}
    monkeypatch.setattr(direct, "PART", 100_000)
    return fake


def shots(fake: FakeSite, count: int) -> None:
    """So many shots of the scripted site."""
    for at in range(count):
        fake.add("Shot", 100 + at, code=f"sh{at:03}", project={"type": "Project", "id": 70, "name": "BBB"})


def creates(fake: FakeSite) -> int:
    return len(fake.asked("create"))


# --- calls -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [500, 502, 504])
def test_F1_a_create_that_a_gateway_cut_off_is_sent_once(
    fake: FakeSite, studio: Tracker, project: Ref, code: int
) -> None:
    fake.replies = [PASS, Reply(code)]  # the look for the key, then the create, which the site never sees
    fake.calls.clear()
    with pytest.raises(TrackerError) as caught:
        studio.create("Shot", name="sh010", project=project)
    assert isinstance(caught.value, OutcomeUnknown)
    assert creates(fake) == 0
    assert "same key is safe to repeat" in str(caught.value)


def test_F1_F2_a_create_whose_answer_was_lost_is_made_once(stand: Any) -> None:
    home = stand.tracker.create("Project", name="p").ref
    stand.tracker.schema.create_field("Shot", "trackerkit_key", "text", label="Trackerkit Key")
    stand.tracker.schema()
    stand.proxy.plan(["pass", drop_response()])
    made = stand.tracker.create("Shot", name="sh010", project=home)
    assert made.ref.id
    assert stand.store.count("Shot") == 1


def test_F3_F18_a_page_that_was_cut_is_asked_for_again(stand: Any) -> None:
    home = stand.tracker.create("Project", name="p").ref
    stand.tracker.batch([ops.create("Shot", {"name": f"sh{at}"}, project=home) for at in range(5)])
    stand.proxy.plan(["pass", reset_after(10), "pass", close_after(30)])
    found = [shot.name for shot in stand.tracker.find("Shot", page_size=2)]
    assert found == [f"sh{at}" for at in range(5)]


@pytest.mark.parametrize("code", [429, 503])
def test_F7_F8_the_site_says_when_to_come_back(fake: FakeSite, studio: Tracker, project: Ref, code: int) -> None:
    shots(fake, 1)
    fake.replies = [Reply(code, b"", {"Retry-After": "0"})] * 2
    assert [shot.name for shot in studio.find("Shot")] == ["sh000"]


def test_F8_a_create_that_was_refused_unseen_is_no_create(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    fake.replies = [PASS, Reply(429, b"", {"Retry-After": "0"})]
    with pytest.raises(UnavailableError):
        studio.create("Shot", name="sh010", project=project)
    assert "Shot" not in fake.tables


def test_F9_every_request_has_its_time(studio: Tracker) -> None:
    http = studio.backend.client.http  # type: ignore[attr-defined]
    assert http._timeout.connect_timeout == 10
    assert http._timeout.read_timeout == 60
    assert http._total_s < math.inf


@pytest.mark.parametrize("reply", [
    Reply(200, b'{"results": {"entities": [{"type": "Shot", "id": 1', JSON), Reply(200, b"", JSON),
    Reply(200, b"<html><title>Sign in</title></html>", {"Content-Type": "text/html"}),
    Reply(200, b'{"results": {"paging_info": {}}}', JSON), Reply(200, b'{"results": [1, 2]}', JSON),
])  # fmt: skip
def test_F12_F13_what_is_no_page_is_never_an_empty_one(
    fake: FakeSite, studio: Tracker, project: Ref, reply: Reply
) -> None:
    shots(fake, 3)
    fake.replies = [PASS, *[reply] * 8]
    with pytest.raises(ProtocolError):
        list(studio.find("Shot", page_size=2))


@pytest.mark.parametrize("body", [b"", b'{"results": []}', b'{"results": null}', b'{"results": {"type": "Shot"}}'])
def test_F14_an_empty_answer_to_a_create(fake: FakeSite, studio: Tracker, project: Ref, body: bytes) -> None:
    fake.calls.clear()
    fake.replies = [PASS, Reply(200, body, JSON)]
    with pytest.raises(OutcomeUnknown):
        studio.create("Shot", name="sh010", project=project)
    assert creates(fake) == 0


def test_F14_a_create_that_was_done_is_read_back(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    real = fake.rpc_create
    fake.overrides["create"] = lambda given: real(given) and []
    made = studio.create("Shot", name="sh010", project=project)
    assert made.ref.id == str(next(iter(fake.tables["Shot"])))
    assert creates(fake) == 1


def test_F17_a_session_that_ended_says_so_and_the_find_can_go_on(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    def expire(_: Any) -> Any:
        raise Refusal("Can't authenticate session token ending with 'alue'", 102)

    shots(fake, 5)
    query = studio.query("Shot", fields=["name"], page_size=2)
    pages = studio.read(query)
    first = next(pages)
    fake.overrides["read"] = expire
    with pytest.raises(AuthenticationError, match="session token"):
        list(pages)
    del fake.overrides["read"]
    rest = [name for page in studio.read(query.with_(after=first.next)) for (name,) in page.tuples()]
    assert [name for (name,) in first.tuples()] + rest == [f"sh{at:03}" for at in range(5)]


def test_F19_rows_that_come_and_go_while_paging(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    shots(fake, 9)
    found = studio.find("Shot", page_size=2)
    names = [next(found).name for _ in range(3)]
    fake.retired |= {("Shot", 100), ("Shot", 101)}
    fake.add("Shot", 50, code="early")
    names += [shot.name for shot in found]
    assert names == [f"sh{at:03}" for at in range(9)]


def test_F24_a_form_that_is_forbidden_keeps_its_reason(fake: FakeSite, studio: Tracker, version: Ref) -> None:
    fake.replies = [Reply(403, b"no right to upload here", {"Content-Type": "text/plain"})]
    fake.calls.clear()
    with pytest.raises(PermissionDeniedError, match="no right to upload here"):
        studio.upload(version, DATA, filename="a.mov")
    assert fake.calls == []


@pytest.mark.parametrize("filters", [
    [["name", "is"]], [[]], [["name"]], [{}], ["name", "is", "x"], [["name", "xor", "x"]], [["name", "in", None]],
    [["frame_start", "between", [2, 1]]], [["nme", "is", "x"]], [["frame_start", "is", math.nan]],
])  # fmt: skip
def test_F25_a_filter_that_is_none_is_refused_here(fake: FakeSite, studio: Tracker, project: Ref, filters: Any) -> None:
    fake.calls.clear()
    with pytest.raises(InvalidInputError):
        list(studio.find("Shot", filters, ["name"]))
    assert fake.calls == []


def test_F25_in_nothing_is_no_rows(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    shots(fake, 2)
    fake.calls.clear()
    assert list(studio.find("Shot", [["name", "in", []]], ["name"])) == []
    assert fake.calls == []


def test_F78_no_key_in_any_log(fake: FakeSite, studio: Tracker, version: Ref, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        studio.upload(version, DATA, filename="a.mov")
        list(studio.find("Shot"))
    assert "k3y-of-the-tests" not in caplog.text


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_movie_goes_to_the_cloud_in_parts(cloud: FakeSite, studio: Tracker, version: Ref) -> None:
    seen: list[Any] = []
    made: Any = studio.upload(version, DATA, filename="comp_v001.mov", on_progress=seen.append)
    steps = [name.removeprefix("/upload/") for name, _ in cloud.calls if name.startswith("/upload/")]
    assert steps == ["api_get_upload_link_info", "api_get_upload_link_for_part", "api_get_upload_link_for_part",
                     "api_complete_multipart_upload", "api_link_file"]  # fmt: skip
    assert [len(part) for parts in cloud.stored.values() for part in parts] == [100_000, len(DATA) - 100_000]
    assert cloud.files[int(made.id)] == DATA
    link = cloud.asked("/upload/api_link_file")[0]
    assert link["upload_link_info"].startswith(b"1\n")
    assert link["field_name"] == b"sg_uploaded_movie"
    assert cloud.asked("/upload/api_complete_multipart_upload")[0]["etags"] == b'"100000","31072"'
    checksum = Checksum()
    checksum.update(DATA)
    assert made.hash == str(checksum)
    assert (seen[-1].done_bytes, seen[-1].total_bytes) == (len(DATA), len(DATA))


def test_a_small_file_goes_to_the_cloud_in_one_piece(cloud: FakeSite, studio: Tracker, version: Ref) -> None:
    studio.upload(version, b"small", filename="a.mov")
    assert list(cloud.stored.values()) == [[b"small"]]
    assert cloud.asked("/upload/api_get_upload_link_info")[0]["multipart_upload"] == b"False"
    assert cloud.asked("/upload/api_complete_multipart_upload") == []


def test_what_the_site_does_not_want_in_the_cloud(cloud: FakeSite, studio: Tracker, version: Ref) -> None:
    studio.upload(version, DATA, "attachments", filename="a.mov")
    assert cloud.stored == {}
    assert len(cloud.asked("/upload/upload_file")) == 1


def test_F28_a_part_that_was_refused_is_sent_again_from_its_start(
    cloud: FakeSite, studio: Tracker, version: Ref
) -> None:
    # the link, the first part's link, the part refused twice, then as usual
    cloud.replies = [PASS, PASS, Reply(503, b"", {"Retry-After": "0"}), Reply(500)]
    made: Any = studio.upload(version, DATA, filename="a.mov")
    assert cloud.files[int(made.id)] == DATA


def test_F35_a_storage_that_stays_busy(cloud: FakeSite, studio: Tracker, version: Ref) -> None:
    cloud.replies = [PASS, PASS, *[Reply(503, b"Slow Down", {"Retry-After": "0"})] * 9]
    with pytest.raises(UnavailableError):
        studio.upload(version, DATA, filename="a.mov")
    assert cloud.asked("/upload/api_link_file") == []


def test_F36_a_file_that_shrinks_is_not_linked(cloud: FakeSite, studio: Tracker, version: Ref, tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(DATA)

    def shrink(progress: Any) -> None:
        if progress.done_bytes >= 100_000:
            path.write_bytes(DATA[:50_000])

    with pytest.raises(SourceChangedError):
        studio.upload(version, path, on_progress=shrink)
    assert cloud.asked("/upload/api_link_file") == []
    assert cloud.asked("/upload/api_complete_multipart_upload") == []


def test_F37_a_part_without_a_name_is_a_failed_part(cloud: FakeSite, studio: Tracker, version: Ref) -> None:
    cloud.etags = [None, '"again"']
    made: Any = studio.upload(version, DATA, filename="a.mov")
    assert cloud.files[int(made.id)] == DATA
    assert cloud.asked("/upload/api_complete_multipart_upload")[0]["etags"] == b'"again","31072"'


def test_F37_a_storage_that_never_names_a_part(cloud: FakeSite, studio: Tracker, version: Ref) -> None:
    cloud.etags = [None] * 3
    with pytest.raises(ProtocolError, match="does not name"):
        studio.upload(version, DATA, filename="a.mov")
    assert cloud.asked("/upload/api_complete_multipart_upload") == []


@pytest.mark.parametrize("text", [b"1\n", b"1\n\n\n\n\n", b"1"])
def test_a_site_that_does_not_say_where_to(cloud: FakeSite, studio: Tracker, version: Ref, text: bytes) -> None:
    cloud.replies = [Reply(200, text)]
    with pytest.raises(ProtocolError, match="where the file is to go"):
        studio.upload(version, DATA, filename="a.mov")


def test_a_link_whose_answer_is_lost_is_unknown(cloud: FakeSite, studio: Tracker, version: Ref) -> None:
    cloud.replies = [PASS, PASS, Reply(502)]
    with pytest.raises(OutcomeUnknown, match="nobody knows"):
        studio.upload(version, b"small", filename="a.mov")


@pytest.mark.parametrize("field", ["thumbnail", "filmstrip_image"])
def test_pictures(fake: FakeSite, studio: Tracker, field: str) -> None:
    fake.schema["Version"]["filmstrip_image"] = native_field("image")
    version = studio.ref("Version", fake.add("Version", 7, code="v1")["id"])
    studio.upload(version, DATA, field, filename="a.png")
    (form,) = fake.asked("/upload/publish_thumbnail")
    assert form.get("filmstrip") == (b"True" if field == "filmstrip_image" else None)


def test_F28_F38_a_form_is_sent_once_and_its_length_checked(fake: FakeSite, studio: Tracker, version: Ref) -> None:
    fake.replies = [Reply(503)]
    with pytest.raises(TrackerError):
        studio.upload(version, DATA, filename="a.mov")
    assert fake.files == {}


@pytest.mark.parametrize(("code", "error", "text"), [
    (409, UnavailableError, "scanning"), (410, PermissionDeniedError, "malware"), (403, PermissionDeniedError, "403"),
])  # fmt: skip
def test_a_file_that_the_site_holds_back(
    fake: FakeSite, studio: Tracker, version: Ref, tmp_path: Path, code: int, error: Any, text: str
) -> None:
    made: Any = studio.upload(version, DATA, filename="a.mov")
    fake.replies = [PASS, PASS, *[Reply(code)] * 5]
    with pytest.raises(error, match=text):
        studio.download(studio.ref("Attachment", made.id), tmp_path / "a.mov")
    assert list(tmp_path.iterdir()) == []


def test_F29_F30_F35_a_download_that_breaks_leaves_the_old_file(stand: Any, tmp_path: Path) -> None:
    shot = stand.tracker.create("Shot", name="a", project=stand.tracker.create("Project", name="p").ref).ref
    made = stand.tracker.upload(shot, DATA, filename="a.bin")
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    attempts = stand.tracker.backend.client.http.policy.attempts
    stand.proxy.plan(["pass", "pass", *[status(503, {"Retry-After": "0"})] * attempts])
    with pytest.raises(UnavailableError):
        stand.tracker.download(stand.tracker.ref("Attachment", made.id), target)
    assert target.read_bytes() == b"old"
    stand.proxy.plan(["pass", "pass", status(503, {"Retry-After": "0"}), close_after(100_000)])
    stand.tracker.download(stand.tracker.ref("Attachment", made.id), target)
    assert target.read_bytes() == DATA


def test_F39_a_record_whose_thumbnail_failed_is_known(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    made = studio.create("Shot", name="sh010", project=project)
    fake.replies = [Reply(200, b"0\nno picture")]
    with pytest.raises(TrackerError):
        studio.thumbnail(made, b"x")
    assert studio.get(made.ref).name == "sh010"


@pytest.mark.parametrize("name", ["../../evil.mov", "/etc/passwd", "..\\evil", "CON", "a\x00b"])
def test_F41_a_name_of_the_site_stays_in_its_folder(
    fake: FakeSite, studio: Tracker, version: Ref, tmp_path: Path, name: str
) -> None:
    made: Any = studio.upload(version, DATA, filename="a.mov")
    fake.tables["Attachment"][int(made.id)]["filename"] = name
    there = studio.get(studio.ref("Attachment", made.id), fields=["filename"])
    folder = tmp_path / "in"
    folder.mkdir()
    studio.download(there, folder / safe_name(there.filename))
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [folder]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://169.254.169.254/x", "http://127.0.0.1:1/x"])
def test_F42_a_storage_that_is_no_storage_gets_no_byte(
    cloud: FakeSite, studio: Tracker, version: Ref, url: str
) -> None:
    cloud.replies = [Reply(200, f"1\n{url}\n2026-01-01\nAttachment\nup\n".encode())]
    with pytest.raises(InvalidInputError):
        studio.upload(version, b"small", filename="a.mov")
    assert cloud.stored == {}


def test_F45_no_signature_in_an_error(
    cloud: FakeSite, studio: Tracker, version: Ref, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.replies = [PASS, *[Reply(403, b"<Error><Code>AccessDenied</Code></Error>")] * 5]
    with caplog.at_level(logging.DEBUG), pytest.raises(TrackerError) as caught:
        studio.upload(version, b"small", filename="a.mov")
    assert "s1gnature" not in f"{caught.value!r}{caught.value}{caught.value.__cause__}{caplog.text}"


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["2024-01-01T00:00:00Z", "2024-01-01", "a &lt;b&gt; c &amp;", "12", "true", "a\tb\r\nc"]
)
def test_F71_F72_a_text_is_a_text(fake: FakeSite, studio: Tracker, project: Ref, text: str) -> None:
    made = studio.create("Shot", name="sh010", description=text, project=project)
    assert fake.tables["Shot"][int(made.ref.id)]["description"] == text
    shots(fake, 60)  # enough that pages are read into types
    for item in studio.find("Shot", fields=["name", "description"]):
        if item.ref == made.ref:
            assert item.description == text
    assert studio.get(made.ref, fields=["description"]).description == text


@pytest.mark.parametrize("value", [
    datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc), datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - the point
])  # fmt: skip
def test_F73_F74_a_time_that_the_site_cannot_keep(
    fake: FakeSite, studio: Tracker, project: Ref, value: datetime
) -> None:
    fake.calls.clear()
    with pytest.raises(DomainError):
        studio.create("Shot", name="sh010", created_at=value, project=project)
    assert fake.calls == []


@pytest.mark.parametrize(("field", "value"), [
    ("fps", math.nan), ("fps", math.inf), ("frame_start", 10**30), ("frame_start", 2**31), ("description", "\ud800"),
    ("description", "a\x00b"), ("frame_start", True), ("description", 5),
])  # fmt: skip
def test_F75_a_value_that_json_or_the_site_cannot_hold(
    fake: FakeSite, studio: Tracker, project: Ref, field: str, value: Any
) -> None:
    fake.calls.clear()
    with pytest.raises(DomainError, match=field):
        studio.create("Shot", name="sh010", project=project, **{field: value})
    assert fake.calls == []


def test_F75_a_filter_with_half_a_sign(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    fake.calls.clear()
    with pytest.raises((FilterError, DomainError)):
        list(studio.find("Shot", [["name", "is", "\ud800"]], ["name"]))
    assert fake.calls == []


# --- rows that are read into types -----------------------------------------------------------------------------------

ODD = {
    "code": "", "description": 12, "sg_cut_in": "7", "sg_cut_out": 3.0, "created_at": "2026-01-02 03:04:05 UTC",
    "sg_status_list": None, "sg_sequence": {"type": "Sequence", "id": 5}, "assets": None, "image": None,
}  # fmt: skip


def test_rows_that_the_schema_does_not_announce_are_read_all_the_same(
    fake: FakeSite, studio: Tracker, project: Ref, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(60):
        fake.add("Shot", 100 + at, code=f"sh{at}", sg_cut_in=at, created_at="2026-01-02T03:04:05Z",
                 project={"type": "Project", "id": 70, "name": "BBB"})  # fmt: skip
    fake.add("Shot", 400, **ODD)
    fields = ["name", "description", "frame_start", "frame_end", "created_at", "status", "parent", "assets", "id",
              "project", "thumbnail", "label", "type", "sequence.name"]  # fmt: skip
    fields = [name for name in fields if name.split(".")[0] in studio.schema().type("Shot").fields]
    typed = [(item.ref, item.to_dict()) for item in studio.find("Shot", fields=fields, page_size=60)]
    monkeypatch.setattr("trackerkit_shotgrid.backend.reading.typed_of", lambda *_: None)
    studio.backend._rooms().reader._types.clear()  # type: ignore[attr-defined]
    plain = [(item.ref, item.to_dict()) for item in studio.find("Shot", fields=fields, page_size=60)]
    assert typed == plain
    assert [ref.label for ref, _ in typed] == [ref.label for ref, _ in plain]
    assert [type(value) for _, row in typed for value in row.values()] == [
        type(value) for _, row in plain for value in row.values()
    ]
    assert typed[-1][1]["name"] is None
    assert typed[-1][1]["frame_start"] == 7


def test_a_site_field_of_every_type_is_read_into_its_type(fake: FakeSite, studio: Tracker) -> None:
    kinds = {"text": "x", "number": 3, "float": 2.5, "checkbox": True, "date": "2026-01-02", "percent": 50, "list": "a",
             "date_time": "2026-01-02T03:04:05Z", "duration": 90, "timecode": 5, "currency": 1.5, "color": "1,2,3",
             "entity": {"type": "Shot", "id": 1, "name": "s"}, "multi_entity": [{"type": "Asset", "id": 2, "name": "a"}],
             "url": {"url": "https://x/", "name": "x", "link_type": "web"}, "serializable": {"a": [1]},
             "status_list": "ip", "uuid": "u", "entity_type": "Shot", "image": "https://x/i.png"}  # fmt: skip
    for kind in kinds:
        fake.schema["Shot"][f"sg_my_{kind}"] = native_field(kind)
    for at in range(55):
        fake.add("Shot", 100 + at, code="s", **{f"sg_my_{kind}": value for kind, value in kinds.items()})
        fake.add("Shot", 300 + at, code="s")
    fields = [f"sg_my_{kind}" for kind in kinds]
    rows = [item.to_dict() for item in studio.find("Shot", fields=fields)]
    assert len(rows) == 110
    studio.backend._rooms().reader._types.clear()  # type: ignore[attr-defined]
    first, last = studio.find("Shot", [["id", "in", [100, 300]]], fields)
    assert rows[:55] == [first.to_dict()] * 55
    assert rows[55:] == [last.to_dict()] * 55
