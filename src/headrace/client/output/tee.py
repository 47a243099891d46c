"""Copies what is written to a stream of Python, which stays the same object.

Whoever keeps the stream, such as a handler of `logging`, is heard too, and a test for a terminal
has the same result as before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Tee:
    """Hands on what is written to a stream, after the stream itself has taken it.

    Args:
        stream: The stream; one that cannot be listened to is left alone.
        take: Gets each text.

    """

    def __init__(self, stream: Any, take: Callable[[str], None]) -> None:
        self._stream = stream
        self._take: Callable[[str], None] | None = take
        self._is_own = "write" not in getattr(stream, "__dict__", {})
        self._before = getattr(stream, "write", None)
        self._write = self._make_write()
        try:
            stream.write = self._write
        except (AttributeError, TypeError):  # there is no stream, or it is not made to be changed
            self._take = None

    def _make_write(self) -> Callable[[str], Any]:
        before: Any = self._before

        def write(text: str) -> Any:
            written = before(text)
            take = self._take
            if take is not None and isinstance(text, str):
                take(text)
            return written

        return write

    def end(self) -> None:
        """Give the stream its own way back, unless somebody else has changed it meanwhile."""
        if self._take is None:
            return
        self._take = None
        if getattr(self._stream, "__dict__", {}).get("write") is not self._write:
            return
        if self._is_own:
            del self._stream.write
        else:
            self._stream.write = self._before
