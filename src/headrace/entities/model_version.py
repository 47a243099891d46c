"""A version of a registered model."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field

from headrace.entities.card import card_of
from headrace.errors import InvalidParameterValue


class ModelVersionStatus(StrEnum):
    """Whether a version's files are complete; a store of ours makes versions READY at once."""

    PENDING_REGISTRATION = "PENDING_REGISTRATION"
    FAILED_REGISTRATION = "FAILED_REGISTRATION"
    READY = "READY"


class ModelStage(StrEnum):
    """Where in its life a version is, in MLflow's words."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"

    @property
    def is_active(self) -> bool:
        """Whether versions of this stage are in use, so that a newer one may archive them."""
        return self in (ModelStage.STAGING, ModelStage.PRODUCTION)

    @classmethod
    def of(cls, value: str) -> ModelStage:
        """Return the stage of a name in any case."""
        for stage in cls:
            if stage.value.lower() == value.lower():
                return stage
        allowed = ", ".join(stage.value for stage in cls)
        raise InvalidParameterValue(
            f"Invalid Model Version stage: {value}. Value must be one of {allowed}."
        )


class ModelVersionTag(Struct):
    """A tag of a version."""

    key: str
    value: str = ""


class ModelVersion(Struct, omit_defaults=True, dict=True):
    """One version of a registered model, with MLflow's names.

    Attributes:
        name: Name of the registered model.
        version: Decimal number as text, counted from ``"1"``.
        creation_timestamp: Milliseconds since the epoch.
        last_updated_timestamp: Milliseconds since the epoch.
        user_id: Who registered it; empty if nobody said.
        current_stage: A `ModelStage`.
        description: The user's words about it.
        source: Where its files came from, as the caller said: a location or a ``models:/`` URI.
        run_id: The run that it came from.
        status: A `ModelVersionStatus`.
        status_message: Why the status is what it is.
        tag_list: The tags as they travel; `tags` gives them as a dictionary.
        run_link: An address of the run for people, on another server.
        aliases: The aliases that name this version.
        model_id: The logged model that it came from.
        user_verified: Whether a server had checked credentials for `user_id`; Headrace's own.
        artifact_uri: Where its files lie, if `source` does not say so; Headrace's own.
        content_state: A `headrace.entities.ContentState`; None if the store records no contents.
            Headrace's own.
        content_digest: BLAKE3 over all of its files, once they are recorded; Headrace's own.

    """

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int | None = None
    user_id: str | None = None
    current_stage: str | None = None
    description: str | None = None
    source: str | None = None
    run_id: str | None = None
    status: str = ""
    status_message: str | None = None
    tag_list: list[ModelVersionTag] = field(default_factory=list, name="tags")
    run_link: str | None = None
    aliases: list[str] = []
    model_id: str | None = None
    user_verified: bool = False
    artifact_uri: str | None = None
    content_state: str | None = None
    content_digest: str | None = None

    @property
    def tags(self) -> dict[str, str]:
        """The tags, key to value."""
        return {tag.key: tag.value for tag in self.tag_list}

    def _repr_html_(self) -> str | None:
        return card_of(self)
