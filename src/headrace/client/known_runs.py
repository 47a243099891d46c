"""What a process remembers of the runs that it logs to, so that their store need not be asked."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from headrace.api import tracking as api
from headrace.client.journal.rows import Row
from headrace.client.writes import Write
from headrace.entities import Param
from headrace.stores.texts import changed_params, duplicate_params

# Runs of which is remembered that the store knows them, and which params this process set.
MAX_KNOWN_RUNS = 1_024
# How many of them are looked at, to forget one.
_MAX_LOOKS = 8


class KnownRun:
    """A run that the store has, or will have.

    Attributes:
        is_new: Whether this process has begun it.
        begin: Number of the journal's record that begins it; 0 if none does.
        is_active: Whether this process works on it until it ends it.
        series: Number in the journal of each metric that was logged without a model or data set.
        quick: Those of them whose points may be appended without a look at anything else.
        rows: Those of the quick ones that are logged together, by their names.
        params: The params that it is known to have.

    """

    __slots__ = ("begin", "is_active", "is_new", "params", "quick", "rows", "series")

    def __init__(self) -> None:
        self.is_new = self.is_active = False
        self.begin = 0
        self.series: dict[str, int] = {}
        self.quick: dict[str, int] = {}
        self.rows: dict[tuple[str, ...], Row] = {}
        self.params: dict[str, str] = {}

    def forget_series(self) -> None:
        """Have every metric logged the long way once more; whoever holds these sees it."""
        self.series.clear()
        self.quick.clear()
        self.rows.clear()

    def check_params(self, write: Write, params: list[Param]) -> None:
        """Refuse a call that gives a param another value than this process has given it.

        Args:
            write: The call.
            params: The params in it.

        Raises:
            InvalidParameterValue: In the store's words.

        """
        if not params:
            return
        given = {param.key: param.value for param in params}
        if len(given) < len(params):
            raise duplicate_params([param.key for param in params])
        changed = [key for key, value in given.items() if self.params.get(key, value) != value]
        if changed:
            is_batch = isinstance(write, api.LogBatch)
            raise changed_params(write.run_id, self.params, given, changed, is_batch=is_batch)


class KnownRuns:
    """The runs that a process has met; of those that their store can tell of, not very many.

    Args:
        is_stored: Tells whether the store has a record of the journal, by its number.

    """

    def __init__(self, is_stored: Callable[[int], bool]) -> None:
        self._is_stored = is_stored
        self._runs: OrderedDict[str, KnownRun] = OrderedDict()
        self._lock = threading.RLock()  # a signal handler may log while its thread does

    def get(self, run_id: str) -> KnownRun | None:
        """Return a run; None if nothing is known of it."""
        return self._runs.get(run_id)

    def add(self, run_id: str) -> KnownRun:
        """Return a run, which is known from now on."""
        with self._lock:
            return self._runs.setdefault(run_id, KnownRun())

    def pop(self, run_id: str) -> KnownRun | None:
        """Forget a run, and return what was known of it."""
        with self._lock:
            return self._runs.pop(run_id, None)

    def ids(self) -> list[str]:
        """Return the ids of all."""
        with self._lock:
            return list(self._runs)

    def restart(self) -> None:
        """Begin anew in a forked child: which runs the store has is known on."""
        self._lock = threading.RLock()  # a thread that is not in this process may hold the old one
        for known in self._runs.values():
            known.forget_series()

    def find_needless(self) -> str | None:
        """Return a run that may be forgotten, since there are too many; None if there is none.

        One that goes on is not, nor one that stands in the journal only, so that its store would
        not find it.
        """
        with self._lock:
            for _ in range(min(_MAX_LOOKS, len(self._runs) - MAX_KNOWN_RUNS)):
                run_id, known = next(iter(self._runs.items()))
                if not known.is_active and self._is_stored(known.begin):
                    return run_id
                self._runs.move_to_end(run_id)
        return None
