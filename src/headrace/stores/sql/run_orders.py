"""Which runs a search finds, all of them in their order: kept for a moment by this process.

A window far down a long table is a slice of it, so it costs no more than the first one. To order a
hundred thousand runs takes some 100 ms, so who looks on for a while gets an order that is a little
old: the older, the longer it took. What the runs hold is read anew for each window.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable

from msgspec import Struct

# How long an order lasts at least, how many times as long as finding it took, and how much longer
# at most by its length: also where the machine was busy, nobody waits long for a new run to show.
MIN_SECONDS = 0.5
TIMES = 10
IDS_A_SECOND = 50_000
# Ids that are kept, in all: some 32 MB.
MAX_IDS = 4_000_000


class _Order(Struct):
    ids: array[int]
    until: float


class RunOrders:
    """The orders that this process has found lately."""

    def __init__(self) -> None:
        self._orders: OrderedDict[Hashable, _Order] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    def look_up(self, key: Hashable, *, grace: float = 0) -> array[int] | None:
        """Return the order of a key, if one was found lately.

        Args:
            key: What tells it from others.
            grace: For how many seconds longer than otherwise it will do.

        """
        with self._lock:
            order = self._orders.get(key)
            if order is None or time.monotonic() >= order.until + grace:
                return None
            self._orders.move_to_end(key)
            return order.ids

    def keep(self, key: Hashable, find: Callable[[], array[int]]) -> array[int]:
        """Find an order, keep it for as long as that is worth, and return it."""
        began = time.monotonic()
        ids = find()
        ended = time.monotonic()
        more = min(TIMES * (ended - began), len(ids) / IDS_A_SECOND)
        with self._lock:
            self._forget(key)
            self._orders[key] = _Order(ids, ended + MIN_SECONDS + more)
            self._count += len(ids)
            while self._count > MAX_IDS and len(self._orders) > 1:
                self._forget(next(iter(self._orders)))
        return ids

    def _forget(self, key: Hashable) -> None:
        order = self._orders.pop(key, None)
        if order is not None:
            self._count -= len(order.ids)
