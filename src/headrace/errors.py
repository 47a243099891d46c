"""Every error a caller can meet: its class, its MLflow error code and its HTTP status.

The tree, with the code and status that each class carries::

    HeadraceError                   INTERNAL_ERROR            500
    ├── InvalidParameterValue       INVALID_PARAMETER_VALUE   400
    ├── BadRequest                  BAD_REQUEST               400
    ├── ResourceAlreadyExists       RESOURCE_ALREADY_EXISTS   400
    ├── ResourceDoesNotExist        RESOURCE_DOES_NOT_EXIST   404
    ├── EndpointNotFound            ENDPOINT_NOT_FOUND        404
    ├── ResourceConflict            RESOURCE_CONFLICT         409
    ├── Unauthenticated             UNAUTHENTICATED           401
    ├── PermissionDenied            PERMISSION_DENIED         403
    ├── RequestLimitExceeded        REQUEST_LIMIT_EXCEEDED    429
    ├── InvalidState                INVALID_STATE             500
    ├── NotSupported                NOT_IMPLEMENTED           501
    ├── TemporarilyUnavailable      TEMPORARILY_UNAVAILABLE   503
    └── DeadlineExceeded            DEADLINE_EXCEEDED         504

The classes are the table: `from_code` and `HTTP_STATUS` are derived from them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class HeadraceError(Exception):
    """Base of every error that Headrace raises on purpose.

    Attributes:
        message: What was given, what is allowed and what to do next.
        error_code: MLflow's name of the error, for example ``RESOURCE_DOES_NOT_EXIST``.
        details: Further fields that travel with the error, for example a batch's index.

    """

    error_code: str = "INTERNAL_ERROR"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, error_code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if error_code is not None:
            self.error_code = error_code

    def get_http_status_code(self) -> int:
        """Return the HTTP status that a server answers this error with."""
        return HTTP_STATUS.get(self.error_code, self.http_status)

    def serialize_as_json(self) -> str:
        """Return the error as the JSON text that travels to a client."""
        return msgspec.json.encode(
            {"error_code": self.error_code, "message": self.message, **self.details}
        ).decode()


class InvalidParameterValue(HeadraceError):
    """A value that is missing, malformed or out of its limits."""

    error_code = "INVALID_PARAMETER_VALUE"
    http_status = 400


class BadRequest(HeadraceError):
    """A request that cannot be read at all."""

    error_code = "BAD_REQUEST"
    http_status = 400


class ResourceAlreadyExists(HeadraceError):
    """A name that is already taken."""

    error_code = "RESOURCE_ALREADY_EXISTS"
    http_status = 400


class ResourceDoesNotExist(HeadraceError):
    """An id or a name that the store does not hold."""

    error_code = "RESOURCE_DOES_NOT_EXIST"
    http_status = 404


class EndpointNotFound(HeadraceError):
    """A call that this server does not offer."""

    error_code = "ENDPOINT_NOT_FOUND"
    http_status = 404


class ResourceConflict(HeadraceError):
    """A change that contradicts the present state, for example of a second writer."""

    error_code = "RESOURCE_CONFLICT"
    http_status = 409


class Unauthenticated(HeadraceError):
    """No credentials, or wrong ones."""

    error_code = "UNAUTHENTICATED"
    http_status = 401


class PermissionDenied(HeadraceError):
    """Credentials that do not allow the call."""

    error_code = "PERMISSION_DENIED"
    http_status = 403


class RequestLimitExceeded(HeadraceError):
    """More than the server takes at a time."""

    error_code = "REQUEST_LIMIT_EXCEEDED"
    http_status = 429


class InvalidState(HeadraceError):
    """A store that cannot be used as it is: foreign, newer or damaged."""

    error_code = "INVALID_STATE"
    http_status = 500


class NotSupported(HeadraceError):
    """Something that this store or server does not offer."""

    error_code = "NOT_IMPLEMENTED"
    http_status = 501


class TemporarilyUnavailable(HeadraceError):
    """A store or server that cannot be reached now: worth another try."""

    error_code = "TEMPORARILY_UNAVAILABLE"
    http_status = 503


class DeadlineExceeded(HeadraceError):
    """An answer that did not come in time."""

    error_code = "DEADLINE_EXCEEDED"
    http_status = 504


_CLASSES: dict[str, type[HeadraceError]] = {HeadraceError.error_code: HeadraceError}
_CLASSES.update((cls.error_code, cls) for cls in HeadraceError.__subclasses__())

HTTP_STATUS: dict[str, int] = {code: cls.http_status for code, cls in _CLASSES.items()} | {
    # Codes that MLflow servers send and that no class of ours needs to tell apart.
    "DATA_LOSS": 500,
    "CANCELLED": 499,
    "RESOURCE_EXHAUSTED": 429,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "NOT_FOUND": 404,
    "CUSTOMER_UNAUTHORIZED": 401,
}


def from_code(error_code: str, message: str, **details: Any) -> HeadraceError:
    """Return the error that a server's answer stands for.

    A code without a class of its own gives a `HeadraceError` that keeps the code.
    """
    return _CLASSES.get(error_code, HeadraceError)(message, error_code, **details)
