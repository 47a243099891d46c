"""Cuts a filter or an order into tokens that remember where they stand."""

from __future__ import annotations

import re
from enum import Enum

from msgspec import Struct

from headrace.errors import InvalidParameterValue

# What an unquoted key may hold: MLflow's own keys without their blanks.
_BARE_KEY = r"[\w./:-]+"
_BACKTICKS = r"`(?:[^`]|``)+`"
_QUOTES = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\""
_NUMBER = r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])"

_TOKEN = re.compile(
    rf"""
      (?P<blank>\s+)
    | (?P<path>(?:[^\W\d]\w*|{_BACKTICKS})\.(?:{_BACKTICKS}|{_QUOTES}|{_BARE_KEY}))
    | (?P<name>{_BACKTICKS})
    | (?P<word>[^\W\d]\w*)
    | (?P<number>{_NUMBER})
    | (?P<text>{_QUOTES})
    | (?P<operator>[<>=!~]+)
    | (?P<mark>[(),])
    """,
    re.VERBOSE,
)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# Characters shown on either side of a mistake.
_EXCERPT = 60


class TokenKind(Enum):
    """What a token is.

    ``PATH`` is a dotted name such as ``metrics.`a b```, ``NAME`` a name in backticks, ``WORD`` a
    bare word, ``TEXT`` a text in single or double quotes, ``MARK`` a parenthesis or comma.
    """

    PATH = "path"
    NAME = "name"
    WORD = "word"
    NUMBER = "number"
    TEXT = "text"
    OPERATOR = "operator"
    MARK = "mark"
    END = "end"


class Token(Struct, frozen=True):
    """A piece of a text.

    Attributes:
        kind: What it is.
        text: As it was written, with its quotes; empty at the end.
        position: Index of its first character.

    """

    kind: TokenKind
    text: str
    position: int

    def is_word(self, *words: str) -> bool:
        """Return whether this is one of the words (given in upper case), in any case."""
        return self.kind is TokenKind.WORD and self.text.upper() in words

    def is_mark(self, mark: str) -> bool:
        """Return whether this is that parenthesis or comma."""
        return self.kind is TokenKind.MARK and self.text == mark


class Source(Struct, frozen=True):
    """A text that somebody wrote, and what it is, for messages.

    Attributes:
        text: The text.
        what: ``filter`` or ``order_by clause``.

    """

    text: str
    what: str = "filter"

    def error(self, message: str, position: int) -> InvalidParameterValue:
        """Return an error that says at which column (counted from 1) the text is wrong."""
        start = max(0, position - _EXCERPT)
        end = position + _EXCERPT
        shown = (
            ("..." if start else "")
            + self.text[start:end]
            + ("..." if end < len(self.text) else "")
        )
        place = "the end" if position >= len(self.text) else f"column {position + 1}"
        return InvalidParameterValue(f'{message} (at {place} of the {self.what} "{shown}")')

    def tokens(self) -> list[Token]:
        """Return the tokens without blanks; the last one is ``END``.

        Raises:
            InvalidParameterValue: For a character that starts no token, an unclosed quote, and
                NUL and lone surrogates, which no store can hold.

        """
        check_characters(self.text, self.what)
        tokens, position = [], 0
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if match is None:
                raise self._unreadable(position)
            if match.lastgroup != "blank":
                tokens.append(Token(TokenKind(match.lastgroup), match.group(), position))
            position = match.end()
        tokens.append(Token(TokenKind.END, "", len(self.text)))
        return tokens

    def _unreadable(self, position: int) -> InvalidParameterValue:
        found = self.text[position]
        if found in "'\"`":
            problem = f"the quote {found} is not closed, or nothing stands in it"
        elif found == "." or found.isdigit() or found == "-":
            problem = "neither a number nor the name of a field"
        else:
            problem = f"the character {found!r} has no meaning here"
        return self.error(f"Invalid clause(s) in {self.what} string: {problem}", position)


def check_characters(text: str, what: str) -> None:
    """Refuse NUL and lone surrogates, which no store can hold.

    Raises:
        InvalidParameterValue: Naming the character and its column.

    """
    bad = _UNSTORABLE.search(text)
    if bad:
        raise InvalidParameterValue(
            f"Invalid clause(s) in {what} string: the character {bad.group()!a} "
            f"at column {bad.start() + 1} cannot be stored or searched."
        )


def unquote(text: str) -> str:
    """Return what stands between quotes or backticks; a doubled quote stands for itself."""
    quote = text[:1]
    if quote in ("'", '"', "`") and len(text) > 1 and text.endswith(quote):
        return text[1:-1].replace(quote * 2, quote)
    return text
