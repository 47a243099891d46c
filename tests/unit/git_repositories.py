"""Real repositories for tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run_git(folder: Path, *arguments: str, **options: str) -> str:
    """Run git without the person's own configuration, and return what it prints."""
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    command = ["git", *identity, *arguments]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    answer = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True, **options
    )
    return answer.stdout.strip()


def make_repository(folder: Path, files: dict[str, bytes]) -> str:
    """Make a repository with one commit of files, and return the commit."""
    folder.mkdir(parents=True, exist_ok=True)
    run_git(folder, "init")
    write_files(folder, files)
    run_git(folder, "add", "--force", ".")
    run_git(folder, "commit", "--allow-empty", "-m", "first")
    return run_git(folder, "rev-parse", "HEAD")


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write files, and the folders that they lie in."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
