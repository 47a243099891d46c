"""Columns of points: compressed without loss, sorted, made distinct."""

from __future__ import annotations

import math
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.stores.sql.blocks import (
    PointArrays,
    decode_packed,
    decode_series,
    encode_packed,
    encode_series,
    read_log,
)
from headrace.stores.sql.points import PointRows, count_points, pack_points, pack_rows
from headrace.stores.sql.rekeying import Rekeying

INT64 = st.integers(-(2**63), 2**63 - 1)
VALUES = st.one_of(
    st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1.0, 5e-324, 1.7976931348623157e308]),
    st.floats(),
)
Row = tuple[int, int, int, float]


def rows_of(keys: st.SearchStrategy[int]) -> st.SearchStrategy[list[Row]]:
    small = st.tuples(keys, st.integers(-2, 2), st.integers(0, 2), VALUES)
    large = st.tuples(keys, INT64, st.integers(0, 2**63 - 1), VALUES)
    return st.lists(st.one_of(small, large), min_size=1, max_size=60)


def points_of(rows: list[Row]) -> PointArrays:
    keys, steps, times, values = zip(*rows, strict=True)
    return PointArrays(
        np.array(keys, np.int64),
        np.array(steps, np.int64),
        np.array(times, np.int64),
        np.array(values, np.float64) + 0.0,
    )


def show(points: PointArrays) -> list[tuple[int, int, int, str]]:
    columns = (points.keys, points.steps, points.times, points.values)
    columns = [column.tolist() for column in columns]
    return [(key, step, time, repr(value)) for key, step, time, value in zip(*columns, strict=True)]


def order(row: Row) -> tuple[int, int, int, float, bool]:
    key, step, time, value = row
    return (key, step, time, 0.0 if math.isnan(value) else value, math.isnan(value))


def naive(rows: list[Row]) -> list[tuple[int, int, int, str]]:
    """Return the rows in order, each once."""
    plain = sorted(((*row[:3], row[3] + 0.0) for row in rows), key=order)
    return list(dict.fromkeys((*row[:3], repr(row[3])) for row in plain))


@given(rows_of(st.integers(1, 4)))
def test_sorted_and_distinct(rows: list[Row]) -> None:
    assert show(points_of(rows).sorted().distinct()) == naive(rows)


@given(rows_of(st.just(5)))
def test_a_series_comes_back_as_it_was(rows: list[Row]) -> None:
    points = points_of(rows)
    assert show(decode_series(encode_series(points), 5, len(points))) == show(points)


@given(rows_of(INT64))
def test_a_packed_block_comes_back_as_it_was(rows: list[Row]) -> None:
    points = points_of(rows).sorted()
    assert show(decode_packed(encode_packed(points), len(points))) == show(points)


@given(st.lists(rows_of(st.integers(1, 4)), min_size=1, max_size=4), st.permutations(range(5, 9)))
def test_packed_blocks_get_other_keys(blocks: list[list[Row]], others: list[int]) -> None:
    key_ids = dict(enumerate(others, 1))
    rekeying = Rekeying(key_ids)
    for rows in blocks:
        points = points_of(rows).sorted().distinct()
        moved = rekeying.packed(encode_packed(points), len(points))
        expected = naive([(key_ids[key], *rest) for key, *rest in rows])
        assert show(decode_packed(moved, len(points))) == expected


@given(st.lists(rows_of(st.integers(1, 3)), min_size=1, max_size=6))
def test_log_rows_come_back_as_they_were(requests: list[list[Row]]) -> None:
    blobs = []
    for rows in requests:
        keys, steps, times, values = zip(*rows, strict=True)
        blobs.append(pack_points(keys, array("q", steps), array("q", times), array("d", values)))

    read = read_log(blobs)

    everything = [row for rows in requests for row in rows]
    assert sorted(show(read)) == sorted(show(points_of(everything)))


@given(st.integers(1, 3), st.lists(st.tuples(INT64, INT64), min_size=1, max_size=5), st.data())
def test_log_rows_of_rows_come_back_as_they_were(
    width: int, ends: list[tuple[int, int]], data: st.DataObject
) -> None:
    given_values = data.draw(st.lists(st.floats(), min_size=width * len(ends), max_size=None))
    values = array("d", given_values[: width * len(ends)])
    keys = list(range(5, 5 + width))
    steps, times = (array("q", column) for column in zip(*ends, strict=True))
    rows = PointRows([f"key {key}" for key in keys], steps, times, values)
    single = pack_points([9], array("q", [1]), array("q", [2]), array("d", [3.0]))

    blob = pack_rows(keys, rows)
    read = read_log([blob, single])

    expected = [
        (key, *ends[row], values[row * width + place])
        for row in range(len(ends))
        for place, key in enumerate(keys)
    ]
    assert sorted(show(read)) == sorted(show(points_of([*expected, (9, 1, 2, 3.0)])))
    assert (count_points(blob), count_points(single)) == (len(values), 1)
    assert count_points(blob[:-1]) == 0
    moved = read_log([Rekeying({key: key + 20 for key in keys}).log(blob)])
    others = [(key + 20, *rest) for key, *rest in expected]
    assert sorted(show(moved)) == sorted(show(points_of(others)))


@pytest.mark.parametrize("blob", [b"", b"123", bytes(33), (-3).to_bytes(8, "little", signed=True)])
def test_a_damaged_log_row_holds_nothing(blob: bytes) -> None:
    assert count_points(blob) == 0


def test_no_points_join_to_none() -> None:
    assert len(PointArrays.joined([]).sorted().distinct()) == 0


@pytest.mark.parametrize(
    ("values", "bytes_per_point"),
    [
        (np.round(np.random.default_rng(1).random(10_000), 4), 2.5),
        (np.random.default_rng(2).random(10_000).astype(np.float32).astype(np.float64), 4.0),
        (np.random.default_rng(3).normal(size=10_000), 8.0),
    ],
    ids=["rounded", "float32", "noise"],
)
def test_blocks_are_small(values: np.ndarray, bytes_per_point: float) -> None:
    steps = np.arange(10_000)
    times = 1_700_000_000_000 + 137 * steps + np.random.default_rng(4).integers(0, 20, 10_000)

    blob = encode_series(PointArrays(np.ones(10_000, np.int64), steps, times, values))

    assert len(blob) / 10_000 < bytes_per_point + 0.75  # the jitter of the timestamps
