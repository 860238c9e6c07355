"""Uploads, thumbnails and downloads through the official client, on the port that the test happens to get."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.parse
import urllib.request
import zlib
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

from trackerkit_shotgrid.gateway.context import ShotgridSettings


def png(size: int = 4) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = size.to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    rows = zlib.compress((b"\x00" + b"\x40" * size) * size)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def shot(sg: Any, project: dict[str, Any]) -> dict[str, Any]:
    made = sg.create("Shot", {"code": "SH010", "project": project})
    assert isinstance(made, dict)
    return made


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    path = tmp_path / "Noëlご comp v003.mov"
    path.write_bytes(os.urandom(3 * 1024 * 1024 + 17))
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "thumb.png"
    path.write_bytes(png())
    return path


def fetch(url: str) -> tuple[bytes, Any]:
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers


def refusal(request: Any) -> int:
    """The status with which a request is refused."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    caught.value.close()
    return caught.value.code


# --- attachments -----------------------------------------------------------------------------------------------------


def test_upload_and_download_of_a_file(sg: Any, shot: dict[str, Any], movie: Path) -> None:
    number = sg.upload("Shot", shot["id"], str(movie), display_name="the comp", tag_list="a,b")
    (found,) = sg.find(
        "Attachment", [["id", "is", number]], ["filename", "display_name", "file_size", "attachment_links", "this_file"]
    )
    assert (found["filename"], found["display_name"], found["file_size"]) == (
        movie.name,
        "the comp",
        movie.stat().st_size,
    )
    assert found["attachment_links"] == [{"type": "Shot", "id": shot["id"], "name": "SH010"}]
    assert (found["this_file"]["id"], found["this_file"]["type"]) == (number, "Attachment")
    assert (found["this_file"]["link_type"], found["this_file"]["name"]) == ("upload", movie.name)
    for way in (number, {"type": "Attachment", "id": number}, found["this_file"]):
        assert sg.download_attachment(way) == movie.read_bytes()


def test_download_to_a_path(sg: Any, shot: dict[str, Any], movie: Path, tmp_path: Path) -> None:
    number = sg.upload("Shot", shot["id"], str(movie))
    target = tmp_path / "back.mov"
    assert sg.download_attachment(number, file_path=str(target)) == str(target)
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(movie.read_bytes()).digest()


def test_uploaded_movie_of_a_version(sg: Any, project: dict[str, Any], shot: dict[str, Any], movie: Path) -> None:
    version = sg.create("Version", {"code": "comp_v003", "project": project, "entity": shot})
    assert sg.find_one("Version", [], ["sg_uploaded_movie"])["sg_uploaded_movie"] is None
    number = sg.upload("Version", version["id"], str(movie), field_name="sg_uploaded_movie")
    found = sg.find_one("Version", [], ["sg_uploaded_movie"])["sg_uploaded_movie"]
    assert (found["id"], found["name"], found["link_type"]) == (number, movie.name, "upload")
    assert sg.download_attachment(found) == movie.read_bytes()
    assert sg.download_attachment(number) == movie.read_bytes()


def test_file_of_a_note(sg: Any, project: dict[str, Any], shot: dict[str, Any], picture: Path) -> None:
    note = sg.create("Note", {"subject": "look", "project": project, "note_links": [shot]})
    number = sg.upload("Note", note["id"], str(picture))
    (attachment,) = sg.find_one("Note", [], ["attachments"])["attachments"]
    assert attachment == {"type": "Attachment", "id": number, "name": "thumb.png"}


def test_file_of_a_field_of_ones_own(sg: Any, shot: dict[str, Any], picture: Path) -> None:
    name = sg.schema_field_create("Shot", "url", "Reference")
    number = sg.upload("Shot", shot["id"], str(picture), field_name=name)
    found = sg.find_one("Shot", [], [name])[name]
    assert (found["id"], found["name"], found["link_type"]) == (number, "thumb.png", "upload")
    assert sg.download_attachment(found) == picture.read_bytes()


@pytest.mark.parametrize("auth", ["login", "session"])
def test_upload_by_other_credentials(site: Any, sg: Any, shot: dict[str, Any], picture: Path, auth: str) -> None:
    sg.create("HumanUser", {"login": "anna", "name": "Anna Ask"})
    site.state.add_key("anna", kind="user", secret="correct horse")
    user = site.connect(login="anna", password="correct horse")
    if auth == "session":
        user = site.connect(session_token=user.get_session_token())
    number = user.upload("Shot", shot["id"], str(picture))
    assert sg.find_one("Attachment", [["id", "is", number]], ["created_by"])["created_by"]["name"] == "Anna Ask"


