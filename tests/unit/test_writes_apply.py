"""Many writes in one transaction: each taken or refused alone."""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.entities import Metric, Param, RunTag
from headrace.errors import HeadraceError
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.engine import Busy
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import get_run, log, make_model, make_run, refused
from tests.databases import PostgresServer

NOWHERE = "0" * 32


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqlTrackingStore]:
    """A store for refusals, which no database has a say in."""
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    yield store
    store.close()


def point(run_id: str, key: str = "loss", value: float = 0.5, step: int = 0) -> api.LogMetric:
    return api.LogMetric(run_id=run_id, key=key, value=value, timestamp=7, step=step)


def points(*keys: str) -> list[api.MetricPoint]:
    return [api.MetricPoint(key=key, value=1.0, timestamp=1, step=i) for i, key in enumerate(keys)]


def codes(outcomes: list[Exception | None]) -> list[str | None]:
    return [error.error_code if isinstance(error, HeadraceError) else None for error in outcomes]


def history(store: SqlTrackingStore, run_id: str, key: str = "loss") -> list[tuple[int, float]]:
    answer = store.get_metric_history(api.GetMetricHistory(run_id=run_id, metric_key=key))
    return [(metric.step, metric.value) for metric in answer.metrics]


def contents(store: SqlTrackingStore, run_id: str) -> tuple[dict[str, float], dict[str, str]]:
    data = get_run(store, run_id).data
    return data.metrics, data.params


# --- groups --------------------------------------------------------------------------------------


def test_no_writes_do_nothing(sqlite_store: SqlTrackingStore) -> None:
    assert sqlite_store.apply([]) == []


@pytest.mark.parametrize("known", [False, True], ids=["unknown run", "known run"])
def test_a_bad_write_is_refused_alone(sql_store: SqlTrackingStore, known: bool) -> None:
    run_id, other, deleted = (make_run(sql_store) for _ in range(3))
    sql_store.delete_run(api.DeleteRun(run_id=deleted))
    if known:
        log(sql_store, run_id, "loss", 9.0, step=9)
        log(sql_store, other, "loss", 9.0, step=9)

    outcomes = sql_store.apply(
        [
            point(run_id, step=1),
            point(NOWHERE),
            point(other, key="a//b"),
            point(deleted),
            point(other, step=2),
            api.LogParam(run_id=other, key="lr", value="1"),
            api.LogParam(run_id=other, key="lr", value="2"),
        ]
    )

    assert codes(outcomes) == [
        None,
        "RESOURCE_DOES_NOT_EXIST",
        "INVALID_PARAMETER_VALUE",
        "INVALID_PARAMETER_VALUE",
        None,
        None,
        "INVALID_PARAMETER_VALUE",
    ]
    before = [(9, 9.0)] if known else []
    assert history(sql_store, run_id) == [*before, (1, 0.5)]
    assert history(sql_store, other) == [*before, (2, 0.5)]
    assert contents(sql_store, other)[1] == {"lr": "1"}
    assert contents(sql_store, deleted) == ({}, {})


def test_points_of_many_runs_and_a_run_many_times(sql_store: SqlTrackingStore) -> None:
    runs = [make_run(sql_store) for _ in range(3)]
    for _ in range(2):  # the second time all runs and keys are known
        writes = [point(runs[i % 3], f"k{i % 2}", float(i), i) for i in range(30)]
        assert sql_store.apply(writes) == [None] * 30

    for number, run_id in enumerate(runs):
        mine = [i for i in range(30) if i % 3 == number]
        for key in (0, 1):
            steps = [i for i in mine if i % 2 == key]
            assert history(sql_store, run_id, f"k{key}") == [(i, float(i)) for i in steps]
            assert contents(sql_store, run_id)[0][f"k{key}"] == float(steps[-1])


def test_the_words_of_refusals(sql_store: SqlTrackingStore) -> None:
    run_id, deleted = make_run(sql_store), make_run(sql_store)
    sql_store.delete_run(api.DeleteRun(run_id=deleted))
    log(sql_store, run_id, "loss", 1.0)

    unknown, inactive, good = sql_store.apply([point(NOWHERE), point(deleted), point(run_id)])

    assert str(unknown) == f"Run with id={NOWHERE} not found"
    assert str(inactive) == (
        f"The run {deleted} must be in the 'active' state. Current state is deleted."
    )
    assert good is None


