"""What a store is: Protocols, and the semantics that every implementation keeps.

The shipped suite `headrace.testing.stores` holds an implementation to this contract.

**One call, one transaction.** A method either does all that its request asks or raises and leaves
the store as it was. What a method has answered survives the death of any process.

**Identity.** Ids are texts: experiments count decimally from ``"0"``, the experiment ``Default``,
which always exists; runs are 32 hexadecimal digits unless the client chose; logged models are
``m-`` and 32 digits. Names and keys compare by code point. Texts come back as they were given;
only NUL and lone surrogates are refused (INVALID_PARAMETER_VALUE), since no SQL text holds them.

**Lifecycle.** ``active`` or ``deleted``. Reads by id find both; searches choose by view type. A
deleted experiment keeps its name. A deleted run or experiment refuses writes with
INVALID_PARAMETER_VALUE.

**Metrics.** A point is (step, timestamp, value), all 64 bit; equal points of one series (NaN equal
to NaN, -0.0 to 0.0) are one point. The latest point is the greatest (step, timestamp, value) with
NaN counted as 0. NaN and infinities are stored and come back as they are. History comes in the
order of (timestamp, step, value).

**Params** are set once: the same value again changes nothing, another one is refused with
INVALID_PARAMETER_VALUE and nothing of its batch is kept.

**Journals.** A client may number what it logs. The store applies each record of a journal once and
in order, in one transaction with the move of the mark that says how far it is; one that it refuses
alone is answered and passed over, and one of a run that it does not know stops the journal there.

**Sessions.** Each start of a run by a client may be a session. A session's end does not end the run
if a later one has begun. A run that has not ended, and whose open sessions are all silent for the
timeout, is read as lost; one that never sent a heartbeat is not.

**Context and output** of runs are written by journals alone. The same part of the context again,
by the same session, takes the place of the earlier one. Output keeps the order in which it was
applied; what a run prints past the limit is dropped, one line says so, and nothing is refused.

**Registry.** A registered model's versions are counted from 1; a number is never given again. An
alias names one version of its model. Stages are `headrace.entities.ModelStage`. The history of a
model goes with it when it is renamed and outlives it; an unverified actor is recorded as such.

**Webhooks.** What happens is noted for each active webhook that waits for it in the transaction of
the change, and sent by the server of the store: at least once, under one delivery id. Setting a tag
or an alias is an event also if it had that value; deleting what is not there is none. No secret is
ever given back. A URL is refused if its host has a single address that may not be sent to.

**Views** belong to who made them. A private one is there for its owner alone, whom a server must
have checked: not even an admin sees it. Who opens the store without a server sees and changes all.
A view goes when the last of its experiments is deleted for good.

**Errors.** Only `headrace.errors` classes leave a store. What is not there is
RESOURCE_DOES_NOT_EXIST, a taken name RESOURCE_ALREADY_EXISTS, anything malformed or over its limit
INVALID_PARAMETER_VALUE with the offending value and the limit in the message.

**Bytes.** Beside a method a store may have one called ``encoded_NAME``, which answers the same in
the JSON that travels; a server calls that one.

**Threads and processes.** A store may be used from any thread, and by a forked child. Any number
of processes may open the same SQL store: correctness never rests on the memory of one of them.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from msgspec import Struct

from headrace.api import bulk, lineage, registry, registry_rules, views, webhooks
from headrace.api import tracking as api
from headrace.api.cleanup import CollectGarbage, GarbageCollected
from headrace.api.context import (
    GetRunContext,
    GetRunContexts,
    GetRunOutput,
    RunContext,
    RunContexts,
    RunOutput,
)
from headrace.api.endpoint import Empty
from headrace.api.journals import ApplyJournal, JournalApplied
from headrace.api.run_table import (
    GetRunKeys,
    GetRunValues,
    GetRunWindow,
    RunKeys,
    RunValues,
    RunWindow,
)
from headrace.api.sessions import Heartbeat


class Actor(Struct, frozen=True):
    """Who makes a call.

    Attributes:
        name: User name; empty if nobody said.
        verified: Whether a server checked credentials for that name.
        is_admin: Whether a server gives the caller the role of an administrator.

    """

    name: str = ""
    verified: bool = False
    is_admin: bool = False


_NOBODY = Actor()
_actor: ContextVar[Actor] = ContextVar("headrace_actor", default=_NOBODY)


def current_actor() -> Actor:
    """Return who makes the present call; an unverified nobody if nothing said otherwise."""
    return _actor.get()


class acting_as:  # noqa: N801  # it is used as a function, and cheaper than one: each call is in it
    """Make `actor` the one who makes the calls inside the block, in this thread or task."""

    __slots__ = ("_actor", "_token")

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def __enter__(self) -> None:
        self._token = _actor.set(self._actor)

    def __exit__(self, *_: object) -> None:
        _actor.reset(self._token)


class ExperimentStore(Protocol):
    """Experiments and their tags."""

    def create_experiment(self, request: api.CreateExperiment) -> api.ExperimentCreated:
        """Create an experiment; a name that is taken, also by a deleted one, is refused."""
        ...

    def get_experiment(self, request: api.GetExperiment) -> api.ExperimentAnswer:
        """Return an experiment, deleted or not."""
        ...

    def get_experiment_by_name(self, request: api.GetExperimentByName) -> api.ExperimentAnswer:
        """Return an experiment, deleted or not."""
        ...

    def search_experiments(self, request: api.SearchExperiments) -> api.ExperimentsPage:
        """Return a page; default order is creation time descending, then id ascending."""
        ...

    def delete_experiment(self, request: api.DeleteExperiment) -> Empty:
        """Mark an active experiment and its active runs as deleted."""
        ...

    def restore_experiment(self, request: api.RestoreExperiment) -> Empty:
        """Make a deleted experiment active again, with its runs: all, or those deleted with it."""
        ...

    def update_experiment(self, request: api.UpdateExperiment) -> Empty:
        """Rename an active experiment."""
        ...

    def set_experiment_tag(self, request: api.SetExperimentTag) -> Empty:
        """Set a tag of an active experiment."""
        ...

    def delete_experiment_tag(self, request: api.DeleteExperimentTag) -> Empty:
        """Delete a tag; RESOURCE_DOES_NOT_EXIST if it is not there."""
        ...


class RunStore(Protocol):
    """Runs: their life, what they log in small, and the search for them."""

    def create_run(self, request: api.CreateRun) -> api.RunAnswer:
        """Create a run in an active experiment; an unnamed one gets a name of two words."""
        ...

    def get_run(self, request: api.GetRun) -> api.RunAnswer:
        """Return a run, deleted or not; whole, unless only its info is wanted."""
        ...

    def update_run(self, request: api.UpdateRun) -> api.RunInfoAnswer:
        """Change status, end time or name of an active run; what is not given stays."""
        ...

    def delete_run(self, request: api.DeleteRun) -> Empty:
        """Mark a run as deleted; doing it twice is fine."""
        ...

    def restore_run(self, request: api.RestoreRun) -> Empty:
        """Make a deleted run active again; doing it twice is fine."""
        ...

    def search_runs(self, request: api.SearchRuns) -> api.RunsPage:
        """Return a page; ties and the default order: start time descending, then run id."""
        ...

    def search_run_columns(self, request: api.SearchRunColumns) -> api.RunColumns:
        """Return the same page as columns; inputs and outputs are left out."""
        ...

    def count_runs(self, request: api.CountRuns) -> api.RunCount:
        """Return how many runs a search would find on all its pages."""
        ...

    def get_run_window(self, request: GetRunWindow) -> RunWindow:
        """Return a window of all runs that a search finds; beyond their end it has no rows."""
        ...

    def get_run_keys(self, request: GetRunKeys) -> RunKeys:
        """Return the keys of all runs that a search finds; of very many from a sample."""
        ...

    def get_run_values(self, request: GetRunValues) -> RunValues:
        """Return the values of a column of runs, the most frequent ones first."""
        ...

    def log_metric(self, request: api.LogMetric) -> Empty:
        """Log one point."""
        ...

    def log_param(self, request: api.LogParam) -> Empty:
        """Log one param."""
        ...

    def set_tag(self, request: api.SetTag) -> Empty:
        """Set one tag."""
        ...

    def delete_tag(self, request: api.DeleteTag) -> Empty:
        """Delete one tag; RESOURCE_DOES_NOT_EXIST if it is not there."""
        ...

    def log_batch(self, request: api.LogBatch) -> Empty:
        """Log points, params and tags: all or none."""
        ...

    def log_model(self, request: api.LogModel) -> Empty:
        """Append a model to the tag ``mlflow.log-model.history``."""
        ...

    def log_inputs(self, request: api.LogInputs) -> Empty:
        """Record inputs; a data set that is already an input of the run is not added twice."""
        ...

    def log_outputs(self, request: api.LogOutputs) -> Empty:
        """Record logged models as outputs."""
        ...

    def search_datasets(self, request: api.SearchDatasets) -> api.DatasetSummaries:
        """Return the data sets that runs of the experiments used, each with its context."""
        ...


class MetricStore(Protocol):
    """Points of metrics."""

    def get_metric_history(self, request: api.GetMetricHistory) -> api.MetricsPage:
        """Return points; an unknown metric has none."""
        ...

    def get_metric_history_bulk(self, request: api.GetMetricHistoryBulk) -> api.MetricsOfRuns:
        """Return points of several runs, ordered by run, timestamp, step, value."""
        ...

    def get_metric_history_bulk_interval(
        self, request: api.GetMetricHistoryBulkInterval
    ) -> api.MetricsAnswer:
        """Return MLflow's own sample, point for point."""
        ...

    def get_metric_series(self, request: api.GetMetricSeries) -> api.MetricSeriesAnswer:
        """Return columns, reduced if asked."""
        ...


