"""What a profile tells of columns, if it is asked to."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import headrace.data


def columns(data: Any) -> dict[str, dict[str, Any]]:
    """Return the facts of each column as a run records them, by its name."""
    profile = json.loads(data.to_dict()["profile"], parse_constant=pytest.fail)
    return {facts.pop("name"): facts for facts in profile["columns"]}


NUMBERS = {"type": "?", "count": 3, "missing": 1, "min": 1.0, "max": 4.0, "mean": 2.0}


@pytest.mark.parametrize(
    ("make", "frame"),
    [
        (headrace.data.from_pandas, pd.DataFrame({"n": [1.0, None, 4.0, 1.0]})),
        (headrace.data.from_polars, pl.DataFrame({"n": [1.0, None, 4.0, 1.0]})),
        (headrace.data.from_polars, pl.DataFrame({"n": [1.0, float("nan"), 4.0, 1.0]})),
    ],
)
def test_numbers_are_told_the_same_by_both_libraries(make: Any, frame: Any) -> None:
    facts = columns(make(frame, source="x", profile_columns=True))["n"]
    assert {**facts, "type": "?"} == {**NUMBERS, "distinct": 2}


def test_columns_of_pandas() -> None:
    frame = pd.DataFrame(
        {
            "i": [3, 1, 2],
            "t": ["a", None, "a"],
            "b": [True, False, True],
            "d": pd.to_datetime(["2024-01-02", "2024-01-01", None]),
            "l": [[1], [2], None],
            "inf": [1.0, np.inf, np.nan],
            "c": np.array([1j, 2j, 1j]),
            "none": [None, None, None],
            "m": [1, "a", None],
            "w": pd.Categorical(["x", "y", "x"]),
        }
    )
    found = columns(headrace.data.from_pandas(frame, source="x", profile_columns=True))
    assert list(found) == list(frame.columns)
    assert found["i"] == {
        "type": "int64", "count": 3, "missing": 0, "min": 1, "max": 3, "mean": 2.0, "distinct": 3,
    }  # fmt: skip
    assert found["t"] == {"type": "str", "count": 2, "missing": 1, "distinct": 1}
    assert found["b"] == {"type": "bool", "count": 3, "missing": 0, "distinct": 2}
    assert (found["d"]["min"], found["d"]["max"]) == ("2024-01-01 00:00:00", "2024-01-02 00:00:00")
    assert found["l"] == {"type": "object", "count": 2, "missing": 1}
    assert (found["inf"]["max"], found["inf"]["mean"]) == ("inf", "inf")
    assert found["c"] == {"type": "complex128", "count": 3, "missing": 0, "distinct": 2}
    assert found["none"] == {"type": "object", "count": 0, "missing": 3, "distinct": 0}
    assert found["m"]["distinct"] == found["w"]["distinct"] == 2


def test_columns_of_polars() -> None:
    frame = pl.DataFrame(
        {
            "i": [3, 1, None],
            "t": ["a", None, "a"],
            "d": [datetime.date(2024, 1, 2), datetime.date(2024, 1, 1), None],
            "l": [[1], [2], None],
            "s": [{"a": 1}, {"a": 1}, None],
            "dec": [Decimal("1.50"), Decimal("2.50"), None],
            "none": [None, None, None],
            "o": pl.Series([object(), object(), None], dtype=pl.Object),
        }
    )
    found = columns(headrace.data.from_polars(frame, source="x", profile_columns=True))
    assert list(found) == frame.columns
    assert found["i"] == {
        "type": "Int64", "count": 2, "missing": 1, "min": 1, "max": 3, "mean": 2.0, "distinct": 2,
    }  # fmt: skip
    assert found["t"] == {"type": "String", "count": 2, "missing": 1, "distinct": 1}
    assert (found["d"]["min"], found["d"]["max"]) == ("2024-01-01", "2024-01-02")
    assert found["dec"]["max"] == "2.50"
    assert found["l"]["count"] == found["s"]["count"] == found["o"]["count"] == 2
    assert found["none"]["missing"] == 3


@pytest.mark.parametrize(
    ("make", "frame"),
    [
        (headrace.data.from_pandas, pd.DataFrame({"a": []})),
        (headrace.data.from_polars, pl.DataFrame({"a": []})),
        (headrace.data.from_pandas, pd.DataFrame([[1, 2]], columns=["a", "a"])),
    ],
)
def test_frames_without_rows_and_with_one_name_twice(make: Any, frame: Any) -> None:
    data = make(frame, source="x", profile_columns=True)
    assert [facts["name"] for facts in data.profile["columns"]] == ["a"] * frame.shape[1]


def test_the_profile_stays_mlflows_if_nothing_is_asked() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    plain, rich = (
        headrace.data.from_pandas(frame, source="x", profile_columns=asked)
        for asked in (False, True)
    )
    assert plain.profile == {"num_rows": 2, "num_elements": 2}
    assert list(rich.profile) == ["num_rows", "num_elements", "columns"]
    assert (plain.digest, plain.schema) == (rich.digest, rich.schema)
