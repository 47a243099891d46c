"""The pages of the web interface: what is sent, how compressed, for how long, and what is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace.server.auth import Authenticator
from tests.unit.server_client import Client

INDEX = b'<!doctype html><script type="module" src="./assets/index-a1b2.js"></script>'
SCRIPT = b"console.log('a script')"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder as the build leaves it; what is compressed only says so, to be told apart."""
    folder = tmp_path / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_bytes(INDEX)
    (folder / "favicon.svg").write_bytes(b"<svg/>")
    (folder / "assets" / "index-a1b2.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-a1b2.js.br").write_bytes(b"by br")
    (folder / "assets" / "index-a1b2.js.gz").write_bytes(b"by gzip")
    (folder / "assets" / "index-c3d4.css").write_bytes(b"p{}")
    (folder / "assets" / "notes.txt").write_bytes(b"of no type that pages have")
    return folder


@pytest.fixture
def client(tmp_path: Path, pages: Path) -> Iterator[Client]:
    client = Client(tmp_path, pages=pages)
    yield client
    client.close()


def test_the_first_page_is_asked_for_anew_each_time(client: Client) -> None:
    page = client.call("GET", "/")

    assert (page.status, page.body) == (200, INDEX)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-cache"
    again = client.call("GET", "/", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert client.call("GET", "/", headers={"If-None-Match": 'W/"other"'}).body == INDEX


def test_the_first_page_runs_no_script_but_its_own(client: Client) -> None:
    headers = client.call("GET", "/").headers
    policy = dict(
        item.strip().split(" ", 1) for item in headers["Content-Security-Policy"].split(";")
    )

    assert policy["default-src"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_a_worker_reaches_nothing_but_its_own_scripts(client: Client, pages: Path) -> None:
    (pages / "assets" / "reader-e5f6.mjs").write_bytes(SCRIPT)

    worker = client.call("GET", "/assets/reader-e5f6.mjs")
    assert worker.headers["content-type"] == "text/javascript; charset=utf-8"
    assert worker.headers["Content-Security-Policy"] == "default-src 'none'; script-src 'self'"
    other = client.call("GET", "/assets/index-a1b2.js")
    assert "Content-Security-Policy" not in other.headers


def test_other_files_are_kept_for_ever(client: Client) -> None:
    script = client.call("GET", "/assets/index-a1b2.js")

    assert (script.status, script.body) == (200, SCRIPT)
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (
        client.call("GET", "/assets/index-c3d4.css").headers["content-type"].startswith("text/css")
    )
    icon = client.call("GET", "/favicon.svg")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert "immutable" not in icon.headers["Cache-Control"]
    assert client.call("HEAD", "/assets/index-a1b2.js").headers["content-length"] == "23"


@pytest.mark.parametrize(
    ("accepted", "body", "coding"),
    [
        ("gzip, deflate, br, zstd", b"by br", "br"),
        ("gzip;q=1.0, br;q=0.5", b"by br", "br"),
        ("GZIP", b"by gzip", "gzip"),
        ("gzip, br;q=0", b"by gzip", "gzip"),
        ("gzip; q=0.000", SCRIPT, None),
        ("identity", SCRIPT, None),
        ("", SCRIPT, None),
    ],
)
def test_a_file_comes_as_the_browser_takes_it_best(
    client: Client, accepted: str, body: bytes, coding: str | None
) -> None:
    answer = client.call("GET", "/assets/index-a1b2.js", headers={"Accept-Encoding": accepted})

    assert (answer.body, answer.headers.get("Content-Encoding")) == (body, coding)
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "nothing.js",
        "notes.txt",
        "index-a1b2.js.br",
        "../index.html",
        "..%2findex.html",
        "%2e%2e/%2e%2e/secret.js",
        "/etc/passwd",
        "",
    ],
)
def test_nothing_else_is_found(client: Client, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.js").write_bytes(b"secret")

    answer = client.call("GET", f"/assets/{path}")
    assert (answer.status, answer.error_code) in {
        (404, "RESOURCE_DOES_NOT_EXIST"),
        (404, "ENDPOINT_NOT_FOUND"),
    }


def test_below_a_prefix_the_page_is_where_its_files_are(tmp_path: Path, pages: Path) -> None:
    client = Client(tmp_path, pages=pages, prefix="/team/tracking")

    moved = client.call("GET", "/team/tracking")
    assert (moved.status, moved.headers["Location"]) == (308, "./tracking/")
    assert client.call("GET", "/team/tracking/").body == INDEX
    assert client.call("GET", "/team/tracking/assets/index-a1b2.js").body == SCRIPT
    client.close()


def test_pages_are_for_those_who_have_yet_to_sign_in(tmp_path: Path, pages: Path) -> None:
    client = Client(tmp_path, pages=pages, authenticator=Authenticator())

    for path in ("/", "/assets/index-a1b2.js", "/favicon.svg"):
        assert client.call("GET", path).status == 200
    client.close()


def test_pages_that_are_built_anew_are_seen(client: Client, pages: Path) -> None:
    client.call("GET", "/")
    (pages / "assets" / "index-a1b2.js").rename(pages / "assets" / "index-e5f6.js")
    (pages / "index.html").write_bytes(b"new")
    os.utime(pages / "index.html", ns=(1, 1))

    assert client.call("GET", "/").body == b"new"
    assert client.call("GET", "/assets/index-e5f6.js").body == SCRIPT
    assert client.call("GET", "/assets/index-a1b2.js").status == 404


def test_pages_that_were_not_built_say_how(tmp_path: Path) -> None:
    client = Client(tmp_path, pages=tmp_path / "nowhere")

    page = client.call("GET", "/")
    assert page.status == 200
    assert b"make ui" in page.body
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert client.call("GET", "/favicon.svg").status == 404
    client.close()
