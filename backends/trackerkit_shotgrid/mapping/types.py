"""Entity types: the neutral name of a ShotGrid type, and back."""

from __future__ import annotations

from typing import Final

from trackerkit.model import KINDS, neutral_schema

NATIVE_TYPES: Final = {
    "Project": "Project", "Episode": "Episode", "Sequence": "Sequence", "Scene": "Scene", "Shot": "Shot",
    "Asset": "Asset", "Task": "Task", "TaskType": "Step", "Status": "Status", "Version": "Version",
    "File": "PublishedFile", "Note": "Note", "Reply": "Reply", "Attachment": "Attachment", "Playlist": "Playlist",
    "HumanUser": "HumanUser", "ApiUser": "ApiUser",
    "ClientUser": "ClientUser", "Group": "Group", "Tag": "Tag", "TimeLog": "TimeLog", "Revision": "Revision",
    "Event": "EventLogEntry",
}  # fmt: skip
"""Neutral type → ShotGrid's. Every other type of a site keeps its own name."""

NEUTRAL_TYPES: Final = {native: neutral for neutral, native in NATIVE_TYPES.items()}
"""ShotGrid's type → the neutral one."""

USER_KINDS: Final = {"HumanUser": "human", "ApiUser": "script", "ClientUser": "human"}
"""ShotGrid's user types → ``User.kind``."""

BASES: Final = {**dict.fromkeys(KINDS, "Folder"), **dict.fromkeys(USER_KINDS, "User")}
"""Neutral type → the type that it is a kind of."""

WITHOUT_NATIVE: Final = frozenset({"Folder", "User", "Product", "Workfile", "Reviewable", "Link"})
"""Neutral types that are no entity type of ShotGrid."""

_MODEL_NAMES: Final = frozenset(neutral_schema().types)


def native_type(neutral: str) -> str | None:
    """ShotGrid's name of a neutral type; None for one that ShotGrid lacks."""
    found = NATIVE_TYPES.get(neutral)
    if found is None and neutral in WITHOUT_NATIVE:
        return None
    return found or neutral.removesuffix("_native")


def neutral_type(native: str) -> str:
    """The neutral name of a ShotGrid type; its own where the model has none."""
    found = NEUTRAL_TYPES.get(native)
    if found is None:
        found = f"{native}_native" if native in _MODEL_NAMES else native
    return found


def native_user_type(kind: str | None) -> str:
    """The ShotGrid type of a user of a kind: people are HumanUser, scripts and services ApiUser."""
    return "ApiUser" if kind in ("script", "service") else "HumanUser"


def model_type(neutral: str) -> str:
    """The type of the model whose fields a neutral type has: ``Folder`` for a Shot, ``User`` for a HumanUser."""
    return BASES.get(neutral, neutral)
