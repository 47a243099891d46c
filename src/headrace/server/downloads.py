"""One file on its way to a caller: whole or a range of it, with what a client needs to check it."""

from __future__ import annotations

import email.utils
import mimetypes
import re
import unicodedata
import urllib.parse
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from headrace.api.uploads import DIGEST_HEADER
from headrace.artifacts.base import CHUNK, ArtifactStore, OpenFile
from headrace.artifacts.streams import BoundedStream
from headrace.errors import InvalidParameterValue
from headrace.server.reply import Content, Reply

if TYPE_CHECKING:
    from headrace.server.core import Call

# What people want to read in a browser or a terminal rather than to run or to parse.
_TEXT_SUFFIXES = frozenset(
    {"txt", "log", "err", "md", "rst", "csv", "tsv", "json", "xml", "yaml", "yml", "toml", "ini"}
    | {"cfg", "conf", "cnf", "cf", "properties", "prop", "hocon", "py", "py3", "js"}
)
_TEXT_NAMES = frozenset({"mlmodel", "mlproject"})

# What needs no quotes in a header.
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

# A longer number is no place in a file.
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def send_file(store: ArtifactStore, path: str, call: Call) -> Reply:
    """Return the reply with a file, or with the range of it that the call's headers ask for.

    It always comes as an attachment: shown on the server's own address, a page that somebody
    logged could act for the one who looks at it.

    Args:
        store: The root.
        path: Artifact path of the file.
        call: The call, for ``Range``, ``If-Range`` and ``If-None-Match``.

    Raises:
        ResourceDoesNotExist: If there is no such file.
        InvalidParameterValue: If it is a folder.

    """
    file = _open(store, path)
    headers = [
        ("Content-Disposition", attachment(PurePosixPath(path).name)),
        ("Cache-Control", "no-cache"),
        ("Accept-Ranges", "bytes"),
        *_description(file),
    ]
    kind = content_type(path)
    if file.mark and file.mark in _header(call, b"if-none-match"):
        file.stream.close()
        return Reply(b"", 304, kind, tuple(headers))
    wanted = _wanted_range(call, file.mark, file.size)
    if wanted is None:
        return Reply(_content(file.stream, file.size), 200, kind, tuple(headers), file.size)
    start, end = wanted
    if start >= end:
        file.stream.close()
        headers.append(("Content-Range", f"bytes */{file.size}"))
        return Reply(b"", 416, kind, tuple(headers))
    headers.append(("Content-Range", f"bytes {start}-{end - 1}/{file.size}"))
    if file.stream.seekable():
        file.stream.seek(start)
        part = cast(BinaryIO, BoundedStream(file.stream, end - start))
    else:
        file.stream.close()
        part = store.open(path, start, end - start)
    return Reply(_content(part, end - start), 206, kind, tuple(headers), end - start)


def _open(store: ArtifactStore, path: str) -> OpenFile:
    try:
        return store.open_described(path)
    except InvalidParameterValue:
        found = store.stat(path)
        if found is not None and found.is_dir:
            raise _is_folder(path) from None
        raise


def _description(file: OpenFile) -> Iterator[tuple[str, str]]:
    if file.mark:
        yield "ETag", file.mark
    if file.changed is not None:
        yield "Last-Modified", email.utils.formatdate(file.changed, usegmt=True)
    if file.digest:
        yield DIGEST_HEADER, file.digest


def _is_folder(path: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Artifact path refers to a directory, not a file: '{path}'")


def _content(stream: BinaryIO, size: int) -> Content | bytes:
    """Return what is sent of a stream; a short one at once, which costs fewer changes of thread."""
    if size > CHUNK:
        return Content(stream, CHUNK)
    with stream:
        return b"".join(iter(partial(stream.read, CHUNK), b""))


def content_type(path: str) -> str:
    """Return the MIME type of a file by its name, as MLflow gives it."""
    name = PurePosixPath(path).name.lower()
    if name in _TEXT_NAMES or name.rpartition(".")[2] in _TEXT_SUFFIXES:
        return "text/plain"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def attachment(name: str) -> str:
    """Return the Content-Disposition of a download, for any Unicode name (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or "download"
    if not _TOKEN.fullmatch(plain):
        plain = '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if name.isascii():
        return f"attachment; filename={plain}"
    encoded = urllib.parse.quote(name, safe="!#$&+-.^_`|~")
    return f"attachment; filename={plain}; filename*=UTF-8''{encoded}"


def _wanted_range(call: Call, mark: str | None, size: int) -> tuple[int, int] | None:
    """Return the bytes asked for as (start, end), end excluded; None for all of them.

    An empty range stands for one that the file cannot give. Several ranges at a time may be
    answered by the whole file, and are.
    """
    match = _RANGE.fullmatch(_header(call, b"range").strip())
    condition = _header(call, b"if-range")
    if not match or match[0] == "bytes=-" or (condition and condition != mark):
        return None
    first, last = match[1], match[2]
    if not first:
        return max(0, size - int(last)), size
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    return (start, end) if start < size else (0, 0)


def _header(call: Call, name: bytes) -> str:
    return call.headers.get(name, b"").decode("latin-1")
