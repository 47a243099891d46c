"""What is known of a run as plain facts, each with a name, so that two runs can be compared."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

from msgspec import Struct

from headrace.amounts import size
from headrace.entities import Gpu, Run, SessionContext, run_differences, tag_names
from headrace.entities.context import DIFF
from headrace.entities.run_differences import Value

# Of every machine other ones: they say how a run went, not what came out of it.
_SYSTEM_METRICS = "system/"
_SHORT_DIGEST = 12

PartT = TypeVar("PartT")


class Unknown(Enum):
    """In the place of a fact that nobody recorded: it is equal to nothing."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN

# None stands for facts of a kind that were not recorded at all.
Facts = Mapping[str, Value | Unknown] | None


class RunRecord(Struct):
    """A run as it was read.

    Attributes:
        run: The run.
        sessions: Its contexts; empty if none was recorded.
        files: Its artifacts, path to size and digest: None if it is not known, empty where it is
            not needed, since the other run has no file of this path and size. None if they could
            not be read.

    """

    run: Run
    sessions: list[SessionContext] = []
    files: dict[str, tuple[int, str | None]] | None = {}


def collect_facts(record: RunRecord) -> dict[str, Facts]:
    """Return the facts of a run by the name of their group."""
    return {name: facts_of(record) for name, facts_of in _GROUPS.items()}


def _code(record: RunRecord) -> Facts:
    git = _first(record, lambda session: session.git)
    if git is None:
        return _of_tags(
            record,
            {
                "commit": tag_names.GIT_COMMIT,
                "branch": tag_names.GIT_BRANCH,
                "remote": tag_names.GIT_REPO_URL,
            },
            ("branch", "remote", "script", "uncommitted changes"),
        )
    return {
        "commit": git.commit,
        "branch": git.branch,
        "remote": git.remote,
        "script": git.script,
        "uncommitted changes": _changes(record, git.is_dirty),
    }


def _changes(record: RunRecord, is_dirty: bool | None) -> Value | Unknown:
    for part in (part for session in record.sessions for part in session.parts):
        if part.name == DIFF:
            return f"{size(part.size)}, BLAKE3 {part.digest[:_SHORT_DIGEST]}"
    return "none" if is_dirty is False else UNKNOWN


def _command(record: RunRecord) -> Facts:
    command = _first(record, lambda session: session.command)
    if command is None:
        tags = {"entry": tag_names.SOURCE_NAME, "user": tag_names.USER}
        return _of_tags(record, tags, ("entry", "arguments", "folder", "user", "processes"))
    return {
        "entry": command.entry,
        "arguments": shlex.join(command.arguments) or None,
        "folder": command.folder,
        "user": command.user,
        "processes": command.world_size,
    }


def _python(record: RunRecord) -> Facts:
    python = _first(record, lambda session: session.python)
    if python is None:
        return None
    return {
        "version": " ".join(filter(None, (python.implementation, python.version))),
        "executable": python.executable,
        "system": python.os or python.platform,
        "machine": python.machine,
    }


def _packages(record: RunRecord) -> Facts:
    return _first(record, lambda session: session.packages)


def _data(record: RunRecord) -> Facts:
    digests: dict[str, set[str]] = {}
    for one in record.run.inputs.dataset_inputs:
        uses = [tag.value for tag in one.tags if tag.key == tag_names.DATASET_CONTEXT]
        name = f"{one.dataset.name} ({', '.join(uses)})" if uses else one.dataset.name
        digests.setdefault(name, set()).add(f"digest {one.dataset.digest}")
        if one.dataset.source:
            digests.setdefault(f"{name}, source", set()).add(one.dataset.source)
    for model in record.run.inputs.model_inputs:
        digests.setdefault("models", set()).add(model.model_id)
    return {name: ", ".join(sorted(found)) for name, found in digests.items()}


def _params(record: RunRecord) -> Facts:
    return record.run.data.params


def _tags(record: RunRecord) -> Facts:
    tags = record.run.data.tags.items()
    return {key: value for key, value in tags if not key.startswith(("mlflow.", "headrace."))}


def _hardware(record: RunRecord) -> Facts:
    hardware = _first(record, lambda session: session.hardware)
    if hardware is None:
        return None
    gpus = Counter(map(_gpu, hardware.gpus))
    drivers = {gpu.driver for gpu in hardware.gpus if gpu.driver}
    return {
        "host": _first(record, lambda session: session.host),
        "CPU": hardware.cpu,
        "cores": hardware.cores,
        "usable cores": hardware.usable_cores,
        "memory": None if hardware.memory is None else size(hardware.memory),
        "GPUs": ", ".join(f"{number} x {name}" for name, number in sorted(gpus.items())) or None,
        "GPU driver": ", ".join(sorted(drivers)) or None,
        "CUDA": hardware.cuda,
        "BLAS": hardware.blas,
    }


def _gpu(gpu: Gpu) -> str:
    return gpu.name if gpu.memory is None else f"{gpu.name} ({size(gpu.memory)})"


def _seeds(record: RunRecord) -> Facts:
    return _first(record, lambda session: session.seeds) or None


def _metrics(record: RunRecord) -> Facts:
    metrics = record.run.data.metrics.items()
    return {key: value for key, value in metrics if not key.startswith(_SYSTEM_METRICS)}


def _artifacts(record: RunRecord) -> Facts:
    if record.files is None:
        return None
    return {path: _content(*content) for path, content in record.files.items()}


def _content(count: int, digest: str | None) -> str | Unknown:
    if digest is None:
        return UNKNOWN
    return f"{count:,} bytes" + (f", BLAKE3 {digest[:_SHORT_DIGEST]}" if digest else "")


def _status(record: RunRecord) -> Facts:
    return {"status": record.run.info.status}


_GROUPS: dict[str, Callable[[RunRecord], Facts]] = {
    run_differences.CODE: _code,
    run_differences.COMMAND: _command,
    run_differences.PYTHON: _python,
    run_differences.PACKAGES: _packages,
    run_differences.DATA: _data,
    run_differences.PARAMS: _params,
    run_differences.TAGS: _tags,
    run_differences.HARDWARE: _hardware,
    run_differences.SEEDS: _seeds,
    run_differences.METRICS: _metrics,
    run_differences.ARTIFACTS: _artifacts,
    run_differences.STATUS: _status,
}


def _first(record: RunRecord, part_of: Callable[[SessionContext], PartT | None]) -> PartT | None:
    """Return a part of the first session that has it."""
    return next((part for one in record.sessions if (part := part_of(one)) is not None), None)


def _of_tags(record: RunRecord, keys: dict[str, str], names: tuple[str, ...]) -> Facts:
    """Return the facts that MLflow's own tags tell, and that all others are not known."""
    tags = record.run.data.tags
    told = {name: tags[key] for name, key in keys.items() if key in tags}
    return {**dict.fromkeys(names, UNKNOWN), **told} if told else None
