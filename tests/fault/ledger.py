"""What a trainer tried to log and what was accepted, written down where no fault reaches it.

A line of JSON before each call, one after it: a call with both was accepted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Steps of an actor's points begin here times its number, so that no two calls share a step.
STEPS_PER_ACTOR = 1_000_000

Point = tuple[str, int, int, str]  # key, step, timestamp, and the value as text: NaN equals itself


@dataclass
class Call:
    """One log call.

    Attributes:
        actor: Who made it: each thread, process and forked child of a trainer is one.
        number: Its number among the calls of the actor, from 1.
        run_id: The run; empty if it began one and never heard its id.
        begins: Whether it began a run.
        status: The status with which it ended a run; empty if it did not.
        points: What it logged, as the three that follow.
        params: Key to value.
        tags: Key to value.
        accepted: Whether it returned.
        record: Number of the last record of the journal when it had returned; 0 if nobody noted it.
    """

    actor: int
    number: int
    run_id: str
    begins: bool = False
    status: str = ""
    points: list[Point] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    accepted: bool = False
    record: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it logged nothing: it only joined a run."""
        return not (self.points or self.params or self.tags or self.status)


class Ledger:
    """Written by one actor.

    Args:
        folder: The folder with the ledgers of all actors.
        actor: Number of the actor.
        last_record: Tells the number of the last record of the actor's journal.
    """

    def __init__(
        self, folder: Path, actor: int, last_record: Callable[[], int] = lambda: 0
    ) -> None:
        self.actor = actor
        self._last_record = last_record
        self.number = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file = os.open(folder / f"{actor}.jsonl", flags, 0o600)

    def try_call(self, run_id: str, **content: Any) -> int:
        """Write down a call before it is made; return its number."""
        self.number += 1
        self._write({"try": self.number, "run": run_id, **content})
        return self.number

    def accept(self, number: int, run_id: str = "") -> None:
        """Write down that a call has returned, and which run it began."""
        self._write({"ok": number, "run": run_id, "record": self._last_record()})

    def note(self, what: str) -> None:
        """Write down a fault that the actor met on purpose, or what it found wrong."""
        self._write({"note": what})

    def _write(self, line: dict[str, Any]) -> None:
        data = json.dumps(line).encode() + b"\n"
        assert os.write(self._file, data) == len(data)


def read_calls(folder: Path) -> dict[int, list[Call]]:
    """Return the calls of each actor, in order."""
    return {int(path.stem): _read(path)[0] for path in folder.glob("*.jsonl")}


def read_notes(folder: Path) -> list[str]:
    """Return what the actors noted."""
    return [note for path in folder.glob("*.jsonl") for note in _read(path)[1]]


def _read(path: Path) -> tuple[list[Call], list[str]]:
    calls: list[Call] = []
    notes: list[str] = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        entry = json.loads(line)
        if "note" in entry:
            notes.append(entry["note"])
        elif "ok" in entry:
            call = calls[entry["ok"] - 1]
            call.accepted = True
            call.record = entry["record"]
            call.run_id = call.run_id or entry["run"]
        else:
            calls.append(
                Call(
                    actor=int(path.stem),
                    number=entry["try"],
                    run_id=entry["run"],
                    begins=entry.get("begins", False),
                    status=entry.get("status", ""),
                    points=[tuple(point) for point in entry.get("points", [])],
                    params=entry.get("params", {}),
                    tags=entry.get("tags", {}),
                )
            )
    return calls, notes
