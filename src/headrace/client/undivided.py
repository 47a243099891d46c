"""Work of background threads that a fork does not cut in two.

A child has only the thread that forked it. What another thread was in the midst of, such as an
import or anything else that holds a lock, the child could never do itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# How long a fork waits for it.
_SECONDS = 1.0


_lock = threading.RLock()
_forking = threading.local()  # whether this thread holds it for a fork


@contextmanager
def undivided() -> Iterator[None]:
    """Let a fork wait until the block is done, unless that takes longer than a second."""
    with _lock:
        yield


def _hold() -> None:
    _forking.holds = _lock.acquire(timeout=_SECONDS)


def _release() -> None:
    if _forking.holds:
        _lock.release()


def _begin_anew() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_begin_anew)
