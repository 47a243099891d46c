"""The same raw requests to Headrace and to MLflow: the answers must agree, field by field.

`golden/*.json` holds what the real MLflow server answered (see `golden.py`). Headrace is compared
with the recording, which takes seconds; the recording is compared with a live MLflow server in
`make test-all`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.compat import differences, golden, scenarios
from tests.compat.comparison import compare
from tests.compat.exchange import Player, Scenario, get
from tests.servers import headrace_server

CASES = [
    pytest.param(noun, scenario, id=f"{noun}/{scenario.name}")
    for noun, of_noun in scenarios.BY_NOUN.items()
    for scenario in of_noun
]


@pytest.mark.parametrize(("noun", "scenario"), CASES)
def test_headrace_answers_as_mlflow_does(
    noun: str, scenario: Scenario, headrace_player: Player
) -> None:
    complaints = _complaints(noun, scenario, headrace_player)

    assert not complaints, "\n".join(complaints)


def _complaints(noun: str, scenario: Scenario, player: Player) -> list[str]:
    """Play a scenario against Headrace and return what is not as recorded or declared."""
    recorded = golden.load(noun)[scenario.name]
    complaints = []
    for number, (step, entry, answer) in enumerate(
        zip(scenario.steps, recorded, player.play(scenario), strict=True)
    ):
        where = f"{noun}/{scenario.name}/{step.label or number} ({entry['request']})"
        expected, reasons = differences.expect(entry["answer"], step.ours)
        answer = replace(answer, body=differences.without_added(answer.body))
        complaints += [
            f"{where} {mismatch} {reasons or ''}" for mismatch in compare(step, expected, answer)
        ]
    return complaints


PREFIXED = [("experiments", "create and get"), ("protocol", "under ajax-api")]


@pytest.mark.parametrize(("noun", "name"), PREFIXED)
def test_the_same_under_a_static_prefix(noun: str, name: str, tmp_path: Path) -> None:
    scenario = next(one for one in scenarios.BY_NOUN[noun] if one.name == name)
    with headrace_server(tmp_path, static_prefix="/ml/flow") as server:
        player = Player(server)
        complaints = _complaints(noun, scenario, player)
        player.close()
        bare = Player(replace(server, url=server.url.removesuffix("/ml/flow")))
        answers = bare.play(Scenario("bare", [get("/health"), get("experiments/get")]))
        bare.close()
    assert not complaints, "\n".join(complaints)
    assert [answer.status for answer in answers] == [404, 404]


@pytest.mark.slow
@pytest.mark.live_mlflow
@pytest.mark.xdist_group("mlflow")
@pytest.mark.parametrize(("noun", "scenario"), CASES)
def test_the_recording_is_what_mlflow_answers(
    noun: str, scenario: Scenario, mlflow_player: Player
) -> None:
    recorded = golden.load(noun)[scenario.name]
    answers = mlflow_player.play(scenario)

    complaints = [
        f"{noun}/{scenario.name}/{step.label or number} ({entry['request']}) {mismatch}"
        for number, (step, entry, answer) in enumerate(
            zip(scenario.steps, recorded, answers, strict=True)
        )
        for mismatch in compare(step, entry["answer"], answer)
    ]
    assert not complaints, "\n".join(complaints)


def test_every_declared_difference_is_one() -> None:
    for noun, of_noun in scenarios.BY_NOUN.items():
        recorded = golden.load(noun)
        for scenario in of_noun:
            for step, entry in zip(scenario.steps, recorded[scenario.name], strict=True):
                differences.expect(entry["answer"], step.ours)


def test_every_scenario_is_recorded_as_it_is_written() -> None:
    for noun, of_noun in scenarios.BY_NOUN.items():
        recorded = golden.load(noun)
        assert list(recorded) == [scenario.name for scenario in of_noun], noun
        for scenario in of_noun:
            entries = [
                {name: value for name, value in entry.items() if name != "answer"}
                for entry in recorded[scenario.name]
            ]
            assert entries == [golden.describe_request(step) for step in scenario.steps]
