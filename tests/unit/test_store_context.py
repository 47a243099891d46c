"""How contexts and output lie in a SQL store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.api.cleanup import CollectGarbage
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.context import context, output, read_context, read_output
from headrace.testing.stores.journals import ensure, new_id, points, send
from headrace.testing.stores.make import make_run


@pytest.fixture
def store(sql_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
    store = open_sql_store(sql_uri, str(tmp_path / "artifacts"))
    yield store
    store.close()


def sizes(store: SqlTrackingStore) -> list[int]:
    """Return the size of each text that is stored."""
    with store._database.read() as tx:
        return [size for (size,) in tx.execute("SELECT size FROM contents ORDER BY id").fetchall()]


def test_what_runs_share_is_stored_once(store: SqlTrackingStore) -> None:
    runs = [make_run(store) for _ in range(20)]
    packages = {f"package-{number}": "1.0" for number in range(300)}

    for number, run_id in enumerate(runs):
        send(store, new_id(), 1, context(run_id, packages=packages, seeds={"numpy": number % 4}))

    assert len(sizes(store)) == 5
    assert all(read_context(store, run_id)[0].packages == packages for run_id in runs)


def test_a_text_goes_with_the_last_run_that_has_it(store: SqlTrackingStore) -> None:
    first, second = make_run(store), make_run(store)
    send(store, new_id(), 1, context(first, diff="both"), context(first, git={"commit": "1"}))
    send(store, new_id(), 1, context(second, diff="both"))

    for run_id, left in ((first, [4]), (second, [])):
        store.delete_run(api.DeleteRun(run_id=run_id))
        store.collect_garbage(CollectGarbage())
        assert sizes(store) == left


def test_a_text_goes_when_another_takes_its_place(store: SqlTrackingStore) -> None:
    run_id, other, journal = make_run(store), make_run(store), new_id()
    send(store, journal, 1, context(run_id, diff="1", seeds={}), context(other, seeds={}))

    send(store, journal, 3, context(run_id, diff="22", seeds={"a": 1}))

    assert sorted(sizes(store)) == [2, 2, 7]
    assert read_context(store, other)[0].seeds == {}


def test_texts_come_and_go_beside_each_other(store: SqlTrackingStore) -> None:
    """What one run is about to share is not deleted with another one, whatever the order."""
    kept: list[str] = []
    failures: list[Exception] = []

    def come(end: threading.Event) -> None:
        try:
            while not end.is_set():
                run_id = new_id()
                answer = send(store, new_id(), 1, ensure(run_id), context(run_id, diff="shared"))
                assert answer.refused == []
                kept.append(run_id)
                store.delete_run(api.DeleteRun(run_id=kept.pop(0)))
        except Exception as error:
            failures.append(error)

    end = threading.Event()
    coming = [threading.Thread(target=come, args=(end,)) for _ in range(3)]
    for thread in coming:
        thread.start()
    for _ in range(40):
        store.collect_garbage(CollectGarbage())
    end.set()
    for thread in coming:
        thread.join()

    assert failures == []
    assert list(store.check()) == []
    assert all(read_context(store, run_id, "diff")[0].diff == "shared" for run_id in kept)


def test_output_stays_while_points_are_compacted(store: SqlTrackingStore) -> None:
    run_id, journal = make_run(store), new_id()
    for number in range(20):
        batch = (points(run_id, "m", [1.0] * 9, step=9 * number), output(run_id, f"{number}\n"))
        send(store, journal, 1 + 10 * number, *batch)

    store.compact()

    text = "".join(chunk.text for chunk in read_output(store, run_id).chunks)
    assert text == "".join(f"{number}\n" for number in range(20))


def test_output_of_a_silent_run_is_over(store: SqlTrackingStore) -> None:
    run_id, session = new_id(), new_id()
    send(store, new_id(), 1, ensure(run_id, session=session), output(run_id, "1"))
    assert read_output(store, run_id).is_over is False

    with store._database.write() as tx:
        tx.execute("UPDATE run_sessions SET started_at = 1, heartbeat_at = 2")

    assert read_output(store, run_id).is_over is True
