"""How far two commits are apart, where a repository that has both is at hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from headrace.cli.output import printable
from headrace.client.context.git_process import Git, GitFailed

_SECONDS = 5.0
_SHOWN = 10
# What a run says of its commit is anybody's text: nothing else becomes an argument of git.
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Distance(NamedTuple):
    """What lies between two commits.

    Attributes:
        only_first: How many commits the first one has that the second has not.
        only_second: How many the second one has that the first has not.
        subjects: The last commits of either, with their subjects, as ``git log --oneline`` shows
            them.

    """

    only_first: int
    only_second: int
    subjects: list[str]


def find_distance(first: str, second: str, folder: Path) -> Distance | None:
    """Return how far two commits are apart; None if the repository does not have both.

    Args:
        first: A commit, in hexadecimal.
        second: Another one.
        folder: In the repository.

    """
    if not (_COMMIT.fullmatch(first) and _COMMIT.fullmatch(second)):
        return None
    between = f"{first}...{second}"
    try:
        git = Git(folder, _SECONDS)
        counts = _ask(git, "rev-list", "--left-right", "--count", between).split()
        log = _ask(git, "log", "--oneline", f"--max-count={_SHOWN}", between)
    except GitFailed:
        return None
    subjects = [printable(line) for line in log.splitlines()]
    return Distance(int(counts[0]), int(counts[1]), subjects)


def _ask(git: Git, *arguments: str) -> str:
    with git.open(*arguments) as answer:
        return answer.read().decode(errors="replace")
