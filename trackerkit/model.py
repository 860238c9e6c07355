"""The neutral types and fields as data: the names that code, command line, docs and mappings use.

``neutral_schema()`` is the whole model; a backend takes from it what its tracker has.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from trackerkit.schema import EntityType, Field, Schema

KINDS: Final = ("Episode", "Sequence", "Scene", "Shot", "Asset")
"""The kinds of Folder that every tracker has; a site may have more."""

ANCESTORS: Final = {"episode": "Episode", "sequence": "Sequence", "scene": "Scene", "shot": "Shot", "asset": "Asset"}
"""The step of a path that means the nearest ancestor of a kind."""

EVENT_KINDS: Final = ("created", "changed", "retired", "restored", "deleted", "other")

_COMMON = "id:id~ type:entity_type~ project:link>Project created_at:datetime+ created_by:link+>User updated_at:datetime~ updated_by:link~>User"
_MEDIA = "fps:float resolution_width:integer resolution_height:integer pixel_aspect:float"
_RANGE = "frame_start:integer frame_end:integer handle_start:integer handle_end:integer"
_WORK = "Project,Folder,Task,Product,Version,File,Workfile,Playlist,Note"

# name:data_type, then: ! required, ~ read only, + at creation only, >targets, <Type.field reverse of.
_TABLE: Final = {
    "Project": f"name:text! label:text code:text status:choice description:text start_date:date end_date:date tags:choices "
    f"thumbnail:image users:links>User template:checkbox {_MEDIA} {_RANGE} clip_in:integer clip_out:integer priority:choice "
    "archived:checkbox folders:links<Folder.parent tasks:links<Task.parent notes:links<Note.links",
    "Folder": f"name:text! label:text kind:choice+ parent:link>Folder,Project path:text~ category:choice status:status "
    f"description:text tags:choices assignees:links>User,Group {_RANGE} {_MEDIA} clip_in:integer clip_out:integer "
    "cut_order:integer priority:choice start_date:date end_date:date thumbnail:image assets:links>Asset "
    "shots:links<Shot.assets children:links<Folder.parent tasks:links<Task.parent products:links<Product.parent "
    "versions:links<Version.parent published:links<File.parent notes:links<Note.links attachments:links<Attachment.links",
    "Task": "name:text! label:text type:choice parent:link>Folder,Project status:status assignees:links>User,Group "
    "reviewers:links>User,Group start_date:date end_date:date duration:duration estimate:duration priority:choice "
    "depends_on:links>Task dependents:links<Task.depends_on milestone:checkbox description:text tags:choices "
    "thumbnail:image versions:links<Version.task published:links<File.task workfiles:links<Workfile.task "
    "notes:links<Note.tasks time_logs:links<TimeLog.parent attachments:links<Attachment.links",
    "TaskType": "name:text! label:text code:text color:color icon:text applies_to:choice order:integer",
    "Status": "name:text! label:text code:text color:color icon:text category:choice scope:choices order:integer",
    "Product": "name:text! label:text type:choice base_type:choice parent:link>Folder,Project status:status tags:choices "
    "description:text versions:links<Version.product notes:links<Note.links attachments:links<Attachment.links",
    "Version": f"name:text! label:text number:integer product:link>Product parent:link>Folder,Project,Task task:link>Task "
    f"author:link>User status:status description:text {_RANGE} {_MEDIA} path:text movie_path:text tags:choices "
    "thumbnail:image files:links<File.version reviewables:links<Reviewable.version notes:links<Note.links "
    "playlists:links<Playlist.items attachments:links<Attachment.links",
    "File": "name:text! label:text type:choice number:integer version:link>Version parent:link>Folder,Project,Task "
    "task:link>Task path:text paths:json frames:text size:integer hash:text depends_on:links>File "
    "dependents:links<File.depends_on status:status tags:choices description:text thumbnail:image",
    "Workfile": "name:text! label:text path:text! task:link>Task status:status description:text thumbnail:image tags:choices",
    "Reviewable": "version:link>Version label:text filename:text mime_type:text size:integer url:file order:integer hash:text",
    "Note": f"subject:text body:text links:links>{_WORK} tasks:links>Task author:link>User addressees:links>User,Group "
    "cc:links>User,Group replies:links<Reply.note attachments:links>Attachment status:status kind:choice",
    "Reply": "note:link!>Note body:text author:link>User attachments:links>Attachment",
    "Attachment": f"filename:text! label:text size:integer mime_type:text hash:text links:links>{_WORK},Reply url:file "
    "kind:choice description:text thumbnail:image",
    "Playlist": "name:text! label:text description:text items:links>Version,Folder,Task,Product locked:checkbox date:datetime "
    "status:status tags:choices thumbnail:image notes:links<Note.links",
    "User": "name:text! label:text email:text active:checkbox groups:links<Group.users projects:links<Project.users kind:choice "
    "thumbnail:image tasks:links<Task.assignees",
    "Group": "name:text! label:text users:links>User",
    "Tag": "name:text! label:text color:color",
    "Link": "name:text label:text kind:choice! source:link!>* target:link!>* order:integer data:json",
    "TimeLog": "parent:link!>Task user:link>User date:date! duration:duration! description:text",
    "Revision": "name:text! label:text description:text url:url author:link>User links:links>Folder,Task,Version committed_at:datetime",
    "Event": "key:text~ cursor:text~ number:integer~ at:datetime~ actor:link+>User entity:link+>* kind:choice~ name:text+ "
    "field:text~ data_type:text~ old:json~ new:json~ added:json~ removed:json~ origin:text+ in_create:checkbox~ data:json+ "
    "description:text+",
}  # fmt: skip

_GLOBAL: Final = frozenset({"Project", "TaskType", "Status", "User", "Group", "Tag"})
_DISPLAY: Final = {
    "Note": "subject", "Reply": "body", "Attachment": "filename", "Reviewable": "label", "TimeLog": "description",
    "Event": "kind",
}  # fmt: skip
_ANCESTRAL: Final = ("Folder", "Task", "Product", "Version", "File", "Workfile")
_CHOICES: Final = {
    ("Status", "category"): ("not_started", "in_progress", "done", "blocked"),
    ("Event", "kind"): EVENT_KINDS,
    ("Attachment", "kind"): ("upload", "web", "local"),
    ("User", "kind"): ("human", "script", "service"),
}  # fmt: skip
_NEVER_NULL: Final = frozenset({"archived", "template", "milestone", "locked", "active"})


def parse_fields(type_name: str, text: str) -> Iterable[Field]:
    """Fields from the table's notation."""
    for item in text.split():
        name, _, rest = item.partition(":")
        rest, _, reverse = rest.partition("<")
        rest, _, targets = rest.partition(">")
        data_type = rest.rstrip("!~+")
        yield Field(
            name,
            data_type,
            label=name.replace("_", " ").capitalize(),
            targets=() if targets in ("", "*") else tuple(targets.split(",")),
            choices=_CHOICES.get((type_name, name), ()),
            required="!" in rest,
            read_only="~" in rest,
            create_only="+" in rest,
            reverse_of=_reverse(reverse),
        )


