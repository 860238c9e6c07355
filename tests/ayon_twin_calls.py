"""The calls that both clients of AYON have to answer alike, and the changes that they have to make alike."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from ayon_twins import AWKWARD, Call, Show, entity, outcome

_SHOT: Final = {"id", "name", "folderType", "path"}
OWN: Final = frozenset({"ownAttrib", "own_attributes"})
"""AYON's client asks for an entity's own attributes in a random order, and the server's answer depends on it."""

FOLDERS: Final[dict[str, Call]] = {
    "all": lambda api, show: api.get_folders(show.project),
    "with retired": lambda api, show: api.get_folders(show.project, active=None),
    "retired": lambda api, show: api.get_folders(show.project, active=False),
    "flat": lambda api, show: api.get_folders(show.project, active=None, fields=_SHOT | {"status", "tags", "label"}),
    "flat active": lambda api, show: api.get_folders(show.project, fields=_SHOT | {"status", "attrib"}),
    "flat retired": lambda api, show: api.get_folders(show.project, active=False, fields=_SHOT),
    "flat telling which": lambda api, show: api.get_folders(show.project, active=None, fields=_SHOT | {"active"}),
    "flat attrib": lambda api, show: api.get_folders(show.project, active=None, fields={"name", "attrib.fps"}),
    "flat all": lambda api, show: api.get_folders(
        show.project, active=None,
        fields={"id", "name", "label", "parentId", "parents", "folderType", "status", "tags", "hasTasks", "hasChildren",
                "thumbnailHash", "createdAt", "updatedAt", "path", "projectName", "attrib"},
    ),
    "by ids": lambda api, show: api.get_folders(show.project, folder_ids={show["hero"], show["sh1"]}),
    "by one id as text": lambda api, show: api.get_folders(show.project, folder_ids=show["hero"]),
    "by no id": lambda api, show: api.get_folders(show.project, folder_ids=[]),
    "by paths": lambda api, show: api.get_folders(show.project, folder_paths=["/shots/sq010/sh002", "/nowhere"]),
    "by names": lambda api, show: api.get_folders(show.project, folder_names=("sh001", "hero")),
    "by an awkward name": lambda api, show: api.get_folders(show.project, folder_names=[AWKWARD]),
    "by types": lambda api, show: api.get_folders(show.project, folder_types=["Sequence"]),
    "by parents": lambda api, show: api.get_folders(show.project, parent_ids=[show["assets"]], active=None),
    "at the top": lambda api, show: api.get_folders(show.project, parent_ids=[None]),
    "at the top by the project's name": lambda api, show: api.get_folders(show.project, parent_ids=[show.project]),
    "by path regex": lambda api, show: api.get_folders(show.project, folder_path_regex="sh00[12]$"),
    "with products": lambda api, show: api.get_folders(show.project, has_products=True, fields=_SHOT),
    "with tasks": lambda api, show: api.get_folders(show.project, has_tasks=True, fields=_SHOT),
    "without tasks": lambda api, show: api.get_folders(show.project, has_tasks=False, fields=_SHOT),
    "with children": lambda api, show: api.get_folders(show.project, has_children=True, fields=_SHOT),
    "by status": lambda api, show: api.get_folders(show.project, statuses=["On hold again"]),
    "by tags": lambda api, show: api.get_folders(show.project, tags=["hero"]),
    "by awkward tags": lambda api, show: api.get_folders(show.project, tags=['ü "q"']),
    "by assignees": lambda api, show: api.get_folders(show.project, assignees_all=[show.user]),
    "without links": lambda api, show: api.get_folders(show.project, has_links="ANY"),
    "by filter": lambda api, show: api.get_folders(
        show.project, filters={"conditions": [{"key": "attrib.fps", "operator": "eq", "value": 48.0}], "operator": "and"}
    ),
    "by filter as text": lambda api, show: api.get_folders(
        show.project, filters='{"conditions": [{"key": "name", "operator": "like", "value": "sh00%"}]}'
    ),
    "with links": lambda api, show: api.get_folders(show.project, fields={"id", "links"}),
    "nested fields": lambda api, show: api.get_folders(show.project, fields={"name", "parent.name", "parent.id"}),
    "attributes": lambda api, show: api.get_folders(show.project, fields=["attrib"]),
    "own attributes": lambda api, show: api.get_folders(show.project, own_attributes=True),
    "own attributes of some fields": lambda api, show: api.get_folders(
        show.project, fields={"id"}, own_attributes=True, active=None
    ),
    "no project": lambda api, show: api.get_folders(""),
    "unknown project": lambda api, show: api.get_folders("tk_nowhere"),
    "unknown field": lambda api, show: api.get_folders(show.project, fields={"colour"}),
    "by id": lambda api, show: api.get_folder_by_id(show.project, show["hero"]),
    "by id retired": lambda api, show: api.get_folder_by_id(show.project, show["retired"], fields={"name", "active"}),
    "by id unknown": lambda api, show: api.get_folder_by_id(show.project, "0" * 32),
    "by path": lambda api, show: api.get_folder_by_path(show.project, "/assets/hero", own_attributes=True),
    "by path unknown": lambda api, show: api.get_folder_by_path(show.project, f"/{AWKWARD}"),
    "by name": lambda api, show: api.get_folder_by_name(show.project, "sh003"),
    "ids with products": lambda api, show: api.get_folder_ids_with_products(show.project),
    "ids with products among": lambda api, show: api.get_folder_ids_with_products(
        show.project, [show["sh1"], show["hero"]]
    ),
    "rest": lambda api, show: api.get_rest_folder(show.project, show["hero"]),
    "rest unknown": lambda api, show: api.get_rest_folder(show.project, "0" * 32),
    "rest list": lambda api, show: sorted(api.get_rest_folders(show.project), key=lambda f: f["id"]),
    "rest list attrib": lambda api, show: sorted(api.get_rest_folders(show.project, True), key=lambda f: f["id"]),
    "rest list older name": lambda api, show: sorted(api.get_folders_rest(show.project), key=lambda f: f["id"]),
    "hierarchy": lambda api, show: api.get_folders_hierarchy(show.project),
    "hierarchy of types": lambda api, show: api.get_folders_hierarchy(show.project, folder_types=["Shot"]),
    "hierarchy by text": lambda api, show: api.get_folders_hierarchy(show.project, search_string="sh001"),
    "search": lambda api, show: sorted(api.search_folders(show.project, search="hero")),
    "search by task": lambda api, show: sorted(
        api.search_folders(
            show.project, task_filter={"conditions": [{"key": "name", "operator": "eq", "value": "comp"}]}
        )
    ),
    "search in vain": lambda api, show: api.search_folders(show.project, folder_search="zzz"),
    "groups": lambda api, show: api.get_entity_groups(show.project, "folder", "status"),
    "groups of types": lambda api, show: api.get_entity_groups(show.project, "folder", "folderType", empty=True),
}  # fmt: skip

