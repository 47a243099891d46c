"""The parts of a context, as the texts that are stored: one line for each part."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from headrace.client.context.command import read_command
from headrace.client.context.git import Repository, find_repository
from headrace.client.context.git_diff import Diff, read_diff
from headrace.client.context.hardware import read_hardware
from headrace.client.context.masking import Masker
from headrace.client.context.packages import read_packages
from headrace.client.context.process import main_file
from headrace.client.context.python_state import read_python
from headrace.client.context.seeds import read_seeds
from headrace.entities import GitState
from headrace.entities.context import (
    COMMAND,
    DIFF,
    GIT,
    HARDWARE,
    PACKAGES,
    PYTHON,
    SEEDS,
)

_READERS: dict[str, Callable[[], Any]] = {
    COMMAND: lambda: read_command(Masker.here()),
    PYTHON: read_python,
    PACKAGES: read_packages,
    HARDWARE: read_hardware,
    SEEDS: read_seeds,
}
# What a run changes: it seeds generators, and imports what brings its own linear algebra.
_CHANGING = (HARDWARE, SEEDS)

# How long a diff is taken for the present one: a search over many short runs asks for it often.
SECONDS_OF_A_DIFF = 5.0

_logger = logging.getLogger(__name__)


def read(wanted: Collection[str]) -> dict[str, str]:
    """Return what can be told at once: everything but the repository."""
    return _read(name for name in _READERS if name in wanted)


def read_again(wanted: Collection[str], before: Mapping[str, str]) -> dict[str, str]:
    """Return what may have changed since the run began.

    Args:
        wanted: Names of the parts that are wanted.
        before: The parts as they were. A seed that cannot be told any more stays.

    """
    found = _read(name for name in _CHANGING if name in wanted)
    if SEEDS in found and SEEDS in before:
        seeds = msgspec.json.decode(before[SEEDS]) | msgspec.json.decode(found[SEEDS])
        found[SEEDS] = _encode(seeds)
    return found


def read_repository(wanted: Collection[str], leave_out: Sequence[Path]) -> dict[str, str]:
    """Return the state of the script's repository, and the changes in it; nothing outside of one.

    Args:
        wanted: Names of the parts that are wanted.
        leave_out: Folders that are no part of the code.

    """
    if GIT not in wanted and DIFF not in wanted:
        return {}
    state, diff = GitState(), Diff("", None, None)
    try:
        repository = find_repository()
        if repository is None:
            return {}
        state = repository.read()
        state.script = _script_in(repository.root)
        if DIFF in wanted:
            diff = _diffs.read(repository, state.commit, leave_out)
    except (OSError, UnicodeDecodeError) as error:
        diff = Diff("", None, f"The repository cannot be read: {error}.")
    state.is_dirty, state.diff_note = diff.is_dirty, diff.note
    found = {GIT: _encode(state)} if GIT in wanted else {}
    if diff.text:
        found[DIFF] = diff.text
    return found


class _Diffs:
    """The diff that was read last."""

    def __init__(self) -> None:
        self._last: tuple[tuple[object, ...], float, Diff] | None = None

    def read(self, repository: Repository, commit: str | None, leave_out: Sequence[Path]) -> Diff:
        """Return the diff of a repository; for some seconds the one that was read before."""
        key, now = (repository.root, commit, *leave_out), time.monotonic()
        last = self._last
        if last is not None and last[0] == key and now < last[1]:
            return last[2]
        diff = read_diff(repository.root, commit, Masker.here(), leave_out)
        self._last = key, now + SECONDS_OF_A_DIFF, diff
        return diff


def _script_in(root: Path) -> str | None:
    script = main_file()
    if script is None or not os.path.isfile(script):
        return None
    path = Path(script).resolve()
    return path.relative_to(root.resolve()).as_posix() if path.is_relative_to(root) else None


def _read(names: Any) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = _encode(_READERS[name]())
        except Exception as error:  # border: what modules of others answer is up to them
            _logger.debug("The part %s of the context is missing: %r", name, error)
    return found


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


_diffs = _Diffs()
