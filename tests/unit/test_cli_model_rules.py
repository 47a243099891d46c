"""``headrace models protect|gate|rules|check``: what they print, and what is refused then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import headrace
from headrace.cli.root import cli
from headrace.client.tracking import close_sessions

pytestmark = pytest.mark.usefixtures("store_folder")


@pytest.fixture
def churn() -> str:
    """A model of two versions with an accuracy, the first its champion and in production."""
    for accuracy in (0.75, 0.5):
        with headrace.start_run() as run:
            headrace.log_metric("accuracy", accuracy)
            headrace.log_text("weights", "model/w.txt")
        headrace.register_model(f"runs:/{run.info.run_id}/model", "churn")
    client = headrace.MlflowClient()
    client.set_registered_model_alias("churn", "champion", "1")
    client.transition_model_version_stage("churn", "1", "Production")
    close_sessions()
    return "churn"


def models(*arguments: str, code: int = 0, **options: Any) -> Result:
    """Run a command; it must end with this exit code."""
    result = CliRunner().invoke(cli, ("models", *arguments), **options)
    assert result.exit_code == code, result.output
    return result


def as_json(*arguments: str, code: int = 0) -> Any:
    return json.loads(models(*arguments, "--json", code=code).stdout)


def test_protect_list_and_lift(churn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    assert models("rules").stderr == "No rules.\n"
    out = models("protect", "churn", "--alias", "champion", "-m", "in use").stdout
    assert out == "churn@champion is protected\n"
    made = as_json("protect", "--pattern", "*", "--stage", "production")
    assert [(one["pattern"], one["stage"], one["lifted"]) for one in made] == [
        ("*", "Production", False)
    ]

    table = [line.split() for line in models("rules", "churn").stdout.splitlines()]
    assert table[0] == ["Model", "Alias", "Stage", "Rule", "Since", "Who", "Why"]
    assert table[1][:3] == ["churn", "champion", "protected"]
    assert table[1][-4:] == ["ada", "(unverified)", "in", "use"]
    assert table[2][:3] == ["*", "Production", "protected"]
    assert [one["condition"]["kind"] for one in as_json("rules")] == ["protected"] * 2

    [line] = [line for line in models("show", "churn").stdout.splitlines() if "Rules" in line]
    assert line.split(None, 1)[1] == "@champion protected, /Production protected"
    assert [one["alias"] for one in as_json("show", "churn")["rules"]] == ["champion", None]

    lifted = models("protect", "churn", "--alias", "champion", "--lift").stdout
    assert lifted == "churn@champion is no longer protected\n"
    assert as_json("protect", "--pattern", "*", "--stage", "Production", "--lift")[0]["lifted"]
    assert as_json("rules") == []
    told = models("protect", "churn", "--alias", "champion", "--lift", code=1).stderr
    assert "no such rule" in told
    history = models("history", "--pattern", "*").stdout.splitlines()
    assert [line.split()[2:4] for line in history[1:]] == [["protection", "Production"]] * 2


@pytest.mark.parametrize(
    "move",
    [
        ("alias", "churn", "champion", "2"),
        ("alias", "churn", "champion", "--delete"),
        ("stage", "churn", "2", "Production", "--archive-existing"),
        ("delete", "churn/1", "--yes"),
        ("delete", "churn", "--yes"),
    ],
)
def test_a_protected_move_is_forced_with_a_reason(churn: str, move: tuple[str, ...]) -> None:
    models("protect", "churn", "--alias", "champion")
    models("protect", "churn", "--stage", "Production")

    told = models(*move, code=1).stderr
    assert "is protected" in told
    assert "--force --reason" in told
    assert "reason" in models(*move, "--force", code=1).stderr
    models(*move, "--force", "--reason", "it broke")

    line = models("history", "churn").stdout.splitlines()[1]
    assert line.endswith("it broke (forced)")
    newest = as_json("history", "churn")[0]
    assert newest["is_forced"]
    assert "is protected" in newest["overridden"]


def test_a_version_that_may_not_have_its_alias_is_registered_all_the_same(churn: str) -> None:
    models("protect", "churn", "--alias", "champion")
    told = models("register", "models:/churn/1", "churn", "--alias", "champion", code=1).stderr

    assert told.startswith("Registered churn/3, but it does not become churn@champion.\nError: ")
    assert headrace.MlflowClient().get_registered_model("churn").aliases == {"champion": "1"}


def test_gates_and_a_check_of_them(churn: str) -> None:
    metrics = ("--metric", "accuracy >= 0.6", "--metric", "accuracy >= current - 0.125")
    out = models("gate", "churn", "--alias", "champion", *metrics, "--tag", "owner").stdout
    assert out.splitlines() == [
        "churn@champion asks for accuracy >= 0.6",
        "churn@champion asks for accuracy >= current - 0.125",
        "churn@champion asks for tag owner",
    ]

    result = models("check", "churn", "2", "--alias", "champion", code=1)
    assert "The move is refused unless it is forced." in result.output
    table = result.stdout.splitlines()
    assert table[0].split() == ["Model", "Alias", "Stage", "Rule", "Says", "Found"]
    assert [line.split("refuses")[1].strip() for line in table[1:4]] == [
        "version 2 has 0.5",
        "version 2 has 0.5, and version 1, which it replaces, 0.75",
        "version 2 has no tag 'owner'",
    ]
    told = models("alias", "churn", "champion", "2", code=1).stderr
    assert all(line.split("refuses")[1].strip() in told for line in table[1:4])

    found = as_json("check", "churn", "2", "--alias", "champion", code=1)
    assert not found["passes"]
    assert found["findings"][0]["rule"]["condition"] == {
        "kind": "metric",
        "metric": "accuracy",
        "comparison": ">=",
        "threshold": 0.6,
        "offset": 0.0,
        "text": "accuracy >= 0.6",
    }
    models("gate", "churn", "--alias", "champion", *metrics, "--lift")
    headrace.MlflowClient().set_model_version_tag("churn", "2", "owner", "ann")
    assert "The move passes." in models("check", "churn", "2", "--alias", "champion").output
    assert models("check", "churn", "2", "--stage", "staging").stdout == "The move passes.\n"
    models("alias", "churn", "champion", "2")


def test_a_gate_that_asks_for_verified_content(churn: str, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "w.txt"
    file.parent.mkdir()
    file.write_text("weights")
    headrace.MlflowClient().create_model_version("churn", str(file.parent))
    out = models("gate", "churn", "--alias", "champion", "--verified-content").stdout
    assert out == "churn@champion asks for verified content\n"
    told = models("alias", "churn", "champion", "3", code=1).stderr
    assert "verified content: the content of version 3 is unverified" in told
    assert "headrace models verify" in told

    models("verify", "churn/3")
    models("alias", "churn", "champion", "3")

    file.write_text("others!")
    models("verify", "churn/3", code=1)
    models("gate", "churn", "--stage", "Production", "--verified-content")
    found = as_json("check", "churn", "3", "--stage", "Production", code=1)
    assert [one["found"] for one in found["findings"]] == ["the content of version 3 is changed"]
    assert models("check", "churn", "2", "--stage", "Production").stdout.count("verified") == 2
    lifted = as_json("gate", "churn", "--stage", "Production", "--verified-content", "--lift")
    assert lifted[0]["condition"] == {"kind": "content", "text": "verified content"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("accuracy>=0.9", "accuracy >= 0.9"),
        ("val/acc top 1 > 1e-3", "val/acc top 1 > 0.001"),
        ("loss <= 2", "loss <= 2"),
        ("loss < -1.5", "loss < -1.5"),
        ("loss <= current", "loss <= current"),
        ("loss <= current+0.5", "loss <= current + 0.5"),
        ("loss <= current - 0", "loss <= current"),
    ],
)
def test_gates_are_written_as_they_are_read(churn: str, text: str, shown: str) -> None:
    [made] = as_json("gate", "churn", "--alias", "a", "--metric", text)
    assert made["condition"]["text"] == shown
    [lifted] = as_json("gate", "churn", "--alias", "a", "--metric", shown, "--lift")
    assert lifted["condition"] == made["condition"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("accuracy", "no gate of a metric"),
        ("accuracy >= ", "no gate of a metric"),
        (">= 0.9", "no gate of a metric"),
        ("accuracy == 0.9", "no gate of a metric"),
        ("accuracy >= much", "no gate of a metric"),
        ("accuracy >= current * 2", "no gate of a metric"),
        ("accuracy >= current + x", "no gate of a metric"),
        ("accuracy >= nan", "finite"),
        ("accuracy >= current - inf", "finite"),
        ("acc% >= 1", "acc%"),
    ],
)
def test_what_is_no_gate(churn: str, text: str, told: str) -> None:
    assert told in models("gate", "churn", "--alias", "a", "--metric", text, code=1).stderr
    assert as_json("rules") == []


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["protect", "churn"], 2, "--alias or --stage"),
        (["protect", "churn", "--alias", "a", "--stage", "Staging"], 2, "one of them"),
        (["protect", "--alias", "a"], 2, "--pattern"),
        (["protect", "churn", "--pattern", "*", "--alias", "a"], 2, "--pattern"),
        (["protect", "churn", "--stage", "None"], 2, "'archived'"),
        (["protect", "nobody", "--alias", "a"], 1, "nobody"),
        (["protect", "--pattern", "churn", "--alias", "a"], 1, "'*'"),
        (["gate", "churn", "--alias", "a"], 2, "--metric, --tag or --verified-content"),
        (["gate", "churn", "--alias", "a", "--tag", "=x"], 1, "key"),
        (["check", "churn", "1"], 2, "--alias or --stage"),
        (["check", "churn", "9", "--alias", "a"], 1, "version=9"),
        (["rules", "nobody"], 1, "nobody"),
        (["history"], 1, "'pattern'"),
    ],
)
def test_bad_rules(churn: str, arguments: list[str], code: int, told: str) -> None:
    assert told in models(*arguments, code=code).stderr