TASKS: Final[dict[str, Call]] = {
    "all": lambda api, show: api.get_tasks(show.project),
    "with retired": lambda api, show: api.get_tasks(show.project, active=None),
    "retired": lambda api, show: api.get_tasks(show.project, active=False),
    "by ids": lambda api, show: api.get_tasks(show.project, task_ids=[show["comp1"], show["retired_task"]]),
    "by names": lambda api, show: api.get_tasks(show.project, task_names=["comp", "other"]),
    "by types": lambda api, show: api.get_tasks(show.project, task_types={"Animation"}, active=None),
    "by folders": lambda api, show: api.get_tasks(show.project, folder_ids=[show["sh1"]]),
    "by no folder": lambda api, show: api.get_tasks(show.project, folder_ids=()),
    "by any assignee": lambda api, show: api.get_tasks(show.project, assignees=[show.user, "nobody"]),
    "by all assignees": lambda api, show: api.get_tasks(show.project, assignees_all=[show.user, "nobody"]),
    "by status": lambda api, show: api.get_tasks(show.project, statuses=["Not ready"]),
    "by tags": lambda api, show: api.get_tasks(show.project, tags=["rush"]),
    "by filter": lambda api, show: api.get_tasks(
        show.project, filters={"conditions": [{"key": "attrib.priority", "operator": "eq", "value": "high"}]}
    ),
    "own attributes": lambda api, show: api.get_tasks(show.project, own_attributes=True),
    "of their folders": lambda api, show: api.get_tasks(show.project, fields={"name", "folder.name", "folder.path"}),
    "with links": lambda api, show: api.get_tasks(show.project, fields={"id", "links"}),
    "by name": lambda api, show: api.get_task_by_name(show.project, show["sh1"], "comp"),
    "by name in vain": lambda api, show: api.get_task_by_name(show.project, show["sh1"], AWKWARD),
    "by id": lambda api, show: api.get_task_by_id(show.project, show["comp2"], fields=["id", "assignees"]),
    "by folder paths": lambda api, show: api.get_tasks_by_folder_paths(
        show.project, ["/shots/sq010/sh001", "/shots/sq010/sh002", "/nowhere"]
    ),
    "by no folder path": lambda api, show: api.get_tasks_by_folder_paths(show.project, []),
    "by folder path": lambda api, show: api.get_tasks_by_folder_path(show.project, "/shots/sq010/sh001", active=None),
    "one by folder path": lambda api, show: api.get_task_by_folder_path(show.project, "/shots/sq010/sh001", "old"),
    "rest": lambda api, show: api.get_rest_task(show.project, show["comp1"]),
}  # fmt: skip

