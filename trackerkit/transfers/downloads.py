"""Downloads: resumed where they were cut, checked, and in place whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from trackerkit.errors import (
    ChecksumError,
    DiskFullError,
    InvalidInputError,
    NotFoundError,
    ProtocolError,
    TimeoutExpiredError,
    TrackerError,
    TransferError,
)
from trackerkit.osfiles import is_disk_full
from trackerkit.transfers.buffers import PIECE, Buffers
from trackerkit.transfers.partials import Partial
from trackerkit.transfers.sources import OnProgress, Progress

if TYPE_CHECKING:  # the store downloads too, and has no use for an HTTP client
    from trackerkit.http import Answer, HttpClient, Stream

_RANGE = re.compile(r"bytes\s+(\d+)-(\d+)/(\d+|\*)", re.IGNORECASE)
_WINDOW_S = 60.0
_LEAST_BYTES = 64 * 1024
_GATHERED_S = 0.25
"""How long what comes in small pieces is gathered before it is written, counted and told."""
# After these, what was fetched so far is of no use to another try.
_USELESS_AFTER = (DiskFullError, ChecksumError, InvalidInputError, NotFoundError)


class Downloaded(NamedTuple):
    """A file that arrived.

    Args:
        path: where it is; None when it was written to a file object.
        size: its bytes.
        sha256: its SHA-256, 64 hexadecimal digits.
        verified: True when it was checked against a hash, or at least against a length that was announced beforehand.
    """

    path: Path | None
    size: int
    sha256: str
    verified: bool


def download(
    client: HttpClient,
    url: str,
    target: str | Path | IO[bytes],
    *,
    size: int | None = None,
    sha256: str | None = None,
    on_progress: OnProgress | None = None,
    resume: bool = True,
    headers: Mapping[str, str] | None = None,
    steady: bool = False,
) -> Downloaded:
    """Fetch a file. What was at ``target`` stays until the new file is whole, checked and on the disk.

    A cut connection is taken up where it broke, as long as it is certain that the file is still the same (a strong
    ETag, a date, or the hash that is asked for); attempts count only while no byte is won. What a failed download
    leaves is taken up by the next one of the same URL and target.

    Args:
        client: sends the requests; its policy says how often and how fast to try.
        url: a path of the client, or a URL; one elsewhere gets no credentials and has to be allowed
            (``HttpClient.foreign_ok``).
        target: a path, or a binary file that is written once everything is there.
        size: what the tracker says that it has, in bytes.
        sha256: what its hash has to be, with or without ``sha256:``.
        on_progress: called after each piece.
        resume: take up, and leave, a part.
        headers: more headers for the request.
        steady: what this URL names is never replaced by something else: parts of one length belong together, although
            the server gives neither ETag nor date.

    Raises:
        ChecksumError: the length or the hash is another.
        DiskFullError: there is no room, known before anything is fetched where the length is announced.
        TransferError: the target cannot be written.
        TrackerError: as ``HttpClient.request``.
    """
    wanted = _hex(sha256)
    if size is not None and size < 0:
        raise InvalidInputError(f"a file has no {size} bytes")
    if not isinstance(target, (str, Path)):
        with tempfile.TemporaryDirectory(prefix="trackerkit-") as folder:
            done = download(client, url, Path(folder) / "file", size=size, sha256=wanted, on_progress=on_progress,
                            resume=False, headers=headers, steady=steady)  # fmt: skip
            _copy(Path(folder) / "file", target)
        return done._replace(path=None)
    partial = Partial(Path(target), f"{client.origin}{url}" if url.startswith("/") else url, resume=resume)
    work = _Download(client, url, partial, size, wanted, on_progress, dict(headers or {}), steady)
    try:
        work.run()
        partial.commit()
    except BaseException as error:
        partial.abandon(keep=resume and work.can_resume and not isinstance(error, _USELESS_AFTER))
        raise
    return Downloaded(
        partial.target, partial.done, partial.checksum.hex, wanted is not None or partial.total is not None
    )


class _Download:
    """One download: asks for what is missing until all is there."""

    def __init__(
        self,
        client: HttpClient,
        url: str,
        partial: Partial,
        size: int | None,
        sha256: str | None,
        on_progress: OnProgress | None,
        headers: dict[str, str],
        steady: bool,
    ) -> None:
        self._steady = steady
        self._client, self._url, self._partial = client, url, partial
        self._size, self._sha256, self._on_progress, self._headers = size, sha256, on_progress, headers
        self._idle = 0
        self._best = partial.done
        self._answers = 1 if partial.done else 0

    @property
    def can_resume(self) -> bool:
        """True when bytes of two answers may be put together: it would be noticed if the file changed in between."""
        is_steady = self._steady and self._partial.total is not None
        return bool(self._partial.validator or self._sha256 or is_steady)

    def run(self) -> None:
        """Fetch until all is there and right."""
        if self._partial.done and not self.can_resume:
            self._partial.restart()
        if self._partial.done and self._partial.checksum.hex == self._sha256:
            self._tell()
            return
        while True:
            with self._ask() as answer:
                failure = self._take(answer)
            if failure is None and self._is_whole():
                failure = self._mismatch()
                if failure is None:
                    return
                self._restart_mixed(failure)
            self._pause(failure)

    def _ask(self) -> Answer:
        headers = {"Accept-Encoding": "identity", **self._headers}
        if self._partial.done:
            headers["Range"] = f"bytes={self._partial.done}-"
            if self._partial.validator:
                headers["If-Range"] = self._partial.validator
        return self._client.request("GET", self._url, headers=headers, stream=True, ok=(206, 416))

    def _take(self, answer: Answer) -> TrackerError | None:
        """Add what an answer brings; what went wrong where trying again may help."""
        if answer.status != 200 and (problem := self._range_problem(answer)):
            self._partial.restart()
            return ProtocolError(f"{self._client.origin.site}: {problem}", backend=self._client.backend, retryable=True)
        if answer.status == 200:
            self._partial.restart()  # the server sends all of it: the file changed, or it knows no ranges
        self._learn(answer)
        self._answers += 1
        assert answer.stream is not None
        failure = self._pump(answer.stream)
        total = self._partial.total
        if failure is None and answer.status == 200 and total is not None and self._partial.done < total:
            return ProtocolError(f"the file was cut short: {self._partial.done} of {total} bytes", retryable=True)
        return failure

    def _range_problem(self, answer: Answer) -> str:
        """Why a part that was sent cannot be added; empty when it can."""
        found = _RANGE.fullmatch((answer.headers.get("content-range") or "").strip())
        if answer.status == 416 or found is None:
            return f"no part from byte {self._partial.done} on"
        start, total = int(found[1]), None if found[3] == "*" else int(found[3])
        if start != self._partial.done:
            return f"the part from byte {start} on where {self._partial.done} was asked for"
        known = self._partial.total
        if start and known is not None and total is not None and total != known:
            return "another length than before"
        validator = _validator_of(answer)
        if start and validator and self._partial.validator and validator != self._partial.validator:
            return "another file than before"
        return "an encoded part" if answer.stream is not None and answer.stream.is_encoded else ""

    def _learn(self, answer: Answer) -> None:
        """Note the length and the validator, and see to it that there is room."""
        is_encoded = answer.stream is not None and answer.stream.is_encoded
        total = None if is_encoded else _total_of(answer)
        if self._size is not None and total is not None and total != self._size:
            raise ChecksumError(
                f"the server's file has {total} bytes and {self._size} were expected", backend=self._client.backend
            )
        total = self._size if total is None and not is_encoded else total
        self._partial.note("" if is_encoded else _validator_of(answer) or self._kept_validator(answer), total)
        self._partial.check_room((total or 0) - self._partial.done)
        self._tell()

    def _kept_validator(self, answer: Answer) -> str:
        return self._partial.validator if answer.status == 206 and self._partial.done else ""

    def _pump(self, stream: Stream) -> TrackerError | None:
        clock, buffers = self._client.clock, Buffers()
        since, won = clock.monotonic(), 0
        while True:
            into = buffers.lend()
            count, failure = self._gathered(stream, into)
            if count:
                self._partial.write(into[:count])
                self._check_length()
                self._tell()
            elif failure is None:
                return None
            if failure is not None:
                if not failure.retryable:
                    raise failure
                return failure
            won += count
            if clock.monotonic() - since >= _WINDOW_S:
                if won < _LEAST_BYTES:
                    return TimeoutExpiredError(f"{won} bytes in {_WINDOW_S:g} s are too few", sent="yes")
                since, won = clock.monotonic(), 0

    def _gathered(self, stream: Stream, into: memoryview) -> tuple[int, TrackerError | None]:
        """What fills the memory, or comes before the end, a while or a failure: none of it is lost then."""
        monotonic, count = self._client.clock.monotonic, 0
        until = monotonic() + _GATHERED_S
        try:
            while count < len(into) and (got := stream.read_into(into[count:])):
                count += got
                if monotonic() >= until:
                    break
        except TrackerError as error:
            return count, error
        return count, None

    def _check_length(self) -> None:
        total = self._partial.total
        if total is not None and self._partial.done > total:
            raise ChecksumError(f"the file is longer than the {total} bytes announced", backend=self._client.backend)

    def _is_whole(self) -> bool:
        return self._partial.total is None or self._partial.done >= self._partial.total

    def _mismatch(self) -> ChecksumError | None:
        found = self._partial.checksum.hex
        if self._sha256 is None or found == self._sha256:
            return None
        return ChecksumError(
            f"the file has the SHA-256 {found} and {self._sha256} was expected", backend=self._client.backend
        )

    def _restart_mixed(self, mismatch: ChecksumError) -> None:
        """Once more from the start where parts were put together; one whole answer that is wrong stays wrong."""
        if self._answers <= 1:
            raise mismatch
        self._partial.restart()
        self._answers = 0

    def _pause(self, failure: TrackerError | None) -> None:
        """Wait before the next request; raise when too many in a row won nothing."""
        # A server that is no more than alive must not keep us for ever.
        least = _LEAST_BYTES if isinstance(failure, TimeoutExpiredError) else 1
        if self._partial.done - self._best >= least and (failure is None or self.can_resume):
            self._best, self._idle = self._partial.done, 0
        else:
            self._idle += 1
        if self._idle >= self._client.policy.attempts:
            raise failure or ProtocolError(f"{self._client.origin.site} sends no more of the file")
        if failure is not None:
            if not self.can_resume:
                self._partial.restart()
            self._client.clock.sleep(self._client.policy.pause_s(max(self._idle, 1), failure))

    def _tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress(self._partial.done, self._partial.total))


def _total_of(answer: Answer) -> int | None:
    """The length of the whole file, where an answer tells it."""
    if answer.status == 206:
        found = _RANGE.fullmatch((answer.headers.get("content-range") or "").strip())
        return int(found[3]) if found and found[3] != "*" else None
    text = answer.headers.get("content-length") or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _validator_of(answer: Answer) -> str:
    """What tells a changed file: its strong ETag, else its date; a weak ETag promises too little."""
    etag = (answer.headers.get("etag") or "").strip()
    if etag.startswith('"') and etag.endswith('"') and len(etag) > 2:
        return etag
    return "" if etag else (answer.headers.get("last-modified") or "").strip()


def store_stream(
    chunks: Iterable[bytes],
    target: str | Path | IO[bytes],
    *,
    size: int | None = None,
    sha256: str | None = None,
    on_progress: OnProgress | None = None,
) -> Downloaded:
    """Land bytes that are at hand as a download lands: whole and checked, or not at all.

    Args:
        chunks: the bytes, in pieces.
        target: a path, or a binary file that is written once everything is there.
        size: how many there have to be.
        sha256: what their hash has to be.
        on_progress: called after each piece.

    Raises:
        ChecksumError: the length or the hash is another.
        DiskFullError: there is no room.
        TransferError: the target cannot be written.
    """
    wanted = _hex(sha256)
    if not isinstance(target, (str, Path)):
        with tempfile.TemporaryDirectory(prefix="trackerkit-") as folder:
            file = Path(folder) / "file"
            done = store_stream(chunks, file, size=size, sha256=wanted, on_progress=on_progress)
            _copy(file, target)
        return done._replace(path=None)
    partial = Partial(Path(target), "", resume=False)
    try:
        partial.check_room(size or 0)
        for data in chunks:
            partial.write(data)
            if on_progress is not None:
                on_progress(Progress(partial.done, size))
        _check_landed(partial, size, wanted)
        partial.commit()
    except BaseException:
        partial.abandon(keep=False)
        raise
    return Downloaded(partial.target, partial.done, partial.checksum.hex, wanted is not None or size is not None)


def _check_landed(partial: Partial, size: int | None, sha256: str | None) -> None:
    if size is not None and partial.done != size:
        raise ChecksumError(f"{partial.done} bytes came and {size} were expected")
    if sha256 is not None and partial.checksum.hex != sha256:
        raise ChecksumError(f"the SHA-256 is {partial.checksum.hex} and {sha256} was expected")


def _hex(sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    plain = sha256.removeprefix("sha256:").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise InvalidInputError(f"{sha256[:80]!r} is no SHA-256", hint="it has 64 hexadecimal digits")
    return plain


def _copy(path: Path, target: IO[bytes]) -> None:
    try:
        with path.open("rb") as file:
            while data := file.read(PIECE):
                target.write(data)
    except OSError as error:
        kind = DiskFullError if is_disk_full(error) else TransferError
        raise kind(f"the file cannot be written: {os.strerror(error.errno or 0)}") from None
