"""A file on the web as the source of a data set."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from headrace import settings
from headrace.artifacts.base import CHUNK
from headrace.artifacts.local_files import os_errors, replacing
from headrace.artifacts.paths import clean_path
from headrace.data.dataset_source import DatasetSource
from headrace.errors import HeadraceError, InvalidParameterValue, TemporarilyUnavailable
from headrace.file_uri import scheme_of

_FILENAME = re.compile(r'filename="?([^";]+)"?')


class HTTPDatasetSource(DatasetSource):
    """A file at an ``http`` or ``https`` address.

    Attributes:
        url: The address.

    """

    def __init__(self, url: str) -> None:
        """Take an address.

        Raises:
            InvalidParameterValue: If it is neither ``http://`` nor ``https://``.

        """
        if not self._can_resolve(url):
            raise InvalidParameterValue(f"{url!r} is no http:// or https:// address.")
        self.url = url

    @staticmethod
    def _get_source_type() -> str:
        return "http"

    def load(self, dst_path: str | os.PathLike[str] | None = None) -> str:
        """Download the file, without any credentials.

        Args:
            dst_path: Local folder to store it in, made if it is not there; a new temporary one if
                not given.

        Returns:
            The local path.

        Raises:
            TemporarilyUnavailable: If it could not be reached, or broke off.
            HeadraceError: If the server refused.

        """
        # Imported only here: reading a data set's facts needs no network.
        import http.client
        import urllib.error
        import urllib.request

        folder = Path(tempfile.mkdtemp() if dst_path is None else os.path.abspath(dst_path))
        timeout = settings.HTTP_REQUEST_TIMEOUT.get()
        try:
            with urllib.request.urlopen(self.url, timeout=timeout) as answer:  # noqa: S310
                place = folder / self._name(answer.headers.get("Content-Disposition") or "")
                with os_errors(f"The local copy {str(place)!r}"), replacing(place) as file:
                    shutil.copyfileobj(answer, file, CHUNK)
                    _check_size(self.url, answer.headers.get("Content-Length"), file.tell())
        except urllib.error.HTTPError as error:
            error.close()
            raise HeadraceError(f"{self.url} was answered with HTTP status {error.code}.") from None
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, HeadraceError):
                raise
            raise TemporarilyUnavailable(f"{self.url} cannot be reached: {error}.") from error
        return str(place)

    def _name(self, disposition: str) -> str:
        """Return the file's name, as the server or else the address tells it."""
        match = _FILENAME.search(disposition)
        if match:
            name = match[1].strip("'")
        else:
            name = posixpath.basename(unquote(urlsplit(self.url).path)) or "dataset_source"
        cleaned = clean_path(name)
        if not cleaned or "/" in cleaned:
            raise InvalidParameterValue(
                f"The file at {self.url} is called {name!r}: a name is needed, not a path."
            )
        return cleaned

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return isinstance(raw_source, str) and scheme_of(raw_source) in ("http", "https")

    @classmethod
    def _resolve(cls, raw_source: Any) -> HTTPDatasetSource:
        return cls(raw_source)

    def to_dict(self) -> dict[str, Any]:
        """Return the address, without its password: whoever sees the run sees it."""
        return {"url": settings.without_password(self.url)}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> HTTPDatasetSource:
        """Return the source at the address of a dictionary."""
        if not isinstance(source_dict.get("url"), str):
            raise InvalidParameterValue(
                f"Failed to parse HTTPDatasetSource: the key 'url' is missing in {source_dict!r}."
            )
        return cls(source_dict["url"])


def _check_size(url: str, announced: str | None, received: int) -> None:
    if announced is not None and announced.isdigit() and int(announced) != received:
        raise TemporarilyUnavailable(
            f"The download of {url} broke off after {received} of {announced} bytes."
        )
