"""The history of registered models: one entry for each change, never altered."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ChangeKind(StrEnum):
    """What a change was of."""

    CREATED = "created"
    DELETED = "deleted"
    RENAMED = "renamed"
    DESCRIPTION = "description"
    TAG = "tag"
    ALIAS = "alias"
    STAGE = "stage"


class RegistryChange(Struct, omit_defaults=True):
    """One change of a registered model or of one of its versions.

    Attributes:
        name: Name of the registered model.
        kind: A `ChangeKind`.
        timestamp: Milliseconds since the epoch.
        version: The version that changed; None where the registered model itself did. Of an alias:
            the version that it names now, or named before it was deleted.
        key: Key of the tag, or the alias.
        before: The value before; None if there was none. Of an alias a version, of a renaming the
            old name, of a deletion of a version its source.
        after: The value after; None if there is none any more.
        actor: Who made the change; empty if nobody said.
        is_verified: Whether a server had checked credentials for that name.
        reason: Why, in the words of who made it.

    """

    name: str
    kind: str
    timestamp: int
    version: str | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None
    actor: str = ""
    is_verified: bool = False
    reason: str | None = None
