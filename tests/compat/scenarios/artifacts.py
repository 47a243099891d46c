"""Artifacts by way of the server: upload of small files, lists, downloads, paths that climb."""

from __future__ import annotations

from typing import Any

from tests.compat import differences
from tests.compat.differences import SAFE_PATH, Ours, refused
from tests.compat.exchange import AJAX, Exchange, Scenario, get, post, send
from tests.compat.scenarios.beginnings import new_experiment, new_run, unseen

LIST = "artifacts/list"
FILE = "/get-artifact"
VERSION_FILE = "/model-versions/get-artifact"
UPLOAD = AJAX + "upload-artifact"
ABSENT = "0123456789abcdef0123456789abcdef"
SHOWN = ("content-type", "content-disposition", "x-content-type-options", "content-length")


def _put(path: str, content: bytes, **options: Any) -> Exchange:
    query = (("run_uuid", "$run"), ("path", path))
    headers = {"Content-Type": "application/octet-stream"}
    return send("POST", UPLOAD, content, **({"query": query, "headers": headers} | options))


def _download(path: str, **options: Any) -> Exchange:
    query = {"path": path, "run_uuid": "$run"} | options.pop("more", {})
    return get(FILE, query, **({"show": SHOWN} | options))


def _of_version(path: str, **options: Any) -> Exchange:
    query = {"path": path, "name": "$unique-m", "version": "1"} | options.pop("more", {})
    return get(VERSION_FILE, query, **({"show": SHOWN} | options))


def _no_version_file(path: str, **options: Any) -> Exchange:
    return _of_version(path, **({"show": ()} | options))


