"""Uploads in parts to the server's own disk: parts staged as files, then joined.

Nothing is remembered but the files themselves, in the folder of all that is on its way::

    UPLOAD.NUMBER.DIGEST   a part that arrived whole
    UPLOAD.whole           the parts that are being joined
    UPLOAD.done            the file is in its place, and a call that asks again is told so

What is not touched for a day is swept with all other uploads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from headrace import settings
from headrace.artifacts.base import CHUNK, ArtifactStore
from headrace.artifacts.digests import DIGEST_LENGTH, new_hasher
from headrace.artifacts.local_files import os_errors
from headrace.artifacts.part_uploads import SentPart
from headrace.errors import InvalidParameterValue, TemporarilyUnavailable
from headrace.server.intake import CheckedIntake
from headrace.server.reply import Reply

_ETAG = re.compile(rf'"?([0-9a-f]{{{DIGEST_LENGTH}}})"?')


class DiskPartUploads:
    """The uploads in parts to a root on the server's disk.

    Args:
        folder: Where files are staged.
        store: The root.
        sign: Returns the URL of a part: ``(upload, number, seconds)``.

    """

    def __init__(
        self, folder: Path, store: ArtifactStore, sign: Callable[[str, int, int], str]
    ) -> None:
        self._folder = folder
        self._store = store
        self._sign = sign

    def begin(self, path: str) -> str:
        """Return the name of a new upload."""
        return os.urandom(16).hex()

    def part_url(self, path: str, upload: str, number: int, seconds: int) -> str:
        """Return the URL of a part."""
        return self._sign(upload, number, seconds)

    def complete(self, path: str, upload: str, parts: Sequence[SentPart]) -> None:
        """Join the parts, and put the file into its place.

        Raises:
            InvalidParameterValue: If a part is missing or another one.
            TemporarilyUnavailable: If another call is at it.

        """
        done = self._folder / f"{upload}.done"
        whole = self._folder / f"{upload}.whole"
        if done.exists():  # the answer to the first call was lost
            return
        if whole.exists():
            raise _being_joined()
        files = [self._file(upload, part) for part in parts]
        missing = [
            part.number for part, file in zip(parts, files, strict=True) if not file.exists()
        ]
        if missing:
            raise InvalidParameterValue(
                f"The parts {missing[:10]} are not there with these ETags: send them again."
            )
        with os_errors("The folder for uploads"):
            _claim(files, whole)
        try:
            with os_errors("The folder for uploads"):
                digest = _join(whole, files[1:])
            self._store.take_file(whole, path, digest)
            with os_errors("The folder for uploads"):
                done.touch()
        except BaseException:
            self.abort(path, upload)  # the first part has grown, so nothing can be joined again
            raise

    def abort(self, path: str, upload: str) -> None:
        """Throw away the parts of an upload."""
        with os_errors("The folder for uploads"), suppress(FileNotFoundError):
            for file in self._folder.glob(f"{upload}.*"):
                file.unlink(missing_ok=True)

    def _file(self, upload: str, part: SentPart) -> Path:
        match = _ETAG.fullmatch(part.etag)
        if not match:
            raise InvalidParameterValue(
                f"Invalid ETag {part.etag!r} of part {part.number}: give the one that the part was "
                "answered with."
            )
        return self._folder / f"{upload}.{part.number}.{match[1]}"


class PartIntake(CheckedIntake):
    """Takes one part, whose URL was checked, and answers its digest as an ETag."""

    def __init__(self, folder: Path, upload: str, number: int) -> None:
        staged = folder / f"{os.urandom(16).hex()}.file"
        with os_errors("The folder for uploads"):
            folder.mkdir(parents=True, exist_ok=True)
            # 0o666 leaves the rights to the umask: the first part becomes the artifact.
            os.close(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        self._etag = ""

        def keep(digest: str) -> None:
            self._etag = digest
            staged.replace(folder / f"{upload}.{number}.{digest}")

        super().__init__(
            staged, 0, None, None, keep=keep, drop=lambda: staged.unlink(missing_ok=True)
        )

    def finish(self) -> Reply:
        """Keep the part; the answer names it."""
        super().finish()
        return Reply(b"", headers=(("ETag", f'"{self._etag}"'),))


def _claim(files: Sequence[Path], whole: Path) -> None:
    """Take the first part as the beginning of the whole, which only one of several calls can."""
    whole.parent.mkdir(parents=True, exist_ok=True)
    try:
        if files:
            files[0].rename(whole)
        else:
            whole.touch(exist_ok=False)
    except (FileNotFoundError, FileExistsError):
        raise _being_joined() from None


def _join(whole: Path, files: Sequence[Path]) -> str:
    """Append files to the whole, each of which goes at once; return the digest of it all."""
    hasher = new_hasher()
    with whole.open("r+b", buffering=0) as target:
        while piece := target.read(CHUNK):
            hasher.update(piece)
        for file in files:
            with file.open("rb", buffering=0) as source:
                while piece := source.read(CHUNK):
                    hasher.update(piece)
                    _write(target.fileno(), piece)
            file.unlink()
        if settings.FSYNC.get() == "always":
            os.fsync(target.fileno())
    return hasher.hexdigest()


def _being_joined() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("The parts are being joined. Ask again in a moment.")


def _write(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]
