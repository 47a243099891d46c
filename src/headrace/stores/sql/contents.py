"""Texts that many runs share, each stored once and compressed."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from typing import Any

from msgspec import Struct

from headrace.artifacts.digests import digest_of
from headrace.stores.sql.engine import Transaction

_INSERT = (
    "INSERT INTO contents (digest, size, content) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING"
)

# A condition on rows of `contents`.
UNUSED = "NOT EXISTS (SELECT 1 FROM run_context WHERE content_id = contents.id)"


class Content(Struct, frozen=True):
    """A text as it is stored.

    Attributes:
        digest: BLAKE3 of its UTF-8, in hexadecimal.
        size: Bytes of its UTF-8.
        packed: The compressed text.

    """

    digest: str
    size: int
    packed: bytes

    @classmethod
    def of(cls, data: bytes) -> Content:
        """Return what is stored of a text in UTF-8."""
        return cls(digest_of(data), len(data), zlib.compress(data))


def unpack(packed: bytes) -> str:
    """Return the text of a compressed one."""
    return zlib.decompress(packed).decode()


def hold_contents(tx: Transaction, statements: Any, contents: Iterable[Content]) -> dict[str, int]:
    """Store texts that are not there yet, and keep all of them until the end of the transaction.

    Returns:
        The row ids, by digest.

    """
    wanted = {content.digest: content for content in contents}
    held: dict[str, int] = {}
    # In the order of their ids, as whoever drops them does. More than twice only where somebody
    # drops what somebody else has just added.
    sql = (
        f"SELECT digest, id FROM contents WHERE digest {statements.IN_LIST} "
        f"ORDER BY id{statements.FOR_SHARE}"
    )
    while True:
        held = dict(tx.execute(sql, (statements.bind_list(wanted),)).fetchall())
        missing = [wanted[digest] for digest in sorted(wanted.keys() - held.keys())]
        if not missing:
            return held
        rows = [(content.digest, content.size, content.packed) for content in missing]
        tx.executemany(_INSERT, rows)


def drop_unused(tx: Transaction, statements: Any, ids: Collection[int]) -> None:
    """Delete those of the texts, by their row ids, that no context names any more."""
    condition = f"id {statements.IN_LIST} AND {UNUSED}"
    rows = tx.execute(f"SELECT id FROM contents WHERE {condition}", (statements.bind_list(ids),))
    unused = (statements.bind_list([number for (number,) in rows.fetchall()]),)
    # Held before it is asked once more: whoever is about to use one has committed then, or waits.
    sql = f"SELECT id FROM contents WHERE id {statements.IN_LIST} ORDER BY id"
    if tx.execute(sql + statements.FOR_REMOVAL, unused).fetchall():
        tx.execute(f"DELETE FROM contents WHERE {condition}", unused)
