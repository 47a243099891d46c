"""Calls an ASGI application in this process, as uvicorn would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headrace.server.asgi import Application
from headrace.server.auth import Authenticator
from headrace.server.core import Dispatcher
from headrace.server.group_commit import GroupCommit
from headrace.server.security import HostPolicy, OriginPolicy
from headrace.server.small_calls import SmallCalls
from headrace.server.users import Role
from headrace.stores.sql.tracking import SqlTrackingStore
from headrace.stores.uri import open_tracking_store
from tests.databases import make_embedded_store

MLFLOW = "/api/2.0/mlflow"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str:
        return str(self.json["error_code"])

    @property
    def message(self) -> str:
        return str(self.json["message"])


@dataclass
class Request:
    """What is sent; a body that is no bytes travels as JSON."""

    verb: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    client: tuple[str, int] = ("127.0.0.1", 50000)
    pieces: int = 1

    def scope(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        headers = {"host": "127.0.0.1:5000"}
        if self.body is not None and not isinstance(self.body, bytes):
            headers["content-type"] = "application/json"
        headers |= {name.lower(): value for name, value in self.headers.items()}
        return {
            "type": "http",
            "method": self.verb,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "scheme": "http",
            "client": self.client,
            "headers": [
                (name.encode(), value.encode("latin-1")) for name, value in headers.items()
            ],
        }

    def messages(self) -> Iterable[dict[str, Any]]:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        body = b"" if self.body is None else body
        size = max(1, -(-len(body) // self.pieces))
        parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
        for number, part in enumerate(parts, 1):
            yield {"type": "http.request", "body": part, "more_body": number < len(parts)}


async def send(application: Application, request: Request) -> Answer:
    """Return the application's answer to one request."""
    messages = iter(request.messages())
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.disconnect"})

    async def collect(message: Any) -> None:
        sent.append(message)

    await application(request.scope(), receive, collect)
    start, *bodies = sent
    assert not bodies[-1].get("more_body")
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part["body"] for part in bodies))


class Client:
    """An application on a store of its own, and short ways to call it."""

    def __init__(self, folder: Path, **parts: Any) -> None:
        place = folder / "store"
        if not place.exists():
            make_embedded_store(place)
        self.store: SqlTrackingStore = open_tracking_store(str(place))
        prefix = parts.pop("prefix", "")
        destination = parts.pop("artifacts_destination", None)
        public_url = parts.pop("public_url", None)
        artifact_roots = parts.pop("artifact_roots", ())
        pages = parts.pop("pages", folder / "no pages")
        parts.setdefault("authenticator", Authenticator(anonymous=Role.ADMIN))
        parts.setdefault("hosts", HostPolicy())
        parts.setdefault("origins", OriginPolicy())
        self.dispatcher = Dispatcher(
            self.store,
            prefix=prefix,
            artifact_roots=artifact_roots,
            artifacts_destination=destination,
            public_url=public_url,
            pages=pages,
            frame_options=parts.get("frame_options", "SAMEORIGIN"),
            authenticator=parts["authenticator"],
        )
        small_calls = SmallCalls(
            self.dispatcher.router,
            GroupCommit(self.store.apply, alone_here=True, groups_here=True),
            GroupCommit(self.store.together, alone_here=False, groups_here=False),
            authenticator=parts["authenticator"],
            hosts=parts["hosts"],
            reads_here=True,
        )
        parts.setdefault("small_calls", small_calls)
        self.application = Application(self.dispatcher, **parts)

    def close(self) -> None:
        self.application.close()

    def call(self, verb: str, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call_all([Request(verb, path, body, **options)])[0]

    def call_all(self, requests: Iterable[Request]) -> list[Answer]:
        """Send requests at the same time."""

        async def together() -> list[Answer]:
            return await asyncio.gather(*(send(self.application, request) for request in requests))

        return asyncio.run(together())

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", MLFLOW + path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", MLFLOW + path, {} if body is None else body, **options)

    def new_run(self) -> str:
        answer = self.post("/runs/create", {"experiment_id": "0", "start_time": 1})
        return str(answer.json["run"]["info"]["run_id"])