def test_a_run_deleted_by_another_process_takes_nothing(
    sql_store: SqlTrackingStore, sql_uri: str, tmp_path: Path
) -> None:
    run_id, other = make_run(sql_store), make_run(sql_store)
    for known in (run_id, other):
        log(sql_store, known, "loss", 1.0)
    elsewhere = open_sql_store(sql_uri, str(tmp_path / "artifacts"))
    elsewhere.delete_run(api.DeleteRun(run_id=run_id))

    writes = [point(run_id, step=5), point(other, step=5), point(run_id, step=6)]
    outcomes = sql_store.apply(writes)

    assert codes(outcomes) == ["INVALID_PARAMETER_VALUE", None, "INVALID_PARAMETER_VALUE"]
    assert history(sql_store, run_id) == [(0, 1.0)]
    assert history(sql_store, other) == [(0, 1.0), (5, 0.5)]
    elsewhere.restore_run(api.RestoreRun(run_id=run_id))
    elsewhere.close()
    assert sql_store.apply([point(run_id, step=6)]) == [None]


def test_a_run_that_was_removed_and_made_anew_by_its_id(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store, run_id="mine")
    log(sql_store, run_id, "loss", 1.0)
    with sql_store._database.write() as tx:
        tx.execute("DELETE FROM runs WHERE uuid = ?", (run_id,))
    assert codes(sql_store.apply([point(run_id)])) == ["RESOURCE_DOES_NOT_EXIST"]

    make_run(sql_store, run_id="mine")
    sql_store.log_metric(point(run_id, step=3))

    assert history(sql_store, run_id) == [(3, 0.5)]


def test_only_writes_are_applied(sqlite_store: SqlTrackingStore) -> None:
    with pytest.raises(TypeError, match="LogPoints, LogRows, not GetRun"):
        sqlite_store.apply([api.GetRun(run_id=NOWHERE)])  # type: ignore[list-item]


# --- batches -------------------------------------------------------------------------------------


BAD_PARTS: dict[str, dict[str, list[object]]] = {
    "changed param": {"params": [Param("new", "1"), Param("old", "2")]},
    "repeated param": {"params": [Param("new", "1"), Param("new", "1")]},
    "NUL in a key": {"params": [Param("a\0b", "1")]},
    "NUL in a value": {"params": [Param("new", "a\0b")]},
    "lone surrogate": {"params": [Param("new", "\ud800")]},
    "tag that is a path": {"tags": [RunTag("../new", "x")]},
    "long key": {"metrics": [*points("new"), api.MetricPoint(key="k" * 251, value=1, timestamp=1)]},
    "time": {"metrics": [*points("new"), api.MetricPoint(key="n", value=1.0, timestamp=-1)]},
    "step": {
        "metrics": [*points("new"), api.MetricPoint(key="n", value=1.0, timestamp=1, step=2**63)]
    },
    "value": {
        "metrics": [*points("new"), api.MetricPoint(key="n", value="x", timestamp=1)]  # type: ignore[arg-type]
    },
    "1001 metrics": {"metrics": [*points(*["new"] * 1001)]},
    "101 params": {"params": [Param(f"new{i}", "1") for i in range(101)]},
    "101 tags": {"tags": [RunTag(f"new{i}", "1") for i in range(101)]},
    "1001 together": {
        "metrics": [*points(*["new"] * 999)],
        "tags": [RunTag("a", "1"), RunTag("b", "1")],
    },
}


@pytest.mark.parametrize("bad", BAD_PARTS.values(), ids=BAD_PARTS)
def test_nothing_of_a_refused_batch_is_kept(
    sqlite_store: SqlTrackingStore, bad: dict[str, list[object]]
) -> None:
    run_id = make_run(sqlite_store)
    sqlite_store.log_param(api.LogParam(run_id=run_id, key="old", value="1"))
    good: dict[str, list[object]] = {
        "metrics": [*points("m")],
        "params": [Param("p", "1")],
        "tags": [RunTag("t", "1")],
    }
    before = get_run(sqlite_store, run_id)

    with refused("INVALID_PARAMETER_VALUE"):
        sqlite_store.log_batch(api.LogBatch(run_id=run_id, **{**good, **bad}))  # type: ignore[arg-type]

    assert get_run(sqlite_store, run_id) == before
    assert history(sqlite_store, run_id, "m") == history(sqlite_store, run_id, "new") == []