PRODUCTS: Final[dict[str, Call]] = {
    "all": lambda api, show: api.get_products(show.project),
    "with retired": lambda api, show: api.get_products(show.project, active=None),
    "by ids": lambda api, show: api.get_products(show.project, product_ids=[show["render1"], show["render2"]]),
    "by names": lambda api, show: api.get_products(show.project, product_names=["renderMain", "other"]),
    "by folders": lambda api, show: api.get_products(show.project, folder_ids=[show["sh2"]]),
    "by types": lambda api, show: api.get_products(show.project, product_types=["model"], active=None),
    "by name regex": lambda api, show: api.get_products(show.project, product_name_regex="^render"),
    "by path regex": lambda api, show: api.get_products(show.project, product_path_regex="sh001"),
    "by names in folders": lambda api, show: api.get_products(
        show.project, names_by_folder_ids={show["sh2"]: {"renderMain"}, show["sh1"]: ["oldMain", "renderMain"]}
    ),
    "by no names in folders": lambda api, show: api.get_products(show.project, names_by_folder_ids={show["sh2"]: []}),
    "by status and tags": lambda api, show: api.get_products(show.project, statuses=["Not ready"], tags=["none"]),
    "some fields": lambda api, show: api.get_products(show.project, fields={"name"}, active=None),
    "attributes": lambda api, show: api.get_products(show.project, fields={"attrib"}),
    "with links": lambda api, show: api.get_products(show.project, fields={"links"}),
    "own attributes": lambda api, show: api.get_products(show.project, own_attributes=True),
    "by id": lambda api, show: api.get_product_by_id(show.project, show["retired_product"]),
    "by name": lambda api, show: api.get_product_by_name(show.project, "renderMain", show["sh1"]),
    "types": lambda api, show: api.get_product_types(),
    "type names": lambda api, show: api.get_product_type_names(show.project, [show["render1"]]),
    "project types": lambda api, show: api.get_project_product_types(show.project),
    "rest": lambda api, show: api.get_rest_product(show.project, show["render1"]),
}

