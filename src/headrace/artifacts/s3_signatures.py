"""URLs that are signed for one call to a store that speaks S3 (Signature Version 4).

The library for objects signs only calls for whole files; this signs those for parts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


class Keys(NamedTuple):
    """Who signs.

    Attributes:
        access: The access key.
        secret: The secret key.
        token: The session's token, if the keys are temporary.

    """

    access: str
    secret: str
    token: str | None


def sign_url(
    keys: Keys,
    region: str,
    verb: str,
    url: str,
    query: Mapping[str, str],
    seconds: int,
    headers: Mapping[str, str] | None = None,
) -> str:
    """Return a URL by which one call can be made for a while.

    Args:
        keys: Who signs.
        region: Region of the bucket.
        verb: HTTP method of the call.
        url: Address of an object, percent-encoded, without a query.
        query: The call's query.
        seconds: For how long the URL holds.
        headers: What the call sends besides, names in lower case; it has to send just these.

    """
    host, path = urlsplit(url).netloc, urlsplit(url).path
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    signed = dict(sorted({"host": host, **(headers or {})}.items()))
    fields = {
        **query,
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{keys.access}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": ";".join(signed),
    }
    if keys.token:
        fields["X-Amz-Security-Token"] = keys.token
    encoded = "&".join(f"{_encode(name)}={_encode(fields[name])}" for name in sorted(fields))
    lines = [f"{name}:{value}\n" for name, value in signed.items()]
    request = "\n".join([verb, path, encoded, "".join(lines), ";".join(signed), "UNSIGNED-PAYLOAD"])
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{keys.secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join([_ALGORITHM, moment, scope, digest])
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"{url}?{encoded}&X-Amz-Signature={signature}"


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
