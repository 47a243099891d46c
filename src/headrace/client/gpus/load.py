"""What a GPU does at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Load:
    """What a driver tells of one GPU; None is what it does not tell.

    Attributes:
        utilization: Share of the time in which it computed, in percent.
        memory_used: Bytes of its memory that are taken.
        memory_total: Bytes of its memory.
        power: Watts that it draws.
        power_limit: Watts that it may draw.
        process_utilization: That of the processes that use it, by process id, in percent.
        process_memory: Bytes that they have taken, by process id.

    """

    utilization: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    power: float | None = None
    power_limit: float | None = None
    process_utilization: dict[int, float] = field(default_factory=dict)
    process_memory: dict[int, int] = field(default_factory=dict)
