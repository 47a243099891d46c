"""Many small files that arrive or leave in one call."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.api.bundles import (
    BUNDLE_BYTES,
    BUNDLE_FILES,
    SMALL,
    BundleStored,
    RefusedFile,
)
from headrace.artifacts.base import ArtifactStore
from headrace.artifacts.bundles import Bundled, BundledFile, BundleReader, bundle_head
from headrace.errors import BadRequest, InvalidParameterValue
from headrace.server.intake import wrong_digest
from headrace.server.reply import Reply
from headrace.stores.seals import Seals


class BundleIntake:
    """Stores the files of a bundle as they become whole, each by itself.

    What was stored when the body breaks off stays: the client sends all of it again.

    Args:
        store: Where to.
        seals: Refuses what registered versions hold.

    """

    def __init__(self, store: ArtifactStore, seals: Seals) -> None:
        self._store = store
        self._seals = seals
        self._reader = BundleReader()
        self._refused: list[RefusedFile] = []

    def write(self, piece: bytes | memoryview) -> None:
        """Take the next piece.

        Raises:
            BadRequest: If the body is no bundle.

        """
        right = []
        for one in self._reader.take(piece):
            if one.is_right:
                right.append(one)
            else:
                error = wrong_digest(str(one.file.digest), one.digest)
                self._refused.append(RefusedFile(one.number, error.error_code, error.message))
        self._store_all(right)

    def finish(self) -> BundleStored:
        """Say which files were refused.

        Raises:
            BadRequest: If the body ended too early.

        """
        if not self._reader.is_whole:
            raise BadRequest("The bundle ends before the last of the files that it names.")
        return BundleStored(self._refused)

    def abort(self) -> None:
        """Do nothing: every file is whole or absent."""

    def _store_all(self, files: Sequence[Bundled]) -> None:
        refused = self._seals.check_writes(
            self._store, [(one.file.path, one.digest) for one in files]
        )
        taken = [one for one, error in zip(files, refused, strict=True) if error is None]
        contents = [(one.file.path, one.content, one.digest) for one in taken]
        stored = self._store.write_small(contents)
        for one, error in (*zip(files, refused, strict=True), *zip(taken, stored, strict=True)):
            if error is not None:
                self._refused.append(RefusedFile(one.number, error.error_code, error.message))


def send_bundle(store: ArtifactStore, paths: Sequence[str]) -> Reply:
    """Return the reply with the first of these files, as many as find room.

    Raises:
        InvalidParameterValue: If no path is named, too many are, or one is not of a small file.
        ResourceDoesNotExist: If there is no such file.

    """
    if not 0 < len(paths) <= BUNDLE_FILES:
        raise InvalidParameterValue(
            f"A bundle is asked for with 1 to {BUNDLE_FILES} paths, not {len(paths)}."
        )
    heads: list[BundledFile] = []
    contents: list[bytes] = []
    room = BUNDLE_BYTES
    for path in paths:
        content, digest = store.read_small(path, SMALL)
        if len(content) > room:
            break
        room -= len(content)
        heads.append(BundledFile(path, len(content), digest))
        contents.append(content)
    return Reply(b"".join([bundle_head(heads), *contents]), content_type="application/octet-stream")
