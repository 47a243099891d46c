"""Versions of registered models: their life, stages and tags."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.api import limits
from headrace.api import registry as api
from headrace.api.endpoint import Empty
from headrace.entities import ChangeKind, ModelStage, ModelVersion, ModelVersionTag
from headrace.errors import InvalidParameterValue, ResourceConflict
from headrace.stores.base import current_actor
from headrace.stores.registry_texts import (
    check_model_name,
    check_registry_tag,
    check_words,
    parse_version,
)
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Row, Transaction, placeholders
from headrace.stores.sql.guards import guard_transition, guard_version
from headrace.stores.sql.lineage import name_version_on_model
from headrace.stores.sql.model_aliases import delete_aliases
from headrace.stores.sql.registry_changes import Entry, check_reason, note_changes
from headrace.stores.sql.registry_reads import (
    STAGES,
    VERSION_COLUMNS,
    HeldVersion,
    find_version_where,
    hold_version,
    load_versions,
    no_model,
    no_version,
    version_of,
)
from headrace.stores.sql.sources import find_source
from headrace.stores.sql.version_contents import carry_content
from headrace.stores.texts import check_key

_NEXT = (
    "UPDATE registered_models SET last_version = last_version + 1, updated_at = ? WHERE name = ? "
    "RETURNING id, last_version"
)
_INSERT = (
    "INSERT INTO model_versions AS v (model_id, name, version, created_at, updated_at, user_id, "
    "user_verified, description, source, artifact_uri, run_id, run_link, logged_model_id, "
    f"copied_from) VALUES ({placeholders(14)}) RETURNING {VERSION_COLUMNS}"
)
_SET_TAG = (
    "INSERT INTO model_version_tags (version_id, key, value) VALUES (?, ?, ?) "
    "ON CONFLICT (version_id, key) DO UPDATE SET value = excluded.value"
)
_NAMED = "name = ? AND version = ?"
_FIND = f"SELECT {VERSION_COLUMNS} FROM model_versions WHERE {_NAMED}"


class ModelVersionCalls(SqlCalls):
    """The calls on versions, without the search for them."""

    def create_model_version(self, request: api.CreateModelVersion) -> api.ModelVersionAnswer:
        """Create the version after the greatest number that was ever given."""
        name, reason = request.name, check_reason(request)
        check_model_name(name)
        check_words("description", request.description, limits.MAX_DESCRIPTION_LENGTH)
        check_words("run_link", request.run_link, limits.MAX_SOURCE_LENGTH)
        tags = dict(sorted(_checked_tags(request.tags).items()))
        actor = current_actor()

        def work(tx: Transaction) -> ModelVersion:
            source = find_source(
                tx, self._statements, self._locations, request, is_served=self.is_served
            )
            at = now()
            row = tx.execute(_NEXT, (at, name)).fetchone()
            if row is None:
                raise no_model(name)
            model, number = row
            made = tx.execute(
                _INSERT,
                (model, name, number, at, at, actor.name, int(actor.verified),
                 request.description or "", source.said, source.place, source.run_id,
                 request.run_link, source.model_id, source.original),
            ).fetchone()  # fmt: skip
            if source.original:
                made = carry_content(tx, made[0], source.original)
            version = version_of(made, self._locations)
            if tags:
                tx.executemany(_SET_TAG, [(made[0], *pair) for pair in tags.items()])
                version.tag_list = [ModelVersionTag(*pair) for pair in tags.items()]
            if source.model_id:
                name_version_on_model(tx, self._statements, source.model_id, name, number)
            note_changes(tx, name, at, reason, _creation(version, number))
            return version

        return api.ModelVersionAnswer(self._database.transact(work, durable=True))

    def get_model_version(self, request: api.GetModelVersion) -> api.ModelVersionAnswer:
        """Return a version."""
        check_model_name(request.name)
        number = parse_version(request.version)
        with self._database.read(snapshot=False) as tx:
            version = find_version_where(
                tx, self._statements, self._locations, _NAMED, (request.name, number)
            )
        if version is None:
            raise no_version(request.name, number)
        return api.ModelVersionAnswer(version)

    def update_model_version(self, request: api.UpdateModelVersion) -> api.ModelVersionAnswer:
        """Set the description."""
        name, reason = request.name, check_reason(request)
        check_model_name(name)
        number = parse_version(request.version)
        check_words("description", request.description, limits.MAX_DESCRIPTION_LENGTH)

        def work(tx: Transaction) -> ModelVersion:
            version = hold_version(tx, self._statements, name, number)
            at = now()
            sql = "UPDATE model_versions SET description = ?, updated_at = ? WHERE id = ?"
            tx.execute(sql, (request.description, at, version.id))
            before, after = version.description or None, request.description or None
            entry = Entry(ChangeKind.DESCRIPTION, number, None, before, after)
            note_changes(tx, name, at, reason, [entry])
            return self._read_version(tx, find_version(tx, name, number))

        return api.ModelVersionAnswer(self._database.transact(work, durable=True))

    def transition_model_version_stage(
        self, request: api.TransitionModelVersionStage
    ) -> api.ModelVersionAnswer:
        """Move a version into a stage, and archive the stage's other versions if asked."""
        name, reason = request.name, check_reason(request)
        check_model_name(name)
        number = parse_version(request.version)
        stage = ModelStage.of(request.stage)
        archives = request.archive_existing_versions
        if archives and not stage.is_active:
            active = ", ".join(one.value for one in ModelStage if one.is_active)
            raise InvalidParameterValue(
                "Model version transition cannot archive existing model versions because "
                f"'{request.stage}' is not an Active stage. Valid stages are {active}"
            )

        def work(tx: Transaction) -> ModelVersion:
            version = hold_version(tx, self._statements, name, number)
            _check_expected(request, version)
            overridden = guard_transition(tx, request, version, stage)
            at = now()
            entries = _archive(tx, version, stage, at) if archives else []
            sql = "UPDATE model_versions SET stage = ?, updated_at = ? WHERE id = ?"
            tx.execute(sql, (STAGES.index(stage), at, version.id))
            sql = "UPDATE registered_models SET updated_at = ? WHERE id = ?"
            tx.execute(sql, (at, version.model_id))
            moved = Entry(ChangeKind.STAGE, number, None, version.stage.value, stage.value)
            note_changes(tx, name, at, reason, [*entries, moved], overridden)
            return self._read_version(tx, find_version(tx, name, number))

        return api.ModelVersionAnswer(self._database.transact(work, durable=True))

    def delete_model_version(self, request: api.DeleteModelVersion) -> Empty:
        """Delete a version with its aliases; its history stays."""
        name, reason = request.name, check_reason(request)
        check_model_name(name)
        number = parse_version(request.version)

        def work(tx: Transaction) -> None:
            version = hold_version(tx, self._statements, name, number)
            overridden = guard_version(tx, request, version)
            at = now()
            entries = delete_aliases(tx, version.id, number)
            sql = "DELETE FROM model_versions WHERE id = ? RETURNING source"
            [source] = tx.execute(sql, (version.id,)).fetchone()
            sql = "UPDATE registered_models SET updated_at = ? WHERE id = ?"
            tx.execute(sql, (at, version.model_id))
            entries.append(
                Entry(ChangeKind.DELETED, number, before=self._locations.resolve(source))
            )
            note_changes(tx, name, at, reason, entries, overridden)

        self._database.transact(work, durable=True)
        return Empty()

    def set_model_version_tag(self, request: api.SetModelVersionTag) -> Empty:
        """Set a tag of a version."""
        check_registry_tag(request.key, request.value)
        return self._change_version_tag(request, request.value)

    def delete_model_version_tag(self, request: api.DeleteModelVersionTag) -> Empty:
        """Delete a tag of a version; one that is not there is fine."""
        check_key(request.key)
        return self._change_version_tag(request, None)

    def get_model_version_download_uri(
        self, request: api.GetModelVersionDownloadUri
    ) -> api.ModelVersionDownloadUri:
        """Return where the files of a version lie."""
        check_model_name(request.name)
        number = parse_version(request.version)
        with self._database.read(snapshot=False) as tx:
            version = version_of(find_version(tx, request.name, number), self._locations)
        return api.ModelVersionDownloadUri(version.artifact_uri or version.source or "")

    def _change_version_tag(
        self, request: api.SetModelVersionTag | api.DeleteModelVersionTag, value: str | None
    ) -> Empty:
        name, key, reason = request.name, request.key, check_reason(request)
        check_model_name(name)
        number = parse_version(request.version)

        def work(tx: Transaction) -> None:
            version = hold_version(tx, self._statements, name, number)
            sql = "SELECT value FROM model_version_tags WHERE version_id = ? AND key = ?"
            row = tx.execute(sql, (version.id, key)).fetchone()
            before = None if row is None else str(row[0])
            if value is None:
                sql = "DELETE FROM model_version_tags WHERE version_id = ? AND key = ?"
                tx.execute(sql, (version.id, key))
            else:
                tx.execute(_SET_TAG, (version.id, key, value))
            note_changes(
                tx, name, now(), reason, [Entry(ChangeKind.TAG, number, key, before, value)]
            )

        self._database.transact(work, durable=True)
        return Empty()

    def _read_version(self, tx: Transaction, row: Row) -> ModelVersion:
        return load_versions(tx, self._statements, self._locations, [row[0]])[0]


