"""The calls about the server itself: is it well, what is it, who is asking."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, MLFLOW_3, Empty, Endpoint, Permission, Target


class HeadraceInfo(Struct):
    """What a Headrace server can do beyond MLflow's protocol.

    Attributes:
        version: The server's version.
        client_run_ids: Whether `CreateRun.run_id` is taken, so that a client may choose the id.
        journals: Whether `headrace.api.journals` are taken.
        artifacts: Whether `headrace.api.uploads` are taken.
        sign_in: Whether callers need credentials: ``none``, ``optional`` (who has none may only
            read) or ``required``.
        address: The server's own address, as the caller named it or its administrator says.

    """

    version: str
    client_run_ids: bool
    journals: bool = False  # servers older than journals do not say
    artifacts: bool = False
    sign_in: str = "none"
    address: str = ""


class ServerInfo(Struct):
    """What clients ask before they log in; the fields are MLflow's, but for the last."""

    store_type: str
    workspaces_enabled: bool
    trace_archival_enabled: bool
    multipart_uploads_enabled: bool
    multipart_downloads_enabled: bool
    presigned_upload_run_id_supported: bool
    presigned_upload_model_id_supported: bool
    features_enabled: dict[str, bool]
    headrace: HeadraceInfo


class Caller(Struct):
    """Who makes the call.

    Attributes:
        name: User name; empty if nobody said.
        verified: Whether the server checked credentials for the name.
        role: ``read``, ``write`` or ``admin``.

    """

    name: str
    verified: bool
    role: str


class SignIn(Struct):
    """Begin a session of a browser: a cookie then stands for the credentials of this call."""


class SignOut(Struct):
    """End the session of a browser."""


class GetPageFile(Struct):
    """Get a file that the pages are made of; its name carries a digest of its content."""

    path: str


HEALTH: Endpoint[Empty, None] = Endpoint(
    "health", "GET", "/health", Empty, None, Permission.PUBLIC, Target.SERVER, bases=("",)
)
VERSION: Endpoint[Empty, None] = Endpoint(
    "version", "GET", "/version", Empty, None, Permission.PUBLIC, Target.SERVER, bases=("",)
)
HOME: Endpoint[Empty, None] = Endpoint(
    "home", "GET", "/", Empty, None, Permission.PUBLIC, Target.SERVER, bases=("",)
)
FAVICON: Endpoint[Empty, None] = Endpoint(
    "favicon", "GET", "/favicon.svg", Empty, None, Permission.PUBLIC, Target.SERVER, bases=("",)
)
PAGE_FILE: Endpoint[GetPageFile, None] = Endpoint(
    "page_file",
    "GET",
    "/assets/{path:path}",
    GetPageFile,
    None,
    Permission.PUBLIC,
    Target.SERVER,
    bases=("",),
)
SERVER_INFO = Endpoint(
    "server_info",
    "GET",
    MLFLOW_3 + "/server-info",
    Empty,
    ServerInfo,
    Permission.PUBLIC,
    Target.SERVER,
)
WHOAMI = Endpoint(
    "whoami", "GET", HEADRACE + "/whoami", Empty, Caller, Permission.READ, Target.SERVER
)
# The credentials come in the Authorization header, as in every call.
SIGN_IN = Endpoint(
    "sign_in", "POST", HEADRACE + "/session", SignIn, Caller, Permission.READ, Target.SERVER
)
SIGN_OUT = Endpoint(
    "sign_out", "DELETE", HEADRACE + "/session", SignOut, Empty, Permission.PUBLIC, Target.SERVER
)
OPENAPI: Endpoint[Empty, None] = Endpoint(
    "openapi", "GET", HEADRACE + "/openapi.json", Empty, None, Permission.PUBLIC, Target.SERVER
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
