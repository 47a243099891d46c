"""Data sets that MLflow and Headrace must describe alike, and MLflow's descriptions of them.

Run as a program in an environment that has MLflow, pandas and polars, it writes the file
``data/dataset_golden.json``: ``python -m tests.unit.dataset_samples``.
"""

from __future__ import annotations

import datetime
import decimal
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

GOLDEN = Path(__file__).parent / "data" / "dataset_golden.json"


def _wide() -> pd.DataFrame:
    rows = 10_050  # more than the digest looks at
    return pd.DataFrame({"x": np.arange(rows) * 0.5, "y": [f"row {n}" for n in range(rows)]})


def _nested() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "list": [["a", "b"], ["c"]],
            "dict": [{"k": 1, "l": "x"}, {"k": 2}],
            "deep": [[{"a": [1.5]}], [{"a": [2.5], "b": None}]],
            "array": [np.array([1, 2]), np.array([3])],
        }
    )


PANDAS: dict[str, Callable[[], pd.DataFrame]] = {
    "plain": lambda: pd.DataFrame(
        {"a": [1, 2, 3], "b": [1.5, 2.5, float("nan")], "c": list("xyz")}
    ),
    "wide": _wide,
    "unicode": lambda: pd.DataFrame({"größe": ["ä", "漢字", ""], "n": [0, -1, 2**40]}),
    "missing": lambda: pd.DataFrame({"s": ["a", None, "c"], "o": [None, None, None]}),
    "small types": lambda: pd.DataFrame(
        {
            "i8": np.array([1, 2], "int8"),
            "u16": np.array([1, 2], "uint16"),
            "i32": np.array([1, 2], "int32"),
            "u32": np.array([1, 2], "uint32"),
            "f16": np.array([1, 2], "float16"),
            "f32": np.array([1, 2], "float32"),
            "bool": [True, False],
        }
    ),
    "unsigned long": lambda: pd.DataFrame({"u64": np.array([1, 2], "uint64")}),
    "times": lambda: pd.DataFrame(
        {
            "t": pd.to_datetime(["2024-01-01", None]),
            "n": [1, 2],
            "z": pd.to_datetime([1, 2], utc=True),
        }
    ),
    "timedelta": lambda: pd.DataFrame({"d": pd.to_timedelta([1, 2], unit="s")}),
    "nullable": lambda: pd.DataFrame(
        {"i": pd.array([1, None], "Int64"), "b": pd.array([True, None], "boolean")}
    ),
    "category": lambda: pd.DataFrame({"c": pd.Categorical(["x", "y", "x"]), "n": [1, 2, 3]}),
    "mixed objects": lambda: pd.DataFrame({"m": [1, "a", 2.5], "k": [1, 2, 3]}),
    "bytes": lambda: pd.DataFrame({"b": [b"ab", b"c"]}),
    "dates": lambda: pd.DataFrame({"d": [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)]}),
    "decimals": lambda: pd.DataFrame({"d": [decimal.Decimal("1.5"), decimal.Decimal("2")]}),
    "nested": _nested,
    "contradicting": lambda: pd.DataFrame({"l": [[1], ["a"]]}),
    "empty": lambda: pd.DataFrame({"a": [], "b": []}),
    "no columns": lambda: pd.DataFrame(),
    "numbered columns": lambda: pd.DataFrame(np.arange(6).reshape(2, 3)),
    "text index": lambda: pd.DataFrame({"a": [1, 2]}, index=["x", "y"]),
    "twice the same name": lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]),
}

