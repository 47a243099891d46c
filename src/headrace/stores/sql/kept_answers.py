"""Answers that took long to find, kept by this process for as long as nobody writes anything."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

MAX_BYTES = 8_000_000


class KeptAnswers:
    """Encoded answers, each with the version of the database that it is true of."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, tuple[Hashable, bytes]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def look_up(self, key: Hashable, version: Hashable | None) -> bytes | None:
        """Return what was kept of this version; None if nothing was, or there are no versions."""
        with self._lock:
            kept, answer = self._answers.get(key, (None, None))
            if kept is None or kept != version:
                return None
            self._answers.move_to_end(key)
            return answer

    def keep(self, key: Hashable, version: Hashable, answer: bytes) -> None:
        """Keep an answer; those that nobody has asked for in the longest time make room."""
        with self._lock:
            self._forget(key)
            self._answers[key] = (version, answer)
            self._bytes += len(answer)
            while self._bytes > MAX_BYTES:
                self._forget(next(iter(self._answers)))

    def _forget(self, key: Hashable) -> None:
        _, answer = self._answers.pop(key, (None, b""))
        self._bytes -= len(answer)
