"""The source of data that a program made: the program."""

from __future__ import annotations

from typing import Any

from headrace.client.context import resolve_tags
from headrace.data.dataset_source import DatasetSource
from headrace.errors import NotSupported


class CodeDatasetSource(DatasetSource):
    """The script or notebook that made a data set.

    Attributes:
        tags: What is known of it, as the context tags of a run: user, entry script, git commit.

    """

    def __init__(self, tags: dict[str, str]) -> None:
        self.tags = tags

    @classmethod
    def here(cls) -> CodeDatasetSource:
        """Return the program that runs now."""
        return cls(resolve_tags())

    @staticmethod
    def _get_source_type() -> str:
        return "code"

    def load(self) -> Any:
        """Refuse: to have the data again, the program must be run again.

        Raises:
            NotSupported: Always.

        """
        name = self.tags.get("mlflow.source.name", "a program")
        raise NotSupported(f"The data set was made by {name}; run it to make the data again.")

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return False

    @classmethod
    def _resolve(cls, raw_source: Any) -> DatasetSource:
        raise NotSupported(f"No program can be told from {raw_source!r}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the tags."""
        return {"tags": self.tags}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> CodeDatasetSource:
        """Return the source with the tags of a dictionary."""
        return cls(source_dict.get("tags") or {})
