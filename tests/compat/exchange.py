"""Raw HTTP exchanges, grouped into scenarios, and how one is played against a server."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
import secrets
import string
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.compat.differences import Ours
from tests.compat.normalise import Placeholders
from tests.servers import Server

API = "/api/2.0/mlflow/"
AJAX = "/ajax-api/2.0/mlflow/"

# What a scenario says about a step, apart from the request.
OPTIONS = ("view", "save", "label", "exact", "ours")

_VARIABLE = re.compile(r"\$\{?([a-z][a-z_0-9]*)\}?")
_JSON_HEADERS = {"Content-Type": "application/json"}
_TEXT_LIMIT = 400


@dataclass(frozen=True)
class Exchange:
    """One request and what is looked at in its answer.

    Strings anywhere in it may hold `$name`: a variable saved from an earlier answer, or `$unique`.

    Attributes:
        method: HTTP verb.
        path: Path of the request, without query.
        query: Query parameters in order; a name may repeat.
        body: Bytes to send, or JSON data; None sends no body.
        headers: Headers to send; a JSON content type when absent.
        save: Variable -> dotted place in the JSON answer (`run.info.run_id`, `runs.0.info`).
        exact: Clients match on the message of this error: compare it to the letter.
        show: Names of answer headers that are compared too.
        view: Reduces the decoded answer to what matters (an order, a length) before comparing.
        label: What the step is about, where the request does not say it.
        ours: What Headrace answers, where it means to differ from MLflow.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    headers: Mapping[str, str] | None = None
    save: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
    show: tuple[str, ...] = ()
    view: Callable[[Any], Any] | None = None
    label: str = ""
    ours: Ours | None = None


@dataclass(frozen=True)
class Scenario:
    """Exchanges that build on each other, independent of every other scenario."""

    name: str
    steps: Sequence[Exchange]


@dataclass(frozen=True)
class Answer:
    """What one exchange brought back, normalised.

    Attributes:
        status: HTTP status.
        mime: Media type without parameters, "" when absent.
        headers: The headers that the exchange shows.
        body: Normalised JSON; `{"text": ...}` for plain text, `{"html": True}` for a page,
            `{"bytes": n, "sha256": ...}` for anything else; None for an empty body.
    """

    status: int
    mime: str
    headers: Mapping[str, str | None]
    body: Any


def get(path: str, query: Mapping[str, Any] | None = None, **options: Any) -> Exchange:
    """Build a GET of `api/2.0/mlflow/PATH`; a list in `query` repeats its name."""
    pairs: list[tuple[str, str]] = []
    for name, value in (query or {}).items():
        values = value if isinstance(value, list) else [value]
        pairs.extend((name, str(item)) for item in values)
    options.setdefault("headers", {})
    return Exchange("GET", _absolute(path), query=tuple(pairs), **options)


def post(path: str, body: Any = None, **options: Any) -> Exchange:
    """Build a POST of `api/2.0/mlflow/PATH` with a JSON body."""
    return Exchange("POST", _absolute(path), body=body, **options)


def send(method: str, path: str, body: Any = None, **options: Any) -> Exchange:
    """Build a request of any verb to `api/2.0/mlflow/PATH`, or to PATH when it starts with `/`."""
    return Exchange(method, _absolute(path), body=body, **options)


class Player:
    """Plays scenarios against one server over one kept-alive connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        parts = urllib.parse.urlsplit(server.url)
        self._prefix = parts.path
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def play(self, scenario: Scenario) -> list[Answer]:
        """Send every exchange in order and return the normalised answers.

        Raises:
            KeyError: A step uses a variable that no earlier step saves.
        """
        letters = (secrets.choice(string.ascii_lowercase) for _ in range(10))
        variables = {"unique": "u" + "".join(letters), "root": str(self._server.artifact_root)}
        placeholders = Placeholders(
            self._server.url, self._server.artifact_root, variables["unique"]
        )
        return [self._play(step, variables, placeholders) for step in scenario.steps]

    def _play(
        self, step: Exchange, variables: dict[str, str], placeholders: Placeholders
    ) -> Answer:
        status, headers, raw = self._send(step, variables)
        mime = headers.get("Content-Type", "").partition(";")[0].strip()
        body = _decode(raw, mime)
        for name, place in step.save.items():
            variables[name] = _at(body, place) or f"no-{name}-in-answer-{status}"
        if status == 200 and step.path.endswith("experiments/create"):
            placeholders.name_experiment(_at(body, "experiment_id"))
        if step.view is not None and status == 200:
            body = _reduce(body, step.view)
        shown = {
            name: None if (text := headers.get(name)) is None else placeholders.normalise(text)
            for name in step.show
        }
        return Answer(status, mime, shown, placeholders.normalise(body))

    def _send(
        self, step: Exchange, variables: Mapping[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        path = self._prefix + substitute(step.path, variables)
        if step.query:
            path += "?" + urllib.parse.urlencode(substitute(step.query, variables))
        body = substitute(step.body, variables)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = dict(_JSON_HEADERS if step.headers is None else step.headers)
        for attempt in (1, 2):
            try:
                self._connection.request(step.method, path, body=data, headers=headers)
                response = self._connection.getresponse()
                return response.status, response.headers, response.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A server may close an idle connection, or one whose request it refused.
                self._connection.close()
                if attempt == 2:
                    raise
        raise AssertionError


def substitute(value: Any, variables: Mapping[str, str]) -> Any:
    """Return data with every `$name` in its strings replaced by the variable."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: variables[match[1]], value)
    if isinstance(value, bytes):
        return value.replace(b"$unique", variables["unique"].encode())
    if isinstance(value, Mapping):
        return {substitute(k, variables): substitute(v, variables) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(substitute(item, variables) for item in value)
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    return value


def _absolute(path: str) -> str:
    return path if path.startswith("/") else API + path


def _at(body: Any, place: str) -> str:
    """Return what stands at a dotted place as text, "" where there is nothing."""
    for name in place.split("."):
        try:
            body = body[int(name)] if isinstance(body, list) else body[name]
        except (KeyError, IndexError, TypeError):
            return ""
    return str(body)


def _reduce(body: Any, view: Callable[[Any], Any]) -> Any:
    try:
        return view(body)
    except (AttributeError, IndexError, KeyError, TypeError):
        return {"of another shape": body}


def _decode(raw: bytes, mime: str) -> Any:
    if not raw:
        return None
    if mime == "application/json":
        with contextlib.suppress(ValueError):
            # A bare NaN is no JSON: browsers refuse the whole answer.
            return json.loads(raw, parse_constant=lambda word: f"<bare {word}>")
    if raw.lstrip()[:1] == b"<" and mime == "text/html":
        return {"html": True}
    with contextlib.suppress(UnicodeDecodeError):
        if len(raw) <= _TEXT_LIMIT:
            return {"text": raw.decode()}
    return {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
