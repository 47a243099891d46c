"""``headrace runs``: find, look at, compare, create, delete and restore runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from headrace.api import tracking as api
from headrace.api.registry import SearchModelVersions
from headrace.cli import bulk_runs, run_differences, run_records
from headrace.cli.options import (
    as_json,
    experiment_id_of,
    in_experiment,
    pairs_of,
    view_option,
    with_store,
)
from headrace.cli.output import print_json
from headrace.cli.pages import count_runs, find_run, search_experiments, search_runs
from headrace.cli.run_tables import print_comparison, print_run, print_runs
from headrace.entities import Run, RunTag

if TYPE_CHECKING:
    from headrace.stores.base import TrackingStore

run_id = click.option("--run-id", required=True, help="The run's id.")


_EXAMPLES = """\b
Examples:
  headrace runs list --order-by "metrics.accuracy DESC"
  headrace runs list --order-by "min(metrics.loss)" --max-results 10
  headrace runs search "params.model = 'svm' AND metrics.loss < 0.2"
  headrace runs search "NOT (status = 'FAILED' OR number(params.lr) > 0.1)" --count
  headrace runs show RUN_ID
  headrace runs compare RUN_ID RUN_ID
  headrace runs diff RUN_ID RUN_ID
  headrace runs logs -f RUN_ID
  headrace runs context RUN_ID
