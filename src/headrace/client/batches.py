"""A batch of any size as requests that a server takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from headrace.api import tracking as api
from headrace.api.limits import (
    MAX_ENTITIES_PER_BATCH,
    MAX_METRICS_PER_BATCH,
    MAX_PARAMS_PER_BATCH,
    MAX_REQUEST_SIZE,
    MAX_TAGS_PER_BATCH,
)
from headrace.entities import Param, RunTag

EntryT = TypeVar("EntryT", Param, RunTag)

# Characters of texts that one request may carry: escapes and multi-byte characters cost more bytes.
_MAX_TEXT = MAX_REQUEST_SIZE // 4
_POINT_SIZE = 120


def split_batch(
    run_id: str,
    metrics: Sequence[api.MetricPoint],
    params: Sequence[Param],
    tags: Sequence[RunTag],
) -> Iterator[api.LogBatch]:
    """Yield requests that hold everything in its order: one wherever the limits allow it.

    Params and tags go first, points fill up. A single text that is longer than a request goes
    alone, and the store says what it thinks of it.
    """
    first_point = first_param = first_tag = 0
    while first_point < len(metrics) or first_param < len(params) or first_tag < len(tags):
        room = _MAX_TEXT
        some_params, room = _fitting(params, first_param, MAX_PARAMS_PER_BATCH, room)
        first_param += len(some_params)
        some_tags, room = _fitting(tags, first_tag, MAX_TAGS_PER_BATCH, room, some_params)
        first_tag += len(some_tags)
        free = MAX_ENTITIES_PER_BATCH - len(some_params) - len(some_tags)
        free = min(free, MAX_METRICS_PER_BATCH, room // _POINT_SIZE)
        points = metrics[first_point : first_point + max(free, 0)]
        first_point += len(points)
        yield api.LogBatch(run_id=run_id, metrics=list(points), params=some_params, tags=some_tags)


def _fitting(
    entries: Sequence[EntryT], first: int, limit: int, room: int, before: Sequence[Param] = ()
) -> tuple[list[EntryT], int]:
    """Return the entries from `first` on that fit, at least one unless something stands before."""
    chosen: list[EntryT] = []
    for entry in entries[first : first + limit]:
        size = len(entry.key) + len(entry.value)
        if size > room and (chosen or before):
            break
        chosen.append(entry)
        room -= size
    return chosen, room
