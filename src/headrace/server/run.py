"""From options to a running server."""

from __future__ import annotations

import gc
import math
import os
import re
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from headrace import settings
from headrace.errors import InvalidParameterValue, TemporarilyUnavailable
from headrace.file_uri import path_of, scheme_of
from headrace.server.asgi import Application
from headrace.server.auth import Authenticator
from headrace.server.contents import ContentKeeper
from headrace.server.core import Dispatcher
from headrace.server.group_commit import GroupCommit
from headrace.server.protocol import SmallCallProtocol
from headrace.server.security import HostPolicy, OriginPolicy, check_frame_options, is_loopback
from headrace.server.small_calls import Changes, Logs, SmallCalls
from headrace.server.upkeep import Upkeep
from headrace.server.users import Role
from headrace.server.webhook_sender import WebhookSender
from headrace.settings import without_password
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.calls import now
from headrace.stores.sql.opening import sqlite_path
from headrace.stores.uri import DATABASE_NAME, check_folder, open_tracking_store

if TYPE_CHECKING:
    from headrace.stores.sql.tracking import SqlTrackingStore

# A training step may take a minute, and its client keeps the connection.
KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 10
BACKLOG = 2048

# How a worker process of several learns its options.
_OPTIONS_VARIABLE = "_HEADRACE_SERVER_OPTIONS"


class ServerOptions(Struct, frozen=True, kw_only=True):
    """What a server is started with.

    Attributes:
        backend_store_uri: The database, or the folder of an embedded store.
        default_artifact_root: Where artifacts of new experiments go; None for beside the database.
        host: Name or address to listen on.
        port: Port to listen on; 0 for any that is free.
        workers: Number of processes.
        static_prefix: What stands before every path: empty or ``/like/this``.
        allowed_hosts: See `HostPolicy`.
        allowed_origins: See `OriginPolicy`.
        check_hosts_and_origins: Whether the two are asked at all.
        frame_options: ``SAMEORIGIN``, ``DENY`` or ``NONE``.
        users_file: Who may call; None where nobody is asked.
        allow_anonymous: Whether callers without credentials are let in.
        fsync: ``interval`` or ``always``.
        lost_timeout: Seconds of silence after which a run that sent heartbeats is lost.
        artifact_roots: Further folders and URIs in which artifacts may lie.
        artifacts_destination: Where ``mlflow-artifacts:`` locations lie; None if the server keeps
            no artifacts for MLflow's clients.
        public_url: The address under which clients reach the server; None for that of each request.

    """

    backend_store_uri: str
    default_artifact_root: str | None = None
    host: str = "127.0.0.1"
    port: int = 5000
    workers: int = 1
    static_prefix: str = ""
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    check_hosts_and_origins: bool = True
    frame_options: str = "SAMEORIGIN"
    users_file: str | None = None
    allow_anonymous: bool = False
    fsync: str = "interval"
    lost_timeout: float = settings.LOST_TIMEOUT.default
    artifact_roots: tuple[str, ...] = ()
    artifacts_destination: str | None = None
    public_url: str | None = None


