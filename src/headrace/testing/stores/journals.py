"""Journals: every record exactly once, in its order, whatever is sent twice."""

from __future__ import annotations

import math
import threading
import uuid
from struct import pack
from typing import Any

import pytest

from headrace.api import tracking as api
from headrace.api.journals import (
    ApplyJournal,
    EnsureRun,
    JournalApplied,
    JournalEntry,
    LogPoints,
    LogRows,
    RefusedEntry,
    Skip,
)
from headrace.entities import (
    Dataset,
    DatasetInput,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
)
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import get_run, make_experiment, make_model, make_run, refused

INVALID = "INVALID_PARAMETER_VALUE"


def new_id() -> str:
    """Return an id for a journal or a run."""
    return uuid.uuid4().hex


def send(
    store: TrackingStore, journal: str, first: int, *entries: JournalEntry, durable: bool = False
) -> JournalApplied:
    """Send a batch."""
    request = ApplyJournal(journal=journal, first=first, entries=[*entries], durable=durable)
    return store.apply_journal(request)


def points(run_id: str, key: str, values: list[float], step: int = 0) -> JournalEntry:
    """Return one metric's points, a record each, at growing steps and timestamps."""
    steps = list(range(step, step + len(values)))
    logged = LogPoints(
        run_id=run_id,
        keys=[key],
        series=[0] * len(values),
        steps=steps,
        timestamps=steps,
        values=values,
    )
    return JournalEntry(records=len(values), log_points=logged)


def rows(run_id: str, keys: list[str], *given: tuple[int, list[float]]) -> JournalEntry:
    """Return rows, a record each, of a step, which is the timestamp too, and values."""
    steps = [step for step, _ in given]
    values = [value for _, row in given for value in row]
    logged = LogRows(
        run_id=run_id,
        keys=keys,
        steps=steps,
        timestamps=steps,
        values=pack(f"<{len(values)}d", *values),
    )
    return JournalEntry(records=len(given), log_rows=logged)


def param(run_id: str, key: str, value: str) -> JournalEntry:
    """Return a param."""
    return JournalEntry(log_param=api.LogParam(run_id=run_id, key=key, value=value))


def tag(run_id: str, key: str, value: str) -> JournalEntry:
    """Return a tag."""
    return JournalEntry(set_tag=api.SetTag(run_id=run_id, key=key, value=value))


def ensure(run_id: str, **fields: Any) -> JournalEntry:
    """Return the making of a run, in the default experiment unless told otherwise."""
    if "experiment_name" not in fields:
        fields.setdefault("experiment_id", "0")
    return JournalEntry(ensure_run=EnsureRun(run_id=run_id, **fields))


def history(store: TrackingStore, run_id: str, key: str) -> list[Metric]:
    """Return the points of a metric."""
    request = api.GetMetricHistory(run_id=run_id, metric_key=key)
    return store.get_metric_history(request).metrics


def values(store: TrackingStore, run_id: str, key: str) -> list[float]:
    """Return the values of a metric."""
    return [point.value for point in history(store, run_id, key)]


