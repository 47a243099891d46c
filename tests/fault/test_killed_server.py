"""A server that is killed at any moment keeps every write that it has answered."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from headrace.api import tracking as api
from headrace.client.http import HttpTransport
from headrace.connection import Server as Address
from headrace.entities import Param
from headrace.errors import HeadraceError
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.sql import open_sql_store
from headrace.testing.stores.make import get_run, make_run
from tests.servers import headrace_server

CLIENTS = 3


class Client(threading.Thread):
    """Logs to a run of its own until the server is gone.

    Attributes:
        steps: Steps of the points that were answered.
        params: Params that were answered, key to value.
        tried: The step whose answer did not come; None before that.
    """

    def __init__(self, url: str, store: RemoteTrackingStore, first: int) -> None:
        super().__init__()
        self.run_id = make_run(store)
        self.steps: list[int] = []
        self.params: dict[str, str] = {}
        self.tried: int | None = None
        self._store = RemoteTrackingStore(HttpTransport(Address(url)))
        self._next = first

    def run(self) -> None:
        try:
            while True:
                self.tried = self._next
                self._log(self.tried)
                self._next += 1
        except HeadraceError:
            self._store.close()

    def _log(self, step: int) -> None:
        point = api.MetricPoint(key="m", value=step / 7, timestamp=step, step=step)
        if step % 3:
            fields = {name: getattr(point, name) for name in ("key", "value", "timestamp", "step")}
            self._store.log_metric(api.LogMetric(run_id=self.run_id, **fields))
        else:
            param = Param(f"p{step}", str(step))
            batch = api.LogBatch(run_id=self.run_id, metrics=[point], params=[param])
            self._store.log_batch(batch)
            self.params[param.key] = param.value
        self.steps.append(step)


@pytest.mark.parametrize("kills", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost(
    kills: int, sql_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    chance = random.Random()
    clients: list[Client] = []
    for _ in range(kills):
        with headrace_server(tmp_path / "server", backend_store_uri=sql_uri) as server:
            store = RemoteTrackingStore(HttpTransport(Address(server.url)))
            crowd = [Client(server.url, store, first=1) for _ in range(CLIENTS)]
            for client in crowd:
                client.start()
            time.sleep(chance.uniform(0.05, 0.6))
            server.process.kill()
            for client in crowd:
                client.join(30)
                assert not client.is_alive()
            store.close()
            clients += crowd

    assert sum(len(client.steps) for client in clients) > kills
    kept = open_sql_store(sql_uri, str(tmp_path / "artifacts"))
    for client in clients:
        history = kept.get_metric_history(
            api.GetMetricHistory(run_id=client.run_id, metric_key="m")
        ).metrics
        stored = [(point.step, point.value) for point in history]
        assert [step for step, _ in stored] in (client.steps, [*client.steps, client.tried])
        assert all(value == step / 7 for step, value in stored)
        params = get_run(kept, client.run_id).data.params
        assert client.params.items() <= params.items()
        assert set(params) == {f"p{step}" for step, _ in stored if step % 3 == 0}
    kept.close()
