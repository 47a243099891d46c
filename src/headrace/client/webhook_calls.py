"""The methods of `MlflowClient` for webhooks, and for the log of what was sent to them."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.api import webhooks as api
from headrace.client.registered_model_calls import only_of_headrace
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request
from headrace.entities import (
    PagedList,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
    WebhookStatus,
    WebhookTestResult,
)
from headrace.entities.webhook import EventName


class WebhookCalls(StoreClient):
    """Webhooks: whom the server of the registry tells what happens."""

    def create_webhook(
        self,
        name: str,
        url: str,
        events: list[str | WebhookEvent],
        description: str | None = None,
        secret: str | None = None,
        status: str | WebhookStatus | None = None,
        *,
        model_names: Sequence[str] | None = None,
        experiment_ids: Sequence[str] | None = None,
    ) -> Webhook:
        """Create a webhook.

        Args:
            name: What people call it: letters, digits, dots, underscores and hyphens.
            url: Where its events are sent, by ``https`` to a public address.
            events: What it waits for, such as ``model_version.created`` or ``run.finished``.
            description: Words about it.
            secret: What signs its requests; it is never shown again.
            status: ``ACTIVE``, or ``DISABLED`` to be told nothing yet.
            model_names: Only events of these registered models; of all if not given.
            experiment_ids: Only events of runs of these experiments; of all if not given.

        Raises:
            InvalidParameterValue: If an argument is malformed, or the address must not be sent to.

        """
        request = make_request(
            api.CreateWebhook,
            name=name,
            url=url,
            events=[EventName.of(event) for event in events],
            description=description,
            secret=secret,
            status=status,
            model_names=model_names,
            experiment_ids=experiment_ids,
        )
        return self._change(self._registry.create_webhook, request).webhook

    def get_webhook(self, webhook_id: str) -> Webhook:
        """Return a webhook.

        Raises:
            ResourceDoesNotExist: If there is none of this id.

        """
        request = make_request(api.GetWebhook, webhook_id=webhook_id)
        return self._registry.get_webhook(request).webhook

    def list_webhooks(
        self, max_results: int | None = None, page_token: str | None = None
    ) -> PagedList[Webhook]:
        """Return a page of webhooks, newest first.

        Args:
            max_results: Length of the page, 1 to 1000; 100 if not given.
            page_token: The `token` of the page before.

        """
        request = make_request(
            api.ListWebhooks, max_results=max_results, page_token=page_token, headrace_events=True
        )
        page = self._registry.list_webhooks(request)
        return PagedList(page.webhooks, page.next_page_token)

    def update_webhook(
        self,
        webhook_id: str,
        name: str | None = None,
        description: str | None = None,
        url: str | None = None,
        events: list[str | WebhookEvent] | None = None,
        secret: str | None = None,
        status: str | WebhookStatus | None = None,
        *,
        model_names: Sequence[str] | None = None,
        experiment_ids: Sequence[str] | None = None,
    ) -> Webhook:
        """Change what is given of a webhook; arguments are those of its creation.

        An empty `secret` leaves its requests unsigned from now on, an empty `model_names` or
        `experiment_ids` lets it wait for all.

        Raises:
            ResourceDoesNotExist: If there is none of this id.
            InvalidParameterValue: If an argument is malformed, or the address must not be sent to.

        """
        request = make_request(
            api.UpdateWebhook,
            webhook_id=webhook_id,
            name=name,
            description=description,
            url=url,
            events=None if events is None else [EventName.of(event) for event in events],
            secret=secret,
            status=status,
            model_names=model_names,
            experiment_ids=experiment_ids,
        )
        return self._change(self._registry.update_webhook, request).webhook

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook with its deliveries, also those that are not sent yet.

        Raises:
            ResourceDoesNotExist: If there is none of this id.

        """
        request = make_request(api.DeleteWebhook, webhook_id=webhook_id)
        self._change(self._registry.delete_webhook, request)

    def test_webhook(
        self, webhook_id: str, event: str | WebhookEvent | None = None
    ) -> WebhookTestResult:
        """Send an example to a webhook now, once, and return what came of it.

        Args:
            webhook_id: The webhook.
            event: Of which event; of its first one if not given.

        Raises:
            ResourceDoesNotExist: If there is none of this id.

        """
        name = None if event is None else EventName.of(event)
        request = make_request(api.TestWebhook, webhook_id=webhook_id, event=name)
        return self._change(self._registry.test_webhook, request).result

    # --- deliveries ------------------------------------------------------------------------------

    def list_webhook_deliveries(
        self,
        webhook_id: str | None = None,
        state: str | None = None,
        event: str | WebhookEvent | None = None,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList[WebhookDelivery]:
        """Return a page of what was sent and what is to be, newest first.

        Args:
            webhook_id: Only to this webhook.
            state: Only what is ``pending``, ``delivered`` or ``failed``.
            event: Only of this event.
            max_results: Length of the page, 1 to 1000; 100 if not given.
            page_token: The `token` of the page before.

        Raises:
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(
            api.ListWebhookDeliveries,
            webhook_id=webhook_id,
            state=state,
            event=None if event is None else str(event),
            max_results=max_results,
            page_token=page_token,
        )
        with only_of_headrace("log of deliveries"):
            page = self._registry.list_webhook_deliveries(request)
        return PagedList(page.deliveries, page.next_page_token)

    def get_webhook_delivery(self, delivery_id: str) -> WebhookDelivery:
        """Return a delivery with the body that is sent.

        Raises:
            ResourceDoesNotExist: If there is none of this id, or it is kept no more.
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(api.GetWebhookDelivery, delivery_id=delivery_id)
        with only_of_headrace("log of deliveries"):
            return self._registry.get_webhook_delivery(request).delivery

    def redeliver_webhook(self, delivery_id: str) -> WebhookDelivery:
        """Send a delivery that has ended once more; try one that is pending at once.

        Raises:
            ResourceDoesNotExist: If there is none of this id, or it is kept no more.
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(api.RedeliverWebhook, delivery_id=delivery_id)
        with only_of_headrace("log of deliveries"):
            return self._change(self._registry.redeliver_webhook, request).delivery
