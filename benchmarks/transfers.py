"""Files that clients send to servers and fetch again, as the artifact cases drive it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.bench import Bench
from benchmarks.clients import client_of, mlflow_client_of
from benchmarks.peers import Server
from benchmarks.tracking import WrongAnswer

# MLflow's own client against our server.
MLFLOW_CLIENT = "mlflow client on headrace"
CONTENDERS = ("mlflow", "headrace", MLFLOW_CLIENT)

_SENDER = Path(__file__).resolve().parent / "programs" / "sender.py"
_PIECE = 1 << 20


def server_name(contender: str) -> str:
    """Return the name of the server that a contender talks to."""
    return "headrace" if contender == MLFLOW_CLIENT else contender


@dataclass(frozen=True)
class Ways:
    """How long the files took; seconds.

    Attributes:
        up: Until all of them were stored.
        down: Until all of them were back.

    """

    up: float
    down: float


def transfer(
    bench: Bench,
    contender: str,
    server: Server,
    files: int,
    size: int,
    watch: Callable[[str, int, int], None] = lambda way, client, server: None,
) -> Ways:
    """Send files of `size` bytes each, and fetch them into another folder.

    Args:
        bench: Gives the folder.
        contender: Who does it.
        server: With whom.
        files: How many.
        size: Bytes of each.
        watch: Called before each way, ``up`` and ``down``, and at the ``end``, with the ids of the
            client's process and of the server's.

    Raises:
        WrongAnswer: If something else came back.

    """
    folder = bench.folder()
    open_client = mlflow_client_of if contender == MLFLOW_CLIENT else client_of
    process = open_client(server, folder).launch("transfers", files=files, size=size)
    try:
        for way in ("up", "down", "end"):
            told = _next_line(process)
            watch(way, process.pid, server.pid)
            if way != "end":
                warm_memory(folder, files * size)
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
        process.wait(timeout=60)
    finally:
        processes.end_tree(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()
        shutil.rmtree(folder)
    if told["wrong"]:
        raise WrongAnswer(f"{len(told['wrong'])} of {files} files came back wrong or not at all")
    return Ways(told["up_s"], told["down_s"])


def warm_memory(folder: Path, size: int) -> None:
    """Have memory at hand for the copies that are made next: twice `size`, at most 1 GB.

    A virtual machine gives what nobody uses back to its host within seconds, and who writes next
    waits for it, four times as long as for the writing. Each contender should find the same.
    """
    place = folder / "memory"
    with place.open("wb", buffering=0) as file:
        for _ in range(min(2 * size, 10**9) // _PIECE):
            file.write(bytes(_PIECE))
    place.unlink()


def _next_line(process: subprocess.Popen[bytes]) -> Any:
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    if not line:
        said = process.stderr.read().decode(errors="replace").strip().splitlines()
        raise RuntimeError("\n".join(said[-5:]) or "the client printed nothing")
    return json.loads(line)


def copy_over_loopback(source: Path, target: Path) -> float:
    """Return the seconds that a plain program needs to copy a file to another process's file."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        sender = subprocess.Popen([sys.executable, _SENDER, str(port), source])
        try:
            connection, _ = listener.accept()
            with connection, target.open("wb", buffering=0) as file:
                connection.recv(1)  # it stands ready
                started = time.perf_counter()
                connection.sendall(b"!")
                buffer = bytearray(_PIECE)
                view = memoryview(buffer)
                while count := connection.recv_into(buffer):
                    file.write(view[:count])
                return time.perf_counter() - started
        finally:
            sender.wait(60)
