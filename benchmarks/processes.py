"""What a tree of processes has cost: CPU seconds, memory and fsync calls, read from /proc."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """What a tree of processes holds.

    Attributes:
        processes: How many processes the tree has.
        rss_bytes: Sum of the resident sets; pages shared by N processes count N times.
        pss_bytes: Sum of the proportional sets; a page shared by N processes counts once.

    """

    processes: int
    rss_bytes: int
    pss_bytes: int


@dataclass(frozen=True)
class _Stat:
    """The fields of /proc/PID/stat that matter here; times in seconds."""

    pid: int
    parent: int
    session: int
    reaped_cpu_s: float
    started: int


def _stat(pid: int) -> _Stat | None:
    """Return the fields of one process, or None if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The command's name stands in parentheses and may itself hold blanks and parentheses.
    fields = text[text.rindex(")") + 2 :].split()
    return _Stat(
        pid=pid,
        parent=int(fields[1]),
        session=int(fields[3]),
        reaped_cpu_s=(int(fields[13]) + int(fields[14])) / _TICKS_PER_SECOND,
        started=int(fields[19]),
    )


def _tree(root: int) -> list[_Stat]:
    """Return `root`, its descendants, and whatever else lives in the session that it leads.

    The session finds orphans whose parent has ended; the descent finds children that opened a
    session of their own.
    """
    stats = [s for name in os.listdir("/proc") if name.isdigit() and (s := _stat(int(name)))]
    members = {s.pid: s for s in stats if s.pid == root or s.session == root}
    grown = True
    while grown:
        found = {s.pid: s for s in stats if s.parent in members and s.pid not in members}
        members.update(found)
        grown = bool(found)
    return list(members.values())


def cpu_seconds(root: int) -> float:
    """Return user and system seconds of the tree so far, ended children included.

    A live process is read from its CPU clock, in nanoseconds, ended threads included; children
    that it has waited for come from /proc in steps of 10 ms.
    """
    total = 0.0
    for member in _tree(root):
        with suppress(OSError):  # it ended in between: its parent's reaped time has it next time
            # The clock id of another process, as clock_getcpuclockid(3) makes it.
            total += time.clock_gettime((~member.pid << 3) | 2) + member.reaped_cpu_s
    return total


def memory(root: int) -> Memory:
    """Return what the tree holds now."""
    processes = rss = pss = 0
    for member in _tree(root):
        try:
            lines = Path(f"/proc/{member.pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in lines[1:])
        processes += 1
        rss += int(fields["Rss"].split()[0]) * 1024
        pss += int(fields["Pss"].split()[0]) * 1024
    return Memory(processes, rss, pss)


class Peaks:
    """How much the processes of a tree have held at most since this was made.

    Raises:
        LookupError: If this system does not let us begin anew.

    """

    def __init__(self, root: int) -> None:
        self._before: dict[int, int] = {}
        for member in _tree(root):
            try:
                # 5 sets the high water mark to what is resident now.
                Path(f"/proc/{member.pid}/clear_refs").write_text("5")
                self._before[member.pid] = _high_water(member.pid)
            except ProcessLookupError:
                continue
            except OSError as error:
                raise LookupError(f"the peak of memory cannot be measured: {error}") from None

    def growth(self) -> int:
        """Return by how many bytes all processes together have grown at their peaks."""
        return sum(_high_water(pid) - before for pid, before in self._before.items())


def _high_water(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def end_tree(root: subprocess.Popen[bytes], patience_s: float = 10.0) -> None:
    """End a process that we started and everything below it: SIGTERM first, then SIGKILL."""
    members = _tree(root.pid)
    if root.poll() is None:
        root.terminate()
        with suppress(subprocess.TimeoutExpired):
            root.wait(patience_s)
    for member in {m.pid: m for m in (*members, *_tree(root.pid))}.values():
        now = _stat(member.pid)
        if now is not None and now.started == member.started:
            with suppress(ProcessLookupError):
                os.kill(member.pid, signal.SIGKILL)
    root.wait()


class Fsyncs:
    """The fsync and fdatasync calls of a tree that strace watches, as its log has them so far."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def count(self) -> int:
        """Return how many calls were begun until now."""
        time.sleep(0.2)  # until strace has written what it has seen
        lines = self._log.read_text(errors="replace").splitlines()
        # A call that blocks has two lines, "<unfinished ...>" and "resumed": count the first.
        return sum(" resumed>" not in line and "sync(" in line for line in lines)


@contextmanager
def watch_fsyncs(root: int, log: Path) -> Iterator[Fsyncs]:
    """Count the tree's calls of fsync and fdatasync in a block, by strace.

    Raises:
        LookupError: If strace is missing or may not attach.

    """
    strace = shutil.which("strace")
    if strace is None:
        raise LookupError("strace is not installed")
    pids = [argument for member in _tree(root) for argument in ("-p", str(member.pid))]
    tracer = subprocess.Popen(
        [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o", log, *pids],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        time.sleep(1.0)  # until it has attached to every thread
        if tracer.poll() is not None:
            assert tracer.stderr is not None
            raise LookupError(f"strace cannot attach: {tracer.stderr.read().decode().strip()}")
        yield Fsyncs(log)
    finally:
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)  # strace detaches and leaves the tree running
        tracer.communicate(timeout=30)
