"""Work on very many rows in slices: a transaction each, between which others have their turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

# A slice shall take about so long; the first one has so many rows, and none has more than so many.
SLICE_SECONDS = 0.1
FIRST_ROWS, MOST_ROWS = 16, 1024


class Pace:
    """How many rows the next slice takes, by how long the last one took.

    Attributes:
        rows: The number.

    """

    def __init__(self) -> None:
        self.rows = FIRST_ROWS
        self._began = 0.0

    def parts(
        self, rows: Sequence[T], give_way: Callable[[], None]
    ) -> Iterator[tuple[Sequence[T], bool]]:
        """Yield one slice after the other, at least one, each with whether it is the last.

        Args:
            rows: The rows.
            give_way: Lets others in, between two slices.

        """
        first = 0
        while True:
            part = rows[first : first + self.rows]
            first += len(part)
            is_last = first >= len(rows)
            yield part, is_last
            if is_last:
                return
            self.end()
            give_way()

    def begin(self) -> None:
        """Begin a slice: called in its transaction, since the wait for that does not count."""
        self._began = time.monotonic()

    def end(self) -> None:
        """End the slice, after its commit."""
        seconds = time.monotonic() - self._began
        if seconds < SLICE_SECONDS / 2:
            self.rows = min(2 * self.rows, MOST_ROWS)
        elif seconds > SLICE_SECONDS:
            self.rows = max(self.rows // 2, 1)
