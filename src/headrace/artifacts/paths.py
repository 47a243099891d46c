"""Which artifact paths are taken, and where below a root they lead: the one place that decides.

Every path that a caller, a request or a foreign server names passes `clean_path` before anything
else looks at it, and `path_inside` before it meets a file system. MLflow had to close the same hole
once for each way in; here there is one way.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from headrace.errors import InvalidParameterValue
from headrace.file_uri import scheme_of

# What ext4, XFS, APFS and NTFS take for one name, and S3 for a whole key.
MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 1024

# Names under which a file is written until it is complete. It is MLflow's own prefix, so that its
# listings leave such files out too where both look into one folder.
STAGING_PREFIX = ".artifact.uploading."

_MAX_DECODINGS = 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE_OR_URI = re.compile(r"[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]*:/")


def clean_path(path: str) -> str:
    """Return an artifact path in its one spelling, or refuse it.

    Args:
        path: Path below an artifact root, separated by ``/``; empty for the root itself.

    Returns:
        The names joined by ``/``, without ``.``, doubled and trailing separators.

    Raises:
        InvalidParameterValue: If the path, or what it says once percent-encoding is undone, could
            mean anything outside the root, could be taken for a URL's query or fragment, or is
            too long.

    """
    decoded = _decode(path)
    for text in (path, decoded):
        reason = _objection(text)
        if reason:
            raise _refusal(path, reason)
    if decoded.count("/") != path.count("/"):
        raise _refusal(path, "it holds an encoded '/'")
    names = [name for name in path.split("/") if name not in ("", ".")]
    _check_lengths(path, names)
    if any(name.startswith(STAGING_PREFIX) for name in names):
        raise _refusal(path, f"names that start with {STAGING_PREFIX!r} are reserved")
    return "/".join(names)


def path_inside(root: Path, path: str) -> Path:
    """Return the place of an artifact path below a folder, with every symlink followed.

    Args:
        root: The folder; it need not exist.
        path: Artifact path; empty for the folder itself.

    Raises:
        InvalidParameterValue: As `clean_path`, and if a symlink on the way leaves the folder.

    """
    cleaned = clean_path(path)
    # resolve() follows links as far as the path exists. A process that may write below the root
    # could swap a link in afterwards, but such a process needs no trick to reach the files.
    try:
        resolved_root = root.resolve()
        place = (resolved_root / cleaned).resolve()
    except (OSError, RuntimeError):  # a loop of symlinks
        raise _refusal(path, "its symbolic links go in a circle") from None
    if not place.is_relative_to(resolved_root):
        raise _refusal(path, "a symbolic link on its way leaves the artifact root")
    return place


def check_location(location: str) -> None:
    """Refuse the URI or folder of an artifact root that may not mean what it says.

    Which places may be used at all is for others to decide: a server looks at where a root lies.

    Raises:
        InvalidParameterValue: If it, or what it says once percent-encoding is undone, holds ``..``,
            or a control character, or could be taken for a drive or another machine.

    """
    for text in (location, _decode(location)):
        if _CONTROL.search(text):
            reason = "it holds NUL or another control character"
        elif ".." in re.split(r"[/\\?&=]", text):
            reason = "it holds '..'; write out which folder you mean"
        elif not scheme_of(text) and (text.startswith("//") or _could_be_windows(text)):
            reason = "it could be taken for a drive or another machine"
        else:
            continue
        raise InvalidParameterValue(f"Invalid artifact location {_shown(location)}: {reason}.")


def proxied_place(uri: str, destination: str) -> str | None:
    """Return where a server that keeps artifacts for its clients has a location of theirs.

    Args:
        uri: ``mlflow-artifacts:/PATH``.
        destination: The folder or URI that PATH counts from.

    Returns:
        The place, or None if the URI names a server of its own, which keeps it elsewhere.

    Raises:
        InvalidParameterValue: If PATH could leave the destination.

    """
    parts = urlsplit(uri)
    if parts.netloc:
        return None
    path = clean_path(unquote(parts.path).lstrip("/"))
    return f"{destination.rstrip('/')}/{path}" if path else destination


def join(folder: str | None, name: str) -> str:
    """Return the artifact path of a name in a folder; None and empty mean the root."""
    return f"{folder.rstrip('/')}/{name}" if folder else name


def _decode(path: str) -> str:
    text = path
    for _ in range(_MAX_DECODINGS):
        further = unquote(text)
        if further == text:
            return text
        text = further
    raise _refusal(path, "it is percent-encoded too many times over")


def _could_be_windows(text: str) -> bool:
    return os.name != "nt" and ("\\" in text or _DRIVE_OR_URI.match(text) is not None)


def _objection(text: str) -> str | None:
    """Return why a text is no artifact path, or None."""
    if _CONTROL.search(text):
        return "it holds NUL or another control character"
    if "\\" in text:
        return "names are separated by '/', not by a backslash"
    if "#" in text or "?" in text:
        return "'#' and '?' are not allowed in names"
    if text.startswith("/"):
        return "it is absolute"
    if _DRIVE_OR_URI.match(text):
        return "it starts like a drive or a URI"
    if ".." in text.split("/"):
        return "it holds '..'"
    return None


def _check_lengths(path: str, names: list[str]) -> None:
    try:
        sizes = [len(name.encode()) for name in names]
    except UnicodeEncodeError:
        raise _refusal(path, "it is not valid Unicode") from None
    if any(size > MAX_NAME_BYTES for size in sizes):
        raise _refusal(path, f"a name may have at most {MAX_NAME_BYTES} bytes")
    if sum(sizes) + len(sizes) > MAX_PATH_BYTES:
        raise _refusal(path, f"a path may have at most {MAX_PATH_BYTES} bytes")


def _refusal(path: str, reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Invalid path {_shown(path)}: {reason}. An artifact path names files below the artifact "
        "root, for example 'plots/loss.png'."
    )


def _shown(path: str) -> str:
    return repr(path if len(path) <= 200 else path[:200] + "...")
