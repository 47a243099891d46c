"""Searches evaluated in plain Python over runs in memory: what the store's answers must equal."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from benchmarks.populations import MadeRun
from tests.unit import naive_runs

Test = Callable[[MadeRun], bool]


@dataclass(frozen=True)
class Condition:
    """A filter as text, and the same in Python."""

    text: str
    holds: Test

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Words:
    """What random searches speak of.

    Attributes:
        metrics: Keys of metrics.
        params: Keys of params.
        tags: Keys of tags.
        numbers: Values to compare metrics with.
        cast_numbers: Values to compare params with that are read as numbers.
        moments: Values to compare times with.
        texts: Values to compare texts with.
        patterns: Patterns of LIKE.
        regexes: Patterns of RLIKE, which mean the same in Python.

    """

    metrics: list[str]
    params: list[str]
    tags: list[str]
    numbers: list[float]
    cast_numbers: list[float]
    moments: list[float]
    texts: list[str]
    patterns: list[str]
    regexes: list[str]
    fields: list[str] = field(init=False)

    def __post_init__(self) -> None:
        metrics = [f"metrics.{key}" for key in [*self.metrics, "unknown"]]
        params = [f"params.{key}" for key in [*self.params, "unknown"]]
        tags = [f"tags.{key}" for key in self.tags]
        fields = metrics + params + tags
        fields += [f"{name}({metric})" for metric in metrics for name in ("min", "max", "first")]
        fields += [
            f"last({metrics[0]})",
            *(f"number({text})" for text in params),
            "number(tags.t0)",
        ]
        fields += ["datasets.name", "datasets.digest", "datasets.context"]
        fields += ["run_name", "user_id", "status", "start_time", "end_time"]
        object.__setattr__(self, "fields", fields)


NASTY = Words(
    metrics=naive_runs.METRICS,
    params=naive_runs.PARAMS,
    tags=naive_runs.TAGS,
    numbers=[n for n in naive_runs.NUMBERS if math.isfinite(n)] + [0.5, 3],
    cast_numbers=[0.001, 0.1, 0.5, -5, 7, 0.30000000000000004, 1.7976931348623157e308, 0, 5e-324],
    moments=[0, 5, 7, 5.5, 10**12, 2**63],
    texts=[*naive_runs.TEXTS, *naive_runs.NUMBER_TEXTS],
    patterns=naive_runs.PATTERNS,
    regexes=naive_runs.REGEXES,
)


def values_of(name: str) -> Callable[[MadeRun], list[Any]]:
    """Return what reads a field: its values, none if it is missing."""
    called = re.fullmatch(r"(\w+)\((\w+)\.(.*)\)", name)
    if called and called[1] == "number":
        read_text = values_of(f"{called[2]}.{called[3]}")
        return lambda run: [n for n in map(_read_number, read_text(run)) if n is not None]
    entity, _, key = name.partition(".")
    if called or entity == "metrics":
        entity, key = "metrics", called[3] if called else key
        part = {"min": "least", "max": "greatest", "first": "first"}.get(
            called[1] if called else ""
        )
        return lambda run: _series_values(run, key, part or "last")
    if entity in ("params", "tags"):
        return lambda run: [getattr(run, entity)[key]] if key in getattr(run, entity) else []
    if entity == "datasets":
        index = ("name", "digest", "context").index(key)
        return lambda run: [d[index] for d in run.datasets if d[index]]
    attribute = {"run_name": "name", "user_id": "user", "start_time": "start", "end_time": "end"}
    name = attribute.get(name, name)
    return lambda run: [v for v in [getattr(run, name)] if v is not None]


def _series_values(run: MadeRun, key: str, part: str) -> list[float]:
    value = getattr(run.metrics[key], part) if key in run.metrics else None
    return [] if value is None else [value]


def _read_number(text: str) -> float | None:
    if not text.isascii() or "_" in text or text != text.strip() or len(text) > 100:
        return None
    if "nan" in text.lower() or re.search(r"e[+-]?\d{4}", text):
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _fold(text: str) -> str:
    return text.translate(str.maketrans(string.ascii_uppercase, string.ascii_lowercase))


def matches_like(pattern: str, text: str) -> bool:
    """Return whether a text matches a LIKE pattern, which has no escapes."""
    regex = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(regex, text, re.DOTALL) is not None


def matches_regex(pattern: str, text: str) -> bool:
    """Return whether a text has a match of a regular expression."""
    return re.search(pattern.replace("$", r"\Z"), text, re.DOTALL | re.ASCII) is not None


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "LIKE": lambda a, b: matches_like(b, a),
    "NOT LIKE": lambda a, b: not matches_like(b, a),
    "ILIKE": lambda a, b: matches_like(_fold(b), _fold(a)),
    "NOT ILIKE": lambda a, b: not matches_like(_fold(b), _fold(a)),
    "RLIKE": lambda a, b: matches_regex(b, a),
    "NOT RLIKE": lambda a, b: not matches_regex(b, a),
    "IN": lambda a, b: a in b,
    "NOT IN": lambda a, b: a not in b,
    "BETWEEN": lambda a, b: b[0] <= a <= b[1],
    "NOT BETWEEN": lambda a, b: not b[0] <= a <= b[1],
}

_NUMERIC = ("=", "!=", "<", "<=", ">", ">=")
_TEXTUAL = ("=", "!=", "LIKE", "ILIKE", "RLIKE", "NOT LIKE", "NOT ILIKE", "NOT RLIKE")


def _written(name: str) -> str:
    """Write a field with its key in backticks."""
    return re.sub(r"\.([^()]*)", r".`\1`", name)


def _pool(words: Words, name: str) -> list[Any] | None:
    """Return the numbers to compare a field with; None if it is a text."""
    if name.startswith("number("):
        return words.cast_numbers
    if "metrics." in name:
        return words.numbers
    return words.moments if name in ("start_time", "end_time") else None


@st.composite
def comparisons(draw: st.DrawFn, words: Words) -> Condition:
    """Return one comparison of a random field."""
    name = draw(st.sampled_from(words.fields))
    read, numbers = values_of(name), _pool(words, name)
    kind = draw(st.sampled_from(["plain", "plain", "plain", "null", "list", "range"]))
    if kind == "null":
        negated = draw(st.booleans())
        text = f"{_written(name)} IS {'NOT ' if negated else ''}NULL"
        return Condition(text, lambda run: bool(read(run)) == negated)
    pool = words.texts if numbers is None else numbers
    show = _quote if numbers is None else repr
    if kind == "plain":
        operator = draw(st.sampled_from(_TEXTUAL if numbers is None else _NUMERIC))
        if "RLIKE" in operator:
            pool = words.regexes
        elif "LIKE" in operator:
            pool = words.patterns
        value = draw(st.sampled_from(pool))
        shown = show(value)
    elif kind == "list":
        operator = draw(st.sampled_from(["IN", "NOT IN"]))
        value = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4))
        shown = "(" + ", ".join(map(show, value)) + ")"
    else:
        operator = draw(st.sampled_from(["BETWEEN", "NOT BETWEEN"]))
        value = draw(st.tuples(st.sampled_from(pool), st.sampled_from(pool)))
        shown = " AND ".join(map(show, value))
    compare = _COMPARE[operator]
    text = f"{_written(name)} {operator} {shown}"
    return Condition(text, lambda run: any(compare(v, value) for v in read(run)))


def _and(parts: Sequence[Condition]) -> Condition:
    text = " AND ".join(part.text for part in parts)
    return Condition(text, lambda run: all(part.holds(run) for part in parts))


def _or(parts: Sequence[Condition]) -> Condition:
    text = "(" + " OR ".join(part.text for part in parts) + ")"
    return Condition(text, lambda run: any(part.holds(run) for part in parts))


def _not(part: Condition) -> Condition:
    return Condition(f"NOT ({part.text})", lambda run: not part.holds(run))


EVERYTHING = Condition("", lambda run: True)


def filters(words: Words) -> st.SearchStrategy[Condition]:
    """Return random filters: none, a conjunction, or any nesting."""
    return st.one_of(
        st.just(EVERYTHING),
        st.lists(comparisons(words), min_size=1, max_size=4).map(_and),
        st.recursive(
            comparisons(words),
            lambda inner: st.one_of(
                st.lists(inner, min_size=2, max_size=3).map(_and),
                st.lists(inner, min_size=2, max_size=3).map(_or),
                inner.map(_not),
            ),
            max_leaves=6,
        ),
    )


# --- orders --------------------------------------------------------------------------------------


def orders(words: Words) -> st.SearchStrategy[list[tuple[str, bool]]]:
    """Return random orders: fields, and whether they ascend."""
    fields = [name for name in words.fields if not name.startswith("datasets.")]
    return st.lists(
        st.tuples(st.sampled_from([*fields, "run_id"]), st.booleans()),
        max_size=3,
        unique_by=lambda item: item[0],
    )


def write_order(order: Sequence[tuple[str, bool]]) -> list[str]:
    """Return an order as the clauses of a request."""
    return [f"{_written(name)} {'ASC' if ascending else 'DESC'}" for name, ascending in order]


def sort_runs(runs: Sequence[MadeRun], order: Sequence[tuple[str, bool]]) -> list[MadeRun]:
    """Return runs in an order: values, then NaN, then missing; ties by start time and id."""
    found = sorted(runs, key=lambda run: run.run_id)
    if all(name != "start_time" for name, _ in order):
        found.sort(key=lambda run: -run.start)
    for name, ascending in reversed(order):
        read = values_of(name)
        values = [next(iter(read(run)), None) for run in found]
        pairs = list(zip(values, found, strict=True))
        plain = [pair for pair in pairs if pair[0] is not None and pair[0] == pair[0]]
        plain.sort(key=lambda pair: pair[0], reverse=not ascending)
        nans = [pair for pair in pairs if pair[0] is not None and pair[0] != pair[0]]
        missing = [pair for pair in pairs if pair[0] is None]
        found = [run for _, run in plain + nans + missing]
    return found
