"""Page tokens: opaque, and bound to the search that they continue.

A token carries the sort values of the last thing on its page, so the next page begins right after
them, whatever was added meanwhile; and a fingerprint of the search, so that a token of another
search is refused instead of giving a page that means nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from headrace.errors import InvalidParameterValue
from headrace.search.ordering import OrderItem
from headrace.search.tree import Entity, Kind

# What a thing has for one key of the order; None is missing. NaN stands for itself.
SortValue: TypeAlias = str | int | float | None

_INT64 = range(-(2**63), 2**63)


class _Token(Struct, array_like=True, forbid_unknown_fields=True):
    fingerprint: bytes
    last: list[SortValue]


def take_fingerprint(*parts: Any) -> bytes:
    """Return a short digest of what a search asks for."""
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=8).digest()


def encode_token(fingerprint: bytes, last: Sequence[SortValue]) -> str:
    """Return the token of the page that follows the thing with these sort values."""
    packed = msgspec.msgpack.encode(_Token(fingerprint, list(last)))
    return base64.urlsafe_b64encode(packed).decode()


def decode_token(
    token: str | None, fingerprint: bytes, order: Sequence[OrderItem]
) -> list[SortValue] | None:
    """Return the sort values after which a page begins, or None for the first page.

    Raises:
        InvalidParameterValue: If the token was not made by `encode_token` for this search.

    """
    if not token:
        return None
    try:
        packed = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable("could not base64-decode") from None
    try:
        content = msgspec.msgpack.decode(packed, type=_Token)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _unreadable(f"decoded value={packed[:100]!r}") from None
    if content.fingerprint != fingerprint or not _fits(content.last, order):
        raise InvalidParameterValue(
            "Invalid page token: it continues another search. Give it together with the same "
            "filter, order_by, view type and experiment ids, or start again without a token."
        )
    return content.last


def _unreadable(problem: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"Invalid page token, {problem}")  # in MLflow's words


def _fits(last: Sequence[SortValue], order: Sequence[OrderItem]) -> bool:
    # The last key is unique, so it is there; any other may be missing.
    return len(last) == len(order) and last[-1] is not None and all(map(_is_value_of, last, order))


def _is_value_of(value: SortValue, item: OrderItem) -> bool:
    if value is None:
        return True
    if item.field.kind is Kind.TEXT:
        return isinstance(value, str) and "\0" not in value
    if item.field.entity is not Entity.ATTRIBUTE:
        return isinstance(value, float)
    return isinstance(value, int) and value in _INT64
