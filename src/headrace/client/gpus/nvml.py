"""NVIDIA's management library, called by ctypes: the declarations of its header, and nothing else.

A function that a driver does not know or that fails gives None, or nothing.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_int, c_uint, c_ulonglong, c_void_p
from typing import Any

_TEXT_SIZE = 96  # bytes: no name, version or UUID of a device is longer
_SUCCESS, _TOO_SMALL, _MISSING = 0, 7, -1
# What stands for the memory of a process where the driver does not know it, as on Windows.
_NOT_TOLD = 2**64 - 1
# Processes may begin between the question how many there are and the one which.
_ROOM_FOR_MORE = 8


class _Memory(ctypes.Structure):
    _fields_ = [(name, c_ulonglong) for name in ("total", "free", "used")]


class _Rates(ctypes.Structure):
    _fields_ = [(name, c_uint) for name in ("gpu", "memory")]


class _Process(ctypes.Structure):
    _fields_ = [
        ("pid", c_uint),
        ("memory", c_ulonglong),
        ("gpu_instance", c_uint),
        ("compute_instance", c_uint),
    ]


class _ProcessUse(ctypes.Structure):
    _fields_ = [
        ("pid", c_uint),
        ("time", c_ulonglong),
        *((name, c_uint) for name in ("gpu", "memory", "encoder", "decoder")),
    ]


class Library:
    """The library, open until it is closed.

    Raises:
        OSError: If there is none that can be loaded, or the driver does not work.

    """

    def __init__(self, path: str) -> None:
        self._functions = ctypes.CDLL(path)
        if self.call("nvmlInit_v2") != _SUCCESS:
            raise OSError(f"{path} does not find a driver that works.")

    def close(self) -> None:
        """Take back that it was opened."""
        self.call("nvmlShutdown")

    def driver(self) -> str | None:
        """Return the driver's version."""
        return self.text("nvmlSystemGetDriverVersion")

    def cuda(self) -> str | None:
        """Return the newest version of CUDA that the driver can run."""
        version = c_int()
        if self.call("nvmlSystemGetCudaDriverVersion_v2", byref(version)) != _SUCCESS:
            return None
        return f"{version.value // 1000}.{version.value % 1000 // 10}"

    def devices(self) -> dict[int, Device]:
        """Return the devices that may be looked at, by their numbers."""
        count, found = c_uint(), {}
        self.call("nvmlDeviceGetCount_v2", byref(count))
        for number in range(count.value):
            handle = c_void_p()
            if self.call("nvmlDeviceGetHandleByIndex_v2", number, byref(handle)) == _SUCCESS:
                found[number] = Device(self, handle)
        return found

    def call(self, name: str, *arguments: Any) -> int:
        """Call a function, and return what it returns; -1 if the driver has no such function."""
        try:
            function = getattr(self._functions, name)
        except AttributeError:
            return _MISSING
        return int(function(*arguments))

    def text(self, name: str, *arguments: Any) -> str | None:
        """Return the text that a function writes."""
        buffer = ctypes.create_string_buffer(_TEXT_SIZE)
        failed = self.call(name, *arguments, buffer, _TEXT_SIZE)
        return None if failed else buffer.value.decode(errors="replace")


class Device:
    """One GPU."""

    def __init__(self, library: Library, handle: c_void_p) -> None:
        self._library = library
        self._handle = handle
        self._last_use = 0  # time of the newest sample of a process, in its driver's microseconds

    def name(self) -> str | None:
        """Return what it is called."""
        return self._library.text("nvmlDeviceGetName", self._handle)

    def uuid(self) -> str | None:
        """Return its id, which no other device has."""
        return self._library.text("nvmlDeviceGetUUID", self._handle)

    def memory(self) -> tuple[int | None, int | None]:
        """Return the bytes that are taken, and those that there are."""
        memory = _Memory()
        if self._fails("nvmlDeviceGetMemoryInfo", byref(memory)):
            return None, None
        return memory.used, memory.total

    def utilization(self) -> int | None:
        """Return in what share of the last moment it computed, in percent."""
        rates = _Rates()
        return None if self._fails("nvmlDeviceGetUtilizationRates", byref(rates)) else rates.gpu

    def power(self) -> float | None:
        """Return the watts that it draws."""
        return self._watts("nvmlDeviceGetPowerUsage")

    def power_limit(self) -> float | None:
        """Return the watts that it may draw."""
        return self._watts("nvmlDeviceGetEnforcedPowerLimit")

    def process_memory(self) -> dict[int, int]:
        """Return the bytes that processes have taken, by process id."""
        count = c_uint()
        for name in (
            "nvmlDeviceGetComputeRunningProcesses_v3",
            "nvmlDeviceGetComputeRunningProcesses_v2",
        ):
            answer = self._library.call(name, self._handle, byref(count), None)
            if answer == _TOO_SMALL:
                count.value += _ROOM_FOR_MORE
                found = (_Process * count.value)()
                answer = self._library.call(name, self._handle, byref(count), found)
                own = found[: count.value] if answer == _SUCCESS else []
                return {one.pid: one.memory for one in own if one.memory != _NOT_TOLD}
            if answer == _SUCCESS:
                break  # no process
        return {}

    def process_utilization(self) -> dict[int, float]:
        """Return the percentages of the device that processes used since the last call, by id."""
        name, count = "nvmlDeviceGetProcessUtilization", c_uint()
        since = c_ulonglong(self._last_use)
        if self._library.call(name, self._handle, None, byref(count), since) != _TOO_SMALL:
            return {}
        count.value += _ROOM_FOR_MORE
        found = (_ProcessUse * count.value)()
        if self._library.call(name, self._handle, found, byref(count), since) != _SUCCESS:
            return {}
        uses = sorted(found[: count.value], key=lambda use: int(use.time))
        new = [use for use in uses if use.time > since.value]
        if new:
            self._last_use = new[-1].time
        return {use.pid: float(use.gpu) for use in new}

    def _watts(self, name: str) -> float | None:
        milliwatts = c_uint()
        return None if self._fails(name, byref(milliwatts)) else milliwatts.value / 1000

    def _fails(self, name: str, *arguments: Any) -> bool:
        return self._library.call(name, self._handle, *arguments) != _SUCCESS
