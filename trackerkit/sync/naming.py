"""Names that the target can hold: made legal, kept apart from their neighbours, every change with its reason; pure."""

from __future__ import annotations

import re
import unicodedata

from trackerkit.datatypes import Domain


def legal_name(name: str, domain: Domain, fallback: str) -> tuple[str, str]:
    """The name as the target can hold it, and why it had to change (empty when it did not).

    Accents are dropped, every other character that is not allowed becomes ``_``; a name of which nothing is left
    becomes ``fallback``.
    """
    if domain.pattern is None or re.fullmatch(domain.pattern, name):
        short = name if domain.max_length is None else name[: domain.max_length]
        return short, "" if short == name else f"longer than {domain.max_length} characters"
    made = _ascii(name)[: domain.max_length or 255].strip("._- ")
    if not made or not re.fullmatch(domain.pattern, made):
        made = re.sub(r"\W", "_", fallback, flags=re.ASCII)
    return made, "has characters that the target refuses in a name"


def legal_label(label: str, domain: Domain) -> tuple[str, str]:
    """The label as the target can hold it: what it refuses becomes a look-alike."""
    if domain.pattern is None or re.fullmatch(domain.pattern, label):
        return label, ""
    made = (
        label.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
        .replace(";", ",")
        .replace('"', "\N{RIGHT DOUBLE QUOTATION MARK}")
    )
    if re.fullmatch(domain.pattern, made):
        return made, "has characters that the target refuses in a label"
    return "".join(
        c for c in made if re.fullmatch(domain.pattern, f"a{c}a")
    ), "has characters that the target refuses in a label"


def _ascii(name: str) -> str:
    flat = unicodedata.normalize("NFKD", name)
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    return re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_.\-]", "_", flat)) if flat.isascii() else _mixed(flat)


def _mixed(flat: str) -> str:
    """Letters of other scripts have no ASCII look: their code points keep two such names apart."""
    made = "".join(c if c.isascii() else f"u{ord(c):x}" if c.isalnum() else "_" for c in flat)
    return re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_.\-]", "_", made))


class Neighbours:
    """The names taken in each place; a name that is taken gets a number behind it.

    Args:
        ignores_case: names that differ in case only collide, as on AYON.
    """

    def __init__(self, ignores_case: bool = True) -> None:
        self._taken: dict[object, set[str]] = {}
        self._fold = str.lower if ignores_case else str

    def take(self, place: object, name: str) -> tuple[str, str]:
        """The name as it can be used in that place, and why it had to change (empty when it did not)."""
        taken = self._taken.setdefault(place, set())
        made, number = name, 2
        while self._fold(made) in taken:
            made, number = f"{name}_{number}", number + 1
        taken.add(self._fold(made))
        return made, "" if made == name else "another record here has that name already"

    def reserve(self, place: object, name: str) -> None:
        """A name that is there already."""
        self._taken.setdefault(place, set()).add(self._fold(name))