class LoggedModelStore(Protocol):
    """Logged models."""

    def create_logged_model(self, request: api.CreateLoggedModel) -> api.LoggedModelAnswer:
        """Create a logged model; an unnamed one gets a name of two words."""
        ...

    def get_logged_model(self, request: api.GetLoggedModel) -> api.LoggedModelAnswer:
        """Return a logged model that is not deleted."""
        ...

    def finalize_logged_model(self, request: api.FinalizeLoggedModel) -> api.LoggedModelAnswer:
        """Set the status."""
        ...

    def delete_logged_model(self, request: api.DeleteLoggedModel) -> Empty:
        """Mark a logged model as deleted."""
        ...

    def search_logged_models(self, request: api.SearchLoggedModels) -> api.LoggedModelsPage:
        """Return a page; the default order is creation time descending, then id."""
        ...

    def set_logged_model_tags(self, request: api.SetLoggedModelTags) -> Empty:
        """Set tags."""
        ...

    def delete_logged_model_tag(self, request: api.DeleteLoggedModelTag) -> Empty:
        """Delete one tag; RESOURCE_DOES_NOT_EXIST if it is not there."""
        ...

    def log_logged_model_params(self, request: api.LogLoggedModelParams) -> Empty:
        """Add params; the same rule as for the params of a run."""
        ...


