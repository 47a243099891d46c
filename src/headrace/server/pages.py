"""The pages of the web interface: files that the build leaves in `_ui`, sent as they are.

``index.html`` refers to the others relatively, so it works below any prefix; their names carry a
digest of their content, so a browser asks for each of them once. Where nothing was built, a plain
page says what this server is and how to build them.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from headrace.errors import ResourceDoesNotExist
from headrace.server.reply import HTML, Reply
from headrace.version import VERSION

if TYPE_CHECKING:
    from headrace.server.core import Call

BUILT = Path(__file__).with_name("_ui")

# What the build leaves beside a file, best first: how it is compressed, and its ending.
_COMPRESSED = {"br": ".br", "gzip": ".gz"}

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": HTML,
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}

# Who may show the pages in a frame is said by X-Frame-Options, which the operator sets.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'self'",
    ]
)
# A worker is held to what comes with its script: this one is given bytes that somebody logged.
_WORKER_POLICY = "default-src 'none'; script-src 'self'"
_PLAIN_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Pages:
    """The built files of one folder, kept in memory once they were asked for."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it may be missing, and may be built anew at any time."""
        self._folder = folder
        self._state: int | None = None
        self._files: dict[str, _File] = {}

    def index(self, call: Call, address: str) -> Reply:
        """Return the first page, which loads all others; the plain one if nothing was built.

        Args:
            call: The call.
            address: The server's own address as the browser named it.

        """
        if self._look() is None:
            page = _PLAIN.substitute(version=html.escape(VERSION), address=html.escape(address))
            plain = (("Content-Security-Policy", _PLAIN_POLICY),)
            return Reply(page.encode(), content_type=HTML, headers=plain)
        file = self._files["index.html"]
        body, encoding = file.fitting(call.headers)
        headers = (
            ("Content-Security-Policy", _POLICY),
            ("Cache-Control", "no-cache"),
            ("ETag", file.mark),
            *_coding(encoding),
        )
        if file.mark in call.headers.get(b"if-none-match", b"").decode("latin-1"):
            return Reply(b"", 304, HTML, headers)
        return Reply(body, content_type=HTML, headers=headers)

    def file(self, name: str, call: Call) -> Reply:
        """Return one of the other files.

        Args:
            name: Its path below the folder; only what was listed there is found, so none leads out.
            call: The call.

        Raises:
            ResourceDoesNotExist: If the build left no such file.

        """
        if not self._files:
            self._look()
        file = self._files.get(name)
        if file is None:
            raise ResourceDoesNotExist(
                f"The pages of this server have no file {name!r}. If the server was updated, load "
                "the page again."
            )
        body, encoding = file.fitting(call.headers)
        hashed = name.startswith("assets/")
        age = "public, max-age=31536000, immutable" if hashed else "max-age=3600"
        headers = (("Cache-Control", age), *_coding(encoding))
        if name.endswith(".mjs"):
            headers += (("Content-Security-Policy", _WORKER_POLICY),)
        return Reply(body, content_type=file.content_type, headers=headers)

    def _look(self) -> int | None:
        """List the files anew if they were built anew; return when, None if there are none."""
        try:
            state = (self._folder / "index.html").stat().st_mtime_ns
        except OSError:
            state = None
        if state != self._state:
            self._files = dict(_files(self._folder)) if state is not None else {}
            self._state = state
        return state


class _File:
    """A file and its compressed siblings, read when they are first wanted."""

    def __init__(self, path: Path, names: set[str]) -> None:
        self.content_type = _TYPES[path.suffix]
        self._path = path
        self._coded = {
            coding: path.with_name(path.name + ending)
            for coding, ending in _COMPRESSED.items()
            if path.name + ending in names
        }
        self._contents: dict[str, bytes] = {}
        self._mark = ""

    @property
    def mark(self) -> str:
        """The entity tag."""
        if not self._mark:
            digest = hashlib.blake2b(self._content(""), digest_size=12).hexdigest()
            self._mark = f'W/"{digest}"'  # weak, since it is the same however compressed
        return self._mark

    def fitting(self, headers: Mapping[bytes, bytes]) -> tuple[bytes, str]:
        """Return the content as a caller takes it best, and how that is compressed: "" for not."""
        taken = set(_codings(headers.get(b"accept-encoding", b"").decode("latin-1")))
        coding = next((coding for coding in self._coded if coding in taken), "")
        return self._content(coding), coding

    def _content(self, coding: str) -> bytes:
        if coding not in self._contents:
            path = self._coded.get(coding, self._path)
            self._contents[coding] = path.read_bytes()
        return self._contents[coding]


def _files(folder: Path) -> Iterator[tuple[str, _File]]:
    """Yield the files that are sent, by their path below the folder."""
    for place in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        paths = [path for path in place.iterdir() if path.is_file()]
        names = {path.name for path in paths}
        for path in paths:
            if path.suffix in _TYPES:
                yield path.relative_to(folder).as_posix(), _File(path, names)


def _coding(name: str) -> Iterator[tuple[str, str]]:
    yield "Vary", "Accept-Encoding"
    if name:
        yield "Content-Encoding", name


def _codings(accepted: str) -> Iterator[str]:
    """Yield the codings that an Accept-Encoding header takes; those of weight 0 are refused."""
    for item in accepted.lower().split(","):
        name, _, weight = item.partition(";")
        if not re.fullmatch(r"q=0(\.0*)?", weight.replace(" ", "")):
            yield name.strip()


_PLAIN = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Headrace</title>
<style>
  :root { color-scheme: light dark; --line: #8884; --quiet: #777; }
  body { font: 15px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 12vh auto;
         padding: 0 1rem }
  h1 { font-size: 1.25rem; margin: 0 } p { margin: .75rem 0 } small { color: var(--quiet) }
  pre { border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto;
        font: 13px/1.6 ui-monospace, monospace }
</style>
<h1>Headrace <small>$version</small></h1>
<p>This is a tracking server for machine learning. It speaks MLflow's REST protocol: training
scripts that use <code>mlflow</code> or <code>headrace</code> can log to it.</p>
<pre>import headrace
headrace.set_tracking_uri("$address")
headrace.log_metric("loss", 0.25)</pre>
<p>Its pages were not built. In a checkout, <code>make ui</code> builds them, and this page becomes
theirs when it is loaded again. Until then:</p>
<pre>MLFLOW_TRACKING_URI=$address headrace runs list</pre>
<p><small>The calls it offers: <a href="$address/api/1.0/headrace/openapi.json">openapi.json</a>
</small></p>
</html>
""")
