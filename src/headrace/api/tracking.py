"""The tracking calls: requests, answers and the table of endpoints.

A field without a default, and a text whose default is ``""``, must be given and not be empty.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import Struct, field

from headrace.api.endpoint import HEADRACE, MLFLOW, Empty, Endpoint, Permission
from headrace.entities import (
    DatasetInput,
    Experiment,
    ExperimentTag,
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelTag,
    Metric,
    Param,
    Run,
    RunInfo,
    RunTag,
)

READ, WRITE = Permission.READ, Permission.WRITE


class Request(Struct, omit_defaults=True, kw_only=True):
    """Base of the requests: fields that are not set are not sent."""


# --- experiments ---------------------------------------------------------------------------------


class CreateExperiment(Request):
    """Create an experiment; answers its id."""

    name: str
    artifact_location: str | None = None
    tags: list[ExperimentTag] = []


class ExperimentCreated(Struct):
    """Answer of `CreateExperiment`."""

    experiment_id: str


class GetExperiment(Request):
    """Get an experiment, deleted or not, by its id."""

    experiment_id: str


class GetExperimentByName(Request):
    """Get an experiment, deleted or not, by its name."""

    experiment_name: str


class ExperimentAnswer(Struct):
    """One experiment."""

    experiment: Experiment


class SearchExperiments(Request):
    """Find experiments; `max_results` must be from 1 to 50000."""

    max_results: int | None = None
    page_token: str | None = None
    filter: str | None = None
    order_by: list[str] = []
    view_type: str | int | None = None


class ExperimentsPage(Struct, omit_defaults=True):
    """A page of experiments."""

    experiments: list[Experiment] = []
    next_page_token: str | None = None


class DeleteExperiment(Request):
    """Mark an experiment and its runs as deleted."""

    experiment_id: str


class RestoreExperiment(Request):
    """Take back the deletion of an experiment and of all its runs.

    `keep_deleted` is Headrace's own: runs that were deleted before the experiment stay deleted.
    """

    experiment_id: str
    keep_deleted: bool = False


class UpdateExperiment(Request):
    """Rename an experiment."""

    experiment_id: str
    new_name: str | None = None


class SetExperimentTag(Request):
    """Set a tag of an experiment."""

    experiment_id: str
    key: str
    value: str = field(default_factory=str)


class DeleteExperimentTag(Request):
    """Delete a tag of an experiment."""

    experiment_id: str
    key: str


# --- runs ----------------------------------------------------------------------------------------


class RunRequest(Request, kw_only=True):
    """Base of the requests that name a run; old clients call its id `run_uuid`."""

    run_id: str = ""
    run_uuid: str | None = None

    def __post_init__(self) -> None:
        if not self.run_id and self.run_uuid:
            self.run_id = self.run_uuid


class CreateRun(Request):
    """Create a run in state RUNNING.

    `run_id` is Headrace's own: an id that the client chose. Creating the same run twice is
    refused with RESOURCE_ALREADY_EXISTS.
    """

    experiment_id: str
    user_id: str | None = None
    run_name: str | None = None
    start_time: int | None = None
    tags: list[RunTag] = []
    run_id: str | None = None


class RunAnswer(Struct):
    """One run whole."""

    run: Run


class GetRun(RunRequest):
    """Get a run, deleted or not.

    `info_only` is Headrace's own: what the run is comes, and nothing that it logged.
    """

    info_only: bool = False


class UpdateRun(RunRequest):
    """Change status, end time or name of a run.

    `session` is Headrace's own: the session that ends with the run. If a later one has begun, the
    run goes on: neither its status nor its end time change.
    """

    status: str | int | None = None
    end_time: int | None = None
    run_name: str | None = None
    session: str | None = None


class RunInfoAnswer(Struct):
    """A run without what it logged."""

    run_info: RunInfo


class DeleteRun(Request):
    """Mark a run as deleted."""

    run_id: str


class RestoreRun(Request):
    """Take back the deletion of a run."""

    run_id: str


class SearchRuns(Request):
    """Find runs; `max_results` is 1000 if not given and at most 50000.

    `fields` is Headrace's own: what is wanted of the runs besides their infos, such as
    ``metrics.loss``, ``params.*``, ``tags.*``, ``inputs`` and ``outputs``; everything if it is not
    given.
    """

    experiment_ids: list[str] = []
    filter: str | None = None
    run_view_type: str | int | None = None
    max_results: int | None = None
    order_by: list[str] = []
    page_token: str | None = None
    fields: list[str] | None = None


class RunsPage(Struct, omit_defaults=True):
    """A page of runs."""

    runs: list[Run] = []
    next_page_token: str | None = None


class SearchRunColumns(SearchRuns):
    """Find runs as `SearchRuns` does and answer columns; Headrace's own."""