VERSIONS: Final[dict[str, Call]] = {
    "all": lambda api, show: api.get_versions(show.project),
    "with retired": lambda api, show: api.get_versions(show.project, active=None),
    "by ids": lambda api, show: api.get_versions(show.project, version_ids=[show["v11"], show["v32"]]),
    "by products": lambda api, show: api.get_versions(show.project, product_ids=[show["render1"]]),
    "by tasks": lambda api, show: api.get_versions(show.project, task_ids=[show["comp2"]]),
    "by numbers": lambda api, show: api.get_versions(show.project, versions=[2]),
    "without heroes": lambda api, show: api.get_versions(show.project, hero=False, fields={"version"}),
    "heroes": lambda api, show: api.get_versions(show.project, standard=False),
    "neither": lambda api, show: api.get_versions(show.project, hero=False, standard=False),
    "latest": lambda api, show: api.get_versions(show.project, latest=True, hero=False),
    "latest and heroes": lambda api, show: api.get_versions(show.project, latest=True),
    "by status": lambda api, show: api.get_versions(show.project, statuses=["Not ready"]),
    "by tags": lambda api, show: api.get_versions(show.project, tags=["t"]),
    "by filter": lambda api, show: api.get_versions(
        show.project, filters={"conditions": [{"key": "version", "operator": "gte", "value": 2}]}
    ),
    "with links": lambda api, show: api.get_versions(show.project, fields={"links"}),
    "by id": lambda api, show: api.get_version_by_id(show.project, show["hero_version"]),
    "by number": lambda api, show: api.get_version_by_name(show.project, 2, show["render2"]),
    "hero by id": lambda api, show: api.get_hero_version_by_id(show.project, show["hero_version"]),
    "hero by product": lambda api, show: api.get_hero_version_by_product_id(show.project, show["render1"]),
    "no hero by product": lambda api, show: api.get_hero_version_by_product_id(show.project, show["render2"]),
    "hero versions": lambda api, show: api.get_hero_versions(show.project),
    "last": lambda api, show: api.get_last_versions(show.project, [show["render1"], show["render2"], "0" * 32]),
    "last by product": lambda api, show: api.get_last_version_by_product_id(show.project, show["render2"]),
    "last by name": lambda api, show: api.get_last_version_by_product_name(show.project, "renderMain", show["sh2"]),
    "last by name in vain": lambda api, show: api.get_last_version_by_product_name(show.project, "x", show["sh2"]),
    "is latest": lambda api, show: api.version_is_latest(show.project, show["v22"]),
    "is not latest": lambda api, show: api.version_is_latest(show.project, show["v21"]),
    "rest": lambda api, show: api.get_rest_version(show.project, show["v11"]),
}

