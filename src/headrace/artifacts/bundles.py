"""Many small files in one body: made of pieces, and taken apart as they arrive.

A bundle is the length of its head in four bytes, most significant first; the head, a JSON list of
``[path, size, digest]``; and the contents one after the other. Whoever reads one knows of each file
whether it is whole before anything is done with it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from headrace.api.bundles import BUNDLE_BYTES, BUNDLE_FILES, SMALL
from headrace.artifacts.digests import digest_of
from headrace.errors import BadRequest

T = TypeVar("T")

_LENGTH = struct.Struct(">I")
# Room for as many of the longest paths as there may be.
_MAX_HEAD_BYTES = BUNDLE_FILES * 4096


class BundledFile(Struct, array_like=True, frozen=True):
    """What a bundle says of a file.

    Attributes:
        path: Its artifact path.
        size: How many bytes it has.
        digest: Their BLAKE3 digest, in hexadecimal; None if the sender does not know it.

    """

    path: str
    size: int
    digest: str | None


class Bundled(Struct, frozen=True):
    """A file that has arrived whole.

    Attributes:
        number: Its place in the bundle, from 0 on.
        file: What the bundle says of it.
        content: Its bytes.
        digest: The digest that they have.

    """

    number: int
    file: BundledFile
    content: bytes
    digest: str

    @property
    def is_right(self) -> bool:
        """Whether the content is what was sent, as far as the sender knew."""
        return self.file.digest in (None, self.digest)


_decoder = msgspec.json.Decoder(list[BundledFile])


def bundle_head(files: Sequence[BundledFile]) -> bytes:
    """Return what stands before the contents of these files."""
    head = msgspec.json.encode(files)
    return _LENGTH.pack(len(head)) + head


def in_bundles(files: Iterable[T], size_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield small files in groups that a bundle takes."""
    group: list[T] = []
    size = 0
    for file in files:
        if group and (len(group) == BUNDLE_FILES or size + size_of(file) > BUNDLE_BYTES):
            yield group
            group, size = [], 0
        group.append(file)
        size += size_of(file)
    if group:
        yield group


class BundleReader:
    """Takes a bundle apart while it arrives; holds what has arrived of one file at a time."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._files: list[BundledFile] | None = None
        self._number = 0

    @property
    def is_whole(self) -> bool:
        """Whether everything has arrived."""
        return self._files is not None and self._number == len(self._files) and not self._held

    def take(self, piece: bytes | memoryview) -> Iterator[Bundled]:
        """Yield the files that are whole with the next piece.

        Raises:
            BadRequest: If this is no bundle.

        """
        self._held += piece
        if self._files is None and not self._take_head():
            return
        assert self._files is not None
        at = 0
        while self._number < len(self._files):
            file = self._files[self._number]
            if len(self._held) - at < file.size:
                break
            content = bytes(memoryview(self._held)[at : at + file.size])
            at += file.size
            number = self._number
            self._number += 1
            yield Bundled(number, file, content, digest_of(content))
        del self._held[:at]
        if self._held and self._number == len(self._files):
            raise BadRequest("The bundle has more bytes than the files that it names.")

    def _take_head(self) -> bool:
        """Read the head if it is there; return whether it is."""
        if len(self._held) < _LENGTH.size:
            return False
        (length,) = _LENGTH.unpack_from(self._held)
        if length > _MAX_HEAD_BYTES:
            raise BadRequest(f"The head of a bundle has at most {_MAX_HEAD_BYTES} bytes.")
        end = _LENGTH.size + length
        if len(self._held) < end:
            return False
        try:
            files = _decoder.decode(memoryview(self._held)[_LENGTH.size : end])
        except msgspec.MsgspecError as error:
            raise BadRequest(f"The head of the bundle cannot be read: {error}.") from None
        _check(files)
        del self._held[:end]
        self._files = files
        return True


def _check(files: Sequence[BundledFile]) -> None:
    """Refuse a bundle that would take more memory than bundles may."""
    if len(files) > BUNDLE_FILES:
        raise BadRequest(f"A bundle has at most {BUNDLE_FILES} files, not {len(files)}.")
    for file in files:
        if not 0 <= file.size <= SMALL:
            raise BadRequest(
                f"A file in a bundle has at most {SMALL} bytes; {file.path[:200]!r} is said to "
                f"have {file.size}. Larger ones travel by themselves."
            )
    total = sum(file.size for file in files)
    if total > BUNDLE_BYTES:
        raise BadRequest(f"A bundle has at most {BUNDLE_BYTES} bytes of content, not {total}.")
