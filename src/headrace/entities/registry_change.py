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
    PROTECTION = "protection"
    GATE = "gate"
    CONTENT = "content"


class RegistryChange(Struct, omit_defaults=True):
    """One change of a registered model or of one of its versions.

    Attributes:
        name: Name of the registered model; of a rule of many its pattern.
        kind: A `ChangeKind`.
        timestamp: Milliseconds since the epoch.
        version: The version that changed; None where the registered model itself did. Of an alias:
            the version that it names now, or named before it was deleted.
        key: Key of the tag, or the alias; of a rule the alias or stage at which it stands.
        before: The value before; None if there was none. Of an alias a version, of a renaming the
            old name, of a deletion of a version its source, of a rule that is lifted what it says,
            of a content a `ContentState`.
        after: The value after; None if there is none any more. Of a content that was recorded its
            digest, else a `ContentState`.
        actor: Who made the change; empty if nobody said.
        is_verified: Whether a server had checked credentials for that name.
        reason: Why, in the words of who made it.
        overridden: What rules said against the change, where it was forced.

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
    overridden: str | None = None

    @property
    def is_forced(self) -> bool:
        """Whether rules refused the change, and it was made all the same."""
        return self.overridden is not None
