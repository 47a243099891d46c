"""What a collection of garbage may take: everything deleted, or what it names, if old enough."""

from __future__ import annotations

from typing import Any

from headrace.api.cleanup import CollectGarbage
from headrace.errors import HeadraceError, InvalidParameterValue, ResourceDoesNotExist
from headrace.stores.sql.engine import Transaction
from headrace.stores.texts import check_text, parse_experiment_id

# A condition of SQL with its bound values.
Condition = tuple[str, tuple[Any, ...]]

FOLDERS, RUNS, MODELS, EXPERIMENTS = "folders", "runs", "models", "experiments"

# In this order: an experiment goes when its runs have gone, and folders wait for nobody.
PHASES = (FOLDERS, RUNS, MODELS, EXPERIMENTS)

_OLD_ENOUGH = "deleted_at <= ?"


class Scope:
    """What one request may take.

    Args:
        statements: The dialect's statements.
        request: The request.
        before: What was deleted later than this time is left.

    Raises:
        InvalidParameterValue: If an id is malformed.

    """

    def __init__(self, statements: Any, request: CollectGarbage, before: int) -> None:
        self._statements = statements
        self._before = before
        self._runs, self._models = request.run_ids, request.model_ids
        for text in (*(self._runs or ()), *(self._models or ())):
            check_text("id", text)
        named = request.experiment_ids
        self._experiments = None if named is None else [parse_experiment_id(one) for one in named]
        self._is_all = all(ids is None for ids in (self._runs, self._models, named))

    @property
    def runs(self) -> Condition:
        """The runs."""
        conditions = {"uuid": self._runs, "experiment_id": self._experiments}
        named = {column: ids for column, ids in conditions.items() if ids is not None}
        if not named:
            return self._all_or_none()
        either = " OR ".join(f"{column} {self._statements.IN_LIST}" for column in named)
        bound = tuple(self._statements.bind_list(ids) for ids in named.values())
        return f"{_OLD_ENOUGH} AND ({either})", (self._before, *bound)

    @property
    def models(self) -> Condition:
        """The logged models, without those that go with their experiment."""
        return self._named("uuid", self._models)

    @property
    def experiments(self) -> Condition:
        """The experiments."""
        return self._named("id", self._experiments)

    def check(self, tx: Transaction) -> None:
        """Refuse what is named and may not be taken.

        Raises:
            ResourceDoesNotExist: If there is none; a run that was deleted for good is fine.
            InvalidParameterValue: If it is active, or was deleted too short a time ago.

        """
        self._check(tx, "experiment", "experiments", "id", self._experiments or [])
        self._check(tx, "logged model", "logged_models", "uuid", self._models or [])
        self._check(tx, "run", "runs", "uuid", self._runs or [])

    def _all_or_none(self) -> Condition:
        return (_OLD_ENOUGH, (self._before,)) if self._is_all else ("1 = 0", ())

    def _named(self, column: str, ids: list[Any] | None) -> Condition:
        if ids is None:
            return self._all_or_none()
        condition = f"{_OLD_ENOUGH} AND {column} {self._statements.IN_LIST}"
        return condition, (self._before, self._statements.bind_list(ids))

    def _check(self, tx: Transaction, kind: str, table: str, column: str, ids: list[Any]) -> None:
        listed = (self._statements.bind_list(ids),)
        sql = f"SELECT {column}, deleted_at FROM {table} WHERE {column} {self._statements.IN_LIST}"
        found = dict(tx.execute(sql, listed).fetchall())
        missing = [one for one in ids if one not in found]
        if missing and kind == "run":
            sql = f"SELECT run_uuid FROM tombstones WHERE run_uuid {self._statements.IN_LIST}"
            gone = {run for (run,) in tx.execute(sql, listed).fetchall()}
            missing = [one for one in missing if one not in gone]
        if missing:
            raise ResourceDoesNotExist(f"There is no {kind} with the id {missing[0]}.")
        for one, deleted_at in found.items():
            if refusal := self._refusal(f"The {kind} {one}", deleted_at):
                raise refusal

    def _refusal(self, what: str, deleted_at: int | None) -> HeadraceError | None:
        if deleted_at is None:
            return InvalidParameterValue(
                f"{what} must be in the 'deleted' state. Current state is active. "
                "Only what is deleted can be deleted for good: delete it first."
            )
        if deleted_at > self._before:
            return InvalidParameterValue(
                f"{what} is not older than the required age: it was deleted "
                f"{(deleted_at - self._before) / 1000:.1f} s too late. Ask for a lesser age."
            )
        return None


def read_token(token: str | None) -> tuple[str, int]:
    """Return the phase and the row id after which a chain of calls goes on.

    Raises:
        InvalidParameterValue: If the token is none of ours.

    """
    if token is None:
        return FOLDERS, 0
    phase, _, number = token.partition(":")
    if phase not in PHASES or not (number.isascii() and number.isdigit() and len(number) < 19):
        raise InvalidParameterValue(
            f"Invalid value {token!r} for parameter 'after' supplied: it is the `next` of the call "
            "before."
        )
    return phase, int(number)
