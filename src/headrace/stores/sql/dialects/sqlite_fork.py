"""Forks of a process that has SQLite files open.

SQLite keeps account of its locks in the memory of the process. A forked child inherits the account
but not the locks: its own connections would believe that they hold what they do not, and another
process could take the log away from under them. So every connection is closed before a fork, and
opened again, by parent and child each for itself, at its next use.
"""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """What has connections to close."""

    def pause(self) -> None:
        """Finish what is going on, close every connection, and let nothing begin."""
        ...

    def resume(self) -> None:
        """Go on in the parent."""
        ...

    def restart(self) -> None:
        """Go on in the child."""
        ...


_open: WeakSet[Forkable] = WeakSet()
_paused: list[Forkable] = []


def close_before_fork(database: Forkable) -> None:
    """Close a database's connections whenever this process forks, as long as it is in use."""
    _open.add(database)


def _before() -> None:
    for database in list(_open):
        database.pause()
        _paused.append(database)


def _in_parent() -> None:
    while _paused:
        _paused.pop().resume()


def _in_child() -> None:
    while _paused:
        _paused.pop().restart()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
