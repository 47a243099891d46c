"""Artifacts of one run or logged model behind a Headrace server, which keeps them where it likes.

Uploads follow `headrace.api.uploads`: small files in one call, large ones in parts over several
connections, every part and file with its digest. Downloads go on where they broke off, and are
checked against the digest that the server has recorded.
"""

from __future__ import annotations

import http.client
import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TypeVar, cast

import msgspec

from headrace import settings
from headrace.api import uploads, wire
from headrace.api.artifacts import (
    GET_ARTIFACT,
    GET_LOGGED_MODEL_ARTIFACT,
    LIST_ARTIFACTS,
    LIST_LOGGED_MODEL_ARTIFACTS,
    ArtifactsPage,
    GetArtifact,
    GetLoggedModelArtifact,
    ListArtifacts,
    ListLoggedModelArtifacts,
)
from headrace.api.bundles import SMALL
from headrace.api.endpoint import Endpoint
from headrace.api.uploads import DIGEST_HEADER, PART_SIZE, PutArtifact
from headrace.api.verification import VERIFY_ARTIFACTS, VerifiedPage, VerifyArtifacts
from headrace.artifacts.base import (
    CHUNK,
    ArtifactStore,
    FileDetails,
    LocalCopy,
    check_range,
    file_path,
)
from headrace.artifacts.bundles import Bundled, in_bundles
from headrace.artifacts.copies import Copied, copy_stream, name_source
from headrace.artifacts.digests import digest_of_range, new_hasher
from headrace.artifacts.hasty import Digesting, Patience
from headrace.artifacts.http_stream import Answer, StreamingCalls, moment_of
from headrace.artifacts.local_files import check_regular, os_errors
from headrace.artifacts.paths import clean_path
from headrace.artifacts.ranges import open_range
from headrace.artifacts.served_bundles import get_bundle, put_bundle
from headrace.artifacts.small_files import SmallFiles
from headrace.artifacts.streams import CountedRange, FileRange
from headrace.artifacts.verification import check_file
from headrace.connection import Server
from headrace.entities import FileCheck, FileInfo, FileState
from headrace.errors import (
    BadRequest,
    EndpointNotFound,
    HeadraceError,
    InvalidParameterValue,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)

PARTS_AT_A_TIME = 4
# How often content that arrived with another digest is sent or fetched again.
_TRIES_OF_CONTENT = 3

ResponseT = TypeVar("ResponseT")


