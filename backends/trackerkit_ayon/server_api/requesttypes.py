"""RequestType and TransferProgress: what callers hand to transfers."""

from __future__ import annotations


class RequestType:
    """An HTTP verb."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return getattr(other, "name", None) == self.name

    def __repr__(self) -> str:
        return f"RequestType({self.name!r})"


class RequestTypes:
    """The verbs."""

    get = RequestType("GET")
    post = RequestType("POST")
    put = RequestType("PUT")
    patch = RequestType("PATCH")
    delete = RequestType("DELETE")


class TransferProgress:
    """How far a transfer is; another thread may look at it at any time. Sizes are in bytes.

    Args:
        hashes: count the SHA-256 of what is sent, in a second thread; of what is fetched it is counted anyway.
    """

    def __init__(self, hashes: bool = False) -> None:
        self.hashes = hashes
        self._sha256: str | None = None
        self._attempt = 0
        self._started = False
        self._transfer_done = False
        self._transferred = 0
        self._content_size: int | None = None
        self._failed = False
        self._fail_reason: str | None = None
        self._source_url = "N/A"
        self._destination_url = "N/A"

    def get_content_size(self) -> int | None:
        """The size of the whole; None while it is unknown."""
        return self._content_size

    def set_content_size(self, content_size: int | str) -> None:
        """Note the size of the whole.

        Raises:
            ValueError: it was noted before.
        """
        if self._content_size is not None:
            raise ValueError("Content size was set more then once")
        self._content_size = int(content_size)

    def get_started(self) -> bool:
        """True once it began."""
        return self._started

    def set_started(self) -> None:
        """Note that it begins.

        Raises:
            ValueError: it began before.
        """
        if self._started:
            raise ValueError("Progress already started")
        self._started = True
        self._attempt = 1

    def get_attempt(self) -> int:
        """Which attempt this is, from 1; 0 before the start."""
        return self._attempt

    def next_attempt(self) -> None:
        """Note another attempt.

        Raises:
            ValueError: there was no first one.
        """
        if not self._started:
            raise ValueError("Progress did not start yet")
        self._attempt += 1

    def get_transfer_done(self) -> bool:
        """True when it is over, well or badly."""
        return self._transfer_done

    def set_transfer_done(self) -> None:
        """Note that it is over.

        Raises:
            ValueError: it was over before, or never began.
        """
        if self._transfer_done:
            raise ValueError("Progress was already marked as done")
        if not self._started:
            raise ValueError("Progress didn't start yet")
        self._transfer_done = True

    def get_failed(self) -> bool:
        """True when it failed."""
        return self._failed

    def get_fail_reason(self) -> str | None:
        """Why it failed."""
        return self._fail_reason

    def set_failed(self, reason: str) -> None:
        """Note that it failed, and why."""
        self._fail_reason = reason
        self._failed = True

    def get_transferred_size(self) -> int:
        """Bytes so far."""
        return self._transferred

    def set_transferred_size(self, transferred: int) -> None:
        """Note the bytes so far."""
        self._transferred = transferred

    def reset_transferred(self) -> None:
        """Begin to count from 0 again."""
        self._transferred = 0

    def add_transferred_chunk(self, chunk_size: int) -> None:
        """Count more bytes."""
        self._transferred += chunk_size

    def get_sha256(self) -> str | None:
        """The SHA-256 of all bytes, 64 hexadecimal digits; None before the end, and where nobody counted."""
        return self._sha256

    def set_sha256(self, sha256: str) -> None:
        """Note the SHA-256 of all bytes."""
        self._sha256 = sha256

    def get_source_url(self) -> str:
        """Where it comes from, as a title; ``N/A`` while nobody said."""
        return self._source_url

    def set_source_url(self, url: str) -> None:
        """Note where it comes from."""
        self._source_url = url

    def get_destination_url(self) -> str:
        """Where it goes to, as a title; ``N/A`` while nobody said."""
        return self._destination_url

    def set_destination_url(self, url: str) -> None:
        """Note where it goes to."""
        self._destination_url = url

    @property
    def is_running(self) -> bool:
        """True between its start and its end."""
        return self._started and not (self._transfer_done or self._failed)

    @property
    def transfer_progress(self) -> float | None:
        """Percent; None while the size is unknown."""
        if self._content_size is None:
            return None
        return self._transferred * 100.0 / self._content_size if self._content_size else 100.0

    content_size = property(get_content_size, set_content_size)
    started = property(get_started)
    transfer_done = property(get_transfer_done)
    failed = property(get_failed)
    fail_reason = property(get_fail_reason)
    source_url = property(get_source_url, set_source_url)
    destination_url = property(get_destination_url, set_destination_url)
    sha256 = property(get_sha256)
    transferred_size = property(get_transferred_size, set_transferred_size)
