"""The methods of `MlflowClient` for registered models, and their history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from headrace.api import registry as api
from headrace.api.limits import DEFAULT_REGISTERED_MODELS_PER_PAGE
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request, tag_list
from headrace.entities import ModelVersion, PagedList, RegisteredModel, RegistryChange
from headrace.entities.card import shown_by
from headrace.errors import EndpointNotFound, NotSupported, ResourceAlreadyExists


class RegisteredModelCalls(StoreClient):
    """Registered models: their life, tags, aliases and history.

    Each call that changes something takes a `reason`, which the history keeps. One that a rule may
    refuse, with `PermissionDenied`, takes `force`: with a reason, it is then made all the same.
    """

    def create_registered_model(
        self,
        name: str,
        tags: dict[str, Any] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,
        *,
        reason: str | None = None,
    ) -> RegisteredModel:
        """Create a registered model, which has no version yet.

        Args:
            name: A name that no registered model has, without ``/`` and ``:``.
            tags: Tags; values become texts.
            description: Words about it.
            deployment_job_id: There for MLflow's sake; jobs of Databricks are not offered.
            reason: Why, for the history.

        Raises:
            ResourceAlreadyExists: If the name is taken.
            InvalidParameterValue: If an argument is malformed.
            NotSupported: If a deployment job is given.

        """
        _check_no_job(deployment_job_id)
        request = make_request(
            api.CreateRegisteredModel,
            name=name,
            tags=tag_list(tags),
            description=description,
            reason=reason,
        )
        return self._change(self._registry.create_registered_model, request).registered_model

    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a registered model with its aliases and the latest version of each stage.

        Raises:
            ResourceDoesNotExist: If there is none of this name.

        """
        request = make_request(api.GetRegisteredModel, name=name)
        return self._registry.get_registered_model(request).registered_model

    def rename_registered_model(
        self, name: str, new_name: str, *, reason: str | None = None, force: bool = False
    ) -> RegisteredModel:
        """Give a registered model another name; versions, aliases and history go with it.

        Raises:
            ResourceAlreadyExists: If the name is taken.
            ResourceDoesNotExist: If there is no such model.
            PermissionDenied: If a rule refuses it, and it is not forced.

        """
        request = make_request(
            api.RenameRegisteredModel, name=name, new_name=new_name, reason=reason, force=force
        )
        return self._change(self._registry.rename_registered_model, request).registered_model

    def update_registered_model(
        self,
        name: str,
        description: str | None = None,
        deployment_job_id: str | None = None,
        *,
        reason: str | None = None,
    ) -> RegisteredModel:
        """Set the description of a registered model; arguments are those of its creation."""
        _check_no_job(deployment_job_id)
        request = make_request(
            api.UpdateRegisteredModel, name=name, description=description, reason=reason
        )
        return self._change(self._registry.update_registered_model, request).registered_model

    def delete_registered_model(
        self, name: str, *, reason: str | None = None, force: bool = False
    ) -> None:
        """Delete a registered model with its versions and aliases; the history stays.

        The files of its versions stay too: they belong to the runs and logged models.

        Raises:
            ResourceDoesNotExist: If there is no such model.
            PermissionDenied: If a rule refuses it, and it is not forced.

        """
        request = make_request(api.DeleteRegisteredModel, name=name, reason=reason, force=force)
        self._change(self._registry.delete_registered_model, request)

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = DEFAULT_REGISTERED_MODELS_PER_PAGE,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Return a page of the registered models that fit.

        Args:
            filter_string: Such as ``name LIKE 'churn%' AND tags.team = 'a'``.
            max_results: Length of the page, 1 to 1000.
            order_by: Such as ``["last_updated_timestamp DESC"]``; by name if not given.
            page_token: The `token` of the page before.

        Raises:
            InvalidParameterValue: If an argument is malformed.

        """
        page = self._registry.search_registered_models(
            make_request(
                api.SearchRegisteredModels,
                filter=filter_string,
                max_results=max_results,
                order_by=order_by,
                page_token=page_token,
            )
        )
        return PagedList(page.registered_models, page.next_page_token)

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[ModelVersion]:
        """Return the latest version of each stage that has one; of all stages if none is given.

        Raises:
            ResourceDoesNotExist: If there is no such model.
            InvalidParameterValue: If a stage is none.

        """
        request = make_request(api.GetLatestVersions, name=name, stages=stages)
        return self._registry.get_latest_versions(request).model_versions

    # --- tags and aliases ------------------------------------------------------------------------

    def set_registered_model_tag(
        self, name: str, key: str, value: Any, *, reason: str | None = None
    ) -> None:
        """Set a tag of a registered model; the value becomes a text."""
        request = make_request(
            api.SetRegisteredModelTag, name=name, key=key, value=str(value), reason=reason
        )
        self._change(self._registry.set_registered_model_tag, request)

    def delete_registered_model_tag(
        self, name: str, key: str, *, reason: str | None = None
    ) -> None:
        """Delete a tag of a registered model; one that is not there is fine."""
        request = make_request(api.DeleteRegisteredModelTag, name=name, key=key, reason=reason)
        self._change(self._registry.delete_registered_model_tag, request)

    def set_registered_model_alias(
        self,
        name: str,
        alias: str,
        version: str,
        *,
        reason: str | None = None,
        expected: str | None = None,
        force: bool = False,
    ) -> None:
        """Let an alias name a version, whatever it named before.

        Args:
            name: The registered model.
            alias: Letters, digits, ``_`` and ``-``; not ``latest``, nor ``v`` and a number.
            version: The version.
            reason: Why, for the history.
            expected: The version that the alias is believed to name now, empty for none.
            force: Whether to do it also if a rule refuses it, which takes a reason.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            InvalidParameterValue: If the alias is not allowed.
            ResourceConflict: If it names another version than expected: somebody was quicker.
            PermissionDenied: If a rule refuses it, and it is not forced.

        """
        request = make_request(
            api.SetRegisteredModelAlias,
            name=name,
            alias=alias,
            version=str(version),
            reason=reason,
            expected=expected,
            force=force,
        )
        self._change(self._registry.set_registered_model_alias, request)

    def delete_registered_model_alias(
        self,
        name: str,
        alias: str,
        *,
        reason: str | None = None,
        expected: str | None = None,
        force: bool = False,
    ) -> None:
        """Delete an alias; arguments and errors are those of setting it.

        One that is not there is fine.
        """
        request = make_request(
            api.DeleteRegisteredModelAlias,
            name=name,
            alias=alias,
            reason=reason,
            expected=expected,
            force=force,
        )
        self._change(self._registry.delete_registered_model_alias, request)

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Return the version that an alias names.

        Raises:
            ResourceDoesNotExist: If there is no such model.
            InvalidParameterValue: If it has no such alias.

        """
        request = make_request(api.GetModelVersionByAlias, name=name, alias=alias)
        return shown_by(
            self._draw_card, self._registry.get_model_version_by_alias(request).model_version
        )

    # --- history ---------------------------------------------------------------------------------

    def get_registry_history(
        self,
        name: str | None = None,
        version: str | None = None,
        kind: str | None = None,
        key: str | None = None,
        max_results: int = 100,
        page_token: str | None = None,
        *,
        pattern: str | None = None,
    ) -> PagedList[RegistryChange]:
        """Return a page of the changes of a registered model, newest first.

        Args:
            name: Its present name, or the last one that it had before it was deleted.
            version: Only changes of this version.
            kind: Only changes of this `ChangeKind`, such as ``alias``.
            key: Only changes of the tag or alias of this name, or of rules at it or at this stage.
            max_results: Length of the page, 1 to 1000.
            page_token: The `token` of the page before.
            pattern: Instead of a name: the pattern of registered models, for changes of its rules.

        Raises:
            ResourceDoesNotExist: If there is and was no such model.
            NotSupported: If the registry is a server of MLflow's, which keeps no history.

        """
        request = make_request(
            api.ListRegistryChanges,
            name=name,
            pattern=pattern,
            version=None if version is None else str(version),
            kind=kind,
            key=key,
            max_results=max_results,
            page_token=page_token,
        )
        with only_of_headrace("history of models"):
            page = self._registry.list_registry_changes(request)
        return PagedList(page.changes, page.next_page_token)


@contextmanager
def only_of_headrace(what: str, where: str = "registry") -> Iterator[None]:
    """Say it plainly where a server of MLflow's is asked for what it has not."""
    try:
        yield
    except EndpointNotFound:
        raise NotSupported(
            f"This {where} has no {what}: it is a server of MLflow's. Servers and "
            "stores of Headrace have it."
        ) from None


def ensure_registered_model(client: RegisteredModelCalls, name: str, reason: str | None) -> bool:
    """Create a registered model unless it is there; return whether it was created."""
    try:
        client.create_registered_model(name, reason=reason)
    except ResourceAlreadyExists:
        return False
    return True


def _check_no_job(deployment_job_id: str | None) -> None:
    if deployment_job_id is not None:
        raise NotSupported(
            "Deployment jobs are Databricks' own: leave deployment_job_id out, and let what "
            "deploys a model look at its alias."
        )
