"""The context of a run for people: one line a fact."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from headrace.amounts import count, size
from headrace.cli.output import moment, print_pairs
from headrace.entities import Command, GitState, Gpu, Hardware, PythonState, SessionContext
from headrace.entities.context import DIFF, PACKAGES

Pairs = Iterator[tuple[str, str | None]]


def print_context(sessions: Sequence[SessionContext]) -> None:
    """Print the context of the first session, and of each other one what differs from that."""
    first: set[tuple[str, str]] = set()
    for session in sessions:
        pairs = [(name, value) for name, value in _pairs(session) if value]
        if first:
            click.echo()
        print_pairs([pair for pair in pairs if pair not in first])
        first = first or set(pairs)


def _pairs(session: SessionContext) -> Pairs:
    place = f" on {session.host}" if session.host else ""
    yield "Session", f"{session.session}, {moment(session.started_at)}{place}"
    if session.command is not None:
        yield from _command(session.command)
    if session.git is not None:
        yield from _git(session.git)
    yield "Diff", _size_of(session, DIFF)
    if session.python is not None:
        yield from _python(session.python)
    if session.packages is not None:
        yield "Packages", f"{count(len(session.packages), 'package')}: see --part {PACKAGES}"
    if session.hardware is not None:
        yield from _hardware(session.hardware)
    if session.seeds:
        yield "Seeds", ", ".join(f"{name} {seed}" for name, seed in session.seeds.items())


def _command(command: Command) -> Pairs:
    words = [word for word in (command.entry, *command.arguments) if word is not None]
    yield "Command", shlex.join(words)
    yield "Folder", command.folder
    yield "User", command.user
    yield "Process", None if command.pid is None else str(command.pid)
    if command.rank is not None:
        of = "" if command.world_size is None else f" of {command.world_size}"
        yield "Rank", f"{command.rank}{of}"


def _git(git: GitState) -> Pairs:
    state = {True: "with uncommitted changes", False: "clean", None: ""}[git.is_dirty]
    notes = ", ".join(filter(None, (git.branch, state)))
    yield "Commit", (git.commit or "no commit") + (f" ({notes})" if notes else "")
    yield "Remote", git.remote
    yield "Script", git.script
    yield "No diff", git.diff_note


def _python(python: PythonState) -> Pairs:
    yield "Python", " ".join(filter(None, (python.implementation, python.version)))
    yield "Executable", python.executable
    yield "System", ", ".join(filter(None, (python.os or python.platform, python.machine)))


def _hardware(hardware: Hardware) -> Pairs:
    yield "CPU", ", ".join(filter(None, (hardware.cpu, _cores(hardware))))
    yield "Memory", None if hardware.memory is None else size(hardware.memory)
    for gpu, number in Counter(map(_gpu, hardware.gpus)).items():
        yield "GPU", f"{number} x {gpu}" if number > 1 else gpu
    yield "CUDA", hardware.cuda
    yield "BLAS", hardware.blas


def _cores(hardware: Hardware) -> str | None:
    if hardware.cores is None:
        return None
    usable = hardware.usable_cores
    some = "" if usable in (None, hardware.cores) else f"{usable} of "
    return some + count(hardware.cores, "core")


def _gpu(gpu: Gpu) -> str:
    memory = None if gpu.memory is None else size(gpu.memory)
    driver = None if gpu.driver is None else f"driver {gpu.driver}"
    return ", ".join(filter(None, (gpu.name, memory, driver)))


def _size_of(session: SessionContext, name: str) -> str | None:
    """Return what is said of a part that is too long to be shown."""
    sizes = {part.name: part.size for part in session.parts}
    return f"{size(sizes[name])}: see --part {name}" if name in sizes else None
