"""Registered models, their versions and their history, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click
import msgspec

from headrace.amounts import age
from headrace.cli.output import moment, print_pairs, print_table, shorten
from headrace.entities import (
    ModelStage,
    ModelVersion,
    RegisteredModel,
    RegistryChange,
    RegistryRule,
    VersionLineage,
)

_MAX_CELL = 40
_MAX_TEXT = 200
_NO_STAGE = ("", ModelStage.NONE)


def print_models(models: Sequence[RegisteredModel]) -> None:
    """Print registered models, one each line."""
    rows = [
        (
            model.name,
            str(max((int(one.version) for one in model.latest_versions), default="")),
            _aliases_of(model),
            _stages_of(model),
            age(model.last_updated_timestamp),
            shorten(model.description or "", _MAX_CELL),
        )
        for model in models
    ]
    columns = ("Model", "Latest", "Aliases", "Stages", "Updated", "Description")
    print_table(columns, rows, numbers=("Latest",))


def print_model(
    model: RegisteredModel, versions: Sequence[ModelVersion], rules: Sequence[RegistryRule]
) -> None:
    """Print one registered model, the rules that it has to obey, and its versions."""
    _print_given(
        [
            ("Model", model.name),
            ("Description", shorten(model.description or "", _MAX_TEXT)),
            ("Created", moment(model.creation_timestamp)),
            ("Updated", moment(model.last_updated_timestamp)),
            ("By", who(model.user_id, verified=model.user_verified)),
            ("Aliases", _aliases_of(model)),
            ("Tags", _tags(model.tags)),
            ("Rules", ", ".join(f"{title_of_rule(one, '')} {one.condition}" for one in rules)),
        ]
    )
    if not versions:
        return
    names = _names_by_version(model)
    rows = [
        (
            one.version,
            ", ".join(sorted(names.get(one.version, one.aliases))),
            "" if (one.current_stage or "") in _NO_STAGE else one.current_stage or "",
            age(one.creation_timestamp),
            (one.run_id or one.model_id or "")[:8],
            shorten(_tags(one.tags), _MAX_CELL),
            shorten(one.description or "", _MAX_CELL),
        )
        for one in versions
    ]
    click.echo()
    columns = ("Version", "Aliases", "Stage", "Created", "From", "Tags", "Description")
    print_table(columns, rows, numbers=("Version",))


def print_version(
    version: ModelVersion, lineage: VersionLineage | None, problem: str | None = None
) -> None:
    """Print one version and what it came from; `problem` is why its content is not verified."""
    _print_given(
        [
            ("Model", version.name),
            ("Version", version.version),
            ("Aliases", ", ".join(sorted(version.aliases))),
            ("Stage", version.current_stage or ""),
            ("Status", f"{version.status} {version.status_message or ''}".strip()),
            ("Description", shorten(version.description or "", _MAX_TEXT)),
            ("Created", moment(version.creation_timestamp)),
            ("Updated", moment(version.last_updated_timestamp)),
            ("By", who(version.user_id, verified=version.user_verified)),
            ("Tags", _tags(version.tags)),
            ("Source", version.source or ""),
            ("Files", version.artifact_uri or ""),
            ("Content", _content(version, problem)),
            *(_origin(version) if lineage is None else _lineage(lineage)),
        ]
    )
    if lineage is not None and lineage.datasets:
        click.echo()
        datasets = [(one.name, one.digest, one.context or "") for one in lineage.datasets]
        print_table(("Data set", "Digest", "Context"), datasets)


def print_history(changes: Sequence[RegistryChange]) -> None:
    """Print changes, one each line."""
    rows = [
        (
            moment(change.timestamp),
            change.version or "",
            f"{change.kind} {change.key}" if change.key else change.kind,
            shorten(change.before or "", _MAX_CELL),
            shorten(change.after or "", _MAX_CELL),
            who(change.actor, verified=change.is_verified) or "nobody said",
            shorten(change.reason or "", _MAX_TEXT) + (" (forced)" if change.is_forced else ""),
        )
        for change in changes
    ]
    columns = ("When", "Version", "What", "Before", "After", "Who", "Why")
    print_table(columns, rows, numbers=("Version",))


def title_of_rule(rule: RegistryRule, model: str) -> str:
    """Return the place of a rule as models are named: ``churn@champion``, ``churn/Production``."""
    return f"{model}@{rule.alias}" if rule.alias else f"{model}/{rule.stage}"


def who(name: str | None, *, verified: bool) -> str:
    """Return a user's name; nobody is taken for somebody whom no server has checked."""
    if not name:
        return ""
    return name if verified else f"{name} (unverified)"


