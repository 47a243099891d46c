"""What data sets of pandas and of polars have in common: a table that is in memory."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from headrace.data.dataset_source import DatasetSource
from headrace.data.table_dataset import Frame, TableDataset


class FrameDataset(TableDataset[Frame]):
    """A table in memory."""

    def __init__(
        self,
        df: Frame,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
        predictions: str | None = None,
        *,
        profile_columns: bool = False,
    ) -> None:
        """Take a table; see `TableDataset`.

        Args:
            df: The table.
            source: Where it came from.
            targets: The column that a model is to predict.
            name: Its name; ``dataset`` if not given.
            digest: Its digest; computed if not given.
            predictions: The column with what a model predicted.
            profile_columns: Whether the profile tells of each column, too.

        """
        self._profile_columns = profile_columns
        super().__init__(df, source, targets, name, digest, predictions)

    @abstractmethod
    def _shape(self) -> tuple[int, int]:
        """Return the number of rows and of columns."""

    @abstractmethod
    def _column_facts(self) -> list[dict[str, Any]]:
        """Return what is known of each column."""

    @property
    def profile(self) -> dict[str, Any]:
        """The number of rows and of cells; of each column what it holds, if asked for."""
        rows, columns = self._shape()
        profile: dict[str, Any] = {"num_rows": rows, "num_elements": rows * columns}
        if self._profile_columns:
            profile["columns"] = self._column_facts()
        return profile
