"""Secret values, and the redaction that keeps them out of logs and errors."""

from __future__ import annotations

import functools
import hmac
import logging
import re
import threading
import traceback
import weakref
from collections import OrderedDict
from typing import NoReturn

MASK = "***"
_SHORTEST = 6
_REMEMBERED = 512

# Only the living are found for sure; of those that are gone, the newest are remembered, since an exception outlives
# the session that it tells of.
_living: weakref.WeakValueDictionary[int, Secret] = weakref.WeakValueDictionary()
_recent: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


class Secret:
    """A text that shows itself to ``reveal`` alone: not to repr, str, format, pickle, or a log.

    A value of six characters or more is registered, so that ``redact`` finds it in any text; a shorter one would
    blank out half a log. Two secrets, or a secret and a text, are compared in constant time.

    Args:
        value: the text; another Secret is taken over.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value.reveal() if isinstance(value, Secret) else value
        if len(self._value) >= _SHORTEST:
            _register(self)

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Secret, str)):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._value), _bytes(other._value if isinstance(other, Secret) else other))

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled; pass on where it is kept, and read it there")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        self.__getstate__()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _register(secret: Secret) -> None:
    with _lock:
        _living[id(secret)] = secret
        _recent[secret._value] = None
        _recent.move_to_end(secret._value)
        while len(_recent) > _REMEMBERED:
            _recent.popitem(last=False)


def _known() -> list[str]:
    """Every registered value in the spellings that URLs and JSON give it, the longest first."""
    with _lock:
        values = {secret._value for secret in _living.values()} | set(_recent)
    spelled = set(values)
    for value in values:
        if not value.isalnum():
            spelled |= _spellings(value)
    return sorted(spelled, key=len, reverse=True)


@functools.lru_cache(maxsize=1024)
def _spellings(value: str) -> set[str]:
    import json
    from urllib.parse import quote, quote_plus

    safe = value.encode("utf-8", "replace").decode()
    return {quote(safe, safe=""), quote(safe), quote_plus(safe), json.dumps(value)[1:-1], repr(value)[1:-1]}


# A name that always stands before a secret, then : or =, then the value: quoted (also inside an escaped JSON), a
# header's value with its scheme, or a bare word.
_NAMED = re.compile(
    r"""((?<![A-Za-z0-9])
        (?:proxy-authorization|authorization|x-api-key|x-access-token|x-amz-security-token
         |script_key|user_password|password|passwd|auth_token|session_token|session_uuid|api_?key|client_secret
         |refresh_?token|access_?token|bearer_?token)
        \\*["']?\s*[:=]\s*(?:b(?=["']))?)
        (?: "(?:\\.|[^"\\])*"? | '(?:\\.|[^'\\])*'? | \\+["'](?:.*?)(?:\\+["']|$)
          | digest\s[^\r\n]* | (?:(?:bearer|basic|token|negotiate|apikey)\s+)?[^\s,;&"'}\])]+ )""",
    re.IGNORECASE | re.VERBOSE,
)
_COOKIES = re.compile(
    r"""\b((?:set-)?cookie\\*["']?\s*[:=]\s*)(?:b(?=["']))?(?:(["']).*?\2|[^\r\n"'}]+)""", re.IGNORECASE
)
_QUERY = re.compile(r"""\?([^\s"'<>\\]+)""")
_SIGNED = re.compile(
    r"(?:^|[&;])(?:x-(?:amz|goog)-(?:signature|credential|security-token)|signature|sig|awsaccesskeyid|policy|token"
    r"|key-pair-id|auth|jwt)=",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(://)[^\s/?#\"'<>]*@")


def redact(text: str) -> str:
    """The text with every secret masked.

    Masked are: all registered ``Secret`` values (plain, percent-encoded, JSON-escaped), what follows the names of
    credentials (``Authorization:``, ``X-Api-Key``, ``script_key``, ``accessToken`` …), the query of a signed URL, and
    the user part of a URL.
    """
    for value in _known():
        if value in text:
            text = text.replace(value, MASK)
    text = _COOKIES.sub(rf"\1{MASK}", _NAMED.sub(rf"\1{MASK}", text))
    if "?" in text:
        text = _QUERY.sub(_masked_query, text)
    return _USERINFO.sub(rf"\1{MASK}@", text) if "@" in text else text


def _masked_query(match: re.Match[str]) -> str:
    return f"?{MASK}" if _SIGNED.search(match[1]) else match[0]


_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class RedactingFilter(logging.Filter):
    """Masks secrets in a record's message, its extra texts and its traceback; drops no record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record where it holds a secret."""
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, ()
        self._clean_traceback(record)
        for name, value in vars(record).items():
            if name not in _STANDARD and isinstance(value, str):
                setattr(record, name, redact(value))
        return True

    def _clean_traceback(self, record: logging.LogRecord) -> None:
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        if not record.exc_info or record.exc_info[0] is None:
            return
        text = record.exc_text or "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        clean = redact(text)
        if clean != text:
            # A handler that formats for itself would print the original again.
            record.exc_text, record.exc_info = clean, None


_FILTER = RedactingFilter()


def get_logger(name: str) -> logging.Logger:
    """The standard library's logger of that name, with secrets masked; handlers and levels stay the application's."""
    logger = logging.getLogger(name)
    logger.addFilter(_FILTER)
    return logger
