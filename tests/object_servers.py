"""Real object stores for tests and benchmarks: SeaweedFS, rclone and Azurite, as processes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import clean_environment, start_process, stop_process

START_SECONDS = 60.0

BUCKET = "headrace-tests"

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
def needed(name: str, starting: AbstractContextManager[ObjectServer]) -> Iterator[ObjectServer]:
    """Run a server; where it cannot be run, its tests are skipped or, if it is required, fail.

    Args:
        name: What ``HEADRACE_REQUIRE`` calls it.
        starting: The server.
    """
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(starting)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            if name in os.environ.get("HEADRACE_REQUIRE", "").replace(",", " ").split():
                raise
            pytest.skip(f"no {name}: {str(error).splitlines()[0]}")
        yield server


def quiet_port() -> int:
    """Return a free TCP port that no outgoing connection will take before a server does."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


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
    port, filer_port = quiet_port(), quiet_port()
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
        *(f"-{name}={quiet_port()}" for name in others),
        f"-filer.port={filer_port}",
        "-filer",
        "-s3",
        f"-s3.port={port}",
        f"-s3.port.grpc={quiet_port()}",
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
    port = quiet_port()
    keys = [] if anonymous else ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
    command = [program("rclone"), "serve", "s3", "--addr", f"127.0.0.1:{port}", *keys, str(folder)]
    with _serving(command, folder.with_suffix(".log"), port) as process:
        yield _s3(port, process, lambda name: (folder / name).mkdir())


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
