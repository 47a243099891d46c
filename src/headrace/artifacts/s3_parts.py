"""Uploads in parts to a store that speaks S3, by URLs that lead to the store itself."""

from __future__ import annotations

import html
import http.client
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from headrace import settings
from headrace.artifacts.part_uploads import SentPart
from headrace.artifacts.s3_signatures import Keys, sign_url
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    PermissionDenied,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)

_CALL_SECONDS = 60
_MAX_ANSWER = 64 * 1024
_WRONG_PARTS = ("InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML")


class S3PartUploads:
    """The uploads in parts to one root.

    Args:
        sign: Signs a call for a whole file, ``(method, path, seconds)``; tells address and region.
        keys: Returns the keys to sign with.
        headers: What each new object is to be stored with, such as its encryption.

    """

    def __init__(
        self,
        sign: Callable[[str, str, float], str],
        keys: Callable[[], Keys],
        headers: Mapping[str, str],
    ) -> None:
        self._sign = sign
        self._keys = keys
        self._headers = headers

    def begin(self, path: str) -> str:
        """Begin an upload."""
        url = self._url("POST", path, {"uploads": ""}, _CALL_SECONDS, self._headers)
        answer = _call("POST", url, b"", self._headers)
        upload = _text_in(answer, "UploadId")
        if not upload:
            raise HeadraceError("The object store began an upload without naming it.")
        return upload

    def part_url(self, path: str, upload: str, number: int, seconds: int) -> str:
        """Return the URL of a part."""
        query = {"partNumber": str(number), "uploadId": upload}
        return self._url("PUT", path, query, seconds)

    def complete(self, path: str, upload: str, parts: Sequence[SentPart]) -> None:
        """Have the store join the parts."""
        listed = "".join(
            f"<Part><PartNumber>{part.number}</PartNumber><ETag>{escape(part.etag)}</ETag></Part>"
            for part in parts
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        url = self._url("POST", path, {"uploadId": upload}, _CALL_SECONDS)
        answer = _call("POST", url, body)
        if "<Error>" in answer:  # found after the status was sent
            raise _refusal(500, answer)

    def abort(self, path: str, upload: str) -> None:
        """Have the store throw the parts away."""
        url = self._url("DELETE", path, {"uploadId": upload}, _CALL_SECONDS)
        with suppress(ResourceDoesNotExist):
            _call("DELETE", url, None)

    def _url(
        self,
        verb: str,
        path: str,
        query: Mapping[str, str],
        seconds: int,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        address, _, signed = self._sign("PUT", path, _CALL_SECONDS).partition("?")
        region = parse_qs(signed)["X-Amz-Credential"][0].split("/")[2]
        return sign_url(self._keys(), region, verb, address, query, seconds, headers)


def _call(verb: str, url: str, body: bytes | None, headers: Mapping[str, str] | None = None) -> str:
    """Make a call by a signed URL and return the answer's text."""
    context = ssl.create_default_context()
    if settings.S3_IGNORE_TLS.get():
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(url, body, dict(headers or {}), method=verb)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_CALL_SECONDS, context=context) as answer:  # noqa: S310
            return bytes(answer.read(_MAX_ANSWER)).decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error.code, error.read(_MAX_ANSWER).decode(errors="replace")) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise TemporarilyUnavailable(f"The object store cannot be reached: {reason}.") from None


def _refusal(status: int, answer: str) -> HeadraceError:
    code = _text_in(answer, "Code")
    said = f"{code or f'HTTP status {status}'}: {_text_in(answer, 'Message')}".rstrip(": ")
    if status == http.client.NOT_FOUND:
        return ResourceDoesNotExist(f"The object store has no such multipart upload ({said}).")
    if status == http.client.FORBIDDEN:
        return PermissionDenied(f"The object store refuses the server's credentials ({said}).")
    if code in _WRONG_PARTS:
        return InvalidParameterValue(f"The object store cannot join these parts ({said}).")
    return TemporarilyUnavailable(f"The object store failed ({said}).")


def _text_in(answer: str, name: str) -> str:
    match = re.search(f"<{name}>([^<]*)</{name}>", answer)
    return html.unescape(match[1]).strip() if match else ""
