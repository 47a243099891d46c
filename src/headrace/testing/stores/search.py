"""The search for runs: filters, orders, pages, view types."""

from __future__ import annotations

import math

import msgspec
import pytest

from headrace.api import tracking as api
from headrace.entities import Dataset, DatasetInput, InputTag, Param, RunTag
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import log, make_experiment, make_run, refused


def find(
    store: TrackingStore, experiment_id: str, text: str = "", *order: str, view: str = "ACTIVE_ONLY"
) -> list[str | None]:
    """Return the names of the runs that a search answers, in its order."""
    request = api.SearchRuns(
        experiment_ids=[experiment_id], filter=text, order_by=list(order), run_view_type=view
    )
    return [run.info.run_name for run in store.search_runs(request).runs]


def _as_columns(request: api.SearchRuns) -> api.SearchRunColumns:
    """Return the request for the same page as columns."""
    return api.SearchRunColumns(**msgspec.structs.asdict(request))


FILTERS = [
    ("", "dcba"),
    ("metrics.`val/acc` > 0.15", "cb"),
    ('metrics.`val/acc` >= 0.2 and metric."val/acc" < 0.3', "b"),
    ("metrics.`val/acc` != 0.1", "cb"),
    ("params.lr = '0.1'", "b"),
    ("param.lr != '0.1'", "dca"),
    ("parameters.lr LIKE '0.%'", "dcba"),
    ("params.`odd key` = 'x' AND tags.kind = 'even'", "ca"),
    ("tag.kind ILIKE 'odd'", "db"),
    ("tags.kind LIKE 'odd'", ""),
    ("tags.kind IS NULL", ""),
    ("params.lr IS NOT NULL", "dcba"),
    ("params.none IS NULL", "dcba"),
    ("attributes.run_name = 'c'", "c"),
    ("attribute.status = 'FAILED'", "b"),
    ("status != 'FAILED'", "dca"),
    ("start_time > 1001", "dc"),
    ("start_time >= 1001 and start_time <= 1002", "cb"),
    ("attributes.user_id = 'user3'", "d"),
    ("run_name IN ('a', 'd')", "da"),
    ("datasets.name = 'iris'", "b"),
    ("dataset.context = 'train' and datasets.digest = 'd1'", "b"),
    ("datasets.name = 'none'", ""),
]

BAD_FILTERS = [
    "metrics.acc > 'high'",
    "params.lr > 3 4",
    "params.lr = 0.1",
    "attributes.nothing = 'x'",
    "nothing.at.all = 'x'",
    "tags.kind = 'unclosed",
    "tags.kind",
    "= 'x'",
    "metrics.acc LIKE 'x'",
    "start_time = 'yesterday'",
]

ORDERS = [
    (("metrics.`val/acc`",), "abcd"),
    (("metrics.`val/acc` DESC",), "cbad"),
    (("params.lr DESC",), "dcba"),
    (("attributes.start_time ASC",), "abcd"),
    (("tags.kind ASC", "run_name DESC"), "dbca"),
    (("metrics.none", "attribute.run_name"), "abcd"),
]


