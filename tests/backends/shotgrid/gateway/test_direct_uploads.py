"""Direct uploads, whole and in parts, as on a site with cloud storage."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

from trackerkit_shotgrid.gateway.context import ShotgridSettings
from trackerkit_shotgrid.gateway.files import pending_png

Entity = dict[str, Any]


@pytest.fixture
def settings() -> ShotgridSettings:
    return ShotgridSettings(direct_uploads=True)


@pytest.fixture
def version(sg: Any, project: Entity) -> Entity:
    made = sg.create("Version", {"code": "comp_v001", "project": project})
    return {"type": "Version", "id": made["id"]}


def form(site: Any, door: str, **fields: Any) -> str:
    auth = {"script_name": "tests", "script_key": site.key}
    body = urllib.parse.urlencode({**auth, **fields}).encode()
    with urllib.request.urlopen(f"{site.url}/upload/{door}", body) as answer:
        return str(answer.read().decode())


def put(url: str, data: bytes) -> str:
    request = urllib.request.Request(url, data, method="PUT")
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers["etag"])


def test_info_says_so(sg: Any) -> None:
    assert sg.server_info["s3_direct_uploads_enabled"] is True
    assert sg._requires_direct_s3_upload("Version", "sg_uploaded_movie")


def test_a_file_goes_by_its_link_and_comes_back(sg: Any, version: Entity, tmp_path: Path) -> None:
    movie = tmp_path / "comp Noëlご.mov"
    movie.write_bytes(b"\x00\x01movie" * 1000)
    number = sg.upload("Version", version["id"], str(movie), "sg_uploaded_movie")
    field = sg.find_one("Version", [["id", "is", version["id"]]], ["sg_uploaded_movie"])["sg_uploaded_movie"]
    assert field["name"] == movie.name
    assert field["id"] == number
    assert sg.download_attachment(field) == movie.read_bytes()


def test_a_large_file_goes_in_parts(sg: Any, version: Entity, tmp_path: Path) -> None:
    sg._MULTIPART_UPLOAD_CHUNK_SIZE = 1000
    movie = tmp_path / "comp.mov"
    movie.write_bytes(bytes(range(256)) * 10 + b"end")
    sg.upload("Version", version["id"], str(movie), "sg_uploaded_movie")
    field = sg.find_one("Version", [["id", "is", version["id"]]], ["sg_uploaded_movie"])["sg_uploaded_movie"]
    assert sg.download_attachment(field) == movie.read_bytes()


def test_a_thumbnail_goes_by_its_link(sg: Any, version: Entity, tmp_path: Path) -> None:
    picture = tmp_path / "thumb.png"
    picture.write_bytes(pending_png())
    assert sg.upload_thumbnail("Version", version["id"], str(picture)) > 0
    url = sg.find_one("Version", [["id", "is", version["id"]]], ["image"])["image"]
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == pending_png()


def test_a_link_is_good_for_its_own_place_alone(site: Any) -> None:
    info = form(site, "api_get_upload_link_info", upload_type="Attachment", filename="a.mov", multipart_upload="False")
    mark, link, stamp, kind, upload = info.split("\n")[:5]
    assert (mark, kind, len(upload)) == ("1", "Attachment", 32)
    assert stamp
    for wrong in (link.replace("whole", "2"), link[:-3] + "abc", link.partition("?")[0]):
        with pytest.raises(urllib.error.HTTPError) as caught:
            put(wrong, b"x")
        assert caught.value.code == 403
        caught.value.close()


def test_parts_that_are_not_those_that_were_sent_are_refused(site: Any) -> None:
    info = form(site, "api_get_upload_link_info", upload_type="Attachment", filename="a.mov", multipart_upload="True")
    known = {"upload_type": "Attachment", "filename": "a.mov", "upload_id": info.split("\n")[4]}
    answer = form(site, "api_get_upload_link_for_part", part_number=1, **known)
    etag = put(answer.split("\n")[1], b"one")
    assert form(site, "api_complete_multipart_upload", etags=f"{etag},{etag}", **known).startswith("0\n")
    assert form(site, "api_complete_multipart_upload", etags="", **known).startswith("0\n")
    assert form(site, "api_get_upload_link_for_part", part_number="x", **known).startswith("0\n")
    assert form(site, "api_complete_multipart_upload", etags=etag, **known) == "1\n"


def test_an_upload_belongs_to_who_began_it(site: Any, sg: Any, version: Entity) -> None:
    info = form(site, "api_get_upload_link_info", upload_type="Attachment", filename="a.mov", multipart_upload="False")
    where = {"entity_type": "Version", "entity_id": version["id"]}
    assert "was not sent" in form(site, "api_link_file", upload_link_info=info, **where)
    put(info.split("\n")[1], b"data")
    _, key = site.state.add_key("other", kind="script")
    other = {"script_name": "other", "script_key": key}
    assert "no such upload" in form(site, "api_link_file", upload_link_info=info, **where, **other)
    assert "is missing" in form(site, "api_link_file", upload_link_info="1", **where)
    assert form(site, "api_link_file", upload_link_info=info, **where).startswith("1:")
    assert "no such upload" in form(site, "api_link_file", upload_link_info=info, **where)


def test_without_a_good_credential_there_is_no_link(site: Any) -> None:
    answer = form(site, "api_get_upload_link_info", upload_type="Attachment", filename="a", script_key="wrong")
    assert answer.startswith("0\nCan't authenticate")
    with pytest.raises(shotgun_api3.ShotgunError):
        site.connect(script_name="tests", api_key="wrong")._get_attachment_upload_info(False, "a.mov", False)
