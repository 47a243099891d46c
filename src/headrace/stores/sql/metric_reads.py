"""Answers of the calls that read points, from columns to what travels."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Sequence
from itertools import repeat

from headrace.api import tracking as api
from headrace.api.limits import MAX_INT64, MAX_POINTS_PER_PAGE, MIN_INT64
from headrace.entities import Metric
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.blocks import PointArrays
from headrace.stores.sql.engine import Database
from headrace.stores.sql.histories import Window, after, by_time, count_points, read_histories
from headrace.stores.sql.sampling import reduce_for_chart, sample_evenly
from headrace.stores.texts import check_int64, check_text

MAX_RUNS = 100
MAX_SAMPLE = 2_500
MAX_SERIES = 20_000

_SEE_DOCS = "See the API docs for more information about request parameters."

# Digest of run and key; then timestamp, step, number of the page's last point, and if it is NaN.
_TOKEN = struct.Struct("<8sqqd?")


def read_history(database: Database, request: api.GetMetricHistory) -> api.MetricsPage:
    """Answer `GetMetricHistory`."""
    size = request.max_results
    if size is not None:
        _check_positive("max_results", size)
    last = _read_token(request)
    window = Window()
    if last is not None:
        window.first_time = last[0]
    if size is not None:
        window.limit = size + 1
    histories = _read(database, [request.run_id], request.metric_key, window)
    if request.run_id not in histories:
        return api.MetricsPage()
    points = by_time(histories[request.run_id])
    if last is not None:
        points = after(points, *last)
    if size is None or len(points) <= size:
        return api.MetricsPage(_metrics(request.metric_key, points))
    page = points[:size]
    return api.MetricsPage(_metrics(request.metric_key, page), _make_token(request, page))


def read_bulk(database: Database, request: api.GetMetricHistoryBulk) -> api.MetricsOfRuns:
    """Answer `GetMetricHistoryBulk`."""
    run_ids = request.run_id
    if not run_ids:
        raise InvalidParameterValue(
            "GetMetricHistoryBulk request must specify at least one run_id."
        )
    if len(run_ids) > MAX_RUNS:
        raise InvalidParameterValue(
            f"GetMetricHistoryBulk request cannot specify more than {MAX_RUNS} run_ids. "
            f"Received {len(run_ids)} run_ids."
        )
    size = MAX_POINTS_PER_PAGE if request.max_results is None else request.max_results
    if size < 0:
        raise InvalidParameterValue(
            f"Invalid value {size} for parameter 'max_results' supplied. It must not be negative."
        )
    rest = min(size, MAX_POINTS_PER_PAGE)
    answer = api.MetricsOfRuns([])
    histories = _read(database, run_ids, request.metric_key, Window())
    for run_id in sorted(histories):
        points = by_time(histories[run_id])[:rest]
        answer.metrics += _metrics(request.metric_key, points, run_id)
        rest -= len(points)
    return answer


def read_sample(database: Database, request: api.GetMetricHistoryBulkInterval) -> api.MetricsAnswer:
    """Answer `GetMetricHistoryBulkInterval`; a run that is named twice is answered twice."""
    run_ids = request.run_ids
    if len(run_ids) > MAX_RUNS:
        raise InvalidParameterValue(
            f"GetMetricHistoryBulkInterval request must specify at most {MAX_RUNS} run_ids. "
            f"Received {len(run_ids)} run_ids. {_SEE_DOCS}"
        )
    size = MAX_SAMPLE if request.max_results is None else request.max_results
    if not 1 <= size <= MAX_SAMPLE:
        raise InvalidParameterValue(f"max_results must be between 1 and {MAX_SAMPLE}. {_SEE_DOCS}")
    if (request.start_step is None) != (request.end_step is None):
        raise InvalidParameterValue(
            "If either start step or end step are specified, both must be specified."
        )
    window = _interval(request)
    histories = _read(database, run_ids, request.metric_key, window)
    answer = api.MetricsAnswer([])
    for run_id in run_ids:
        if run_id in histories:
            sample = sample_evenly(histories[run_id], size)
            answer.metrics += _metrics(request.metric_key, sample, run_id)
    return answer


def read_columns(database: Database, request: api.GetMetricSeries) -> api.MetricSeriesAnswer:
    """Answer `GetMetricSeries`."""
    if request.max_points is not None:
        _check_positive("max_points", request.max_points)
    first = [] if request.metric_key is None else [request.metric_key]
    keys = list(dict.fromkeys([*first, *request.metric_keys]))
    run_ids = list(dict.fromkeys(request.run_ids))
    _check_series(keys, run_ids)
    seen = _seen(request)
    window = _interval(request)
    answer = api.MetricSeriesAnswer([])
    with database.read() as tx:
        for key in keys:
            counts = count_points(tx, database.statements, run_ids, key)
            known = seen.get(key, {})
            grown = [run_id for run_id in run_ids if counts.get(run_id, 0) > known.get(run_id, 0)]
            histories = read_histories(tx, database.statements, grown, key, window)
            answer.series += [
                _series(request, key, run_id, histories[run_id], counts[run_id])
                for run_id in grown
                if len(histories[run_id])
            ]
    return answer


def _seen(request: api.GetMetricSeries) -> dict[str, dict[str, int]]:
    """Return how many points a caller has seen of series, by metric and run."""
    if not request.known:
        return {}
    lengths = {len(counts) for counts in request.known}
    if len(request.known) != len(request.metric_keys) or lengths != {len(request.run_ids)}:
        raise InvalidParameterValue(
            "`known` must hold a list for each of `metric_keys` with a number for each of "
            f"`run_ids`: {len(request.metric_keys)} lists of {len(request.run_ids)} numbers."
        )
    return {
        key: dict(zip(request.run_ids, counts, strict=True))
        for key, counts in zip(request.metric_keys, request.known, strict=True)
    }


def _series(
    request: api.GetMetricSeries, key: str, run_id: str, points: PointArrays, count: int
) -> api.MetricSeries:
    total = len(points)
    if request.max_points is not None:
        points = reduce_for_chart(points, request.max_points)
    times = points.times.tolist() if request.timestamps else []
    columns = points.steps.tolist(), times, points.values.tolist()
    return api.MetricSeries(run_id, *columns, total, key, count)


def _check_series(keys: Sequence[str], run_ids: Sequence[str]) -> None:
    if not keys:
        raise InvalidParameterValue(
            "Missing value for required parameter 'metric_key': give it, or `metric_keys`."
        )
    if len(keys) * len(run_ids) > MAX_SERIES:
        raise InvalidParameterValue(
            f"{len(keys)} metrics of {len(run_ids)} runs are {len(keys) * len(run_ids)} series; at "
            f"most {MAX_SERIES} can be asked for at a time."
        )
    for key in keys:
        check_text("metric_key", key)
    for run_id in run_ids:
        check_text("run_id", run_id)


def _read(
    database: Database, run_ids: Sequence[str], key: str, window: Window
) -> dict[str, PointArrays]:
    check_text("metric_key", key)
    for run_id in run_ids:
        check_text("run_id", run_id)
    with database.read() as tx:
        return read_histories(tx, database.statements, run_ids, key, window)


def _interval(request: api.GetMetricHistoryBulkInterval | api.GetMetricSeries) -> Window:
    start, end = request.start_step, request.end_step
    check_int64("start_step", start)
    check_int64("end_step", end)
    if start is not None and end is not None and start > end:
        raise InvalidParameterValue(
            "end_step must be greater than start_step. "
            f"Found start_step={start} and end_step={end}."
        )
    return Window(
        first_step=MIN_INT64 if start is None else start,
        last_step=MAX_INT64 if end is None else end,
    )


def _metrics(key: str, points: PointArrays, run_id: str | None = None) -> list[Metric]:
    columns = points.values.tolist(), points.times.tolist(), points.steps.tolist()
    if run_id is None:
        return list(map(Metric, repeat(key), *columns))
    no = repeat(None)
    return list(map(Metric, repeat(key), *columns, no, no, no, repeat(run_id)))


def _check_positive(name: str, value: int) -> None:
    if value <= 0:
        raise InvalidParameterValue(
            f"Invalid value {value} for parameter '{name}' supplied. It must be a positive integer."
        )


# --- page tokens ---------------------------------------------------------------------------------


def _digest(request: api.GetMetricHistory) -> bytes:
    text = f"{request.run_id}\n{request.metric_key}"
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _make_token(request: api.GetMetricHistory, page: PointArrays) -> str:
    value = float(page.values[-1])
    is_nan = value != value
    number = 0.0 if is_nan else value
    packed = _TOKEN.pack(_digest(request), int(page.times[-1]), int(page.steps[-1]), number, is_nan)
    return base64.urlsafe_b64encode(packed).decode()


def _read_token(request: api.GetMetricHistory) -> tuple[int, int, float, bool] | None:
    """Return timestamp, step, number and NaN of the point after which a page begins."""
    if not request.page_token:
        return None
    try:
        packed = base64.b64decode(request.page_token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidParameterValue("Invalid page token, could not base64-decode") from None
    if len(packed) != _TOKEN.size:
        raise InvalidParameterValue(f"Invalid page token, decoded value={packed[:100]!r}")
    check_text("run_id", request.run_id)
    check_text("metric_key", request.metric_key)
    digest, time, step, number, is_nan = _TOKEN.unpack(packed)
    if digest != _digest(request):
        raise InvalidParameterValue(
            "Invalid page token: it continues the history of another run or metric. Start again "
            "without a token."
        )
    return time, step, number, is_nan
