"""The GPUs of the machine: those of NVIDIA or else those of AMD."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from headrace.client.gpus import amd, nvidia
from headrace.client.gpus.load import Load
from headrace.client.system_metrics.monitor import MEGABYTE, Figures, Monitor
from headrace.client.system_metrics.process import ProcessTree

_GIGABYTE = 1e9


class GpuMonitor(Monitor):
    """Reads GPUs, and what the processes of the run use of them.

    Args:
        devices: Number of each GPU, and what reads it.
        tree: The processes of the run, looked at before the GPUs are.
        close: Called at the end.
        with_gigabytes: Whether memory is told in gigabytes too, as MLflow does for AMD.

    """

    def __init__(
        self,
        devices: Mapping[int, Callable[[], Load]],
        tree: ProcessTree,
        close: Callable[[], None],
        *,
        with_gigabytes: bool = False,
    ) -> None:
        self._devices = devices
        self._tree = tree
        self._close = close
        self._with_gigabytes = with_gigabytes
        self._seen: set[str] = set()  # figures of processes that the driver has told

    def read(self) -> Figures:
        """Return what each GPU does now; what its driver does not tell is left out."""
        figures = {}
        for number, read in self._devices.items():
            load = read()
            for name, value in (self._of_device(load) | self._of_processes(number, load)).items():
                figures[f"gpu_{number}_{name}"] = value
        return figures

    def close(self) -> None:
        """Give the library of the driver back."""
        self._close()

    def _of_device(self, load: Load) -> Figures:
        figures: Figures = {}
        if load.memory_used is not None and load.memory_total:
            figures["memory_usage_percentage"] = load.memory_used / load.memory_total * 100
            figures["memory_usage_megabytes"] = load.memory_used / MEGABYTE
            if self._with_gigabytes:
                figures["memory_usage_gigabytes"] = load.memory_used / _GIGABYTE
        if load.utilization is not None:
            figures["utilization_percentage"] = load.utilization
        if load.power is not None:
            figures["power_usage_watts"] = load.power
            if load.power_limit:
                figures["power_usage_percentage"] = load.power / load.power_limit * 100
        return figures

    def _of_processes(self, number: int, load: Load) -> Figures:
        """Return what the run's processes use, from when the driver first tells of one of them on.

        In a container it may know them by other ids, so that there is nothing to tell.
        """
        pids, figures = self._tree.pids, {}
        for name, told, unit in (
            ("process_utilization_percentage", load.process_utilization, 1.0),
            ("process_memory_usage_megabytes", load.process_memory, MEGABYTE),
        ):
            own = [value for pid, value in told.items() if pid in pids]
            key = f"{number}_{name}"
            if own:
                self._seen.add(key)
            if key in self._seen:
                figures[name] = sum(own) / unit
        return figures


def open_gpus(tree: ProcessTree) -> GpuMonitor | None:
    """Return what reads the GPUs; None where there are none.

    Args:
        tree: The processes of the run, looked at before the GPUs are.

    """
    library = nvidia.open_library()
    if library is not None:
        loads = {
            number: partial(nvidia.read_load, device)
            for number, device in library.devices().items()
        }
        return GpuMonitor(loads, tree, library.close)
    cards = dict(enumerate(amd.find_devices()))
    if not cards:
        return None
    loads_of_cards = {number: partial(amd.read_load, card) for number, card in cards.items()}
    return GpuMonitor(loads_of_cards, tree, lambda: None, with_gigabytes=True)
