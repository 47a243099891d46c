"""Data sets of Spark and TensorFlow: MLflow and Headrace say the same of the same data.

Both libraries are large, so each has an environment of its own, with MLflow: ``make
.envs/spark/ready .envs/tensorflow/ready``. Spark needs Java 17 on top. The scripts in
``data_libraries`` run there, and this looks at what they print.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.servers import REPOSITORY, clean_environment

SCRIPTS = Path(__file__).parent / "data_libraries"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("data_libraries")]

# MLflow learns the version of a Delta table only if Spark has Delta Lake, does not find the keys of
# maps in a column with a dot, and gives a single number the schema of a column, not of a tensor.
DIFFERENCES = {
    ("spark", "by Delta path"): "source",
    ("spark", "column with a dot"): "schema",
    ("tensorflow", "scalar"): "schema",
}


def run_script(name: str, folder: Path) -> dict[str, Any]:
    """Return what a library's script prints in its environment; skip where there is none.

    It runs in an empty folder. Where HEADRACE_REQUIRE names the library, a skip is a failure.
    """
    home = Path(os.environ.get("HEADRACE_TEST_ENV_DIR") or REPOSITORY / ".envs")
    missing = "" if (home / name / "ready").exists() else f"no environment at {home / name}"
    if name == "spark" and shutil.which("java") is None:
        missing = "no Java"
    if missing:
        if name in os.environ.get("HEADRACE_REQUIRE", "").replace(",", " ").split():
            pytest.fail(f"{missing}; HEADRACE_REQUIRE asks for it")
        pytest.skip(missing)
    done = subprocess.run(
        [str(home / name / "bin" / "python"), str(SCRIPTS / f"{name}_data.py")],
        env=clean_environment({"PYTHONPATH": str(REPOSITORY / "src")}),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def differing(library: str, described: dict[str, Any]) -> dict[str, Any]:
    """Return what the two libraries tell differently, without what is known to differ."""
    found = {}
    for sample, told in described.items():
        known = DIFFERENCES.get((library, sample))
        fields = {
            field: (told["mlflow"][field], told["headrace"][field])
            for field in told["mlflow"]
            if field != known and told["mlflow"][field] != told["headrace"][field]
        }
        assert told["mlflow"].keys() == told["headrace"].keys()
        # A busy machine may not count within MLflow's five seconds, which go by way of Python.
        counts = fields.get("profile", ("", ""))
        if "unknown" in counts[0] and "unknown" not in counts[1]:
            del fields["profile"]
        if fields:
            found[sample] = fields
    return found


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run_script("spark", tmp_path_factory.mktemp("spark"))


@pytest.fixture(scope="module")
def tensorflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run_script("tensorflow", tmp_path_factory.mktemp("tensorflow"))


def test_frames_of_spark_are_described_as_mlflow_does(spark: dict[str, Any]) -> None:
    assert differing("spark", spark["described"]) == {}
    assert len(spark["described"]) == 16


def test_the_version_of_a_delta_table_is_read_from_its_log(spark: dict[str, Any]) -> None:
    told = spark["described"]["by Delta path"]["headrace"]
    assert json.loads(told["source"])["delta_table_version"] == 1
    assert told["source_type"] == "delta_table"


def test_sources_of_spark_lead_back_to_the_data(spark: dict[str, Any]) -> None:
    assert spark["rows"] == {"path": 5, "table": 6, "query": 4}
    assert spark["names"] == {"t": "t", "s.t": "s.t", "c.s.t": "c.s.t"}


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        ("no frame", "InvalidParameterValue", r"not a pandas\.DataFrame"),
        ("no such column", "InvalidParameterValue", r"'b'.*\['id'\]"),
        ("two sources", "InvalidParameterValue", "at most one"),
        ("version of a query", "InvalidParameterValue", "`sql` is specified"),
        ("version of Parquet", "InvalidParameterValue", "is no Delta table"),
        ("version of a table", "InvalidParameterValue", "'numbers' is no Delta table"),
        ("missing path", "ResourceDoesNotExist", "missing' cannot be read.*PATH_NOT_FOUND"),
        ("missing table", "ResourceDoesNotExist", "TABLE_OR_VIEW_NOT_FOUND"),
        ("broken query", "ResourceDoesNotExist", "PARSE_SYNTAX_ERROR"),
        ("without Delta Lake", "ResourceDoesNotExist", "Delta Lake is needed.*data source: delta"),
        ("Delta by name", "ResourceDoesNotExist", "``; drop table numbers` cannot be found"),
        ("two Delta tables", "InvalidParameterValue", "exactly one"),
    ],
)
def test_what_spark_cannot_do_is_told(
    spark: dict[str, Any], attempt: str, error: str, words: str
) -> None:
    kind, message = spark["refused"][attempt]
    assert kind == error
    assert re.search(words, message), message


def test_a_name_is_no_way_to_run_a_command(spark: dict[str, Any]) -> None:
    assert spark["refused"]["still there"] == []


def test_data_of_tensorflow_are_described_as_mlflow_does(tensorflow: dict[str, Any]) -> None:
    assert differing("tensorflow", tensorflow["described"]) == {}
    assert len(tensorflow["described"]) == 13


def test_data_of_which_mlflow_fails_to_tell(tensorflow: dict[str, Any]) -> None:
    assert tensorflow["beyond"]["empty"]["profile"] == '{"features_cardinality": 0}'
    assert tensorflow["beyond"]["texts"]["digest"] != tensorflow["beyond"]["empty"]["digest"]


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        ("no tensor", "has values, not ndarray"),
        ("sparse", "has values, not SparseTensor"),
        ("mixed", "both be tensors or both"),
        ("no targets", "'targets' must be .* not list"),
        ("infinite", r"take\(1000\)"),
    ],
)
def test_what_is_no_data_of_tensorflow(
    tensorflow: dict[str, Any], attempt: str, words: str
) -> None:
    kind, message = tensorflow["refused"][attempt]
    assert kind == "InvalidParameterValue"
    assert re.search(words, message), message


def test_a_digest_of_ones_own_makes_infinite_data_a_data_set(tensorflow: dict[str, Any]) -> None:
    assert tensorflow["refused"]["infinite with a digest"] == []