# The columns of `RunColumns` that say what a run is.
INFO_COLUMNS = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")


class RunColumns(Struct, omit_defaults=True):
    """A page of runs as columns of equal length, without the runs' inputs and outputs.

    `metrics`, `params` and `tags` hold a column for each key that any run of the page has, in the
    order in which a reader from run to run, and from key to key, first meets them; None is where a
    run has none. NaN and the infinities travel as texts.
    """

    run_id: list[str] = []
    experiment_id: list[str] = []
    status: list[str] = []
    artifact_uri: list[str | None] = []
    start_time: list[int | None] = []
    end_time: list[int | None] = []
    metrics: dict[str, list[float | None]] = {}
    params: dict[str, list[str | None]] = {}
    tags: dict[str, list[str | None]] = {}
    next_page_token: str | None = None

    @classmethod
    def of(cls, infos: Collection[RunInfo]) -> RunColumns:
        """Return the columns of what runs are, a row for each, without what they logged."""
        columns: dict[str, Any] = {
            name: [getattr(info, name) for info in infos] for name in INFO_COLUMNS
        }
        return cls(**columns)


class CountRuns(Request):
    """Count the runs that a search would find, however many; Headrace's own."""

    experiment_ids: list[str] = []
    filter: str | None = None
    run_view_type: str | int | None = None


class RunCount(Struct):
    """Answer of `CountRuns`."""

    count: int


class MetricPoint(Request, gc=False):
    """A point as a request carries it; a step that is not given is 0."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class LogMetric(RunRequest):
    """Log one point of a metric."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class LogParam(RunRequest):
    """Log a param; the same value again is fine, another value is refused."""

    key: str
    value: str = field(default_factory=str)


class SetTag(RunRequest):
    """Set a tag of a run."""

    key: str
    value: str = field(default_factory=str)


class DeleteTag(Request):
    """Delete a tag of a run; a tag that is not there is RESOURCE_DOES_NOT_EXIST."""

    run_id: str
    key: str


class LogBatch(Request):
    """Log points, params and tags together: all of them or none."""

    run_id: str
    metrics: list[MetricPoint] = []
    params: list[Param] = []
    tags: list[RunTag] = []


class LogModel(Request):
    """Record a model's MLmodel file, as JSON text, in the tag ``mlflow.log-model.history``."""

    run_id: str
    model_json: str


class LogInputs(Request):
    """Record data sets and logged models as inputs of a run."""

    run_id: str
    datasets: list[DatasetInput] = []
    models: list[LoggedModelInput] = []


class LogOutputs(Request):
    """Record logged models as outputs of a run."""

    run_id: str
    models: list[LoggedModelOutput]


# --- metrics -------------------------------------------------------------------------------------


class GetMetricHistory(RunRequest):
    """Get the points of a metric in the order of timestamp, step, value.

    Without `max_results` all of them, with it a page of 1 to 25000.
    """

    metric_key: str
    max_results: int | None = None
    page_token: str | None = None


class MetricsPage(Struct, omit_defaults=True):
    """A page of points."""

    metrics: list[Metric] = []
    next_page_token: str | None = None


class GetMetricHistoryBulk(Request):
    """Get one metric's points of up to 100 runs, at most 25000 points in all.

    Only the pages use this call, so its query names the runs by `run_id`, repeated.
    """

    run_id: list[str]
    metric_key: str
    max_results: int | None = None