"""


@click.group(epilog=_EXAMPLES)
def runs() -> None:
    """Find, look at and compare runs."""


def _search_options(command: Any) -> Any:
    for option in (
        view_option,
        click.option(
            "--order-by",
            multiple=True,
            help='Key to sort by, such as "metrics.loss DESC" or "min(metrics.loss)"; may be '
            "repeated.",
        ),
        click.option(
            "--max-results",
            type=click.IntRange(0),
            default=100,
            show_default=True,
            help="How many runs to show.",
        ),
        click.option("--count", "only_count", is_flag=True, help="Print only how many there are."),
        in_experiment,
    ):
        command = option(command)
    return command


@runs.command("list")
@_search_options
@click.option("--filter", "filter_text", help='A condition such as "metrics.loss < 0.2".')
@as_json
@with_store
def list_runs(store: TrackingStore, **options: Any) -> None:
    """List runs, the newest first, of one experiment or of all."""
    _list(store, **options)


@runs.command("search")
@click.argument("filter_text", metavar="[FILTER]", required=False)
@_search_options
@as_json
@with_store
def search(store: TrackingStore, **options: Any) -> None:
    """List the runs that a FILTER matches, such as "metrics.loss < 0.2"."""
    _list(store, **options)


@runs.command()
@run_id
@with_store
def describe(store: TrackingStore, run_id: str) -> None:
    """Print everything about a run as JSON."""
    print_json(run_as_dict(find_run(store, run_id)))


@runs.command()
@click.argument("run_id")
@as_json
@with_store
def show(store: TrackingStore, run_id: str, as_json: bool) -> None:
    """Show a run: its state, params, metrics and tags."""
    run = find_run(store, run_id)
    if as_json:
        print_json(run_as_dict(run))
        return
    request = api.GetExperiment(experiment_id=run.info.experiment_id)
    wanted = SearchModelVersions(filter=f"run_id = '{run.info.run_id}'", max_results=100)
    versions = store.search_model_versions(wanted).model_versions
    print_run(run, store.get_experiment(request).experiment.name, versions)


@runs.command()
@click.argument("run_ids", metavar="RUN_ID...", nargs=-1, required=True)
@click.option("--all", "show_all", is_flag=True, help="Show params that are equal, too.")
@as_json
@with_store
def compare(store: TrackingStore, run_ids: tuple[str, ...], show_all: bool, as_json: bool) -> None:
    """Show side by side what differs between runs."""
    found = [find_run(store, run_id) for run_id in run_ids]
    if as_json:
        print_json([run_as_dict(run) for run in found])
    else:
        print_comparison(found, show_all=show_all)


@runs.command()
@in_experiment
@click.option("--run-name", help="A name for people.")
@click.option("--description", help="What the run is about.")
@click.option("--tags", "-t", multiple=True, help="A tag, as key=value; may be repeated.")
@click.option(
    "--status",
    type=click.Choice(["FINISHED", "FAILED", "KILLED"], case_sensitive=False),
    default="FINISHED",
    show_default=True,
    help="The state that the run ends in.",
)
@click.option("--parent-run-id", help="The run that this one belongs to.")
@with_store
def create(
    store: TrackingStore,
    experiment_id: str | None,
    experiment_name: str | None,
    run_name: str | None,
    description: str | None,
    tags: tuple[str, ...],
    status: str,
    parent_run_id: str | None,
) -> None:
    """Record a run that is over, and print its id as JSON."""
    found = experiment_id_of(store, experiment_id, experiment_name)
    if found is None:
        raise click.UsageError("Give --experiment-id or --experiment-name.")
    given = pairs_of(tags)
    if description is not None:
        given["mlflow.note.content"] = description
    if parent_run_id is not None:
        given["mlflow.parentRunId"] = find_run(store, parent_run_id).info.run_id
    now = time.time_ns() // 1_000_000
    request = api.CreateRun(
        experiment_id=found,
        run_name=run_name,
        start_time=now,
        tags=[RunTag(key, value) for key, value in given.items()],
    )
    info = store.create_run(request).run.info
    store.update_run(api.UpdateRun(run_id=info.run_id, status=status, end_time=now))
    print_json(
        {
            "run_id": info.run_id,
            "experiment_id": info.experiment_id,
            "status": status,
            "run_name": info.run_name,
        }
    )


for command in (run_differences.diff, *run_records.COMMANDS, *bulk_runs.COMMANDS):
    runs.add_command(command)


def run_as_dict(run: Run) -> dict[str, Any]:
    """Return what ``--json`` shows of a run: MLflow's dictionary of it."""
    info = run.info
    return {
        "info": {
            "run_id": info.run_id,
            "run_name": info.run_name,
            "experiment_id": info.experiment_id,
            "user_id": info.user_id,
            "status": info.status,
            "start_time": info.start_time,
            "end_time": info.end_time,
            "lifecycle_stage": info.lifecycle_stage,
            "artifact_uri": info.artifact_uri,
        },
        "data": {"metrics": run.data.metrics, "params": run.data.params, "tags": run.data.tags},
        "inputs": run.inputs,
        "outputs": run.outputs,
    }


def _list(
    store: TrackingStore,
    *,
    experiment_id: str | None,
    experiment_name: str | None,
    view: str,
    filter_text: str | None,
    order_by: tuple[str, ...],
    max_results: int,
    only_count: bool,
    as_json: bool,
) -> None:
    wanted = experiment_id_of(store, experiment_id, experiment_name)
    names = {item.experiment_id: item.name for item in search_experiments(store)}
    experiments = [wanted] if wanted is not None else list(names)
    if only_count:
        count = count_runs(store, experiments, filter_text=filter_text, view=view)
        if as_json:
            print_json({"count": count})
        else:
            click.echo(count)
        return
    found = list(
        search_runs(
            store,
            experiments,
            filter_text=filter_text,
            view=view,
            order_by=order_by,
            # One more than is shown tells whether there are more.
            max_results=max_results + 1,
            fields=None if as_json else ["metrics.*", "params.*"],
        )
    )
    shown, more = found[:max_results], len(found) > max_results
    if as_json:
        print_json([run_as_dict(run) for run in shown])
        return
    if not shown:
        click.echo("No runs.", err=True)
        return
    print_runs(shown, order_by=order_by, experiments=None if wanted is not None else names)
    if more:
        click.echo(f"There are more than these {max_results}: see --max-results.", err=True)
