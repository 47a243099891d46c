"""Webhooks behind a server: who may, what travels, and that it sends by itself."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import headrace
from headrace.entities import WebhookEvent
from headrace.errors import PermissionDenied
from headrace.server.auth import Authenticator
from headrace.server.users import Role, changing_users
from tests.servers import headrace_server
from tests.unit.server_client import MLFLOW, Client
from tests.webhook_receiver import Receiver

URL = "https://93.184.216.34/hook"
RUN_CREATED = [{"entity": "RUN", "action": "CREATED"}]
MODEL_CREATED = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.close()


def test_the_calls_travel_as_those_of_mlflow(client: Client) -> None:
    made = client.post(
        "/webhooks",
        {"name": "a", "url": URL, "events": MODEL_CREATED + RUN_CREATED, "secret": "s3cret"},
    ).json["webhook"]
    path = f"/webhooks/{made['webhook_id']}"

    times = {"creation_timestamp", "last_updated_timestamp"}
    assert {name: value for name, value in made.items() if name not in times} == {
        "webhook_id": made["webhook_id"],
        "name": "a",
        "url": URL,
        "events": MODEL_CREATED,
        "headrace_events": RUN_CREATED,
        "status": "ACTIVE",
        "has_secret": True,
    }
    assert client.get(path).json == {"webhook": made}
    assert client.get("/webhooks?max_results=5").json == {"webhooks": [made]}
    changed = client.call("PATCH", MLFLOW + path, {"status": "DISABLED"}).json["webhook"]
    assert changed["status"] == "DISABLED"
    result = client.post(f"{path}/test", {"event": {"entity": "RUN", "action": "SET"}})
    assert (result.status, result.error_code) == (400, "INVALID_PARAMETER_VALUE")
    deliveries = "/api/1.0/headrace/webhooks/deliveries"
    assert client.call("GET", f"{deliveries}?state=failed").json == {}
    assert client.call("DELETE", MLFLOW + path).json == {}
    assert client.get(path).error_code == "RESOURCE_DOES_NOT_EXIST"


def test_what_is_missing_is_named(client: Client) -> None:
    for field in ("name", "url", "events"):
        body = {"name": "a", "url": URL, "events": RUN_CREATED}
        del body[field]
        answer = client.post("/webhooks", body)
        assert (answer.status, answer.error_code) == (400, "INVALID_PARAMETER_VALUE")
        assert f"'{field}'" in answer.message


def test_only_administrators_may(tmp_path: Path) -> None:
    users = tmp_path / "users.json"
    with changing_users(users) as known:
        for role in Role:
            known.add(role.value, role, "a good password")
    client = Client(tmp_path, authenticator=Authenticator(users))
    body = {"name": "a", "url": URL, "events": RUN_CREATED}
    calls = [
        ("POST", f"{MLFLOW}/webhooks", body),
        ("GET", f"{MLFLOW}/webhooks", None),
        ("GET", f"{MLFLOW}/webhooks/x", None),
        ("PATCH", f"{MLFLOW}/webhooks/x", {"name": "b"}),
        ("DELETE", f"{MLFLOW}/webhooks/x", None),
        ("POST", f"{MLFLOW}/webhooks/x/test", {}),
        ("GET", "/api/1.0/headrace/webhooks/deliveries", None),
        ("GET", "/api/1.0/headrace/webhooks/deliveries/x", None),
        ("POST", "/api/1.0/headrace/webhooks/deliveries/x/redeliver", {}),
    ]
    for role, expected in (("read", {403}), ("write", {403}), ("admin", {200, 404})):
        token = base64.b64encode(f"{role}:a good password".encode()).decode()
        headers = {"Authorization": f"Basic {token}"}
        statuses = {client.call(*call, headers=headers).status for call in calls}
        assert statuses <= expected, role
    client.close()


def test_a_server_sends_by_itself(fresh_client: Path) -> None:
    receiver = Receiver()
    variables = {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
        "HEADRACE_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    try:
        with headrace_server(fresh_client / "server", environment=variables) as server:
            headrace.set_tracking_uri(server.url)
            client = headrace.MlflowClient()
            event = WebhookEvent.from_str("model_version_alias.created")
            hook = client.create_webhook("a", receiver.url, ["run.created", "run.failed", event])
            with pytest.raises(ValueError, match="broken"), headrace.start_run():
                raise ValueError("broken")
            client.create_registered_model("m")
            client.create_model_version("m", "s3://bucket/model")
            client.set_registered_model_alias("m", "champion", "1", reason="the best")
            told = {one.event: one.json for one in receiver.wait(3)}
            until = time.monotonic() + 20
            while len(client.list_webhook_deliveries(hook.webhook_id, "delivered")) < 3:
                assert time.monotonic() < until
            assert client.list_webhooks() == [hook]
            assert client.test_webhook(hook.webhook_id, event).success
            assert client.update_webhook(hook.webhook_id, status="DISABLED").status == "DISABLED"
            [first, *_] = client.list_webhook_deliveries(event="run.created")
            client.redeliver_webhook(first.delivery_id)
            client.delete_webhook(hook.webhook_id)
            assert client.list_webhooks() == []
    finally:
        receiver.close()

    assert set(told) == {"run.created", "run.failed", "model_version_alias.created"}
    assert told["run.failed"]["data"]["status"] == "FAILED"
    assert told["model_version_alias.created"]["reason"] == "the best"


def test_a_server_for_everybody_lets_nobody_choose_where_it_sends(tmp_path: Path) -> None:
    client = Client(tmp_path, authenticator=Authenticator(anonymous=Role.WRITE))
    answer = client.post("/webhooks", {"name": "a", "url": URL, "events": RUN_CREATED})
    client.close()

    assert answer.status == 403
    assert answer.error_code == PermissionDenied.error_code
