"""Webhooks and their deliveries, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from headrace.cli.output import moment, print_pairs, print_table, shorten
from headrace.entities import Webhook, WebhookDelivery

_MAX_CELL = 60


def print_webhooks(webhooks: Sequence[Webhook]) -> None:
    """Print webhooks, one each line."""
    rows = [
        (
            one.webhook_id,
            one.name,
            one.status,
            shorten(one.url, _MAX_CELL),
            shorten(", ".join(map(str, one.events)), _MAX_CELL),
        )
        for one in webhooks
    ]
    print_table(("Id", "Name", "Status", "Address", "Events"), rows)


def print_webhook(webhook: Webhook) -> None:
    """Print one webhook."""
    who = webhook.user_id
    if who and not webhook.user_verified:
        who += " (unverified)"
    pairs = [
        ("Id", webhook.webhook_id),
        ("Name", webhook.name),
        ("Description", webhook.description or ""),
        ("Address", webhook.url),
        ("Status", webhook.status),
        ("Events", ", ".join(map(str, webhook.events))),
        ("Models", ", ".join(webhook.model_names)),
        ("Experiments", ", ".join(webhook.experiment_ids)),
        ("Signed", "yes" if webhook.has_secret else "no"),
        ("Created", moment(webhook.creation_timestamp)),
        ("Updated", moment(webhook.last_updated_timestamp)),
        ("By", who),
    ]
    print_pairs([(name, value) for name, value in pairs if value])


def print_deliveries(deliveries: Sequence[WebhookDelivery]) -> None:
    """Print deliveries, one each line, with what came of the last try."""
    rows = []
    for one in deliveries:
        last = one.attempts[-1] if one.attempts else None
        rows.append(
            (
                one.delivery_id,
                one.event,
                moment(one.timestamp),
                one.state,
                str(last.attempt) if last else "",
                str(last.status_code or "") if last else "",
                f"{last.duration_ms} ms" if last else "",
                shorten((last and last.error) or "", _MAX_CELL),
                shorten((last and last.response_body) or "", _MAX_CELL),
                moment(one.next_attempt) if one.next_attempt else "",
            )
        )
    columns = ("Id", "Event", "When", "State", "Tries", "Status", "Took", "Error", "Answer")
    print_table((*columns, "Next try"), rows, numbers=("Tries", "Status", "Took"))


def print_delivery(delivery: WebhookDelivery) -> None:
    """Print one delivery: what is sent, and each try with what the receiver said."""
    pairs = [
        ("Id", delivery.delivery_id),
        ("Webhook", delivery.webhook_id),
        ("Event", delivery.event),
        ("When", moment(delivery.timestamp)),
        ("State", delivery.state),
        ("Next try", moment(delivery.next_attempt) if delivery.next_attempt else ""),
        ("Request", delivery.body or ""),
    ]
    print_pairs([(name, value) for name, value in pairs if value])
    for one in delivery.attempts:
        came = one.error or f"HTTP status {one.status_code}"
        click.echo(f"\nTry {one.attempt}, {moment(one.timestamp)}, {one.duration_ms} ms: {came}")
        if one.response_body:
            click.echo(one.response_body)


def webhook_as_dict(webhook: Webhook) -> dict[str, Any]:
    """Return what ``--json`` shows of a webhook."""
    shown = msgspec.structs.asdict(webhook)
    del shown["mlflow_events"], shown["own_events"]
    return shown | {"events": [str(event) for event in webhook.events]}


def delivery_as_dict(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return what ``--json`` shows of a delivery."""
    attempts = [msgspec.structs.asdict(one) for one in delivery.attempts]
    shown = msgspec.structs.asdict(delivery) | {"attempts": attempts}
    del shown["body"]  # lists have none
    return shown
