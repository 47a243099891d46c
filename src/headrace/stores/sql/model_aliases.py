"""Aliases: names of the user's, each for one version of a registered model."""

from __future__ import annotations

from headrace.api import registry as api
from headrace.api.endpoint import Empty
from headrace.entities import ChangeKind
from headrace.errors import InvalidParameterValue, ResourceConflict, ResourceDoesNotExist
from headrace.stores.registry_texts import (
    LATEST,
    check_alias,
    check_model_name,
    check_new_alias,
    parse_version,
)
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.guards import guard_alias
from headrace.stores.sql.registry_changes import Entry, check_reason, note_changes
from headrace.stores.sql.registry_reads import (
    find_model,
    find_named,
    find_version_where,
    hold_version,
)

_SET = (
    "INSERT INTO model_aliases (model_id, alias, version_id) VALUES (?, ?, ?) "
    "ON CONFLICT (model_id, alias) DO UPDATE SET version_id = excluded.version_id"
)
_NAMED_BY = (
    "id = (SELECT version_id FROM registered_models AS m JOIN model_aliases ON model_id = m.id "
    "WHERE name = ? AND alias = ?)"
)
_NEWEST = "name = ? ORDER BY version DESC"


class ModelAliasCalls(SqlCalls):
    """The calls on aliases."""

    def set_registered_model_alias(self, request: api.SetRegisteredModelAlias) -> Empty:
        """Let an alias name a version."""
        name, alias, reason = request.name, request.alias, check_reason(request)
        check_model_name(name)
        check_new_alias(alias)
        number = parse_version(request.version)

        def work(tx: Transaction) -> None:
            version = hold_version(tx, self._statements, name, number)
            before = _named(tx, version.model_id, alias)
            _check_expected(request, before)
            overridden = guard_alias(tx, request, version.model_id, number)
            tx.execute(_SET, (version.model_id, alias, version.id))
            after = str(number)
            entry = Entry(ChangeKind.ALIAS, number, alias, before, after)
            note_changes(tx, name, now(), reason, [entry], overridden)

        self._database.transact(work, durable=True)
        return Empty()

    def delete_registered_model_alias(self, request: api.DeleteRegisteredModelAlias) -> Empty:
        """Delete an alias; one that is not there is fine."""
        name, alias, reason = request.name, request.alias, check_reason(request)
        check_model_name(name)
        check_alias(alias)

        def work(tx: Transaction) -> None:
            model = find_model(tx, name, self._statements.FOR_UPDATE)
            before = _named(tx, model, alias)
            _check_expected(request, before)
            if before is None:
                return
            overridden = guard_alias(tx, request, model, None)
            sql = "DELETE FROM model_aliases WHERE model_id = ? AND alias = ?"
            tx.execute(sql, (model, alias))
            entry = Entry(ChangeKind.ALIAS, int(before), alias, before, None)
            note_changes(tx, name, now(), reason, [entry], overridden)

        self._database.transact(work, durable=True)
        return Empty()

    def get_model_version_by_alias(
        self, request: api.GetModelVersionByAlias
    ) -> api.ModelVersionAnswer:
        """Return the version that an alias names; ``latest`` in any case names the newest."""
        name = request.name
        check_model_name(name)
        check_alias(request.alias)
        is_latest = request.alias.lower() == LATEST
        where, values = (_NEWEST, [name]) if is_latest else (_NAMED_BY, [name, request.alias])
        with self._database.read(snapshot=False) as tx:
            version = find_version_where(tx, self._statements, self._locations, where, values)
            if version is not None:
                return api.ModelVersionAnswer(version)
            find_model(tx, name)
        if is_latest:
            raise ResourceDoesNotExist(f"Latest version not found for model {name}.")
        raise InvalidParameterValue(f"Registered model alias {request.alias} not found.")


def _named(tx: Transaction, model: int, alias: str) -> str | None:
    """Return the version that an alias of a model names now."""
    number = find_named(tx, model, alias)
    return None if number is None else str(number)


def _check_expected(
    request: api.SetRegisteredModelAlias | api.DeleteRegisteredModelAlias, found: str | None
) -> None:
    expected = request.expected
    if expected is None or expected == (found or ""):
        return
    names = f"names version {found}" if found else "names no version"
    wanted = f"version {expected}" if expected else "none"
    raise ResourceConflict(
        f"The alias {request.alias!r} of {request.name!r} {names}, not {wanted} as expected: "
        "somebody else moved it meanwhile. Look at its history, and decide anew."
    )


def delete_aliases(tx: Transaction, version_id: int, version: int) -> list[Entry]:
    """Delete the aliases of a version; return what there is to note of it."""
    sql = "DELETE FROM model_aliases WHERE version_id = ? RETURNING alias"
    gone = sorted(alias for (alias,) in tx.execute(sql, (version_id,)).fetchall())
    return [Entry(ChangeKind.ALIAS, version, alias, str(version), None) for alias in gone]
