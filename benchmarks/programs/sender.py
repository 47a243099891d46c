"""Sends a file over a loopback connection as plainly as can be: the limit of a transfer."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

_PIECE = 1 << 20


def main(port: int, source: Path) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection, source.open("rb") as file:
        connection.sendall(b"?")
        connection.recv(1)
        while piece := file.read(_PIECE):
            connection.sendall(piece)


main(int(sys.argv[1]), Path(sys.argv[2]))
