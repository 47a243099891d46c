"""A range of a file behind a server, as a stream; also from servers that know no ranges."""

from __future__ import annotations

import http.client
import io
from typing import BinaryIO, cast

from headrace.artifacts.base import CHUNK
from headrace.artifacts.http_stream import StreamingCalls
from headrace.artifacts.streams import BoundedStream


def open_range(
    calls: StreamingCalls, target: str, offset: int = 0, length: int | None = None
) -> BinaryIO:
    """Return a stream of the answer to a GET from `offset` on, at most `length` bytes of it.

    Raises:
        HeadraceError: What the server refuses it for, or that it cannot be reached.

    """
    if length == 0:
        return io.BytesIO()
    headers = {}
    if offset or length is not None:
        last = "" if length is None else offset + length - 1
        headers["Range"] = f"bytes={offset}-{last}"
    answer = calls.call("GET", target, headers=headers)
    if answer.status == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        answer.close()
        return io.BytesIO()
    stream = cast(BinaryIO, io.BufferedReader(answer, CHUNK))
    if not headers or answer.status == http.client.PARTIAL_CONTENT:
        return stream
    return _cut(stream, offset, length)


def _cut(stream: BinaryIO, offset: int, length: int | None) -> BinaryIO:
    """Return the range of a stream that starts at the file's beginning."""
    left = offset
    while left:
        piece = stream.read(min(CHUNK, left))
        if not piece:
            break
        left -= len(piece)
    return stream if length is None else cast(BinaryIO, BoundedStream(stream, length))
