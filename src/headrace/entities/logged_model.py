"""A logged model: a model as a thing of its own, with params, tags and metrics."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field

from headrace.entities.metric import Metric
from headrace.errors import InvalidParameterValue


class LoggedModelStatus(StrEnum):
    """Whether a logged model's files are complete."""

    UNSPECIFIED = "UNSPECIFIED"
    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"

    @property
    def wire_name(self) -> str:
        """The name that travels, for example ``LOGGED_MODEL_READY``."""
        return _WIRE_NAMES[self]

    @classmethod
    def of(cls, value: str | int) -> LoggedModelStatus:
        """Return the status of a short name, a wire name or MLflow's number (0 to 3)."""
        if isinstance(value, int) or value.isdigit():
            number = int(value)
            if 0 <= number < len(cls):
                return list(cls)[number]
        for status, wire_name in _WIRE_NAMES.items():
            if value in (status.value, wire_name):
                return status
        allowed = ", ".join(cls.__members__)
        raise InvalidParameterValue(
            f"Unknown logged model status {value!r}: it must be one of {allowed}."
        )


_WIRE_NAMES = {
    LoggedModelStatus.UNSPECIFIED: "LOGGED_MODEL_STATUS_UNSPECIFIED",
    LoggedModelStatus.PENDING: "LOGGED_MODEL_PENDING",
    LoggedModelStatus.READY: "LOGGED_MODEL_READY",
    LoggedModelStatus.FAILED: "LOGGED_MODEL_UPLOAD_FAILED",
}


class LoggedModelParameter(Struct):
    """A parameter of a logged model."""

    key: str
    value: str = ""


class LoggedModelTag(Struct):
    """A tag of a logged model."""

    key: str
    value: str = ""


class LoggedModelInput(Struct):
    """A logged model that a run read."""

    model_id: str


class LoggedModelOutput(Struct):
    """A logged model that a run produced, at a step."""

    model_id: str
    step: int = 0


class Registration(Struct):
    """A version of a registered model that was made from a logged model."""

    name: str
    version: str


class LoggedModelInfo(Struct, omit_defaults=True):
    """What a logged model is; the fields as they travel. `LoggedModel` gives MLflow's names."""

    model_id: str
    experiment_id: str
    name: str | None = None
    creation_timestamp_ms: int | None = None
    last_updated_timestamp_ms: int | None = None
    artifact_uri: str | None = None
    status: str | None = None
    creator_id: int | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    status_message: str | None = None
    tags: list[LoggedModelTag] = []
    registrations: list[Registration] = []


class LoggedModelData(Struct, omit_defaults=True):
    """What was logged about a model."""

    params: list[LoggedModelParameter] = []
    metrics: list[Metric] = []


class LoggedModel(Struct, dict=True):
    """A logged model whole, with the flat attributes of `mlflow.entities.LoggedModel`."""

    info: LoggedModelInfo
    data: LoggedModelData = field(default_factory=LoggedModelData)

    @property
    def model_id(self) -> str:
        """``m-`` and 32 hexadecimal digits."""
        return self.info.model_id

    @property
    def experiment_id(self) -> str:
        """The experiment that holds the model."""
        return self.info.experiment_id

    @property
    def name(self) -> str | None:
        """The model's name; not unique."""
        return self.info.name

    @property
    def artifact_location(self) -> str | None:
        """Where the model's files live."""
        return self.info.artifact_uri

    @property
    def creation_timestamp(self) -> int | None:
        """Milliseconds since the epoch."""
        return self.info.creation_timestamp_ms

    @property
    def last_updated_timestamp(self) -> int | None:
        """Milliseconds since the epoch."""
        return self.info.last_updated_timestamp_ms

    @property
    def model_type(self) -> str | None:
        """Kind of the model in the user's words, for example ``Agent``."""
        return self.info.model_type

    @property
    def source_run_id(self) -> str | None:
        """The run that made the model; None if no run did."""
        return self.info.source_run_id or None

    @property
    def status(self) -> LoggedModelStatus:
        """Whether the files are complete."""
        return LoggedModelStatus.of(self.info.status or 0)

    @property
    def status_message(self) -> str | None:
        """Why the model failed, if it did."""
        return self.info.status_message

    @property
    def model_uri(self) -> str:
        """``models:/`` and the model's id."""
        return f"models:/{self.info.model_id}"

    @cached_property
    def tags(self) -> dict[str, str]:
        """The tags, key to value."""
        return {tag.key: tag.value for tag in self.info.tags}

    @cached_property
    def params(self) -> dict[str, str]:
        """The params, key to value."""
        return {param.key: param.value for param in self.data.params}

    @property
    def metrics(self) -> list[Metric]:
        """Every point that names the model."""
        return self.data.metrics
