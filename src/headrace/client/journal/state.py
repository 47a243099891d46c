"""How far a journal has come at its store, noted for whoever asks while no store can be reached."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
from msgspec import Struct

from headrace.client.journal.header import replace_file

STATE_NAME = "state.json"


class State(Struct, frozen=True):
    """What was last heard from the store about a journal.

    Attributes:
        applied: Number of the last record that the store has.
        durable: Number of the last record that it has on its disk.
        error: Why it does not take more; None if all is well.
        noted: When this was noted, in milliseconds since the epoch; only to be shown.

    """

    applied: int = 0
    durable: int = 0
    error: str | None = None
    noted: int = 0


def note(folder: Path, applied: int, durable: int, error: str | None = None) -> None:
    """Note how far the journal in a folder has come.

    Raises:
        OSError: If it cannot be written; what was noted before stays.

    """
    state = State(applied, durable, error, int(time.time() * 1000))
    replace_file(folder / STATE_NAME, msgspec.json.encode(state))


def read_note(folder: Path) -> State:
    """Return what was noted last; it is only a hint, so one that cannot be read counts as none."""
    try:
        return msgspec.json.decode((folder / STATE_NAME).read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError):
        return State()
