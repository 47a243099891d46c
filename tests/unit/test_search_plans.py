"""How searches are run: which index, what first, and that a page costs the same among many runs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.stores.sql import open_sql_store, plans, shortcuts
from headrace.stores.sql.plain_search import PlainSearch
from headrace.stores.sql.shapes import Inputs, Statement
from headrace.stores.sql.slots import beginning, like_prefix, successor, to_glob
from headrace.stores.sql.tracking import SqlTrackingStore

LONG = "x" * 300


def fill(store: SqlTrackingStore, count: int) -> None:
    """Put runs into the experiment 0 at once; the calls would take a minute for these many."""
    rng = random.Random(3)
    with store._database.write() as tx:
        names = ["loss", "tied", "kind", "rare"]
        ids = store._keys.ids(tx, 0, names, create=True)
        rows = range(1, count + 1)
        tx.executemany(
            "INSERT INTO runs (id, uuid, experiment_id, name, user_id, status, start_time, "
            "artifact_uri) VALUES (?, ?, 0, 'n', 'u', 'RUNNING', ?, './a')",
            [(row, f"{rng.getrandbits(128):032x}", 10 * row) for row in rows],
        )
        for key in ("loss", "tied"):
            tx.executemany(
                "INSERT INTO metric_summaries (run_id, key_id, last_kind, last_value, last_step, "
                "last_time, first_kind, first_value, first_step, first_time, count) "
                "VALUES (?, ?, 0, ?, 0, 0, 0, 0, 0, 0, 1)",
                [(row, ids[key], rng.random() if key == "loss" else 1.0) for row in rows],
            )
        params = [(row, ids["kind"], rng.choice("ab")) for row in rows]
        params += [(row, ids["rare"], f"{row:05}{LONG}") for row in rows]
        tx.executemany("INSERT INTO params (run_id, key_id, value) VALUES (?, ?, ?)", params)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, SqlTrackingStore]]:
    made = {}
    for count in (300, 3000):
        folder: Path = tmp_path_factory.mktemp("plans")
        made[count] = open_sql_store(f"sqlite:///{folder}/store.db")
        fill(made[count], count)
    yield made
    for store in made.values():
        store.close()


def explain(store: SqlTrackingStore, request: api.SearchRuns, max_steps: int = 0) -> str:
    """Return SQLite's plans of the statements that find the ids of a page.

    Without `max_steps` no filtered page is looked for before there is a plan.
    """
    seen: list[str] = []
    run, run_plain = Statement.run, PlainSearch._run

    def record(self: Statement, tx: Any, inputs: Inputs) -> list[Any]:
        values = [bind(inputs) for bind in self.binds]
        seen.extend(row[3] for row in tx.execute(f"EXPLAIN QUERY PLAN {self.sql}", values))
        return run(self, tx, inputs)

    def record_plain(self: PlainSearch, tx: Any, columns: str, end: str = "") -> list[Any]:
        tests, bound = self._tests()
        sql = f"EXPLAIN QUERY PLAN SELECT {columns} FROM runs WHERE {tests}{end}"
        seen.extend(row[3] for row in tx.execute(sql, bound))
        return run_plain(self, tx, columns, end)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Statement, "run", record)
        patch.setattr(PlainSearch, "_run", record_plain)
        patch.setattr(shortcuts, "MAX_STEPS", max_steps)
        store.search_runs(request)
    return "\n".join(seen)


def search(**fields: Any) -> api.SearchRuns:
    return api.SearchRuns(**({"experiment_ids": ["0"], "max_results": 10} | fields))


BY_ROWID = "SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)"


@pytest.mark.parametrize(
    ("fields", "used", "not_used"),
    [
        ({}, ["runs_by_start (experiment_id=?)"], "TEMP B-TREE"),
        (
            {"filter": "params.kind = 'a'"},
            ["runs_by_start (experiment_id=?)", "PRIMARY KEY (run_id=? AND key_id=?)"],
            "TEMP B-TREE",
        ),
        (
            {"filter": f"params.rare = '00077{LONG}'"},
            [BY_ROWID, "params_by_value (key_id=? AND <expr>=?)"],
            "runs_by_start",
        ),
        (
            {"filter": "metrics.loss < 0.001"},
            [BY_ROWID, "metric_summaries_by_last (key_id=? AND last_kind=? AND last_value<?)"],
            "runs_by_start",
        ),
        (
            {"filter": "metrics.loss BETWEEN 0.001 AND 0.002"},
            [BY_ROWID, "last_value>? AND last_value<?)"],
            "runs_by_start",
        ),
        (
            {"filter": "params.kind LIKE 'c%'"},
            [BY_ROWID, "params_by_value (key_id=? AND <expr>>? AND <expr><?)"],
            "runs_by_start",
        ),
        (
            {"filter": "params.kind LIKE 'c%' AND params.kind = 'a'"},
            [BY_ROWID, "PRIMARY KEY (run_id=? AND key_id=?)"],
            "runs_by_start",
        ),
        (
            {"order_by": ["metrics.loss DESC"]},
            ["metric_summaries_by_last (key_id=? AND last_kind=?)", "RIGHT PART OF ORDER BY"],
            "runs_by_start",
        ),
        (
            {"order_by": ["params.kind"]},
            ["params_by_value (key_id=?)", "RIGHT PART OF ORDER BY"],
            "runs_by_start",
        ),
        ({"filter": "run_id = 'x'"}, ["INDEX", "(uuid=?)"], "runs_by_start"),
        ({"filter": "run_id IN ('x', 'y')"}, ["INDEX", "(uuid=?)"], "runs_by_start"),
    ],
)
def test_the_index_that_is_used(
    stores: dict[int, SqlTrackingStore], fields: dict[str, Any], used: list[str], not_used: str
) -> None:
    plan = explain(stores[3000], search(**fields))
    for part in used:
        assert part in plan
    assert not_used not in plan


@pytest.mark.parametrize(
    ("order", "begin"),
    [
        ([], "runs_by_start (experiment_id=? AND start_time<?)"),
        (["metrics.loss"], "metric_summaries_by_last (key_id=? AND last_kind=? AND last_value>?)"),
        (["metrics.loss DESC"], "last_value<?)"),
        (["params.kind DESC"], "params_by_value (key_id=? AND <expr><?)"),
    ],
)
def test_a_later_page_begins_inside_the_index(
    stores: dict[int, SqlTrackingStore], order: list[str], begin: str
) -> None:
    store = stores[3000]
    token = store.search_runs(search(order_by=order)).next_page_token
    assert begin in explain(store, search(order_by=order, page_token=token))


def count_steps(store: SqlTrackingStore, request: api.SearchRuns) -> int:
    """Return how many hundred instructions SQLite runs for a search."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with store._database.read() as tx:
        tx.set_progress_handler(count, 100)  # type: ignore[attr-defined]
    store.search_runs(request)
    with store._database.read() as tx:
        tx.set_progress_handler(None, 0)  # type: ignore[attr-defined]
    return steps


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"order_by": ["metrics.loss DESC"]},
        {"order_by": ["metrics.loss"], "filter": "params.kind = 'a'"},
        {"filter": "params.kind = 'nothing'"},
        {"filter": f"params.rare = '00077{LONG}'"},
        {"order_by": ["params.rare"]},
        {"order_by": ["metrics.no_such DESC", "min(metrics.no_such)"]},
    ],
)
def test_a_page_costs_the_same_among_ten_times_the_runs(
    stores: dict[int, SqlTrackingStore], fields: dict[str, Any]
) -> None:
    few, many = (count_steps(stores[count], search(**fields)) for count in (300, 3000))
    # Counting the matches of `kind` grows, by one cheap step a match.
    assert many < few * 1.5 + 250


