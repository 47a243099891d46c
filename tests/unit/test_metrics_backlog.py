"""When points are compacted: a full run, an end, a pause, a slow trickle; never for nothing."""

from __future__ import annotations

from headrace.stores.sql.backlog import (
    FULL_RUN_POINTS,
    MAX_POINTS,
    MAX_RUN_POINTS,
    Backlog,
    LoggedRun,
)


def logged(points: int, *, last: int = 1, has_ended: bool = False, run: int = 1) -> LoggedRun:
    return LoggedRun(run, last, points, has_ended)


def look(backlog: Backlog, entry: LoggedRun, *times: float) -> list[bool]:
    """Return at which of the times the run of an entry that stays as it is becomes due."""
    return [backlog.look([entry], now) == [entry.run] for now in times]


def test_a_run_that_fills_up_is_due_at_once() -> None:
    backlog = Backlog()
    assert backlog.add({1: FULL_RUN_POINTS - 1, 2: 5}) == []
    assert backlog.add({1: 1, 2: 5}) == [1]
    assert backlog.full_runs() == [1]
    assert backlog.points(2) == 10

    backlog.compacted(1, packed=100)

    assert backlog.full_runs() == []
    assert backlog.points(1) == 0


def test_a_run_with_much_packed_may_log_more_before() -> None:
    backlog = Backlog()
    backlog.compacted(1, packed=8 * FULL_RUN_POINTS)
    assert backlog.add({1: FULL_RUN_POINTS}) == []
    assert look(backlog, logged(FULL_RUN_POINTS), 0.0, 10.0) == [False, False]
    assert backlog.add({1: FULL_RUN_POINTS}) == [1]
    assert look(backlog, logged(2 * FULL_RUN_POINTS), 20.0) == [True]


def test_a_run_is_full_at_its_bound_whatever_is_packed() -> None:
    backlog = Backlog()
    backlog.compacted(1, packed=10 * MAX_RUN_POINTS)
    assert backlog.add({1: MAX_RUN_POINTS - 1}) == []
    assert backlog.add({1: 1}) == [1]
    assert backlog.is_overfull
    assert backlog.full_runs() == [1]


def test_the_backlog_of_a_run_is_bounded() -> None:
    backlog = Backlog()
    backlog.add({1: MAX_RUN_POINTS - 1})
    assert not backlog.is_overfull
    backlog.add({1: 1})
    assert backlog.is_overfull
    backlog.compacted(1, packed=0)
    assert not backlog.is_overfull


def test_the_backlog_of_all_runs_is_bounded() -> None:
    backlog = Backlog()
    count = MAX_POINTS // 1000 + 1
    backlog.add(dict.fromkeys(range(count), 1000))
    assert backlog.is_overfull
    assert backlog.full_runs() == list(range(count))
    for run in range(count):
        backlog.compacted(run, packed=0)
    assert not backlog.is_overfull
    assert backlog.full_runs() == []


def test_few_points_stay_in_the_log() -> None:
    assert look(Backlog(), logged(3, has_ended=True), 0.0, 10_000.0) == [False, False]


def test_an_ended_run_is_due_at_once() -> None:
    assert look(Backlog(), logged(4, has_ended=True), 0.0) == [True]


def test_a_pause_makes_a_run_due() -> None:
    backlog = Backlog()
    assert look(backlog, logged(64), 0.0, 1.0, 1.9) == [False, False, False]
    assert look(backlog, logged(65, last=2), 2.0, 3.9, 4.1) == [False, False, True]
    assert look(Backlog(), logged(63), 0.0, 59.0) == [False, False]


def test_a_pause_is_not_worth_much_rewriting() -> None:
    backlog = Backlog()
    backlog.compacted(1, packed=100_000)
    assert look(backlog, logged(1000), 0.0, 30.0) == [False, False]
    assert look(backlog, logged(1600), 61.0) == [True]


def test_a_slow_trickle_is_due_now_and_then() -> None:
    backlog = Backlog()
    dues = [backlog.look([logged(n, last=n)], float(n)) == [1] for n in range(200)]
    assert dues.index(True) == 60
    rare = Backlog()
    assert look(rare, logged(5), 0.0, 800.0, 901.0) == [False, False, True]


def test_a_run_that_left_the_log_starts_anew() -> None:
    backlog = Backlog()
    assert look(backlog, logged(40), 0.0) == [False]
    assert backlog.look([], 30.0) == []
    assert look(backlog, logged(40), 61.0, 122.0) == [False, True]
