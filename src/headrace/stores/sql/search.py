"""The searches: parsed, planned, run, and answered page by page.

A page's rows are found first, as ids with their sort values; what was logged is then loaded for
those ids alone, in a number of statements that does not depend on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from headrace.api import limits, wire
from headrace.api import tracking as api
from headrace.entities import ViewType
from headrace.errors import InvalidParameterValue
from headrace.search.fields import EXPERIMENT, LOGGED_MODEL, RUN, Noun
from headrace.search.ordering import (
    OrderItem,
    complete_order,
    parse_model_order,
    parse_order_by,
)
from headrace.search.paging import SortValue, decode_token, encode_token, take_fingerprint
from headrace.search.parser import parse_filter
from headrace.search.selection import parse_fields
from headrace.search.tree import Node
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.experiments import load_experiments
from headrace.stores.sql.logged_models import load_logged_models
from headrace.stores.sql.maintenance import MaintenanceCalls
from headrace.stores.sql.plain_search import PlainSearch, plain_search
from headrace.stores.sql.run_reads import load_columns, load_runs
from headrace.stores.texts import check_text, parse_experiment_id

if TYPE_CHECKING:
    from headrace.stores.sql.plans import Search


class SearchCalls(MaintenanceCalls):
    """The calls that search."""

    def search_runs(self, request: api.SearchRuns) -> api.RunsPage:
        """Return a page of runs; see `headrace.stores.base.RunStore`."""
        selection = parse_fields(request.fields)
        with self._find_runs(request) as (tx, ids, token):
            runs = load_runs(
                tx,
                self._statements,
                self._locations.resolve,
                ids,
                selection,
                lost_before=self._lost_before(),
            )
        return api.RunsPage(runs, token)

    def encoded_search_runs(self, request: api.SearchRuns) -> bytes:
        """Return the same page as the JSON that travels, from page documents."""
        if request.fields is not None:
            return wire.encode_answer(self.search_runs(request))
        with self._find_runs(request) as (tx, ids, token):
            return self._documents.encode_page(tx, ids, token, self._lost_before())

    def search_run_columns(self, request: api.SearchRunColumns) -> api.RunColumns:
        """Return the same page as columns."""
        selection = parse_fields(request.fields)
        with self._find_runs(request) as (tx, ids, token):
            columns = load_columns(tx, self._statements, self._locations.resolve, ids, selection)
        columns.next_page_token = token
        return columns

    def count_runs(self, request: api.CountRuns) -> api.RunCount:
        """Return how many runs a search would find."""
        tree = parse_filter(request.filter, RUN)
        view = ViewType.of(request.run_view_type)
        experiments = searched_experiments(request.experiment_ids)
        if not experiments:
            return api.RunCount(0)
        order = parse_order_by([], RUN)
        search = self._search(RUN, tree, order, view=view, experiments=experiments)
        with self._database.read() as tx:
            return api.RunCount(search.count(tx))

    @contextmanager
    def _find_runs(
        self, request: api.SearchRuns
    ) -> Iterator[tuple[Transaction, list[int], str | None]]:
        """Give the row ids of a page, the token after it, and a transaction to read them in."""
        size = request.max_results
        limit = _check_max_results(limits.DEFAULT_RUNS_PER_PAGE if size is None else size)
        tree = parse_filter(request.filter, RUN)
        order = parse_order_by(request.order_by, RUN)
        view = ViewType.of(request.run_view_type)
        experiments = searched_experiments(request.experiment_ids)
        fingerprint = take_fingerprint(
            RUN.name, request.filter or "", request.order_by, view, experiments
        )
        last = decode_token(request.page_token, fingerprint, order)
        with self._database.read() as tx:
            ids: list[int] = []
            end: Sequence[SortValue] | None = None
            if experiments:
                search = self._search(
                    RUN, tree, order, view=view, experiments=experiments, last=last
                )
                ids, end = search.find(tx, limit)
            yield tx, ids, _next_token(fingerprint, end)

    def search_experiments(self, request: api.SearchExperiments) -> api.ExperimentsPage:
        """Return a page of experiments; see `headrace.stores.base.ExperimentStore`."""
        limit = _check_max_results(request.max_results or 0)
        tree = parse_filter(request.filter, EXPERIMENT)
        order = parse_order_by(request.order_by, EXPERIMENT)
        view = ViewType.of(request.view_type)
        fingerprint = take_fingerprint(
            EXPERIMENT.name, request.filter or "", request.order_by, view
        )
        last = decode_token(request.page_token, fingerprint, order)
        search = self._search(EXPERIMENT, tree, order, view=view, last=last)
        with self._database.read() as tx:
            ids, end = search.find(tx, limit)
            experiments = load_experiments(tx, self._statements, self._locations, ids)
        return api.ExperimentsPage(experiments, _next_token(fingerprint, end))

    def search_logged_models(self, request: api.SearchLoggedModels) -> api.LoggedModelsPage:
        """Return a page of logged models; see `headrace.stores.base.LoggedModelStore`."""
        size = request.max_results or limits.DEFAULT_LOGGED_MODELS_PER_PAGE
        limit = _check_max_results(min(size, limits.MAX_RESULTS_PER_PAGE))
        tree = parse_filter(request.filter, LOGGED_MODEL)
        items = [
            parse_model_order(
                item.field_name,
                item.ascending,
                item.dataset_name,
                item.dataset_digest,
                LOGGED_MODEL,
            )
            for item in request.order_by
        ]
        order = complete_order(items, LOGGED_MODEL)
        datasets = _datasets(request.datasets)
        experiments = searched_experiments(request.experiment_ids)
        fingerprint = take_fingerprint(
            LOGGED_MODEL.name, request.filter or "", request.order_by, datasets, experiments
        )
        last = decode_token(request.page_token, fingerprint, order)
        if not experiments:
            return api.LoggedModelsPage()
        search = self._search(
            LOGGED_MODEL, tree, order, experiments=experiments, datasets=datasets, last=last
        )
        with self._database.read() as tx:
            ids, end = search.find(tx, limit)
            models = load_logged_models(tx, self._statements, self._locations, ids)
        return api.LoggedModelsPage(models, _next_token(fingerprint, end))

    def _search(
        self,
        noun: Noun,
        tree: Node | None,
        order: tuple[OrderItem, ...],
        *,
        view: ViewType = ViewType.ACTIVE_ONLY,
        experiments: Sequence[int] = (),
        datasets: Sequence[tuple[str, str]] = (),
        last: Sequence[SortValue] | None = None,
    ) -> Search | PlainSearch:
        plain = plain_search(self._statements, noun, tree, order, view, experiments, last)
        if plain is not None:
            return plain
        # SQLAlchemy takes 0.25 s to import: who only logs, and looks at a run, never needs it.
        from headrace.stores.sql.plans import Search

        return Search(
            database=self._database,
            noun=noun,
            tree=tree,
            order=order,
            view=view,
            experiments=experiments,
            datasets=datasets,
            last=last,
            home=self._locations.home,
        )


def _check_max_results(number: int) -> int:
    if number < 1:
        raise InvalidParameterValue(
            f"Invalid value {number} for parameter 'max_results' supplied. It must be a positive "
            "integer"
        )
    if number > limits.MAX_RESULTS_PER_PAGE:
        raise InvalidParameterValue(
            f"Invalid value {number} for parameter 'max_results' supplied. It must be at most "
            f"{limits.MAX_RESULTS_PER_PAGE}"
        )
    return number


def searched_experiments(experiment_ids: Sequence[str]) -> list[int]:
    """Return the row ids of the experiments that a search names, each once and in order."""
    return sorted({parse_experiment_id(experiment_id) for experiment_id in experiment_ids})


def _datasets(filters: Sequence[api.DatasetFilter]) -> list[tuple[str, str]]:
    for dataset in filters:
        if not dataset.dataset_name:
            raise InvalidParameterValue(
                "`dataset_name` in the `datasets` clause must be specified."
            )
        check_text("dataset_name", dataset.dataset_name)
        check_text("dataset_digest", dataset.dataset_digest)
    return [(dataset.dataset_name, dataset.dataset_digest or "") for dataset in filters]


def _next_token(fingerprint: bytes, end: Sequence[SortValue] | None) -> str | None:
    return None if end is None else encode_token(fingerprint, end)
