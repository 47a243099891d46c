"""What the tests of uploads send, and what they look at: files here, on the way and there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import headrace
from headrace.artifacts.paths import STAGING_PREFIX
from headrace.client.journal.places import journals_folder
from tests.servers import REPOSITORY, Server, clean_environment

MEGABYTE = 1 << 20


def pending(uri: str) -> list[Path]:
    """The files that wait on this machine for a server."""
    return sorted((journals_folder(uri) / "files").rglob("*.data"))


def arrived(server: Server, run_id: str) -> dict[str, bytes]:
    """What the server's disk has of a run, by artifact path."""
    (root,) = server.artifact_root.glob(f"*/{run_id}/artifacts")
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.startswith(STAGING_PREFIX)
    }


def staged(server: Server) -> list[str]:
    return [path.name for path in server.artifact_root.glob(f"{STAGING_PREFIX}files/*")]


def content_of(size: int) -> bytes:
    """Bytes of which no two stretches are alike."""
    return np.arange(size // 8 + 1, dtype=">u8").tobytes()[:size]


def folder_of(place: Path, files: dict[str, bytes]) -> Path:
    """A local folder with these files."""
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


def arrived_if_any(server: Server, run_id: str) -> dict[str, bytes]:
    """As `arrived`, also of a run that has no folder."""
    there = list(server.artifact_root.glob(f"*/{run_id}/artifacts"))
    return arrived(server, run_id) if there else {}


def new_run(server: Server) -> str:
    return headrace.MlflowClient(server.url).create_run("0").info.run_id


def run_python(*arguments: str, **settings: str) -> str:
    """Return what a Python process of its own prints."""
    environment = clean_environment(
        {
            "PYTHONPATH": str(REPOSITORY / "src"),
            "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"],
            **settings,
        }
    )
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
