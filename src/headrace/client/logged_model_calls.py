"""The methods of `MlflowClient` for logged models."""

from __future__ import annotations

from typing import Any, Literal

from headrace.api import tracking as api
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request, tag_list, to_experiment_id
from headrace.entities import LoggedModel, LoggedModelStatus, PagedList
from headrace.errors import InvalidParameterValue


class LoggedModelCalls(StoreClient):
    """Logged models: their life, params and tags."""

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Create a logged model in state PENDING.

        Args:
            experiment_id: The experiment that holds it.
            name: Its name, not unique; the store finds one if not given.
            source_run_id: The run that makes it.
            tags: Tags; values become texts.
            params: Params; values become texts.
            model_type: Its kind in your own words.

        Raises:
            InvalidParameterValue: If an argument is malformed.
            ResourceDoesNotExist: If there is no such experiment.

        """
        request = make_request(
            api.CreateLoggedModel,
            experiment_id=to_experiment_id(experiment_id),
            name=name,
            model_type=model_type,
            source_run_id=source_run_id,
            params=tag_list(params),
            tags=tag_list(tags),
        )
        return self._store.create_logged_model(request).model

    def finalize_logged_model(
        self, model_id: str, status: Literal["READY", "FAILED"] | LoggedModelStatus
    ) -> LoggedModel:
        """Say that a logged model's files are complete, or will never be.

        Raises:
            ResourceDoesNotExist: If there is no such model.

        """
        request = make_request(
            api.FinalizeLoggedModel,
            model_id=_checked_id(model_id),
            status=LoggedModelStatus.of(status).wire_name,
        )
        return self._store.finalize_logged_model(request).model

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model that is not deleted.

        Raises:
            ResourceDoesNotExist: If there is none with this id.

        """
        request = make_request(api.GetLoggedModel, model_id=_checked_id(model_id))
        return self._store.get_logged_model(request).model

    def delete_logged_model(self, model_id: str) -> None:
        """Mark a logged model as deleted."""
        request = make_request(api.DeleteLoggedModel, model_id=_checked_id(model_id))
        self._store.delete_logged_model(request)

    def log_model_params(self, model_id: str, params: dict[str, str]) -> None:
        """Add params to a logged model; values become texts.

        Raises:
            ResourceDoesNotExist: If there is no such model.
            InvalidParameterValue: If a param is malformed or has another value.

        """
        self._store.log_logged_model_params(
            make_request(
                api.LogLoggedModelParams, model_id=_checked_id(model_id), params=tag_list(params)
            )
        )

    def set_logged_model_tags(self, model_id: str, tags: dict[str, Any]) -> None:
        """Set tags of a logged model; values become texts.

        Raises:
            ResourceDoesNotExist: If there is no such model.

        """
        self._store.set_logged_model_tags(
            make_request(
                api.SetLoggedModelTags, model_id=_checked_id(model_id), tags=tag_list(tags)
            )
        )

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Delete a tag of a logged model.

        Raises:
            ResourceDoesNotExist: If there is no such model, or it has no such tag.

        """
        self._store.delete_logged_model_tag(
            make_request(api.DeleteLoggedModelTag, model_id=_checked_id(model_id), tag_key=key)
        )

    def search_logged_models(
        self,
        experiment_ids: list[str],
        filter_string: str | None = None,
        datasets: list[dict[str, Any]] | None = None,
        max_results: int | None = None,
        order_by: list[dict[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Return a page of the logged models that fit.

        Args:
            experiment_ids: The experiments to look in.
            filter_string: Such as ``metrics.accuracy > 0.9 AND name = 'forest'``.
            datasets: Data sets, each a dictionary with ``dataset_name`` and, if wanted,
                ``dataset_digest``, that the conditions on metrics speak of.
            max_results: Length of the page.
            order_by: Dictionaries with ``field_name`` and, if wanted, ``ascending``,
                ``dataset_name`` and ``dataset_digest``.
            page_token: The `token` of the page before.

        Raises:
            InvalidParameterValue: If an argument is malformed.

        """
        if not isinstance(experiment_ids, list):
            raise InvalidParameterValue(
                f"experiment_ids must be a list of texts, got {experiment_ids!r}."
            )
        answer = self._store.search_logged_models(
            make_request(
                api.SearchLoggedModels,
                experiment_ids=experiment_ids,
                filter=filter_string,
                datasets=datasets,
                max_results=max_results,
                order_by=order_by,
                page_token=page_token,
            )
        )
        return PagedList(answer.models, answer.next_page_token)


def _checked_id(model_id: object) -> str:
    if not isinstance(model_id, str) or not model_id:
        raise InvalidParameterValue(f"`model_id` must be a non-empty string, but got {model_id!r}.")
    return model_id
