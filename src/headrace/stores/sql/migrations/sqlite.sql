PRAGMA application_id = 1751413347;

CREATE TABLE headrace_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT headrace_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE store_info (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT store_info_pkey PRIMARY KEY ("key")
);

CREATE TABLE experiments (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    artifact_location TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    CONSTRAINT experiments_name_key UNIQUE (name)
);

CREATE TABLE experiment_tags (
    experiment_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT experiment_tags_pkey PRIMARY KEY (experiment_id, "key"),
    CONSTRAINT experiment_tags_experiment_id_fkey FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE
);

CREATE TABLE keys (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    experiment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT keys_experiment_id_name_key UNIQUE (experiment_id, name),
    CONSTRAINT keys_experiment_id_fkey FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE
);

CREATE TABLE runs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL,
    experiment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_verified SMALLINT DEFAULT 0 NOT NULL,
    status TEXT NOT NULL,
    start_time BIGINT NOT NULL,
    end_time BIGINT,
    deleted_at BIGINT,
    artifact_uri TEXT NOT NULL,
    CONSTRAINT runs_uuid_key UNIQUE (uuid),
    CONSTRAINT runs_experiment_id_fkey FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE
);

CREATE INDEX runs_by_start ON runs (experiment_id, start_time DESC, uuid);

