"""Page documents: pages are the same with them and without, and none is ever stale."""

from __future__ import annotations

import math
import multiprocessing
import multiprocessing.synchronize
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headrace.api import run_pages, wire
from headrace.api import tracking as api
from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Param,
    Run,
    RunTag,
)
from headrace.errors import HeadraceError
from headrace.server.core import make_dispatch
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.sql import documents, open_sql_store
from headrace.stores.sql.run_reads import load_runs
from headrace.stores.sql.tracking import SqlTrackingStore

SPAWN = multiprocessing.get_context("spawn")
PAGES = 60
EVERY_RUN = api.SearchRuns(experiment_ids=["0"], run_view_type="ALL", max_results=50_000)

Gate = multiprocessing.synchronize.Barrier
Flag = multiprocessing.synchronize.Event
Write = Callable[[SqlTrackingStore, str, int], object]


def point(key: str, number: int, **fields: object) -> api.MetricPoint:
    values = (0.5 * number, math.nan, math.inf, -math.inf, -0.0)
    value = values[number % 5]
    return api.MetricPoint(key=key, value=value, timestamp=number, step=number, **fields)


def new_model(store: SqlTrackingStore) -> str:
    return store.create_logged_model(api.CreateLoggedModel(experiment_id="0")).model.model_id


def log_model_metric(store: SqlTrackingStore, run_id: str, number: int) -> None:
    metrics = [point("on a model", number, model_id=new_model(store))]
    store.log_batch(api.LogBatch(run_id=run_id, metrics=metrics))


def set_and_delete_tag(store: SqlTrackingStore, run_id: str, number: int) -> None:
    key = f"passing {(number - 1) // 2 % 3}"
    if number % 2:
        store.set_tag(api.SetTag(run_id=run_id, key=key, value=str(number)))
    else:
        store.delete_tag(api.DeleteTag(run_id=run_id, key=key))


def log_dataset(store: SqlTrackingStore, run_id: str, number: int) -> None:
    dataset = Dataset(f"data {number % 7}", "digest", "local", "{}")
    given = DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])
    store.log_inputs(api.LogInputs(run_id=run_id, datasets=[given]))


def delete_and_restore(store: SqlTrackingStore, run_id: str, number: int) -> None:
    store.delete_run(api.DeleteRun(run_id=run_id))
    store.restore_run(api.RestoreRun(run_id=run_id))


# Every kind of write that reaches a run; the number makes each call another one.
WRITES: dict[str, Write] = {
    "log_metric": lambda store, run, n: store.log_metric(
        api.LogMetric(run_id=run, key="loss", value=n / 3, timestamp=n, step=n)
    ),
    "log_metric of a new key": lambda store, run, n: store.log_metric(
        api.LogMetric(run_id=run, key=f"key {n % 20}", value=1.0, timestamp=n, step=n)
    ),
    "metrics": lambda store, run, n: store.log_batch(
        api.LogBatch(run_id=run, metrics=[point(key, n) for key in ("a", "b", "c")])
    ),
    "batch": lambda store, run, n: store.log_batch(
        api.LogBatch(
            run_id=run,
            metrics=[point("d", n)],
            params=[Param(f"param {n % 30}", "x")],
            tags=[RunTag("batch", f"größe {n}")],
        )
    ),
    "metric of a model": log_model_metric,
    "param": lambda store, run, n: store.log_param(
        api.LogParam(run_id=run, key=f"p{n % 50}", value="v")
    ),
    "tag": lambda store, run, n: store.set_tag(api.SetTag(run_id=run, key="t", value=str(n))),
    "tag and its deletion": set_and_delete_tag,
    "name": lambda store, run, n: store.update_run(
        api.UpdateRun(run_id=run, run_name=f"name {n}", status="FINISHED", end_time=n)
    ),
    "data set": log_dataset,
    "model as input": lambda store, run, n: store.log_inputs(
        api.LogInputs(run_id=run, models=[LoggedModelInput(f"m-{n % 9}")])
    ),
    "model as output": lambda store, run, n: store.log_outputs(
        api.LogOutputs(run_id=run, models=[LoggedModelOutput(f"m-{n % 9}", 1)])
    ),
    "model as file": lambda store, run, n: store.log_model(
        api.LogModel(
            run_id=run,
            model_json='{"artifact_path": "", "flavors": {}, "run_id": "", "utc_time_created": ""}',
        )
    ),
    "deletion": delete_and_restore,
}


