"""Whose a journal is, as long as its owner lives.

A record lock of POSIX goes with its process, even if a forked grandchild still has the file open,
which `flock` would not. But it also goes when the process closes *any* descriptor of the file, so
a lock file is opened once in a process; `_held` knows which are.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

from headrace.errors import NotSupported

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK_NAME = "lock"

_held: dict[tuple[int, int], int] = {}  # device and inode of the file -> descriptor
_mutex = threading.RLock()  # a signal handler may log while its thread makes a journal


class Lock:
    """The lock of one journal, held."""

    def __init__(self, identity: tuple[int, int]) -> None:
        self._identity = identity

    @classmethod
    def take(cls, folder: Path) -> Lock | None:
        """Take the lock of the journal in a folder; None if anybody has it, even this process.

        Raises:
            NotSupported: On a system without such locks.
            OSError: If the lock file cannot be made, or the file system knows no locks.

        """
        if fcntl is None:
            raise NotSupported(
                "Journals need the record locks of POSIX, which this system does not have: use "
                "synchronous=True."
            )
        path = folder / LOCK_NAME
        with _mutex:
            if _identity_of(path) in _held:
                return None
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(file)
                if error.errno in (errno.EACCES, errno.EAGAIN):
                    return None
                raise
            stat = os.fstat(file)
            identity = stat.st_dev, stat.st_ino
            _held[identity] = file
            return cls(identity)

    @property
    def held(self) -> bool:
        """Whether this process still has it."""
        return self._identity in _held

    def release(self) -> None:
        """Let others take it; a second call does nothing."""
        with _mutex:
            file = _held.pop(self._identity, None)
            if file is not None:
                os.close(file)


def is_locked(folder: Path) -> bool:
    """Return whether any process, or this one, holds the lock of the journal in a folder."""
    if not (folder / LOCK_NAME).exists():
        return False
    try:
        lock = Lock.take(folder)
    except OSError:
        return False
    if lock is None:
        return True
    lock.release()
    return False


def _identity_of(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _in_child() -> None:
    """Leave the locks to the parent."""
    global _mutex
    _mutex = threading.RLock()
    while _held:
        os.close(_held.popitem()[1])


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
