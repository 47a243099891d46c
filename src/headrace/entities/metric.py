"""A point of a metric."""

from __future__ import annotations

from msgspec import Struct


# gc=False: a page of a thousand runs holds tens of thousands of them, and none can form a cycle.
class Metric(Struct, omit_defaults=True, gc=False):
    """One value of a metric.

    Attributes:
        key: Name of the metric, at most 250 characters.
        value: The value; NaN and the infinities are values like any other.
        timestamp: Milliseconds since the epoch.
        step: Position in the training, any 64-bit integer.
        model_id: The logged model that the value describes.
        dataset_name: Name of the data set that it was measured on.
        dataset_digest: Digest of that data set.
        run_id: The run, where an answer carries points of several runs or of a model.

    """

    key: str
    value: float
    timestamp: int
    step: int
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None