class GetMetricHistoryBulkInterval(Request):
    """Get a sample of one metric's points of up to 100 runs between two steps."""

    run_ids: list[str]
    metric_key: str
    start_step: int | None = None
    end_step: int | None = None
    max_results: int | None = None


class MetricsAnswer(Struct, omit_defaults=True):
    """Points of several runs."""

    metrics: list[Metric] = []


class MetricsOfRuns(Struct):
    """Points of several runs; the list travels also when it is empty, as in MLflow."""

    metrics: list[Metric] = []


class GetMetricSeries(Request):
    """Get metrics of several runs as columns, reduced for a chart.

    Headrace's own. The metrics are `metric_key`, or the first of `metric_keys` and the others. With
    `max_points` each series is reduced by min-max LTTB, so that spikes stay; without it the columns
    hold every point. `known` tells how many points a caller has seen of each series in all
    (`MetricSeries.count`), 0 for none: for each of `metric_keys` a list with a number for each of
    `run_ids`. A series that has no more is left out of the answer. Without `timestamps` that column
    is empty, which a chart over steps can do without.
    """

    run_ids: list[str]
    metric_key: str | None = None
    metric_keys: list[str] = []
    start_step: int | None = None
    end_step: int | None = None
    max_points: int | None = None
    known: list[list[int]] = []
    timestamps: bool = True


class MetricSeries(Struct):
    """One metric of one run as columns of equal length, in the order of step.

    NaN and the infinities travel as the texts ``NaN``, ``Infinity`` and ``-Infinity``. `total` is
    the number of points between the wanted steps, before they were reduced; `count` that of all
    points that were ever logged, the same ones also when they came again.
    """

    run_id: str
    steps: list[int]
    timestamps: list[int]
    values: list[float]
    total: int
    metric_key: str = ""
    count: int = 0


class MetricSeriesAnswer(Struct):
    """The series that have points, metric by metric, in the order of the request."""

    series: list[MetricSeries] = []


# --- data sets -----------------------------------------------------------------------------------


class SearchDatasets(Request):
    """List the data sets that runs of up to 20 experiments used."""

    experiment_ids: list[str]


class DatasetSummary(Struct, omit_defaults=True):
    """A data set with the context that a run used it in."""

    experiment_id: str
    name: str
    digest: str
    context: str | None = None


class DatasetSummaries(Struct, omit_defaults=True):
    """Answer of `SearchDatasets`."""

    dataset_summaries: list[DatasetSummary] = []


# --- logged models -------------------------------------------------------------------------------


class CreateLoggedModel(Request):
    """Create a logged model in state PENDING."""

    experiment_id: str
    name: str | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    params: list[LoggedModelParameter] = []
    tags: list[LoggedModelTag] = []


class LoggedModelAnswer(Struct):
    """One logged model."""

    model: LoggedModel


class FinalizeLoggedModel(Request):
    """Set a logged model's final status."""

    model_id: str
    status: str | int


class GetLoggedModel(Request):
    """Get a logged model, a deleted one only on request."""

    model_id: str
    allow_deleted: bool = False


class DeleteLoggedModel(Request):
    """Mark a logged model as deleted."""

    model_id: str


class DatasetFilter(Struct, omit_defaults=True):
    """Which data set a metric condition speaks of."""

    dataset_name: str
    dataset_digest: str | None = None


class LoggedModelOrder(Struct, omit_defaults=True):
    """One key of the order of a search for logged models."""

    field_name: str
    ascending: bool | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class SearchLoggedModels(Request):
    """Find logged models; `max_results` is 50 if not given."""

    experiment_ids: list[str]
    filter: str | None = None
    datasets: list[DatasetFilter] = []
    max_results: int | None = None
    order_by: list[LoggedModelOrder] = []
    page_token: str | None = None


class LoggedModelsPage(Struct, omit_defaults=True):
    """A page of logged models."""

    models: list[LoggedModel] = []
    next_page_token: str | None = None


