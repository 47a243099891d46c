"""Answers that hold until somebody writes: those about the keys of runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from headrace.api.run_table import GetRunKeys
from headrace.stores.sql import kept_answers, open_sql_store
from headrace.stores.sql.kept_answers import KeptAnswers
from headrace.stores.sql.key_census import Census
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import log, make_experiment, make_run


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'headrace.db'}"


@pytest.fixture
def store(uri: str) -> Iterator[SqlTrackingStore]:
    with closing(open_sql_store(uri)) as opened:
        yield opened


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Census]:
    """Every census that was really taken."""
    censuses: list[Census] = []
    take = Census.take

    def note(census: Census, *args: Any, **more: Any) -> Any:
        censuses.append(census)
        return take(census, *args, **more)

    monkeypatch.setattr(Census, "take", note)
    return censuses


def test_keys_are_found_once_until_somebody_writes(
    store: SqlTrackingStore, uri: str, taken: list[Census]
) -> None:
    experiment = make_experiment(store)
    run = make_run(store, experiment)
    log(store, run, "loss", 0.5)
    request = GetRunKeys(experiment_ids=[experiment])

    def names() -> list[str]:
        keys = store.get_run_keys(request).metrics
        found = [key.key for key in keys]
        keys.clear()  # who is given an answer may do with it as he likes
        return found

    assert [names(), names(), names()] == [["loss"]] * 3
    assert len(taken) == 1
    assert store.get_run_keys(GetRunKeys(experiment_ids=[experiment], search="x")).metrics == []
    log(store, run, "accuracy", 0.9)
    assert names() == ["accuracy", "loss"]
    with closing(open_sql_store(uri)) as other:  # as another process does
        log(other, run, "error", 0.1)
    assert names() == ["accuracy", "error", "loss"]


def test_a_version_is_another_one_after_each_commit(store: SqlTrackingStore) -> None:
    database = store._database
    before = database.version()
    assert before == database.version()
    make_experiment(store)
    after = database.version()
    assert after not in (before, None)
    with database.write() as tx:
        tx.execute("UPDATE experiments SET name = 'other' WHERE name = 'exp'")
        assert database.version() == after
    assert database.version() != after


def test_answers_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "MAX_BYTES", 25)
    answers = KeptAnswers()
    for key in ("a", "b"):
        answers.keep(key, 1, b"0123456789")
    assert answers.look_up("a", 1) == b"0123456789"
    answers.keep("c", 1, b"0123456789")
    assert [key for key in "abc" if answers.look_up(key, 1)] == ["a", "c"]
    assert [key for key in "abc" if answers.look_up(key, 2) or answers.look_up(key, None)] == []
    answers.keep("d", 1, b"0" * 30)
    assert [key for key in "abcd" if answers.look_up(key, 1)] == []
    answers.keep("a", 1, b"0123456789")
    assert answers.look_up("a", 1) == b"0123456789"
