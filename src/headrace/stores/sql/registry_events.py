"""What happens in the registry, for webhooks: read from the entries of its history.

Where MLflow's servers send an event, theirs is sent with the same data. A registered model that
MLflow's clients have tagged as a prompt has their events of prompts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from headrace.entities import ChangeKind, ContentState
from headrace.entities.tag_names import IS_PROMPT, PROMPT_TEXT, PROMPT_TYPE
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.outbox import Happening, find_waiting, note_happenings

if TYPE_CHECKING:
    from headrace.stores.sql.registry_changes import Entry

# MLflow's events of models, and what they are called of prompts.
_OF_PROMPTS = {
    "registered_model.created": "prompt.created",
    "registered_model_tag.set": "prompt_tag.set",
    "registered_model_tag.deleted": "prompt_tag.deleted",
    "model_version.created": "prompt_version.created",
    "model_version_tag.set": "prompt_version_tag.set",
    "model_version_tag.deleted": "prompt_version_tag.deleted",
    "model_version_alias.created": "prompt_alias.created",
    "model_version_alias.deleted": "prompt_alias.deleted",
}
_INTERNAL = (IS_PROMPT, PROMPT_TEXT, PROMPT_TYPE)

_SELECT_PROMPT = (
    "SELECT value FROM registered_model_tags AS t JOIN registered_models AS m ON m.id = t.model_id "
    "WHERE m.name = ? AND t.key = ?"
)
_SELECT_RUN = "SELECT run_id FROM model_versions WHERE name = ? AND version = ?"


def note_registry_events(
    tx: Transaction, name: str, at: int, reason: str | None, entries: Sequence[Entry]
) -> None:
    """Note what the changes of a registered model mean to webhooks.

    Args:
        tx: The transaction of the changes, which are made already.
        name: The model's name after them.
        at: When, in milliseconds since the epoch.
        reason: Why.
        entries: The changes, also those that left everything as it was.

    """
    happenings = list(_read(name, entries))
    events = {one.event for one in happenings}
    events |= {_OF_PROMPTS[event] for event in events if event in _OF_PROMPTS}
    if not events or not (waiting := find_waiting(tx, sorted(events))):
        return
    happenings = [_with_run(tx, one) for one in happenings]
    if not events.isdisjoint(_OF_PROMPTS) and _is_prompt(tx, name):
        happenings = [_of_prompt(one) for one in happenings]
    note_happenings(tx, waiting, happenings, at, reason)


def _read(name: str, entries: Sequence[Entry]) -> Iterator[Happening]:
    created = {one.version for one in entries if one.kind is ChangeKind.CREATED}
    for entry in entries:
        if entry.kind is ChangeKind.CREATED:
            yield _creation(name, entry, entries)
        elif entry.version not in created:  # what a thing is created with is told with it
            yield from _change(name, entry)


def _creation(name: str, entry: Entry, entries: Sequence[Entry]) -> Happening:
    data: dict[str, Any]
    own = [one for one in entries if one.version == entry.version]
    tags = {one.key or "": one.after or "" for one in own if one.kind is ChangeKind.TAG}
    words = next((one.after for one in own if one.kind is ChangeKind.DESCRIPTION), None)
    if entry.version is None:
        data = {
            "name": name,
            "tags": tags,
            "description": words or "",
        }  # MLflow's, if there is none
        return Happening("registered_model.created", data, (name,))
    data = {
        "name": name,
        "version": str(entry.version),
        "source": entry.after,
        "run_id": None,
        "tags": tags,
        "description": words,
    }
    return Happening("model_version.created", data, (name,))


def _change(name: str, entry: Entry) -> Iterator[Happening]:
    """Yield the event of a change that is no creation, if it is one."""
    kind, before, after = entry.kind, entry.before, entry.after
    noun = "registered_model" if entry.version is None else "model_version"
    thing: dict[str, Any] = {"name": name}
    if entry.version is not None:
        thing["version"] = str(entry.version)
    found: tuple[str, dict[str, Any]] | None = None
    if kind is ChangeKind.TAG and after is not None:
        found = f"{noun}_tag.set", thing | {"key": entry.key, "value": after}
    elif kind is ChangeKind.TAG and before is not None:
        found = f"{noun}_tag.deleted", thing | {"key": entry.key}
    elif kind is ChangeKind.ALIAS and after is not None:
        data = {"name": name, "alias": entry.key, "version": after}
        found = "model_version_alias.created", data
    elif kind is ChangeKind.ALIAS:
        found = "model_version_alias.deleted", {"name": name, "alias": entry.key}
    elif kind is ChangeKind.DELETED:
        found = f"{noun}.deleted", thing
    elif before != after:
        found = _difference(noun, thing, entry)
    if found is not None:
        names = (name, before) if kind is ChangeKind.RENAMED and before else (name,)
        yield Happening(*found, names, before=before)


def _difference(
    noun: str, thing: dict[str, Any], entry: Entry
) -> tuple[str, dict[str, Any]] | None:
    """Return event and data of what is told only where it is another than before."""
    kind, before, after = entry.kind, entry.before, entry.after
    if kind is ChangeKind.STAGE:
        return "model_version_stage.set", thing | {"stage": after, "previous_stage": before}
    if kind is ChangeKind.CONTENT:
        # What was recorded for the first time has the digest in place of a state.
        state = ContentState.VERIFIED.value if before is None else after
        previous = before or ContentState.UNVERIFIED.value
        data = thing | {"state": state, "previous_state": previous}
        return "model_version_content.updated", data
    if kind is ChangeKind.DESCRIPTION:
        return f"{noun}.updated", thing | {"description": after or ""}
    if kind is ChangeKind.RENAMED:
        return "registered_model.renamed", thing | {"previous_name": before}
    return None


def _with_run(tx: Transaction, one: Happening) -> Happening:
    """Return the creation of a version with its run; anything else as it is."""
    if one.event == "model_version.created":
        found = tx.execute(_SELECT_RUN, (one.data["name"], int(one.data["version"]))).fetchone()
        one.data["run_id"] = found[0] if found else None
    return one


def _is_prompt(tx: Transaction, name: str) -> bool:
    row = tx.execute(_SELECT_PROMPT, (name, IS_PROMPT)).fetchone()
    return row is not None and str(row[0]).lower() == "true"


def _of_prompt(one: Happening) -> Happening:
    """Return what MLflow makes of an event where the registered model is a prompt."""
    event = _OF_PROMPTS.get(one.event)
    if event is None:
        return one
    data = dict(one.data)
    tags = data.get("tags")
    if tags is not None:
        data["tags"] = {key: value for key, value in tags.items() if key not in _INTERNAL}
    if event == "prompt_version.created":
        del data["source"], data["run_id"]
        data["template"] = tags.get(PROMPT_TEXT) if tags else None
    return Happening(event, data, one.model_names, before=one.before)