class JournalStore(Protocol):
    """Journals of clients, whose records arrive exactly once, and their signs of life."""

    def apply_journal(self, request: ApplyJournal) -> JournalApplied:
        """Apply records that begin right after the journal's mark, and answer the mark."""
        ...

    def heartbeat(self, request: Heartbeat) -> Empty:
        """Take note that sessions of runs go on."""
        ...


class ContextStore(Protocol):
    """What runs record without being asked: where and how they ran, and what they printed."""

    def get_run_context(self, request: GetRunContext) -> RunContext:
        """Return the context of each session of a run, deleted or not."""
        ...

    def get_run_contexts(self, request: GetRunContexts) -> RunContexts:
        """Return the contexts of several runs, each text once."""
        ...

    def get_run_output(self, request: GetRunOutput) -> RunOutput:
        """Return a page of what a run printed, deleted or not.

        Who asks again with the answer's `next` gets each chunk once, while others append.
        """
        ...


class BulkStore(Protocol):
    """Changes of many runs by one call, each of which one call takes back.

    A run that is as the call wants it is left alone and does not count. What cannot be done to all
    of the runs is refused with nothing done. It is then done in slices, each whole or not at all,
    between which others are served and see what has been done so far. Only what others change
    meanwhile, or the death of the process, ends a call half-way: what it did is an operation like
    any other, to be taken back, and the call does the rest when it is made again.
    """

    def delete_runs(self, request: bulk.DeleteRuns) -> bulk.RunsChanged:
        """Mark runs as deleted."""
        ...

    def restore_runs(self, request: bulk.RestoreRuns) -> bulk.RunsChanged:
        """Make deleted runs active again."""
        ...

    def tag_runs(self, request: bulk.TagRuns) -> bulk.RunsChanged:
        """Set and delete tags of active runs; a tag that is not there is no error."""
        ...

    def move_runs(self, request: bulk.MoveRuns) -> bulk.RunsChanged:
        """Move active runs into another active experiment, with all that they logged."""
        ...

    def undo_operation(self, request: bulk.UndoOperation) -> bulk.RunsChanged:
        """Take back an operation; refused if a run was changed in that since.

        One that is still being made ends there. An undo that was cut off goes on when it is called
        again, and counts the runs of this call.
        """
        ...

    def list_operations(self, request: bulk.ListOperations) -> bulk.Operations:
        """Return operations, the newest first."""
        ...