def test_a_page_of_any_size_takes_the_same_statements(stores: dict[int, SqlTrackingStore]) -> None:
    counts = []
    for size in (1, 20, 300):
        statements: list[str] = []
        with stores[300]._database.read() as tx:
            tx.set_trace_callback(statements.append)  # type: ignore[attr-defined]
        stores[300].search_runs(search(max_results=size))
        with stores[300]._database.read() as tx:
            tx.set_trace_callback(None)  # type: ignore[attr-defined]
        counts.append(len(statements))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] < 20


def test_the_plan_weighs_looking_up_against_walking(stores: dict[int, SqlTrackingStore]) -> None:
    store = stores[3000]
    # Half of the runs match: ten of them are soon met. One in a hundred: better looked up.
    assert "runs_by_start" in explain(store, search(filter="metrics.loss < 0.5"))
    assert "runs_by_start" not in explain(store, search(filter="metrics.loss < 0.01"))
    # Two that hold together in one of ten thousand.
    both = "metrics.loss < 0.05 AND params.kind LIKE 'a%' AND metrics.loss > 0.0499"
    assert "runs_by_start" not in explain(store, search(filter=both))
    # An order that no index has: the matches are looked up even if they are many.
    by_name = explain(store, search(filter="metrics.loss < 0.5", order_by=["run_name"]))
    assert "runs_by_start" not in by_name


