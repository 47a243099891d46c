"""What can be learned of a Delta table: whether it is one, and its latest version."""

from __future__ import annotations

import logging
import os
import re

from headrace.data.spark_session import quoted, reading, spark_session
from headrace.errors import ResourceDoesNotExist

_logger = logging.getLogger(__name__)

_LOG = "_delta_log"
_COMMIT = re.compile(r"(\d{20})\.(?:json|checkpoint\..*parquet)")


def is_delta_path(path: str) -> bool:
    """Return whether a local path, or one of ``dbfs:`` as it is mounted, holds a Delta table."""
    return os.path.isdir(os.path.join(_local(path), _LOG))


def is_delta_table(table_name: str) -> bool:
    """Return whether Spark's catalog knows a Delta table of a name."""
    spark = spark_session("Looking for a table")
    try:
        with reading(f"The table {table_name!r}"):
            detail = spark.sql(f"DESCRIBE DETAIL {quoted(table_name)}")
            return bool(detail.filter("format = 'delta'").count())
    except ResourceDoesNotExist as error:
        _logger.debug("%s", error)
        return False


def latest_version(path: str | None, table_name: str | None) -> int | None:
    """Return the latest version of a Delta table; None if it cannot be told.

    That of a local table is the number of the last commit in its log, without Delta Lake.
    """
    if path is not None and is_delta_path(path):
        names = os.listdir(os.path.join(_local(path), _LOG))
        return max(
            (int(found[1]) for found in map(_COMMIT.fullmatch, names) if found), default=None
        )
    place = f"delta.{quoted_path(path)}" if path is not None else quoted(table_name or "")
    spark = spark_session("The version of a Delta table")
    try:
        with reading(f"The history of {place}"):
            row = spark.sql(f"DESCRIBE HISTORY {place} LIMIT 1").head()
    except ResourceDoesNotExist as error:
        _logger.warning("The version of the Delta table is not recorded. %s", error)
        return None
    return None if row is None else int(row["version"])


def quoted_path(path: str) -> str:
    """Return a path as SQL takes it in the place of a table."""
    return "`" + path.replace("`", "``") + "`"


def _local(path: str) -> str:
    """Return a path as this machine's file system knows it."""
    if path.startswith("dbfs:/"):
        return "/dbfs/" + path.removeprefix("dbfs:/").lstrip("/")
    return path
