"""Data sets of Hugging Face: described as MLflow describes them, and loaded again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import headrace.data
from headrace.data.code_dataset_source import CodeDatasetSource
from headrace.data.huggingface_dataset_source import HuggingFaceDatasetSource
from headrace.errors import InvalidParameterValue
from headrace.optional import MissingLibrary
from tests.unit.huggingface_samples import ARGUMENTS, GOLDEN, HUGGINGFACE, datasets, describe_all


@pytest.fixture(scope="module")
def described() -> dict[str, dict[str, Any]]:
    return describe_all(headrace.data)


@pytest.mark.parametrize("name", [*HUGGINGFACE, *ARGUMENTS])
def test_a_data_set_is_described_as_mlflow_does(described: dict[str, Any], name: str) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert described[name] == golden[name]


def small() -> datasets.Dataset:
    return datasets.Dataset.from_dict({"a": [1, 2], "b": ["x", "y"]})


def test_a_data_set_keeps_what_it_is_made_of() -> None:
    split = small()
    data = headrace.data.from_huggingface(split, targets="a")
    assert data.ds is split
    assert (data.targets, data.predictions) == ("a", None)
    assert isinstance(data.source, CodeDatasetSource)


def test_a_data_set_without_rows_is_one() -> None:
    kinds = datasets.Features({"a": datasets.Value("int64"), "b": datasets.Value("string")})
    data = headrace.data.from_huggingface(
        datasets.Dataset.from_dict({"a": [], "b": []}, features=kinds), path="user/name"
    )
    assert data.profile["num_rows"] == 0
    assert len(data.digest) == 8
    assert data.schema is not None
    assert data.schema.input_names() == ["a", "b"]


def test_only_the_first_rows_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    class Watched(datasets.Dataset):
        def to_pandas(self, **named: Any) -> Any:
            for batch in super().to_pandas(**named):
                read.append(len(batch))
                yield batch

    split = Watched.from_dict({"a": list(range(25_000))})
    headrace.data.from_huggingface(split, path="user/name").to_dict()
    assert set(read) == {10_000}


def test_a_recorded_source_leads_back_to_the_data(tmp_path: Path) -> None:
    file, cache = str(tmp_path / "x.csv"), str(tmp_path / "cache")
    pd.DataFrame({"a": [1, 2, 3]}).to_csv(file, index=False)
    split = datasets.load_dataset("csv", data_files=file, split="train[:2]", cache_dir=cache)
    recorded = headrace.data.from_huggingface(
        split, path="csv", data_files=file
    )._to_mlflow_entity()
    source = headrace.data.get_source(recorded)
    assert isinstance(source, HuggingFaceDatasetSource)
    assert source.load(cache_dir=cache)["a"][:] == [1, 2]
    with pytest.raises(InvalidParameterValue, match="gives path, split already"):
        source.load(split="test", path="x")


def test_a_source_without_a_split_leads_to_all_of_them(tmp_path: Path) -> None:
    file = str(tmp_path / "x.csv")
    pd.DataFrame({"a": [1]}).to_csv(file, index=False)
    written = HuggingFaceDatasetSource("csv", data_files=file).to_json()
    assert '"split": "None"' in written  # as MLflow writes it
    source = headrace.data.get_dataset_source_from_json(written, "hugging_face")
    assert list(source.load(cache_dir=str(tmp_path / "cache"))) == ["train"]


@pytest.mark.parametrize("path", ["", None, 5])
def test_a_source_has_a_path(path: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="must be a text such as 'user/name'"):
        HuggingFaceDatasetSource(path)
    with pytest.raises(InvalidParameterValue, match="must be a text"):
        headrace.data.get_dataset_source_from_json(json.dumps({"path": path}), "hugging_face")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (datasets.DatasetDict({"test": small()}), r"not DatasetDict\..*ds\['test'\]"),
        (small().to_iterable_dataset(), r"not IterableDataset\..*ds\.take"),
        (pd.DataFrame({"a": [1]}), "not DataFrame"),
        (None, "not NoneType"),
    ],
)
def test_only_a_split_is_a_data_set(given: Any, words: str) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        headrace.data.from_huggingface(given)


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidParameterValue, match=r"targets column 'z'.*\['a', 'b'\]"):
        headrace.data.from_huggingface(small(), targets="z")


def test_loading_needs_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingLibrary, match=r"headrace\[huggingface\]"):
        HuggingFaceDatasetSource("user/name").load()
