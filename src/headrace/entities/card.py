"""Things that show themselves in a notebook, by the client that read them.

The client draws: what is told here is only where a thing has it. It stands beside the fields, so it
is neither sent nor compared, and what was copied or unpickled has none.
"""

from __future__ import annotations

from typing import Protocol, TypeVar


class CardDrawer(Protocol):
    """What draws cards: a client."""

    def draw_card(self, thing: object) -> str | None:
        """Return a thing as HTML that needs nothing else; None if it cannot be drawn."""
        ...


ThingT = TypeVar("ThingT")

_DRAWER = "_card_drawer"


def shown_by(drawer: CardDrawer, thing: ThingT) -> ThingT:
    """Return a thing that `drawer` draws from now on."""
    vars(thing)[_DRAWER] = drawer
    return thing


def card_of(thing: object) -> str | None:
    """Return the card of a thing; None, after which a notebook shows its text, if it has none."""
    drawer: CardDrawer | None = vars(thing).get(_DRAWER)
    return None if drawer is None else drawer.draw_card(thing)
