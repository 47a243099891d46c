"""The comparison of what was accepted with what is stored, value by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from headrace.api import tracking as api
from headrace.entities import Metric, Run
from headrace.errors import ResourceDoesNotExist
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from tests.fault.audit import written_points, written_tags
from tests.fault.ledger import STEPS_PER_ACTOR, Call, Point
from tests.fault.trainer import KEYS

_SHOWN = 5


@dataclass
class Figures:
    """What came of a scenario.

    Attributes:
        faults: How many faults were injected.
        accepted: Calls that returned.
        stored: Accepted calls whose every value is stored.
        set_aside: Accepted calls whose record a fault destroyed, of which the product has told.
        lost: Accepted calls that are neither.
        duplicated: Values that were written more than once.
        disordered: Values that were written before an earlier one of the same actor and run.
        foreign: Stored values that nobody logged.
        found: The first of what is wrong, in words.
    """

    faults: int = 0
    accepted: int = 0
    stored: int = 0
    set_aside: int = 0
    lost: int = 0
    duplicated: int = 0
    disordered: int = 0
    foreign: int = 0
    found: list[str] = field(default_factory=list)

    @property
    def are_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.disordered or self.foreign)

    def __str__(self) -> str:
        return (
            f"accepted {self.accepted}, stored {self.stored}, set aside {self.set_aside}, "
            f"lost {self.lost}, duplicated {self.duplicated}, disordered {self.disordered}, "
            f"foreign {self.foreign}"
        )


class Account:
    """Compares ledgers with a store.

    Args:
        uri: The store's database.
        calls: The calls of each actor.
        destroyed: Actor and number of the calls whose records a fault destroyed.
    """

    def __init__(
        self,
        uri: str,
        calls: dict[int, list[Call]],
        destroyed: Collection[tuple[int, int]] = frozenset(),
    ) -> None:
        self._uri = uri
        self._calls = [call for of_actor in calls.values() for call in of_actor]
        self._destroyed = destroyed
        self._figures = Figures()
        self._runs: dict[str, Run] = {}
        self._points: dict[str, set[Point]] = {}

    def settle(self) -> Figures:
        """Return the figures."""
        store = open_sql_store(self._uri, "/artifacts")
        try:
            for run_id in {call.run_id for call in self._calls} - {""}:
                self._read(store, run_id)
            self._find_twins(store)
        finally:
            store.close()
        for call in self._calls:
            if call.accepted:
                self._check_call(call)
        self._check_foreign()
        self._check_points()
        self._check_tags()
        return self._figures

    # --- what is stored --------------------------------------------------------------------------

    def _read(self, store: SqlTrackingStore, run_id: str) -> None:
        try:
            self._runs[run_id] = store.get_run(api.GetRun(run_id=run_id)).run
        except ResourceDoesNotExist:
            return
        points: set[Point] = set()
        for key in KEYS:
            history = read_history(store, run_id, key)
            found = [(key, one.step, one.timestamp, repr(one.value)) for one in history]
            self._add(len(found) - len(set(found)), "duplicated", f"{key} of {run_id} when read")
            points |= set(found)
        self._points[run_id] = points

    def _find_twins(self, store: SqlTrackingStore) -> None:
        """Count runs that one call has begun more than once."""
        found: Counter[tuple[str, str]] = Counter()
        experiments = store.search_experiments(api.SearchExperiments(max_results=100)).experiments
        ids = [one.experiment_id for one in experiments]
        token: str | None = None
        while True:
            request = api.SearchRuns(experiment_ids=ids, max_results=1000, page_token=token)
            page = store.search_runs(request)
            for run in page.runs:
                tags = run.data.tags
                found[tags.get("actor", ""), tags.get("call", "")] += 1
            token = page.next_page_token
            if not token:
                break
        for call, count in found.items():
            self._add(count - 1, "duplicated", f"run of call {call}")

    # --- what is wrong ---------------------------------------------------------------------------

    def _check_call(self, call: Call) -> None:
        self._figures.accepted += 1
        missing = self._find_missing(call)
        if not missing:
            self._figures.stored += 1
        elif (call.actor, call.number) in self._destroyed:
            self._figures.set_aside += 1
        else:
            self._add(1, "lost", f"{missing} of call {call.actor}.{call.number} to {call.run_id}")

    def _find_missing(self, call: Call) -> str:
        run = self._runs.get(call.run_id)
        if run is None:
            return "run"
        points = [point for point in call.points if point not in self._points[call.run_id]]
        if points:
            return f"points {points}"
        params = [key for key, value in call.params.items() if run.data.params.get(key) != value]
        if params:
            return f"params {params}"
        for key, value in call.tags.items():
            stored = run.data.tags.get(key, "0")
            if stored != value and not (key.startswith("at.") and int(stored) > int(value)):
                return f"tag {key} (is {stored}, not {value})"
        if call.status and run.info.status != call.status and not self._goes_on(call):
            return f"status (is {run.info.status}, not {call.status})"
        return ""

    def _goes_on(self, end: Call) -> bool:
        """Whether anybody else joined the run, whose start makes it RUNNING again."""
        return any(
            call.run_id == end.run_id
            and not (call.points or call.params or call.tags or call.status)
            for call in self._calls
        )

    def _check_foreign(self) -> None:
        points: dict[str, set[Point]] = {}
        params: dict[str, dict[str, str]] = {}
        for call in self._calls:
            points.setdefault(call.run_id, set()).update(call.points)
            params.setdefault(call.run_id, {}).update(call.params)
        for run_id, run in self._runs.items():
            foreign = self._points[run_id] - points[run_id]
            self._add(len(foreign), "foreign", f"points {foreign} of {run_id}")
            for key, value in run.data.params.items():
                if params[run_id].get(key) != value:
                    self._add(1, "foreign", f"param {key}={value} of {run_id}")

    def _check_points(self) -> None:
        """Look at the order in which points were written, and for those written twice."""
        for run_id, written in written_points(self._uri).items():
            twice = sum(Counter(written).values()) - len(set(written))
            self._add(twice, "duplicated", f"{twice} points of {run_id} were written again")
            self._check_order(run_id, _firsts(written))

    def _check_order(self, run_id: str, points: Iterable[Point]) -> None:
        last: dict[int, int] = {}
        for _, step, _, _ in points:
            actor, number = divmod(step, STEPS_PER_ACTOR)
            if number < last.get(actor, 0):
                self._add(1, "disordered", f"call {actor}.{number} of {run_id} after {last[actor]}")
            last[actor] = max(number, last.get(actor, 0))

    def _check_tags(self) -> None:
        for (run_id, key), written in written_tags(self._uri).items():
            if not key.startswith("at."):
                continue
            numbers = [int(value) for value in written]
            for before, after in pairwise(numbers):
                if after <= before:
                    self._add(1, "duplicated", f"tag {key} of {run_id}: {after} after {before}")

    def _add(self, count: int, what: str, words: str) -> None:
        if count <= 0:
            return
        setattr(self._figures, what, getattr(self._figures, what) + count)
        if len(self._figures.found) < _SHOWN:
            self._figures.found.append(f"{what}: {words[:400]}")


def _firsts(points: Iterable[Point]) -> Iterable[Point]:
    """Return the points without those that were there before."""
    return dict.fromkeys(points)


def read_history(store: SqlTrackingStore, run_id: str, key: str) -> list[Metric]:
    """Return every point of a metric, straight from a store."""
    points: list[Metric] = []
    token: str | None = None
    while True:
        request = api.GetMetricHistory(
            run_id=run_id, metric_key=key, max_results=25_000, page_token=token
        )
        page = store.get_metric_history(request)
        points += page.metrics
        token = page.next_page_token
        if not token:
            return points
