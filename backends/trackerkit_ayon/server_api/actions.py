"""Actions: what a server offers to do with entities, and the doing of it."""

from __future__ import annotations

from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.rest import done, given, list_of, object_of, path, query


class ActionsAPI(BaseServerAPI):
    """``/actions``.

    Where it is done is said by the same five arguments everywhere: ``project_name``; ``entity_type`` and
    ``entity_ids``, None for actions that hang on no entity; ``entity_subtypes``, the types of those folders or tasks;
    ``form_data``, what a dialogue of the action was answered. ``variant`` is that of the settings, the connection's own
    unless given.
    """

    def get_actions(
        self,
        project_name: str | None = None,
        entity_type: str | None = None,
        entity_ids: list[str] | None = None,
        entity_subtypes: list[str] | None = None,
        form_data: dict[str, Any] | None = None,
        *,
        variant: str | None = None,
        mode: str | None = None,
    ) -> list[dict[str, Any]]:
        """The actions that are offered there.

        Args:
            mode: ``simple``, ``dynamic`` or ``all``: those that are the same for every entity, those that addons tell for
                these entities, or both; ``simple`` unless given.
        """
        where = _where(project_name, entity_type, entity_ids, entity_subtypes, form_data)
        asked = query(variant=self._action_variant(variant), mode=mode or None)
        return list_of(self.post(f"actions/list{asked}", **where), "actions")

    def trigger_action(
        self,
        identifier: str,
        addon_name: str,
        addon_version: str,
        project_name: str | None = None,
        entity_type: str | None = None,
        entity_ids: list[str] | None = None,
        entity_subtypes: list[str] | None = None,
        form_data: dict[str, Any] | None = None,
        *,
        variant: str | None = None,
    ) -> dict[str, Any]:
        """Do an action: what the server answers, which says what to do here (open an address, start a launcher, ask).

        Args:
            identifier: of the action.
            addon_name: of the addon that offers it.
            addon_version: of that addon.
        """
        where = _where(project_name, entity_type, entity_ids, entity_subtypes, form_data)
        return self._action("execute", identifier, addon_name, addon_version, variant, where)

    def get_action_config(
        self,
        identifier: str,
        addon_name: str,
        addon_version: str,
        project_name: str | None = None,
        entity_type: str | None = None,
        entity_ids: list[str] | None = None,
        entity_subtypes: list[str] | None = None,
        form_data: dict[str, Any] | None = None,
        *,
        variant: str | None = None,
    ) -> dict[str, Any]:
        """How the caller has set an action; for the arguments see ``trigger_action``."""
        where = _where(project_name, entity_type, entity_ids, entity_subtypes, form_data)
        return self._action("config", identifier, addon_name, addon_version, variant, where)

    def set_action_config(
        self,
        identifier: str,
        addon_name: str,
        addon_version: str,
        value: dict[str, Any],
        project_name: str | None = None,
        entity_type: str | None = None,
        entity_ids: list[str] | None = None,
        entity_subtypes: list[str] | None = None,
        form_data: dict[str, Any] | None = None,
        *,
        variant: str | None = None,
    ) -> dict[str, Any]:
        """Set an action for the caller: the settings that hold now.

        Args:
            identifier: of the action.
            addon_name: of the addon that offers it.
            addon_version: of that addon.
            value: the settings.
        """
        where = _where(project_name, entity_type, entity_ids, entity_subtypes, form_data)
        said = {**where, **given(value=value)}
        return self._action("config", identifier, addon_name, addon_version, variant, said)

    def take_action(self, action_token: str) -> dict[str, Any]:
        """What a launcher is to do, for a token that a server handed to it; a token can be taken once."""
        # A GET that takes: sent again, it would find the token used up.
        return object_of(self.raw_get(path("actions", "take", action_token), safe=False))

    def abort_action(self, action_token: str, message: str | None = None) -> None:
        """Say that an action will not be done.

        Args:
            action_token: that the server handed out.
            message: why, for the user to read.
        """
        said = "Action aborted" if message is None else message
        done(self.post(path("actions", "abort", action_token), message=said))

    def _action(
        self, what: str, identifier: str, addon: str, version: str, variant: str | None, said: dict[str, Any]
    ) -> dict[str, Any]:
        asked = query(
            addonName=addon, addonVersion=version, identifier=identifier, variant=self._action_variant(variant)
        )
        return object_of(self.post(f"actions/{what}{asked}", **said))

    def _action_variant(self, variant: str | None) -> str:
        return self.get_default_settings_variant() if variant is None else variant


def _where(
    project: str | None, kind: str | None, ids: list[str] | None, subtypes: list[str] | None, form: Any
) -> dict[str, Any]:
    return given(projectName=project, entityType=kind, entityIds=ids, entitySubtypes=subtypes, formData=form)
