"""How values are written for people."""

from __future__ import annotations

import math
import time

import pytest

from headrace.amounts import age, span
from headrace.cli.output import numbers_as_text, shorten


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.9, 0.9123, None], ["0.9000", "0.9123", ""]),
        ([0.91234, 0.91235], ["0.91234", "0.91235"]),
        ([1.0, 20.0], ["1", "20"]),
        ([1.5, 200.25], ["1.5", "200.2"]),
        ([1e-7, 0.5], ["1e-07", "0.5"]),
        ([3e12], ["3e+12"]),
        ([math.nan, math.inf, 0.25], ["nan", "inf", "0.2500"]),
        ([0.0], ["0"]),
        ([], []),
        ([0.1 + 0.2, 0.3], ["0.30000000000000004", "0.29999999999999999"]),
    ],
)
def test_numbers_of_a_column(values: list[float | None], expected: list[str]) -> None:
    assert numbers_as_text(values) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0004, "0 ms"),
        (0.012, "12 ms"),
        (1.26, "1.3 s"),
        (59, "59 s"),
        (600, "10 min"),
        (7200, "2 h"),
        (3 * 86400, "3 d"),
    ],
)
def test_spans_of_time(seconds: float, expected: str) -> None:
    assert span(seconds) == expected


def test_ages() -> None:
    now = time.time() * 1000
    assert age(None) == ""
    assert age(round(now)) == "now"
    assert age(round(now - 180_500)) == "3 min ago"


def test_long_texts_are_cut_and_put_on_one_line() -> None:
    assert shorten("a\n b\t c", 20) == "a b c"
    assert shorten("abcdef", 4) == "abc…"
