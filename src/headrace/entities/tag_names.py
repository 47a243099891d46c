"""Keys of the tags that mean something to clients and pages, as MLflow names them."""

from __future__ import annotations

RUN_NAME = "mlflow.runName"
NOTE = "mlflow.note.content"
PARENT_RUN_ID = "mlflow.parentRunId"
USER = "mlflow.user"
SOURCE_NAME = "mlflow.source.name"
SOURCE_TYPE = "mlflow.source.type"
GIT_COMMIT = "mlflow.source.git.commit"
GIT_BRANCH = "mlflow.source.git.branch"
GIT_REPO_URL = "mlflow.source.git.repoURL"
LOGGED_MODELS = "mlflow.log-model.history"
MODEL_VERSIONS = "mlflow.modelVersions"
IS_PROMPT = "mlflow.prompt.is_prompt"
PROMPT_TEXT = "mlflow.prompt.text"
PROMPT_TYPE = "_mlflow_prompt_type"
MODEL_IS_EXTERNAL = "mlflow.model.isExternal"
LOGGED_ARTIFACTS = "mlflow.loggedArtifacts"
LOGGED_IMAGES = "mlflow.loggedImages"
DATASET_CONTEXT = "mlflow.data.context"

# Headrace's own: the id that a client chose for a run of a server that chooses its own.
CLIENT_RUN_ID = "headrace.client_run_id"
