"""The parts of the machine that are looked at, each with what its samples come to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

from headrace import optional
from headrace.client.system_metrics.cpu import CpuMonitor
from headrace.client.system_metrics.disk import DiskMonitor
from headrace.client.system_metrics.gpu import open_gpus
from headrace.client.system_metrics.monitor import Figures, Monitor
from headrace.client.system_metrics.network import NetworkMonitor
from headrace.client.system_metrics.process import ProcessMonitor, ProcessTree

T = TypeVar("T")

_logger = logging.getLogger(__name__)


def open_parts() -> Iterator[Part]:
    """Yield the parts that can be looked at, from now on.

    Raises:
        MissingLibrary: If psutil is not installed.

    """
    psutil = optional.need("psutil", "log_system_metrics")
    tree = ProcessTree(psutil)
    yield Part(lambda: CpuMonitor(psutil))
    yield Part(lambda: DiskMonitor(psutil))
    yield Part(lambda: NetworkMonitor(psutil))
    yield Part(lambda: ProcessMonitor(tree))
    yield Part(lambda: open_gpus(tree))


class Part:
    """One part of the machine, and its samples that no point tells of yet.

    Args:
        open_monitor: Makes what reads it.

    """

    def __init__(self, open_monitor: Callable[[], Monitor | None]) -> None:
        self._samples: list[Figures] = []
        self._monitor = self._try(open_monitor)

    def look(self) -> None:
        """Take a sample."""
        monitor = self._monitor
        figures = self._try(monitor.read) if monitor is not None else None
        if figures is not None:
            self._samples.append(figures)

    def take(self) -> Figures:
        """Return what the samples since the last time come to."""
        samples, self._samples = self._samples, []
        if self._monitor is not None and self._monitor.is_total:
            return samples[-1] if samples else {}
        return _means(samples)

    def close(self) -> None:
        """Give back what looking needs."""
        if self._monitor is not None:
            self._monitor.close()

    def _try(self, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except Exception as error:  # border: what one system does not tell, others do
            self._monitor = None
            _logger.warning("Some system metrics are not recorded: %r", error)
            return None


def _means(samples: list[Figures]) -> Figures:
    """Return the means, with one decimal; a figure that not every sample has, of those that do."""
    names = {name: None for sample in samples for name in sample}
    return {name: _mean([one[name] for one in samples if name in one]) for name in names}


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 1)
