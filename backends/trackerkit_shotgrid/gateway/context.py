"""What one call has at hand: who calls, the caller's Tracker as a ShotGrid site, and what all calls share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from trackerkit.events import Mark
from trackerkit.gateway.rates import Rates
from trackerkit.gateway.sessions import Caller, Callers
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.gateway.signing import Signer
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.values import Ref
from trackerkit_shotgrid.events import SUDO
from trackerkit_shotgrid.gateway.codes import StatusCodes
from trackerkit_shotgrid.gateway.facts import Facts
from trackerkit_shotgrid.gateway.ids import MakeIds
from trackerkit_shotgrid.gateway.logins import Logins
from trackerkit_shotgrid.gateway.lookups import Lookups
from trackerkit_shotgrid.gateway.numbered import Lists
from trackerkit_shotgrid.gateway.paging import Places
from trackerkit_shotgrid.gateway.personal import Person
from trackerkit_shotgrid.gateway.site import Bindings, Site
from trackerkit_shotgrid.gateway.urls import Urls
from trackerkit_shotgrid.gateway.wire import Limits


@dataclass(frozen=True, kw_only=True)
class ShotgridSettings(GatewaySettings):
    """Limits and habits of a ShotGrid gateway, besides those of any gateway.

    Attributes:
        open_files: who may fetch ``/file_serve/attachment/<id>`` without a signed link and without a session's cookie,
            which the official client cannot send to a port other than 80 and 443: an address whose client got a
            session token within the last minute, in that session's name. ``loopback``: only addresses of this machine;
            ``address``: any; ``never``.
        thumbnail_grace_s: how many seconds a new thumbnail shows as still being made, as on a live site.
        base_url: how callers reach the server, where that is not what they say in ``Host``.
        direct_uploads: files come by links, whole or in parts, as on a site with cloud storage, and not by one form.
        status_codes: statuses that the tracker knows by their names have ShotGrid's short codes: ``ip`` for ``In progress``.
        beside: entity types and fields of a ShotGrid site that the tracker has no place for are kept beside it: in the
            ``data`` of its records, and in the state.
        passwords: scripts may set ``password_proxy`` of a HumanUser, who can log in with it then.
    """

    open_files: str = "loopback"
    thumbnail_grace_s: float = 0.0
    base_url: str = ""
    direct_uploads: bool = False
    status_codes: bool = False
    beside: bool = False
    passwords: bool = False


_BINDINGS: Final = Bindings()
"""Of every gateway in this process: two that serve trackers with one schema make its bindings once."""


@dataclass
class Shared:
    """What all calls of a process share.

    Attributes:
        callers: verify who calls.
        state: what outlives the process.
        settings: limits and habits.
        signer: of links to files.
        make_ids: whole numbers for a tracker's records.
        places: where pages ended.
        lists: what was sorted by number lately.
        bindings: the types of schemas.
        logins: who is active.
    """

    callers: Callers[Tracker]
    state: State
    settings: ShotgridSettings
    signer: Signer
    make_ids: MakeIds = field(default_factory=MakeIds)
    places: Places = field(default_factory=Places)
    lists: Lists = field(default_factory=Lists)
    bindings: Bindings = _BINDINGS
    logins: Logins = field(default_factory=Logins)

    @cached_property
    def codes(self) -> StatusCodes:
        """Codes of statuses."""
        return StatusCodes(self.settings.status_codes)

    @cached_property
    def limits(self) -> Limits:
        """What one request may ask for."""
        return Limits(self.settings.filters, self.settings.batch, self.settings.page)

    @cached_property
    def rates(self) -> Rates:
        """How often an address may call what needs no key."""
        return Rates(self.settings, self.state.clock)

    def is_pending(self, ref: Ref) -> bool:
        """Whether a record's new thumbnail still shows as being made."""
        if not self.settings.thumbnail_grace_s:
            return False
        return self.state.get_document("shotgrid.thumbnails", f"{ref.type}:{ref.id}") is not None

    def mark_pending(self, ref: Ref) -> None:
        """A record has a new thumbnail."""
        if self.settings.thumbnail_grace_s:
            key = f"{ref.type}:{ref.id}"
            self.state.put_document("shotgrid.thumbnails", key, True, self.settings.thumbnail_grace_s)


@dataclass(frozen=True)
class Client:
    """The other end of the connection.

    Args:
        address: of the machine.
        port: tells its connections apart.
        base_url: how it reaches the server.
        is_local: it is this machine, and no proxy stands between.
    """

    address: str
    port: int
    base_url: str
    is_local: bool


class Context:
    """One call.

    Args:
        shared: what all calls share.
        client: where it comes from.
        caller: who calls.
        tracker: the caller's own.
        session: the ``session_uuid`` that the call says it belongs to.
    """

    def __init__(
        self, shared: Shared, client: Client, caller: Caller, tracker: Tracker, session: str | None = None
    ) -> None:
        self.shared = shared
        self.client = client
        self.caller = caller
        self.tracker = tracker
        self.session = session

    @cached_property
    def writer(self) -> Tracker:
        """The caller's Tracker, whose events say which session they belong to and who acts as somebody else."""
        if self.session is None and self.caller.acting_as is None:
            return self.tracker
        return self.tracker.marked(Mark(self.session, self._sudo()))

    def _sudo(self) -> dict[str, Any]:
        if self.caller.acting_as is None:
            return {}
        own = self.site.find_caller(Caller(self.caller.key))
        if own is None:
            return {SUDO: {"type": "ApiUser", "id": 0, "name": self.caller.name}}
        self.site.prepare([own])
        return {SUDO: self.site.entity(own)}

    @cached_property
    def site(self) -> Site:
        """The Tracker as a ShotGrid site."""
        ids = self.shared.make_ids(self.tracker, self.shared.state)
        made = Site(self.tracker, ids, self.shared.bindings)
        made.codes = self.shared.codes
        made.person = Person(self.facts, lambda: made.caller_key(self.caller), made.fact_key)
        return made

    @cached_property
    def facts(self) -> Facts:
        """What the state knows of the site."""
        return Facts(self.shared.state, self.tracker.backend.site)

    @cached_property
    def lookups(self) -> Lookups:
        """Names to records and back."""
        return Lookups(self.site)

    @cached_property
    def urls(self) -> Urls:
        """Links to files."""
        shared = self.shared
        return Urls(self.client.base_url, shared.signer, self.caller, shared.settings.link_s, shared.is_pending)

    @property
    def identity(self) -> tuple[Any, ...]:
        """Whose pages they are: two clients never share a place."""
        return (self.caller.key.id, self.caller.acting_as, self.client.address, self.client.port)