REPRESENTATIONS: Final[dict[str, Call]] = {
    "all": lambda api, show: api.get_representations(show.project),
    "with retired": lambda api, show: api.get_representations(show.project, active=None),
    "by ids": lambda api, show: api.get_representations(show.project, representation_ids=[show["r11exr"]]),
    "by names": lambda api, show: api.get_representations(show.project, representation_names=["mov"]),
    "by versions": lambda api, show: api.get_representations(show.project, version_ids=[show["v11"], show["v21"]]),
    "by names in versions": lambda api, show: api.get_representations(
        show.project, names_by_version_ids={show["v11"]: ["exr"], show["v21"]: ["mov"]}
    ),
    "by status and tags": lambda api, show: api.get_representations(show.project, statuses=["Not ready"], tags=["y"]),
    "with links of": lambda api, show: api.get_representations(show.project, has_links="out"),
    "files": lambda api, show: api.get_representations(show.project, fields={"id", "files"}),
    "names of files": lambda api, show: api.get_representations(show.project, fields={"files.name"}),
    "context": lambda api, show: api.get_representations(show.project, fields=["context", "attrib"]),
    "by id": lambda api, show: api.get_representation_by_id(show.project, show["retired_repre"]),
    "by name": lambda api, show: api.get_representation_by_name(show.project, "exr", show["v31"]),
    "hierarchy": lambda api, show: api.get_representation_hierarchy(show.project, show["r11exr"]),
    "hierarchy of some": lambda api, show: api.get_representations_hierarchy(
        show.project, [show["r11exr"], show["r21mov"], "0" * 32], project_fields={"name"}, folder_fields={"path"},
        task_fields={"name"}, product_fields={"name", "attrib"}, version_fields={"version"},
        representation_fields={"name"},
    ),
    "parents": lambda api, show: api.get_representation_parents(show.project, show["r21mov"]),
    "parents of some": lambda api, show: api.get_representations_parents(
        show.project, [show["r21mov"]], project_fields=[], folder_fields={"name"}, version_fields={"id"}
    ),
    "by context": lambda api, show: sorted(
        api.get_repre_ids_by_context_filters(show.project, {"folder.name": ["sh00[12]"], "ext": ["exr"]})
    ),
    "by context and version": lambda api, show: api.get_repre_ids_by_context_filters(
        show.project, {"ext": {"mov"}}, representation_names=["mov"], version_ids=[show["v32"]]
    ),
    "by no context": lambda api, show: api.get_repre_ids_by_context_filters(show.project, None),
    "by a context of text": lambda api, show: api.get_repre_ids_by_context_filters(show.project, {"ext": "exr"}),
    "rest": lambda api, show: api.get_rest_representation(show.project, show["r11exr"]),
}  # fmt: skip

WORKFILES: Final[dict[str, Call]] = {
    "all": lambda api, show: api.get_workfile_entities(show.project),
    "by ids": lambda api, show: api.get_workfile_entities(show.project, workfile_ids=[show["work1"]]),
    "by tasks": lambda api, show: api.get_workfile_entities(show.project, task_ids=[show["comp1"], show["comp2"]]),
    "by paths": lambda api, show: api.get_workfile_entities(
        show.project, paths=[f"{{root[work]}}/show/{AWKWARD}/sh001_v001.nk"]
    ),
    "by path regex": lambda api, show: api.get_workfile_entities(show.project, path_regex="sh002"),
    "by status and tags": lambda api, show: api.get_workfile_entities(show.project, statuses=["Not ready"], tags=["y"]),
    "by links": lambda api, show: api.get_workfile_entities(show.project, has_links="any"),
    "some fields": lambda api, show: api.get_workfile_entities(show.project, fields={"path", "attrib"}),
    "one": lambda api, show: api.get_workfile_entity(
        show.project, show["comp1"], f"{{root[work]}}/show/{AWKWARD}/sh001_v001.nk"
    ),
    "by id": lambda api, show: api.get_workfile_entity_by_id(show.project, show["work2"]),
    "older names": lambda api, show: [
        *api.get_workfiles_info(show.project, task_ids=[show["comp1"]]),
        api.get_workfile_info(show.project, show["comp1"], "nowhere"),
        api.get_workfile_info_by_id(show.project, show["work2"]),
    ],
}

