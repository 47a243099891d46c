"""What versions of registered models hold: recorded once, and compared now and then.

A version's files are *sealed* when their manifest is recorded; it never changes after that, and a
copy takes it over. This module says whose turn it is and keeps what was found. Files are read by
`headrace.stores.sealing`, since only whoever calls that knows which places may be opened.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from headrace.api import registry as api
from headrace.artifacts.manifests import digest_of_manifest
from headrace.entities import (
    ChangeKind,
    ContentFile,
    ContentState,
    FileCheck,
    LoggedModelStatus,
    RunStatus,
    VersionContent,
)
from headrace.file_uri import scheme_of
from headrace.stores.registry_texts import check_model_name, parse_version
from headrace.stores.sql.calls import now
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.indexed import INDEXED_CHARACTERS
from headrace.stores.sql.registry_changes import Entry, note_changes
from headrace.stores.sql.registry_reads import (
    CONTENT_STATES,
    VERSION_COLUMNS,
    hold_version,
    no_version,
)
from headrace.stores.sql.sealed_places import BEGINNING, SealedPlaceCalls

# A version that somebody has asked for comes before all others, and at once.
_ASKED = -1

# Whoever takes a version has it for so long, unless it says that it is still at it.
CLAIM_MS = 60_000

# What is told of one version at most.
_MOST_PROBLEMS = 100

_DUE = """
    SELECT v.id, v.name, v.version, v.artifact_uri, v.created_at, v.content_due_at,
        v.content_digest, m.status, m.artifact_uri, r.status, r.deleted_at, r.artifact_uri
    FROM model_versions AS v
    LEFT JOIN runs AS r ON r.uuid = v.run_id
    LEFT JOIN logged_models AS m ON m.uuid = v.logged_model_id
    WHERE {condition}
    ORDER BY v.content_due_at, v.id LIMIT ?
