"""One journal on its way into a real store: lost answers, stores that go back, entries refused."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from headrace.api import tracking as api
from headrace.api.journals import ApplyJournal, EnsureRun, JournalApplied, JournalEntry, LogPoints
from headrace.client.delivery import consignment
from headrace.client.delivery.consignment import Consignment, RunIsUnknown, Step
from headrace.client.delivery.leftovers import Leftovers
from headrace.client.journal.header import Origin, read_header, write_header
from headrace.client.journal.journal import Journal
from headrace.client.journal.ownership import list_journals
from headrace.client.journal.reader import JournalReader
from headrace.client.journal.rejected import read_rejected
from headrace.errors import HeadraceError, InvalidParameterValue, TemporarilyUnavailable
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import get_run

RUN = "0" * 32


class Flaky:
    """A store whose answers, or the calls themselves, get lost on the way."""

    def __init__(self, store: SqlTrackingStore) -> None:
        self.store = store
        self.lose_answer = False
        self.lose_call = False

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        if self.lose_call:
            raise TemporarilyUnavailable("the call was lost")
        answer = self.store.apply_journal(request)
        if self.lose_answer:
            raise TemporarilyUnavailable("the answer was lost")
        return answer


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return make_journal(tmp_path)


def make_journal(folder: Path) -> Journal:
    made = Journal.create(folder / "journals", Origin.here("http://server"))
    made.append(JournalEntry(ensure_run=EnsureRun(run_id=RUN, experiment_id="0", run_name="r")))
    return made


@pytest.fixture
def consigned(journal: Journal) -> Consignment:
    return Consignment(journal.id, JournalReader(journal.folder))


def log_points(journal: Journal, steps: range, run_id: str = RUN) -> None:
    series = journal.series(run_id, "m")
    for step in steps:
        journal.append_point(series, step, 5, step / 2)


def ship_all(consigned: Consignment, destination: object) -> list[Step]:
    steps = []
    while (step := consigned.ship(destination, durable=False)) is not None:  # type: ignore[arg-type]
        steps.append(step)
    return steps


def history(store: SqlTrackingStore, run_id: str = RUN) -> list[tuple[int, float]]:
    request = api.GetMetricHistory(run_id=run_id, metric_key="m")
    return [(point.step, point.value) for point in store.get_metric_history(request).metrics]


def test_everything_arrives_and_says_how_the_run_is_known(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    log_points(journal, range(10))
    journal.append(JournalEntry(set_tag=api.SetTag(run_id=RUN, key="t", value="v")))

    (step,) = ship_all(consigned, sql_store)

    assert (step.records, step.refusals) == (12, [])
    assert step.runs[RUN].run_id == RUN
    assert consigned.applied == consigned.durable == 12  # the begin of a run is on the disk
    assert history(sql_store) == [(i, i / 2) for i in range(10)]
    assert get_run(sql_store, RUN).data.tags["t"] == "v"


@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_a_lost_answer_doubles_nothing(
    cut: int,
    journal: Journal,
    consigned: Consignment,
    sql_store: SqlTrackingStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flaky = Flaky(sql_store)
    log_points(journal, range(5))
    journal.append(JournalEntry(set_tag=api.SetTag(run_id=RUN, key="t", value="first")))
    flaky.lose_answer = True
    with pytest.raises(TemporarilyUnavailable):
        consigned.ship(flaky, durable=False)
    sql_store.set_tag(api.SetTag(run_id=RUN, key="t", value="of somebody else"))

    flaky.lose_answer = False
    monkeypatch.setattr(consignment, "MAX_POINTS", cut)
    log_points(journal, range(5, 9))
    ship_all(consigned, flaky)

    assert history(sql_store) == [(i, i / 2) for i in range(9)]
    assert get_run(sql_store, RUN).data.tags["t"] == "of somebody else"


def test_a_lost_call_loses_nothing(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    flaky = Flaky(sql_store)
    flaky.lose_call = True
    log_points(journal, range(5))
    for _ in range(3):
        with pytest.raises(TemporarilyUnavailable):
            consigned.ship(flaky, durable=True)
    assert consigned.applied == 0

    flaky.lose_call = False
    ship_all(consigned, flaky)
    assert len(history(sql_store)) == 5


def test_two_shippers_of_one_journal_share_the_work(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    log_points(journal, range(5))
    other = Consignment(journal.id, JournalReader(journal.folder))
    ship_all(consigned, sql_store)
    log_points(journal, range(5, 8))
    ship_all(other, sql_store)
    ship_all(consigned, sql_store)

    assert history(sql_store) == [(i, i / 2) for i in range(8)]
    assert consigned.applied == other.applied == journal.last


def test_what_is_refused_is_told_and_kept_and_the_rest_arrives(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    for value in ("1", "2"):
        param = api.LogParam(run_id=RUN, key="p", value=value)
        journal.append(JournalEntry(log_param=param))
    log_points(journal, range(3))

    (step,) = ship_all(consigned, sql_store)

    (refusal,) = step.refusals
    assert (refusal.first, refusal.run_id) == (3, RUN)
    assert isinstance(refusal.error, InvalidParameterValue)
    assert refusal.entry.log_param is not None
    assert consigned.applied == journal.last
    assert get_run(sql_store, RUN).data.params == {"p": "1"}
    assert len(history(sql_store)) == 3

    refusal.keep(journal.folder.parent, journal.id)
    (kept,) = read_rejected(journal.folder.parent)
    assert (kept.record, kept.error_code) == (3, "INVALID_PARAMETER_VALUE")
    assert kept.entry["log_param"]["value"] == "2"


def test_an_entry_that_the_store_cannot_read_is_found_among_the_good_ones(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    log_points(journal, range(3))
    broken = JournalEntry(
        set_tag=api.SetTag(run_id=RUN, key="t", value="v"),
        log_param=api.LogParam(run_id=RUN, key="p", value="v"),
    )
    journal.append(broken)
    journal.append(JournalEntry(set_tag=api.SetTag(run_id=RUN, key="u", value="v")))
    log_points(journal, range(3, 6))

    steps = ship_all(consigned, sql_store)

    (refusal,) = [refusal for step in steps for refusal in step.refusals]
    assert (refusal.first, refusal.entry) == (5, broken)
    assert len(history(sql_store)) == 6
    assert get_run(sql_store, RUN).data.tags["u"] == "v"
    assert consigned.applied == journal.last


def test_a_run_that_the_store_does_not_know_is_waited_for(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    log_points(journal, range(2))
    log_points(journal, range(3), run_id="f" * 32)
    log_points(journal, range(2, 4))

    with pytest.raises(RunIsUnknown, match="f" * 32):
        ship_all(consigned, sql_store)
    assert len(history(sql_store)) == 2

    sql_store.create_run(api.CreateRun(experiment_id="0", run_id="f" * 32))
    ship_all(consigned, sql_store)
    assert (len(history(sql_store)), len(history(sql_store, "f" * 32))) == (4, 3)


def test_a_store_restored_from_a_backup_gets_what_is_still_there(
    tmp_path: Path, journal: Journal, consigned: Consignment, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    store = open_sql_store(f"sqlite:///{path}")
    log_points(journal, range(5))
    ship_all(consigned, store)
    store.close()
    shutil.copy(path, tmp_path / "backup")
    store = open_sql_store(f"sqlite:///{path}")
    log_points(journal, range(5, 9))
    ship_all(consigned, store)
    assert len(history(store)) == 9
    store.close()

    shutil.copy(tmp_path / "backup", path)
    store = open_sql_store(f"sqlite:///{path}")
    log_points(journal, range(9, 12))
    ship_all(consigned, store)

    assert len(history(store)) == 12  # the file of the journal had not been deleted yet
    assert "has lost" not in caplog.text
    store.close()


def test_what_a_restored_store_lost_for_good_is_told(
    tmp_path: Path,
    sql_store: SqlTrackingStore,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headrace.client.journal.segments.SEGMENT_SIZE", 200)
    journal = make_journal(tmp_path)
    consigned = Consignment(journal.id, JournalReader(journal.folder))
    log_points(journal, range(40))
    ship_all(consigned, sql_store)
    consigned.secure(sql_store)
    kept = JournalReader(journal.folder).first
    assert kept > 10

    other = open_sql_store(f"sqlite:///{tmp_path}/other.db")
    log_points(journal, range(40, 50))
    ship_all(consigned, other)

    assert f"lost the records 1 to {kept - 1} of journal {journal.id}" in caplog.text
    steps = [step for step, _ in history(other)]
    assert steps == list(range(steps[0], 50))
    assert 30 < steps[0] <= 40
    assert get_run(other, RUN).info.run_name == "r"  # each file says how the run began
    assert len(history(sql_store)) == 40
    other.close()


def test_points_of_several_keys_and_runs_keep_apart(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    other = "a" * 32
    journal.append(JournalEntry(ensure_run=EnsureRun(run_id=other, experiment_name="new")))
    log_points(journal, range(3))
    log_points(journal, range(4), run_id=other)
    columns = LogPoints(
        run_id=other, keys=["m"], series=[0, 0], steps=[8, 9], timestamps=[5, 5], values=[4, 4.5]
    )
    journal.append(JournalEntry(log_points=columns))

    ship_all(consigned, sql_store)

    assert len(history(sql_store)) == 3
    assert [step for step, _ in history(sql_store, other)] == [0, 1, 2, 3, 8, 9]
    assert get_run(sql_store, other).info.experiment_id == "1"


class Choosy:
    """A store behind something that takes no long bodies, or that fails on one record."""

    def __init__(self, store: SqlTrackingStore, error: HeadraceError, most: int) -> None:
        self._store = store
        self._error = error
        self._most = most

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        tags = [entry.set_tag for entry in request.entries if entry.set_tag]
        if sum(len(tag.value) for tag in tags) > self._most:
            raise self._error
        return self._store.apply_journal(request)


def log_tags(journal: Journal, sizes: list[int]) -> None:
    for number, size in enumerate(sizes):
        tag = api.SetTag(run_id=RUN, key=f"t{number}", value="x" * size)
        journal.append(JournalEntry(set_tag=tag))


def test_bodies_that_are_too_long_are_cut(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    too_large = HeadraceError("413 Request Entity Too Large", http_status=413)
    log_tags(journal, [60, 60, 200, 60])

    steps = ship_all(consigned, Choosy(sql_store, too_large, 100))

    (refusal,) = [refusal for step in steps for refusal in step.refusals]
    assert refusal.entry.set_tag is not None
    assert refusal.entry.set_tag.key == "t2"
    assert set(get_run(sql_store, RUN).data.tags) == {"mlflow.runName", "t0", "t1", "t3"}


class ChoosyOfPoints:
    """A store behind something that takes only so many points in one body, and one not at all."""

    def __init__(self, store: SqlTrackingStore, most: int, never: float | None = None) -> None:
        self._store = store
        self._most = most
        self._never = never
        self.calls = 0

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        self.calls += 1
        values = [one for e in request.entries if e.log_points for one in e.log_points.values]
        if len(values) > self._most or self._never in values:
            raise HeadraceError("413 Request Entity Too Large", http_status=413)
        return self._store.apply_journal(request)


@pytest.mark.parametrize(("most", "never"), [(700, None), (10, None), (10_000, 333.5), (0, None)])
def test_points_that_are_too_many_are_halved_until_they_are_taken(
    most: int,
    never: float | None,
    journal: Journal,
    consigned: Consignment,
    sql_store: SqlTrackingStore,
) -> None:
    log_points(journal, range(1_000))
    choosy = ChoosyOfPoints(sql_store, most, never)

    steps = ship_all(consigned, choosy)

    refused = [refusal.first for step in steps for refusal in step.refusals]
    stored = [step for step, _ in history(sql_store)]
    if most == 0:
        assert (len(refused), stored) == (1_000, [])
    elif never is None:
        assert (refused, stored) == ([], list(range(1_000)))
        assert choosy.calls < 5 * 1_000 / most + 30
    else:
        assert refused == [669]  # the run's begin is the first
        assert stored == [step for step in range(1_000) if step != 667]
        assert choosy.calls < 60


def test_a_page_of_something_in_between_refuses_nothing(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    log_tags(journal, [60])
    page = InvalidParameterValue("<html>Bad Request</html>", http_status=400)
    for _ in range(20):
        with pytest.raises(InvalidParameterValue):
            consigned.ship(Choosy(sql_store, page, 0), durable=False)
    assert consigned.applied == 0

    ship_all(consigned, sql_store)
    assert get_run(sql_store, RUN).data.tags["t0"] == "x" * 60


def leave(journal: Journal) -> None:
    """Make a journal one of a process that is dead."""
    journal.close()
    header = read_header(journal.folder)
    dead = msgspec.structs.replace(header.origin, pid=0, boot_id="")
    write_header(journal.folder, msgspec.structs.replace(header, origin=dead))


def two_journals(folder: Path) -> list[Journal]:
    """Two journals with a tag each, in the order in which they are found."""
    both = sorted([make_journal(folder), make_journal(folder)], key=lambda one: one.id)
    for name, size, one in zip("ab", (200, 1), both, strict=True):
        one.append(JournalEntry(set_tag=api.SetTag(run_id=RUN, key=name, value="x" * size)))
        leave(one)
    return both


def test_a_leftover_on_which_the_store_fails_holds_up_no_other(
    tmp_path: Path, sql_store: SqlTrackingStore
) -> None:
    bad, good = two_journals(tmp_path)
    failing = Choosy(sql_store, HeadraceError("the index does not take it"), 100)

    with pytest.raises(HeadraceError, match="the index"):
        Leftovers(bad.folder.parent).ship(lambda: failing)

    assert list_journals(bad.folder.parent) == [bad.folder]
    assert get_run(sql_store, RUN).data.tags["b"] == "x"
    assert not good.folder.exists()


def test_a_store_that_is_away_is_called_once_for_all_leftovers(tmp_path: Path) -> None:
    both = two_journals(tmp_path)
    calls = []

    def connect() -> SqlTrackingStore:
        calls.append(1)
        raise TemporarilyUnavailable("nobody is there")

    with pytest.raises(TemporarilyUnavailable):
        Leftovers(both[0].folder.parent).ship(connect)

    assert len(calls) == 1
    assert list_journals(both[0].folder.parent) == [one.folder for one in both]


def test_a_leftover_that_the_disk_does_not_give_holds_up_no_other(
    tmp_path: Path, sql_store: SqlTrackingStore, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = two_journals(tmp_path)
    (segment,) = bad.folder.glob("*.seg")
    segment.unlink()
    segment.mkdir()
    leftovers = Leftovers(bad.folder.parent)

    for _ in range(2):
        leftovers.look_again()
        leftovers.ship(lambda: sql_store)

    assert not good.folder.exists()
    assert get_run(sql_store, RUN).data.tags["b"] == "x"
    (told,) = [one.getMessage() for one in caplog.records if bad.id in one.getMessage()]
    assert "it cannot be read" in told


def test_a_leftover_on_which_the_store_always_fails_is_not_tried_for_ever(
    journal: Journal, sql_store: SqlTrackingStore
) -> None:
    log_tags(journal, [1, 200, 1])
    leave(journal)
    folder = journal.folder.parent
    choosy = Choosy(sql_store, HeadraceError("the index does not take it"), 100)
    leftovers = Leftovers(folder)
    for _ in range(4 * consignment.MAX_FAILURES):
        with suppress(HeadraceError):
            leftovers.ship(lambda: choosy)

    assert not list_journals(folder)
    [kept] = read_rejected(folder)
    assert kept.record == 3
    assert set(get_run(sql_store, RUN).data.tags) == {"mlflow.runName", "t0", "t2"}


def test_a_record_on_which_the_store_always_fails_does_not_stop_the_rest(
    journal: Journal, consigned: Consignment, sql_store: SqlTrackingStore
) -> None:
    log_tags(journal, [1, 200, 1])
    choosy = Choosy(sql_store, HeadraceError("the index does not take it"), 100)
    steps: list[Step] = []
    failures = 0
    while consigned.applied < journal.last:
        try:
            steps += ship_all(consigned, choosy)
        except HeadraceError:
            failures += 1
            assert failures < 100

    assert failures >= consignment.MAX_FAILURES - 1
    assert [refusal.first for step in steps for refusal in step.refusals] == [3]
    assert set(get_run(sql_store, RUN).data.tags) == {"mlflow.runName", "t0", "t2"}
