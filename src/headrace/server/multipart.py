"""MLflow's multipart uploads to the server's own disk: parts staged as files, then joined.

Nothing is remembered but the files themselves, in the folder of all that is on its way::

    UPLOAD.NUMBER.DIGEST   a part that arrived whole
    UPLOAD.whole           the parts that are being joined
    UPLOAD.done            the file is in its place, and a call that asks again is told so

The id of an upload is signed together with what it is to become and who began it, so that nobody
can turn it into another file. What is not touched for a day is swept with all other uploads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from headrace.api.direct_transfers import MAX_PARTS, MultipartPart
from headrace.artifacts.base import CHUNK, ArtifactStore
from headrace.artifacts.digests import DIGEST_LENGTH, new_hasher
from headrace.artifacts.local_files import os_errors
from headrace.errors import (
    InvalidParameterValue,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from headrace.server.intake import CheckedIntake
from headrace.server.reply import Reply
from headrace.server.signatures import Signer

_UPLOAD_ID = re.compile(r"([0-9a-f]{32})-(\d{1,5})-([0-9a-f]{64})", re.ASCII)
_ETAG = re.compile(rf'"?([0-9a-f]{{{DIGEST_LENGTH}}})"?')


class MultipartUploads:
    """The multipart uploads of one server to its own disk.

    Args:
        folder: Where files are staged.
        signer: Signs what an upload is to become.

    """

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer

    def create(self, target: str, count: int, owner: str) -> str:
        """Return the id of a new upload.

        Args:
            target: What it is to become.
            count: The number of its parts.
            owner: Name of who begins it; nobody else can end it.

        """
        if not 0 <= count <= MAX_PARTS:
            raise InvalidParameterValue(
                f"Invalid value {count} for parameter 'num_parts' supplied: a multipart upload has "
                f"at most {MAX_PARTS} parts."
            )
        name = os.urandom(16).hex()
        return f"{name}-{count}-{self._sign(name, count, target, owner)}"

    def part(self, upload_id: str, number: int) -> PartIntake:
        """Return what takes one part, whose URL was checked."""
        name = upload_id.partition("-")[0]
        with os_errors("The folder for uploads"):
            self._folder.mkdir(parents=True, exist_ok=True)
            return PartIntake(self._folder, name, number)

    def complete(
        self,
        upload_id: str,
        target: str,
        owner: str,
        parts: Sequence[MultipartPart],
        place: tuple[ArtifactStore, str],
    ) -> None:
        """Join the parts, and put the file into its place.

        Args:
            upload_id: What `create` gave.
            target: As there.
            owner: As there.
            parts: All parts, in order.
            place: The root, and the path below it.

        Raises:
            ResourceDoesNotExist: If there is no such upload.
            InvalidParameterValue: If a part is missing or another one.
            TemporarilyUnavailable: If another call is at it.

        """
        name, count = self._open(upload_id, target, owner)
        done = self._folder / f"{name}.done"
        whole = self._folder / f"{name}.whole"
        if done.exists():  # the answer to the first call was lost
            return
        if whole.exists():
            raise _being_joined()
        if [part.part_number for part in parts] != list(range(1, count + 1)):
            raise InvalidParameterValue(
                f"The upload has the parts 1 to {count}: name each of them once and in order."
            )
        files = [self._file(name, part) for part in parts]
        missing = [
            part.part_number for part, file in zip(parts, files, strict=True) if not file.exists()
        ]
        if missing:
            raise InvalidParameterValue(
                f"The parts {missing[:10]} are not there with these ETags: send them again."
            )
        store, path = place
        with os_errors("The folder for uploads"):
            _claim(files, whole)
        try:
            with os_errors("The folder for uploads"):
                digest = _join(whole, files[1:])
            store.take_file(whole, path, digest)
            with os_errors("The folder for uploads"):
                done.touch()
        except BaseException:
            self._drop(name)  # the first part has grown, so nothing can be joined again
            raise

    def abort(self, upload_id: str, target: str, owner: str) -> None:
        """Throw away the parts of an upload."""
        name, _ = self._open(upload_id, target, owner)
        self._drop(name)

    def _open(self, upload_id: str, target: str, owner: str) -> tuple[str, int]:
        """Return the name and the number of parts of an upload that this server began."""
        match = _UPLOAD_ID.fullmatch(upload_id)
        if match and self._sign(match[1], int(match[2]), target, owner) == match[3]:
            return match[1], int(match[2])
        raise ResourceDoesNotExist(
            "There is no such multipart upload of this file by this user: begin it anew."
        )

    def _sign(self, name: str, count: int, target: str, owner: str) -> str:
        return self._signer.sign("multipart upload", name, count, target, owner)

    def _file(self, name: str, part: MultipartPart) -> Path:
        match = _ETAG.fullmatch(part.etag)
        if not match:
            raise InvalidParameterValue(
                f"Invalid ETag {part.etag!r} of part {part.part_number}: give the one that the "
                "part was answered with."
            )
        return self._folder / f"{name}.{part.part_number}.{match[1]}"

    def _drop(self, name: str) -> None:
        with os_errors("The folder for uploads"), suppress(FileNotFoundError):
            for file in self._folder.glob(f"{name}.*"):
                file.unlink(missing_ok=True)


class PartIntake(CheckedIntake):
    """Takes one part, and answers its digest as an ETag."""

    def __init__(self, folder: Path, upload: str, number: int) -> None:
        staged = folder / f"{os.urandom(16).hex()}.file"
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
        os.fsync(target.fileno())
    return hasher.hexdigest()


def _being_joined() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("The parts are being joined. Ask again in a moment.")


def _write(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]
