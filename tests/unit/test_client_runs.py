"""How runs begin, nest, resume and end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import headrace
from headrace.client.tracking import get_session
from headrace.entities import Run, ViewType
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    ResourceConflict,
    ResourceDoesNotExist,
)

pytestmark = pytest.mark.usefixtures("store_folder")


def status_of(run: Run) -> str:
    return headrace.get_run(run.info.run_id).info.status


class TestStartAndEnd:
    def test_a_run_is_active_until_its_block_ends(self) -> None:
        with headrace.start_run(run_name="first") as run:
            assert isinstance(run, headrace.ActiveRun)
            assert isinstance(run, Run)
            assert headrace.active_run() is run
            assert status_of(run) == "RUNNING"

        assert headrace.active_run() is None
        stored = headrace.get_run(run.info.run_id)
        assert (stored.info.run_name, stored.info.status) == ("first", "FINISHED")
        assert stored.info.end_time >= stored.info.start_time

    def test_an_exception_fails_the_run_and_goes_on(self) -> None:
        with pytest.raises(ZeroDivisionError), headrace.start_run() as run:
            1 / 0  # noqa: B018

        assert status_of(run) == "FAILED"

    def test_end_run_takes_a_status(self) -> None:
        run = headrace.start_run()
        headrace.end_run("KILLED")

        assert status_of(run) == "KILLED"

    def test_end_run_without_a_run_does_nothing(self) -> None:
        headrace.end_run()

        assert headrace.last_active_run() is None

    def test_an_unknown_status_leaves_the_run_active(self) -> None:
        run = headrace.start_run()

        with pytest.raises(InvalidParameterValue, match="'DONE'.*RUNNING, .*KILLED"):
            headrace.end_run("DONE")
        assert headrace.active_run() is run

    def test_a_second_run_needs_nested(self) -> None:
        run = headrace.start_run()

        with pytest.raises(ResourceConflict, match=f"{run.info.run_id} is already active.*nested"):
            headrace.start_run()

    def test_a_run_that_was_ended_inside_its_block_stays_ended(self) -> None:
        with headrace.start_run() as run:
            headrace.end_run("KILLED")

        assert status_of(run) == "KILLED"

    def test_last_active_run(self) -> None:
        with headrace.start_run() as run:
            assert headrace.last_active_run() is run

        assert headrace.last_active_run().info.status == "FINISHED"

    def test_logging_starts_a_run(self) -> None:
        headrace.log_param("rate", 0.1)

        run = headrace.active_run()
        assert headrace.get_run(run.info.run_id).data.params == {"rate": "0.1"}

    def test_a_run_without_a_name_gets_one(self) -> None:
        run = headrace.start_run()

        assert run.info.run_name
        assert run.data.tags["mlflow.runName"] == run.info.run_name


class TestTags:
    def test_tags_description_and_context_are_recorded(self) -> None:
        run = headrace.start_run(tags={"size": 3, "team": "a"}, description="why")

        tags = run.data.tags
        assert (tags["size"], tags["team"]) == ("3", "a")
        assert tags["mlflow.note.content"] == "why"
        assert tags["mlflow.source.name"] == "train.py"
        assert tags["mlflow.source.type"] == "LOCAL"
        assert tags["mlflow.user"] == run.info.user_id != ""

    def test_own_tags_come_before_those_of_the_context(self) -> None:
        run = headrace.start_run(tags={"mlflow.user": "ada", "mlflow.source.name": "x"})

        assert (run.info.user_id, run.data.tags["mlflow.source.name"]) == ("ada", "x")

    def test_the_callers_tags_are_left_as_they_are(self) -> None:
        tags = {"a": "b"}
        headrace.start_run(tags=tags, description="d", run_name="n")

        assert tags == {"a": "b"}

    def test_two_descriptions_are_refused(self) -> None:
        with pytest.raises(InvalidParameterValue, match="given twice"):
            headrace.start_run(tags={"mlflow.note.content": "a"}, description="b")
        assert headrace.active_run() is None


class TestNesting:
    def test_a_nested_run_knows_its_parent(self) -> None:
        with headrace.start_run() as parent, headrace.start_run(nested=True) as child:
            assert headrace.active_run() is child

        assert headrace.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
        assert headrace.get_parent_run(parent.info.run_id) is None

    def test_the_run_around_becomes_active_again(self) -> None:
        with headrace.start_run() as parent:
            with headrace.start_run(nested=True):
                pass
            assert headrace.active_run() is parent

    def test_a_parent_by_id(self) -> None:
        with headrace.start_run() as parent:
            pass
        child = headrace.start_run(parent_run_id=parent.info.run_id)

        assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id

    def test_a_parent_other_than_the_active_run_is_refused(self) -> None:
        with headrace.start_run() as other:
            pass
        with (
            headrace.start_run(),
            pytest.raises(InvalidParameterValue, match="does not match the specified"),
        ):
            headrace.start_run(nested=True, parent_run_id=other.info.run_id)

    def test_a_deleted_parent_is_refused(self) -> None:
        with headrace.start_run() as parent:
            pass
        headrace.delete_run(parent.info.run_id)

        with pytest.raises(InvalidParameterValue, match="deleted state"):
            headrace.start_run(parent_run_id=parent.info.run_id)

    def test_an_unknown_parent_is_refused(self) -> None:
        with pytest.raises(ResourceDoesNotExist):
            headrace.start_run(parent_run_id="0" * 32)


class TestResuming:
    def test_a_run_goes_on(self) -> None:
        with headrace.start_run(tags={"a": "1"}) as first:
            headrace.log_param("p", 1)
        with headrace.start_run(
            run_id=first.info.run_id, tags={"b": 2}, description="again", run_name="renamed"
        ) as again:
            assert status_of(again) == "RUNNING"

        assert again.info.run_id == first.info.run_id
        assert again.info.run_name == "renamed"
        assert again.data.params == {"p": "1"}
        tags = again.data.tags
        assert (tags["a"], tags["b"], tags["mlflow.note.content"]) == ("1", "2", "again")
        assert status_of(again) == "FINISHED"

    @pytest.mark.parametrize("variable", ["MLFLOW_RUN_ID", "HEADRACE_RUN_ID"])
    def test_the_environment_names_the_run(
        self, variable: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with headrace.start_run() as first:
            pass
        monkeypatch.setenv(variable, first.info.run_id)

        with headrace.start_run() as again, headrace.start_run(nested=True) as child:
            assert again.info.run_id == first.info.run_id
            assert child.info.run_id != first.info.run_id
        assert variable not in os.environ

    def test_a_deleted_run_is_refused(self) -> None:
        with headrace.start_run() as run:
            pass
        headrace.delete_run(run.info.run_id)

        with pytest.raises(InvalidParameterValue, match="deleted state.*restore_run"):
            headrace.start_run(run_id=run.info.run_id)

    def test_a_run_of_another_experiment_is_refused(self) -> None:
        with headrace.start_run() as run:
            pass
        headrace.set_experiment("another")

        with pytest.raises(InvalidParameterValue, match="belongs to the experiment 0"):
            headrace.start_run(run_id=run.info.run_id)

    @pytest.mark.parametrize("run_id", ["0" * 32, "nothing"])
    def test_an_unknown_run_is_refused(self, run_id: str) -> None:
        with pytest.raises(ResourceDoesNotExist, match=run_id):
            headrace.start_run(run_id=run_id)

    def test_what_is_no_run_id_is_refused(self) -> None:
        with pytest.raises(InvalidParameterValue, match="run_id"):
            headrace.start_run(run_id=17)  # type: ignore[arg-type]


class TestThreadsAndProcesses:
    def test_logging_while_another_thread_ends_the_run(self) -> None:
        client = headrace.MlflowClient()
        run_id = client.create_run("0").info.run_id
        is_over = threading.Event()

        def log(value: float) -> int:
            count = 0
            while not is_over.is_set():
                client.log_metric(run_id, "loss", value, step=count)
                count += 1
            return count

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor() as pool:
                counts = [pool.submit(log, value) for value in (0.0, 1.0)]
                until = time.monotonic() + 1.5
                while time.monotonic() < until:
                    get_session().writer.forget(run_id)  # as at the end of a run
                is_over.set()
                total = sum(count.result() for count in counts)
        finally:
            is_over.set()
            sys.setswitchinterval(interval)
        assert len(client.get_metric_history(run_id, "loss")) == total

    def test_each_thread_has_its_own_active_run(self) -> None:
        seen = []

        def work() -> None:
            seen.append(headrace.active_run())
            with headrace.start_run() as run:
                headrace.log_metric("m", 1)
            seen.append(run)

        with headrace.start_run() as outer:
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()

        assert seen[0] is None
        assert seen[1].info.run_id != outer.info.run_id
        assert "mlflow.parentRunId" not in seen[1].data.tags

    def test_a_run_stays_in_the_store_that_it_was_started_in(self, tmp_path: Path) -> None:
        first = headrace.MlflowClient()
        with headrace.start_run() as run:
            headrace.set_tracking_uri(str(tmp_path / "other"))
            headrace.log_metric("m", 1)
            headrace.log_text("t", "t.txt")

        stored = first.get_run(run.info.run_id)
        assert (stored.data.metrics, stored.info.status) == ({"m": 1.0}, "FINISHED")
        assert [info.path for info in first.list_artifacts(run.info.run_id)] == ["t.txt"]
        assert headrace.search_runs(output_format="list") == []

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_a_forked_child_begins_without_a_run_and_ends_none(self, store_folder: Path) -> None:
        code = """