class SetLoggedModelTags(Request):
    """Set tags of a logged model."""

    model_id: str
    tags: list[LoggedModelTag] = []


class DeleteLoggedModelTag(Request):
    """Delete a tag of a logged model."""

    model_id: str
    tag_key: str


class LogLoggedModelParams(Request):
    """Add params to a logged model."""

    model_id: str
    params: list[LoggedModelParameter] = []


# --- the table -----------------------------------------------------------------------------------


CREATE_EXPERIMENT = Endpoint(
    "create_experiment",
    "POST",
    MLFLOW + "/experiments/create",
    CreateExperiment,
    ExperimentCreated,
    WRITE,
)
SEARCH_EXPERIMENTS_BY_GET = Endpoint(
    "search_experiments",
    "GET",
    MLFLOW + "/experiments/search",
    SearchExperiments,
    ExperimentsPage,
    READ,
)
SEARCH_EXPERIMENTS = Endpoint(
    "search_experiments",
    "POST",
    MLFLOW + "/experiments/search",
    SearchExperiments,
    ExperimentsPage,
    READ,
)
GET_EXPERIMENT = Endpoint(
    "get_experiment", "GET", MLFLOW + "/experiments/get", GetExperiment, ExperimentAnswer, READ
)
GET_EXPERIMENT_BY_NAME = Endpoint(
    "get_experiment_by_name",
    "GET",
    MLFLOW + "/experiments/get-by-name",
    GetExperimentByName,
    ExperimentAnswer,
    READ,
)
DELETE_EXPERIMENT = Endpoint(
    "delete_experiment", "POST", MLFLOW + "/experiments/delete", DeleteExperiment, Empty, WRITE
)
RESTORE_EXPERIMENT = Endpoint(
    "restore_experiment", "POST", MLFLOW + "/experiments/restore", RestoreExperiment, Empty, WRITE
)
UPDATE_EXPERIMENT = Endpoint(
    "update_experiment", "POST", MLFLOW + "/experiments/update", UpdateExperiment, Empty, WRITE
)
SET_EXPERIMENT_TAG = Endpoint(
    "set_experiment_tag",
    "POST",
    MLFLOW + "/experiments/set-experiment-tag",
    SetExperimentTag,
    Empty,
    WRITE,
)
DELETE_EXPERIMENT_TAG = Endpoint(
    "delete_experiment_tag",
    "POST",
    MLFLOW + "/experiments/delete-experiment-tag",
    DeleteExperimentTag,
    Empty,
    WRITE,
)
CREATE_RUN = Endpoint("create_run", "POST", MLFLOW + "/runs/create", CreateRun, RunAnswer, WRITE)
GET_RUN = Endpoint("get_run", "GET", MLFLOW + "/runs/get", GetRun, RunAnswer, READ)
UPDATE_RUN = Endpoint(
    "update_run", "POST", MLFLOW + "/runs/update", UpdateRun, RunInfoAnswer, WRITE
)
DELETE_RUN = Endpoint("delete_run", "POST", MLFLOW + "/runs/delete", DeleteRun, Empty, WRITE)
RESTORE_RUN = Endpoint("restore_run", "POST", MLFLOW + "/runs/restore", RestoreRun, Empty, WRITE)
SEARCH_RUNS = Endpoint("search_runs", "POST", MLFLOW + "/runs/search", SearchRuns, RunsPage, READ)
SEARCH_RUN_COLUMNS = Endpoint(
    "search_run_columns",
    "POST",
    HEADRACE + "/runs/search-columns",
    SearchRunColumns,
    RunColumns,
    READ,
)
COUNT_RUNS = Endpoint("count_runs", "POST", HEADRACE + "/runs/count", CountRuns, RunCount, READ)
LOG_METRIC = Endpoint("log_metric", "POST", MLFLOW + "/runs/log-metric", LogMetric, Empty, WRITE)
LOG_PARAM = Endpoint("log_param", "POST", MLFLOW + "/runs/log-parameter", LogParam, Empty, WRITE)
SET_TAG = Endpoint("set_tag", "POST", MLFLOW + "/runs/set-tag", SetTag, Empty, WRITE)
DELETE_TAG = Endpoint("delete_tag", "POST", MLFLOW + "/runs/delete-tag", DeleteTag, Empty, WRITE)
LOG_BATCH = Endpoint("log_batch", "POST", MLFLOW + "/runs/log-batch", LogBatch, Empty, WRITE)
LOG_MODEL = Endpoint("log_model", "POST", MLFLOW + "/runs/log-model", LogModel, Empty, WRITE)
LOG_INPUTS = Endpoint("log_inputs", "POST", MLFLOW + "/runs/log-inputs", LogInputs, Empty, WRITE)
LOG_OUTPUTS = Endpoint("log_outputs", "POST", MLFLOW + "/runs/outputs", LogOutputs, Empty, WRITE)
GET_METRIC_HISTORY = Endpoint(
    "get_metric_history",
    "GET",
    MLFLOW + "/metrics/get-history",
    GetMetricHistory,
    MetricsPage,
    READ,
)
GET_METRIC_HISTORY_BULK_INTERVAL = Endpoint(
    "get_metric_history_bulk_interval",
    "GET",
    MLFLOW + "/metrics/get-history-bulk-interval",
    GetMetricHistoryBulkInterval,
    MetricsAnswer,
    READ,
)
SEARCH_DATASETS = Endpoint(
    "search_datasets",
    "POST",
    MLFLOW + "/experiments/search-datasets",
    SearchDatasets,
    DatasetSummaries,
    READ,
)
CREATE_LOGGED_MODEL = Endpoint(
    "create_logged_model",
    "POST",
    MLFLOW + "/logged-models",
    CreateLoggedModel,
    LoggedModelAnswer,
    WRITE,
)
SEARCH_LOGGED_MODELS = Endpoint(
    "search_logged_models",
    "POST",
    MLFLOW + "/logged-models/search",
    SearchLoggedModels,
    LoggedModelsPage,
    READ,
)
GET_LOGGED_MODEL = Endpoint(
    "get_logged_model",
    "GET",
    MLFLOW + "/logged-models/{model_id}",
    GetLoggedModel,
    LoggedModelAnswer,
    READ,
)
FINALIZE_LOGGED_MODEL = Endpoint(
    "finalize_logged_model",
    "PATCH",
    MLFLOW + "/logged-models/{model_id}",
    FinalizeLoggedModel,
    LoggedModelAnswer,
    WRITE,
)
DELETE_LOGGED_MODEL = Endpoint(
    "delete_logged_model",
    "DELETE",
    MLFLOW + "/logged-models/{model_id}",
    DeleteLoggedModel,
    Empty,
    WRITE,
)
SET_LOGGED_MODEL_TAGS = Endpoint(
    "set_logged_model_tags",
    "PATCH",
    MLFLOW + "/logged-models/{model_id}/tags",
    SetLoggedModelTags,
    Empty,
    WRITE,
)
DELETE_LOGGED_MODEL_TAG = Endpoint(
    "delete_logged_model_tag",
    "DELETE",
    MLFLOW + "/logged-models/{model_id}/tags/{tag_key}",
    DeleteLoggedModelTag,
    Empty,
    WRITE,
)
LOG_LOGGED_MODEL_PARAMS = Endpoint(
    "log_logged_model_params",
    "POST",
    MLFLOW + "/logged-models/{model_id}/params",
    LogLoggedModelParams,
    Empty,
    WRITE,
)
GET_METRIC_HISTORY_BULK = Endpoint(
    "get_metric_history_bulk",
    "GET",
    MLFLOW + "/metrics/get-history-bulk",
    GetMetricHistoryBulk,
    MetricsOfRuns,
    READ,
    bases=("/ajax-api",),
)
GET_METRIC_SERIES = Endpoint(
    "get_metric_series",
    "POST",
    HEADRACE + "/metrics/get-series",
    GetMetricSeries,
    MetricSeriesAnswer,
    READ,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
