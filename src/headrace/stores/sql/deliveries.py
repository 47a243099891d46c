"""Deliveries of webhooks: claimed by one process at a time, settled after each try, kept as a log.

A process claims a delivery for as long as a try can take. If it dies, the claim runs out and the
delivery is due again: each is sent at least once, and always under the same id.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from headrace import settings
from headrace.entities.webhook import DeliveryAttempt, DeliveryState
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Transaction
from headrace.webhooks.sending import Outcome

# What a try may take besides its request: a name service that hangs, and the way to the database.
LEASE_MARGIN_SECONDS = 10.0
MAX_PAUSE_SECONDS = 3600.0

# Tries of a delivery that the log keeps, the newest.
KEPT_ATTEMPTS = 50

# Tries whose answers it keeps, the newest: of thousands of deliveries they are megabytes.
KEPT_ANSWERS = 3

# So many requests at a time go to one webhook, so that one which hangs does not hold up the others.
MOST_PER_WEBHOOK = 2

_PRUNED_AT_A_TIME = 1000
_DAY = 86_400_000  # milliseconds

# By webhook and not by time alone, so that neither a webhook that hangs nor one that is disabled is
# in the way of the others, however much waits for it.
_READY = (
    "SELECT w.id FROM webhooks AS w WHERE w.is_active = 1 AND EXISTS ("
    "SELECT 1 FROM webhook_deliveries AS d WHERE d.webhook_id = w.id AND d.due_at <= ?)"
)
_DUE = (
    "SELECT d.id, d.uuid, d.body, w.url, w.secret FROM webhook_deliveries AS d "
    "JOIN webhooks AS w ON w.id = d.webhook_id "
    "WHERE d.webhook_id = ? AND d.due_at <= ? AND w.is_active = 1 ORDER BY d.due_at, d.id LIMIT ?"
)
_CLAIM = "UPDATE webhook_deliveries SET due_at = ?, lease = ?, tries = tries + 1 WHERE id = ?"
_HELD = "SELECT tries, attempts FROM webhook_deliveries WHERE id = ? AND lease = ?"
_SETTLE = (
    "UPDATE webhook_deliveries SET state = ?, due_at = ?, lease = NULL, attempts = ? WHERE id = ?"
)


class ClaimedDelivery(Struct, frozen=True):
    """A delivery that this process tries now.

    Attributes:
        id: Its row id.
        delivery_id: Its id for the receiver.
        webhook: Row id of the webhook.
        body: What is sent.
        url: Where to.
        secret: What signs it, sealed; None if nothing does.
        lease: Tells this claim from every other one.

    """

    id: int
    delivery_id: str
    webhook: int
    body: bytes
    url: str
    secret: str | None
    lease: str


class DeliveryCalls(SqlCalls):
    """What the server of a store calls to send deliveries."""

    def claim_deliveries(self, limit: int, busy: Mapping[int, int]) -> list[ClaimedDelivery]:
        """Claim deliveries that are due, of each webhook the longest due first.

        Args:
            limit: How many at most.
            busy: Row ids of webhooks, each with the number of its deliveries under way here.

        """
        at = now()
        with self._database.read(snapshot=False) as tx:
            ready = [webhook for (webhook,) in tx.execute(_READY, (at,)).fetchall()]
        free = {webhook: MOST_PER_WEBHOOK - busy.get(webhook, 0) for webhook in ready}
        ready = [webhook for webhook in ready if free[webhook] > 0]
        if not ready:
            return []
        random.shuffle(ready)  # where there are more than can be sent, each has its turn

        def work(tx: Transaction) -> list[ClaimedDelivery]:
            claimed: list[ClaimedDelivery] = []
            for webhook in ready:
                most = min(free[webhook], limit - len(claimed))
                if most > 0:
                    claimed += self._claim(tx, webhook, at, most)
            return claimed

        return self._database.transact(work)

    def _claim(self, tx: Transaction, webhook: int, at: int, most: int) -> list[ClaimedDelivery]:
        lock = self._statements.FOR_UPDATE_IF_FREE
        rows = tx.execute(_DUE + lock, (webhook, at, most)).fetchall()
        seconds = settings.WEBHOOK_REQUEST_TIMEOUT.get() + LEASE_MARGIN_SECONDS
        until = now() + int(seconds * 1000)
        claimed = []
        for number, uuid, body, url, secret in rows:
            lease = os.urandom(16).hex()
            tx.execute(_CLAIM, (until, lease, number))
            claimed.append(ClaimedDelivery(number, uuid, webhook, bytes(body), url, secret, lease))
        return claimed

    def settle_delivery(self, claimed: ClaimedDelivery, outcome: Outcome, started_at: int) -> None:
        """Write down what came of a try, and when the next one is due, if there is one.

        Where the claim has run out meanwhile, that is left to the process that has it now.

        Args:
            claimed: The delivery.
            outcome: What came of it.
            started_at: When the try began, in milliseconds since the epoch.

        """

        def work(tx: Transaction) -> None:
            row = tx.execute(_HELD, (claimed.id, claimed.lease)).fetchone()
            if row is None:
                return
            tries, attempts = row
            state, due_at = DeliveryState.PENDING, None
            if outcome.error is None:
                state = DeliveryState.DELIVERED
            elif outcome.is_final or tries > settings.WEBHOOK_REQUEST_MAX_RETRIES.get():
                state = DeliveryState.FAILED
            else:
                due_at = now() + int(_pause(tries, outcome.retry_after) * 1000)
            log = _logged(attempts, outcome, started_at)
            tx.execute(_SETTLE, (state.value, due_at, log, claimed.id))

        self._database.transact(work)

    def prune_deliveries(self) -> int:
        """Delete a bounded number of deliveries that are too old or too many; return how many."""
        old = now() - settings.WEBHOOK_LOG_DAYS.get() * _DAY
        too_many = (
            "id <= (SELECT id FROM webhook_deliveries WHERE due_at IS NULL "
            "ORDER BY id DESC LIMIT 1 OFFSET ?)"
        )
        gone = "NOT EXISTS (SELECT 1 FROM webhooks AS w WHERE w.id = webhook_id)"
        sql = (
            "SELECT id FROM webhook_deliveries WHERE made_at < ? AND (due_at IS NULL OR due_at < ?)"
            f" OR due_at IS NULL AND {too_many} OR {gone} LIMIT {_PRUNED_AT_A_TIME}"
        )
        values = (old, old, settings.WEBHOOK_LOG_SIZE.get())
        with self._database.read(snapshot=False) as tx:
            ids = [number for (number,) in tx.execute(sql, values).fetchall()]
        if ids:
            delete = self._statements.delete_rows
            self._database.transact(lambda tx: delete(tx, "webhook_deliveries", ids))
        return len(ids)


def _pause(tries: int, retry_after: float | None) -> float:
    """Return the seconds until the next try: doubled each time, with up to half of it by chance."""
    base = settings.WEBHOOK_BACKOFF_FACTOR.get() * 2.0 ** min(tries - 1, 30)
    pause = min(base * random.uniform(1.0, 1.5), MAX_PAUSE_SECONDS)  # noqa: S311 - no secret
    return max(pause, min(retry_after or 0.0, MAX_PAUSE_SECONDS))


def _logged(attempts: str, outcome: Outcome, started_at: int) -> str:
    log = msgspec.json.decode(attempts, type=list[DeliveryAttempt])
    number = log[-1].attempt + 1 if log else 1
    duration = round(outcome.duration * 1000)
    log.append(
        DeliveryAttempt(number, started_at, duration, outcome.status, outcome.error, outcome.answer)
    )
    answered = [attempt for attempt in log if attempt.response_body is not None]
    for attempt in answered[:-KEPT_ANSWERS]:
        attempt.response_body = None
    return msgspec.json.encode(log[-KEPT_ATTEMPTS:]).decode()
