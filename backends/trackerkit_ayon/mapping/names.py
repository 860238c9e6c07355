"""What AYON calls the neutral types, and what it takes for a name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from trackerkit.datatypes import Domain
from trackerkit.model import KINDS, neutral_schema


@dataclass(frozen=True, slots=True)
class Native:
    """One neutral type on AYON.

    Args:
        name: AYON's own name of the type, as a Ref's ``native`` (``folder``, ``representation``).
        plural: the part of a REST path, and of a GraphQL query, that lists them; empty where AYON has none.
        is_operation: written through the operations endpoint, several in one transaction.
        can_retire: has an ``active`` flag that stands for retiring.
    """

    name: str
    plural: str = ""
    is_operation: bool = False
    can_retire: bool = False


TYPES: Final[dict[str, Native]] = {
    "Project": Native("project", "projects", can_retire=True),
    "Folder": Native("folder", "folders", is_operation=True, can_retire=True),
    "Task": Native("task", "tasks", is_operation=True, can_retire=True),
    "Product": Native("product", "products", is_operation=True, can_retire=True),
    "Version": Native("version", "versions", is_operation=True, can_retire=True),
    "File": Native("representation", "representations", is_operation=True, can_retire=True),
    "Workfile": Native("workfile", "workfiles", is_operation=True, can_retire=True),
    "Playlist": Native("list", "entityLists", can_retire=True),
    "Note": Native("comment", "activities"),
    "Reply": Native("reply", "activities"),
    "Reviewable": Native("reviewable", "activities"),
    "Attachment": Native("file", "activities"),
    "Link": Native("link", "links"),
    "User": Native("user", "users"),
    "Group": Native("team"),
    "Status": Native("status"),
    "TaskType": Native("taskType"),
    "Tag": Native("tag"),
    "Event": Native("event", "events"),
}
"""Every neutral type that AYON has; the kinds of Folder are folders."""

NEUTRAL: Final[dict[str, str]] = {native.name: neutral for neutral, native in TYPES.items()}

OPERATION_TYPES: Final = frozenset(name for name, native in TYPES.items() if native.is_operation)
"""The neutral types that the operations endpoint writes."""

OPERATION_ENTITIES: Final = frozenset(native.name for native in TYPES.values() if native.is_operation)
"""The same under AYON's names: ``folder``, ``task``, ``representation`` …"""

RESERVED: Final = frozenset(neutral_schema().types) - frozenset(KINDS)
"""Names that no kind of Folder can have as its entity type: other neutral types have them."""


def kind_of(folder_type: str) -> str:
    """The entity type of a folder: its folder type, or ``Folder`` where another neutral type has that name."""
    return "Folder" if folder_type in RESERVED else folder_type


def base_of(type_name: str) -> str:
    """The type whose table holds a type's fields: ``Folder`` for every kind of it."""
    return type_name if type_name in TYPES else "Folder"


def native_of(type_name: str) -> Native:
    """The AYON side of a neutral type, or of a kind of Folder."""
    return TYPES[base_of(type_name)]


@dataclass(frozen=True, slots=True)
class Rule:
    """What AYON takes for one sort of name.

    Args:
        pattern: must match the whole text.
        words: the pattern in words.
        least: fewest characters.
        most: most characters.
        illegal: a character that is replaced when a name is suggested.
        edge: characters that may not stand at either end.
    """

    pattern: str
    words: str
    least: int = 1
    most: int | None = None
    illegal: str = r"[^a-zA-Z0-9_.\-]"
    edge: str = ".-"

    @property
    def domain(self) -> Domain:
        """The rule as a field's domain: its errors name the rule and suggest a name."""
        return Domain(pattern=self.pattern, rule=self.words, max_length=self.most, fix=self.suggest)

    def takes(self, text: str) -> bool:
        """True when AYON takes the text."""
        fits = self.least <= len(text) and (self.most is None or len(text) <= self.most)
        return fits and re.fullmatch(self.pattern, text) is not None

    def suggest(self, text: str) -> str:
        """The nearest name that AYON takes: accents dropped, what is illegal replaced by ``_``."""
        if self.takes(text):
            return text
        plain = unicodedata.normalize("NFKD", text)
        plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
        made = re.sub(rf"{self.illegal}+", "_", plain.strip()).strip(self.edge)
        made = made[: self.most].strip(self.edge) if self.most else made
        made = made if made.strip("_") else "unnamed"
        return made + "_" * (self.least - len(made))


NAME: Final = Rule(
    r"[a-zA-Z0-9_]([a-zA-Z0-9_.\-]*[a-zA-Z0-9_])?",
    "takes only letters a-z, digits, _, and inside also . and -",
)
LABEL: Final = Rule(r"[^';]*", "cannot hold ' or ;", least=0, illegal="[';]", edge="")
PROJECT_NAME: Final = Rule(r"[a-zA-Z0-9_]+", "takes only letters a-z, digits and _", most=50, illegal=r"[^a-zA-Z0-9_]")
PROJECT_CODE: Final = Rule(
    r"[a-zA-Z0-9_]{2,}", "takes letters a-z, digits and _, at least two", least=2, most=50, illegal=r"[^a-zA-Z0-9_]"
)
TYPE_NAME: Final = Rule(
    r"[a-zA-Z0-9_][a-zA-Z0-9_ \-]{1,64}[a-zA-Z0-9_]",
    "takes 3 to 66 letters a-z, digits, _, and inside also blanks and -",
    least=3,
    most=66,
    illegal=r"[^a-zA-Z0-9_ \-]",
    edge=" -",
)
USER_NAME: Final = Rule(
    r"[a-zA-Z0-9][a-zA-Z0-9_.\-]*[a-zA-Z0-9]",
    "takes at least two letters a-z or digits, and inside also _ . and -",
    least=2,
    edge="_.-",
)
TEAM_NAME: Final = Rule(
    r"[^/\\]{2,64}", "takes 2 to 64 characters without / and \\", least=2, most=64, illegal=r"[/\\]", edge=""
)
PLAIN: Final = Rule(r"(?s:.{1,100})", "takes 1 to 100 characters", most=100, illegal=r"\x00", edge="")

RULES: Final[dict[str, Rule]] = {
    "Project": PROJECT_NAME, "Folder": NAME, "Task": NAME, "Product": NAME, "File": NAME, "Status": TYPE_NAME,
    "TaskType": TYPE_NAME, "Tag": PLAIN, "User": USER_NAME, "Group": TEAM_NAME,
}  # fmt: skip
"""The rule of each type's ``name``; a type that is missing takes any text."""


def suggest(type_name: str, text: str) -> str:
    """The nearest name that AYON takes for a record of a type."""
    rule = RULES.get(base_of(type_name))
    return rule.suggest(text) if rule else text
