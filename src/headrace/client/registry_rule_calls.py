"""The methods of `MlflowClient` for rules of the registry: protections and gates."""

from __future__ import annotations

from headrace.api import registry_rules as api
from headrace.api.limits import MAX_RULES_PER_PAGE
from headrace.api.registry_rules import ModelMoveCheck
from headrace.client.registered_model_calls import only_of_headrace
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request
from headrace.entities import Condition, PagedList, RegistryRule


class RegistryRuleCalls(StoreClient):
    """Rules at aliases and stages of registered models, and what they say of moves."""

    def add_registry_rule(
        self,
        condition: Condition,
        name: str | None = None,
        *,
        pattern: str | None = None,
        alias: str | None = None,
        stage: str | None = None,
        reason: str | None = None,
    ) -> RegistryRule:
        """Add a rule to an alias or a stage, for a server that has users as one of its admins.

        Args:
            condition: What must hold, of `headrace.entities`: ``Protected()`` for a move that must
                be forced, ``MetricGate.parse("accuracy >= 0.9")``, ``TagGate("approved", "yes")``,
                ``ContentGate()`` for files that are verified.
            name: The registered model; or else
            pattern: the names of all to come and that there are, where ``*`` stands for any
                characters: ``"credit-*"``.
            alias: The alias; or else
            stage: the stage, any but ``None``.
            reason: Why, for the history.

        Returns:
            The rule; the one that was there already, if it says the same.

        Raises:
            ResourceDoesNotExist: If there is no such registered model.
            InvalidParameterValue: If an argument is malformed.
            PermissionDenied: If a server does not let this user make rules.
            NotSupported: If the registry is a server of MLflow's.

        """
        request = make_request(
            api.AddRegistryRule,
            condition=condition,
            name=name,
            pattern=pattern,
            alias=alias,
            stage=stage,
            reason=reason,
        )
        with only_of_headrace("rules of models"):
            return self._change(self._registry.add_registry_rule, request).rule

    def delete_registry_rule(
        self,
        condition: Condition,
        name: str | None = None,
        *,
        pattern: str | None = None,
        alias: str | None = None,
        stage: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Delete a rule, which is named by all that it says; see `add_registry_rule`.

        Raises:
            ResourceDoesNotExist: If there is no such rule.

        """
        request = make_request(
            api.DeleteRegistryRule,
            condition=condition,
            name=name,
            pattern=pattern,
            alias=alias,
            stage=stage,
            reason=reason,
        )
        with only_of_headrace("rules of models"):
            self._change(self._registry.delete_registry_rule, request)

    def list_registry_rules(
        self,
        name: str | None = None,
        max_results: int = MAX_RULES_PER_PAGE,
        page_token: str | None = None,
    ) -> PagedList[RegistryRule]:
        """Return the rules of a registered model, those of patterns included, or a page of all.

        Args:
            name: The registered model; None for the rules of all.
            max_results: Length of a page of all, 1 to 1000.
            page_token: The `token` of the page before.

        Raises:
            ResourceDoesNotExist: If there is no such registered model.
            NotSupported: If the registry is a server of MLflow's.

        """
        request = make_request(
            api.ListRegistryRules, name=name, max_results=max_results, page_token=page_token
        )
        with only_of_headrace("rules of models"):
            page = self._registry.list_registry_rules(request)
        return PagedList(page.rules, page.next_page_token)

    def check_model_move(
        self,
        name: str,
        version: str,
        *,
        alias: str | None = None,
        stage: str | None = None,
        archive_existing_versions: bool = False,
    ) -> ModelMoveCheck:
        """Return what rules say of a move, which is not made.

        Args:
            name: The registered model.
            version: The version that would move.
            alias: The alias that would name it; or else
            stage: the stage that it would get into.
            archive_existing_versions: Whether that stage's other versions would be archived.

        Returns:
            Whether the move would be made without force, and what each rule says of it.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            InvalidParameterValue: If an argument is malformed.
            NotSupported: If the registry is a server of MLflow's.

        """
        request = make_request(
            api.CheckModelMove,
            name=name,
            version=str(version),
            alias=alias,
            stage=stage,
            archive_existing_versions=archive_existing_versions,
        )
        with only_of_headrace("rules of models"):
            return self._registry.check_model_move(request)
