"""A data set, and its use as the input of a run."""

from __future__ import annotations

from msgspec import Struct


class Dataset(Struct, omit_defaults=True):
    """A data set as a run records it: what it was, not its rows.

    Attributes:
        name: Name, at most 500 characters.
        digest: Short hash of the content.
        source_type: Kind of the source, for example ``local`` or ``code``.
        source: JSON text that says where the data came from.
        schema: JSON text of the columns, if known.
        profile: JSON text of summary statistics, if known.

    """

    name: str
    digest: str
    source_type: str | None = None
    source: str | None = None
    schema: str | None = None
    profile: str | None = None


class InputTag(Struct, gc=False):
    """A tag of an input, for example ``mlflow.data.context``."""

    key: str
    value: str = ""


class DatasetInput(Struct, omit_defaults=True):
    """A data set together with the tags that say what a run used it for."""

    dataset: Dataset
    tags: list[InputTag] = []
