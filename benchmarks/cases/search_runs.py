"""Pages of ten thousand runs: the latest, filtered, ordered by a metric, tied, the last one."""

from __future__ import annotations

from benchmarks.case import Bar, Case, Quantity
from benchmarks.searching import ALL_TIED, BY_METRIC, FILTERED, LATEST, Page, contend_with

_AN_EIGHTH = (Bar("fasttrackml", at_most=1 / 8),)
_A_FIFTEENTH = (Bar("fasttrackml", at_most=1 / 15),)
_A_FIFTH = (Bar("fasttrackml", at_most=1 / 5),)

_PAGES = (
    (Page("latest, page of 100", LATEST, 100), _AN_EIGHTH),
    (Page("latest, page of 1000", LATEST, 1000), _AN_EIGHTH),
    (Page("filter on metric and param, page of 100", FILTERED, 100), _A_FIFTEENTH),
    (Page("ordered by a metric, page of 100", BY_METRIC, 100), _A_FIFTEENTH),
    (Page("ordered by a metric, page of 1000", BY_METRIC, 1000), _A_FIFTEENTH),
    (Page("ordered by a metric, all tied, page of 100", ALL_TIED, 100), _A_FIFTH),
    (Page("latest, the last page", LATEST, 100, is_last=True), _A_FIFTH),
)

CASE = Case(
    name="search-runs",
    title=(
        "server CPU of a page of 10,000 runs with 20 metrics, 20 params and 5 tags, a fifth of "
        "them rare (1000 runs with --quick), read again once the upkeep after its first reading "
        "has ended"
    ),
    contenders=("fasttrackml", "headrace"),
    quantities=tuple(Quantity(page.name, "s", bars) for page, bars in _PAGES),
    open=contend_with([page for page, _ in _PAGES], {"headrace": 10_000, "fasttrackml": 10_000}),
)
