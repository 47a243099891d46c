"""Contexts of runs: where and how each of their sessions ran."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from operator import attrgetter

import msgspec

from headrace.api.context import (
    MAX_RUNS_PER_CALL,
    ContextOfRun,
    ContextPart,
    GetRunContext,
    GetRunContexts,
    RunContext,
    RunContexts,
    SetContext,
)
from headrace.api.limits import MAX_CONTEXT_PART_SIZE, MAX_DIFF_SIZE
from headrace.entities import CONTEXT_PARTS, Command, SessionContext, StoredPart
from headrace.entities.context import COMMAND, DIFF
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.contents import Content, drop_unused, hold_contents, unpack
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.runs import active_run, find_run
from headrace.stores.texts import check_hex_id, check_text, encode_text

_SELECT_USED = "SELECT name, content_id FROM run_context WHERE run_id = ? AND session = ?"
_SET = (
    "INSERT INTO run_context (run_id, session, name, content_id) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (run_id, session, name) DO UPDATE SET content_id = excluded.content_id"
)
_SELECT_PARTS = (
    "SELECT run_id, session, name, size, digest FROM run_context "
    "JOIN contents ON contents.id = content_id WHERE run_id "
)
_SELECT_SESSIONS = "SELECT run_id, uuid, started_at FROM run_sessions WHERE run_id "


class ContextCalls(SqlCalls):
    """The calls of contexts."""

    def get_run_context(self, request: GetRunContext) -> RunContext:
        """Return the context of a run; see `headrace.stores.base.ContextStore`."""
        wanted = _wanted(request.parts)
        with self._database.read() as tx:
            run = find_run(tx, request.run_id)
            contexts, texts = self._load_contexts(tx, {run.id: run.start_time}, wanted)
        sessions = contexts.get(run.id, [])
        for context in sessions:
            for part in context.parts:
                part.content = texts[part.digest] if part.name in wanted else None
        return RunContext(sessions)

    def get_run_contexts(self, request: GetRunContexts) -> RunContexts:
        """Return the contexts of several runs, each text once."""
        wanted = _wanted(request.parts)
        if len(request.run_ids) > MAX_RUNS_PER_CALL:
            raise InvalidParameterValue(
                f"`run_ids` names {len(request.run_ids)} runs; at most {MAX_RUNS_PER_CALL} are "
                "allowed."
            )
        for index, run_id in enumerate(request.run_ids):
            check_text(f"run_ids[{index}]", run_id)
        sql = f"SELECT uuid, id, start_time FROM runs WHERE uuid {self._statements.IN_LIST}"
        with self._database.read() as tx:
            rows = tx.execute(sql, (self._statements.bind_list(request.run_ids),)).fetchall()
            numbers = {uuid: number for uuid, number, _ in rows}
            starts = {number: start for _, number, start in rows}
            contexts, texts = self._load_contexts(tx, starts, wanted)
        found = [run_id for run_id in dict.fromkeys(request.run_ids) if run_id in numbers]
        runs = [ContextOfRun(run_id, contexts.get(numbers[run_id], [])) for run_id in found]
        parts = (part for run in runs for context in run.sessions for part in context.parts)
        named = {part.digest for part in parts if part.name in wanted}
        return RunContexts(runs, {digest: texts[digest] for digest in sorted(named)})

    def _load_contexts(
        self, tx: Transaction, starts: Mapping[int, int], wanted: Collection[str]
    ) -> tuple[dict[int, list[SessionContext]], dict[str, str]]:
        """Return the sessions of runs, their parts without texts, and the texts by digest.

        Args:
            tx: A transaction whose statements see one state.
            starts: When the runs began, by row id.
            wanted: Names of the parts whose texts are wanted.

        """
        runs = self._statements.bind_list(starts)
        bound = (runs,)
        rows = tx.execute(_SELECT_PARTS + self._statements.IN_LIST, bound).fetchall()
        begins = {
            (run, session): begin
            for run, session, begin in tx.execute(
                _SELECT_SESSIONS + self._statements.IN_LIST, bound
            ).fetchall()
        }
        texts = self._read_texts(tx, {row[4] for row in rows if row[2] in {*wanted, COMMAND}})
        found: dict[int, dict[str, SessionContext]] = {}
        for run, session, name, size, digest in rows:
            begin = begins.get((run, session), starts[run])
            sessions = found.setdefault(run, {})
            context = sessions.setdefault(session, SessionContext(session, begin))
            if name == COMMAND:
                context.host = _host_of(texts[digest])
            context.parts.append(StoredPart(name, size, digest))
        for sessions in found.values():
            for context in sessions.values():
                context.parts.sort(key=lambda part: CONTEXT_PARTS.index(part.name))
        ordered = {
            run: sorted(sessions.values(), key=attrgetter("started_at", "session"))
            for run, sessions in found.items()
        }
        return ordered, texts

    def _read_texts(self, tx: Transaction, digests: Collection[str]) -> dict[str, str]:
        sql = f"SELECT digest, content FROM contents WHERE digest {self._statements.IN_LIST}"
        rows = tx.execute(sql, (self._statements.bind_list(digests),)).fetchall()
        return {digest: unpack(packed) for digest, packed in rows}

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


def _wanted(parts: Sequence[str]) -> set[str]:
    """Return the names of the parts whose texts a request wants."""
    for index, name in enumerate(parts):
        _check_name(f"parts[{index}]", name)
    return set(parts) or {*CONTEXT_PARTS} - {DIFF}


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
