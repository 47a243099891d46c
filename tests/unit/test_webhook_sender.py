"""A server sends what happened: once where it can, again where it must, and keeps a log of it."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.api import registry, tracking
from headrace.api import webhooks as hooks
from headrace.entities import (
    ContentFile,
    FileCheck,
    ModelVersionTag,
    RegisteredModelTag,
    WebhookDelivery,
    WebhookEvent,
    WebhookTestResult,
)
from headrace.entities.webhook import ALL_EVENTS, EventName
from headrace.server.webhook_sender import WebhookSender
from headrace.stores.base import Actor, acting_as
from headrace.stores.sql.calls import now
from headrace.stores.sql.deliveries import MOST_PER_WEBHOOK, ClaimedDelivery
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.testing.stores.make import (
    make_registered_model,
    make_run,
    make_version,
    move,
    pass_millisecond,
    set_alias,
)
from headrace.testing.stores.webhooks import deliveries, make_webhook
from headrace.webhooks import verify_signature
from headrace.webhooks.sending import Outcome
from tests.webhook_receiver import Received, Receiver, Reply, eventually


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "https,http")
    monkeypatch.setenv("HEADRACE_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("HEADRACE_WEBHOOK_BACKOFF_FACTOR", "0.01")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def sender(sql_store: SqlTrackingStore) -> Iterator[WebhookSender]:
    """What a server sends with; it runs."""
    sender = WebhookSender(sql_store)
    sender.start()
    yield sender
    sender.stop()


def settled(store: SqlTrackingStore, state: str, count: int = 1) -> list[WebhookDelivery]:
    """Return the deliveries in a state when there are so many."""
    eventually(lambda: len(deliveries(store, state=state)) >= count)
    return deliveries(store, state=state)


@pytest.mark.usefixtures("sender")
def test_what_happens_is_sent(sql_store: SqlTrackingStore, receiver: Receiver) -> None:
    hook = make_webhook(sql_store, "run.created", url=receiver.url, secret="s3cret")
    with acting_as(Actor("ann", verified=True)):
        run = make_run(sql_store, run_name="first", user_id="bob")
    [request] = receiver.wait(1)
    [sent] = settled(sql_store, "delivered")

    assert verify_signature("s3cret", request.headers, request.body)
    assert request.delivery_id == sent.delivery_id
    told = request.json
    assert told.pop("timestamp").endswith("+00:00")
    assert told == {
        "entity": "run",
        "action": "created",
        "data": {
            "run_id": run,
            "run_name": "first",
            "experiment_id": "0",
            "experiment_name": "Default",
            "status": "RUNNING",
            "start_time": 1000,
            "end_time": None,
            "user_id": "bob",
        },
        "actor": {"name": "ann", "is_verified": True},
        "reason": None,
        "before": None,
    }
    assert (sent.webhook_id, sent.event) == (hook.webhook_id, "run.created")
    assert sent.next_attempt is None
    [attempt] = sent.attempts
    assert (attempt.attempt, attempt.status_code, attempt.error) == (1, 200, None)
    assert attempt.timestamp >= sent.timestamp
    assert attempt.duration_ms >= 0


@pytest.mark.usefixtures("sender")
def test_the_data_of_mlflows_events_is_that_of_mlflow(
    sql_store: SqlTrackingStore, receiver: Receiver
) -> None:
    events = [one for one in ALL_EVENTS if one.startswith(("registered", "model", "prompt"))]
    make_webhook(sql_store, *events, url=receiver.url)
    run = make_run(sql_store)
    make_registered_model(sql_store, tags=[RegisteredModelTag("a", "1")])
    make_version(sql_store, run_id=run, tags=[ModelVersionTag("b", "2")], description="words")
    make_version(sql_store)
    sql_store.set_model_version_tag(
        registry.SetModelVersionTag(name="m", version="1", key="k", value="v")
    )
    set_alias(sql_store, "champion", "1", reason="best")
    set_alias(sql_store, "champion", "2")
    move(sql_store, "2", "Staging")
    sql_store.delete_registered_model_alias(
        registry.DeleteRegisteredModelAlias(name="m", alias="champion")
    )
    make_registered_model(
        sql_store, "p", tags=[RegisteredModelTag("mlflow.prompt.is_prompt", "true")]
    )
    prompt = [ModelVersionTag("mlflow.prompt.text", "Hi {{x}}"), ModelVersionTag("t", "u")]
    make_version(sql_store, "p", tags=prompt)
    requests = {one.delivery_id: one.json for one in receiver.wait(10)}
    told = [requests[one.delivery_id] for one in settled(sql_store, "delivered", 10)]

    assert [(f"{one['entity']}.{one['action']}", one["data"]) for one in told] == [
        ("registered_model.created", {"name": "m", "tags": {"a": "1"}, "description": ""}),
        (
            "model_version.created",
            {
                "name": "m",
                "version": "1",
                "source": "s3://bucket/model",
                "run_id": run,
                "tags": {"b": "2"},
                "description": "words",
            },
        ),
        (
            "model_version.created",
            {
                "name": "m",
                "version": "2",
                "source": "s3://bucket/model",
                "run_id": None,
                "tags": {},
                "description": None,
            },
        ),
        ("model_version_tag.set", {"name": "m", "version": "1", "key": "k", "value": "v"}),
        ("model_version_alias.created", {"name": "m", "alias": "champion", "version": "1"}),
        ("model_version_alias.created", {"name": "m", "alias": "champion", "version": "2"}),
        (
            "model_version_stage.set",
            {"name": "m", "version": "2", "stage": "Staging", "previous_stage": "None"},
        ),
        ("model_version_alias.deleted", {"name": "m", "alias": "champion"}),
        ("prompt.created", {"name": "p", "tags": {}, "description": ""}),
        (
            "prompt_version.created",
            {
                "name": "p",
                "version": "1",
                "template": "Hi {{x}}",
                "tags": {"t": "u"},
                "description": None,
            },
        ),
    ]
    assert [(one["reason"], one["before"]) for one in told[4:6]] == [("best", None), (None, "1")]


@pytest.mark.usefixtures("sender")
def test_a_failure_that_passes_is_tried_again_under_the_same_id(
    sql_store: SqlTrackingStore, receiver: Receiver
) -> None:
    replies = iter([Reply(503), Reply(429, headers=(("Retry-After", "0"),)), Reply(200)])
    receiver.answer = lambda request: next(replies)
    make_webhook(sql_store, "run.created", url=receiver.url, secret="s")
    make_run(sql_store)
    [sent] = settled(sql_store, "delivered")

    assert [one.status_code for one in sent.attempts] == [503, 429, 200]
    assert [one.attempt for one in sent.attempts] == [1, 2, 3]
    assert {(one.delivery_id, one.body) for one in receiver.requests} == {
        (sent.delivery_id, receiver.requests[0].body)
    }
    assert all(verify_signature("s", one.headers, one.body) for one in receiver.requests)


def test_the_log_keeps_the_last_answers(sql_store: SqlTrackingStore) -> None:
    long = "4" * 4096
    make_webhook(sql_store, "run.created")
    make_run(sql_store)
    for words in ("one", None, "two", "three", long, None):
        [due] = sql_store.claim_deliveries(10, Counter())
        sql_store.settle_delivery(due, Outcome(status=503, answer=words), now())
        sql_store.redeliver_webhook(hooks.RedeliverWebhook(delivery_id=due.delivery_id))
    [listed] = deliveries(sql_store)
    request = hooks.GetWebhookDelivery(delivery_id=listed.delivery_id)
    whole = sql_store.get_webhook_delivery(request).delivery

    assert [one.response_body for one in whole.attempts] == [None, None, "two", "three", long, None]
    assert listed.attempts[4].response_body == long[:199] + "…"
    assert listed.attempts[3].response_body == "three"


@pytest.mark.usefixtures("sender")
def test_a_receiver_that_is_away_gets_it_when_it_is_back(
    sql_store: SqlTrackingStore, receiver: Receiver
) -> None:
    receiver.close()
    make_webhook(sql_store, "run.created", url=receiver.url)
    make_run(sql_store)
    eventually(lambda: len(deliveries(sql_store)[0].attempts) > 1)
    [waiting] = deliveries(sql_store, state="pending")
    back = Receiver(port=receiver.port)
    try:
        [request] = back.wait(1)
    finally:
        back.close()

    assert "Connection refused" in (waiting.attempts[0].error or "")
    assert request.delivery_id == waiting.delivery_id
    settled(sql_store, "delivered")


def test_what_fails_for_good_is_given_up(
    sql_store: SqlTrackingStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", "2")
    statuses = {"/gone": 410, "/busy": 503}
    receiver.answer = lambda request: Reply(statuses[request.path])
    base = receiver.url.removesuffix("/hook")
    gone = make_webhook(sql_store, "run.created", url=f"{base}/gone")
    busy = make_webhook(sql_store, "run.created", url=f"{base}/busy")
    sender = WebhookSender(sql_store)
    sender.start()
    make_run(sql_store)
    found = {one.webhook_id: one for one in settled(sql_store, "failed", 2)}
    receiver.answer = lambda request: Reply(200)
    request = hooks.RedeliverWebhook(delivery_id=found[busy.webhook_id].delivery_id)
    sql_store.redeliver_webhook(request)
    [again] = settled(sql_store, "delivered")
    sender.stop()

    assert [one.status_code for one in found[gone.webhook_id].attempts] == [410]
    assert [one.status_code for one in found[busy.webhook_id].attempts] == [503, 503, 503]
    assert [one.attempt for one in again.attempts] == [1, 2, 3, 4]
    assert again.delivery_id == found[busy.webhook_id].delivery_id


@pytest.mark.usefixtures("sender")
def test_one_that_hangs_does_not_hold_up_the_others(
    sql_store: SqlTrackingStore, receiver: Receiver
) -> None:
    release = threading.Event()

    def hang(request: Received) -> Reply:
        release.wait(30)
        return Reply()

    slow = Receiver()
    slow.answer = hang
    try:
        make_webhook(sql_store, "run.created", url=slow.url)
        for _ in range(20):
            make_run(sql_store)
        slow.wait(MOST_PER_WEBHOOK)
        make_webhook(sql_store, "run.created", url=receiver.url)
        make_run(sql_store)
        receiver.wait(1)
        assert len(slow.requests) == MOST_PER_WEBHOOK
        release.set()
        settled(sql_store, "delivered", 22)
    finally:
        release.set()
        slow.close()

    assert len({one.delivery_id for one in slow.requests}) == len(slow.requests) == 21


def test_a_webhook_that_is_disabled_keeps_what_it_has_not_got(
    sql_store: SqlTrackingStore, receiver: Receiver
) -> None:
    hook = make_webhook(sql_store, "run.created", url=receiver.url)
    make_run(sql_store)

    def switch(status: str) -> None:
        request = hooks.UpdateWebhook(webhook_id=hook.webhook_id, status=status)
        sql_store.update_webhook(request)

    switch("DISABLED")
    make_run(sql_store)  # which it never learns
    assert sql_store.claim_deliveries(10, Counter()) == []
    switch("ACTIVE")
    assert len(sql_store.claim_deliveries(10, Counter())) == 1


def test_of_two_processes_one_sends(sql_store: SqlTrackingStore, receiver: Receiver) -> None:
    make_webhook(sql_store, "run.created", url=receiver.url)
    senders = [WebhookSender(sql_store) for _ in range(3)]
    for sender in senders:
        sender.start()
    for _ in range(20):
        make_run(sql_store)
    settled(sql_store, "delivered", 20)
    for sender in senders:
        sender.stop()

    assert len(receiver.requests) == 20


def test_the_claim_of_a_dead_process_runs_out(
    sql_store: SqlTrackingStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_webhook(sql_store, "run.created", url=receiver.url)
    make_run(sql_store)
    with monkeypatch.context() as patch:
        patch.setattr("headrace.stores.sql.deliveries.LEASE_MARGIN_SECONDS", -60.0)
        [dead] = sql_store.claim_deliveries(10, Counter())  # which is over at once
    make_run(sql_store)
    claimed = sql_store.claim_deliveries(10, Counter())
    assert len(claimed) == 2
    assert sql_store.claim_deliveries(10, Counter()) == []  # these go on

    [again] = [one for one in claimed if one.delivery_id == dead.delivery_id]
    sql_store.settle_delivery(again, Outcome(status=200), now())
    sql_store.settle_delivery(dead, Outcome(error="late"), now())  # it was not dead, only slow
    [first, _] = deliveries(sql_store)

    assert (first.delivery_id, first.state) == (dead.delivery_id, "delivered")
    assert [one.status_code for one in first.attempts] == [200]


def test_an_address_that_is_no_longer_allowed_is_not_sent_to(
    sql_store: SqlTrackingStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = make_webhook(sql_store, "run.created", url=receiver.url)
    monkeypatch.delenv("HEADRACE_WEBHOOK_ALLOWED_NETWORKS")
    make_run(sql_store)
    sender = WebhookSender(sql_store)
    sender.start()
    eventually(lambda: bool(deliveries(sql_store)[0].attempts))
    sender.stop()
    tested = sql_store.test_webhook(hooks.TestWebhook(webhook_id=hook.webhook_id)).result

    for error in (deliveries(sql_store)[0].attempts[0].error, tested.error_message):
        assert "127.0.0.1, which is loopback" in (error or "")
    assert receiver.requests == []


def test_content_that_changes_is_told(sql_store: SqlTrackingStore) -> None:
    make_webhook(sql_store, "model_version_content.updated")
    make_registered_model(sql_store)
    make_version(sql_store)
    (due,) = sql_store.find_due_contents(1)
    sql_store.seal_content(due, [ContentFile("w.txt", 1, "1" * 64)])
    due = sql_store.find_content("m", 1)
    changed = [FileCheck("w.txt", "changed", 2, "2" * 64, "1" * 64)]
    for checks in ([], changed, changed, []):
        sql_store.note_content(due, checks)

    bodies = [json.loads(one.body) for _ in range(2) for one in claimed(sql_store)]
    assert [one["data"] for one in bodies] == [
        {"name": "m", "version": "1", "state": state, "previous_state": before}
        for before, state in [
            ("unverified", "verified"),
            ("verified", "changed"),
            ("changed", "verified"),
        ]
    ]


def claimed(store: SqlTrackingStore) -> list[ClaimedDelivery]:
    return store.claim_deliveries(10, Counter())


def test_a_store_without_webhooks_looks_nothing_up(
    sql_store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one statement is paid: whether there is a webhook is asked by one that runs anyway."""

    def fail(*_: object) -> None:
        raise AssertionError("webhooks were looked up")

    monkeypatch.setattr("headrace.stores.sql.run_events.find_waiting", fail)
    monkeypatch.setattr("headrace.stores.sql.registry_events.find_waiting", fail)
    run = make_run(sql_store)
    sql_store.update_run(tracking.UpdateRun(run_id=run, status="FINISHED"))
    sql_store.delete_run(tracking.DeleteRun(run_id=run))
    make_registered_model(sql_store, tags=[RegisteredModelTag("a", "1")])
    make_version(sql_store, description="words")
    set_alias(sql_store, "champion", "1")

    make_webhook(sql_store, "model_version.created")
    with pytest.raises(AssertionError, match="looked up"):
        make_version(sql_store)


