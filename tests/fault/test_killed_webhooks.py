"""A server that dies after a change and before it has told of it tells of it after its start."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from headrace.api import webhooks as hooks
from headrace.client.http import HttpTransport
from headrace.connection import Server as Address
from headrace.entities import WebhookDelivery
from headrace.errors import HeadraceError
from headrace.stores.remote import RemoteTrackingStore
from headrace.stores.sql import open_sql_store
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import make_run
from headrace.testing.stores.webhooks import deliveries, make_webhook
from tests.servers import headrace_server
from tests.webhook_receiver import Receiver, Reply, eventually

VARIABLES = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
    "HEADRACE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "HEADRACE_WEBHOOK_BACKOFF_FACTOR": "0.05",
    "MLFLOW_WEBHOOK_REQUEST_TIMEOUT": "1",
}


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_every_answered_change_is_told(
    kills: int, sql_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    receiver = Receiver()
    chance = random.Random()
    receiver.answer = lambda request: Reply(chance.choice([200, 200, 503]))
    store = open_sql_store(sql_uri, str(tmp_path / "artifacts"))
    make_webhook(store, "run.created", url=receiver.url)
    answered: list[str] = []

    def create_runs(url: str) -> None:
        remote = RemoteTrackingStore(HttpTransport(Address(url)))
        try:
            while True:
                answered.append(make_run(remote))
        except HeadraceError:
            remote.close()

    for _ in range(kills):
        with headrace_server(
            tmp_path / "server", backend_store_uri=sql_uri, environment=VARIABLES
        ) as server:
            thread = threading.Thread(target=create_runs, args=(server.url,))
            thread.start()
            time.sleep(chance.uniform(0.1, 0.6))
            server.process.kill()
            thread.join(30)
    receiver.answer = lambda request: Reply(200)
    with headrace_server(tmp_path / "server", backend_store_uri=sql_uri, environment=VARIABLES):
        eventually(lambda: not deliveries(store, state="pending"), 120)
    ids = {one.delivery_id for one in all_deliveries(store, "delivered")}
    store.close()
    receiver.close()

    assert len(answered) > kills
    told = {one.json["data"]["run_id"] for one in receiver.requests}
    assert set(answered) <= told
    assert ids == {one.delivery_id for one in receiver.requests}
    assert len(ids) == len(told)  # what came twice came under one id


def all_deliveries(store: SqlTrackingStore, state: str) -> list[WebhookDelivery]:
    """Return the deliveries in a state, on however many pages."""
    found: list[WebhookDelivery] = []
    token = None
    while True:
        page = store.list_webhook_deliveries(
            hooks.ListWebhookDeliveries(state=state, page_token=token)
        )
        found += page.deliveries
        token = page.next_page_token
        if not token:
            return found
