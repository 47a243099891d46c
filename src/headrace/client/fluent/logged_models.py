"""Fluent functions for logged models, and the active model."""

from __future__ import annotations

import json
import logging
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, overload

from headrace.client.active_model import (
    choose_model,
    get_active_model_id,
    last_logged_model_id,
    remember_logged_model,
)
from headrace.client.context import resolve_tags
from headrace.client.fluent.active_run import active_run, forget_series
from headrace.client.fluent.experiments import active_experiment_id
from headrace.client.fluent.paging import collect_pages
from headrace.client.frames import check_output_format, logged_models_frame
from headrace.client.mlflow_client import MlflowClient
from headrace.entities import LoggedModel, LoggedModelStatus, PagedList, tag_names
from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    import pandas

_MODELS_PER_PAGE = 100

_logger = logging.getLogger(__name__)


def initialize_logged_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Create a logged model in state PENDING, to be finished with `finalize_logged_model`.

    Args:
        name: Its name, not unique; the store finds one if not given.
        source_run_id: The run that makes it; the active one, if there is one, if not given.
        tags: Tags; those of the context, such as the git commit, are added.
        params: Params; values become texts.
        model_type: Its kind in your own words.
        experiment_id: The experiment that holds it; if not given that of the active run, else the
            active one.

    """
    model = _create(name, source_run_id, tags, params, model_type, experiment_id)
    remember_logged_model(model.model_id)
    return model


def create_external_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Create a logged model whose files live elsewhere; it is READY at once.

    Arguments are those of `initialize_logged_model`.
    """
    marked = {**(tags or {}), tag_names.MODEL_IS_EXTERNAL: "true"}
    created = _create(name, source_run_id, marked, params, model_type, experiment_id)
    client = MlflowClient()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "MLmodel").write_text(_external_model_file(created))
        client.log_model_artifacts(created.model_id, folder)
    model = client.finalize_logged_model(created.model_id, LoggedModelStatus.READY)
    remember_logged_model(model.model_id)
    return model


def finalize_logged_model(
    model_id: str, status: Literal["READY", "FAILED"] | LoggedModelStatus
) -> LoggedModel:
    """Say that a logged model's files are complete, or will never be.

    Raises:
        ResourceDoesNotExist: If there is no such model.

    """
    return MlflowClient().finalize_logged_model(model_id, status)


def get_logged_model(model_id: str) -> LoggedModel:
    """Return a logged model that is not deleted.

    Raises:
        ResourceDoesNotExist: If there is none with this id.

    """
    return MlflowClient().get_logged_model(model_id)


def last_logged_model() -> LoggedModel | None:
    """Return the model that this thread logged last, as it is now; None if it logged none."""
    model_id = last_logged_model_id()
    return get_logged_model(model_id) if model_id else None


def log_model_params(params: dict[str, str], model_id: str | None = None) -> None:
    """Add params to a logged model, the active one if none is given; values become texts.

    Raises:
        InvalidParameterValue: If there is no such model, or a param has another value.

    """
    MlflowClient().log_model_params(model_id or get_active_model_id() or "", params)


def set_logged_model_tags(model_id: str, tags: dict[str, Any]) -> None:
    """Set tags of a logged model; values become texts."""
    MlflowClient().set_logged_model_tags(model_id, tags)


def delete_logged_model_tag(model_id: str, key: str) -> None:
    """Delete a tag of a logged model."""
    MlflowClient().delete_logged_model_tag(model_id, key)


@overload
def search_logged_models(
    experiment_ids: list[str] | None = None,
    filter_string: str | None = None,
    datasets: list[dict[str, str]] | None = None,
    max_results: int | None = None,
    order_by: list[dict[str, Any]] | None = None,
    output_format: Literal["pandas"] = "pandas",
) -> pandas.DataFrame: ...


@overload
def search_logged_models(
    experiment_ids: list[str] | None = None,
    filter_string: str | None = None,
    datasets: list[dict[str, str]] | None = None,
    max_results: int | None = None,
    order_by: list[dict[str, Any]] | None = None,
    output_format: Literal["list"] = ...,
) -> list[LoggedModel]: ...


