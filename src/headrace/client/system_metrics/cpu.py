"""Processors and memory of the machine."""

from __future__ import annotations

from typing import Any

from headrace.client.system_metrics.monitor import MEGABYTE, Figures, Monitor


class CpuMonitor(Monitor):
    """Reads processors, from one look to the next, and memory.

    Args:
        psutil: The module.

    """

    def __init__(self, psutil: Any) -> None:
        self._psutil = psutil
        self._before = self._seconds()

    def read(self) -> Figures:
        """Return how busy the processors were since the last look, and what memory is used."""
        figures = {}
        now, (busy, total) = self._seconds(), self._before
        if now[1] > total:
            share = (now[0] - busy) / (now[1] - total) * 100
            figures["cpu_utilization_percentage"] = min(max(share, 0.0), 100.0)
            self._before = now
        memory = self._psutil.virtual_memory()
        figures["system_memory_usage_megabytes"] = memory.used / MEGABYTE
        figures["system_memory_usage_percentage"] = memory.used / memory.total * 100
        return figures

    def _seconds(self) -> tuple[float, float]:
        """Return the seconds since the machine started that all processors worked, and all."""
        times = self._psutil.cpu_times()
        # Linux counts the time of guests as that of users and processes with low priority, too.
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return total - times.idle - getattr(times, "iowait", 0.0), total
