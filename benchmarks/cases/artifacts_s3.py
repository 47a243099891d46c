"""Many small files and a large one to a real S3 and back, against Amazon's library."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from benchmarks import environments
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.environments import Unavailable
from tests.object_servers import BUCKET, ObjectServer, seaweedfs

_PEER = "boto3"
_PROGRAM = Path(__file__).parent.parent / "programs" / "s3_transfers.py"
_SMALL = 4096
_MEGABYTE = 1 << 20

SMALL_UP = Quantity("files of 4 KB/s up", "/s", (Bar(_PEER, at_least=2),))
SMALL_DOWN = Quantity("files of 4 KB/s down", "/s", (Bar(_PEER, at_least=2),))
LARGE_UP = Quantity("the large file up", "s", (Bar(_PEER, at_most=1),))
LARGE_DOWN = Quantity("the large file down", "s", (Bar(_PEER, at_most=1),))
CPU = Quantity("CPU of the client for all of it", "s")
MEMORY = Quantity("peak resident set of the client", "B")


class _Files:
    """What is sent, and where to.

    Attributes:
        server: A SeaweedFS that is running.
        small: A folder of small files.
        large: A large file.

    """

    def __init__(self, bench: Bench, server: ObjectServer) -> None:
        self.server = server
        folder = bench.folder()
        self.small = folder / "small"
        self.small.mkdir()
        self.large = folder / "large.bin"
        for number in range(bench.choose(1000, 200)):
            (self.small / f"file_{number:04d}.bin").write_bytes(os.urandom(_SMALL))
        with self.large.open("wb") as file:
            for _ in range(bench.choose(512, 64)):
                file.write(os.urandom(_MEGABYTE))


@cache
def _files(bench: Bench) -> _Files:
    """Return what both contenders share in a run; its end stops the server."""
    try:
        server = bench.keep(seaweedfs(bench.folder()))
    except (OSError, RuntimeError) as error:
        raise Unavailable(str(error).splitlines()[0]) from error
    server.make_bucket(BUCKET)
    return _Files(bench, server)


def _python(contender: str) -> Path:
    home = environments.environment(_PEER) if contender == _PEER else environments.own()
    return home / "bin" / "python"


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Send everything and fetch it, in a fresh process; its imports are not counted."""
    python, files = _python(contender), _files(bench)
    variables = {**environments.variables(), **files.server.environment}
    count = len(os.listdir(files.small))

    def measure() -> Figures:
        target = bench.folder()
        places = [BUCKET, f"{contender}/{target.name}", files.small, files.large, target]
        done = subprocess.run(
            [python, _PROGRAM, contender, *places],
            env=variables,
            cwd=target,
            capture_output=True,
            check=True,
        )
        took = json.loads(done.stdout)
        assert filecmp.cmp(target / "large.bin", files.large, shallow=False)
        names = os.listdir(files.small)
        assert filecmp.cmpfiles(target / "small", files.small, names, shallow=False)[0] == names
        shutil.rmtree(target)
        steps = [took[step] for step in ("small up", "small down", "large up", "large down")]
        return {
            SMALL_UP.name: count / steps[0]["wall_s"],
            SMALL_DOWN.name: count / steps[1]["wall_s"],
            LARGE_UP.name: steps[2]["wall_s"],
            LARGE_DOWN.name: steps[3]["wall_s"],
            CPU.name: sum(step["cpu_s"] for step in steps),
            MEMORY.name: took["peak_bytes"],
        }

    yield measure


CASE = Case(
    name="artifacts-s3",
    title="1000 files of 4 KB and one of 512 MB to S3 (SeaweedFS on this machine) and back",
    contenders=(_PEER, "headrace"),
    quantities=(SMALL_UP, SMALL_DOWN, LARGE_UP, LARGE_DOWN, CPU, MEMORY),
    open=contend,
    rounds=5,
    quick_rounds=3,
)
