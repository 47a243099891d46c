"""Contexts of runs: where and how each of their sessions ran."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

import msgspec

from headrace.api.context import ContextPart, GetRunContext, RunContext, SetContext
from headrace.api.limits import MAX_CONTEXT_PART_SIZE, MAX_DIFF_SIZE
from headrace.entities import CONTEXT_PARTS, Command, SessionContext, StoredPart
from headrace.entities.context import COMMAND, DIFF
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.contents import Content, drop_unused, hold_contents, unpack
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.runs import active_run, find_run
from headrace.stores.texts import check_hex_id, encode_text

_SELECT_USED = "SELECT name, content_id FROM run_context WHERE run_id = ? AND session = ?"
_SET = (
    "INSERT INTO run_context (run_id, session, name, content_id) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (run_id, session, name) DO UPDATE SET content_id = excluded.content_id"
)
_SELECT_SESSIONS = "SELECT uuid, started_at FROM run_sessions WHERE run_id = ?"


class ContextCalls(SqlCalls):
    """The calls of contexts."""

    def get_run_context(self, request: GetRunContext) -> RunContext:
        """Return the context of a run; see `headrace.stores.base.ContextStore`."""
        for index, name in enumerate(request.parts):
            _check_name(f"parts[{index}]", name)
        wanted = set(request.parts) or {*CONTEXT_PARTS} - {DIFF}
        sql = (
            "SELECT session, name, size, digest, "
            f"CASE WHEN name {self._statements.IN_LIST} THEN content END "
            "FROM run_context JOIN contents ON contents.id = content_id WHERE run_id = ?"
        )
        bound = self._statements.bind_list(sorted({*wanted, COMMAND}))
        with self._database.read() as tx:
            run = find_run(tx, request.run_id)
            rows = tx.execute(sql, (bound, run.id)).fetchall()
            begins = dict(tx.execute(_SELECT_SESSIONS, (run.id,)).fetchall())
        sessions: dict[str, SessionContext] = {}
        for session, name, size, digest, packed in rows:
            begin = begins.get(session, run.start_time)
            context = sessions.setdefault(session, SessionContext(session, begin))
            content = None if packed is None else unpack(packed)
            if name == COMMAND and content is not None:
                context.host = _host_of(content)
            part = StoredPart(name, size, digest, content if name in wanted else None)
            context.parts.append(part)
        for context in sessions.values():
            context.parts.sort(key=lambda part: CONTEXT_PARTS.index(part.name))
        return RunContext(sorted(sessions.values(), key=attrgetter("started_at", "session")))

    def _setting_context(self, request: SetContext) -> Callable[[Transaction], None]:
        """Return what the record does in its transaction."""
        check_hex_id("session", request.session)
        contents = _read_parts(request.parts)

        def work(tx: Transaction) -> None:
            run, _ = active_run(tx, self._statements, request.run_id)
            used = dict(tx.execute(_SELECT_USED, (run, request.session)).fetchall())
            ids = hold_contents(tx, self._statements, contents.values())
            new = {name: ids[content.digest] for name, content in contents.items()}
            rows = [(run, request.session, name, content) for name, content in new.items()]
            tx.executemany(_SET, rows)
            replaced = {used[name] for name in new if name in used} - {*new.values()}
            if replaced:
                drop_unused(tx, self._statements, replaced)

        return work


def _read_parts(parts: Sequence[ContextPart]) -> dict[str, Content]:
    """Return what is stored of parts, by their names.

    Raises:
        InvalidParameterValue: If one is unknown, too long, or not what its name says.

    """
    read = {}
    for index, part in enumerate(parts):
        path = f"parts[{index}].content"
        _check_name(f"parts[{index}].name", part.name)
        data = encode_text(path, part.content)
        limit = MAX_DIFF_SIZE if part.name == DIFF else MAX_CONTEXT_PART_SIZE
        if len(data) > limit:
            raise InvalidParameterValue(
                f"'{path}' has {len(data)} bytes: the part {part.name} of a context may have at "
                f"most {limit}."
            )
        if part.name != DIFF:
            _check_document(path, data)
        read[part.name] = Content.of(data)
    return read


def _check_name(path: str, name: str) -> None:
    if name not in CONTEXT_PARTS:
        raise InvalidParameterValue(
            f"Invalid value {name!r} for parameter '{path}' supplied: it must be one of "
            f"{', '.join(CONTEXT_PARTS)}."
        )


def _check_document(path: str, data: bytes) -> None:
    try:
        msgspec.json.decode(data, type=dict)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidParameterValue(f"'{path}' must be a JSON object: {error}.") from None


def _host_of(command: str) -> str | None:
    try:
        return msgspec.json.decode(command, type=Command).host
    except msgspec.ValidationError:
        return None  # of a client that says it in another way
