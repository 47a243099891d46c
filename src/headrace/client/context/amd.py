"""GPUs of AMD, as Linux shows them in its files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from headrace.entities import Gpu

_CARDS = Path("/sys/class/drm")
_DRIVER = Path("/sys/module/amdgpu/version")
_ROCM = Path("/opt/rocm/.info/version")
_VENDOR = "0x1002"
# Fewer bytes are those of a processor's own graphics.
_MIN_MEMORY = 2 << 30


def read_gpus(cards: Path = _CARDS) -> tuple[list[Gpu], str | None]:
    """Return the GPUs, and the version of ROCm; nothing where there are none."""
    gpus = []
    for device in sorted(cards.glob("card[0-9]*/device")):
        memory = _read(device / "mem_info_vram_total")
        if _read(device / "vendor") != _VENDOR or not memory.isdecimal():
            continue
        if int(memory) >= _MIN_MEMORY:
            name = _read(device / "product_name") or f"AMD GPU {_read(device / 'device')}".strip()
            uuid = _read(device / "unique_id") or None
            gpus.append(Gpu(name, int(memory), _read(_DRIVER) or None, uuid))
    return gpus, (f"ROCm {_read(_ROCM)}".strip() if gpus else None)


def _read(file: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text().strip()
    return ""
