"""The network of the machine."""

from __future__ import annotations

from typing import Any

from headrace.client.system_metrics.monitor import MEGABYTE, Figures, Monitor


class NetworkMonitor(Monitor):
    """Reads what came in and went out over all interfaces since the run began.

    Args:
        psutil: The module.

    """

    is_total = True

    def __init__(self, psutil: Any) -> None:
        self._psutil = psutil
        self._first = psutil.net_io_counters()

    def read(self) -> Figures:
        """Return the sums; nothing where there is no interface."""
        now, first = self._psutil.net_io_counters(), self._first
        if now is None or first is None:
            return {}
        return {
            "network_receive_megabytes": (now.bytes_recv - first.bytes_recv) / MEGABYTE,
            "network_transmit_megabytes": (now.bytes_sent - first.bytes_sent) / MEGABYTE,
        }
