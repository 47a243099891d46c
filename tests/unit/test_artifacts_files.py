"""The artifact calls of a client, on a real embedded store: into a run, out of it, and by URI."""

from __future__ import annotations

import io
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.figure
import numpy as np
import pandas as pd
import PIL.Image
import pytest

import headrace.artifacts
from headrace.api import tracking as api
from headrace.client.artifact_files import ArtifactFiles
from headrace.client.images import Image
from headrace.client.session import Session
from headrace.client.uris import append_path, parse_run_uri, split_root
from headrace.entities import tag_names
from headrace.errors import (
    BadRequest,
    HeadraceError,
    InvalidParameterValue,
    NotSupported,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from headrace.optional import MissingLibrary
from headrace.stores.base import TrackingStore
from headrace.stores.model_uri import parse_model_uri


class World:
    """A store with one experiment, and what tests do to it."""

    def __init__(self, folder: Path) -> None:
        self.uri = str(folder)
        self.session = Session(self.uri)
        self.store: TrackingStore = self.session.store
        self.files: ArtifactFiles = self.session.files
        self.experiment = self.store.create_experiment(
            api.CreateExperiment(name=uuid.uuid4().hex)
        ).experiment_id

    def run(self) -> str:
        request = api.CreateRun(experiment_id=self.experiment)
        return self.store.create_run(request).run.info.run_id

    def model(self, run_id: str, name: str = "mod") -> str:
        request = api.CreateLoggedModel(
            experiment_id=self.experiment, name=name, source_run_id=run_id
        )
        return self.store.create_logged_model(request).model.model_id

    def tags(self, run_id: str) -> dict[str, str]:
        return self.session.store.get_run(api.GetRun(run_id=run_id)).run.data.tags

    def text(self, run_id: str, path: str) -> str:
        return Path(self.files.download_artifacts(run_id, path)).read_text(encoding="utf-8")

    def paths(self, run_id: str, path: str | None = None) -> list[str]:
        return [info.path for info in self.files.list_artifacts(run_id, path)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.session.close()


@pytest.fixture
def files(world: World) -> ArtifactFiles:
    return world.files


@pytest.fixture
def run(world: World) -> str:
    return world.run()


# --- into a run ----------------------------------------------------------------------------------


def test_a_file_keeps_its_name(world: World, run: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    world.files.log_artifact(run, str(tmp_path / "a.txt"))
    world.files.log_artifact(run, tmp_path / "a.txt", "folder/sub")
    world.files.log_artifact(run, tmp_path / "a.txt", "")
    assert world.paths(run) == ["a.txt", "folder"]
    assert world.text(run, "folder/sub/a.txt") == "a"


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_folder_keeps_its_name(world: World, run: str, tmp_path: Path, ending: str) -> None:
    (tmp_path / "source" / "empty").mkdir(parents=True)
    (tmp_path / "source" / "a.txt").write_text("a")
    world.files.log_artifact(run, f"{tmp_path}/source{ending}", "into")
    assert world.paths(run, "into") == ["into/source"]
    assert world.paths(run, "into/source") == ["into/source/a.txt", "into/source/empty"]


def test_the_content_of_a_folder_goes_into_a_folder(world: World, run: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("a")
    world.files.log_artifacts(run, str(tmp_path))
    world.files.log_artifacts(run, tmp_path, "states")
    assert world.paths(run) == ["states", "sub"]
    assert world.text(run, "states/sub/a.txt") == "a"


@pytest.mark.parametrize("text", ["", "<h1>ü 漢字 🌊</h1>\r\n", "a\nb"])
def test_text_comes_back_to_the_byte(world: World, run: str, text: str) -> None:
    world.files.log_text(run, text, "dir/index.html")
    assert Path(world.files.download_artifacts(run, "dir/index.html")).read_bytes() == text.encode()


def test_text_is_text(files: ArtifactFiles, run: str) -> None:
    with pytest.raises(TypeError, match="int"):
        files.log_text(run, 5, "a.txt")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["d.json", "d", "d.txt"])
def test_a_dictionary_is_json_whatever_is_in_it(world: World, run: str, name: str) -> None:
    world.files.log_dict(run, {"k": [1, None], "path": Path("/x"), "ü": float("nan")}, name)
    text = world.text(run, name)
    assert text.startswith('{\n  "k": [\n    1,')
    assert json.loads(text)["path"] == "/x"


@pytest.mark.parametrize("name", ["d.yml", "d.yaml"])
def test_a_dictionary_is_yaml_by_its_extension(world: World, run: str, name: str) -> None:
    pytest.importorskip("yaml")
    world.files.log_dict(run, {"b": [1, 2], "a": {"c": None}}, name)
    assert world.text(run, name) == "a:\n  c: null\nb:\n- 1\n- 2\n"


def test_yaml_without_its_library_names_what_to_install(
    world: World, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingLibrary, match=r"pip install 'headrace\[yaml\]'"):
        world.files.log_dict(run, {}, "d.yaml")
    with pytest.raises(ImportError):
        world.files.log_dict(run, {}, "d.yaml")
    assert world.paths(run) == []


def test_a_stream_is_stored_from_where_it_stands(world: World, run: str) -> None:
    stream = io.BytesIO(b"skipped content")
    stream.seek(8)
    world.files.log_stream(run, stream, "dir/file.bin")
    assert world.text(run, "dir/file.bin") == "content"


@pytest.mark.parametrize("stream", [io.StringIO("text"), "text", 5])
def test_a_stream_is_binary(world: World, run: str, stream: Any) -> None:
    with pytest.raises(TypeError, match="binary stream"):
        world.files.log_stream(run, stream, "a")
    assert world.paths(run) == []


def test_a_figure_is_stored_as_its_extension_says(world: World, run: str) -> None:
    figure = matplotlib.figure.Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1], [2, 3])
    world.files.log_figure(run, figure, "plots/a.png", save_kwargs={"dpi": 50})
    world.files.log_figure(run, figure, "plots/a.svg")
    with PIL.Image.open(world.files.download_artifacts(run, "plots/a.png")) as image:
        assert image.size == (50, 50)
    assert "<svg" in world.text(run, "plots/a.svg")


def test_a_plotly_figure_is_a_page(world: World, run: str) -> None:
    objects = pytest.importorskip("plotly.graph_objects")
    figure = objects.Figure(objects.Scatter(x=[0, 1], y=[2, 3]))
    options = {"full_html": False}
    world.files.log_figure(run, figure, "a.html", save_kwargs=options)
    page = world.text(run, "a.html")
    assert page.startswith("<div")
    assert 'src="https://cdn.plot.ly' in page
    assert options == {"full_html": False}
    with pytest.raises(TypeError, match=r"'\.gif'"):
        world.files.log_figure(run, figure, "a.gif")


def test_what_is_no_figure_is_refused(world: World, run: str) -> None:
    with pytest.raises(TypeError, match="Unsupported figure object type"):
        world.files.log_figure(run, "figure", "a.png")  # type: ignore[arg-type]
    assert world.paths(run) == []


@pytest.mark.parametrize("path", ["", "/", "../a.png", "a/../../b.png", "a#.png"])
def test_a_figure_with_a_bad_path_is_not_stored(world: World, run: str, path: str) -> None:
    with pytest.raises(InvalidParameterValue, match="Invalid path"):
        world.files.log_figure(run, matplotlib.figure.Figure(), path)
    assert world.paths(run) == []


# --- images --------------------------------------------------------------------------------------


def test_an_image_is_stored_as_a_file(world: World, run: str) -> None:
    world.files.log_image(run, PIL.Image.new("RGB", (3, 2), "red"), "dir/a.png")
    with PIL.Image.open(world.files.download_artifacts(run, "dir/a.png")) as image:
        assert (image.size, image.getpixel((0, 0))) == ((3, 2), (255, 0, 0))
    assert tag_names.LOGGED_IMAGES not in world.tags(run)


def test_an_image_of_a_series_is_stored_whole_and_small(world: World, run: str) -> None:
    pixels = np.zeros((100, 400, 3), dtype=np.uint8)
    world.files.log_image(run, pixels, key="val/dogs", step=3, timestamp=12345)
    small, whole = world.paths(run, "images")
    base = "images/val~dogs+step+3+timestamp+12345+"
    assert whole.startswith(base)
    assert whole.endswith(".png")
    assert uuid.UUID(whole.removeprefix(base).removesuffix(".png"))
    assert small == whole.removesuffix(".png") + "+compressed.webp"
    with PIL.Image.open(world.files.download_artifacts(run, small)) as image:
        assert image.size == (256, 64)
    assert world.tags(run)[tag_names.LOGGED_IMAGES] == "True"


def test_step_and_time_of_an_image_have_defaults(world: World, run: str) -> None:
    world.files.log_image(run, Image([[0, 255]]), key="k")
    _, whole = world.paths(run, "images")
    _, _, step, _, timestamp, *_ = whole.split("+")
    assert step == "0"
    assert int(timestamp) > 1_600_000_000_000


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"step": 1},
        {"artifact_file": "a.png", "key": "k"},
        {"artifact_file": "a.png", "step": 0},
        {"artifact_file": "a.png", "timestamp": 1},
    ],
)
def test_an_image_has_a_file_or_a_key(world: World, run: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="artifact_file"):
        world.files.log_image(run, PIL.Image.new("L", (1, 1)), **arguments)


