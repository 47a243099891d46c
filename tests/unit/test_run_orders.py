"""Orders of runs that a process keeps for a moment."""

from __future__ import annotations

import time
from array import array

import pytest

from headrace.stores.sql import run_orders
from headrace.stores.sql.run_orders import RunOrders


class Clock:
    """Stands in the place of `time.monotonic`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def find(self, count: int, seconds: float) -> array[int]:
        self.now += seconds
        return array("q", range(count))


@pytest.mark.parametrize(
    ("count", "took", "lasts"),
    [(5, 0.001, 0.5), (5, 30, 0.5), (100_000, 0.1, 1.5), (100_000, 30, 2.5), (0, 1, 0.5)],
)
def test_an_order_lasts_by_its_length_and_cost(
    monkeypatch: pytest.MonkeyPatch, count: int, took: float, lasts: float
) -> None:
    clock, orders = Clock(monkeypatch), RunOrders()

    assert len(orders.keep("key", lambda: clock.find(count, took))) == count
    clock.now += lasts - 0.05
    assert orders.look_up("key") is not None
    clock.now += 0.1
    assert orders.look_up("key") is None
    assert orders.look_up("other") is None


def test_what_was_not_looked_at_for_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_orders, "MAX_IDS", 25)
    clock, orders = Clock(monkeypatch), RunOrders()
    for key in ("a", "b"):
        orders.keep(key, lambda: clock.find(10, 0))
    orders.look_up("a")
    orders.keep("c", lambda: clock.find(10, 0))

    assert [key for key in "abc" if orders.look_up(key) is not None] == ["a", "c"]
    orders.keep("c", lambda: clock.find(1000, 0))
    assert [key for key in "abc" if orders.look_up(key) is not None] == ["c"]