def check(options: ServerOptions) -> None:
    """Refuse options that contradict each other or would open a door.

    Raises:
        InvalidParameterValue: Saying what to give instead.

    """
    prefix = options.static_prefix
    if prefix and (not prefix.startswith("/") or prefix.endswith("/") or set(prefix) & set("{}?#")):
        raise InvalidParameterValue(
            f"The static prefix {prefix!r} must begin with '/', must not end with '/', and must "
            "not contain any of {}?#."
        )
    if options.workers < 1:
        raise InvalidParameterValue(f"--workers must be 1 or more, not {options.workers}.")
    if options.workers > 1 and not _is_postgresql(options.backend_store_uri):
        raise InvalidParameterValue(
            f"--workers {options.workers} needs PostgreSQL: SQLite has one writer at a time, so "
            "more processes would wait for each other and answer no faster. Use --workers 1, or "
            "--backend-store-uri postgresql://..."
        )
    if not 0 < options.lost_timeout < math.inf:
        raise InvalidParameterValue(
            f"--lost-timeout must be a number of seconds above 0, not {options.lost_timeout}."
        )
    if options.public_url and not re.match(r"https?://[^/?#@]+(/[^?#]*)?$", options.public_url):
        raise InvalidParameterValue(
            f"--public-url must be an address such as https://ml.example.com/mlflow, not "
            f"{without_password(options.public_url)!r}."
        )
    check_frame_options(options.frame_options)
    _check_artifact_folders(options)
    if not (is_loopback(options.host) or options.users_file or options.allow_anonymous):
        raise InvalidParameterValue(
            f"On {options.host} other machines can reach this server, and nobody would be asked "
            "who they are. Make a users file with `headrace users add NAME --users-file FILE` and "
            "start with --users-file FILE; or, where everybody on the network may read and write, "
            "start with --allow-anonymous."
        )


def make_application(options: ServerOptions) -> Application:
    """Open the store and return the application that serves it.

    Raises:
        HeadraceError: If options, store or users file cannot be used.

    """
    check(options)
    authenticator = _authenticator(options)
    store = _open_store(options)
    store.heard_since = now()
    checked = options.check_hosts_and_origins
    hosts = HostPolicy(options.allowed_hosts, own=options.host) if checked else None
    frame_options = check_frame_options(options.frame_options) if checked else "NONE"
    dispatcher = Dispatcher(
        store,
        artifact_roots=options.artifact_roots,
        artifacts_destination=options.artifacts_destination,
        prefix=options.static_prefix,
        public_url=options.public_url,
        frame_options=frame_options,
        authenticator=authenticator,
    )
    store.artifacts_destination = options.artifacts_destination
    store.check_place = dispatcher.roots.check
    return Application(
        dispatcher,
        authenticator=authenticator,
        hosts=hosts,
        origins=OriginPolicy(options.allowed_origins) if checked else None,
        small_calls=SmallCalls(
            dispatcher.router,
            *_commits(store, options),
            authenticator=authenticator,
            hosts=hosts,
            reads_here=not store.reads_wait,
        ),
        upkeep=(
            Upkeep(store, dispatcher.uploads, dispatcher.roots),
            ContentKeeper(store, dispatcher.roots),
            WebhookSender(store),
        ),
        frame_options=frame_options,
    )


def application_of_worker() -> Application:
    """Return the application of one worker process of several."""
    options = msgspec.json.decode(os.environ[_OPTIONS_VARIABLE], type=ServerOptions)
    return make_application(options)


