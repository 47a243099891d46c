"""The functions of ``headrace.artifacts``: artifacts by URI or by run, and their content."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

from headrace.client.artifact_files import ArtifactFiles
from headrace.client.tracking import get_session, get_tracking_uri
from headrace.entities import FileInfo
from headrace.errors import BadRequest, InvalidParameterValue
from headrace.optional import need

if TYPE_CHECKING:
    import PIL.Image


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | os.PathLike[str] | None = None,
    tracking_uri: str | None = None,
    registry_uri: str | None = None,
    *,
    verify: bool = True,
) -> str:
    """Make an artifact available as a local file or folder.

    Args:
        artifact_uri: ``runs:/RUN_ID/PATH``, ``models:/NAME/3/PATH``, ``models:/NAME@ALIAS/PATH``,
            ``models:/MODEL_ID/PATH``, or a physical URI. Exactly one of this and `run_id` is given.
        run_id: The run that has the artifact.
        artifact_path: With `run_id`: the artifact's path; everything if not given.
        dst_path: Local folder to copy it into, made if it is not there. If not given, what lies
            on this machine is not copied, and the rest goes into a new temporary folder.
        tracking_uri: Where to look up runs and models; the current tracking URI if not given.
        registry_uri: Where to look up registered models; the current registry URI if not given.
        verify: Whether files of a version of a registered model are compared with what was
            registered.

    Returns:
        The local path.

    Raises:
        InvalidParameterValue: If the arguments do not name one artifact.
        ResourceDoesNotExist: If it is not there.
        HeadraceError: With DATA_LOSS if it is not what was registered; nothing is kept then.

    """
    _check_one(artifact_uri, run_id, artifact_path)
    files = _files(tracking_uri)
    if artifact_uri is not None:
        return files.download_uri(artifact_uri, dst_path, registry_uri, verify=verify)
    return files.download_artifacts(run_id or "", artifact_path, dst_path)


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """Return what lies directly in a folder of artifacts, sorted by path.

    Args:
        artifact_uri: The folder; exactly one of this and `run_id` is given.
        run_id: The run that has the folder.
        artifact_path: With `run_id`: the folder's path; the root if not given.
        tracking_uri: Where to look up runs and models; the current tracking URI if not given.

    """
    _check_one(artifact_uri, run_id, artifact_path)
    files = _files(tracking_uri)
    if artifact_uri is not None:
        return files.list_uri(artifact_uri)
    return files.list_artifacts(run_id or "", artifact_path)


def delete_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> None:
    """Delete an artifact for good: a file, or a folder with all that is in it.

    Args:
        artifact_uri: What to delete; exactly one of this and `run_id` is given.
        run_id: The run that has it.
        artifact_path: With `run_id`: its path; all artifacts of the run if not given.
        tracking_uri: Where to look up runs and models; the current tracking URI if not given.

    Raises:
        InvalidParameterValue: If the arguments do not name one artifact.
        ResourceDoesNotExist: If it is not there.

    """
    _check_one(artifact_uri, run_id, artifact_path)
    files = _files(tracking_uri)
    if artifact_uri is not None:
        files.delete_uri(artifact_uri)
    else:
        files.delete_artifacts(run_id or "", artifact_path)


def load_text(artifact_uri: str) -> str:
    """Return an artifact's content as text.

    Raises:
        BadRequest: If it is not UTF-8.

    """
    return _read_text(artifact_uri)


def load_dict(artifact_uri: str) -> dict[str, Any]:
    """Return what an artifact's JSON says.

    Raises:
        BadRequest: If it is not JSON, or not UTF-8.

    """
    text = _read_text(artifact_uri)
    try:
        content: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise BadRequest(
            f"Unable to form a JSON object from file content of {artifact_uri!r}: {error}"
        ) from None
    return content


def load_image(artifact_uri: str) -> PIL.Image.Image:
    """Return an artifact as a Pillow image.

    Raises:
        BadRequest: If it is no image that Pillow knows.
        MissingLibrary: If Pillow is not installed.

    """
    pillow = need("PIL.Image", "load_image")
    content = io.BytesIO(_read(artifact_uri))
    try:
        image: PIL.Image.Image = pillow.open(content)
        image.load()
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises on broken files
        raise BadRequest(
            f"Unable to form a PIL Image object from file content of {artifact_uri!r}: {error}"
        ) from None
    return image


def _check_one(artifact_uri: str | None, run_id: str | None, artifact_path: str | None) -> None:
    if (artifact_uri is None) == (run_id is None):
        raise InvalidParameterValue("Exactly one of `run_id` or `artifact_uri` must be specified")
    if artifact_uri is not None and artifact_path is not None:
        raise InvalidParameterValue(
            "`artifact_path` cannot be specified if `artifact_uri` is specified"
        )


def _files(tracking_uri: str | None) -> ArtifactFiles:
    uri = tracking_uri or get_tracking_uri()
    return get_session(uri).files


def _read_text(artifact_uri: str) -> str:
    try:
        return _read(artifact_uri).decode()
    except UnicodeDecodeError:
        raise BadRequest(
            f"Artifact {artifact_uri!r} is not valid UTF-8. To read a file in another encoding, "
            "get it by download_artifacts() and open it with that encoding."
        ) from None


def _read(artifact_uri: str) -> bytes:
    with _files(None).open_uri(artifact_uri) as stream:
        return stream.read()