def create_run(store: SqlTrackingStore) -> str:
    return store.create_run(api.CreateRun(experiment_id="0", start_time=1)).run.info.run_id


def without_documents(store: SqlTrackingStore) -> bytes:
    return wire.encode_answer(store.search_runs(EVERY_RUN))


def with_documents(store: SqlTrackingStore) -> bytes:
    return store.encoded_search_runs(EVERY_RUN)


def count_documents(store: SqlTrackingStore) -> int:
    with store._database.read() as tx:
        return int(tx.execute("SELECT count(*) FROM run_documents").fetchone()[0])


def make_documents(store: SqlTrackingStore) -> None:
    with_documents(store)
    store.maintain()


@pytest.fixture
def run_id(sql_store: SqlTrackingStore) -> str:
    """A run with something of everything, two of each."""
    run_id = create_run(sql_store)
    for number in (1, 2):
        for write in WRITES.values():
            write(sql_store, run_id, number)
    return run_id


def test_a_page_has_the_same_bytes_with_documents_and_without(
    sql_store: SqlTrackingStore, run_id: str
) -> None:
    create_run(sql_store)
    expected = without_documents(sql_store)

    assert with_documents(sql_store) == expected
    sql_store.maintain()
    assert count_documents(sql_store) == 2
    assert with_documents(sql_store) == expected
    for text in (b'"Infinity"', b"gr\xc3\xb6\xc3\x9fe", b'"model_outputs"', b'"dataset_inputs"'):
        assert text in expected


def test_pages_and_their_tokens_are_the_same(sql_store: SqlTrackingStore) -> None:
    for _ in range(5):
        create_run(sql_store)
    make_documents(sql_store)
    request = api.SearchRuns(experiment_ids=["0"], max_results=2)
    while True:
        page = sql_store.search_runs(request)
        assert sql_store.encoded_search_runs(request) == wire.encode_answer(page)
        request.page_token = page.next_page_token
        if page.next_page_token is None:
            break
    assert sql_store.encoded_search_runs(api.SearchRuns()) == b"{}"


def test_pages_are_made_of_documents(sql_store: SqlTrackingStore, run_id: str) -> None:
    make_documents(sql_store)
    forged = run_pages.encode_document(Run(sql_store.search_runs(EVERY_RUN).runs[0].info))
    with sql_store._database.write() as tx:
        tx.execute("UPDATE run_documents SET document = ?", (forged,))

    served = RemoteTrackingStore(make_dispatch(sql_store)).search_runs(EVERY_RUN)

    assert served.runs[0].data.params == {}
    assert sql_store.search_runs(EVERY_RUN).runs[0].data.params != {}


def test_documents_of_another_form_are_made_anew(sql_store: SqlTrackingStore, run_id: str) -> None:
    make_documents(sql_store)
    with sql_store._database.write() as tx:
        tx.execute("UPDATE run_documents SET version = 99, document = ?", (b"{nonsense}",))

    assert with_documents(sql_store) == without_documents(sql_store)
    sql_store.maintain()
    with sql_store._database.read() as tx:
        rows = tx.execute("SELECT DISTINCT version FROM run_documents").fetchall()
    assert rows == [(run_pages.VERSION,)]


def test_readers_write_nothing(sql_store: SqlTrackingStore, run_id: str) -> None:
    before = sql_store._database.commits
    if sql_store._database.dialect == "sqlite":
        with_documents(sql_store)
        assert sql_store._database.commits == before
    with_documents(sql_store)
    assert count_documents(sql_store) == 0


@pytest.mark.parametrize("kind", WRITES)
def test_a_write_of_any_kind_is_in_the_next_page(sql_store: SqlTrackingStore, kind: str) -> None:
    run_id = create_run(sql_store)
    for number in (3, 5):  # the second goes the short way, where there is one
        make_documents(sql_store)
        before = with_documents(sql_store)

        WRITES[kind](sql_store, run_id, number)

        assert with_documents(sql_store) == without_documents(sql_store)
        if kind not in ("deletion", "metric of a model", "data set"):
            assert with_documents(sql_store) != before


def test_the_experiment_may_be_deleted_and_restored(sql_store: SqlTrackingStore) -> None:
    request = api.CreateExperiment(name="passing")
    experiment_id = sql_store.create_experiment(request).experiment_id
    sql_store.create_run(api.CreateRun(experiment_id=experiment_id))
    search = api.SearchRuns(experiment_ids=[experiment_id], run_view_type="ALL")
    sql_store.encoded_search_runs(search)
    sql_store.maintain()
    assert b'"lifecycle_stage":"active"' in sql_store.encoded_search_runs(search)

    sql_store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id))
    assert b'"lifecycle_stage":"deleted"' in sql_store.encoded_search_runs(search)
    sql_store.restore_experiment(api.RestoreExperiment(experiment_id=experiment_id))
    assert b'"lifecycle_stage":"active"' in sql_store.encoded_search_runs(search)