class RegistryStore(Protocol):
    """Registered models and their versions.

    Every change leaves an entry of history in the same transaction, with the value before and the
    present actor; what changes nothing leaves none. What gives an alias or a stage to a version,
    or takes one from it, is refused with PERMISSION_DENIED and all the reasons where rules say so,
    unless it is forced.
    """

    def create_registered_model(
        self, request: registry.CreateRegisteredModel
    ) -> registry.RegisteredModelAnswer:
        """Create a registered model; a name that is taken is refused."""
        ...

    def get_registered_model(
        self, request: registry.GetRegisteredModel
    ) -> registry.RegisteredModelAnswer:
        """Return a registered model with the newest version of each stage."""
        ...

    def rename_registered_model(
        self, request: registry.RenameRegisteredModel
    ) -> registry.RegisteredModelAnswer:
        """Give a registered model, with all that belongs to it, another name."""
        ...

    def update_registered_model(
        self, request: registry.UpdateRegisteredModel
    ) -> registry.RegisteredModelAnswer:
        """Set the description."""
        ...

    def delete_registered_model(self, request: registry.DeleteRegisteredModel) -> Empty:
        """Delete a registered model and its versions; its history stays under its name."""
        ...

    def search_registered_models(
        self, request: registry.SearchRegisteredModels
    ) -> registry.RegisteredModelsPage:
        """Return a page; the default order is the name."""
        ...

    def get_latest_versions(self, request: registry.GetLatestVersions) -> registry.ModelVersions:
        """Return the newest version of each of the stages."""
        ...

    def set_registered_model_tag(self, request: registry.SetRegisteredModelTag) -> Empty:
        """Set a tag of a registered model."""
        ...

    def delete_registered_model_tag(self, request: registry.DeleteRegisteredModelTag) -> Empty:
        """Delete a tag of a registered model; one that is not there is fine."""
        ...

    def set_registered_model_alias(self, request: registry.SetRegisteredModelAlias) -> Empty:
        """Let an alias name a version."""
        ...

    def delete_registered_model_alias(self, request: registry.DeleteRegisteredModelAlias) -> Empty:
        """Delete an alias; one that is not there is fine."""
        ...

    def get_model_version_by_alias(
        self, request: registry.GetModelVersionByAlias
    ) -> registry.ModelVersionAnswer:
        """Return the version that an alias names; an unknown one is INVALID_PARAMETER_VALUE."""
        ...

    def create_model_version(
        self, request: registry.CreateModelVersion
    ) -> registry.ModelVersionAnswer:
        """Create the version after the greatest number that was ever given.

        A source must be one that the caller may name: see `headrace.stores.sql.sources`.
        """
        ...

    def get_model_version(self, request: registry.GetModelVersion) -> registry.ModelVersionAnswer:
        """Return a version."""
        ...

    def update_model_version(
        self, request: registry.UpdateModelVersion
    ) -> registry.ModelVersionAnswer:
        """Set the description."""
        ...

    def transition_model_version_stage(
        self, request: registry.TransitionModelVersionStage
    ) -> registry.ModelVersionAnswer:
        """Move a version into a stage, and archive the stage's other versions if asked."""
        ...

    def delete_model_version(self, request: registry.DeleteModelVersion) -> Empty:
        """Delete a version with its aliases."""
        ...

    def search_model_versions(
        self, request: registry.SearchModelVersions
    ) -> registry.ModelVersionsPage:
        """Return a page; the default order is the last change first, then name, then version."""
        ...

    def set_model_version_tag(self, request: registry.SetModelVersionTag) -> Empty:
        """Set a tag of a version."""
        ...

    def delete_model_version_tag(self, request: registry.DeleteModelVersionTag) -> Empty:
        """Delete a tag of a version; one that is not there is fine."""
        ...

    def get_model_version_download_uri(
        self, request: registry.GetModelVersionDownloadUri
    ) -> registry.ModelVersionDownloadUri:
        """Return where the files of a version lie."""
        ...

    def list_registry_changes(
        self, request: registry.ListRegistryChanges
    ) -> registry.RegistryChanges:
        """Return a page of the history of a registered model, newest first."""
        ...

    def get_model_version_lineage(
        self, request: registry.GetModelVersionLineage
    ) -> registry.ModelVersionLineage:
        """Return what a version came from."""
        ...

    def get_lineage(self, request: lineage.GetLineage) -> lineage.LineageAnswer:
        """Return what a data set, run, logged model or version came from, and what came from it.

        Nearest first, within the bounds of the request; what they leave out is counted. Runs and
        logged models that this store does not have are nodes too, as ``gone`` or ``unknown``.
        """
        ...

    def add_registry_rule(
        self, request: registry_rules.AddRegistryRule
    ) -> registry_rules.RegistryRuleAnswer:
        """Add a rule to an alias or a stage, of one model or of a pattern of names."""
        ...

    def delete_registry_rule(self, request: registry_rules.DeleteRegistryRule) -> Empty:
        """Delete a rule; RESOURCE_DOES_NOT_EXIST if it is not there."""
        ...

    def list_registry_rules(
        self, request: registry_rules.ListRegistryRules
    ) -> registry_rules.RegistryRules:
        """Return a page of rules, the oldest first."""
        ...

    def check_model_move(
        self, request: registry_rules.CheckModelMove
    ) -> registry_rules.ModelMoveCheck:
        """Return what each rule says of a move, which is not made."""
        ...

    def get_model_version_content(
        self, request: registry.GetModelVersionContent
    ) -> registry.ModelVersionContentAnswer:
        """Return what a version holds: its files, as they were recorded, and how they are."""
        ...

    def check_model_version_content(
        self, request: registry.CheckModelVersionContent
    ) -> registry.ModelVersionContentAnswer:
        """Ask to have the files of a version looked at now, all of which are there."""
        ...


