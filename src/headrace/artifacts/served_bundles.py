"""Many small files to and from a Headrace server, by the calls of `headrace.api.bundles`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, cast

from headrace.api import wire
from headrace.api.bundles import (
    GET_BUNDLE,
    PUT_BUNDLE,
    GetBundle,
    PutBundle,
)
from headrace.artifacts.base import CHUNK, LocalCopy
from headrace.artifacts.bundles import Bundled, BundledFile, BundleReader, bundle_head
from headrace.artifacts.http_stream import StreamingCalls
from headrace.artifacts.local_files import os_errors
from headrace.artifacts.streams import CountedStream
from headrace.errors import BadRequest, HeadraceError, TemporarilyUnavailable, from_code


def put_bundle(
    calls: StreamingCalls,
    owner: dict[str, Any],
    copies: Sequence[LocalCopy],
    on_bytes: Callable[[int], None],
) -> list[HeadraceError | None]:
    """Send small files in one call; return why each was refused, None for those that are stored."""
    heads = [BundledFile(one.path, one.copied.size, one.copied.digest) for one in copies]
    contents = io.BytesIO(b"".join([bundle_head(heads), *map(_content, copies)]))
    body = CountedStream(contents, on_bytes)
    target, _ = wire.encode_request(PUT_BUNDLE, PutBundle(**owner))
    with calls.call(PUT_BUNDLE.verb, target, body=cast(BinaryIO, body)) as answer:
        stored = wire.decode_answer(PUT_BUNDLE, answer.status, answer.read())
    on_bytes(sum(one.copied.size for one in copies) - contents.tell())  # without the head
    refused = {one.number: from_code(one.error_code, one.message) for one in stored.refused}
    return [refused.get(number) for number in range(len(copies))]


def get_bundle(
    calls: StreamingCalls, owner: dict[str, Any], paths: Sequence[str]
) -> Iterator[Bundled]:
    """Yield the first of these files as they arrive, as many as the server sends in one call.

    Raises:
        TemporarilyUnavailable: If the answer breaks off.

    """
    target, content = wire.encode_request(GET_BUNDLE, GetBundle(**owner, paths=list(paths)))
    reader = BundleReader()
    body = io.BytesIO(content or b"")
    headers = {"Content-Type": "application/json"}
    with (
        calls.call(GET_BUNDLE.verb, target, headers=headers, body=body) as answer,
        io.BufferedReader(answer, CHUNK) as stream,
    ):
        while piece := stream.read1(CHUNK):
            yield from _checked(reader.take(piece), paths)
    if not reader.is_whole:
        raise TemporarilyUnavailable(f"{calls.server.url} sent a bundle that breaks off.")


def _checked(files: Iterator[Bundled], paths: Sequence[str]) -> Iterator[Bundled]:
    """Refuse files that nobody asked for."""
    try:
        for one in files:
            if one.number >= len(paths) or one.file.path != paths[one.number]:
                raise BadRequest(f"it holds {one.file.path[:200]!r}, which was not asked for")
            yield one
    except BadRequest as error:
        raise HeadraceError(f"The bundle that the server sent is none: {error.message}") from None


def _content(copy: LocalCopy) -> bytes:
    with os_errors(f"The file {str(copy.local)!r}"), copy.local.open("rb", buffering=0) as file:
        file.seek(copy.offset)
        content = cast(BinaryIO, file).read(copy.copied.size)
    if len(content) != copy.copied.size:
        raise BadRequest(f"{str(copy.local)!r} is shorter than it was when it was copied.")
    return content
