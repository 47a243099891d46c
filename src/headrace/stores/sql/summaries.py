"""The summary of a series: its first and last point, its least and greatest value, its count.

A value is (kind, number): kind 0 is a number, finite or not; kind 1 is NaN, whose number is 0. The
last point is the greatest (step, time, number, kind), the first the least; NaN has no part in
least and greatest value. A row so depends on the set of points alone, never on their order.

Rows are merged inside the database: two processes may log the same series at once.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from itertools import chain
from math import isnan

from headrace.stores.sql.engine import Row

NUMBER, NAN = 0, 1

# From so many points on numpy is quicker, if it is loaded.
MIN_COLUMN_POINTS = 64

_Point = tuple[int, int, float, int]  # step, time, number, kind

COLUMNS = (
    "run_id, key_id, last_kind, last_value, last_step, last_time, "
    "first_kind, first_value, first_step, first_time, min_value, max_value, count"
)
WIDTH = COLUMNS.count(",") + 1


def _take(columns: Sequence[str], condition: str) -> str:
    cases = [
        f"{name} = CASE WHEN {condition} THEN excluded.{name} ELSE metric_summaries.{name} END"
        for name in columns
    ]
    return ", ".join(cases)


def _order(table: str, end: str) -> str:
    names = ("step", "time", "value", "kind")
    return "(" + ", ".join(f"{table}.{end}_{name}" for name in names) + ")"


def _extreme(name: str, sign: str) -> str:
    old, new = f"metric_summaries.{name}", f"excluded.{name}"
    return _take([name], f"{old} IS NULL OR {new} {sign} {old}")


# What follows INSERT ... VALUES, the same in every dialect.
MERGE = " ".join(
    [
        "ON CONFLICT (run_id, key_id) DO UPDATE SET",
        _take(
            ["last_kind", "last_value", "last_step", "last_time"],
            f"{_order('excluded', 'last')} > {_order('metric_summaries', 'last')}",
        ),
        ",",
        _take(
            ["first_kind", "first_value", "first_step", "first_time"],
            f"{_order('excluded', 'first')} < {_order('metric_summaries', 'first')}",
        ),
        ",",
        _extreme("min_value", "<"),
        ",",
        _extreme("max_value", ">"),
        ", count = metric_summaries.count + excluded.count",
    ]
)


def summarize(
    run: int,
    key_ids: Sequence[int],
    steps: array[int],
    times: array[int],
    values: array[float],
) -> list[Row]:
    """Return the summaries of points of one run, as rows of `COLUMNS` in the order of key.

    Args:
        run: Row id of the run.
        key_ids: The series of each point.
        steps: Their steps.
        times: Their timestamps.
        values: Their values.

    """
    if len(key_ids) >= MIN_COLUMN_POINTS and "numpy" in sys.modules:
        from headrace.stores.sql.summary_columns import summarize_columns

        return summarize_columns(run, key_ids, steps, times, values)
    if len(key_ids) == 1:  # the same, quicker
        number, kind = (0.0, NAN) if isnan(values[0]) else (values[0] + 0.0, NUMBER)
        return [_summarize_series(run, key_ids[0], [(steps[0], times[0], number, kind)])]
    if isnan(sum(values)):  # so is a value, or infinities meet; NaN compares with nothing
        numbers = [0.0 if isnan(value) else value + 0.0 for value in values]
        kinds = [NAN if isnan(value) else NUMBER for value in values]
    else:
        numbers = [value + 0.0 for value in values]  # -0.0 becomes 0.0, as everywhere
        kinds = [NUMBER] * len(values)
    points = zip(steps, times, numbers, kinds, strict=True)
    series: dict[int, list[_Point]] = {}
    for key, point in zip(key_ids, points, strict=True):
        if key in series:
            series[key].append(point)
        else:
            series[key] = [point]
    return [_summarize_series(run, key, series[key]) for key in sorted(series)]


def summarize_rows(
    run: int,
    key_ids: Sequence[int],
    steps: array[int],
    times: array[int],
    values: array[float],
) -> list[Row]:
    """Return the summaries of points in rows, as `summarize` does, without a look at each point.

    Args:
        run: Row id of the run.
        key_ids: The series of each row's values, each once.
        steps: Step of each row.
        times: Its timestamp.
        values: The values, row after row.

    """
    width, last_step, first_step = len(key_ids), max(steps), min(steps)
    if steps.count(last_step) > 1 or steps.count(first_step) > 1 or isnan(sum(values)):
        rows = range(len(steps))
        return summarize(
            run,
            [*key_ids] * len(steps),
            array("q", [steps[row] for row in rows for _ in key_ids]),
            array("q", [times[row] for row in rows for _ in key_ids]),
            values,
        )
    last, first = steps.index(last_step), steps.index(first_step)
    return [
        (
            *(run, key),
            *(NUMBER, series[last] + 0.0, last_step, times[last]),
            *(NUMBER, series[first] + 0.0, first_step, times[first]),
            *(min(series) + 0.0, max(series) + 0.0, len(series)),
        )
        for key, series in sorted((key, values[at::width]) for at, key in enumerate(key_ids))
    ]


def join_summaries(parts: Sequence[Sequence[Row]]) -> list[Row]:
    """Return the summaries of points that were summarized in parts, by the same rules as `MERGE`.

    Args:
        parts: Rows of one run.

    """
    joined: dict[int, Row] = {}
    for row in chain.from_iterable(parts):
        known = joined.get(row[1])
        joined[row[1]] = _merged(known, row) if known else row
    return [joined[key] for key in sorted(joined)]


def _merged(one: Row, other: Row) -> Row:
    extremes = [
        choose((number for number in (one[at], other[at]) if number is not None), default=None)
        for choose, at in ((min, 10), (max, 11))
    ]
    return (
        *one[:2],
        *max(one[2:6], other[2:6], key=_point_order),
        *min(one[6:10], other[6:10], key=_point_order),
        *extremes,
        one[12] + other[12],
    )


def _point_order(end: Row) -> _Point:
    kind, number, step, time = end
    return step, time, number, kind


def _summarize_series(run: int, key: int, points: list[_Point]) -> Row:
    if len(points) == 1:
        step, time, number, kind = points[0]
        extreme = number if kind == NUMBER else None
        return (run, key, kind, number, step, time, kind, number, step, time, extreme, extreme, 1)
    last, first = max(points), min(points)
    numbers = [number for _, _, number, kind in points if kind == NUMBER]
    return (
        *(run, key),
        *(last[3], last[2], last[0], last[1]),
        *(first[3], first[2], first[0], first[1]),
        *((min(numbers), max(numbers)) if numbers else (None, None)),
        len(points),
    )
