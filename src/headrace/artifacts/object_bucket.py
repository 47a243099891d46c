"""The calls to one bucket: by key, with errors of ours, in any process."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

from headrace.artifacts.base import CHUNK
from headrace.artifacts.object_library import (
    NoSuchObject,
    NotPartial,
    ObjectPlace,
    library,
    object_errors,
)
from headrace.artifacts.object_reads import Opener

# The metadata with the digest, x-amz-meta-headraceblake3 on S3; Azure takes no hyphen in a name.
DIGEST_NAME = "headraceblake3"

_LISTED_AT_A_TIME = 1000


class Found(NamedTuple):
    """An object as it was when it was looked at.

    Attributes:
        size: How many bytes it has.
        mark: The store's name for this content, its ETag; None if it has none to rely on.
        digest: The BLAKE3 digest with which it was stored; None if that was not recorded.
        changed: When it was stored, in milliseconds since the epoch.

    """

    size: int
    mark: str | None
    digest: str | None
    changed: int


class Arriving(NamedTuple):
    """An object, or a range of it, whose bytes begin to arrive.

    Attributes:
        found: The object.
        start: Where the range begins in it.
        end: Where it ends, excluded.
        pieces: The bytes.

    """

    found: Found
    start: int
    end: int
    pieces: Iterator[memoryview]


class Bucket:
    """The objects of a bucket; each call raises what `object_errors` does.

    Args:
        place: What messages say of it.
        connect: Returns a new client, made by `library()`.

    """

    def __init__(self, place: ObjectPlace, connect: Callable[[], Any]) -> None:
        self._place = place
        self._connect = connect
        # By process: a forked child needs one of its own, and must not take the parent's down.
        self._clients: dict[int, Any] = {}

    def client(self) -> Any:
        """Return this process's client."""
        process = os.getpid()
        client = self._clients.get(process)
        if client is None:
            client = self._clients[process] = self._connect()
        return client

    # --- looking ---------------------------------------------------------------------------------

    def find(self, key: str) -> Found | None:
        """Return what an object is; None if there is none."""
        with suppress(NoSuchObject):
            return self.look(key)
        return None

    def look(self, key: str) -> Found:
        """Return what an object is."""
        with object_errors(self._place):
            return _found(library().get(self.client(), key, options={"head": True}))

    def folder(self, key: str) -> tuple[Sequence[str], Sequence[Any]]:
        """Return the folders in a folder, by their keys, and what is known of its objects."""
        with object_errors(self._place):
            found = library().list_with_delimiter(self.client(), key or None)
        return found["common_prefixes"], found["objects"]

    def below(self, key: str) -> Iterator[Sequence[Any]]:
        """Yield what is known of all objects below a folder, many at a time."""
        with object_errors(self._place):
            yield from library().list(self.client(), key or None, chunk_size=_LISTED_AT_A_TIME)

    def is_folder(self, key: str) -> bool:
        """Return whether there is an object below a key."""
        return next(iter(self.below(key)), None) is not None

    # --- down ------------------------------------------------------------------------------------

    def open(self, key: str, offset: int = 0, end: int | None = None) -> Arriving:
        """Ask for an object, or for a range of it."""
        options: dict[str, Any] = {}
        if offset or end is not None:
            options["range"] = {"offset": offset} if end is None else (offset, end)
        return self._open(key, options)

    def opener(self, key: str, found: Found) -> Opener:
        """Return what opens a range of an object, also at a store that knows no ranges."""
        ranges = self.ranges(key, found)

        def open_range(start: int, end: int) -> Iterator[memoryview]:
            try:
                yield from ranges(start, end)
            except NotPartial:
                yield from _cut(ranges(0, found.size), start, end)

        return open_range

    def ranges(self, key: str, found: Found) -> Opener:
        """Return what opens a range of an object, as long as it is still the one found."""

        def open_range(start: int, end: int) -> Iterator[memoryview]:
            options: dict[str, Any] = {"if_match": found.mark} if found.mark else {}
            if (start, end) != (0, found.size):
                options["range"] = (start, end)
            return self._open(key, options).pieces

        return open_range

    # --- up --------------------------------------------------------------------------------------

    def put(self, key: str, content: object, digest: str, **how: Any) -> None:
        """Store an object; the library gives an upload in parts up if one of them fails.

        Args:
            key: Its key.
            content: Bytes, or a file that can be read.
            digest: Its BLAKE3 digest.
            how: Options of the library, for uploads in parts.

        """
        kind, encoding = mimetypes.guess_type(key)
        attributes = {DIGEST_NAME: digest}
        if kind and not encoding:
            attributes["Content-Type"] = kind
        how.setdefault("use_multipart", False)
        with object_errors(self._place):
            library().put(self.client(), key, content, attributes=attributes, **how)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; one that is not there is no error."""
        with suppress(NoSuchObject), object_errors(self._place):
            library().delete(self.client(), keys)

    def sign(self, method: str, key: str, seconds: float) -> str:
        """Return the URL of a call that needs no credentials for so long."""
        with object_errors(self._place):
            return str(library().sign(self.client(), method, key, timedelta(seconds=seconds)))

    def _open(self, key: str, options: dict[str, Any]) -> Arriving:
        with object_errors(self._place):
            result = library().get(self.client(), key, options=options)
            start, end = result.range
            return Arriving(_found(result), start, end, self._pieces(result))

    def _pieces(self, result: Any) -> Iterator[memoryview]:
        with object_errors(self._place):
            for piece in result.stream(min_chunk_size=CHUNK):
                yield memoryview(piece)


def _found(result: Any) -> Found:
    meta, mark = result.meta, result.meta["e_tag"]
    changed = int(meta["last_modified"].timestamp() * 1000)
    is_exact = mark and not mark.startswith("W/")
    return Found(
        meta["size"], mark if is_exact else None, result.attributes.get(DIGEST_NAME), changed
    )


def _cut(pieces: Iterator[memoryview], start: int, end: int) -> Iterator[memoryview]:
    """Yield of a whole object what is in a range."""
    at = 0
    for piece in pieces:
        part = piece[max(0, start - at) : end - at]
        if part:
            yield part
        at += len(piece)
        if at >= end:
            return
