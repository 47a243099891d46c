"""Where artifacts go: the locations of experiments, runs and models, as stored and as answered.

A location below the database's own folder is stored relative to it (``./artifacts/1``), so that an
embedded store may be moved, or mounted elsewhere, with its artifacts.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlparse, urlsplit, urlunsplit

from headrace.api.limits import MAX_ARTIFACT_LOCATION_LENGTH
from headrace.artifacts.paths import check_location
from headrace.errors import InvalidParameterValue
from headrace.stores.texts import check_text

_RELATIVE = "./"


class Locations:
    """The locations of one store.

    Args:
        root: Path or URI below which new experiments get their place; None for the folder
            ``artifacts`` beside the database file.
        home: Folder of the database file; None for a database that is no file.
    """

    def __init__(self, root: str | None, home: Path | None) -> None:
        self._root = absolute_location(root) if root else f"{_RELATIVE}artifacts"
        self.home = str(home) if home else ""
        if not root and not home:
            raise InvalidParameterValue(
                "A database that is no file needs a root for its artifacts: a folder or a URI such "
                "as s3://bucket/path, given as the default artifact root."
            )

    @property
    def root(self) -> str:
        """Path or URI below which new experiments get their place, as it is answered."""
        return self.resolve(self._root)

    def of_experiment(self, experiment_id: int) -> str:
        """Return the default location of an experiment, as it is stored."""
        return append_path(self._root, str(experiment_id))

    def resolve(self, stored: str) -> str:
        """Return a stored location as it is answered."""
        return f"{self.home}{stored[1:]}" if stored.startswith(_RELATIVE) else stored

    def stored(self, location: str) -> str:
        """Return an absolute location as it is stored; `resolve` undoes it."""
        is_below = self.home and location.startswith(f"{self.home}/")
        return f".{location[len(self.home) :]}" if is_below else location


def given_location(location: str) -> str:
    """Return the artifact location that a caller gave for an experiment, a relative one resolved.

    Raises:
        InvalidParameterValue: If it has a fragment or params, names a run, is too long, or could
            lead to another place than it says.
    """
    check_text("artifact_location", location)
    try:
        parts = urlparse(location)
    except ValueError as error:  # for example an unclosed [ of an IPv6 address
        raise InvalidParameterValue(f"Invalid artifact_location {location!r}: {error}.") from None
    if parts.fragment or parts.params:
        raise InvalidParameterValue("'artifact_location' URL can't include fragments or params.")
    if ".." in unquote(parts.query):
        raise InvalidParameterValue("Invalid query string")
    if location.startswith("runs:"):
        raise InvalidParameterValue(
            f"Artifact location cannot be a runs:/ URI. Given: '{location}'"
        )
    if len(location) > MAX_ARTIFACT_LOCATION_LENGTH:
        raise InvalidParameterValue(
            "Invalid artifact path length. The length of the artifact path cannot be greater than "
            f"{MAX_ARTIFACT_LOCATION_LENGTH} characters."
        )
    check_location(location)
    return absolute_location(location)


def absolute_location(location: str) -> str:
    """Return a location with a relative local path, plain or as ``file:``, made absolute."""
    parts = urlsplit(location)
    if not parts.scheme:
        return location if location.startswith("/") else (Path.cwd() / location).as_posix()
    if parts.scheme == "file" and not parts.netloc and not parts.path.startswith("/"):
        return urlunsplit(parts._replace(path=(Path.cwd() / parts.path).as_posix()))
    return location


def append_path(location: str, *names: str) -> str:
    """Return a path or URI with names appended to its path; a query stays at the end."""
    tail = "/".join(names)
    parts = urlsplit(location)
    if not parts.scheme or not parts.query:
        return f"{location.rstrip('/')}/{tail}" if location != "/" else f"/{tail}"
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{tail}"))
