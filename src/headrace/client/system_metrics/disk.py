"""The disk of the machine."""

from __future__ import annotations

import os
from typing import Any

from headrace.client.system_metrics.monitor import MEGABYTE, Figures, Monitor


class DiskMonitor(Monitor):
    """Reads how full the file system of the root folder is.

    Args:
        psutil: The module.

    """

    def __init__(self, psutil: Any) -> None:
        self._psutil = psutil

    def read(self) -> Figures:
        """Return what is used and what is free."""
        usage = self._psutil.disk_usage(os.sep)
        return {
            "disk_usage_percentage": usage.percent,
            "disk_usage_megabytes": usage.used / MEGABYTE,
            "disk_available_megabytes": usage.free / MEGABYTE,
        }
