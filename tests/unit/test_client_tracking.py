"""Where a process tracks, and what it shows of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import headrace
from headrace.client import tracking
from headrace.errors import HeadraceError, InvalidParameterValue, InvalidState


def user_state() -> Path:
    return Path(os.environ["XDG_STATE_HOME"]) / "headrace"


def database_names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.db"))


class TestDefault:
    def test_a_folder_in_the_working_directory(self, fresh_client: Path) -> None:
        assert headrace.is_tracking_uri_set() is False
        with headrace.start_run() as run:
            headrace.log_text("hello", "a.txt")

        assert database_names(fresh_client) == [".headrace/headrace.db"]
        assert headrace.get_tracking_uri() == (fresh_client / ".headrace").as_uri()
        assert run.info.artifact_uri.startswith(str(fresh_client / ".headrace"))

    def test_the_folder_of_a_project_is_found_from_below(
        self, fresh_client: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with headrace.start_run() as run:
            pass
        (fresh_client / "src" / "deep").mkdir(parents=True)
        monkeypatch.chdir(fresh_client / "src" / "deep")

        assert headrace.get_run(run.info.run_id).info.status == "FINISHED"
        assert database_names(fresh_client) == [".headrace/headrace.db"]

    def test_importing_and_asking_makes_nothing(self, fresh_client: Path) -> None:
        headrace.get_tracking_uri()
        headrace.MlflowClient()

        assert list(fresh_client.iterdir()) == []

    def test_changing_the_directory_does_not_move_a_run(
        self, fresh_client: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = headrace.start_run()
        (fresh_client / "below").mkdir()
        monkeypatch.chdir(fresh_client.parent)
        headrace.log_metric("m", 1)
        headrace.end_run()

        monkeypatch.chdir(fresh_client)
        assert headrace.get_run(run.info.run_id).data.metrics == {"m": 1.0}


class TestChosen:
    def test_by_path_object(self, fresh_client: Path) -> None:
        headrace.set_tracking_uri(fresh_client / "päth")
        headrace.create_experiment("e")

        assert headrace.is_tracking_uri_set() is True
        assert headrace.get_tracking_uri() == (fresh_client / "päth").as_uri()
        assert database_names(fresh_client) == ["päth/headrace.db"]

    @pytest.mark.parametrize("uri", ["runs", "./runs", "{here}/runs", "file://{here}/runs"])
    def test_by_folder(self, uri: str, fresh_client: Path) -> None:
        headrace.set_tracking_uri(uri.format(here=fresh_client))
        headrace.create_experiment("e")

        assert headrace.get_tracking_uri() == uri.format(here=fresh_client)
        assert database_names(fresh_client) == ["runs/headrace.db"]

    @pytest.mark.parametrize("uri", ["sqlite:///t.db", "sqlite:///{here}/t.db"])
    def test_by_database(self, uri: str, fresh_client: Path) -> None:
        headrace.set_tracking_uri(uri.format(here=fresh_client))
        headrace.create_experiment("e")

        assert database_names(fresh_client) == ["t.db"]

    def test_children_inherit_it(self, fresh_client: Path) -> None:
        headrace.set_tracking_uri(str(fresh_client / "chosen"))
        code = "import headrace; print(headrace.get_tracking_uri())"
        answer = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )

        assert answer.stdout.strip() == str(fresh_client / "chosen")

    def test_an_empty_one_goes_back_to_the_default(self, fresh_client: Path) -> None:
        headrace.set_tracking_uri("elsewhere")
        headrace.set_tracking_uri("")

        assert headrace.is_tracking_uri_set() is False
        assert headrace.get_tracking_uri().endswith("/.headrace")
        assert "MLFLOW_TRACKING_URI" not in os.environ

    @pytest.mark.parametrize("prefix", ["MLFLOW", "HEADRACE"])
    def test_by_environment(
        self, prefix: str, fresh_client: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(f"{prefix}_TRACKING_URI", "from_env")
        headrace.create_experiment("e")

        assert headrace.is_tracking_uri_set() is True
        assert database_names(fresh_client) == ["from_env/headrace.db"]

    def test_set_tracking_uri_comes_before_the_environment(
        self, fresh_client: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HEADRACE_TRACKING_URI", "from_env")
        headrace.set_tracking_uri("chosen")

        assert headrace.get_tracking_uri() == "chosen"


class TestRefused:
    @pytest.mark.parametrize(
        ("uri", "named"),
        [
            ("ftp://host/place", "ftp"),
            ("databricks", "databricks"),
            ("http://", "HOST"),
            ("http://host:99999999", "address"),
            ("file://other-machine/place", "other-machine"),
        ],
    )
    def test_a_uri_that_no_store_has(self, uri: str, named: str, fresh_client: Path) -> None:
        headrace.set_tracking_uri(uri)

        with pytest.raises(InvalidParameterValue, match=named):
            headrace.start_run()
        assert headrace.active_run() is None
        assert list(fresh_client.iterdir()) == []

    def test_what_mlflow_made_is_left_alone(self, fresh_client: Path) -> None:
        folder = fresh_client / "mlruns" / "0"
        folder.mkdir(parents=True)
        (folder / "meta.yaml").write_text("name: Default\n")
        headrace.set_tracking_uri("mlruns")

        with pytest.raises(InvalidState, match="headrace import mlflow"):
            headrace.start_run()
        assert database_names(fresh_client) == []

    def test_a_password_is_not_shown(
        self,
        fresh_client: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        headrace.set_tracking_uri("http://ada:geheim@127.0.0.1:9/x")
        run = headrace.MlflowClient().create_run("0")
        with pytest.raises(HeadraceError) as caught:
            headrace.get_run(run.info.run_id)
        tracking.close_sessions()

        assert "geheim" not in str(caught.value)
        assert "127.0.0.1:9/x" in caplog.text
        assert "geheim" not in caplog.text
        kept = [path for path in user_state().rglob("*") if path.is_file()]
        assert kept
        assert not any(b"geheim" in path.read_bytes() for path in kept)


class TestSessions:
    def test_one_session_for_each_place(self, fresh_client: Path) -> None:
        first = tracking.get_session("runs")

        assert tracking.get_session(str(fresh_client / "runs")) is first
        assert tracking.get_session((fresh_client / "runs").as_uri()) is first
        assert tracking.get_session("other") is not first

    def test_threads_open_a_place_once(self, fresh_client: Path) -> None:
        sessions = []
        threads = [
            threading.Thread(target=lambda: sessions.append(tracking.get_session("runs")))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(sessions) == 8
        assert len(set(map(id, sessions))) == 1

    def test_closing_is_no_end(self, fresh_client: Path) -> None:
        client = headrace.MlflowClient("runs")
        experiment_id = client.create_experiment("e")
        tracking.close_sessions()

        assert client.get_experiment(experiment_id).name == "e"

    def test_clients_of_several_places(self, fresh_client: Path) -> None:
        first, second = headrace.MlflowClient("a"), headrace.MlflowClient("b")
        first.create_experiment("e")

        assert second.get_experiment_by_name("e") is None
        assert first.tracking_uri == "a"