def serve(options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT; then answer what has arrived, and close the store.

    Raises:
        HeadraceError: If options, store, users file or address cannot be used.

    """
    import uvicorn

    if options.workers > 1:
        make_application(options).close()  # makes the tables once, and says early what is wrong
        os.environ[_OPTIONS_VARIABLE] = msgspec.json.encode(options).decode()
        announce(options, options.port)
        _swallow_signals()
        uvicorn.run(
            "headrace.server.run:application_of_worker",
            factory=True,
            host=options.host,
            port=options.port,
            workers=options.workers,
            **_SETTINGS,
        )
        return
    listener = bind(options.host, options.port)
    try:
        application = make_application(options)
    except BaseException:
        listener.close()
        raise
    server = uvicorn.Server(uvicorn.Config(application, **_SETTINGS))
    listener.listen(BACKLOG)  # from here on who connects is answered, if a moment later
    announce(options, listener.getsockname()[1])
    # What lives as long as the process need not be looked at by each garbage collection.
    gc.collect()
    gc.freeze()
    _swallow_signals()
    server.run(sockets=[listener])


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address, not listening yet.

    Raises:
        InvalidParameterValue: If there is no such address.
        TemporarilyUnavailable: If another process has it.

    """
    try:
        places = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise InvalidParameterValue(f"Cannot listen on host {host!r}: {error.strerror}.") from None
    family, kind, protocol, _, address = places[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise TemporarilyUnavailable(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port, or end the "
            "process that has this one."
        ) from None
    return listener


def announce(options: ServerOptions, port: int) -> None:
    """Say on the standard output where the server is."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    print(f"Headrace serves {without_password(options.backend_store_uri)}", flush=True)
    print(f"at http://{host}:{port}{options.static_prefix}", flush=True)


_SETTINGS: dict[str, Any] = {
    "http": SmallCallProtocol,
    "ws": "none",
    "lifespan": "on",
    "log_config": None,
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
    "backlog": BACKLOG,
}


def _check_artifact_folders(options: ServerOptions) -> None:
    """Refuse folders for artifacts, which clients read and write, that hold what is not theirs."""
    folders = [
        ("--artifacts-destination", options.artifacts_destination),
        ("--default-artifact-root", options.default_artifact_root),
        *(("--artifact-roots", root) for root in options.artifact_roots),
    ]
    kept = [
        ("the database", _database_file(options.backend_store_uri)),
        ("the users file", Path(options.users_file) if options.users_file else None),
    ]
    for option, folder in folders:
        if not folder or scheme_of(folder) not in ("", "file"):
            continue
        place = path_of(folder).resolve()
        for what, file in kept:
            if file is not None and file.resolve().is_relative_to(place):
                raise InvalidParameterValue(
                    f"{option} {folder} holds {what} {file}, which clients could read and replace "
                    "there. Give a folder of its own, such as ./mlartifacts."
                )


def _database_file(uri: str) -> Path | None:
    """Return the file of a store; None if it is no file of this machine."""
    scheme = scheme_of(uri).partition("+")[0]
    if scheme == "sqlite":
        return sqlite_path(uri)
    return path_of(uri) / DATABASE_NAME if scheme in ("", "file") else None


def _is_postgresql(uri: str) -> bool:
    return scheme_of(uri).partition("+")[0] in ("postgresql", "postgres")


def _open_store(options: ServerOptions) -> SqlTrackingStore:
    uri, root = options.backend_store_uri, options.default_artifact_root
    scheme = scheme_of(uri).partition("+")[0]
    if scheme in ("http", "https"):
        raise InvalidParameterValue(
            f"A server serves a database or a folder, not another server: {without_password(uri)}."
        )
    settings.FSYNC.set(options.fsync)
    settings.LOST_TIMEOUT.set(options.lost_timeout)
    if root is None:
        return open_tracking_store(uri)
    if scheme in ("", "file"):
        check_folder(path_of(uri))
        uri = f"sqlite:///{path_of(uri) / DATABASE_NAME}"
    return open_sql_store(uri, root, fsync=options.fsync)


def _commits(store: SqlTrackingStore, options: ServerOptions) -> tuple[Logs, Changes | None]:
    """Return where logs go, and where changes of the registry go: a group's is one transaction.

    PostgreSQL makes changes that come over several connections at the same time, and lets them
    share the disk.
    """
    # A local file that is not fsynced answers in microseconds; a fsync takes milliseconds, for
    # which only a single client may keep the loop; a network may take for ever.
    is_local = not _is_postgresql(options.backend_store_uri)
    is_quick = is_local and options.fsync == "interval"
    logs: Logs = GroupCommit(store.apply, alone_here=is_local, groups_here=is_quick)
    if not is_local:
        return logs, None
    return logs, GroupCommit(store.together, alone_here=False, groups_here=False)


def _swallow_signals() -> None:
    """Let the process end well: uvicorn raises its signal once more when all is shut down."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)


def _authenticator(options: ServerOptions) -> Authenticator:
    if options.users_file:
        # With a list of users, a stranger may look at most.
        anonymous = Role.READ if options.allow_anonymous else None
        return Authenticator(Path(options.users_file), anonymous=anonymous)
    return Authenticator(anonymous=Role.WRITE if options.allow_anonymous else Role.ADMIN)
