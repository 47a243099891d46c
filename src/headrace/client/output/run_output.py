"""The output of one session of a run, on its way into the journal."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

from headrace.api.context import AppendOutput
from headrace.api.limits import MAX_OUTPUT_SIZE
from headrace.client.output.screen import Screen
from headrace.client.undivided import undivided
from headrace.errors import HeadraceError

# Of one record, in characters: a quarter of the bytes that it may have.
_MAX_PIECE = 250_000
# Records at once: where the streams take turns more often, each of them is put together.
_MAX_TURNS = 50

_logger = logging.getLogger(__name__)


class RunOutput:
    """Takes what is printed for a run, as lines without secrets.

    Args:
        run_id: The run.
        session: Its session.
        record: Puts a piece into the journal.

    Attributes:
        thread: The thread that the run is active in.

    """

    def __init__(self, run_id: str, session: str, record: Callable[[AppendOutput], None]) -> None:
        self.thread = threading.get_ident()
        self._run_id = run_id
        self._session = session
        self._record = record
        self._channels: dict[str, _Channel] = {}
        self._ready: list[tuple[str, float, str]] = []
        self._room = MAX_OUTPUT_SIZE

    def write(self, stream: str, text: str, moment: float) -> None:
        """Take text of a stream, printed at a time in seconds since the epoch."""
        channel = self._channels.get(stream)
        if channel is None:
            channel = self._channels[stream] = _Channel()
        self._keep(stream, moment, channel.write(text))

    def hand_on(self) -> None:
        """Record the lines that are done by now."""
        for stream, channel in self._channels.items():
            self._keep(stream, time.time(), channel.look())
        self._hand_on()

    def close(self) -> None:
        """Record all that is left."""
        for stream, channel in self._channels.items():
            self._keep(stream, time.time(), channel.close())
        self._hand_on()

    def _keep(self, stream: str, moment: float, text: str) -> None:
        if not text or self._room <= 0:
            return
        self._room -= len(text)
        if self._ready and self._ready[-1][0] == stream:
            _, moment, before = self._ready.pop()
            text = before + text
        self._ready.append((stream, moment, text))

    def _hand_on(self) -> None:
        ready, self._ready = self._ready, []
        if len(ready) > _MAX_TURNS:
            ready = list(_by_stream(ready))
        try:
            for stream, moment, text in ready:
                for begin in range(0, len(text), _MAX_PIECE):
                    piece = AppendOutput(
                        run_id=self._run_id,
                        session=self._session,
                        stream=stream,
                        time=int(moment * 1000),
                        text=text[begin : begin + _MAX_PIECE],
                    )
                    self._record(piece)
        except HeadraceError as error:
            if self._room > 0:
                self._room = 0  # first, since what is told here may be printed
                _logger.warning("The output of the run is not recorded: %s", error.message)


class _Channel:
    """One stream of a run."""

    def __init__(self) -> None:
        # Imported only here: it compiles patterns, and who starts a run need not wait for that.
        with undivided():
            from headrace.client.context.masking import LineMasker, Masker

        self._screen = Screen()
        self._masker = LineMasker(Masker.here().mask)

    def write(self, text: str) -> str:
        # A text may hold halves of characters, which nothing that stores texts takes.
        whole = text.encode(errors="backslashreplace").decode()
        return self._mask(self._screen.write(whole, time.monotonic()))

    def look(self) -> str:
        return self._mask(self._screen.look(time.monotonic()))

    def close(self) -> str:
        return self._mask(self._screen.close())

    def _mask(self, lines: str) -> str:
        return self._masker.mask(lines) if lines else ""


def _by_stream(pieces: list[tuple[str, float, str]]) -> Iterator[tuple[str, float, str]]:
    for stream in sorted({stream for stream, _, _ in pieces}, reverse=True):
        own = [piece for piece in pieces if piece[0] == stream]
        yield stream, own[0][1], "".join(text for _, _, text in own)
