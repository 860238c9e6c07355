"""Where AYON keeps each neutral field: one table, read in both directions.

The notation of a place: ``key`` (a column of the entity), ``@key`` (an attribute), ``%`` (AYON has no place for it: kept in
the entity's ``data`` under ``trackerkit_<field>``), ``*`` (made of other parts; ``rows`` knows how), ``>type`` or ``<type``
(links of that type: this record is their output, or their input); then ``/codec``, and ``!`` for what AYON alone sets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from trackerkit.schema import Field
from trackerkit_ayon.mapping.codecs import BY_TYPE
from trackerkit_ayon.mapping.names import base_of

KEPT: Final = "trackerkit_"
"""Fields that AYON has no place for stand in ``data`` under this prefix, one key each, so that each can be filtered by and
changed without reading the others."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where AYON keeps one neutral field.

    Args:
        field: the neutral name.
        home: ``column``, ``attrib``, ``data``, ``made``, ``link_in`` (targets are the inputs) or ``link_out``.
        key: AYON's name there; for links, the link type.
        codec: how values are converted; see ``codecs``.
        is_read_only: AYON alone sets it.
    """

    field: str
    home: str
    key: str
    codec: str = "plain"
    is_read_only: bool = False

    @property
    def is_link(self) -> bool:
        """True when the field lives in AYON's link table."""
        return self.home in ("link_in", "link_out")

    @property
    def path(self) -> str:
        """The key as AYON's query filter writes it; empty where it cannot be filtered by."""
        return {"column": self.key, "attrib": f"attrib.{self.key}", "data": f"data.{self.key}"}.get(self.home, "")


_ENTITY = (
    "id=id! uid=id! created_at=createdAt/moment! created_by=createdBy/user! updated_at=updatedAt/moment! "
    "updated_by=updatedBy/user! data=data/plain"
)
_RANGE = "frame_start=@frameStart frame_end=@frameEnd handle_start=@handleStart handle_end=@handleEnd"
_CLIP = "clip_in=@clipIn clip_out=@clipOut"
_MEDIA = "fps=@fps/float resolution_width=@resolutionWidth resolution_height=@resolutionHeight pixel_aspect=@pixelAspect/float"
_DATES = "start_date=@startDate/day end_date=@endDate/day priority=@priority"
_STATE = "status=status tags=tags/list"

