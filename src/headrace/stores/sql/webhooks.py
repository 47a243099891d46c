"""Webhooks on a SQL database: their life, their test, and the log of their deliveries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from headrace.api import limits
from headrace.api import webhooks as api
from headrace.api.endpoint import Empty
from headrace.entities.webhook import (
    ALL_EVENTS,
    DeliveryAttempt,
    DeliveryState,
    EventName,
    Webhook,
    WebhookDelivery,
    WebhookEntity,
    WebhookEvent,
    WebhookStatus,
    WebhookTestResult,
)
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist
from headrace.search.ordering import OrderItem
from headrace.search.paging import decode_token, encode_token, take_fingerprint
from headrace.search.tree import Entity, Field, Kind
from headrace.stores.base import current_actor
from headrace.stores.registry_texts import check_model_name, check_words
from headrace.stores.sql.calls import now
from headrace.stores.sql.deliveries import DeliveryCalls
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.outbox import make_id, write_body
from headrace.stores.texts import check_text, missing, parse_experiment_id
from headrace.webhooks.payloads import example_of
from headrace.webhooks.sealing import seal
from headrace.webhooks.sending import deliver
from headrace.webhooks.targets import check_url

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)

_COLUMNS = (
    "w.id, w.uuid, w.name, w.url, w.description, w.is_active, w.secret IS NOT NULL, "
    "w.model_names, w.experiment_ids, w.created_at, w.updated_at, w.user_id, w.user_verified"
)
_INSERT = (
    "INSERT INTO webhooks (uuid, name, url, description, is_active, secret, model_names, "
    "experiment_ids, created_at, updated_at, user_id, user_verified) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
_INSERT_EVENT = "INSERT INTO webhook_events (event, webhook_id, position) VALUES (?, ?, ?)"
_DELIVERY_COLUMNS = "d.uuid, w.uuid, d.event, d.state, d.made_at, d.due_at, d.attempts"
_DELIVERIES = (
    f"SELECT d.id, {_DELIVERY_COLUMNS} FROM webhook_deliveries AS d "
    "JOIN webhooks AS w ON w.id = d.webhook_id"
)

_MLFLOW_EVENTS = [name for name in ALL_EVENTS if not WebhookEvent.from_str(name).is_own]

# What a page is continued by: the row id of its last thing.
_ORDER = (OrderItem(Field(Entity.ATTRIBUTE, "id", Kind.NUMBER), ascending=False),)


class WebhookCalls(DeliveryCalls):
    """The calls on webhooks; see `headrace.stores.base.WebhookStore`."""

    def create_webhook(self, request: api.CreateWebhook) -> api.WebhookAnswer:
        """Create a webhook."""
        for field in ("name", "url"):
            if not getattr(request, field):
                raise missing(field)
        changes = _checked(
            name=request.name,
            url=request.url,
            description=request.description or None,
            status=request.status or WebhookStatus.ACTIVE.value,
            secret=request.secret or None,
            model_names=request.model_names,
            experiment_ids=request.experiment_ids,
        )
        events = _checked_events(request.events)
        check_url(request.url)
        actor, at = current_actor(), now()
        columns = ("name", "url", "description", "is_active", "secret", "model_names")
        values = [changes.get(column) for column in (*columns, "experiment_ids")]

        def work(tx: Transaction) -> Webhook:
            row = (make_id(), *values, at, at, actor.name, int(actor.verified))
            [number] = tx.execute(_INSERT, row).fetchone()
            _set_events(tx, number, events)
            return self._read_webhooks(tx, "w.id = ?", (number,))[0]

        return api.WebhookAnswer(self._database.transact(work, durable=True))

    def list_webhooks(self, request: api.ListWebhooks) -> api.WebhooksPage:
        """Return a page of webhooks."""
        most = limits.MAX_WEBHOOKS_PER_PAGE
        limit = _limit(request.max_results or limits.DEFAULT_WEBHOOKS_PER_PAGE, most)
        fingerprint = take_fingerprint("webhooks", request.headrace_events)
        last = decode_token(request.page_token, fingerprint, _ORDER)
        conditions, values = "1 = 1", []
        if not request.headrace_events:
            conditions = (
                "EXISTS (SELECT 1 FROM webhook_events AS e WHERE e.webhook_id = w.id "
                f"AND e.event {self._statements.IN_LIST})"
            )
            values.append(self._statements.bind_list(_MLFLOW_EVENTS))
        if last is not None:
            conditions += " AND w.id < ?"
            values.append(last[0])
        with self._database.read() as tx:
            sql = f"SELECT w.id FROM webhooks AS w WHERE {conditions} ORDER BY w.id DESC LIMIT ?"
            ids = [number for (number,) in tx.execute(sql, (*values, limit + 1)).fetchall()]
            shown = self._statements.bind_list(ids[:limit])
            found = self._read_webhooks(tx, f"w.id {self._statements.IN_LIST}", (shown,))
        token = encode_token(fingerprint, [ids[limit - 1]]) if len(ids) > limit else None
        return api.WebhooksPage(found, token)

    def get_webhook(self, request: api.GetWebhook) -> api.WebhookAnswer:
        """Return a webhook."""
        with self._database.read() as tx:
            return api.WebhookAnswer(self._read_webhook(tx, request.webhook_id))

    def update_webhook(self, request: api.UpdateWebhook) -> api.WebhookAnswer:
        """Change what is given of a webhook."""
        changes = _checked(
            name=request.name or None,
            url=request.url or None,
            description=request.description,
            status=request.status or None,
            secret=request.secret,
            model_names=request.model_names,
            experiment_ids=request.experiment_ids,
        )
        events = _checked_events(request.events) if request.events else []
        check_text("webhook_id", request.webhook_id)
        if request.url:
            check_url(request.url)

        def work(tx: Transaction) -> Webhook:
            sets = ", ".join(f"{column} = ?" for column in (*changes, "updated_at"))
            sql = f"UPDATE webhooks SET {sets} WHERE uuid = ? RETURNING id"
            row = tx.execute(sql, (*changes.values(), now(), request.webhook_id)).fetchone()
            if row is None:
                raise _no_webhook(request.webhook_id)
            if events:
                tx.execute("DELETE FROM webhook_events WHERE webhook_id = ?", row)
                _set_events(tx, row[0], events)
            return self._read_webhook(tx, request.webhook_id)

        return api.WebhookAnswer(self._database.transact(work, durable=True))

    def delete_webhook(self, request: api.DeleteWebhook) -> Empty:
        """Delete a webhook with its deliveries."""
        check_text("webhook_id", request.webhook_id)

        def work(tx: Transaction) -> None:
            sql = "DELETE FROM webhooks WHERE uuid = ? RETURNING id"
            row = tx.execute(sql, (request.webhook_id,)).fetchone()
            if row is None:
                raise _no_webhook(request.webhook_id)
            tx.execute("DELETE FROM webhook_deliveries WHERE webhook_id = ?", row)

        self._database.transact(work, durable=True)
        return Empty()

    def test_webhook(self, request: api.TestWebhook) -> api.WebhookTested:
        """Send an example now, once."""
        given = None if request.event is None else _checked_event(request.event)
        with self._database.read() as tx:
            webhook = self._read_webhook(tx, request.webhook_id)
            sql = "SELECT secret FROM webhooks WHERE uuid = ?"
            [sealed] = tx.execute(sql, (request.webhook_id,)).fetchone()
        event = given or webhook.events[0]
        body = write_body(str(event), example_of(event), now())
        outcome = deliver(webhook.url, body, make_id(), sealed)
        return api.WebhookTested(
            WebhookTestResult(outcome.error is None, outcome.status, outcome.answer, outcome.error)
        )

    # --- deliveries ------------------------------------------------------------------------------

    def list_webhook_deliveries(self, request: api.ListWebhookDeliveries) -> api.WebhookDeliveries:
        """Return a page of deliveries, newest first."""
        most = limits.MAX_WEBHOOKS_PER_PAGE
        limit = _limit(request.max_results or limits.DEFAULT_WEBHOOKS_PER_PAGE, most)
        given = {
            "w.uuid": request.webhook_id or None,
            "d.state": None if not request.state else _checked_state(request.state),
            "d.event": None if not request.event else str(WebhookEvent.from_str(request.event)),
        }
        chosen = {column: value for column, value in given.items() if value is not None}
        check_text("webhook_id", request.webhook_id)
        fingerprint = take_fingerprint("webhook deliveries", chosen)
        last = decode_token(request.page_token, fingerprint, _ORDER)
        conditions = ["1 = 1", *(f"{column} = ?" for column in chosen)]
        values: list[Any] = list(chosen.values())
        if last is not None:
            conditions.append("d.id < ?")
            values.append(last[0])
        sql = f"{_DELIVERIES} WHERE {' AND '.join(conditions)} ORDER BY d.id DESC LIMIT ?"
        with self._database.read() as tx:
            if request.webhook_id:
                self._read_webhook(tx, request.webhook_id)
            rows = tx.execute(sql, (*values, limit + 1)).fetchall()
        token = encode_token(fingerprint, [rows[limit - 1][0]]) if len(rows) > limit else None
        return api.WebhookDeliveries([_listed_delivery(row) for row in rows[:limit]], token)

    def get_webhook_delivery(self, request: api.GetWebhookDelivery) -> api.WebhookDeliveryAnswer:
        """Return a delivery with its body."""
        check_text("delivery_id", request.delivery_id)
        sql = (
            f"SELECT d.body, d.id, {_DELIVERY_COLUMNS} FROM webhook_deliveries AS d "
            "JOIN webhooks AS w ON w.id = d.webhook_id WHERE d.uuid = ?"
        )
        with self._database.read() as tx:
            found = tx.execute(sql, (request.delivery_id,)).fetchone()
        if found is None:
            raise _no_delivery(request.delivery_id)
        body, *row = found
        delivery = _delivery(row)
        delivery.body = bytes(body).decode()
        return api.WebhookDeliveryAnswer(delivery)

    def redeliver_webhook(self, request: api.RedeliverWebhook) -> api.WebhookDeliveryAnswer:
        """Make a delivery that has ended pending again; try one that is pending at once."""
        check_text("delivery_id", request.delivery_id)
        sql = (
            "UPDATE webhook_deliveries SET state = 'pending', due_at = ?, lease = NULL, tries = 0 "
            "WHERE uuid = ? RETURNING id"
        )

        def work(tx: Transaction) -> WebhookDelivery:
            row = tx.execute(sql, (now(), request.delivery_id)).fetchone()
            found = row and tx.execute(f"{_DELIVERIES} WHERE d.id = ?", row).fetchone()
            if not found:
                raise _no_delivery(request.delivery_id)
            return _delivery(found)

        return api.WebhookDeliveryAnswer(self._database.transact(work, durable=True))

    # --- parts -----------------------------------------------------------------------------------

    def _read_webhook(self, tx: Transaction, webhook_id: str) -> Webhook:
        check_text("webhook_id", webhook_id)
        found = self._read_webhooks(tx, "w.uuid = ?", (webhook_id,))
        if not found:
            raise _no_webhook(webhook_id)
        return found[0]

    def _read_webhooks(
        self, tx: Transaction, condition: str, values: Sequence[Any]
    ) -> list[Webhook]:
        sql = f"SELECT {_COLUMNS} FROM webhooks AS w WHERE {condition} ORDER BY w.id DESC"
        rows = tx.execute(sql, values).fetchall()
        sql = (
            f"SELECT webhook_id, event FROM webhook_events WHERE webhook_id "
            f"{self._statements.IN_LIST} ORDER BY webhook_id, position"
        )
        events: dict[int, list[WebhookEvent]] = {row[0]: [] for row in rows}
        for number, event in tx.execute(sql, (self._statements.bind_list(events),)).fetchall():
            events[number].append(WebhookEvent.from_str(event))
        return [_webhook(row, events[row[0]]) for row in rows]


def _webhook(row: Row, events: Sequence[WebhookEvent]) -> Webhook:
    _, uuid, name, url, description, is_active, has_secret, models, experiments, *rest = row
    created_at, updated_at, user, verified = rest
    return Webhook(
        webhook_id=uuid,
        name=name,
        url=url,
        creation_timestamp=created_at,
        last_updated_timestamp=updated_at,
        status=(WebhookStatus.ACTIVE if is_active else WebhookStatus.DISABLED).value,
        mlflow_events=[EventName.of(event) for event in events if not event.is_own],
        own_events=[EventName.of(event) for event in events if event.is_own],
        description=description or None,
        model_names=msgspec.json.decode(models),
        experiment_ids=msgspec.json.decode(experiments),
        has_secret=bool(has_secret),
        user_id=user,
        user_verified=bool(verified),
    )


def _delivery(row: Sequence[Any]) -> WebhookDelivery:
    _, uuid, webhook_id, event, state, made_at, due_at, attempts = row
    log = msgspec.json.decode(attempts, type=list[DeliveryAttempt])
    return WebhookDelivery(uuid, webhook_id, event, state, made_at, due_at, log)


def _listed_delivery(row: Sequence[Any]) -> WebhookDelivery:
    delivery = _delivery(row)
    for attempt in delivery.attempts:
        body = attempt.response_body
        if body is not None and len(body) > limits.LISTED_ANSWER_LENGTH:
            attempt.response_body = body[: limits.LISTED_ANSWER_LENGTH - 1] + "…"
    return delivery


def _set_events(tx: Transaction, webhook: int, events: Sequence[WebhookEvent]) -> None:
    rows = [(str(event), webhook, position) for position, event in enumerate(events)]
    tx.executemany(_INSERT_EVENT, rows)


# --- checks --------------------------------------------------------------------------------------


def _checked(**given: Any) -> dict[str, Any]:
    """Return columns with the values that they get, of those that are given."""
    checks: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "name": ("name", _checked_name),
        "url": ("url", str),
        "description": ("description", _checked_description),
        "status": ("is_active", _checked_status),
        "secret": ("secret", _sealed),
        "model_names": ("model_names", _checked_models),
        "experiment_ids": ("experiment_ids", _checked_experiments),
    }
    return {
        checks[name][0]: checks[name][1](value)
        for name, value in given.items()
        if value is not None
    }


def _checked_name(name: str) -> str:
    if len(name) > limits.MAX_WEBHOOK_NAME_LENGTH or _NAME.fullmatch(name) is None:
        raise InvalidParameterValue(
            f"Webhook name {name!r} is invalid. It must start and end with a letter or digit, be "
            f"at most {limits.MAX_WEBHOOK_NAME_LENGTH} characters long, and contain only letters, "
            "digits, dots (.), underscores (_), and hyphens (-)."
        )
    return name


def _checked_description(description: str) -> str:
    check_words("description", description, limits.MAX_WEBHOOK_DESCRIPTION_LENGTH)
    return description


def _checked_status(status: str) -> int:
    if status not in set(WebhookStatus):
        allowed = ", ".join(WebhookStatus)
        raise InvalidParameterValue(
            f"Unknown webhook status {status!r}: it must be one of {allowed}."
        )
    return int(status == WebhookStatus.ACTIVE)


def _sealed(secret: str) -> str | None:
    # Not `check_words`, whose message quotes what it refuses.
    if len(secret) > limits.MAX_WEBHOOK_SECRET_LENGTH or not secret.isprintable():
        raise InvalidParameterValue(
            f"The secret must have at most {limits.MAX_WEBHOOK_SECRET_LENGTH} characters, all of "
            "them printable."
        )
    return seal(secret) if secret else None


def _checked_models(names: list[str]) -> str:
    for name in names:
        check_model_name(name, "model_names")
    return _listed("model_names", names)


def _checked_experiments(ids: list[str]) -> str:
    return _listed("experiment_ids", [str(parse_experiment_id(one)) for one in ids])


def _listed(name: str, values: list[str]) -> str:
    if len(values) > limits.MAX_WEBHOOK_FILTERS:
        raise InvalidParameterValue(
            f"{len(values)} values for parameter {name!r} are too many: at most "
            f"{limits.MAX_WEBHOOK_FILTERS} are taken."
        )
    return msgspec.json.encode(list(dict.fromkeys(values))).decode()


def _checked_events(names: list[EventName]) -> list[WebhookEvent]:
    if not names:
        raise InvalidParameterValue(
            "Webhook events must be a non-empty list, such as [{'entity': 'MODEL_VERSION', "
            "'action': 'CREATED'}]."
        )
    return list(dict.fromkeys(_checked_event(name) for name in names))


def _checked_event(name: EventName) -> WebhookEvent:
    event = name.to_event()
    if event.entity is WebhookEntity.BUDGET_POLICY:
        raise InvalidParameterValue(
            f"The event {event} never happens here: Headrace has no gateway, and so no budgets."
        )
    return event


def _checked_state(state: str) -> str:
    if state not in set(DeliveryState):
        raise InvalidParameterValue(
            f"Unknown state of a delivery {state!r}: it must be one of {', '.join(DeliveryState)}."
        )
    return state


def _limit(limit: int, most: int) -> int:
    if not 1 <= limit <= most:
        raise InvalidParameterValue(f"max_results must be between 1 and {most}.")
    return limit


def _no_webhook(webhook_id: str) -> ResourceDoesNotExist:
    return ResourceDoesNotExist(f"Webhook with ID {webhook_id} not found.")


def _no_delivery(delivery_id: str) -> ResourceDoesNotExist:
    return ResourceDoesNotExist(
        f"No delivery with the id {delivery_id} is kept: see the list of them."
    )
