"""Records of a journal, gathered into the entries that travel to a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from headrace.api.journals import JournalEntry, LogPoints, LogRows, Skip
from headrace.client.journal.rows import Rows

Name = tuple[str, str]  # run id and key


class Batch(NamedTuple):
    """Records of a journal that follow each other.

    Attributes:
        first: Number of the first record.
        last: Number of the last.
        entries: All of them, in order.

    """

    first: int
    last: int
    entries: list[JournalEntry]


class Gathering:
    """A batch in the making. Records of points of one run that follow each other share an entry.

    Attributes:
        points: How many points it holds.
        entries: What is gathered.

    """

    def __init__(self) -> None:
        self.points = 0
        self.entries: list[JournalEntry] = []
        self._run: str | None = None  # whose points the last entry holds
        self._columns = LogPoints(run_id="", keys=[], series=[], steps=[], timestamps=[], values=[])
        self._index_of_key: dict[str, int] = {}
        self._index_of_series: dict[int, int] = {}
        self._row: tuple[int, ...] = ()  # the series of each row, if the last entry holds rows

    def add(self, entry: JournalEntry) -> None:
        """Add any entry but points."""
        self.entries.append(entry)
        self._run = None
        self._row = ()

    def add_skip(self, records: int, reason: str) -> None:
        """Add records that cannot be read."""
        self.add(JournalEntry(records=records, skip=Skip(reason=reason)))

    def add_points(
        self,
        run: str,
        series: Sequence[int],
        names: Mapping[int, Name],
        columns: tuple[Iterable[int], Iterable[int], Iterable[float]],
        records: int,
    ) -> None:
        """Add records of points of one run.

        Args:
            run: The run.
            series: The series of each point.
            names: What the series stand for.
            columns: Steps, timestamps and values.
            records: How many records they are.

        """
        if run == self._run:
            self.entries[-1].records += records
        else:
            self._begin(run, records)
        index_of = self._index_of_series
        points = self._columns
        for one in set(series).difference(index_of):
            key = names[one][1]
            if key not in self._index_of_key:
                self._index_of_key[key] = len(points.keys)
                points.keys.append(key)
            index_of[one] = self._index_of_key[key]
        points.series.extend(map(index_of.__getitem__, series))
        points.steps.extend(columns[0])
        points.timestamps.extend(columns[1])
        points.values.extend(columns[2])
        self.points += len(series)

    def add_rows(self, rows: Rows, names: Mapping[int, Name]) -> None:
        """Add records of points of the same series.

        Args:
            rows: The records; all their series are of one run.
            names: What the series stand for.

        """
        values = b"".join(rows.values)
        last = self.entries[-1] if self.entries else None
        if last is not None and last.log_rows is not None and rows.series == self._row:
            last.records += len(rows.steps)
            last.log_rows.steps += rows.steps
            last.log_rows.timestamps += rows.timestamps
            last.log_rows.values += values
        else:
            logged = LogRows(
                run_id=names[rows.series[0]][0],
                keys=[names[one][1] for one in rows.series],
                steps=[*rows.steps],
                timestamps=[*rows.timestamps],
                values=values,
            )
            self.add(JournalEntry(records=len(rows.steps), log_rows=logged))
            self._row = rows.series
        self.points += len(rows.steps) * len(rows.series)

    def _begin(self, run: str, records: int) -> None:
        self._run = run
        self._row = ()
        self._index_of_key = {}
        self._index_of_series = {}
        self._columns = LogPoints(
            run_id=run, keys=[], series=[], steps=[], timestamps=[], values=[]
        )
        self.entries.append(JournalEntry(records=records, log_points=self._columns))
