"""The calls behind a table of runs: a window of it, and which keys its columns can be."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Hashable
from typing import TYPE_CHECKING

import msgspec

from headrace.api import limits
from headrace.api.run_table import (
    GetRunKeys,
    GetRunValues,
    GetRunWindow,
    RunKeys,
    RunValues,
    RunWindow,
)
from headrace.entities import ViewType
from headrace.errors import InvalidParameterValue
from headrace.search.columns import parse_columns
from headrace.search.fields import RUN
from headrace.search.ordering import OrderItem, parse_order_by
from headrace.search.parser import parse_filter
from headrace.search.tree import Entity
from headrace.stores.sql.engine import Database, Transaction
from headrace.stores.sql.kept_answers import KeptAnswers
from headrace.stores.sql.key_census import Census
from headrace.stores.sql.locations import Locations
from headrace.stores.sql.plain_search import PlainSearch
from headrace.stores.sql.run_orders import RunOrders
from headrace.stores.sql.run_reads import load_infos, mark_lost
from headrace.stores.sql.run_sorting import FieldReader, sort_runs
from headrace.stores.sql.run_values import count_values
from headrace.stores.sql.run_windows import fill_window, leave_out_children
from headrace.stores.sql.search import SearchCalls, searched_experiments

if TYPE_CHECKING:
    from headrace.stores.sql.plans import Search

MAX_WINDOW = 1_000
# Windows that end so near to the beginning are found without the rest of the order.
NEAR = 1_000
# By how much longer than for an order of all runs it will do to know how many there are.
GRACE_SECONDS = 2.0
DEFAULT_KEYS, MAX_KEYS = 1_000, 50_000
DEFAULT_VALUES, MAX_VALUES = 50, 1_000

_Search = GetRunWindow | GetRunKeys | GetRunValues


class RunTableCalls(SearchCalls):
    """The calls behind a table of runs."""

    def __init__(self, database: Database, locations: Locations) -> None:
        super().__init__(database, locations)
        self._orders = RunOrders()
        self._known_keys = KeptAnswers()

    def get_run_window(self, request: GetRunWindow) -> RunWindow:
        """Return a window of the runs that a search finds; see `headrace.stores.base.RunStore`."""
        columns = parse_columns(request.columns)
        _check_between("max_results", request.max_results, 0, MAX_WINDOW)
        _check_between("offset", request.offset, 0, limits.MAX_INT64)
        view = ViewType.of(request.run_view_type)
        experiments = searched_experiments(request.experiment_ids)
        with self._database.read() as tx:
            shown, total = self._find_window(tx, request)
            infos = load_infos(tx, self._statements, self._locations.resolve, shown)
            mark_lost(tx, self._statements, infos, self._lost_before())
            window = RunWindow(total, request.offset)
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
        version = self._database.version()
        asked = (self._key(request, roots=False), request.search, limit, request.system_tags)
        known = self._known_keys.look_up(asked, version)
        if known is not None:
            return msgspec.msgpack.decode(known, type=RunKeys)
        # Which runs there are may have been found a moment ago: then the answer lasts no longer.
        is_fresh = self._orders.look_up(self._key(request, roots=False)) is None
        with self._database.read() as tx:
            census = Census(
                tx,
                self._statements,
                searched_experiments(request.experiment_ids),
                self._found(tx, request, fresh=is_fresh),
                is_whole=view is ViewType.ACTIVE_ONLY and not request.filter,
            )
            keys = census.take(request.search or "", limit, system_tags=request.system_tags)
        if is_fresh and version is not None and version == self._database.version():
            self._known_keys.keep(asked, version, msgspec.msgpack.encode(keys))
        return keys

    def get_run_values(self, request: GetRunValues) -> RunValues:
        """Return the values of a column; see `headrace.stores.base.RunStore`."""
        limit = DEFAULT_VALUES if request.max_values is None else request.max_values
        _check_between("max_values", limit, 1, MAX_VALUES)
        with self._database.read() as tx:
            return count_values(
                tx,
                self._statements,
                searched_experiments(request.experiment_ids),
                self._found(tx, request),
                request.column,
                request.search or "",
                limit,
            )

    def _find_window(self, tx: Transaction, request: GetRunWindow) -> tuple[list[int], int]:
        """Return the row ids of a window, and how many runs there are."""
        order = parse_order_by(request.order_by, RUN)
        key = self._key(request, request.roots, *request.order_by)
        ids = self._orders.look_up(key) if request.order_by and not request.fresh else None
        if ids is None and self._is_near(request, order):
            window = self._find_near(tx, request, order)
            if window is not None:
                return window
        if ids is None:
            ids = self._found(tx, request, roots=request.roots, fresh=request.fresh)
            if request.order_by:
                ids = self._sort(tx, request, order, ids, key)
        return list(ids[request.offset : request.offset + request.max_results]), len(ids)

    def _is_near(self, request: GetRunWindow, order: tuple[OrderItem, ...]) -> bool:
        """Return whether an index may have a window: the first runs by a metric."""
        field = order[0].field
        return (
            bool(request.order_by)
            and field.entity is Entity.METRIC
            and field.function is None
            and request.offset + request.max_results <= NEAR
        )

    def _find_near(
        self, tx: Transaction, request: GetRunWindow, order: tuple[OrderItem, ...]
    ) -> tuple[list[int], int] | None:
        """Find a window without the rest of its order, which would take longer.

        Which runs there are is asked for here to count them, and to leave out children: an answer
        that is a little older still does.
        """
        found = self._found(
            tx, request, roots=request.roots, fresh=request.fresh, grace=GRACE_SECONDS
        )
        end = request.offset + request.max_results
        if len(found) <= NEAR:
            return None
        search = self._runs_search(request, order)
        roots = frozenset(found if request.roots else ())
        # Where children are left out, more of them may be needed than the window has rows.
        for count in (end, NEAR):
            first = search.find(tx, count)[0]
            if request.roots:
                first = [run for run in first if run in roots]
            if len(first) >= end:
                return first[request.offset : end], len(found)
        return None

    def _sort(
        self,
        tx: Transaction,
        request: GetRunWindow,
        order: tuple[OrderItem, ...],
        found: array[int],
        key: Hashable,
    ) -> array[int]:
        experiments = searched_experiments(request.experiment_ids)
        reader = FieldReader(tx, self._statements, self._locations.resolve, experiments, found)
        return self._orders.keep(key, lambda: sort_runs(found, order, reader.read))

    def _found(
        self,
        tx: Transaction,
        request: _Search,
        *,
        roots: bool = False,
        fresh: bool = False,
        grace: float = 0,
    ) -> array[int]:
        """Return the row ids of all runs that a search finds, in the order of their start.

        Args:
            tx: A transaction.
            request: The search.
            roots: Whether to leave out children.
            fresh: Whether what was found before will not do.
            grace: By how many seconds more than otherwise that may be old.

        """
        search = self._runs_search(request, parse_order_by([], RUN))
        if not search.experiments:
            return array("q")

        def find() -> array[int]:
            ids = search.find_all(tx)
            return (
                leave_out_children(tx, self._statements, search.experiments, ids) if roots else ids
            )

        key = self._key(request, roots)
        known = None if fresh else self._orders.look_up(key, grace=grace)
        return self._orders.keep(key, find) if known is None else known

    def _runs_search(self, request: _Search, order: tuple[OrderItem, ...]) -> Search | PlainSearch:
        return self._search(
            RUN,
            parse_filter(request.filter, RUN),
            order,
            view=ViewType.of(request.run_view_type),
            experiments=searched_experiments(request.experiment_ids),
        )

    def _key(self, request: _Search, roots: bool, *order_by: str) -> Hashable:
        """Return what tells an order of runs from others."""
        view = ViewType.of(request.run_view_type)
        experiments = searched_experiments(request.experiment_ids)
        return tuple(experiments), request.filter or "", view, roots, order_by


def _check_between(name: str, value: int, least: int, greatest: int) -> None:
    if not least <= value <= greatest:
        raise InvalidParameterValue(
            f"Invalid value {value} for parameter '{name}' supplied. It must be from {least} to "
            f"{greatest}."
        )
