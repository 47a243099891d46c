"""GPUs of NVIDIA, as the library of their driver names them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from headrace.client.gpus.load import Load
from headrace.entities import Gpu

if TYPE_CHECKING:
    from headrace.client.gpus.nvml import Device, Library

# Where one of these is, there is a driver; to look for its library elsewhere takes milliseconds.
_SIGNS = ("/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg")
_LIBRARY = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"


def open_library() -> Library | None:
    """Return the library of the driver; None where there is no driver that works.

    Nothing of a GPU's memory is taken by it.
    """
    if sys.platform != "win32" and not any(map(os.path.exists, _SIGNS)):
        return None
    # ctypes: 2 ms that machines without such a GPU need not spend.
    from headrace.client.gpus.nvml import Library

    try:
        return Library(_LIBRARY)
    except OSError:
        return None


def read_gpus() -> tuple[list[Gpu], str | None]:
    """Return the GPUs, and the newest version of CUDA that their driver can run."""
    library = open_library()
    if library is None:
        return [], None
    try:
        driver = library.driver()
        gpus = [_describe(device, driver) for device in library.devices().values()]
        return gpus, library.cuda()
    finally:
        library.close()


def read_load(device: Device) -> Load:
    """Return what a GPU does now."""
    used, total = device.memory()
    return Load(
        utilization=device.utilization(),
        memory_used=used,
        memory_total=total,
        power=device.power(),
        power_limit=device.power_limit(),
        process_utilization=device.process_utilization(),
        process_memory=device.process_memory(),
    )


def _describe(device: Device, driver: str | None) -> Gpu:
    _, memory = device.memory()
    return Gpu(device.name() or "NVIDIA GPU", memory, driver, device.uuid())
