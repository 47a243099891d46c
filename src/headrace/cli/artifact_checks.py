"""``headrace artifacts verify``: are the files still those that were stored?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from headrace.amounts import count, size
from headrace.api import tracking as api
from headrace.artifacts.progress import TransferBar
from headrace.cli.named_artifacts import Named, find_artifacts
from headrace.cli.options import as_json, with_session
from headrace.cli.output import Progress, print_json, print_table
from headrace.cli.pages import search_runs
from headrace.client.artifact_checks import verify_experiment, verify_run
from headrace.entities import FileCheck, FileState

if TYPE_CHECKING:
    from headrace.client.session import Session

_TITLES = {
    FileState.CHANGED: "changed",
    FileState.MISSING: "missing",
    FileState.UNREADABLE: "unreadable",
    FileState.NOT_RECORDED: "not recorded",
}
# Enough of a digest to tell contents apart.
_SHORT_DIGEST = 16


@click.command(
    epilog="\b\nExamples:\n"
    "  headrace artifacts verify 3f2a9c01                    of the run whose id begins so\n"
    "  headrace artifacts verify 3f2a9c01 checkpoints\n"
    "  headrace artifacts verify s3://BUCKET/PATH\n"
    "  headrace artifacts verify --experiment churn --json\n"
)
@click.argument("target", metavar="[RUN|MODEL_ID|URI]", required=False)
@click.argument("path", metavar="[PATH]", required=False)
@click.option("--experiment", "-n", help="Name of an experiment: all of its runs and models.")
@as_json
@with_session
def verify(
    session: Session,
    target: str | None,
    path: str | None,
    experiment: str | None,
    as_json: bool,
) -> None:
    """Read every file and compare it with what was stored.

    Size and BLAKE3 digest must be those that were recorded. The models that a run logged are read
    too. A server reads what lies behind it, so that nothing travels. A file that nobody recorded,
    such as one that another client put there, is told and is no error. The exit code is 1 if a
    file is changed, missing or unreadable.
    """
    if (target is None) == (experiment is None):
        raise click.UsageError("Name a run, a model or a URI, or an experiment by --experiment.")
    if experiment is not None:
        checks = list(_verify_experiment(session, experiment))
    else:
        checks = list(_verify(session, find_artifacts(session, target, path)))
    if as_json:
        print_json(checks)
    else:
        _print(checks)
    if any(check.is_wrong for check in checks):
        raise SystemExit(1)


def _verify(session: Session, named: Named) -> Iterator[FileCheck]:
    files = [info for info in named.tree.walk(named.path) if not info.is_dir]
    with TransferBar("Verifying artifacts", sum(info.file_size or 0 for info in files)) as bar:
        if named.owner is not None and named.owner.run_id:
            yield from verify_run(session, named.owner.run_id, named.path, bar.add)
        else:
            yield from named.tree.check_files(named.path, bar.add)


def _verify_experiment(session: Session, name: str) -> Iterator[FileCheck]:
    request = api.GetExperimentByName(experiment_name=name)
    found = session.store.get_experiment_by_name(request).experiment.experiment_id
    run_ids = [run.info.run_id for run in search_runs(session.store, [found], fields=[])]
    done = 0
    with Progress("Verifying", "runs and models") as progress:

        def show(places: int) -> None:
            nonlocal done
            done += places
            progress.show(done, max(done, len(run_ids)))

        yield from verify_experiment(session, found, run_ids, show)


def print_checks(checks: Iterable[FileCheck]) -> None:
    """Print the files that are not as they were stored; nothing if all are."""
    told = [check for check in checks if check.state != FileState.OK]
    if told:
        print_table(
            ("State", "Path", "Size", "Stored", "Found"), map(_row, told), numbers=("Size",)
        )
        for problem in dict.fromkeys(check.problem for check in told if _is_unreadable(check)):
            click.echo(problem)


def _print(checks: Sequence[FileCheck]) -> None:
    counts = Counter(check.state for check in checks)
    print_checks(checks)
    total = sum(check.size or 0 for check in checks)
    wrong = sum(check.is_wrong for check in checks)
    files = count(sum(counts.values()), "file")
    if not counts:
        click.echo("No artifacts.", err=True)
    elif wrong:
        click.echo(f"{wrong:,} of {files} not as they were stored.", err=True)
    elif counts[FileState.NOT_RECORDED]:
        known = count(counts[FileState.OK], "file")
        click.echo(
            f"{known} as they were stored; of {counts[FileState.NOT_RECORDED]:,} nobody recorded "
            "what they were.",
            err=True,
        )
    else:
        click.echo(f"{files}, {size(total)}: all as they were stored.", err=True)


def _is_unreadable(check: FileCheck) -> bool:
    return check.state == FileState.UNREADABLE


def _row(check: FileCheck) -> list[str]:
    return [
        _TITLES[FileState(check.state)],
        check.path,
        "" if check.size is None else size(check.size),
        (check.recorded or "")[:_SHORT_DIGEST],
        (check.digest or "")[:_SHORT_DIGEST],
    ]
