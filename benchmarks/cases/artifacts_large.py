"""One large file through the server's artifact proxy, up until it is stored, and down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import transfers
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round

_LOOPBACK = "loopback copy to a file"

UP = Quantity("up, until it is stored", "B/s", (Bar(_LOOPBACK, at_least=0.85),))
DOWN = Quantity("down", "B/s", (Bar("mlflow", at_least=1),))


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Send another file each round: one that is there already need not be sent."""
    size = bench.choose(200, 50) * 10**6

    def measure_loopback() -> Figures:
        folder = bench.folder()
        source, target = folder / "source", folder / "target"
        with source.open("wb") as file:
            for _ in range(size // 10**6):
                file.write(os.urandom(10**6))
        os.sync()
        transfers.warm_memory(folder, size)
        seconds = transfers.copy_over_loopback(source, target)
        os.sync()
        if target.stat().st_size != size:
            raise RuntimeError("the copy is not whole")
        source.unlink()
        target.unlink()
        return {UP.name: size / seconds, DOWN.name: size / seconds}

    if contender == _LOOPBACK:
        yield measure_loopback
        return
    server = bench.server(transfers.server_name(contender))

    def measure() -> Figures:
        ways = transfers.transfer(bench, contender, server, files=1, size=size)
        return {UP.name: size / ways.up, DOWN.name: size / ways.down}

    yield measure


CASE = Case(
    name="artifacts-large",
    title="a file of 200 MB through the server, one client",
    contenders=(*transfers.CONTENDERS, _LOOPBACK),
    quantities=(UP, DOWN),
    open=contend,
)
