"""GPUs of NVIDIA, as the library of their driver names them."""

from __future__ import annotations

import os
import sys
from typing import Any

from headrace.entities import Gpu

# Where one of these is, there is a driver; to look for its library elsewhere takes milliseconds.
_SIGNS = ("/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg")
_LIBRARY = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_TEXT_SIZE = 96  # bytes: no name, version or UUID of a device is longer


def read_gpus() -> tuple[list[Gpu], str | None]:
    """Return the GPUs, and the newest version of CUDA that their driver can run.

    Nothing of a GPU's memory is taken by it.
    """
    if sys.platform != "win32" and not any(map(os.path.exists, _SIGNS)):
        return [], None
    import ctypes  # 2 ms that machines without such a GPU need not spend

    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return [], None
    if library.nvmlInit_v2() != 0:
        return [], None
    try:
        return _read_all(library, ctypes)
    except AttributeError:  # a driver too old to know one of the functions
        return [], None
    finally:
        library.nvmlShutdown()


def _read_all(library: Any, ctypes: Any) -> tuple[list[Gpu], str | None]:
    class Memory(ctypes.Structure):  # type: ignore[misc]
        _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]

    def text(function: Any, *arguments: Any) -> str | None:
        buffer = ctypes.create_string_buffer(_TEXT_SIZE)
        failed = function(*arguments, buffer, _TEXT_SIZE)
        return None if failed else buffer.value.decode(errors="replace")

    driver = text(library.nvmlSystemGetDriverVersion)
    count, cuda = ctypes.c_uint(), ctypes.c_int()
    library.nvmlDeviceGetCount_v2(ctypes.byref(count))
    gpus = []
    for index in range(count.value):
        device, memory = ctypes.c_void_p(), Memory()
        if library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)) != 0:
            continue
        has_memory = library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory)) == 0
        gpu = Gpu(
            name=text(library.nvmlDeviceGetName, device) or "NVIDIA GPU",
            memory=memory.total if has_memory else None,
            driver=driver,
            uuid=text(library.nvmlDeviceGetUUID, device),
        )
        gpus.append(gpu)
    if library.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(cuda)) != 0:
        return gpus, None
    return gpus, f"{cuda.value // 1000}.{cuda.value % 1000 // 10}"
