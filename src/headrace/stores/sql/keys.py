"""Interned names of params, metrics and run tags: a number for each name of an experiment.

A key's row never changes and its id is never given again, so ids are kept in memory: but only once
the transaction that saw them has committed, since a rolled-back insert gives its id to another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from headrace.stores.sql.engine import Transaction

# Ids kept in memory before all are dropped: some 20 MB.
MAX_CACHED = 200_000


class Keys:
    """The keys of one database.

    Args:
        statements: The dialect's statements.
    """

    def __init__(self, statements: Any) -> None:
        self._statements = statements
        self._cached: dict[int, dict[str, int]] = {}
        self._count = 0

    def known(self, experiment_id: int) -> Mapping[str, int]:
        """Return the ids that are in memory: perhaps not all, but each of them right."""
        return self._cached.get(experiment_id, {})

    def ids(
        self, tx: Transaction, experiment_id: int, names: Collection[str], *, create: bool
    ) -> dict[str, int]:
        """Return the ids of names of one experiment.

        Args:
            tx: A transaction; for ``create`` one that writes.
            experiment_id: The experiment's row id.
            names: The names, each as it was checked by `headrace.stores.texts`.
            create: Whether to make the keys that are not there; otherwise they are left out.

        Returns:
            Name to id.
        """
        cached = self._cached.get(experiment_id, {})
        ids = {name: cached[name] for name in names if name in cached}
        missing = {name for name in names if name not in ids}
        if not missing:
            return ids
        found = self._select(tx, experiment_id, missing)
        missing -= found.keys()
        if missing and create:
            found |= self._create(tx, experiment_id, missing)
        if found:
            tx.after_commit(lambda: self._remember(experiment_id, found))
        return ids | found

    def _select(self, tx: Transaction, experiment_id: int, names: set[str]) -> dict[str, int]:
        sql = self._statements.SELECT_KEYS
        rows = tx.execute(sql, (experiment_id, self._statements.bind_list(names))).fetchall()
        return dict(rows)

    def _create(self, tx: Transaction, experiment_id: int, names: set[str]) -> dict[str, int]:
        # In one order everywhere, so that two writers of the same new keys cannot deadlock.
        given = self._statements.bind_list(sorted(names))
        sql = self._statements.INSERT_KEYS
        created: dict[str, int] = dict(tx.execute(sql, (experiment_id, given)).fetchall())
        lost = names - created.keys()  # another connection made them meanwhile
        return created | self._select(tx, experiment_id, lost) if lost else created

    def _remember(self, experiment_id: int, found: dict[str, int]) -> None:
        if self._count > MAX_CACHED:
            self._cached, self._count = {}, 0
        self._cached.setdefault(experiment_id, {}).update(found)
        self._count += len(found)
