"""Digests of data, equal to MLflow's for the same data: they join runs of both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from headrace.optional import need

if TYPE_CHECKING:
    import numpy
    import pandas as pd
    import polars as pl

# What lies beyond counts only by its number.
MAX_ROWS = 10_000


def pandas_digest(frame: pd.DataFrame) -> str:
    """Return the digest of a frame's columns of text and numbers, its length and column names."""
    pandas, numpy = need("pandas", "A digest"), need("numpy", "A digest")
    head = frame.head(MAX_ROWS)
    texts = head.columns  # where there are no rows, which some columns cannot even compare
    if len(head):
        texts = texts[(head.map(type) == str).all(axis=0)]  # noqa: E721 - of each cell
    numbers = head.select_dtypes(include=[numpy.number]).columns
    rows = pandas.util.hash_pandas_object(head[texts.union(numbers)]).to_numpy()
    names = [str(name).encode() for name in frame.columns]
    return short_md5([rows, numpy.int64(len(frame)), *names])


def numpy_digest(*data: numpy.ndarray | dict[str, numpy.ndarray] | None) -> str:
    """Return the digest of arrays, or of arrays by name, one after the other; None is left out."""
    elements: list[Any] = []
    for item in data:
        if isinstance(item, dict):
            for name in sorted(item):
                elements.extend(_array_elements(item[name]))
        elif item is not None:
            elements.extend(_array_elements(item))
    return short_md5(elements)


def polars_digest(frame: pl.DataFrame) -> str:
    """Return the digest of a frame's rows; it is the same only for the same version of polars."""
    return str(frame.hash_rows().sum())


def hash_elements(array: numpy.ndarray) -> Any:
    """Return a hash per element; the number of elements if they cannot be hashed.

    Where pandas is installed it hashes, as for MLflow: its versions differ in how they see -0.0.
    """
    numpy = need("numpy", "A digest")
    is_number = array.dtype.kind in "biufmM" and array.dtype.itemsize <= 8
    if is_number and find_spec("pandas") is None:
        return _hash_numbers(array)
    pandas = need("pandas", f"The digest of an array of {array.dtype.name}")
    try:
        return pandas.util.hash_array(array)
    except (TypeError, ValueError):
        return numpy.int64(array.size)


def short_md5(elements: Iterable[Any]) -> str:
    """Return the first 8 hexadecimal digits of the MD5 of buffers, one after the other."""
    digest = hashlib.md5(usedforsecurity=False)
    for element in elements:
        digest.update(element)
    return digest.hexdigest()[:8]


def _array_elements(array: numpy.ndarray) -> Iterable[Any]:
    """Yield what stands for an array: hashes of its first elements, and its shape."""
    numpy = need("numpy", "A digest")
    yield hash_elements(array.flatten()[:MAX_ROWS])
    for size in array.shape:
        yield numpy.int64(size)


def _hash_numbers(array: numpy.ndarray) -> numpy.ndarray:
    """Return what `pandas.util.hash_array` of pandas 3.1 returns for numbers, without pandas.

    The bits of each number, widened to 64, go through the finalizer of SplitMix64.
    """
    if array.dtype.kind == "f":
        array = array.copy()
        array[array == 0] = 0.0  # and not -0.0
        array[array != array] = float("nan")
    bits = array.view(f"u{array.dtype.itemsize}").astype("u8")
    bits ^= bits >> 30
    bits *= 0xBF58476D1CE4E5B9
    bits ^= bits >> 27
    bits *= 0x94D049BB133111EB
    bits ^= bits >> 31
    return bits
