"""The call by which a client's journal reaches a store: every record exactly once, in its order.

A journal numbers its records from 1. The store keeps, for each journal, the mark: the last record
that it has applied. It applies a batch only if that begins right after the mark, in one transaction
with the move of the mark, and otherwise does nothing; in both cases it answers the mark, and the
client goes on from there. So a batch whose answer was lost may be sent again, whole or cut in
another way.
"""

from __future__ import annotations

from struct import unpack
from typing import Any

from msgspec import Struct

from headrace.api.context import AppendOutput, SetContext
from headrace.api.endpoint import HEADRACE, Endpoint, Permission
from headrace.api.tracking import (
    LogBatch,
    LogInputs,
    LogOutputs,
    LogParam,
    Request,
    SetTag,
    UpdateRun,
)
from headrace.entities import RunInfo, RunTag
from headrace.errors import InvalidParameterValue


class EnsureRun(Request):
    """Make a run whose id the client chose, unless it is there already.

    The experiment is given by id, or by name where the client did not know the id yet; one that is
    not there by name is made. A run that was deleted for good is refused. `session` is the id of
    the session that begins with it, 32 hexadecimal digits; see `headrace.api.sessions`.
    """

    run_id: str
    experiment_id: str | None = None
    experiment_name: str | None = None
    user_id: str | None = None
    run_name: str | None = None
    start_time: int | None = None
    tags: list[RunTag] = []
    session: str | None = None


class LogPoints(Request, gc=False):
    """Log points of one run, in columns of equal length.

    Attributes:
        run_id: The run.
        keys: Names of metrics, each once.
        series: For each point the index of its name in `keys`.
        steps: Steps.
        timestamps: Milliseconds since the epoch.
        values: Values; NaN and the infinities travel as texts.

    """

    run_id: str
    keys: list[str]
    series: list[int]
    steps: list[int]
    timestamps: list[int]
    values: list[float]


class LogRows(Request, gc=False):
    """Log points of one run in rows: each has a value for every key, at one step and time.

    A loop that logs the same metrics at each step is this, in a third of the bytes.

    Attributes:
        run_id: The run.
        keys: Names of metrics: the columns.
        steps: Step of each row.
        timestamps: Time of each row in milliseconds since the epoch.
        values: The values, row after row, as little-endian doubles; in JSON these are base64.

    """

    run_id: str
    keys: list[str]
    steps: list[int]
    timestamps: list[int]
    values: bytes

    def as_points(self) -> LogPoints:
        """Return the same points in columns of equal length.

        Raises:
            InvalidParameterValue: If there are not as many values as rows by keys.

        """
        self.check()
        width = len(self.keys)
        return LogPoints(
            run_id=self.run_id,
            keys=self.keys,
            series=[*range(width)] * len(self.steps),
            steps=[step for step in self.steps for _ in range(width)],
            timestamps=[timestamp for timestamp in self.timestamps for _ in range(width)],
            values=[*unpack(f"<{len(self.values) // 8}d", self.values)],
        )

    def check(self) -> None:
        """Refuse rows of different lengths.

        Raises:
            InvalidParameterValue: If there are not as many values as rows by keys.

        """
        rows, width = len(self.steps), len(self.keys)
        if len(self.timestamps) != rows or len(self.values) != 8 * rows * width:
            raise InvalidParameterValue(
                f"Rows of {width} keys need a step, a timestamp and {8 * width} bytes of values "
                f"each. Got {rows} steps, {len(self.timestamps)} timestamps and "
                f"{len(self.values)} bytes of values."
            )


class Skip(Request):
    """Records that cannot be applied: the mark moves over them.

    Attributes:
        reason: Why, for the server's log.

    """

    reason: str


class JournalEntry(Struct, omit_defaults=True, kw_only=True):
    """Some records of a journal that follow each other; one of the fields but `records` is set.

    Attributes:
        records: How many records it stands for.

    """

    records: int = 1
    ensure_run: EnsureRun | None = None
    log_points: LogPoints | None = None
    log_rows: LogRows | None = None
    log_batch: LogBatch | None = None
    log_param: LogParam | None = None
    set_tag: SetTag | None = None
    update_run: UpdateRun | None = None
    log_inputs: LogInputs | None = None
    log_outputs: LogOutputs | None = None
    set_context: SetContext | None = None
    append_output: AppendOutput | None = None
    skip: Skip | None = None

    @property
    def run_id(self) -> str:
        """The run that it speaks of; empty if it names none."""
        fields = (getattr(self, name) for name in self.__struct_fields__)
        return next((field.run_id for field in fields if hasattr(field, "run_id")), "")


class ApplyJournal(Request):
    """Apply the next records of a journal; without entries, only ask for the mark.

    Attributes:
        journal: Id of the journal, 32 hexadecimal digits.
        first: Number of the first record.
        entries: The records.
        durable: Whether the answer waits until all that is applied is on the disk.

    """

    journal: str
    first: int
    entries: list[JournalEntry] = []
    durable: bool = False


class RefusedEntry(Struct):
    """An entry that was not applied, though the mark moved over it.

    Attributes:
        index: Its place among the entries of the batch.
        error_code: MLflow's name of the error.
        message: What was wrong with it.

    """

    index: int
    error_code: str
    message: str


class JournalApplied(Struct, omit_defaults=True):
    """What became of a batch.

    Attributes:
        applied: The mark: every record up to it is applied, refused or skipped.
        durable: Whether all of that is on the disk for good.
        refused: Entries of this batch that were refused, each alone.
        held: Id of a run that the store does not know: the records from its entry on wait until it
            does, and the mark stands before them.
        runs: The runs of the batch's `EnsureRun` entries that are there, as they are now; also when
            the batch was applied before.

    """

    applied: int
    durable: bool = False
    refused: list[RefusedEntry] = []
    held: str | None = None
    runs: list[RunInfo] = []


APPLY_JOURNAL = Endpoint(
    "apply_journal",
    "POST",
    HEADRACE + "/journals/apply",
    ApplyJournal,
    JournalApplied,
    Permission.WRITE,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = (APPLY_JOURNAL,)
