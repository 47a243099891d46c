"""Kinds of sources and of data sets that other packages add, by MLflow's entry points."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import headrace.data
from headrace.data import dataset_registry
from headrace.data.dataset_registry import get_registered_constructors, register_constructor
from headrace.errors import InvalidParameterValue

MODULE = """
import headrace.data
from headrace.data import DatasetSource

class Warehouse(DatasetSource):
    def __init__(self, table): self.table = table
    @staticmethod
    def _get_source_type(): return "warehouse"
    def load(self): return self.table
    @staticmethod
    def _can_resolve(raw_source): return str(raw_source).startswith("warehouse:")
    @classmethod
    def _resolve(cls, raw_source): return cls(raw_source.partition(":")[2])
    def to_dict(self): return {"table": self.table}
    @classmethod
    def from_dict(cls, source_dict): return cls(source_dict["table"])

def from_lines(lines, name=None, digest=None):
    import numpy
    array = numpy.array(lines)
    return headrace.data.from_numpy(array, "warehouse:lines", None, name, digest or "d")

def nonsense(x): return x
"""
ENTRY_POINTS = """
[mlflow.dataset_source]
warehouse = warehouse:Warehouse
broken = warehouse:Missing
absent = no_such_package:Source

[mlflow.dataset_constructor]
from_lines = warehouse:from_lines
from_nonsense = warehouse:nonsense
"""
PROGRAM = """
import headrace.data
data = headrace.data.from_lines([1, 2], name="two")
assert data.to_dict()["source"] == '{"table": "lines"}', data.to_dict()
assert (data.name, data.digest) == ("two", "d")
assert headrace.data.get_source(data._to_mlflow_entity()).load() == "lines"
assert headrace.data.sources.Warehouse.__name__ == "Warehouse"
assert headrace.data.resolve_dataset_source("x.csv").load is not None
try:
    headrace.data.from_nonsense
except AttributeError:
    print("done")
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with an installed package, as pip leaves it."""
    (tmp_path / "warehouse.py").write_text(MODULE)
    info = tmp_path / "warehouse-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: warehouse\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return tmp_path


def test_an_installed_package_adds_sources_and_constructors(package: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(package)},
        cwd=package,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    for warned in ("'broken' of 'mlflow.dataset_source'", "'absent'", "'from_nonsense'"):
        assert warned in done.stderr


def from_anything(given: Any, *, name: str | None = None, digest: str | None = None) -> Any:
    return given


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_registry, "_registered", {})


def test_a_program_adds_a_constructor() -> None:
    assert register_constructor(from_anything) == "from_anything"
    assert headrace.data.register_constructor(from_anything, "load_all") == "load_all"
    assert headrace.data.from_anything(5) == headrace.data.load_all(5) == 5
    assert get_registered_constructors()["load_all"] is from_anything


@pytest.mark.parametrize(
    ("function", "name", "words"),
    [
        (from_anything, "make_it", "must start with 'load_' or 'from_'"),
        (lambda name, digest: 0, None, "must start with"),
        (lambda x: x, "from_x", "parameter named 'name'"),
        (lambda x, name=None: x, "from_x", "parameter named 'digest'"),
        (lambda **named: named, "from_x", "parameter named 'name'"),
    ],
)
def test_a_constructor_that_is_none(
    function: Callable[..., Any], name: str | None, words: str
) -> None:
    with pytest.raises(InvalidParameterValue, match=words):
        register_constructor(function, name)
    assert get_registered_constructors() == {}