def _reverse(text: str) -> tuple[str, str] | None:
    owner, mark, name = text.partition(".")
    return (owner, name) if mark else None


def _with_targets(item: Field) -> Field:
    """A reverse field points to the type that owns the link."""
    from dataclasses import replace

    return replace(item, targets=(item.reverse_of[0],), read_only=True) if item.reverse_of else item


def _ancestor_fields() -> Iterable[Field]:
    for name, kind in ANCESTORS.items():
        yield Field(name, "link", label=kind, targets=(kind,), read_only=True, ancestor=kind)


def _entity_type(name: str) -> EntityType:
    fields = {item.name: _with_targets(item) for item in parse_fields(name, _COMMON)}
    if name in _GLOBAL:
        del fields["project"]
    fields.update((item.name, _with_targets(item)) for item in parse_fields(name, _TABLE[name]))
    if name in _ANCESTRAL:
        fields.update((item.name, item) for item in _ancestor_fields() if item.name not in fields)
    return EntityType(
        name,
        MappingProxyType(fields),
        label=name,
        display=_DISPLAY.get(name, "name"),
        in_project=name not in _GLOBAL,
        can_retire=name != "Event",
        read_only=name == "Event",
        append_only=name == "Event",
    )


def folder_kind(name: str, folder: EntityType) -> EntityType:
    """The entity type of a kind of Folder: the same fields."""
    return EntityType(name, folder.fields, label=name, base="Folder", display=folder.display)


@lru_cache(maxsize=1)
def neutral_schema() -> Schema:
    """The whole neutral model."""
    types = [_entity_type(name) for name in _TABLE]
    folder = next(item for item in types if item.name == "Folder")
    return Schema([*types, *(folder_kind(name, folder) for name in KINDS)])
