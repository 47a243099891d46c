r"""Regular expressions: the part of their language that every database evaluates alike.

It has no construct that needs backtracking, so a match takes time in proportion to the text, and
each means the same in PostgreSQL (which matches by itself) and here (`headrace.search.automata`,
for SQLite). Everything else is refused where it stands::

    pattern  (?i) choice                 (?i), only at the beginning: ASCII letters of either case
    choice   row | row | ...
    row      piece piece ...
    piece    atom, atom* + ? {m} {m,} {m,n}
    atom     a character, \ and a character that is no letter or digit, \n \r \t
             . for any character, [a-z_] and [^a-z_], \d \w \s \D \W \S (ASCII)
             ( choice ) or (?: choice ), ^ and $ for the beginning and the end of the text

A pattern matches a text that has a match anywhere. Whether a quantifier is greedy (``*?``) decides
nothing here, so its ``?`` is taken and forgotten.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

MAX_LENGTH = 1000
MAX_DEPTH = 20
# PostgreSQL takes no more.
MAX_REPEAT = 255
# Characters, once every {m,n} is written out: what a character of a text may cost at worst.
MAX_SIZE = 500

Range: TypeAlias = tuple[str, str]

_LAST = chr(sys.maxunicode)


class BadPattern(ValueError):
    """A pattern is no regular expression, or one beyond the common part.

    Args:
        problem: What is wrong.
        index: Index of the character where it is wrong.

    """

    def __init__(self, problem: str, index: int) -> None:
        super().__init__(f"{problem} (at {index})")
        self.problem = problem
        self.index = index


class Chars(Struct, frozen=True):
    """One character of these ranges or, negated, of none of them.

    Attributes:
        ranges: In order, none reaching into the next.
        negated: Whether the characters are the others.

    """

    ranges: tuple[Range, ...]
    negated: bool = False

    def holds(self, character: str) -> bool:
        """Return whether a character is one of them."""
        # A set may have hundreds of ranges, and stand in hundreds of steps.
        at = bisect_right(self.ranges, (character, _LAST))
        return (at > 0 and character <= self.ranges[at - 1][1]) is not self.negated


class Edge(Struct, frozen=True):
    """The beginning or the end of the text."""

    is_end: bool


class Row(Struct, frozen=True):
    """One after the other."""

    parts: tuple[Pattern, ...]


class Choice(Struct, frozen=True):
    """Any one of them."""

    parts: tuple[Pattern, ...]


class Repeat(Struct, frozen=True):
    """The part from `least` to `most` times; None is any number of times."""

    part: Pattern
    least: int
    most: int | None


Pattern: TypeAlias = Chars | Edge | Row | Choice | Repeat

_DIGITS: tuple[Range, ...] = (("0", "9"),)
_WORD: tuple[Range, ...] = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_SPACE: tuple[Range, ...] = (("\t", "\r"), (" ", " "))
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_ANY = Chars((), negated=True)


def parse_pattern(text: str) -> Pattern:
    """Return what a regular expression means.

    Raises:
        BadPattern: Saying at which character it is wrong.

    """
    if len(text) > MAX_LENGTH:
        raise BadPattern(
            f"{len(text)} characters where at most {MAX_LENGTH} are allowed",
            MAX_LENGTH,
        )
    return _PatternParser(text).parse()


def size_of(pattern: Pattern) -> int:
    """Return how many characters and edges a pattern has once its repeats are written out."""
    if isinstance(pattern, Repeat):
        times = pattern.least + 1 if pattern.most is None else pattern.most
        return max(1, size_of(pattern.part)) * max(1, times)
    if isinstance(pattern, Choice):
        return sum(size_of(part) + 1 for part in pattern.parts)
    return sum(map(size_of, pattern.parts)) if isinstance(pattern, Row) else 1


class _PatternParser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._index = 0
        self._depth = 0
        self._fold = False

    def parse(self) -> Pattern:
        self._fold = self._take("(?i)")
        pattern = self._choice()
        if self._index < len(self._text):
            raise self._bad("a ) that closes nothing")
        if size_of(pattern) > MAX_SIZE:
            raise self._bad(f"more than {MAX_SIZE} characters with all repeats", 0)
        return pattern

    def _peek(self) -> str:
        return self._text[self._index : self._index + 1]

    def _take(self, text: str) -> bool:
        found = self._text.startswith(text, self._index)
        if found:
            self._index += len(text)
        return found

    def _next(self) -> str:
        character = self._peek()
        self._index += 1
        return character

    def _bad(self, problem: str, index: int | None = None) -> BadPattern:
        return BadPattern(problem, self._index if index is None else index)

    # --- structure ---

    def _choice(self) -> Pattern:
        rows = [self._row()]
        while self._take("|"):
            rows.append(self._row())
        return rows[0] if len(rows) == 1 else Choice(tuple(rows))

    def _row(self) -> Pattern:
        parts = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._piece())
        return Row(tuple(parts))

    def _piece(self) -> Pattern:
        start = self._index
        atom = self._atom()
        begin = self._index
        bounds = self._quantifier()
        if bounds is None:
            return atom
        if isinstance(atom, Edge):
            raise self._bad("a quantifier after ^ or $", begin)
        self._take("?")
        if self._peek() in ("*", "+", "?"):
            raise self._bad("a quantifier after a quantifier")
        repeat = Repeat(atom, *bounds)
        if size_of(repeat) > MAX_SIZE:
            raise self._bad(f"a repeat that comes to more than {MAX_SIZE} characters", start)
        return repeat

    def _quantifier(self) -> tuple[int, int | None] | None:
        if self._take("*"):
            return 0, None
        if self._take("+"):
            return 1, None
        if self._take("?"):
            return 0, 1
        start = self._index
        if not self._take("{"):
            return None
        least = self._count()
        most = least
        if self._take(","):
            most = None if self._peek() == "}" else self._count()
        if least is None or not self._take("}"):
            raise self._bad("no repeat such as {3}, {3,} or {3,5}; a plain { is \\{", start)
        if max(least, most or 0) > MAX_REPEAT:
            raise self._bad(f"more than {MAX_REPEAT} repeats", start)
        if most is not None and most < least:
            raise self._bad("a repeat from more to less", start)
        return least, most

    def _count(self) -> int | None:
        start = self._index
        while self._peek() and self._peek() in "0123456789":
            self._index += 1
        digits = self._text[start : self._index]
        return int(digits[:4]) if digits else None

    # --- atoms ---

    def _atom(self) -> Pattern:
        start = self._index
        character = self._next()
        match character:
            case "(":
                return self._group(start)
            case "[":
                return self._class(start)
            case ".":
                return _ANY
            case "^" | "$":
                return Edge(character == "$")
            case "\\":
                return self._escape(start)
            case "*" | "+" | "?" | "{":
                raise self._bad("a quantifier with nothing before it", start)
        return self._chars([(character, character)])

    def _group(self, start: int) -> Pattern:
        if self._peek() == "?" and not self._take("?:"):
            raise self._bad("a group beginning with (? that is neither (?: nor a leading (?i)")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._bad(f"groups nested more than {MAX_DEPTH} deep", start)
        inner = self._choice()
        self._depth -= 1
        if not self._take(")"):
            raise self._bad("a ( that is not closed", start)
        return inner

    def _escape(self, start: int) -> Pattern:
        character = self._next()
        if character.lower() in _CLASSES and character.isascii():
            return Chars(_CLASSES[character.lower()], negated=character.isupper())
        plain = self._plain_escape(character, start)
        return self._chars([(plain, plain)])

    def _plain_escape(self, character: str, start: int) -> str:
        if character in _CONTROLS:
            return _CONTROLS[character]
        if not character or character.isalnum() or character == "_":
            raise self._bad(f"\\{character}, which has no meaning here", start)
        return character

    def _class(self, start: int) -> Pattern:
        negated = self._take("^")
        ranges: list[Range] = []
        while not self._take("]"):
            if not self._peek():
                raise self._bad("a [ that is not closed", start)
            ranges += self._class_ranges()
        if not ranges:
            raise self._bad("nothing between [ and ]; a plain ] is \\]", start)
        return self._chars(ranges, negated=negated)

    def _class_ranges(self) -> Iterable[Range]:
        start = self._index
        if self._peek() == "\\" and self._text[start + 1 : start + 2] in _CLASSES:
            self._index += 2
            return _CLASSES[self._text[start + 1]]
        low = self._class_character()
        following = self._text[self._index + 1 : self._index + 2]
        if self._peek() != "-" or following in ("", "]"):
            return [(low, low)]
        self._index += 1
        high = self._class_character()
        if high < low:
            raise self._bad("a range from more to less", start)
        return [(low, high)]

    def _class_character(self) -> str:
        start = self._index
        character = self._next()
        if character == "[":
            raise self._bad("a [ within [ ]; a plain one is \\[", start)
        return self._plain_escape(self._next(), start) if character == "\\" else character

    def _chars(self, ranges: list[Range], *, negated: bool = False) -> Chars:
        if self._fold:
            ranges = ranges + [other for each in ranges for other in _other_case(*each)]
        return Chars(_merge(ranges), negated)


def _merge(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the ranges in order, and one for those that overlap."""
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _other_case(low: str, high: str) -> Iterable[Range]:
    """Yield the other case of the ASCII letters in a range."""
    for first, last in (("a", "z"), ("A", "Z")):
        begin, end = max(low, first), min(high, last)
        if begin <= end:
            yield begin.swapcase(), end.swapcase()


# --- as PostgreSQL writes it ---------------------------------------------------------------------


def to_postgresql(text: str) -> str:
    """Return the regular expression of PostgreSQL that matches the same texts.

    Args:
        text: A pattern that `parse_pattern` takes.

    """
    return f"(?:{_write(parse_pattern(text))})"


def _write(pattern: Pattern) -> str:
    match pattern:
        case Chars(ranges=()):
            return "."
        case Chars():
            inner = "".join(map(_write_range, pattern.ranges))
            return f"[{'^' if pattern.negated else ''}{inner}]"
        case Edge():
            return "$" if pattern.is_end else "^"
        case Row():
            return "".join(map(_write, pattern.parts))
        case Choice():
            return f"(?:{'|'.join(map(_write, pattern.parts))})"
        case Repeat():
            most = "" if pattern.most is None else pattern.most
            return f"(?:{_write(pattern.part)}){{{pattern.least},{most}}}"
    raise AssertionError(pattern)


def _write_range(ends: Range) -> str:
    low, high = map(_write_character, ends)
    return low if low == high else f"{low}-{high}"


def _write_character(character: str) -> str:
    is_plain = character.isalnum() or not character.isascii()
    return character if is_plain else f"\\{character}"
