"""Searches evaluated in plain Python over runs in memory: what the store's answers must equal."""

from __future__ import annotations

import math
import random
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from headrace.api import tracking as api
from headrace.entities import Dataset, DatasetInput, InputTag, Param, RunTag
from headrace.stores.base import TrackingStore

NUMBERS = [0.0, -0.0, 1.0, -1.5, 0.1, 2.0**53, 1e-300, 1e300, math.inf, -math.inf, math.nan]
LONG = "x" * 199
TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "aB",
    "b",
    "10",
    "9",
    "50%_off",
    "a*b?[c]",
    'it\'s "so"',
    "größe",
    "GRÖSSE",
    "日本",
    "\U0001f600",
    "\uffff",
    LONG,
    LONG + "yb",
    LONG + "ya",
    LONG + "yy",
]
METRICS = ["acc", "loss", "a b", "x/y", "rare"]
PARAMS = ["lr", "kind", "a.b"]
TAGS = ["team", "mlflow.user"]
STATUSES = ["RUNNING", "FINISHED", "FAILED"]
PATTERNS = [
    *TEXTS,
    "%",
    "a%",
    "A%",
    "%b",
    "_",
    "a_",
    "%_off",
    LONG + "%",
    LONG + "y%",
    "x%y_",
    "*",
    "[a]",
    "gr_SSE",
]


@dataclass(repr=False)
class Thing:
    """A run as the test knows it."""

    run_id: str
    name: str
    user: str
    status: str
    start: int
    end: int | None
    deleted: bool
    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    datasets: list[tuple[str, str, str]] = field(default_factory=list)


def make_things(count: int, seed: int) -> list[Thing]:
    """Return random runs: skewed values, ties, NaN, missing keys."""
    rng = random.Random(seed)
    return [_make_thing(rng) for _ in range(count)]


def _make_thing(rng: random.Random) -> Thing:
    ended = rng.random() < 0.6
    thing = Thing(
        run_id="".join(rng.choices(string.hexdigits[:16], k=32)),
        name=rng.choice(TEXTS) or "unnamed",
        user=rng.choice(["ann", "bob", ""]),
        status=rng.choice(STATUSES[1:]) if ended else "RUNNING",
        start=rng.choice([0, 5, 5, 5, 1000, 10**12]),
        end=rng.choice([0, 7, 10**12]) if ended else None,
        deleted=rng.random() < 0.2,
    )
    thing.metrics = {k: rng.choice(NUMBERS) for k in METRICS[:-1] if rng.random() < 0.8}
    if rng.random() < 0.05:
        thing.metrics["rare"] = rng.random()
    thing.params = {k: rng.choice(TEXTS) for k in PARAMS if rng.random() < 0.8}
    thing.tags = {k: rng.choice(TEXTS) for k in TAGS if rng.random() < 0.7}
    for name in ("iris", "Iris", "wine"):
        if rng.random() < 0.2:
            thing.datasets.append((name, rng.choice(["d1", "d2"]), rng.choice(["train", ""])))
    return thing


def store_things(store: TrackingStore, experiment_id: str, things: Sequence[Thing]) -> None:
    """Log the runs through the store's own calls."""
    for thing in things:
        store.create_run(
            api.CreateRun(
                experiment_id=experiment_id,
                run_id=thing.run_id,
                run_name=thing.name,
                user_id=thing.user,
                start_time=thing.start,
                tags=[RunTag(key, value) for key, value in thing.tags.items()],
            )
        )
        points = [
            api.MetricPoint(key=key, value=value, timestamp=5, step=1)
            for key, value in thing.metrics.items()
        ]
        params = [Param(key, value) for key, value in thing.params.items()]
        store.log_batch(api.LogBatch(run_id=thing.run_id, metrics=points, params=params))
        inputs = [
            DatasetInput(
                Dataset(name, digest, "local", "{}"),
                [InputTag("mlflow.data.context", context)] if context else [],
            )
            for name, digest, context in thing.datasets
        ]
        if inputs:
            store.log_inputs(api.LogInputs(run_id=thing.run_id, datasets=inputs))
        if thing.status != "RUNNING":
            store.update_run(
                api.UpdateRun(run_id=thing.run_id, status=thing.status, end_time=thing.end)
            )
        if thing.deleted:
            store.delete_run(api.DeleteRun(run_id=thing.run_id))


# --- conditions ----------------------------------------------------------------------------------

Test = Callable[[Thing], bool]


@dataclass(frozen=True)
class Condition:
    """A filter as text, and the same in Python."""

    text: str
    holds: Test

    def __repr__(self) -> str:
        return self.text


def _values_of(name: str) -> Callable[[Thing], list[Any]]:
    """Return what reads a field: its values, none if it is missing."""
    entity, _, key = name.partition(".")
    if entity == "metrics":
        return lambda thing: [thing.metrics[key]] if key in thing.metrics else []
    if entity == "params":
        return lambda thing: [thing.params[key]] if key in thing.params else []
    if entity == "tags":
        return lambda thing: [thing.tags[key]] if key in thing.tags else []
    if entity == "datasets":
        index = ("name", "digest", "context").index(key)
        return lambda thing: [d[index] for d in thing.datasets if d[index]]
    attributes: dict[str, Callable[[Thing], Any]] = {
        "run_id": lambda thing: thing.run_id,
        "run_name": lambda thing: thing.name,
        "user_id": lambda thing: thing.user,
        "status": lambda thing: thing.status,
        "start_time": lambda thing: thing.start,
        "end_time": lambda thing: thing.end,
    }
    return lambda thing: [v for v in [attributes[name](thing)] if v is not None]


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _fold(text: str) -> str:
    return text.translate(str.maketrans(string.ascii_uppercase, string.ascii_lowercase))


