"""Why two runs differ, for people: only what differs, side by side, what is equal in a line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from headrace.amounts import count
from headrace.cli.commits import Distance, find_distance
from headrace.cli.output import moment, numbers_as_text, print_table, printable, screen_width
from headrace.cli.run_tables import SHORT_ID
from headrace.entities import Run
from headrace.entities import run_differences as kinds
from headrace.entities.run_differences import (
    CAUSES,
    RESULTS,
    Difference,
    DifferenceGroup,
    RunDifferences,
    Value,
)

_TITLES = {kinds.PYTHON: "Python", kinds.DATA: "Data sets"}
# Groups of which the number says enough, and what one of them is called.
_COUNTED = {
    kinds.PACKAGES: "package",
    kinds.PARAMS: "param",
    kinds.TAGS: "tag",
    kinds.METRICS: "metric",
    kinds.ARTIFACTS: "artifact",
    kinds.SEEDS: "seed",
}
_NAMED = {
    kinds.CODE: "the code",
    kinds.COMMAND: "the command",
    kinds.DATA: "the data",
    kinds.HARDWARE: "the hardware",
    kinds.STATUS: "the status",
}

_MOST_ROWS = 20
_WIDEST_NAME = 40
_NONE = "-"


def print_differences(
    runs: Sequence[Run], found: RunDifferences, *, show_all: bool, folder: Path
) -> None:
    """Print in what two runs differ.

    Args:
        runs: The two runs.
        found: What was found out about them.
        show_all: Whether to show every difference, and the names of what is equal.
        folder: Where a repository with their commits may be.

    """
    rows = [
        [
            label,
            run.info.run_id[:SHORT_ID],
            run.info.run_name or "",
            run.info.status,
            moment(run.info.start_time),
        ]
        for label, run in zip("AB", runs, strict=True)
    ]
    print_table(("", "Run", "Name", "Status", "Started"), rows)
    click.echo()
    _print_wrapped(summarise(found))
    differing = found.differing()
    shown = {group.name: _rows(group, show_all=show_all) for group in differing}
    name_width = max((len(row[0]) for rows in shown.values() for row in rows), default=0)
    for group in differing:
        click.echo()
        _print_group(group, shown[group.name], min(name_width, _WIDEST_NAME))
        if group.name == kinds.CODE:
            _print_code(group, found, folder)
    _print_rest(found, show_all=show_all)


def summarise(found: RunDifferences) -> str:
    """Return in a sentence or two why the runs differ."""
    causes, results = found.differing(CAUSES), found.differing(RESULTS)
    outcome = _list(map(_amount, results))
    if causes:
        told = f"They differ in {_list(map(_amount, causes))}"
        return f"{told}; what came of it: {outcome}." if results else f"{told}."
    if not results:
        return "Nothing that was recorded of them differs."
    seeds = found.group(kinds.SEEDS)
    if seeds is None or seeds.missing:
        why = "No seeds are known, so chance may be it."
    else:
        why = "Their seeds are equal too: something draws or computes in another way each time."
    return f"Nothing that was recorded of them differs but {outcome}. {why}"


def _amount(group: DifferenceGroup) -> str:
    if group.name in _COUNTED:
        return count(len(group.differences), _COUNTED[group.name])
    return _NAMED.get(group.name, _title(group.name))


def _list(words: Iterable[str]) -> str:
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _title(name: str) -> str:
    return _TITLES.get(name, name.capitalize())


def _rows(group: DifferenceGroup, *, show_all: bool) -> list[list[str]]:
    """Return name and values of each difference that is shown."""
    listed = group.differences if show_all else group.differences[:_MOST_ROWS]
    return [[one.name, *_values(one)] for one in listed]


def _values(one: Difference) -> list[str]:
    if isinstance(one.first, float) and isinstance(one.second, float):
        return numbers_as_text([one.first, one.second])
    return [_text(one.first), _text(one.second)]


def _text(value: Value) -> str:
    if isinstance(value, float):
        return numbers_as_text([value])[0]
    return _NONE if value is None else str(value)


def _print_group(group: DifferenceGroup, rows: list[list[str]], name_width: int) -> None:
    """Print a group as a table, whose first column is as wide in all groups."""
    steps = [one.parts_at for one in group.differences[: len(rows)]]
    columns = [_title(group.name).ljust(name_width), "A", "B"]
    room = screen_width() - name_width - 4
    if any(step is not None for step in steps):
        columns.append("From step")
        room -= len("From step") + 2
    width = max(room // 2, 8)
    cells = []
    for (name, *values), step in zip(rows, steps, strict=True):
        short = shorten_apart(values[0], values[1], width)
        cells.append([shorten_apart(name, "", name_width)[0], *short])
        if len(columns) > 3:
            cells[-1].append("" if step is None else str(step))
    print_table(columns, cells, numbers=("From step",))
    left = len(group.differences) - len(rows)
    if left:
        click.echo(f"... and {left:,} more: see --all.")


def shorten_apart(first: str, second: str, width: int) -> tuple[str, str]:
    """Return two texts on a line each and no longer than a width, so that they still differ.

    Of long texts that begin alike the beginning is left out, not the place where they part.
    """
    one, other = (" ".join(text.split()) for text in (first, second))
    if max(len(one), len(other)) <= width:
        return one, other
    parting = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    if parting >= width - 2:
        start = parting - width // 3
        one, other = f"…{one[start:]}", f"…{other[start:]}"
    return _cut(one, width), _cut(other, width)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _print_code(group: DifferenceGroup, found: RunDifferences, folder: Path) -> None:
    facts = {one.name: one for one in group.differences}
    commit = facts.get("commit")
    if commit is not None:
        distance = find_distance(str(commit.first), str(commit.second), folder)
        if distance is not None:
            _print_distance(distance, str(commit.first), str(commit.second))
    if "uncommitted changes" in facts:
        ids = f"{found.first[:SHORT_ID]} {found.second[:SHORT_ID]}"
        click.echo(f"What was not committed: headrace runs diff {ids} --part diff")


def _print_distance(distance: Distance, first: str, second: str) -> None:
    ahead, behind = count(distance.only_second, "commit"), count(distance.only_first, "commit")
    if not distance.only_first:
        told, between = f"B is {ahead} ahead of A", f"{first[:12]}..{second[:12]}"
    elif not distance.only_second:
        told, between = f"A is {behind} ahead of B", f"{second[:12]}..{first[:12]}"
    else:
        told, between = f"A has {behind} of its own, B {ahead}", f"{first[:12]}...{second[:12]}"
    click.echo(f"{told}: git log --oneline {between}")
    for subject in distance.subjects:
        click.echo(_cut(f"  {subject}", screen_width()))
    left = distance.only_first + distance.only_second - len(distance.subjects)
    if left:
        click.echo(f"  ... and {left:,} more")


def _print_rest(found: RunDifferences, *, show_all: bool) -> None:
    """Print what is equal and what is not known, in a line each."""
    groups = [group for name in CAUSES + RESULTS if (group := found.group(name))]
    click.echo()
    if show_all:
        for group in groups:
            if group.equal:
                _print_wrapped(f"Equal, {_lower(group.name)}: {', '.join(group.equal)}")
    elif equal := [_equal(group) for group in groups if _is_told_equal(group)]:
        _print_wrapped(f"Equal: {', '.join(equal)}")
    names = {found.first: "A", found.second: "B"}
    unknown = [
        _lower(group.name) + ("" if len(group.missing) == 2 else f" of {names[group.missing[0]]}")
        for group in groups
        if group.missing and not group.problem
    ]
    unknown += [
        f"{name} ({_lower(group.name)})" for group in groups for name in group.unknown[:_MOST_ROWS]
    ]
    if unknown:
        _print_wrapped(f"Not recorded: {', '.join(unknown)}")
    for group in groups:
        if group.problem:
            _print_wrapped(f"{_title(group.name)} were not compared: {group.problem}")


def _is_told_equal(group: DifferenceGroup) -> bool:
    """Return whether it helps to say that facts are equal: of the code all must be."""
    is_whole = not (group.differences or group.unknown)
    return bool(group.equal) and (group.name in _COUNTED or is_whole)


def _equal(group: DifferenceGroup) -> str:
    if group.name in _COUNTED:
        return count(len(group.equal), _COUNTED[group.name])
    return _lower(group.name)


def _lower(name: str) -> str:
    return _TITLES.get(name, name) if name == kinds.PYTHON else name


def _print_wrapped(text: str) -> None:
    lines = textwrap.wrap(
        printable(text), screen_width(), break_long_words=False, break_on_hyphens=False
    )
    click.echo("\n".join(lines))
