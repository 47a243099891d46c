"""``headrace experiments``: create, find, rename, delete and restore experiments."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from headrace.amounts import age
from headrace.api import tracking as api
from headrace.cli.options import as_json, experiment_id_of, view_option, with_store
from headrace.cli.output import moment, print_json, print_pairs, print_table
from headrace.cli.pages import search_experiments, search_runs
from headrace.entities import Experiment, Run
from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    from headrace.stores.base import TrackingStore

experiment_id = click.option("--experiment-id", "-x", required=True, help="The experiment's id.")


_EXAMPLES = """\b
Examples:
  headrace experiments search
  headrace experiments create --experiment-name churn
  headrace experiments csv --experiment-id 1 --filename runs.csv
"""


@click.group(epilog=_EXAMPLES)
def experiments() -> None:
    """Manage experiments."""


@experiments.command()
@click.option("--experiment-name", "-n", required=True, help="A name that is not taken.")
@click.option(
    "--artifact-location",
    "-l",
    help="Folder or URI below which the artifacts of its runs go; the store chooses if not given.",
)
@as_json
@with_store
def create(
    store: TrackingStore, experiment_name: str, artifact_location: str | None, as_json: bool
) -> None:
    """Create an experiment."""
    request = api.CreateExperiment(name=experiment_name, artifact_location=artifact_location)
    created = store.create_experiment(request).experiment_id
    if as_json:
        print_json({"experiment_id": created, "name": experiment_name})
    else:
        click.echo(f"Created experiment '{experiment_name}' with id {created}")


@experiments.command()
@view_option
@click.option("--filter", "filter_text", help="A condition such as \"name LIKE 'churn%'\".")
@click.option("--max-results", type=click.IntRange(0), help="How many to show; all if not given.")
@as_json
@with_store
def search(
    store: TrackingStore,
    view: str,
    filter_text: str | None,
    max_results: int | None,
    as_json: bool,
) -> None:
    """List experiments, the newest first."""
    found = list(search_experiments(store, view, filter_text, max_results))
    if as_json:
        print_json([experiment_as_dict(experiment) for experiment in found])
        return
    rows = [
        (
            experiment.experiment_id,
            experiment.name,
            experiment.lifecycle_stage or "",
            age(experiment.last_update_time),
            experiment.artifact_location or "",
        )
        for experiment in found
    ]
    print_table(("Id", "Name", "Stage", "Updated", "Artifact location"), rows, numbers=("Id",))


@experiments.command()
@click.option("--experiment-id", "-x", help="The experiment's id.")
@click.option("--experiment-name", "-n", help="The experiment's name, instead of its id.")
@click.option(
    "--output",
    type=click.Choice(["json", "table"]),
    default="table",
    show_default=True,
    help="MLflow's spelling of --json.",
)
@as_json
@with_store
def get(
    store: TrackingStore,
    experiment_id: str | None,
    experiment_name: str | None,
    output: str,
    as_json: bool,
) -> None:
    """Show an experiment, deleted or not."""
    found = experiment_id_of(store, experiment_id, experiment_name)
    if found is None:
        raise click.UsageError("Give --experiment-id or --experiment-name.")
    experiment = store.get_experiment(api.GetExperiment(experiment_id=found)).experiment
    if as_json or output == "json":
        print_json(experiment_as_dict(experiment))
        return
    tags = ", ".join(f"{key}={value}" for key, value in experiment.tags.items())
    print_pairs(
        [
            ("Experiment Id", experiment.experiment_id),
            ("Name", experiment.name),
            ("Artifact Location", experiment.artifact_location or ""),
            ("Lifecycle Stage", experiment.lifecycle_stage or ""),
            ("Creation Time", moment(experiment.creation_time)),
            ("Last Update Time", moment(experiment.last_update_time)),
            ("Tags", tags),
        ]
    )


@experiments.command()
@experiment_id
@as_json
@with_store
def delete(store: TrackingStore, experiment_id: str, as_json: bool) -> None:
    """Mark an experiment and its runs as deleted; `restore` takes it back."""
    store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id))
    _say(f"Experiment with ID {experiment_id} has been deleted.", experiment_id, as_json)


@experiments.command()
@experiment_id
@click.option("--keep-deleted", is_flag=True, help="Leave runs deleted that were so before.")
@as_json
@with_store
def restore(store: TrackingStore, experiment_id: str, keep_deleted: bool, as_json: bool) -> None:
    """Take back the deletion of an experiment and its runs."""
    request = api.RestoreExperiment(experiment_id=experiment_id, keep_deleted=keep_deleted)
    store.restore_experiment(request)
    _say(f"Experiment with id {experiment_id} has been restored.", experiment_id, as_json)


@experiments.command()
@experiment_id
@click.option("--new-name", required=True, help="A name that is not taken.")
@as_json
@with_store
def rename(store: TrackingStore, experiment_id: str, new_name: str, as_json: bool) -> None:
    """Rename an active experiment."""
    store.update_experiment(api.UpdateExperiment(experiment_id=experiment_id, new_name=new_name))
    text = f"Experiment with id {experiment_id} has been renamed to '{new_name}'."
    _say(text, experiment_id, as_json)


@experiments.command("csv")
@experiment_id
@click.option("--filename", "-o", help="File to write; the screen if not given.")
@with_store
def write_csv(store: TrackingStore, experiment_id: str, filename: str | None) -> None:
    """Write all active runs of an experiment as CSV, one line each."""
    store.get_experiment(api.GetExperiment(experiment_id=experiment_id))  # it must be there
    runs = list(search_runs(store, [experiment_id]))
    if filename is None:
        _write_runs(runs, sys.stdout)
        return
    try:
        with open(filename, "w", encoding="utf-8", newline="") as file:
            _write_runs(runs, file)
    except OSError as error:
        raise InvalidParameterValue(f"Cannot write {filename}: {error.strerror}.") from None
    click.echo(
        f"Experiment with ID {experiment_id} has been exported as a CSV to file: {filename}."
    )


def experiment_as_dict(experiment: Experiment) -> dict[str, Any]:
    """Return what `--json` shows of an experiment."""
    return {
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": experiment.lifecycle_stage,
        "creation_time": experiment.creation_time,
        "last_update_time": experiment.last_update_time,
        "tags": experiment.tags,
    }


def _write_runs(runs: list[Run], file: TextIO) -> None:
    """Write runs with the columns that `search_runs` has, empty where a run has no value."""
    fields = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")
    metrics = sorted({key for run in runs for key in run.data.metrics})
    params = sorted({key for run in runs for key in run.data.params})
    tags = sorted({key for run in runs for key in run.data.tags})
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(
        [
            *fields,
            *(f"metrics.{key}" for key in metrics),
            *(f"params.{key}" for key in params),
            *(f"tags.{key}" for key in tags),
        ]
    )
    for run in runs:
        info = run.info
        writer.writerow(
            [
                *(info.run_id, info.experiment_id, info.status, info.artifact_uri),
                *(_utc(info.start_time), _utc(info.end_time)),
                *(run.data.metrics.get(key) for key in metrics),
                *(run.data.params.get(key) for key in params),
                *(run.data.tags.get(key) for key in tags),
            ]
        )


def _utc(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(" ")


def _say(text: str, experiment_id: str, as_json: bool) -> None:
    if as_json:
        print_json({"experiment_id": experiment_id})
    else:
        click.echo(text)
