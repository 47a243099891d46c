"""Headrace's own client makes webhooks at a real MLflow server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import headrace
from headrace.errors import HeadraceError, NotSupported, ResourceDoesNotExist
from headrace.webhooks import verify_signature
from tests.servers import Server
from tests.webhook_receiver import Receiver

pytestmark = [pytest.mark.slow, pytest.mark.live_mlflow, pytest.mark.xdist_group("mlflow")]


@pytest.fixture
def client(mlflow: Server, fresh_client: Path) -> headrace.MlflowClient:
    headrace.set_tracking_uri(mlflow.url)
    return headrace.MlflowClient()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_the_life_of_a_webhook(client: headrace.MlflowClient, receiver: Receiver) -> None:
    made = client.create_webhook(
        "hook", receiver.url, ["registered_model.created"], "words", secret="s3cret"
    )
    assert client.get_webhook(made.webhook_id) == made
    assert made in client.list_webhooks()
    changed = client.update_webhook(made.webhook_id, name="other", events=["model_version.created"])
    assert (changed.name, changed.description) == ("other", "words")
    assert [str(event) for event in changed.events] == ["model_version.created"]
    assert client.test_webhook(made.webhook_id, "registered_model.created").success
    [request] = receiver.requests
    assert request.event == "registered_model.created"
    assert verify_signature("s3cret", request.headers, request.body)

    client.delete_webhook(made.webhook_id)
    with pytest.raises(ResourceDoesNotExist):
        client.get_webhook(made.webhook_id)


def test_what_mlflow_has_not(
    client: headrace.MlflowClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")  # its answer has the status 500
    with pytest.raises(HeadraceError):
        client.create_webhook("hook", receiver.url, ["run.finished"])
    with pytest.raises(NotSupported):
        client.list_webhook_deliveries()
