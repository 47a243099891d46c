"""``http(s)://``: files of an ordinary web server, to be read only.

A folder is what the server shows as a page of links, as nearly all of them do; the sizes are asked
for file by file. An address of MLflow's artifact proxy leads to `ProxiedArtifactStore` instead.
"""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import BinaryIO
from urllib.parse import quote, unquote, urljoin, urlsplit

from headrace.artifacts.addresses import parse_address
from headrace.artifacts.base import (
    CHUNK,
    ArtifactStore,
    FileDetails,
    check_range,
    file_path,
    folder_not_file,
    no_such_artifact,
)
from headrace.artifacts.http_stream import Answer, StreamingCalls, moment_of
from headrace.artifacts.mlflow_artifacts import ROUTE, ProxiedArtifactStore
from headrace.artifacts.paths import clean_path, join
from headrace.artifacts.ranges import open_range
from headrace.connection import Server
from headrace.entities import FileInfo
from headrace.errors import (
    EndpointNotFound,
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    PermissionDenied,
    TemporarilyUnavailable,
    Unauthenticated,
)

_REDIRECTIONS = (301, 302, 303, 307, 308)
_MAX_REDIRECTIONS = 5
# A page of links that is longer is none that people would read.
_MAX_PAGE_BYTES = 32 * 1024 * 1024


def open_web_store(uri: str, server: str | None = None) -> ArtifactStore:
    """Return the store of an ``http(s)`` URI: the proxy of a tracking server, or plain files."""
    if ROUTE in urlsplit(uri).path:
        return ProxiedArtifactStore(uri, server)
    return WebArtifactStore(uri)


class WebArtifactStore(ArtifactStore):
    """A folder of a web server."""

    parallelism = 8

    def __init__(self, uri: str) -> None:
        """Take the URI; credentials in it go to that server and to no other.

        Raises:
            InvalidParameterValue: If it is malformed, or carries a query or a fragment.

        """
        super().__init__(uri)
        address = parse_address(uri)
        self._title = f"{address.title}{address.path}"
        self._calls = _FollowingCalls(Server(uri, is_ours=False))

    # --- looking ---------------------------------------------------------------------------------

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what the page of a folder links to that lies directly in the folder."""
        cleaned = clean_path(path)
        target = _folder_target(cleaned)
        try:
            with self._told(path), self._calls.call("GET", target) as answer:
                if not answer.headers.get("Content-Type", "").startswith("text/html"):
                    return []
                page = answer.read(_MAX_PAGE_BYTES).decode(errors="replace")
        except EndpointNotFound:
            return []
        names = _names(page, self._calls.server.url + target)
        infos: dict[str, FileInfo] = {}

        def look(name: str) -> None:
            below = join(cleaned, name.rstrip("/"))
            info = FileInfo(below, is_dir=True) if name.endswith("/") else self.stat(below)
            if info is not None:
                infos[below] = info

        self._for_each(look, [name for name in names if _is_clean(cleaned, name)])
        return [infos[key] for key in sorted(infos)]

    def stat(self, path: str) -> FileInfo | None:
        """Return what is at a path."""
        cleaned = clean_path(path)
        if not cleaned:
            return FileInfo(path="", is_dir=True)
        try:
            headers = self._head(cleaned, _file_target(cleaned))
        except _FolderMet:
            return FileInfo(path=cleaned, is_dir=True)
        if headers is not None:
            size = headers.get("Content-Length", "")
            return FileInfo(cleaned, is_dir=False, file_size=int(size) if size.isdigit() else None)
        if self._head(cleaned, _folder_target(cleaned)) is not None:
            return FileInfo(path=cleaned, is_dir=True)
        return None

    def details(self, path: str) -> FileDetails:
        """Return when the server says that a file was last changed."""
        try:
            headers = self._head(path, _file_target(file_path(path))) or {}
        except _FolderMet:
            return FileDetails()
        return FileDetails(changed=moment_of(headers.get("Last-Modified")))

    def _head(self, path: str, target: str) -> Mapping[str, str] | None:
        """Return the headers of what is at an address; None if nothing is."""
        try:
            with self._told(path), self._calls.call("HEAD", target) as answer:
                return answer.headers
        except EndpointNotFound:
            return None

    # --- down ------------------------------------------------------------------------------------

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return the body of the server's answer as it arrives."""
        check_range(offset, length)
        self._check_file(path)
        with self._told(path):
            return open_range(self._calls, _file_target(clean_path(path)), offset, length)

    def _check_file(self, path: str) -> None:
        found = self.stat(path)
        if found is None:
            raise no_such_artifact(path)
        if found.is_dir:
            raise folder_not_file(path)

    def _copy_to(self, path: str, target: BinaryIO) -> None:
        """Fetch a file; what broke off goes on, if the file is the same still."""
        mark = ""
        for pause in self._calls.tries():
            at = target.tell()
            headers = {"Range": f"bytes={at}-", "If-Range": mark} if at and mark else {}
            try:
                with self._told(path):
                    answer = self._calls.call("GET", _file_target(path), headers=headers)
                with answer:
                    if answer.status == http.client.OK:
                        target.seek(0)
                        target.truncate()
                    mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
                    if answer.status != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                        _copy(answer, target)
                return
            except TemporarilyUnavailable:
                if pause is None:
                    raise
                time.sleep(pause)

    # --- up --------------------------------------------------------------------------------------

    def write(self, path: str, stream: BinaryIO) -> None:
        """Refuse."""
        file_path(path)
        raise self._only_read()

    def delete(self, path: str = "") -> None:
        """Refuse."""
        clean_path(path)
        raise self._only_read()

    def _only_read(self) -> NotSupported:
        return NotSupported(
            f"{self._title} is on a web server, from which files can only be read. Give the "
            "experiment an artifact location that can be written to."
        )

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """Say of a refusal what to do about it."""
        try:
            yield
        except (Unauthenticated, PermissionDenied) as error:
            kind = type(error)
            raise kind(
                f"{self._title} does not show {path!r} to this user. Write the name and the "
                "password into the URI, https://USER:PASSWORD@HOST/PATH, or ask for access."
            ) from error