@pytest.mark.parametrize("key", ["", "a:b", "ü", "a\nb", "a+b"])
def test_a_key_of_other_characters_is_refused(world: World, run: str, key: str) -> None:
    with pytest.raises(ValueError, match="alphanumerics"):
        world.files.log_image(run, PIL.Image.new("L", (1, 1)), key=key)
    assert world.paths(run) == []


@pytest.mark.parametrize(
    ("array", "mode", "pixel"),
    [
        (np.array([[0, 255]], dtype="uint8"), "L", 255),
        (np.array([[0, 200]], dtype="int64"), "L", 200),
        (np.array([[[0], [7]]]), "L", 7),
        (np.array([[False, True]]), "L", 255),
        (np.array([[0.0, 0.5]]), "L", 127),
        (np.array([[[0, 0, 0], [1, 2, 3]]], dtype="uint8"), "RGB", (1, 2, 3)),
        (np.array([[[0, 0, 0, 0], [1, 2, 3, 4]]], dtype="uint8"), "RGBA", (1, 2, 3, 4)),
    ],
)
def test_an_array_is_an_image(array: np.ndarray, mode: str, pixel: Any) -> None:
    image = Image(array)
    assert image.to_pil().mode == mode
    assert image.size == (2, 1)
    assert image.to_pil().getpixel((1, 0)) == pixel
    assert image.to_list()[1] == pixel
    assert Image(image.to_array()).to_list() == image.to_list()


