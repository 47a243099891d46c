"""Pages of a hundred thousand runs, against FastTrackML with a tenth of them."""

from __future__ import annotations

from benchmarks.case import Bar, Case, Quantity
from benchmarks.searching import ALL_TIED, BY_METRIC, FILTERED, LATEST, Page, contend_with

_AN_EIGHTH = (Bar("fasttrackml", at_most=1 / 8),)
_A_FIFTEENTH = (Bar("fasttrackml", at_most=1 / 15),)

_PAGES = (
    (Page("filter on metric and param, page of 100", FILTERED, 100), _AN_EIGHTH),
    (Page("latest, page of 100", LATEST, 100), _A_FIFTEENTH),
    (Page("latest, page of 1000", LATEST, 1000), _A_FIFTEENTH),
    (Page("ordered by a metric, page of 100", BY_METRIC, 100), _A_FIFTEENTH),
    (Page("ordered by a metric, page of 1000", BY_METRIC, 1000), _A_FIFTEENTH),
    (Page("ordered by a metric, all tied, page of 100", ALL_TIED, 100), _A_FIFTEENTH),
    (Page("latest, the last page", LATEST, 100, is_last=True), _A_FIFTEENTH),
)

CASE = Case(
    name="search-many-runs",
    title=(
        "server CPU of a page of 100,000 runs for Headrace, of 10,000 for FastTrackML (a tenth of "
        "both with --quick), read again once the upkeep after its first reading has ended"
    ),
    contenders=("fasttrackml", "headrace"),
    quantities=tuple(Quantity(page.name, "s", bars) for page, bars in _PAGES),
    open=contend_with([page for page, _ in _PAGES], {"headrace": 100_000, "fasttrackml": 10_000}),
)
