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
from headrace.client.context.process import main_path
from headrace.client.context.python_state import read_python
from headrace.entities import GitState
from headrace.entities.context import (
    COMMAND,
    DIFF,
    GIT,
    HARDWARE,
    PACKAGES,
    PYTHON,
    SEEDS,
    Seeds,
)

# How long a diff is taken for the present one: a search over many short runs asks for it often.
SECONDS_OF_A_DIFF = 5.0

_logger = logging.getLogger(__name__)


def read(wanted: Collection[str], folder: str | None, seeds: Seeds) -> dict[str, str]:
    """Return what can be told at once: everything but the repository.

    Args:
        wanted: Names of the parts that are wanted.
        folder: The working folder when the run began; None if it was deleted.
        seeds: As they are known by now.

    """
    readers: dict[str, Callable[[], Any]] = {
        COMMAND: lambda: read_command(Masker.here(), folder),
        PYTHON: read_python,
        PACKAGES: read_packages,
    }
    return _read(readers, wanted) | read_again(wanted, seeds)


def read_again(wanted: Collection[str], seeds: Seeds) -> dict[str, str]:
    """Return what a run may have changed by its end.

    It seeds generators, and imports what brings its own linear algebra.

    Args:
        wanted: Names of the parts that are wanted.
        seeds: As they are known by now.

    """
    return _read({HARDWARE: read_hardware, SEEDS: lambda: seeds}, wanted)


def read_repository(
    wanted: Collection[str], folder: str | None, leave_out: Sequence[Path]
) -> dict[str, str]:
    """Return the state of the script's repository, and the changes in it; nothing outside of one.

    Args:
        wanted: Names of the parts that are wanted.
        folder: The working folder when the run began; None if it was deleted.
        leave_out: Folders that are no part of the code.

    """
    if GIT not in wanted and DIFF not in wanted:
        return {}
    state, diff = GitState(), Diff("", None, None)
    try:
        repository = find_repository(folder)
        if repository is None:
            return {}
        state = repository.read()
        state.script = _script_in(repository.root, folder)
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


def _script_in(root: Path, folder: str | None) -> str | None:
    script = main_path(folder)
    if script is None or not os.path.isfile(script):
        return None
    path = Path(script).resolve()
    return path.relative_to(root.resolve()).as_posix() if path.is_relative_to(root) else None


def _read(readers: Mapping[str, Callable[[], Any]], wanted: Collection[str]) -> dict[str, str]:
    found = {}
    for name, read_part in readers.items():
        if name not in wanted:
            continue
        try:
            found[name] = _encode(read_part())
        except Exception as error:  # border: what modules of others answer is up to them
            _logger.debug("The part %s of the context is missing: %r", name, error)
    return found


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


_diffs = _Diffs()
