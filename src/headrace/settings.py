"""Every environment variable that Headrace reads: its names, type, default and meaning, once.

``HEADRACE_X`` comes before ``MLFLOW_X``; an empty value counts as unset. `SETTINGS` is what the
docs page and ``headrace doctor`` list.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Generic, TypeVar

from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

T = TypeVar("T")

SETTINGS: list[Setting[object]] = []


class Setting(Generic[T]):
    """One environment variable, under Headrace's name and, where there is one, MLflow's.

    Attributes:
        names: The variables in the order in which they are read.
        default: The value where none of them is set.
        doc: What it does, in a sentence.
        secret: Whether the value must never be shown.
        parse: Returns the value of a text, or raises a ValueError that says what is allowed.

    """

    def __init__(
        self,
        name: str,
        parse: Callable[[str], T],
        default: T,
        doc: str,
        *,
        mlflow: bool = True,
        secret: bool = False,
    ) -> None:
        self.names = (f"HEADRACE_{name}", f"MLFLOW_{name}") if mlflow else (f"HEADRACE_{name}",)
        self.default = default
        self.doc = doc
        self.secret = secret
        self.parse = parse
        SETTINGS.append(self)  # type: ignore[arg-type]

    def source(self) -> str | None:
        """Return the name of the variable that sets the value, or None."""
        return next((name for name in self.names if os.environ.get(name)), None)

    def get(self) -> T:
        """Return the value.

        Raises:
            InvalidParameterValue: If the variable's text is not of the setting's type.

        """
        name = self.source()
        if name is None:
            return self.default
        text = os.environ[name]
        try:
            return self.parse(text)
        except ValueError as error:
            shown = "***" if self.secret else repr(text)
            raise InvalidParameterValue(
                f"The environment variable {name} is {shown}: {error}. {self.doc}"
            ) from None

    def set(self, value: T | None) -> None:
        """Set the variable for this process and its children; None unsets every name."""
        for name in self.names:
            os.environ.pop(name, None)
        if value is not None:
            # Under MLflow's name, so that a child that uses MLflow's client sees it too.
            os.environ[self.names[-1]] = str(value)


def parse_bool(text: str) -> bool:
    """Return the truth of ``true``/``1``/``yes``/``on`` or ``false``/``0``/``no``/``off``."""
    lowered = text.strip().lower()
    if lowered in ("true", "1", "yes", "on"):
        return True
    if lowered in ("false", "0", "no", "off"):
        return False
    raise ValueError("it must be true or false")


def parse_seconds(text: str) -> float:
    """Return a number of seconds above 0."""
    with suppress(ValueError):
        seconds = float(text)
        if 0 < seconds < inf:
            return seconds
    raise ValueError("it must be a number of seconds above 0")


def parse_count(text: str) -> int:
    """Return a whole number from 1 on."""
    if text.strip().isdecimal() and int(text) > 0:
        return int(text)
    raise ValueError("it must be a whole number from 1 on")


def parse_mode(text: str) -> str:
    """Return ``online`` or ``offline``."""
    lowered = text.strip().lower()
    if lowered in ("online", "offline"):
        return lowered
    raise ValueError("it must be online or offline")


def parse_names(text: str) -> list[str]:
    """Return the parts of a comma-separated list, without surrounding blanks."""
    return [part.strip() for part in text.split(",") if part.strip()]


def without_password(uri: str) -> str:
    """Return a URI as it may be shown: its passwords replaced by ``***``.

    It rather hides too much: a password may hold ``/`` and ``@`` although it should not.
    """
    if "@" not in uri and "password=" not in uri:
        return uri  # as nearly all: without the cost of two patterns
    masked = re.sub(r"(://[^/?#:@]*):.*@", r"\1:***@", uri)
    return re.sub(r"([?&]password=)[^&]*", r"\1***", masked)


# --- where to track ------------------------------------------------------------------------------

TRACKING_URI = Setting("TRACKING_URI", str, "", "Where runs are tracked.")
REGISTRY_URI = Setting("REGISTRY_URI", str, "", "Where models are registered.")
EXPERIMENT_NAME = Setting("EXPERIMENT_NAME", str, "", "Experiment of new runs, by name.")
EXPERIMENT_ID = Setting("EXPERIMENT_ID", str, "", "Experiment of new runs, by id.")
RUN_ID = Setting("RUN_ID", str, "", "Run that start_run() resumes.")
RUN_CONTEXT = Setting("RUN_CONTEXT", str, "", "Tags of new runs, as a JSON object.")
ACTIVE_MODEL_ID = Setting("ACTIVE_MODEL_ID", str, "", "Logged model that metrics describe.")
ENABLE_ASYNC_LOGGING = Setting(
    "ENABLE_ASYNC_LOGGING",
    parse_bool,
    False,
    "Log calls that do not say otherwise have synchronous=False: wait() tells their failures.",
)

# --- what a run records of itself ----------------------------------------------------------------

CONTEXT_EXCLUDE: Setting[list[str]] = Setting(
    "CONTEXT_EXCLUDE",
    parse_names,
    [],
    "What runs do not record of themselves, with commas between: git, diff, command, python, "
    "packages, hardware, seeds, output; or all.",
    mlflow=False,
)

ENABLE_SYSTEM_METRICS_LOGGING = Setting(
    "ENABLE_SYSTEM_METRICS_LOGGING",
    parse_bool,
    False,
    "Runs that do not say otherwise record CPU, memory, disk, network and GPUs as metrics.",
)
SYSTEM_METRICS_SAMPLING_INTERVAL = Setting(
    "SYSTEM_METRICS_SAMPLING_INTERVAL", parse_seconds, 10.0, "Seconds between samples of them."
)
SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING = Setting(
    "SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING",
    parse_count,
    1,
    "Samples of which the mean becomes one point.",
)
SYSTEM_METRICS_NODE_ID = Setting(
    "SYSTEM_METRICS_NODE_ID",
    str,
    "",
    "Name of this machine among several that train one run: system/NAME/cpu_....",
)

# --- what is logged and not sent yet -------------------------------------------------------------

MODE = Setting(
    "MODE",
    parse_mode,
    "online",
    "offline: nothing is sent; what is logged stays in the journal until headrace sync.",
    mlflow=False,
)
JOURNAL_DIR = Setting(
    "JOURNAL_DIR",
    str,
    "",
    "Folder of what is logged to a server or PostgreSQL and not there yet; "
    "~/.local/state/headrace/journals if not set.",
    mlflow=False,
)
CONTACT_TIMEOUT = Setting(
    "CONTACT_TIMEOUT",
    parse_seconds,
    10.0,
    "Seconds that the start of a run waits for a silent store before it goes on without it.",
    mlflow=False,
)
SHUTDOWN_TIMEOUT = Setting(
    "SHUTDOWN_TIMEOUT",
    parse_seconds,
    30.0,
    "Seconds that the end of a run or of the process waits for a silent store, or a slow Git.",
    mlflow=False,
)

# --- talking to a server -------------------------------------------------------------------------

TRACKING_USERNAME = Setting("TRACKING_USERNAME", str, "", "User name for HTTP Basic.")
TRACKING_PASSWORD = Setting("TRACKING_PASSWORD", str, "", "Password for HTTP Basic.", secret=True)
TRACKING_TOKEN = Setting("TRACKING_TOKEN", str, "", "Bearer token.", secret=True)
TRACKING_INSECURE_TLS = Setting(
    "TRACKING_INSECURE_TLS", parse_bool, False, "Accept any TLS certificate."
)
TRACKING_SERVER_CERT_PATH = Setting(
    "TRACKING_SERVER_CERT_PATH", str, "", "CA bundle that verifies the server."
)
TRACKING_CLIENT_CERT_PATH = Setting(
    "TRACKING_CLIENT_CERT_PATH", str, "", "Client certificate and key, as one PEM file."
)
HTTP_REQUEST_TIMEOUT = Setting(
    "HTTP_REQUEST_TIMEOUT", float, 120.0, "Seconds to wait for an answer."
)
HTTP_REQUEST_MAX_RETRIES = Setting(
    "HTTP_REQUEST_MAX_RETRIES", int, 7, "Further tries of a call that met a passing failure."
)
HTTP_REQUEST_BACKOFF_FACTOR = Setting(
    "HTTP_REQUEST_BACKOFF_FACTOR", float, 2.0, "Seconds before the second retry; then doubled."
)
HTTP_REQUEST_BACKOFF_JITTER = Setting(
    "HTTP_REQUEST_BACKOFF_JITTER", float, 1.0, "Seconds of random delay on top."
)
HTTP_RESPECT_RETRY_AFTER_HEADER = Setting(
    "HTTP_RESPECT_RETRY_AFTER_HEADER",
    parse_bool,
    True,
    "Wait as long as a busy server asks before another try, at most two minutes.",
)
S3_ENDPOINT_URL = Setting(
    "S3_ENDPOINT_URL", str, "", "Address of a store that speaks S3, if it is not Amazon's."
)
S3_IGNORE_TLS = Setting(
    "S3_IGNORE_TLS", parse_bool, False, "Do not verify certificates of stores that speak S3."
)
S3_UPLOAD_EXTRA_ARGS = Setting(
    "S3_UPLOAD_EXTRA_ARGS", str, "", "JSON object with the encryption of objects stored in S3."
)
BOTO_CLIENT_ADDRESSING_STYLE = Setting(
    "BOTO_CLIENT_ADDRESSING_STYLE",
    str,
    "auto",
    "Where an S3 address names the bucket: virtual (in the host name), else in the path.",
)

# --- the server ----------------------------------------------------------------------------------

BACKEND_STORE_URI = Setting("BACKEND_STORE_URI", str, "", "Database that a server serves.")
DEFAULT_ARTIFACT_ROOT = Setting(
    "DEFAULT_ARTIFACT_ROOT", str, "", "Folder or URI for the artifacts of new experiments."
)
ARTIFACT_ROOTS: Setting[list[str]] = Setting(
    "ARTIFACT_ROOTS",
    parse_names,
    [],
    "Further folders and URIs in which a server reads and writes artifacts; by default only below "
    "the root of new experiments.",
    mlflow=False,
)
SERVE_ARTIFACTS = Setting(
    "SERVE_ARTIFACTS",
    parse_bool,
    False,
    "A server keeps the artifacts of new experiments for MLflow's clients too.",
)
ARTIFACTS_DESTINATION = Setting(
    "ARTIFACTS_DESTINATION",
    str,
    "",
    "Folder or URI where a server keeps them; ./mlartifacts if not set.",
)
PUBLIC_URL = Setting(
    "PUBLIC_URL",
    str,
    "",
    "Address under which clients reach a server; that of each request if not set.",
    mlflow=False,
)
SERVER_ALLOWED_HOSTS: Setting[list[str]] = Setting(
    "SERVER_ALLOWED_HOSTS", parse_names, [], "Host headers that are answered; * for all."
)
SERVER_CORS_ALLOWED_ORIGINS: Setting[list[str]] = Setting(
    "SERVER_CORS_ALLOWED_ORIGINS", parse_names, [], "Foreign origins that may call; * for all."
)
SERVER_X_FRAME_OPTIONS = Setting(
    "SERVER_X_FRAME_OPTIONS", str, "SAMEORIGIN", "Who may frame the pages; NONE for everybody."
)
SERVER_DISABLE_SECURITY_MIDDLEWARE = Setting(
    "SERVER_DISABLE_SECURITY_MIDDLEWARE", parse_bool, False, "Switch host and origin checks off."
)
HOST = Setting("HOST", str, "127.0.0.1", "Name or address that a server listens on.")
PORT = Setting("PORT", int, 5000, "Port that a server listens on.")
WORKERS = Setting("WORKERS", int, 1, "Processes of a server; more than one needs PostgreSQL.")
STATIC_PREFIX = Setting("STATIC_PREFIX", str, "", "What stands before every path of a server.")
USERS_FILE = Setting("USERS_FILE", str, "", "File with a server's users.", mlflow=False)
FSYNC = Setting(
    "FSYNC",
    str,
    "interval",
    "When log calls reach the disk: interval (within a second) or always (before the answer).",
    mlflow=False,
)
HEARTBEAT_INTERVAL = Setting(
    "HEARTBEAT_INTERVAL",
    parse_seconds,
    30.0,
    "Seconds between the signs of life of a run's process.",
    mlflow=False,
)
LOST_TIMEOUT = Setting(
    "LOST_TIMEOUT",
    parse_seconds,
    300.0,
    "Seconds of silence after which a run that sent heartbeats is shown as lost.",
    mlflow=False,
)

# --- webhooks ------------------------------------------------------------------------------------


def parse_networks(text: str) -> list[IPv4Network | IPv6Network]:
    """Return the networks of a comma-separated list such as ``10.1.0.0/16, fd00::7``."""
    from ipaddress import ip_network  # not above: a script that logs needs none of it

    return [ip_network(part) for part in parse_names(text)]


def parse_retries(text: str) -> int:
    """Return a whole number from 0 on."""
    if text.strip().isdecimal():
        return int(text)
    raise ValueError("it must be a whole number from 0 on")


WEBHOOK_ALLOWED_SCHEMES: Setting[list[str]] = Setting(
    "WEBHOOK_ALLOWED_SCHEMES", parse_names, ["https"], "Schemes of webhooks: https, http."
)
WEBHOOK_ALLOW_PRIVATE_IPS = Setting(
    "WEBHOOK_ALLOW_PRIVATE_IPS",
    parse_bool,
    False,
    "Webhooks may lead to loopback and private addresses; link-local ones need the list below.",
)
WEBHOOK_ALLOWED_NETWORKS: Setting[list[IPv4Network | IPv6Network]] = Setting(
    "WEBHOOK_ALLOWED_NETWORKS",
    parse_networks,
    [],
    "Networks that webhooks may lead to although they are not public, such as 10.1.0.0/16.",
    mlflow=False,
)
WEBHOOK_SHOW_PRIVATE_ANSWERS = Setting(
    "WEBHOOK_SHOW_PRIVATE_ANSWERS",
    parse_bool,
    False,
    "Administrators see what receivers at private addresses answer, too; never what link-local "
    "ones and clouds' metadata do.",
    mlflow=False,
)
WEBHOOK_CA_FILE = Setting(
    "WEBHOOK_CA_FILE",
    str,
    "",
    "Further certificates that verify the receivers of webhooks, a PEM file.",
    mlflow=False,
)
WEBHOOK_SECRET_ENCRYPTION_KEY = Setting(
    "WEBHOOK_SECRET_ENCRYPTION_KEY",
    str,
    "",
    "Fernet key that encrypts the secrets of webhooks in the database; of several with commas "
    "between, the first encrypts and each decrypts.",
    secret=True,
)
WEBHOOK_REQUEST_TIMEOUT = Setting(
    "WEBHOOK_REQUEST_TIMEOUT",
    parse_seconds,
    30.0,
    "Seconds that one request of a webhook may take in all.",
)
WEBHOOK_REQUEST_MAX_RETRIES = Setting(
    "WEBHOOK_REQUEST_MAX_RETRIES",
    parse_retries,
    15,
    "Further tries of a delivery that met a passing failure; 15 take some four hours.",
)
WEBHOOK_BACKOFF_FACTOR = Setting(
    "WEBHOOK_BACKOFF_FACTOR",
    parse_seconds,
    1.0,
    "Seconds before the second try of a delivery; then doubled, to at most an hour.",
    mlflow=False,
)
WEBHOOK_DELIVERY_MAX_WORKERS = Setting(
    "WEBHOOK_DELIVERY_MAX_WORKERS",
    parse_count,
    10,
    "Requests of webhooks that a server's process sends at a time.",
)
WEBHOOK_LOG_DAYS = Setting(
    "WEBHOOK_LOG_DAYS",
    parse_count,
    14,
    "Days for which deliveries are kept; those that nobody could send by then are given up.",
    mlflow=False,
)
WEBHOOK_LOG_SIZE = Setting(
    "WEBHOOK_LOG_SIZE",
    parse_count,
    10_000,
    "Deliveries of all webhooks that are kept after their end.",
    mlflow=False,
)

# --- Hadoop ---------------------------------------------------------------------------------------

KERBEROS_USER = Setting("KERBEROS_USER", str, "", "User of hdfs: and viewfs: artifacts.")
KERBEROS_TICKET_CACHE = Setting(
    "KERBEROS_TICKET_CACHE", str, "", "File with the Kerberos ticket for hdfs: artifacts."
)
PYARROW_EXTRA_CONF = Setting(
    "PYARROW_EXTRA_CONF", str, "", "Settings of Hadoop's client, as key=value,key=value."
)

# --- on the screen -------------------------------------------------------------------------------

LOGGING_LEVEL = Setting("LOGGING_LEVEL", str, "", "Level of the logger headrace.")
SUPPRESS_PRINTING_URL_TO_STDOUT = Setting(
    "SUPPRESS_PRINTING_URL_TO_STDOUT", parse_bool, False, "Do not print a run's link at its end."
)
ENABLE_ARTIFACTS_PROGRESS_BAR = Setting(
    "ENABLE_ARTIFACTS_PROGRESS_BAR", parse_bool, True, "Show progress of long transfers."
)