class WebhookStore(Protocol):
    """Webhooks, and what became of their deliveries."""

    def create_webhook(self, request: webhooks.CreateWebhook) -> webhooks.WebhookAnswer:
        """Create a webhook, whose URL is checked with the addresses of its host."""
        ...

    def list_webhooks(self, request: webhooks.ListWebhooks) -> webhooks.WebhooksPage:
        """Return a page, newest first."""
        ...

    def get_webhook(self, request: webhooks.GetWebhook) -> webhooks.WebhookAnswer:
        """Return a webhook."""
        ...

    def update_webhook(self, request: webhooks.UpdateWebhook) -> webhooks.WebhookAnswer:
        """Change what is given."""
        ...

    def delete_webhook(self, request: webhooks.DeleteWebhook) -> Empty:
        """Delete a webhook with its deliveries."""
        ...

    def test_webhook(self, request: webhooks.TestWebhook) -> webhooks.WebhookTested:
        """Send an example now, once; whatever comes of it is the answer."""
        ...

    def list_webhook_deliveries(
        self, request: webhooks.ListWebhookDeliveries
    ) -> webhooks.WebhookDeliveries:
        """Return a page of deliveries, newest first."""
        ...

    def get_webhook_delivery(
        self, request: webhooks.GetWebhookDelivery
    ) -> webhooks.WebhookDeliveryAnswer:
        """Return a delivery with its body."""
        ...

    def redeliver_webhook(
        self, request: webhooks.RedeliverWebhook
    ) -> webhooks.WebhookDeliveryAnswer:
        """Make a delivery that has ended pending again; one that is pending is tried at once."""
        ...


class ViewStore(Protocol):
    """Views of experiments; a private one is for others as if it were not there."""

    def create_view(self, request: views.CreateView) -> views.ViewAnswer:
        """Create a view of active experiments; a name that the owner has used is refused."""
        ...

    def get_view(self, request: views.GetView) -> views.ViewAnswer:
        """Return a view with its state."""
        ...

    def list_views(self, request: views.ListViews) -> views.ViewsPage:
        """Return a page without states, newest first."""
        ...

    def update_view(self, request: views.UpdateView) -> views.ViewAnswer:
        """Change what is given; PERMISSION_DENIED for who is neither the owner nor an admin."""
        ...

    def delete_view(self, request: views.DeleteView) -> Empty:
        """Delete a view; PERMISSION_DENIED for who is neither the owner nor an admin."""
        ...


class CleanupStore(Protocol):
    """Deleting for good."""

    def collect_garbage(self, request: CollectGarbage) -> GarbageCollected:
        """Delete for good, rows and files, a bounded part of what is in the stage `deleted`.

        What is named must be deleted, and long enough ago. A run's id is never given again, and
        what comes late for it is refused. A thing whose files cannot be reached, or are not its
        alone, is kept and told; files that stay behind its rows are told, and tried again by the
        next call.
        """
        ...


class TrackingStore(
    ExperimentStore,
    RunStore,
    MetricStore,
    LoggedModelStore,
    JournalStore,
    ContextStore,
    BulkStore,
    RegistryStore,
    WebhookStore,
    ViewStore,
    CleanupStore,
    Protocol,
):
    """All of tracking, and the registry."""

    def close(self) -> None:
        """Release connections and threads; the store is not used afterwards."""
        ...
