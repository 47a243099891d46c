"""Paths to rows of the endpoint table: one dictionary, and a few templates beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from headrace.api.endpoint import Endpoint, Permission, Target
from headrace.errors import EndpointNotFound, InvalidState

Handler = Callable[..., Any]

_FIELD = re.compile(r"\{(\w+)(:path)?\}")


class MethodNotAllowed(EndpointNotFound):
    """A path that is served, but not for this verb.

    Attributes:
        allowed: The verbs that it is served for.

    """

    def __init__(self, verb: str, path: str, allowed: Iterable[str]) -> None:
        self.allowed = sorted(allowed)
        super().__init__(f"{path} does not take {verb}: it takes {', '.join(self.allowed)}.")

    def get_http_status_code(self) -> int:
        """Return 405: clients tell it from a path that is not served by the status alone."""
        return 405


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the endpoint table, and who answers it.

    Attributes:
        endpoint: The row.
        handler: For a row of the store its method, which takes the request; for a row of the
            server a function of request and `headrace.server.core.Call`.

    """

    endpoint: Endpoint[Any, Any]
    handler: Handler


class Router:
    """All routes of a server, found by verb and path."""

    def __init__(
        self,
        endpoints: Iterable[Endpoint[Any, Any]],
        targets: dict[Target, object],
        prefix: str = "",
    ) -> None:
        """Resolve every row; nothing is served unless all of them can be.

        Args:
            endpoints: The table.
            targets: The object whose method of the endpoint's name answers, per target; one that is
                called ``encoded_NAME`` comes first, and answers in the bytes that travel.
            prefix: Static prefix that all paths stand below: empty or ``/like/this``.

        Raises:
            InvalidState: If a row declares no permission, if nobody answers it, or if two rows
                claim the same verb and path.

        """
        self._static: dict[str, dict[str, Route]] = {}
        self._templates: dict[re.Pattern[str], dict[str, Route]] = {}
        for endpoint in endpoints:
            route = Route(endpoint, _resolve(endpoint, targets))
            for base in endpoint.bases:
                self._add(prefix + base + endpoint.path, route)
        if prefix and prefix + "/" in self._static:
            self._static[prefix] = self._static[prefix + "/"]

    def _add(self, path: str, route: Route) -> None:
        routes: dict[str, Route]
        if "{" in path:
            routes = self._templates.setdefault(_pattern(path), {})
        else:
            routes = self._static.setdefault(path, {})
        verb = route.endpoint.verb
        if verb in routes:
            raise InvalidState(f"Two endpoints claim {verb} {path}: every call has one row.")
        routes[verb] = route

    def find(self, verb: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route of a call, and the request's fields that stand in its path.

        Args:
            verb: HTTP method; HEAD finds what GET does.
            path: The path as it travelled, percent-encoded, without the query.

        Raises:
            EndpointNotFound: If nothing is served at the path.
            MethodNotAllowed: If something is, but not for this verb.

        """
        verb = "GET" if verb == "HEAD" else verb
        routes = self._static.get(path) or self._static.get(unquote(path)) or {}
        if verb in routes:
            return routes[verb], {}
        allowed = set(routes)
        for pattern, templated in self._templates.items():
            if match := pattern.fullmatch(path):
                if verb in templated:
                    fields = {name: unquote(text) for name, text in match.groupdict().items()}
                    return templated[verb], fields
                allowed.update(templated)
        if allowed:
            raise MethodNotAllowed(verb, path, allowed)
        raise EndpointNotFound(
            f"This Headrace server offers no call {path}. It serves MLflow's API for classical "
            "machine learning; traces, prompts, scorers and the other GenAI calls are not part of "
            "it. docs/compatibility.md lists what is."
        )

    def static(self, verb: str, names: Collection[str]) -> dict[bytes, Route]:
        """Return the routes of a verb to rows of these names, by their paths without fields."""
        return {
            path.encode(): routes[verb]
            for path, routes in self._static.items()
            if verb in routes and routes[verb].endpoint.name in names
        }

    def verbs(self, path: str) -> list[str]:
        """Return the verbs that a path is served for, in order; empty if it is not served."""
        found = set(self._static.get(path, {}))
        for pattern, templated in self._templates.items():
            if pattern.fullmatch(path):
                found.update(templated)
        return sorted(found)


def _resolve(endpoint: Endpoint[Any, Any], targets: dict[Target, object]) -> Handler:
    if not isinstance(endpoint.permission, Permission):
        raise InvalidState(
            f"The endpoint {endpoint.name} ({endpoint.verb} {endpoint.path}) declares no permission"
        )
    target = targets[endpoint.target]
    handler: Handler | None = getattr(target, f"encoded_{endpoint.name}", None)
    handler = handler or getattr(target, endpoint.name, None)
    if handler is None:
        raise InvalidState(
            f"The endpoint {endpoint.name} ({endpoint.verb} {endpoint.path}) is answered by nobody:"
            f" {type(target).__name__} has no such method."
        )
    return handler


def _pattern(path: str) -> re.Pattern[str]:
    """Return the pattern of a path template; a field is one segment, or the rest with ``:path``."""
    parts, end = [], 0
    for field in _FIELD.finditer(path):
        parts += [
            re.escape(path[end : field.start()]),
            f"(?P<{field[1]}>{'.+' if field[2] else '[^/]+'})",
        ]
        end = field.end()
    return re.compile("".join([*parts, re.escape(path[end:])]))
