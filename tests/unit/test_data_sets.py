"""Data sets: described as MLflow describes them, with sources that lead back to the data."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import headrace.data
from headrace import entities
from headrace.data import Dataset, DatasetSource
from headrace.data.artifact_dataset_sources import LocalArtifactDatasetSource
from headrace.data.code_dataset_source import CodeDatasetSource
from headrace.data.http_dataset_source import HTTPDatasetSource
from headrace.data.schema import TensorDatasetSchema
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)
from headrace.optional import MissingLibrary
from headrace.types import Schema
from tests.unit.dataset_samples import GOLDEN, NUMPY, PANDAS, POLARS, describe_all

# MLflow writes the text "null" for a polars frame whose schema it cannot tell, and nothing for a
# pandas frame; we write nothing for both.
DIFFERENCES = {("polars", "unknown"): {"schema": None}}


@pytest.fixture(scope="module")
def described() -> dict[str, dict[str, Any]]:
    return describe_all(headrace.data)


@pytest.fixture(scope="module")
def golden() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *[("pandas", name) for name in PANDAS],
        *[("numpy", name) for name in NUMPY],
        *[("polars", name) for name in POLARS],
        ("meta", "plain"),
        ("meta", "named"),
    ],
)
def test_a_data_set_is_described_as_mlflow_does(
    described: dict[str, Any], golden: dict[str, Any], kind: str, name: str
) -> None:
    expected = {**golden[kind][name], **DIFFERENCES.get((kind, name), {})}
    assert described[kind][name] == expected


ONLY_BY_PANDAS = ("texts", "objects", "complex", "single complex")


@pytest.mark.parametrize("name", [name for name in NUMPY if name not in ONLY_BY_PANDAS])
def test_numbers_have_the_same_digest_without_pandas(
    golden: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headrace.data import digests

    monkeypatch.setattr(digests, "find_spec", lambda module: None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    features, targets = NUMPY[name]()
    data = headrace.data.from_numpy(features, source="x", targets=targets)
    assert data.digest == golden["numpy"][name]["digest"]


def test_texts_need_pandas_for_their_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingLibrary, match="pandas"):
        headrace.data.from_numpy(np.array(["a"]), source="x")


def test_elements_that_cannot_be_hashed_count_by_their_number() -> None:
    wide = np.array([1.5, 2.5], dtype=np.longdouble)
    one, other, longer = (
        headrace.data.from_numpy(array, source="x").digest
        for array in (wide, wide * 2, np.append(wide, wide))
    )
    assert one == other
    assert one != longer


def test_frames_without_rows_have_digests() -> None:
    # MLflow fails on them if a column is of texts.
    one, other, two = (
        headrace.data.from_pandas(pd.DataFrame(columns=names, dtype="str"), source="x").digest
        for names in (["a"], ["b"], ["a", "b"])
    )
    assert len({one, other, two}) == 3


def test_the_digest_tells_data_apart() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    variants = [
        frame,
        frame.assign(a=[1.0, 2.5]),
        frame.assign(b=["x", "z"]),
        frame.rename(columns={"a": "c"}),
        frame.iloc[::-1],
        frame.head(1),
    ]
    digests = {headrace.data.from_pandas(one, source="x").digest for one in variants}
    assert len(digests) == len(variants)
    assert headrace.data.from_pandas(frame.copy(), source="y").digest in digests


# --- what a run records --------------------------------------------------------------------------


def test_a_data_set_becomes_what_a_run_records() -> None:
    frame = pd.DataFrame({"x": [1, 2], "y": [0, 1], "p": [0, 0]})
    data = headrace.data.from_pandas(
        frame, source=Path("/data/x.csv"), targets="y", name="train", predictions="p"
    )
    recorded = data._to_mlflow_entity()
    assert isinstance(recorded, entities.Dataset)
    assert (recorded.name, recorded.digest) == ("train", data.digest)
    assert (recorded.source_type, recorded.source) == ("local", '{"uri": "/data/x.csv"}')
    assert recorded.profile == '{"num_rows": 2, "num_elements": 6}'
    assert (data.targets, data.predictions) == ("y", "p")
    assert data.df is frame
    assert json.loads(data.to_json())["name"] == "train"


def test_arrays_and_polars_frames_keep_what_they_are_made_of() -> None:
    features, targets = np.zeros((2, 2)), np.ones(2)
    arrays = headrace.data.from_numpy(features, source="x", targets=targets, digest="given")
    assert arrays.features is features
    assert arrays.targets is targets
    assert arrays.digest == "given"
    frame = pl.DataFrame({"y": [1]})
    assert headrace.data.from_polars(frame, source="x", targets="y").targets == "y"


@pytest.mark.parametrize("role", ["targets", "predictions"])
@pytest.mark.parametrize(
    ("make", "frame"),
    [
        (headrace.data.from_pandas, pd.DataFrame({"a": [1]})),
        (headrace.data.from_polars, pl.DataFrame({"a": [1]})),
    ],
)
def test_a_column_that_is_not_there_is_refused(make: Any, frame: Any, role: str) -> None:
    with pytest.raises(InvalidParameterValue, match=rf"{role} column 'b'.*\['a'\]"):
        make(frame, source="x", **{role: "b"})


@pytest.mark.parametrize(
    ("make", "frame", "words"),
    [
        (headrace.data.from_pandas, pl.DataFrame(), r"pandas\.DataFrame, not a polars\.DataFrame"),
        (headrace.data.from_polars, pd.DataFrame(), r"polars\.DataFrame, not a pandas\.DataFrame"),
        (headrace.data.from_pandas, {"a": [1]}, r"pandas\.DataFrame, not a dict\."),
        (headrace.data.from_polars, pl.LazyFrame(), r"not a polars\.LazyFrame"),
        (headrace.data.from_pandas, None, "not a NoneType"),
    ],
)
def test_only_frames_are_frames(make: Any, frame: Any, words: str) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        make(frame, source="x")


@pytest.mark.parametrize(
    ("constructor", "module", "install"),
    [
        ("from_pandas", "pandas", r"headrace\[pandas\]"),
        ("from_polars", "polars", r"headrace\[polars\]"),
        ("from_spark", "pyspark", r"headrace\[spark\]"),
        ("from_huggingface", "datasets", r"headrace\[huggingface\]"),
        ("from_tensorflow", "tensorflow", r"headrace\[tensorflow\]"),
    ],
)
def test_a_missing_library_is_named(
    constructor: str, module: str, install: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingLibrary, match=install):
        getattr(headrace.data, constructor)(object())


@pytest.mark.parametrize("features", [[1, 2], "text", None, {}, {"a": [1]}, 5])
def test_only_arrays_are_arrays(features: Any) -> None:
    with pytest.raises(InvalidParameterValue, match=r"features must be a numpy\.ndarray"):
        headrace.data.from_numpy(features, source="x")
    with pytest.raises(InvalidParameterValue, match=r"targets must be a numpy\.ndarray"):
        headrace.data.from_numpy(np.zeros(1), source="x", targets=features or "")


def test_a_kind_of_data_set_of_ones_own() -> None:
    class Lines(Dataset):
        def __init__(self, lines: list[str]) -> None:
            self._lines = lines
            super().__init__(source=HTTPDatasetSource("http://example.org/x"), name="lines")

        def _compute_digest(self) -> str:
            return str(len(self._lines))

        @property
        def profile(self) -> dict[str, int]:
            return {"lines": len(self._lines)}

        @property
        def schema(self) -> None:
            return None

    recorded = Lines(["a", "b"])._to_mlflow_entity()
    assert (recorded.name, recorded.digest, recorded.source_type) == ("lines", "2", "http")


# --- schemas -------------------------------------------------------------------------------------


def test_schemas_come_back_from_their_json(golden: dict[str, Any]) -> None:
    read = 0
    for kind in ("pandas", "polars"):
        for facts in golden[kind].values():
            text = json.loads(facts["schema"] or "null")
            if text:
                columns = text["mlflow_colspec"]
                assert Schema.from_json(json.dumps(columns)).to_dict() == columns
                read += 1
    for facts in golden["numpy"].values():
        if facts["schema"]:
            schema = json.loads(facts["schema"])
            assert TensorDatasetSchema.from_dict(schema).to_dict() == schema
            read += 1
    assert read > 30


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[1]", '[{"name": "a"}]', '[{"type": "nonsense"}]', '[{"type": "array"}]'],
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterValue):
        Schema.from_json(text)


@pytest.mark.parametrize("given", [{}, {"mlflow_tensorspec": 5}, {"mlflow_tensorspec": {}}])
def test_what_is_no_schema_of_tensors_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue, match="mlflow_tensorspec"):
        TensorDatasetSchema.from_dict(given)


# --- sources -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "kind", "json_text"),
    [
        ("data/x.csv", "local", '{"uri": "data/x.csv"}'),
        (Path("data/x.csv"), "local", '{"uri": "data/x.csv"}'),
        ("file:///x", "local", '{"uri": "file:///x"}'),
        ("s3://bucket/x", "s3", '{"uri": "s3://bucket/x"}'),
        ("gs://bucket/x", "gs", '{"uri": "gs://bucket/x"}'),
        ("wasbs://c@a.blob.core.windows.net/x", "wasbs", None),
        ("abfss://c@a.dfs.core.windows.net/x", "abfss", None),
        ("hdfs://n/x", "hdfs", None),
        ("viewfs://n/x", "viewfs", None),
        ("ftp://h/x", "ftp", None),
        ("sftp://h/x", "sftp", None),
        ("r2://b/x", "r2", None),
        ("b2://b/x", "b2", None),
        ("dbfs:/x", "dbfs", None),
        ("runs:/0123/x.csv", "runs", '{"uri": "runs:/0123/x.csv"}'),
        ("mlflow-artifacts:/x", "mlflow-artifacts", None),
        ("https://example.org/x.csv", "http", '{"url": "https://example.org/x.csv"}'),
        ("HTTP://example.org", "http", '{"url": "HTTP://example.org"}'),
    ],
)
def test_a_source_is_told_by_its_form(raw: Any, kind: str, json_text: str | None) -> None:
    source = headrace.data.resolve_dataset_source(raw)
    assert source._get_source_type() == kind
    assert json_text in (None, source.to_json())
    same = headrace.data.get_dataset_source_from_json(source.to_json(), kind)
    assert (type(same), same.to_dict()) == (type(source), source.to_dict())


@pytest.mark.parametrize("raw", [5, object(), "nonsense://x", ["a"]])
def test_a_source_that_nobody_knows_is_refused(raw: Any) -> None:
    with pytest.raises(ResourceDoesNotExist, match="Could not find a source information resolver"):
        headrace.data.from_pandas(pd.DataFrame({"a": [1]}), source=raw)


def test_the_source_of_data_without_one_is_the_program() -> None:
    source = headrace.data.from_pandas(pd.DataFrame({"a": [1]})).source
    assert isinstance(source, CodeDatasetSource)
    assert source._get_source_type() == "code"
    assert source.tags["mlflow.source.type"] == "LOCAL"
    assert "mlflow.user" in source.to_dict()["tags"]
    with pytest.raises(NotSupported, match="run it"):
        source.load()


@pytest.mark.usefixtures("fresh_client")
def test_a_recorded_source_leads_back_to_the_data(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    recorded = headrace.data.from_pandas(frame, source=tmp_path / "x.csv")._to_mlflow_entity()
    for given in (recorded, entities.DatasetInput(dataset=recorded)):
        source = headrace.data.get_source(given)
        assert isinstance(source, LocalArtifactDatasetSource)
        assert source.load() == str(tmp_path / "x.csv")
        assert pd.read_csv(source.load(tmp_path / "copy")).equals(frame)


@pytest.mark.parametrize(
    ("text", "kind", "error"),
    [
        ("{}", "local", InvalidParameterValue),
        ("{}", "http", InvalidParameterValue),
        ('{"uri": "x"}', "nonsense", ResourceDoesNotExist),
    ],
)
def test_a_recorded_source_that_is_none(text: str, kind: str, error: type[HeadraceError]) -> None:
    with pytest.raises(error):
        headrace.data.get_dataset_source_from_json(text, kind)


@pytest.mark.parametrize(
    ("uri", "recorded"),
    [
        ("ftp://me:secret@h/x.csv", '{"uri": "ftp://me:***@h/x.csv"}'),
        ("https://me:secret@h/x.csv", '{"url": "https://me:***@h/x.csv"}'),
    ],
)
def test_a_password_in_a_source_is_not_recorded(uri: str, recorded: str) -> None:
    data = headrace.data.from_pandas(pd.DataFrame({"a": [1]}), source=uri)
    assert data.source.to_json() == recorded
    assert "secret" not in data.to_json()
    assert "secret" in str(vars(data.source))  # so that it can be loaded by who gave it


@pytest.mark.parametrize("path", ["/Volumes/c/s/v/x.csv", "/Volumes/c/s/v/"])
def test_a_volume_of_databricks_is_a_source(path: str) -> None:
    source = headrace.data.uc_volume_dataset_source.UCVolumeDatasetSource(path)
    assert source.to_json() == json.dumps({"path": path})
    again = headrace.data.get_dataset_source_from_json(source.to_json(), "uc_volume")
    with pytest.raises(ResourceDoesNotExist, match="not on this machine"):
        again.load()


@pytest.mark.parametrize("path", ["", "/Volumes/c", "/tmp/x", "/Volumes/c/s/../../etc", 5, None])
def test_what_is_no_volume(path: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="no path of a volume"):
        headrace.data.uc_volume_dataset_source.UCVolumeDatasetSource(path)


@pytest.mark.usefixtures("fresh_client")
def test_a_source_whose_file_is_gone(tmp_path: Path) -> None:
    data = headrace.data.from_pandas(pd.DataFrame({"a": [1]}), source=tmp_path / "gone.csv")
    with pytest.raises(ResourceDoesNotExist, match=r"gone\.csv"):
        data.source.load()


def test_an_artifact_of_a_run_is_a_source(fresh_client: Path) -> None:
    headrace.set_tracking_uri(f"sqlite:///{fresh_client}/store.db")
    with headrace.start_run() as run:
        headrace.log_text("a\n1\n", "in/x.csv")
    source = f"runs:/{run.info.run_id}/in/x.csv"
    with headrace.start_run() as run:
        headrace.log_input(headrace.data.from_pandas(pd.DataFrame({"a": [1]}), source=source))
    (used,) = headrace.get_run(run.info.run_id).inputs.dataset_inputs
    assert pd.read_csv(headrace.data.get_source(used).load()).to_dict("list") == {"a": [1]}


def test_only_data_sets_have_sources() -> None:
    with pytest.raises(InvalidParameterValue, match="Unrecognized dataset type"):
        headrace.data.get_source("x")  # type: ignore[arg-type]


def test_a_source_of_ones_own_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from headrace.data import dataset_source_registry

    class Warehouse(DatasetSource):
        def __init__(self, table: str) -> None:
            self.table = table

        @staticmethod
        def _get_source_type() -> str:  # type: ignore[override]
            return "warehouse"

        def load(self) -> str:
            return self.table

        @staticmethod
        def _can_resolve(raw_source: Any) -> bool:
            return str(raw_source).startswith("table ")

        @classmethod
        def _resolve(cls, raw_source: Any) -> Warehouse:
            return cls(raw_source.removeprefix("table "))

        def to_dict(self) -> dict[str, Any]:
            return {"table": self.table}

        @classmethod
        def from_dict(cls, source_dict: dict[str, Any]) -> Warehouse:
            return cls(source_dict["table"])

    monkeypatch.setattr(dataset_source_registry, "_registered", [])
    headrace.data.register_dataset_source(Warehouse)
    data = headrace.data.from_pandas(pd.DataFrame({"a": [1]}), source="table sales")
    assert headrace.data.get_source(data._to_mlflow_entity()).load() == "sales"


class Web(BaseHTTPRequestHandler):
    """A server whose paths say what it does."""

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        name = self.path.partition("?name=")[2]
        if name:
            self.send_header("Content-Disposition", f"attachment; filename={name}")
        self.send_header("Content-Length", "100" if self.path == "/short" else "4")
        self.end_headers()
        self.wfile.write(b"data")


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/folder/a%20b.csv", "a b.csv"),
        ("/", "dataset_source"),
        ('/x?name="named.csv"', "named.csv"),
    ],
)
def test_a_file_on_the_web_is_loaded(web: str, tmp_path: Path, path: str, name: str) -> None:
    loaded = Path(HTTPDatasetSource(web + path).load(tmp_path / "new"))
    assert loaded == tmp_path / "new" / name
    assert loaded.read_bytes() == b"data"
    assert Path(HTTPDatasetSource(web + path).load()).name == name


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", '"..%2fx"', "a/b", "..", "C:x"])
def test_a_server_does_not_choose_the_folder(web: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidParameterValue):
        HTTPDatasetSource(f"{web}/x?name={name}").load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_address_cannot_choose_the_folder_either(web: str, tmp_path: Path) -> None:
    for path in ("/%2e%2e", "/..%2f..", "/."):
        with pytest.raises(InvalidParameterValue):
            HTTPDatasetSource(web + path).load(tmp_path / "in")
    assert list(tmp_path.rglob("*")) == []


def test_a_file_on_the_web_that_is_not_to_be_had(web: str, tmp_path: Path) -> None:
    with pytest.raises(HeadraceError, match="404"):
        HTTPDatasetSource(f"{web}/missing").load(tmp_path)
    with pytest.raises(TemporarilyUnavailable, match="after 4 of 100 bytes"):
        HTTPDatasetSource(f"{web}/short").load(tmp_path)
    with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
        HTTPDatasetSource("http://127.0.0.1:1/x").load(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "x.csv", ""])
def test_an_address_is_http(url: str) -> None:
    with pytest.raises(InvalidParameterValue, match="no http"):
        HTTPDatasetSource(url)


# --- the module ----------------------------------------------------------------------------------


def test_the_public_names_are_there_and_sorted() -> None:
    assert headrace.data.__all__ == sorted(headrace.data.__all__)
    for name in headrace.data.__all__:
        assert getattr(headrace.data, name)
        assert name in dir(headrace.data)
    assert headrace.data.meta_dataset.MetaDataset is headrace.data.MetaDataset
    assert headrace.data.sources.HTTPDatasetSource is HTTPDatasetSource
    assert "S3ArtifactDatasetSource" in dir(headrace.data.sources)
    with pytest.raises(AttributeError, match="NoSource"):
        headrace.data.sources.NoSource  # noqa: B018
    with pytest.raises(AttributeError, match="nonsense"):
        headrace.data.nonsense  # noqa: B018