def test_a_filtered_page_that_is_near_is_found_without_counting(
    stores: dict[int, SqlTrackingStore],
) -> None:
    near = explain(stores[3000], search(filter="params.kind = 'a'"), max_steps=200)
    assert "runs_by_start (experiment_id=? AND start_time>?)" in near
    assert "params_by_value" not in near
    # One that is not near is then looked up.
    far = explain(stores[3000], search(filter="metrics.loss < 0.001"), max_steps=200)
    assert "metric_summaries_by_last" in far


def test_many_ties_are_walked_and_not_sorted(stores: dict[int, SqlTrackingStore]) -> None:
    plan = explain(stores[3000], search(order_by=["metrics.tied"]))
    assert "runs_by_start" in plan
    assert "ORDER BY" not in plan


@pytest.mark.parametrize(
    "fields",
    [
        {"order_by": ["metrics.tied"]},
        {"order_by": ["metrics.tied DESC"], "filter": "params.kind = 'a'"},
        {"order_by": ["metrics.tied", "start_time DESC"], "filter": "metrics.loss > 0.5"},
        {"filter": "params.kind = 'a'"},
        {"filter": "metrics.loss < 0.05 OR NOT params.kind = 'a'"},
        {"filter": "metrics.loss < 0.02"},
    ],
)
@pytest.mark.parametrize("size", [7, 100])
def test_short_ways_find_what_plans_find(
    stores: dict[int, SqlTrackingStore], fields: dict[str, Any], size: int
) -> None:
    store = stores[3000]
    whole = store.search_runs(search(**fields, max_results=5000)).runs
    found = []
    token = None
    while True:
        page = store.search_runs(search(**fields, max_results=size, page_token=token))
        found += page.runs
        token = page.next_page_token
        if token is None:
            break
    assert [run.info.start_time for run in whole] == sorted(
        (run.info.start_time for run in whole), key=lambda time: -(time or 0)
    )
    assert [run.info.run_id for run in found] == [run.info.run_id for run in whole]


def test_counting_stops(stores: dict[int, SqlTrackingStore]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "MANY", 5)
        found = stores[300].search_runs(search(filter="params.kind = 'a' AND metrics.loss < 0.9"))
    assert len(found.runs) == 10


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "glob"),
    [("a%b_c", "a*b?c"), ("50*?[x]", "50[*][?][[]x]"), ("", ""), ("größe", "größe")],
)
def test_like_as_glob(pattern: str, glob: str) -> None:
    assert to_glob(pattern) == glob


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [("abc%", "abc"), ("a_c", "a"), ("%", ""), ("", ""), ("abc", "abc"), (LONG, LONG[:200])],
)
def test_the_prefix_of_a_pattern(pattern: str, prefix: str) -> None:
    assert like_prefix(pattern) == prefix


@pytest.mark.parametrize(
    ("prefix", "next_text"),
    [
        ("a", "b"),
        ("az", "a{"),
        ("a\ud7ff", "a\ue000"),
        ("a\U0010ffff", "b"),
        ("\U0010ffff" * 3, "\U0010ffff" * 200),
    ],
)
def test_the_text_after_all_with_a_prefix(prefix: str, next_text: str) -> None:
    assert successor(prefix) == next_text
    assert prefix + "z" < next_text


def test_the_indexed_beginning() -> None:
    assert beginning(LONG) == LONG[:200]
    assert beginning("\U0001f600" * 201) == "\U0001f600" * 200
