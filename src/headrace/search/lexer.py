"""Cuts a filter or an order into tokens that remember where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from msgspec import Struct

from headrace.errors import InvalidParameterValue
from headrace.search.excerpts import shorten, tell_place

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

# A list of 100,000 ids takes 4,000,000 characters.
MAX_LENGTH = 5_000_000


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

    @property
    def is_name(self) -> bool:
        """Whether this may name a field; a text in double quotes may."""
        is_named = self.kind in (TokenKind.PATH, TokenKind.NAME, TokenKind.WORD)
        return is_named or self.text.startswith('"')

    @property
    def shown(self) -> str:
        """The text for a message."""
        return shorten(self.text)

    def place_of(self, index: int) -> int:
        """Return where the character at an index of the unquoted text stands."""
        quote = self.text[0]
        if quote not in ("'", '"', "`"):
            return self.position + index
        doubled = self.text[1:-1].replace(quote * 2, "\0")[:index].count("\0")
        return self.position + 1 + index + doubled


class Source(Struct, frozen=True):
    """A text that somebody wrote, and what it is, for messages.

    Attributes:
        text: The text.
        what: ``filter`` or ``order_by clause``.

    """

    text: str
    what: str = "filter"

    @property
    def shown(self) -> str:
        """The text for a message."""
        return shorten(self.text)

    def error(self, message: str, position: int) -> InvalidParameterValue:
        """Return an error that says at which column (counted from 1) the text is wrong."""
        return InvalidParameterValue(tell_place(message, self.what, self.text, position))

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens without blanks, each as it is asked for; the last one is ``END``.

        Raises:
            InvalidParameterValue: For a character that starts no token and an unclosed quote.

        """
        position = 0
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if match is None:
                raise self._unreadable(position)
            if match.lastgroup != "blank":
                yield Token(TokenKind(match.lastgroup), match.group(), position)
            position = match.end()
        yield Token(TokenKind.END, "", len(self.text))

    def _unreadable(self, position: int) -> InvalidParameterValue:
        found, after = self.text[position], self.text[position + 1 : position + 2]
        if found == "." and after in ("'", '"', "`"):
            found, position = after, position + 1
        if found in ("'", '"', "`"):
            problem = f"the quote {found} is not closed, or nothing stands in it"
        elif found == "." or found.isdigit() or found == "-":
            problem = "neither a number nor the name of a field"
        else:
            problem = f"the character {found!r} has no meaning here"
            problem += "; write AND or OR" if found in "&|" else ""
        return self.error(f"Invalid clause(s) in {self.what} string: {problem}", position)


class Tokens:
    """The tokens of a text from left to right, of which one is looked at ahead.

    Args:
        source: The text.

    Attributes:
        source: The text.

    Raises:
        InvalidParameterValue: If the text is too long, or holds what no store can hold.

    """

    def __init__(self, source: Source) -> None:
        if len(source.text) > MAX_LENGTH:
            raise source.error(
                f"Invalid clause(s) in {source.what} string: {len(source.text)} characters; at "
                f"most {MAX_LENGTH} are allowed",
                MAX_LENGTH,
            )
        check_characters(source.text, source.what)
        self.source = source
        self._coming = source.tokens()
        self._next = next(self._coming)

    def peek(self) -> Token:
        """Return the next token and leave it there."""
        return self._next

    def take(self) -> Token:
        """Return the next token and go on; ``END`` is never passed."""
        token = self._next
        if token.kind is not TokenKind.END:
            self._next = next(self._coming)
        return token

    def take_word(self, *words: str) -> Token | None:
        """Take the next token if it is one of the words (given in upper case)."""
        return self.take() if self._next.is_word(*words) else None

    def take_mark(self, mark: str) -> Token | None:
        """Take the next token if it is that parenthesis or comma."""
        return self.take() if self._next.is_mark(mark) else None

    def unexpected(self, token: Token, due: str) -> InvalidParameterValue:
        """Return an error that says what is due where a token stands."""
        found = f"'{token.shown}'" if token.text else "the end"
        return self.source.error(
            f"Invalid clause(s) in {self.source.what} string: expected {due}, found {found}",
            token.position,
        )


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
