"""Spark as the sources of data sets use it: its session, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from headrace.errors import ResourceDoesNotExist
from headrace.optional import need


def spark_session(purpose: str) -> Any:
    """Return the session of Spark that there is, or a new one.

    Args:
        purpose: What needs it, as the beginning of a sentence.

    Raises:
        MissingLibrary: If ``pyspark`` is not installed.

    """
    return need("pyspark.sql", purpose).SparkSession.builder.getOrCreate()


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn an error of Spark inside into one that says what could not be read.

    Raises:
        ResourceDoesNotExist: With the first line of what Spark said.

    """
    errors = need("pyspark.errors", "Reading data of Spark")
    protocol = need("py4j.protocol", "Reading data of Spark")
    try:
        yield
    except errors.PySparkException as error:
        raise ResourceDoesNotExist(f"{what} cannot be read by Spark: {_reason(error)}") from error
    except protocol.Py4JJavaError as error:
        reason = _reason(error.java_exception.getMessage())
        raise ResourceDoesNotExist(f"{what} cannot be read by Spark: {reason}") from error


def quoted(table_name: str) -> str:
    """Return the name of a table as SQL takes it, each part in backticks."""
    parts = [part.strip("`").replace("`", "``") for part in table_name.split(".")]
    return ".".join(f"`{part}`" for part in parts)


def _reason(said: object) -> str:
    """Return the first line of what Spark said."""
    return next(iter(str(said).strip().splitlines()), "it says no reason")
