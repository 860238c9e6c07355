"""Atomic replacement, locks, safe names, and what lies inside a directory."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackerkit.errors import InvalidInputError, UnavailableError
from trackerkit.osfiles import (
    FileLock,
    atomic_write,
    free_bytes,
    inside,
    is_disk_full,
    lock_now,
    open_kept,
    open_new,
    public_mode,
    safe_name,
    short,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and links")


def test_atomic_write_replaces_whole(tmp_path: Path) -> None:
    target = tmp_path / "state"
    target.write_bytes(b"old")
    with atomic_write(target) as file:
        file.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["state"]


def test_atomic_write_keeps_the_old_after_an_error(tmp_path: Path) -> None:
    target = tmp_path / "state"
    target.write_bytes(b"old")

    def write_half() -> None:
        with atomic_write(target) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["state"]


@posix
def test_atomic_write_modes(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "private") as file:
        file.write(b"x")
    with atomic_write(tmp_path / "public", private=False) as file:
        file.write(b"x")
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "public").stat().st_mode) == public_mode()


@posix
def test_atomic_write_does_not_follow_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    link = tmp_path / "link"
    link.symlink_to(precious)
    with atomic_write(link) as file:
        file.write(b"new")
    assert precious.read_bytes() == b"precious"
    assert link.read_bytes() == b"new"


@posix
def test_open_new_refuses_what_is_there_and_links(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("there", "dangling"):
        with pytest.raises(FileExistsError):
            open_new(tmp_path / name)
    with pytest.raises(OSError, match=r".*") as caught:
        open_kept(tmp_path / "dangling")
    assert caught.value.errno == errno.ELOOP
    assert not (tmp_path / "nowhere").exists()


@posix
def test_atomic_write_survives_a_full_disk(tmp_path: Path) -> None:
    """In a child whose files may not grow beyond 4 KiB."""
    target = tmp_path / "state"
    target.write_bytes(b"old")
    child = f"""
import resource
from trackerkit.osfiles import atomic_write, is_disk_full
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with atomic_write({str(target)!r}) as file:
        file.write(b"x" * 100_000)
except OSError as error:
    assert is_disk_full(error), error
    print("full")
"""
    done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == "full\n", done.stderr
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["state"]


def test_is_disk_full() -> None:
    assert is_disk_full(OSError(errno.ENOSPC, "x"))
    assert not is_disk_full(OSError(errno.EACCES, "x"))


def test_free_bytes_is_what_the_system_says(tmp_path: Path) -> None:
    import shutil

    assert free_bytes(tmp_path) == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)


def test_short_keeps_names_that_fit() -> None:
    assert short("plate.mov") == "plate.mov"
    assert len(short("x" * 250)) == 32
    assert short("x" * 250) != short("y" * 250)


def test_lock_excludes_threads(tmp_path: Path) -> None:
    inside_now, most = 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside_now, most
        for _ in range(5):
            with FileLock(tmp_path / "lock"):
                with guard:
                    inside_now += 1
                    most = max(most, inside_now)
                time.sleep(0.001)
                with guard:
                    inside_now -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_lock_excludes_processes_and_is_let_go_by_the_dead(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = f"""
import sys, time
from trackerkit.osfiles import FileLock
FileLock({str(path)!r}).acquire()
print("locked", flush=True)
time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        lock = FileLock(path, timeout_s=0)
        with pytest.raises(UnavailableError, match="locked by another") as caught:
            lock.acquire()
        assert caught.value.sent == "no"
        assert not lock.is_held
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()
    with FileLock(path, timeout_s=5) as lock:
        assert lock.is_held
    assert not lock.is_held
    assert path.exists()


def test_lock_is_not_reentrant_and_release_is_harmless(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock", timeout_s=0)
    lock.release()
    with lock, pytest.raises(UnavailableError):
        lock.acquire()
    with lock:
        pass


def test_lock_now_tells_who_has_it(tmp_path: Path) -> None:
    first, second = open_kept(tmp_path / "f"), open_kept(tmp_path / "f")
    assert lock_now(first)
    assert not lock_now(second)
    os.close(first)
    assert lock_now(second)
    os.close(second)


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("plate_ěšč_日本.mov", "plate_ěšč_日本.mov"),
        ("../../x", "x"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\x.exe", "x.exe"),
        ("a/b", "b"),
        ("dir/", "dir"),
        ("C:x", "x"),
        ("C:\\temp\\y.mov", "y.mov"),
        ("file.txt:stream", "file.txt_stream"),
        ("..", "unnamed"),
        (".", "unnamed"),
        ("", "unnamed"),
        ("///", "unnamed"),
        (" . ", "unnamed"),
        (".bashrc", "_.bashrc"),
        ("-rf", "_-rf"),
        ("~root", "_~root"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("COM¹", "_COM¹"),
        ("lpt9 .x", "_lpt9 .x"),
        ("console.txt", "console.txt"),
        ("name. . ", "name"),
        ("name .mov", "name .mov"),
        ("a\x00b\nc\x7f.mov", "abc.mov"),
        ('a"b<c>|?*.mov', "a_b_c____.mov"),
        ("ab\u202etxt.exe", "abtxt.exe"),
        ("half\ud800.mov", "half_.mov"),
        ("e\u0301.mov", "\u00e9.mov"),
        ("👩\u200d👩\u200d👧.mov", "👩\u200d👩\u200d👧.mov"),
        ("two\u2028lines", "twolines"),
    ],
)
def test_F41_safe_name(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


def test_safe_name_cuts_between_letters_and_keeps_the_extension() -> None:
    for stem in ("x" * 300, "日" * 300, "👩" * 100):
        name = safe_name(f"{stem}.exr")
        assert name.endswith(".exr")
        assert 190 <= len(name.encode()) <= 200
    assert len(safe_name("x." + "y" * 300).encode()) <= 200


def test_safe_name_refuses_what_is_no_text() -> None:
    with pytest.raises(InvalidInputError):
        safe_name(b"plate.mov")  # type: ignore[arg-type]


_FORBIDDEN = set('<>:"|?*/\\')


@given(st.one_of(st.text(), st.text(alphabet="./\\:CONnul \u0301e-~\u202e\x00aA1日", max_size=400)))
def test_safe_name_is_harmless_and_stays_as_it_is(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not _FORBIDDEN & set(safe)
    assert safe not in (".", "..")
    assert safe[0] not in ".-~ "
    assert safe[-1] not in ". "
    assert len(safe.encode()) <= 200
    assert unicodedata.is_normalized("NFC", safe)
    assert all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in safe)
    assert safe_name(safe) == safe


def test_inside_follows_links_and_dots(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    assert inside(root, "sub/file.mov") == root.resolve() / "sub" / "file.mov"
    assert inside(root, root / "x" / ".." / "y") == root.resolve() / "y"
    for outside in ("../x", "/etc/passwd", "sub/../../x", tmp_path / "root2" / "x"):
        with pytest.raises(InvalidInputError, match="leads out of"):
            inside(root, outside)


@posix
def test_inside_sees_through_a_link(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(InvalidInputError):
        inside(root, "link/x")
    assert inside(tmp_path, root / "link" / "x") == tmp_path.resolve() / "x"
