"""Matching of regular expressions in time proportional to the text, whatever the pattern.

A pattern becomes a list of steps (an automaton); all the steps that a match may have reached are
followed at once, as one state. States, and which character leads from one to which, are kept as
they are found, so that most characters cost one look into a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from headrace.search.patterns import (
    Chars,
    Choice,
    Edge,
    Pattern,
    Repeat,
    Row,
    parse_pattern,
)

# Ways and steps of states that are kept: a few megabytes.
MAX_KEPT = 50_000


class _Step(Struct):
    """A step of an automaton.

    Attributes:
        after: The steps that follow; what `test` takes must come before them.
        test: A character to take, an edge to be at, or nothing.

    """

    after: list[int]
    test: Chars | Edge | None = None


class _State:
    """The steps that a match may have reached.

    Attributes:
        steps: The steps.
        is_match: Whether one of them is the last.
        at_begin: Whether no character has been taken yet.
        ways: The state that each character leads to, as far as known.

    """

    __slots__ = ("at_begin", "is_match", "steps", "ways")

    def __init__(self, steps: frozenset[int], is_match: bool, at_begin: bool) -> None:
        self.steps = steps
        self.is_match = is_match
        self.at_begin = at_begin
        self.ways: dict[str, _State] = {}


class Automaton:
    """What matches one pattern.

    Args:
        pattern: The pattern.

    """

    def __init__(self, pattern: Pattern) -> None:
        self._steps: list[_Step] = []
        self._end = self._add(_Step([]))
        self._begin = self._compile(pattern, self._end)
        self._forget()

    def matches(self, text: str) -> bool:
        """Return whether a text has a match anywhere; any number of threads may ask at once."""
        state = self._first
        for character in text:
            if state.is_match:
                return True
            state = state.ways.get(character) or self._go(state, character)
        return self._end in self._follow(state.steps, at_begin=state.at_begin, at_end=True)

    # --- states ---

    def _forget(self) -> None:
        self._states: dict[frozenset[int], _State] = {}
        self._kept = 0
        begin = self._follow([self._begin], at_begin=True, at_end=False)
        self._first = _State(begin, self._end in begin, at_begin=True)

    def _go(self, state: _State, character: str) -> _State:
        if self._kept > MAX_KEPT:
            self._forget()
        reached = [self._begin]
        for number in state.steps:
            step = self._steps[number]
            if isinstance(step.test, Chars) and step.test.holds(character):
                reached += step.after
        steps = self._follow(reached, at_begin=False, at_end=False)
        found = self._states.get(steps)
        if found is None:
            found = self._states[steps] = _State(steps, self._end in steps, at_begin=False)
            self._kept += len(steps)
        state.ways[character] = found
        self._kept += 1
        return found

    def _follow(self, reached: Iterable[int], *, at_begin: bool, at_end: bool) -> frozenset[int]:
        found: set[int] = set()
        rest = list(reached)
        while rest:
            number = rest.pop()
            if number in found:
                continue
            found.add(number)
            step = self._steps[number]
            if step.test is None or (
                isinstance(step.test, Edge) and (at_end if step.test.is_end else at_begin)
            ):
                rest += step.after
        return frozenset(found)

    # --- from pattern to steps, last to first ---

    def _add(self, step: _Step) -> int:
        self._steps.append(step)
        return len(self._steps) - 1

    def _compile(self, pattern: Pattern, after: int) -> int:
        """Add the steps of a pattern that lead to the step `after`; return the first of them."""
        match pattern:
            case Chars() | Edge():
                return self._add(_Step([after], pattern))
            case Row():
                for part in reversed(pattern.parts):
                    after = self._compile(part, after)
                return after
            case Choice():
                return self._add(_Step([self._compile(part, after) for part in pattern.parts]))
            case Repeat():
                return self._compile_repeat(pattern, after)
        raise AssertionError(pattern)

    def _compile_repeat(self, repeat: Repeat, after: int) -> int:
        if repeat.most is None:
            loop = _Step([after])
            after = self._add(loop)
            loop.after.append(self._compile(repeat.part, after))
        else:
            end = after
            for _ in range(repeat.most - repeat.least):
                after = self._add(_Step([end, self._compile(repeat.part, after)]))
        for _ in range(repeat.least):
            after = self._compile(repeat.part, after)
        return after


@lru_cache(maxsize=16)
def compile_pattern(text: str) -> Automaton:
    """Return what matches a pattern, made once.

    Raises:
        BadPattern: For a text that `parse_pattern` refuses.

    """
    return Automaton(parse_pattern(text))
