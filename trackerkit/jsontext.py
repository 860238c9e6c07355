"""JSON, the same with every codec: orjson or msgspec where installed, the standard library's otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

from trackerkit.errors import DomainError, InvalidInputError

_DEEPEST = 250
_LEAST, _MOST = -(2**63), 2**64 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def encoded(value: Any) -> bytes:
    """A value as JSON in UTF-8, without spaces.

    Raises:
        DomainError: names the ``path`` of a NaN or an infinity, an integer beyond 64 bits, half a surrogate pair, a key
            that is no text, a value that JSON has no form for, or of what is nested deeper than 250.
    """
    try:
        if _is_plain([value], 0):
            return _encode(value)
    except (ValueError, TypeError):  # half a surrogate pair: the codecs refuse it at no cost
        pass
    raise _complaint(value, "", 0) or DomainError("this value has no form in JSON")


def decoded(text: bytes | str) -> Any:
    """What a JSON text says; big integers are exact with msgspec and the standard library.

    Raises:
        ValueError: it is no JSON (NaN and Infinity are none either).
    """
    try:
        return _decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def picker(keys: Sequence[str]) -> Callable[[bytes | str], Sequence[Any]]:
    """A function from the text of a JSON object to the values of some of its keys, in their order; None for none.

    What is not asked for costs next to nothing where msgspec is installed.
    """
    try:
        import msgspec
    except ImportError:
        return lambda text: [decoded(text).get(key) for key in keys]
    names = {f"k{at}": key for at, key in enumerate(keys)}
    kind = msgspec.defstruct("Picked", [(name, Any, None) for name in names], rename=names, gc=False)
    decode, values = msgspec.json.Decoder(kind).decode, msgspec.structs.astuple
    return lambda text: values(decode(text))


class Lister:
    """Reads what stands in a JSON object under a key: a list of objects, of which some keys are wanted, when they are.

    Until then an object stays text where msgspec is installed: small, and of no concern to the garbage collector.

    Args:
        under: the key of the list.
        heads: keys of each object that tell it from the others; wanted at once, and each has to be there.
        keys: of each object; each has to be there.
        text: one more key, whose value is left as JSON: something that ``decoded`` and ``text_of`` take.

    Attributes:
        items: from the text of the whole to the values of the heads of each object, and a thing that stands for it; raises
            ValueError for what is no JSON, or of another shape, the first object's included.
        row: from such a thing to a new dict of the keys, ``text`` among them; raises ValueError where one is not there.
    """

    items: Callable[[bytes | str], list[tuple[Any, ...]]]
    row: Callable[[Any], dict[str, Any]]

    def __init__(self, under: str, heads: Sequence[str], keys: Sequence[str], text: str = "") -> None:
        try:
            import msgspec
        except ImportError:
            self.items = lambda whole: _headed(decoded(whole), under, heads, (*keys, *filter(None, [text])))
            self.row = lambda item: _shown(item, keys, text)
            return
        kinds: dict[str, Any] = dict.fromkeys(keys, Any) | ({text: msgspec.Raw} if text else {})
        # A Raw among keys that have to be there is refused (msgspec 0.22): they are counted.
        decode: Any = msgspec.json.Decoder(TypedDict("Row", kinds, total=False)).decode  # type: ignore[operator]
        count = len(kinds)

        def row(item: Any) -> dict[str, Any]:
            found: dict[str, Any] = decode(item)
            if len(found) < count:
                raise ValueError(f"an object without {', '.join(kinds.keys() - found)}")
            return found

        names = {f"k{at}": key for at, key in enumerate(heads)}
        head = msgspec.defstruct("Head", [(name, Any) for name in names], rename=names, gc=False)
        heads_in, texts_in = (_listing(under, kind) for kind in (head, msgspec.Raw))
        values = msgspec.structs.astuple

        def items(whole: bytes | str) -> list[tuple[Any, ...]]:
            if isinstance(whole, bytes) and not whole.isascii():
                whole.decode()  # what is skipped is checked for all but this
            try:
                things = texts_in(whole)
                if things:
                    row(things[0])
                return [(*values(known), thing) for known, thing in zip(heads_in(whole), things)]  # noqa: B905 - the same list
            except RecursionError:
                raise ValueError("nested too deeply") from None

        self.items, self.row = items, row


def _listing(under: str, kind: Any) -> Callable[[bytes | str], list[Any]]:
    """Reads a list of things of one kind that stands under a key."""
    import msgspec

    listed = msgspec.defstruct("Listed", [("found", list[kind])], rename={"found": under})
    decode: Any = msgspec.json.Decoder(listed).decode
    return lambda whole: list(decode(whole).found)


def text_of(raw: Any) -> str:
    """The text of a value that a ``Lister`` left as JSON."""
    return raw if raw.__class__ is str else str(raw, "utf-8")


def _headed(found: Any, under: str, heads: Sequence[str], keys: Sequence[str]) -> list[tuple[Any, ...]]:
    try:
        rows = [(*[item[key] for key in heads], item) for item in found[under]]
        if rows:
            [rows[0][-1][key] for key in keys]
    except (LookupError, TypeError):
        raise ValueError(f"there is no list of such objects under {under!r}") from None
    return rows


def _shown(item: dict[str, Any], keys: Sequence[str], text: str) -> dict[str, Any]:
    try:
        row = {key: item[key] for key in keys}
        if text:
            row[text] = _encode(item[text]).decode()
    except KeyError as error:
        raise ValueError(f"an object without {error}") from None
    return row


def _is_plain(items: Any, depth: int) -> bool:  # noqa: C901 - flat, since it runs for every value that is sent
    if depth > _DEEPEST:
        return False
    for item in items:
        kind = item.__class__
        if kind is str or item is None or kind is bool:
            continue
        if kind is dict:
            for key in item:
                if key.__class__ is not str:
                    return False
            if not _is_plain(item.values(), depth + 1):
                return False
        elif kind is list or kind is tuple:
            if not _is_plain(item, depth + 1):
                return False
        elif kind is int:
            if not _LEAST <= item <= _MOST:
                return False
        elif kind is not float or item - item != 0.0:  # infinity minus itself is NaN, and so is NaN
            return False
    return True


def _complaint(value: Any, path: str, depth: int) -> InvalidInputError | None:
    """What is wrong with a value, found the slow way; None when nothing is."""
    if isinstance(value, (dict, list, tuple)):
        if depth >= _DEEPEST:
            return DomainError(f"nested deeper than {_DEEPEST}", path=path[:200])
        return _complaint_inside(value, path, depth)
    rule = _rule_broken(value)
    return DomainError(f"{path or 'the value'} {rule}", path=path) if rule else None


def _complaint_inside(value: Any, path: str, depth: int) -> InvalidInputError | None:
    is_object = isinstance(value, dict)
    for key, item in value.items() if is_object else enumerate(value):
        if is_object and (rule := _key_rule_broken(key)):
            return DomainError(f"a key of {path or 'the value'} {rule}", path=path)
        step = f"{path}[{key}]" if not is_object else f"{path}.{key}" if path else str(key)
        if found := _complaint(item, step, depth + 1):
            return found
    return None


def _key_rule_broken(key: object) -> str:
    return _rule_broken(key) if type(key) is str else f"is {type(key).__name__}, not text"


def _rule_broken(value: object) -> str:
    if value is None or type(value) is bool:
        return ""
    if type(value) is str:
        return "holds half a surrogate pair, which is no text" if _SURROGATE.search(value) else ""
    if type(value) is int:
        return "" if _LEAST <= value <= _MOST else "is an integer beyond 64 bits"
    if type(value) is float:
        return "" if value - value == 0.0 else f"is {value!r}, which JSON cannot say"
    return f"is {type(value).__name__}, which JSON has no form for"


def _stdlib_encode(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _stdlib_decode(text: bytes | str) -> Any:
    return json.loads(text, parse_constant=_no_constant)


def _codecs() -> tuple[Callable[[Any], bytes], Callable[[bytes | str], Any]]:
    """The fastest there is; msgspec decodes where it can, since orjson makes floats of big integers."""
    encode: Callable[[Any], bytes] = _stdlib_encode
    decode: Callable[[bytes | str], Any] = _stdlib_decode
    try:
        import orjson

        encode, decode = orjson.dumps, orjson.loads
    except ImportError:
        pass
    try:
        import msgspec.json

        decode = msgspec.json.decode
        encode = msgspec.json.encode if encode is _stdlib_encode else encode
    except ImportError:
        pass
    return encode, decode


_encode, _decode = _codecs()
