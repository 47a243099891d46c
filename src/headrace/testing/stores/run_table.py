"""The suite of the table of runs: windows of it, and the keys that its columns can be."""

from __future__ import annotations

import math
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.api.run_table import (
    GetRunKeys,
    GetRunValues,
    GetRunWindow,
    MetricKey,
    RunWindow,
    TextKey,
)
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import log, make_experiment, make_run, refused


def _param(store: TrackingStore, run_id: str, key: str, value: str) -> None:
    store.log_param(api.LogParam(run_id=run_id, key=key, value=value))


def _tag(store: TrackingStore, run_id: str, key: str, value: str) -> None:
    store.set_tag(api.SetTag(run_id=run_id, key=key, value=value))


class RunTableSuite:
    """Whole by itself; a subclass gives the fixture ``store``."""

    @pytest.fixture
    def experiment(self, store: TrackingStore) -> str:
        """An experiment with five runs, ``r0`` that began first to ``r4``."""
        experiment = make_experiment(store, "table")
        for index in range(5):
            run = make_run(store, experiment, run_name=f"r{index}", start_time=1000 + index)
            for step, value in enumerate((5.0, float(index), 2.0 * index)):
                log(store, run, "val/loss", value, step=step)
            log(store, run, "accuracy", 0.5)
            _param(store, run, "optimizer", "adam")
            _param(store, run, "lr max", f"1e-{index}")
        return experiment

    def names(self, store: TrackingStore, request: GetRunWindow) -> list[str]:
        request.fresh = True
        return store.get_run_window(request).run_name

    # --- windows ---------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "order",
        [
            [],
            ["metrics.`val/loss` ASC"],
            ["metrics.`val/loss` DESC"],
            ["params.optimizer", "run_name DESC"],
            ["params.optimizer DESC", "metrics.accuracy"],
            ["metrics.none", "start_time ASC"],
            ["start_time"],
            ["number(params.`lr max`)"],
            ["number(params.optimizer)", "tags.team DESC"],
            ["first(metrics.`val/loss`) DESC"],
            ["max(metrics.accuracy)", "min(metrics.`val/loss`) DESC"],
            ["end_time", "user_id", "status DESC", "artifact_uri"],
            ["run_id DESC"],
        ],
    )
    def test_windows_together_are_the_search(
        self, store: TrackingStore, experiment: str, order: list[str]
    ) -> None:
        odd = [make_run(store, experiment, start_time=1003) for _ in range(3)]
        log(store, odd[0], "val/loss", math.nan)
        log(store, odd[1], "val/loss", -math.inf)
        log(store, odd[1], "accuracy", -0.0)
        _param(store, odd[1], "optimizer", "größe")
        _tag(store, odd[2], "team", "red")
        store.update_run(api.UpdateRun(run_id=odd[2], status="FAILED", end_time=5))
        search = api.SearchRuns(experiment_ids=[experiment], order_by=order)
        found: list[str] = []
        for offset in (0, 3, 6):
            request = GetRunWindow(
                experiment_ids=[experiment], order_by=order, offset=offset, max_results=3
            )
            window = store.get_run_window(request)
            assert (window.total, window.offset) == (8, offset)
            found += window.run_id

        assert found == [run.info.run_id for run in store.search_runs(search).runs]

    def test_a_window_is_filtered_and_of_a_view(
        self, store: TrackingStore, experiment: str
    ) -> None:
        [first] = store.get_run_window(
            GetRunWindow(experiment_ids=[experiment], filter="run_name = 'r1'")
        ).run_id
        store.delete_run(api.DeleteRun(run_id=first))

        def window(**fields: Any) -> list[str]:
            return self.names(store, GetRunWindow(experiment_ids=[experiment], **fields))

        assert window() == ["r4", "r3", "r2", "r0"]
        assert window(run_view_type="DELETED_ONLY") == ["r1"]
        assert window(run_view_type="ALL", filter="metrics.`val/loss` < 3") == ["r1", "r0"]
        assert window(filter="params.optimizer = 'sgd'") == []

    def test_beyond_the_end_there_is_nothing(self, store: TrackingStore, experiment: str) -> None:
        request = GetRunWindow(experiment_ids=[experiment], offset=7)
        window = store.get_run_window(request)
        assert (window.total, window.offset, window.run_id) == (5, 7, [])
        request = GetRunWindow(experiment_ids=[experiment], max_results=0)
        assert store.get_run_window(request).total == 5
        assert store.get_run_window(GetRunWindow()).total == 0

    def test_columns_hold_what_runs_logged(self, store: TrackingStore, experiment: str) -> None:
        odd = make_run(store, experiment, run_name="odd", start_time=2000)
        for step, value in enumerate((math.inf, math.nan)):
            log(store, odd, "val/loss", value, step=step)
        _tag(store, odd, "note", "größe")
        columns = ["metrics.val/loss", "min(metrics.val/loss)", "MAX(metrics.val/loss)"]
        columns += ["first(metrics.val/loss)", "last(metrics.accuracy)", "metrics.none"]
        columns += ["params.lr max", "number(params.lr max)", "number(params.optimizer)"]
        columns += ["tags.note", "params.none", "tags.note"]
        window = store.get_run_window(
            GetRunWindow(experiment_ids=[experiment], columns=columns, max_results=3)
        )

        assert window.run_name == ["odd", "r4", "r3"]
        assert repr(window.numbers) == repr(
            {
                "metrics.val/loss": [math.nan, 8.0, 6.0],
                "min(metrics.val/loss)": [math.inf, 4.0, 3.0],
                "MAX(metrics.val/loss)": [math.inf, 8.0, 6.0],
                "first(metrics.val/loss)": [math.inf, 5.0, 5.0],
                "last(metrics.accuracy)": [None, 0.5, 0.5],
                "metrics.none": [None, None, None],
                "number(params.lr max)": [None, 1e-4, 1e-3],
                "number(params.optimizer)": [None, None, None],
            }
        )
        assert window.texts == {
            "params.lr max": [None, "1e-4", "1e-3"],
            "tags.note": ["größe", None, None],
            "params.none": [None, None, None],
        }

    def test_a_window_says_what_runs_are(self, store: TrackingStore) -> None:
        run = make_run(store, "0", run_name="a", user_id="ann", start_time=7)
        store.update_run(api.UpdateRun(run_id=run, status="FAILED", end_time=9))
        window = store.get_run_window(GetRunWindow(experiment_ids=["0"]))

        facts = {
            name: getattr(window, name)
            for name in window.__struct_fields__
            if name not in ("total", "offset", "token", "unchanged", "user_verified")
        }
        assert facts == {
            "run_id": [run],
            "experiment_id": ["0"],
            "run_name": ["a"],
            "status": ["FAILED"],
            "is_lost": [False],
            "user_id": ["ann"],
            "lifecycle_stage": ["active"],
            "start_time": [7],
            "end_time": [9],
            "parent_run_id": [None],
            "children": [0],
            "numbers": {},
            "texts": {},
        }

    def test_nested_runs_name_their_parent(self, store: TrackingStore, experiment: str) -> None:
        other = make_experiment(store, "other")
        parent = make_run(store, other, run_name="parent", start_time=3)
        children = [make_run(store, other, run_name=f"c{index}") for index in range(3)]
        for child in children:
            _tag(store, child, "mlflow.parentRunId", parent)
        elsewhere = make_run(store, experiment)
        _tag(store, elsewhere, "mlflow.parentRunId", parent)
        store.delete_run(api.DeleteRun(run_id=children[0]))

        def look(*experiments: str, **fields: Any) -> RunWindow:
            request = GetRunWindow(
                experiment_ids=list(experiments),
                order_by=["start_time", "run_name"],
                fresh=True,
                **fields,
            )
            return store.get_run_window(request)

        window = look(other)
        assert window.run_name == ["parent", "c1", "c2"]
        assert window.parent_run_id == [None, parent, parent]
        assert window.children == [2, 0, 0]
        assert look(other, run_view_type="ALL").children[0] == 3
        assert look(other, experiment).children[0] == 3

    def test_a_tree_begins_with_its_roots(self, store: TrackingStore) -> None:
        runs: dict[str, str] = {}
        for index, (name, parent) in enumerate(
            [("a", ""), ("b", "a"), ("c", "b"), ("d", ""), ("e", "d"), ("f", "elsewhere")]
        ):
            runs[name] = make_run(store, "0", run_name=name, start_time=index)
            log(store, runs[name], "m", -index)
            if parent:
                _tag(store, runs[name], "mlflow.parentRunId", runs.get(parent, parent))

        def roots(**fields: Any) -> list[str]:
            return self.names(store, GetRunWindow(experiment_ids=["0"], roots=True, **fields))

        assert roots() == ["f", "d", "a"]
        assert roots(order_by=["metrics.m DESC"]) == ["a", "d", "f"]
        assert roots(filter="run_name != 'a'") == ["f", "d", "b"]
        store.delete_run(api.DeleteRun(run_id=runs["d"]))
        assert roots() == ["f", "e", "a"]
        assert roots(run_view_type="ALL", max_results=2) == ["f", "d"]

    def test_what_is_known_is_not_sent_again(self, store: TrackingStore, experiment: str) -> None:
        request = GetRunWindow(experiment_ids=[experiment], columns=["metrics.new"], fresh=True)
        first = store.get_run_window(request)
        assert (first.unchanged, len(first.run_id)) == (False, 5)
        request.known = first.token
        again = store.get_run_window(request)
        assert (again.unchanged, again.run_id, again.numbers) == (True, [], {})
        assert (again.total, again.token) == (5, first.token)

        for value in (math.nan, 1.0, 1.5):
            log(store, first.run_id[3], "new", value, step=round(value * 2) if value > 0 else 0)
            changed = store.get_run_window(request)
            assert not changed.unchanged
            assert repr(changed.numbers["metrics.new"][3]) == repr(value)
            request.known = changed.token
        store.update_run(api.UpdateRun(run_id=first.run_id[0], run_name="renamed"))
        assert store.get_run_window(request).run_name[0] == "renamed"

    @pytest.mark.parametrize(
        "fields",
        [
            {"columns": ["loss"]},
            {"columns": ["metrics."]},
            {"columns": ["run_name"]},
            {"columns": ["min(params.lr)"]},
            {"columns": ["number(metrics.loss)"]},
            {"columns": ["sum(metrics.loss)"]},
            {"columns": [f"metrics.m{index}" for index in range(501)]},
            {"max_results": 1001},
            {"max_results": -1},
            {"offset": -1},
            {"filter": "nothing = 1"},
            {"order_by": ["nothing"]},
            {"experiment_ids": ["x"]},
        ],
    )
    def test_bad_windows_are_refused(self, store: TrackingStore, fields: dict[str, Any]) -> None:
        with refused("INVALID_PARAMETER_VALUE"):
            store.get_run_window(GetRunWindow(**({"experiment_ids": ["0"]} | fields)))

    # --- keys ------------------------------------------------------------------------------------

    def test_keys_say_what_the_runs_have(self, store: TrackingStore, experiment: str) -> None:
        rare = make_run(store, experiment, start_time=1)
        for key, value in (("rare", math.nan), ("accuracy", math.inf), ("accuracy", -1.0)):
            log(store, rare, key, value)
        _param(store, rare, "optimizer", "sgd")
        _param(store, rare, "once", "only")
        _tag(store, rare, "team", "red")
        _tag(store, rare, "mlflow.user", "ann")
        keys = store.get_run_keys(GetRunKeys(experiment_ids=[experiment]))

        assert (keys.runs, keys.looked_at) == (6, 6)
        assert keys.metrics == [
            MetricKey("accuracy", 6, True, 0.5, math.inf),
            MetricKey("val/loss", 5, True, 0.0, 8.0),
            MetricKey("rare", 1, False, None, None),
        ]
        assert keys.params == [
            TextKey("optimizer", 6, 2, None),
            TextKey("lr max", 5, 5, None),
            TextKey("once", 1, 1, "only"),
        ]
        assert keys.tags == [TextKey("team", 1, 1, "red")]
        assert (keys.metric_count, keys.param_count, keys.tag_count) == (3, 3, 1)

    def test_keys_follow_the_search(self, store: TrackingStore, experiment: str) -> None:
        def look(**fields: Any) -> tuple[list[str], list[str]]:
            keys = store.get_run_keys(GetRunKeys(**({"experiment_ids": [experiment]} | fields)))
            return [key.key for key in keys.metrics], [key.key for key in keys.params]

        assert look(filter="run_name = 'none'") == ([], [])
        assert look(run_view_type="DELETED_ONLY") == ([], [])
        assert look(experiment_ids=[]) == ([], [])
        assert look(search="OS") == (["val/loss"], [])
        assert look(search="r m") == ([], ["lr max"])
        filtered = store.get_run_keys(
            GetRunKeys(experiment_ids=[experiment], filter="metrics.`val/loss` > 5")
        )
        assert filtered.runs == 2
        assert filtered.metrics[1] == MetricKey("val/loss", 2, True, 6.0, 8.0)

    def test_at_most_so_many_keys_come(self, store: TrackingStore, experiment: str) -> None:
        extra = make_run(store, experiment)
        for key in ("b", "a"):
            log(store, extra, key, 1)
        request = GetRunKeys(experiment_ids=[experiment], max_keys=3)
        keys = store.get_run_keys(request)

        assert [key.key for key in keys.metrics] == ["accuracy", "val/loss", "a"]
        assert (keys.metric_count, keys.param_count) == (4, 2)
        request.max_keys = 0
        with refused("INVALID_PARAMETER_VALUE", "max_keys"):
            store.get_run_keys(request)

    def test_keys_of_several_experiments_come_together(
        self, store: TrackingStore, experiment: str
    ) -> None:
        other = make_experiment(store, "other")
        run = make_run(store, other)
        log(store, run, "accuracy", 0.75)
        _param(store, run, "optimizer", "adam")
        _param(store, run, "lr max", "1e-1")
        keys = store.get_run_keys(GetRunKeys(experiment_ids=[experiment, other]))

        assert keys.metrics[0] == MetricKey("accuracy", 6, False, 0.5, 0.75)
        lr, optimizer = keys.params
        assert (lr.key, lr.runs, lr.distinct, lr.value) == ("lr max", 6, 5, None)
        assert optimizer == TextKey("optimizer", 6, 1, "adam")

    def test_system_tags_come_when_they_are_asked_for(self, store: TrackingStore) -> None:
        _tag(store, make_run(store), "mlflow.user", "ann")
        request = GetRunKeys(experiment_ids=["0"], system_tags=True)

        assert TextKey("mlflow.user", 1, 1, "ann") in store.get_run_keys(request).tags

    # --- values ----------------------------------------------------------------------------------

    def test_values_come_with_the_most_frequent_first(
        self, store: TrackingStore, experiment: str
    ) -> None:
        odd = make_run(store, experiment, run_name="Odd", user_id="ann")
        _param(store, odd, "optimizer", "Sgd")
        _param(store, odd, "lr max", "x" * 251)
        _tag(store, odd, "team", "red")
        store.update_run(api.UpdateRun(run_id=odd, status="FAILED"))

        def look(column: str, **fields: Any) -> list[tuple[str, int]]:
            request = GetRunValues(**({"experiment_ids": [experiment], "column": column} | fields))
            answer = store.get_run_values(request)
            return list(zip(answer.values, answer.runs, strict=True))

        assert look("params.optimizer") == [("adam", 5), ("Sgd", 1)]
        assert look("params.optimizer", search="SG") == [("Sgd", 1)]
        assert look("params.lr max", max_values=2) == [("1e-0", 1), ("1e-1", 1)]
        assert [value for value, _ in look("params.lr max")][-1] == "1e-4"
        assert look("params.lr max", filter="run_name IN ('r3', 'r4')", search="3") == [("1e-3", 1)]
        assert look("tags.team") == [("red", 1)]
        assert look("status") == [("RUNNING", 5), ("FAILED", 1)]
        assert look("user_id") == [("ann", 1)]
        assert look("run_name", search="o") == [("Odd", 1)]
        assert look("params.none") == look("status", experiment_ids=[]) == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"column": "metrics.loss"},
            {"column": "number(params.lr)"},
            {"column": "loss"},
            {"column": "start_time"},
            {"column": "status", "max_values": 0},
            {"column": "status", "max_values": 1001},
            {"column": "status", "filter": "nothing"},
        ],
    )
    def test_bad_requests_for_values_are_refused(
        self, store: TrackingStore, fields: dict[str, Any]
    ) -> None:
        with refused("INVALID_PARAMETER_VALUE"):
            store.get_run_values(GetRunValues(**({"experiment_ids": ["0"]} | fields)))
