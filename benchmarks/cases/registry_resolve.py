"""From an alias to its version, beside the cheapest calls of the same server.

The cheapest of all reads nothing; the cheapest one of tracking that reads the store tells how much
of the answer's time a read must take.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from statistics import median

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.http1 import drive_one, request_bytes
from benchmarks.tracking import Tracking, WrongAnswer, warm_up

_CHEAPEST = "/health"
_READING = "/api/2.0/mlflow/experiments/get?experiment_id=0"
_ALIAS = "/api/2.0/mlflow/registered-models/alias?name=resolved&alias=champion"

SECONDS = Quantity("p50 of an answer", "s")
RATIO = Quantity("p50, of the cheapest GET", "count", (Bar(None, at_most=1.5),))

OF_READING = Quantity("p50, of experiments/get", "count")


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Ask for both in turn over one connection each."""
    server = bench.server(contender)
    warm_up(server)
    with closing(Tracking(server.port)) as tracking:
        tracking.post("registered-models/create", {"name": "resolved"})
        for _ in range(3):
            body = {"name": "resolved", "source": "s3://bucket/model"}
            tracking.post("model-versions/create", body)
        alias = {"name": "resolved", "alias": "champion", "version": "2"}
        tracking.post("registered-models/alias", alias)
        answer = tracking.get("registered-models/alias", name="resolved", alias="champion")
        if json.loads(answer)["model_version"]["version"] != "2":
            raise WrongAnswer("the alias names another version")

    def seconds(path: str) -> float:
        request = request_bytes(server.port, "GET", path)
        return median(drive_one(server.port, lambda _: request, bench.choose(1.0, 0.5)))

    def measure() -> Figures:
        cheapest, resolved, reading = seconds(_CHEAPEST), seconds(_ALIAS), seconds(_READING)
        return {
            SECONDS.name: resolved,
            RATIO.name: resolved / cheapest,
            OF_READING.name: resolved / reading,
        }

    yield measure


CASE = Case(
    name="registry-resolve",
    title="models:/NAME@ALIAS through the server, one client",
    contenders=("mlflow", "headrace"),
    quantities=(SECONDS, RATIO, OF_READING),
    open=contend,
)
