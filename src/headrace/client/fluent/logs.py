"""Fluent functions that log into the active run; one is started if there is none."""

from __future__ import annotations

import struct
from collections import OrderedDict
from time import time_ns
from typing import TYPE_CHECKING, Any

from headrace.client import validation
from headrace.client.active_model import get_active_model_id
from headrace.client.fluent.active_run import (
    active_or_new,
    find_active,
    forget_series,
    innermost,
)
from headrace.client.fluent.links import RunLinks
from headrace.client.mlflow_client import HastyClient, MlflowClient
from headrace.client.operations import RunOperations
from headrace.client.tracking import get_session
from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunTag,
    tag_names,
)
from headrace.errors import (
    InvalidParameterValue,
    InvalidState,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)

if TYPE_CHECKING:
    from headrace import data

_MAX_KNOWN_RUNS = 256

# What keeps a point from being appended to the journal without a further look: no active run, a
# metric that is new or not hashable, a value or step of another type, a journal that is closed.
_NOT_QUICK = (IndexError, KeyError, TypeError, struct.error, OverflowError, InvalidState)

_links_of_others: OrderedDict[tuple[str, str], RunLinks] = OrderedDict()


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: data.Dataset | Dataset | None = None,
) -> RunOperations | None:
    """Log one point of a metric.

    Args:
        key: Name of the metric: letters, digits and ``_-./: ``, at most 250 characters.
        value: A number; NaN and the infinities too.
        step: Any 64-bit integer; 0 if not given.
        synchronous: True raises what goes wrong, False returns `RunOperations` that tell it, None
            does what the settings say.
        timestamp: Milliseconds since the epoch; now if not given.
        run_id: The run; the active one if not given.
        model_id: The logged model that the value describes. If not given, the active model, else
            those that the run produced at this step.
        dataset: The data set that the value was measured on; it becomes an input of the run.

    Raises:
        InvalidParameterValue: If an argument is malformed.
        ResourceDoesNotExist: If there is no such run.

    """
    if synchronous is None and not (run_id or timestamp or model_id) and dataset is None:
        try:
            active = innermost()
            moment = time_ns() // 1_000_000
            active.journal.append_point(active.series[key], step or 0, moment, value)
        except _NOT_QUICK:
            pass  # a metric that is not known yet, or something is wrong: the long way tells
        else:
            return None
    return _log_metrics({key: value}, step, synchronous, run_id, timestamp, model_id, dataset)