def find_version(tx: Transaction, name: str, number: int) -> Row:
    """Return the row, in the order of `VERSION_COLUMNS`, of a version.

    Raises:
        ResourceDoesNotExist: If there is none.

    """
    row: Row | None = tx.execute(_FIND, (name, number)).fetchone()
    if row is None:
        raise no_version(name, number)
    return row


def _creation(version: ModelVersion, number: int) -> list[Entry]:
    entries = [Entry(ChangeKind.CREATED, number, after=version.source)]
    if version.description:
        entries.append(Entry(ChangeKind.DESCRIPTION, number, after=version.description))
    entries += [Entry(ChangeKind.TAG, number, tag.key, None, tag.value) for tag in version.tag_list]
    if version.content_digest:  # of a copy
        entries.append(Entry(ChangeKind.CONTENT, number, after=version.content_digest))
    return entries


def _archive(tx: Transaction, version: HeldVersion, stage: ModelStage, at: int) -> list[Entry]:
    """Archive the other versions of a stage; return what there is to note of it."""
    sql = (
        "UPDATE model_versions SET stage = ?, updated_at = ? "
        "WHERE model_id = ? AND stage = ? AND id <> ? RETURNING version"
    )
    archived = STAGES.index(ModelStage.ARCHIVED)
    values = (archived, at, version.model_id, STAGES.index(stage), version.id)
    numbers = sorted(number for (number,) in tx.execute(sql, values).fetchall())
    return [
        Entry(ChangeKind.STAGE, number, None, stage.value, ModelStage.ARCHIVED.value)
        for number in numbers
    ]


def _check_expected(request: api.TransitionModelVersionStage, version: HeldVersion) -> None:
    expected = request.expected
    if expected is None or ModelStage.of(expected) is version.stage:
        return
    raise ResourceConflict(
        f"Version {request.version} of {request.name!r} is in the stage {version.stage.value}, not "
        f"in {expected} as expected: somebody else moved it meanwhile. Look at its history, and "
        "decide anew."
    )


def _checked_tags(tags: Sequence[ModelVersionTag]) -> dict[str, str]:
    for tag in tags:
        check_registry_tag(tag.key, tag.value)
    return {tag.key: tag.value for tag in tags}
