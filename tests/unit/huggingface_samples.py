"""Data sets of Hugging Face that MLflow and Headrace must describe alike.

Run as a program in an environment that has MLflow and ``datasets``, it writes the file
``data/huggingface_golden.json``: ``python -m tests.unit.huggingface_samples``.
"""

from __future__ import annotations

import atexit
import datetime
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Nothing is fetched, and what is read is kept nowhere.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="headrace-hf-")
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

import datasets

atexit.register(shutil.rmtree, os.environ["HF_HOME"], ignore_errors=True)

GOLDEN = Path(__file__).parent / "data" / "huggingface_golden.json"


def _labels() -> datasets.Dataset:
    kinds = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])}
    )
    return datasets.Dataset.from_dict({"text": ["a", "b"], "label": [0, 1]}, features=kinds)


def _many() -> datasets.Dataset:
    rows = 10_050  # more than the digest looks at
    return datasets.Dataset.from_dict({"n": range(rows), "t": [f"row {n}" for n in range(rows)]})


def _plain() -> datasets.Dataset:
    return datasets.Dataset.from_dict({"a": [1, 2, 3], "b": [1.5, None, 2.5], "c": list("xyz")})


HUGGINGFACE: dict[str, Callable[[], datasets.Dataset]] = {
    "plain": _plain,
    "labels": _labels,
    "many": _many,
    "selected": lambda: _plain().select([2, 0]),
    "formatted": lambda: _plain().with_format("numpy", columns=["a"]),
    "small types": lambda: datasets.Dataset.from_dict({"i": [1], "f": [1.5], "b": [True]}).cast(
        datasets.Features(
            {
                "i": datasets.Value("int8"),
                "f": datasets.Value("float32"),
                "b": datasets.Value("bool"),
            }
        )
    ),
    "times": lambda: datasets.Dataset.from_dict({"t": [datetime.datetime(2024, 1, 1), None]}),
    "nested": lambda: datasets.Dataset.from_dict(
        {"l": [[1, 2], [3]], "s": [{"x": 1, "y": "a"}, {"x": 2, "y": None}]}
    ),
    "bytes": lambda: datasets.Dataset.from_dict({"b": [b"ab", b"c"]}),
    "contradicting": lambda: datasets.Dataset.from_dict({"d": [datetime.timedelta(1)]}),
}

# Further arguments, of which the source is made.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "path": {"path": "user/name"},
    "all": {
        "path": "csv",
        "data_dir": "in",
        "data_files": {"train": ["a.csv", "b.csv"]},
        "revision": "main",
        "targets": "a",
        "name": "mine",
    },
    "source": {"source": "s3://bucket/x", "path": "user/name", "digest": "given"},
}


def describe_all(data: Any) -> dict[str, dict[str, Any]]:
    """Return what a module with MLflow's constructors of data sets says of every sample.

    Args:
        data: `mlflow.data` or `headrace.data`.

    """
    described = {
        name: data.from_huggingface(make(), path="user/name").to_dict()
        for name, make in HUGGINGFACE.items()
    }
    for name, arguments in ARGUMENTS.items():
        described[name] = data.from_huggingface(_plain(), **arguments).to_dict()
    return described


if __name__ == "__main__":
    import mlflow.data

    text = json.dumps(describe_all(mlflow.data), indent=1, ensure_ascii=False, sort_keys=True)
    GOLDEN.write_text(text + "\n", encoding="utf-8")
