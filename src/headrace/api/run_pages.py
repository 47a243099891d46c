"""A page of runs as bytes, put together from runs that were encoded before.

The page is byte for byte what `wire.encode_answer` makes of a `RunsPage`.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from headrace.api import wire
from headrace.entities import Run

# Changes with the form of documents; those of another version are made anew.
VERSION = 1

# How a location that is stored relative to its store begins. In a text the quotes would be escaped,
# so it stands nowhere else.
_RELATIVE = b'"artifact_uri":"./'


def encode_document(run: Run) -> bytes:
    """Return the JSON of a run with its artifact location as it is stored; `run` is used up."""
    wire.make_finite(run.data.metric_list)
    return msgspec.json.encode(run)


def join_page(documents: Iterable[bytes], home: str, next_token: str | None) -> bytes:
    """Return the JSON of a page.

    Args:
        documents: What `encode_document` made of the runs, in order.
        home: Folder that relative locations belong to; empty if there are none.
        next_token: Token of the page that follows; None on the last one.

    """
    absolute = b'"artifact_uri":%b/' % msgspec.json.encode(home)[:-1]
    # One copy in all: a page may be megabytes, and fresh memory costs more than what is done in it.
    parts: list[bytes | memoryview] = []
    for document in documents:
        parts.append(b"," if parts else b'{"runs":[')
        at = document.find(_RELATIVE)
        if at < 0:
            parts.append(document)
        else:
            view = memoryview(document)
            parts += (view[:at], absolute, view[at + len(_RELATIVE) :])
    parts.append(b"]" if parts else b"{")
    if next_token is not None:
        parts.append(b',"next_page_token":%b' % msgspec.json.encode(next_token))
    parts.append(b"}")
    return b"".join(parts)
