"""How a run's system metrics are recorded: how often, and under which names."""

from __future__ import annotations

from typing import NamedTuple

from headrace import settings
from headrace.client import validation

_PREFIX = "system/"
# As long as the names with the number of a GPU get.
_LONGEST_NAME = "gpu_00_process_memory_usage_megabytes"


class Plan(NamedTuple):
    """What the settings say when a run starts.

    Attributes:
        interval: Seconds between samples.
        samples: Samples of which the mean becomes one point.
        prefix: What stands before each name.

    """

    interval: float
    samples: int
    prefix: str


def read_plan() -> Plan:
    """Return what the settings say.

    Raises:
        InvalidParameterValue: If one of them has no value that it may have.

    """
    node_id = settings.SYSTEM_METRICS_NODE_ID.get()
    if node_id:
        check_node_id(node_id)
    return Plan(
        interval=settings.SYSTEM_METRICS_SAMPLING_INTERVAL.get(),
        samples=settings.SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING.get(),
        prefix=f"{_PREFIX}{node_id}/" if node_id else _PREFIX,
    )


def check_node_id(node_id: str) -> None:
    """Refuse the name of a node that cannot stand in the name of a metric.

    Raises:
        InvalidParameterValue: If it cannot.

    """
    validation.metric_key(f"{_PREFIX}{node_id}/{_LONGEST_NAME}")
