"""The recorded answers of the real MLflow server, one JSON file per noun and per client version.

`python -m tests.compat.golden [NAME...]` (from the root of the repository) starts the real MLflow
server of `.envs/mlflow-3.17`, plays the scenarios, runs the client scripts and writes the files
again. A name is a noun (`runs`) or a client (`clients-2.22`).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.compat import clients, scenarios
from tests.compat.environments import CLIENT_VERSIONS, find_environment
from tests.compat.exchange import Answer, Exchange, Player, Scenario
from tests.servers import Server, mlflow_server

FOLDER = Path(__file__).parent / "golden"
RECORDED_WITH = "3.17"
_BODY_LIMIT = 700


def load(noun: str) -> dict[str, list[dict[str, Any]]]:
    """Return the recorded steps of each scenario of a noun.

    Raises:
        FileNotFoundError: Nothing is recorded; run this module.
    """
    recorded: dict[str, list[dict[str, Any]]] = json.loads(_path(noun).read_text("utf-8"))
    return recorded


def load_client(version: str) -> dict[str, Any]:
    """Return what each area of a client version read back from the real MLflow server.

    Raises:
        FileNotFoundError: Nothing is recorded; run this module.
    """
    recorded: dict[str, Any] = json.loads(_path(f"clients-{version}").read_text("utf-8"))
    return recorded


def record(noun: str, played: Sequence[tuple[Scenario, Sequence[Answer]]]) -> None:
    """Write the answers of all scenarios of a noun."""
    recorded = {
        scenario.name: [
            describe_request(step) | {"answer": asdict(answer)}
            for step, answer in zip(scenario.steps, answers, strict=True)
        ]
        for scenario, answers in played
    }
    _write(noun, recorded)


def record_client(version: str, results: dict[str, Any]) -> None:
    """Write what a client version read back.

    Raises:
        ValueError: An area failed.
    """
    if failures := [result["failure"] for result in results.values() if "failure" in result]:
        raise ValueError("\n".join(failures))
    _write(f"clients-{version}", results)


def describe_request(step: Exchange) -> dict[str, Any]:
    """Return a request as it is written, for the reader: a long body is cut."""
    request: dict[str, Any] = {"request": f"{step.method} {step.path}"}
    if step.label:
        request["label"] = step.label
    if step.query:
        request["query"] = [f"{name}={value}" for name, value in step.query]
    if step.headers:
        request["request_headers"] = dict(step.headers)
    if step.body is not None:
        request["body"] = _abbreviate(step.body)
    return request


def _abbreviate(body: Any) -> Any:
    if isinstance(body, bytes):
        return repr(body[:_BODY_LIMIT])
    text = json.dumps(body)
    return body if len(text) <= _BODY_LIMIT else f"{text[:_BODY_LIMIT]}... ({len(text)} bytes)"


def _write(name: str, recorded: dict[str, Any]) -> None:
    FOLDER.mkdir(exist_ok=True)
    _path(name).write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")


def _path(name: str) -> Path:
    return FOLDER / f"{name}.json"


def _main() -> None:
    everything = [*scenarios.BY_NOUN, *(f"clients-{version}" for version in CLIENT_VERSIONS)]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *everything], metavar="NAME")
    names = parser.parse_args().names or everything
    with (
        tempfile.TemporaryDirectory() as folder,
        mlflow_server(
            Path(folder),
            find_environment(RECORDED_WITH),
            environment=clients.SERVER_VARIABLES,
        ) as server,
    ):
        for name in names:
            record_from(server, name, Path(folder) / name)
            print(f"recorded {name}")


def record_from(server: Server, name: str, folder: Path) -> None:
    """Record one file from a running MLflow server.

    Args:
        server: The server.
        name: A noun or `clients-VERSION`.
        folder: For the client's files; made here.
    """
    if name.startswith("clients-"):
        folder.mkdir(parents=True)
        version = name.removeprefix("clients-")
        record_client(version, clients.run_areas(version, server, folder))
        return
    player = Player(server)
    record(name, [(scenario, player.play(scenario)) for scenario in scenarios.BY_NOUN[name]])
    player.close()


if __name__ == "__main__":
    _main()