def log_metrics(
    metrics: dict[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: data.Dataset | Dataset | None = None,
) -> RunOperations | None:
    """Log one point of each of several metrics.

    Args:
        metrics: Names and values.
        step: Their step; 0 if not given.
        synchronous: As for `log_metric`.
        run_id: The run; the active one if not given.
        timestamp: Milliseconds since the epoch; now if not given.
        model_id: As for `log_metric`.
        dataset: As for `log_metric`.

    Raises:
        InvalidParameterValue: If an argument is malformed.
        ResourceDoesNotExist: If there is no such run.

    """
    if metrics and synchronous is None and not (run_id or timestamp or model_id or dataset):
        try:
            active = innermost()
            row = active.rows[tuple(metrics)]
            moment = time_ns() // 1_000_000
            active.journal.append_row(row, step or 0, moment, metrics.values())
        except _NOT_QUICK:
            pass
        else:
            return None
    return _log_metrics(metrics, step, synchronous, run_id, timestamp, model_id, dataset)


def _log_metrics(
    metrics: dict[str, float],
    step: int | None,
    synchronous: bool | None,
    run_id: str | None,
    timestamp: int | None,
    model_id: str | None,
    dataset: data.Dataset | Dataset | None,
) -> RunOperations | None:
    """Do what `log_metrics` says, after a look at everything that it speaks of."""
    client, target_id, links = _run_with_links(run_id)
    checked_step = validation.to_int("step", step)
    measured_on = None if dataset is None else _as_entity(dataset)
    model_ids = [model_id or get_active_model_id()]
    if model_ids == [None]:
        model_ids = [*links.outputs_at(checked_step)] or [None]
    _link(client, target_id, links, model_ids, measured_on)
    moment = timestamp or validation.now()
    points = [
        Metric(
            key=key,
            value=value,
            timestamp=moment,
            step=checked_step,
            model_id=model,
            dataset_name=measured_on.name if measured_on else None,
            dataset_digest=measured_on.digest if measured_on else None,
        )
        for key, value in metrics.items()
        for model in model_ids
    ]
    operations = _log_points(client, target_id, points, synchronous)
    is_plain = measured_on is None and model_ids == [None] and not links.have_outputs
    if is_plain and synchronous is None and run_id is None and operations is None:
        active = innermost()
        known = active.writer.make_quick(target_id, metrics)
        active.series, active.rows = known.quick, known.rows
    return operations


def _log_points(
    client: MlflowClient, run_id: str, points: list[Metric], synchronous: bool | None
) -> RunOperations | None:
    if len(points) != 1:
        return client.log_batch(run_id, points, synchronous=synchronous)
    point = points[0]
    return client.log_metric(
        run_id,
        point.key,
        point.value,
        point.timestamp,
        point.step,
        synchronous,
        point.dataset_name,
        point.dataset_digest,
        point.model_id,
    )


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:
    """Log a param of the active run: set once, its value the text of what is given.

    Args:
        key: Name of the param: letters, digits and ``_-./: ``, at most 250 characters.
        value: The value.
        synchronous: As for `log_metric`.

    Returns:
        The value as given, or the `RunOperations` if not synchronous.

    Raises:
        InvalidParameterValue: If an argument is malformed or the param has another value.

    """
    active = active_or_new()
    return active.client.log_param(active.run_id, key, value, synchronous)


def log_params(
    params: dict[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> RunOperations | None:
    """Log several params.

    Args:
        params: Names and values; values become texts.
        synchronous: As for `log_metric`.
        run_id: The run; the active one if not given.

    Raises:
        InvalidParameterValue: If an argument is malformed or a param has another value.

    """
    client, target_id = _run(run_id)
    entries = [Param(key, str(value)) for key, value in params.items()]
    return client.log_batch(target_id, params=entries, synchronous=synchronous)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> RunOperations | None:
    """Set a tag of the active run; the value becomes a text."""
    active = active_or_new()
    return active.client.set_tag(active.run_id, key, value, synchronous)


def set_tags(tags: dict[str, Any], synchronous: bool | None = None) -> RunOperations | None:
    """Set several tags of the active run; values become texts."""
    active = active_or_new()
    entries = [RunTag(key, str(value)) for key, value in tags.items()]
    return active.client.log_batch(active.run_id, tags=entries, synchronous=synchronous)


def delete_tag(key: str) -> None:
    """Delete a tag of the active run.

    Raises:
        ResourceDoesNotExist: If it has no such tag.

    """
    active = active_or_new()
    active.client.delete_tag(active.run_id, key)


# --- inputs and outputs --------------------------------------------------------------------------


def log_input(
    dataset: data.Dataset | Dataset | None = None,
    context: str | None = None,
    tags: dict[str, str] | None = None,
    model: LoggedModelInput | None = None,
) -> None:
    """Record a data set, a logged model or both as inputs of the active run.

    Args:
        dataset: A data set, such as `headrace.data.from_pandas` makes.
        context: What it is used for, such as ``training``.
        tags: Further tags of the input.
        model: The logged model.

    Raises:
        InvalidParameterValue: If context or tags are given without a data set.

    """
    datasets = _as_inputs([dataset], [context], [tags])
    _log_inputs(datasets, [model] if model else [])


def log_inputs(
    datasets: list[data.Dataset | Dataset | None] | None = None,
    contexts: list[str | None] | None = None,
    tags_list: list[dict[str, str] | None] | None = None,
    models: list[LoggedModelInput | None] | None = None,
) -> None:
    """Record data sets and logged models as inputs of the active run.

    Args:
        datasets: Data sets.
        contexts: What each data set is used for; as long as `datasets`.
        tags_list: Further tags of each input; as long as `datasets`.
        models: Logged models.

    Raises:
        InvalidParameterValue: If the three lists are not of one length.

    """
    sets, uses, tags = datasets or [], contexts or [], tags_list or []
    if not len(sets) == len(uses) == len(tags):
        raise InvalidParameterValue(
            "`log_inputs` requires `datasets`, `contexts` and `tags_list` to be lists of one "
            f"length: they have {len(sets)}, {len(uses)} and {len(tags)} entries."
        )
    _log_inputs(_as_inputs(sets, uses, tags), [model for model in models or [] if model])


def log_outputs(models: list[LoggedModelOutput] | None = None) -> None:
    """Record logged models as outputs of the active run.

    Metrics that are logged at the same step afterwards describe these models.
    """
    active = active_or_new()
    active.client.log_outputs(active.run_id, models or [])
    active.links.add_outputs(models or [])
    forget_series()


# --- flushing ------------------------------------------------------------------------------------


def flush(timeout: float | None = None) -> None:
    """Return when the store has everything that was logged.

    Args:
        timeout: Seconds to wait at most for a store that says nothing; what
            ``HEADRACE_SHUTDOWN_TIMEOUT`` says if not given.

    Raises:
        HeadraceError: If something was refused since the last flush, or if the store cannot be
            reached; what was logged stays in the journal then.

    """
    get_session().flush(timeout)


def flush_async_logging() -> None:
    """Return when the store has everything that was logged; a warning tells what it has not."""
    get_session().writer.finish()


def flush_artifact_async_logging() -> None:
    """Return when the store has every file that was logged; a warning tells what it has not."""
    get_session().finish_files()


# --- which run, linked with what -----------------------------------------------------------------


def _run(run_id: str | None) -> tuple[MlflowClient, str]:
    if run_id is None:
        active = active_or_new()
        return active.client, active.run_id
    found = find_active(run_id)
    return (found.client if found else MlflowClient()), run_id


def _run_with_links(run_id: str | None) -> tuple[MlflowClient, str, RunLinks]:
    active = active_or_new() if run_id is None else find_active(run_id)
    if active is not None:
        return active.client, active.run_id, active.links
    assert run_id is not None
    client = MlflowClient()
    place = (client.tracking_uri, run_id)
    links = _links_of_others.get(place)
    if links is None:
        links = _links_of_others[place] = RunLinks(_look_at(run_id))
        if len(_links_of_others) > _MAX_KNOWN_RUNS:
            _links_of_others.popitem(last=False)
    return client, run_id, links


def _look_at(run_id: str) -> Run | None:
    """Return a run; None for one that its store does not show yet, or cannot be asked for.

    Raises:
        ResourceDoesNotExist: If there is no such run, nor will be.

    """
    client = HastyClient()
    try:
        return client.get_run(run_id)
    except TemporarilyUnavailable:
        return None
    except ResourceDoesNotExist:
        if get_session().writer.knows(run_id):
            return None
        raise


def _link(
    client: MlflowClient,
    run_id: str,
    links: RunLinks,
    model_ids: list[str | None],
    dataset: Dataset | None,
) -> None:
    """Make what a metric speaks of an input of the run, if it is not linked with it yet."""
    new_ids = [model for model in model_ids if model and model not in links.model_ids]
    models = [LoggedModelInput(model) for model in new_ids]
    datasets = [DatasetInput(dataset)] if dataset and not links.is_input(dataset) else []
    if models or datasets:
        client.log_inputs(run_id, datasets, models)
        links.add_models(models)
        links.add_datasets(datasets)


def _log_inputs(datasets: list[DatasetInput], models: list[LoggedModelInput]) -> None:
    active = active_or_new()
    active.client.log_inputs(active.run_id, datasets, models)
    active.links.add_datasets(datasets)
    active.links.add_models(models)


def _as_inputs(
    datasets: list[data.Dataset | Dataset | None],
    contexts: list[str | None],
    tags_list: list[dict[str, str] | None],
) -> list[DatasetInput]:
    inputs = []
    for dataset, context, tags in zip(datasets, contexts, tags_list, strict=True):
        entries = [InputTag(key, str(value)) for key, value in (tags or {}).items()]
        if context:
            entries.append(InputTag(tag_names.DATASET_CONTEXT, context))
        if dataset is not None:
            inputs.append(DatasetInput(_as_entity(dataset), entries))
        elif entries:
            raise InvalidParameterValue(
                "`dataset` must be specified if `context` or `tags` is specified."
            )
    return inputs


def _as_entity(dataset: data.Dataset | Dataset) -> Dataset:
    if isinstance(dataset, Dataset):
        return dataset
    convert = getattr(dataset, "_to_mlflow_entity", None)
    entity = convert() if callable(convert) else None
    if isinstance(entity, Dataset):
        return entity
    raise InvalidParameterValue(
        f"A data set is what headrace.data makes, for example headrace.data.from_pandas(frame); "
        f"got {type(dataset).__name__}."
    )
