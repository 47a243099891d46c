"""GPUs of AMD, as Linux shows them in its files."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from string import ascii_letters

from headrace.client.gpus.load import Load
from headrace.entities import Gpu

_CARDS = Path("/sys/class/drm")
_DRIVER = Path("/sys/module/amdgpu/version")
_ROCM = Path("/opt/rocm/.info/version")
# Of the part of the driver that computes: what it calls each GPU, and who uses it.
_COMPUTE = Path("/sys/class/kfd/kfd")
_VENDOR = "0x1002"
_RENDER_MINOR = re.compile(r"^drm_render_minor (\d+)$", re.MULTILINE)
# Fewer bytes are those of a processor's own graphics.
_MIN_MEMORY = 2 << 30


def find_devices() -> list[Path]:
    """Return the folders of the GPUs, in the order of their cards' numbers."""
    found = sorted(_CARDS.glob("card[0-9]*/device"), key=lambda device: _number(device.parent))
    return [
        device
        for device in found
        if _read(device / "vendor") == _VENDOR
        and (_read_int(device / "mem_info_vram_total") or 0) >= _MIN_MEMORY
    ]


def read_gpus() -> tuple[list[Gpu], str | None]:
    """Return the GPUs, and the version of ROCm; nothing where there are none."""
    gpus = []
    for device in find_devices():
        name = _read(device / "product_name") or f"AMD GPU {_read(device / 'device')}".strip()
        memory = _read_int(device / "mem_info_vram_total")
        gpus.append(Gpu(name, memory, _read(_DRIVER) or None, _read(device / "unique_id") or None))
    return gpus, (f"ROCm {_read(_ROCM)}".strip() if gpus else None)


def read_load(device: Path) -> Load:
    """Return what a GPU does now."""
    return Load(
        utilization=_read_int(device / "gpu_busy_percent"),
        memory_used=_read_int(device / "mem_info_vram_used"),
        memory_total=_read_int(device / "mem_info_vram_total"),
        power=_read_watts(device, "power1_average", "power1_input"),
        power_limit=_read_watts(device, "power1_cap"),
        process_memory=_read_processes(device),
    )


def _read_processes(device: Path) -> dict[int, int]:
    """Return the bytes that processes which compute have taken of a GPU, by process id."""
    minors = {_number(folder) for folder in device.glob("drm/renderD*")}
    for node in _COMPUTE.glob("topology/nodes/*"):
        found_minor = _RENDER_MINOR.search(_read(node / "properties"))
        if found_minor is not None and int(found_minor[1]) in minors:
            files = _COMPUTE.glob(f"proc/*/vram_{_read(node / 'gpu_id')}")
            found = {int(file.parent.name): _read_int(file) for file in files}
            return {process: memory for process, memory in found.items() if memory is not None}
    return {}


def _read_watts(device: Path, *names: str) -> float | None:
    for name in names:
        for file in device.glob(f"hwmon/hwmon*/{name}"):
            microwatts = _read_int(file)
            if microwatts is not None:
                return microwatts / 1e6
    return None


def _number(folder: Path) -> int:
    digits = folder.name.lstrip(ascii_letters)  # card0, renderD128
    return int(digits) if digits.isdecimal() else -1


def _read_int(file: Path) -> int | None:
    text = _read(file)
    return int(text) if text.isdecimal() else None


def _read(file: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text().strip()
    return ""
