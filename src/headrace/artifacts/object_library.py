"""obstore, loaded once for each process, and its errors as ours.

Its runtime works on threads, which a forked child does not inherit: there every call would wait for
ever. A child therefore loads a second copy of the library, which starts a runtime of its own.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ExtensionFileLoader
from typing import Any, NamedTuple

from obstore import _obstore

from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    PermissionDenied,
    ResourceConflict,
    ResourceDoesNotExist,
    TemporarilyUnavailable,
)

_CODE = re.compile(r"<Code>\s*([^<]{1,200}?)\s*</Code>")
_MESSAGE = re.compile(r"<Message>\s*([^<]{1,500}?)\s*</Message>")
_STATUS = re.compile(r"status code: (\d{3})")
_QUERY = re.compile(r"\?[^\s)]*")  # of URLs; it may hold a signature
# Where machines in a cloud find their credentials; nobody else has anything there.
_NO_CREDENTIALS = ("169.254.169.254", "169.254.170.2", "metadata.google.internal", "/latest/api/")

_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted")
_OTHER_REGION = ("configured region", "PermanentRedirect", "AuthorizationHeaderMalformed")
_REFUSED = ("401", "403")
_PASSING = ("408", "429", "500", "502", "503", "504")

_loading = threading.Lock()
_loaded: dict[int, Any] = {os.getpid(): _obstore}


class NoSuchObject(ResourceDoesNotExist):
    """A key that no object has."""


class BeyondEnd(HeadraceError):
    """A range that begins at the end of an object or behind it."""


class NotPartial(HeadraceError):
    """A store sent an object whole where a range of it was asked for."""


class ObjectPlace(NamedTuple):
    """What messages say of a root in an object store.

    Attributes:
        uri: The root.
        bucket: The bucket or container.
        credentials: What to set so that calls are let in, as a sentence.

    """

    uri: str
    bucket: str
    credentials: str


def library() -> Any:
    """Return obstore's functions, in a copy that works in this process."""
    process = os.getpid()
    found = _loaded.get(process)
    if found is None:
        with _loading:
            # The copies of other processes are kept: what was made by them must not be torn down.
            found = _loaded[process] = _loaded.get(process) or _load_copy()
    return found


def _load_copy() -> Any:
    """Load the library once more, from a file that the linker has not seen yet."""
    descriptor, path = tempfile.mkstemp(suffix=".so")
    os.close(descriptor)
    try:
        shutil.copyfile(_obstore.__file__, path)
        name = f"headrace.artifacts.copy_{os.getpid()}._obstore"
        spec = importlib.util.spec_from_loader(name, ExtensionFileLoader(name, path))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        os.unlink(path)
    return module


def _forget_lock() -> None:
    """Replace the lock in a child: another thread of the parent may have held it."""
    global _loading
    _loading = threading.Lock()


os.register_at_fork(after_in_child=_forget_lock)


@contextmanager
def object_errors(place: ObjectPlace) -> Iterator[None]:
    """Turn what obstore raises inside the block into the error of ours that says the same.

    Raises:
        NoSuchObject: If there is no such object.
        InvalidParameterValue: If the bucket is in another region.
        PermissionDenied: If the store refused the credentials, or none were found.
        ResourceDoesNotExist: If there is no such bucket.
        ResourceConflict: If an object was replaced while it was read.
        BeyondEnd: If a range holds no byte of an object.
        NotPartial: If a store does not know ranges.
        TemporarilyUnavailable: If the store cannot be reached, or has trouble of its own.

    """
    try:
        yield
    except FileNotFoundError as error:
        if _says_one_of(error, _NO_BUCKET):
            raise _no_bucket(place) from error
        raise NoSuchObject(f"{place.uri!r} has no such object.") from error
    except library().exceptions.BaseError as error:
        raise _translate(error, place) from error


def _translate(error: Exception, place: ObjectPlace) -> HeadraceError:
    text = str(error)
    reason = _reason_in(text)
    status = match[1] if (match := _STATUS.search(text)) else ""
    if _says_one_of(error, _NO_BUCKET):
        return _no_bucket(place)
    if _says_one_of(error, _NO_CREDENTIALS):
        return PermissionDenied(f"No credentials were found for {place.uri!r}. {place.credentials}")
    if _says_one_of(error, _OTHER_REGION):
        return InvalidParameterValue(
            f"{place.uri!r} is in another region than was asked: {reason}. Set AWS_REGION to the "
            "region of the bucket."
        )
    kinds = library().exceptions
    if isinstance(error, kinds.PreconditionError):
        return ResourceConflict(f"A file at {place.uri!r} was replaced while it was read.")
    if status == "416" or "StartTooLarge" in text:
        return BeyondEnd(f"{place.uri!r}: {reason}.")
    if "non-partial response" in reason:
        return NotPartial(f"{place.uri!r}: {reason}.")
    if status in _REFUSED or isinstance(
        error, (kinds.PermissionDeniedError, kinds.UnauthenticatedError)
    ):
        return PermissionDenied(f"{place.uri!r} cannot be used: {reason}. {place.credentials}")
    if status in _PASSING or (not status and "HTTP error" in text):
        return TemporarilyUnavailable(
            f"The store of {place.uri!r} cannot be reached: {reason}. See that the network, the "
            "address and, if one is set, the endpoint are right."
        )
    return HeadraceError(f"{place.uri!r}: {reason}.")


def _no_bucket(place: ObjectPlace) -> ResourceDoesNotExist:
    return ResourceDoesNotExist(
        f"There is no bucket or container {place.bucket!r}, which {place.uri!r} names: create it, "
        "or correct the artifact location or the endpoint."
    )


def _reason_in(text: str) -> str:
    """Return what a store said, without the library's account of itself and without secrets."""
    code, message = _CODE.search(text), _MESSAGE.search(text)
    if code:
        return f"{code[1]}: {message[1].rstrip('.')}" if message else code[1]
    return _QUERY.sub("", text.partition("\n")[0]).strip().rstrip(".:")


def _says_one_of(error: Exception, codes: tuple[str, ...]) -> bool:
    text = str(error)
    return any(code in text for code in codes)