def test_floats_out_of_range_are_stretched_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="Rescaling"):
        image = Image(np.array([[-1.0, 3.0, 1.0]]))
    assert image.to_list() == [0, 255, 127]


@pytest.mark.parametrize(
    ("array", "error", "told"),
    [
        (np.array([[0, 256]]), ValueError, "maximum value 256"),
        (np.array([[-1, 0]]), ValueError, "minimum value -1"),
        (np.array([["a"]]), TypeError, "Invalid array data type"),
        (np.array([[1j]]), TypeError, "Invalid array data type"),
        (np.zeros(3), ValueError, "2D or 3D"),
        (np.zeros((1, 1, 1, 1)), ValueError, "2D or 3D"),
        (np.zeros((0, 3)), ValueError, "2D or 3D"),
        (np.zeros((1, 1, 2)), ValueError, "channel length: 2"),
    ],
)
def test_an_array_that_is_no_image_is_refused(
    array: np.ndarray, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        Image(array)


@pytest.mark.parametrize("image", ["a.png", None, 5, [[1]]])
def test_what_is_no_image_is_refused(world: World, run: str, image: Any) -> None:
    with pytest.raises(TypeError, match="Unsupported image object type"):
        world.files.log_image(run, image, "a.png")


def test_an_image_is_read_from_a_file_and_resized(tmp_path: Path) -> None:
    PIL.Image.new("L", (4, 2)).save(tmp_path / "a.png")
    image = Image(str(tmp_path / "a.png")).resize((2, 1))
    image.save(str(tmp_path / "b.png"))
    assert image.size == (2, 1)
    with pytest.raises(TypeError, match="Unsupported"):
        Image(5)  # type: ignore[arg-type]


# --- out of a run --------------------------------------------------------------------------------


def test_what_lies_on_this_machine_is_not_copied(world: World, run: str) -> None:
    world.files.log_text(run, "x", "a/b.txt")
    store_folder = Path(world.uri).resolve()
    for path in ("a/b.txt", "a", "", None):
        assert Path(world.files.download_artifacts(run, path)).is_relative_to(store_folder)


def test_a_copy_gets_its_own_name_in_a_folder_that_is_made(
    world: World, run: str, tmp_path: Path
) -> None:
    world.files.log_text(run, "x", "a/b.txt")
    target = tmp_path / "new" / "folder"
    assert world.files.download_artifacts(run, "a/b.txt", str(target)) == str(target / "b.txt")
    assert world.files.download_artifacts(run, "a", target) == str(target / "a")
    assert world.files.download_artifacts(run, "", target) == str(target)
    assert sorted(p.name for p in target.rglob("*")) == ["a", "b.txt", "b.txt"]


def test_a_copy_does_not_go_into_a_file(world: World, run: str, tmp_path: Path) -> None:
    world.files.log_text(run, "x", "a")
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ResourceAlreadyExists):
        world.files.download_artifacts(run, "a", tmp_path / "file")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_missing_run_or_artifact_is_named(world: World, run: str, tmp_path: Path) -> None:
    with pytest.raises(ResourceDoesNotExist, match="nope"):
        world.files.log_text("nope", "x", "a")
    with pytest.raises(ResourceDoesNotExist, match="No such artifact: 'a'"):
        world.files.download_artifacts(run, "a")
    with pytest.raises(ResourceDoesNotExist, match="No such artifact: 'a'"):
        world.files.download_artifacts(run, "a", tmp_path)