"""
_CLAIM = (
    "UPDATE model_versions SET content_due_at = ? WHERE id = ? AND content_due_at = ? RETURNING id"
)
_ASK = (
    "UPDATE model_versions SET content_due_at = ?, content_checked_at = NULL, "
    "content_problems = NULL WHERE id = ?"
)
_PUT_OFF = "UPDATE model_versions SET content_due_at = ?, content_problems = ? WHERE id = ?"
_KEEP = "INSERT INTO manifests (digest, files) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
# A manifest is that of a place: nobody changes through us what one of its versions has sealed.
_AT_PLACE = f"{BEGINNING} = ? AND artifact_uri = ?"
_SEAL = (
    "UPDATE model_versions SET content_state = ?, content_digest = ?, content_due_at = NULL, "
    "content_checked_at = ?, content_problems = NULL "
    f"WHERE content_digest IS NULL AND {_AT_PLACE} RETURNING name, version"
)
_SELECT_OTHERS = (
    "SELECT id, name, version, content_state FROM model_versions "
    f"WHERE content_digest = ? AND {_AT_PLACE}"
)
_TELL = (
    "UPDATE model_versions SET content_state = ?, content_due_at = ?, content_checked_at = ?, "
    "content_problems = ? WHERE id {in_list}"
)
_CARRY = (
    "UPDATE model_versions AS v SET (content_state, content_digest, content_due_at, "
    "content_checked_at, content_problems) = (SELECT o.content_state, o.content_digest, "
    "o.content_due_at, o.content_checked_at, o.content_problems FROM model_versions AS o "
    f"WHERE o.id = ?) WHERE v.id = ? RETURNING {VERSION_COLUMNS}"
)


class DueContent(NamedTuple):
    """A version whose files are to be looked at.

    Attributes:
        id: Its row id.
        name: Name of its model.
        version: Its number.
        place: Where its files lie, as a location is stored.
        root: The location of the run or logged model that has its files, or that of the files.
        path: The way to the files from there.
        created_at: When it was registered, in milliseconds since the epoch.
        due_at: Since when it is due; what `claim_content` compares.
        digest: The digest of its manifest; None if its files are not recorded yet.
        is_finished: Whether what it came from says that all files are there; None if nothing does.

    """

    id: int
    name: str
    version: int
    place: str
    root: str
    path: str
    created_at: int
    due_at: int
    digest: str | None
    is_finished: bool | None

    @property
    def is_asked(self) -> bool:
        """Whether somebody has asked for it, who knows that all files are there."""
        return self.due_at < 0


class PutOff(NamedTuple):
    """A version that cannot be looked at now.

    Attributes:
        id: Its row id.
        due_at: When to try again, in milliseconds since the epoch; None for not at all.
        problem: Why, as a sentence; None if it is only too early.

    """

    id: int
    due_at: int | None
    problem: str | None = None


class _Problems(Struct, omit_defaults=True):
    """What a row keeps of what was wrong."""

    files: list[FileCheck] = []
    problem: str | None = None


class VersionContentCalls(SealedPlaceCalls):
    """The calls on what versions hold."""

    def get_model_version_content(
        self, request: api.GetModelVersionContent
    ) -> api.ModelVersionContentAnswer:
        """Return what a version holds."""
        check_model_name(request.name)
        number = parse_version(request.version)
        with self._database.read() as tx:
            return api.ModelVersionContentAnswer(
                self._read_content(tx, request.name, number, with_files=request.files)
            )

    def check_model_version_content(
        self, request: api.CheckModelVersionContent
    ) -> api.ModelVersionContentAnswer:
        """Ask to have the files of a version looked at now, all of which are there."""
        check_model_name(request.name)
        number = parse_version(request.version)

        def work(tx: Transaction) -> VersionContent:
            held = hold_version(tx, self._statements, request.name, number)
            tx.execute(_ASK, (_ASKED, held.id))
            return self._read_content(tx, request.name, number, with_files=False)

        return api.ModelVersionContentAnswer(self._database.transact(work))

    # --- for who reads the files -----------------------------------------------------------------

    def find_due_contents(self, limit: int) -> list[DueContent]:
        """Return versions whose files are to be looked at, those that were asked for first."""
        return self._find_due("v.content_due_at <= ?", (now(), limit))

    def find_content(self, name: str, version: int) -> DueContent:
        """Return a version, as if somebody had asked for it now.

        Raises:
            ResourceDoesNotExist: If there is none.

        """
        found = self._find_due("v.name = ? AND v.version = ?", (name, version, 1))
        if not found:
            raise no_version(name, version)
        return found[0]._replace(due_at=_ASKED)

    def claim_content(self, due: DueContent) -> bool:
        """Take a version, for a while; return whether nobody else was quicker."""
        values = (now() + CLAIM_MS, due.id, due.due_at)
        row = self._database.transact(lambda tx: tx.execute(_CLAIM, values).fetchone())
        return row is not None

    def hold_content(self, due: DueContent) -> None:
        """Say that one is still at a version."""
        sql = "UPDATE model_versions SET content_due_at = ? WHERE id = ? AND content_due_at > 0"
        self._database.transact(lambda tx: tx.execute(sql, (now() + CLAIM_MS, due.id)))

    def put_off_contents(self, versions: Iterable[PutOff]) -> None:
        """Say why versions cannot be looked at now, and when to try again."""
        rows = [
            (one.due_at, _encode(_Problems(problem=one.problem)) if one.problem else None, one.id)
            for one in versions
        ]
        if rows:
            self._database.transact(lambda tx: tx.executemany(_PUT_OFF, rows))

    def seal_content(self, due: DueContent, files: Sequence[ContentFile]) -> None:
        """Record once and for all what a version holds, and all others of its place do.

        One whose files are recorded already keeps what was.
        """
        digest = digest_of_manifest(files)
        packed = zlib.compress(msgspec.json.encode(files))
        state = CONTENT_STATES.index(ContentState.VERIFIED)

        def work(tx: Transaction) -> None:
            at = now()
            tx.execute(_KEEP, (digest, packed))
            values = (state, digest, at, *_beginning_and_all(due.place))
            rows = sorted(tx.execute(_SEAL, values).fetchall())
            for name, same in groupby(rows, key=lambda row: str(row[0])):
                entries = [Entry(ChangeKind.CONTENT, version, after=digest) for _, version in same]
                note_changes(tx, name, at, None, entries)

        self._database.transact(work, durable=True)

    def note_content(self, due: DueContent, checks: Sequence[FileCheck]) -> ContentState:
        """Keep what became of the files of a version since they were recorded; return its state.

        Args:
            due: The version.
            checks: Those that are not as recorded.

        """
        # One that cannot be read may be as it was.
        states = {check.state for check in checks}
        if "changed" in states:
            found = ContentState.CHANGED
        elif "missing" in states:
            found = ContentState.MISSING
        else:
            found = ContentState.VERIFIED
        state = CONTENT_STATES.index(found)
        problems = _encode(_Problems(list(checks[:_MOST_PROBLEMS]))) if checks else None
        statements = self._statements

        def work(tx: Transaction) -> None:
            at = now()
            values = (due.digest, *_beginning_and_all(due.place))
            rows = sorted(tx.execute(_SELECT_OTHERS, values).fetchall())
            ids = statements.bind_list([row[0] for row in rows])
            sql = _TELL.format(in_list=statements.IN_LIST)
            tx.execute(sql, (state, None, at, problems, ids))
            rows.sort(key=lambda row: str(row[1]))
            for name, same in groupby(rows, key=lambda row: str(row[1])):
                entries = [
                    Entry(ChangeKind.CONTENT, version, None, CONTENT_STATES[before].value, found)
                    for _, _, version, before in same
                ]
                note_changes(tx, name, at, None, entries)

        self._database.transact(work, durable=True)
        return found

    def read_manifest(self, digest: str) -> list[ContentFile]:
        """Return the files of a manifest."""
        with self._database.read(snapshot=False) as tx:
            return _read_manifest(tx, digest)

    # --- parts -----------------------------------------------------------------------------------

    def _find_due(self, condition: str, values: Sequence[Any]) -> list[DueContent]:
        with self._database.read(snapshot=False) as tx:
            rows = tx.execute(_DUE.format(condition=condition), values).fetchall()
        return [self._due(*row) for row in rows]

    def _due(
        self,
        number: int,
        name: str,
        version: int,
        place: str,
        created_at: int,
        due_at: int,
        digest: str | None,
        model_status: int | None,
        model_root: str | None,
        run_status: str | None,
        run_deleted_at: int | None,
        run_root: str | None,
    ) -> DueContent:
        root, path = _taken_apart(place, model_root, run_root)
        return DueContent(
            number,
            name,
            version,
            place,
            self._locations.resolve(root),
            path,
            created_at,
            due_at,
            digest,
            _is_finished(model_status, run_status, run_deleted_at),
        )

    def _read_content(
        self, tx: Transaction, name: str, version: int, *, with_files: bool
    ) -> VersionContent:
        sql = (
            "SELECT content_state, content_digest, content_checked_at, content_problems "
            "FROM model_versions WHERE name = ? AND version = ?"
        )
        row = tx.execute(sql, (name, version)).fetchone()
        if row is None:
            raise no_version(name, version)
        state, digest, checked_at, kept = row
        problems = msgspec.json.decode(kept, type=_Problems) if kept else _Problems()
        return VersionContent(
            name,
            str(version),
            CONTENT_STATES[state].value,
            digest,
            _read_manifest(tx, digest) if digest and with_files else [],
            checked_at,
            problems.files,
            problems.problem,
        )


def content_state(tx: Transaction, version: int) -> ContentState:
    """Return how the files of a version are, by its row id."""
    row = tx.execute("SELECT content_state FROM model_versions WHERE id = ?", (version,)).fetchone()
    return CONTENT_STATES[row[0]] if row else ContentState.UNVERIFIED


def carry_content(tx: Transaction, copy: int, original: int) -> Row:
    """Give a copy what its original holds, both by row ids; return its row of `VERSION_COLUMNS`."""
    row: Row = tx.execute(_CARRY, (original, copy)).fetchone()
    return row


def _read_manifest(tx: Transaction, digest: str) -> list[ContentFile]:
    sql = "SELECT files FROM manifests WHERE digest = ?"
    packed = tx.execute(sql, (digest,)).fetchone()[0]
    return msgspec.json.decode(zlib.decompress(packed), type=list[ContentFile])


def _taken_apart(place: str, *roots: str | None) -> tuple[str, str]:
    """Return the root that a place is in, and the way from there."""
    for root in filter(None, roots):
        if place == root or place.startswith(f"{root.rstrip('/')}/"):
            rest = place[len(root.rstrip("/")) :].lstrip("/")
            return root, rest if scheme_of(root) in ("", "file") else unquote(rest)
    return place, ""


def _is_finished(model: int | None, run: str | None, deleted_at: int | None) -> bool | None:
    """Return whether a logged model or a run says that it has all of its files."""
    if model is not None:
        return model != list(LoggedModelStatus).index(LoggedModelStatus.PENDING)
    if run is not None:
        return deleted_at is not None or RunStatus.is_terminated(RunStatus(run))
    return None


def _encode(problems: _Problems) -> str:
    return msgspec.json.encode(problems).decode()


def _beginning_and_all(place: str) -> tuple[str, str]:
    return place[:INDEXED_CHARACTERS], place
