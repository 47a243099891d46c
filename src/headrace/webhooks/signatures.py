"""The signature of a webhook's request: made by who sends it, checked by who receives it.

As MLflow does it: HMAC-SHA256 of ``DELIVERY_ID.TIMESTAMP.BODY``, in base64 after ``v1,``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

WEBHOOK_SIGNATURE_HEADER = "X-MLflow-Signature"
WEBHOOK_TIMESTAMP_HEADER = "X-MLflow-Timestamp"
WEBHOOK_DELIVERY_ID_HEADER = "X-MLflow-Delivery-Id"

_VERSION = "v1"


def sign(secret: str, delivery_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a request.

    Args:
        secret: What sender and receiver share.
        delivery_id: Id of the delivery.
        timestamp: When it is sent, in seconds since the epoch.
        body: The body, byte for byte.

    """
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    found = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return f"{_VERSION},{base64.b64encode(found).decode()}"


def verify_signature(
    secret: str, headers: Mapping[str, str], body: bytes | str, *, max_age: float | None = 300.0
) -> bool:
    """Return whether a request that was received is one that the sender signed, and is not old.

    A receiver that must not act twice also remembers the delivery ids of the last `max_age`
    seconds: a request that was not answered in time is sent again under the same id.

    Args:
        secret: The secret that the webhook was created with.
        headers: The request's headers, their names in any case.
        body: Its body as it came, before any JSON was read.
        max_age: By how many seconds its time may differ from this machine's; None for any.

    """
    given = {name.lower(): value for name, value in headers.items()}
    signature = given.get(WEBHOOK_SIGNATURE_HEADER.lower(), "")
    delivery_id = given.get(WEBHOOK_DELIVERY_ID_HEADER.lower(), "")
    timestamp = given.get(WEBHOOK_TIMESTAMP_HEADER.lower(), "")
    content = body.encode() if isinstance(body, str) else body
    # Bytes, since a text that is not ASCII cannot be compared in constant time.
    expected = sign(secret, delivery_id, timestamp, content).encode()
    if not hmac.compare_digest(signature.encode(errors="replace"), expected):
        return False
    if max_age is None:
        return True
    return timestamp.isdecimal() and abs(time.time() - int(timestamp)) <= max_age
