"""What a case is: contenders, the quantities measured of each, and the bars they must reach."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from benchmarks.bench import Bench

Figures = Mapping[str, float]
"""Quantity name -> value, of one contender in one round."""

Round = Callable[[], Figures]


@dataclass(frozen=True)
class Bar:
    """What one contender must reach, as a ratio to another's figure or as a plain limit.

    Attributes:
        peer: Whose figure is the yardstick; None for a limit in the quantity's own unit.
        at_most: The greatest allowed value of figure / yardstick.
        at_least: The least allowed value of it.
        of: Who must reach it.

    """

    peer: str | None
    at_most: float | None = None
    at_least: float | None = None
    of: str = "headrace"

    def __post_init__(self) -> None:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("a bar has either at_most or at_least")

    def reached(self, ratio: float) -> bool:
        """Return whether a figure / yardstick is on the right side."""
        if self.at_most is not None:
            return ratio <= self.at_most
        return self.at_least is not None and ratio >= self.at_least


@dataclass(frozen=True)
class Quantity:
    """Something that a case measures of every contender.

    Attributes:
        name: What it is, as the report prints it.
        unit: ``s``, ``B``, ``B/s``, ``/s``, ``share`` or ``count``: how the report writes it.
        bars: What Headrace must reach in it.

    """

    name: str
    unit: Literal["s", "B", "B/s", "/s", "share", "count"]
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True)
class Case:
    """One comparison, declared by a file in ``benchmarks/cases``.

    Attributes:
        name: What ``--case`` takes.
        title: What is done, in a line.
        contenders: Who is compared: names of peers, or of anything that `open` knows.
        quantities: What is measured of each.
        open: Prepares and warms up one contender and yields the function that measures one
            round of it; that function checks the answers and may leave out quantities that the
            contender does not have.
        rounds: How many rounds the median is taken of, in turn over the contenders.
        quick_rounds: The same with ``--quick``.
        alone: Whether the servers that cases share are stopped first, since they would share
            memory pages with what is measured.
        in_browser: Whether it is one of those that `--ui` asks for.

    """

    name: str
    title: str
    contenders: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    open: Callable[[Bench, str], AbstractContextManager[Round]]
    rounds: int = 5
    quick_rounds: int = 1
    alone: bool = False
    in_browser: bool = False

    def __post_init__(self) -> None:
        for quantity in self.quantities:
            for bar in quantity.bars:
                unknown = {bar.of, bar.peer or bar.of} - set(self.contenders)
                if unknown:
                    raise ValueError(f"case {self.name}: a bar names {unknown}, no contender")


@dataclass
class Outcome:
    """What a case has shown.

    Attributes:
        case: The case.
        figures: Contender -> its figures, round by round.
        absent: Contender -> why it has no figures, or no further ones.
        notes: Remarks that the report prints below the figures.
        elapsed_s: How long the case took.
        load: The machine's load average at its end, our own servers included.

    """

    case: Case
    figures: dict[str, list[Figures]]
    absent: dict[str, str]
    notes: list[str]
    elapsed_s: float = 0.0
    load: float = 0.0

    def values(self, contender: str, quantity: Quantity) -> list[float]:
        """Return the figures of one contender, round by round; none if it failed in any."""
        if contender in self.absent:
            return []
        rounds = self.figures.get(contender, [])
        return [figures[quantity.name] for figures in rounds if quantity.name in figures]

    def middle(self, contender: str, quantity: Quantity) -> float | None:
        """Return the median over the rounds, or None without figures."""
        values = self.values(contender, quantity)
        return median(values) if values else None

    def failed(self, contender: str) -> bool:
        """Return whether a contender ran and gave wrong answers or broke."""
        return self.absent.get(contender, "").startswith("failed")

    def ratio(self, quantity: Quantity, bar: Bar) -> float | None:
        """Return figure / yardstick of a bar, or None where one of them is missing."""
        figure = self.middle(bar.of, quantity)
        yardstick = 1.0 if bar.peer is None else self.middle(bar.peer, quantity)
        if figure is None or yardstick is None or yardstick == 0:
            return None
        return figure / yardstick


def all_cases() -> list[Case]:
    """Return the ``CASE`` of every file in ``benchmarks/cases``, by file name."""
    package = importlib.import_module("benchmarks.cases")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"benchmarks.cases.{name}").CASE for name in names]