class ServedArtifactStore(ArtifactStore):
    """Files of one run or model behind a Headrace server."""

    parallelism = 8
    takes_digests = True

    def __init__(
        self,
        uri: str,
        calls: StreamingCalls,
        *,
        run_id: str | None = None,
        model_id: str | None = None,
    ) -> None:
        """Take whose artifacts they are.

        Args:
            uri: Their root, as the server gives it.
            calls: The server.
            run_id: The run; or else
            model_id: the logged model.

        """
        super().__init__(uri)
        self._calls = calls
        self._owner = {"run_id": run_id, "model_id": model_id}
        self._run_id = run_id
        self._model_id = model_id or ""

    # --- looking ---------------------------------------------------------------------------------

    def list_artifacts(self, path: str = "") -> list[FileInfo]:
        """Return what the server lists; an entry that is not in the folder is refused."""
        cleaned = clean_path(path)
        page: ArtifactsPage
        if self._run_id:
            request = ListArtifacts(run_id=self._run_id, path=cleaned or None)
            page = self._ask(LIST_ARTIFACTS, request)
        else:
            page = self._ask(
                LIST_LOGGED_MODEL_ARTIFACTS,
                ListLoggedModelArtifacts(
                    model_id=self._model_id, artifact_directory_path=cleaned or None
                ),
            )
        for info in page.files:
            if clean_path(info.path).rpartition("/")[0] != cleaned or info.path == cleaned:
                raise InvalidParameterValue(
                    f"Invalid path {info.path!r}: the server lists it in the folder {cleaned!r}."
                )
        return page.files

    def stat(self, path: str) -> FileInfo | None:
        """Return what is at a path, which the listing of its folder tells."""
        cleaned = clean_path(path)
        if not cleaned:
            return FileInfo(path="", is_dir=True)
        siblings = self.list_artifacts(cleaned.rpartition("/")[0])
        return next((info for info in siblings if info.path == cleaned), None)

    def open(self, path: str, offset: int = 0, length: int | None = None) -> BinaryIO:
        """Return the body of the server's answer as it arrives."""
        check_range(offset, length)
        return open_range(self._calls, self._file_target(path), offset, length)

    def digest(self, path: str) -> str | None:
        """Return the digest that the server has recorded."""
        return self.details(path).digest

    def details(self, path: str) -> FileDetails:
        """Return what the headers of the server's answer say, its first byte at most read."""
        headers = {"Range": "bytes=0-0"}
        try:
            with self._calls.call("GET", self._file_target(path), headers=headers) as answer:
                answer.read()
        except ResourceDoesNotExist:
            return FileDetails()
        changed = moment_of(answer.headers.get("Last-Modified"))
        return FileDetails(changed, answer.headers.get(DIGEST_HEADER))

    def check_files(
        self, path: str = "", on_bytes: Callable[[int], None] = lambda _: None
    ) -> Iterator[FileCheck]:
        """Let the server read the files, but for those that are too large for that."""
        owner, page_token = self._owner, None
        while True:
            request = VerifyArtifacts(**owner, path=clean_path(path), page_token=page_token)
            try:
                page: VerifiedPage = self._ask(VERIFY_ARTIFACTS, request)
            except EndpointNotFound:  # an older server
                yield from super().check_files(path, on_bytes)
                return
            for check in page.files:
                if check.state == FileState.NOT_READ:
                    check = check_file(self, check.path, on_bytes)
                else:
                    on_bytes(check.size or 0)
                yield check
            page_token = page.next_page_token
            if page_token is None:
                return

    # --- up --------------------------------------------------------------------------------------

    def write(self, path: str, stream: BinaryIO) -> None:
        """Send a stream; it is kept on the disk first, since digest and size go ahead of it."""
        cleaned = file_path(path)
        with TemporaryFile() as copy:
            with os_errors(f"Artifact {path!r}"):
                copied = copy_stream(stream, copy)
                copy.flush()
            self._upload(copy.fileno(), cleaned, copied, os.urandom(16).hex(), _nobody)

    def put_file(self, local: Path, path: str) -> None:
        """Send a local file."""
        check_regular(local)
        cleaned = file_path(path)
        with os_errors(f"The file {str(local)!r}"), local.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = digest_of_range(file.fileno(), 0, size)
            self._upload(file.fileno(), cleaned, Copied(size, digest), name_source(local), _nobody)

    def put_copies(
        self, copies: Sequence[LocalCopy], on_bytes: Callable[[int], None]
    ) -> list[HeadraceError | None]:
        """Send small files together; content that arrives with another digest is sent again."""
        small = [one for one in copies if one.copied.size <= SMALL]
        if len(small) < len(copies):
            return super().put_copies(copies, on_bytes)
        outcomes: dict[LocalCopy, HeadraceError | None] = {}

        def put(group: list[LocalCopy]) -> None:
            for _ in range(_TRIES_OF_CONTENT):
                errors = put_bundle(self._calls, self._owner, group, on_bytes)
                found = dict(zip(group, errors, strict=True))
                outcomes.update(found)
                group = [one for one, error in found.items() if isinstance(error, BadRequest)]
                if not group:
                    break
                on_bytes(-sum(map(_size_of, group)))

        self._for_each(put, list(in_bundles(small, _size_of)), PARTS_AT_A_TIME)
        return [outcomes[one] for one in copies]

    def _put_copy(self, copy: LocalCopy, on_bytes: Callable[[int], None]) -> None:
        with os_errors(f"The file {str(copy.local)!r}"), copy.local.open("rb") as file:
            path, source = file_path(copy.path), copy.source or name_source(copy.local)
            self._upload(file.fileno(), path, copy.copied, source, on_bytes)

    def put_at_once(self, local: Path, path: str) -> bool:
        """Send a large local file from where it lies, as fast as a copy of it would be made.

        It is read once for its digest while its parts go, which are not checked one by one.
        """
        try:
            with local.open("rb") as file:
                source, size = name_source(local), os.fstat(file.fileno()).st_size
                if size <= PART_SIZE:
                    return False
                patience = Patience(size)
                fields: dict[str, Any] = {**self._owner, "path": file_path(path)}
                fields |= {"size": size, "source": source}
                hasty = self._hasty()
                state = hasty._ask(uploads.BEGIN_UPLOAD, uploads.BeginUpload(**fields))
                with Digesting(file.fileno(), size) as digesting:
                    hasty._send_parts(
                        file.fileno(), fields, state, patience.note, with_digests=False
                    )
                if name_source(local) != source:
                    return False  # somebody writes to it: a copy will be of one moment
                finish = uploads.FinishUpload(**fields, digest=digesting.digest)
                hasty._ask(uploads.FINISH_UPLOAD, finish)
                return True
        except (HeadraceError, OSError):
            return False  # a copy of it can wait, and what is wrong is told then

    def _hasty(self) -> ServedArtifactStore:
        """Return a store of the same files that tries once and waits for no silent server."""
        patience = settings.CONTACT_TIMEOUT.get()
        calls = StreamingCalls(self._calls.server, retries=False, timeout=patience)
        return ServedArtifactStore(self.uri, calls, **self._owner)

    def delete(self, path: str = "") -> None:
        """Ask the server to delete a file or folder."""
        request = uploads.DeleteArtifact(**self._owner, path=clean_path(path) or None)
        self._ask(uploads.DELETE_ARTIFACT, request)

    def _upload(
        self,
        file: int,
        path: str,
        copied: Copied,
        source: str,
        on_bytes: Callable[[int], None],
    ) -> None:
        fields: dict[str, Any] = {**self._owner, "path": path, **msgspec.structs.asdict(copied)}
        if copied.size <= PART_SIZE:
            whole = FileRange(file, 0, copied.size)
            self._send(uploads.PUT_ARTIFACT, PutArtifact(**fields), whole, on_bytes)
            return
        fields["source"] = source
        state = self._ask(uploads.BEGIN_UPLOAD, uploads.BeginUpload(**fields))
        if state.complete:
            on_bytes(copied.size)
            return
        self._send_parts(file, fields, state, on_bytes, with_digests=True)
        self._ask(uploads.FINISH_UPLOAD, uploads.FinishUpload(**fields))

    def _send_parts(
        self,
        file: int,
        fields: dict[str, Any],
        state: uploads.UploadState,
        on_bytes: Callable[[int], None],
        *,
        with_digests: bool,
    ) -> None:
        """Send the parts of a file that are not there yet, several at a time.

        Args:
            file: The open file.
            fields: Those of `uploads.UploadRequest`.
            state: What is there.
            on_bytes: Hears of the bytes that go.
            with_digests: Whether each part is checked by itself, so that one that was changed on
                its way is sent alone once more.

        """
        there = set(state.parts)
        whole: int = fields["size"]

        def send(part: int) -> None:
            offset = part * PART_SIZE
            size = min(PART_SIZE, whole - offset)
            if part in there:
                on_bytes(size)
                return
            digest = digest_of_range(file, offset, size) if with_digests else None
            request = uploads.PutPart(**fields, part=part, part_digest=digest)
            self._send(uploads.PUT_PART, request, FileRange(file, offset, size), on_bytes)

        self._for_each(send, range(-(-whole // PART_SIZE)), PARTS_AT_A_TIME)

    def _send(
        self,
        endpoint: Endpoint[Any, Any],
        request: uploads.Content,
        content: FileRange,
        on_bytes: Callable[[int], None],
    ) -> None:
        """Send content; if it arrives with another digest, send it again."""
        target, _ = wire.encode_request(endpoint, request)
        body = cast(BinaryIO, CountedRange(content, on_bytes))
        for tries_left in reversed(range(_TRIES_OF_CONTENT)):
            try:
                with self._calls.call(endpoint.verb, target, body=body) as answer:
                    answer.read()
                return
            except BadRequest:
                if not tries_left:
                    raise
                body.seek(0)

    # --- down ------------------------------------------------------------------------------------

    def _fetch_all(
        self,
        targets: Sequence[tuple[FileInfo, str]],
        folder: Path,
        on_bytes: Callable[[int], None],
    ) -> None:
        """Fetch small files in bundles, the others each by itself."""
        small = [one for one in targets if not one[0].is_dir and (one[0].file_size or 0) <= SMALL]
        if len(small) < 2:
            small = []
        taken = {info.path for info, _ in small}
        others = [one for one in targets if one[0].path not in taken]
        super()._fetch_all(others, folder, on_bytes)
        files = SmallFiles(folder)

        def fetch(group: list[tuple[FileInfo, str]]) -> None:
            ways = {info.path: way for info, way in group}
            for one in self._bundled(list(ways)):
                way = ways[one.file.path]
                if not one.is_right:
                    super(ServedArtifactStore, self)._fetch_all(
                        [(FileInfo(one.file.path, False, one.file.size), way)], folder, on_bytes
                    )
                    continue
                with os_errors(f"The local copy {way!r} in {str(folder)!r}"):
                    files.write(way, one.content)
                on_bytes(one.file.size)

        groups = in_bundles(small, lambda one: one[0].file_size or 0)
        self._for_each(fetch, list(groups), PARTS_AT_A_TIME)

    def _bundled(self, paths: list[str]) -> Iterator[Bundled]:
        """Yield files as they arrive; those that are left when an answer ends are asked for anew.

        Raises:
            TemporarilyUnavailable: If the server could not be reached for too long.

        """
        tries = self._calls.tries()
        while paths:
            count = 0
            try:
                for one in get_bundle(self._calls, self._owner, paths):
                    count += 1
                    yield one
            except TemporarilyUnavailable:
                pause = next(tries)
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                if not count:
                    raise HeadraceError(f"{self._calls.server.url} sent a bundle with no file.")
            paths = paths[count:]

    def _copy_to(self, path: str, target: BinaryIO) -> None:
        """Fetch a file; what broke off goes on, and what arrived wrong is fetched again."""
        for tries_left in reversed(range(_TRIES_OF_CONTENT)):
            expected, found = self._fetch(path, target)
            if expected in ("", found):
                return
            if not tries_left:
                raise HeadraceError(
                    f"{path!r} has the BLAKE3 digest {found} and was stored with {expected}: it "
                    "was damaged on the disk of the server, or on its way. Nothing was kept.",
                    "DATA_LOSS",
                )

    def _fetch(self, path: str, target: BinaryIO) -> tuple[str, str]:
        """Write a file's bytes to an empty file; return its digest as recorded and as found."""
        call = self._file_target(path)
        hasher = new_hasher()
        mark = expected = ""
        for pause in self._calls.tries():
            at = target.tell()
            headers = {"Range": f"bytes={at}-", "If-Range": mark} if at and mark else {}
            try:
                with self._calls.call("GET", call, headers=headers) as answer:
                    if answer.status == http.client.OK:
                        hasher = new_hasher()
                        target.seek(0)
                        target.truncate()
                    mark = answer.headers.get("ETag") or mark
                    expected = answer.headers.get(DIGEST_HEADER) or expected
                    if answer.status != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                        _copy(answer, target, hasher)
                break
            except TemporarilyUnavailable:
                if pause is None:
                    raise
                time.sleep(pause)
        return expected, hasher.hexdigest()

    # --- calls -----------------------------------------------------------------------------------

    def _file_target(self, path: str) -> str:
        cleaned = file_path(path)
        if self._run_id:
            request = GetArtifact(run_id=self._run_id, path=cleaned)
            return wire.encode_request(GET_ARTIFACT, request)[0]
        return wire.encode_request(
            GET_LOGGED_MODEL_ARTIFACT,
            GetLoggedModelArtifact(model_id=self._model_id, artifact_file_path=cleaned),
        )[0]

    def _ask(self, endpoint: Endpoint[Any, ResponseT], request: msgspec.Struct) -> ResponseT:
        target, content = wire.encode_request(endpoint, request)
        body = None if content is None else io.BytesIO(content)
        headers = {} if content is None else {"Content-Type": "application/json"}
        with self._calls.call(endpoint.verb, target, headers=headers, body=body) as answer:
            return wire.decode_answer(endpoint, answer.status, answer.read())


def served_by(server: str, *, retries: bool = True) -> StreamingCalls:
    """Return the calls to a server, for all of its runs and models.

    Args:
        server: Its URL.
        retries: Whether calls that met a passing failure are tried again.

    """
    return StreamingCalls(Server(server), retries=retries)


def _size_of(copy: LocalCopy) -> int:
    return copy.copied.size


def _copy(answer: Answer, target: BinaryIO, hasher: Any) -> None:
    buffer = memoryview(bytearray(CHUNK))
    while count := answer.readinto(buffer):
        hasher.update(buffer[:count])
        target.write(buffer[:count])


def _nobody(count: int) -> None:
    """Hear of bytes that have gone."""
