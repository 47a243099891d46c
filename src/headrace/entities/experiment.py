"""An experiment and its tags."""

from __future__ import annotations

from msgspec import Struct, field

from headrace.entities.card import card_of


class ExperimentTag(Struct):
    """A tag of an experiment: a key and a text."""

    key: str
    value: str = ""


class Experiment(Struct, omit_defaults=True, dict=True):
    """A named set of runs.

    Attributes:
        experiment_id: Decimal number as text; ``"0"`` is the experiment ``Default``.
        name: Unique name among the experiments of a store.
        artifact_location: URI below which the runs' artifacts live.
        lifecycle_stage: ``active`` or ``deleted``.
        tag_list: The tags as they travel; `tags` gives them as a dictionary.
        creation_time: Milliseconds since the epoch.
        last_update_time: Milliseconds since the epoch.

    """

    experiment_id: str
    name: str
    artifact_location: str | None = None
    lifecycle_stage: str | None = None
    tag_list: list[ExperimentTag] = field(default_factory=list, name="tags")
    creation_time: int | None = None
    last_update_time: int | None = None

    @property
    def tags(self) -> dict[str, str]:
        """The tags, key to value."""
        return {tag.key: tag.value for tag in self.tag_list}

    def _repr_html_(self) -> str | None:
        return card_of(self)
