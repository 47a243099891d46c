"""Two runs compared: a function of what was read of them, and of nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import zip_longest

from headrace.client.run_facts import UNKNOWN, Facts, RunRecord, Unknown, collect_facts
from headrace.entities import Metric
from headrace.entities.run_differences import (
    CAUSES,
    DATA,
    RESULTS,
    Difference,
    DifferenceGroup,
    RunDifferences,
    Value,
)

_ORDER = (*CAUSES, *RESULTS)


def compare_runs(first: RunRecord, second: RunRecord) -> RunDifferences:
    """Return in what two runs differ, in what they are equal, and what nobody recorded.

    Where a run has several sessions the first one counts that has what is compared.

    Args:
        first: A run.
        second: Another one.

    """
    ids = (first.run.info.run_id, second.run.info.run_id)
    left, right = collect_facts(first), collect_facts(second)
    groups = [_compare(name, ids, left[name], right[name]) for name in _ORDER]
    told = [
        group
        for group in groups
        if group.differences or group.equal or group.unknown or group.missing
    ]
    told.sort(key=lambda group: len(group.differences) or math.inf)
    return RunDifferences(*ids, told)


def first_parting(first: Iterable[Metric], second: Iterable[Metric]) -> int | None:
    """Return the first step at which two series of points differ; None if they do not.

    Args:
        first: Points in the order in which they were logged.
        second: Those of the other run; where one ends, the next point of the other counts.

    """
    for one, other in zip_longest(first, second):
        if one is None or other is None:
            return int((one or other).step)
        if one.step != other.step or not _is_equal(one.value, other.value):
            return min(one.step, other.step)
    return None


def _compare(name: str, ids: tuple[str, str], first: Facts, second: Facts) -> DifferenceGroup:
    group = DifferenceGroup(name)
    if name == DATA and not first and not second:
        first = second = None  # who logs no data sets has not said which data it was
    group.missing = [run for run, facts in zip(ids, (first, second), strict=True) if facts is None]
    if first is None or second is None:
        return group
    for key in sorted({*first, *second}):
        one, other = first.get(key), second.get(key)
        if one is UNKNOWN or other is UNKNOWN:
            group.unknown.append(key)
        elif not _is_equal(one, other):
            group.differences.append(_difference(key, one, other))
        elif one is not None:
            group.equal.append(key)
    return group


def _difference(key: str, one: Value | Unknown, other: Value | Unknown) -> Difference:
    assert not isinstance(one, Unknown)
    assert not isinstance(other, Unknown)
    return Difference(key, one, other)


def _is_equal(one: object, other: object) -> bool:
    """Return whether two facts are equal; what is not a number is equal to itself."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return one == other
