"""The methods of `MlflowClient` for the versions of registered models, and their lineage."""

from __future__ import annotations

import time
from typing import Any

from headrace.api import registry as api
from headrace.api.limits import DEFAULT_MODEL_VERSIONS_PER_SEARCH
from headrace.client.context.process import user_name
from headrace.client.model_lookup import find_version
from headrace.client.registered_model_calls import (
    RegisteredModelCalls,
    ensure_registered_model,
    only_of_headrace,
)
from headrace.client.tracking import get_session
from headrace.client.validation import make_request, tag_list
from headrace.entities import (
    ModelStage,
    ModelVersion,
    ModelVersionStatus,
    PagedList,
    VersionContent,
    VersionLineage,
)
from headrace.entities.card import shown_by
from headrace.errors import (
    DeadlineExceeded,
    HeadraceError,
    InvalidParameterValue,
    ResourceDoesNotExist,
)
from headrace.file_uri import scheme_of
from headrace.stores.base import Actor, acting_as
from headrace.stores.model_uri import parse_model_uri

DEFAULT_SECONDS_TO_WAIT = 300
_SECONDS_BETWEEN_LOOKS = 0.5


class ModelVersionCalls(RegisteredModelCalls):
    """Versions of registered models: their life, tags, stages and lineage.

    Each call that changes something takes a `reason`, which the history keeps. One that a rule may
    refuse, with `PermissionDenied`, takes `force`: with a reason, it is then made all the same.
    """

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: dict[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int = DEFAULT_SECONDS_TO_WAIT,
        model_id: str | None = None,
        *,
        reason: str | None = None,
    ) -> ModelVersion:
        """Create the next version of a registered model.

        Args:
            name: The registered model.
            source: Where the files are: in the artifacts of the run or logged model, at a place
                such as ``s3://bucket/model``, or ``models:/NAME/VERSION`` for a copy.
            run_id: The run that it comes from.
            tags: Tags; values become texts.
            run_link: Address of the run for people, if it is on another server.
            description: Words about it.
            await_creation_for: Seconds to wait until the version is READY, which one of Headrace
                is at once; 0 or None for not at all.
            model_id: The logged model that it is.
            reason: Why, for the history.

        Raises:
            ResourceDoesNotExist: If there is no such registered model.
            InvalidParameterValue: If the source is one that may not be named.
            DeadlineExceeded: If it does not become READY in that time.

        """
        if run_id or model_id:
            self._session.writer.deliver()  # the registry may be another store than that of runs
            self._session.deliver_files()
        request = make_request(
            api.CreateModelVersion,
            name=name,
            source=source,
            run_id=run_id,
            tags=tag_list(tags),
            run_link=run_link,
            description=description,
            model_id=model_id,
            reason=reason,
        )
        created = self._change(self._registry.create_model_version, request).model_version
        return shown_by(self._draw_card, self._awaited(created, await_creation_for or 0))

    def copy_model_version(
        self, src_model_uri: str, dst_name: str, *, reason: str | None = None
    ) -> ModelVersion:
        """Make a version of one registered model a version of another one, too.

        Args:
            src_model_uri: The version, by any name that it has, such as ``models:/a@champion``.
            dst_name: The other registered model, created if it is not there.
            reason: Why, for the history.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            InvalidParameterValue: If the URI names no version.

        """
        if scheme_of(src_model_uri) != "models":
            raise InvalidParameterValue(
                f"Unsupported source model URI: '{src_model_uri}'. Only a version of a registered "
                "model can be copied: models:/NAME/VERSION or another name of it."
            )
        named = parse_model_uri(src_model_uri)
        if named.model_id or named.path:
            raise InvalidParameterValue(
                f"{src_model_uri!r} names no version of a registered model. Register a logged "
                "model with headrace.register_model()."
            )
        version = find_version(self._registry, named)
        ensure_registered_model(self, dst_name, reason)
        request = make_request(
            api.CreateModelVersion,
            name=dst_name,
            source=f"models:/{version.name}/{version.version}",
            run_id=version.run_id or None,
            tags=tag_list(version.tags),
            run_link=version.run_link or None,
            description=version.description or None,
            model_id=version.model_id or None,
            reason=reason,
        )
        copy = self._change(self._registry.create_model_version, request).model_version
        return self._awaited(copy, DEFAULT_SECONDS_TO_WAIT)

    def get_model_version(self, name: str, version: str) -> ModelVersion:
        """Return a version.

        Raises:
            ResourceDoesNotExist: If there is no such version.

        """
        request = make_request(api.GetModelVersion, name=name, version=str(version))
        return shown_by(self._draw_card, self._registry.get_model_version(request).model_version)

    def update_model_version(
        self,
        name: str,
        version: str,
        description: str | None = None,
        *,
        reason: str | None = None,
    ) -> ModelVersion:
        """Set the description of a version.

        Raises:
            InvalidParameterValue: If no description is given.
            ResourceDoesNotExist: If there is no such version.

        """
        if description is None:
            raise InvalidParameterValue(
                "Attempting to update model version with no new field values: give a description, "
                "an empty one to delete it."
            )
        request = make_request(
            api.UpdateModelVersion,
            name=name,
            version=str(version),
            description=description,
            reason=reason,
        )
        return self._change(self._registry.update_model_version, request).model_version

    def transition_model_version_stage(
        self,
        name: str,
        version: str,
        stage: str,
        archive_existing_versions: bool = False,
        *,
        reason: str | None = None,
        expected: str | None = None,
        force: bool = False,
    ) -> ModelVersion:
        """Move a version into a stage.

        Args:
            name: The registered model.
            version: The version.
            stage: ``None``, ``Staging``, ``Production`` or ``Archived``, in any case.
            archive_existing_versions: Whether the other versions of the stage are archived;
                for ``Staging`` and ``Production`` only.
            reason: Why, for the history.
            expected: The stage that the version is believed to be in now.
            force: Whether to do it also if a rule refuses it, which takes a reason.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            InvalidParameterValue: If there is no such stage.
            ResourceConflict: If it is in another stage than expected: somebody was quicker.
            PermissionDenied: If a rule refuses it, and it is not forced.

        """
        request = make_request(
            api.TransitionModelVersionStage,
            name=name,
            version=str(version),
            stage=stage,
            archive_existing_versions=archive_existing_versions,
            reason=reason,
            expected=expected,
            force=force,
        )
        return self._change(self._registry.transition_model_version_stage, request).model_version

    def delete_model_version(
        self, name: str, version: str, *, reason: str | None = None, force: bool = False
    ) -> None:
        """Delete a version and the aliases that name it; its files and its history stay.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            PermissionDenied: If a rule refuses it, and it is not forced.

        """
        request = make_request(
            api.DeleteModelVersion, name=name, version=str(version), reason=reason, force=force
        )
        self._change(self._registry.delete_model_version, request)

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = DEFAULT_MODEL_VERSIONS_PER_SEARCH,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Return a page of the versions that fit.

        Args:
            filter_string: Such as ``name = 'churn'``, ``run_id = '...'`` or ``tags.team = 'a'``.
            max_results: Length of the page, 1 to 200000.
            order_by: Such as ``["version_number DESC"]``; the last change first if not given.
            page_token: The `token` of the page before.

        Raises:
            InvalidParameterValue: If an argument is malformed.

        """
        page = self._registry.search_model_versions(
            make_request(
                api.SearchModelVersions,
                filter=filter_string,
                max_results=max_results,
                order_by=order_by,
                page_token=page_token,
            )
        )
        return PagedList(page.model_versions, page.next_page_token)

    def get_model_version_download_uri(self, name: str, version: str) -> str:
        """Return where the files of a version lie.

        Raises:
            ResourceDoesNotExist: If there is no such version.

        """
        request = make_request(api.GetModelVersionDownloadUri, name=name, version=str(version))
        return self._registry.get_model_version_download_uri(request).artifact_uri

    def get_model_version_stages(self, name: str, version: str) -> list[str]:
        """Return the stages that any version can be in."""
        return [stage.value for stage in ModelStage]

    def get_model_version_lineage(self, name: str, version: str) -> VersionLineage:
        """Return what a version came from: its run, commit, data sets and logged model.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            NotSupported: If the registry is a server of MLflow's.

        """
        request = make_request(api.GetModelVersionLineage, name=name, version=str(version))
        with only_of_headrace("lineage of models"):
            return self._registry.get_model_version_lineage(request).lineage

    # --- what they hold --------------------------------------------------------------------------

    def get_model_version_content(self, name: str, version: str) -> VersionContent:
        """Return what a version holds: its files with their digests, and how they are.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            NotSupported: If the registry is a server of MLflow's.

        """
        request = make_request(
            api.GetModelVersionContent, name=name, version=str(version), files=True
        )
        with only_of_headrace("record of the contents of models"):
            return self._registry.get_model_version_content(request).content

    def verify_model_version(
        self, name: str, version: str, timeout: float | None = None
    ) -> VersionContent:
        """Have all files of a version read, and return how they are.

        What is not recorded yet is recorded, and does not change any more; what is, is compared.
        A server reads what it may open, so that nothing travels.

        Args:
            name: The registered model.
            version: The version.
            timeout: Seconds to wait for a server; None for as long as it takes.

        Returns:
            What is known now, without the list of files.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            DeadlineExceeded: If it takes longer; the server goes on.
            NotSupported: If the registry is a server of MLflow's.

        """
        from headrace.client.version_contents import verify

        found = self.get_model_version(name, version)
        with only_of_headrace("record of the contents of models"), acting_as(Actor(user_name())):
            return verify(get_session(self._registry_session_uri), self._session, found, timeout)

    # --- tags ------------------------------------------------------------------------------------

    def set_model_version_tag(
        self,
        name: str,
        version: str | None = None,
        key: str | None = None,
        value: Any = None,
        stage: str | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        """Set a tag of a version; the value becomes a text.

        Args:
            name: The registered model.
            version: The version; or else
            key: Key of the tag.
            value: Its value.
            stage: a stage, for the latest version in it.
            reason: Why, for the history.

        Raises:
            ResourceDoesNotExist: If there is no such version.
            InvalidParameterValue: If not exactly one of version and stage is given.

        """
        request = make_request(
            api.SetModelVersionTag,
            name=name,
            version=self._version_of(name, version, stage),
            key=key,
            value=str(value),
            reason=reason,
        )
        self._change(self._registry.set_model_version_tag, request)

    def delete_model_version_tag(
        self,
        name: str,
        version: str | None = None,
        key: str | None = None,
        stage: str | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        """Delete a tag of a version; arguments are those of `set_model_version_tag`."""
        request = make_request(
            api.DeleteModelVersionTag,
            name=name,
            version=self._version_of(name, version, stage),
            key=key,
            reason=reason,
        )
        self._change(self._registry.delete_model_version_tag, request)

    # --- parts -----------------------------------------------------------------------------------

    def _version_of(self, name: str, version: str | None, stage: str | None) -> str:
        if (version is None) == (stage is None):
            raise InvalidParameterValue(
                f"Exactly one of version and stage must be given, got {version=} and {stage=}."
            )
        if stage is None:
            return str(version)
        latest = self.get_latest_versions(name, [stage])
        if not latest:
            raise ResourceDoesNotExist(f"The model {name!r} has no version in stage {stage!r}.")
        return latest[0].version

    def _awaited(self, version: ModelVersion, seconds: float) -> ModelVersion:
        """Return a new version once it is READY; a registry may take its time for the files."""
        deadline = time.monotonic() + seconds
        pending = ModelVersionStatus.PENDING_REGISTRATION
        while seconds > 0 and version.status == pending:
            if time.monotonic() > deadline:
                raise DeadlineExceeded(
                    f"Version {version.version} of the model {version.name!r} was not READY after "
                    f"{seconds} s. It may still become so: see get_model_version()."
                )
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            version = self.get_model_version(version.name, version.version)
        if seconds > 0 and version.status == ModelVersionStatus.FAILED_REGISTRATION:
            raise HeadraceError(
                f"Version {version.version} of the model {version.name!r} could not be created: "
                f"{version.status_message}"
            )
        return version
