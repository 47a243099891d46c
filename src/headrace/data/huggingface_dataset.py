"""Data sets of Hugging Face."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from headrace.data.dataset_source_registry import source_or_code
from headrace.data.digests import MAX_ROWS, pandas_digest
from headrace.data.huggingface_dataset_source import HuggingFaceDatasetSource
from headrace.data.table_dataset import TableDataset
from headrace.errors import InvalidParameterValue
from headrace.optional import need
from headrace.types import Schema
from headrace.types.inference import pandas_schema

if TYPE_CHECKING:
    import os

    import datasets
    import pandas as pd

    from headrace.data.dataset_source import DatasetSource
    from headrace.data.huggingface_dataset_source import DataFiles

_logger = logging.getLogger(__name__)


class HuggingFaceDataset(TableDataset["datasets.Dataset"]):
    """One split of a Hugging Face data set."""

    def __init__(
        self,
        ds: datasets.Dataset,
        source: DatasetSource,
        targets: str | None = None,
        name: str | None = None,
        digest: str | None = None,
    ) -> None:
        """Take a data set; see `from_huggingface`."""
        super().__init__(ds, source, targets, name, digest)

    @property
    def ds(self) -> datasets.Dataset:
        """The data set."""
        return self._df

    def _column_names(self) -> list[Any]:
        return list(self._df.column_names)

    def _compute_digest(self) -> str:
        return pandas_digest(self._head())

    def _infer_schema(self) -> Schema:
        return pandas_schema(self._head())

    def _head(self) -> pd.DataFrame:
        """Return the first rows; the others are not read."""
        batches: Iterator[pd.DataFrame] = self._df.to_pandas(batch_size=MAX_ROWS, batched=True)
        for batch in batches:
            return batch
        return self._df.to_pandas()  # there are no rows, but columns

    @property
    def profile(self) -> dict[str, int | None]:
        """Rows, bytes in memory, and bytes with what was downloaded; None where not known."""
        return {
            "num_rows": self._df.num_rows,
            "dataset_size": self._df.dataset_size,
            "size_in_bytes": self._df.size_in_bytes,
        }


def from_huggingface(
    ds: datasets.Dataset,
    path: str | None = None,
    targets: str | None = None,
    data_dir: str | None = None,
    data_files: DataFiles | None = None,
    revision: str | datasets.Version | None = None,
    name: str | None = None,
    digest: str | None = None,
    trust_remote_code: bool | None = None,
    source: str | os.PathLike[str] | DatasetSource | None = None,
) -> HuggingFaceDataset:
    """Return one split of a Hugging Face data set as a data set.

    Args:
        ds: The split. The digest is that of its first 10,000 rows.
        path: What ``load_dataset`` was given to load it: a name on the hub, or a kind of files.
            `source` comes before it; without both, the source is this program.
        targets: The column that a model is to predict.
        data_dir: What ``load_dataset`` was given.
        data_files: What ``load_dataset`` was given.
        revision: What ``load_dataset`` was given.
        name: The data set's name; ``dataset`` if not given.
        digest: Its digest; computed if not given.
        trust_remote_code: Whether loading it again may run code of the hub.
        source: Where it came from: a path, a URI, an address or a `DatasetSource`.

    Raises:
        InvalidParameterValue: If it is no ``datasets.Dataset``, or a column is not in it.
        ResourceDoesNotExist: If the source is of no known kind.
        MissingLibrary: If ``datasets`` is not installed.

    """
    _check_split(ds)
    if source is not None and path is not None:
        _logger.warning("The source is %r; the path %r is not recorded.", source, path)
    if source is None and path is not None:
        source = HuggingFaceDatasetSource(
            path, ds.config_name, data_dir, data_files, ds.split, revision, trust_remote_code
        )
    return HuggingFaceDataset(ds, source_or_code(source), targets, name, digest)


def _check_split(ds: object) -> None:
    library = need("datasets", "from_huggingface")
    if isinstance(ds, library.Dataset):
        return
    advice = ""
    if isinstance(ds, library.DatasetDict):
        advice = f" Give one of its splits, such as ds[{next(iter(ds), 'train')!r}]."
    elif isinstance(ds, library.IterableDataset):
        advice = " Give rows of it: datasets.Dataset.from_list(list(ds.take(10_000)))."
    raise InvalidParameterValue(
        f"The specified Hugging Face dataset must be an instance of `datasets.Dataset`, "
        f"not {type(ds).__name__}.{advice}"
    )