class _FolderMet(InvalidParameterValue):
    """The server sends whoever asks for a file on to a folder of that name."""


class _FollowingCalls(StreamingCalls):
    """Calls that go where the server sends them."""

    def __init__(self, server: Server) -> None:
        super().__init__(server, further_statuses=_REDIRECTIONS)

    def call(
        self,
        verb: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: BinaryIO | None = None,
    ) -> Answer:
        """Make a call; see `StreamingCalls.call`.

        Raises:
            InvalidParameterValue: If the server sends us to an address that is none to go to.

        """
        calls: StreamingCalls = self
        answer = super().call(verb, target, headers=headers, body=body)
        for _ in range(_MAX_REDIRECTIONS):
            if answer.status not in _REDIRECTIONS:
                return answer
            answer.read()
            answer.close()
            here = calls.server.url + target
            there = urlsplit(urljoin(here, answer.headers.get("Location", "")))
            if there.path == urlsplit(here).path + "/":
                raise _FolderMet(f"{here!r} is a folder.")
            allowed = ("https",) if here.startswith("https:") else ("http", "https")
            if there.scheme not in allowed:
                raise InvalidParameterValue(
                    f"{here!r} leads to {there.geturl()!r}, which is not followed: from https only "
                    "https is, and from http nothing but the two."
                )
            origin = f"{there.scheme}://{there.netloc.rpartition('@')[2]}"
            target = (there.path or "/") + (f"?{there.query}" if there.query else "")
            calls = StreamingCalls(Server(origin, is_ours=False), further_statuses=_REDIRECTIONS)
            answer = calls.call(verb, target, headers=headers)
        answer.close()
        raise HeadraceError(f"{self.server.url + target!r} leads from one address to another.")


class _Links(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads."""
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _names(page: str, address: str) -> list[str]:
    """Return the names that the page at an address links to, those of folders with a slash."""
    links = _Links()
    links.feed(page)
    here = urlsplit(address)
    names = []
    for link in links.found:
        there = urlsplit(urljoin(address, link))
        if there[:2] != here[:2] or there.query or there.fragment:
            continue
        if there.path.startswith(here.path):
            names.append(unquote(there.path.removeprefix(here.path)))
    names = [name for name in names if name.strip("/") and "/" not in name[:-1]]
    return list(dict.fromkeys(names))


def _is_clean(folder: str, name: str) -> bool:
    """Return whether a name of a page can be an artifact's."""
    path = join(folder, name.rstrip("/"))
    try:
        return clean_path(path) == path
    except InvalidParameterValue:
        return False


def _file_target(path: str) -> str:
    return f"/{quote(path, safe='/')}"


def _folder_target(path: str) -> str:
    return f"/{quote(path, safe='/')}/" if path else "/"


def _copy(answer: Answer, target: BinaryIO) -> None:
    with io.BufferedReader(answer, CHUNK) as stream:
        while piece := stream.read(CHUNK):
            target.write(piece)
