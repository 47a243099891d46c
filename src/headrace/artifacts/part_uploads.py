"""What a store offers whose files can be sent in parts, by URLs that need no credentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class SentPart(NamedTuple):
    """A part that was sent.

    Attributes:
        number: Its number, from 1 on.
        etag: The ETag that it was answered with.

    """

    number: int
    etag: str


class PartUploads(Protocol):
    """The uploads in parts of one store."""

    def begin(self, path: str) -> str:
        """Begin an upload of the file `path`; return its name, which only this path goes with."""
        ...

    def part_url(self, path: str, upload: str, number: int, seconds: int) -> str:
        """Return the URL to PUT a part to within so many seconds."""
        ...

    def complete(self, path: str, upload: str, parts: Sequence[SentPart]) -> None:
        """Join the parts, all of them and in order, into the file.

        Raises:
            ResourceDoesNotExist: If there is no such upload.
            InvalidParameterValue: If a part is missing, or another one than was sent.

        """
        ...

    def abort(self, path: str, upload: str) -> None:
        """Throw the parts away; an upload that is not there is no error."""
        ...
