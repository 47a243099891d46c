"""Pandas frames as data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.data.column_profile import profile_pandas
from headrace.data.dataset_source_registry import source_or_code
from headrace.data.digests import pandas_digest
from headrace.data.frame_dataset import FrameDataset
from headrace.data.table_dataset import check_frame
from headrace.types import Schema
from headrace.types.inference import pandas_schema

if TYPE_CHECKING:
    import os

    import pandas as pd

    from headrace.data.dataset_source import DatasetSource


class PandasDataset(FrameDataset["pd.DataFrame"]):
    """A pandas frame."""

    def _column_names(self) -> list[Any]:
        return list(self._df.columns)

    def _compute_digest(self) -> str:
        return pandas_digest(self._df)

    def _infer_schema(self) -> Schema:
        return pandas_schema(self._df)

    def _shape(self) -> tuple[int, int]:
        rows, columns = self._df.shape
        return rows, columns

    def _column_facts(self) -> list[dict[str, Any]]:
        return profile_pandas(self._df)


def from_pandas(
    df: pd.DataFrame,
    source: str | os.PathLike[str] | DatasetSource | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
    *,
    profile_columns: bool = False,
) -> PandasDataset:
    """Return a pandas frame as a data set.

    Args:
        df: The frame.
        source: Where it came from: a path, a URI, an address or a `DatasetSource`; this program
            if not given.
        targets: The column that a model is to predict.
        name: Its name; ``dataset`` if not given.
        digest: Its digest; computed from the frame if not given.
        predictions: The column with what a model predicted.
        profile_columns: Whether the profile tells of each column how many values it has and lacks,
            the least, the greatest, the mean, and how many different ones.

    Raises:
        InvalidParameterValue: If it is no frame, or a column is not in it.
        ResourceDoesNotExist: If the source is of no known kind.
        MissingLibrary: If pandas is not installed.

    """
    check_frame(df, "pandas", "from_pandas")
    return PandasDataset(
        df,
        source_or_code(source),
        targets,
        name,
        digest,
        predictions,
        profile_columns=profile_columns,
    )
