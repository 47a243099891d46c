"""The calls behind a table of runs: a window of it, and which keys its columns can be."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence

import msgspec

from headrace.api import limits
from headrace.api.run_table import GetRunKeys, GetRunWindow, RunKeys, RunWindow
from headrace.entities import ViewType
from headrace.errors import InvalidParameterValue
from headrace.search.columns import parse_columns
from headrace.search.fields import RUN
from headrace.search.ordering import parse_order_by
from headrace.search.parser import parse_filter
from headrace.stores.sql.engine import Database, Transaction
from headrace.stores.sql.key_census import Census
from headrace.stores.sql.locations import Locations
from headrace.stores.sql.run_orders import RunOrders
from headrace.stores.sql.run_reads import load_infos, mark_lost
from headrace.stores.sql.run_windows import fill_window
from headrace.stores.sql.search import SearchCalls, searched_experiments

MAX_WINDOW = 1_000
DEFAULT_KEYS, MAX_KEYS = 1_000, 50_000


class RunTableCalls(SearchCalls):
    """The calls behind a table of runs."""

    def __init__(self, database: Database, locations: Locations) -> None:
        super().__init__(database, locations)
        self._orders = RunOrders()

    def get_run_window(self, request: GetRunWindow) -> RunWindow:
        """Return a window of the runs that a search finds; see `headrace.stores.base.RunStore`."""
        columns = parse_columns(request.columns)
        _check_between("max_results", request.max_results, 0, MAX_WINDOW)
        _check_between("offset", request.offset, 0, limits.MAX_INT64)
        view = ViewType.of(request.run_view_type)
        experiments = searched_experiments(request.experiment_ids)
        with self._database.read() as tx:
            ids = self._order(tx, request, request.order_by, fresh=request.fresh)
            shown = ids[request.offset : request.offset + request.max_results]
            infos = load_infos(tx, self._statements, self._locations.resolve, list(shown))
            mark_lost(tx, self._statements, infos, self._lost_before())
            window = RunWindow(len(ids), request.offset)
            fill_window(tx, self._statements, window, infos, columns, experiments, view)
        # In msgpack, which tells NaN from nothing.
        content = msgspec.msgpack.encode(window)
        window.token = hashlib.blake2b(content, digest_size=12).hexdigest()
        if request.known == window.token:
            return RunWindow(window.total, window.offset, window.token, unchanged=True)
        return window

    def get_run_keys(self, request: GetRunKeys) -> RunKeys:
        """Return the keys of runs; see `headrace.stores.base.RunStore`."""
        limit = DEFAULT_KEYS if request.max_keys is None else request.max_keys
        _check_between("max_keys", limit, 1, MAX_KEYS)
        view = ViewType.of(request.run_view_type)
        with self._database.read() as tx:
            census = Census(
                tx,
                self._statements,
                searched_experiments(request.experiment_ids),
                self._order(tx, request, ()),
                is_whole=view is ViewType.ACTIVE_ONLY and not request.filter,
            )
            return census.take(request.search or "", limit, system_tags=request.system_tags)

    def _order(
        self,
        tx: Transaction,
        request: GetRunWindow | GetRunKeys,
        order_by: Sequence[str],
        *,
        fresh: bool = False,
    ) -> array[int]:
        """Return the row ids of all runs that a search finds, in their order."""
        tree = parse_filter(request.filter, RUN)
        order = parse_order_by(order_by, RUN)
        view = ViewType.of(request.run_view_type)
        experiments = searched_experiments(request.experiment_ids)
        if not experiments:
            return array("q")

        def find() -> array[int]:
            search = self._search(RUN, tree, order, view=view, experiments=experiments)
            return search.find_all(tx)

        key = (tuple(experiments), request.filter or "", view, tuple(order_by))
        return self._orders.get(key, find, fresh=fresh)


def _check_between(name: str, value: int, least: int, greatest: int) -> None:
    if not least <= value <= greatest:
        raise InvalidParameterValue(
            f"Invalid value {value} for parameter '{name}' supplied. It must be from {least} to "
            f"{greatest}."
        )
