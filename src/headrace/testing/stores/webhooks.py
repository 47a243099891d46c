"""Webhooks: their life, what is noted for them, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from headrace.api import bulk, registry
from headrace.api import tracking as api
from headrace.api import webhooks as hooks
from headrace.entities import RegisteredModelTag, Webhook, WebhookDelivery, WebhookEvent
from headrace.entities.webhook import EventName
from headrace.stores.base import TrackingStore
from headrace.testing.stores.make import (
    make_experiment,
    make_registered_model,
    make_run,
    make_version,
    move,
    refused,
    set_alias,
)

# An address: the suite needs no name service. Nothing is sent there, for no server runs.
URL = "https://93.184.216.34/hook"


# What no webhook may be, and what the refusal says.
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": ""}, ["name"]),
    ({"name": "a b"}, ["'a b'", "letters, digits"]),
    ({"name": "-a"}, ["'-a'"]),
    ({"name": "a" * 64}, ["63"]),
    ({"url": ""}, ["url"]),
    ({"url": "  "}, ["empty"]),
    ({"url": "http://93.184.216.34"}, ["scheme: 'http'", "https"]),
    ({"url": "ftp://93.184.216.34"}, ["scheme: 'ftp'"]),
    ({"url": "93.184.216.34"}, ["scheme: ''"]),
    ({"url": "https:///path"}, ["hostname"]),
    ({"url": "https://u:p@93.184.216.34"}, ["user name"]),
    ({"url": "https://93.184.216.34:25"}, ["port", "25"]),
    ({"url": "https://93.184.216.34:x"}, ["'https://93.184.216.34:x'"]),
    ({"url": "https://93.184.216.34/" + "a" * 2048}, ["2048"]),
    ({"url": "https://93.184.216.34/a\r\nX: y"}, ["control"]),
    ({"url": "https://127.0.0.1/"}, ["127.0.0.1", "loopback"]),
    ({"url": "https://[::1]/"}, ["::1", "loopback"]),
    ({"url": "https://169.254.169.254/latest/meta-data"}, ["link-local"]),
    ({"url": "https://0x7f.1/"}, ["0x7f.1", "canonical"]),
    ({"events": []}, ["events"]),
    ({"events": [EventName("MODEL", "CREATED")]}, ["model.created", "run.finished"]),
    ({"events": [EventName("RUN", "SET")]}, ["'set'", "'run'", "finished"]),
    ({"events": [EventName("BUDGET_POLICY", "EXCEEDED")]}, ["budget_policy.exceeded"]),
    ({"status": "ASLEEP"}, ["'ASLEEP'", "DISABLED"]),
    ({"description": "d" * 1001}, ["description", "1000"]),
    ({"secret": "s" * 1001}, ["secret", "1000"]),
    ({"secret": "a\nb"}, ["secret", "printable"]),
    ({"model_names": ["a/b"]}, ["a/b"]),
    ({"model_names": [str(n) for n in range(101)]}, ["model_names", "100"]),
    ({"experiment_ids": ["x"]}, ["x"]),
]


def make_webhook(store: TrackingStore, *events: str, **fields: Any) -> Webhook:
    """Create a webhook, for the creation of versions unless told otherwise."""
    fields.setdefault("name", "hook")
    fields.setdefault("url", URL)
    names = [EventName.of(event) for event in events or ("model_version.created",)]
    return store.create_webhook(hooks.CreateWebhook(events=names, **fields)).webhook


def list_webhooks(store: TrackingStore, **fields: Any) -> list[Webhook]:
    """Return a page of webhooks."""
    return store.list_webhooks(hooks.ListWebhooks(**fields)).webhooks


def deliveries(store: TrackingStore, **fields: Any) -> list[WebhookDelivery]:
    """Return the newest deliveries, the oldest of them first."""
    request = hooks.ListWebhookDeliveries(**fields)
    return store.list_webhook_deliveries(request).deliveries[::-1]


def noted(store: TrackingStore) -> list[str]:
    """Return the events that were noted, in their order."""
    return [one.event for one in deliveries(store)]


class WebhookSuite:
    """The life of webhooks."""

    def test_webhook_comes_back_as_it_was_made(self, store: TrackingStore) -> None:
        made = make_webhook(
            store,
            "model_version.created",
            "run.finished",
            "model_version_alias.created",
            description="words",
            secret="s3cret",
            model_names=["m", "n", "m"],
            experiment_ids=["7"],
        )
        found = store.get_webhook(hooks.GetWebhook(webhook_id=made.webhook_id)).webhook

        assert found == made
        assert (found.name, found.url, found.description) == ("hook", URL, "words")
        assert (found.status, found.has_secret, found.secret) == ("ACTIVE", True, None)
        assert (found.model_names, found.experiment_ids) == (["m", "n"], ["7"])
        assert [str(event) for event in found.events] == [
            "model_version.created",
            "model_version_alias.created",
            "run.finished",
        ]
        assert found.mlflow_events == [
            EventName("MODEL_VERSION", "CREATED"),
            EventName("MODEL_VERSION_ALIAS", "CREATED"),
        ]
        assert found.creation_timestamp == found.last_updated_timestamp > 0
        assert "s3cret" not in repr(found)

    def test_webhooks_are_listed_newest_first(self, store: TrackingStore) -> None:
        ids = [make_webhook(store, name=f"hook-{n}").webhook_id for n in range(5)][::-1]
        page = store.list_webhooks(hooks.ListWebhooks(max_results=3))
        rest = store.list_webhooks(
            hooks.ListWebhooks(max_results=3, page_token=page.next_page_token)
        )

        assert [one.webhook_id for one in (*page.webhooks, *rest.webhooks)] == ids
        assert len(page.webhooks) == 3
        assert rest.next_page_token is None
        assert [one.webhook_id for one in list_webhooks(store, max_results=0)] == ids

    def test_webhooks_of_own_events_alone_are_listed_where_asked(
        self, store: TrackingStore
    ) -> None:
        make_webhook(store, "run.failed", name="own")
        make_webhook(store, "run.failed", "registered_model.created", name="both")

        assert [one.name for one in list_webhooks(store)] == ["both"]
        found = list_webhooks(store, headrace_events=True)
        assert [one.name for one in found] == ["both", "own"]
        assert found[1].events == [WebhookEvent.from_str("run.failed")]

    def test_webhook_is_updated_in_parts(self, store: TrackingStore) -> None:
        made = make_webhook(store, "run.created", secret="s", description="d", model_names=["m"])

        def update(**fields: Any) -> Webhook:
            request = hooks.UpdateWebhook(webhook_id=made.webhook_id, **fields)
            return store.update_webhook(request).webhook

        other = "https://93.184.216.34:8443/other"
        assert update(name="other", url=other).url == other
        assert update(status="DISABLED").status == "DISABLED"
        assert update(events=[EventName("RUN", "KILLED")]).events == [
            WebhookEvent.from_str("run.killed")
        ]
        found = update()
        assert (found.name, found.description, found.has_secret) == ("other", "d", True)
        assert update(description="").description is None
        assert update(secret="").has_secret is False
        assert update(secret="new").has_secret is True
        assert update(model_names=[], experiment_ids=["1"]).model_names == []
        [kept] = list_webhooks(store, headrace_events=True)
        assert (kept.name, kept.status, kept.experiment_ids) == ("other", "DISABLED", ["1"])

    def test_deleted_webhook_is_gone_with_its_deliveries(self, store: TrackingStore) -> None:
        made = make_webhook(store, "run.created")
        make_run(store)
        assert noted(store) == ["run.created"]

        store.delete_webhook(hooks.DeleteWebhook(webhook_id=made.webhook_id))

        assert list_webhooks(store, headrace_events=True) == []
        assert noted(store) == []
        make_run(store)
        assert noted(store) == []
        for call in (
            lambda: store.get_webhook(hooks.GetWebhook(webhook_id=made.webhook_id)),
            lambda: store.delete_webhook(hooks.DeleteWebhook(webhook_id=made.webhook_id)),
            lambda: store.test_webhook(hooks.TestWebhook(webhook_id=made.webhook_id)),
            lambda: store.update_webhook(hooks.UpdateWebhook(webhook_id=made.webhook_id, name="x")),
            lambda: deliveries(store, webhook_id=made.webhook_id),
        ):
            with refused("RESOURCE_DOES_NOT_EXIST", f"Webhook with ID {made.webhook_id} not found"):
                call()

    def test_what_no_webhook_may_be_is_refused(self, store: TrackingStore) -> None:
        made = make_webhook(store)
        for fields, parts in REFUSED:
            given = {"name": "hook", "url": URL, "events": [EventName("RUN", "CREATED")], **fields}
            with refused("INVALID_PARAMETER_VALUE", *parts):
                store.create_webhook(hooks.CreateWebhook(**given))
            if all(fields.values()):  # what is empty is not given
                with refused("INVALID_PARAMETER_VALUE", *parts):
                    store.update_webhook(hooks.UpdateWebhook(webhook_id=made.webhook_id, **fields))

        assert list_webhooks(store, headrace_events=True) == [made]

    def test_pages_and_choices_that_are_none(self, store: TrackingStore) -> None:
        for limit in (-1, 1001):
            with refused("INVALID_PARAMETER_VALUE", "between 1 and 1000"):
                list_webhooks(store, max_results=limit)
            with refused("INVALID_PARAMETER_VALUE", "between 1 and 1000"):
                deliveries(store, max_results=limit)
        with refused("INVALID_PARAMETER_VALUE", "page token"):
            list_webhooks(store, page_token="x")
        with refused("INVALID_PARAMETER_VALUE", "'asleep'", "pending"):
            deliveries(store, state="asleep")
        with refused("INVALID_PARAMETER_VALUE", "run.logged"):
            deliveries(store, event="run.logged")
        with refused("RESOURCE_DOES_NOT_EXIST", "d-1"):
            store.redeliver_webhook(hooks.RedeliverWebhook(delivery_id="d-1"))
        with refused("RESOURCE_DOES_NOT_EXIST", "d-1"):
            store.get_webhook_delivery(hooks.GetWebhookDelivery(delivery_id="d-1"))


class WebhookEventSuite:
    """What is noted for webhooks."""

    def test_events_of_runs(self, store: TrackingStore) -> None:
        events = ("created", "finished", "failed", "killed", "deleted", "restored")
        make_webhook(store, *(f"run.{one}" for one in events))
        run = make_run(store)

        def update(**fields: Any) -> None:
            store.update_run(api.UpdateRun(run_id=run, **fields))

        update(run_name="other")
        update(status="FINISHED", end_time=2000)
        update(status="FINISHED")
        update(status="RUNNING")
        update(status="FAILED")
        update(status="KILLED")
        for _ in range(2):
            store.delete_run(api.DeleteRun(run_id=run))
        for _ in range(2):
            store.restore_run(api.RestoreRun(run_id=run))

        assert noted(store) == [f"run.{one}" for one in events]

    def test_events_of_many_runs(self, store: TrackingStore) -> None:
        make_webhook(store, "run.deleted", "run.restored")
        runs = [make_run(store) for _ in range(3)]
        store.delete_run(api.DeleteRun(run_id=runs[0]))
        changed = store.delete_runs(bulk.DeleteRuns(run_ids=runs))
        store.undo_operation(bulk.UndoOperation(operation_id=changed.operation_id or ""))
        store.restore_runs(bulk.RestoreRuns(run_ids=runs))

        assert noted(store) == [*["run.deleted"] * 3, *["run.restored"] * 3]

    def test_events_of_the_registry(self, store: TrackingStore) -> None:
        make_webhook(
            store,
            *("registered_model.created", "registered_model.updated", "registered_model.renamed"),
            *(
                "registered_model.deleted",
                "registered_model_tag.set",
                "registered_model_tag.deleted",
            ),
            *("model_version.created", "model_version.updated", "model_version.deleted"),
            *("model_version_tag.set", "model_version_tag.deleted", "model_version_stage.set"),
            *("model_version_alias.created", "model_version_alias.deleted"),
        )
        make_registered_model(store, tags=[RegisteredModelTag("a", "1")], description="d")
        make_version(store, description="d")
        model_tag = registry.SetRegisteredModelTag(name="m", key="k", value="v")
        version_tag = registry.SetModelVersionTag(name="m", version="1", key="k", value="v")
        for _ in range(2):
            store.set_registered_model_tag(model_tag)
            store.set_model_version_tag(version_tag)
            set_alias(store, "a", "1")
            move(store, "1", "Production")
            store.update_model_version(
                registry.UpdateModelVersion(name="m", version="1", description="e")
            )
            store.update_registered_model(registry.UpdateRegisteredModel(name="m", description="e"))
        for _ in range(2):
            store.delete_registered_model_tag(registry.DeleteRegisteredModelTag(name="m", key="k"))
            store.delete_model_version_tag(
                registry.DeleteModelVersionTag(name="m", version="1", key="k")
            )
            store.delete_registered_model_alias(
                registry.DeleteRegisteredModelAlias(name="m", alias="a")
            )
        set_alias(store, "b", "1")
        store.rename_registered_model(registry.RenameRegisteredModel(name="m", new_name="n"))
        store.delete_model_version(registry.DeleteModelVersion(name="n", version="1"))
        store.delete_registered_model(registry.DeleteRegisteredModel(name="n"))

        assert noted(store) == [
            "registered_model.created",
            "model_version.created",
            *("registered_model_tag.set", "model_version_tag.set", "model_version_alias.created"),
            *("model_version_stage.set", "model_version.updated", "registered_model.updated"),
            *("registered_model_tag.set", "model_version_tag.set", "model_version_alias.created"),
            *("registered_model_tag.deleted", "model_version_tag.deleted"),
            *("model_version_alias.deleted", "model_version_alias.created"),
            "registered_model.renamed",
            *("model_version_alias.deleted", "model_version.deleted"),
            "registered_model.deleted",
        ]

    def test_events_of_prompts_are_those_of_mlflow(self, store: TrackingStore) -> None:
        make_webhook(
            store,
            *("prompt.created", "prompt_version.created", "prompt_tag.set", "prompt_tag.deleted"),
            *("prompt_version_tag.set", "prompt_version_tag.deleted"),
            *("prompt_alias.created", "prompt_alias.deleted"),
            *("registered_model.created", "model_version.created", "model_version_tag.set"),
        )
        make_registered_model(store, tags=[RegisteredModelTag("mlflow.prompt.is_prompt", "true")])
        make_version(store)
        store.set_model_version_tag(
            registry.SetModelVersionTag(name="m", version="1", key="k", value="v")
        )
        set_alias(store, "a", "1")
        make_registered_model(store, "n")

        assert noted(store) == [
            *("prompt.created", "prompt_version.created", "prompt_version_tag.set"),
            *("prompt_alias.created", "registered_model.created"),
        ]

    def test_filters_choose_models_and_experiments(self, store: TrackingStore) -> None:
        other = make_experiment(store)
        both = ("run.created", "model_version.created")
        hook = make_webhook(store, *both, model_names=["n"], experiment_ids=[other])
        for name in ("m", "n"):
            make_registered_model(store, name)
            make_version(store, name)
        make_run(store)
        make_run(store, other)

        assert noted(store) == ["model_version.created", "run.created"]
        store.update_webhook(
            hooks.UpdateWebhook(webhook_id=hook.webhook_id, model_names=[], experiment_ids=[])
        )
        make_version(store, "m")
        make_run(store)
        assert noted(store) == [*both[::-1], *both[::-1]]

    def test_each_webhook_learns_of_what_it_waits_for(self, store: TrackingStore) -> None:
        first = make_webhook(store, "run.created", "run.deleted")
        second = make_webhook(store, "run.created")
        make_webhook(store, "run.created", status="DISABLED")
        run = make_run(store)
        store.delete_run(api.DeleteRun(run_id=run))

        assert [one.event for one in deliveries(store, webhook_id=first.webhook_id)] == [
            "run.created",
            "run.deleted",
        ]
        [only] = deliveries(store, webhook_id=second.webhook_id)
        assert (only.event, only.state, only.attempts) == ("run.created", "pending", [])
        assert only.next_attempt == only.timestamp
        assert len({one.delivery_id for one in deliveries(store)}) == 3
        assert deliveries(store, event="run.deleted", state="pending") == [deliveries(store)[-1]]
        assert deliveries(store, state="failed") == []

    def test_what_is_refused_is_no_event(self, store: TrackingStore) -> None:
        make_webhook(store, "registered_model.created", "model_version_alias.created")
        make_registered_model(store)
        with refused("RESOURCE_ALREADY_EXISTS"):
            make_registered_model(store)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            set_alias(store, "a", "1")

        assert noted(store) == ["registered_model.created"]

    def test_deliveries_come_in_pages(self, store: TrackingStore) -> None:
        make_webhook(store, "run.created")
        for _ in range(5):
            make_run(store)

        def pages() -> Iterator[WebhookDelivery]:
            token = None
            while True:
                page = store.list_webhook_deliveries(
                    hooks.ListWebhookDeliveries(max_results=2, page_token=token)
                )
                yield from page.deliveries
                if not (token := page.next_page_token):
                    return

        assert list(pages()) == deliveries(store)[::-1]

    def test_a_pending_delivery_is_tried_at_once(self, store: TrackingStore) -> None:
        make_webhook(store, "run.created")
        make_run(store)
        [one] = deliveries(store)
        request = hooks.RedeliverWebhook(delivery_id=one.delivery_id)
        again = store.redeliver_webhook(request).delivery

        assert (again.delivery_id, again.state) == (one.delivery_id, "pending")
        assert (again.next_attempt or 0) >= one.timestamp

    def test_a_delivery_shows_what_is_sent(self, store: TrackingStore) -> None:
        make_webhook(store, "run.created")
        run = make_run(store)
        [one] = deliveries(store)
        assert one.body is None
        request = hooks.GetWebhookDelivery(delivery_id=one.delivery_id)
        whole = store.get_webhook_delivery(request).delivery

        assert json.loads(whole.body or "")["data"]["run_id"] == run
        whole.body = None
        assert whole == one
