"""``headrace artifacts``: list, store, fetch, verify and delete files of runs and models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headrace.amounts import count, size
from headrace.artifacts.base import FileDetails
from headrace.artifacts.paths import join
from headrace.cli.artifact_checks import verify
from headrace.cli.named_artifacts import Named, find_artifacts
from headrace.cli.options import as_json, no_verify, with_session
from headrace.cli.output import moment, print_json, print_table
from headrace.entities import FileInfo
from headrace.errors import InvalidParameterValue, ResourceAlreadyExists

if TYPE_CHECKING:
    from headrace.client.session import Session

_EXAMPLES = """\b
Examples:
  headrace artifacts list 3f2a9c01                      of the run whose id begins so
  headrace artifacts list 3f2a9c01 plots --long         with times and digests
  headrace artifacts log 3f2a9c01 loss.png --to plots
  headrace artifacts download 3f2a9c01 plots --to /tmp
  headrace artifacts download runs:/RUN_ID/model
  headrace artifacts list models:/churn@champion
  headrace artifacts verify 3f2a9c01
  headrace artifacts delete 3f2a9c01 plots --recursive
"""

# How a digest is shown to people: enough to tell contents apart.
_SHORT_DIGEST = 16

_target = click.argument("target", metavar="[RUN|MODEL_ID|URI]", required=False)
_path = click.argument("path", metavar="[PATH]", required=False)
_run_id = click.option("--run-id", "-r", help="MLflow's spelling of RUN.")
_artifact_path = click.option("--artifact-path", "-a", help="MLflow's spelling of PATH.")


@click.group(epilog=_EXAMPLES)
def artifacts() -> None:
    """List, store, fetch, verify and delete files of runs and models.

    RUN is a run's id or its beginning. Instead of it stands a logged model's id, or the URI of any
    artifact: runs:/RUN_ID/PATH, models:/MODEL_ID/PATH, models:/NAME/3/PATH or
    models:/NAME@ALIAS/PATH, mlflow-artifacts:/PATH, one of a place such as s3://BUCKET/PATH or
    sftp://HOST/PATH, or a local path with a slash in it.
    """


@artifacts.command("list")
@_target
@_path
@_run_id
@_artifact_path
@click.option("--recursive", "-R", is_flag=True, help="List what is in the folders, too.")
@click.option("--long", is_flag=True, help="Show times and BLAKE3 digests, where they are known.")
@as_json
@with_session
def list_artifacts(
    session: Session,
    target: str | None,
    path: str | None,
    run_id: str | None,
    artifact_path: str | None,
    recursive: bool,
    long: bool,
    as_json: bool,
) -> None:
    """List a folder of artifacts, or describe one file.

    With --run-id the answer is JSON, as MLflow's command gives it.
    """
    named = _find(session, target, path, run_id, artifact_path)
    infos = _listed(named, recursive=recursive)
    details = {info.path: _details(named, info) for info in infos} if long else {}
    if as_json or run_id:
        print_json([_as_dict(info, details.get(info.path)) for info in infos])
        return
    if not infos:
        click.echo("No artifacts.", err=True)
        return
    rows = [_row(info, details.get(info.path)) for info in infos]
    columns = ("Path", "Size", "Changed", "BLAKE3") if long else ("Path", "Size")
    print_table(columns, rows, numbers=("Size",))
    files = [info for info in infos if not info.is_dir]
    if len(files) > 1:
        total = size(sum(info.file_size or 0 for info in files))
        click.echo(f"{count(len(files), 'file')}, {total}", err=True)


@artifacts.command()
@click.argument("target", metavar="RUN|MODEL_ID|URI")
@click.argument("local_paths", metavar="FILE_OR_FOLDER...", nargs=-1, required=True)
@click.option("--to", "folder", help="Folder among the artifacts; their root if not given.")
@as_json
@with_session
def log(
    session: Session, target: str, local_paths: tuple[str, ...], folder: str | None, as_json: bool
) -> None:
    """Store local files and folders, each under its name.

    A file that is there already is replaced once the new one is whole.
    """
    named = find_artifacts(session, target, folder)
    stored = [_store_below(session, named, Path(local)) for local in local_paths]
    session.flush()
    if as_json:
        print_json({"stored": stored})
    else:
        click.echo("\n".join(f"Stored {path}" for path in stored))


@artifacts.command("log-artifact")
@click.option("--local-file", "-l", required=True, help="The file.")
@click.option("--run-id", "-r", required=True, help="The run.")
@click.option("--artifact-path", "-a", help="Folder among the artifacts; their root if not given.")
@with_session
def log_artifact(session: Session, local_file: str, run_id: str, artifact_path: str | None) -> None:
    """Store a local file: MLflow's spelling of `log`."""
    named = find_artifacts(session, run_id, artifact_path)
    stored = _store_below(session, named, Path(local_file))
    session.flush()
    click.echo(f"Stored {stored}")


@artifacts.command("log-artifacts")
@click.option(
    "--local-dir",
    "-l",
    required=True,
    type=click.Path(exists=True, file_okay=False),
    help="The folder.",
)
@click.option("--run-id", "-r", required=True, help="The run.")
@click.option("--artifact-path", "-a", help="Folder among the artifacts; their root if not given.")
@with_session
def log_artifacts(session: Session, local_dir: str, run_id: str, artifact_path: str | None) -> None:
    """Store what is in a local folder, without the folder itself, as MLflow does."""
    named = find_artifacts(session, run_id, artifact_path)
    _store(session, named, Path(local_dir), named.path)
    session.flush()
    click.echo(f"Stored what is in {local_dir}")


