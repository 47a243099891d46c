"""Short ways to make what the suites test on, and to look at it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from headrace.artifacts.base import ArtifactStore
from headrace.errors import HeadraceError


def put(store: ArtifactStore, path: str, content: bytes = b"content") -> None:
    """Store some bytes as a file."""
    store.write(path, io.BytesIO(content))


def read(store: ArtifactStore, path: str, offset: int = 0, length: int | None = None) -> bytes:
    """Return the bytes of a file, or of a range of it."""
    with store.open(path, offset, length) as stream:
        return stream.read()


def listed(store: ArtifactStore, path: str = "") -> list[tuple[str, bool, int | None]]:
    """Return a listing as (path, whether it is a folder, size)."""
    return [(info.path, info.is_dir, info.file_size) for info in store.list_artifacts(path)]


def files_in(store: ArtifactStore, path: str = "") -> dict[str, int | None]:
    """Return the sizes of all files below a folder, by path."""
    found: dict[str, int | None] = {}
    for info in store.list_artifacts(path):
        found |= files_in(store, info.path) if info.is_dir else {info.path: info.file_size}
    return found


def make_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write local files, by their way from a folder, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def contents_of(folder: Path) -> dict[str, bytes]:
    """Return what is in the files below a local folder, by their way from it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@contextmanager
def refused(error_code: str, *parts: str) -> Iterator[None]:
    """Expect an error with this code, whose message holds each of these parts."""
    with pytest.raises(HeadraceError) as caught:
        yield
    assert caught.value.error_code == error_code, caught.value.message
    for part in parts:
        assert part in caught.value.message


class GivenStream(io.RawIOBase):
    """A stream that cannot be read twice, of a size that nobody knows beforehand.

    Args:
        size: How many bytes it has; they repeat a pattern of an odd length.
        breaks: Whether an error stands where its end would be.

    """

    _PATTERN = bytes(range(251)) * 4096

    def __init__(self, size: int, *, breaks: bool = False) -> None:
        super().__init__()
        self._left = size
        self._breaks = breaks

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Give the next bytes, at most a pattern of them."""
        if not self._left and self._breaks:
            raise OSError(5, "Input/output error")
        size = min(len(buffer), self._left, len(self._PATTERN))
        buffer[:size] = self._PATTERN[:size]
        self._left -= size
        return size

    def as_binary(self) -> BinaryIO:
        """Return this stream, under the type that stores take."""
        return cast(BinaryIO, self)
