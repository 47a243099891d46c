"""Artifacts by the fluent functions and by `MlflowClient`: they reach the right run and place."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import headrace
from headrace.errors import HeadraceError, ResourceDoesNotExist
from headrace.file_uri import path_of

pytestmark = pytest.mark.usefixtures("store_folder")


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A folder with a file, and one in a folder below."""
    folder = tmp_path / "results"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.txt").write_text("bb")
    return folder


def stored(run_id: str, path: str | None = None) -> list[str]:
    """Paths of all files of a run."""
    found: list[str] = []
    for info in headrace.MlflowClient().list_artifacts(run_id, path):
        found += stored(run_id, info.path) if info.is_dir else [info.path]
    return sorted(found)


FLUENT: dict[str, tuple[Callable[[Path, dict[str, Any]], object], list[str]]] = {
    "log_artifact": (
        lambda at, to: headrace.log_artifact(str(at / "a.txt"), "in", **to),
        ["in/a.txt"],
    ),
    "log_artifact of a folder": (
        lambda at, to: headrace.log_artifact(str(at), **to),
        ["results/a.txt", "results/deep/b.txt"],
    ),
    "log_artifacts": (
        lambda at, to: headrace.log_artifacts(str(at), "in", **to),
        ["in/a.txt", "in/deep/b.txt"],
    ),
    "log_text": (lambda at, to: headrace.log_text("ü", "t/x.txt", **to), ["t/x.txt"]),
    "log_dict": (lambda at, to: headrace.log_dict({"a": 1}, "d.json", **to), ["d.json"]),
    "log_stream": (
        lambda at, to: headrace.log_stream(io.BytesIO(b"123"), "s.bin", **to),
        ["s.bin"],
    ),
    "log_table": (lambda at, to: headrace.log_table({"a": [1]}, "t.json", **to), ["t.json"]),
}


@pytest.mark.parametrize("name", FLUENT)
def test_into_the_active_run(name: str, local: Path) -> None:
    log, expected = FLUENT[name]
    with headrace.start_run() as run:
        log(local, {})

    assert stored(run.info.run_id) == expected


@pytest.mark.parametrize("name", FLUENT)
def test_into_a_run_by_id(name: str, local: Path) -> None:
    log, expected = FLUENT[name]
    other = headrace.MlflowClient().create_run("0").info.run_id
    with headrace.start_run() as run:
        log(local, {"run_id": other})
        log(local, {"run_id": run.info.run_id})

    assert stored(other) == stored(run.info.run_id) == expected


def test_figures_and_images() -> None:
    figure = Figure()
    figure.add_subplot().plot([1, 2])
    pixels = np.zeros((4, 4, 3), dtype=np.uint8)
    with headrace.start_run() as run:
        headrace.log_figure(figure, "f.png", save_kwargs={"dpi": 30})
        headrace.log_image(pixels, "i.png")
        headrace.log_image(pixels, key="seen", step=3, timestamp=5)

    files = stored(run.info.run_id)
    assert {"f.png", "i.png"} <= set(files)
    assert sum(path.startswith("images/seen") for path in files) == 2


def test_tables_of_the_active_experiment() -> None:
    headrace.set_experiment("tables")
    for number in range(2):
        with headrace.start_run() as run:
            headrace.log_table({"n": [number]}, "t.json")

    frame = headrace.load_table("t.json", extra_columns=["run_id"])
    assert sorted(frame["n"]) == [0, 1]
    only = headrace.load_table("t.json", run_ids=[run.info.run_id])
    pd.testing.assert_frame_equal(only, pd.DataFrame({"n": [1]}))


class TestUri:
    def test_of_the_active_run(self) -> None:
        run = headrace.start_run()

        assert headrace.get_artifact_uri() == run.info.artifact_uri
        assert headrace.get_artifact_uri("a/b c.txt") == f"{run.info.artifact_uri}/a/b c.txt"

    def test_names_the_file(self) -> None:
        headrace.start_run()
        headrace.log_text("hello", "a.txt")

        assert path_of(headrace.get_artifact_uri("a.txt")).read_text() == "hello"

    def test_a_query_stays_behind_the_path(self) -> None:
        experiment_id = headrace.create_experiment("far", artifact_location="s3://b/p?region=x")
        headrace.start_run(experiment_id=experiment_id)

        assert headrace.get_artifact_uri("a.txt").startswith("s3://b/p/")
        assert headrace.get_artifact_uri("a.txt").endswith("/artifacts/a.txt?region=x")

    def test_a_run_is_started_with_a_warning(self, caplog: pytest.LogCaptureFixture) -> None:
        headrace.get_artifact_uri()

        assert headrace.active_run() is not None
        assert "No run is active" in caplog.text


class TestClient:
    def test_download(self, tmp_path: Path) -> None:
        client = headrace.MlflowClient()
        run_id = client.create_run("0").info.run_id
        client.log_text(run_id, "hello", "in/a.txt")

        copy = client.download_artifacts(run_id, "in/a.txt", str(tmp_path / "copy"))
        assert Path(copy).read_text() == "hello"
        assert Path(copy).is_relative_to(tmp_path / "copy")

    def test_models(self, local: Path) -> None:
        client = headrace.MlflowClient()
        model_id = client.create_logged_model("0").model_id
        client.log_model_artifacts(model_id, str(local))
        client.log_model_artifact(model_id, str(local / "a.txt"))

        paths = [info.path for info in client.list_logged_model_artifacts(model_id)]
        assert paths == ["a.txt", "deep"]

    @pytest.mark.parametrize("path", ["../a.txt", "/etc/passwd", "a\x00b"])
    def test_a_path_outside_is_refused(self, path: str) -> None:
        client = headrace.MlflowClient()
        run_id = client.create_run("0").info.run_id

        with pytest.raises(HeadraceError) as caught:
            client.log_text(run_id, "x", path)
        assert caught.value.error_code == "INVALID_PARAMETER_VALUE"

    def test_an_unknown_run(self) -> None:
        with pytest.raises(ResourceDoesNotExist, match="0000"):
            headrace.log_text("x", "a.txt", run_id="0" * 32)
