"""What a version of a model is made from: the source that a caller names, and where its files lie.

A source is read by whoever opens the version later, a server too. So a stranger may name by it only
what is his: files of the run or the logged model that he names with it, another version, or a place
that he reaches by his own credentials. MLflow had to close holes here again and again, since each
kind of source was checked by its own spelling; here every source is taken apart once, and a place
is compared with the root that it must lie in as the place that would be opened.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from headrace.api import limits
from headrace.api.registry import CreateModelVersion
from headrace.artifacts.paths import check_location, clean_path
from headrace.entities import ModelStage
from headrace.errors import HeadraceError, InvalidParameterValue, ResourceDoesNotExist
from headrace.file_uri import path_of, scheme_of
from headrace.stores.model_uri import ModelUri, parse_model_uri
from headrace.stores.registry_texts import check_words
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.locations import Locations, absolute_location, append_path
from headrace.stores.texts import check_text, missing, run_is_deleted

_LOCAL = ("", "file")

# Places behind a server, which serves them to everybody who may read: they belong to runs.
_SERVED = ("mlflow-artifacts", "http", "https")
_SERVED_PATH = "/api/2.0/mlflow-artifacts/artifacts"

_OF_VERSION = "SELECT id, artifact_uri, run_id, logged_model_id, version FROM model_versions "


class Source(NamedTuple):
    """Where a version comes from.

    Attributes:
        said: What the caller said, as a location is stored.
        place: Where the files lie, as a location is stored.
        run_id: The run that it came from.
        model_id: The logged model that it came from.
        original: Row id of the version that it is a copy of.

    """

    said: str
    place: str
    run_id: str | None
    model_id: str | None
    original: int | None = None


class _Origin(NamedTuple):
    """A run or a logged model that a request names: its location, and the run that made it."""

    location: str
    run_id: str | None


def find_source(
    tx: Transaction,
    statements: Any,
    locations: Locations,
    request: CreateModelVersion,
    *,
    is_served: bool,
) -> Source:
    """Return the source of a new version, or refuse it.

    Args:
        tx: The transaction that makes the version; it holds what the version comes from.
        statements: The dialect's statements.
        locations: The locations of the store.
        request: What the caller asks for.
        is_served: Whether the caller may be a stranger to this machine.

    Raises:
        InvalidParameterValue: If the source may not mean what it says, lies outside of what the
            caller may name, or the run is deleted.
        ResourceDoesNotExist: If a logged model or a version is not there.

    """
    said = request.source
    _check_spelling(said)
    check_text("run_id", request.run_id)
    check_text("model_id", request.model_id)
    if scheme_of(said) == "models":
        named = _parse(said)
        if not named.model_id:
            return _copy(tx, request, named)
    run = _run(tx, statements, request.run_id) if request.run_id else None
    model = _model(tx, statements, request.model_id) if request.model_id else None
    place = _place(locations, request, run, model, is_served)
    run_id = request.run_id or (model.run_id if model else None)
    if scheme_of(said) in _LOCAL:
        said = absolute_location(said)
    return Source(locations.stored(said), place, run_id or None, request.model_id or None)


def _place(
    locations: Locations,
    request: CreateModelVersion,
    run: _Origin | None,
    model: _Origin | None,
    is_served: bool,
) -> str:
    """Return where the files of a source lie that is no other version, as it is stored.

    In a run or a logged model that is spelled as their own location is, so that the two compare.
    """
    said = request.source
    scheme = scheme_of(said)
    origin = model or run
    own = origin.location if origin else ""
    root = locations.resolve(own)
    if scheme == "models":
        if model is None or _parse(said).model_id != request.model_id:
            raise _not_of(request)
        return _below(own, _parse(said).path)
    if scheme == "runs":
        run_id, _, path = said.partition(":")[2].lstrip("/").partition("/")
        if model is not None or run is None or run_id != request.run_id:
            raise _not_of(request)
        return _below(own, clean_path(path))
    if scheme in _LOCAL:
        inside = _path_in(said, root) if root else None
        if inside is not None:
            return _below(own, inside)
        if is_served:
            raise InvalidParameterValue(
                f"Invalid model version source: '{said}'. To use a local path as a model version "
                f"source, the {_id_of(request)} request parameter has to be specified and the "
                "local path has to be contained within the artifact directory of the run or logged "
                "model that it names."
            )
        return locations.stored(absolute_location(said))
    if is_served and _is_behind_server(said) and not (root and _is_in(said, root)):
        raise _not_of(request)
    return said


def _below(root: str, path: str) -> str:
    return append_path(root, path) if path else root


def _copy(tx: Transaction, request: CreateModelVersion, named: ModelUri) -> Source:
    """Return the source of a copy of another version: its files, its run and its logged model."""
    row = _find_version(tx, named)
    if row is None or named.path:
        raise ResourceDoesNotExist(
            f"Invalid model version source: '{request.source}'. There is no such version."
        )
    original, place, run_id, model_id, number = row
    for given, found in ((request.run_id, run_id), (request.model_id, model_id)):
        if given is not None and given != (found or ""):
            raise InvalidParameterValue(
                f"Invalid model version source: '{request.source}'. The run_id and model_id "
                "request parameters must match the referenced model version; leave them out to "
                "take its own."
            )
    return Source(f"models:/{named.name}/{number}", place, run_id, model_id, original)


def _find_version(tx: Transaction, named: ModelUri) -> Row | None:
    row: Row | None
    if named.version:
        number = int(named.version) if len(named.version) < 19 else -1
        sql = _OF_VERSION + "WHERE name = ? AND version = ?"
        row = tx.execute(sql, (named.name, number)).fetchone()
    elif named.alias:
        sql = _OF_VERSION + (
            "WHERE id = (SELECT version_id FROM model_aliases JOIN registered_models "
            "ON id = model_id WHERE name = ? AND alias = ?)"
        )
        row = tx.execute(sql, (named.name, named.alias)).fetchone()
    elif named.stage:
        stage = list(ModelStage).index(ModelStage.of(named.stage))
        sql = _OF_VERSION + "WHERE name = ? AND stage = ? ORDER BY version DESC LIMIT 1"
        row = tx.execute(sql, (named.name, stage)).fetchone()
    else:
        sql = _OF_VERSION + "WHERE name = ? ORDER BY version DESC LIMIT 1"
        row = tx.execute(sql, (named.name,)).fetchone()
    return row


def _run(tx: Transaction, statements: Any, run_id: str) -> _Origin | None:
    """Return a run, held; None for one of another store, of which a version may tell."""
    sql = "SELECT artifact_uri, deleted_at FROM runs WHERE uuid = ?" + statements.FOR_SHARE
    row = tx.execute(sql, (run_id,)).fetchone()
    if row is None:
        return None
    if row[1] is not None:
        raise run_is_deleted(run_id)
    return _Origin(row[0], run_id)


def _model(tx: Transaction, statements: Any, model_id: str) -> _Origin:
    sql = (
        "SELECT artifact_uri, source_run_id FROM logged_models "
        "WHERE uuid = ? AND deleted_at IS NULL" + statements.FOR_SHARE
    )
    row = tx.execute(sql, (model_id,)).fetchone()
    if row is None:
        raise ResourceDoesNotExist(f"Logged model with ID '{model_id}' not found.")
    return _Origin(*row)


# --- what a source means -------------------------------------------------------------------------


def _check_spelling(source: str) -> None:
    """Refuse a source that may not mean what it says."""
    if not source:
        raise missing("source")
    check_words("source", source, limits.MAX_SOURCE_LENGTH)
    try:
        check_location(source)
    except InvalidParameterValue as error:
        raise _invalid(source, error.message) from None
    scheme = scheme_of(source)
    parts = _split(source)
    if scheme not in _LOCAL and "#" in unquote(source):
        raise _invalid(source, "It holds a fragment ('#'), which could hide another path.")
    if scheme in ("runs", "models", "mlflow-artifacts") and "?" in source:
        raise _invalid(source, "It holds a query ('?').")
    if scheme in ("runs", "models") and parts.netloc:
        raise _invalid(source, f"Write {scheme}:/ with one slash: this server's own are meant.")


def _split(source: str) -> Any:
    try:
        return urlsplit(source)
    except ValueError as error:  # for example an unclosed [ of an IPv6 address
        raise _invalid(source, f"It is no URI: {error}.") from None


def _parse(source: str) -> ModelUri:
    try:
        return parse_model_uri(source)
    except InvalidParameterValue as error:
        raise _invalid(source, error.message) from None


def _is_behind_server(source: str) -> bool:
    scheme = scheme_of(source)
    if scheme == "mlflow-artifacts":
        return True
    return scheme in _SERVED and _SERVED_PATH in unquote(_split(source).path)


def _path_in(source: str, root: str) -> str | None:
    """Return the path of a local place below a local root; None if it is not in there.

    Every symbolic link is followed, so it lies there indeed, however it is spelled.
    """
    if scheme_of(root) not in _LOCAL:
        return None
    try:
        place, top = path_of(source).resolve(), path_of(root).resolve()
    except (HeadraceError, OSError, RuntimeError):  # no local path, or a loop of links
        return None
    if not place.is_relative_to(top):
        return None
    return "/".join(place.relative_to(top).parts)


def _is_in(source: str, root: str) -> bool:
    """Return whether a URI is a root or lies in it."""
    ours, theirs = _split(source), _split(root)
    if (ours.scheme.lower(), ours.netloc) != (theirs.scheme.lower(), theirs.netloc):
        return False
    names = [name for name in unquote(ours.path).split("/") if name not in ("", ".")]
    wanted = [name for name in unquote(theirs.path).split("/") if name not in ("", ".")]
    return bool(wanted) and names[: len(wanted)] == wanted


# --- refusals ------------------------------------------------------------------------------------


def _id_of(request: CreateModelVersion) -> str:
    return "model_id" if request.model_id else "run_id"


def _not_of(request: CreateModelVersion) -> InvalidParameterValue:
    name = "model_id" if scheme_of(request.source) == "models" else _id_of(request)
    return _invalid(
        request.source,
        f"The {name} request parameter must identify the resource that contains the source.",
    )


def _invalid(source: str, reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Invalid model version source: '{source}'. {reason}")
