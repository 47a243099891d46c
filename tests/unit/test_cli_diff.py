"""``headrace runs diff``: why two runs differ, of real runs in a real repository."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import headrace
from headrace.cli.difference_tables import shorten_apart
from headrace.cli.root import cli
from headrace.client.run_differences import compare_runs, first_parting
from headrace.client.run_facts import RunRecord
from headrace.client.tracking import close_sessions
from headrace.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    Metric,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    SessionContext,
    StoredPart,
)
from tests.servers import clean_environment, headrace_server
from tests.unit.git_repositories import make_repository, run_git, write_files

TRAINING = b"""
import sys
import numpy
import headrace
rate, seed = float(sys.argv[1]), int(sys.argv[2])
numpy.random.seed(seed)
with headrace.start_run() as run:
    headrace.log_params({"rate": rate, "layers": 3})
    for step in range(20):
        headrace.log_metric("loss", 1 / (step + 1) + (rate if step > 7 else 0), step=step)
        headrace.log_metric("count", step, step=step)
    headrace.log_text("same", "same.txt")
    headrace.log_text(f"{rate:.3f}", "weights.txt")
print(run.info.run_id)
"""


class Runs:
    """Real runs of a script in a repository that has two commits."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "store"
        self.work = folder / "work"
        self.first_commit = make_repository(self.work, {"train.py": TRAINING})
        self.plain = self._train("0.1", "1")
        self.again = self._train("0.1", "1")
        self.bare = self._train("0.1", "1", HEADRACE_CONTEXT_EXCLUDE="all")
        for name in ("lib.py", "more.py"):
            write_files(self.work, {name: b"x = 1\n"})
            run_git(self.work, "add", ".")
            run_git(self.work, "commit", "-m", f"Add {name} \033[31m")
        self.second_commit = run_git(self.work, "rev-parse", "HEAD")
        write_files(self.work, {"lib.py": b"x = 2\n", "new.py": b"y = 1\n"})
        packages = folder / "packages"
        write_files(packages, {"left_pad-2.1.dist-info/METADATA": b""})
        self.other = self._train("0.2", "2", PYTHONPATH=str(packages))
        write_files(self.work, {"lib.py": b"x = 3\n"})
        write_files(packages, {"right_pad-0.1.dist-info/METADATA": b""})
        (packages / "left_pad-2.1.dist-info").rename(packages / "left_pad-2.2.dist-info")
        self.dirtier = self._train("0.2", "2", PYTHONPATH=str(packages))

    def _train(self, *arguments: str, **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "train.py", *arguments],
            cwd=self.work,
            env=clean_environment({"MLFLOW_TRACKING_URI": str(self.store), **variables}),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("compared"))


