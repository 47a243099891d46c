"""Batches of any size as requests that a server takes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.api import tracking as api
from headrace.api.limits import MAX_REQUEST_SIZE
from headrace.client.batches import split_batch
from headrace.entities import Param, RunTag


def split(points: int = 0, params: int = 0, tags: int = 0, value: str = "v") -> list[api.LogBatch]:
    return list(
        split_batch(
            "r",
            [api.MetricPoint(key="m", value=i, timestamp=1, step=i) for i in range(points)],
            [Param(f"p{i}", value) for i in range(params)],
            [RunTag(f"t{i}", value) for i in range(tags)],
        )
    )


def sizes(batches: list[api.LogBatch]) -> list[tuple[int, int, int]]:
    return [(len(batch.metrics), len(batch.params), len(batch.tags)) for batch in batches]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((0, 0, 0), []),
        ((1, 0, 0), [(1, 0, 0)]),
        ((1000, 0, 0), [(1000, 0, 0)]),
        ((800, 100, 100), [(800, 100, 100)]),
        ((1001, 0, 0), [(1000, 0, 0), (1, 0, 0)]),
        ((801, 100, 100), [(800, 100, 100), (1, 0, 0)]),
        ((0, 101, 0), [(0, 100, 0), (0, 1, 0)]),
        ((950, 150, 0), [(900, 100, 0), (50, 50, 0)]),
    ],
)
def test_counts(given: tuple[int, int, int], expected: list[tuple[int, int, int]]) -> None:
    assert sizes(split(*given)) == expected


def test_long_texts_are_spread_over_requests() -> None:
    batches = split(params=30, tags=3, value="x" * 100_000)

    assert len(batches) > 5
    assert all(len(msgspec.json.encode(batch)) < MAX_REQUEST_SIZE for batch in batches)


def test_a_text_longer_than_a_request_goes_alone() -> None:
    batches = split(points=5, params=2, tags=1, value="x" * 2_000_000)

    assert sizes(batches) == [(0, 1, 0), (0, 1, 0), (0, 0, 1), (5, 0, 0)]


@given(
    points=st.integers(0, 2500),
    params=st.lists(st.integers(0, 300_000), max_size=250),
    tags=st.lists(st.integers(0, 8_000), max_size=250),
)
def test_nothing_is_lost_and_the_order_is_kept(
    points: int, params: list[int], tags: list[int]
) -> None:
    batches = list(
        split_batch(
            "r",
            [api.MetricPoint(key="m", value=0, timestamp=1, step=i) for i in range(points)],
            [Param(str(i), "x" * length) for i, length in enumerate(params)],
            [RunTag(str(i), "x" * length) for i, length in enumerate(tags)],
        )
    )

    assert [p.step for batch in batches for p in batch.metrics] == list(range(points))
    assert [int(p.key) for batch in batches for p in batch.params] == list(range(len(params)))
    assert [int(t.key) for batch in batches for t in batch.tags] == list(range(len(tags)))
    for count in sizes(batches):
        assert 0 < sum(count) <= 1000
        assert max(count[1:]) <= 100
