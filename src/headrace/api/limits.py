"""The limits of names, texts and batches: MLflow's, once, for client, store and server.

Lengths count characters, sizes bytes. The value of a param or a run's tag has no limit but the
request's: MLflow cuts longer ones in silence.
"""

from __future__ import annotations

# --- texts ---------------------------------------------------------------------------------------

MAX_KEY_LENGTH = 250  # of params, metrics and tags
MAX_EXPERIMENT_NAME_LENGTH = 500
MAX_EXPERIMENT_TAG_VALUE_LENGTH = 20_000
MAX_ARTIFACT_LOCATION_LENGTH = 2_048
MAX_MODEL_ID_LENGTH = 250  # in an input or output; ours have 34
MAX_DATASET_NAME_LENGTH = 500
MAX_DATASET_DIGEST_LENGTH = 36
MAX_DATASET_SOURCE_LENGTH = 65_535
MAX_DATASET_SCHEMA_LENGTH = 1_048_575
MAX_DATASET_PROFILE_LENGTH = 16_777_215
MAX_INPUT_TAG_KEY_LENGTH = 255
MAX_INPUT_TAG_VALUE_LENGTH = 500

MAX_REGISTERED_MODEL_NAME_LENGTH = 256
MAX_ALIAS_LENGTH = 255
MAX_REGISTRY_TAG_VALUE_LENGTH = 100_000
MAX_DESCRIPTION_LENGTH = 100_000
MAX_REASON_LENGTH = 5_000
MAX_SOURCE_LENGTH = 2_048

MAX_RULES_PER_MODEL = 100  # of the registry; a move goes through all of them
MAX_RULES_OF_PATTERNS = 1_000
MAX_WEBHOOK_NAME_LENGTH = 63
MAX_WEBHOOK_URL_LENGTH = 2_048
MAX_WEBHOOK_DESCRIPTION_LENGTH = 1_000
MAX_WEBHOOK_SECRET_LENGTH = 1_000
MAX_WEBHOOK_FILTERS = 100  # names of models, or ids of experiments
LISTED_ANSWER_LENGTH = 200  # of what a receiver said, where many deliveries are listed

MAX_VIEW_NAME_LENGTH = 200
MAX_VIEW_STATE_SIZE = 65_536  # bytes of its JSON
MAX_VIEW_EXPERIMENTS = 100
MAX_VIEWS_PER_EXPERIMENT = 1_000

# --- integers ------------------------------------------------------------------------------------

MIN_INT64, MAX_INT64 = -(2**63), 2**63 - 1

# --- a batch of LogBatch -------------------------------------------------------------------------

MAX_METRICS_PER_BATCH = 1_000
MAX_PARAMS_PER_BATCH = 100
MAX_TAGS_PER_BATCH = 100
MAX_ENTITIES_PER_BATCH = 1_000  # points, params and tags together
MAX_REQUEST_SIZE = 1_000_000

# --- context and output of a run, in bytes of UTF-8 ----------------------------------------------

MAX_DIFF_SIZE = 10_000_000
MAX_CONTEXT_PART_SIZE = 1_000_000  # of any other part
MAX_OUTPUT_CHUNK_SIZE = 1_000_000
MAX_OUTPUT_SIZE = 64_000_000  # of all that a run prints

# --- pages ---------------------------------------------------------------------------------------

MAX_RESULTS_PER_PAGE = 50_000  # of any search
DEFAULT_RUNS_PER_PAGE = 1_000
DEFAULT_EXPERIMENTS_PER_SEARCH = 1_000  # of a client; a server has no default
MAX_POINTS_PER_PAGE = 25_000
DEFAULT_LOGGED_MODELS_PER_PAGE = 50
DEFAULT_MODEL_VERSIONS_PER_SEARCH = 10_000  # of a client
MAX_CHUNKS_PER_PAGE = 1_000
MAX_OUTPUT_PAGE_SIZE = 1_000_000  # characters, but for the last chunk of a page
MAX_REGISTERED_MODELS_PER_PAGE = 1_000
DEFAULT_REGISTERED_MODELS_PER_PAGE = 100
MAX_MODEL_VERSIONS_PER_PAGE = 200_000  # also where nobody says how many
MAX_CHANGES_PER_PAGE = 1_000
DEFAULT_CHANGES_PER_PAGE = 100
MAX_RULES_PER_PAGE = 1_000  # also where nobody says how many
MAX_WEBHOOKS_PER_PAGE = 1_000
DEFAULT_WEBHOOKS_PER_PAGE = 100
MAX_FILES_PER_PAGE = 10_000
MAX_VIEWS_PER_PAGE = 1_000
DEFAULT_VIEWS_PER_PAGE = 100