NUMPY: dict[str, Callable[[], tuple[Any, Any]]] = {
    "plain": lambda: (np.arange(12.0).reshape(3, 4), None),
    "targets": lambda: (np.arange(12.0).reshape(3, 4), np.array([0, 1, 0])),
    "integers": lambda: (np.arange(-5, 5), None),
    "bytes of one": lambda: (np.arange(10, dtype="uint8"), None),
    "half": lambda: (np.linspace(0, 1, 7).astype("float16"), None),
    "bools": lambda: (np.array([[True], [False]]), None),
    "texts": lambda: (np.array(["a", "längst", "漢"]), np.array([b"x", b"yz", b""])),
    "complex": lambda: (np.array([1 + 2j, 3j]), None),
    "single complex": lambda: (np.array([1 + 2j, 3j], dtype="complex64"), None),
    "times": lambda: (np.array(["2024-01-01", "NaT"], dtype="datetime64[ns]"), None),
    "not finite": lambda: (np.array([np.nan, np.inf, -np.inf, -0.0, 0.0]), None),
    "objects": lambda: (np.array([{"a": 1}, [2]], dtype=object), None),
    "many": lambda: (np.arange(30_000).reshape(100, 300), None),
    "no elements": lambda: (np.empty((0, 3)), None),
    "no axis": lambda: (np.array(5.0), None),
    "dict": lambda: (
        {"b": np.ones((2, 2)), "a": np.zeros((2, 3), "float32")},
        {"y": np.array([1, 0])},
    ),
    "big endian": lambda: (np.array([1.5, 2.5], dtype=">f8"), None),
    "fortran order": lambda: (np.asfortranarray(np.arange(6).reshape(2, 3)), None),
}

POLARS: dict[str, Callable[[], pl.DataFrame]] = {
    "plain": lambda: pl.DataFrame({"a": [1, 2, 3], "b": [1.5, None, 2.5], "c": ["x", "y", None]}),
    "small types": lambda: pl.DataFrame(
        {"i8": [1], "u32": [2], "f32": [1.5], "bool": [True]},
        schema={"i8": pl.Int8, "u32": pl.UInt32, "f32": pl.Float32, "bool": pl.Boolean},
    ),
    "times": lambda: pl.DataFrame(
        {"d": [datetime.date(2024, 1, 1)], "t": [datetime.datetime(2024, 1, 1)]}
    ),
    "nested": lambda: pl.DataFrame(
        {"l": [[1, 2], [3]], "s": [{"x": 1, "y": "a"}, {"x": 2, "y": None}]}
    ),
    "category": lambda: pl.DataFrame({"c": pl.Series(["x", "y"], dtype=pl.Categorical)}),
    "unknown": lambda: pl.DataFrame({"d": [datetime.timedelta(seconds=1)], "n": [1]}),
    "all missing": lambda: pl.DataFrame({"a": pl.Series([None, None], dtype=pl.Int64)}),
    "no rows": lambda: pl.DataFrame({"a": []}, schema={"a": pl.Int64}),
}


def describe_all(data: Any) -> dict[str, dict[str, Any]]:
    """Return what a module with MLflow's constructors of data sets says of every sample.

    Args:
        data: `mlflow.data` or `headrace.data`.

    """
    source = "data/file.csv"
    described: dict[str, dict[str, Any]] = {"pandas": {}, "numpy": {}, "polars": {}}
    for name, frame in PANDAS.items():
        described["pandas"][name] = data.from_pandas(frame(), source=source).to_dict()
    for name, arrays in NUMPY.items():
        features, targets = arrays()
        described["numpy"][name] = data.from_numpy(
            features, source=source, targets=targets, name=name
        ).to_dict()
    for name, polars in POLARS.items():
        described["polars"][name] = data.from_polars(polars(), source=source).to_dict()
    http = data.http_dataset_source.HTTPDatasetSource("https://example.org/reviews.tar.gz")
    described["meta"] = {
        "plain": data.meta_dataset.MetaDataset(http).to_dict(),
        "named": data.meta_dataset.MetaDataset(http, name="reviews").to_dict(),
    }
    return described


if __name__ == "__main__":
    import mlflow.data

    text = json.dumps(describe_all(mlflow.data), indent=1, ensure_ascii=False, sort_keys=True)
    GOLDEN.write_text(text + "\n", encoding="utf-8")
