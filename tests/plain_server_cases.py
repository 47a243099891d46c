"""What `PlainServer` must do on any server of MLflow's protocol.

A test module subclasses `PlainServerCases` and gives the fixture `send`, which carries calls to the
server. Experiments and runs are new in each test, so one server may serve them all.
"""

from __future__ import annotations

import itertools
import math
import shutil
import struct
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.api.journals import (
    ApplyJournal,
    EnsureRun,
    JournalApplied,
    JournalEntry,
    LogPoints,
    LogRows,
    Skip,
)
from headrace.client.delivery.plain_server import PlainServer
from headrace.entities import Dataset, DatasetInput, Param, Run, RunTag, ViewType, tag_names
from headrace.errors import TemporarilyUnavailable
from headrace.stores.remote import RemoteTrackingStore, Send
from headrace.testing.stores.context import context, output

POINTS = 1700
METRICS = [f"метрика {number}" for number in range(120)]
ODD_VALUES = {3: math.nan, 5: math.inf, 7: -math.inf}


def new_id() -> str:
    return uuid.uuid4().hex


def offline_run(run_id: str, experiment: str) -> list[JournalEntry]:
    """Return the journal of a whole run that was never online."""
    numbers = range(POINTS)
    points = LogPoints(
        run_id=run_id,
        keys=METRICS,
        series=[number % len(METRICS) for number in numbers],
        steps=[number // len(METRICS) for number in numbers],
        timestamps=[1_000 + number for number in numbers],
        values=[ODD_VALUES.get(number % 11, number / 7) for number in numbers],
    )
    batch = api.LogBatch(
        run_id=run_id,
        metrics=[api.MetricPoint(key="one", value=1.5, timestamp=1, step=-2)],
        params=[Param("lr", "0.1"), Param("名前", "日本語")],
        tags=[RunTag("ключ", "значение\n2")],
    )
    dataset = DatasetInput(Dataset(name="d", digest="1", source_type="code", source="{}"))
    ensure = EnsureRun(
        run_id=run_id,
        experiment_name=experiment,
        user_id="me",
        run_name="läuft",
        start_time=1_000,
        tags=[RunTag("team", "red")],
    )
    return [
        JournalEntry(ensure_run=ensure),
        JournalEntry(log_points=points, records=POINTS),
        JournalEntry(log_batch=batch),
        JournalEntry(log_param=api.LogParam(run_id=run_id, key="depth", value="3")),
        JournalEntry(skip=Skip(reason="damaged"), records=2),
        JournalEntry(set_tag=api.SetTag(run_id=run_id, key="done", value="yes")),
        JournalEntry(log_inputs=api.LogInputs(run_id=run_id, datasets=[dataset])),
        JournalEntry(update_run=api.UpdateRun(run_id=run_id, status="FINISHED", end_time=9_000)),
        context(run_id, diff="+1"),  # an MLflow server has no place for these two
        output(run_id, "epoch 1"),
    ]


def records_of(entries: list[JournalEntry]) -> int:
    return sum(entry.records for entry in entries)


def ship(plain: PlainServer, journal: str, entries: list[JournalEntry]) -> JournalApplied:
    """Send what a journal holds from its beginning, as one batch."""
    return plain.apply_journal(ApplyJournal(journal=journal, first=1, entries=entries))


def ship_until_done(
    make_plain: Callable[[], PlainServer], journal: str, entries: list[JournalEntry]
) -> None:
    """Ship as a client does that dies at each failure: ask for the mark, send what is behind it."""
    ends = list(itertools.accumulate(entry.records for entry in entries))
    for _ in range(1000):
        plain = make_plain()
        mark = plain.apply_journal(ApplyJournal(journal=journal, first=0)).applied
        if mark == ends[-1]:
            return
        rest = [entry for entry, end in zip(entries, ends, strict=True) if end > mark]
        try:
            plain.apply_journal(ApplyJournal(journal=journal, first=mark + 1, entries=rest))
        except TemporarilyUnavailable:
            continue
    raise AssertionError(f"the journal stands at {mark} of {ends[-1]}")


def runs_of(store: RemoteTrackingStore, experiment: str) -> list[Run]:
    """Return every run of an experiment, deleted or not."""
    by_name = api.GetExperimentByName(experiment_name=experiment)
    experiment_id = store.get_experiment_by_name(by_name).experiment.experiment_id
    search = api.SearchRuns(experiment_ids=[experiment_id], run_view_type=ViewType.ALL)
    return store.search_runs(search).runs


def read_points(store: RemoteTrackingStore, run_id: str, key: str) -> list[tuple[int, int, str]]:
    """Return a metric's points in the order of step; of the infinities, what MLflow keeps."""
    history = store.get_metric_history(api.GetMetricHistory(run_id=run_id, metric_key=key))
    points = [(point.step, point.timestamp, _shown(point.value)) for point in history.metrics]
    return sorted(points)


def _shown(value: float) -> str:
    if math.isinf(value):
        value = math.copysign(sys.float_info.max, value)
    return repr(value)


def assert_shipped_once(store: RemoteTrackingStore, run_id: str, experiment: str) -> None:
    """Hold the only run of an experiment to `offline_run`, value by value."""
    (run,) = runs_of(store, experiment)
    assert run.data.tags[tag_names.CLIENT_RUN_ID] == run_id
    assert (run.info.run_name, run.info.user_id) == ("läuft", "me")
    assert (run.info.status, run.info.start_time, run.info.end_time) == ("FINISHED", 1_000, 9_000)
    assert run.data.params == {"lr": "0.1", "名前": "日本語", "depth": "3"}
    assert {"ключ": "значение\n2", "team": "red", "done": "yes"}.items() <= run.data.tags.items()
    assert [used.dataset.name for used in run.inputs.dataset_inputs] == ["d"]
    assert read_points(store, run.info.run_id, "one") == [(-2, 1, "1.5")]
    expected: dict[str, list[tuple[int, int, str]]] = {key: [] for key in METRICS}
    for number in range(POINTS):
        value = ODD_VALUES.get(number % 11, number / 7)
        point = (number // len(METRICS), 1_000 + number, _shown(value))
        expected[METRICS[number % len(METRICS)]].append(point)
    assert {key: read_points(store, run.info.run_id, key) for key in METRICS} == expected


class Interruptions:
    """Carries calls until it is told to fail: the rest of a client's life does not happen.

    Attributes:
        calls: Calls so far, as verb and path.
        lost_request: Number of the call that does not reach the server; 0 for none.
        lost_answer: Number of the call whose answer does not come back; 0 for none.

    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.calls: list[str] = []
        self.lost_request = self.lost_answer = 0

    def __call__(self, verb: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        self.calls.append(f"{verb} {path}")
        if len(self.calls) == self.lost_request:
            raise TemporarilyUnavailable("The request was lost.")
        answer = self._send(verb, path, body)
        if len(self.calls) == self.lost_answer:
            raise TemporarilyUnavailable("The answer was lost.")
        return answer

    def count(self, path: str) -> int:
        return sum(call.endswith(path) for call in self.calls)


class PlainServerCases:
    """The cases."""

    @pytest.fixture
    def network(self, send: Send) -> Interruptions:
        return Interruptions(send)

    @pytest.fixture
    def store(self, network: Interruptions) -> RemoteTrackingStore:
        return RemoteTrackingStore(network)

    @pytest.fixture
    def plain(self, store: RemoteTrackingStore, tmp_path: Path) -> PlainServer:
        return PlainServer(store, tmp_path / "state")

    @pytest.fixture
    def experiment(self) -> str:
        return f"опыт {new_id()}"

    def test_an_offline_run_arrives_whole(
        self, plain: PlainServer, store: RemoteTrackingStore, experiment: str
    ) -> None:
        run_id = new_id()
        entries = offline_run(run_id, experiment)

        answer = ship(plain, new_id(), entries)

        assert answer.refused == []
        assert (answer.applied, answer.durable) == (records_of(entries), True)
        assert [info.run_id for info in answer.runs] == [plain.server_run_id(run_id)]
        assert plain.mapping() == {run_id: plain.server_run_id(run_id)}
        assert_shipped_once(store, run_id, experiment)

    def test_points_in_rows_arrive(
        self, plain: PlainServer, store: RemoteTrackingStore, experiment: str
    ) -> None:
        run_id = new_id()
        begin = EnsureRun(run_id=run_id, experiment_name=experiment)
        rows = LogRows(
            run_id=run_id,
            keys=["a", "b"],
            steps=[4, 5],
            timestamps=[1, 2],
            values=struct.pack("<4d", 0.25, 0.5, 0.75, math.nan),
        )
        odd = LogRows(run_id=run_id, keys=["a"], steps=[4], timestamps=[1], values=bytes(9))
        entries = [
            JournalEntry(ensure_run=begin),
            JournalEntry(log_rows=rows, records=2),
            JournalEntry(log_rows=odd),
        ]

        answer = ship(plain, new_id(), entries)

        assert [(one.index, one.error_code) for one in answer.refused] == [
            (2, "INVALID_PARAMETER_VALUE")
        ]
        server_id = plain.server_run_id(run_id)
        assert read_points(store, server_id, "a") == [(4, 1, "0.25"), (5, 2, "0.75")]
        assert read_points(store, server_id, "b") == [(4, 1, "0.5"), (5, 2, "nan")]

    def test_a_batch_that_was_carried_out_is_not_sent_again(
        self, plain: PlainServer, network: Interruptions, experiment: str
    ) -> None:
        journal, entries = new_id(), offline_run(new_id(), experiment)
        ship(plain, journal, entries)
        calls = len(network.calls)

        again = ship(plain, journal, entries)

        assert again == JournalApplied(records_of(entries), durable=True)
        assert len(network.calls) == calls

    def test_a_batch_that_leaves_a_gap_does_nothing(
        self, plain: PlainServer, network: Interruptions, experiment: str
    ) -> None:
        entries = offline_run(new_id(), experiment)

        answer = plain.apply_journal(ApplyJournal(journal=new_id(), first=2, entries=entries))

        assert answer == JournalApplied(0, durable=True)
        assert network.calls == []

    def test_everything_sent_again_changes_nothing(
        self, plain: PlainServer, store: RemoteTrackingStore, experiment: str, tmp_path: Path
    ) -> None:
        run_id, journal = new_id(), new_id()
        entries = offline_run(run_id, experiment)
        ship(plain, journal, entries)
        shutil.rmtree(tmp_path / "state")  # another machine, or one that was set up anew

        answer = ship(PlainServer(store, tmp_path / "state"), journal, entries)

        assert answer.refused == []
        assert_shipped_once(store, run_id, experiment)

    def test_a_run_whose_creation_was_not_answered_is_found(
        self,
        plain: PlainServer,
        store: RemoteTrackingStore,
        network: Interruptions,
        experiment: str,
        tmp_path: Path,
    ) -> None:
        run_id, journal = new_id(), new_id()
        entries = offline_run(run_id, experiment)
        network.lost_answer = 5  # the run, the experiment twice, the search, the creation
        with pytest.raises(TemporarilyUnavailable):
            ship(plain, journal, entries)
        assert network.calls[-1].endswith("/runs/create")
        assert plain.mapping() == {}

        ship(PlainServer(store, tmp_path / "state"), journal, entries)

        assert network.count("/runs/create") == 1
        assert_shipped_once(store, run_id, experiment)

    def test_a_deleted_run_is_found_and_refuses(
        self, plain: PlainServer, store: RemoteTrackingStore, experiment: str, tmp_path: Path
    ) -> None:
        run_id = new_id()
        entries = offline_run(run_id, experiment)
        (info,) = ship(plain, new_id(), entries[:1]).runs
        store.delete_run(api.DeleteRun(run_id=info.run_id))
        elsewhere = PlainServer(store, tmp_path / "another machine")

        for shipper in (plain, elsewhere):
            answer = ship(shipper, new_id(), entries)
            assert answer.applied == records_of(entries)
            assert [run.lifecycle_stage for run in answer.runs] == ["deleted"]
            assert [refused.index for refused in answer.refused] == [1, 2, 3, 5, 6, 7]
            assert {refused.error_code for refused in answer.refused} == {"INVALID_PARAMETER_VALUE"}
        assert len(runs_of(store, experiment)) == 1

    def test_a_refused_param_leaves_the_others(
        self, plain: PlainServer, store: RemoteTrackingStore, experiment: str
    ) -> None:
        run_id = new_id()
        entries = offline_run(run_id, experiment)
        other_value = api.LogParam(run_id=run_id, key="lr", value="0.2")
        entries.insert(3, JournalEntry(log_param=other_value))

        answer = ship(plain, new_id(), entries)

        assert answer.applied == records_of(entries)
        assert [(refused.index, refused.error_code) for refused in answer.refused] == [
            (3, "INVALID_PARAMETER_VALUE")
        ]
        assert "lr" in answer.refused[0].message
        assert_shipped_once(store, run_id, experiment)

    def test_records_of_an_unknown_run_wait_for_it(
        self, plain: PlainServer, store: RemoteTrackingStore, experiment: str
    ) -> None:
        run_id, rank = new_id(), new_id()
        entries = offline_run(run_id, experiment)
        early = [JournalEntry(skip=Skip(reason="damaged")), *entries[1:]]

        held = ship(plain, rank, early)
        ship(plain, new_id(), entries[:1])
        rest = plain.apply_journal(ApplyJournal(journal=rank, first=2, entries=early[1:]))

        assert held == JournalApplied(1, durable=True, held=run_id)
        assert (rest.applied, rest.held) == (records_of(early), None)
        assert_shipped_once(store, run_id, experiment)

    def test_a_run_of_the_server_keeps_its_id(
        self, plain: PlainServer, store: RemoteTrackingStore
    ) -> None:
        created = store.create_run(api.CreateRun(experiment_id="0", start_time=1)).run.info
        entries = [
            JournalEntry(ensure_run=EnsureRun(run_id=created.run_id)),
            JournalEntry(log_param=api.LogParam(run_id=created.run_id, key="p", value="v")),
        ]

        answer = ship(plain, new_id(), entries)

        assert [info.run_id for info in answer.runs] == [created.run_id]
        assert plain.mapping() == {}
        run = store.get_run(api.GetRun(run_id=created.run_id)).run
        assert run.data.params == {"p": "v"}

    def test_a_child_names_its_parent_as_the_server_does(
        self, plain: PlainServer, store: RemoteTrackingStore, experiment: str
    ) -> None:
        parent, child, adopted = new_id(), new_id(), new_id()
        link = RunTag(tag_names.PARENT_RUN_ID, parent)

        def ensure(run_id: str, *tags: RunTag) -> JournalEntry:
            request = EnsureRun(run_id=run_id, experiment_name=experiment, tags=list(tags))
            return JournalEntry(ensure_run=request)

        set_link = api.SetTag(run_id=adopted, key=link.key, value=link.value)
        entries = [ensure(parent), ensure(child, link), ensure(adopted)]
        ship(plain, new_id(), [*entries, JournalEntry(set_tag=set_link)])

        for run_id in (child, adopted):
            run = store.get_run(api.GetRun(run_id=plain.server_run_id(run_id))).run
            assert run.data.tags[tag_names.PARENT_RUN_ID] == plain.server_run_id(parent)

    def test_a_run_that_cannot_be_made_holds_nobody(
        self, plain: PlainServer, store: RemoteTrackingStore, experiment: str
    ) -> None:
        creation = api.CreateExperiment(name=experiment)
        experiment_id = store.create_experiment(creation).experiment_id
        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id))
        run_id, other = new_id(), new_id()
        entries = offline_run(run_id, experiment)
        good = JournalEntry(ensure_run=EnsureRun(run_id=other, experiment_id="0"))

        answer = ship(plain, new_id(), [*entries, good])
        store.restore_experiment(api.RestoreExperiment(experiment_id=experiment_id))
        later = ship(plain, new_id(), entries)

        assert [refused.index for refused in answer.refused] == [0, 1, 2, 3, 5, 6, 7]
        assert all("active" in refused.message for refused in answer.refused)
        assert list(plain.mapping()) == [other, run_id]
        assert later.refused == []
        assert_shipped_once(store, run_id, experiment)

    def test_clients_that_begin_one_run_at_once_make_one(
        self, store: RemoteTrackingStore, experiment: str, tmp_path: Path
    ) -> None:
        entries = offline_run(new_id(), experiment)[:1]
        answers: list[JournalApplied] = []

        def begin() -> None:
            answers.append(ship(PlainServer(store, tmp_path / "state"), new_id(), entries))

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        (run,) = runs_of(store, experiment)
        assert [info.run_id for answer in answers for info in answer.runs] == [run.info.run_id] * 4

    def test_a_client_may_die_at_any_call(
        self, store: RemoteTrackingStore, network: Interruptions, tmp_path: Path
    ) -> None:
        experiment = f"counted {new_id()}"
        ship(PlainServer(store, tmp_path / "counted"), new_id(), offline_run(new_id(), experiment))
        total = len(network.calls)
        deaths = itertools.product(self.calls_to_die_at(total), ("lost_request", "lost_answer"))

        for number, kind in deaths:
            experiment, run_id = f"{kind} {number} {new_id()}", new_id()
            network.calls.clear()
            setattr(network, kind, number)
            ship_until_done(
                lambda: PlainServer(store, tmp_path / "state"),
                new_id(),
                offline_run(run_id, experiment),
            )
            network.lost_request = network.lost_answer = 0
            assert_shipped_once(store, run_id, experiment)

    def calls_to_die_at(self, total: int) -> list[int]:
        return list(range(1, total + 1))

    def test_a_failure_after_some_entries_ends_the_batch_there(
        self, plain: PlainServer, network: Interruptions, experiment: str
    ) -> None:
        run_id, journal = new_id(), new_id()
        entries = offline_run(run_id, experiment)
        wrong = api.SetTag(run_id=run_id, key="k" * 300, value="v")
        entries.insert(1, JournalEntry(set_tag=wrong))
        ship(plain, new_id(), entries[:1])
        network.calls.clear()
        network.lost_request = 3  # the run, the tag, the points

        answer = ship(plain, journal, entries)

        assert (answer.applied, answer.held) == (2, None)
        assert [refused.index for refused in answer.refused] == [1]

    def test_an_id_that_no_client_chooses_is_refused(self, plain: PlainServer) -> None:
        entry = JournalEntry(ensure_run=EnsureRun(run_id="a' OR tags.b = 'c"))

        answer = ship(plain, new_id(), [entry])

        assert [refused.error_code for refused in answer.refused] == ["INVALID_PARAMETER_VALUE"]
        assert plain.mapping() == {}
