"""Fields: which ShotGrid field a neutral one is, by type, as data.

The notation: ``neutral=native`` or ``neutral=first|second`` (the first that a site has), then ``~codec`` where the
value is
more than its data type says, then ``^data_type`` where ShotGrid's data type is not the usual one of the neutral type.
Every other field of the model that can be written is ``sg_<name>`` where a site has such a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from trackerkit.model import KINDS, neutral_schema
from trackerkit.schema import Field
from trackerkit_shotgrid.mapping.types import NATIVE_TYPES, WITHOUT_NATIVE, model_type

KEY_FIELD: Final = "sg_trackerkit_key"
"""The text field that keeps the key of a create, so that a repeat is the same create: the neutral field ``uid``."""

_COMMON: Final = (
    f"id=id project=project created_at=created_at created_by=created_by updated_at=updated_at updated_by=updated_by "
    f"thumbnail=image tags=tags|tag_list~tags uid={KEY_FIELD}^text"
)
_FOLDER: Final = (
    "name=code status=sg_status_list description=description|sg_description frame_start=sg_cut_in|cut_in "
    "frame_end=sg_cut_out|cut_out cut_order=sg_cut_order assets=assets tasks=tasks notes=notes versions=sg_versions "
    "published=sg_published_files"
)
_TABLE: Final = {
    "Project": "name=name code=code|tank_name status=sg_status^list description=sg_description|description "
    "start_date=start_date end_date=end_date users=users template=is_template archived=archived tasks=tasks",
    "Episode": f"{_FOLDER} category=sg_episode_type",
    "Sequence": f"{_FOLDER} category=sg_sequence_type",
    "Scene": f"{_FOLDER} category=sg_scene_type",
    "Shot": f"{_FOLDER} category=sg_shot_type",
    "Asset": f"{_FOLDER} category=sg_asset_type shots=shots",
    "Task": "name=content type=step~name^entity parent=entity status=sg_status_list assignees=task_assignees "
    "reviewers=task_reviewers start_date=start_date end_date=due_date duration=duration estimate=est_in_mins "
    "depends_on=upstream_tasks dependents=downstream_tasks milestone=milestone description=sg_description|description "
    "notes=notes versions=sg_versions",
    "TaskType": "name=code code=short_name color=color applies_to=entity_type~type^entity_type order=list_order",
    "Status": "name=name code=code color=bg_color icon=icon~name^entity",
    "Version": "name=code parent=entity task=sg_task author=user status=sg_status_list description=description "
    "frame_start=sg_first_frame frame_end=sg_last_frame path=sg_path_to_frames movie_path=sg_path_to_movie "
    "files=published_files reviewables=sg_uploaded_movie~reviewable^url notes=notes playlists=playlists",
    "File": "name=code label=name type=published_file_type~name^entity number=version_number version=version "
    "parent=entity task=task path=path~path^url depends_on=upstream_published_files "
    "dependents=downstream_published_files status=sg_status_list description=description",
    "Note": "subject=subject body=content links=note_links tasks=tasks author=user addressees=addressings_to "
    "cc=addressings_cc replies=replies attachments=attachments status=sg_status_list kind=sg_note_type",
    "Reply": "note=entity body=content author=user attachments=attachments",
    "Attachment": "filename=filename label=display_name size=file_size links=attachment_links url=this_file "
    "mime_type=this_file~mime_type^url kind=this_file~link_type^url description=description",
    "Playlist": "name=code description=description items=versions locked=locked date=sg_date_and_time "
    "status=sg_status|sg_status_list notes=notes",
    "HumanUser": "name=login label=name email=email active=sg_status_list~active^status_list groups=groups "
    "projects=projects",
    "ApiUser": "name=firstname label=firstname email=email active=sg_status_list~active^status_list projects=projects "
    "groups=groups",
    "ClientUser": "name=name label=name email=email active=sg_status_list~active^status_list projects=projects "
    "groups=groups",
    "Group": "name=code users=users",
    "Tag": "name=name",
    "TimeLog": "parent=entity user=user date=date duration=duration description=description",
    "Revision": "name=code description=description",
    "Event": "number=id at=created_at actor=user entity=entity name=event_type field=attribute_name data=meta "
    "origin=session_uuid^uuid description=description",
}  # fmt: skip

_OWN_RULES: Final = frozenset({"parent"})
"""On a kind of Folder, ``parent`` is several native fields: see ``paths.PARENTS``."""

_READ_ONLY_CODECS: Final = frozenset({"mime_type", "link_type", "reviewable"})
_WRITTEN_BY_SERVER: Final = frozenset({("Status", "icon"), ("Attachment", "filename"), ("Attachment", "size")})

NATIVE_DATA_TYPES: Final = {
    "text": "text", "integer": "number", "float": "float", "percent": "percent", "currency": "currency",
    "checkbox": "checkbox", "date": "date", "datetime": "date_time", "duration": "duration", "timecode": "timecode",
    "choice": "list", "choices": "tag_list", "status": "status_list", "link": "entity", "links": "multi_entity",
    "image": "image", "file": "url", "url": "url", "json": "serializable", "uuid": "uuid", "color": "color",
    "entity_type": "entity_type", "secret": "password", "computed": "calculated", "id": "number",
}  # fmt: skip
"""Neutral data type → ShotGrid's usual one."""

