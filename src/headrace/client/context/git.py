"""The repository of the running script, as far as its own files tell.

Starting ``git`` would cost more than everything else that `start_run` does, so it is started only
for repositories that keep their refs in a reftable. What is found is kept for the process.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from headrace.client.context.process import main_file, main_path
from headrace.entities import GitState, tag_names

_SECTION = re.compile(r'\s*\[\s*(\w[\w.-]*)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_ENTRY = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*(?:[;#].*)?$")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_URL = ("remote", "url")


def tags() -> dict[str, str]:
    """Return commit, branch and remote of the script's repository; nothing outside of one.

    A script that lies in a Python environment, such as a tool's entry point, counts as outside.
    """
    script = main_file()
    if script is None or not os.path.exists(script):
        return {}
    return dict(_tags_of(_folder_of(script)))


@cache
def _tags_of(folder: str) -> dict[str, str]:
    try:
        if Path(folder).is_relative_to(sys.prefix):
            return {}
        repository = _find_repository(Path(folder))
        state = repository.read() if repository else GitState()
    except (OSError, UnicodeDecodeError):
        return {}  # unreadable for us: a run without a commit is better than no run
    if state.commit is None:
        return {}
    found = {
        tag_names.GIT_COMMIT: state.commit,
        tag_names.GIT_BRANCH: state.branch,
        tag_names.GIT_REPO_URL: state.remote,
    }
    return {key: value for key, value in found.items() if value}


class Repository(NamedTuple):
    """A work tree, its git folder, and the one that it shares with other work trees."""

    root: Path
    git: Path
    shared: Path

    def read(self) -> GitState:
        """Return commit, branch and remote.

        Raises:
            OSError: If a file cannot be read.
            UnicodeDecodeError: If one is damaged.

        """
        config = _read_config(self.shared / "config")
        if ("extensions", "", "refstorage") in config:
            head, branch = _ask_git(self.git, "HEAD"), _ask_git(self.git, "--abbrev-ref", "HEAD")
            branch = "" if branch == "HEAD" else branch
        else:
            head, branch = _read_head(self.git, self.shared)
        remotes = (url for (section, _, key), url in config.items() if (section, key) == _URL)
        return GitState(
            commit=head if _COMMIT.fullmatch(head) else None,
            branch=branch or None,
            remote=without_credentials(next(remotes, "")) or None,
        )


def find_repository(folder: str | None) -> Repository | None:
    """Return the repository of the script, else that of the working folder, if there is one.

    Args:
        folder: The working folder; None if it was deleted.

    Raises:
        OSError: If a file cannot be read.
        UnicodeDecodeError: If one is damaged.

    """
    script = main_path(folder)
    if script is not None and os.path.exists(script):
        place = Path(_folder_of(script))
        found = None if place.is_relative_to(sys.prefix) else _find_repository(place)
        if found is not None:
            return found
    return None if folder is None else _find_repository(Path(folder))


def _folder_of(script: str) -> str:
    return os.path.abspath(script if os.path.isdir(script) else os.path.dirname(script))


def _find_repository(folder: Path) -> Repository | None:
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        if git.is_file():  # a linked work tree or a submodule
            text = git.read_text()
            if text.startswith("gitdir:"):
                git = parent / text.removeprefix("gitdir:").strip()
        if (git / "HEAD").is_file():
            shared = git / "commondir"
            common = git / shared.read_text().strip() if shared.is_file() else git
            return Repository(parent, git, common)
    return None


def _read_head(git: Path, shared: Path) -> tuple[str, str]:
    """Return commit and branch; an empty branch where a commit is checked out itself."""
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref:"):
        return head, ""
    ref = head.removeprefix("ref:").strip()
    branch = ref.removeprefix("refs/heads/")
    for folder in (git, shared):
        if (folder / ref).is_file():
            return (folder / ref).read_text().strip(), branch
    packed = shared / "packed-refs"
    if packed.is_file():
        for line in packed.read_text().splitlines():
            commit, _, name = line.partition(" ")
            if name == ref:
                return commit, branch
    return "", branch


def _read_config(path: Path) -> dict[tuple[str, str, str], str]:
    """Return the values of a git configuration by section, subsection and key."""
    values: dict[tuple[str, str, str], str] = {}
    section = subsection = ""
    for line in path.read_text().splitlines() if path.is_file() else ():
        header = _SECTION.match(line)
        if header:
            section, subsection = header.group(1).lower(), header.group(2) or ""
            continue
        entry = _ENTRY.match(line)
        if entry:
            key = entry.group(1).lower()
            values.setdefault((section, subsection, key), entry.group(2).strip('"'))
    return values


def _ask_git(git: Path, *arguments: str) -> str:
    import subprocess  # milliseconds that only such repositories cost

    command = ["git", f"--git-dir={git}", "rev-parse", *arguments]
    try:
        answer = subprocess.run(  # noqa: S603 - constant words and a folder
            command, capture_output=True, text=True, timeout=5, check=True
        )
    except subprocess.SubprocessError:
        return ""
    return answer.stdout.strip()


def without_credentials(url: str) -> str:
    """Return a remote's URL without user and password; one without a scheme stays as it is."""
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
