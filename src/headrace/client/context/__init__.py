"""What a new run records about where it was started, without being asked.

A provider is a function that returns tags, none where it has nothing to say. A new one is one file
and one line in `PROVIDERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from headrace.client.context import environment, git, notebook, process

PROVIDERS: tuple[Callable[[], Mapping[str, str]], ...] = (
    process.tags,
    git.tags,
    notebook.tags,
    environment.tags,
)


def resolve_tags(own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the tags of a new run: of each provider in turn, and then the caller's own.

    Args:
        own: Tags that replace those of the providers.

    """
    found: dict[str, Any] = {}
    for provider in PROVIDERS:
        found.update(provider())
    found.update(own or {})
    return found