def test_the_words_of_batch_limits(sqlite_store: SqlTrackingStore) -> None:
    with refused(
        "INVALID_PARAMETER_VALUE",
        "A batch logging request can contain at most 1000 metrics. Got 1001 metrics. "
        "Please split up metrics across multiple requests and try again.",
    ):
        sqlite_store.log_batch(api.LogBatch(run_id=NOWHERE, metrics=points(*["m"] * 1001)))
    tags = [RunTag("t", "1")]
    with refused("INVALID_PARAMETER_VALUE", "at most 1000 metrics, params, and tags. Got 1001"):
        sqlite_store.log_batch(
            api.LogBatch(run_id=NOWHERE, metrics=points(*["m"] * 1000), tags=tags)
        )


def test_an_empty_batch_still_needs_its_run(sql_store: SqlTrackingStore) -> None:
    sql_store.log_batch(api.LogBatch(run_id=make_run(sql_store)))
    with refused("RESOURCE_DOES_NOT_EXIST", NOWHERE):
        sql_store.log_batch(api.LogBatch(run_id=NOWHERE))


# --- params and tags -----------------------------------------------------------------------------


def test_a_param_is_set_once(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store)
    for _ in range(2):
        sql_store.log_param(api.LogParam(run_id=run_id, key="a", value="x"))

    with refused(
        "INVALID_PARAMETER_VALUE",
        "Changing param values is not allowed. Param with key='a' was already logged with "
        f"value='x' for run ID='{run_id}'. Attempted logging new value 'y'.",
    ):
        sql_store.log_param(api.LogParam(run_id=run_id, key="a", value="y"))
    with refused(
        "INVALID_PARAMETER_VALUE",
        "Params were already logged='[{'key': 'a', 'old_value': 'x', 'new_value': ''}]' "
        f"for run ID='{run_id}'.",
    ):
        sql_store.log_batch(api.LogBatch(run_id=run_id, params=[Param("b", "1"), Param("a", "")]))

    assert contents(sql_store, run_id)[1] == {"a": "x"}


def test_a_repeated_param_key_names_itself(sqlite_store: SqlTrackingStore) -> None:
    params = [Param("a", "1"), Param("b", "1"), Param("a", "2"), Param("a", "3")]
    with refused("INVALID_PARAMETER_VALUE", "submitted: ['a', 'a']. Please ensure"):
        sqlite_store.log_batch(api.LogBatch(run_id=make_run(sqlite_store), params=params))


def test_params_and_tags_have_any_length(sql_store: SqlTrackingStore) -> None:
    run_id, long = make_run(sql_store), "日本😀\n" * 50_000
    sql_store.log_param(api.LogParam(run_id=run_id, key="long", value=long))
    sql_store.set_tag(api.SetTag(run_id=run_id, key="long", value=long))
    data = get_run(sql_store, run_id).data
    assert data.params == {"long": long}
    assert data.tags["long"] == long


def test_the_last_tag_of_a_key_counts(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store, run_name="first")
    sql_store.apply(
        [
            api.SetTag(run_id=run_id, key="t", value="1"),
            api.LogBatch(run_id=run_id, tags=[RunTag("t", "2"), RunTag("t", "3"), RunTag("u", "")]),
        ]
    )
    assert get_run(sql_store, run_id).data.tags == {"mlflow.runName": "first", "t": "3", "u": ""}


def test_the_name_tag_renames_the_run(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store, run_name="first")

    sql_store.set_tag(api.SetTag(run_id=run_id, key="mlflow.runName", value="second"))
    renamed = get_run(sql_store, run_id)
    sql_store.log_batch(api.LogBatch(run_id=run_id, tags=[RunTag("mlflow.runName", "")]))
    kept = get_run(sql_store, run_id)

    for run in (renamed, kept):
        assert (run.info.run_name, run.data.tags["mlflow.runName"]) == ("second", "second")