@pytest.mark.parametrize(
    ("type", "id", "field", "text"),
    [
        ("Shot", 99_999, None, "does not exist"), ("Nosuch", 1, None, "does not exist"),
        ("Shot", None, "nosuch", "doesn't exist"), ("Shot", None, "code", "takes no file"),
    ],
)  # fmt: skip
def test_wrong_upload(
    sg: Any, shot: dict[str, Any], picture: Path, type: str, id: int | None, field: str | None, text: str
) -> None:
    with pytest.raises(shotgun_api3.ShotgunError, match=text):
        sg.upload(type, id or shot["id"], str(picture), field_name=field)
    assert sg.find("Attachment", []) == []


def test_upload_with_a_wrong_key(site: Any, sg: Any, shot: dict[str, Any], picture: Path) -> None:
    with pytest.raises(shotgun_api3.ShotgunError, match="Can't authenticate script 'tests'"):
        site.connect(script_name="tests", api_key="wrong").upload("Shot", shot["id"], str(picture))
    assert sg.find("Attachment", []) == []


def test_an_attachment_that_never_was(sg: Any) -> None:
    with pytest.raises(shotgun_api3.ShotgunFileDownloadError, match="400"):
        sg.download_attachment(99_999_999)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\x.txt", "C:x.txt", 'a"b.txt', "a;b.txt", "nul.txt"])
def test_names_that_are_paths(site: Any, sg: Any, shot: dict[str, Any], name: str) -> None:
    number = int(post_form(site, shot, name, b"data").split(":")[1])
    found = sg.find_one("Attachment", [["id", "is", number]], ["filename"])["filename"]
    assert not set(found) & set('/\\:"')
    assert sg.download_attachment(number) == b"data"