@pytest.fixture(autouse=True)
def tracked(runs: Runs, fresh_client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headrace.set_tracking_uri(str(runs.store))
    monkeypatch.chdir(runs.work)


def diff(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, ["runs", "diff", *arguments])
    assert result.exit_code == code, result.output
    return result


def groups(*arguments: str) -> dict[str, dict[str, Any]]:
    shown = json.loads(diff(*arguments, "--json").stdout)
    return {group["name"]: group for group in shown["differences"]["groups"]}


def table(output: str, title: str) -> list[str]:
    """Return the lines below a heading, up to the next empty one."""
    lines = output.splitlines()
    start = next(place for place, line in enumerate(lines) if line.split()[:2] == [title, "A"])
    return lines[start + 1 : lines.index("", start)]


def test_what_differs_is_said_in_a_sentence_and_shown_side_by_side(runs: Runs) -> None:
    output = diff(runs.plain[:12], runs.other).stdout

    assert (
        "They differ in the command, 1 package, 1 param, 1 seed and the code; "
        "what came of it: 1 metric and 1 artifact." in output.splitlines()
    )
    assert table(output, "Command")[0].split() == ["arguments", "0.1", "1", "0.2", "2"]
    assert table(output, "Packages")[0].split() == ["left-pad", "-", "2.1"]
    assert [line.split() for line in table(output, "Params")] == [["rate", "0.1", "0.2"]]
    assert [line.split() for line in table(output, "Seeds")] == [["numpy", "1", "2"]]
    assert table(output, "Metrics")[0].split() == ["loss", "0.1500", "0.2500", "8"]
    assert table(output, "Artifacts")[0].split()[0] == "weights.txt"
    titles = [line.split()[0] for line in output.splitlines() if line.split()[1:3] == ["A", "B"]]
    assert titles[-1] == "Code"  # the longest comes last
    assert "1 param, " in output.splitlines()[-2]
    assert output.splitlines()[-1] == "Not recorded: data"


def test_commits_are_counted_where_the_repository_is_at_hand(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = table(diff(runs.plain, runs.other).stdout, "Code")

    assert code[0].split() == ["commit", runs.first_commit, runs.second_commit]
    assert code[1].split()[:3] == ["uncommitted", "changes", "none"]
    assert code[2].startswith("B is 2 commits ahead of A: git log --oneline ")
    assert [line.split(maxsplit=1)[1] for line in code[3:5]] == [
        "Add more.py  [31m",
        "Add lib.py  [31m",
    ]
    assert "A is 2 commits ahead of B" in diff(runs.other, runs.plain).stdout
    monkeypatch.chdir(tmp_path)
    assert "ahead" not in diff(runs.plain, runs.other).stdout


def test_uncommitted_changes_are_compared_as_a_diff_of_diffs(runs: Runs) -> None:
    assert groups(runs.other, runs.dirtier)["code"]["differences"][0]["name"] == (
        "uncommitted changes"
    )
    shown = diff(runs.other, runs.dirtier, "--part", "diff").stdout.splitlines()
    assert shown[:2] == [f"--- A {runs.other[:8]}", f"+++ B {runs.dirtier[:8]}"]
    assert "-+x = 2" in shown
    assert "++x = 3" in shown
    assert not any("y = 1" in line for line in shown if line.startswith(("+", "-")))
    # Of a run without any, all of the other's are new.
    assert "++y = 1" in diff(runs.plain, runs.other, "--part", "diff").stdout.splitlines()

    equal = diff(runs.plain, runs.again, "--part", "diff")
    assert (equal.stdout, equal.stderr) == ("", "Their uncommitted changes are equal.\n")
    refused = diff(runs.plain, runs.bare, "--part", "diff", code=1)
    assert f"of run {runs.bare} were not recorded" in refused.stderr


def test_packages_that_came_went_and_changed(runs: Runs) -> None:
    assert groups(runs.other, runs.dirtier)["packages"]["differences"] == [
        {"name": "left-pad", "first": "2.1", "second": "2.2"},
        {"name": "right-pad", "second": "0.1"},
    ]


def test_equal_runs_differ_in_nothing(runs: Runs) -> None:
    output = diff(runs.plain, runs.again).stdout

    assert "Nothing that was recorded of them differs." in output
    assert "Equal: code, command, Python, " in output
    assert "2 params, hardware, 1 seed, 2 metrics, 2 artifacts, status" in output


def test_runs_without_a_context_are_told_from_equal_ones(runs: Runs) -> None:
    output = diff(runs.plain, runs.bare).stdout

    assert "Nothing that was recorded of them differs." in output
    assert "code, command" not in output
    for unknown in ("packages of B", "Python of B", "seeds of B", "uncommitted changes (code)"):
        assert unknown in output
    found = groups(runs.plain, runs.bare)
    assert found["hardware"] == {"name": "hardware", "missing": [runs.bare]}
    assert found["code"]["unknown"] == ["remote", "script", "uncommitted changes"]
    # The commit is known by MLflow's own tag.
    assert "commit" in groups(runs.plain, runs.bare, "--all")["code"]["equal"]
    assert groups(runs.bare, runs.other)["code"]["differences"][0]["name"] in ("branch", "commit")


def test_all_names_what_is_equal(runs: Runs) -> None:
    output = diff(runs.plain, runs.other, "--all").stdout

    assert "Equal, params: layers" in output.splitlines()
    assert "Equal, metrics: count" in output.splitlines()
    assert "equal" not in groups(runs.plain, runs.other)["params"]


def test_only_metrics_differ(runs: Runs) -> None:
    client = headrace.MlflowClient()
    ids = []
    for value in (1.0, 2.0):
        run = client.create_run("0")
        client.log_metric(run.info.run_id, "loss", value)
        client.set_terminated(run.info.run_id)
        ids.append(run.info.run_id)
    close_sessions()

    assert (
        "Nothing that was recorded of them differs but 1 metric. No seeds are known, so chance may "
        "be it." in diff(*ids).stdout
    )


def test_names_that_are_wrong(runs: Runs) -> None:
    assert "not found" in diff(runs.plain, "f" * 32, code=1).stderr
    diff(runs.plain, code=2)
    diff(runs.plain, runs.other, "--part", "git", code=2)


def test_the_same_through_a_server(runs: Runs, tmp_path: Path) -> None:
    direct = headrace.MlflowClient().get_run_differences(runs.plain, runs.other)
    uri = f"sqlite:///{runs.store}/headrace.db"
    close_sessions()
    with headrace_server(tmp_path, backend_store_uri=uri, artifact_root=None) as server:
        found = headrace.MlflowClient(server.url).get_run_differences(runs.plain, runs.other)

    assert found == direct
    assert {group.name for group in found.differing()} == {
        *("code", "command", "packages", "params", "seeds", "metrics", "artifacts")
    }


# --- the function --------------------------------------------------------------------------------


def record(run_id: str, **fields: Any) -> RunRecord:
    files = fields.pop("files", {})
    sessions = fields.pop("sessions", [])
    inputs = fields.pop("inputs", RunInputs())
    return RunRecord(Run(RunInfo(run_id, "0"), RunData(**fields), inputs), sessions, files)


def points(*values: float) -> list[Metric]:
    return [Metric("loss", value, step * 10, step) for step, value in enumerate(values)]


def test_numbers_that_are_none_are_equal() -> None:
    nan = float("nan")
    [one, other] = [
        record(run, metric_list=[Metric("loss", nan, 0, 0), Metric("system/cpu", value, 0, 0)])
        for run, value in (("a", 1.0), ("b", 2.0))
    ]

    metrics = compare_runs(one, other).group("metrics")
    assert metrics is not None
    assert (metrics.equal, metrics.differences) == (["loss"], [])


@pytest.mark.parametrize(
    ("one", "other", "step"),
    [
        (points(1, 2, 3), points(1, 2, 3), None),
        (points(1, 2, 3), points(1, 5, 3), 1),
        (points(1, 2), points(1, 2, 3), 2),
        ([], points(1), 0),
        (points(float("nan"), 2), points(float("nan"), 3), 1),
        ([*points(1), Metric("loss", 2, 10, 5)], points(1, 2), 1),
    ],
)
def test_where_series_part(one: list[Metric], other: list[Metric], step: int | None) -> None:
    assert first_parting(iter(one), iter(other)) == step
    assert first_parting(iter(other), iter(one)) == step


def test_data_sets_by_name_use_and_digest() -> None:
    def with_data(run: str, digest: str, source: str) -> RunRecord:
        use = [InputTag("mlflow.data.context", "training")]
        data = Dataset("iris", digest, source_type="local", source=source)
        return record(run, inputs=RunInputs([DatasetInput(data, use)]))

    found = compare_runs(with_data("a", "1a", "x.csv"), with_data("b", "2b", "x.csv")).group("data")
    assert found is not None
    assert [(one.name, one.first, one.second) for one in found.differences] == [
        ("iris (training)", "digest 1a", "digest 2b")
    ]
    assert found.equal == ["iris (training), source"]
    found = compare_runs(record("a"), with_data("b", "2b", "x.csv")).group("data")
    assert found is not None
    assert found.missing == []
    assert len(found.differences) == 2


def test_files_whose_digests_are_not_known_are_not_called_equal() -> None:
    one = record("a", files={"x": (3, None), "y": (3, ""), "z": (3, "1" * 64)})
    other = record("b", files={"x": (3, None), "y": (4, ""), "z": (3, "2" * 64)})

    found = compare_runs(one, other).group("artifacts")
    assert found is not None
    assert (found.unknown, found.equal) == (["x"], [])
    assert [difference.name for difference in found.differences] == ["y", "z"]


def test_changes_that_nobody_recorded_are_not_called_equal() -> None:
    def dirty(run: str) -> RunRecord:
        git = StoredPart("git", 1, "d", json.dumps({"commit": "c", "is_dirty": True}))
        return record(run, sessions=[SessionContext("s", 0, parts=[git])])

    found = compare_runs(dirty("a"), dirty("b")).group("code")
    assert found is not None
    assert (found.equal, found.unknown) == (["commit"], ["uncommitted changes"])


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("a", "b", ("a", "b")),
        ("a" * 30, "a" * 30 + "b", ("…aaa", "…aaab")),
        ("x" * 9 + "1" + "y" * 9, "x" * 9 + "2" + "y" * 9, ("…xxx1yyyy…", "…xxx2yyyy…")),
        ("1" + "x" * 20, "2" + "x" * 20, ("1xxxxxxxx…", "2xxxxxxxx…")),
        ("two\n lines", "", ("two lines", "")),
    ],
)
def test_long_texts_are_cut_where_they_are_equal(
    one: str, other: str, shown: tuple[str, str]
) -> None:
    cut = shorten_apart(one, other, 10)

    assert all(len(text) <= 10 for text in cut)
    assert cut[0] != cut[1]
    assert cut == shown
