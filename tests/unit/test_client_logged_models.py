"""Logged models, and the active model."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

import headrace
from headrace.entities import LoggedModelStatus
from headrace.errors import HeadraceError, InvalidParameterValue, ResourceDoesNotExist

pytestmark = pytest.mark.usefixtures("store_folder")


class TestLife:
    def test_from_pending_to_ready(self) -> None:
        model = headrace.initialize_logged_model(
            name="forest",
            params={"depth": 3},
            tags={"a": 1},
            model_type="trees",  # type: ignore[dict-item]
        )
        assert model.status == LoggedModelStatus.PENDING
        assert (model.name, model.model_type, model.params) == ("forest", "trees", {"depth": "3"})
        assert model.tags["a"] == "1"
        assert model.tags["mlflow.source.name"] == "train.py"
        assert model.experiment_id == "0"
        assert not model.source_run_id

        ready = headrace.finalize_logged_model(model.model_id, "READY")
        assert ready.status == LoggedModelStatus.READY
        assert headrace.get_logged_model(model.model_id) == ready

    def test_a_model_of_the_active_run(self) -> None:
        headrace.set_experiment("e")
        with headrace.start_run() as run:
            model = headrace.initialize_logged_model()

        assert model.source_run_id == run.info.run_id
        assert model.experiment_id == run.info.experiment_id
        assert model.name

    def test_params_and_tags(self) -> None:
        model_id = headrace.initialize_logged_model(params={"a": "1"}).model_id
        headrace.log_model_params({"b": 2}, model_id)  # type: ignore[dict-item]
        headrace.set_logged_model_tags(model_id, {"t": 3, "u": 4})
        headrace.delete_logged_model_tag(model_id, "u")

        model = headrace.get_logged_model(model_id)
        assert model.params == {"a": "1", "b": "2"}
        assert model.tags["t"] == "3"
        assert "u" not in model.tags

    def test_a_deleted_model_is_gone(self) -> None:
        model_id = headrace.initialize_logged_model().model_id
        headrace.MlflowClient().delete_logged_model(model_id)

        with pytest.raises(ResourceDoesNotExist, match=model_id):
            headrace.get_logged_model(model_id)

    def test_files(self, tmp_path: Path) -> None:
        (tmp_path / "weights.bin").write_bytes(b"123")
        client = headrace.MlflowClient()
        model_id = headrace.initialize_logged_model().model_id
        client.log_model_artifact(model_id, str(tmp_path / "weights.bin"))

        assert [file.path for file in client.list_logged_model_artifacts(model_id)] == [
            "weights.bin"
        ]

    def test_an_external_model_is_ready_at_once(self) -> None:
        model = headrace.create_external_model(name="elsewhere")

        assert model.status == LoggedModelStatus.READY
        assert model.tags["mlflow.model.isExternal"] == "true"
        assert headrace.last_logged_model() == model
        client = headrace.MlflowClient()
        assert [file.path for file in client.list_logged_model_artifacts(model.model_id)] == [
            "MLmodel"
        ]

    def test_the_file_of_an_external_model(self) -> None:
        yaml = pytest.importorskip("yaml")
        model = headrace.create_external_model(name="number #1")
        folder = model.artifact_location.removeprefix("file://")

        fields = yaml.safe_load(Path(folder, "MLmodel").read_text())
        assert fields["model_id"] == fields["model_uuid"] == model.model_id
        assert fields["metadata"] == {"mlflow.model.isExternal": True}
        assert fields["flavors"] == {}

    def test_the_last_one_of_this_thread(self) -> None:
        assert headrace.last_logged_model() is None
        model = headrace.initialize_logged_model()
        seen: list[Any] = []
        thread = threading.Thread(target=lambda: seen.append(headrace.last_logged_model()))
        thread.start()
        thread.join()

        assert headrace.last_logged_model() == model
        assert seen == [None]


class TestSearch:
    def test_filter_order_and_limit(self) -> None:
        made = {}
        for name, accuracy in (("a", 0.1), ("b", 0.9), ("c", 0.5)):
            model = headrace.initialize_logged_model(name=name)
            with headrace.start_run():
                headrace.log_metric("accuracy", accuracy, model_id=model.model_id)
            made[name] = model.model_id

        def names(**arguments: Any) -> list[str]:
            found = headrace.search_logged_models(output_format="list", **arguments)
            return [model.name for model in found]

        assert set(names()) == {"a", "b", "c"}
        assert names(filter_string="name = 'a'") == ["a"]
        by_accuracy = [{"field_name": "metrics.accuracy", "ascending": False}]
        assert names(order_by=by_accuracy) == ["b", "c", "a"]
        assert names(order_by=by_accuracy, max_results=2) == ["b", "c"]

    def test_all_pages_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("headrace.client.fluent.logged_models._MODELS_PER_PAGE", 2)
        for number in range(5):
            headrace.initialize_logged_model(name=f"m{number}")

        assert len(headrace.search_logged_models(output_format="list")) == 5

    def test_frame(self) -> None:
        model = headrace.initialize_logged_model(name="a", params={"p": "1"})
        frame = headrace.search_logged_models()

        (row,) = frame.to_dict("records")
        assert list(frame.columns) == sorted(frame.columns)
        assert (row["model_id"], row["name"], row["status"]) == (model.model_id, "a", "PENDING")
        assert row["params"] == {"p": "1"}
        assert row["creation_timestamp"] == model.creation_timestamp

    def test_an_unknown_output_format_is_refused(self) -> None:
        with pytest.raises(InvalidParameterValue, match="'polars'.*'pandas', 'list'"):
            headrace.search_logged_models(output_format="polars")  # type: ignore[call-overload]


class TestActive:
    def test_until_the_end_of_a_block(self) -> None:
        first, second = headrace.initialize_logged_model(), headrace.initialize_logged_model()
        headrace.set_active_model(model_id=first.model_id)
        with headrace.set_active_model(model_id=second.model_id) as active:
            assert isinstance(active, headrace.ActiveModel)
            assert active.model_id == headrace.get_active_model_id() == second.model_id
        assert headrace.get_active_model_id() == first.model_id

        headrace.clear_active_model()
        assert headrace.get_active_model_id() is None

    def test_by_name_it_is_made_if_need_be(self) -> None:
        with headrace.set_active_model(name="fresh") as made:
            assert made.tags["mlflow.model.isExternal"] == "true"
        with headrace.set_active_model(name="fresh") as found:
            assert found.model_id == made.model_id

    def test_the_environment_names_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        model = headrace.initialize_logged_model()
        monkeypatch.setenv("MLFLOW_ACTIVE_MODEL_ID", model.model_id)
        with headrace.start_run():
            headrace.log_metric("m", 1)

        assert headrace.get_active_model_id() == model.model_id
        assert [m.key for m in headrace.get_logged_model(model.model_id).metrics] == ["m"]
        headrace.clear_active_model()
        assert headrace.get_active_model_id() is None

    def test_name_and_id_that_do_not_fit(self) -> None:
        model = headrace.initialize_logged_model(name="a")
        with pytest.raises(InvalidParameterValue, match="has name 'a'.*'b'"):
            headrace.set_active_model(name="b", model_id=model.model_id)
        with pytest.raises(InvalidParameterValue, match="Either name or model_id"):
            headrace.set_active_model()
        assert headrace.get_active_model_id() is None


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: headrace.get_logged_model(""), "non-empty"),
        (lambda: headrace.get_logged_model(None), "non-empty"),  # type: ignore[arg-type]
        (lambda: headrace.get_logged_model("m-" + "0" * 32), "m-0000"),
        (lambda: headrace.finalize_logged_model("m-" + "0" * 32, "READY"), "m-0000"),
        (lambda: headrace.finalize_logged_model("m-1", "DONE"), "DONE"),  # type: ignore[arg-type]
        (lambda: headrace.log_model_params({"a": "1"}), "non-empty"),
        (lambda: headrace.log_model_params({"a": "1"}, "m-" + "0" * 32), "m-0000"),
        (lambda: headrace.set_logged_model_tags("m-" + "0" * 32, {"a": 1}), "m-0000"),
        (lambda: headrace.initialize_logged_model(name=5), "name"),  # type: ignore[arg-type]
        (lambda: headrace.initialize_logged_model(name="a/b"), "a/b"),
        (lambda: headrace.initialize_logged_model(experiment_id="77"), "77"),
        (lambda: headrace.search_logged_models("0"), "list"),  # type: ignore[call-overload]
        (lambda: headrace.search_logged_models(order_by=[{"field": "x"}]), "order_by"),
        (lambda: headrace.search_logged_models(datasets=[{}]), "dataset"),
    ],
)
def test_bad_arguments_are_named(call: Any, named: str) -> None:
    with pytest.raises(HeadraceError, match=named) as caught:
        call()
    assert caught.value.get_http_status_code() in (400, 404)