def post_form(site: Any, shot: dict[str, Any], filename: str, data: bytes, field: str = "file") -> str:
    """A form as a client of another making sends it."""
    fields = {"entity_type": "Shot", "entity_id": shot["id"], "script_name": "tests", "script_key": site.key}
    parts = [
        f'--B\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    escaped = filename.replace("\\", "\\\\").replace('"', '\\"')
    head = f'--B\r\ncontent-disposition: form-data; name="{field}"; filename="{escaped}"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + data + b"\r\n--B--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=B"}
    request = urllib.request.Request(f"{site.url}/upload/upload_file", body, headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def test_form_without_its_file(site: Any, shot: dict[str, Any]) -> None:
    assert post_form(site, shot, "x.txt", b"data", field="other").startswith("0\n")


def test_empty_file(site: Any, shot: dict[str, Any]) -> None:
    assert post_form(site, shot, "x.txt", b"") == "0\nthe file is empty\n"


def test_form_that_is_none(site: Any) -> None:
    request = urllib.request.Request(f"{site.url}/upload/upload_file", b"x", {"content-type": "text/plain"})
    with urllib.request.urlopen(request) as answer:
        assert answer.read().startswith(b"0\n")


# --- who may fetch ---------------------------------------------------------------------------------------------------


def test_a_link_is_good_for_its_file_alone(
    site: Any, sg: Any, shot: dict[str, Any], picture: Path, movie: Path
) -> None:
    first = sg.upload("Shot", shot["id"], str(picture))
    second = sg.upload("Shot", shot["id"], str(movie))
    url = sg.find_one("Attachment", [["id", "is", first]], ["this_file"])["this_file"]["url"]
    assert fetch(url)[0] == picture.read_bytes()
    for changed in (
        url.replace(f"/{first}?", f"/{second}?"),
        url.replace("expires=", "expires=9"),
        url.replace("by=tests", "by=other"),
        url[:-3],
    ):
        assert refusal(changed) == 403


def test_a_link_dies_with_its_key(site: Any, sg: Any, shot: dict[str, Any], picture: Path) -> None:
    _, key = site.state.add_key("leaving", kind="script")
    number = sg.upload("Shot", shot["id"], str(picture))
    url = site.connect(script_name="leaving", api_key=key).find_one("Attachment", [["id", "is", number]], ["this_file"])
    assert fetch(url["this_file"]["url"])[0] == picture.read_bytes()
    site.state.revoke_key("leaving")
    assert refusal(url["this_file"]["url"]) == 403


def test_without_a_link_only_who_just_asked_for_a_session(
    site: Any, sg: Any, shot: dict[str, Any], picture: Path
) -> None:
    number = sg.upload("Shot", shot["id"], str(picture))
    url = f"{site.url}/file_serve/attachment/{number}"
    assert refusal(url) == 403
    sg.get_session_token()
    assert fetch(url)[0] == picture.read_bytes()
    assert refusal(urllib.request.Request(url, headers={"x-forwarded-for": "10.0.0.1"})) == 403


@pytest.mark.parametrize("settings", [ShotgridSettings(open_files="never")])
def test_files_can_be_closed(site: Any, sg: Any, shot: dict[str, Any], picture: Path) -> None:
    number = sg.upload("Shot", shot["id"], str(picture))
    with pytest.raises(shotgun_api3.ShotgunFileDownloadError, match="403"):
        sg.download_attachment(number)
    token = sg.get_session_token()
    request = urllib.request.Request(
        f"{site.url}/file_serve/attachment/{number}", headers={"cookie": f"_session_id={token}"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.read() == picture.read_bytes()


def test_parts_of_a_file(sg: Any, shot: dict[str, Any], movie: Path) -> None:
    number = sg.upload("Shot", shot["id"], str(movie))
    url = sg.find_one("Attachment", [["id", "is", number]], ["this_file"])["this_file"]["url"]
    with urllib.request.urlopen(urllib.request.Request(url, headers={"range": "bytes=10-19"})) as answer:
        assert (answer.status, answer.read()) == (206, movie.read_bytes()[10:20])


# --- thumbnails ------------------------------------------------------------------------------------------------------


def test_thumbnail_is_seen_by_its_link(sg: Any, shot: dict[str, Any], picture: Path) -> None:
    assert sg.find_one("Shot", [], ["image"])["image"] is None
    assert isinstance(sg.upload_thumbnail("Shot", shot["id"], str(picture)), int)
    found = sg.find_one("Shot", [["image", "is_not", None]], ["image", "project.Project.image"])
    data, headers = fetch(found["image"])
    assert (data, headers["content-type"]) == (picture.read_bytes(), "image/png")
    assert found["project.Project.image"] is None


def test_thumbnail_through_a_link(sg: Any, project: dict[str, Any], shot: dict[str, Any], picture: Path) -> None:
    sg.upload_thumbnail("Project", project["id"], str(picture))
    found = sg.find_one("Shot", [], ["project.Project.image"])
    assert fetch(found["project.Project.image"])[0] == picture.read_bytes()


def test_thumbnail_at_creation(sg: Any, project: dict[str, Any], picture: Path) -> None:
    made = sg.create("Version", {"code": "v", "project": project, "image": str(picture)})
    assert fetch(made["image"])[0] == picture.read_bytes()


def test_thumbnail_is_taken_away(sg: Any, shot: dict[str, Any], picture: Path) -> None:
    sg.upload_thumbnail("Shot", shot["id"], str(picture))
    assert sg.update("Shot", shot["id"], {"image": None}) == {"type": "Shot", "id": shot["id"], "image": None}
    assert sg.find_one("Shot", [], ["image"])["image"] is None


def test_thumbnail_by_upload(sg: Any, shot: dict[str, Any], picture: Path) -> None:
    assert isinstance(sg.upload("Shot", shot["id"], str(picture), field_name="image"), int)
    assert fetch(sg.find_one("Shot", [], ["image"])["image"])[0] == picture.read_bytes()


def test_thumbnail_is_shared(sg: Any, project: dict[str, Any], shot: dict[str, Any], picture: Path) -> None:
    version = sg.create("Version", {"code": "v", "project": project})
    sg.upload_thumbnail("Version", version["id"], str(picture))
    sg.share_thumbnail([shot], source_entity=version)
    assert fetch(sg.find_one("Shot", [], ["image"])["image"])[0] == picture.read_bytes()


@pytest.mark.parametrize("settings", [ShotgridSettings(thumbnail_grace_s=600)])
def test_thumbnail_shows_as_being_made_for_a_while(sg: Any, shot: dict[str, Any], picture: Path) -> None:
    sg.upload_thumbnail("Shot", shot["id"], str(picture))
    url = sg.find_one("Shot", [], ["image"])["image"]
    assert url.endswith("/images/status/transient/thumbnail_pending.png")
    data, headers = fetch(url)
    assert (data[:4], headers["content-type"]) == (b"\x89PNG", "image/png")


def test_what_is_no_picture_is_no_thumbnail(sg: Any, shot: dict[str, Any], movie: Path) -> None:
    url = None
    try:
        sg.upload_thumbnail("Shot", shot["id"], str(movie))
        url = sg.find_one("Shot", [], ["image"])["image"]
    except shotgun_api3.ShotgunError:
        return
    assert url is None or fetch(url)[1]["content-disposition"].startswith("attachment")
