"""Views: the state of an experiment's page under a name, for one person or for all."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field


class View(Struct, omit_defaults=True, kw_only=True):
    """A view of one experiment, or of several that are shown together.

    Attributes:
        view_id: Its id.
        name: What people call it.
        experiment_ids: The experiments, in their order.
        creation_timestamp: Milliseconds since the epoch.
        last_updated_timestamp: Milliseconds since the epoch.
        state_text: The JSON text of `state`; empty in lists.
        is_shared: Whether all who may read the experiments see it, and not its owner alone.
        is_default: Whether it is shown to who opens its experiment.
        may_change: Whether the caller may change it, if the role allows changes at all.
        user_id: Who made it; empty if nobody said.
        user_verified: Whether a server had checked credentials for that name.
        url: Where it is shown; a client fills it in. Without a server what follows its address.

    """

    view_id: str
    name: str
    experiment_ids: list[str]
    creation_timestamp: int
    last_updated_timestamp: int
    state_text: str = field(default="", name="state")
    is_shared: bool = False
    is_default: bool = False
    may_change: bool = False
    user_id: str = ""
    user_verified: bool = False
    url: str = ""

    @property
    def state(self) -> dict[str, Any]:
        """The state of the page, as it stands in its URL: ``{"filter": "metrics.loss < 1"}``."""
        return msgspec.json.decode(self.state_text, type=dict[str, Any]) if self.state_text else {}
