"""A new run: what is checked of it, and how its rows come in."""

from __future__ import annotations

import os

from msgspec import Struct

from headrace.api.journals import EnsureRun
from headrace.api.tracking import CreateRun
from headrace.entities import RunTag
from headrace.entities.tag_names import RUN_NAME
from headrace.errors import InvalidParameterValue
from headrace.stores.base import current_actor
from headrace.stores.names import two_word_name
from headrace.stores.sql.calls import now
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.keys import Keys
from headrace.stores.sql.locations import append_path
from headrace.stores.sql.outbox import IS_WATCHED
from headrace.stores.sql.run_events import note_creation
from headrace.stores.texts import check_any_key, check_int64, check_run_id, check_text

SET_RUN_TAG = (
    "INSERT INTO run_tags (run_id, key_id, value) VALUES (?, ?, ?) "
    "ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value"
)

_INSERT = (
    "INSERT INTO runs (uuid, experiment_id, name, user_id, user_verified, status, start_time, "
    "artifact_uri) VALUES (?, ?, ?, ?, ?, 'RUNNING', ?, ?) "
    f"ON CONFLICT (uuid) DO NOTHING RETURNING id, {IS_WATCHED}"
)


class NewRun(Struct):
    """A run that may be made, as far as that can be told without a database.

    Attributes:
        run_id: Its id, chosen by the client or by us.
        name: Its name.
        user: Who starts it.
        verified: 1 if a server has checked that name, else 0.
        start_time: Milliseconds since the epoch.
        tags: Its tags, key to value; the name is one of them.

    """

    run_id: str
    name: str
    user: str
    verified: int
    start_time: int
    tags: dict[str, str]


def read_new_run(request: CreateRun | EnsureRun) -> NewRun:
    """Return the run that a request asks for.

    Raises:
        InvalidParameterValue: If something of it is malformed.

    """
    if request.run_id is not None:
        check_run_id(request.run_id)
    user, verified = _user(request.user_id)
    name, tags = _name_and_tags(request.run_name, request.tags)
    start_time = request.start_time or 0
    check_int64("start_time", start_time)
    run_id = request.run_id or os.urandom(16).hex()
    return NewRun(run_id, name, user, verified, start_time, tags)


def insert_run(
    tx: Transaction, keys: Keys, new: NewRun, experiment_id: int, parent: str
) -> tuple[int | None, str]:
    """Add a run with its tags, unless its id is taken.

    Args:
        tx: A transaction that writes and holds the experiment active.
        keys: The store's keys.
        new: The run.
        experiment_id: Its experiment.
        parent: Artifact location of the experiment, as it is stored.

    Returns:
        The row id, or None if the id is taken, and the run's artifact location.

    """
    location = append_path(parent, new.run_id, "artifacts")
    values = (new.run_id, experiment_id, new.name, new.user, new.verified, new.start_time, location)
    row = tx.execute(_INSERT, values).fetchone()
    if row is None:
        return None, location
    run, is_watched = row
    ids = keys.ids(tx, experiment_id, new.tags, create=True)
    tx.executemany(SET_RUN_TAG, [(run, ids[key], value) for key, value in new.tags.items()])
    if is_watched:
        note_creation(tx, run, now())
    return run, location


def find_removal(tx: Transaction, run_id: str) -> InvalidParameterValue | None:
    """Return the refusal of a run that was deleted for good; None if it was not."""
    sql = "SELECT deleted_at FROM tombstones WHERE run_uuid = ?"
    if tx.execute(sql, (run_id,)).fetchone() is None:
        return None
    return InvalidParameterValue(
        f"The run {run_id} was deleted for good, so its id is not given again. "
        "Choose another run_id."
    )


def _user(given: str | None) -> tuple[str, int]:
    """Return the user of a new run, and 1 if a server has checked that name, else 0."""
    actor = current_actor()
    user = given or actor.name
    check_text("user_id", user)
    return user, int(actor.verified and user == actor.name)


def _name_and_tags(name: str | None, given: list[RunTag]) -> tuple[str, dict[str, str]]:
    """Return a new run's name and tags, of which one is the name.

    Like MLflow's servers it takes any characters in the keys of tags that a run starts with.
    """
    tags: dict[str, str] = {}
    for index, tag in enumerate(given):
        path = f"tags[{index}]"
        check_any_key(tag.key, f"{path}.key")
        check_text(f"{path}.value", tag.value)
        if tag.key in tags:
            raise InvalidParameterValue(f"The tag {tag.key!r} is given twice: give each key once.")
        tags[tag.key] = tag.value
    by_tag = tags.get(RUN_NAME)
    if name and by_tag and name != by_tag:
        raise InvalidParameterValue(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different "
            f"values (run_name='{name}', mlflow.runName='{by_tag}')."
        )
    check_text("run_name", name)
    chosen = name or by_tag or two_word_name()
    tags[RUN_NAME] = chosen
    return chosen, tags
