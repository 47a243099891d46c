"""Which metrics, params and tags many runs have, and what can be said of each at a glance.

Rows are counted run by run: those of all runs where they are few, those of runs spread evenly over
the search where they are many. What a sample would miss is then looked up by the indexes of
values: keys that few runs have, the extremes of metrics, a second value of a text.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from headrace.api.run_table import MetricKey, RunKeys, TextKey
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.summaries import NUMBER

# Rows that are counted at most; so many take some 20 ms, which the first look at a table waits for.
MAX_ROWS = 25_000
# Runs whose keys are counted to estimate how many rows a run has, and that are looked at at least.
PROBED_RUNS = 4
# How many runs with extreme values of a metric may be deleted before it is left to the sample.
MAX_EXTREMES = 100

SYSTEM_TAGS = "mlflow."


class Census:
    """The keys of some runs.

    Args:
        tx: A transaction whose statements see one state.
        statements: The dialect's statements.
        experiments: Row ids of the experiments that the runs are in.
        ids: Row ids of the runs.
        is_whole: Whether they are all active runs of the experiments.

    """

    def __init__(
        self,
        tx: Transaction,
        statements: Any,
        experiments: Sequence[int],
        ids: array[int],
        *,
        is_whole: bool,
    ) -> None:
        self._tx = tx
        self._statements = statements
        self._experiments = experiments
        self._runs = len(ids)
        self._is_whole = is_whole
        self._sample = spread(ids, max(PROBED_RUNS, MAX_ROWS // max(1, self._rows_of_run(ids))))

    def take(self, search: str, limit: int, *, system_tags: bool) -> RunKeys:
        """Return the keys.

        Args:
            search: What keys must contain, in any case of letters.
            limit: How many of each kind at most.
            system_tags: Whether tags of MLflow's own are wanted.

        """
        names = self._find_names(search.casefold())
        metrics = self._count(_METRICS, names)
        params = self._count(_PARAMS, names)
        if not system_tags:
            names = {key: name for key, name in names.items() if not name.startswith(SYSTEM_TAGS)}
        tags = self._count(_TAGS, names)
        return RunKeys(
            self._runs,
            len(self._sample),
            self._metric_keys(_most_common(metrics, limit)),
            self._text_keys(_PARAMS, _most_common(params, limit)),
            self._text_keys(_TAGS, _most_common(tags, limit)),
            len(metrics),
            len(params),
            len(tags),
        )

    def _find_names(self, search: str) -> dict[int, str]:
        sql = f"SELECT id, name FROM keys WHERE experiment_id {self._statements.IN_LIST}"
        rows = self._tx.execute(sql, (self._statements.bind_list(self._experiments),))
        return {key: name for key, name in rows.fetchall() if search in name.casefold()}

    def _rows_of_run(self, ids: array[int]) -> int:
        """Return how many rows the largest of a few runs has."""
        bound = [self._statements.bind_list(spread(ids, PROBED_RUNS))] * len(_KINDS)
        sql = " UNION ALL ".join(
            f"SELECT run_id FROM {kind.table} WHERE run_id {self._statements.IN_LIST}"
            for kind in _KINDS
        )
        sql = f"SELECT COUNT(*) FROM ({sql}) AS found GROUP BY run_id"
        return max((count for (count,) in self._tx.execute(sql, bound).fetchall()), default=0)

    # --- counting ---

    def _count(self, kind: _Kind, names: dict[int, str]) -> dict[str, _Count]:
        """Return what the runs have of a kind, by name."""
        # As an expression, since an index by key would lead through the rows of all runs.
        sql = (
            f"SELECT key_id, COUNT(*), {kind.counted} FROM {kind.table} "
            f"WHERE run_id {self._statements.IN_LIST} GROUP BY key_id + 0, key_id"
        )
        rows = self._tx.execute(sql, (self._statements.bind_list(self._sample),)).fetchall()
        found: dict[str, _Count] = {}
        seen = set()
        for key, runs, *facts in rows:
            seen.add(key)
            if key in names:
                self._add(found, kind, names[key], _Count([key], runs, tuple(facts)))
        if len(self._sample) < self._runs:
            for key, *facts in self._look_up(kind, names.keys() - seen):
                self._add(found, kind, names[key], _Count([key], 0, tuple(facts)))
        return found

    def _add(self, found: dict[str, _Count], kind: _Kind, name: str, count: _Count) -> None:
        """Take note of a key; its name may be that of a key of another experiment too."""
        if name in found:
            other = found[name]
            facts = kind.join(other.facts, count.facts)
            count = _Count(other.keys + count.keys, other.runs + count.runs, facts)
        found[name] = count

    def _look_up(self, kind: _Kind, keys: Collection[int]) -> list[Row]:
        """Return what one run has of each key that the sample has not."""
        # The first one of the index: where any would do, PostgreSQL reads the table until it meets
        # one, and where only some are asked for that have one, it reads all of the table.
        first = f"FROM {kind.table} WHERE key_id = keys.id ORDER BY {kind.indexed} LIMIT 1"
        sql = (
            f"SELECT id, {kind.one(f'(SELECT * {first}) AS one')} FROM keys "
            f"WHERE id {self._statements.IN_LIST} AND (SELECT key_id {first}) IS NOT NULL"
        )
        return self._tx.execute(sql, (self._statements.bind_list(keys),)).fetchall()

    # --- answering ---

    def _project(self, runs: int) -> int:
        """Return how many of all runs have a key that so many of the sample have."""
        if len(self._sample) == self._runs:
            return runs
        return max(1, round(runs * self._runs / len(self._sample)))

    def _metric_keys(self, counts: list[tuple[str, _Count]]) -> list[MetricKey]:
        extremes: dict[int, Row] = {}
        if self._is_whole and len(self._sample) < self._runs:
            keys = [key for _, count in counts for key in count.keys]
            sql = (
                f"SELECT id, ({_extreme('ASC')}), ({_extreme('DESC')}) FROM keys "
                f"WHERE id {self._statements.IN_LIST}"
            )
            bound = (self._statements.bind_list(keys),)
            extremes = {key: row for key, *row in self._tx.execute(sql, bound).fetchall()}
        answer = []
        for name, count in counts:
            longest, *ends = count.facts
            for key in count.keys:
                found = extremes.get(key, (None, None))
                ends = [_choose(min, ends[0], found[0]), _choose(max, ends[1], found[1])]
            answer.append(MetricKey(name, self._project(count.runs), longest > 1, *ends))
        return answer

    def _text_keys(self, kind: _Kind, counts: list[tuple[str, _Count]]) -> list[TextKey]:
        differing: set[int] = set()
        if self._is_whole and len(self._sample) < self._runs:
            same = [key for _, count in counts if count.facts[0] == 1 for key in count.keys]
            first, last = (
                f"(SELECT {end}({_BEGIN}) FROM {kind.table} WHERE key_id = keys.id)"
                for end in ("MIN", "MAX")
            )
            sql = f"SELECT id FROM keys WHERE id {self._statements.IN_LIST} AND {first} <> {last}"
            rows = self._tx.execute(sql, (self._statements.bind_list(same),)).fetchall()
            differing = {key for (key,) in rows}
        answer = []
        for name, count in counts:
            distinct, least, greatest = count.facts
            if distinct == 1 and not differing.isdisjoint(count.keys):
                distinct = 2
            value = least if distinct == 1 and least == greatest else None
            answer.append(TextKey(name, self._project(count.runs), distinct, value))
        return answer


class _Count(NamedTuple):
    """What was counted of a name: its keys, how many runs have it, and what the kind says."""

    keys: list[int]
    runs: int
    facts: Row


class _Kind(NamedTuple):
    """A table of values by key.

    Attributes:
        table: Its name.
        counted: What is said of all rows of a key: the facts.
        one: The same of one row, for the table expression of one row.
        indexed: What the rows of a key stand in an index by.
        join: Facts of two keys of one name.

    """

    table: str
    counted: str
    one: Callable[[str], str]
    indexed: str
    join: Callable[[Row, Row], Row]


def _join_metrics(one: Row, other: Row) -> Row:
    return (
        max(one[0], other[0]),
        _choose(min, one[1], other[1]),
        _choose(max, one[2], other[2]),
    )


def _choose(choose: Callable[..., float], *values: float | None) -> float | None:
    numbers = [value for value in values if value is not None]
    return choose(numbers) if numbers else None


def _join_texts(one: Row, other: Row) -> Row:
    least, greatest = min(one[1], other[1]), max(one[2], other[2])
    # How many values the two have in common is not known; that there are several is what matters.
    return max(one[0], other[0], 1 if least == greatest else 2), least, greatest


# What values of texts are indexed by.
_BEGIN = "substr(value, 1, 200)"

_FINITE = f"CASE last_kind WHEN {NUMBER} THEN last_value END"
_METRICS = _Kind(
    "metric_summaries",
    f"MAX(count), MIN({_FINITE}), MAX({_FINITE})",
    lambda one: (
        f"(SELECT count FROM {one}), (SELECT {_FINITE} FROM {one}), (SELECT {_FINITE} FROM {one})"
    ),
    "last_kind, last_value",
    _join_metrics,
)
_PARAMS, _TAGS = (
    _Kind(
        table,
        "COUNT(DISTINCT value), MIN(value), MAX(value)",
        lambda one: f"(SELECT 1 FROM {one}), (SELECT value FROM {one}), (SELECT value FROM {one})",
        _BEGIN,
        _join_texts,
    )
    for table in ("params", "run_tags")
)
_KINDS = (_METRICS, _PARAMS, _TAGS)


def _extreme(direction: str) -> str:
    """Return the first last value in a direction that active runs have of the key of a row."""
    ends = (
        "SELECT last_value, run_id FROM metric_summaries "
        f"WHERE key_id = keys.id AND last_kind = {NUMBER} "
        f"ORDER BY last_value {direction} LIMIT {MAX_EXTREMES}"
    )
    return (
        f"SELECT last_value FROM ({ends}) AS ends JOIN runs ON runs.id = ends.run_id "
        f"WHERE runs.deleted_at IS NULL ORDER BY last_value {direction} LIMIT 1"
    )


def _most_common(counts: dict[str, _Count], limit: int) -> list[tuple[str, _Count]]:
    return sorted(counts.items(), key=lambda item: (-item[1].runs, item[0]))[:limit]


def spread(ids: array[int], count: int) -> array[int]:
    """Return so many ids, at even distances; all of them if there are no more."""
    if len(ids) <= count:
        return ids
    return array("q", (ids[index * len(ids) // count] for index in range(count)))
