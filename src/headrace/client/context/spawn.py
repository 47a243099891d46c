"""Starts a program whose output is read, without the milliseconds that `subprocess` takes to load.

It is as short as it is because nothing else is needed: standard input and error are nowhere.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import IO, Protocol


class Child(Protocol):
    """A running program, as `subprocess.Popen` has it too.

    Attributes:
        stdout: What it prints.

    """

    stdout: IO[bytes] | None

    def kill(self) -> None:
        """Stop it at once; nothing if it has ended."""
        ...

    def wait(self) -> int:
        """Return its exit code when it has ended; negative if a signal ended it."""
        ...


def spawn(command: list[str], environment: Mapping[str, str]) -> Child:
    """Start a program.

    Args:
        command: The path of the program, and its arguments.
        environment: All its variables.

    Raises:
        OSError: If it cannot be started.

    """
    if sys.platform in ("win32", "darwin"):  # without what `_Spawned` is made of
        import subprocess

        return subprocess.Popen(  # noqa: S603 - of those who call it
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    return _Spawned(command, environment)


class _Spawned:
    """A program that was started by `posix_spawn`."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.stdout: IO[bytes] | None = None
        self._ending = threading.Lock()
        self._code: int | None = None
        reading, writing = os.pipe()
        try:
            self._pid = os.posix_spawn(
                command[0],
                command,
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, writing, 1),  # first: the pipe may be 0 or 2 itself
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
                setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # which Python ignores
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self.stdout = os.fdopen(reading, "rb")

    def kill(self) -> None:
        with self._ending:
            if self._code is None:
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        try:
            # It stays there until the lock is held, so that nobody else with its number is killed.
            os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
            with self._ending:
                if self._code is None:
                    self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        except ChildProcessError:  # the script itself has waited for all its children
            self._code = 0
        return self._code
