"""A folder of many small files through the server's artifact proxy, up and down."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import transfers
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round

_SIZE = 10_000
_CREATING = "creating files"

UP = Quantity("files/s up, until all are stored", "/s", (Bar("mlflow", at_least=3),))
DOWN = Quantity("files/s down", "/s", (Bar("mlflow", at_least=30),))


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Log one folder and download it; the yardstick only writes the files."""
    files = bench.choose(1000, 200)

    def measure_creating() -> Figures:
        folder = bench.folder()
        contents = [os.urandom(_SIZE) for _ in range(files)]
        os.sync()
        started = time.perf_counter()
        for number, content in enumerate(contents):
            (folder / f"file_{number:04d}.bin").write_bytes(content)
        rate = files / (time.perf_counter() - started)
        return {UP.name: rate, DOWN.name: rate}

    if contender == _CREATING:
        yield measure_creating
        return
    server = bench.server(transfers.server_name(contender))

    def measure() -> Figures:
        ways = transfers.transfer(bench, contender, server, files=files, size=_SIZE)
        return {UP.name: files / ways.up, DOWN.name: files / ways.down}

    yield measure


CASE = Case(
    name="artifacts-many",
    title="a folder of 1000 files of 10 kB through the server, one client",
    contenders=(*transfers.CONTENDERS, _CREATING),
    quantities=(UP, DOWN),
    open=contend,
    rounds=3,
)