NEUTRAL_DATA_TYPES: Final = {
    "text": "text", "footage": "text", "number": "integer", "integer": "integer", "float": "float",
    "percent": "percent", "currency": "currency", "checkbox": "checkbox", "date": "date",
    "date_time": "datetime", "duration": "duration", "timecode": "timecode", "list": "choice", "tag_list": "choices",
    "status_list": "status", "entity": "link", "multi_entity": "links", "addressing": "links", "image": "image",
    "url": "url", "serializable": "json", "jsonb": "json", "uuid": "uuid", "color": "color", "entity_type": "entity_type",
    "password": "secret", "summary": "computed", "query": "computed", "calculated": "computed", "pivot_column": "computed",
}  # fmt: skip
"""ShotGrid's data type → the neutral one; one that is not listed is read as ``computed``."""

_ALSO: Final = {
    "status": {"list"}, "choice": {"text", "status_list"}, "duration": {"number"}, "uuid": {"text"}, "file": {"url"},
    "id": {"number"}, "text": {"list"},
}  # fmt: skip
_BY_CODEC: Final = {
    "tags": {"multi_entity", "tag_list"}, "name": {"entity", "list", "text"},
    "type": {"entity_type", "text"}, "path": {"url", "text"},
    "reviewable": {"url"}, "mime_type": {"url"}, "link_type": {"url"}, "active": {"status_list", "list"},
}  # fmt: skip

TEXT_RULES: Final = ("pattern", "rule", "max_length")
"""What a gateway says of the texts that a field takes, where the tracker behind it is choosier than ShotGrid."""

NAMED: Final = {
    "step": ("Step", "code"), "published_file_type": ("PublishedFileType", "code"), "icon": ("Icon", "display_name"),
    "tags": ("Tag", "name"),
}  # fmt: skip
"""A native link whose neutral value is a name (codecs ``name`` and ``tags``) → the type it links to, the name's
field."""

DISPLAY_FIELDS: Final = ("code", "name", "content", "subject", "title", "display_name", "cached_display_name", "id")
"""Where a type of its own name says what its records are called: the first that it has."""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """One line of the table.

    Args:
        neutral: the neutral name.
        natives: ShotGrid's names; the first that a site has, the first of all where we make the schema.
        codec: what the value is beyond its data type; see ``values``. Empty for nothing.
        native_data_type: ShotGrid's data type where we make the schema.
    """

    neutral: str
    natives: tuple[str, ...]
    codec: str
    native_data_type: str

    def codec_for(self, native_data_type: str) -> str:
        """The codec that a ShotGrid field of that data type needs: a name that is no link is a plain value."""
        return "" if self.codec == "name" and native_data_type != "entity" else self.codec

    @property
    def is_read_only(self) -> bool:
        """True for what is only read out of another field."""
        return self.codec in _READ_ONLY_CODECS

    def accepts(self, data_type: str, native_data_type: str) -> bool:
        """True when a ShotGrid field of that data type can be this neutral field."""
        if self.codec:
            return native_data_type in _BY_CODEC[self.codec]
        usual = NEUTRAL_DATA_TYPES.get(native_data_type) == data_type
        return usual or native_data_type in _ALSO.get(data_type, ())


