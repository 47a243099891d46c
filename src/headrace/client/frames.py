"""Runs and logged models as data frames of pandas or polars, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from headrace.api.tracking import INFO_COLUMNS, RunColumns
from headrace.entities import LoggedModel, Run
from headrace.errors import InvalidParameterValue
from headrace.optional import need
from headrace.search.selection import KINDS

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


def columns_of(runs: Sequence[Run], next_page_token: str | None) -> RunColumns:
    """Return a page of runs as columns."""
    columns = RunColumns.of([run.info for run in runs])
    columns.metrics = _spread([run.data.metric_list for run in runs])
    columns.params = _spread([run.data.param_list for run in runs])
    columns.tags = _spread([run.data.tag_list for run in runs])
    columns.next_page_token = next_page_token
    return columns


def join_columns(pages: Sequence[RunColumns]) -> RunColumns:
    """Return the columns of several pages as those of one."""
    if len(pages) == 1:
        return pages[0]
    joined = RunColumns()
    for page in pages:
        rows = len(joined.run_id)
        for name in INFO_COLUMNS:
            getattr(joined, name).extend(getattr(page, name))
        for kind in KINDS:
            columns: dict[str, Column] = getattr(joined, kind)
            for key, column in getattr(page, kind).items():
                columns.setdefault(key, [None] * rows).extend(column)
            for column in columns.values():
                column.extend([None] * (len(joined.run_id) - len(column)))
    return joined


def runs_frame(runs: RunColumns, library: str) -> Any:
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
    texts = {name: getattr(runs, name) for name in INFO_COLUMNS[:4]}
    times = {name: getattr(runs, name) for name in INFO_COLUMNS[4:]}
    metrics: dict[str, Column] = {f"metrics.{key}": each for key, each in runs.metrics.items()}
    named: dict[str, Column] = {f"params.{key}": each for key, each in runs.params.items()}
    named |= {f"tags.{key}": each for key, each in runs.tags.items()}
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


def _spread(runs: Sequence[Iterable[Any]]) -> dict[str, Column]:
    """Return a column for each key that any run has an entry of, with None elsewhere."""
    columns: dict[str, Column] = {}
    for row, entries in enumerate(runs):
        for entry in entries:
            column = columns.get(entry.key)
            if column is None:
                column = columns[entry.key] = [None] * len(runs)
            column[row] = entry.value
    return columns


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