def test_tags_are_deleted(sql_store: SqlTrackingStore) -> None:
    run_id = make_run(sql_store, run_name="named")
    sql_store.set_tag(api.SetTag(run_id=run_id, key="t", value="1"))

    sql_store.delete_tag(api.DeleteTag(run_id=run_id, key="t"))
    sql_store.delete_tag(api.DeleteTag(run_id=run_id, key="mlflow.runName"))

    run = get_run(sql_store, run_id)
    assert (run.data.tags, run.info.run_name) == ({}, "named")
    for key in ("t", "never"):
        with refused("RESOURCE_DOES_NOT_EXIST", f"No tag with name: {key} in run with id {run_id}"):
            sql_store.delete_tag(api.DeleteTag(run_id=run_id, key=key))


# --- points that name a model --------------------------------------------------------------------


def test_points_of_a_model_are_the_models_too(sql_store: SqlTrackingStore) -> None:
    run_id, model_id = make_run(sql_store), make_model(sql_store)
    named = api.MetricPoint(
        key="acc",
        value=math.nan,
        timestamp=5,
        step=1,
        model_id=model_id,
        dataset_name="iris",
        dataset_digest="d",
    )

    for _ in range(2):  # the same point twice is one
        batch = api.LogBatch(run_id=run_id, metrics=[*points("acc"), named])
        sql_store.log_batch(batch)

    model = sql_store.get_logged_model(api.GetLoggedModel(model_id=model_id)).model
    [metric] = model.metrics
    assert math.isnan(metric.value)
    assert metric == Metric("acc", metric.value, 5, 1, model_id, "iris", "d", run_id)
    assert [step for step, _ in history(sql_store, run_id, "acc")] == [0, 1]


def test_points_of_an_absent_model_are_refused_with_their_batch(
    sql_store: SqlTrackingStore,
) -> None:
    run_id = make_run(sql_store)
    lost = api.MetricPoint(key="acc", value=1.0, timestamp=1, model_id="m-absent")

    with refused("RESOURCE_DOES_NOT_EXIST", "m-absent"):
        sql_store.log_batch(api.LogBatch(run_id=run_id, metrics=[*points("loss"), lost]))

    assert contents(sql_store, run_id) == ({}, {})


@pytest.mark.parametrize("given", [{"dataset_name": "iris"}, {"dataset_digest": "d"}], ids=str)
def test_half_a_data_set_is_refused(sqlite_store: SqlTrackingStore, given: dict[str, str]) -> None:
    with refused("INVALID_PARAMETER_VALUE", "Both dataset_name and dataset_digest"):
        log(sqlite_store, make_run(sqlite_store), "acc", 1.0, **given)


# --- other writers -------------------------------------------------------------------------------


def test_who_does_not_wait_is_told_that_the_store_is_busy(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    run_id = make_run(store)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    for write in (point(run_id), api.LogParam(run_id=run_id, key="a", value="1")):
        with pytest.raises(Busy):
            store.apply([write], wait=False)

    other.execute("ROLLBACK")
    other.close()
    assert contents(store, run_id) == ({}, {})
    assert store.apply([point(run_id)], wait=False) == [None]
    store.close()


def test_a_failing_database_is_the_outcome_of_every_write(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path}/store.db")
    run_id = make_run(store)
    log(store, run_id, "loss", 1.0)
    store._database._writer.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]
    batch = api.LogBatch(run_id=run_id, metrics=points(*["loss"] * 1000))

    outcomes = store.apply([batch, point("a\0b"), batch])

    assert codes(outcomes) == [
        "TEMPORARILY_UNAVAILABLE",
        "INVALID_PARAMETER_VALUE",
        "TEMPORARILY_UNAVAILABLE",
    ]
    store._database._writer.execute("PRAGMA max_page_count=1000000")  # type: ignore[attr-defined]
    assert history(store, run_id) == [(0, 1.0)]
    assert store.apply([batch]) == [None]
    store.close()


