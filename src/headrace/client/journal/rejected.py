"""What a store refused, kept where people can read it: one line of JSON for each entry."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from headrace.api.journals import JournalEntry
from headrace.errors import InvalidParameterValue

REJECTED_NAME = "rejected"  # the folder beside the journals


class Rejected(Struct, frozen=True):
    """An entry that a store refused.

    Attributes:
        journal: Id of its journal.
        record: Number of its first record.
        error_code: MLflow's name of the error.
        message: What was wrong with it.
        time: When that was heard, in milliseconds since the epoch.
        entry: What was logged; NaN and the infinities as texts.

    """

    journal: str
    record: int
    error_code: str
    message: str
    time: int
    entry: dict[str, Any]


def keep_rejected(
    folder: Path, journal: str, entry: JournalEntry, first: int, error_code: str, message: str
) -> Path:
    """Keep a refused entry.

    Args:
        folder: The folder with the journals.
        journal: Id of the entry's journal.
        entry: What was refused.
        first: Number of its first record.
        error_code: MLflow's name of the error.
        message: What was wrong.

    Returns:
        The file that it is in.

    Raises:
        OSError: If it cannot be written.

    """
    with contextlib.suppress(InvalidParameterValue):  # what is no rows is kept as it is
        if entry.log_rows is not None:
            entry = JournalEntry(records=entry.records, log_points=entry.log_rows.as_points())
    fields = _with_texts(msgspec.to_builtins(entry))
    now = int(time.time() * 1000)
    line = msgspec.json.encode(Rejected(journal, first, error_code, message, now, fields))
    path = folder / REJECTED_NAME / f"{journal}.jsonl"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with open(file, "ab") as stream:
        stream.write(line + b"\n")
    return path


def read_rejected(folder: Path) -> Iterator[Rejected]:
    """Yield what the stores of a folder's journals refused; lines that are damaged are left out."""
    for path in sorted((folder / REJECTED_NAME).glob("*.jsonl")):
        with path.open("rb") as stream:
            for line in stream:
                try:
                    yield msgspec.json.decode(line, type=Rejected)
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    continue


def _with_texts(value: Any) -> Any:
    """Return a value with texts for the numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _with_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_texts(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
