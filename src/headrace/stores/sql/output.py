"""What runs print, in chunks, in the order in which it came."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from headrace.api.context import STREAMS, AppendOutput, GetRunOutput, RunOutput
from headrace.api.limits import (
    MAX_CHUNKS_PER_PAGE,
    MAX_INT64,
    MAX_OUTPUT_CHUNK_SIZE,
    MAX_OUTPUT_PAGE_SIZE,
    MAX_OUTPUT_SIZE,
)
from headrace.entities import OutputChunk, RunStatus
from headrace.errors import InvalidParameterValue
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.contents import unpack
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.runs import FoundRun, active_run, find_run
from headrace.stores.sql.sessions import find_lost
from headrace.stores.texts import check_hex_id, check_int64, encode_text

# As they are stored, from 1 on.
_NUMBERS = {stream: number for number, stream in enumerate(STREAMS, 1)}

# How many chunks one statement reads.
_CHUNKS_AT_ONCE = 64

_SELECT_LAST = "SELECT id, total FROM run_output WHERE run_id = ? ORDER BY id DESC LIMIT 1"
_INSERT = (
    "INSERT INTO run_output (run_id, session, stream, time, total, content) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)

_FULL = (
    f"\n[headrace: this run has printed {MAX_OUTPUT_SIZE // 1_000_000} MB, and no more than that "
    "is kept.]\n"
)


class OutputCalls(SqlCalls):
    """The calls of output."""

    def get_run_output(self, request: GetRunOutput) -> RunOutput:
        """Return a page of what a run printed; see `headrace.stores.base.ContextStore`."""
        limit = _check_page(request)
        with self._database.read() as tx:
            run = find_run(tx, request.run_id)
            is_over = self._is_over(tx, run)
            last, _ = tx.execute(_SELECT_LAST, (run.id,)).fetchone() or (0, 0)
            if request.tail is None:
                chunks, is_whole = _take(_read(tx, run.id, request), limit)
            else:
                backwards = _read(tx, run.id, request, is_backwards=True)
                chunks, is_whole = _take_lines(backwards, request.tail, limit), True
        end = last if is_whole else chunks[-1].id
        return RunOutput(chunks, max(end, request.after), is_over and is_whole)

    def _is_over(self, tx: Transaction, run: FoundRun) -> bool:
        """Return whether nothing is expected of a run any more."""
        if run.deleted_at is not None or RunStatus.is_terminated(run.status):
            return True
        return bool(find_lost(tx, self._statements, [run.id], self._lost_before()))

    def _appending_output(self, request: AppendOutput) -> Callable[[Transaction], None]:
        """Return what the record does in its transaction."""
        check_hex_id("session", request.session)
        stream = _stream_number(request.stream)
        check_int64("time", request.time)
        data = encode_text("text", request.text)
        if len(data) > MAX_OUTPUT_CHUNK_SIZE:
            raise InvalidParameterValue(
                f"'text' has {len(data)} bytes: a chunk of output may have at most "
                f"{MAX_OUTPUT_CHUNK_SIZE}."
            )
        packed = zlib.compress(data)

        def work(tx: Transaction) -> None:
            run, _ = active_run(tx, self._statements, request.run_id)
            _, before = tx.execute(_SELECT_LAST, (run,)).fetchone() or (0, 0)
            total, content = before + len(data), packed
            if before >= MAX_OUTPUT_SIZE or not data:
                return
            if total > MAX_OUTPUT_SIZE:
                kept = data[: MAX_OUTPUT_SIZE - before].decode(errors="ignore")
                total, content = MAX_OUTPUT_SIZE, zlib.compress((kept + _FULL).encode())
            values = (run, request.session, stream, request.time, total, content)
            tx.execute(_INSERT, values)

        return work


def _check_page(request: GetRunOutput) -> int:
    """Return how many chunks are wanted at most.

    Raises:
        InvalidParameterValue: If something of the request is malformed.

    """
    if request.session is not None:
        check_hex_id("session", request.session)
    if request.stream is not None:
        _stream_number(request.stream)
    limit = MAX_CHUNKS_PER_PAGE if request.limit is None else request.limit
    for name, value, least, most in (
        ("after", request.after, 0, MAX_INT64),
        ("limit", limit, 1, MAX_CHUNKS_PER_PAGE),
        ("tail", request.tail or 0, 0, MAX_INT64),
    ):
        if not least <= value <= most:
            raise InvalidParameterValue(
                f"Invalid value {value} for parameter '{name}' supplied: it must be a number "
                f"from {least} to {most}."
            )
    return limit


def _stream_number(stream: str) -> int:
    number = _NUMBERS.get(stream)
    if number is None:
        raise InvalidParameterValue(
            f"Invalid value {stream!r} for parameter 'stream' supplied: it must be one of "
            f"{', '.join(STREAMS)}."
        )
    return number


def _read(
    tx: Transaction, run: int, request: GetRunOutput, *, is_backwards: bool = False
) -> Iterator[OutputChunk]:
    """Yield the chunks of a run that a request is about, the first or the last one first."""
    conditions = ["run_id = ?"]
    values: list[int | str] = [run]
    if request.session is not None:
        conditions.append("session = ?")
        values.append(request.session)
    if request.stream is not None:
        conditions.append("stream = ?")
        values.append(_NUMBERS[request.stream])
    order = "DESC" if is_backwards else "ASC"
    sql = (
        "SELECT id, session, stream, time, content FROM run_output "
        f"WHERE {' AND '.join(conditions)} AND id > ? AND id < ? ORDER BY id {order} LIMIT ?"
    )
    first, end = request.after, MAX_INT64
    while True:
        rows = tx.execute(sql, (*values, first, end, _CHUNKS_AT_ONCE)).fetchall()
        yield from map(_chunk_of, rows)
        if len(rows) < _CHUNKS_AT_ONCE:
            return
        first, end = (first, rows[-1][0]) if is_backwards else (rows[-1][0], end)


def _chunk_of(row: Row) -> OutputChunk:
    number, session, stream, time, packed = row
    return OutputChunk(number, session, STREAMS[stream - 1], time, unpack(packed))


def _take(chunks: Iterator[OutputChunk], limit: int) -> tuple[list[OutputChunk], bool]:
    """Return as many chunks as a page has room for, and whether those were all."""
    taken: list[OutputChunk] = []
    room = MAX_OUTPUT_PAGE_SIZE
    for chunk in chunks:
        if len(taken) == limit or room <= 0:
            return taken, False
        taken.append(chunk)
        room -= len(chunk.text)
    return taken, True


def _take_lines(backwards: Iterator[OutputChunk], lines: int, limit: int) -> list[OutputChunk]:
    """Return the chunks of the last lines, as far as a page has room for them.

    Args:
        backwards: All chunks, the last one first.
        lines: How many lines.
        limit: How many chunks at most.

    """
    taken: list[OutputChunk] = []
    room = MAX_OUTPUT_PAGE_SIZE
    for chunk in backwards:
        if not lines or len(taken) == limit or room <= 0:
            break
        room -= len(chunk.text)
        # The very last line may have no end yet.
        body = chunk.text if taken else chunk.text.removesuffix("\n")
        pieces = body.rsplit("\n", lines)
        if len(pieces) > lines:
            chunk.text = chunk.text[len(pieces[0]) + 1 :]
        lines -= len(pieces) - 1
        if chunk.text:
            taken.append(chunk)
    return taken[::-1]
