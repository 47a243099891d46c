"""Registered models: their life, their tags, and the newest version of each of their stages."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.api import limits
from headrace.api import registry as api
from headrace.api.endpoint import Empty
from headrace.entities import ChangeKind, ModelStage, RegisteredModel, RegisteredModelTag
from headrace.errors import ResourceAlreadyExists
from headrace.stores.base import current_actor
from headrace.stores.registry_texts import check_model_name, check_registry_tag, check_words
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.guards import guard_model, guard_renaming
from headrace.stores.sql.registry_changes import Entry, check_reason, note_changes
from headrace.stores.sql.registry_reads import (
    STAGES,
    find_model,
    load_registered_models,
    load_versions,
    newest_versions,
)
from headrace.stores.texts import check_key

_INSERT = (
    "INSERT INTO registered_models (name, description, created_at, updated_at, user_id, "
    "user_verified) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING RETURNING id"
)
_SET_TAG = (
    "INSERT INTO registered_model_tags (model_id, key, value) VALUES (?, ?, ?) "
    "ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value"
)


class RegisteredModelCalls(SqlCalls):
    """The calls on registered models, without the search for them."""

    def create_registered_model(
        self, request: api.CreateRegisteredModel
    ) -> api.RegisteredModelAnswer:
        """Create a registered model; a name that is taken is refused."""
        name, reason = request.name, check_reason(request)
        check_model_name(name)
        check_words("description", request.description, limits.MAX_DESCRIPTION_LENGTH)
        tags = _checked_tags(request.tags)
        actor = current_actor()

        def work(tx: Transaction) -> RegisteredModel:
            at = now()
            description = request.description or None
            values = (name, description, at, at, actor.name, int(actor.verified))
            row = tx.execute(_INSERT, values).fetchone()
            if row is None:
                raise _taken(name)
            tx.executemany(_SET_TAG, [(row[0], *pair) for pair in tags.items()])
            entries = [Entry(ChangeKind.CREATED), Entry(ChangeKind.DESCRIPTION, after=description)]
            entries += [Entry(ChangeKind.TAG, None, key, None, text) for key, text in tags.items()]
            note_changes(tx, name, at, reason, entries)
            return self._load_registered(tx, row[0])

        return api.RegisteredModelAnswer(self._database.transact(work, durable=True))

    def get_registered_model(self, request: api.GetRegisteredModel) -> api.RegisteredModelAnswer:
        """Return a registered model with the newest version of each stage."""
        check_model_name(request.name)
        with self._database.read() as tx:
            return api.RegisteredModelAnswer(
                self._load_registered(tx, find_model(tx, request.name))
            )

    def rename_registered_model(
        self, request: api.RenameRegisteredModel
    ) -> api.RegisteredModelAnswer:
        """Give a registered model another name, in its versions and its history too."""
        old, new, reason = request.name, request.new_name, check_reason(request)
        check_model_name(old)
        check_model_name(new, "new_name")

        def work(tx: Transaction) -> RegisteredModel:
            number = find_model(tx, old, self._statements.FOR_REMOVAL)
            overridden = guard_renaming(tx, request, number)
            at = now()
            if new != old:
                sql = "SELECT 1 FROM registered_models WHERE name = ?"
                if tx.execute(sql, (new,)).fetchone():
                    raise _taken(new)
                tx.execute("UPDATE registry_changes SET name = ? WHERE name = ?", (new, old))
            sql = "UPDATE registered_models SET name = ?, updated_at = ? WHERE id = ?"
            tx.execute(sql, (new, at, number))
            sql = "UPDATE model_versions SET name = ?, updated_at = ? WHERE model_id = ?"
            tx.execute(sql, (new, at, number))
            entry = Entry(ChangeKind.RENAMED, before=old, after=new)
            note_changes(tx, new, at, reason, [entry], overridden)
            return self._load_registered(tx, number)

        return api.RegisteredModelAnswer(self._database.transact(work, durable=True))

    def update_registered_model(
        self, request: api.UpdateRegisteredModel
    ) -> api.RegisteredModelAnswer:
        """Set the description."""
        name, reason = request.name, check_reason(request)
        check_model_name(name)
        check_words("description", request.description, limits.MAX_DESCRIPTION_LENGTH)
        description = request.description or None

        def work(tx: Transaction) -> RegisteredModel:
            number = find_model(tx, name, self._statements.FOR_UPDATE)
            sql = "SELECT description FROM registered_models WHERE id = ?"
            [before] = tx.execute(sql, (number,)).fetchone()
            at = now()
            sql = "UPDATE registered_models SET description = ?, updated_at = ? WHERE id = ?"
            tx.execute(sql, (description, at, number))
            entry = Entry(ChangeKind.DESCRIPTION, before=before, after=description)
            note_changes(tx, name, at, reason, [entry])
            return self._load_registered(tx, number)

        return api.RegisteredModelAnswer(self._database.transact(work, durable=True))

    def delete_registered_model(self, request: api.DeleteRegisteredModel) -> Empty:
        """Delete a registered model and its versions; its history stays."""
        name, reason = request.name, check_reason(request)
        check_model_name(name)

        def work(tx: Transaction) -> None:
            number = find_model(tx, name, self._statements.FOR_REMOVAL)
            overridden = guard_model(tx, request, number)
            tx.execute("DELETE FROM registered_models WHERE id = ?", (number,))
            note_changes(tx, name, now(), reason, [Entry(ChangeKind.DELETED)], overridden)

        self._database.transact(work, durable=True)
        return Empty()

    def get_latest_versions(self, request: api.GetLatestVersions) -> api.ModelVersions:
        """Return the newest version of each of the stages."""
        check_model_name(request.name)
        wanted = {ModelStage.of(stage) for stage in request.stages or STAGES}
        with self._database.read() as tx:
            newest = newest_versions(tx, self._statements, [find_model(tx, request.name)])
            ids = [version for _, version in newest]
            versions = load_versions(tx, self._statements, self._locations, ids)
        return api.ModelVersions([one for one in versions if one.current_stage in wanted])

    def set_registered_model_tag(self, request: api.SetRegisteredModelTag) -> Empty:
        """Set a tag of a registered model."""
        name, key, value = request.name, request.key, request.value
        reason = check_reason(request)
        check_model_name(name)
        check_registry_tag(key, value)

        def work(tx: Transaction) -> None:
            number = find_model(tx, name, self._statements.FOR_UPDATE)
            before = _find_tag(tx, number, key)
            tx.execute(_SET_TAG, (number, key, value))
            note_changes(tx, name, now(), reason, [Entry(ChangeKind.TAG, None, key, before, value)])

        self._database.transact(work, durable=True)
        return Empty()

    def delete_registered_model_tag(self, request: api.DeleteRegisteredModelTag) -> Empty:
        """Delete a tag of a registered model; one that is not there is fine."""
        name, key, reason = request.name, request.key, check_reason(request)
        check_model_name(name)
        check_key(key)

        def work(tx: Transaction) -> None:
            number = find_model(tx, name, self._statements.FOR_UPDATE)
            before = _find_tag(tx, number, key)
            sql = "DELETE FROM registered_model_tags WHERE model_id = ? AND key = ?"
            tx.execute(sql, (number, key))
            note_changes(tx, name, now(), reason, [Entry(ChangeKind.TAG, None, key, before, None)])

        self._database.transact(work, durable=True)
        return Empty()

    def _load_registered(self, tx: Transaction, number: int) -> RegisteredModel:
        return load_registered_models(tx, self._statements, self._locations, [number])[0]


def _checked_tags(tags: Sequence[RegisteredModelTag]) -> dict[str, str]:
    for tag in tags:
        check_registry_tag(tag.key, tag.value)
    return {tag.key: tag.value for tag in tags}


def _find_tag(tx: Transaction, number: int, key: str) -> str | None:
    sql = "SELECT value FROM registered_model_tags WHERE model_id = ? AND key = ?"
    row = tx.execute(sql, (number, key)).fetchone()
    return None if row is None else str(row[0])


def _taken(name: str) -> ResourceAlreadyExists:
    return ResourceAlreadyExists(f"Registered Model (name={name}) already exists.")
