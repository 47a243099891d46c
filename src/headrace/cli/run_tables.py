"""Runs as tables: which columns tell them apart, and as many as the screen has room for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import click

from headrace.amounts import age, span
from headrace.cli.output import (
    moment,
    numbers_as_text,
    print_pairs,
    print_table,
    screen_width,
    shorten,
)
from headrace.entities import ModelVersion, Run

_MAX_CELL = 24
# Enough of an id to name a run by; `headrace runs show` and `compare` take it.
SHORT_ID = 8

_LEAST_METRICS = 3
_SHOWN_METRICS = 6
_SHOWN_PARAMS = 6
_METRIC_KEY = re.compile(r"metrics?\.[`\"]?(.+?)[`\"]?(?:\s+(?:ASC|DESC))?\s*$", re.IGNORECASE)


def print_runs(
    runs: Sequence[Run], *, order_by: Sequence[str], experiments: Mapping[str, str] | None
) -> None:
    """Print runs, one each line.

    Args:
        runs: The runs, in their order.
        order_by: What they are ordered by; a metric among it is the first one shown.
        experiments: Id to name, to show which experiment each run is of; None shows none.

    """
    columns: dict[str, list[str]] = {
        "Run": [shorten(run.info.run_name or "", _MAX_CELL) for run in runs],
        "Status": [_status(run) for run in runs],
        "Started": [age(run.info.start_time) for run in runs],
        "Took": [_took(run) for run in runs],
    }
    if experiments is not None:
        names = [experiments.get(run.info.experiment_id, run.info.experiment_id) for run in runs]
        if len(set(names)) > 1:
            columns["Experiment"] = [shorten(name, _MAX_CELL) for name in names]
    last = {"Run id": [run.info.run_id for run in runs]}
    metrics = _metric_columns(runs, order_by)
    room = screen_width() - _width(columns) - _width(last)
    if len(_that_fit(metrics, room)) < min(_LEAST_METRICS, len(metrics)):
        # A narrow screen: which run is best says more than the rest of an id.
        last = {"Run id": [run.info.run_id[:SHORT_ID] for run in runs]}
        room = screen_width() - _width(columns) - _width(last)
    # Metrics first, since they say which run is best; but some params tell what made it so.
    chosen = _that_fit(_param_columns(runs), room // 3)
    fitting = _that_fit(metrics, room - _width(chosen))
    columns |= fitting | _that_fit(_param_columns(runs), room - _width(fitting)) | last
    print_table(
        list(columns),
        list(zip(*columns.values(), strict=True)),
        numbers=[*fitting, "Took"],
    )


def print_run(run: Run, experiment_name: str, versions: Sequence[ModelVersion]) -> None:
    """Print one run whole, and the versions of registered models that came from it."""
    info, tags = run.info, run.data.tags
    pairs = [
        ("Run", info.run_name or ""),
        ("Id", info.run_id),
        ("Experiment", f"{experiment_name} ({info.experiment_id})"),
        ("Status", _status(run) + (" (deleted)" if info.lifecycle_stage == "deleted" else "")),
        ("Started", moment(info.start_time)),
        ("Ended", moment(info.end_time)),
        ("Took", _took(run)),
        ("User", _user(run)),
        ("Source", tags.get("mlflow.source.name", "")),
        ("Commit", tags.get("mlflow.source.git.commit", "")),
        ("Description", shorten(tags.get("mlflow.note.content", ""), 200)),
        ("Artifacts", info.artifact_uri or ""),
        ("Registered as", ", ".join(map(_shown_version, versions))),
    ]
    print_pairs([(name, value) for name, value in pairs if value])
    if run.data.metric_list:
        points = sorted(run.data.metric_list, key=lambda point: point.key)
        click.echo()
        rows = [
            (point.key, text, str(point.step))
            for point in points
            for text in numbers_as_text([point.value])
        ]
        print_table(("Metric", "Last", "Step"), rows, numbers=("Last", "Step"))
    for title, values in (("Param", run.data.params), ("Tag", _own_tags(run))):
        if values:
            click.echo()
            rows_of_two = [(key, shorten(value, 200)) for key, value in sorted(values.items())]
            print_table((title, "Value"), rows_of_two)
    if run.inputs.dataset_inputs:
        click.echo()
        inputs = [
            (item.dataset.name, item.dataset.digest, item.dataset.source_type or "")
            for item in run.inputs.dataset_inputs
        ]
        print_table(("Data set", "Digest", "Source"), inputs)


def print_comparison(runs: Sequence[Run], *, show_all: bool) -> None:
    """Print runs side by side: what they are, params that differ, metrics.

    Args:
        runs: The runs.
        show_all: Whether params and metrics that are equal in all runs are shown too.

    """
    columns = ["", *(shorten(run.info.run_name or run.info.run_id, _MAX_CELL) for run in runs)]
    rows = [
        ["Run id", *(run.info.run_id for run in runs)],
        ["Status", *(_status(run) for run in runs)],
        ["Took", *(_took(run) for run in runs)],
    ]
    for key in sorted({key for run in runs for key in run.data.params}):
        values = [run.data.params.get(key) for run in runs]
        if show_all or len(set(values)) > 1:
            rows.append([f"params.{key}", *(shorten(value or "", 60) for value in values)])
    for key in sorted({key for run in runs for key in run.data.metrics}):
        numbers = [run.data.metrics.get(key) for run in runs]
        if show_all or len(set(numbers)) > 1:
            rows.append([f"metrics.{key}", *numbers_as_text(numbers)])
    # Names may be equal; the columns of a table may not.
    print_table(columns, rows)


def _shown_version(version: ModelVersion) -> str:
    return "".join([f"{version.name}/{version.version}", *(f" @{one}" for one in version.aliases)])


def _metric_columns(runs: Sequence[Run], order_by: Sequence[str]) -> dict[str, list[str]]:
    """Return columns of the metrics that most runs have, those of the order first."""
    counts = Counter(
        key for run in runs for key in run.data.metrics if not key.startswith("system/")
    )
    ordered = [match[1] for key in order_by if (match := _METRIC_KEY.match(key.strip()))]
    keys = [key for key in ordered if key in counts]
    keys += [key for key, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return {
        key: numbers_as_text([run.data.metrics.get(key) for run in runs])
        for key in list(dict.fromkeys(keys))[:_SHOWN_METRICS]
    }


def _param_columns(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Return columns of the params that differ between the runs, those that most have first."""
    counts = Counter(key for run in runs for key in run.data.params)
    columns: dict[str, list[str]] = {}
    for key, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        values = [run.data.params.get(key, "") for run in runs]
        if len(set(values)) > 1 and len(columns) < _SHOWN_PARAMS:
            columns[f"params.{key}"] = [shorten(value, _MAX_CELL) for value in values]
    return columns


def _that_fit(columns: dict[str, list[str]], room: int) -> dict[str, list[str]]:
    """Return the first of the columns, as many as there is room for."""
    fitting: dict[str, list[str]] = {}
    for name, cells in columns.items():
        room -= _width({name: cells})
        if room < 0:
            break
        fitting[name] = cells
    return fitting


def _width(columns: Mapping[str, Sequence[str]]) -> int:
    return sum(max(map(len, [name, *cells])) + 2 for name, cells in columns.items())


def _status(run: Run) -> str:
    return f"{run.info.status} (lost)" if run.info.lost else run.info.status


def _user(run: Run) -> str:
    """Return who made a run, and whether a server had checked that it was them."""
    name = run.info.user_id or run.data.tags.get("mlflow.user", "")
    return name if not name or run.info.user_verified else f"{name} (unverified)"


def _took(run: Run) -> str:
    start, end = run.info.start_time, run.info.end_time
    return span((end - start) / 1000) if start is not None and end is not None else ""


def _own_tags(run: Run) -> dict[str, str]:
    """Return the tags that people set, without those that clients set themselves."""
    return {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
