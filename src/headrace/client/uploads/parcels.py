"""Snapshots on their way to a store, and which of them go together."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.api.bundles import BUNDLE_BYTES, BUNDLE_FILES, SMALL
from headrace.client.owner import Owner
from headrace.client.uploads.snapshots import (
    Snapshot,
    SnapshotDamaged,
    SnapshotFolder,
    check_content,
)
from headrace.errors import (
    BadRequest,
    HeadraceError,
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceConflict,
)

FIRST_PAUSE = 0.2

# What a store says of the file itself: it would say the same of it again.
_REFUSALS = (InvalidParameterValue, ResourceAlreadyExists, ResourceConflict)

Place = tuple[Owner, str]


class Parcel:
    """A snapshot on its way.

    Attributes:
        folder: Where it lies.
        snapshot: What it is.
        sent: How many of its bytes have gone.
        pause: Seconds until the next try, should this one fail.
        not_before: When it may be tried again.
        failure: Why the last try failed.
        failed_at: When that was.

    """

    __slots__ = ("failed_at", "failure", "folder", "not_before", "pause", "sent", "snapshot")

    def __init__(self, folder: SnapshotFolder, snapshot: Snapshot) -> None:
        self.folder = folder
        self.snapshot = snapshot
        self.sent = 0
        self.pause = FIRST_PAUSE
        self.not_before = 0.0
        self.failure: HeadraceError | None = None
        self.failed_at = 0.0

    @property
    def place(self) -> Place:
        """What the file is to become."""
        return self.snapshot.owner, self.snapshot.path

    def is_newer_than(self, other: Parcel) -> bool:
        """Return whether it was logged later; between processes only a clock can tell."""
        mine, others = self.snapshot, other.snapshot
        if self.folder is other.folder:
            return mine.number > others.number
        return mine.taken > others.taken


def together(due: Sequence[Parcel]) -> list[Parcel]:
    """Return the first of these, and what can go with it in one call."""
    first = due[0]
    if first.snapshot.copied.size > SMALL:
        return [first]
    parcels: list[Parcel] = []
    left = BUNDLE_BYTES
    for one in due:
        size = one.snapshot.copied.size
        fits = one.folder is first.folder and one.snapshot.owner == first.snapshot.owner
        if fits and size <= min(SMALL, left) and len(parcels) < BUNDLE_FILES:
            parcels.append(one)
            left -= size
    return parcels


def fault_of_file(parcel: Parcel, error: HeadraceError) -> HeadraceError | None:
    """Return what is wrong with the file itself, if the error says or means such a thing."""
    if isinstance(error, _REFUSALS):
        return error
    if isinstance(error, BadRequest):
        try:
            check_content(parcel.folder.content(parcel.snapshot), parcel.snapshot)
        except SnapshotDamaged as damage:
            return damage
    return None
