"""The git commit of the running script, read from the repository's files.

Starting ``git`` would cost more than everything else that `start_run` does, so it is started only
for repositories that keep their refs in a reftable. What is found is kept for the process.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from headrace.client.context.process import main_file
from headrace.entities import tag_names

_SECTION = re.compile(r'\s*\[\s*(\w[\w.-]*)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_ENTRY = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*(?:[;#].*)?$")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def tags() -> dict[str, str]:
    """Return commit, branch and remote of the script's repository; nothing outside of one.

    A script that lies in a Python environment, such as a tool's entry point, counts as outside.
    """
    script = main_file()
    if script is None or not os.path.exists(script):
        return {}
    folder = os.path.abspath(script if os.path.isdir(script) else os.path.dirname(script))
    return dict(_tags_of(folder))


@cache
def _tags_of(folder: str) -> dict[str, str]:
    try:
        if Path(folder).is_relative_to(sys.prefix):
            return {}
        repository = _find_repository(Path(folder))
        return _read(*repository) if repository else {}
    except (OSError, UnicodeDecodeError):
        return {}  # unreadable for us: a run without a commit is better than no run


def _find_repository(folder: Path) -> tuple[Path, Path] | None:
    """Return the git folder of the work tree and the one that it shares with others."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        if git.is_file():  # a linked work tree or a submodule
            text = git.read_text()
            if text.startswith("gitdir:"):
                git = parent / text.removeprefix("gitdir:").strip()
        if (git / "HEAD").is_file():
            shared = git / "commondir"
            return git, git / shared.read_text().strip() if shared.is_file() else git
    return None


def _read(git: Path, shared: Path) -> dict[str, str]:
    config = _read_config(shared / "config")
    if ("extensions", "", "refstorage") in config:
        head, branch = _ask_git(git, "HEAD"), _ask_git(git, "--abbrev-ref", "HEAD")
        branch = "" if branch == "HEAD" else branch
    else:
        head, branch = _read_head(git, shared)
    if not _COMMIT.fullmatch(head):
        return {}
    remote = next(
        (url for (section, _, key), url in config.items() if (section, key) == ("remote", "url")),
        "",
    )
    found = {
        tag_names.GIT_COMMIT: head,
        tag_names.GIT_BRANCH: branch,
        tag_names.GIT_REPO_URL: without_credentials(remote),
    }
    return {key: value for key, value in found.items() if value}


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