_TABLE: Final[dict[str, str]] = {
    "Project": f"id=name! name=name label=label code=code library=library/flag archived=active/absent description=@description "
    f"{_DATES} {_RANGE} {_CLIP} {_MEDIA} thumbnail=*thumbnail/image! created_at=createdAt/moment! "
    "updated_at=updatedAt/moment! data=data/plain",
    "Folder": f"{_ENTITY} name=name label=label kind=folderType parent=parentId/folder path=path! {_STATE} "
    f"description=@description {_RANGE} {_CLIP} {_MEDIA} {_DATES} category=% cut_order=% thumbnail=thumbnailId/image "
    "assignees=%/users assets=>breakdown shots=<breakdown",
    "Task": f"{_ENTITY} name=name label=label type=taskType parent=folderId/folder {_STATE} description=@description {_DATES} "
    f"assignees=assignees/users reviewers=%/users duration=%/seconds estimate=%/seconds milestone=%/flag "
    "thumbnail=thumbnailId/image depends_on=>depends_on",
    "Product": f"{_ENTITY} name=name label=name type=productType base_type=productBaseType parent=folderId/folder {_STATE} "
    "description=@description",
    "Version": f"{_ENTITY} name=*name label=*name number=version product=productId/product parent=*parent task=taskId/task "
    f"author=author/user {_STATE} description=@comment {_RANGE} {_CLIP} {_MEDIA} path=% movie_path=% "
    "thumbnail=thumbnailId/image",
    "File": f"{_ENTITY} name=name label=name type=% number=*number version=versionId/version parent=*parent task=*task "
    f"path=@path paths=*paths frames=% size=*size hash=*hash {_STATE} description=@description {_CLIP} {_MEDIA} "
    "depends_on=>depends_on",
    "Workfile": f"{_ENTITY} name=*name label=*name path=path task=taskId/task {_STATE} description=@description "
    "thumbnail=thumbnailId/image",
    "Playlist": f"{_ENTITY} name=label label=label description=% items=*items locked=%/flag date=%/moment status=% "
    "tags=tags/list",
    "User": "id=name! name=name label=@fullName email=@email active=active/flag kind=*kind created_at=createdAt/moment! "
    "updated_at=updatedAt/moment!",
    "Group": "id=name! name=name label=name users=members/users",
    "Status": "id=name! name=name label=name code=shortName color=color icon=icon category=state scope=scope/list order=*order!",
    "TaskType": "id=name! name=name label=name code=shortName color=color icon=icon order=*order!",
    "Tag": "id=name! name=name label=name color=color",
    "Link": "id=id! uid=id! name=name label=name kind=linkType source=*source target=*target data=data/plain "
    "created_at=createdAt/moment! created_by=author/user!",
    "Note": "id=activityId! uid=activityId! subject=*subject body=*body links=*links/links tasks=*tasks/links "
    "author=*author/user addressees=*addressees/links cc=*cc/links attachments=*attachments status=*status kind=*kind "
    "tags=tags/list created_at=createdAt/moment created_by=*author/user! updated_at=updatedAt/moment!",
    "Reply": "id=activityId! uid=activityId! note=*note body=*body author=*author/user attachments=*attachments "
    "created_at=createdAt/moment created_by=*author/user! updated_at=updatedAt/moment!",
    "Reviewable": "id=activityId! uid=activityId! version=*version label=*label filename=*filename! mime_type=*mime! "
    "size=*size! url=*url! order=*order! created_at=createdAt/moment! created_by=*author/user! updated_at=updatedAt/moment!",
    "Attachment": "id=id! uid=id! filename=filename! label=filename! size=*size! mime_type=mime! links=*links/links! url=*url! "
    "kind=*kind! created_at=created_at/moment! created_by=author/user! updated_at=updated_at/moment!",
    "Event": "id=id!",
}  # fmt: skip

_HOMES: Final = {"@": "attrib", "%": "data", "*": "made", ">": "link_in", "<": "link_out"}


def _place(text: str) -> Place:
    field, _, rest = text.partition("=")
    rest, codec = ([*rest.rstrip("!").split("/"), "plain"])[:2]
    home = _HOMES.get(rest[:1], "column")
    key = rest if home == "column" else rest[1:]
    return Place(field, home, KEPT + field if home == "data" else key, codec, text.endswith("!"))


@cache
def places(type_name: str) -> dict[str, Place]:
    """The places of a type's neutral fields, by field; a kind of Folder has those of Folder."""
    return {place.field: place for place in map(_place, _TABLE[base_of(type_name)].split())}


@cache
def fields_at(type_name: str) -> dict[str, Place]:
    """The same table turned round: ``attrib.frameStart``, ``data.trackerkit_category`` or ``folderType`` → its place.

    Where several fields share a key (``name``, ``label`` and ``id`` of what has one name only), the first one that can be
    written answers.
    """
    made: dict[str, Place] = {}
    for place in sorted(places(type_name).values(), key=lambda place: place.is_read_only):
        if place.path:
            made.setdefault(place.path, place)
    return made


def raw_name(key: str) -> str:
    """The name under which AYON's own field is reached although a neutral name covers it."""
    return f"native({key})"


def place_of(type_name: str, field: Field) -> Place | None:
    """The place of any field of the schema: of the table, else a site's own attribute; None for what is derived."""
    known = places(type_name).get(field.name)
    if known is not None:
        return known
    if not field.is_stored or field.native is None:
        return None
    covered = fields_at(type_name).get(field.native) or fields_at(type_name).get(f"attrib.{field.native}")
    if covered is not None and field.name == raw_name(field.native):
        codec = BY_TYPE.get(field.data_type, "plain") if covered.codec == "day" else covered.codec
        return replace(covered, field=field.name, codec=codec)
    return Place(field.name, "attrib", field.native, BY_TYPE.get(field.data_type, "plain"), field.read_only)
