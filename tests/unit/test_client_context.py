"""What a run records of the place where it was started."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from headrace.client.context import environment, git, notebook, process, resolve_tags
from tests.unit.git_repositories import run_git

pytestmark = pytest.mark.usefixtures("fresh_client")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work tree with one commit and the running script in a folder of it."""
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "train.py").write_text("")
    run_git(folder, "init")
    run_git(folder, "add", ".")
    run_git(folder, "commit", "-m", "first")
    run_from(folder / "src" / "train.py", monkeypatch)
    return folder


def run_from(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(script)])
    git._tags_of.cache_clear()


class TestGit:
    def test_commit_and_branch(self, repository: Path) -> None:
        assert git.tags() == {
            "mlflow.source.git.commit": run_git(repository, "rev-parse", "HEAD"),
            "mlflow.source.git.branch": "main",
        }

    def test_a_script_named_from_the_working_directory(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(repository / "src")
        run_from(Path("train.py"), monkeypatch)

        assert git.tags()["mlflow.source.git.branch"] == "main"

    def test_refs_that_are_packed(self, repository: Path) -> None:
        run_git(repository, "branch", "feature/x")
        run_git(repository, "checkout", "feature/x")
        run_git(repository, "pack-refs", "--all")
        git._tags_of.cache_clear()

        assert git.tags() == {
            "mlflow.source.git.commit": run_git(repository, "rev-parse", "HEAD"),
            "mlflow.source.git.branch": "feature/x",
        }

    def test_a_detached_head_has_no_branch(self, repository: Path) -> None:
        run_git(repository, "checkout", "--detach")

        assert set(git.tags()) == {"mlflow.source.git.commit"}

    def test_a_linked_work_tree(
        self, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_git(repository, "remote", "add", "origin", "https://example.org/a.git")
        run_git(repository, "worktree", "add", "-b", "side", str(tmp_path / "linked"))
        run_from(tmp_path / "linked" / "src" / "train.py", monkeypatch)

        assert git.tags() == {
            "mlflow.source.git.commit": run_git(repository, "rev-parse", "HEAD"),
            "mlflow.source.git.branch": "side",
            "mlflow.source.git.repoURL": "https://example.org/a.git",
        }

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("https://user:t0ken@example.org/a/b.git", "https://example.org/a/b.git"),
            ("git@example.org:a/b.git", "git@example.org:a/b.git"),
            ("../elsewhere", "../elsewhere"),
        ],
    )
    def test_the_first_remote_without_its_password(
        self, url: str, shown: str, repository: Path
    ) -> None:
        run_git(repository, "remote", "add", "origin", url)
        run_git(repository, "remote", "add", "other", "https://example.org/other.git")

        assert git.tags()["mlflow.source.git.repoURL"] == shown

    def test_refs_that_only_git_itself_can_read(self, repository: Path) -> None:
        run_git(repository, "config", "extensions.refStorage", "files")

        assert git.tags() == {
            "mlflow.source.git.commit": run_git(repository, "rev-parse", "HEAD"),
            "mlflow.source.git.branch": "main",
        }

    def test_a_repository_without_a_commit(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_git(tmp_path, "init")
        (tmp_path / "train.py").write_text("")
        run_from(tmp_path / "train.py", monkeypatch)

        assert git.tags() == {}

    def test_outside_of_a_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "train.py").write_text("")
        run_from(tmp_path / "train.py", monkeypatch)

        assert git.tags() == {}

    @pytest.mark.parametrize("argument", ["", "-c", "-m", "nowhere/train.py"])
    def test_without_a_script(self, argument: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", [argument])

        assert git.tags() == {}

    def test_a_tool_of_the_environment_is_no_script(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "prefix", str(repository))

        assert git.tags() == {}

    def test_a_damaged_repository_gives_nothing(self, repository: Path) -> None:
        (repository / ".git" / "HEAD").write_bytes(b"\xff\xfe")

        assert git.tags() == {}

    def test_it_is_read_once(self, repository: Path) -> None:
        before = git.tags()
        run_git(repository, "commit", "--allow-empty", "-m", "second")

        assert git.tags() == before


class TestProcess:
    def test_the_user_of_the_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(getpass, "getuser", lambda: "ada")

        assert process.tags() == {
            "mlflow.user": "ada",
            "mlflow.source.name": "train.py",
            "mlflow.source.type": "LOCAL",
        }

    def test_the_user_of_the_server_comes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "grace")

        assert process.tags()["mlflow.user"] == "grace"

    def test_the_user_of_the_credentials_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".mlflow").mkdir()
        (tmp_path / ".mlflow" / "credentials").write_text(
            "[mlflow]\nmlflow_tracking_username = mary\nmlflow_tracking_password = %x\n"
        )
        monkeypatch.setenv("HOME", str(tmp_path))

        assert process.tags()["mlflow.user"] == "mary"

    @pytest.mark.parametrize("content", ["nonsense", "[other]\na = b\n", "[mlflow]\n"])
    def test_a_credentials_file_without_a_user(
        self, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".mlflow").mkdir()
        (tmp_path / ".mlflow" / "credentials").write_text(content)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(getpass, "getuser", lambda: "ada")

        assert process.tags()["mlflow.user"] == "ada"

    def test_a_user_without_a_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown() -> str:
            raise KeyError("getpwuid(): uid not found: 4711")

        monkeypatch.setattr(getpass, "getuser", unknown)

        assert process.tags()["mlflow.user"] == "unknown"

    def test_an_interactive_session(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", [""])

        assert process.tags()["mlflow.source.name"] == "<console>"


class TestEnvironment:
    @pytest.mark.parametrize("variable", ["MLFLOW_RUN_CONTEXT", "HEADRACE_RUN_CONTEXT"])
    def test_tags(self, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(variable, json.dumps({"job": 17, "mlflow.user": "cron"}))

        assert environment.tags() == {"job": "17", "mlflow.user": "cron"}
        assert resolve_tags()["mlflow.user"] == "cron"
        assert resolve_tags({"mlflow.user": "me"})["mlflow.user"] == "me"

    @pytest.mark.parametrize("text", ["{", "[1]", "7"])
    def test_what_is_no_object_is_ignored_with_a_warning(
        self, text: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("MLFLOW_RUN_CONTEXT", text)

        assert environment.tags() == {}
        assert "MLFLOW_RUN_CONTEXT is ignored" in caplog.text


class TestNotebook:
    @pytest.fixture
    def shell(self, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
        """What IPython's shell looks like in a notebook's kernel."""
        shell = SimpleNamespace(kernel=object(), user_ns={})
        ipython = ModuleType("IPython")
        ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        for name in notebook._VARIABLES:
            monkeypatch.delenv(name, raising=False)
        return shell

    def test_a_notebook_of_jupyter(
        self, shell: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JPY_SESSION_NAME", "/home/ada/first.ipynb")

        assert notebook.tags() == {
            "mlflow.source.type": "NOTEBOOK",
            "mlflow.source.name": "first.ipynb",
        }
        assert resolve_tags()["mlflow.source.name"] == "first.ipynb"

    def test_a_notebook_of_vs_code(self, shell: SimpleNamespace) -> None:
        shell.user_ns["__vsc_ipynb_file__"] = "/home/ada/second.ipynb"

        assert notebook.tags()["mlflow.source.name"] == "second.ipynb"

    def test_a_notebook_whose_name_nobody_knows(self, shell: SimpleNamespace) -> None:
        assert notebook.tags() == {"mlflow.source.type": "NOTEBOOK"}

    def test_the_terminal_is_no_notebook(self, shell: SimpleNamespace) -> None:
        del shell.kernel

        assert notebook.tags() == {}

    def test_ipython_that_is_only_imported(
        self, shell: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: None)

        assert notebook.tags() == {}
