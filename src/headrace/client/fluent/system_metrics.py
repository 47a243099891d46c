"""Whether and how runs that start from now on record what their machine does."""

from __future__ import annotations

from typing import TypeVar

from headrace import settings
from headrace.client.system_metrics.plan import check_node_id
from headrace.errors import InvalidParameterValue
from headrace.settings import Setting

T = TypeVar("T")


def enable_system_metrics_logging() -> None:
    """Have every run record system metrics that does not start with ``log_system_metrics=False``.

    Processes that this one starts do so too.
    """
    settings.ENABLE_SYSTEM_METRICS_LOGGING.set(True)


def disable_system_metrics_logging() -> None:
    """Have no run record system metrics that does not start with ``log_system_metrics=True``."""
    settings.ENABLE_SYSTEM_METRICS_LOGGING.set(False)


def set_system_metrics_sampling_interval(interval: float | None) -> None:
    """Choose how often system metrics are sampled.

    Args:
        interval: Seconds, above 0; None for the default, 10.

    Raises:
        InvalidParameterValue: If it is no such number.

    """
    _set(settings.SYSTEM_METRICS_SAMPLING_INTERVAL, "interval", interval)


def set_system_metrics_samples_before_logging(samples: int | None) -> None:
    """Choose of how many samples the mean is logged, as one point of each metric.

    Args:
        samples: A whole number from 1 on; None for the default, 1.

    Raises:
        InvalidParameterValue: If it is no such number.

    """
    _set(settings.SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING, "samples", samples)


def set_system_metrics_node_id(node_id: str | None) -> None:
    """Name this machine, of several that train one run: ``system/NODE_ID/cpu_...``.

    Args:
        node_id: What may stand in the name of a metric; None for no name.

    Raises:
        InvalidParameterValue: If it may not.

    """
    if node_id is not None:
        check_node_id(node_id)
    _set(settings.SYSTEM_METRICS_NODE_ID, "node_id", node_id)


def _set(setting: Setting[T], parameter: str, value: T | None) -> None:
    if value is not None:
        try:
            setting.parse(str(value))
        except ValueError as error:
            raise InvalidParameterValue(
                f"Invalid value {value!r} for parameter '{parameter}' supplied: {error}."
            ) from None
    setting.set(value)
