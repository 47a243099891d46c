"""Things that show themselves in a notebook, by the client that read them.

The client draws: what is told here is only where a thing has it. It stands beside the fields, so it
is neither sent nor compared, and what was copied or unpickled has none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

ThingT = TypeVar("ThingT")

# Returns a thing as HTML that needs nothing else; None if it cannot be drawn.
CardDrawer = Callable[[Any], str | None]

_DRAWER = "_draw_card"


def shown_by(draw: CardDrawer, thing: ThingT) -> ThingT:
    """Return a thing whose card is drawn by `draw` from now on."""
    vars(thing)[_DRAWER] = draw
    return thing


def card_of(thing: object) -> str | None:
    """Return the card of a thing; None, after which a notebook shows its text, if it has none."""
    draw: CardDrawer | None = vars(thing).get(_DRAWER)
    return None if draw is None else draw(thing)
