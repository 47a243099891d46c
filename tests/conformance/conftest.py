"""A real HTTP server whose store each test brings along."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from headrace.server.asgi import Application
from headrace.server.run import ServerOptions, make_application
from tests.databases import make_embedded_store


class HttpHost:
    """uvicorn on a thread; it serves the application of the test that runs.

    Attributes:
        url: The server's address.
    """

    def __init__(self) -> None:
        self._application: Application | None = None
        config = uvicorn.Config(
            self._serve,
            interface="asgi3",
            lifespan="off",
            log_level="warning",
            loop="uvloop",
            http="httptools",
        )
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        assert self._application is not None
        await self._application(scope, receive, send)

    def start(self) -> None:
        """Return when the server takes calls."""
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def host(self, folder: Path, **options: Any) -> Application:
        """Serve a new store in `folder` from now on, as `headrace server` does."""
        make_embedded_store(folder)
        self._application = make_application(
            ServerOptions(backend_store_uri=str(folder), **options)
        )
        return self._application

    def rest(self) -> None:
        """Return when no call is under way; of one that broke off the server learns later."""
        while self._server.server_state.tasks:
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture(scope="session")
def http_host() -> Iterator[HttpHost]:
    host = HttpHost()
    host.start()
    yield host
    host.stop()
