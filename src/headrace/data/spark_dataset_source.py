"""Parquet files, a table or a query of Spark as the source of a data set."""

from __future__ import annotations

from typing import Any

from headrace.data.dataset_source import DatasetSource
from headrace.data.spark_session import reading, spark_session
from headrace.errors import InvalidParameterValue, NotSupported


class SparkDatasetSource(DatasetSource):
    """What Spark can read again: exactly one of a path, a table and a query."""

    def __init__(
        self, path: str | None = None, table_name: str | None = None, sql: str | None = None
    ) -> None:
        """Take one of the three.

        Args:
            path: Of Parquet files.
            table_name: Of a table that Spark's catalog knows.
            sql: A query.

        Raises:
            InvalidParameterValue: If not exactly one is given.

        """
        given = {"path": path, "table_name": table_name, "sql": sql}
        self._given = {name: value for name, value in given.items() if value is not None}
        if len(self._given) != 1:
            raise InvalidParameterValue(
                'Must specify exactly one of "path", "table_name", or "sql", not '
                f"{', '.join(self._given) or 'none of them'}."
            )

    @staticmethod
    def _get_source_type() -> str:
        return "spark"

    def load(self) -> Any:
        """Return a frame of Spark, in the session that there is or a new one.

        Raises:
            ResourceDoesNotExist: If there is no such path or table, or the query fails.
            MissingLibrary: If ``pyspark`` is not installed.

        """
        ((kind, value),) = self._given.items()
        spark = spark_session(f"Loading a data set by its {kind}")
        with reading(f"The {kind} {value!r}"):
            if kind == "path":
                return spark.read.parquet(value)
            if kind == "table_name":
                return spark.read.table(value)
            return spark.sql(value)

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return False

    @classmethod
    def _resolve(cls, raw_source: Any) -> DatasetSource:
        raise NotSupported(f"Write SparkDatasetSource(path=...) for {raw_source!r}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the path, the table or the query."""
        return dict(self._given)

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> SparkDatasetSource:
        """Return the source with the path, the table or the query of a dictionary."""
        return cls(source_dict.get("path"), source_dict.get("table_name"), source_dict.get("sql"))