import os, sys, headrace
run = headrace.start_run(run_name="parent")
pid = os.fork()
if pid == 0:
    assert headrace.active_run() is None and headrace.last_active_run() is None
    with headrace.start_run(run_name="child"):
        headrace.log_metric("m", 1)
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert headrace.get_run(run.info.run_id).info.status == "RUNNING"
headrace.log_metric("m", 2)
"""
        run_script(code, store_folder)

        runs = {run.info.run_name: run for run in headrace.search_runs(output_format="list")}
        assert {name: run.info.status for name, run in runs.items()} == {
            "parent": "FINISHED",
            "child": "FINISHED",
        }
        assert runs["parent"].data.metrics == {"m": 2.0}
        assert runs["child"].data.metrics == {"m": 1.0}

    def test_leaving_the_process_ends_all_active_runs(self, store_folder: Path) -> None:
        run_script(
            "import headrace\nheadrace.start_run()\nheadrace.start_run(nested=True)", store_folder
        )

        runs = headrace.search_runs(output_format="list")
        assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"]


def run_script(code: str, store: Path) -> None:
    environment = {**os.environ, "MLFLOW_TRACKING_URI": str(store)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=60)


class TestClient:
    """Runs by `MlflowClient`, without an active one."""

    def test_life_of_a_run(self) -> None:
        client = headrace.MlflowClient()
        run = client.create_run("0", start_time=5, tags={"a": 1}, run_name="n")
        run_id = run.info.run_id
        assert (run.info.start_time, run.info.run_name, run.data.tags["a"]) == (5, "n", "1")
        assert headrace.active_run() is None

        client.update_run(run_id, name="renamed")
        client.update_run(run_id, status="SCHEDULED")
        client.update_run(run_id)
        info = client.get_run(run_id).info
        assert (info.run_name, info.status, info.end_time) == ("renamed", "SCHEDULED", None)

        client.set_terminated(run_id, "FAILED", end_time=9)
        info = client.get_run(run_id).info
        assert (info.status, info.end_time, info.run_name) == ("FAILED", 9, "renamed")

    def test_delete_and_restore(self) -> None:
        client = headrace.MlflowClient()
        run_id = client.create_run("0").info.run_id
        headrace.delete_run(run_id)

        assert client.get_run(run_id).info.lifecycle_stage == "deleted"
        assert client.search_runs(["0"]) == []
        assert len(client.search_runs(["0"], run_view_type=ViewType.DELETED_ONLY)) == 1

        headrace.restore_run(run_id)
        assert len(client.search_runs(["0"])) == 1

    def test_an_integer_is_an_experiment_id_too(self) -> None:
        run = headrace.MlflowClient().create_run(0)  # type: ignore[arg-type]

        assert run.info.experiment_id == "0"

    @pytest.mark.parametrize(
        ("call", "named"),
        [
            (lambda client: client.create_run("77"), "77"),
            (lambda client: client.create_run("abc"), "abc"),
            (lambda client: client.create_run(None), "experiment"),
            (lambda client: client.create_run("0", start_time="soon"), "start_time"),
            (lambda client: client.create_run("0", run_name=5), "run_name"),
            (lambda client: client.get_run("0" * 32), "0000"),
            (lambda client: client.get_run(None), "run_id"),
            (lambda client: client.update_run("0" * 32, status="DONE"), "DONE"),
            (lambda client: client.update_run("0" * 32, name="x"), "0000"),
            (lambda client: client.set_terminated("0" * 32), "0000"),
            (lambda client: client.delete_run(5), "run_id"),
            (lambda client: client.search_runs(5.5), "experiment_ids"),
            (lambda client: client.search_runs(["0"], max_results=0), "max_results"),
            (lambda client: client.search_runs(["0"], max_results="many"), "max_results"),
            (lambda client: client.search_runs(["0"], "metrics.m >"), "metrics.m"),
            (lambda client: client.search_runs(["0"], order_by="m"), "order_by"),
        ],
    )
    def test_bad_arguments_are_named(self, call: object, named: str) -> None:
        with pytest.raises(HeadraceError, match=named) as caught:
            call(headrace.MlflowClient())  # type: ignore[operator]
        assert caught.value.get_http_status_code() in (400, 404)

    def test_workspaces_are_refused(self) -> None:
        with pytest.raises(HeadraceError, match="no workspaces") as caught:
            headrace.MlflowClient(workspace_store_uri="sqlite:///x.db")
        assert caught.value.error_code == "NOT_IMPLEMENTED"
