"""Sessions of runs: each start of a run by a client, and what its silence means.

All times are the store's. Nothing here changes a run: that it is lost is found when it is read.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from headrace.api.endpoint import Empty
from headrace.api.sessions import Heartbeat
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Transaction
from headrace.stores.texts import check_hex_id

_BEGIN = (
    "INSERT INTO run_sessions (run_id, uuid, started_at) VALUES (?, ?, ?) "
    "ON CONFLICT (uuid) DO NOTHING"
)
_END = "UPDATE run_sessions SET ended_at = ? WHERE run_id = ? AND uuid = ? AND ended_at IS NULL"
_SELECT_LATER = (
    "SELECT 1 FROM run_sessions AS later JOIN run_sessions AS ended "
    "ON later.run_id = ended.run_id AND later.id > ended.id "
    "WHERE ended.run_id = ? AND ended.uuid = ?"
)


class SessionCalls(SqlCalls):
    """The call of sessions."""

    def heartbeat(self, request: Heartbeat) -> Empty:
        """Take note that sessions go on."""
        for index, session in enumerate(request.sessions):
            check_hex_id(f"sessions[{index}]", session)
        sql = (
            "UPDATE run_sessions SET heartbeat_at = ? "
            f"WHERE uuid {self._statements.IN_LIST} AND ended_at IS NULL"
        )
        values = (now(), self._statements.bind_list(request.sessions))
        self._database.transact(lambda tx: tx.execute(sql, values), is_one_statement=True)
        return Empty()


def begin_session(tx: Transaction, run: int, session: str) -> None:
    """Begin a session of a run, by the run's row id; the same again changes nothing."""
    tx.execute(_BEGIN, (run, session, now()))


def end_session(tx: Transaction, run: int, session: str) -> bool:
    """End a session, and return whether that ends its run: no later session has begun."""
    tx.execute(_END, (now(), run, session))
    return tx.execute(_SELECT_LATER, (run, session)).fetchone() is None


def find_lost(tx: Transaction, statements: Any, runs: Collection[int], before: int) -> set[int]:
    """Return those of the runs whose open sessions were all heard last before a time.

    Args:
        tx: A transaction.
        statements: The dialect's statements.
        runs: Row ids of runs that have not ended.
        before: The time, in milliseconds since the epoch.

    Returns:
        Their row ids; runs without any heartbeat are none of them.

    """
    sql = (
        f"SELECT run_id FROM run_sessions WHERE run_id {statements.IN_LIST} AND ended_at IS NULL "
        "GROUP BY run_id HAVING COUNT(heartbeat_at) > 0 "
        "AND MAX(COALESCE(heartbeat_at, started_at)) < ?"
    )
    return {run for (run,) in tx.execute(sql, (statements.bind_list(runs), before)).fetchall()}
