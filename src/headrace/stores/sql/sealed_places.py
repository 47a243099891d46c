"""The places whose files versions of registered models have sealed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.indexed import INDEXED_CHARACTERS

# The beginning of a version's place, which has an index.
BEGINNING = f"substr(artifact_uri, 1, {INDEXED_CHARACTERS})"

_SEALED = (
    "SELECT name, version, artifact_uri, content_digest FROM model_versions WHERE id IN ("
    "SELECT MAX(id) FROM model_versions WHERE content_digest IS NOT NULL AND {condition})"
)


class Seal(NamedTuple):
    """A version whose files do not change any more.

    Attributes:
        name: What people call it, ``NAME/VERSION``.
        place: Where its files lie, as a location is stored.
        digest: The digest of its manifest.

    """

    name: str
    place: str
    digest: str


class SealedPlaceCalls(SqlCalls):
    """The questions of those who are about to write files, or to delete them."""

    def find_seals(self, locations: Iterable[str]) -> list[Seal]:
        """Return of each of these places the newest version that has sealed it, if one has.

        Args:
            locations: Places of folders or files, as they are answered.

        """
        stored = sorted({one for location in locations for one in self._spellings(location)})
        in_list, bind = self._statements.IN_LIST, self._statements.bind_list
        condition = f"{BEGINNING} {in_list} AND artifact_uri {in_list}"
        values = (bind([one[:INDEXED_CHARACTERS] for one in stored]), bind(stored))
        return self._seals(f"{condition} GROUP BY artifact_uri", values)

    def find_seal_below(self, location: str) -> Seal | None:
        """Return the newest version that has sealed a place in a folder, if there is one."""
        condition = f"{BEGINNING} BETWEEN ? AND ? AND artifact_uri > ? AND artifact_uri < ?"
        cut = INDEXED_CHARACTERS
        for stored in self._spellings(location.rstrip("/")):
            first, last = f"{stored}/", f"{stored}0"  # the next text after all that begin with it
            found = self._seals(condition, (first[:cut], last[:cut], first, last))
            if found:
                return found[0]
        return None

    def _spellings(self, location: str) -> set[str]:
        """Return how a place may be stored: below the store's own folder relative to it, or whole.

        In a run it is spelled as the location of the run is.
        """
        return {location, self._locations.stored(location)}

    def _seals(self, condition: str, values: Sequence[Any]) -> list[Seal]:
        sql = _SEALED.format(condition=condition)
        with self._database.read(snapshot=False) as tx:
            rows = tx.execute(sql, values).fetchall()
        return [
            Seal(f"{name}/{version}", self._locations.resolve(place), digest)
            for name, version, place, digest in rows
        ]
