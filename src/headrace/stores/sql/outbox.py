"""What happens, noted for the webhooks that wait for it, in the transaction of the change.

Who only logs comes by here too, so that this imports nothing that it does not need anyway. Whether
there is any webhook at all, `IS_WATCHED` asks in a statement that the change runs anyway: where
there is none, not even a round trip to the database is paid.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from headrace.stores.base import current_actor
from headrace.stores.sql.engine import Transaction, placeholders

# A column: whether some webhook waits for something, as of the statement.
IS_WATCHED = "EXISTS (SELECT 1 FROM webhook_events)"

_FIND = (
    "SELECT e.event, w.id, w.model_names, w.experiment_ids FROM webhook_events AS e "
    "JOIN webhooks AS w ON w.id = e.webhook_id WHERE w.is_active = 1 AND e.event IN "
)
_INSERT = (
    "INSERT INTO webhook_deliveries (uuid, webhook_id, event, body, state, made_at, due_at, "
    "tries, attempts) VALUES (?, ?, ?, ?, 'pending', ?, ?, 0, '[]')"
)


class Waiting(Struct, frozen=True):
    """A webhook that waits for an event.

    Attributes:
        webhook: Its row id.
        event: The event.
        model_names: The registered models that it is about; empty for all.
        experiment_ids: The experiments that it is about; empty for all.

    """

    webhook: int
    event: str
    model_names: list[str]
    experiment_ids: list[str]


class Happening(Struct, frozen=True):
    """Something that happened.

    Attributes:
        event: The event, such as ``run.finished``.
        data: What a receiver gets to know about it.
        model_names: The names of the registered model that it is about, if it is about one.
        experiment_id: The experiment that it is about, if it is about one of its runs.
        before: What was there before.

    """

    event: str
    data: dict[str, Any]
    model_names: Sequence[str] = ()
    experiment_id: str | None = None
    before: str | None = None

    def concerns(self, waiting: Waiting) -> bool:
        """Return whether a webhook waits for it."""
        if waiting.event != self.event:
            return False
        if self.model_names and waiting.model_names:
            return any(name in waiting.model_names for name in self.model_names)
        if self.experiment_id is not None and waiting.experiment_ids:
            return self.experiment_id in waiting.experiment_ids
        return True


def find_waiting(tx: Transaction, events: Sequence[str]) -> list[Waiting]:
    """Return the active webhooks that wait for one of some events."""
    rows = tx.execute(f"{_FIND}({placeholders(len(events))})", events).fetchall()
    decode: Callable[[str], list[str]] = msgspec.json.decode
    return [
        Waiting(webhook, event, decode(models), decode(experiments))
        for event, webhook, models, experiments in rows
    ]


def note_happenings(
    tx: Transaction,
    waiting: Sequence[Waiting],
    happenings: Iterable[Happening],
    at: int,
    reason: str | None = None,
) -> None:
    """Note what happened for each webhook that waits for it.

    Args:
        tx: The transaction of the change.
        waiting: What `find_waiting` gave for the events.
        happenings: What happened.
        at: When, in milliseconds since the epoch.
        reason: Why, in the words of who did it.

    """
    rows = []
    for one in happenings:
        webhooks = sorted({each.webhook for each in waiting if one.concerns(each)})
        if webhooks:
            body = write_body(one.event, one.data, at, reason, one.before)
            rows += [(make_id(), webhook, one.event, body, at, at) for webhook in webhooks]
    if rows:
        tx.executemany(_INSERT, rows)


def write_body(
    event: str,
    data: dict[str, Any],
    at: int,
    reason: str | None = None,
    before: str | None = None,
) -> bytes:
    """Return the body that tells of an event; the present actor is who did it."""
    from datetime import UTC, datetime

    entity, _, action = event.partition(".")
    actor = current_actor()
    return msgspec.json.encode(
        {
            "entity": entity,
            "action": action,
            "timestamp": datetime.fromtimestamp(at / 1000, UTC).isoformat(),
            "data": data,
            "actor": {"name": actor.name, "is_verified": actor.verified},
            "reason": reason,
            "before": before,
        }
    )


def make_id() -> str:
    """Return a new id in the form of MLflow's: that of a random UUID."""
    digits = bytearray(os.urandom(16))
    digits[6] = digits[6] & 0x0F | 0x40
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