_FILES = [
    ("notes.txt", b"some text\n"),
    ("data/table.csv", b"a,b\n1,2\n"),
    ("data/deep/er/x.json", b'{"a": 1}'),
    ("model/MLmodel", b"flavors: {}\n"),
    ("model/model.pkl", bytes(range(256))),
    ("page.html", b"<html><script>alert(1)</script></html>"),
    ("image.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ("plot.png", b"\x89PNG\r\n\x1a\n"),
    ("no extension", b"x"),
    ("conf.yaml", b"a: 1\n"),
    ("code.py", b"print()\n"),
    ("README.md", b"# hi\n"),
    ("\u65e5\u672c \u00fc.txt", b"unicode\n"),
    ("a, b;c 'd'.txt", b"quotes\n"),
    ("100%.txt", b"percent\n"),
]

SCENARIOS = [
    Scenario(
        "list",
        [
            new_experiment(),
            new_run(),
            get(LIST, {"run_id": "$run"}, label="no artifacts"),
            *[_put(path, content) for path, content in _FILES],
            get(LIST, {"run_id": "$run"}),
            get(LIST, {"run_uuid": "$run"}),
            get(LIST, {"run_id": "$run", "path": "data"}),
            get(LIST, {"run_id": "$run", "path": "data/"}, label="trailing slash"),
            get(LIST, {"run_id": "$run", "path": "data/deep"}),
            get(LIST, {"run_id": "$run", "path": "notes.txt"}, label="a file"),
            get(LIST, {"run_id": "$run", "path": "nothing"}, label="missing path"),
            get(LIST, {"run_id": "$run", "path": ""}, label="empty path"),
            get(LIST, {"run_id": "$run", "path": "."}, label="dot"),
            get(LIST, {"run_id": "$run", "page_token": "x"}, label="page token"),
        ],
    ),
    Scenario(
        "list with bad input",
        [
            new_experiment(),
            new_run(),
            _put("a.txt", b"a"),
            get(LIST, {}, headers={"Content-Type": "application/json"}, exact=True),
            get(LIST, {"run_id": ABSENT}),
            get(LIST, {"run_id": ""}),
            *[
                get(LIST, {"run_id": "$run", "path": path})
                for path in [
                    "..",
                    "../..",
                    "a/../../b",
                    "/etc",
                    "%2e%2e",
                    "..%2f..",
                    "%252e%252e/x",
                    "file:///etc",
                    "~",
                    "a//b",
                    "./a.txt",
                    "a/./b",
                ]
            ],
            get(LIST, {"run_id": "$run", "path": "a\\..\\..\\b"}, ours=SAFE_PATH),
            get(LIST, {"run_id": "$run", "path": "\x00"}, ours=SAFE_PATH),
        ],
    ),
    Scenario(
        "download",
        [
            new_experiment(),
            new_run(),
            *[_put(path, content) for path, content in _FILES],
            *[_download(path) for path, _ in _FILES],
            _download("notes.txt", more={"run_id": "$run"}, label="run_id too"),
            get(FILE, {"path": "notes.txt", "run_id": "$run"}, label="run_id alone"),
            _download("notes.txt", headers={"Accept": "text/html"}, label="Accept"),
            _download("notes.txt", headers={"Range": "bytes=0-3"}, label="Range"),
            send(
                "HEAD",
                FILE,
                query=(("path", "notes.txt"), ("run_uuid", "$run")),
                headers={},
                show=("content-type", "content-disposition"),
            ),
        ],
    ),
    Scenario(
        "download with bad input",
        [
            new_experiment(),
            new_run(),
            _put("data/a.txt", b"a"),
            get(FILE, {"path": "data/b.txt", "run_uuid": "$run"}, label="missing file"),
            get(FILE, {"path": "data", "run_uuid": "$run"}, label="a folder"),
            get(FILE, {"path": "", "run_uuid": "$run"}, label="empty path"),
            get(FILE, {"path": "data/a.txt", "run_uuid": ABSENT}, label="unknown run"),
            get(
                FILE,
                {"path": "data/a.txt"},
                label="no run",
                ours=refused("MLflow looks for a run named None."),
            ),
            get(FILE, {"run_uuid": "$run"}, label="no path"),
            *[
                get(FILE, {"path": path, "run_uuid": "$run"})
                for path in [
                    "../../../mlflow.db",
                    "/etc/passwd",
                    "%2e%2e/%2e%2e/x",
                    "..%2f..%2fx",
                    "%252e%252e%252fx",
                    "data/../../x",
                    "file:///etc/passwd",
                    "C:\\x",
                    "data/%2e%2e/data/a.txt",
                ]
            ],
            *[
                get(FILE, {"path": path, "run_uuid": "$run"}, ours=SAFE_PATH)
                for path in ["data\\..\\..\\x", "http://localhost/x"]
            ],
        ],
    ),
    Scenario(
        "download of versions of models",
        [
            new_experiment(),
            new_run(),
            _put("model/MLmodel", b"flavors: {}\n"),
            _put("model/data/weights.bin", bytes(range(256))),
            get(
                "runs/get", {"run_id": "$run"}, save={"root": "run.info.artifact_uri"}, view=unseen
            ),
            post("registered-models/create", {"name": "$unique-m"}, view=unseen),
            post(
                "model-versions/create",
                {"name": "$unique-m", "source": "${root}/model", "run_id": "$run"},
                view=unseen,
            ),
            _of_version("MLmodel"),
            _of_version("data/weights.bin"),
            _of_version("data/weights.bin", headers={"Range": "bytes=0-3"}, label="Range"),
            _no_version_file("nothing", label="missing file"),
            _no_version_file("data", label="a folder"),
            _no_version_file("../MLmodel"),
            _no_version_file("/etc/passwd"),
            _no_version_file("..%2fMLmodel"),
            _no_version_file("", label="empty path"),
            _no_version_file("MLmodel", more={"version": "2"}, label="missing version"),
            _no_version_file("MLmodel", more={"version": "x"}, label="version that is no number"),
            _no_version_file("MLmodel", more={"name": "$unique-n"}, label="missing model"),
            get(VERSION_FILE, {"name": "$unique-m", "version": "1"}, label="no path"),
        ],
    ),
    Scenario(
        "names with the marks of a URL",
        [
            new_experiment(),
            new_run(),
            _put("a#1.txt", b"hash"),
            _download("a#1.txt", show=()),
            _put("a?b.txt", b"question", ours=SAFE_PATH),
            _download("a?b.txt", show=(), ours=SAFE_PATH),
            get(
                LIST,
                {"run_id": "$run"},
                ours=Ours(SAFE_PATH.reason, {"body/files": differences.ABSENT}),
            ),
        ],
    ),
    Scenario(
        "upload",
        [
            new_experiment(),
            new_run(),
            _put("a/b/c.txt", b"first"),
            _put("a/b/c.txt", b"second, longer", label="overwrite"),
            _download("a/b/c.txt"),
            _put("empty.txt", b"", label="empty file"),
            _put("../up.txt", b"x"),
            _put("/abs.txt", b"x"),
            _put("%2e%2e/up.txt", b"x"),
            _put("big.bin", b"x" * (10 * 1024 * 1024 + 1), label="more than 10 MB"),
            send("POST", UPLOAD, b"x", query=(("path", "a.txt"),), headers={}, exact=True),
            send("POST", UPLOAD, b"x", query=(("run_uuid", "$run"),), headers={}, exact=True),
            send("POST", UPLOAD, b"x", query=(("run_uuid", ABSENT), ("path", "a.txt")), headers={}),
            send(
                "POST",
                UPLOAD,
                b"x",
                query=(("run_uuid", "$run"), ("path", "plain.txt")),
                headers={},
                label="no content type",
            ),
            send(
                "POST",
                UPLOAD,
                b'{"a": 1}',
                query=(("run_uuid", "$run"), ("path", "j.json")),
                headers={"Content-Type": "application/json"},
                label="JSON content type",
            ),
            get(LIST, {"run_id": "$run"}),
        ],
    ),
]
