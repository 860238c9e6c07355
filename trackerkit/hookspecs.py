"""The hooks through which a package teaches trackerkit a tracker.

A package puts one module under the entry-point group ``trackerkit``; the module implements some of these functions,
each marked with ``hookimpl``. Nothing heavy is imported to answer them: classes and factories are named by string.
"""

from __future__ import annotations

from dataclasses import dataclass

import pluggy

hookspec = pluggy.HookspecMarker("trackerkit")
hookimpl = pluggy.HookimplMarker("trackerkit")


@dataclass(frozen=True)
class BackendInfo:
    """A backend, by name.

    Args:
        scheme: the URL's scheme, for example ``ayon``.
        title: what people call the tracker.
        target: ``module:Class``; the class has ``open(address, profile)``.
        extra: the extra of its distribution that it needs, or empty.
        distribution: the distribution that holds it.
    """

    scheme: str
    title: str
    target: str
    extra: str = ""
    distribution: str = "trackerkit"


@dataclass(frozen=True)
class GatewayInfo:
    """A gateway: a tracker's own wire protocol, served over any Tracker.

    Args:
        name: for example ``shotgrid``.
        title: what people call the protocol.
        target: ``module:factory``; ``factory(open, state, settings)`` gives an ASGI app.
        extra: the extra that it needs.
        distribution: the distribution that holds it.
        prepare: ``module:function``, or empty; ``function(tracker)`` gives a tracker that is ours to shape the entity types and
            fields that callers of this protocol expect, and says what it made. Doing it again does nothing.
    """

    name: str
    title: str
    target: str
    extra: str = "gateway"
    distribution: str = "trackerkit"
    prepare: str = ""


@dataclass(frozen=True)
class DialectInfo:
    """How a tracker speaks of actions and webhooks.

    Args:
        name: for example ``shotgrid``.
        actions: ``module:function`` that reads an action's payload, or empty.
        webhooks: ``module:function`` that checks and reads a webhook's delivery, or empty.
    """

    name: str
    actions: str = ""
    webhooks: str = ""


@hookspec
def trackerkit_backends() -> list[BackendInfo]:
    """The backends of this package."""
    raise NotImplementedError


@hookspec
def trackerkit_gateways() -> list[GatewayInfo]:
    """The gateways of this package."""
    raise NotImplementedError


@hookspec
def trackerkit_dialects() -> list[DialectInfo]:
    """The dialects of actions and webhooks of this package."""
    raise NotImplementedError
