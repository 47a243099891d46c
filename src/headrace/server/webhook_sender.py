"""The threads that send what webhooks wait for, out of the way of every request."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Protocol

from headrace import settings
from headrace.server.core import Border
from headrace.server.reply import EMPTY
from headrace.stores.sql.calls import now
from headrace.stores.sql.deliveries import ClaimedDelivery
from headrace.webhooks.sending import Outcome, deliver

logger = logging.getLogger("headrace.server")

# How often it looks for what is due, which other processes may have noted.
EVERY_SECONDS = 0.5
AFTER_A_FAILURE_SECONDS = 5.0
PRUNE_SECONDS = 60.0

# How long the end of a server waits for requests that are under way; they are sent again later.
STOP_SECONDS = 3.0


class SendingStore(Protocol):
    """A store whose deliveries somebody must send."""

    def claim_deliveries(self, limit: int, busy: Counter[int]) -> list[ClaimedDelivery]:
        """Claim deliveries that are due."""
        ...

    def settle_delivery(self, claimed: ClaimedDelivery, outcome: Outcome, started_at: int) -> None:
        """Write down what came of a try."""
        ...

    def prune_deliveries(self) -> int:
        """Delete a bounded number of old deliveries; return how many."""
        ...


class WebhookSender:
    """Sends the deliveries of a store until it is stopped; a thread for each that is under way."""

    def __init__(self, store: SendingStore) -> None:
        self._store = store
        self._most = settings.WEBHOOK_DELIVERY_MAX_WORKERS.get()
        self._changed = threading.Condition()
        self._busy: Counter[int] = Counter()  # webhooks, by row id
        self._may_be_more = False
        self._is_stopped = False
        self._is_over = False
        self._next_pruning = 0.0
        self._thread = threading.Thread(target=self._run, name="headrace-webhooks", daemon=True)

    def start(self) -> None:
        """Start looking for deliveries."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait a moment for what is under way."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        with self._changed:
            self._changed.wait_for(lambda: not self._busy.total(), STOP_SECONDS)
            self._is_over = True  # nobody writes to the store any more

    def _run(self) -> None:
        pause = EVERY_SECONDS
        while self._wait(pause):
            # A failure is logged and tried again: a database may come back.
            with Border() as border:
                self._begin_due()
                self._prune()
                border.reply = EMPTY
            pause = EVERY_SECONDS if border.reply is EMPTY else AFTER_A_FAILURE_SECONDS

    def _wait(self, pause: float) -> bool:
        """Wait until it is time to look again; return whether to go on."""
        with self._changed:
            self._changed.wait_for(lambda: self._may_be_more or self._is_stopped, pause)
            self._may_be_more = False
            return not self._is_stopped

    def _begin_due(self) -> None:
        with self._changed:
            busy = Counter(self._busy)
        free = self._most - busy.total()
        if free <= 0:
            return
        for claimed in self._store.claim_deliveries(free, busy):
            with self._changed:
                self._busy[claimed.webhook] += 1
            threading.Thread(
                target=self._send, args=(claimed,), name="headrace-webhook", daemon=True
            ).start()

    def _send(self, claimed: ClaimedDelivery) -> None:
        with Border() as border:
            started_at = now()
            outcome = deliver(claimed.url, claimed.body, claimed.delivery_id, claimed.secret)
            if outcome.error is not None:
                # Not why, which may quote the URL, and that may hold what only its owner knows.
                status = outcome.status or "no answer"
                logger.info("The delivery %s was not taken: %s", claimed.delivery_id, status)
            if not self._is_over:
                self._store.settle_delivery(claimed, outcome, started_at)
            border.reply = EMPTY
        with self._changed:
            self._busy[claimed.webhook] -= 1
            self._busy += Counter()  # forgets those without any
            self._may_be_more = True
            self._changed.notify_all()

    def _prune(self) -> None:
        if time.monotonic() >= self._next_pruning:
            pruned = self._store.prune_deliveries()
            self._next_pruning = time.monotonic() + (0.0 if pruned else PRUNE_SECONDS)
