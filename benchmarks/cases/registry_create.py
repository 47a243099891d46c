"""New versions of one registered model, by one client and by eight at once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.http1 import drive_many, request_bytes
from benchmarks.tracking import Tracking, WrongAnswer, warm_up

_PATH = "/api/2.0/mlflow/model-versions/create"
_CLIENTS = 8

ONE = Quantity("versions/s, 1 client", "/s", (Bar("mlflow", at_least=30),))
MANY = Quantity("versions/s, 8 clients", "/s", (Bar("mlflow", at_least=50),))


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Give each measurement a new model; afterwards its versions are counted."""
    server = bench.server(contender)
    seconds = bench.choose(4.0, 2.0)
    warm_up(server)
    with closing(Tracking(server.port)) as tracking:

        def rate(clients: int) -> float:
            name = f"bench-{time.time_ns()}"
            tracking.post("registered-models/create", {"name": name})
            body = json.dumps({"name": name, "source": "s3://bucket/model"}).encode()
            request = request_bytes(server.port, "POST", _PATH, body)
            done, elapsed = drive_many(server.port, [lambda _: request] * clients, seconds)
            answer = json.loads(tracking.get("registered-models/get", name=name))
            [newest] = answer["registered_model"]["latest_versions"]
            # What was under way when the time was up may have been made, or not.
            if not sum(done) <= int(newest["version"]) <= sum(done) + clients:
                raise WrongAnswer(f"the newest version is {newest['version']} of {sum(done)}")
            return sum(done) / elapsed

        def measure() -> Figures:
            return {ONE.name: rate(1), MANY.name: rate(_CLIENTS)}

        yield measure


CASE = Case(
    name="registry-create",
    title="create versions of a registered model, one request under way per client",
    contenders=("mlflow", "headrace"),
    quantities=(ONE, MANY),
    open=contend,
    rounds=3,
)
