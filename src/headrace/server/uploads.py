"""Files on their way into artifact stores: staged in one folder, checked, then put into place.

What an upload is to become and where it comes from name it, so nothing has to be remembered but the
files here::

    UPLOAD.file     the file; parts are written where they belong in it
    UPLOAD.parts    the numbers of the parts that are there, a line each
    RANDOM.file     a file that travels in one call

A part counts only once its digest was right and its number stands in the list. What is not touched
for a day is swept.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count, islice
from pathlib import Path

from headrace import settings
from headrace.api.endpoint import Empty
from headrace.api.limits import MAX_INT64
from headrace.api.uploads import PART_SIZE, PutArtifact, PutPart, UploadRequest, UploadState
from headrace.artifacts.base import ArtifactStore, file_path
from headrace.artifacts.digests import DIGEST_LENGTH, RunningDigest, digest_of
from headrace.artifacts.local_files import os_errors
from headrace.errors import InvalidParameterValue, ResourceAlreadyExists, ResourceDoesNotExist
from headrace.server.intake import CheckedIntake, Discarded, Intake, wrong_digest
from headrace.stores.seals import Seals

LIFETIME_SECONDS = 24 * 3600.0
SECONDS_BETWEEN_SWEEPS = 600.0
_MAX_RUNNING = 1000

_logger = logging.getLogger("headrace.server")

_DIGEST = re.compile(f"[0-9a-f]{{{DIGEST_LENGTH}}}")


class Uploads:
    """The uploads of one server.

    Args:
        folder: Where files are staged, best in the file system of the artifacts. All processes of
            a server share it.
        seals: Refuses what registered versions hold.

    """

    def __init__(self, folder: Path, seals: Seals) -> None:
        self._folder = folder
        self._seals = seals
        self._swept_at = float("-inf")
        self._digests: dict[Path, RunningDigest] = {}
        self._changing = threading.Lock()
        self._syncing = ThreadPoolExecutor(1, thread_name_prefix="headrace-sync")

    def whole(self, store: ArtifactStore, request: PutArtifact) -> Intake:
        """Return what takes a file that travels in one call."""
        path = _check(request)
        self._seals.check_write(store, path, request.digest)
        staged = self._folder / f"{os.urandom(16).hex()}.file"
        with os_errors("The folder for uploads"):
            self._make(staged, 0)
            return CheckedIntake(
                staged,
                0,
                request.size,
                request.digest,
                keep=lambda digest: self._keep(store, staged, path, digest),
                drop=lambda: staged.unlink(missing_ok=True),
            )

    def unannounced(self, store: ArtifactStore, path: str) -> Intake:
        """Return what takes a file of which neither size nor digest was said."""
        cleaned = file_path(path)
        staged = self._folder / f"{os.urandom(16).hex()}.file"
        with os_errors("The folder for uploads"):
            self._make(staged, 0)
            return CheckedIntake(
                staged,
                0,
                None,
                None,
                keep=lambda digest: self._keep(store, staged, cleaned, digest),
                drop=lambda: staged.unlink(missing_ok=True),
            )

    def begin(self, store: ArtifactStore, request: UploadRequest) -> UploadState:
        """Begin an upload in parts, or say how far it is."""
        path = _check(request)
        staged = self._staged(store, path, request)
        if _is_stored(store, path, request):
            self._drop(staged)
            return UploadState(complete=True)
        if request.digest is not None:  # else it is known at the end only
            self._seals.check_write(store, path, request.digest)
        _check_kinds(store, path)
        # Whoever may write to this server may read all of it, so that to know a digest gives nobody
        # a content that is closed to them.
        digest = request.digest
        if digest is not None and store.take_known(path, request.size, digest):
            self._drop(staged)
            return UploadState(complete=True)
        with os_errors("The folder for uploads"):
            if not staged.exists():
                _parts_file(staged).unlink(missing_ok=True)
                self._make(staged, request.size)
            os.utime(staged)
            return UploadState(complete=False, parts=sorted(_parts_in(staged)))

    def part(self, store: ArtifactStore, request: PutPart) -> Intake:
        """Return what takes one part.

        Raises:
            ResourceDoesNotExist: If the upload was not begun, or is finished or swept.

        """
        path = _check(request)
        offset = request.part * PART_SIZE
        is_digest = request.part_digest is None or _DIGEST.fullmatch(request.part_digest)
        if not 0 <= offset < max(request.size, 1) or not is_digest:
            raise InvalidParameterValue(
                f"Invalid part {request.part} of a file of {request.size} bytes: parts have "
                f"{PART_SIZE} bytes and count from 0; a digest is one of BLAKE3."
            )
        staged = self._staged(store, path, request)
        if request.part in _parts_in(staged):
            return Discarded()
        try:
            return CheckedIntake(
                staged,
                offset,
                min(PART_SIZE, request.size - offset),
                request.part_digest,
                keep=lambda _: self._keep_part(staged, request),
                drop=lambda: None,  # it counts only once it is noted
                hashes=request.part_digest is not None,
            )
        except FileNotFoundError:
            raise _no_upload(request) from None

    def finish(self, store: ArtifactStore, request: UploadRequest) -> Empty:
        """Check a file whose parts are all there, and put it into its place.

        Raises:
            ResourceDoesNotExist: If the upload was not begun, or is swept.
            InvalidParameterValue: If a part is missing.
            BadRequest: If the digest is wrong; the upload begins from nothing then.

        """
        path = _check(request)
        if not request.digest:
            raise _bad_digest(request)
        staged = self._staged(store, path, request)
        with os_errors("The folder for uploads"):
            there = _parts_in(staged)
            if not staged.exists():
                if _is_stored(store, path, request):  # the answer to the first finish was lost
                    return Empty()
                raise _no_upload(request)
            parts = range(-(-request.size // PART_SIZE))
            # Not all of them: the size is only what somebody says.
            missing = list(islice((part for part in parts if part not in there), 10))
            if missing:
                raise InvalidParameterValue(f"The parts {missing} are missing.")
            found = self._running(staged).finish(request.size)
            if found != request.digest:
                self._drop(staged)
                raise wrong_digest(request.digest, found)
            file = os.open(staged, os.O_RDWR | os.O_CLOEXEC)
        try:
            if settings.FSYNC.get() == "always":
                os.fsync(file)
            self._keep(store, staged, path, request.digest)
        except BaseException:
            os.close(file)
            raise
        self._drop(staged)
        # Its sender lets go of it now, so it should not wait for the system to write it.
        self._syncing.submit(_sync_and_close, file)
        return Empty()

    def sweep(self) -> None:
        """Delete what nobody has touched for a day; most calls find that it is too early to look.

        Raises:
            OSError: If the folder cannot be read.

        """
        now = time.monotonic()
        if now - self._swept_at < SECONDS_BETWEEN_SWEEPS:
            return
        self._swept_at = now
        before = time.time() - LIFETIME_SECONDS
        with suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    if status.st_mtime < before and not stat.S_ISDIR(status.st_mode):
                        os.unlink(entry.path)

    # --- parts -----------------------------------------------------------------------------------

    def _staged(self, store: ArtifactStore, path: str, request: UploadRequest) -> Path:
        # Who names a source may not know the digest yet.
        content = request.source or request.digest or ""
        name = "\0".join([store.uri, path, str(request.size), content])
        return self._folder / f"{digest_of(name.encode())}.file"

    def _make(self, staged: Path, size: int) -> None:
        """Make a file of a size that takes no room until it is written to."""
        self._folder.mkdir(parents=True, exist_ok=True)
        # 0o666 leaves the rights to the umask: the file becomes an artifact.
        file = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            os.truncate(file, size)
        finally:
            os.close(file)

    def _keep(self, store: ArtifactStore, staged: Path, path: str, digest: str) -> None:
        """Put a file that is whole into its place, unless a version has come to hold that."""
        self._seals.check_write(store, path, digest)
        store.take_file(staged, path, digest)

    def _keep_part(self, staged: Path, request: PutPart) -> None:
        """Note that a part is there, and take it into the digest of the file if its turn has come.

        So little is left to be read again when the upload is finished.
        """
        _note_part(staged, request.part)
        there = _parts_in(staged)
        whole = next(part for part in count() if part not in there)
        with suppress(FileNotFoundError):  # finished meanwhile: somebody has sent the part twice
            self._running(staged).go_on(min(whole * PART_SIZE, request.size))

    def _running(self, staged: Path) -> RunningDigest:
        with self._changing:
            if len(self._digests) > _MAX_RUNNING:
                self._digests.clear()  # they can be computed again
            return self._digests.setdefault(staged, RunningDigest(staged))

    def _drop(self, staged: Path) -> None:
        with self._changing:
            self._digests.pop(staged, None)
        staged.unlink(missing_ok=True)
        _parts_file(staged).unlink(missing_ok=True)


def _check(request: PutArtifact | UploadRequest) -> str:
    """Return the cleaned path of what is uploaded.

    Raises:
        InvalidParameterValue: If path, size or digest are none.

    """
    is_left_out = (
        isinstance(request, UploadRequest) and request.digest is None and bool(request.source)
    )
    is_digest = is_left_out or _DIGEST.fullmatch(request.digest or "")
    if not 0 <= request.size <= MAX_INT64 or not is_digest:
        raise _bad_digest(request)
    return file_path(request.path)


def _bad_digest(request: PutArtifact | UploadRequest) -> InvalidParameterValue:
    shown = (request.digest or "")[:100]
    return InvalidParameterValue(
        "An upload says its size in bytes and its BLAKE3 digest, 64 hexadecimal digits in lower "
        f"case, not size={request.size}, digest={shown!r}."
    )


def _check_kinds(store: ArtifactStore, path: str) -> None:
    """Refuse a file where a folder stands, or below a file, before gigabytes of it have come.

    Raises:
        ResourceAlreadyExists: If that is so.

    """
    folder, is_file_itself = path, True
    while folder:
        info = store.stat(folder)
        if info is not None and info.is_dir == is_file_itself:
            kind = "folder" if info.is_dir else "file"
            raise ResourceAlreadyExists(f"{path!r} cannot be stored: {folder!r} is a {kind}.")
        folder, is_file_itself = folder.rpartition("/")[0], False


def _is_stored(store: ArtifactStore, path: str, request: UploadRequest) -> bool:
    if request.digest is None:
        return False
    info = store.stat(path)
    is_there = info is not None and not info.is_dir and info.file_size == request.size
    return is_there and store.digest(path) == request.digest


def _no_upload(request: UploadRequest) -> ResourceDoesNotExist:
    return ResourceDoesNotExist(
        f"There is no upload of {request.path!r} with this size and digest: begin it."
    )


def _parts_file(staged: Path) -> Path:
    return staged.with_suffix(".parts")


def _parts_in(staged: Path) -> set[int]:
    try:
        lines = _parts_file(staged).read_bytes().splitlines()
    except FileNotFoundError:
        return set()
    return {int(line) for line in lines if line.isdigit()}


def _sync_and_close(file: int) -> None:
    try:
        os.fsync(file)
    except OSError as error:
        _logger.warning("A file that was stored is not safe on the disk: %s.", error)
    finally:
        os.close(file)


def _note_part(staged: Path, part: int) -> None:
    with _parts_file(staged).open("ab", buffering=0) as file:
        file.write(b"%d\n" % part)
