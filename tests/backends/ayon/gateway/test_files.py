"""Files: bytes up and down, in ranges as AYON sends them, and the pictures of entities."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from trackerkit.demo.png import png
from trackerkit_ayon.gateway.media import Larder

BYTES = bytes(range(256)) * 100


@pytest.fixture(scope="module")
def path(gateway: Any) -> str:
    made: str = gateway.project("files")
    return made


def upload(
    gateway: Any, path: str, data: bytes, name: str = "a.bin", kind: str = "application/octet-stream", **more: str
) -> str:
    """A file's id."""
    headers = {
        "X-File-Name": name,
        "Content-Type": kind,
        **{key.replace("_", "-"): value for key, value in more.items()},
    }
    made: str = gateway.ok("POST", f"{path}/files", data=data, headers=headers)["id"]
    return made


@pytest.fixture(scope="module")
def file(gateway: Any, path: str) -> str:
    return f"{path}/files/{upload(gateway, path, BYTES)}"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, 25600), ("bytes=-7", 25593, 25600), ("bytes=25599-99999", 25599, 25600),
     ("bytes=5-5", 5, 6)],
)  # fmt: skip
def test_a_part_of_a_file(gateway: Any, file: str, asked: str, start: int, stop: int) -> None:
    answer = gateway.call("GET", f"{file}/payload", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == BYTES[start:stop]
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/25600"


@pytest.mark.parametrize("asked", ["bytes=25600-", "bytes=99999-100000", "bytes=-0"])
def test_a_part_that_there_is_not(gateway: Any, file: str, asked: str) -> None:
    answer = gateway.call("GET", f"{file}/payload", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */25600"


@pytest.mark.parametrize("asked", ["nothing", "bytes=x-y", "lines=0-4", "bytes=9-5"])
def test_a_range_that_is_none_is_not_heeded(gateway: Any, file: str, asked: str) -> None:
    answer = gateway.call("GET", f"{file}/payload", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, BYTES)


def test_what_is_known_is_not_sent_again(gateway: Any, file: str) -> None:
    tag = gateway.call("GET", f"{file}/payload").headers["ETag"]
    assert gateway.call("GET", f"{file}/payload", headers={"If-None-Match": tag}).status_code == 304
    same = gateway.call("GET", f"{file}/payload", headers={"Range": "bytes=0-0", "If-Range": tag})
    other = gateway.call("GET", f"{file}/payload", headers={"Range": "bytes=0-0", "If-Range": '"other"'})
    assert (same.status_code, other.status_code, other.content) == (206, 200, BYTES)


def test_a_file_is_described(gateway: Any, path: str, file: str) -> None:
    assert gateway.ok("GET", f"{file}/info") == {
        "size": 25600,
        "filename": "a.bin",
        "contentType": "application/octet-stream",
    }
    head = gateway.call("HEAD", file)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "25600", b"")
    leads = gateway.call("GET", file)
    assert (leads.status_code, leads.headers["Location"]) == (302, f"{file}/payload")
    head = gateway.call("HEAD", f"{file}/payload")
    assert (head.status_code, head.headers["Content-Length"]) == (200, "25600")


@pytest.mark.parametrize(
    ("size", "asked", "status", "sent"),
    [
        (1_000_000, "bytes=0-9", 200, 1_000_000),
        (13 * 1024**2, "bytes=0-9", 206, 10),
        (13 * 1024**2, "bytes=0-", 206, 4 * 1024**2),
        (13 * 1024**2, "", 200, 13 * 1024**2),
    ],
)
def test_videos_come_whole_or_in_parts_of_four_mebibytes(
    gateway: Any, path: str, size: int, asked: str, status: int, sent: int
) -> None:
    data = os.urandom(1024) * (size // 1024) + b"x" * (size % 1024)
    id = upload(gateway, path, data, "a.mp4", "video/mp4")
    answer = gateway.call("GET", f"{path}/files/{id}/payload", headers={"Range": asked} if asked else {})
    assert (answer.status_code, len(answer.content)) == (status, sent)
    assert answer.content == data[:sent]


def test_names_of_files(gateway: Any, path: str) -> None:
    for name in ("a b.txt", "plan (1).txt", "x%20y.txt", 'q".txt'):
        id = upload(gateway, path, b"x", name)
        assert gateway.ok("GET", f"{path}/files/{id}/info")["filename"] == name
        assert gateway.call("GET", f"{path}/files/{id}/payload").content == b"x"


@pytest.mark.parametrize("name", ["../x.txt", "..", "a/b.txt", "\\\\host\\x", "C:\\x.txt", "con"])
def test_a_name_never_leads_elsewhere(gateway: Any, path: str, name: str) -> None:
    answer = gateway.call("POST", f"{path}/files", data=b"x", headers={"X-File-Name": name})
    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        sent = gateway.call("GET", f"{path}/files/{answer.json()['id']}/payload")
        assert sent.content == b"x"
        assert "/" not in sent.headers["Content-Disposition"].replace("%2F", "")


def test_uploads_that_are_refused(gateway: Any, path: str) -> None:
    nameless = gateway.call("POST", f"{path}/files", data=b"x")
    assert nameless.status_code == 400
    assert "x-file-name" in nameless.text
    assert gateway.call("POST", f"{path}/files", data=b"", headers={"X-File-Name": "a"}).status_code == 400
    short = gateway.call("POST", f"{path}/files", data=b"x", headers={"X-File-Name": "a", "X-File-Id": "12"})
    assert (short.status_code, short.json()["detail"]) == (400, "Invalid file ID")
    id = upload(gateway, path, b"x", X_File_Id="c" * 32)
    again = gateway.call("POST", f"{path}/files", data=b"y", headers={"X-File-Name": "a", "X-File-Id": id})
    assert again.status_code == 409
    assert gateway.call("GET", f"{path}/files/{id}/payload").content == b"x"
    assert upload(gateway, path, b"x", X_File_Id="c" * 32) == id  # sent again, since no answer came
    assert gateway.call("POST", f"{path}/files", key=None, data=b"x", headers={"X-File-Name": "a"}).status_code == 401


def test_a_deleted_file_is_gone(gateway: Any, path: str) -> None:
    id = upload(gateway, path, b"x")
    assert gateway.call("DELETE", f"{path}/files/{id}").status_code == 204
    for tail in ("", "/payload", "/info"):
        assert gateway.call("GET", f"{path}/files/{id}{tail}").status_code == 404


def test_another_projects_file_is_not_shown(gateway: Any, path: str, file: str) -> None:
    other = gateway.project("others")
    assert gateway.call("GET", file.replace(path, other) + "/payload").status_code == 404


# ---- pictures


def test_pictures(gateway: Any, path: str) -> None:
    id = gateway.ok("POST", f"{path}/folders", json={"name": "sh010", "folderType": "Shot"})["id"]
    url = f"{path}/folders/{id}/thumbnail"
    empty = gateway.call("GET", url)
    assert (empty.status_code, empty.headers["Content-Type"]) == (200, "image/png")
    assert gateway.call("GET", url + "?placeholder=none").status_code == 404
    for at in range(2):
        picture = png(4, 4, bytes([at] * 48))
        made = gateway.ok("POST", url, data=picture, headers={"Content-Type": "image/png"})
        shown = gateway.call("GET", url)
        assert (shown.content, shown.headers["X-Thumbnail-Id"]) == (picture, made["id"])
        assert gateway.call("GET", f"{path}/thumbnails/{made['id']}").content == picture
        assert gateway.ok("GET", f"{path}/folders/{id}")["thumbnailId"] == made["id"]
        for etag in (shown.headers["ETag"],):
            assert gateway.call("GET", url, headers={"If-None-Match": etag}).status_code == 304
    for data, kind in ((b"GIF89a", "image/gif"), (b"no picture", "image/png"), (b"", "image/png")):
        assert gateway.call("POST", url, data=data, headers={"Content-Type": kind}).status_code in (400, 415)
    assert gateway.call("GET", url).content == picture


def test_a_picture_that_is_kept_first_and_taken_later(gateway: Any, path: str) -> None:
    picture = png(4, 4, bytes([9] * 48))
    made = gateway.ok("POST", f"{path}/thumbnails", data=picture, headers={"Content-Type": "image/png"})["id"]
    assert gateway.call("GET", f"{path}/thumbnails/{made}").content == picture
    id = gateway.ok("POST", f"{path}/folders", json={"name": "sh020", "folderType": "Shot", "thumbnailId": made})["id"]
    assert gateway.call("GET", f"{path}/folders/{id}/thumbnail").content == picture


def test_the_larder_keeps_one_file_of_a_name(tmp_path: Path) -> None:
    larder = Larder(tmp_path)
    fetched = []

    def fetch(path: Path) -> None:
        fetched.append(path)
        path.write_bytes(b"x")

    assert larder.get("a/b", fetch) == larder.get("a/b", fetch)
    assert len(fetched) == 1
    fetched[0].unlink()
    assert larder.get("a/b", fetch).read_bytes() == b"x"

    def twice(path: Path) -> None:
        larder.get("c", fetch)
        path.write_bytes(b"y")

    assert larder.get("c", twice).read_bytes() == b"y"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_large_file_keeps_its_hash(gateway: Any, path: str, tmp_path: Path) -> None:
    source = tmp_path / "large.bin"
    source.write_bytes(os.urandom(1024**2) * 24)
    with source.open("rb") as stream:
        headers = {"X-File-Name": "large.bin"}
        id = gateway.ok("POST", f"{path}/files", data=stream, headers=headers)["id"]
    digest = hashlib.sha256()
    with gateway.session.get(
        f"{gateway.url}{path}/files/{id}/payload", headers={"X-Api-Key": gateway.key}, stream=True, timeout=60
    ) as answer:
        for chunk in answer.iter_content(1 << 20):
            digest.update(chunk)
    assert digest.hexdigest() == hashlib.sha256(source.read_bytes()).hexdigest()
