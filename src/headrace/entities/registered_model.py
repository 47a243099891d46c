"""A registered model: a name, and the versions that carry it."""

from __future__ import annotations

from msgspec import Struct, field

from headrace.entities.model_version import ModelVersion


class RegisteredModelTag(Struct):
    """A tag of a registered model."""

    key: str
    value: str = ""


class RegisteredModelAlias(Struct):
    """A name of the user's for one version."""

    alias: str
    version: str


class RegisteredModel(Struct, omit_defaults=True):
    """A registered model, with MLflow's names.

    Attributes:
        name: Unique name among the registered models of a store.
        creation_timestamp: Milliseconds since the epoch.
        last_updated_timestamp: Milliseconds since the epoch; a new version moves it too.
        user_id: Who registered it; empty if nobody said.
        description: The user's words about it.
        latest_versions: The newest version of each stage that has one.
        tag_list: The tags as they travel; `tags` gives them as a dictionary.
        alias_list: The aliases as they travel; `aliases` gives them as a dictionary.
        user_verified: Whether a server had checked credentials for `user_id`; Headrace's own.

    """

    name: str
    creation_timestamp: int
    last_updated_timestamp: int | None = None
    user_id: str | None = None
    description: str | None = None
    latest_versions: list[ModelVersion] = []
    tag_list: list[RegisteredModelTag] = field(default_factory=list, name="tags")
    alias_list: list[RegisteredModelAlias] = field(default_factory=list, name="aliases")
    user_verified: bool = False

    @property
    def tags(self) -> dict[str, str]:
        """The tags, key to value."""
        return {tag.key: tag.value for tag in self.tag_list}

    @property
    def aliases(self) -> dict[str, str]:
        """The aliases, each with the version that it names."""
        return {alias.alias: alias.version for alias in self.alias_list}
