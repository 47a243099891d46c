"""Content that arrives piece by piece, and where it goes; no thread waits for a slow sender."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from msgspec import Struct

from headrace import settings
from headrace.api.endpoint import Empty
from headrace.artifacts.digests import new_hasher
from headrace.errors import BadRequest
from headrace.server.reply import Reply


class Intake(Protocol):
    """Takes the body of one call."""

    def write(self, piece: bytes | memoryview) -> None:
        """Take the next piece, which is somebody else's again when this returns."""
        ...

    def finish(self) -> Struct | Reply:
        """Take note that the body was whole; return the answer."""
        ...

    def abort(self) -> None:
        """Let go of what was taken: the body broke off, or was refused."""
        ...


class Discarded:
    """Takes what is there already."""

    def write(self, piece: bytes | memoryview) -> None:
        """Do nothing."""

    def finish(self) -> Empty:
        """Say that all is well."""
        return Empty()

    def abort(self) -> None:
        """Do nothing."""


class CheckedIntake:
    """Writes content into a file at an offset, and keeps it only if size and digest are right.

    Args:
        place: The file, which is there.
        offset: Where the content begins in it.
        size: How many bytes it has; None if that was not said.
        digest: Their BLAKE3 digest; None likewise.
        keep: Called with the digest when everything was right.
        drop: Called when the content is not kept.
        hashes: Whether the digest is computed; else `keep` is called with an empty one.

    """

    def __init__(
        self,
        place: Path,
        offset: int,
        size: int | None,
        digest: str | None,
        keep: Callable[[str], None],
        drop: Callable[[], None],
        *,
        hashes: bool = True,
    ) -> None:
        self._file: BinaryIO = place.open("r+b", buffering=0)
        self._file.seek(offset)
        self._taken = 0
        self._size = size
        self._digest = digest
        self._hasher = new_hasher() if hashes else None
        self._keep = keep
        self._drop = drop

    def write(self, piece: bytes | memoryview) -> None:
        """Write the next piece.

        Raises:
            BadRequest: If it is more than was announced.

        """
        self._taken += len(piece)
        if self._size is not None and self._taken > self._size:
            raise BadRequest(f"The content has more than the {self._size} bytes that it says.")
        if self._hasher is not None:
            self._hasher.update(piece)
        view = memoryview(piece)
        while view:
            view = view[self._file.write(view) :]

    def finish(self) -> Empty | Reply:
        """Keep the content.

        Raises:
            BadRequest: If it is not the one that was announced.

        """
        if self._size not in (None, self._taken):
            raise BadRequest(
                f"The content has {self._taken} bytes and not the {self._size} that it says. "
                "Nothing of it was kept."
            )
        found = "" if self._hasher is None else self._hasher.hexdigest()
        if self._digest is not None and found != self._digest:
            raise wrong_digest(self._digest, found)
        if settings.FSYNC.get() == "always":
            os.fsync(self._file.fileno())
        self._file.close()
        self._keep(found)
        return Empty()

    def abort(self) -> None:
        """Keep nothing."""
        self._file.close()
        self._drop()


def wrong_digest(announced: str, found: str) -> BadRequest:
    """Return the error for content that was changed on its way."""
    return BadRequest(
        f"The content arrived with the BLAKE3 digest {found} instead of {announced}: it was "
        "changed on its way. Nothing of it was kept; send it again."
    )


@contextmanager
def taking(intake: Intake) -> Iterator[Intake]:
    """Let go of what was taken if the block fails."""
    try:
        yield intake
    except BaseException:
        intake.abort()
        raise