def search_logged_models(
    experiment_ids: list[str] | None = None,
    filter_string: str | None = None,
    datasets: list[dict[str, str]] | None = None,
    max_results: int | None = None,
    order_by: list[dict[str, Any]] | None = None,
    output_format: Literal["pandas", "list"] = "pandas",
) -> pandas.DataFrame | list[LoggedModel]:
    """Return the logged models that fit.

    Args:
        experiment_ids: The experiments to look in; the active one if not given.
        filter_string: Such as ``metrics.accuracy > 0.9 AND name = 'forest'``.
        datasets: Data sets that the conditions on metrics speak of: dictionaries with
            ``dataset_name`` and, if wanted, ``dataset_digest``.
        max_results: How many at most; all if not given.
        order_by: Dictionaries with ``field_name`` and, if wanted, ``ascending``, ``dataset_name``
            and ``dataset_digest``; newest first if not given.
        output_format: ``pandas`` for a frame, ``list`` for `LoggedModel` objects.

    Raises:
        InvalidParameterValue: If an argument is malformed.
        MissingLibrary: If pandas is wanted and not installed.

    """
    check_output_format(output_format, "pandas", "list")
    ids = experiment_ids or [active_experiment_id()]
    client = MlflowClient()

    def read_page(size: int, token: str | None) -> PagedList[LoggedModel]:
        return client.search_logged_models(ids, filter_string, datasets, size, order_by, token)

    models = collect_pages(read_page, _MODELS_PER_PAGE, max_results)
    return models if output_format == "list" else logged_models_frame(models)


# --- the active model ----------------------------------------------------------------------------


class ActiveModel(LoggedModel, dict=True):
    """A logged model that is the active one, until the end of a ``with`` block if used so."""

    @classmethod
    def activate(cls, model: LoggedModel) -> ActiveModel:
        """Make a model the active one of this thread."""
        active = cls(model.info, model.data)
        active.__dict__["before"] = choose_model(model.model_id)
        forget_series()
        _logger.info("Active model is set to the logged model with ID: %s", model.model_id)
        return active

    def __enter__(self) -> ActiveModel:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        choose_model(self.__dict__["before"])
        forget_series()


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> ActiveModel:
    """Choose the logged model that metrics of this thread describe.

    Args:
        name: Its name; the latest one of the active experiment that has it. An external model is
            created if there is none.
        model_id: Its id, instead of a name or to be checked with it.

    Raises:
        InvalidParameterValue: If neither is given or they do not fit together.
        ResourceDoesNotExist: If there is no model with this id.

    """
    if model_id is not None:
        model = get_logged_model(model_id)
        if name is not None and model.name != name:
            raise InvalidParameterValue(
                f"LoggedModel with model_id {model_id!r} has name {model.name!r}, which does not "
                f"match the provided name {name!r}."
            )
        return ActiveModel.activate(model)
    if name is None:
        raise InvalidParameterValue("Either name or model_id must be provided.")
    found = search_logged_models(
        filter_string=f"name='{name}'", max_results=2, output_format="list"
    )
    if len(found) > 1:
        _logger.warning("Several logged models are named %r: the latest is taken.", name)
    return ActiveModel.activate(found[0] if found else create_external_model(name=name))


# --- how a model begins --------------------------------------------------------------------------


def _create(
    name: str | None,
    source_run_id: str | None,
    tags: dict[str, str] | None,
    params: dict[str, str] | None,
    model_type: str | None,
    experiment_id: str | None,
) -> LoggedModel:
    run = active_run()
    if run is not None:
        source_run_id = source_run_id or run.info.run_id
        experiment_id = experiment_id or run.info.experiment_id
    return MlflowClient().create_logged_model(
        experiment_id or active_experiment_id(),
        name=name,
        source_run_id=source_run_id,
        tags=resolve_tags(tags),
        params=params,
        model_type=model_type,
    )


def _external_model_file(model: LoggedModel) -> str:
    """Return the text of the MLmodel file: YAML, whose scalars are written as JSON."""
    fields: dict[str, Any] = {
        "artifact_path": model.artifact_location,
        "flavors": {},
        "metadata": {tag_names.MODEL_IS_EXTERNAL: True},
        "model_id": model.model_id,
        "model_uuid": model.model_id,
        "run_id": model.source_run_id or None,
    }
    given = {key: value for key, value in fields.items() if value is not None}
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in given.items())
