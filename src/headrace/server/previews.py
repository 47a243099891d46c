"""Files that pages show, as people logged them: with their types, and locked into their frames.

A page that somebody logged may draw by its own scripts, as plots and reports do. The policy that it
comes with gives it an origin of its own, even where it is opened in a tab, so it has no cookies and
cannot look at the page around it; and it lets it fetch nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.api.limits import MAX_FILES_PER_PAGE
from headrace.api.previews import FileOwner, FilesPage, ListFiles, ViewArtifact
from headrace.api.registry import GetModelVersionDownloadUri
from headrace.api.tracking import GetLoggedModel, GetRun
from headrace.artifacts.base import ArtifactStore
from headrace.errors import InvalidParameterValue
from headrace.server.downloads import send_file
from headrace.server.reply import Reply
from headrace.server.roots import Roots
from headrace.stores.base import TrackingStore

if TYPE_CHECKING:
    from headrace.server.core import Call

_SANDBOX = (
    "sandbox allow-scripts",
    "default-src 'none'",
    "script-src 'unsafe-inline' 'unsafe-eval' blob: data:",
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "font-src data:",
    "media-src data: blob:",
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
)
# Browsers show a PDF by a page of their own, which a sandbox would keep from starting; nothing that
# stands in a PDF runs in the server's origin.
_PDF = ("default-src 'none'", "object-src 'self'", "style-src 'unsafe-inline'")

# What pages play. How other kinds of media are called is up to the machine that the server runs on.
_MEDIA_TYPES = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
}

# What the token of a page begins with, before the path of its last folder or file.
_TOKENS = _FOLDER, _FILE = "d", "f"

_TEXT_TYPES = ("text/", "application/xhtml+xml", "image/svg+xml")


class PreviewCalls:
    """Answers the rows of `headrace.api.previews`."""

    def __init__(self, store: TrackingStore, roots: Roots, ancestors: str) -> None:
        """Take the parts.

        Args:
            store: Knows where the files of runs, models and versions lie.
            roots: Opens those places.
            ancestors: Which pages may show files in a frame, as a policy says it.

        """
        self._owners = store
        self._places = roots
        self._ancestors = f"frame-ancestors {ancestors}"

    def list_files(self, request: ListFiles, call: Call) -> FilesPage:
        """List a folder of a run, model or version."""
        limit, after = request.max_results, request.page_token or ""
        if limit is not None and not 1 <= limit <= MAX_FILES_PER_PAGE:
            raise InvalidParameterValue(
                f"Invalid value {limit} for parameter 'max_results' supplied. It must be from 1 to "
                f"{MAX_FILES_PER_PAGE}."
            )
        if after and not after.startswith(_TOKENS):
            raise InvalidParameterValue(f"Invalid page token {after[:100]!r}.")
        last = (after.startswith(_FILE), after[1:]) if after else None
        uri = self._uri_of(request)
        page = self._places.open(uri).list_page(request.path or "", limit, last)
        token = None
        if page.has_more:
            last_file = page.files[-1]
            token = (_FOLDER if last_file.is_dir else _FILE) + last_file.path
        return FilesPage(uri, page.files, page.total, token)

    def view_artifact(self, request: ViewArtifact, call: Call) -> Reply:
        """Send a file to be shown, or the range of it that is asked for."""
        root: ArtifactStore = self._places.open(self._uri_of(request))
        reply = send_file(root, request.path, call)
        ending = request.path.rpartition(".")[2].lower()
        reply.content_type = _MEDIA_TYPES.get(ending, reply.content_type)
        policy = _PDF if reply.content_type == "application/pdf" else _SANDBOX
        if reply.content_type.startswith(_TEXT_TYPES):
            reply.content_type += "; charset=utf-8"
        reply.headers = (
            *((name, value) for name, value in reply.headers if name != "Content-Disposition"),
            ("Content-Security-Policy", "; ".join((*policy, self._ancestors))),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
        )
        return reply

    def _uri_of(self, owner: FileOwner) -> str:
        by_version = owner.name is not None and owner.version is not None
        given = [bool(owner.run_id), bool(owner.model_id), by_version]
        if sum(given) != 1 or (owner.name is None) != (owner.version is None):
            raise InvalidParameterValue(
                "Name one owner of the files: a run by run_id, a logged model by model_id, or a "
                "version of a registered model by name and version."
            )
        if owner.run_id:
            return (
                self._owners.get_run(
                    GetRun(run_id=owner.run_id, info_only=True)
                ).run.info.artifact_uri
                or ""
            )
        if owner.model_id:
            model = self._owners.get_logged_model(GetLoggedModel(model_id=owner.model_id)).model
            return model.artifact_location or ""
        version = GetModelVersionDownloadUri(name=owner.name or "", version=owner.version or "")
        return self._owners.get_model_version_download_uri(version).artifact_uri or ""
