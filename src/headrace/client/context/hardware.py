"""The machine: processor, memory, GPUs, and the library of linear algebra."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from headrace.client.gpus import amd, nvidia
from headrace.entities import Hardware

_MODEL = re.compile(r"^(?:model name|Hardware|cpu model)\s*:\s*(.+)$", re.MULTILINE)
_LIBRARY = re.compile(
    r"/lib(openblas|scipy_openblas|mkl_rt|blis|flexiblas|cblas|atlas)[^/\s]*\.so", re.IGNORECASE
)


def read_hardware() -> Hardware:
    """Return what the machine has; what cannot be found out is left out."""
    gpus, cuda = nvidia.read_gpus()
    if not gpus:
        gpus, cuda = amd.read_gpus()
    return Hardware(
        cpu=_processor(),
        cores=os.cpu_count(),
        usable_cores=_usable_cores(),
        memory=_memory(),
        gpus=gpus,
        cuda=cuda,
        blas=read_blas(),
    )


def read_blas() -> str | None:
    """Return the library of linear algebra that NumPy uses; None where it is not imported."""
    numpy: Any = sys.modules.get("numpy")
    config = getattr(numpy, "__config__", None)
    built = getattr(config, "CONFIG", {}).get("Build Dependencies", {}).get("blas", {})
    name = built.get("name")
    if not name:
        return _loaded_library() if numpy is not None else None
    version = built.get("version")
    return f"{name} {version}" if version and version != "unknown" else str(name)


def _loaded_library() -> str | None:
    """Return the name of one that this process has loaded, of which NumPy does not know."""
    with suppress(OSError, UnicodeDecodeError):
        found = _LIBRARY.search(Path("/proc/self/maps").read_text())
        return found[1].lower() if found else None
    return None


def _processor() -> str | None:
    if sys.platform == "darwin":
        import subprocess

        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        with suppress(OSError, subprocess.SubprocessError):
            answer = subprocess.run(  # noqa: S603 - constant words
                command, capture_output=True, text=True, timeout=2, check=True
            )
            return answer.stdout.strip() or None
    with suppress(OSError, UnicodeDecodeError):
        found = _MODEL.search(Path("/proc/cpuinfo").read_text())
        if found is not None:
            return found[1].strip()
    import platform  # a millisecond that Linux need not spend

    return platform.processor() or None


def _usable_cores() -> int | None:
    if not hasattr(os, "sched_getaffinity"):
        return None
    return len(os.sched_getaffinity(0))


def _memory() -> int | None:
    with suppress(OSError, ValueError, AttributeError):  # not told by this system
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None
