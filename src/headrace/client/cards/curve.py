"""A curve, small, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from headrace.client.cards.frame import LINE, QUIET, TEAL, shorten

WIDTH, HEIGHT, MARGIN = 260, 76, 4


def draw_curve(name: str, steps: Sequence[int], values: Sequence[float]) -> str:
    """Return a curve with its name and steps; nothing where fewer than two points are finite.

    The points are a choice of those that there are, so the range of their values is not told.

    Args:
        name: The metric.
        steps: Its steps, in their order.
        values: A value for each step; where one is not finite, the curve has a gap.

    """
    finite = [
        (step, value) for step, value in zip(steps, values, strict=True) if math.isfinite(value)
    ]
    if len(finite) < 2:
        return ""
    left, right = finite[0][0], finite[-1][0]
    low, high = (best(value for _, value in finite) for best in (min, max))

    def place(step: float, value: float) -> str:
        # Halves first: the difference of two great floats may not be one.
        across = (step / 2 - left / 2) / ((right / 2 - left / 2) or 1)
        up = (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5
        x = MARGIN + across * (WIDTH - 2 * MARGIN)
        return f"{x:.1f} {HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN):.1f}"

    path, is_down = [], False
    for step, value in zip(steps, values, strict=True):
        if math.isfinite(value):
            path.append(("L" if is_down else "M") + place(step, value))
        is_down = math.isfinite(value)
    x, y = place(*finite[-1]).split()
    words = f"{shorten(name)}, steps {left:,} to {right:,}"
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(words)}" style="display:block;max-width:100%">'
        f'<path d="M0 {HEIGHT - 0.5}H{WIDTH}" stroke="{LINE}" fill="none"/>'
        f'<path d="{"".join(path)}" fill="none" stroke="{TEAL}" stroke-width="1.6" '
        f'stroke-linejoin="round"/><circle cx="{x}" cy="{y}" r="2.6" fill="{TEAL}"/></svg>'
        f'<div style="font-size:12px;{QUIET}">{escape(words)}</div>'
    )
