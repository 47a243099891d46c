"""What messages show of a text: the part around the place where it is wrong."""

from __future__ import annotations

import re

# Characters shown on either side of a mistake.
_AROUND = 60
_CUT = "..."

_TOLD = re.compile(
    r"(?P<message>.*) \(at (?:column (?P<column>[0-9]+)|the end) of the "
    r'(?:filter|order_by clause) "(?P<shown>.*)"\)',
    re.DOTALL,
)


def shorten(text: str) -> str:
    """Return a text for a message, without what is too long for one."""
    return text if len(text) <= 2 * _AROUND else f"{text[: 2 * _AROUND]}{_CUT}"


def tell_place(message: str, what: str, text: str, position: int) -> str:
    """Return a message that says where a text is wrong, in one line.

    Args:
        message: What is wrong.
        what: What the text is, ``filter`` or ``order_by clause``.
        text: The text.
        position: Index of the character where it is wrong, or its length for the end.

    """
    start, end = max(0, position - _AROUND), position + _AROUND
    shown = (_CUT if start else "") + text[start:end] + (_CUT if end < len(text) else "")
    place = "the end" if position >= len(text) else f"column {position + 1}"
    return f'{message} (at {place} of the {what} "{shown}")'


def show_place(message: str) -> list[str]:
    """Return the lines of a message for a terminal.

    What `tell_place` told, also in the answer of a server, becomes the message, the text and a
    caret under the place; any other message stays one line.
    """
    told = _TOLD.fullmatch(message)
    if told is None:
        return [message]
    # A character of the text is one on the terminal, or the caret would stand elsewhere.
    shown = "".join(c if c.isprintable() else " " for c in told["shown"])
    index = len(shown) if told["column"] is None else int(told["column"]) - 1
    if told["column"] is not None and index > _AROUND:
        index = len(_CUT) + _AROUND
    return [told["message"], shown, " " * index + "^"]
