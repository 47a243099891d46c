"""Pages of the registry: versions of one model, and models."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from statistics import median

from benchmarks.bench import Bench
from benchmarks.case import Bar, Case, Figures, Quantity, Round
from benchmarks.registering import MODEL, put_into
from benchmarks.tracking import Tracking, WrongAnswer

_SIZE = 100
_MEASURED_S = 0.5

# Headrace again, with so many more versions.
_LARGE = "headrace-200k"

_COUNTS: Mapping[str, tuple[str, int, int]] = {  # peer, models, versions
    "mlflow": ("mlflow", 1_000, 1_000),
    "headrace": ("headrace", 10_000, 10_000),
    _LARGE: ("headrace", 10_000, 200_000),
}

_BARS = (
    Bar("mlflow", at_most=1 / 6),
    Bar("headrace", at_most=3, of=_LARGE),
)
_QUERIES: Mapping[str, tuple[str, dict[str, object]]] = {
    "versions of one model": ("model-versions/search", {"filter": f"name = '{MODEL}'"}),
    "versions of one model with a tag": (
        "model-versions/search",
        {"filter": f"name = '{MODEL}' and tags.kind = 'kind-3'"},
    ),
    "models": ("registered-models/search", {}),
}


@contextmanager
def contend(bench: Bench, contender: str) -> Iterator[Round]:
    """Read the first page of each search over and over; p50 of the time of an answer."""
    peer, models, versions = _COUNTS[contender]
    if contender == _LARGE:
        versions = bench.choose(versions, versions // 4)
    with bench.fresh_server(peer) as server, closing(Tracking(server.port)) as tracking:
        put_into(server, models=models, versions=versions)
        for call, query in _QUERIES.values():
            _check(call, tracking.get(call, max_results=_SIZE, **query))

        def measure() -> Figures:
            return {name: _time(tracking, *_QUERIES[name]) for name in _QUERIES}

        yield measure


def _time(tracking: Tracking, call: str, query: dict[str, object]) -> float:
    times: list[float] = []
    until = time.perf_counter() + _MEASURED_S
    while len(times) < 5 or time.perf_counter() < until:
        began = time.perf_counter()
        tracking.get(call, max_results=_SIZE, **query)
        times.append(time.perf_counter() - began)
    return median(times)


def _check(call: str, answer: bytes) -> None:
    noun = "model_versions" if call.startswith("model-versions") else "registered_models"
    found = len(json.loads(answer).get(noun, []))
    if found != _SIZE:
        raise WrongAnswer(f"{call} answered {found} instead of {_SIZE}")


CASE = Case(
    name="registry-search",
    title=(
        "p50 of a page of 100: of 1,000 versions and models at MLflow, of 10,000 at Headrace, and "
        "with 200,000 versions (50,000 with --quick)"
    ),
    contenders=("mlflow", "headrace", _LARGE),
    quantities=tuple(Quantity(name, "s", _BARS) for name in _QUERIES),
    open=contend,
)
