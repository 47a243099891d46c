"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from rich.console import RenderableType

# A line of a tree, and what stands below it.
Branch = tuple[str, "Sequence[Branch]"]

# Wider than any table: what is piped into a program is never cut.
_PIPE_WIDTH = 100_000


def print_json(value: Any) -> None:
    """Print a value as indented JSON; NaN and the infinities become the texts of that name."""
    encoded = msgspec.json.encode(_finite(msgspec.to_builtins(value)))
    click.echo(msgspec.json.format(encoded, indent=2).decode())


def print_raw(text: str, stream: str = "stdout") -> None:
    """Print a text as it is, in UTF-8 and with its colours, wherever it goes.

    Args:
        text: The text.
        stream: ``stdout`` or ``stderr``.

    """
    out = getattr(sys, stream).buffer
    out.write(text.encode())
    out.flush()


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[str] = ()
) -> None:
    """Print a table.

    Args:
        columns: The headings.
        rows: The cells, as they shall be read.
        numbers: Headings of the columns that are aligned to the right.

    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    right = set(numbers)
    for column in columns:
        table.add_column(
            _escape(column), justify="right" if column in right else "left", no_wrap=True
        )
    for row in rows:
        table.add_row(*(_escape(cell) for cell in row))
    _print(table)


def print_tree(title: str, branches: Sequence[Branch]) -> None:
    """Print a tree below a title."""
    from rich.tree import Tree

    def grow(tree: Tree, below: Sequence[Branch]) -> None:
        for text, rest in below:
            grow(tree.add(_escape(text)), rest)

    root = Tree(_escape(title))
    grow(root, branches)
    _print(root)


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names and values below each other."""
    listed = list(pairs)
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        click.echo(f"{name.ljust(width)}  {value}".rstrip())


class Progress:
    """A progress bar on the standard error, where that is a screen and the work takes a while.

    Args:
        what: What is going on, such as ``Deleting``.
        unit: What is counted, in the plural.
        quiet: Whether to show nothing.

    """

    def __init__(self, what: str, unit: str, *, quiet: bool = False) -> None:
        self._what = what
        self._unit = unit
        self._is_shown = not quiet and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        return self

    def show(self, done: int, total: int) -> None:
        """Show how far the work is."""
        if not self._is_shown:
            return
        if self._bar is None:
            self._start()
        self._bar.update(self._task, completed=done, total=max(total, 1))

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(self._unit),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(self._what)
        self._bar.start()

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def screen_width() -> int:
    """Return the number of columns that a table may take; what is piped may take any."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on the error stream while the block runs, if that is a terminal.

    Args:
        label: What is going on.
        total: How many there are to do.

    Yields:
        What tells the bar that so many more are done.

    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn(_escape(label)),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("records"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)


# --- how values are read -------------------------------------------------------------------------


def moment(milliseconds: int | None) -> str:
    """Return a moment in local time, to the second."""
    if milliseconds is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(milliseconds / 1000))


def numbers_as_text(values: Sequence[float | None]) -> list[str]:
    """Return a column of numbers whose points stand below each other.

    They get as many digits as tell them apart, at least four; numbers that are far apart or far
    from 1 are written with an exponent where they need one.
    """
    given = {value for value in values if value is not None and math.isfinite(value)}
    largest = max(map(abs, given), default=0.0)
    smallest = min((abs(value) for value in given if value), default=1.0)
    if largest >= 1e9 or smallest < 1e-4:
        digits = _fewest(given, "g", 4, 17)
        return ["" if value is None else f"{value:.{digits}g}" for value in values]
    if all(value.is_integer() for value in given):
        return ["" if value is None else f"{value:.0f}" for value in values]
    before_point = len(f"{largest:.0f}") if largest >= 1 else 0
    decimals = _fewest(given, "f", max(1, 4 - before_point), 17)
    return ["" if value is None else f"{value:.{decimals}f}" for value in values]


def _fewest(values: set[float], kind: str, least: int, most: int) -> int:
    """Return how many digits it takes to tell values apart."""
    digits = least
    while digits < most and len({f"{value:.{digits}{kind}}" for value in values}) < len(values):
        digits += 1
    return digits


def printable(text: str) -> str:
    """Return a text on one line, with spaces in the place of what would command a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def shorten(text: str, length: int) -> str:
    """Return a text on one line, cut to a length with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value


def _escape(text: str) -> str:
    """Return a cell whose brackets are not taken for colours, without control characters."""
    from rich.markup import escape

    return escape(printable(text))


def _print(table: RenderableType) -> None:
    from rich.console import Console

    # rich pads lines to the width of the table; a pipe gets none of that.
    console = Console(width=screen_width(), highlight=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())
