"""Origins are compared as parsed; what is ambiguous is refused."""

from __future__ import annotations

import pytest

from trackerkit.errors import InvalidInputError
from trackerkit.origins import Origin, Trust, address_of, is_public, is_url, origin_of, path_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://AYON.Studio.example/", "https://ayon.studio.example:443/x?y"),
        ("http://h:80", "http://h/"),
        ("HTTPS://h/", "https://h/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://[::1]:443/", "https://[0:0:0:0:0:0:0:1]/"),
    ],
)
def test_same_origins(one: str, other: str) -> None:
    assert origin_of(one) == origin_of(other)


@pytest.mark.parametrize(
    "other",
    [
        "https://ayon.x.com.evil/",
        "https://ayon.x.com:444/",
        "http://ayon.x.com/",
        "https://ayon.x.co/",
        "https://xayon.x.com/",
        "https://ayon.x.com./",
        "https://аyon.x.com/",
    ],
)
def test_F44_lookalikes_are_other_origins(other: str) -> None:
    assert origin_of(other) != origin_of("https://ayon.x.com/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://h/x",
        "//h/x",
        "h/x",
        "",
        "https://",
        "https:///x",
        "https://user@h/",
        "https://user:pw@h/",
        "https://h\\@evil/",
        "https://h\t/",
        "https://h /",
        "https://h\r\nX: y/",
        "https://h:port/",
        "https://h:99999/",
        "https://[::1/",
        "https://[zz]/",
        "https://a..b/",
        "https://h%2f.evil/",
        "https://" + "a" * 300 + "/",
        "javascript:alert(1)",
    ],
)
def test_unusable_urls_are_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be used"):
        origin_of(url)


def test_refusal_shows_no_password() -> None:
    with pytest.raises(InvalidInputError) as caught:
        origin_of("https://user:hunter2secret@h/")
    assert "hunter2secret" not in str(caught.value)


def test_address_parts() -> None:
    address = address_of("https://H:8443/a/b?x=1#fragment")
    assert address.origin == Origin("https", "h", 8443)
    assert address.target == "/a/b?x=1"
    assert str(address) == "https://h:8443/a/b?x=1"
    assert address.origin.site == "h:8443"
    assert str(origin_of("http://[::1]:80/")) == "http://[::1]"
    assert address_of("https://h").target == "/"


def test_is_url() -> None:
    assert is_url("https://h/x")
    assert is_url("file:///x")
    assert not is_url("/x:y")
    assert not is_url("x/y")


def test_path_of_encodes_and_refuses_dots() -> None:
    assert path_of("projects", "a/b", "ü ?#%") == "/projects/a%2Fb/%C3%BC%20%3F%23%25"
    for bad in ("", ".", ".."):
        with pytest.raises(InvalidInputError):
            path_of("projects", bad)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001:db8::1", False),
    ],
)
def test_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


BASE = origin_of("http://tracker.studio:5000/")


def test_trust_lists_hosts_ports_and_whole_origins() -> None:
    trust = Trust(BASE, ("s3.studio", "minio.studio:9000", "http://plain.studio:8080"))
    for url, listed, scheme_ok in (
        ("http://tracker.studio:5000/", True, True),
        ("https://tracker.studio:5000/", False, True),
        ("https://s3.studio/", True, True),
        ("https://s3.studio:1234/", True, True),
        ("http://s3.studio/", True, False),
        ("https://minio.studio:9000/", True, True),
        ("https://minio.studio/", False, True),
        ("http://plain.studio:8080/", True, True),
        ("http://plain.studio/", False, False),
        ("https://else.example/", False, True),
        ("http://else.example/", False, False),
    ):
        origin = origin_of(url)
        assert trust.is_listed(origin) is listed, url
        if scheme_ok:
            trust.check_scheme(origin)
        else:
            with pytest.raises(InvalidInputError, match="neither https"):
                trust.check_scheme(origin)


def test_trust_refuses_private_addresses_of_unlisted_hosts() -> None:
    trust = Trust(BASE, ("s3.studio",))
    trust.check_address(origin_of("https://s3.studio/"), "10.0.0.1")
    trust.check_address(origin_of("https://else.example/"), "93.184.216.34")
    with pytest.raises(InvalidInputError, match="not public") as caught:
        trust.check_address(origin_of("https://else.example/"), "10.0.0.1")
    assert "storage_hosts" in caught.value.hint