def test_an_experiment_in_a_place_that_no_store_knows(world: World) -> None:
    experiment = world.store.create_experiment(
        api.CreateExperiment(name=uuid.uuid4().hex, artifact_location="gopher://bucket/x")
    ).experiment_id
    run = world.store.create_run(api.CreateRun(experiment_id=experiment)).run.info.run_id
    with pytest.raises(NotSupported, match="gopher://bucket/x"):
        world.files.log_text(run, "x", "a")


# --- logged models -------------------------------------------------------------------------------


def test_a_model_has_artifacts_of_its_own(world: World, run: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "f.txt").write_text("f")
    model = world.model(run)
    world.files.log_model_artifacts(model, str(tmp_path))
    world.files.log_model_artifact(model, tmp_path / "sub" / "f.txt", "x")
    listed = world.files.list_logged_model_artifacts(model)
    assert [info.path for info in listed] == ["sub", "x"]
    assert [i.path for i in world.files.list_logged_model_artifacts(model, "x")] == ["x/f.txt"]
    with pytest.raises(InvalidParameterValue, match="is a folder"):
        world.files.log_model_artifact(model, tmp_path / "sub")


def test_a_model_is_found_under_its_name_below_its_run(
    world: World, run: str, tmp_path: Path
) -> None:
    (tmp_path / "MLmodel").write_text("m")
    model, other = world.model(run, "mod"), world.model(world.run(), "mod")
    world.files.log_model_artifacts(model, tmp_path)
    world.files.log_model_artifact(other, tmp_path / "MLmodel", "of-another-run")

    assert world.paths(run) == []
    assert world.paths(run, "mod") == ["mod/MLmodel"]
    assert world.text(run, "mod/MLmodel") == "m"
    target = tmp_path / "target"
    assert world.files.download_artifacts(run, "mod", target) == str(target / "mod")
    assert (target / "mod" / "MLmodel").read_text() == "m"
    with world.files.open_uri(f"runs:/{run}/mod/MLmodel") as stream:
        assert stream.read() == b"m"