def model_field(neutral_type: str, name: str) -> Field | None:
    """The model's own field, or None."""
    owner = neutral_schema().types.get(model_type(neutral_type))
    return owner.fields.get(name) if owner is not None else None


def _parse(neutral_type: str, text: str) -> Iterable[FieldMap]:
    for item in text.split():
        neutral, _, rest = item.partition("=")
        rest, _, native_data_type = rest.partition("^")
        names, _, codec = rest.partition("~")
        found = model_field(neutral_type, neutral) or model_field("Shot", neutral)
        usual = NATIVE_DATA_TYPES[found.data_type] if found is not None else "text"
        usual = "multi_entity" if codec == "tags" else usual
        yield FieldMap(neutral, tuple(names.split("|")), codec, native_data_type or usual)


def _implied(neutral_type: str, known: Mapping[str, FieldMap]) -> Iterable[FieldMap]:
    """``sg_<name>`` for what the table does not list and people can write."""
    for item in neutral_schema().type(model_type(neutral_type)).fields.values():
        unwritable = item.read_only or not item.is_stored or item.name in ("kind", "label", "type", "applies_to")
        homeless = item.is_link and item.targets and set(item.targets) <= WITHOUT_NATIVE - {"Folder", "User"}
        is_tree = item.name in _OWN_RULES and neutral_type in KINDS
        if item.name not in known and not unwritable and not homeless and not is_tree:
            yield FieldMap(item.name, (f"sg_{item.name}",), "", NATIVE_DATA_TYPES[item.data_type])


@lru_cache(maxsize=256)
def field_maps(neutral_type: str, base: str | None = None) -> Mapping[str, FieldMap]:
    """The lines of a neutral type by neutral name; for a type that the model lacks, the fields that every type has.

    Args:
        neutral_type: its name.
        base: ``Folder`` for a kind that the model does not name.
    """
    if neutral_type not in _TABLE and base == "Folder":
        category = FieldMap("category", ("sg_category",), "", "list")
        return MappingProxyType({**field_maps("Episode"), "category": category})
    if neutral_type not in _TABLE:
        names = ("id", "project", "created_at", "created_by", "updated_at", "updated_by", "uid")
        return MappingProxyType({item.neutral: item for item in _parse(neutral_type, _COMMON) if item.neutral in names})
    lines = {item.neutral: item for item in _parse(neutral_type, _TABLE[neutral_type])}
    has = neutral_schema().type(model_type(neutral_type)).fields
    common = [line for line in _parse(neutral_type, _COMMON) if line.neutral in has or line.neutral == "uid"]
    lines = {**{line.neutral: line for line in common}, **lines}
    if neutral_type != "Event":
        lines.update((item.neutral, item) for item in _implied(neutral_type, lines))
    return MappingProxyType(lines)


def covered(neutral_type: str) -> Mapping[str, str]:
    """ShotGrid's first field names of a type → the neutral ones, aliases and parts of values left out."""
    made: dict[str, str] = {}
    for line in field_maps(neutral_type).values():
        if line.codec not in ("mime_type", "link_type"):
            made.setdefault(line.natives[0], line.neutral)
    return made


def is_written_by_server(neutral_type: str, name: str) -> bool:
    """True for a field that the model lets people write and ShotGrid fills by itself."""
    return (neutral_type, name) in _WRITTEN_BY_SERVER


def check() -> list[str]:
    """What is wrong with the tables: every problem in words, none when they are sound.

    A neutral field has one line, every name is one of the model's, and no two neutral fields share a native one, but
    for
    names with a second spelling (``label``), the parts of a url field, and Event, which is only read.
    """
    problems = []
    for neutral_type in NATIVE_TYPES:
        natives: dict[str, str] = {}
        for line in field_maps(neutral_type).values():
            if model_field(neutral_type, line.neutral) is None and line.neutral != "uid":
                problems.append(f"{neutral_type}.{line.neutral} is no field of the model")
            if line.neutral == "label" or line.codec in ("mime_type", "link_type") or neutral_type == "Event":
                continue
            other = natives.setdefault(line.natives[0], line.neutral)
            if other != line.neutral:
                problems.append(f"{neutral_type}: {other} and {line.neutral} are both {line.natives[0]}")
    return problems
