"""The tables, as SQLAlchemy metadata: what Alembic migrates and `filters` compiles against.

Integers of 64 bit are ids and milliseconds since the epoch. A thing is deleted when its
`deleted_at` is set. Keys of params, metrics and run tags are interned per experiment.
"""

from __future__ import annotations

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
    func,
    text,
)

from headrace.stores.sql.indexed import INDEXED_CHARACTERS
from headrace.stores.sql.triggers import add_triggers

# Names as PostgreSQL itself would give them, on every database, so that migrations can name them.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    }
)

# SQLite fills an id by itself only if the column's type is exactly INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")

# Texts compare and sort by code point on every database, and ILIKE folds ASCII letters only.
Text = sqlalchemy.Text().with_variant(sqlalchemy.Text(collation="C"), "postgresql")


def _row_id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _parent(column: str, target: Column[int] | str, primary_key: bool = False) -> Column[int]:
    return Column(
        column, Id, ForeignKey(target, ondelete="CASCADE"), nullable=False, primary_key=primary_key
    )


# What the store is: a random id that tells it from every other, and who made it.
store_info = Table(
    "store_info",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

experiments = Table(
    "experiments",
    metadata,
    _row_id(),
    Column("name", Text, nullable=False, unique=True),
    Column("artifact_location", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    sqlite_autoincrement=True,  # an id is never given twice, also after a permanent delete
)

experiment_tags = Table(
    "experiment_tags",
    metadata,
    _parent("experiment_id", "experiments.id", primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Rows of this table are never changed, and deleted only with their experiment: an id may be cached.
keys = Table(
    "keys",
    metadata,
    _row_id(),
    _parent("experiment_id", "experiments.id"),
    Column("name", Text, nullable=False),
    UniqueConstraint("experiment_id", "name"),
    sqlite_autoincrement=True,
)

runs = Table(
    "runs",
    metadata,
    _row_id(),
    Column("uuid", Text, nullable=False, unique=True),
    _parent("experiment_id", "experiments.id"),
    Column("name", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_verified", SmallInteger, nullable=False, server_default=text("0")),
    Column("status", Text, nullable=False),
    Column("start_time", BigInteger, nullable=False),
    Column("end_time", BigInteger),
    Column("deleted_at", BigInteger),
    Column("artifact_uri", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("runs_by_start", runs.c.experiment_id, runs.c.start_time.desc(), runs.c.uuid)

params = Table(
    "params",
    metadata,
    _parent("run_id", "runs.id", primary_key=True),
    _parent("key_id", "keys.id", primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "params_by_value",
    params.c.key_id,
    func.substr(params.c.value, 1, text(str(INDEXED_CHARACTERS))),
    params.c.run_id,
)

run_tags = Table(
    "run_tags",
    metadata,
    _parent("run_id", "runs.id", primary_key=True),
    _parent("key_id", "keys.id", primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "run_tags_by_value",
    run_tags.c.key_id,
    func.substr(run_tags.c.value, 1, text(str(INDEXED_CHARACTERS))),
    run_tags.c.run_id,
)

# Points of one run as they came, not yet sorted into blocks. An id may be given again after its row
# went: whoever deletes a row has read it in the same transaction.
metric_log = Table(
    "metric_log",
    metadata,
    _row_id(),
    _parent("run_id", "runs.id"),
    Column("points", LargeBinary, nullable=False),
)
Index("metric_log_by_run", metric_log.c.run_id, metric_log.c.id)

# Compressed columns of one series, or (key_id 0) of all short series of one run. Blocks and
# summaries go with their run; a foreign key to `keys` would only cost time.
metric_blocks = Table(
    "metric_blocks",
    metadata,
    _row_id(),
    _parent("run_id", "runs.id"),
    Column("key_id", Id, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("step_min", BigInteger, nullable=False),
    Column("step_max", BigInteger, nullable=False),
    Column("time_min", BigInteger, nullable=False),
    Column("time_max", BigInteger, nullable=False),
    Column("points", LargeBinary, nullable=False),
)
Index("metric_blocks_by_series", metric_blocks.c.run_id, metric_blocks.c.key_id)

# One row a series. A value is (kind, number): 0 a number, finite or not, 1 NaN, whose number is 0.
metric_summaries = Table(
    "metric_summaries",
    metadata,
    _parent("run_id", "runs.id", primary_key=True),
    Column("key_id", Id, primary_key=True),
    Column("last_kind", SmallInteger, nullable=False),
    Column("last_value", Double, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("last_time", BigInteger, nullable=False),
    Column("first_kind", SmallInteger, nullable=False),
    Column("first_value", Double, nullable=False),
    Column("first_step", BigInteger, nullable=False),
    Column("first_time", BigInteger, nullable=False),
    Column("min_value", Double),
    Column("max_value", Double),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "metric_summaries_by_last",
    metric_summaries.c.key_id,
    metric_summaries.c.last_kind,
    metric_summaries.c.last_value,
    metric_summaries.c.run_id,
)

datasets = Table(
    "datasets",
    metadata,
    _row_id(),
    _parent("experiment_id", "experiments.id"),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source_type", Text),
    Column("source", Text),
    Column("schema", Text),
    Column("profile", Text),
    UniqueConstraint("experiment_id", "name", "digest"),
    Index("datasets_by_name", "name", "digest"),
)

dataset_inputs = Table(
    "dataset_inputs",
    metadata,
    _row_id(),
    _parent("run_id", "runs.id"),
    _parent("dataset_id", "datasets.id"),
    UniqueConstraint("run_id", "dataset_id"),
    Index("dataset_inputs_by_dataset", "dataset_id"),
)

dataset_input_tags = Table(
    "dataset_input_tags",
    metadata,
    _parent("input_id", "dataset_inputs.id", primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

logged_models = Table(
    "logged_models",
    metadata,
    _row_id(),
    Column("uuid", Text, nullable=False, unique=True),
    _parent("experiment_id", "experiments.id"),
    Column("name", Text, nullable=False),
    Column("artifact_uri", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("status", SmallInteger, nullable=False),
    Column("status_message", Text),
    Column("model_type", Text),
    Column("source_run_id", Text),
    Index("logged_models_by_source_run", "source_run_id"),
    sqlite_autoincrement=True,
)
Index(
    "logged_models_by_creation",
    logged_models.c.experiment_id,
    logged_models.c.created_at.desc(),
    logged_models.c.uuid,
)

logged_model_params = Table(
    "logged_model_params",
    metadata,
    _parent("model_id", "logged_models.id", primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

logged_model_tags = Table(
    "logged_model_tags",
    metadata,
    _parent("model_id", "logged_models.id", primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Points that name a model, in MLflow's key and with the run they came with.
logged_model_metrics = Table(
    "logged_model_metrics",
    metadata,
    _row_id(),
    _parent("model_id", "logged_models.id"),
    _parent("run_id", "runs.id"),
    Column("key", Text, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("value", Double, nullable=False),
    Column("dataset_name", Text, nullable=False, server_default=text("''")),
    Column("dataset_digest", Text, nullable=False, server_default=text("''")),
)
# In the order of the latest: the last entry of a series is its greatest (step, time, value).
Index(
    "logged_model_metrics_by_series",
    logged_model_metrics.c.model_id,
    logged_model_metrics.c.key,
    logged_model_metrics.c.dataset_name,
    logged_model_metrics.c.dataset_digest,
    logged_model_metrics.c.step,
    logged_model_metrics.c.time,
    logged_model_metrics.c.value,
    logged_model_metrics.c.kind,
    logged_model_metrics.c.run_id,
    unique=True,
)
Index("logged_model_metrics_by_run", logged_model_metrics.c.run_id)

# Logged models that runs read (direction 0) and made (direction 1).
run_models = Table(
    "run_models",
    metadata,
    _parent("run_id", "runs.id", primary_key=True),
    Column("model_id", Text, primary_key=True),
    Column("direction", SmallInteger, primary_key=True),
    Column("step", BigInteger, nullable=False, server_default=text("0")),
    Index("run_models_by_model", "model_id", "direction"),
)

# Who registered what is the actor of the call; `last_version` is the greatest number ever given.
registered_models = Table(
    "registered_models",
    metadata,
    _row_id(),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_verified", SmallInteger, nullable=False),
    Column("last_version", BigInteger, nullable=False, server_default=text("0")),
    sqlite_autoincrement=True,
)
Index(
    "registered_models_by_change",
    registered_models.c.updated_at.desc(),
    registered_models.c.name,
)
Index(
    "registered_models_by_creation",
    registered_models.c.created_at.desc(),
    registered_models.c.name,
)

registered_model_tags = Table(
    "registered_model_tags",
    metadata,
    _parent("model_id", "registered_models.id", primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "registered_model_tags_by_value",
    registered_model_tags.c.key,
    func.substr(registered_model_tags.c.value, 1, text(str(INDEXED_CHARACTERS))),
    registered_model_tags.c.model_id,
)

# `name` is that of the model, so that every order of a search has its index. `stage` counts in
# `ModelStage`. `source` is what the caller said, `artifact_uri` where the files lie; both as
# locations are stored. Runs and logged models are named by their ids: a version outlives them.
# `content_state` counts in `ContentState`; `content_digest` names a manifest, once the files are
# recorded. They are to be looked at from `content_due_at` on: 0 for at the first opportunity, less
# if somebody has asked for it, NULL for not at all. `content_problems` is what was wrong, as JSON.
# `copied_from` is the row of the version that it is a copy of, and stays when that is deleted.
model_versions = Table(
    "model_versions",
    metadata,
    _row_id(),
    _parent("model_id", "registered_models.id"),
    Column("name", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_verified", SmallInteger, nullable=False),
    Column("stage", SmallInteger, nullable=False, server_default=text("0")),
    Column("description", Text),
    Column("source", Text, nullable=False),
    Column("artifact_uri", Text, nullable=False),
    Column("status_message", Text),
    Column("run_id", Text),
    Column("run_link", Text),
    Column("logged_model_id", Text),
    Column("content_state", SmallInteger, nullable=False, server_default=text("0")),
    Column("content_digest", Text),
    Column("content_due_at", BigInteger, server_default=text("0")),
    Column("content_checked_at", BigInteger),
    Column("content_problems", Text),
    Column("copied_from", BigInteger),
    UniqueConstraint("name", "version"),
    Index("model_versions_by_stage", "model_id", "stage", "version"),
    Index("model_versions_by_number", "version", "name"),
    Index("model_versions_by_run", "run_id"),
    Index("model_versions_by_logged_model", "logged_model_id"),
    sqlite_autoincrement=True,
)
_versions = model_versions.c
_is_due = text("content_due_at IS NOT NULL")
Index(
    "model_versions_by_due_content",
    _versions.content_due_at,
    _versions.id,
    sqlite_where=_is_due,
    postgresql_where=_is_due,
)
_is_copy = text("copied_from IS NOT NULL")
Index(
    "model_versions_by_original",
    _versions.copied_from,
    sqlite_where=_is_copy,
    postgresql_where=_is_copy,
)
Index(
    "model_versions_by_change",
    _versions.updated_at.desc(),
    _versions.name,
    _versions.version.desc(),
)
Index(
    "model_versions_of_model",
    _versions.name,
    _versions.updated_at.desc(),
    _versions.version.desc(),
)
Index(
    "model_versions_by_creation",
    _versions.created_at.desc(),
    _versions.name,
    _versions.version.desc(),
)
Index(
    "model_versions_by_place",
    func.substr(_versions.artifact_uri, 1, text(str(INDEXED_CHARACTERS))),
)

# The files of versions: their paths, sizes and digests as JSON, compressed by zlib. Kept for good,
# as the history that names them.
manifests = Table(
    "manifests",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("files", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

model_version_tags = Table(
    "model_version_tags",
    metadata,
    _parent("version_id", "model_versions.id", primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index(
    "model_version_tags_by_value",
    model_version_tags.c.key,
    func.substr(model_version_tags.c.value, 1, text(str(INDEXED_CHARACTERS))),
    model_version_tags.c.version_id,
)

model_aliases = Table(
    "model_aliases",
    metadata,
    _parent("model_id", "registered_models.id", primary_key=True),
    Column("alias", Text, primary_key=True),
    _parent("version_id", "model_versions.id"),
    Index("model_aliases_by_version", "version_id"),
    sqlite_with_rowid=False,
)

# Every change of the registry, never altered but for the name, which follows that of the model.
registry_changes = Table(
    "registry_changes",
    metadata,
    _row_id(),
    Column("name", Text, nullable=False),
    Column("version", BigInteger),
    Column("kind", Text, nullable=False),
    Column("key", Text),
    Column("before", Text),
    Column("after", Text),
    Column("user_id", Text, nullable=False),
    Column("user_verified", SmallInteger, nullable=False),
    Column("reason", Text),
    Column("made_at", BigInteger, nullable=False),
    Column("overridden", Text),
    Index("registry_changes_by_name", "name", "id"),
    Index("registry_changes_by_version", "name", "version", "id"),
    sqlite_autoincrement=True,
)

# Protections and gates at an alias or a stage, of a model or of a pattern of names. `condition` is
# the JSON of a `headrace.entities.Condition`, `identity` a digest of what the rule says.
registry_rules = Table(
    "registry_rules",
    metadata,
    _row_id(),
    Column("identity", Text, nullable=False, unique=True),
    Column("model_id", Id, ForeignKey("registered_models.id", ondelete="CASCADE")),
    Column("pattern", Text),
    Column("alias", Text),
    Column("stage", Text),
    Column("condition", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_verified", SmallInteger, nullable=False),
    Column("reason", Text),
    Column("made_at", BigInteger, nullable=False),
    Index("registry_rules_by_model", "model_id"),
    sqlite_autoincrement=True,
)

# Who is told what happens. `secret` is sealed (`headrace.webhooks.sealing`); `model_names` and
# `experiment_ids` are JSON lists, empty for all.
webhooks = Table(
    "webhooks",
    metadata,
    _row_id(),
    Column("uuid", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text),
    Column("is_active", SmallInteger, nullable=False),
    Column("secret", Text),
    Column("model_names", Text, nullable=False),
    Column("experiment_ids", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_verified", SmallInteger, nullable=False),
    sqlite_autoincrement=True,
)

# The events that each waits for, in the order in which they were given.
webhook_events = Table(
    "webhook_events",
    metadata,
    Column("event", Text, primary_key=True),
    _parent("webhook_id", "webhooks.id", primary_key=True),
    Column("position", SmallInteger, nullable=False),
    Index("webhook_events_by_webhook", "webhook_id"),
    sqlite_with_rowid=False,
)

# The outbox and the log in one: written in the transaction of the change. `due_at` is when it is
# tried next and NULL when it has ended; while a process tries it, it is the end of its lease.
# `attempts` is a JSON list, `tries` counts those since it was (re)delivered. It has no foreign key:
# a webhook that is deleted at the same time must not make the change fail.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    _row_id(),
    Column("uuid", Text, nullable=False, unique=True),
    Column("webhook_id", Id, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("lease", Text),
    Column("tries", Integer, nullable=False),
    Column("attempts", Text, nullable=False),
    Index("webhook_deliveries_by_due", "webhook_id", "due_at"),
    Index("webhook_deliveries_by_webhook", "webhook_id", "id"),
    Index("webhook_deliveries_by_time", "made_at"),
    sqlite_autoincrement=True,
)

# States of experiments' pages under names. `state` is a JSON object; `identity` a digest of owner,
# experiments and name, of which there is one view.
views = Table(
    "views",
    metadata,
    _row_id(),
    Column("uuid", Text, nullable=False, unique=True),
    Column("identity", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("is_shared", SmallInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("user_verified", SmallInteger, nullable=False),
    sqlite_autoincrement=True,
)

# Which experiments each shows, and in which order; it goes with the last of them (`views`).
view_experiments = Table(
    "view_experiments",
    metadata,
    _parent("view_id", "views.id", primary_key=True),
    _parent("experiment_id", "experiments.id", primary_key=True),
    Column("position", SmallInteger, nullable=False),
    Column("is_default", SmallInteger, nullable=False),
    Index("view_experiments_by_experiment", "experiment_id", "view_id"),
    sqlite_with_rowid=False,
)

# How far each client journal has been applied (durable logging): records up to `applied`.
journals = Table(
    "journals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("applied", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

# Each start of a run by a Headrace client; a run is lost when all its open sessions are silent.
run_sessions = Table(
    "run_sessions",
    metadata,
    _row_id(),
    _parent("run_id", "runs.id"),
    Column("uuid", Text, nullable=False, unique=True),
    Column("started_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger),
    Column("ended_at", BigInteger),
    Index("run_sessions_by_run", "run_id"),
)

# Texts of contexts, each once however many runs share it: BLAKE3 and size of its UTF-8, which is
# compressed by zlib. A row is deleted when no context names it any more.
contents = Table(
    "contents",
    metadata,
    _row_id(),
    Column("digest", Text, nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# What each session of a run recorded of where it ran, in parts.
run_context = Table(
    "run_context",
    metadata,
    _parent("run_id", "runs.id", primary_key=True),
    Column("session", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("content_id", Id, ForeignKey("contents.id"), nullable=False),
    Index("run_context_by_content", "content_id"),
    sqlite_with_rowid=False,
)

# What runs printed, compressed by zlib: stream 1 is stdout, 2 stderr. Ids of one run grow in the
# order of commits. `total` is the size of the run's output up to the end of the chunk, in bytes.
run_output = Table(
    "run_output",
    metadata,
    _row_id(),
    _parent("run_id", "runs.id"),
    Column("session", Text, nullable=False),
    Column("stream", SmallInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("run_output_by_run", "run_id", "id"),
)

# Runs that were deleted for good: a late journal is refused instead of bringing them back.
tombstones = Table(
    "tombstones",
    metadata,
    Column("run_uuid", Text, primary_key=True),
    Column("deleted_at", BigInteger, nullable=False),
)

# What a run logged, as the JSON that travels: made after a search has asked for it, and deleted by
# triggers when what it holds changes. `version` is that of its form.
run_documents = Table(
    "run_documents",
    metadata,
    _parent("run_id", "runs.id", primary_key=True),
    Column("version", SmallInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
add_triggers(run_documents)

# Folders of artifacts whose run, model or experiment was deleted for good, in the same transaction;
# the row goes when the folder has gone. An empty path is the root, which goes only if it is empty.
removals = Table(
    "removals",
    metadata,
    _row_id(),
    Column("root", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
)

# Changes of many runs at once that can be taken back, for a while.
operations = Table(
    "operations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("undone_at", BigInteger),
    Index("operations_by_time", "made_at"),
)

# What an operation changed: of a run its stage (the time of its deletion), its experiment or, where
# `key` is not empty, one tag; each as it was and as the operation left it, NULL for absent.
operation_changes = Table(
    "operation_changes",
    metadata,
    Column(
        "operation_id",
        Text,
        ForeignKey("operations.id", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
    ),
    Column("run_uuid", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("before", Text),
    Column("after", Text),
)
