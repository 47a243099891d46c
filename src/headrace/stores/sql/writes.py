"""What runs log: points, params and tags, many requests in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headrace.api import tracking as api
from headrace.api.endpoint import Empty
from headrace.errors import HeadraceError, ResourceDoesNotExist
from headrace.stores.sql.drafts import Draft, Write, draft
from headrace.stores.sql.engine import Busy, Database, Row, Transaction
from headrace.stores.sql.locations import Locations
from headrace.stores.sql.maintenance import MaintenanceCalls
from headrace.stores.sql.points import PointRows, Points
from headrace.stores.sql.runs import active_run
from headrace.stores.sql.write_group import WriteGroup, encode_points
from headrace.stores.texts import check_text

# Runs whose ids are kept in memory before all are dropped: some 20 MB.
MAX_KNOWN_RUNS = 100_000

# Drafts with their positions among the writes of a group.
_Drafts = Sequence[tuple[int, Draft]]


class WriteCalls(MaintenanceCalls):
    """The calls that log to runs."""

    def __init__(self, database: Database, locations: Locations) -> None:
        super().__init__(database, locations)
        # Run id to row ids of experiment and run, which never change and are never given again.
        self._known_runs: dict[str, tuple[int, int]] = {}

    def apply(self, writes: Sequence[Write], *, wait: bool = True) -> list[Exception | None]:
        """Apply writes to any runs in one transaction.

        They count in their order. Each is taken or refused alone; when this returns, those that
        were taken are committed together.

        Args:
            writes: What to apply.
            wait: Whether to wait for another writer.

        Returns:
            For each write why it was refused, or None. A failure of the database itself is the
            outcome of every write that was not refused before.

        Raises:
            Busy: Only with ``wait=False``, with nothing done.

        """
        outcomes: list[Exception | None] = [None] * len(writes)
        drafts: list[tuple[int, Draft]] = []
        for index, write in enumerate(writes):
            try:
                drafts.append((index, draft(write)))
            except HeadraceError as error:
                outcomes[index] = error
        if drafts and not wait and self._backlog.is_overfull:
            raise Busy  # the one who waits compacts first
        rest: _Drafts = drafts
        try:
            rest = self._append_points(drafts, wait=wait)
            for index, refusal in self._apply_drafts(rest, wait=wait):
                outcomes[index] = refusal
        except HeadraceError as error:
            for index, _ in rest:
                outcomes[index] = error
        return outcomes

    def log_metric(self, request: api.LogMetric) -> Empty:
        """Log one point."""
        return self._apply_one(request)

    def log_param(self, request: api.LogParam) -> Empty:
        """Log one param."""
        return self._apply_one(request)

    def set_tag(self, request: api.SetTag) -> Empty:
        """Set one tag."""
        return self._apply_one(request)

    def log_batch(self, request: api.LogBatch) -> Empty:
        """Log points, params and tags: all or none."""
        return self._apply_one(request)

    def delete_tag(self, request: api.DeleteTag) -> Empty:
        """Delete one tag; RESOURCE_DOES_NOT_EXIST if it is not there."""
        check_text("key", request.key)

        def work(tx: Transaction) -> None:
            run, experiment = active_run(tx, self._statements, request.run_id, change=True)
            key = self._keys.ids(tx, experiment, [request.key], create=False).get(request.key)
            sql = "DELETE FROM run_tags WHERE run_id = ? AND key_id = ?"
            if key is None or not tx.execute(sql, (run, key)).rowcount:
                raise ResourceDoesNotExist(
                    f"No tag with name: {request.key} in run with id {request.run_id}"
                )

        self._database.transact(work)
        return Empty()

    def _append_points(self, drafts: _Drafts, *, wait: bool) -> _Drafts:
        """Store the drafts if they are points, of runs and keys that are known: the usual case.

        What is known makes it quick and nothing else: whether a run is there and active is looked
        up in the transaction. Returns the drafts that were not stored.
        """
        points: dict[tuple[int, int], list[Points | PointRows]] = {}
        places: list[int] = []
        for _, one in drafts:
            known = self._known_runs.get(one.run_id)
            if known is None or one.points is None or not one.holds_only_points:
                return drafts
            places.append(known[1])
            if known in points:
                points[known].append(one.points)
            else:
                points[known] = [one.points]
        log_rows: list[Row] = []
        summary_rows: list[Row] = []
        logged: dict[int, int] = {}
        for experiment, run in sorted(points) if len(points) > 1 else points:
            parts = points[experiment, run]
            try:
                log_row, summaries = encode_points(run, parts, self._keys.known(experiment))
            except KeyError:
                return drafts
            log_rows.append(log_row)
            summary_rows += summaries
            logged[run] = sum(map(len, parts))
        if not logged:
            return drafts
        append = self._statements.append_points
        stored = self._database.transact(
            lambda tx: append(tx, log_rows, summary_rows), wait=wait, is_one_statement=True
        )
        if len(stored) == len(logged):
            self._note_logged(logged)
            return ()
        self._note_logged({run: logged[run] for run in stored})
        rest = [pair for pair, run in zip(drafts, places, strict=True) if run not in stored]
        for _, one in rest:
            self._known_runs.pop(one.run_id, None)
        return rest

    def _apply_drafts(self, drafts: _Drafts, *, wait: bool) -> Iterable[tuple[int, HeadraceError]]:
        """Apply drafts of any kind in one transaction; return those that are refused, and why."""
        if not drafts:
            return ()

        def work(tx: Transaction) -> tuple[WriteGroup, dict[int, HeadraceError]]:
            group = WriteGroup(tx, self._statements, self._keys, [one for _, one in drafts])
            refused: dict[int, HeadraceError] = {}
            for index, one in drafts:
                try:
                    group.take(one)
                except HeadraceError as error:
                    refused[index] = error
            if len(refused) < len(drafts):
                group.store()
            return group, refused

        group, refused = self._database.transact(work, wait=wait)
        self._note_group(group)
        return refused.items()

    def _note_group(self, group: WriteGroup) -> None:
        """Take note of a group that is committed."""
        if len(self._known_runs) > MAX_KNOWN_RUNS:
            self._known_runs.clear()
        for run_id, run in group.runs.items():
            self._known_runs[run_id] = (run.experiment, run.id)
        self._note_logged(group.logged)

    def _apply_one(self, write: Write) -> Empty:
        [error] = self.apply([write])
        if error is not None:
            raise error
        return Empty()