def test_a_moved_store_answers_where_its_artifacts_are_now(tmp_path: Path) -> None:
    store = open_sql_store(f"sqlite:///{tmp_path}/here/store.db")
    create_run(store)
    make_documents(store)
    assert count_documents(store) == 1
    store.close()

    shutil.move(tmp_path / "here", tmp_path / "there")

    store = open_sql_store(f"sqlite:///{tmp_path}/there/store.db")
    assert f"{tmp_path}/there/artifacts".encode() in with_documents(store)
    assert f"{tmp_path}/here".encode() not in with_documents(store)
    store.close()


def test_upkeep_makes_some_at_a_time(
    sql_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(7):
        create_run(sql_store)
    with_documents(sql_store)
    monkeypatch.setattr(documents, "TRANSACTION_RUNS", 3)
    monkeypatch.setattr(documents, "MAKING_SECONDS", 0)
    sql_store.maintain()
    assert count_documents(sql_store) == 0

    monkeypatch.setattr(documents, "MAKING_SECONDS", 30)
    sql_store.maintain()
    assert count_documents(sql_store) == 7


def test_a_run_that_is_being_written_to_gets_none(postgres_store_uri: str, tmp_path: Path) -> None:
    store = open_sql_store(postgres_store_uri, str(tmp_path))
    busy, idle = create_run(store), create_run(store)
    with_documents(store)
    with store._database.write() as tx:
        tx.execute("SELECT id FROM runs WHERE uuid = ? FOR KEY SHARE", (busy,))

        store.maintain()

        assert count_documents(store) == 1
    assert idle in store.encoded_search_runs(EVERY_RUN).decode()
    store.close()


# --- several processes ---------------------------------------------------------------------------


def write_at_random(uri: str, run_ids: list[str], seed: int, gate: Gate, checked: Flag) -> None:
    """Change runs until all that is to be checked has been."""
    rng = random.Random(seed)
    store = open_sql_store(uri, "/artifacts")
    kinds = list(WRITES.values())
    number = seed
    gate.wait()
    while not checked.is_set():
        number += 1
        try:
            # Half of all are points that go the short way, the others of any kind.
            write = kinds[0] if rng.random() < 0.5 else rng.choice(kinds)
            write(store, rng.choice(run_ids), number)
        except HeadraceError:
            continue  # deleted by the other process, or a tag that is not there
    store.close()


def check_at_random(uri: str, gate: Gate, found: multiprocessing.Queue) -> None:
    """Compare pages with the tables, each in one snapshot, and make documents in between."""
    store = open_sql_store(uri, "/artifacts")
    served = 0
    gate.wait()
    for compared in range(PAGES):
        with store._database.read() as tx:
            ids = [row[0] for row in tx.execute("SELECT id FROM runs").fetchall()]
            served += tx.execute("SELECT count(*) FROM run_documents").fetchone()[0]
            page = store._documents.encode_page(tx, ids, None, 0)
            runs = load_runs(tx, store._statements, store._locations.resolve, ids, lost_before=0)
        if page != wire.encode_answer(api.RunsPage(runs)):
            found.put(f"page {compared} was stale")
            return
        store._documents.make_missing()
    found.put(served)
    store.close()


def test_no_document_is_ever_stale(sql_uri: str) -> None:
    store = open_sql_store(sql_uri, "/artifacts")
    run_ids = [create_run(store) for _ in range(12)]
    gate, found, checked = SPAWN.Barrier(5), SPAWN.Queue(), SPAWN.Event()
    writers = [
        SPAWN.Process(target=write_at_random, args=(sql_uri, run_ids, 1000 * number, gate, checked))
        for number in range(3)
    ]
    checkers = [SPAWN.Process(target=check_at_random, args=(sql_uri, gate, found)) for _ in "ab"]
    for process in writers + checkers:
        process.start()
    outcomes = [found.get(timeout=120) for _ in checkers]
    checked.set()
    for process in writers + checkers:
        process.join(60)
        assert process.exitcode == 0

    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    assert sum(outcomes) > 20, "no page was made of documents"
    assert with_documents(store) == without_documents(store)
    store.close()
