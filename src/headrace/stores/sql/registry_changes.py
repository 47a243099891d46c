"""The history of the registry: a row for each change, in the transaction of the change.

Every change comes by here, so that webhooks are told from here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from headrace.api import limits
from headrace.api import registry as api
from headrace.entities import ChangeKind, RegistryChange
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist
from headrace.search.ordering import OrderItem
from headrace.search.paging import decode_token, encode_token, take_fingerprint
from headrace.search.tree import Entity, Field, Kind
from headrace.stores.base import current_actor
from headrace.stores.registry_texts import (
    check_model_name,
    check_pattern,
    check_words,
    parse_version,
)
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.engine import Transaction, placeholders
from headrace.stores.sql.outbox import IS_WATCHED
from headrace.stores.sql.registry_events import note_registry_events
from headrace.stores.texts import check_text

_INSERT = (
    "INSERT INTO registry_changes (name, version, kind, key, before, after, user_id, "
    "user_verified, reason, made_at, overridden) VALUES "
)
_ROW = f"({placeholders(11)})"
_ROWS_PER_STATEMENT = 500
_SELECT = (
    "SELECT id, name, kind, made_at, version, key, before, after, user_id, user_verified, reason, "
    "overridden "
    "FROM registry_changes WHERE "
)

_PATTERN = ":"

# What a page is continued by: the row id of its last change.
_ORDER = (OrderItem(Field(Entity.ATTRIBUTE, "id", Kind.NUMBER), ascending=False),)


class Entry(NamedTuple):
    """What one change did; the fields are those of `headrace.entities.RegistryChange`."""

    kind: ChangeKind
    version: int | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None


def note_changes(
    tx: Transaction,
    name: str,
    at: int,
    reason: str | None,
    entries: Iterable[Entry],
    overridden: str | None = None,
) -> None:
    """Write down changes of a registered model, made by the present actor; webhooks learn of them.

    Args:
        tx: The transaction of the changes.
        name: The model's name after them, or `name_of_pattern`.
        at: When, in milliseconds since the epoch.
        reason: Why; see `check_reason`.
        entries: The changes in their order; those whose value stays the same are left out.
        overridden: What rules said against them, where they were forced.

    """
    actor, entries = current_actor(), list(entries)
    rows = [
        (name, one.version, one.kind.value, one.key, one.before, one.after, actor.name,
         int(actor.verified), reason, at, overridden)
        for one in entries
        if one.before != one.after or one.kind in (ChangeKind.CREATED, ChangeKind.DELETED)
    ]  # fmt: skip
    is_watched = not rows  # who sets what is set already is told too, and that is rare
    for first in range(0, len(rows), _ROWS_PER_STATEMENT):
        part = rows[first : first + _ROWS_PER_STATEMENT]
        sql = f"{_INSERT}{', '.join([_ROW] * len(part))} RETURNING {IS_WATCHED}"
        [is_watched] = tx.execute(sql, [value for row in part for value in row]).fetchone()
    if is_watched:
        note_registry_events(tx, name, at, reason, entries)


def check_reason(request: api.Change) -> str | None:
    """Return the reason of a change; an empty one is none, which forces nothing."""
    check_words("reason", request.reason, limits.MAX_REASON_LENGTH)
    if (
        isinstance(request, api.GuardedChange)
        and request.force
        and not (request.reason or "").strip()
    ):
        raise InvalidParameterValue(
            "What is forced needs a reason, which the history keeps: give one beside force."
        )
    return request.reason or None


def name_of_pattern(pattern: str) -> str:
    """Return the name that the history of a pattern's rules has: one that no model can have."""
    return _PATTERN + pattern


class RegistryChangeCalls(SqlCalls):
    """The call that lists changes."""

    def list_registry_changes(self, request: api.ListRegistryChanges) -> api.RegistryChanges:
        """Return a page of the history of a registered model, newest first."""
        limit = check_max_results(
            request.max_results, limits.MAX_CHANGES_PER_PAGE, limits.DEFAULT_CHANGES_PER_PAGE
        )
        conditions, values = _conditions(request)
        fingerprint = take_fingerprint("registry changes", conditions, values)
        last = decode_token(request.page_token, fingerprint, _ORDER)
        if last is not None:
            conditions, values = [*conditions, "id < ?"], [*values, last[0]]
        sql = f"{_SELECT}{' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"
        with self._database.read() as tx:
            rows = tx.execute(sql, (*values, limit + 1)).fetchall()
            if not rows:
                _check_known(tx, values[0])
        token = encode_token(fingerprint, [rows[limit - 1][0]]) if len(rows) > limit else None
        return api.RegistryChanges([_change(*row[1:]) for row in rows[:limit]], token)


def _conditions(request: api.ListRegistryChanges) -> tuple[list[str], list[Any]]:
    conditions: list[str] = ["name = ?"]
    values: list[Any] = [_name(request)]
    if request.version is not None:
        conditions.append("version = ?")
        values.append(parse_version(request.version))
    if request.kind is not None:
        if request.kind not in set(ChangeKind):
            raise InvalidParameterValue(
                f"Unknown kind of change {request.kind!r}: it must be one of "
                f"{', '.join(ChangeKind)}."
            )
        conditions.append("kind = ?")
        values.append(request.kind)
    if request.key is not None:
        check_text("key", request.key)
        conditions.append("key = ?")
        values.append(request.key)
    return conditions, values


def _name(request: api.ListRegistryChanges) -> str:
    if (request.name is None) == (request.pattern is None):
        raise InvalidParameterValue(
            "Give one of the parameters 'name' and 'pattern'. "
            f"Got name {request.name!r} and pattern {request.pattern!r}."
        )
    if request.pattern is not None:
        check_pattern(request.pattern)
        return name_of_pattern(request.pattern)
    assert request.name is not None
    check_model_name(request.name)
    return request.name


def check_max_results(given: int | None, most: int, default: int | None = None) -> int:
    """Return the size of a page: what was asked for, else the default, else the most."""
    limit = (most if default is None else default) if given is None else given
    if not 1 <= limit <= most:
        raise InvalidParameterValue(
            f"Invalid value {limit} for parameter 'max_results' supplied. It must be from 1 to "
            f"{most}"
        )
    return limit


def _check_known(tx: Transaction, name: str) -> None:
    sql = "SELECT 1 FROM registry_changes WHERE name = ? LIMIT 1"
    if tx.execute(sql, (name,)).fetchone() is None:
        if name.startswith(_PATTERN):
            raise ResourceDoesNotExist(
                f"The pattern {name.removeprefix(_PATTERN)!r} has no rules, and never had any."
            )
        raise ResourceDoesNotExist(
            f"Registered Model with name={name} not found, and there never was one of that name"
        )


def _change(
    name: str,
    kind: str,
    made_at: int,
    version: int | None,
    key: str | None,
    before: str | None,
    after: str | None,
    user_id: str,
    user_verified: int,
    reason: str | None,
    overridden: str | None,
) -> RegistryChange:
    return RegistryChange(
        name=name.removeprefix(_PATTERN),
        kind=kind,
        timestamp=made_at,
        version=None if version is None else str(version),
        key=key,
        before=before,
        after=after,
        actor=user_id,
        is_verified=bool(user_verified),
        reason=reason,
        overridden=overridden,
    )
