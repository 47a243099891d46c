"""Git itself, started so that nothing of a repository is executed and nothing in it is written.

The configuration of a repository can name programs: hooks, file monitors, filters, drivers for
diffs, transports that fetch what a partial clone lacks. Whoever tracks a run has not asked for any
of them, and the repository may be somebody else's.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from headrace.client.context.spawn import spawn
from headrace.client.undivided import undivided

_SAFE = (
    "--no-pager",
    *("-c", "core.fsmonitor="),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.quotePath=true"),
    *("-c", "protocol.allow=never"),
    *("-c", "submodule.recurse=false"),
)
_VARIABLES = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# What a hook or an alias that starts the script sets: it would lead to another place.
_MISLEADING = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_LITERAL_PATHSPECS",
)


class GitFailed(Exception):
    """Git gave no answer; the message says why, as the rest of a sentence."""


class Git:
    """The git of a work tree.

    Args:
        root: The work tree.
        seconds: How long all calls together may take.

    Raises:
        GitFailed: If there is no git.

    """

    def __init__(self, root: Path, seconds: float) -> None:
        program = _find_program()
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._command = [program, "-C", str(root), *_SAFE]
        self._environment = {
            name: value for name, value in os.environ.items() if name not in _MISLEADING
        }
        self._environment.update(_VARIABLES)

    @contextmanager
    def open(self, *arguments: str, may_fail: bool = False) -> Iterator[IO[bytes]]:
        """Start a command and yield what it prints; it is stopped when the time is up.

        Args:
            arguments: Of git.
            may_fail: Whether another exit code than 0 is an answer too.

        Raises:
            GitFailed: If it fails, or takes too long.

        """
        try:
            with undivided():  # a child would hold the other end of the pipe
                process = spawn([*self._command, *arguments], self._environment)
        except OSError as error:
            raise GitFailed(f"git cannot be started: {error}") from None
        timer = threading.Timer(max(0.0, self._until - time.monotonic()), process.kill)
        timer.daemon = True
        timer.start()
        assert process.stdout is not None
        try:
            with process.stdout:
                yield process.stdout
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            timer.cancel()
        if time.monotonic() >= self._until:
            raise GitFailed(f"git took longer than {self._seconds:g} s")
        if code and not may_fail:
            raise GitFailed(self._complaint())

    def without_filters(self) -> list[str]:
        """Return the options that switch off what would convert files of the work tree.

        Raises:
            GitFailed: If git does not say what would.

        """
        listing = ("config", "--null", "--name-only", "--get-regexp", r"^filter\..*")
        with self.open(*listing, may_fail=True) as answer:
            keys = answer.read().decode(errors="surrogateescape").split("\0")
        drivers = {key.rpartition(".")[0] for key in keys if key.count(".") > 1}
        options = []
        for driver in sorted(drivers):
            for setting in ("clean=", "process=", "required=false"):
                options += ["-c", f"{driver}.{setting}"]
        return options

    def _complaint(self) -> str:
        """Return why git does nothing here, by asking it for next to nothing."""
        import subprocess  # milliseconds, where they do not matter any more

        try:
            asked = subprocess.run(  # noqa: S603 - constant words
                [*self._command, "rev-parse", "--verify", "HEAD"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=max(0.1, self._until - time.monotonic()),
            )
        except (OSError, subprocess.SubprocessError) as error:
            return f"git fails: {error}"
        words = asked.stderr.decode(errors="replace").strip().splitlines()
        return f"git fails: {words[0]}" if words else "git fails"


def _find_program() -> str:
    """Return the path of git; not one of a folder that is relative, which a work tree may be."""
    name = "git.exe" if os.name == "nt" else "git"
    for folder in os.get_exec_path():
        path = os.path.join(folder, name)
        if os.path.isabs(path) and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    raise GitFailed("git is not installed")
