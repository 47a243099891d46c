"""A library of NVIDIA's driver that is compiled for the tests: two GPUs, of which one tells little.

The functions are those of NVIDIA's management library, as its header declares them.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from headrace.client.gpus import nvidia

LIBRARY = r"""
#include <stdio.h>
#include <unistd.h>
typedef void *Device;
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned gpu, memory; } Rates;
typedef struct {
  unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance;
} Process;
typedef struct { unsigned pid; unsigned long long time; unsigned sm, mem, enc, dec; } Use;
static int cards[2];
enum { UNSUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7 };
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlSystemGetDriverVersion(char *text, unsigned size) {
  snprintf(text, size, "550.54");
  return 0;
}
int nvmlSystemGetCudaDriverVersion_v2(int *version) { *version = 12040; return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device *device) {
  *device = &cards[index];
  return 0;
}
int nvmlDeviceGetName(Device device, char *text, unsigned size) {
  snprintf(text, size, "NVIDIA H100 %d", (int)((int *)device - cards));
  return 0;
}
int nvmlDeviceGetUUID(Device device, char *text, unsigned size) {
  snprintf(text, size, "GPU-1");
  return 0;
}
int nvmlDeviceGetMemoryInfo(Device device, Memory *memory) {
  if (device == &cards[1]) return UNSUPPORTED;
  memory->total = 85899345920ULL;
  memory->used = memory->total / 4;
  return 0;
}
int nvmlDeviceGetUtilizationRates(Device device, Rates *rates) {
  if (device == &cards[1]) return UNSUPPORTED;
  rates->gpu = 71;
  return 0;
}
int nvmlDeviceGetPowerUsage(Device device, unsigned *milliwatts) {
  *milliwatts = 350000;
  return 0;
}
int nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned *milliwatts) {
  if (device == &cards[1]) return UNSUPPORTED;
  *milliwatts = 700000;
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned *count, Process *processes) {
  if (device == &cards[1]) { *count = 0; return 0; }
  if (*count < 2) { *count = 2; return TOO_SMALL; }
  processes[0] = (Process){1, 9000000000ULL, 0, 0};
  processes[1] = (Process){getpid(), 3000000000ULL, 0, 0};
  *count = 2;
  return 0;
}
int nvmlDeviceGetProcessUtilization(Device device, Use *uses, unsigned *count,
                                    unsigned long long since) {
  if (device == &cards[1]) return NOT_FOUND;
  if (*count < 3) { *count = 3; return TOO_SMALL; }
  uses[0] = (Use){getpid(), 1700000002000000ULL, 41, 0, 0, 0};
  uses[1] = (Use){getpid(), 1700000001000000ULL, 12, 0, 0, 0};
  uses[2] = (Use){1, 1700000001000000ULL, 30, 0, 0, 0};
  *count = 3;
  return 0;
}
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str = LIBRARY) -> None:
    """Compile a library, and have it found in the place of the driver's."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    (folder / "nvml.c").write_text(source)
    library = folder / "libnvidia-ml.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, folder / "nvml.c"], check=True)
    monkeypatch.setattr(nvidia, "_LIBRARY", str(library))
    monkeypatch.setattr(nvidia, "_SIGNS", (str(library),))
