"""The metric points that every case logs: noisy curves, the same for every peer.

Values carry full float64 noise, which no compression can remove, and timestamps jitter: a layout
must earn its bytes here on the hardest data that training produces.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass

START_MS = 1_790_000_000_000
STEP_MS = 137


@dataclass(frozen=True)
class Point:
    """One point of a metric: `timestamp` in milliseconds since 1970."""

    key: str
    value: float
    timestamp: int
    step: int

    def wire(self) -> dict[str, object]:
        """Return the point as the protocol writes it."""
        return {
            "key": self.key,
            "value": self.value,
            "timestamp": self.timestamp,
            "step": self.step,
        }


def curves(keys: list[str], steps: range, seed: int) -> list[Point]:
    """Return the points of `steps` for each key, in the order in which training logs them."""
    noise = random.Random(f"{seed}/{steps.start}")
    return [
        Point(
            key=key,
            value=math.exp(-step / 5000) * (1 + position) + noise.gauss(0, 0.05),
            timestamp=START_MS + step * STEP_MS + noise.randrange(20),
            step=step,
        )
        for step in steps
        for position, key in enumerate(keys)
    ]


def keys(count: int) -> list[str]:
    """Return that many names of metrics; short, in favour of peers that store them per point."""
    return [f"loss_{number:03d}" for number in range(count)]


def batch_body(run_id: str, points: list[Point]) -> bytes:
    """Return the body of one log-batch request."""
    return json.dumps({"run_id": run_id, "metrics": [p.wire() for p in points]}).encode()


def point_body(run_id: str, key: str, step: int) -> bytes:
    """Return the body of one log-metric request; cheap, since the load loop makes one a call."""
    return b'{"run_id":"%s","key":"%s","value":%r,"timestamp":%d,"step":%d}' % (
        run_id.encode(),
        key.encode(),
        math.sin(step) + 1.5,
        START_MS + step * STEP_MS,
        step,
    )
