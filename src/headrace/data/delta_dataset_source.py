"""A Delta table as the source of a data set."""

from __future__ import annotations

import sys
from typing import Any

from headrace.data.dataset_source import DatasetSource
from headrace.data.spark_session import quoted, reading, spark_session
from headrace.errors import InvalidParameterValue, NotSupported

_LOCAL_CATALOGS = ("hive_metastore", "spark_catalog")
_SHARED_CATALOG = "samples"  # of Databricks: neither local nor Unity Catalog


class DeltaDatasetSource(DatasetSource):
    """A Delta table by its path or its name, and which version of it."""

    def __init__(
        self,
        path: str | None = None,
        delta_table_name: str | None = None,
        delta_table_version: int | str | None = None,
        delta_table_id: str | None = None,
    ) -> None:
        """Take a path or a name.

        Args:
            path: Folder of the table.
            delta_table_name: Its name. Catalog and schema are those of the Spark session in use,
                where the name has none and the catalog is not Spark's own.
            delta_table_version: Its version; the latest if None.
            delta_table_id: Its id in Unity Catalog. It is not looked up there.

        Raises:
            InvalidParameterValue: If not exactly one of path and name is given.

        """
        if (path is None) == (delta_table_name is None):
            raise InvalidParameterValue('Must specify exactly one of "path" or "table_name".')
        self._path = path
        self._delta_table_name = None if delta_table_name is None else _full_name(delta_table_name)
        self._delta_table_version = delta_table_version
        self._delta_table_id = delta_table_id

    @property
    def path(self) -> str | None:
        """The folder of the table."""
        return self._path

    @property
    def delta_table_name(self) -> str | None:
        """The name of the table."""
        return self._delta_table_name

    @property
    def delta_table_version(self) -> int | str | None:
        """The version of the table."""
        return self._delta_table_version

    @property
    def delta_table_id(self) -> str | None:
        """The id of the table in Unity Catalog."""
        return self._delta_table_id

    @staticmethod
    def _get_source_type() -> str:
        return "delta_table"

    def load(self) -> Any:
        """Return a frame of Spark, whose session must have Delta Lake.

        Raises:
            ResourceDoesNotExist: If there is no such table or version, or Spark has no Delta Lake.
            MissingLibrary: If ``pyspark`` is not installed.

        """
        spark = spark_session("Loading a Delta table")
        with reading(
            f"The Delta table {self._path or self._delta_table_name!r} (Delta Lake is needed)"
        ):
            reader = spark.read.format("delta")
            if self._delta_table_version is not None:
                reader = reader.option("versionAsOf", self._delta_table_version)
            if self._path is not None:
                return reader.load(self._path)
            return reader.table(quoted(self._delta_table_name or ""))

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return False

    @classmethod
    def _resolve(cls, raw_source: Any) -> DatasetSource:
        raise NotSupported(f"Write DeltaDatasetSource(path=...) for {raw_source!r}.")

    def _is_databricks_uc_table(self) -> bool:
        catalog = (self._delta_table_name or "").partition(".")[0]
        return bool(catalog) and catalog not in (*_LOCAL_CATALOGS, _SHARED_CATALOG)

    def to_dict(self) -> dict[str, Any]:
        """Return path or name, version and id."""
        facts: dict[str, Any] = {
            "path": self._path,
            "delta_table_name": self._delta_table_name,
            "delta_table_version": self._delta_table_version,
        }
        facts = {name: value for name, value in facts.items() if value is not None}
        if self._is_databricks_uc_table():
            facts["is_databricks_uc_table"] = True
            facts["delta_table_id"] = self._delta_table_id
        return facts

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> DeltaDatasetSource:
        """Return the source with the path or name of a dictionary."""
        names = ("path", "delta_table_name", "delta_table_version", "delta_table_id")
        return cls(**{name: source_dict.get(name) for name in names})


def _full_name(table_name: str) -> str:
    """Return a name with the catalog and schema of the session in use, as far as they count."""
    sql = sys.modules.get("pyspark.sql")  # without it there is no session
    spark = None if sql is None else sql.SparkSession.getActiveSession()
    levels = table_name.count(".") + 1
    if levels >= 3 or spark is None:
        return table_name
    catalog = spark.catalog.currentCatalog()
    if catalog in _LOCAL_CATALOGS:
        return table_name
    if levels == 2:
        return f"{catalog}.{table_name}"
    return f"{catalog}.{spark.catalog.currentDatabase()}.{table_name}"
