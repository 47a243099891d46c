"""A log call in its forms: as it is made, as a journal keeps it, and as a store takes it."""

from __future__ import annotations

from headrace.api import tracking as api
from headrace.api.journals import JournalEntry
from headrace.entities import Param
from headrace.stores.base import TrackingStore

Write = (
    api.LogMetric
    | api.LogParam
    | api.SetTag
    | api.LogBatch
    | api.UpdateRun
    | api.LogInputs
    | api.LogOutputs
)


def apply(store: TrackingStore, write: Write) -> None:
    """Hand a call to a store itself."""
    match write:
        case api.LogMetric():
            store.log_metric(write)
        case api.LogParam():
            store.log_param(write)
        case api.SetTag():
            store.set_tag(write)
        case api.LogBatch():
            store.log_batch(write)
        case api.UpdateRun():
            store.update_run(write)
        case api.LogInputs():
            store.log_inputs(write)
        case api.LogOutputs():
            store.log_outputs(write)


def entry_of(write: Write) -> JournalEntry:
    """Return a call as the journal keeps it, unless it is a record of points."""
    match write:
        case api.LogMetric():
            return JournalEntry(
                log_batch=api.LogBatch(run_id=write.run_id, metrics=[_point_of(write)])
            )
        case api.LogParam():
            return JournalEntry(log_param=write)
        case api.SetTag():
            return JournalEntry(set_tag=write)
        case api.LogBatch():
            return JournalEntry(log_batch=write)
        case api.UpdateRun():
            return JournalEntry(update_run=write)
        case api.LogInputs():
            return JournalEntry(log_inputs=write)
        case api.LogOutputs():
            return JournalEntry(log_outputs=write)


def _point_of(write: api.LogMetric) -> api.MetricPoint:
    return api.MetricPoint(
        key=write.key,
        value=write.value,
        timestamp=write.timestamp,
        step=write.step,
        model_id=write.model_id,
        dataset_name=write.dataset_name,
        dataset_digest=write.dataset_digest,
    )


def plain_points(write: Write) -> list[api.MetricPoint]:
    """Return the points of a call that holds nothing else, if they fit one record of points.

    They share step and time, and speak of neither a model nor a data set.
    """
    if isinstance(write, api.LogMetric):
        points = [_point_of(write)]
    elif isinstance(write, api.LogBatch) and not (write.params or write.tags):
        points = write.metrics
    else:
        return []
    moment = {(point.step, point.timestamp) for point in points}
    if len(moment) != 1 or any(p.model_id or p.dataset_name or p.dataset_digest for p in points):
        return []
    return points


def params_of(write: Write) -> list[Param]:
    """Return the params that a call sets."""
    if isinstance(write, api.LogParam):
        return [Param(write.key, write.value)]
    return write.params if isinstance(write, api.LogBatch) else []
