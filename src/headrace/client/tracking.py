"""Where this process tracks: the tracking URI, and the open session of each URI."""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path

from headrace import settings
from headrace.client.background import background
from headrace.client.session import Session
from headrace.file_uri import path_of, scheme_of, uri_of
from headrace.stores.base import TrackingStore
from headrace.stores.uri import DATABRICKS, default_tracking_uri

_SQLITE = "sqlite:///"

_tracking_uri: str | None = None
_sessions: dict[str, Session] = {}
_lock = threading.RLock()  # a signal handler may log while its thread opens a session


def set_tracking_uri(uri: str | Path) -> None:
    """Choose where runs are tracked, for this process and the processes that it starts.

    Args:
        uri: A folder or ``file:`` URI for an embedded store, ``sqlite:///PATH``,
            ``postgresql://...``, or ``http(s)://...`` for a server. An empty one goes back to the
            default.

    """
    global _tracking_uri
    chosen = uri_of(uri) if isinstance(uri, Path) else uri
    _tracking_uri = chosen or None
    settings.TRACKING_URI.set(chosen or None)


def get_tracking_uri() -> str:
    """Return where runs are tracked.

    Returns:
        What `set_tracking_uri` chose, else what ``MLFLOW_TRACKING_URI`` says, else the folder
        ``.headrace`` of the working directory or of the nearest folder above that has one.

    """
    return _tracking_uri or settings.TRACKING_URI.get() or default_tracking_uri()


def is_tracking_uri_set() -> bool:
    """Return whether `set_tracking_uri` or the environment chose where runs are tracked."""
    return bool(_tracking_uri or settings.TRACKING_URI.get())


def get_session(tracking_uri: str | None = None) -> Session:
    """Return the session of a tracking URI, opened at its first use and then kept.

    Args:
        tracking_uri: The URI; the present one if not given.

    Raises:
        InvalidParameterValue: If no store can have such a URI.
        InvalidState: If the place holds something that is no Headrace store of this version.

    """
    session = _sessions.get(tracking_uri or "")  # the keys are absolute: a relative one never hits
    if session is not None:
        return session
    uri = absolute_store_uri(tracking_uri or get_tracking_uri())
    with _lock:
        if uri not in _sessions:
            opened = Session(uri)
            if _sessions.setdefault(uri, opened) is not opened:
                opened.close()  # a signal handler that logs was quicker, within this very call
        return _sessions[uri]


def get_store(tracking_uri: str | None = None) -> TrackingStore:
    """Return the store of a tracking URI; as `get_session`, for those who only read."""
    return get_session(tracking_uri).store


def absolute_store_uri(uri: str) -> str:
    """Return a URI that names the same store from any working directory."""
    scheme = scheme_of(uri)
    if scheme in ("", "file") and uri not in DATABRICKS:
        return uri_of(path_of(uri))
    if uri.startswith(_SQLITE) and not uri.startswith(_SQLITE + "/"):
        path, mark, query = uri.removeprefix(_SQLITE).partition("?")
        return f"{_SQLITE}{os.path.abspath(path)}{mark}{query}"
    return uri


def settle_sessions() -> None:
    """Have every session deliver what runs record after their end, as far as that can be."""
    background.wait()
    for session in list(_sessions.values()):
        if session.delivery.pending:
            session.writer.finish()


def close_sessions() -> None:
    """Close every session that this process has open; the next use opens it again."""
    background.wait()
    with _lock:
        sessions = list(_sessions.values())
        _sessions.clear()
    for session in sessions:
        session.close()


def _pause() -> None:
    """Hold what is sent in the background while the process is forked."""
    for session in list(_sessions.values()):
        session.delivery.pause()


def _resume() -> None:
    for session in list(_sessions.values()):
        session.delivery.resume()


def _restart() -> None:
    """Give a forked child locks and journals of its own."""
    global _lock
    _lock = threading.RLock()
    for session in _sessions.values():
        session.restart()


atexit.register(close_sessions)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_pause, after_in_parent=_resume, after_in_child=_restart)
