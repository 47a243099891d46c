"""Points of requests: what is refused, how they are packed, what they come to in a summary."""

from __future__ import annotations

import math
import struct
from array import array
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.api.tracking import LogMetric, MetricPoint
from headrace.stores.sql.blocks import read_log
from headrace.stores.sql.points import PointRows, Points, check_points, pack_points
from headrace.stores.sql.summaries import (
    MIN_COLUMN_POINTS,
    join_summaries,
    summarize,
    summarize_rows,
)
from headrace.stores.sql.summary_columns import summarize_columns
from headrace.stores.sql.write_group import encode_points
from headrace.testing.stores.make import refused

INT64 = st.integers(-(2**63), 2**63 - 1)
VALUES = st.one_of(st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0]), st.floats())
ROWS = st.lists(
    st.tuples(st.integers(-3, 3), st.integers(0, 2), st.lists(VALUES, min_size=2, max_size=2)),
    min_size=1,
    max_size=6,
)


def point(**fields: Any) -> MetricPoint:
    return MetricPoint(**{"key": "m", "value": 1.0, "timestamp": 5, "step": 3, **fields})


@pytest.mark.parametrize("value", [1, True, 0.5, Decimal("0.5"), np.float32(0.5), math.nan, -0.0])
def test_any_number_is_a_value(value: Any) -> None:
    stored = check_points([point(value=value)]).values[0]
    assert stored == float(value) or (math.isnan(value) and math.isnan(stored))


@pytest.mark.parametrize("step", [0, -1, 2**63 - 1, -(2**63), np.int32(7), True])
def test_any_integer_of_64_bit_is_a_step(step: Any) -> None:
    assert check_points([point(step=step)]).steps[0] == step


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "x"}, "Invalid value \"x\" for parameter 'value' supplied: (timestamp=5). "),
        ({"value": None}, "Invalid value null for parameter 'value'"),
        ({"value": 10**400}, "Please specify value as a valid double (64-bit floating point)"),
        (
            {"timestamp": -5},
            "Invalid value -5 for parameter 'timestamp' supplied: metric 'm' (value=1.0). "
            "Timestamp must be a nonnegative long (64-bit integer) ",
        ),
        ({"timestamp": 2**63}, "for parameter 'timestamp' supplied"),
        ({"timestamp": 1.5}, "Invalid value 1.5 for parameter 'timestamp' supplied"),
        (
            {"step": 2**63},
            "Invalid value 9223372036854775808 for parameter 'step' supplied: metric 'm' "
            "(value=1.0). Step must be a valid long (64-bit integer), from -9223372036854775808",
        ),
        ({"step": 1.5}, "Invalid value 1.5 for parameter 'step' supplied"),
        ({"step": "3"}, "Invalid value \"3\" for parameter 'step' supplied"),
        ({"key": "../m"}, "Invalid value \"../m\" for parameter 'name' supplied: Names may be"),
        ({"key": "a|b"}, "for parameter 'name' supplied: Names may only contain"),
        ({"key": "k" * 251}, "'Metric name' exceeds the maximum length of 250 characters"),
    ],
    ids=str,
)
def test_what_is_no_point_is_refused(fields: dict[str, Any], words: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", words):
        check_points([point(**fields)])
    # The same in a batch, which says where.
    where = words.replace("parameter '", "parameter 'metrics[2].")
    with refused("INVALID_PARAMETER_VALUE", where):
        check_points([point(), point(), point(**fields)], "metrics")


def test_a_key_that_was_refused_once_is_refused_again() -> None:
    for _ in range(2):
        with refused("INVALID_PARAMETER_VALUE"):
            check_points([point(key="a//b")])
    check_points([point(key="a/b")])


def test_a_log_row_is_four_columns() -> None:
    points = check_points([point(), point(key="n", value=math.nan, step=-1)])

    blob = pack_points([8, 9], points.steps, points.times, points.values)

    assert blob[:-8] == struct.pack("<qqqqqqd", 8, 9, 3, -1, 5, 5, 1.0)
    assert math.isnan(struct.unpack("<d", blob[-8:])[0])


def test_joined_points_leave_their_parts_alone() -> None:
    parts = [check_points([point(step=step)]) for step in (1, 2, 3)]

    joined = Points.joined(parts)

    assert (joined.keys, list(joined.steps)) == (["m"] * 3, [1, 2, 3])
    assert [list(part.steps) for part in parts] == [[1], [2], [3]]


def test_a_metric_is_read_like_a_point() -> None:
    metric = LogMetric(run_id="r", key="m", value=1.0, timestamp=5, step=3)
    assert list(check_points([metric]).steps) == [3]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.one_of(st.integers(-2, 2), INT64),
            st.one_of(st.integers(0, 2), st.integers(0, 2**63 - 1)),
            VALUES,
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([summarize, summarize_columns]),
)
def test_summaries(points: list[tuple[int, int, int, float]], way: Any) -> None:
    keys, steps, times, values = zip(*points, strict=True)

    rows = way(7, keys, array("q", steps), array("q", times), array("d", values))

    assert [row[:2] for row in rows] == [(7, key) for key in sorted(set(keys))]
    for _, key, *summary in rows:
        own = [
            (step, time, 0.0 if math.isnan(value) else value, int(math.isnan(value)))
            for of, step, time, value in points
            if of == key
        ]
        ends = [(kind, value, step, time) for step, time, value, kind in (max(own), min(own))]
        numbers = [value for _, _, value, kind in own if not kind]
        extremes = (min(numbers), max(numbers)) if numbers else (None, None)
        assert tuple(summary) == (*ends[0], *ends[1], *extremes, len(own))
        assert "-0.0" not in map(repr, summary)


