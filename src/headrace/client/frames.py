"""Runs and logged models as data frames of pandas or polars, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from headrace.entities import LoggedModel, Run
from headrace.errors import InvalidParameterValue
from headrace.optional import need

if TYPE_CHECKING:
    import pandas

Column = list[Any]


def check_output_format(output_format: str, *allowed: str) -> None:
    """Refuse an output format that a search does not offer.

    Raises:
        InvalidParameterValue: Naming those that it does.

    """
    if output_format not in allowed:
        raise InvalidParameterValue(
            f"Unsupported output format: {output_format!r}. Supported string values are "
            f"{', '.join(map(repr, allowed))}."
        )


def runs_frame(runs: Sequence[Run], library: str) -> Any:
    """Return a frame with a row for each run.

    Args:
        runs: The runs.
        library: ``pandas`` or ``polars``.

    Returns:
        A frame with the columns ``run_id``, ``experiment_id``, ``status``, ``artifact_uri``,
        ``start_time`` and ``end_time`` (in UTC), and then ``metrics.*`` (floats, NaN where a run
        has none; null in polars), ``params.*`` and ``tags.*`` (texts, None where a run has none),
        each in the order in which they are first met.

    Raises:
        MissingLibrary: If the library is not installed.

    """
    module = need(library, f"output_format={library!r}")
    texts: dict[str, Column] = {
        "run_id": [run.info.run_id for run in runs],
        "experiment_id": [run.info.experiment_id for run in runs],
        "status": [run.info.status for run in runs],
        "artifact_uri": [run.info.artifact_uri for run in runs],
    }
    times: dict[str, Column] = {
        "start_time": [run.info.start_time for run in runs],
        "end_time": [run.info.end_time for run in runs],
    }
    missing = float("nan") if library == "pandas" else None
    metrics = _spread(runs, "metrics", lambda run: run.data.metric_list, missing)
    named = _spread(runs, "params", lambda run: run.data.param_list, None)
    named |= _spread(runs, "tags", lambda run: run.data.tag_list, None)
    frame = _pandas_frame if library == "pandas" else _polars_frame
    return frame(module, texts, times, metrics, named)


def logged_models_frame(models: Sequence[LoggedModel]) -> pandas.DataFrame:
    """Return a pandas frame with a row for each logged model and MLflow's columns.

    Raises:
        MissingLibrary: If pandas is not installed.

    """
    pandas = need("pandas", "output_format='pandas'")
    rows = [
        {
            "artifact_location": model.artifact_location,
            "creation_timestamp": model.creation_timestamp,
            "experiment_id": model.experiment_id,
            "last_updated_timestamp": model.last_updated_timestamp,
            "metrics": model.metrics or None,
            "model_id": model.model_id,
            "model_type": model.model_type,
            "name": model.name,
            "params": model.params,
            "source_run_id": model.source_run_id,
            "status": model.status.value,
            "status_message": model.status_message,
            "tags": model.tags,
        }
        for model in models
    ]
    return pandas.DataFrame(rows)


def _spread(
    runs: Sequence[Run], noun: str, entries_of: Callable[[Run], Iterable[Any]], missing: Any
) -> dict[str, Column]:
    """Return a column for each key that any run has, filled with `missing` elsewhere."""
    columns: dict[str, Column] = {}
    for row, run in enumerate(runs):
        for entry in entries_of(run):
            column = columns.get(entry.key)
            if column is None:
                column = columns[entry.key] = [missing] * len(runs)
            column[row] = entry.value
    return {f"{noun}.{key}": column for key, column in columns.items()}


def _pandas_frame(
    pandas: Any,
    texts: dict[str, Column],
    times: dict[str, Column],
    metrics: dict[str, Column],
    named: dict[str, Column],
) -> Any:
    dates = {
        name: pandas.to_datetime(pandas.Series(column, dtype="Int64"), unit="ms", utc=True)
        for name, column in times.items()
    }
    floats = {name: pandas.Series(column, dtype="float64") for name, column in metrics.items()}
    return pandas.DataFrame({**texts, **dates, **floats, **named})


def _polars_frame(
    polars: Any,
    texts: dict[str, Column],
    times: dict[str, Column],
    metrics: dict[str, Column],
    named: dict[str, Column],
) -> Any:
    text, moment = polars.String, polars.Datetime("ms", "UTC")
    columns = [polars.Series(name, column, text) for name, column in texts.items()]
    columns += [
        polars.Series(name, column, polars.Int64).cast(moment) for name, column in times.items()
    ]
    columns += [polars.Series(name, column, polars.Float64) for name, column in metrics.items()]
    columns += [polars.Series(name, column, text) for name, column in named.items()]
    return polars.DataFrame(columns)
