"""What a process remembers of the runs that it logs to, so that their store need not be asked."""

from __future__ import annotations

from headrace.api import tracking as api
from headrace.client.journal.rows import Row
from headrace.client.writes import Write
from headrace.entities import Param
from headrace.stores.texts import changed_params, duplicate_params


class KnownRun:
    """A run that the store has, or will have.

    Attributes:
        is_new: Whether this process has begun it.
        series: Number in the journal of each metric that was logged without a model or data set.
        quick: Those of them whose points may be appended without a look at anything else.
        rows: Those of the quick ones that are logged together, by their names.
        params: The params that it is known to have.

    """

    __slots__ = ("is_new", "params", "quick", "rows", "series")

    def __init__(self) -> None:
        self.is_new = False
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