def test_many_points_are_summarized_in_columns() -> None:
    count = 2 * MIN_COLUMN_POINTS
    steps = array("q", range(count))
    columns = [1, 2] * MIN_COLUMN_POINTS, steps, steps, array("d", map(math.sin, steps))

    assert summarize(7, *columns) == summarize_columns(7, *columns)
    assert [row[-1] for row in summarize(7, *columns)] == [MIN_COLUMN_POINTS] * 2


def columns_of(
    rows: list[tuple[int, int, list[float]]], keys: list[int]
) -> tuple[list[int], array[int], array[int], array[float]]:
    """Return key, step, time and value of each point."""
    return (
        keys * len(rows),
        array("q", [step for step, _, _ in rows for _ in keys]),
        array("q", [time for _, time, _ in rows for _ in keys]),
        array("d", [value for _, _, row in rows for value in row]),
    )


@given(ROWS)
def test_rows_are_summarized_as_their_points_are(
    rows: list[tuple[int, int, list[float]]],
) -> None:
    steps, times = (array("q", [row[place] for row in rows]) for place in (0, 1))
    columns = columns_of(rows, [9, 4])

    found = summarize_rows(7, [9, 4], steps, times, columns[3])

    assert list(map(repr, found)) == list(map(repr, summarize(7, *columns)))


@given(ROWS, ROWS)
def test_summaries_of_parts_come_to_that_of_all(
    some: list[tuple[int, int, list[float]]], others: list[tuple[int, int, list[float]]]
) -> None:
    one, other = columns_of(some, [1, 2]), columns_of(others, [3, 2])
    together = [first + second for first, second in zip(one, other, strict=True)]

    found = join_summaries([summarize(7, *one), summarize(7, *other)])

    assert list(map(repr, found)) == list(map(repr, summarize(7, *together)))


def test_points_and_rows_of_one_write_stay_in_their_order() -> None:
    parts = [
        Points(["a"], array("q", [1]), array("q", [1]), array("d", [0.0])),
        PointRows(["a", "b"], array("q", [2]), array("q", [2]), array("d", [1.0, 2.0])),
        Points(["b"], array("q", [3]), array("q", [3]), array("d", [3.0])),
        Points(["a"], array("q", [4]), array("q", [4]), array("d", [4.0])),
    ]

    (_, blob), summaries = encode_points(7, parts, {"a": 1, "b": 2})

    assert read_log([blob]).values.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert [(row[1], row[3], row[7], row[-1]) for row in summaries] == [
        (1, 4.0, 0.0, 3),
        (2, 3.0, 2.0, 2),
    ]