PROJECTS: Final[dict[str, Call]] = {
    "names": lambda api, show: show.project in api.get_project_names(),
    "list": lambda api, show: [p for p in api.get_rest_projects_list(active=None) if p["name"] == show.project],
    "one": lambda api, show: api.get_project(show.project),
    "one unknown": lambda api, show: api.get_project("tk_nowhere"),
    "one of nothing": lambda api, show: api.get_rest_project(""),
    "rest": lambda api, show: api.get_rest_project(show.project),
    "code": lambda api, show: api.get_project(show.project, fields={"name", "code"}),
    "library and data": lambda api, show: api.get_project(show.project, fields={"name", "library", "data"}),
    "attributes": lambda api, show: api.get_project(show.project, fields={"name", "attrib"}),
    "used tags": lambda api, show: api.get_project(show.project, fields={"usedTags"}),
    "bundle": lambda api, show: api.get_project(show.project, fields={"name", "bundle"}),
    "product types": lambda api, show: api.get_project(show.project, fields={"name", "productTypes"}),
    "product types and statuses": lambda api, show: api.get_project(show.project, fields={"productTypes", "statuses"}),
    "product base types": lambda api, show: api.get_project(show.project, fields={"name", "productBaseTypes"}),
    "statuses": lambda api, show: api.get_project(show.project, fields={"statuses"}),
    "some of all": lambda api, show: [
        p for p in api.get_projects(fields={"name", "code", "library"}) if p["name"] == show.project
    ],
    "listed": lambda api, show: [p for p in api.get_projects(fields={"name", "code"}) if p["name"] == show.project],
    "own attributes": lambda api, show: api.get_project(show.project, own_attributes=True),
    "own attributes of fields": lambda api, show: api.get_project(show.project, fields={"name"}, own_attributes=True),
    "anatomy": lambda api, show: api.get_project_anatomy(show.project),
    "anatomy presets": lambda api, show: api.get_project_anatomy_presets(),
    "default preset": lambda api, show: api.get_default_anatomy_preset_name(),
    "primary preset": lambda api, show: api.get_project_anatomy_preset(),
    "built-in preset": lambda api, show: api.get_built_in_anatomy_preset(),
    "anatomy schema": lambda api, show: api.get_anatomy_schema(),
    "stats": lambda api, show: api.get_project_stats(show.project),
    "tags": lambda api, show: api.get_project_tags(show.project),
    "root overrides": lambda api, show: api.get_project_root_overrides(show.project),
    "root overrides of a site": lambda api, show: api.get_project_root_overrides_by_site_id(show.project, "somewhere"),
    "roots": lambda api, show: api.get_project_roots_by_platform(show.project, "linux"),
    "roots of here": lambda api, show: api.get_project_roots_by_site_id(show.project),
    "uris": lambda api, show: api.get_project_entity_uris(show.project, "version", [show["v11"]]),
    "resolved": lambda api, show: api.resolve_uris(
        [f"ayon+entity://{show.project}/shots/sq010/sh001?product=renderMain&version=v001"]
    ),
    "folders of projects": lambda api, show: api.get_project_folders(),
    "default fields": lambda api, show: {
        kind: sorted(api.get_default_fields_for_type(kind))
        for kind in ("project", "folder", "task", "product", "version", "representation", "workfile", "user", "event",
                     "activity", "productType", "entityList")
    },
}  # fmt: skip

READS: Final[dict[str, dict[str, Call]]] = {
    "folders": FOLDERS,
    "tasks": TASKS,
    "products": PRODUCTS,
    "versions": VERSIONS,
    "representations": REPRESENTATIONS,
    "workfiles": WORKFILES,
    "projects": PROJECTS,
}

FAILING: Final = frozenset({
    ("folders", "unknown project"), ("folders", "unknown field"), ("folders", "by an awkward name"),
    ("folders", "by awkward tags"), ("tasks", "by name in vain"), ("representations", "by no context"),
    ("representations", "by a context of text"),
})  # fmt: skip
"""The calls that have to fail, with both."""


# ---- changes: each is made with both clients, each time on entities of its own


