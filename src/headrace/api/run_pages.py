"""A page of runs as bytes, put together from parts that were encoded before.

What a run is (its info) and what it logged (its document) are encoded apart, since the second is
kept; the page is what `wire.encode_answer` makes of a `RunsPage`.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from headrace.api import wire
from headrace.entities import Run, RunData, RunInfo, RunInputs, RunOutputs

# Changes with the form of documents; those of another version are made anew.
VERSION = 1

_encode = msgspec.json.Encoder().encode


class _Document(Struct):
    """A run without its info."""

    data: RunData
    inputs: RunInputs
    outputs: RunOutputs | None


def encode_document(run: Run) -> bytes:
    """Return the JSON object of everything of a run but its info; NaN becomes text in `run`."""
    wire.make_finite(run.data.metric_list)
    return _encode(_Document(run.data, run.inputs, run.outputs))


def join_page(runs: Iterable[tuple[RunInfo, bytes]], next_token: str | None) -> bytes:
    """Return the JSON of a page.

    Args:
        runs: The info and the document of each run, in order.
        next_token: Token of the page that follows; None on the last one.

    """
    parts = [b'{"info":%b,%b' % (_encode(info), document[1:]) for info, document in runs]
    fields = [b'"runs":[%b]' % b",".join(parts)] if parts else []
    if next_token is not None:
        fields.append(b'"next_page_token":%b' % _encode(next_token))
    return b"{%b}" % b",".join(fields)