def test_files_of_a_run_and_of_its_model_appear_as_one_folder(
    world: World, run: str, tmp_path: Path
) -> None:
    (tmp_path / "MLmodel").write_text("m")
    world.files.log_text(run, "own", "mod/note.txt")
    world.files.log_model_artifacts(world.model(run, "mod"), tmp_path)

    assert world.paths(run, "mod") == ["mod/MLmodel", "mod/note.txt"]
    folder = Path(world.files.download_artifacts(run, "mod"))
    assert sorted(path.name for path in folder.iterdir()) == ["MLmodel", "note.txt"]


# --- names ---------------------------------------------------------------------------------------


def test_each_form_of_uri_leads_to_its_artifact(world: World, run: str, tmp_path: Path) -> None:
    world.files.log_text(run, "run", "a/b.txt")
    model = world.model(run)
    (tmp_path / "c d.txt").write_text("model")
    world.files.log_model_artifact(model, tmp_path / "c d.txt", "sub")
    root = world.files.download_artifacts(run, "")
    for uri, expected in {
        f"runs:/{run}/a/b.txt": b"run",
        f"models:/{model}/sub/c d.txt": b"model",
        f"{root}/a/b.txt": b"run",
        f"file://{root}/a/b.txt": b"run",
        f"file://{tmp_path}/c%20d.txt": b"model",
    }.items():
        with world.files.open_uri(uri) as stream:
            assert stream.read() == expected
        assert Path(world.files.download_uri(uri)).read_bytes() == expected
    assert [info.path for info in world.files.list_uri(f"runs:/{run}/a")] == ["a/b.txt"]
    assert [info.path for info in world.files.list_uri(f"models:/{model}")] == ["sub"]
    assert [info.path for info in world.files.list_uri(f"{root}/a")] == ["a/b.txt"]


@pytest.mark.parametrize("uri", ["runs:", "runs:/", "runs:x/y", "runs://host/x", "runs:///"])
def test_a_malformed_run_uri_is_refused(uri: str) -> None:
    with pytest.raises(InvalidParameterValue, match="Not a proper runs:/ URI"):
        parse_run_uri(uri)


@pytest.mark.parametrize("uri", ["models:", "models:/", "models://host/x"])
def test_a_malformed_model_uri_is_refused(uri: str) -> None:
    with pytest.raises(InvalidParameterValue, match="Not a proper models:/ URI"):
        parse_model_uri(uri)


@pytest.mark.parametrize("path", ["../x", "%2e%2e/x", "a#b", "a?b", "/etc", "..%2f..%2fetc"])
@pytest.mark.parametrize("form", ["runs:/RUN/{}", "models:/m-" + "0" * 32 + "/{}"])
def test_no_uri_leads_out_of_its_root(world: World, run: str, form: str, path: str) -> None:
    uri = form.format(path).replace("RUN", run)
    for use in (world.files.list_uri, world.files.download_uri, world.files.open_uri):
        with pytest.raises((InvalidParameterValue, ResourceDoesNotExist)) as caught:
            use(uri)
        assert path == "/etc" or caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_model_id_without_its_scheme_is_guessed(world: World) -> None:
    model_id = "m-" + "0" * 32
    with pytest.raises(InvalidParameterValue, match=f"'models:/{model_id}'"):
        world.files.download_uri(model_id)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("/a/b/c", ("/a/b", "c")),
        ("file:///a/b%20c", ("/a", "b c")),
        ("mlflow-artifacts:/0/r/a.txt", ("mlflow-artifacts:/0/r", "a.txt")),
        ("mlflow-artifacts:/", ("mlflow-artifacts:/", "")),
        ("mlflow-artifacts://h:5/x", ("mlflow-artifacts://h:5/", "x")),
        ("s3://bucket/k/x", ("s3://bucket/k", "x")),
    ],
)
def test_a_physical_uri_is_a_root_and_a_name(uri: str, expected: tuple[str, str]) -> None:
    assert split_root(uri) == expected


@pytest.mark.parametrize(
    ("uri", "path", "expected"),
    [
        ("/a", "b", "/a/b"),
        ("file:///a/", "b/c", "file:///a/b/c"),
        ("mlflow-artifacts:/0/r", None, "mlflow-artifacts:/0/r"),
        ("s3://b/k?region=x", "c", "s3://b/k/c?region=x"),
    ],
)
def test_a_path_is_appended_to_a_uri(uri: str, path: str | None, expected: str) -> None:
    assert append_path(uri, path) == expected


