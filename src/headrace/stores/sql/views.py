"""Views of experiments on a SQL database: whose they are, who sees them, which is the default."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

import msgspec

from headrace.api import limits
from headrace.api import views as api
from headrace.api.endpoint import Empty
from headrace.entities.view import View
from headrace.errors import (
    InvalidParameterValue,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from headrace.search.ordering import OrderItem
from headrace.search.paging import decode_token, encode_token, take_fingerprint
from headrace.search.tree import Entity, Field, Kind
from headrace.stores.base import Actor, current_actor
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.experiments import active_experiment
from headrace.stores.sql.registry_changes import check_max_results
from headrace.stores.texts import (
    check_length,
    check_text,
    encode_text,
    missing,
    parse_experiment_id,
)

_INSERT = (
    "INSERT INTO views (uuid, identity, name, state, is_shared, created_at, updated_at, user_id, "
    "user_verified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity) DO NOTHING "
    "RETURNING id"
)
_INSERT_EXPERIMENT = (
    "INSERT INTO view_experiments (view_id, experiment_id, position, is_default) "
    "VALUES (?, ?, ?, 0)"
)
_COLUMNS = "v.id, v.uuid, v.name, v.is_shared, v.created_at, v.updated_at, v.user_id"

# What a page is continued by: the row id of its last view.
_ORDER = (OrderItem(Field(Entity.ATTRIBUTE, "id", Kind.NUMBER), ascending=False),)


class ViewCalls(SqlCalls):
    """The calls on views; see `headrace.stores.base.ViewStore`."""

    def create_view(self, request: api.CreateView) -> api.ViewAnswer:
        """Create a view, or change the one of the same name if that is asked for."""
        _check_name(request.name)
        _check_state(request.state)
        numbers = _parse_experiments(request.experiment_ids)
        actor = current_actor()
        if not request.is_shared and not actor.verified:
            raise _no_owner()
        identity = _identify(actor.name if actor.verified else None, numbers, request.name)
        shared = int(request.is_shared)

        def work(tx: Transaction) -> View:
            for number in sorted(numbers):  # in one order, so that no two wait for each other
                active_experiment(tx, self._statements, number, change=True)
            at = now()
            made = (identity, request.name, request.state, shared, at, at)
            row = tx.execute(
                _INSERT, ("v-" + os.urandom(16).hex(), *made, actor.name, int(actor.verified))
            ).fetchone()
            if row is not None:
                _check_room(tx, numbers)
                for position, number in enumerate(numbers):
                    tx.execute(_INSERT_EXPERIMENT, (*row, number, position))
            elif request.replace:
                sql = (
                    "UPDATE views SET state = ?, is_shared = ?, updated_at = ? "
                    "WHERE identity = ? RETURNING id"
                )
                row = tx.execute(sql, (request.state, shared, at, identity)).fetchone()
            else:
                raise _taken(request.name)
            assert row is not None
            view = self._read_views(tx, "v.id = ?", row)[0]
            if not view.is_shared:
                _check_not_default(view)
            if request.is_default:
                _make_default(tx, row[0], view)
            return self._read_views(tx, "v.id = ?", row, with_states=True)[0]

        return api.ViewAnswer(self._database.transact(work, durable=True))

    def get_view(self, request: api.GetView) -> api.ViewAnswer:
        """Return a view with its state."""
        with self._database.read() as tx:
            return api.ViewAnswer(self._find_view(tx, request.view_id, with_states=True)[1])

    def list_views(self, request: api.ListViews) -> api.ViewsPage:
        """Return a page of what the caller may see, newest first."""
        limit = check_max_results(
            request.max_results, limits.MAX_VIEWS_PER_PAGE, limits.DEFAULT_VIEWS_PER_PAGE
        )
        numbers = sorted({parse_experiment_id(one) for one in request.experiment_ids})
        fingerprint = take_fingerprint("views", numbers)
        last = decode_token(request.page_token, fingerprint, _ORDER)
        condition, values = self._visible()
        if numbers:
            condition += (
                " AND v.id IN (SELECT view_id FROM view_experiments WHERE experiment_id "
                f"{self._statements.IN_LIST} GROUP BY view_id HAVING COUNT(*) = ?)"
            )
            values += [self._statements.bind_list(numbers), len(numbers)]
        if last is not None:
            condition += " AND v.id < ?"
            values.append(last[0])
        with self._database.read() as tx:
            sql = f"SELECT v.id FROM views AS v WHERE {condition} ORDER BY v.id DESC LIMIT ?"
            ids = [number for (number,) in tx.execute(sql, (*values, limit + 1)).fetchall()]
            shown = self._statements.bind_list(ids[:limit])
            found = self._read_views(tx, f"v.id {self._statements.IN_LIST}", (shown,))
        token = encode_token(fingerprint, [ids[limit - 1]]) if len(ids) > limit else None
        return api.ViewsPage(found, token)

    def update_view(self, request: api.UpdateView) -> api.ViewAnswer:
        """Change what is given of a view."""
        if request.name is not None:
            _check_name(request.name)
        if request.state is not None:
            _check_state(request.state)
        given = {"name": request.name, "state": request.state, "is_shared": request.is_shared}
        changes: dict[str, Any] = {key: one for key, one in given.items() if one is not None}

        def work(tx: Transaction) -> View:
            number, view = self._find_view(tx, request.view_id, lock=self._statements.FOR_UPDATE)
            if changes:
                _check_may_change(view)
                self._change(tx, number, view, changes)
            after = self._read_views(tx, "v.id = ?", (number,))[0]
            if request.is_default:
                for experiment_id in after.experiment_ids:
                    active_experiment(tx, self._statements, int(experiment_id), change=True)
                _make_default(tx, number, after)
            elif request.is_default is not None:
                sql = "UPDATE view_experiments SET is_default = 0 WHERE view_id = ?"
                tx.execute(sql, (number,))
            after = self._read_views(tx, "v.id = ?", (number,), with_states=True)[0]
            if not after.is_shared:
                _check_not_default(after)
            return after

        return api.ViewAnswer(self._database.transact(work, durable=True))

    def delete_view(self, request: api.DeleteView) -> Empty:
        """Delete a view."""

        def work(tx: Transaction) -> None:
            number, view = self._find_view(tx, request.view_id)
            _check_may_change(view)
            tx.execute("DELETE FROM views WHERE id = ?", (number,))

        self._database.transact(work, durable=True)
        return Empty()

    # --- parts -----------------------------------------------------------------------------------

    def _change(self, tx: Transaction, number: int, view: View, changes: dict[str, Any]) -> None:
        if changes.get("is_shared") is False and not view.user_verified:
            raise _no_owner()
        columns = {key: int(one) if key == "is_shared" else one for key, one in changes.items()}
        if (name := changes.get("name")) is not None:
            owner = view.user_id if view.user_verified else None
            identity = _identify(owner, [int(one) for one in view.experiment_ids], name)
            sql = "SELECT 1 FROM views WHERE identity = ? AND id <> ?"
            if tx.execute(sql, (identity, number)).fetchone():
                raise _taken(name)
            columns["identity"] = identity
        sets = ", ".join(f"{column} = ?" for column in (*columns, "updated_at"))
        sql = f"UPDATE views SET {sets} WHERE id = ?"
        tx.execute(sql, (*columns.values(), now(), number))

    def _goes_by_rights(self, actor: Actor) -> bool:
        """Return whether the caller is one of several: who opens the store itself may do all."""
        return self.is_served or actor.verified

    def _visible(self) -> tuple[str, list[Any]]:
        """Return the condition of what the caller may see, and its values."""
        actor = current_actor()
        if not self._goes_by_rights(actor):
            return "1 = 1", []
        if not actor.verified:
            return "v.is_shared = 1", []
        return "(v.is_shared = 1 OR (v.user_verified = 1 AND v.user_id = ?))", [actor.name]

    def _find_view(
        self, tx: Transaction, view_id: str, *, with_states: bool = False, lock: str = ""
    ) -> tuple[int, View]:
        """Return a view that the caller may see, and its row id."""
        check_text("view_id", view_id)
        condition, values = self._visible()
        sql = f"SELECT v.id FROM views AS v WHERE v.uuid = ? AND {condition}{lock}"
        row = tx.execute(sql, (view_id, *values)).fetchone()
        if row is None:
            raise ResourceDoesNotExist(
                f"There is no view with the id {view_id}: it was deleted, or is not shared."
            )
        return row[0], self._read_views(tx, "v.id = ?", row, with_states=with_states)[0]

    def _read_views(
        self, tx: Transaction, condition: str, values: Sequence[Any], *, with_states: bool = False
    ) -> list[View]:
        state = "v.state" if with_states else "''"
        sql = (
            f"SELECT {_COLUMNS}, v.user_verified, {state} FROM views AS v WHERE {condition} "
            "ORDER BY v.id DESC"
        )
        rows = tx.execute(sql, values).fetchall()
        sql = (
            "SELECT view_id, experiment_id, is_default FROM view_experiments WHERE view_id "
            f"{self._statements.IN_LIST} ORDER BY view_id, position"
        )
        shown: dict[int, list[tuple[int, int]]] = {row[0]: [] for row in rows}
        for number, *one in tx.execute(sql, (self._statements.bind_list(shown),)).fetchall():
            shown[number].append((one[0], one[1]))
        return [self._view(row, shown[row[0]]) for row in rows]

    def _view(self, row: Row, experiments: Sequence[tuple[int, int]]) -> View:
        _, uuid, name, is_shared, created_at, updated_at, user, verified, state = row
        actor = current_actor()
        is_own = actor.verified and actor.name == user
        return View(
            view_id=uuid,
            name=name,
            experiment_ids=[str(number) for number, _ in experiments],
            creation_timestamp=created_at,
            last_updated_timestamp=updated_at,
            state_text=state,
            is_shared=bool(is_shared),
            is_default=any(is_default for _, is_default in experiments),
            may_change=(
                not verified or is_own or actor.is_admin or not self._goes_by_rights(actor)
            ),
            user_id=user,
            user_verified=bool(verified),
        )


def remove_views(tx: Transaction, statements: Any, experiment: int) -> None:
    """Take an experiment, by its row id, out of its views; delete those that show no other."""
    sql = "DELETE FROM view_experiments WHERE experiment_id = ? RETURNING view_id"
    ids = [number for (number,) in tx.execute(sql, (experiment,)).fetchall()]
    if ids:
        sql = (
            f"DELETE FROM views WHERE id {statements.IN_LIST} AND NOT EXISTS "
            "(SELECT 1 FROM view_experiments WHERE view_id = views.id)"
        )
        tx.execute(sql, (statements.bind_list(ids),))


def _make_default(tx: Transaction, number: int, view: View) -> None:
    """Make a view, by its row id, the default of its experiment in the place of another."""
    if len(view.experiment_ids) != 1:
        raise InvalidParameterValue(
            f"The view {view.name!r} shows {len(view.experiment_ids)} experiments: only one of a "
            "single experiment can be its default."
        )
    if not view.is_shared:
        raise InvalidParameterValue(
            f"The view {view.name!r} is private: share it before it becomes the default."
        )
    tx.execute(
        "UPDATE view_experiments SET is_default = CASE WHEN view_id = ? THEN 1 ELSE 0 END "
        "WHERE experiment_id = ?",
        (number, int(view.experiment_ids[0])),
    )


def _identify(owner: str | None, experiments: Sequence[int], name: str) -> str:
    """Return what only a view of this owner, if it has one, these experiments and this name has."""
    whole = [owner, sorted(experiments), name]
    return hashlib.blake2b(msgspec.json.encode(whole), digest_size=16).hexdigest()


# --- checks --------------------------------------------------------------------------------------


def _check_name(name: str) -> None:
    if not name.strip():
        raise missing("name")
    check_length("name", name, limits.MAX_VIEW_NAME_LENGTH)
    check_text("name", name)


def _check_state(state: str) -> None:
    size = len(encode_text("state", state))
    if size > limits.MAX_VIEW_STATE_SIZE:
        raise InvalidParameterValue(
            f"The state of the view has {size} bytes, and at most {limits.MAX_VIEW_STATE_SIZE} are "
            "taken: select fewer runs, or choose fewer columns."
        )
    try:
        msgspec.json.decode(state, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidParameterValue(
            f"The state of a view is the text of a JSON object, such as "
            f'{{"filter": "metrics.loss < 1"}}: {error}.'
        ) from None


def _parse_experiments(experiment_ids: Sequence[str]) -> list[int]:
    numbers = list(dict.fromkeys(parse_experiment_id(one) for one in experiment_ids))
    if not numbers:
        raise missing("experiment_ids")
    if len(numbers) > limits.MAX_VIEW_EXPERIMENTS:
        raise InvalidParameterValue(
            f"A view shows at most {limits.MAX_VIEW_EXPERIMENTS} experiments, and these are "
            f"{len(numbers)}."
        )
    return numbers


def _check_room(tx: Transaction, experiments: Sequence[int]) -> None:
    sql = "SELECT COUNT(*) FROM view_experiments WHERE experiment_id = ?"
    for number in experiments:
        [count] = tx.execute(sql, (number,)).fetchone()
        if count >= limits.MAX_VIEWS_PER_EXPERIMENT:
            raise InvalidParameterValue(
                f"The experiment {number} has {count} views, and at most "
                f"{limits.MAX_VIEWS_PER_EXPERIMENT} are kept: delete some."
            )


def _check_may_change(view: View) -> None:
    if not view.may_change:
        raise PermissionDenied(
            f"The view {view.name!r} belongs to {view.user_id}: only its owner or an admin may "
            "change or delete it. Save a view of your own instead."
        )


def _check_not_default(view: View) -> None:
    if view.is_default:
        raise InvalidParameterValue(
            f"The view {view.name!r} is the default of its experiment, so it stays shared: take "
            "that from it first."
        )


def _no_owner() -> InvalidParameterValue:
    return InvalidParameterValue(
        "A private view needs an owner whom a server has checked, and there is none: a store "
        "without users has shared views only."
    )


def _taken(name: str) -> ResourceAlreadyExists:
    return ResourceAlreadyExists(
        f"There is a view called {name!r} of these experiments already: update that one, or choose "
        "another name."
    )
