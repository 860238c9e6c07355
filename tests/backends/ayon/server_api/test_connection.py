"""The connection: its settings, who asks, and what is sent of that."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ayon_api
import pytest
from ayon_pair import PNG, Pair, Recorder, said

import trackerkit_ayon.server_api as module
from trackerkit.errors import ConfigurationError, InvalidInputError
from trackerkit.testing.loopback import Incoming, Reply
from trackerkit_ayon.server_api import RequestTypes, ServerAPI, TransferProgress
from trackerkit_ayon.server_api.exceptions import FailedServiceInit, UnsupportedServerVersion, UrlError, UrlNotReached

KEY = "a" * 32


@pytest.fixture
def api(recorder: Recorder) -> Iterator[ServerAPI]:
    made = ServerAPI(recorder.server.url, KEY)
    recorder.reply = {}
    yield made
    made.close_session()


def last(recorder: Recorder) -> Incoming:
    return recorder.server.requests[-1]


# ---- settings


def test_the_defaults_are_ayons(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AYON_SITE_ID", "AYON_SERVER_TIMEOUT", "AYON_SERVER_RETRIES", "AYON_DEFAULT_SETTINGS_VARIANT"):
        monkeypatch.delenv(name, raising=False)
    ours, theirs = ServerAPI(recorder.server.url + "/"), ayon_api.ServerAPI(recorder.server.url + "/")
    names = (
        "base_url rest_url timeout max_retries site_id client_version default_settings_variant sender sender_type "
        "ssl_verify cert access_token has_valid_token is_server_available server_version server_version_tuple "
        "default_download_chunk_size default_upload_chunk_size graphql_allows_traits_in_representations"
    )
    for name in names.split():
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.get_default_service_username() is None
    assert ours.get_websocket_url("/ws") == theirs.get_websocket_url("/ws")
    assert ours.is_product_base_type_supported() == theirs.is_product_base_type_supported()
    assert ours.links_graphql_support_data() == theirs.links_graphql_support_data()


def test_the_environment_is_asked(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AYON_SITE_ID", "box")
    monkeypatch.setenv("AYON_SERVER_TIMEOUT", "33")
    monkeypatch.setenv("AYON_SERVER_RETRIES", "5")
    monkeypatch.setenv("AYON_DEFAULT_SETTINGS_VARIANT", "staging")
    api = ServerAPI(recorder.server.url)
    assert (api.site_id, api.timeout, api.max_retries, api.default_settings_variant) == ("box", 33.0, 5, "staging")
    assert ServerAPI(recorder.server.url, site_id=None).site_id is None
    monkeypatch.setenv("AYON_SERVER_TIMEOUT", "soon")
    assert ServerAPI.get_default_timeout() == 10.0


def test_settings_can_be_set(api: ServerAPI) -> None:
    api.timeout, api.max_retries = 3, 7
    assert (api.get_timeout(), api.get_max_retries()) == (3.0, 7)
    api.set_timeout(None)
    assert api.timeout == ServerAPI.get_default_timeout()
    with pytest.raises(ConfigurationError, match="no request pass"):
        api.set_timeout(0)
    with pytest.raises(ConfigurationError, match="no bundle of certificates"):
        api.set_ssl_verify("/no/such/file")
    api.set_default_settings_variant("staging")
    assert api.get_default_settings_variant() == "staging"


@pytest.mark.parametrize("url", ["", None])
def test_no_url_is_refused(url: Any) -> None:
    with pytest.raises(ValueError, match="Invalid server URL"):
        ServerAPI(url)


def test_a_session_is_made_once(api: ServerAPI) -> None:
    api.create_session()
    with pytest.raises(ValueError, match="already created"):
        api.create_session(ignore_existing=False)
    api.create_session(ignore_existing=False, force=True)
    api.close_session()
    api.close_session()
    assert api.get("x").ok


# ---- who asks


def test_the_caller_is_told(api: ServerAPI, recorder: Recorder) -> None:
    api.site_id, api.client_version, api.sender, api.sender_type = "box", "1.2.3", "me", "publisher"
    api.get("x")
    told = last(recorder).headers
    assert (told["x-ayon-site-id"], told["x-ayon-version"], told["x-sender"], told["x-sender-type"]) == (
        "box", "1.2.3", "me", "publisher",
    )  # fmt: skip
    assert told["x-api-key"] == KEY
    assert told["x-ayon-hostname"]
    api.set_sender(None)
    api.get("x")
    assert "x-sender" not in last(recorder).headers


def test_the_headers_are_ayons(recorded: Pair) -> None:
    recorded.same(lambda api: {name.lower(): value for name, value in api.get_headers().items()})
    recorded.same(lambda api: {name.lower(): value for name, value in api.get_headers("image/png").items()})


def test_a_service_acts_as_others(api: ServerAPI, recorder: Recorder) -> None:
    assert api.is_service_user()
    with api.as_username("ann"):
        api.get("x")
        assert last(recorder).headers["x-as-user"] == "ann"
        with api.as_username("bob"):
            api.get("x")
            assert last(recorder).headers["x-as-user"] == "bob"
        api.get("x")
        assert last(recorder).headers["x-as-user"] == "ann"
    api.get("x")
    assert "x-as-user" not in last(recorder).headers
    api.set_default_service_username("eve")
    with api.as_username(None):
        api.get("x")
        assert "x-as-user" not in last(recorder).headers
    api.get("x")
    assert last(recorder).headers["x-as-user"] == "eve"


def test_nobody_acts_as_others_without_a_service(recorder: Recorder) -> None:
    api = ServerAPI(recorder.server.url)
    with pytest.raises(ValueError, match="not logged in"):
        api.is_service_user()
    with pytest.raises(ValueError, match="did not happen yet"), api.as_username("ann"):
        pass
    recorder.reply = lambda incoming: said({"token": "t" * 32}) if incoming.path.endswith("login") else said({})
    api.login("ann", "secret-of-ann", create_session=False)
    with pytest.raises(ValueError, match="not a service token"):
        api.set_default_service_username("bob")
    with api.as_username("bob", ignore_service_error=True):
        api.get("x")
    assert "x-as-user" not in last(recorder).headers
    assert last(recorder).headers["authorization"] == f"Bearer {'t' * 32}"
    api.logout()
    assert last(recorder).path == "/api/auth/logout"
    assert last(recorder).headers["authorization"] == f"Bearer {'t' * 32}"
    assert api.access_token is None
    api.logout()


def test_another_token_is_taken_up(api: ServerAPI, recorder: Recorder) -> None:
    api.set_token("b" * 32)
    api.get("x")
    assert last(recorder).headers["x-api-key"] == "b" * 32
    api.reset_token()
    api.get("x")
    assert not {"x-api-key", "authorization"} & last(recorder).headers.keys()
    with pytest.raises(Exception, match="not authorized"):
        api.get_user()


# ---- requests by hand


def test_files_and_forms_go_as_requests_sends_them(api: ServerAPI, recorder: Recorder) -> None:
    api.raw_post("x", files={"file": ("ž.png", io.BytesIO(PNG), "image/png")}, data={"a": "1"})
    incoming = last(recorder)
    assert incoming.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert PNG in incoming.body
    api.raw_put("x", data=iter([b"ab", "cd"]))
    assert last(recorder).body == b"abcd"
    api.raw_put("x", data=io.BytesIO(b"abc"))
    assert last(recorder).body == b"abc"
    api.raw_get("x", cookies={"a": "b"}, auth=("ann", "secret"))
    assert last(recorder).headers["cookie"] == "a=b"
    assert last(recorder).headers["authorization"].startswith("Basic ")


def test_a_stream_can_be_read_in_pieces(api: ServerAPI, recorder: Recorder) -> None:
    recorder.reply = Reply(200, b"0123456789", {"Content-Type": "text/plain"})
    with api.raw_get("x", stream=True) as response:
        assert b"".join(response.orig_response.iter_content(4)) == b"0123456789"


@pytest.mark.parametrize("more", [{"verify": False}, {"cert": "/x"}, {"allow_redirects": False}, {"colour": 1}])
def test_what_belongs_to_the_connection_is_not_for_one_request(api: ServerAPI, recorder: Recorder, more: Any) -> None:
    before = len(recorder.server.requests)
    with pytest.raises(InvalidInputError):
        api.raw_get("x", **more)
    assert len(recorder.server.requests) == before
    assert api.raw_get("x", verify=True, cert=None).ok


def test_what_json_cannot_say_is_refused(api: ServerAPI, recorder: Recorder) -> None:
    before = len(recorder.server.requests)
    for value in (float("nan"), object(), {1, 2}):
        with pytest.raises(ValueError, match=r"."):
            api.post("x", value=value)
    assert len(recorder.server.requests) == before
    api.post("x", value={1: (1, 2)})
    assert last(recorder).body == b'{"value":{"1":[1,2]}}'


def test_an_answer_is_also_one_of_requests(api: ServerAPI, recorder: Recorder) -> None:
    recorder.reply = said({"detail": "no"}, 404)
    response = api.get("x")
    assert (bool(response), len(response), response.ok, "detail" in response) == (False, 0, False, True)
    assert repr(response) == "<RestApiResponse [404]>"
    original = response.orig_response
    assert (original.status_code, original.json(), original.reason) == (404, {"detail": "no"}, "Not Found")
    recorder.reply = said(b"", 204)
    assert api.get("x").data == {}


# ---- files


def test_a_reviewable_is_sent_with_its_kind_and_label(api: ServerAPI, recorder: Recorder, tmp_path: Path) -> None:
    file = tmp_path / "výběr.bin"
    file.write_bytes(PNG)
    progress = TransferProgress()
    recorder.reply = {"fileId": "1"}
    response = api.upload_reviewable("show", "v", str(file), progress=progress, headers={"X-More": "1"})
    incoming = last(recorder)
    assert response.json() == {"fileId": "1"}
    assert (incoming.method, incoming.path) == ("POST", "/api/projects/show/versions/v/reviewables")
    assert incoming.query == {"label": ["výběr.bin"]}
    assert (incoming.headers["content-type"], incoming.headers["x-more"]) == ("image/png", "1")
    assert incoming.body == PNG
    assert (progress.transferred_size, progress.transfer_progress, progress.is_running) == (len(PNG), 100.0, False)
    assert (progress.source_url, progress.destination_url) == (
        str(file), f"{recorder.server.url}/api/projects/show/versions/v/reviewables?label=v%C3%BDb%C4%9Br.bin",
    )  # fmt: skip
    (tmp_path / "unknown").write_bytes(b"\0\1")
    with pytest.raises(ValueError, match="MIME"):
        api.upload_reviewable("show", "v", str(tmp_path / "unknown"))


def test_files_of_the_configuration_and_of_projects(api: ServerAPI, recorder: Recorder, tmp_path: Path) -> None:
    file, target = tmp_path / "logo.png", tmp_path / "got.png"
    file.write_bytes(PNG)
    api.upload_server_config_file("studio_logo", str(file), content_type="image/png")
    assert (last(recorder).method, last(recorder).path) == ("PUT", "/api/config/files/studio_logo")
    assert last(recorder).headers["x-file-name"] == "logo.png"
    api.upload_server_config_file_from_stream("studio_logo", io.BytesIO(PNG), "l.png")
    api.upload_project_file("show", str(file), file_id="f" * 32, activity_id="e" * 32)
    told = last(recorder).headers
    assert (told["x-file-id"], told["x-activity-id"], told["content-type"]) == ("f" * 32, "e" * 32, "image/png")
    recorder.reply = PNG
    api.download_project_file("show", "f" * 32, str(target))
    assert target.read_bytes() == PNG
    stream = io.BytesIO()
    api.download_server_config_file_to_stream("studio_logo", stream)
    api.download_project_file_to_stream("show", "f" * 32, stream)
    assert stream.getvalue() == PNG * 2
    api.download_server_config_file("studio_logo", str(target), chunk_size=10)
    assert last(recorder).path == "/api/config/files/studio_logo"


def test_an_upload_from_the_middle_of_a_stream_sends_all_of_it(api: ServerAPI, recorder: Recorder) -> None:
    stream = io.BytesIO(b"0123456789")
    stream.seek(5)
    api.upload_file_from_stream("api/x", stream, request_type=RequestTypes.post)
    assert last(recorder).body == b"0123456789"
    with pytest.raises(InvalidInputError, match="no argument of an upload"):
        api.upload_file_from_stream("api/x", stream, colour="red")


def test_who_asks_for_it_learns_the_hash(api: ServerAPI, recorder: Recorder, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(PNG).hexdigest()
    plain, hashing = TransferProgress(), TransferProgress(hashes=True)
    api.upload_file_from_stream("api/x", io.BytesIO(PNG), plain)
    api.upload_file_from_stream("api/x", io.BytesIO(PNG), hashing)
    assert (plain.get_sha256(), hashing.get_sha256(), hashing.sha256) == (None, sha256, sha256)
    recorder.reply = PNG
    assert api.download_file("api/x", str(tmp_path / "got")).get_sha256() == sha256
    theirs = ayon_api.TransferProgress()
    api.download_file("api/x", str(tmp_path / "got"), progress=theirs)
    assert theirs.transfer_progress == 100.0


def test_progress_is_as_ayons() -> None:
    for made in (TransferProgress(), ayon_api.TransferProgress()):
        with pytest.raises(ValueError, match="start yet"):
            made.next_attempt()
        with pytest.raises(ValueError, match="start yet"):
            made.set_transfer_done()
        made.set_started()
        with pytest.raises(ValueError, match="already started"):
            made.set_started()
        made.content_size = "200"
        with pytest.raises(ValueError, match="more then once"):
            made.set_content_size(1)
        made.add_transferred_chunk(50)
        assert (made.transfer_progress, made.get_attempt(), made.is_running) == (25.0, 1, True)
        made.set_failed("why")
        made.set_transfer_done()
        assert (made.fail_reason, made.failed, made.is_running, made.source_url) == ("why", True, False, "N/A")


# ---- the shared connection and functions without one


@pytest.fixture
def shared(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    monkeypatch.setenv("AYON_SERVER_URL", recorder.server.url)
    monkeypatch.setenv("AYON_API_KEY", KEY)
    recorder.reply = {"attributes": []}
    yield recorder
    module.close_connection()


def test_the_shared_connection_is_made_from_the_environment(shared: Recorder) -> None:
    assert not module.is_connection_created()
    api = module.get_server_api_connection()
    assert module.get_server_api_connection() is api
    assert (api.base_url, api.access_token) == (shared.server.url, KEY)
    module.set_sender("me")
    assert module.get_sender() == "me"
    module.get("x")
    assert last(shared).path == "/api/x"
    module.change_token(shared.server.url, "b" * 32)
    assert api.access_token == "b" * 32
    assert os.environ["AYON_API_KEY"] == "b" * 32
    assert module.create_connection("box", "1.0").get_site_id() == "box"
    module.close_connection()
    assert not module.is_connection_created()


def test_a_service_begins_from_its_environment(shared: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AYON_ADDON_NAME", "shotgrid")
    with pytest.raises(FailedServiceInit, match="not initialized"):
        module.get_service_addon_settings()
    module.init_service(addon_version="1.0", service_name="leecher")
    assert (module.get_service_addon_name(), module.get_service_addon_version()) == ("shotgrid", "1.0")
    assert module.get_service_name() == "leecher"
    monkeypatch.delenv("AYON_API_KEY")
    with pytest.raises(FailedServiceInit, match="not set"):
        module.init_service()


def test_tokens_are_judged_and_urls_completed(recorder: Recorder) -> None:
    url = recorder.server.url
    recorder.reply = lambda incoming: said({"token": "t" * 32}) if incoming.path.endswith("login") else said({}, 404)
    assert module.is_token_valid(url, KEY)
    assert module.get_user_by_token(url, KEY)["name"] == "suite"
    assert module.login_to_server(url, "ann", "secret-of-ann") == "t" * 32
    assert module.validate_url(f" {url.removeprefix('http://')}/projects/ ") == url
    with pytest.raises(UrlError, match="empty"):
        module.validate_url(" ")
    with pytest.raises(UrlNotReached, match="Couldn't connect"):
        module.validate_url("http://127.0.0.1:1")
    recorder.reply = said({"detail": "Invalid login"}, 401)
    assert module.login_to_server(url, "ann", "wrong-of-ann") is None


def test_names_are_made_as_by_ayons_client() -> None:
    for text in ("Pěkný den, sh010!", "a.b_c", "  ", "Ünïcode/x"):
        assert module.slugify_string(text) == ayon_api.slugify_string(text)
    assert module.slugify_string("a b a", make_set=True, lower=True) == {"a", "b"}
    assert module.create_dependency_package_basename("linux").endswith("_linux")
    assert module.SortOrder.parse_value("desc") == module.SortOrder.descending


def test_a_server_that_is_too_old_is_told(recorded: Pair) -> None:
    with pytest.raises(UnsupportedServerVersion, match=r"1\.16\.4"):
        recorded.ours.get_enums()
