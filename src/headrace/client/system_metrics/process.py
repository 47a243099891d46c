"""The process that trains, and those that it has started."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from headrace.client.system_metrics.monitor import MEGABYTE, Figures, Monitor


class _Use(NamedTuple):
    cpu: float  # seconds, since the process began
    memory: int  # bytes


_NOTHING = _Use(0.0, 0)


class ProcessTree:
    """This process, and all below it.

    Args:
        psutil: The module.

    Attributes:
        pids: The ids of all of them, as they were at the last look.

    """

    def __init__(self, psutil: Any) -> None:
        self._psutil = psutil
        self.own = psutil.Process()
        self.pids: frozenset[int] = frozenset()

    def look(self) -> dict[Any, _Use]:
        """Return what each of them uses; those that have just ended are left out."""
        uses = {}
        for process in (self.own, *self.own.children(recursive=True)):
            try:
                with process.oneshot():
                    times, memory = process.cpu_times(), process.memory_info()
            except self._psutil.Error:  # it has just ended, or is another user's
                continue
            uses[process] = _Use(times.user + times.system, memory.rss)
        self.pids = frozenset(process.pid for process in uses)
        return uses


class ProcessMonitor(Monitor):
    """Reads this process, and all below it together.

    Args:
        tree: The processes.

    """

    def __init__(self, tree: ProcessTree) -> None:
        self._tree = tree
        self._before = tree.look()
        self._moment = time.monotonic()

    def read(self) -> Figures:
        """Return processor time since the last look, 100 for one core, and resident memory."""
        uses, moment = self._tree.look(), time.monotonic()
        seconds = max(moment - self._moment, 1e-9)
        # A process that began meanwhile has used all of its time meanwhile.
        cpu = {
            process: max(use.cpu - self._before.get(process, _NOTHING).cpu, 0.0) / seconds * 100
            for process, use in uses.items()
        }
        self._before, self._moment = uses, moment
        own = self._tree.own
        children = [process for process in uses if process != own]
        memory = sum(uses[child].memory for child in children)
        return {
            "process_cpu_utilization_percentage": cpu[own],
            "process_memory_usage_megabytes": uses[own].memory / MEGABYTE,
            "children_cpu_utilization_percentage": sum(cpu[child] for child in children),
            "children_memory_usage_megabytes": memory / MEGABYTE,
            "children_count": float(len(children)),
        }
