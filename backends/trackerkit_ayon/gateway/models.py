"""AYON's models of what clients send, as a table. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

ID: Final = r"^[0-f]{32}$"
LABEL: Final = r"^[^';]*$"
NAME: Final = r"^[a-zA-Z0-9_]([a-zA-Z0-9_\.\-]*[a-zA-Z0-9_])?$"
PROJECT_NAME: Final = r"^[a-zA-Z0-9_]*$"
PROJECT_CODE: Final = r"^[a-zA-Z0-9_][a-zA-Z0-9_]*[a-zA-Z0-9_]$"
USER_NAME: Final = r"^[a-zA-Z0-9][a-zA-Z0-9_\.\-]*[a-zA-Z0-9]$"
TOPIC: Final = r"^[a-zA-Z][a-zA-Z0-9_\.\*]{2,64}$"
ATTRIBUTE_NAME: Final = r"^[a-zA-Z0-9]{2,64}$"

_PATTERNS: Final = {
    "NAME": NAME, "LABEL": LABEL, "PROJECT": PROJECT_NAME, "CODE": PROJECT_CODE, "USER": USER_NAME, "TOPIC": TOPIC, "ID": ID,
    "ATTRIBUTE": ATTRIBUTE_NAME,
    "SOME": r"(?s)^.{1,100}$", "STATE": r"^(not_started|in_progress|done|blocked)$", "PART": r"^[^|]{1,100}$",
}  # fmt: skip
_COMMON: Final = "id:str/ID status:str tags:texts data:dict active:bool attrib:attrib thumbnailId:str/ID"

# name:kind, then /pattern and ! for what must be given; {model} and [model] for one and several of another model.
MODELS: Final[dict[str, str]] = {
    "folder": f"name:str/NAME! label:str/LABEL folderType:str parentId:str/ID {_COMMON}",
    "task": f"name:str/NAME! label:str/LABEL taskType:str! folderId:str/ID assignees:texts {_COMMON}",
    "product": f"name:str/NAME! folderId:str/ID! productType:str/NAME! productBaseType:str/NAME {_COMMON}",
    "version": f"version:int! productId:str/ID! taskId:str/ID author:str/USER {_COMMON}",
    "representation": f"name:str/NAME! versionId:str/ID! files:files traits:dict {_COMMON}",
    "workfile": f"path:str! taskId:str/ID! {_COMMON}",
    "project": "code:str/PROJECT! label:str/LABEL library:bool active:bool data:dict attrib:attrib config:dict "
    "folderTypes:[folder_type] taskTypes:[folder_type] statuses:[status] tags:[tag] linkTypes:[project_link]",
    "deploy": "name:str/PROJECT! code:str/CODE! label:str/LABEL library:bool anatomy:{anatomy} data:dict skeleton:bool "
    "assignUsers:bool",
    "anatomy": "roots:[root] templates:{templates} attributes:attrib folder_types:[folder_type] task_types:[folder_type] "
    "statuses:[status] tags:[tag] link_types:[anatomy_link] entity_naming:dict product_base_types:dict",
    "root": "name:str/SOME! windows:str linux:str darwin:str",
    "templates": "version_padding:int version:str frame_padding:int frame:str work:[template] publish:[template] "
    "hero:[template] delivery:[template] staging:[template] others:[template]",
    "template": "name:str/SOME! directory:str file:str value:str",
    "folder_type": "name:str/SOME! original_name:str shortName:str color:str icon:str",
    "status": "name:str/SOME! original_name:str shortName:str state:str/STATE icon:str color:str scope:texts",
    "tag": "name:str/SOME! original_name:str color:str",
    "anatomy_link": "link_type:str/PART! input_type:str/PART! output_type:str/PART! color:str style:str",
    "project_link": "name:str linkType:str/PART! inputType:str/PART! outputType:str/PART! data:dict",
    "user": "attrib:attrib data:dict active:bool password:str apiKey:str",
    "password": "password:str apiKey:str",
    "check_password": "password:str!",
    "api_key": "id:str/ID label:str! key:str! expires:float",
    "user_rename": "newName:str/USER!",
    "assign_groups": "accessGroups:dicts",
    "permissions": "studio:dict project:dict create:dict read:dict update:dict publish:dict delete:dict attrib_read:dict "
    "attrib_write:dict activities:dict actions:dict links:dict endpoints:dict advanced:dict",
    "restart": "required:bool reason:str",
    "resolve": "uris:texts! resolveRoots:bool",
    "uris": "entityType:str! ids:texts",
    "shelf": "id:str/ID label:str! parentId:str/ID access:dict data:dict",
    "order": "order:texts!",
    "assign_projects": "folderId:str projectNames:texts!",
    "suggest": "entityType:str! entityId:str/ID!",
    "context_filter": "names:texts versionIds:texts context:dicts",
    "project_rename": "name:str/PROJECT! code:str/CODE",
    "login": "name:str! password:str!",
    "operations": "operations:operations canFail:bool waitForEvents:bool raiseOnError:bool",
    "event": "topic:str/TOPIC! sender:str senderType:str hash:str project:str/PROJECT dependsOn:str/ID description:str "
    "summary:dict payload:dict finished:bool store:bool reuse:bool recipients:texts progress:float",
    "event_change": "sender:str project:str projectName:str user:str status:str description:str summary:dict payload:dict "
    "progress:float retries:int",
    "enroll": "sourceTopic:any! targetTopic:str/TOPIC! sender:str senderType:str description:str sequential:bool filter:dict "
    "maxRetries:int ignoreSenderTypes:texts ignoreOlderThan:int slothMode:bool",
    "event_operation": "type:str! filter:dict!",
    "activity": "id:str/ID activityType:str! body:str files:texts tags:texts timestamp:datetime data:dict",
    "activity_change": "body:str files:texts tags:texts appendFiles:bool data:dict",
    "inbox": "projectName:str! ids:texts all:bool status:str!",
    "reaction": "reaction:str!",
    "watchers": "watchers:texts!",
    "list": "id:str/ID label:str! entityType:str! entityListType:str entityListFolderId:str items:dicts owner:str access:dict "
    "attrib:dict data:dict template:dict tags:texts active:bool",
    "list_item": "id:str/ID entityId:str/ID! position:int label:str attrib:dict data:dict tags:texts",
    "link": "id:str/ID input:str/ID! output:str/ID! link:str linkType:str name:str data:dict",
    "link_type": "data:dict",
    "attribute": "position:int! scope:texts! data:dict!",
    "assign": "mode:str! users:texts!",
    "thumbnail": "id:str/ID",
    "secret": "name:str value:str",
    "preset_rename": "name:str!",
    "attributes": "attributes:[named_attribute]! deleteMissing:bool",
    "named_attribute": "name:str/ATTRIBUTE! position:int! scope:texts! data:dict! builtin:bool",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One key of a model.

    Args:
        name: in camelCase.
        kind: what it holds.
        pattern: what a text must match, or empty.
        required: a POST must have it.
    """

    name: str
    kind: str
    pattern: str = ""
    required: bool = False


@cache
def model(name: str) -> Mapping[str, Part]:
    """The keys of a model, by either spelling."""
    made: dict[str, Part] = {}
    for text in MODELS[name].split():
        key, _, rest = text.partition(":")
        kind, _, pattern = rest.rstrip("!").partition("/")
        part = Part(key, kind, _PATTERNS.get(pattern, ""), text.endswith("!"))
        made[key] = made[snake(key)] = part
    return made


def snake(name: str) -> str:
    """A key in snake_case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