# --- the log -------------------------------------------------------------------------------------


def test_the_log_keeps_what_is_new_and_what_waits(
    sql_store: SqlTrackingStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_webhook(sql_store, "run.created", url=receiver.url)
    sender = WebhookSender(sql_store)
    sender.start()
    for _ in range(5):
        make_run(sql_store)
    settled(sql_store, "delivered", 5)
    sender.stop()
    make_run(sql_store)
    before = deliveries(sql_store)

    assert sql_store.prune_deliveries() == 0
    monkeypatch.setenv("HEADRACE_WEBHOOK_LOG_SIZE", "2")
    assert sql_store.prune_deliveries() == 3
    assert deliveries(sql_store) == before[3:]
    pass_millisecond()
    monkeypatch.setattr("headrace.stores.sql.deliveries._DAY", 0)
    assert sql_store.prune_deliveries() == 3
    assert deliveries(sql_store) == []


# --- the test call -------------------------------------------------------------------------------


def test_a_test_sends_an_example_of_each_event(
    sql_store: SqlTrackingStore, receiver: Receiver
) -> None:
    hook = make_webhook(sql_store, "run.failed", url=receiver.url, secret="s")

    def test(event: str | None) -> WebhookTestResult:
        name = None if event is None else EventName.of(event)
        request = hooks.TestWebhook(webhook_id=hook.webhook_id, event=name)
        return sql_store.test_webhook(request).result

    known = [one for one in ALL_EVENTS if one != "budget_policy.exceeded"]
    for event in (None, *known):
        assert test(event) == WebhookTestResult(success=True, response_status=200)
    assert [one.event for one in receiver.requests] == ["run.failed", *known]
    assert all(verify_signature("s", one.headers, one.body) for one in receiver.requests)
    by_event = {one.event: one.json["data"] for one in receiver.requests}
    assert by_event["model_version.created"] == {
        "name": "example_model",
        "version": "1",
        "source": "models:/123",
        "run_id": "abcd1234abcd5678",
        "tags": {"example_key": "example_value"},
        "description": "An example model version",
    }
    assert by_event["prompt_version.created"]["template"] == "Hello {{name}}!"
    assert by_event["model_version_alias.created"] == {
        "name": "example_model",
        "alias": "example_alias",
        "version": "1",
    }
    assert by_event["model_version_alias.deleted"] == {
        "name": "example_model",
        "alias": "example_alias",
    }
    assert by_event["run.failed"]["status"] == "FAILED"
    assert deliveries(sql_store) == []


def test_a_test_that_fails(sql_store: SqlTrackingStore, receiver: Receiver) -> None:
    hook = make_webhook(sql_store, url=receiver.url)
    receiver.answer = lambda request: Reply(500, b"inner secrets")
    request = hooks.TestWebhook(webhook_id=hook.webhook_id)
    result = sql_store.test_webhook(request).result

    assert result == WebhookTestResult(
        success=False,
        response_status=500,
        error_message="The receiver answered with HTTP status 500.",
    )
    assert WebhookEvent.from_str("model_version.created") in hook.events


def test_no_secret_is_kept_in_the_open_where_there_is_a_key(
    sql_store: SqlTrackingStore,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from cryptography.fernet import Fernet

    key = Fernet.generate_key().decode()
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", key)
    hook = make_webhook(sql_store, url=receiver.url, secret="very-secret")
    request = hooks.TestWebhook(webhook_id=hook.webhook_id)
    assert sql_store.test_webhook(request).result.success
    sql_store.close()

    assert verify_signature("very-secret", receiver.requests[0].headers, receiver.requests[0].body)
    for file in tmp_path.glob("*.db*"):
        assert b"very-secret" not in file.read_bytes()
