"""What server and client hold while a file that is larger than any buffer goes up and down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import transfers
from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.environments import Unavailable
from benchmarks.processes import Peaks

_ALLOWED = (Bar(None, at_most=64e6), Bar(None, at_most=64e6, of=transfers.MLFLOW_CLIENT))

SERVER_UP = Quantity("server above idle, up", "B", _ALLOWED)
CLIENT_UP = Quantity("client above idle, up", "B", _ALLOWED[:1])
SERVER_DOWN = Quantity("server above idle, down", "B", _ALLOWED)
CLIENT_DOWN = Quantity("client above idle, down", "B", _ALLOWED[:1])

_QUANTITIES = {"up": (CLIENT_UP, SERVER_UP), "down": (CLIENT_DOWN, SERVER_DOWN)}


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Reset the high water marks of all processes before each way, and read them after it."""
    server = bench.server(transfers.server_name(contender))
    size = bench.choose(2000, 300) * 10**6

    def measure() -> Figures:
        figures: dict[str, float] = {}
        running: list[tuple[Quantity, Peaks]] = []

        def watch(way: str, client_pid: int, server_pid: int) -> None:
            for quantity, peaks in running:
                figures[quantity.name] = peaks.growth()
            running.clear()
            if way in _QUANTITIES:
                try:
                    marks = Peaks(client_pid), Peaks(server_pid)
                except LookupError as error:
                    raise Unavailable(str(error)) from None
                running.extend(zip(_QUANTITIES[way], marks, strict=True))

        transfers.transfer(bench, contender, server, files=1, size=size, watch=watch)
        return figures

    yield measure


CASE = Case(
    name="artifacts-memory",
    title="peak of resident memory above idle, a file of 2 GB through the server",
    contenders=transfers.CONTENDERS,
    quantities=(SERVER_UP, CLIENT_UP, SERVER_DOWN, CLIENT_DOWN),
    open=contend,
    rounds=1,
)
