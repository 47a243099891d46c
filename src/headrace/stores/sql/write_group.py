"""The writes of one transaction: each is taken or refused, then all that were taken are stored.

Rows are stored in one order everywhere (experiment, run, key), after the runs have been locked, so
that the groups of several server processes cannot deadlock.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import groupby
from math import isnan
from typing import Any

from headrace.api.tracking import LogMetric, MetricPoint
from headrace.entities import tag_names
from headrace.errors import ResourceDoesNotExist
from headrace.stores.sql.drafts import Draft
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.keys import Keys
from headrace.stores.sql.new_runs import SET_RUN_TAG
from headrace.stores.sql.points import PointRows, Points, pack_points, pack_rows
from headrace.stores.sql.runs import no_run
from headrace.stores.sql.summaries import NAN, NUMBER, join_summaries, summarize, summarize_rows
from headrace.stores.texts import changed_params, run_is_deleted

_INSERT_PARAM = "INSERT INTO params (run_id, key_id, value) VALUES (?, ?, ?)"
_RENAME_RUN = "UPDATE runs SET name = ? WHERE id = ?"
_INSERT_MODEL_POINT = (
    "INSERT INTO logged_model_metrics "
    "(model_id, run_id, key, step, time, kind, value, dataset_name, dataset_digest) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)

# Key ids, steps, timestamps and values of points.
_Columns = tuple[Sequence[int], "array[int]", "array[int]", "array[float]"]


class RunChanges:
    """What the writes of a group bring to one run."""

    __slots__ = ("experiment", "id", "is_deleted", "model_rows", "params", "points", "tags")

    def __init__(self, run: int, experiment: int, *, is_deleted: bool) -> None:
        self.id = run
        self.experiment = experiment
        self.is_deleted = is_deleted
        self.points: list[Points | PointRows] = []
        self.params: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.model_rows: list[Row] = []

    def add_names(self, names: set[str]) -> None:
        """Add the names whose ids will be needed."""
        for points in self.points:
            names.update(points.keys)
        names.update(self.params)
        names.update(self.tags)


class WriteGroup:
    """Takes drafts one by one and stores them together.

    Args:
        tx: The transaction; nothing is written before `store`.
        statements: The dialect's statements.
        keys: The store's keys.
        drafts: What will be taken; their runs are locked at once.

    Attributes:
        runs: The runs that are there, by run id.
        logged: Row id of each run that got points, to their number; filled by `store`.

    """

    def __init__(
        self, tx: Transaction, statements: Any, keys: Keys, drafts: Sequence[Draft]
    ) -> None:
        self._tx = tx
        self._statements = statements
        self._keys = keys
        points_only: set[str] = set()
        others: set[str] = set()
        for draft in drafts:
            (others if draft.params or draft.tags else points_only).add(draft.run_id)
        self.runs = {
            uuid: RunChanges(run, experiment, is_deleted=deleted_at is not None)
            for uuid, run, experiment, deleted_at in statements.lock_runs(tx, points_only, others)
        }
        self.logged: dict[int, int] = {}

    def take(self, draft: Draft) -> None:
        """Add a write, whole or not at all.

        Raises:
            ResourceDoesNotExist: If its run or a logged model is not there.
            InvalidParameterValue: If its run is deleted, or a param has another value already.

        """
        run = self.runs.get(draft.run_id)
        if run is None:
            raise no_run(draft.run_id)
        if run.is_deleted:
            raise run_is_deleted(draft.run_id)
        new_params = self._find_new_params(run, draft) if draft.params else {}
        if draft.model_points:
            run.model_rows += self._read_model_points(run.id, draft.model_points)
        if draft.points is not None:
            run.points.append(draft.points)
        run.params |= new_params
        if draft.tags.get(tag_names.RUN_NAME) == "":  # no name: the run keeps its own
            run.tags |= {k: v for k, v in draft.tags.items() if k != tag_names.RUN_NAME}
        else:
            run.tags |= draft.tags

    def store(self) -> None:
        """Write what was taken."""
        runs = list(self.runs.values())
        if len(runs) > 1:
            runs.sort(key=lambda run: (run.experiment, run.id))
        ids = self._find_keys(runs)
        self._store_points(runs, ids)
        self._store_params([run for run in runs if run.params], ids)
        self._store_tags([run for run in runs if run.tags], ids)
        model_rows = [row for run in runs if run.model_rows for row in sorted(run.model_rows)]
        if model_rows:
            self._tx.executemany(_INSERT_MODEL_POINT, model_rows)

    def _find_keys(self, runs: Sequence[RunChanges]) -> dict[int, dict[str, int]]:
        names: dict[int, set[str]] = {}
        for run in runs:
            run.add_names(names.setdefault(run.experiment, set()))
        return {
            experiment: self._keys.ids(self._tx, experiment, wanted, create=True)
            for experiment, wanted in names.items()
        }

    def _store_points(self, runs: Sequence[RunChanges], ids: dict[int, dict[str, int]]) -> None:
        log_rows: list[Row] = []
        summary_rows: list[Row] = []
        for run in runs:
            if run.points:
                log_row, summaries = encode_points(run.id, run.points, ids[run.experiment])
                log_rows.append(log_row)
                summary_rows += summaries
                self.logged[run.id] = sum(map(len, run.points))
        if log_rows:
            self._statements.append_points(self._tx, log_rows, summary_rows)

    def _store_params(self, runs: Sequence[RunChanges], ids: dict[int, dict[str, int]]) -> None:
        params = [
            (run.id, key, value)
            for run in runs
            for key, value in _by_id(run.params, ids[run.experiment])
        ]
        if params:
            self._tx.executemany(_INSERT_PARAM, params)

    def _store_tags(self, runs: Sequence[RunChanges], ids: dict[int, dict[str, int]]) -> None:
        if not runs:
            return
        tags = [
            (run.id, key, value)
            for run in runs
            for key, value in _by_id(run.tags, ids[run.experiment])
        ]
        self._tx.executemany(SET_RUN_TAG, tags)
        for run in runs:
            if tag_names.RUN_NAME in run.tags:
                self._tx.execute(_RENAME_RUN, (run.tags[tag_names.RUN_NAME], run.id))

    def _find_new_params(self, run: RunChanges, draft: Draft) -> dict[str, str]:
        """Return the params of a draft that the run does not have, and refuse changed ones."""
        ids = self._keys.ids(self._tx, run.experiment, draft.params, create=False)
        stored = self._statements.select_params(self._tx, run.id, ids.values())
        present = {name: stored[key] for name, key in ids.items() if key in stored} | run.params
        changed = [key for key, value in draft.params.items() if present.get(key, value) != value]
        if changed:
            raise changed_params(
                draft.run_id, present, draft.params, changed, is_batch=draft.is_batch
            )
        return {key: value for key, value in draft.params.items() if key not in present}

    def _read_model_points(self, run: int, points: Sequence[LogMetric | MetricPoint]) -> list[Row]:
        wanted = sorted({point.model_id for point in points if point.model_id})
        sql = f"SELECT uuid, id FROM logged_models WHERE uuid {self._statements.IN_LIST}"
        ids = dict(self._tx.execute(sql, (self._statements.bind_list(wanted),)).fetchall())
        for model_id in wanted:
            if model_id not in ids:
                raise ResourceDoesNotExist(f"Logged model with ID '{model_id}' not found.")
        return [
            (
                *(ids[point.model_id], run, point.key, point.step, point.timestamp),
                *((NAN, 0.0) if isnan(point.value) else (NUMBER, point.value + 0.0)),
                *(point.dataset_name or "", point.dataset_digest or ""),
            )
            for point in points
        ]


def encode_points(
    run: int, parts: Sequence[Points | PointRows], ids: Mapping[str, int]
) -> tuple[Row, list[Row]]:
    """Return the row of the log and the rows of the summaries that points of a run come to.

    Args:
        run: Row id of the run.
        parts: Its points, at least one.
        ids: The ids of their keys.

    Raises:
        KeyError: If the id of a key is missing.

    """
    found = _with_points_joined(parts)
    key_ids = [[ids[key] for key in part.keys] for part in found]
    summaries = [
        (summarize_rows if isinstance(part, PointRows) else summarize)(
            run, series, part.steps, part.times, part.values
        )
        for part, series in zip(found, key_ids, strict=True)
    ]
    if len(found) > 1:
        columns = [_columns_of(*pair) for pair in zip(found, key_ids, strict=True)]
        return (run, pack_points(*_joined(columns))), join_summaries(summaries)
    [only], [series] = found, key_ids
    if isinstance(only, PointRows):
        return (run, pack_rows(series, only)), summaries[0]
    return (run, pack_points(series, only.steps, only.times, only.values)), summaries[0]


def _columns_of(part: Points | PointRows, key_ids: Sequence[int]) -> _Columns:
    if isinstance(part, Points):
        return key_ids, part.steps, part.times, part.values
    series = array("q", key_ids) * len(part.steps)
    return series, part.spread(part.steps), part.spread(part.times), part.values


def _joined(parts: Sequence[_Columns]) -> _Columns:
    key_ids, steps, times, values = array("q"), array("q"), array("q"), array("d")
    for part in parts:
        key_ids.extend(part[0])
        steps += part[1]
        times += part[2]
        values += part[3]
    return key_ids, steps, times, values


def _with_points_joined(parts: Sequence[Points | PointRows]) -> list[Points | PointRows]:
    """Return the parts in their order; those that came in columns one after the other as one."""
    if len(parts) == 1:
        return [*parts]
    joined: list[Points | PointRows] = []
    for is_rows, group in groupby(parts, lambda part: isinstance(part, PointRows)):
        found = [*group]
        joined += found if is_rows else [Points.joined([p for p in found if isinstance(p, Points)])]
    return joined


def _by_id(texts: dict[str, str], ids: dict[str, int]) -> list[tuple[int, str]]:
    return sorted((ids[key], value) for key, value in texts.items())
