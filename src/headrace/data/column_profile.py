"""What the columns of a table hold, in a few numbers: the profile that is there if asked for."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from headrace.optional import need

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


def profile_pandas(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for each column its name, type, and what is known of its values."""
    columns = (frame.iloc[:, place] for place in range(frame.shape[1]))
    return [_pandas_column(column) for column in columns]


def profile_polars(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return for each column its name, type, and what is known of its values."""
    return [_polars_column(column) for column in frame.get_columns()]


def _pandas_column(column: pd.Series[Any]) -> dict[str, Any]:
    values = column.dropna()
    facts = _facts(str(column.name), column, values)
    if column.dtype.kind in "iufMm":
        facts |= _extremes(values, has_mean=column.dtype.kind in "iuf")
    with suppress(TypeError):  # lists and the like cannot be told apart by a hash
        facts["distinct"] = int(values.nunique())
    return facts


def _polars_column(column: pl.Series) -> dict[str, Any]:
    values = column.drop_nulls()
    if column.dtype.is_float():
        values = values.drop_nans()
    facts = _facts(column.name, column, values)
    if column.dtype.is_numeric() or column.dtype.is_temporal():
        facts |= _extremes(values, has_mean=column.dtype.is_numeric())
    with suppress(need("polars", "A profile").exceptions.InvalidOperationError):  # objects
        facts["distinct"] = int(values.n_unique())
    return facts


def _facts(name: str, column: Any, values: Any) -> dict[str, Any]:
    """Return what there is to say of any column, of which `values` are not missing."""
    missing = len(column) - len(values)
    return {"name": name, "type": str(column.dtype), "count": len(values), "missing": missing}


def _extremes(values: Any, *, has_mean: bool) -> dict[str, Any]:
    """Return the least and the greatest of values, and the mean where they have one."""
    if not len(values):
        return {}
    facts = {"min": values.min(), "max": values.max()}
    if has_mean:
        facts["mean"] = values.mean()
    return {fact: _plain(value) for fact, value in facts.items()}


def _plain(value: Any) -> Any:
    """Return a number, or a text where JSON has no such number."""
    value = value.item() if type(value).__module__ == "numpy" else value
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)
