"""What of printed text stays to be read: lines, after progress bars have overwritten theirs.

A progress bar goes back to the begin of its line, or some lines up, and writes over what stands
there. So a line is done when the cursor has left it for good. Colours are left out, and so is
everything else that only a terminal understands.
"""

from __future__ import annotations

import re

# How often a line that does not end, or is written over again and again, is taken as it is.
SECONDS_BETWEEN_LOOKS = 10.0
# Of a display that is drawn anew; what is further up is never written over.
_MAX_REACH = 100
# A line with more characters is none.
_MAX_LINE = 1_000_000

_SPECIAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x08\n\x0b-\x1f\x7f]+)|(?P<newline>\n)|(?P<back>[\r\b])"
    r"|\x1b\[(?P<number>[0-9;?<=>]*)[ -/]*(?P<command>[@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, links
    r"|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f]"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[ -/]+|[\]PX^_][^\x07\x1b]{0,500}\x1b?)?\Z")


class Screen:
    """The last lines of one stream, as a terminal shows them."""

    def __init__(self) -> None:
        self._lines = [""]
        self._row = self._column = 0
        self._above = 0  # lines that are done
        self._reach = 0  # how many lines up from the last one the cursor has gone
        self._rest = ""  # of a sequence that is not all there yet
        self._shown = ""  # what was taken although it was not done
        self._since = 0.0  # when something was taken last

    def write(self, text: str, now: float) -> str:
        """Take text, and return the lines that are done with it.

        Args:
            text: What was printed.
            now: Seconds of any clock.

        """
        text = self._rest + text
        self._rest = ""
        at_end = self._row == len(self._lines) - 1 and self._column == len(self._lines[-1])
        if at_end and not _SPECIAL.search(text):
            first, *others = text.split("\n")
            self._lines[-1] += first
            self._lines += others
            self._row, self._column = len(self._lines) - 1, len(self._lines[-1])
        else:
            self._draw(text)
        if len(self._lines[-1]) > _MAX_LINE:
            self._lines.append("")
            self._row, self._column = len(self._lines) - 1, 0
        return self._take_done(now)

    def look(self, now: float) -> str:
        """Return what is not done, if that was not seen for a while; as lines of their own."""
        if now - self._since < SECONDS_BETWEEN_LOOKS:
            return ""
        self._since = now
        self._reach = 0
        done = self._take_done(now)
        unfinished = self._lines[-1]
        if not unfinished or unfinished == self._shown:
            return done
        self._shown = unfinished
        return f"{done}{unfinished}\n"

    def close(self) -> str:
        """Return all that is left."""
        self._reach = 0
        done = self._take_done(0.0)
        last, self._lines = self._lines[-1], [""]
        self._row = self._column = 0
        return f"{done}{last}\n" if last and last != self._shown else done

    def _take_done(self, now: float) -> str:
        count = max(0, len(self._lines) - 1 - self._reach)
        if not count:
            return ""
        done, self._lines = self._lines[:count], self._lines[count:]
        self._row = max(0, self._row - count)
        self._above += count
        self._since = now
        if done[0] == self._shown and self._shown:
            done = done[1:]
        self._shown = ""
        return "".join(f"{line.rstrip(' ')}\n" for line in done)

    # --- a terminal ------------------------------------------------------------------------------

    def _draw(self, text: str) -> None:
        unfinished = _UNFINISHED.search(text)
        if unfinished is not None:
            text, self._rest = text[: unfinished.start()], unfinished[0]
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "text":
                self._put(token[0])
            elif kind == "newline":
                self._go_to(self._row + 1, 0)
            elif kind == "back":
                self._column = 0 if token[0] == "\r" else max(0, self._column - 1)
            elif kind == "command":
                number = token["number"]
                self._obey(token["command"], int(number) if number.isdecimal() else None)

    def _put(self, text: str) -> None:
        line = self._lines[self._row].ljust(self._column)
        end = self._column + len(text)
        self._lines[self._row] = line[: self._column] + text + line[end:]
        self._column = end

    def _go_to(self, row: int, column: int) -> None:
        if row < 0:
            # A display is drawn for the second time, and its begin is done: it is kept from now on.
            missing = min(-row, self._above)
            self._lines[:0] = [""] * missing
            row = max(0, row + missing)
        self._lines += [""] * (row + 1 - len(self._lines))
        self._row, self._column = row, column
        self._reach = min(max(self._reach, len(self._lines) - 1 - row), _MAX_REACH)

    def _obey(self, command: str, number: int | None) -> None:
        count = min(number or 1, _MAX_REACH)
        match command:
            case "A":
                self._go_to(self._row - count, self._column)
            case "B":
                self._go_to(self._row + count, self._column)
            case "E":
                self._go_to(self._row + count, 0)
            case "F":
                self._go_to(self._row - count, 0)
            case "G":
                self._column = count - 1
            case "C":
                self._column += count
            case "D":
                self._column = max(0, self._column - count)
            case "K" | "J" if not number:
                self._lines[self._row] = self._lines[self._row][: self._column]
                if command == "J":
                    del self._lines[self._row + 1 :]
            case "K" if number == 2:
                self._lines[self._row] = ""
