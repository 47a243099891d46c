"""Files that go up to a server and come down again; prints how long each way took, all stored.

It stops before each way and waits for a line, so that somebody else can look at the memory.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import sys
import time
from pathlib import Path

import tracker

_PIECE = 1 << 20

# What libraries print shall not get between what is told here.
_told = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def _fill(folder: Path, files: int, size: int) -> None:
    """Write files of random bytes: the same content is stored once by some."""
    for number in range(files):
        with (folder / f"file_{number:04d}.bin").open("wb") as file:
            left = size
            while left:
                left -= file.write(os.urandom(min(_PIECE, left)))


def _differing(source: Path, target: Path) -> list[str]:
    names = sorted(os.listdir(source))
    _, different, missing = filecmp.cmpfiles(source, target, names, shallow=False)
    return different + missing


def _pause(told: object) -> None:
    _told.write(json.dumps(told) + "\n")
    _told.flush()
    sys.stdin.readline()


def main(library: str, files: int, size: int) -> None:
    tracking = tracker.load_transfers(library)
    source, target, warm = Path("source"), Path("target"), Path("warm")
    for folder in (source, target, warm):
        folder.mkdir()
    _fill(source, files, size)
    _fill(warm, 1, 1)
    tracking.begin()
    tracking.put(warm, "warm")
    tracking.get("warm", warm)
    os.sync()  # what was written here must not reach the disk while a way is measured
    _pause("up")
    started = time.perf_counter()
    tracking.put(source, "files")
    up = time.perf_counter() - started
    os.sync()
    _pause("down")
    started = time.perf_counter()
    tracking.get("files", target)
    down = time.perf_counter() - started
    wrong = _differing(source, target / "files")
    _pause({"up_s": up, "down_s": down, "wrong": wrong})
    tracking.end()
    for folder in (source, target, warm):
        shutil.rmtree(folder)


main(**json.loads(sys.argv[1]))
