"""Writes read and checked as far as that goes without a database.

One row of `_READERS` for each kind of write that `apply` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from headrace.api import limits
from headrace.api.journals import LogPoints, LogRows
from headrace.api.tracking import LogBatch, LogMetric, LogParam, MetricPoint, SetTag
from headrace.entities import Param, RunTag
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.points import PointRows, Points, check_columns, check_points, check_rows
from headrace.stores.texts import check_key, check_length, check_text, duplicate_params

Write = LogMetric | LogParam | SetTag | LogBatch | LogPoints | LogRows


class Draft:
    """A write whose form is right; whether its run takes it stands in the database.

    Attributes:
        run_id: The run it is for.
        points: Its points in columns or rows, if it has any.
        model_points: Those of its points that name a model.
        params: Its params, key to value.
        tags: Its tags, key to value.
        is_batch: Whether it came as a list, which changes the words of a refusal.

    """

    __slots__ = ("is_batch", "model_points", "params", "points", "run_id", "tags")

    def __init__(self, run_id: str, *, is_batch: bool = False) -> None:
        self.run_id = run_id
        self.points: Points | PointRows | None = None
        self.model_points: Sequence[LogMetric | MetricPoint] = ()
        self.params: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.is_batch = is_batch

    @property
    def holds_only_points(self) -> bool:
        """Whether it has nothing but points, none of them of a model."""
        return not (self.params or self.tags or self.model_points)


def draft(write: Write) -> Draft:
    """Return a write in the form in which it is applied.

    Raises:
        InvalidParameterValue: If something of it is malformed or beyond its limit.
        TypeError: If it is no write that `apply` takes.

    """
    try:
        read = _READERS[type(write)]
    except KeyError:
        allowed = ", ".join(kind.__name__ for kind in _READERS)
        raise TypeError(f"apply takes {allowed}, not {type(write).__name__}") from None
    check_text("run_id", write.run_id)
    return read(write)


def _read_log_metric(write: LogMetric) -> Draft:
    read = Draft(write.run_id)
    points = (write,)
    read.points = check_points(points)
    if write.model_id or write.dataset_name or write.dataset_digest:
        read.model_points = _check_model_points(points, "")
    return read


def _read_log_param(write: LogParam) -> Draft:
    read = Draft(write.run_id)
    _check_param(write, "key")
    read.params[write.key] = write.value
    return read


def _read_set_tag(write: SetTag) -> Draft:
    read = Draft(write.run_id)
    _check_tag(write, "")
    read.tags[write.key] = write.value
    return read


def _read_log_batch(write: LogBatch) -> Draft:
    read = Draft(write.run_id, is_batch=True)
    if write.metrics:
        read.points = check_points(write.metrics, "metrics")
        named = [p for p in write.metrics if p.model_id or p.dataset_name or p.dataset_digest]
        if named:
            read.model_points = _check_model_points(named, "metrics")
    for index, param in enumerate(write.params):
        _check_param(param, f"params[{index}].key")
        read.params[param.key] = param.value
    for index, tag in enumerate(write.tags):
        _check_tag(tag, f"tags[{index}].")
        read.tags[tag.key] = tag.value
    _check_batch(write)
    if len(read.params) < len(write.params):
        raise duplicate_params([param.key for param in write.params])
    return read


def _read_log_points(write: LogPoints) -> Draft:
    read = Draft(write.run_id)
    if any((write.series, write.steps, write.timestamps, write.values)):
        read.points = check_columns(write)
    return read


def _read_log_rows(write: LogRows) -> Draft:
    read = Draft(write.run_id)
    if any((write.steps, write.timestamps, write.values)):
        read.points = check_rows(write)
    return read


_READERS: dict[type, Callable[[Any], Draft]] = {
    LogMetric: _read_log_metric,
    LogParam: _read_log_param,
    SetTag: _read_set_tag,
    LogBatch: _read_log_batch,
    LogPoints: _read_log_points,
    LogRows: _read_log_rows,
}


def _check_param(param: LogParam | Param, path: str) -> None:
    check_key(param.key, path, "Param key")
    check_text("Param value", param.value)


def _check_tag(tag: SetTag | RunTag, path: str) -> None:
    check_key(tag.key, f"{path}key")
    check_text(f"{path}value", tag.value)


def _check_batch(batch: LogBatch) -> None:
    metrics, params, tags = len(batch.metrics), len(batch.params), len(batch.tags)
    for noun, count, limit in (
        ("metrics", metrics, limits.MAX_METRICS_PER_BATCH),
        ("params", params, limits.MAX_PARAMS_PER_BATCH),
        ("tags", tags, limits.MAX_TAGS_PER_BATCH),
        ("metrics, params, and tags", metrics + params + tags, limits.MAX_ENTITIES_PER_BATCH),
    ):
        if count > limit:
            raise InvalidParameterValue(
                f"A batch logging request can contain at most {limit} {noun}. Got {count} {noun}. "
                f"Please split up {noun} across multiple requests and try again."
            )


def _check_model_points(
    points: Sequence[LogMetric | MetricPoint], path: str
) -> list[LogMetric | MetricPoint]:
    """Return the points that name a model, after a look at their data sets."""
    for point in points:
        if bool(point.dataset_name) != bool(point.dataset_digest):
            raise InvalidParameterValue(
                "Both dataset_name and dataset_digest must be provided if one is provided"
            )
        for name in ("model_id", "dataset_name", "dataset_digest"):
            check_text(f"{path}.{name}" if path else name, getattr(point, name))
        check_length("dataset_name", point.dataset_name, limits.MAX_DATASET_NAME_LENGTH)
        check_length("dataset_digest", point.dataset_digest, limits.MAX_DATASET_DIGEST_LENGTH)
    return [point for point in points if point.model_id]