class JournalSuite:
    """What a store of journals must do."""

    # --- exactly once ----------------------------------------------------------------------------

    def test_a_batch_sent_twice_counts_once(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        batch = (
            points(run_id, "m", [1.0, 2.0]),
            tag(run_id, "t", "first"),
            param(run_id, "p", "1"),
        )
        assert send(store, journal, 1, *batch).applied == 4
        store.set_tag(api.SetTag(run_id=run_id, key="t", value="later"))

        again = send(store, journal, 1, *batch)

        assert (again.applied, again.refused, again.held) == (4, [], None)
        run = get_run(store, run_id)
        assert values(store, run_id, "m") == [1.0, 2.0]
        assert (run.data.tags["t"], run.data.params) == ("later", {"p": "1"})

    def test_a_batch_cut_in_another_way_waits_for_the_mark(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        send(store, journal, 1, points(run_id, "m", [0.0, 1.0, 2.0]))

        across = send(store, journal, 2, points(run_id, "m", [1.0, 2.0, 3.0], step=1))
        assert (across.applied, values(store, run_id, "m")) == (3, [0.0, 1.0, 2.0])

        rest = send(store, journal, 4, points(run_id, "m", [3.0], step=3))
        assert (rest.applied, values(store, run_id, "m")) == (4, [0.0, 1.0, 2.0, 3.0])

    @pytest.mark.parametrize("first", [2, 3, 2**63 - 1])
    def test_a_gap_is_not_jumped(self, store: TrackingStore, first: int) -> None:
        run_id, journal = make_run(store), new_id()

        assert send(store, journal, first, tag(run_id, "t", "x")).applied == 0

        assert "t" not in get_run(store, run_id).data.tags
        assert send(store, journal, 1, tag(run_id, "t", "y")).applied == 1
        assert send(store, journal, 3, tag(run_id, "t", "z")).applied == 1
        assert get_run(store, run_id).data.tags["t"] == "y"

    def test_the_mark_alone(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        assert send(store, journal, 1).applied == 0
        send(store, journal, 1, tag(run_id, "t", "x"))

        assert send(store, journal, 7).applied == 1

    def test_records_count_in_their_order(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        update = api.UpdateRun(run_id=run_id, run_name="by update")

        send(
            store,
            journal,
            1,
            *[tag(run_id, "t", str(number)) for number in range(5)],
            tag(run_id, "mlflow.runName", "by tag"),
            JournalEntry(update_run=update),
            tag(run_id, "after", "x"),
        )

        run = get_run(store, run_id)
        assert run.info.run_name == run.data.tags["mlflow.runName"] == "by update"
        assert (run.data.tags["t"], run.data.tags["after"]) == ("4", "x")

    def test_two_journals_on_one_run(self, store: TrackingStore) -> None:
        run_id, one, two = make_run(store), new_id(), new_id()

        send(store, one, 1, points(run_id, "m", [0.0]), points(run_id, "one", [1.0]))
        send(store, two, 1, points(run_id, "m", [1.0], step=1), param(run_id, "p", "2"))

        assert values(store, run_id, "m") == [0.0, 1.0]
        assert (send(store, one, 1).applied, send(store, two, 1).applied) == (2, 2)

    def test_one_journal_sent_by_two_at_once(self, store: TrackingStore) -> None:
        run_id, journal, total = make_run(store), new_id(), 60
        gate = threading.Barrier(2)

        def work() -> None:
            gate.wait()
            mark = 0
            while mark < total:
                entry = points(run_id, "m", [float(mark)] * 3, step=mark)
                mark = send(store, journal, mark + 1, entry, tag(run_id, "t", "x")).applied

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        expected = [float(mark) for mark in range(0, total, 4) for _ in range(3)]
        assert values(store, run_id, "m") == expected

    # --- what a record holds ---------------------------------------------------------------------

    def test_every_kind_of_record(self, store: TrackingStore) -> None:
        experiment_id, journal = make_experiment(store), new_id()
        run_id, model_id = make_run(store, experiment_id), make_model(store, experiment_id)
        used = DatasetInput(Dataset("iris", "d1", "local", "{}"), [])
        batch = api.LogBatch(
            run_id=run_id,
            metrics=[api.MetricPoint(key="b", value=0.5, timestamp=7, step=3, model_id=model_id)],
            params=[Param("bp", "1")],
            tags=[RunTag("bt", "2")],
        )

        answer = send(
            store,
            journal,
            1,
            JournalEntry(log_batch=batch, records=3),
            JournalEntry(log_inputs=api.LogInputs(run_id=run_id, datasets=[used])),
            JournalEntry(
                log_inputs=api.LogInputs(run_id=run_id, models=[LoggedModelInput(model_id)])
            ),
            JournalEntry(
                log_outputs=api.LogOutputs(run_id=run_id, models=[LoggedModelOutput(model_id, 4)])
            ),
            JournalEntry(update_run=api.UpdateRun(run_id=run_id, status="FINISHED", end_time=2000)),
        )

        assert (answer.applied, answer.refused, answer.held, answer.runs) == (7, [], None, [])
        run = get_run(store, run_id)
        assert (run.info.status, run.info.end_time) == ("FINISHED", 2000)
        assert (run.data.metrics, run.data.params, run.data.tags["bt"]) == (
            {"b": 0.5},
            {"bp": "1"},
            "2",
        )
        assert run.inputs.dataset_inputs == [used]
        assert run.inputs.model_inputs == [LoggedModelInput(model_id)]
        assert run.outputs is not None
        assert run.outputs.model_outputs == [LoggedModelOutput(model_id, 4)]

    def test_points_in_columns(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        logged = LogPoints(
            run_id=run_id,
            keys=["unused", "a", "b"],
            series=[1, 2, 1],
            steps=[-(2**63), 0, 2**63 - 1],
            timestamps=[0, 5, 2**63 - 1],
            values=[1, -0.0, 1e308],
        )

        send(store, new_id(), 1, JournalEntry(records=3, log_points=logged))

        assert history(store, run_id, "a") == [
            Metric("a", 1.0, 0, -(2**63)),
            Metric("a", 1e308, 2**63 - 1, 2**63 - 1),
        ]
        assert values(store, run_id, "b") == [0.0]
        assert history(store, run_id, "unused") == []

    def test_points_in_rows(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        odd = [math.nan, math.inf, -math.inf, -0.0]
        entries = [
            rows(run_id, ["b", "a"], (1, [0.5, 1.0]), (2, [-0.0, 2.0]), (5, [1e308, -3.0])),
            points(run_id, "a", [7.0], step=9),
            rows(run_id, ["a", "c"], (3, [4.0, 5.0])),
            rows(run_id, ["odd"], *((step, [value]) for step, value in enumerate(odd))),
            rows(run_id, ["again"], (1, [1.0]), (0, [2.0]), (1, [3.0])),
        ]

        answer = send(store, new_id(), 1, *entries)

        assert (answer.applied, answer.refused) == (12, [])
        assert history(store, run_id, "b") == [
            Metric("b", 0.5, 1, 1),
            Metric("b", 0.0, 2, 2),
            Metric("b", 1e308, 5, 5),
        ]
        assert values(store, run_id, "a") == [1.0, 2.0, 4.0, -3.0, 7.0]
        assert [str(one) for one in values(store, run_id, "odd")] == ["nan", "inf", "-inf", "0.0"]
        assert values(store, run_id, "again") == [2.0, 1.0, 3.0]
        last = get_run(store, run_id).data.metrics
        assert last == {"b": 1e308, "a": 7.0, "c": 5.0, "odd": 0.0, "again": 3.0}

    def test_thousands_of_points(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        given = [math.sin(number) for number in range(5000)]

        assert send(store, new_id(), 1, points(run_id, "m", given)).applied == 5000

        assert values(store, run_id, "m") == given

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_numbers_that_are_not_finite(self, store: TrackingStore, value: float) -> None:
        run_id = make_run(store)
        point = api.MetricPoint(key="batch", value=value, timestamp=1)

        answer = send(
            store,
            new_id(),
            1,
            points(run_id, "columns", [0.5, value]),
            JournalEntry(log_batch=api.LogBatch(run_id=run_id, metrics=[point])),
        )

        assert answer.refused == []
        assert [str(one) for one in values(store, run_id, "columns")] == ["0.5", str(value)]
        assert [str(one) for one in values(store, run_id, "batch")] == [str(value)]

    @pytest.mark.parametrize("text", ["", "zeile\nzwei\ttab", "𝔘𝔫𝔦 ☃ é", "'; DROP TABLE runs; --"])
    def test_texts_come_back_as_given(self, store: TrackingStore, text: str) -> None:
        run_id = make_run(store)

        send(store, new_id(), 1, param(run_id, "p", text), tag(run_id, "schlüssel", text))

        data = get_run(store, run_id).data
        assert (data.params["p"], data.tags["schlüssel"]) == (text, text)

    def test_a_record_without_points(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        empty = LogPoints(run_id=run_id, keys=[], series=[], steps=[], timestamps=[], values=[])
        no_rows = LogRows(run_id=run_id, keys=["m"], steps=[], timestamps=[], values=b"")
        entries = [JournalEntry(log_points=empty), JournalEntry(log_rows=no_rows)]

        answer = send(store, new_id(), 1, *entries)

        assert (answer.applied, answer.refused) == (2, [])

    def test_skipped_records(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        skipped = JournalEntry(records=5, skip=Skip(reason="their checksum is wrong"))

        answer = send(store, new_id(), 1, skipped, tag(run_id, "t", "x"))

        assert (answer.applied, answer.refused) == (6, [])
        assert get_run(store, run_id).data.tags["t"] == "x"

    # --- refusals --------------------------------------------------------------------------------

    def test_a_refused_record_is_refused_alone(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        store.log_param(api.LogParam(run_id=run_id, key="p", value="1"))

        answer = send(
            store,
            journal,
            1,
            points(run_id, "m", [1.0]),
            param(run_id, "p", "2"),
            JournalEntry(update_run=api.UpdateRun(run_id=run_id, status="SLEEPING")),
            points(run_id, "m", [2.0], step=1),
            param(run_id, "q", "3"),
        )

        assert answer.applied == 5
        assert [(one.index, one.error_code) for one in answer.refused] == [
            (1, INVALID),
            (2, INVALID),
        ]
        assert "Changing param values is not allowed" in answer.refused[0].message
        assert "SLEEPING" in answer.refused[1].message
        assert values(store, run_id, "m") == [1.0, 2.0]
        assert get_run(store, run_id).data.params == {"p": "1", "q": "3"}
        assert send(store, journal, 1, param(run_id, "p", "2")).refused == []  # told once

    def test_a_param_changed_within_a_batch(self, store: TrackingStore) -> None:
        run_id = make_run(store)

        answer = send(store, new_id(), 1, param(run_id, "p", "1"), param(run_id, "p", "2"))

        assert [one.index for one in answer.refused] == [1]
        assert get_run(store, run_id).data.params == {"p": "1"}

    @pytest.mark.parametrize(
        ("change", "part"),
        [
            ({"steps": [1]}, "equal lengths"),
            ({"series": [0, 2]}, "series"),
            ({"series": [-1, 0]}, "series"),
            ({"series": [0, 2**70]}, "series"),
            ({"timestamps": [1, -1]}, "timestamp"),
            ({"timestamps": [1, 2**63]}, "timestamp"),
            ({"steps": [-(2**63) - 1, 1]}, "step"),
            ({"keys": ["a", "x" * 251]}, "250"),
            ({"keys": ["a", "../up"]}, "../up"),
            ({"keys": ["a", "nul\0"]}, "nul"),
            ({"run_id": ""}, "run_id"),
        ],
    )
    def test_bad_columns(self, store: TrackingStore, change: dict[str, Any], part: str) -> None:
        run_id = make_run(store)
        fields: dict[str, Any] = {"run_id": run_id, "keys": ["a", "b"], "series": [0, 1]}
        fields |= {"steps": [1, 2], "timestamps": [1, 2], "values": [1.0, 2.0]}
        bad = LogPoints(**{**fields, **change})

        answer = send(store, new_id(), 1, JournalEntry(log_points=bad), tag(run_id, "t", "x"))

        assert answer.applied == 2
        assert [(one.index, one.error_code) for one in answer.refused] == [(0, INVALID)]
        assert part in answer.refused[0].message
        assert get_run(store, run_id).data.metrics == {}
        assert get_run(store, run_id).data.tags["t"] == "x"

    @pytest.mark.parametrize(
        ("change", "part"),
        [
            ({"steps": [1]}, "2 keys"),
            ({"timestamps": []}, "0 timestamps"),
            ({"values": b""}, "0 bytes"),
            ({"values": bytes(33)}, "33 bytes"),
            ({"timestamps": [1, -1]}, "timestamp"),
            ({"timestamps": [1, 2**63]}, "timestamp"),
            ({"steps": [-(2**63) - 1, 1]}, "step"),
            ({"keys": ["a", "x" * 251]}, "250"),
            ({"keys": ["a", "../up"]}, "../up"),
            ({"run_id": ""}, "run_id"),
        ],
    )
    def test_bad_rows(self, store: TrackingStore, change: dict[str, Any], part: str) -> None:
        run_id = make_run(store)
        fields: dict[str, Any] = {"run_id": run_id, "keys": ["a", "b"], "values": bytes(32)}
        fields |= {"steps": [1, 2], "timestamps": [1, 2]}
        bad = LogRows(**{**fields, **change})

        answer = send(store, new_id(), 1, JournalEntry(log_rows=bad), tag(run_id, "t", "x"))

        assert answer.applied == 2
        assert [(one.index, one.error_code) for one in answer.refused] == [(0, INVALID)]
        assert part in answer.refused[0].message
        assert get_run(store, run_id).data.metrics == {}

    def test_a_key_that_is_twice_in_a_row(self, store: TrackingStore) -> None:
        run_id = make_run(store)

        answer = send(store, new_id(), 1, rows(run_id, ["a", "a"], (1, [1.0, 2.0])))

        assert answer.refused == []
        assert values(store, run_id, "a") == [1.0, 2.0]

    def test_malformed_texts(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        inputs = [DatasetInput(Dataset("n" * 501, "d", "t", "s"), [])]
        bad = [
            param(run_id, "p", "a\0b"),
            tag(run_id, "x" * 251, "v"),
            tag("run\0", "t", "v"),
            JournalEntry(update_run=api.UpdateRun(run_id=run_id, run_name="a\0b")),
            JournalEntry(log_inputs=api.LogInputs(run_id=run_id, datasets=inputs)),
            JournalEntry(
                log_inputs=api.LogInputs(run_id=run_id, models=[LoggedModelInput("m" * 251)])
            ),
            ensure("../up"),
            ensure(new_id(), tags=[RunTag("t", "1"), RunTag("t", "2")]),
            ensure(new_id(), start_time=2**63),
            ensure(new_id(), experiment_id="one"),
            ensure(new_id(), experiment_name=""),
            ensure(new_id(), experiment_name="x" * 501),
            JournalEntry(ensure_run=EnsureRun(run_id=new_id())),
        ]

        answer = send(store, new_id(), 1, *bad, tag(run_id, "t", "good"))

        assert [one.index for one in answer.refused] == list(range(len(bad)))
        assert {one.error_code for one in answer.refused} == {INVALID}
        assert answer.runs == []
        run = get_run(store, run_id)
        assert run.data.params == {}
        assert run.data.tags == {"mlflow.runName": run.info.run_name, "t": "good"}

    def test_an_unknown_logged_model(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        point = api.MetricPoint(key="m", value=1.0, timestamp=1, model_id="m-nope")
        batch = api.LogBatch(run_id=run_id, metrics=[point], params=[Param("p", "1")])

        answer = send(store, new_id(), 1, JournalEntry(log_batch=batch), tag(run_id, "t", "x"))

        [one] = answer.refused
        assert (one.index, one.error_code) == (0, "RESOURCE_DOES_NOT_EXIST")
        assert "m-nope" in one.message
        data = get_run(store, run_id).data
        assert (data.metrics, data.params, data.tags["t"]) == ({}, {}, "x")

    def test_an_output_at_two_steps_leaves_nothing(self, store: TrackingStore) -> None:
        run_id = make_run(store)
        outputs = [LoggedModelOutput("m-a", 1), LoggedModelOutput("m-b", 1)]
        changed = [LoggedModelOutput("m-c", 1), LoggedModelOutput("m-b", 2)]

        answer = send(
            store,
            new_id(),
            1,
            JournalEntry(log_outputs=api.LogOutputs(run_id=run_id, models=outputs)),
            JournalEntry(log_outputs=api.LogOutputs(run_id=run_id, models=changed)),
        )

        assert [one.index for one in answer.refused] == [1]
        stored = get_run(store, run_id).outputs
        assert stored is not None
        assert stored.model_outputs == outputs

    def test_a_deleted_run(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        store.delete_run(api.DeleteRun(run_id=run_id))

        answer = send(
            store,
            journal,
            1,
            points(run_id, "m", [1.0]),
            JournalEntry(update_run=api.UpdateRun(run_id=run_id, status="FINISHED")),
        )

        assert (answer.applied, answer.held) == (2, None)
        assert [one.error_code for one in answer.refused] == [INVALID, INVALID]
        store.restore_run(api.RestoreRun(run_id=run_id))
        assert get_run(store, run_id).info.status == "RUNNING"
        assert values(store, run_id, "m") == []

    @pytest.mark.parametrize(
        ("change", "part"),
        [
            ({"journal": "x" * 32}, "journal"),
            ({"journal": "a" * 31}, "journal"),
            ({"first": 0}, "first"),
            ({"first": -1}, "first"),
            ({"first": 2**63}, "first"),
            ({"entries": [JournalEntry()]}, "entries[0]"),
            ({"entries": [JournalEntry(records=0, skip=Skip(reason="r"))]}, "records"),
            ({"entries": [JournalEntry(records=2**63, skip=Skip(reason="r"))]}, "first"),
        ],
    )
    def test_a_batch_whose_records_cannot_be_told(
        self, store: TrackingStore, change: dict[str, Any], part: str
    ) -> None:
        run_id, journal = make_run(store), new_id()
        fields: dict[str, Any] = {"journal": journal, "first": 1, "entries": []}
        fields |= change
        fields["entries"] = [tag(run_id, "t", "x"), *fields["entries"]][::-1]

        with refused(INVALID, part):
            store.apply_journal(ApplyJournal(**fields))

        assert "t" not in get_run(store, run_id).data.tags

    def test_an_entry_of_two_kinds(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        both = tag(run_id, "t", "x")
        both.log_param = api.LogParam(run_id=run_id, key="p", value="1")

        with refused(INVALID, "entries[0]", "log_param", "set_tag"):
            send(store, journal, 1, both)

        assert send(store, journal, 1).applied == 0

    # --- runs ------------------------------------------------------------------------------------

    def test_ensure_run_makes_the_run(self, store: TrackingStore) -> None:
        run_id = new_id()
        made = ensure(
            run_id,
            experiment_name="made by name",
            user_id="ada",
            run_name="first",
            start_time=1234,
            tags=[RunTag("k", "v")],
        )

        answer = send(store, new_id(), 1, made, points(run_id, "m", [1.0]))

        run = get_run(store, run_id)
        assert (answer.applied, answer.runs) == (2, [run.info])
        info = run.info
        assert (info.user_id, info.run_name, info.status) == ("ada", "first", "RUNNING")
        assert (info.start_time, info.lifecycle_stage) == (1234, "active")
        assert info.artifact_uri is not None
        assert info.artifact_uri.endswith(f"/{run_id}/artifacts")
        assert run.data.tags == {"k": "v", "mlflow.runName": "first"}
        assert run.data.metrics == {"m": 1.0}
        by_name = store.get_experiment_by_name(
            api.GetExperimentByName(experiment_name="made by name")
        ).experiment
        assert by_name.experiment_id == info.experiment_id
        assert by_name.artifact_location
        assert info.artifact_uri.startswith(by_name.artifact_location)

    def test_ensure_run_changes_no_run(self, store: TrackingStore) -> None:
        run_id = new_id()
        send(store, new_id(), 1, ensure(run_id, run_name="first", tags=[RunTag("t", "1")]))
        update = api.UpdateRun(run_id=run_id, status="FINISHED", end_time=5)

        answer = send(
            store,
            new_id(),
            1,
            ensure(run_id, experiment_name="not made", run_name="second", start_time=77),
            JournalEntry(update_run=update),
        )

        run = get_run(store, run_id)
        assert (run.info.run_name, run.info.start_time, run.info.experiment_id) == ("first", 0, "0")
        assert run.data.tags == {"mlflow.runName": "first", "t": "1"}
        assert answer.runs == [run.info]
        assert answer.runs[0].status == "FINISHED"
        with refused("RESOURCE_DOES_NOT_EXIST"):
            store.get_experiment_by_name(api.GetExperimentByName(experiment_name="not made"))

    def test_runs_are_answered_again(self, store: TrackingStore) -> None:
        run_id, journal = new_id(), new_id()
        first = send(store, journal, 1, ensure(run_id))

        again = send(store, journal, 1, ensure(run_id))

        assert again.runs == first.runs == [get_run(store, run_id).info]

    def test_an_unnamed_run_gets_a_name(self, store: TrackingStore) -> None:
        [info] = send(store, new_id(), 1, ensure(new_id())).runs

        assert info.run_name

    def test_one_name_from_two_threads(self, store: TrackingStore) -> None:
        gate = threading.Barrier(2)
        made: list[JournalApplied] = []
        run_ids = [new_id() for _ in range(5)]

        def work() -> None:
            gate.wait()
            runs = [ensure(each, experiment_name=f"exp {each}") for each in run_ids]
            made.append(send(store, new_id(), 1, *runs))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [one.refused for one in made] == [[], []]
        assert made[0].runs == made[1].runs
        assert [info.run_id for info in made[0].runs] == run_ids

    def test_experiments_that_take_no_run(self, store: TrackingStore) -> None:
        experiment_id = make_experiment(store, "gone")
        store.delete_experiment(api.DeleteExperiment(experiment_id=experiment_id))
        run_ids = [new_id() for _ in range(3)]

        answer = send(
            store,
            new_id(),
            1,
            ensure(run_ids[0], experiment_name="gone"),
            ensure(run_ids[1], experiment_id=experiment_id),
            ensure(run_ids[2], experiment_id="777"),
        )

        assert [one.error_code for one in answer.refused] == [
            INVALID,
            INVALID,
            "RESOURCE_DOES_NOT_EXIST",
        ]
        assert (answer.applied, answer.runs) == (3, [])
        for run_id in run_ids:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                get_run(store, run_id)

    def test_a_run_that_is_not_there_yet_is_waited_for(self, store: TrackingStore) -> None:
        known, unknown, journal = make_run(store), new_id(), new_id()
        rest = [points(unknown, "m", [1.0]), tag(known, "after", "x"), param(known, "bad\0", "")]

        answer = send(store, journal, 1, points(known, "m", [1.0, 2.0]), *rest)

        assert (answer.applied, answer.held, answer.refused) == (2, unknown, [])
        assert values(store, known, "m") == [1.0, 2.0]
        assert "after" not in get_run(store, known).data.tags
        assert send(store, journal, 3, *rest).held == unknown
        send(store, new_id(), 1, ensure(unknown))
        done = send(store, journal, 3, *rest)
        assert (done.applied, done.held) == (5, None)
        assert [one.index for one in done.refused] == [2]
        assert values(store, unknown, "m") == [1.0]

    @pytest.mark.parametrize("kind", ["update_run", "log_inputs", "log_outputs", "log_batch"])
    def test_every_kind_waits(self, store: TrackingStore, kind: str) -> None:
        run_id, journal = new_id(), new_id()
        content = {
            "update_run": api.UpdateRun(run_id=run_id, status="FINISHED"),
            "log_inputs": api.LogInputs(run_id=run_id, models=[LoggedModelInput("m-1")]),
            "log_outputs": api.LogOutputs(run_id=run_id, models=[LoggedModelOutput("m-1", 0)]),
            "log_batch": api.LogBatch(run_id=run_id, params=[Param("p", "1")]),
        }[kind]
        entry = JournalEntry(**{kind: content})  # type: ignore[arg-type]

        answer = send(store, journal, 1, entry)

        assert (answer.applied, answer.held, answer.refused) == (0, run_id, [])
        assert send(store, journal, 1, ensure(run_id), entry).applied == 2

    # --- the disk --------------------------------------------------------------------------------

    def test_durable_batches_say_so(self, store: TrackingStore) -> None:
        run_id, journal = make_run(store), new_id()
        batch = points(run_id, "m", [1.0])

        assert send(store, journal, 1, batch, durable=True).durable
        assert send(store, journal, 1, batch, durable=True).durable
        send(store, journal, 2, tag(run_id, "t", "x"))
        asked = send(store, journal, 1, durable=True)
        assert (asked.applied, asked.durable) == (2, True)

    def test_answers_travel_whole(self, store: TrackingStore) -> None:
        run_id = make_run(store)

        answer = send(store, new_id(), 1, tag(run_id, "ä" * 251, "x"))

        message = "'key' exceeds the maximum length of 250 characters"
        assert answer.refused == [RefusedEntry(0, INVALID, message)]