def create_folder(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create with everything that a folder can be given."""
    made = api.create_folder(
        show.project, f"new_{unique}", "Shot", show["sq010"], label=AWKWARD, attrib={"fps": 12.5, "description": AWKWARD},
        data={"x": {"y": ["ü"]}}, tags=["a b"], status="In progress", active=False,
    )  # fmt: skip
    return "folder", made


def update_folder(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Change everything, then unset what can be unset."""
    made = api.create_folder(show.project, f"upd_{unique}", "Shot", show["sq010"], label="x", attrib={"fps": 12.5})
    api.update_folder(
        show.project, made, name=f"ren_{unique}", folder_type="Asset", parent_id=show["assets"], label=None,
        attrib={"fps": None, "frameStart": 7}, data={"n": 1}, tags=["t"], status="In progress", active=False,
    )  # fmt: skip
    return "folder", made


def delete_folder(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Delete with what is in it."""
    made = api.create_folder(show.project, f"del_{unique}", "Shot", show["sq010"])
    child = api.create_folder(show.project, "child", "Folder", made)
    api.create_product(show.project, "p", "render", child)
    api.delete_folder(show.project, made, force=True)
    return "folder", made


def change_task(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create, change, assign."""
    made = api.create_task(show.project, f"t_{unique}", "Compositing", show["sh4"], label=AWKWARD, data={"a": 1})
    api.update_task(show.project, made, task_type="Animation", label=None, attrib={"priority": "low"}, tags=["x"])
    api.assign_users_to_task(show.project, made, [show.user])
    return "task", made


def delete_task(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and delete."""
    made = api.create_task(show.project, f"t_{unique}", "Compositing", show["sh4"])
    api.delete_task(show.project, made)
    return "task", made


def change_product(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and change."""
    made = api.create_product(show.project, f"p_{unique}", "render", show["sh4"], data={"a": AWKWARD}, tags=("x",))
    api.update_product(show.project, made, folder_id=show["sh5"], product_type="model", attrib={"description": AWKWARD})
    return "product", made


def delete_product(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and delete."""
    made = api.create_product(show.project, f"p_{unique}", "render", show["sh4"])
    api.delete_product(show.project, made)
    return "product", made


def change_version(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and change."""
    number = int(unique, 16) % 1_000_000 + 10
    made = api.create_version(show.project, number, show["render3"], show["comp3"], attrib={"comment": AWKWARD})
    api.update_version(show.project, made, task_id=None, status="In progress", tags=["x"], active=False)
    return "version", made


def delete_version(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and delete."""
    made = api.create_version(show.project, int(unique, 16) % 1_000_000 + 10, show["render3"])
    api.delete_version(show.project, made)
    return "version", made


def change_representation(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and change."""
    files = [{"id": "a" * 32, "name": "x.exr", "path": f"/x/{AWKWARD}.exr", "size": 1, "hash": "h"}]
    made = api.create_representation(show.project, f"r_{unique}", show["v31"], files=files, data={"context": {"a": 1}})
    api.update_representation(show.project, made, version_id=show["v32"], data={"b": AWKWARD}, tags=["x"], files=[])
    return "representation", made


def delete_representation(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and delete."""
    made = api.create_representation(show.project, f"r_{unique}", show["v31"])
    api.delete_representation(show.project, made)
    return "representation", made


def change_workfile(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and change."""
    made = api.create_workfile_entity(show.project, f"/w/{unique}.nk", show["comp1"], data={"a": AWKWARD})
    api.update_workfile_entity(show.project, made, path=f"/w/{unique}b.nk", tags=["x"], attrib={"description": AWKWARD})
    api.update_workfile_info(show.project, made, status="In progress")
    return "workfile", made


def delete_workfile(api: Any, show: Show, unique: str) -> tuple[str, str]:
    """Create and delete."""
    made = api.create_workfile_entity(show.project, f"/w/{unique}.nk", show["comp1"])
    api.delete_workfile_info(show.project, made)
    return "workfile", made


CHANGES: Final = (
    create_folder, update_folder, delete_folder, change_task, delete_task, change_product, delete_product, change_version,
    delete_version, change_representation, delete_representation, change_workfile, delete_workfile,
)  # fmt: skip


def effect(change: Callable[[Any, Show, str], tuple[str, str]], api: Any, reader: Any, show: Show) -> Any:
    """What a change made, as REST tells it to ``reader``; or how it failed."""
    return outcome(lambda: entity(reader, show.project, *change(api, show, uuid.uuid4().hex[:8])))