class SearchSuite:
    """What the search for runs must do."""

    @pytest.fixture
    def experiment_id(self, store: TrackingStore) -> str:
        """Four runs: a to d with acc 0.1 to 0.3 and none, params, tags, and a data set in b."""
        experiment_id = make_experiment(store, "searched")
        for number, name in enumerate("abcd"):
            run_id = make_run(
                store,
                experiment_id,
                run_name=name,
                start_time=1000 + number,
                user_id=f"user{number}",
            )
            if name != "d":
                log(store, run_id, "val/acc", (number + 1) / 10)
            store.log_batch(
                api.LogBatch(
                    run_id=run_id,
                    params=[Param("lr", f"0.{number}"), Param("odd key", "x")],
                    tags=[RunTag("kind", "even" if number % 2 == 0 else "Odd")],
                )
            )
            if name == "b":
                dataset = Dataset("iris", "d1", "local", "{}")
                store.log_inputs(
                    api.LogInputs(
                        run_id=run_id,
                        datasets=[
                            DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])
                        ],
                    )
                )
                store.update_run(api.UpdateRun(run_id=run_id, status="FAILED", end_time=5000))
        return experiment_id

    @pytest.mark.parametrize(("text", "expected"), FILTERS)
    def test_filters(
        self, store: TrackingStore, experiment_id: str, text: str, expected: str
    ) -> None:
        assert find(store, experiment_id, text) == list(expected)

    @pytest.mark.parametrize("text", BAD_FILTERS)
    def test_bad_filters_are_refused(
        self, store: TrackingStore, experiment_id: str, text: str
    ) -> None:
        with refused("INVALID_PARAMETER_VALUE"):
            find(store, experiment_id, text)

    @pytest.mark.parametrize(("order", "expected"), ORDERS)
    def test_orders(
        self, store: TrackingStore, experiment_id: str, order: tuple[str, ...], expected: str
    ) -> None:
        assert find(store, experiment_id, "", *order) == list(expected)

    def test_bad_order_is_refused(self, store: TrackingStore, experiment_id: str) -> None:
        with refused("INVALID_PARAMETER_VALUE"):
            find(store, experiment_id, "", "metrics.acc SIDEWAYS")

    def test_nan_comes_after_values_and_before_missing(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store)
        values = {"nan": math.nan, "low": -math.inf, "one": 1.0, "high": math.inf, "none": None}
        for name, value in values.items():
            run_id = make_run(store, experiment_id, run_name=name)
            if value is not None:
                log(store, run_id, "m", value)

        up = find(store, experiment_id, "", "metrics.m ASC")
        down = find(store, experiment_id, "", "metrics.m DESC")

        assert up == ["low", "one", "high", "nan", "none"]
        assert down == ["high", "one", "low", "nan", "none"]

    def test_view_types(self, store: TrackingStore, experiment_id: str) -> None:
        request = api.SearchRuns(experiment_ids=[experiment_id], filter="run_name = 'a'")
        [run] = store.search_runs(request).runs
        store.delete_run(api.DeleteRun(run_id=run.info.run_id))

        assert find(store, experiment_id) == ["d", "c", "b"]
        assert find(store, experiment_id, view="DELETED_ONLY") == ["a"]
        assert find(store, experiment_id, view="ALL") == ["d", "c", "b", "a"]

    def test_answers_hold_the_runs_whole(self, store: TrackingStore, experiment_id: str) -> None:
        page = store.search_runs(api.SearchRuns(experiment_ids=[experiment_id]))

        for run in page.runs:
            assert store.get_run(api.GetRun(run_id=run.info.run_id)).run == run

    def test_a_run_comes_without_what_it_logged(
        self, store: TrackingStore, experiment_id: str
    ) -> None:
        request = api.SearchRuns(experiment_ids=[experiment_id], fields=[])
        for run in store.search_runs(request).runs:
            wanted = api.GetRun(run_id=run.info.run_id, info_only=True)
            assert store.get_run(wanted).run == run

    @pytest.mark.parametrize("order", [(), ("metrics.`val/acc` DESC",), ("params.same",)])
    def test_pages_hold_each_run_once(
        self, store: TrackingStore, experiment_id: str, order: tuple[str, ...]
    ) -> None:
        for _ in range(7):
            make_run(store, experiment_id, run_name="tied", start_time=3)
        whole = find(store, experiment_id, "", *order)

        found: list[str] = []
        names = []
        token = None
        while True:
            page = store.search_runs(
                api.SearchRuns(
                    experiment_ids=[experiment_id],
                    order_by=list(order),
                    max_results=3,
                    page_token=token,
                )
            )
            found += [run.info.run_id for run in page.runs]
            names += [run.info.run_name for run in page.runs]
            token = page.next_page_token
            if token is None:
                break

        assert len(found) == len(set(found)) == 11
        assert names == whole

    def test_full_last_page_has_no_token(self, store: TrackingStore, experiment_id: str) -> None:
        request = api.SearchRuns(experiment_ids=[experiment_id], max_results=4)

        assert store.search_runs(request).next_page_token is None

    def test_bad_token_is_refused(self, store: TrackingStore, experiment_id: str) -> None:
        for token in ("?", "AAAA", "e30="):
            with refused("INVALID_PARAMETER_VALUE", "page token"):
                store.search_runs(api.SearchRuns(experiment_ids=[experiment_id], page_token=token))

    @pytest.mark.parametrize("max_results", [-1, 50001])
    def test_bad_page_sizes_are_refused(self, store: TrackingStore, max_results: int) -> None:
        with refused("INVALID_PARAMETER_VALUE"):
            store.search_runs(api.SearchRuns(experiment_ids=["0"], max_results=max_results))

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ([], {}),
            (["params.lr"], {"params": {"lr": "0.1"}}),
            (["params.*"], {"params": {"lr": "0.1", "odd key": "x"}}),
            (["tags.kind", "params.none"], {"tags": {"kind": "Odd"}}),
            (["metrics.val/acc"], {"metrics": {"val/acc": 0.2}}),
            (["metrics.*", "tags.mlflow.runName"], {"metrics": {"val/acc": 0.2}, "tags": "name"}),
        ],
    )
    def test_fields_choose_what_is_answered(
        self,
        store: TrackingStore,
        experiment_id: str,
        fields: list[str],
        expected: dict[str, object],
    ) -> None:
        request = api.SearchRuns(
            experiment_ids=[experiment_id], filter="run_name = 'b'", fields=fields
        )
        [run] = store.search_runs(request).runs
        columns = store.search_run_columns(_as_columns(request))
        if expected.get("tags") == "name":
            expected = expected | {"tags": {"mlflow.runName": "b"}}
        for noun in ("metrics", "params", "tags"):
            wanted = expected.get(noun, {})
            assert getattr(run.data, noun) == wanted
            assert {key: cell for key, [cell] in getattr(columns, noun).items()} == wanted
        assert (run.inputs.dataset_inputs, run.info.status) == ([], "FAILED")
        request.fields = ["inputs", "outputs"]
        [run] = store.search_runs(request).runs
        assert (len(run.inputs.dataset_inputs), run.data.tags) == (1, {})

    @pytest.mark.parametrize("field", ["", "metrics", "metrics.", "loss", "info.status", "Inputs"])
    def test_unknown_fields_are_refused(self, store: TrackingStore, field: str) -> None:
        with refused("INVALID_PARAMETER_VALUE", repr(field), "params.KEY"):
            store.search_runs(api.SearchRuns(experiment_ids=["0"], fields=["tags.*", field]))

    def test_columns_hold_what_runs_hold(self, store: TrackingStore, experiment_id: str) -> None:
        other = make_experiment(store, "other")
        odd = make_run(store, other, run_name="odd", start_time=1)
        for key, value in (("val/acc", math.nan), ("a", math.inf), ("b", -math.inf), ("c", -0.5)):
            log(store, odd, key, value)
        store.log_param(api.LogParam(run_id=odd, key="lr", value="größe"))
        request = api.SearchRuns(experiment_ids=[experiment_id, other], max_results=4)
        for _ in range(2):
            page = store.search_runs(request)
            columns = store.search_run_columns(_as_columns(request))
            infos = [run.info for run in page.runs]
            assert columns.next_page_token == page.next_page_token
            for name in ("run_id", "experiment_id", "status", "artifact_uri", "start_time"):
                assert getattr(columns, name) == [getattr(info, name) for info in infos]
            assert columns.end_time == [info.end_time for info in infos]
            for noun in ("metrics", "params", "tags"):
                expected: dict[str, list[object]] = {}
                for row, run in enumerate(page.runs):
                    for key, value in getattr(run.data, noun).items():
                        expected.setdefault(key, [None] * len(page.runs))[row] = value
                assert repr(getattr(columns, noun)) == repr(expected)
            request.page_token = page.next_page_token
        assert request.page_token is None

    @pytest.mark.parametrize(("text", "names"), FILTERS)
    def test_counts_are_those_of_the_runs(
        self, store: TrackingStore, experiment_id: str, text: str, names: str
    ) -> None:
        request = api.CountRuns(experiment_ids=[experiment_id], filter=text)

        assert store.count_runs(request).count == len(names)

    def test_counts_by_view_and_experiment(self, store: TrackingStore, experiment_id: str) -> None:
        store.delete_run(api.DeleteRun(run_id=make_run(store, experiment_id)))
        other = make_experiment(store, "other")
        make_run(store, other)

        def count(*experiments: str, **fields: str) -> int:
            return store.count_runs(api.CountRuns(experiment_ids=list(experiments), **fields)).count

        assert (count(), count(other), count(experiment_id, other)) == (0, 1, 5)
        assert count(experiment_id, run_view_type="ALL") == 5
        assert count(experiment_id, run_view_type="DELETED_ONLY") == 1
        assert count(experiment_id, other, filter="params.lr = '0.1'") == 1

    def test_counting_refuses_what_searching_does(self, store: TrackingStore) -> None:
        for text in BAD_FILTERS:
            with refused("INVALID_PARAMETER_VALUE"):
                store.count_runs(api.CountRuns(experiment_ids=["0"], filter=text))

    def test_experiments_are_kept_apart(self, store: TrackingStore, experiment_id: str) -> None:
        other = make_experiment(store, "other")
        make_run(store, other, run_name="elsewhere")
        both = api.SearchRuns(experiment_ids=[experiment_id, other])

        assert find(store, other) == ["elsewhere"]
        assert len(store.search_runs(both).runs) == 5
        assert store.search_runs(api.SearchRuns(experiment_ids=[])).runs == []
