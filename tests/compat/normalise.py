"""Answers made comparable: what a server chooses itself becomes a placeholder, the rest stays."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_DAY_MS = 24 * 3600 * 1000
_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
_RUN_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_RANDOM_NAME = re.compile(r"[a-z]+-[a-z]+-\d+")
_DATABASE_ERROR = re.compile(r"\((?:sqlite3|psycopg2?)\.\w+\).*", re.DOTALL)
# Python prints the words of a set in another order in every process.
_SET = re.compile(r"\{('[^{}:]*')\}")
_VERSION = re.compile(r"\d+\.\d+\.\d+[\w.+-]*")
_TIME_IN_TEXT = re.compile(r"(?<!\d)\d{13}(?!\d)")

_LONG_TEXT = 300
DATABASE_ERROR = "<database error>"

# Lists that clients read as maps; MLflow returns them in the order of its database.
_MAP_LISTS = frozenset({"tags", "params"})
# 3.17 adds these two to error bodies, 2.22 does not; no client reads them.
_IGNORED_ERROR_FIELDS = frozenset({"sqlstate", "error_class"})
_NAME_FIELDS = frozenset({"run_name", "name", "mlflow.runName"})
_TOKEN_FIELDS = frozenset({"next_page_token", "page_token"})


class Placeholders:
    """The names given to ids, places and times within one scenario.

    Ids are numbered by first appearance, so that "the second run" is the same run on every server.

    Args:
        url: Base address of the server.
        artifact_root: Folder that the server was given for artifacts.
        unique: The random text that keeps this scenario's names apart from all others.
    """

    def __init__(self, url: str, artifact_root: Path, unique: str) -> None:
        self._texts = {str(artifact_root): "<root>", url: "<server>", unique: "<unique>"}
        self._experiments: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def name_experiment(self, experiment_id: str) -> None:
        """Give an experiment created by this scenario its number."""
        self._experiments.setdefault(experiment_id, f"<experiment {len(self._experiments) + 1}>")

    def name_text(self, text: str, placeholder: str) -> None:
        """Replace a text wherever it stands."""
        self._texts[text] = placeholder

    def normalise(self, value: Any, key: str = "") -> Any:
        """Return JSON data with placeholders for all that a server chooses itself.

        Args:
            value: Decoded JSON.
            key: The name under which it stood in its object.
        """
        if isinstance(value, Mapping):
            kept = {name: value[name] for name in value if name not in _IGNORED_ERROR_FIELDS}
            return {self._text(name): self._member(kept, name) for name in kept}
        if isinstance(value, list):
            items = [self.normalise(item, key) for item in value]
            is_map = key in _MAP_LISTS and all(isinstance(item, Mapping) for item in items)
            return sorted(items, key=_map_key) if is_map else items
        if isinstance(value, str):
            return self._string(value, key)
        if isinstance(value, int) and not isinstance(value, bool) and _is_now(value):
            return "<now>"
        return value

    def _member(self, owner: Mapping[str, Any], name: str) -> Any:
        # The latest metrics of a run are a map; a metric's history is a list.
        if name == "metrics" and owner.keys() & _MAP_LISTS and isinstance(owner[name], list):
            return sorted((self.normalise(item) for item in owner[name]), key=_map_key)
        if name == "value" and owner.get("key") == "mlflow.runName":
            return self._string(owner[name], "run_name")
        return self.normalise(owner[name], name)

    def _string(self, value: str, key: str) -> str:
        if key in _TOKEN_FIELDS and value:
            return "<token>"
        if key == "text" and _VERSION.fullmatch(value):
            return "<version>"
        if key in _NAME_FIELDS and _RANDOM_NAME.fullmatch(value):
            return "<random name>"
        if key in {"experiment_id", "experiment_ids"}:
            return self._experiments.get(value, value)
        return self._text(value)

    def _text(self, value: str) -> str:
        value = _DATABASE_ERROR.sub(DATABASE_ERROR, value)
        for text, placeholder in self._texts.items():
            value = value.replace(text, placeholder)
        value = _MODEL_ID.sub(lambda match: self._numbered(match[0], "model"), value)
        value = _RUN_ID.sub(lambda match: self._numbered(match[0], "run"), value)
        value = _TIME_IN_TEXT.sub(lambda m: "<now>" if _is_now(int(m[0])) else m[0], value)
        if "<root>" in value or "xperiment" in value:
            for experiment_id, placeholder in self._experiments.items():
                pattern = rf"(?<![\w.<]){re.escape(experiment_id)}(?![\w.>])"
                value = re.sub(pattern, placeholder, value)
        value = _SET.sub(lambda m: "{" + ", ".join(sorted(m[1].split(", "))) + "}", value)
        return abbreviate(value)

    def _numbered(self, raw: str, kind: str) -> str:
        if raw not in self._ids:
            count = sum(name.startswith(f"<{kind} ") for name in self._ids.values())
            self._ids[raw] = f"<{kind} {count + 1}>"
        return self._ids[raw]


def abbreviate(text: str) -> str:
    """Return a long text by its beginning, length and digest, and a short one as it is."""
    if len(text) <= _LONG_TEXT:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{text[:60]}... <{len(text)} characters, sha256 {digest}>"


def _is_now(value: int) -> bool:
    return abs(value - time.time() * 1000) < _DAY_MS


def _map_key(item: Any) -> tuple[str, str]:
    if isinstance(item, Mapping):
        return str(item.get("key", "")), repr(sorted(item.items(), key=str))
    return "", repr(item)
