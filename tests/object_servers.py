"""Real object stores for tests and benchmarks: SeaweedFS, rclone and Azurite, as processes."""

from __future__ import annotations

import base64
import contextlib
import email.utils
import fcntl
import hmac
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import clean_environment, free_port, start_process, stop_process

START_SECONDS = 60.0

BUCKET = "headrace-tests"

# The account that Azurite has for everybody.
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

ACCESS_KEY = "headrace-access-key"
SECRET_KEY = "headrace-secret-key"


@dataclass(frozen=True)
class ObjectServer:
    """A running object store.

    Attributes:
        endpoint: Its address.
        environment: The variables with which a client reaches it.
        process: The process; it leads its own group.
        make_bucket: Makes a bucket of a name.
    """

    endpoint: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    make_bucket: Callable[[str], None]


@contextlib.contextmanager
def needed(
    name: str, start: Callable[[], AbstractContextManager[ObjectServer]]
) -> Iterator[ObjectServer]:
    """Run a server; where it cannot be run, its tests are skipped or, if it is required, fail.

    Args:
        name: What ``HEADRACE_REQUIRE`` calls it.
        start: Returns the server.
    """
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(start())
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            if name in os.environ.get("HEADRACE_REQUIRE", "").replace(",", " ").split():
                raise
            pytest.skip(f"no {name}: {str(error).splitlines()[0]}")
        yield server


def program(name: str) -> str:
    """Return a program that a package brought along.

    Raises:
        FileNotFoundError: If it is not installed.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"the program {name!r} is not installed")
    return found


@contextlib.contextmanager
def seaweedfs(folder: Path) -> Iterator[ObjectServer]:
    """Run SeaweedFS, which speaks S3 and asks for credentials.

    Args:
        folder: Takes its data and log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    port, filer_port = free_port(), free_port()
    # Every port is chosen: those that are not default to a fixed distance from another.
    others = (
        "master.port",
        "master.port.grpc",
        "volume.port",
        "volume.port.grpc",
        "filer.port.grpc",
    )
    command = [
        program("weed"),
        "-logtostderr=true",
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=1024",
        "-volume.max=0",  # as many as the disk has room for; a bucket takes seven of them
        *(f"-{name}={free_port()}" for name in others),
        f"-filer.port={filer_port}",
        "-filer",
        "-s3",
        f"-s3.port={port}",
        f"-s3.port.grpc={free_port()}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        "-s3.allowEmptyFolder=false",
        f"-s3.config={config}",
    ]

    def make_bucket(name: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", filer_port, timeout=10)
        connection.request("POST", f"/buckets/{name}/")
        assert connection.getresponse().status == 201
        connection.close()

    with _serving(command, folder / "weed.log", port) as process:
        yield _s3(port, process, make_bucket)


@contextlib.contextmanager
def rclone(folder: Path, *, anonymous: bool = False) -> Iterator[ObjectServer]:
    """Run rclone's S3 server over a folder, each folder in which is a bucket.

    Args:
        folder: The folder; the log lies beside it.
        anonymous: Let everybody in, also clients of Google Cloud Storage.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    keys = [] if anonymous else ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
    # Its own default lies in the home of the person, and nobody would ever empty it.
    cache = tempfile.mkdtemp(prefix="headrace-rclone-")
    address = ["--addr", f"127.0.0.1:{port}", "--cache-dir", cache]
    command = [program("rclone"), "serve", "s3", *address, *keys, str(folder)]
    try:
        with _serving(command, folder.with_suffix(".log"), port) as process:
            yield _s3(port, process, lambda name: (folder / name).mkdir())
    finally:
        shutil.rmtree(cache, ignore_errors=True)


@contextlib.contextmanager
def azurite(folder: Path, tool: Path) -> Iterator[ObjectServer]:
    """Run Azurite, which speaks as Azure's blob storage does.

    Args:
        folder: Takes its data and log.
        tool: The program, as `install_azurite` returns it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    address = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder)]
    flags = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    endpoint = f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}"
    connection = f"AccountName={AZURE_ACCOUNT};AccountKey={AZURE_KEY};BlobEndpoint={endpoint};"

    def make_bucket(name: str) -> None:
        _make_azure_container(port, name)

    with _serving([str(tool), *flags, *address], folder / "azurite.log", port) as process:
        environment = {"AZURE_STORAGE_CONNECTION_STRING": connection}
        yield ObjectServer(endpoint, environment, process, make_bucket)


def install_azurite(folder: Path) -> Path:
    """Return the program, installed by npm if it is not there yet.

    Args:
        folder: Where to; it is kept for the next time.

    Raises:
        FileNotFoundError: If there is no npm.
        RuntimeError: If npm cannot install it.
    """
    tool = folder / "node_modules" / ".bin" / "azurite-blob"
    if tool.exists():
        return tool
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # of several test processes one installs it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tool.exists():
            command = [program("npm"), "install", "--silent", "--no-fund", "--no-audit", "azurite"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"npm cannot install azurite: {done.stderr[-500:]}")
    return tool


def _make_azure_container(port: int, name: str) -> None:
    """Make a container; the library under test has no call for that."""
    date = email.utils.formatdate(usegmt=True)
    headers = {"x-ms-date": date, "x-ms-version": "2021-12-02"}
    resource = f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{name}\nrestype:container"
    canonical = "".join(f"{key}:{value}\n" for key, value in headers.items())
    text = "PUT" + "\n" * 12 + canonical + resource
    digest = hmac.digest(base64.b64decode(AZURE_KEY), text.encode(), "sha256")
    headers["Authorization"] = f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(digest).decode()}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    target = f"/{AZURE_ACCOUNT}/{name}?restype=container"
    connection.request("PUT", target, headers={**headers, "Content-Length": "0"})
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()


def _s3(
    port: int, process: subprocess.Popen[bytes], make_bucket: Callable[[str], None]
) -> ObjectServer:
    endpoint = f"http://127.0.0.1:{port}"
    environment = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "MLFLOW_S3_ENDPOINT_URL": endpoint,
    }
    return ObjectServer(endpoint, environment, process, make_bucket)


@contextlib.contextmanager
def _serving(command: Sequence[str], log: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = start_process(command, log, environment=clean_environment())
    try:
        _wait_for(port, process, log)
        yield process
    finally:
        stop_process(process, kill=True)  # nobody wants the data


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    text = log.read_bytes()[-4000:].decode(errors="replace")
    raise RuntimeError(f"the server did not start, status {process.poll()}:\n{text}")