CREATE TABLE params (
    run_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT params_pkey PRIMARY KEY (run_id, key_id),
    CONSTRAINT params_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE,
    CONSTRAINT params_key_id_fkey FOREIGN KEY(key_id) REFERENCES keys (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;

CREATE INDEX params_by_value ON params (key_id, substr(value, 1, 200), run_id);

CREATE TABLE run_tags (
    run_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT run_tags_pkey PRIMARY KEY (run_id, key_id),
    CONSTRAINT run_tags_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE,
    CONSTRAINT run_tags_key_id_fkey FOREIGN KEY(key_id) REFERENCES keys (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;

CREATE INDEX run_tags_by_value ON run_tags (key_id, substr(value, 1, 200), run_id);

CREATE TABLE tombstones (
    run_uuid TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    CONSTRAINT tombstones_pkey PRIMARY KEY (run_uuid)
);

CREATE TABLE metric_log (
    id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    points BLOB NOT NULL,
    CONSTRAINT metric_log_pkey PRIMARY KEY (id),
    CONSTRAINT metric_log_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE INDEX metric_log_by_run ON metric_log (run_id, id);

CREATE TABLE metric_blocks (
    id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    count BIGINT NOT NULL,
    step_min BIGINT NOT NULL,
    step_max BIGINT NOT NULL,
    time_min BIGINT NOT NULL,
    time_max BIGINT NOT NULL,
    points BLOB NOT NULL,
    CONSTRAINT metric_blocks_pkey PRIMARY KEY (id),
    CONSTRAINT metric_blocks_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE INDEX metric_blocks_by_series ON metric_blocks (run_id, key_id);

CREATE TABLE metric_summaries (
    run_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    last_kind SMALLINT NOT NULL,
    last_value DOUBLE NOT NULL,
    last_step BIGINT NOT NULL,
    last_time BIGINT NOT NULL,
    first_kind SMALLINT NOT NULL,
    first_value DOUBLE NOT NULL,
    first_step BIGINT NOT NULL,
    first_time BIGINT NOT NULL,
    min_value DOUBLE,
    max_value DOUBLE,
    count BIGINT NOT NULL,
    CONSTRAINT metric_summaries_pkey PRIMARY KEY (run_id, key_id),
    CONSTRAINT metric_summaries_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;

CREATE INDEX metric_summaries_by_last ON metric_summaries (key_id, last_kind, last_value, run_id);

CREATE TABLE datasets (
    id INTEGER NOT NULL,
    experiment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    source_type TEXT,
    source TEXT,
    schema TEXT,
    profile TEXT,
    CONSTRAINT datasets_pkey PRIMARY KEY (id),
    CONSTRAINT datasets_experiment_id_name_digest_key UNIQUE (experiment_id, name, digest),
    CONSTRAINT datasets_experiment_id_fkey FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE
);

CREATE TABLE dataset_inputs (
    id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    dataset_id INTEGER NOT NULL,
    CONSTRAINT dataset_inputs_pkey PRIMARY KEY (id),
    CONSTRAINT dataset_inputs_run_id_dataset_id_key UNIQUE (run_id, dataset_id),
    CONSTRAINT dataset_inputs_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE,
    CONSTRAINT dataset_inputs_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
);

CREATE INDEX dataset_inputs_by_dataset ON dataset_inputs (dataset_id);

CREATE TABLE dataset_input_tags (
    input_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT dataset_input_tags_pkey PRIMARY KEY (input_id, "key"),
    CONSTRAINT dataset_input_tags_input_id_fkey FOREIGN KEY(input_id) REFERENCES dataset_inputs (id) ON DELETE CASCADE
);

CREATE TABLE logged_models (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL,
    experiment_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    artifact_uri TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    status SMALLINT NOT NULL,
    status_message TEXT,
    model_type TEXT,
    source_run_id TEXT,
    CONSTRAINT logged_models_uuid_key UNIQUE (uuid),
    CONSTRAINT logged_models_experiment_id_fkey FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE
);

CREATE INDEX logged_models_by_creation ON logged_models (experiment_id, created_at DESC, uuid);

CREATE TABLE logged_model_params (
    model_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT logged_model_params_pkey PRIMARY KEY (model_id, "key"),
    CONSTRAINT logged_model_params_model_id_fkey FOREIGN KEY(model_id) REFERENCES logged_models (id) ON DELETE CASCADE
);

CREATE TABLE logged_model_tags (
    model_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT logged_model_tags_pkey PRIMARY KEY (model_id, "key"),
    CONSTRAINT logged_model_tags_model_id_fkey FOREIGN KEY(model_id) REFERENCES logged_models (id) ON DELETE CASCADE
);

CREATE TABLE logged_model_metrics (
    id INTEGER NOT NULL,
    model_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    step BIGINT NOT NULL,
    time BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    value DOUBLE NOT NULL,
    dataset_name TEXT DEFAULT '' NOT NULL,
    dataset_digest TEXT DEFAULT '' NOT NULL,
    CONSTRAINT logged_model_metrics_pkey PRIMARY KEY (id),
    CONSTRAINT logged_model_metrics_model_id_fkey FOREIGN KEY(model_id) REFERENCES logged_models (id) ON DELETE CASCADE,
    CONSTRAINT logged_model_metrics_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX logged_model_metrics_by_series ON logged_model_metrics (model_id, "key", dataset_name, dataset_digest, step, time, value, kind, run_id);

CREATE TABLE run_models (
    run_id INTEGER NOT NULL,
    model_id TEXT NOT NULL,
    direction SMALLINT NOT NULL,
    step BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT run_models_pkey PRIMARY KEY (run_id, model_id, direction),
    CONSTRAINT run_models_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE TABLE journals (
    id TEXT NOT NULL,
    applied BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT journals_pkey PRIMARY KEY (id)
);

CREATE TABLE run_sessions (
    id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    heartbeat_at BIGINT,
    ended_at BIGINT,
    CONSTRAINT run_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT run_sessions_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE,
    CONSTRAINT run_sessions_uuid_key UNIQUE (uuid)
);

CREATE INDEX run_sessions_by_run ON run_sessions (run_id);

CREATE TABLE run_documents (
    run_id INTEGER NOT NULL,
    version SMALLINT NOT NULL,
    document BLOB NOT NULL,
    CONSTRAINT run_documents_pkey PRIMARY KEY (run_id),
    CONSTRAINT run_documents_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE TRIGGER runs_update AFTER UPDATE ON runs
BEGIN DELETE FROM run_documents WHERE run_id = NEW.id; END;

CREATE TRIGGER metric_log_insert AFTER INSERT ON metric_log
BEGIN DELETE FROM run_documents WHERE run_id = NEW.run_id; END;

CREATE TRIGGER params_insert AFTER INSERT ON params
BEGIN DELETE FROM run_documents WHERE run_id = NEW.run_id; END;

CREATE TRIGGER params_update AFTER UPDATE ON params
BEGIN DELETE FROM run_documents WHERE run_id = NEW.run_id; END;

CREATE TRIGGER run_tags_insert AFTER INSERT ON run_tags
BEGIN DELETE FROM run_documents WHERE run_id = NEW.run_id; END;

CREATE TRIGGER run_tags_update AFTER UPDATE ON run_tags
BEGIN DELETE FROM run_documents WHERE run_id = NEW.run_id; END;

CREATE TRIGGER run_tags_delete AFTER DELETE ON run_tags
BEGIN DELETE FROM run_documents WHERE run_id = OLD.run_id; END;

CREATE TRIGGER run_models_insert AFTER INSERT ON run_models
BEGIN DELETE FROM run_documents WHERE run_id = NEW.run_id; END;

CREATE TRIGGER run_models_update AFTER UPDATE ON run_models
BEGIN DELETE FROM run_documents WHERE run_id = NEW.run_id; END;

CREATE TRIGGER dataset_inputs_insert AFTER INSERT ON dataset_inputs
BEGIN DELETE FROM run_documents WHERE run_id = NEW.run_id; END;

CREATE TABLE removals (
    id INTEGER NOT NULL,
    root TEXT NOT NULL,
    path TEXT NOT NULL,
    noted_at BIGINT NOT NULL,
    CONSTRAINT removals_pkey PRIMARY KEY (id)
);

CREATE TABLE operations (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    undone_at BIGINT,
    CONSTRAINT operations_pkey PRIMARY KEY (id)
);

CREATE INDEX operations_by_time ON operations (made_at);

CREATE TABLE operation_changes (
    operation_id TEXT NOT NULL,
    run_uuid TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "before" TEXT,
    "after" TEXT,
    CONSTRAINT operation_changes_pkey PRIMARY KEY (operation_id, run_uuid, "key"),
    CONSTRAINT operation_changes_operation_id_fkey FOREIGN KEY(operation_id) REFERENCES operations (id) ON DELETE CASCADE
);

CREATE INDEX logged_model_metrics_by_run ON logged_model_metrics (run_id);

CREATE TABLE contents (
    id INTEGER NOT NULL,
    digest TEXT NOT NULL,
    size BIGINT NOT NULL,
    content BLOB NOT NULL,
    CONSTRAINT contents_pkey PRIMARY KEY (id),
    CONSTRAINT contents_digest_key UNIQUE (digest)
);

CREATE TABLE run_context (
    run_id INTEGER NOT NULL,
    session TEXT NOT NULL,
    name TEXT NOT NULL,
    content_id INTEGER NOT NULL,
    CONSTRAINT run_context_pkey PRIMARY KEY (run_id, session, name),
    CONSTRAINT run_context_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE,
    CONSTRAINT run_context_content_id_fkey FOREIGN KEY(content_id) REFERENCES contents (id)
)
 WITHOUT ROWID
;

CREATE INDEX run_context_by_content ON run_context (content_id);

CREATE TABLE run_output (
    id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    session TEXT NOT NULL,
    stream SMALLINT NOT NULL,
    time BIGINT NOT NULL,
    total BIGINT NOT NULL,
    content BLOB NOT NULL,
    CONSTRAINT run_output_pkey PRIMARY KEY (id),
    CONSTRAINT run_output_run_id_fkey FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE INDEX run_output_by_run ON run_output (run_id, id);

CREATE TABLE registered_models (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    user_verified SMALLINT NOT NULL,
    last_version BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT registered_models_name_key UNIQUE (name)
);

CREATE INDEX registered_models_by_change ON registered_models (updated_at DESC, name);

CREATE INDEX registered_models_by_creation ON registered_models (created_at DESC, name);

CREATE TABLE registered_model_tags (
    model_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT registered_model_tags_pkey PRIMARY KEY (model_id, "key"),
    CONSTRAINT registered_model_tags_model_id_fkey FOREIGN KEY(model_id) REFERENCES registered_models (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;

CREATE INDEX registered_model_tags_by_value ON registered_model_tags ("key", substr(value, 1, 200), model_id);

CREATE TABLE model_versions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    user_verified SMALLINT NOT NULL,
    stage SMALLINT DEFAULT 0 NOT NULL,
    description TEXT,
    source TEXT NOT NULL,
    artifact_uri TEXT NOT NULL,
    status_message TEXT,
    run_id TEXT,
    run_link TEXT,
    logged_model_id TEXT, content_state SMALLINT DEFAULT 0 NOT NULL, content_digest TEXT, content_due_at BIGINT DEFAULT 0, content_checked_at BIGINT, content_problems TEXT, copied_from BIGINT,
    CONSTRAINT model_versions_name_version_key UNIQUE (name, version),
    CONSTRAINT model_versions_model_id_fkey FOREIGN KEY(model_id) REFERENCES registered_models (id) ON DELETE CASCADE
);

CREATE INDEX model_versions_by_stage ON model_versions (model_id, stage, version);

CREATE INDEX model_versions_by_number ON model_versions (version, name);

CREATE INDEX model_versions_by_run ON model_versions (run_id);

CREATE INDEX model_versions_by_logged_model ON model_versions (logged_model_id);

CREATE INDEX model_versions_by_change ON model_versions (updated_at DESC, name, version DESC);

CREATE INDEX model_versions_of_model ON model_versions (name, updated_at DESC, version DESC);

CREATE INDEX model_versions_by_creation ON model_versions (created_at DESC, name, version DESC);

CREATE INDEX model_versions_by_place ON model_versions (substr(artifact_uri, 1, 200));

CREATE TABLE model_version_tags (
    version_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT model_version_tags_pkey PRIMARY KEY (version_id, "key"),
    CONSTRAINT model_version_tags_version_id_fkey FOREIGN KEY(version_id) REFERENCES model_versions (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;

CREATE INDEX model_version_tags_by_value ON model_version_tags ("key", substr(value, 1, 200), version_id);

CREATE TABLE model_aliases (
    model_id INTEGER NOT NULL,
    alias TEXT NOT NULL,
    version_id INTEGER NOT NULL,
    CONSTRAINT model_aliases_pkey PRIMARY KEY (model_id, alias),
    CONSTRAINT model_aliases_model_id_fkey FOREIGN KEY(model_id) REFERENCES registered_models (id) ON DELETE CASCADE,
    CONSTRAINT model_aliases_version_id_fkey FOREIGN KEY(version_id) REFERENCES model_versions (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;

CREATE INDEX model_aliases_by_version ON model_aliases (version_id);

CREATE TABLE registry_changes (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    version BIGINT,
    kind TEXT NOT NULL,
    "key" TEXT,
    "before" TEXT,
    "after" TEXT,
    user_id TEXT NOT NULL,
    user_verified SMALLINT NOT NULL,
    reason TEXT,
    made_at BIGINT NOT NULL
, overridden TEXT);

CREATE INDEX registry_changes_by_name ON registry_changes (name, id);

CREATE INDEX registry_changes_by_version ON registry_changes (name, version, id);

CREATE TABLE registry_rules (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    identity TEXT NOT NULL,
    model_id INTEGER,
    pattern TEXT,
    alias TEXT,
    stage TEXT,
    condition TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_verified SMALLINT NOT NULL,
    reason TEXT,
    made_at BIGINT NOT NULL,
    CONSTRAINT registry_rules_identity_key UNIQUE (identity),
    CONSTRAINT registry_rules_model_id_fkey FOREIGN KEY(model_id) REFERENCES registered_models (id) ON DELETE CASCADE
);

CREATE INDEX registry_rules_by_model ON registry_rules (model_id);

CREATE TABLE manifests (
    digest TEXT NOT NULL,
    files BLOB NOT NULL,
    CONSTRAINT manifests_pkey PRIMARY KEY (digest)
)
 WITHOUT ROWID
;

CREATE INDEX model_versions_by_due_content ON model_versions (content_due_at, id) WHERE content_due_at IS NOT NULL;

CREATE TABLE webhooks (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    description TEXT,
    is_active SMALLINT NOT NULL,
    secret TEXT,
    model_names TEXT NOT NULL,
    experiment_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    user_verified SMALLINT NOT NULL,
    CONSTRAINT webhooks_uuid_key UNIQUE (uuid)
);

CREATE TABLE webhook_events (
    event TEXT NOT NULL,
    webhook_id INTEGER NOT NULL,
    position SMALLINT NOT NULL,
    CONSTRAINT webhook_events_pkey PRIMARY KEY (event, webhook_id),
    CONSTRAINT webhook_events_webhook_id_fkey FOREIGN KEY(webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;

CREATE INDEX webhook_events_by_webhook ON webhook_events (webhook_id);

CREATE TABLE webhook_deliveries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL,
    webhook_id INTEGER NOT NULL,
    event TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    due_at BIGINT,
    lease TEXT,
    tries INTEGER NOT NULL,
    attempts TEXT NOT NULL,
    CONSTRAINT webhook_deliveries_uuid_key UNIQUE (uuid)
);

CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (webhook_id, due_at);

CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);

CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (made_at);

CREATE TABLE views (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL,
    identity TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    is_shared SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    user_verified SMALLINT NOT NULL,
    CONSTRAINT views_uuid_key UNIQUE (uuid),
    CONSTRAINT views_identity_key UNIQUE (identity)
);

CREATE TABLE view_experiments (
    view_id INTEGER NOT NULL,
    experiment_id INTEGER NOT NULL,
    position SMALLINT NOT NULL,
    is_default SMALLINT NOT NULL,
    CONSTRAINT view_experiments_pkey PRIMARY KEY (view_id, experiment_id),
    CONSTRAINT view_experiments_view_id_fkey FOREIGN KEY(view_id) REFERENCES views (id) ON DELETE CASCADE,
    CONSTRAINT view_experiments_experiment_id_fkey FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE
)
 WITHOUT ROWID
;

CREATE INDEX view_experiments_by_experiment ON view_experiments (experiment_id, view_id);

CREATE INDEX datasets_by_name ON datasets (name, digest);

CREATE INDEX logged_models_by_source_run ON logged_models (source_run_id);

CREATE INDEX run_models_by_model ON run_models (model_id, direction);

CREATE INDEX model_versions_by_original ON model_versions (copied_from) WHERE copied_from IS NOT NULL;

INSERT INTO headrace_version (version_num) VALUES ('0011');