@artifacts.command()
@_target
@_path
@_run_id
@_artifact_path
@click.option("--artifact-uri", "-u", help="MLflow's spelling of URI.")
@click.option(
    "--to",
    "--dst-path",
    "-d",
    "folder",
    help="Folder to copy it into, made if it is not there; the working directory if not given.",
)
@click.option("--overwrite", is_flag=True, help="Replace what has the name already.")
@no_verify
@as_json
@with_session
def download(
    session: Session,
    target: str | None,
    path: str | None,
    run_id: str | None,
    artifact_path: str | None,
    artifact_uri: str | None,
    folder: str | None,
    overwrite: bool,
    no_verify: bool,
    as_json: bool,
) -> None:
    """Copy a file or folder to this machine, and print where it is.

    With --run-id or --artifact-uri and no folder, what lies on this machine is not copied and the
    rest goes into a new temporary folder, as with MLflow's command.
    """
    if artifact_uri and (target or run_id or artifact_path):
        raise click.UsageError("With --artifact-uri give nothing else that names an artifact.")
    named = _find(
        session, target or artifact_uri, path, run_id, artifact_path, verify=not no_verify
    )
    if target and folder is None:
        folder = "."
    if target and folder is not None and not overwrite:
        _check_free(named, Path(folder))
    local = named.tree.download(named.path, folder)
    if as_json:
        print_json({"path": local})
    else:
        click.echo(local)


artifacts.add_command(verify)


@artifacts.command()
@_target
@_path
@_run_id
@_artifact_path
@click.option("--recursive", "-R", is_flag=True, help="Delete folders with all that is in them.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@as_json
@with_session
def delete(
    session: Session,
    target: str | None,
    path: str | None,
    run_id: str | None,
    artifact_path: str | None,
    recursive: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete a file, or with --recursive a folder, for good.

    The run itself stays; without PATH all of its artifacts are deleted.
    """
    named = _find(session, target, path, run_id, artifact_path)
    found = named.tree.stat(named.path)
    files = [info for info in named.tree.walk(found.path) if not info.is_dir]
    if found.is_dir and not recursive:
        raise InvalidParameterValue(
            f"{named.title} is a folder with {count(len(files), 'file')}: give --recursive to "
            "delete all of it."
        )
    files = files if found.is_dir else [found]
    bytes_in_all = sum(info.file_size or 0 for info in files)
    what = f"{count(len(files), 'file')}, {size(bytes_in_all)}"
    if not yes:
        click.confirm(f"Delete {named.title} ({what}) for good?", abort=True, err=True)
    named.tree.delete(found.path)
    if as_json:
        print_json({"deleted": named.title, "files": len(files), "bytes": bytes_in_all})
    else:
        click.echo(f"Deleted {named.title} ({what}).")


def _find(
    session: Session,
    target: str | None,
    path: str | None,
    run_id: str | None,
    artifact_path: str | None,
    *,
    verify: bool = True,
) -> Named:
    """Return what is named by arguments, or in MLflow's way by options."""
    if target and (run_id or artifact_path):
        raise click.UsageError("Name what you mean by arguments or by options, not by both.")
    return find_artifacts(session, target or run_id, path or artifact_path, verify=verify)


def _listed(named: Named, *, recursive: bool) -> list[FileInfo]:
    """Return what a listing shows; of a file, the file itself.

    Raises:
        ResourceDoesNotExist: If there is nothing at the path.

    """
    infos = list(named.tree.walk(named.path) if recursive else named.tree.list(named.path))
    if infos or not named.path:
        return infos
    found = named.tree.stat(named.path)
    return [] if found.is_dir else [found]


def _details(named: Named, info: FileInfo) -> FileDetails:
    if info.is_dir:
        return FileDetails()
    place = named.tree.find(info.path)
    return place.store.details(place.path)


def _row(info: FileInfo, details: FileDetails | None) -> list[str]:
    cells = [
        f"{info.path}/" if info.is_dir else info.path,
        "" if info.file_size is None else size(info.file_size),
    ]
    if details is not None:
        cells += [moment(details.changed), (details.digest or "")[:_SHORT_DIGEST]]
    return cells


def _as_dict(info: FileInfo, details: FileDetails | None) -> dict[str, Any]:
    """Return what JSON shows: what MLflow's command does, and what was asked for on top."""
    shown: dict[str, Any] = {"path": info.path, "is_dir": info.is_dir}
    if info.file_size is not None:
        shown["file_size"] = info.file_size
    if details is not None and not info.is_dir:
        shown |= {"changed": details.changed, "digest": details.digest}
    return shown


def _store(session: Session, named: Named, local: Path, path: str) -> None:
    """Store a local file or folder as `path`, and wait until it is there."""
    if named.owner is None:
        named.tree.put(local, path)
    elif local.is_dir():
        session.outlet.put_folder(named.owner, local, path)
    else:
        session.outlet.put_file(named.owner, local, path)


def _store_below(session: Session, named: Named, local: Path) -> str:
    """Store a local file or folder under its name; return its path."""
    path = join(named.path, os.path.basename(os.path.abspath(local)))
    _store(session, named, local, path)
    return path


def _check_free(named: Named, folder: Path) -> None:
    """Refuse to write over what somebody else may have put there.

    Raises:
        ResourceAlreadyExists: If the name is taken.

    """
    name = named.path.rpartition("/")[2]
    place = folder / name
    if name and os.path.lexists(place):
        raise ResourceAlreadyExists(
            f"There is a {str(place)!r} already: give --overwrite to replace what has the same "
            "names, or another folder by --to."
        )
