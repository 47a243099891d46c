"""Frames of Spark as data sets."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from headrace.data.dataset_source_registry import source_or_code
from headrace.data.delta_dataset_source import DeltaDatasetSource
from headrace.data.delta_tables import is_delta_path, is_delta_table, latest_version
from headrace.data.digests import short_md5
from headrace.data.spark_dataset_source import SparkDatasetSource
from headrace.data.spark_session import spark_errors
from headrace.data.table_dataset import TableDataset, check_frame
from headrace.errors import InvalidParameterValue
from headrace.types import Schema
from headrace.types.spark_inference import spark_schema

if TYPE_CHECKING:
    import pyspark.sql

    from headrace.data.dataset_source import DatasetSource

_logger = logging.getLogger(__name__)

_COUNT_MILLISECONDS = 5000
_COUNT_CONFIDENCE = 0.9


class SparkDataset(TableDataset["pyspark.sql.DataFrame"]):
    """A frame of Spark; its rows are not read, but counted."""

    def _column_names(self) -> list[Any]:
        return list(self._df.columns)

    def _compute_digest(self) -> str:
        """Return a digest of what is to be computed, not of what comes out."""
        return short_md5([self._df.semanticHash().to_bytes(8, sys.byteorder, signed=True)])

    def _infer_schema(self) -> Schema:
        return spark_schema(self._df)

    @property
    def profile(self) -> dict[str, int | str] | None:
        """About how many rows there are, as five seconds of counting tell; ``unknown`` if none do.

        None where Spark cannot say, as behind Spark Connect.
        """
        try:
            # Counted by Java: rows need not travel to Python for that.
            rows = self._df._jdf.queryExecution().toRdd()
            count = rows.countApprox(_COUNT_MILLISECONDS, _COUNT_CONFIDENCE).initialValue().mean()
        except spark_errors() as error:
            _logger.warning("The rows of the data set %r cannot be counted: %s", self.name, error)
            return None
        return {"approx_count": int(count) if count > 0 else "unknown"}


def from_spark(
    df: pyspark.sql.DataFrame,
    path: str | os.PathLike[str] | None = None,
    table_name: str | None = None,
    version: str | int | None = None,
    sql: str | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> SparkDataset:
    """Return a frame of Spark as a data set.

    Without path, table and query the source is this program.

    Args:
        df: The frame.
        path: Of the Parquet files or the Delta table that it came from.
        table_name: Of the table that it came from.
        version: Of the Delta table that it came from; the latest if not given.
        sql: The query that it came from.
        targets: The column that a model is to predict.
        name: The data set's name; ``dataset`` if not given.
        digest: Its digest; that of the frame's logical plan if not given.
        predictions: The column with what a model predicted.

    Raises:
        InvalidParameterValue: If it is no frame of Spark, a column is not in it, several sources
            are given, or a version of what is no Delta table.
        MissingLibrary: If ``pyspark`` is not installed.

    """
    _check_frame(df)
    place = None if path is None else os.fspath(path)
    source = _source(place, table_name, sql, version)
    return SparkDataset(df, source_or_code(source), targets, name, digest, predictions)


def load_delta(
    path: str | os.PathLike[str] | None = None,
    table_name: str | None = None,
    version: str | int | None = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> SparkDataset:
    """Return a Delta table as a data set; Spark must have Delta Lake.

    Args:
        path: Its folder; exactly one of this and `table_name` is given.
        table_name: Its name.
        version: Its version; the latest if not given.
        targets: The column that a model is to predict.
        name: The data set's name; the table's name and version, if it has a name, if not given.
        digest: Its digest; that of the frame's logical plan if not given.

    Raises:
        InvalidParameterValue: If not exactly one of path and name is given.
        ResourceDoesNotExist: If the table cannot be read.
        MissingLibrary: If ``pyspark`` is not installed.

    """
    if (path is None) == (table_name is None):
        raise InvalidParameterValue("Must specify exactly one of `table_name` or `path`.")
    place = None if path is None else os.fspath(path)
    if version is None:
        version = latest_version(place, table_name)
    if name is None and table_name is not None:
        name = table_name if version is None else f"{table_name}@v{version}"
    source = DeltaDatasetSource(place, table_name, version)
    return SparkDataset(source.load(), source, targets, name, digest)


def _source(
    path: str | None, table_name: str | None, sql: str | None, version: str | int | None
) -> DatasetSource | None:
    if sum(given is not None for given in (path, table_name, sql)) > 1:
        raise InvalidParameterValue("Must specify at most one of `path`, `table_name`, or `sql`.")
    if sql is not None and version is not None:
        raise InvalidParameterValue(
            "`version` may not be specified when `sql` is specified: only `path` and `table_name` "
            "can lead to a Delta table."
        )
    if path is None and table_name is None:
        return None if sql is None else SparkDatasetSource(sql=sql)
    is_delta = is_delta_path(path) if path is not None else is_delta_table(table_name or "")
    if is_delta:
        number = latest_version(path, table_name) if version is None else version
        return DeltaDatasetSource(path, table_name, number)
    if version is not None:
        raise InvalidParameterValue(
            f"Version {version!r} was specified, but {path or table_name!r} is no Delta table."
        )
    return SparkDatasetSource(path, table_name)


def _check_frame(df: object) -> None:
    # Up to Spark 3, a frame of Spark Connect is of a class of its own.
    if type(df).__module__ != "pyspark.sql.connect.dataframe":
        check_frame(df, "pyspark.sql", "from_spark")
