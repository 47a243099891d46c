"""The protocol's calls that the cases make, and the check that what was logged can be read."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.http1 import Connection, body_of, request_bytes
from benchmarks.peers import Server
from benchmarks.points import Point, batch_body, curves, keys

_API = "/api/2.0/mlflow/"


class WrongAnswer(Exception):
    """A server answered 200 with something other than what was logged."""


class Tracking:
    """One client of a tracking server, over one connection.

    Attributes:
        port: The server's port.
        experiment: Id of the client's own experiment, made for its first run.

    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = Connection(port)
        self.experiment: str | None = None

    def post(self, call: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Make one POST call, such as ``runs/create``, and return its answer."""
        return self._connection.call("POST", _API + call, body)

    def send(self, call: str, body: Mapping[str, object]) -> bytes:
        """Make one POST call and return the body of its answer."""
        return self.send_bytes(call, json.dumps(body).encode())

    def send_bytes(self, call: str, body: bytes) -> bytes:
        """Make one POST call whose body is JSON already, and return the body of its answer."""
        request = request_bytes(self.port, "POST", _API + call, body)
        return body_of(self._connection.exchange(request))

    def get(self, call: str, **query: object) -> bytes:
        """Make one GET call and return the body of its answer."""
        pairs = urllib.parse.urlencode(query, doseq=True)
        path = f"{_API}{call}?{pairs}"
        return body_of(self._connection.exchange(request_bytes(self.port, "GET", path)))

    def create_run(self) -> str:
        """Create a run in this client's own experiment and return its id."""
        if self.experiment is None:
            answer = self.post("experiments/create", {"name": f"bench-{time.time_ns()}"})
            self.experiment = str(answer["experiment_id"])
        body = {"experiment_id": self.experiment, "start_time": int(time.time() * 1000)}
        return str(self.post("runs/create", body)["run"]["info"]["run_id"])

    def log_points(self, run_id: str, points: list[Point]) -> None:
        """Log up to 1000 points in one request."""
        path = _API + "runs/log-batch"
        body = batch_body(run_id, points)
        self._connection.exchange(request_bytes(self.port, "POST", path, body))

    def fill(self, run_id: str, metrics: Sequence[str], length: int, seed: int = 0) -> None:
        """Log a series of `length` points for each metric, in full batches, and end the run."""
        steps = max(1000 // len(metrics), 1)
        for first in range(0, length, steps):
            upto = min(first + steps, length)
            self.log_points(run_id, curves(list(metrics), range(first, upto), seed))
        self.finish(run_id)

    def finish(self, run_id: str) -> None:
        """End a run."""
        body = {"run_id": run_id, "status": "FINISHED", "end_time": int(time.time() * 1000)}
        self.post("runs/update", body)

    def history(self, run_id: str, key: str) -> list[dict[str, Any]]:
        """Return all points of a metric, as one answer."""
        answer = json.loads(self.get("metrics/get-history", run_id=run_id, metric_key=key))
        return list(answer.get("metrics", []))

    def expect_points(self, run_id: str, key: str, count: int) -> None:
        """Check that a metric has `count` points with steps 0, 1, 2 and so on.

        Raises:
            WrongAnswer: If it has others.

        """
        steps = sorted(int(point["step"]) for point in self.history(run_id, key))
        if steps != list(range(count)):
            raise WrongAnswer(f"{len(steps)} points of {key} are stored, {count} were logged")

    def close(self) -> None:
        self._connection.close()


def warm_up(server: Server) -> None:
    """Make a few calls of the write path over many connections, to reach every worker; once."""
    if server.is_warm:
        return
    server.is_warm = True
    for _ in range(16):
        tracking = Tracking(server.port)
        run_id = tracking.create_run()
        tracking.fill(run_id, keys(1), 2)
        tracking.expect_points(run_id, keys(1)[0], 2)
        tracking.close()
