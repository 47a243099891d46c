"""A run: what it is, what it logged, what went in and what came out."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field

from headrace.entities.card import card_of
from headrace.entities.dataset import DatasetInput
from headrace.entities.logged_model import LoggedModelInput, LoggedModelOutput
from headrace.entities.metric import Metric
from headrace.errors import InvalidParameterValue


class RunStatus(StrEnum):
    """Where a run stands, by the names that travel."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    @classmethod
    def of(cls, value: str | int) -> RunStatus:
        """Return the status that a request names, by name or by MLflow's number (1 to 5)."""
        if isinstance(value, int) or value.isdigit():
            number = int(value)
            if 1 <= number <= len(cls):
                return list(cls)[number - 1]
        elif value in cls.__members__:
            return cls[value]
        allowed = ", ".join(cls.__members__)
        raise InvalidParameterValue(f"Unknown run status {value!r}: it must be one of {allowed}.")

    @classmethod
    def from_string(cls, status_str: str) -> RunStatus:
        """Return the status of a name; `of` under MLflow's name."""
        return cls.of(status_str)

    @classmethod
    def to_string(cls, status: str | int) -> str:
        """Return the name of a status."""
        return cls.of(status).value

    @classmethod
    def is_terminated(cls, status: str) -> bool:
        """Return whether a run with this status has ended."""
        return cls.of(status) in (cls.FINISHED, cls.FAILED, cls.KILLED)


class Param(Struct, gc=False):
    """A parameter of a run: set once, any text."""

    key: str
    value: str = ""


class RunTag(Struct, gc=False):
    """A tag of a run: a key and a text that may change."""

    key: str
    value: str = ""


class RunInfo(Struct, omit_defaults=True):
    """What a run is, without what it logged.

    Attributes:
        run_id: 32 hexadecimal digits, or what the client chose.
        experiment_id: The experiment that holds the run.
        user_id: Who started it; empty where the client did not say.
        status: One of `RunStatus`.
        start_time: Milliseconds since the epoch.
        end_time: Milliseconds since the epoch; None while the run goes on.
        lifecycle_stage: ``active`` or ``deleted``.
        artifact_uri: Where the run's artifacts live.
        run_name: Name for people; not unique.
        run_uuid: `run_id` under its old name, for old clients.
        user_verified: Whether a server had checked credentials for `user_id`; Headrace's own.
        lost: Whether the processes that work on the run have gone silent without ending it, as of
            when it was read; Headrace's own.

    """

    run_id: str
    experiment_id: str
    user_id: str = field(default_factory=str)  # a factory, so that "" is sent and not left out
    status: str = field(default_factory=str)
    start_time: int | None = None
    end_time: int | None = None
    lifecycle_stage: str | None = None
    artifact_uri: str | None = None
    run_name: str | None = None
    run_uuid: str | None = None
    user_verified: bool = False
    lost: bool = False

    def __post_init__(self) -> None:
        self.run_uuid = self.run_id


class RunData(Struct, omit_defaults=True, dict=True):
    """What a run logged: its latest metrics, its params and its tags.

    Attributes:
        metric_list: The latest point of each metric: greatest step, then timestamp, then value.
        param_list: The params.
        tag_list: The tags.

    """

    metric_list: list[Metric] = field(default_factory=list, name="metrics")
    param_list: list[Param] = field(default_factory=list, name="params")
    tag_list: list[RunTag] = field(default_factory=list, name="tags")

    @cached_property
    def metrics(self) -> dict[str, float]:
        """The latest value of each metric."""
        return {metric.key: metric.value for metric in self.metric_list}

    @cached_property
    def params(self) -> dict[str, str]:
        """The params, key to value."""
        return {param.key: param.value for param in self.param_list}

    @cached_property
    def tags(self) -> dict[str, str]:
        """The tags, key to value."""
        return {tag.key: tag.value for tag in self.tag_list}


class RunInputs(Struct, omit_defaults=True):
    """What went into a run."""

    dataset_inputs: list[DatasetInput] = []
    model_inputs: list[LoggedModelInput] = []


class RunOutputs(Struct, omit_defaults=True):
    """What came out of a run."""

    model_outputs: list[LoggedModelOutput] = []


class Run(Struct, omit_defaults=True, dict=True):
    """A run whole. Its inputs and outputs travel even when they are empty, as in MLflow.

    Only the answer to its creation, and any answer of MLflow 2, has no outputs.
    """

    info: RunInfo
    data: RunData = field(default_factory=RunData)
    inputs: RunInputs = field(default_factory=RunInputs)
    outputs: RunOutputs | None = None

    def _repr_html_(self) -> str | None:
        return card_of(self)
