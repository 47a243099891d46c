"""``headrace experiments``: create, find, rename, delete and restore experiments."""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click
import msgspec

from headrace.amounts import age
from headrace.api import tracking as api
from headrace.cli.options import as_json, experiment_id_of, view_option, with_store
from headrace.cli.output import moment, print_json, print_pairs, print_table
from headrace.cli.pages import search_experiments, search_runs
from headrace.entities import Experiment, Run
from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    from headrace.stores.base import TrackingStore

_LENGTH = 8  # bytes before each row that is put aside

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
    with tempfile.TemporaryFile() as spool:
        columns = _put_aside(search_runs(store, [experiment_id]), spool)
        if filename is None:
            _write_table(columns, spool, sys.stdout)
            return
        try:
            with open(filename, "w", encoding="utf-8", newline="") as file:
                _write_table(columns, spool, file)
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


def _put_aside(runs: Iterable[Run], spool: BinaryIO) -> list[list[str]]:
    """Write runs to a file, and return the keys of all their metrics, params and tags.

    The head of the table stands above rows that are read before it is known, and 100,000 runs
    would take a gigabyte of memory.
    """
    kinds: list[set[str]] = [set(), set(), set()]
    for run in runs:
        info, data = run.info, run.data
        what = [info.run_id, info.experiment_id, info.status, info.artifact_uri]
        logged: list[dict[str, Any]] = [data.metrics, data.params, data.tags]
        for keys, values in zip(kinds, logged, strict=True):
            keys.update(values)
        row = msgspec.msgpack.encode([what, info.start_time, info.end_time, logged])
        spool.write(len(row).to_bytes(_LENGTH) + row)
    return [sorted(keys) for keys in kinds]


def _write_table(columns: Sequence[Sequence[str]], spool: BinaryIO, file: TextIO) -> None:
    """Write runs with the columns that `search_runs` has, empty where a run has no value."""
    fields = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")
    kinds = ("metrics", "params", "tags")
    heads = [f"{kind}.{key}" for kind, keys in zip(kinds, columns, strict=True) for key in keys]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*fields, *heads])
    spool.seek(0)
    while length := spool.read(_LENGTH):
        row = spool.read(int.from_bytes(length))
        what, start, end, logged = msgspec.msgpack.decode(row)
        values = (kept.get(key) for kept, keys in zip(logged, columns, strict=True) for key in keys)
        writer.writerow([*what, _utc(start), _utc(end), *values])


def _utc(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(" ")


def _say(text: str, experiment_id: str, as_json: bool) -> None:
    if as_json:
        print_json({"experiment_id": experiment_id})
    else:
        click.echo(text)
