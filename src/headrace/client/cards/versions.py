"""The card of a version of a model: what names it, and what it was made from."""

from __future__ import annotations

from headrace.amounts import age
from headrace.api import registry
from headrace.client.cards.frame import chips, frame, shorten, table, text, title
from headrace.entities import ModelVersion
from headrace.errors import HeadraceError
from headrace.stores.base import TrackingStore

SHOWN_TAGS = 12


def draw_version(version: ModelVersion, store: TrackingStore, way: str) -> str:
    """Return the card of a version; as it was when it was read if the store does not answer now."""
    try:
        request = registry.GetModelVersion(name=version.name, version=version.version)
        version = store.get_model_version(request).model_version
    except HeadraceError:
        pass  # what the version itself holds is shown all the same
    stage = version.current_stage or "None"
    facts = (
        f"version {version.version}",
        " ".join(f"@{alias}" for alias in version.aliases),
        "" if stage == "None" else stage,
        version.content_state or "",
    )
    created = age(version.creation_timestamp)
    rows = [
        ("Registered", f"{created} by {version.user_id}" if version.user_id else created),
        ("Run", version.run_id or ""),
        ("Source", version.source or ""),
    ]
    about = text(shorten(version.description or ""))
    tags = [(tag.key, tag.value) for tag in version.tag_list]
    lines = table(("", ""), [row for row in rows if row[1]])
    return frame(title(version.name, facts=facts), (about, lines, chips(tags, SHOWN_TAGS), way))
