"""Spark as the sources of data sets use it: its session, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
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
    try:
        yield
    except spark_errors() as error:
        raise ResourceDoesNotExist(f"{what} cannot be read by Spark: {_reason(error)}") from error


def spark_errors() -> tuple[type[Exception], ...]:
    """Return what Spark raises; that of Java's side is not there behind Spark Connect."""
    errors = [need("pyspark.errors", "Spark").PySparkException]
    if find_spec("py4j"):
        errors.append(need("py4j.protocol", "Spark").Py4JJavaError)
    return tuple(errors)


def quoted(table_name: str) -> str:
    """Return the name of a table as SQL takes it, each part in backticks."""
    parts = [part.strip("`").replace("`", "``") for part in table_name.split(".")]
    return ".".join(f"`{part}`" for part in parts)


def _reason(error: Exception) -> str:
    """Return the first line of what Spark said."""
    java = getattr(error, "java_exception", None)
    said = str(error if java is None else java.getMessage())
    return next(iter(said.strip().splitlines()), type(error).__name__)