# --- JSON ----------------------------------------------------------------------------------------


def model_as_dict(model: RegisteredModel) -> dict[str, Any]:
    """Return what ``--json`` shows of a registered model."""
    return {
        "name": model.name,
        "description": model.description or "",
        "creation_timestamp": model.creation_timestamp,
        "last_updated_timestamp": model.last_updated_timestamp,
        "user_id": model.user_id or "",
        "user_verified": model.user_verified,
        "tags": model.tags,
        "aliases": model.aliases,
        "latest_versions": [version_as_dict(version) for version in model.latest_versions],
    }


def version_as_dict(version: ModelVersion) -> dict[str, Any]:
    """Return what ``--json`` shows of a version."""
    shown = msgspec.structs.asdict(version)
    del shown["tag_list"]
    return shown | {"tags": version.tags}


def change_as_dict(change: RegistryChange) -> dict[str, Any]:
    """Return what ``--json`` shows of a change."""
    return msgspec.structs.asdict(change) | {"is_forced": change.is_forced}


def rule_as_dict(rule: RegistryRule) -> dict[str, Any]:
    """Return what ``--json`` shows of a rule."""
    condition = msgspec.to_builtins(rule.condition) | {"text": str(rule.condition)}
    return msgspec.structs.asdict(rule) | {"condition": condition}


# --- parts ---------------------------------------------------------------------------------------


def _print_given(pairs: Iterable[tuple[str, str]]) -> None:
    print_pairs([(name, value) for name, value in pairs if value])


def _content(version: ModelVersion, problem: str | None) -> str:
    state = " ".join(filter(None, [version.content_state, version.content_digest]))
    return f"{state} ({problem})" if problem else state


def _tags(tags: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items()))


def _aliases_of(model: RegisteredModel) -> str:
    return ", ".join(f"{alias}={version}" for alias, version in sorted(model.aliases.items()))


def _stages_of(model: RegisteredModel) -> str:
    return ", ".join(
        f"{one.current_stage}={one.version}"
        for one in model.latest_versions
        if (one.current_stage or "") not in _NO_STAGE
    )


def _names_by_version(model: RegisteredModel) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for alias, version in model.aliases.items():
        names.setdefault(version, []).append(alias)
    return names


def _origin(version: ModelVersion) -> list[tuple[str, str]]:
    """Return where a version came from, as a server of MLflow's knows it."""
    return [("Run", version.run_id or ""), ("Logged model", version.model_id or "")]


def _lineage(lineage: VersionLineage) -> list[tuple[str, str]]:
    state = lineage.run_state
    run = " ".join(filter(None, [lineage.run_id, lineage.run_name]))
    experiment = lineage.experiment_name or ""
    return [
        ("Copy of", lineage.copied_from or ""),
        ("Run", f"{run} ({state})" if run and state != "active" else run),
        ("Experiment", f"{experiment} ({lineage.experiment_id})" if experiment else ""),
        ("Commit", " ".join(filter(None, [lineage.commit, lineage.repository]))),
        (
            "Logged model",
            " ".join(filter(None, [lineage.model_id, lineage.model_name])),
        ),
    ]