# --- the functions of headrace.artifacts ---------------------------------------------------------


@pytest.fixture
def here(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", world.uri)
    return world


def test_content_is_loaded_by_uri(here: World, run: str) -> None:
    here.files.log_text(run, "ü", "t.txt")
    here.files.log_dict(run, {"k": 1}, "d.json")
    here.files.log_image(run, PIL.Image.new("L", (2, 1)), "i.png")
    assert headrace.artifacts.load_text(f"runs:/{run}/t.txt") == "ü"
    assert headrace.artifacts.load_dict(f"runs:/{run}/d.json") == {"k": 1}
    assert headrace.artifacts.load_image(f"runs:/{run}/i.png").size == (2, 1)


def test_content_of_another_kind_is_a_bad_request(here: World, run: str) -> None:
    here.files.log_stream(run, io.BytesIO(b"\xff\xfe"), "bytes")
    here.files.log_text(run, "text", "text")
    for load, path in (
        (headrace.artifacts.load_text, "bytes"),
        (headrace.artifacts.load_dict, "bytes"),
        (headrace.artifacts.load_dict, "text"),
        (headrace.artifacts.load_image, "text"),
    ):
        with pytest.raises(BadRequest, match=path):
            load(f"runs:/{run}/{path}")
    here.files.log_text(run, "x", "f/x")
    with pytest.raises(InvalidParameterValue, match="folder"):
        headrace.artifacts.load_text(f"runs:/{run}/f")


def test_an_artifact_is_named_in_one_way(here: World, run: str) -> None:
    for call in (headrace.artifacts.download_artifacts, headrace.artifacts.list_artifacts):
        with pytest.raises(InvalidParameterValue, match="Exactly one"):
            call()
        with pytest.raises(InvalidParameterValue, match="Exactly one"):
            call(artifact_uri="x", run_id=run)
        with pytest.raises(InvalidParameterValue, match="cannot be specified"):
            call(artifact_uri="x", artifact_path="y")


def test_artifacts_are_listed_and_downloaded_by_run(here: World, run: str, tmp_path: Path) -> None:
    here.files.log_text(run, "x", "a/b.txt")
    listed = headrace.artifacts.list_artifacts(run_id=run, artifact_path="a")
    assert [info.path for info in listed] == ["a/b.txt"]
    local = headrace.artifacts.download_artifacts(
        run_id=run, artifact_path="a/b.txt", dst_path=str(tmp_path), tracking_uri=here.uri
    )
    assert local == str(tmp_path / "b.txt")


# --- tables --------------------------------------------------------------------------------------


def test_a_table_is_the_json_that_mlflow_writes(world: World, run: str) -> None:
    world.files.log_table(run, {"a": [1, 2], "b": ["x", None]}, "t.json")
    assert world.text(run, "t.json") == '{"columns":["a","b"],"data":[[1,"x"],[2,null]]}'
    assert json.loads(world.tags(run)[tag_names.LOGGED_ARTIFACTS]) == [
        {"path": "t.json", "type": "table"}
    ]


def test_rows_are_appended_to_a_table(world: World, run: str) -> None:
    world.files.log_table(run, pd.DataFrame({"a": [1]}), "dir/t.json")
    world.files.log_table(run, {"a": 2, "b": "new"}, "dir/t.json")
    frame = world.files.load_table(world.experiment, "dir/t.json", [run])
    assert frame["a"].tolist() == [1, 2]
    assert frame["b"].isna().tolist() == [True, False]
    assert len(json.loads(world.tags(run)[tag_names.LOGGED_ARTIFACTS])) == 1


def test_tables_of_several_runs_are_one_frame(world: World) -> None:
    first, second, without = world.run(), world.run(), world.run()
    name = f"{uuid.uuid4().hex}.json"
    for number, run in enumerate((first, second)):
        world.files.log_table(run, {"n": [number]}, name)
    world.store.log_param(api.LogParam(run_id=second, key="p", value="v"))
    frame = world.files.load_table(
        world.experiment, name, extra_columns=["run_id", "params.p", "status", "start_time"]
    )
    rows = {row["run_id"]: row for _, row in frame.iterrows()}
    assert rows.keys() == {first, second}
    assert rows[second]["n"] == 1
    assert rows[second]["params.p"] == "v"
    assert rows[second]["status"] == "RUNNING"
    assert rows[second]["start_time"].tz is not None
    assert len(world.files.load_table(world.experiment, name, [second, without])) == 1


def test_a_table_is_not_found_under_a_name_that_looks_alike(world: World, run: str) -> None:
    world.files.log_table(run, {"n": [1]}, "scoresXeval.json")
    with pytest.raises(ResourceDoesNotExist, match="No runs found"):
        world.files.load_table(world.experiment, "scores_eval.json", [run])


def test_a_column_of_the_table_is_not_overwritten_by_a_fact(world: World, run: str) -> None:
    world.files.log_table(run, {"run_id": ["mine"]}, "own.json")
    frame = world.files.load_table(world.experiment, "own.json", [run], ["run_id"])
    assert frame.to_dict("list") == {"run_id": ["mine"], "run_id_": [run]}
    with pytest.raises(InvalidParameterValue, match="'nonsense'"):
        world.files.load_table(world.experiment, "own.json", [run], ["nonsense"])


def test_images_in_a_table_are_stored_beside_it(world: World, run: str) -> None:
    frame = pd.DataFrame({"q": ["a"], "image": [PIL.Image.new("L", (300, 100))]})
    world.files.log_table(run, frame, "sub/gen.json")
    assert not isinstance(frame["image"][0], dict)
    stored = json.loads(world.text(run, "sub/gen.json"))["data"][0][1]
    assert stored["type"] == "image"
    assert stored["filepath"].startswith("table_images/sub/gen/")
    with PIL.Image.open(world.files.download_artifacts(run, stored["filepath"])) as image:
        assert image.size == (300, 100)
    small = world.files.download_artifacts(run, stored["compressed_filepath"])
    with PIL.Image.open(small) as image:
        assert (image.format, image.size) == ("WEBP", (256, 85))


@pytest.mark.parametrize(
    ("data", "name", "error", "told"),
    [
        ({"a": [1]}, "t.csv", ValueError, "'.json' or '.parquet'"),
        ({"a": [1]}, 'a"b.json', ValueError, "forbidden character"),
        ({"a": [1]}, "a:b.json", ValueError, "forbidden character"),
        ([1], "t.json", InvalidParameterValue, "must be a pandas.DataFrame or a dictionary"),
        ({"a": [PIL.Image.new("L", (1, 1)), 5]}, "t.json", ValueError, "mix of images"),
    ],
)
def test_what_is_no_table_is_refused(
    world: World, run: str, data: Any, name: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        world.files.log_table(run, data, name)
    assert world.paths(run) == []


def test_a_value_that_json_does_not_know(world: World, run: str) -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(HeadraceError, match="not JSON serializable"):
        world.files.log_table(run, {"a": [circle]}, "t.json")
    assert world.paths(run) == []


def test_a_table_without_pandas_names_what_to_install(
    world: World, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    for call in (
        lambda: world.files.log_table(run, {"a": [1]}, "t.json"),
        lambda: world.files.load_table(world.experiment, "t.json"),
    ):
        with pytest.raises(MissingLibrary, match=r"pip install 'headrace\[pandas\]'"):
            call()


def test_a_parquet_table_without_pyarrow_names_what_to_install(
    world: World, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingLibrary, match="pip install 'pyarrow'"):
        world.files.log_table(run, {"a": [1]}, "t.parquet")


def test_a_parquet_table_comes_back(world: World, run: str) -> None:
    pytest.importorskip("pyarrow")
    world.files.log_table(run, {"a": [1]}, "t.parquet")
    world.files.log_table(run, {"a": [2]}, "t.parquet")
    frame = world.files.load_table(world.experiment, "t.parquet", [run])
    assert frame["a"].tolist() == [1, 2]