def test_stores_that_write_the_same_run_at_once(sql_uri: str, tmp_path: Path) -> None:
    stores = [open_sql_store(sql_uri, str(tmp_path / "artifacts")) for _ in range(3)]
    runs = [make_run(stores[0]) for _ in range(4)]
    errors: list[object] = []

    def write(number: int, store: SqlTrackingStore) -> None:
        for turn in range(10):
            order = runs[turn % 4 :] + runs[: turn % 4]
            writes: list[api.LogBatch | api.LogMetric] = []
            for run_id in order if number % 2 else reversed(order):
                keys = [f"k{(turn + i) % 7}" for i in range(5)]
                writes.append(
                    api.LogBatch(
                        run_id=run_id,
                        metrics=[
                            api.MetricPoint(key=k, value=1.0, timestamp=1, step=100 * number + turn)
                            for k in keys
                        ],
                        params=[Param(f"p{turn}", "same")],
                        tags=[RunTag("t", str(number)), RunTag("mlflow.runName", f"n{number}")],
                    )
                )
                writes.append(point(run_id, "own", float(number), 100 * number + turn))
            errors.extend(error for error in store.apply(writes) if error)

    threads = [threading.Thread(target=write, args=pair) for pair in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    for run_id in runs:
        own = [step for step, _ in history(stores[0], run_id, "own")]
        assert sorted(own) == [100 * n + turn for n in range(3) for turn in range(10)]
        run = get_run(stores[1], run_id)
        assert run.data.params == {f"p{turn}": "same" for turn in range(10)}
        assert run.info.run_name == run.data.tags["mlflow.runName"]
    for store in stores:
        store.close()


def test_only_one_of_two_values_of_a_param_wins(sql_uri: str, tmp_path: Path) -> None:
    stores = [open_sql_store(sql_uri, str(tmp_path / "artifacts")) for _ in range(2)]
    run_id = make_run(stores[0])
    outcomes: dict[tuple[int, str], str | None] = {}

    def write(number: int, store: SqlTrackingStore) -> None:
        for key in "abcdefgh":
            outcome = store.apply([api.LogParam(run_id=run_id, key=key, value=str(number))])
            outcomes[number, key] = codes(outcome)[0]

    threads = [threading.Thread(target=write, args=pair) for pair in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stored = contents(stores[0], run_id)[1]
    for key in "abcdefgh":
        winner = int(stored[key])
        assert outcomes[winner, key] is None
        assert outcomes[1 - winner, key] == "INVALID_PARAMETER_VALUE"
    for store in stores:
        store.close()


# --- connections that break ----------------------------------------------------------------------


def test_points_go_on_after_the_database_closed_its_connections(
    postgres_server: PostgresServer, postgres_store_uri: str, tmp_path: Path
) -> None:
    store = open_sql_store(postgres_store_uri, str(tmp_path))
    run_id = make_run(store)
    for step in range(3):
        store.log_metric(point(run_id, step=step))

    postgres_server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname LIKE 'test_%'"
    )

    assert store.apply([point(run_id, step=3)]) == [None]
    assert [step for step, _ in history(store, run_id)] == [0, 1, 2, 3]
    store.close()


def test_a_prepared_statement_that_a_pooler_lost_is_prepared_again(
    postgres_store_uri: str, tmp_path: Path
) -> None:
    store = open_sql_store(postgres_store_uri, str(tmp_path))
    run_id = make_run(store)
    for step in range(2):
        store.log_metric(point(run_id, step=step))
    with store._database.read(snapshot=False) as tx:
        tx.execute("DEALLOCATE ALL")

    for step in range(2, 4):
        store.log_metric(point(run_id, step=step))

    assert [step for step, _ in history(store, run_id)] == [0, 1, 2, 3]
    store.close()


def test_what_postgresql_refuses_is_an_error_of_ours(
    postgres_store_uri: str, tmp_path: Path
) -> None:
    store = open_sql_store(postgres_store_uri, str(tmp_path))
    run_id = make_run(store)
    log(store, run_id, "loss", 1.0)
    with store._database.write() as tx:
        tx.execute("ALTER TABLE metric_log ADD CONSTRAINT full_disk CHECK (id < 2)")

    [error] = store.apply([point(run_id, step=5)])

    assert isinstance(error, HeadraceError)
    assert "full_disk" in str(error)
    assert history(store, run_id) == [(0, 1.0)]
    store.close()