def matches_like(pattern: str, text: str) -> bool:
    """Return whether a text matches a LIKE pattern, which has no escapes."""
    regex = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(regex, text, re.DOTALL) is not None


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
    "IN": lambda a, b: a in b,
    "NOT IN": lambda a, b: a not in b,
    "BETWEEN": lambda a, b: b[0] <= a <= b[1],
    "NOT BETWEEN": lambda a, b: not b[0] <= a <= b[1],
}

_NUMERIC = ("=", "!=", "<", "<=", ">", ">=")
_TEXTUAL = ("=", "!=", "LIKE", "ILIKE", "NOT LIKE", "NOT ILIKE")
_FINITE = [number for number in NUMBERS if math.isfinite(number)] + [0.5, 3]
_MOMENTS = [0, 5, 7, 5.5, 10**12, 2**63]

_FIELDS = (
    [f"metrics.{key}" for key in [*METRICS, "unknown"]]
    + [f"params.{key}" for key in [*PARAMS, "unknown"]]
    + [f"tags.{key}" for key in TAGS]
    + ["datasets.name", "datasets.digest", "datasets.context"]
    + ["run_name", "user_id", "status", "start_time", "end_time"]
)


def _written(name: str) -> str:
    entity, dot, key = name.partition(".")
    return f"{entity}.`{key}`" if dot else name


@st.composite
def comparisons(draw: st.DrawFn) -> Condition:
    """Return one comparison of a random field."""
    name = draw(st.sampled_from(_FIELDS))
    read = _values_of(name)
    is_number = name.startswith("metrics.") or name in ("start_time", "end_time")
    kind = draw(st.sampled_from(["plain", "plain", "plain", "null", "list", "range"]))
    if kind == "null":
        negated = draw(st.booleans())
        text = f"{_written(name)} IS {'NOT ' if negated else ''}NULL"
        return Condition(text, lambda thing: bool(read(thing)) == negated)
    pool: list[Any] = _FINITE if name.startswith("metrics.") else _MOMENTS if is_number else TEXTS
    show = repr if is_number else _quote
    if kind == "plain":
        operator = draw(st.sampled_from(_NUMERIC if is_number else _TEXTUAL))
        value = draw(st.sampled_from(PATTERNS if "LIKE" in operator else pool))
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
    return Condition(text, lambda thing: any(compare(v, value) for v in read(thing)))


def _and(parts: Sequence[Condition]) -> Condition:
    text = " AND ".join(part.text for part in parts)
    return Condition(text, lambda thing: all(part.holds(thing) for part in parts))


def _or(parts: Sequence[Condition]) -> Condition:
    text = "(" + " OR ".join(part.text for part in parts) + ")"
    return Condition(text, lambda thing: any(part.holds(thing) for part in parts))


def _not(part: Condition) -> Condition:
    return Condition(f"NOT ({part.text})", lambda thing: not part.holds(thing))


EVERYTHING = Condition("", lambda thing: True)

filters: st.SearchStrategy[Condition] = st.one_of(
    st.just(EVERYTHING),
    st.lists(comparisons(), min_size=1, max_size=4).map(_and),
    st.recursive(
        comparisons(),
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(_and),
            st.lists(inner, min_size=2, max_size=3).map(_or),
            inner.map(_not),
        ),
        max_leaves=6,
    ),
)

# --- orders --------------------------------------------------------------------------------------

_ORDERABLE = [name for name in _FIELDS if not name.startswith("datasets.")] + ["run_id"]

orders: st.SearchStrategy[list[tuple[str, bool]]] = st.lists(
    st.tuples(st.sampled_from(_ORDERABLE), st.booleans()),
    max_size=3,
    unique_by=lambda item: item[0],
)


def write_order(order: Sequence[tuple[str, bool]]) -> list[str]:
    """Return an order as the clauses of a request."""
    return [f"{_written(name)} {'ASC' if ascending else 'DESC'}" for name, ascending in order]


def sort_things(things: Sequence[Thing], order: Sequence[tuple[str, bool]]) -> list[Thing]:
    """Return runs in an order: values, then NaN, then missing; ties by start time and id."""
    found = sorted(things, key=lambda thing: thing.run_id)
    if all(name != "start_time" for name, _ in order):
        found.sort(key=lambda thing: -thing.start)
    for name, ascending in reversed(order):
        read = _values_of(name)

        def value(thing: Thing, read: Callable[[Thing], list[Any]] = read) -> Any:
            return next(iter(read(thing)), None)

        def is_nan(thing: Thing) -> bool:
            return isinstance(value(thing), float) and math.isnan(value(thing))

        plain = [t for t in found if value(t) is not None and not is_nan(t)]
        plain.sort(key=value, reverse=not ascending)
        nans = [t for t in found if is_nan(t)]
        found = plain + nans + [t for t in found if value(t) is None]
    return found
