"""Experiments and their tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.api import tracking as api
from headrace.api.endpoint import Empty
from headrace.api.limits import MAX_EXPERIMENT_NAME_LENGTH, MAX_EXPERIMENT_TAG_VALUE_LENGTH
from headrace.entities import Experiment, ExperimentTag, LifecycleStage
from headrace.errors import InvalidParameterValue, ResourceAlreadyExists, ResourceDoesNotExist
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.locations import Locations, given_location
from headrace.stores.texts import (
    check_key,
    check_length,
    check_text,
    missing,
    parse_experiment_id,
)

DEFAULT_ID = 0
DEFAULT_NAME = "Default"

_SET_TAG = """
    INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)
    ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value
"""


class ExperimentCalls(SqlCalls):
    """The calls on experiments."""

    def create_experiment(self, request: api.CreateExperiment) -> api.ExperimentCreated:
        """Create an experiment; see `headrace.stores.base.ExperimentStore`."""
        check_experiment_name(request.name)
        given = request.artifact_location
        location = given_location(given) if given else None
        tags = _checked_tags(request.tags)

        def work(tx: Transaction) -> int:
            number = _insert(tx, self._locations, request.name, location)
            if number is None:
                raise _taken(request.name)
            if tags:
                tx.executemany(_SET_TAG, [(number, key, value) for key, value in tags.items()])
            return number

        return api.ExperimentCreated(str(self._database.transact(work, durable=True)))

    def get_experiment(self, request: api.GetExperiment) -> api.ExperimentAnswer:
        """Return an experiment, deleted or not."""
        number = parse_experiment_id(request.experiment_id)
        with self._database.read() as tx:
            found = load_experiments(tx, self._statements, self._locations, [number])
        if not found:
            raise _no_experiment(number)
        return api.ExperimentAnswer(found[0])

    def get_experiment_by_name(self, request: api.GetExperimentByName) -> api.ExperimentAnswer:
        """Return an experiment, deleted or not."""
        name = request.experiment_name
        check_text("experiment_name", name)
        with self._database.read() as tx:
            sql = "SELECT id FROM experiments WHERE name = ?"
            ids = [number for (number,) in tx.execute(sql, (name,)).fetchall()]
            found = load_experiments(tx, self._statements, self._locations, ids)
        if not found:
            raise ResourceDoesNotExist(f"Could not find experiment with name '{name}'")
        return api.ExperimentAnswer(found[0])

    def delete_experiment(self, request: api.DeleteExperiment) -> Empty:
        """Mark an active experiment and its active runs as deleted."""
        number = parse_experiment_id(request.experiment_id)

        def work(tx: Transaction) -> None:
            at = now()
            sql = (
                "UPDATE experiments SET deleted_at = ?, updated_at = ? "
                "WHERE id = ? AND deleted_at IS NULL"
            )
            if tx.execute(sql, (at, at, number)).rowcount == 0:
                raise _no_experiment(number)
            sql = "UPDATE runs SET deleted_at = ? WHERE experiment_id = ? AND deleted_at IS NULL"
            tx.execute(sql, (at, number))

        self._database.transact(work, durable=True)
        return Empty()

    def restore_experiment(self, request: api.RestoreExperiment) -> Empty:
        """Make a deleted experiment active again, with all its runs, as MLflow does."""
        number = parse_experiment_id(request.experiment_id)

        def work(tx: Transaction) -> None:
            sql = "SELECT deleted_at FROM experiments WHERE id = ?" + self._statements.FOR_UPDATE
            row = tx.execute(sql, (number,)).fetchone()
            if row is None or row[0] is None:
                raise _no_experiment(number)
            sql = "UPDATE experiments SET deleted_at = NULL, updated_at = ? WHERE id = ?"
            tx.execute(sql, (now(), number))
            # What went with the experiment has its time.
            since = row[0] if request.keep_deleted else 0
            sql = "UPDATE runs SET deleted_at = NULL WHERE experiment_id = ? AND deleted_at >= ?"
            tx.execute(sql, (number, since))

        self._database.transact(work, durable=True)
        return Empty()

    def update_experiment(self, request: api.UpdateExperiment) -> Empty:
        """Rename an active experiment."""
        number = parse_experiment_id(request.experiment_id)
        name = request.new_name
        if not name:
            raise missing("new_name")
        check_experiment_name(name)

        def work(tx: Transaction) -> None:
            active_experiment(tx, self._statements, number, change=True)
            sql = "SELECT id FROM experiments WHERE name = ? AND id <> ?"
            if tx.execute(sql, (name, number)).fetchone():
                raise _taken(name)
            sql = "UPDATE experiments SET name = ?, updated_at = ? WHERE id = ?"
            tx.execute(sql, (name, now(), number))

        self._database.transact(work, durable=True)
        return Empty()

    def set_experiment_tag(self, request: api.SetExperimentTag) -> Empty:
        """Set a tag of an active experiment."""
        number = parse_experiment_id(request.experiment_id)
        _check_tag(request.key, request.value)

        def work(tx: Transaction) -> None:
            active_experiment(tx, self._statements, number)
            tx.execute(_SET_TAG, (number, request.key, request.value))

        self._database.transact(work)
        return Empty()

    def delete_experiment_tag(self, request: api.DeleteExperimentTag) -> Empty:
        """Delete a tag of an active experiment."""
        number = parse_experiment_id(request.experiment_id)
        check_text("key", request.key)

        def work(tx: Transaction) -> None:
            active_experiment(tx, self._statements, number)
            sql = "DELETE FROM experiment_tags WHERE experiment_id = ? AND key = ?"
            if tx.execute(sql, (number, request.key)).rowcount == 0:
                raise ResourceDoesNotExist(
                    f"No tag with name: {request.key} in experiment with id {number}"
                )

        self._database.transact(work)
        return Empty()


def create_default_experiment(tx: Transaction, locations: Locations) -> None:
    """Create the experiment ``Default``, which every store has."""
    at = now()
    sql = (
        "INSERT INTO experiments (id, name, artifact_location, created_at, updated_at) "
        "VALUES (?, ?, ?, ?, ?)"
    )
    tx.execute(sql, (DEFAULT_ID, DEFAULT_NAME, locations.of_experiment(DEFAULT_ID), at, at))


def ensure_experiment(tx: Transaction, locations: Locations, name: str) -> int:
    """Return the id of the experiment of a name, which is made if it is not there.

    Args:
        tx: A transaction that writes.
        locations: Where artifacts go.
        name: The name, as `check_experiment_name` takes it.
    """
    sql = "SELECT id FROM experiments WHERE name = ?"
    row = tx.execute(sql, (name,)).fetchone()
    if row is not None:
        return int(row[0])
    made = _insert(tx, locations, name, None)
    if made is not None:
        return made
    return int(tx.execute(sql, (name,)).fetchone()[0])  # another connection made it meanwhile


def active_experiment(
    tx: Transaction,
    statements: Any,
    experiment_id: int,
    *,
    change: bool = False,
    hold: bool = True,
) -> str:
    """Hold an experiment active until the end of the transaction.

    Args:
        tx: A transaction that writes.
        statements: The dialect's statements.
        experiment_id: The experiment.
        change: Whether the transaction will change the experiment's own row.
        hold: False only to look, in a transaction of any kind.

    Returns:
        Its artifact location, as it is stored.

    Raises:
        ResourceDoesNotExist: If there is none.
        InvalidParameterValue: If it is deleted.
    """
    sql = "SELECT artifact_location, deleted_at FROM experiments WHERE id = ?"
    if hold:
        sql += statements.FOR_UPDATE if change else statements.FOR_SHARE
    row = tx.execute(sql, (experiment_id,)).fetchone()
    if row is None:
        raise _no_experiment(experiment_id)
    location, deleted_at = row
    if deleted_at is not None:
        raise InvalidParameterValue(
            f"The experiment {experiment_id} must be in the 'active' state. "
            "Current state is deleted."
        )
    return str(location)


def load_experiments(
    tx: Transaction, statements: Any, locations: Locations, ids: Sequence[int]
) -> list[Experiment]:
    """Return experiments with their tags, in the order of `ids`; unknown ids are left out."""
    bound = (statements.bind_list(ids),)
    rows = tx.execute(
        "SELECT id, name, artifact_location, created_at, updated_at, deleted_at "
        f"FROM experiments WHERE id {statements.IN_LIST}",
        bound,
    ).fetchall()
    tags: dict[int, list[ExperimentTag]] = {}
    sql = (
        "SELECT experiment_id, key, value FROM experiment_tags "
        f"WHERE experiment_id {statements.IN_LIST} ORDER BY key"
    )
    for number, key, value in tx.execute(sql, bound).fetchall():
        tags.setdefault(number, []).append(ExperimentTag(key, value))
    found = {
        number: Experiment(
            experiment_id=str(number),
            name=name,
            artifact_location=locations.resolve(location),
            lifecycle_stage=stage_of(deleted_at),
            tag_list=tags.get(number, []),
            creation_time=created_at,
            last_update_time=updated_at,
        )
        for number, name, location, created_at, updated_at, deleted_at in rows
    }
    return [found[number] for number in ids if number in found]


def stage_of(deleted_at: int | None) -> str:
    """Return the lifecycle stage of a thing that was deleted at this time, or never."""
    return LifecycleStage.ACTIVE if deleted_at is None else LifecycleStage.DELETED


def _insert(tx: Transaction, locations: Locations, name: str, location: str | None) -> int | None:
    """Add an experiment and return its id; None if the name is taken."""
    at = now()
    sql = (
        "INSERT INTO experiments (name, artifact_location, created_at, updated_at) "
        "VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING RETURNING id"
    )
    row = tx.execute(sql, (name, location or "", at, at)).fetchone()
    if row is None:
        return None
    if location is None:
        tx.execute(
            "UPDATE experiments SET artifact_location = ? WHERE id = ?",
            (locations.of_experiment(row[0]), row[0]),
        )
    return int(row[0])


def check_experiment_name(name: str) -> None:
    """Refuse a name that no experiment can have."""
    if not name:
        raise InvalidParameterValue(f"Invalid experiment name: '{name}'")
    check_length("name", name, MAX_EXPERIMENT_NAME_LENGTH)
    check_text("name", name)


def _check_tag(key: str, value: str) -> None:
    check_key(key)
    check_length("value", value, MAX_EXPERIMENT_TAG_VALUE_LENGTH)
    check_text("value", value)


def _checked_tags(tags: list[ExperimentTag]) -> dict[str, str]:
    checked: dict[str, str] = {}
    for tag in tags:
        _check_tag(tag.key, tag.value)
        if tag.key in checked:
            raise InvalidParameterValue(f"The tag {tag.key!r} is given twice: give each key once.")
        checked[tag.key] = tag.value
    return checked


def _no_experiment(experiment_id: int) -> ResourceDoesNotExist:
    return ResourceDoesNotExist(f"No Experiment with id={experiment_id} exists")


def _taken(name: str) -> ResourceAlreadyExists:
    return ResourceAlreadyExists(
        f"Experiment(name={name}) already exists. Error: a deleted experiment keeps its name until "
        "it is restored, renamed or deleted for good: headrace gc --experiment-ids ID"
    )
