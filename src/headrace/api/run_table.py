"""The calls behind a table of runs that is as long as it likes: its columns, and one window of it.

They are Headrace's own. Pages show a window of some fifty rows and a few of many columns; neither
call takes longer where there are more.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Endpoint, Permission
from headrace.api.tracking import Request


class GetRunKeys(Request):
    """Tell which metrics, params and tags the runs have that a search finds.

    `search` keeps the keys that contain it, in any case of letters; of each kind at most
    `max_keys` come, 1000 if not given, those of the most runs first. Tags of MLflow's own, whose
    keys begin with ``mlflow.``, come only with `system_tags`.
    """

    experiment_ids: list[str] = []
    filter: str | None = None
    run_view_type: str | int | None = None
    search: str | None = None
    max_keys: int | None = None
    system_tags: bool = False


class MetricKey(Struct):
    """A metric of some runs.

    Attributes:
        key: Its name.
        runs: How many runs have it.
        has_steps: Whether it has more than one point in any of them: a curve, not a number.
        min: The least of its last values; None if all of them are NaN.
        max: The greatest of its last values.

    """

    key: str
    runs: int
    has_steps: bool
    min: float | None = None
    max: float | None = None


class TextKey(Struct):
    """A param or tag of some runs.

    Attributes:
        key: Its name.
        runs: How many runs have it.
        distinct: How many different values it has.
        value: The value, where all that have it have the same.

    """

    key: str
    runs: int
    distinct: int
    value: str | None = None


class RunKeys(Struct):
    """The keys of runs, those of the most runs first.

    Of many runs with many keys not all can be looked at in the time of a click. Then `looked_at` is
    less than `runs`: the keys are all there, and what is said of each follows from a sample, whose
    numbers of runs are projected.

    Attributes:
        runs: How many runs the search finds.
        looked_at: How many of them were looked at.
        metrics: The metrics.
        params: The params.
        tags: The tags.
        metric_count: How many metrics there are, whatever the limit.
        param_count: How many params there are.
        tag_count: How many tags there are.

    """

    runs: int
    looked_at: int
    metrics: list[MetricKey]
    params: list[TextKey]
    tags: list[TextKey]
    metric_count: int
    param_count: int
    tag_count: int


class GetRunValues(Request):
    """Tell which values a column has among the runs that a search finds, for completion.

    `column` is ``params.KEY`` or ``tags.KEY``, the key without quotes, or ``run_name``, ``user_id``
    or ``status``. `search` keeps the values that contain it, in any case of letters. At most
    `max_values` come, 50 if not given; values of more than 250 characters do not.
    """

    column: str
    experiment_ids: list[str] = []
    filter: str | None = None
    run_view_type: str | int | None = None
    search: str | None = None
    max_values: int | None = None


class RunValues(Struct):
    """Values of a column, those of the most runs first.

    Of many runs without a `search` only a sample is looked at, whose numbers of runs are projected.

    Attributes:
        values: The values.
        runs: How many runs have each of them.

    """

    values: list[str]
    runs: list[int]


class GetRunWindow(Request):
    """Get a window of the runs that a search finds, as columns.

    A column is ``metrics.KEY``, ``params.KEY`` or ``tags.KEY``, or a function of it:
    ``min(metrics.KEY)``, ``max``, ``first``, ``last``, and ``number(params.KEY)``. The key stands
    there as it is, without quotes.

    With `roots` those runs are left out whose parent is found too: they are its children, and stand
    below it in a tree.

    The order of a long table is found anew every now and then, as often as its length allows;
    `fresh` asks for it now, for whoever has just changed something. With `known`, the `token` of an
    answer to the same request, what has not changed is not sent again.
    """

    experiment_ids: list[str] = []
    filter: str | None = None
    run_view_type: str | int | None = None
    order_by: list[str] = []
    offset: int = 0
    max_results: int = 100
    columns: list[str] = []
    roots: bool = False
    fresh: bool = False
    known: str | None = None


class RunWindow(Struct):
    """A window of a table of runs: columns of equal length, a row for each run.

    Attributes:
        total: How many runs the search finds.
        offset: Place of the first row among them.
        token: What the answer is known by.
        unchanged: Whether it is the one that the caller knows; there are no rows then.
        run_id: Ids.
        experiment_id: Ids of the experiments.
        run_name: Names.
        status: Each one of `RunStatus`.
        is_lost: Whether the run's processes have gone silent without ending it.
        user_id: Who started the run; empty where nobody said.
        user_verified: Whether a server had checked who that is.
        lifecycle_stage: ``active`` or ``deleted``.
        start_time: Milliseconds since the epoch.
        end_time: Milliseconds since the epoch; None while the run goes on.
        parent_run_id: The run that it is nested in; None for none.
        children: How many runs are nested in it, directly; of the searched experiments and view.
        numbers: The wanted columns of numbers, by what the request calls them.
        texts: The wanted columns of texts.

    """

    total: int
    offset: int
    token: str = ""
    unchanged: bool = False
    run_id: list[str] = []
    experiment_id: list[str] = []
    run_name: list[str] = []
    status: list[str] = []
    is_lost: list[bool] = []
    user_id: list[str] = []
    user_verified: list[bool] = []
    lifecycle_stage: list[str] = []
    start_time: list[int | None] = []
    end_time: list[int | None] = []
    parent_run_id: list[str | None] = []
    children: list[int] = []
    numbers: dict[str, list[float | None]] = {}
    texts: dict[str, list[str | None]] = {}


GET_RUN_KEYS = Endpoint(
    "get_run_keys", "POST", HEADRACE + "/runs/keys", GetRunKeys, RunKeys, Permission.READ
)
GET_RUN_VALUES = Endpoint(
    "get_run_values", "POST", HEADRACE + "/runs/values", GetRunValues, RunValues, Permission.READ
)
GET_RUN_WINDOW = Endpoint(
    "get_run_window", "POST", HEADRACE + "/runs/window", GetRunWindow, RunWindow, Permission.READ
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
