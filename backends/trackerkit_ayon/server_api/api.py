"""ServerAPI: the connection with all its families of methods."""

from __future__ import annotations

from trackerkit_ayon.server_api.access import AccessAPI
from trackerkit_ayon.server_api.actions import ActionsAPI
from trackerkit_ayon.server_api.activities import ActivitiesAPI
from trackerkit_ayon.server_api.attributes import AttributesAPI
from trackerkit_ayon.server_api.bundles_addons import BundlesAddonsAPI
from trackerkit_ayon.server_api.dependency_packages import DependencyPackagesAPI
from trackerkit_ayon.server_api.eventhub import EventHubAPI
from trackerkit_ayon.server_api.installers import InstallersAPI
from trackerkit_ayon.server_api.links import LinksAPI
from trackerkit_ayon.server_api.lists import ListsAPI
from trackerkit_ayon.server_api.projects import ProjectsAPI
from trackerkit_ayon.server_api.representations import RepresentationsAPI
from trackerkit_ayon.server_api.reviewables import ReviewablesAPI
from trackerkit_ayon.server_api.secrets import SecretsAPI
from trackerkit_ayon.server_api.services import ServicesAPI
from trackerkit_ayon.server_api.system import SystemAPI
from trackerkit_ayon.server_api.tasks import TasksAPI
from trackerkit_ayon.server_api.thumbnails import ThumbnailsAPI
from trackerkit_ayon.server_api.versions import VersionsAPI
from trackerkit_ayon.server_api.workfiles import WorkfilesAPI


class ServerAPI(
    EventHubAPI,
    InstallersAPI,
    DependencyPackagesAPI,
    SecretsAPI,
    BundlesAddonsAPI,
    AttributesAPI,
    ProjectsAPI,
    TasksAPI,
    VersionsAPI,
    RepresentationsAPI,
    WorkfilesAPI,
    ThumbnailsAPI,
    ActivitiesAPI,
    ActionsAPI,
    LinksAPI,
    ListsAPI,
    AccessAPI,
    ServicesAPI,
    SystemAPI,
    ReviewablesAPI,
):
    """One AYON server, with the names, arguments and answers of AYON's Python API.

    Where that one fails its users this one does not: a request that changes something is sent once, and when no answer
    came an error says so instead of a made-up status; a broken answer is an error and never empty data; a file lands
    whole or not at all; and the key goes to the server alone, wherever it leads. See the reference page of the class.
    """


def public_methods() -> list[str]:
    """The names of the methods, sorted: each is a function of the package too."""
    return sorted(name for name in dir(ServerAPI) if not name.startswith("_") and callable(getattr(ServerAPI, name)))
