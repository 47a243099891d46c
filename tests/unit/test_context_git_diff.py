"""The uncommitted changes of a repository: whole, harmless, and fit for `git apply`."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from headrace.client.context import git_diff, git_process
from headrace.client.context.git_diff import Diff, read_diff
from headrace.client.context.masking import Masker
from tests.unit.git_repositories import make_repository, run_git, write_files

TOKEN = "ghp_" + "aB3dE6gH9j" * 4


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def diff_of(work: Path, **options: object) -> Diff:
    commit = run_git(work, "rev-parse", "HEAD")
    return read_diff(work, commit, Masker({}), **options)  # type: ignore[arg-type]


def files_of(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Return content and x bit of each file of a work tree; of a link where it leads."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if ".git" in path.parts or (path.is_dir() and not path.is_symlink()):
            continue
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        is_program = not path.is_symlink() and bool(path.stat().st_mode & stat.S_IXUSR)
        found[path.relative_to(folder).as_posix()] = (content, is_program)
    return found


def apply_to_clean_checkout(work: Path, diff: Diff) -> Path:
    clone = work.parent / "clone"
    run_git(work.parent, "clone", str(work), str(clone))
    if diff.text:
        command = ["git", "apply", "-"]
        subprocess.run(command, cwd=clone, input=diff.text.encode(), check=True)
    return clone


# --- what git apply makes of it ------------------------------------------------------------------


def test_a_clean_work_tree(work: Path) -> None:
    make_repository(work, {"train.py": b"a\n"})
    os.utime(work / "train.py", (0, 0))  # only the time has changed

    assert diff_of(work) == Diff("", False, None)


def test_changes_of_every_kind_give_the_same_files_again(work: Path) -> None:
    before = {
        "changed.py": b"one\ntwo\nthree\n",
        "staged.py": b"x\n",
        "deleted.py": b"gone\n",
        "forgotten.py": b"still there\n",
        "becomes_link": b"text\n",
        "mode.sh": b"#!/bin/sh\n",
        "no_end": b"a",
        "with blank.txt": b"a\n",
        'quo"te\u00fc.txt': b"a\n",
        "cr.txt": b"a\r\nb\r\n",
        "moved.py": b"def f():\n    return 1\n" * 9,
        "deep/er/file.py": b"\n",
    }
    make_repository(work, before)
    write_files(work, {"changed.py": b"one\n2\nthree\n\n", "no_end": b"b", "cr.txt": b"a\r\nc\r\n"})
    write_files(work, {"with blank.txt": b"b\n", 'quo"te\u00fc.txt': b"b\n"})
    write_files(work, {"staged.py": b"y\n", "added.py": b"new\n"})
    run_git(work, "add", "staged.py", "added.py")
    write_files(work, {"staged.py": b"z\n"})  # staged, and changed again
    (work / "deleted.py").unlink()
    run_git(work, "rm", "--cached", "forgotten.py")
    run_git(work, "mv", "moved.py", "renamed.py")
    (work / "becomes_link").unlink()
    (work / "becomes_link").symlink_to("changed.py")
    (work / "mode.sh").chmod(0o755)
    new = {
        "new.py": b"print()\n",
        "empty": b"",
        "no newline": b"x",
        'new "quoted"\t\u00fc.md': b"\xc3\xbc\n",
        "deep/new/file": b"\n\n",
        "form_feed.txt": "a\x0cb\u2028c\n\n".encode(),
        "run.sh": b"#!/bin/sh\r\n",
    }
    write_files(work, new)
    (work / "run.sh").chmod(0o755)
    (work / "link").symlink_to("nowhere")

    diff = diff_of(work)

    assert diff.is_dirty
    assert diff.note is None
    assert files_of(apply_to_clean_checkout(work, diff)) == files_of(work)


def test_before_the_first_commit_everything_is_new(work: Path) -> None:
    run_git(work, "init")
    write_files(work, {"a.py": b"a\n", "b.py": b"b\n"})
    run_git(work, "add", "a.py")

    diff = read_diff(work, None, Masker({}))

    fresh = work.parent / "fresh"
    run_git(work.parent, "init", str(fresh))
    subprocess.run(["git", "apply", "-"], cwd=fresh, input=diff.text.encode(), check=True)
    assert files_of(fresh) == files_of(work)


def test_settings_of_the_person_change_nothing(
    work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_repository(work, {"a.py": b"a\n" * 9, "old.py": b"b\n" * 20})
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "color.ui": "always",
        "diff.renames": "copies",
        "diff.context": "0",
        "core.quotePath": "false",
        "diff.external": "false",
    }.items():
        run_git(work, "config", key, value)
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=0")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    write_files(work, {"a.py": b"a\n" * 8, "\u00fc.py": b"c\n"})
    (work / "old.py").rename(work / "new.py")

    diff = read_diff(work, "HEAD", Masker({}))

    for name in ("GIT_DIR", "GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF"):
        monkeypatch.delenv(name)
    assert files_of(apply_to_clean_checkout(work, diff)) == files_of(work)


def test_a_submodule_that_moved_on(work: Path) -> None:
    make_repository(work.parent / "library", {"lib.py": b"1\n"})
    make_repository(work, {"a.py": b"a\n"})
    allowed = ("-c", "protocol.file.allow=always")
    run_git(work, *allowed, "submodule", "add", str(work.parent / "library"), "lib")
    run_git(work, "commit", "-m", "with submodule")
    assert diff_of(work) == Diff("", False, None)

    write_files(work / "lib", {"lib.py": b"2\n"})
    assert diff_of(work) == Diff("", False, None)  # what is in it is its own matter
    run_git(work / "lib", "commit", "-am", "on")
    assert "+Subproject commit " + run_git(work / "lib", "rev-parse", "HEAD") in diff_of(work).text


def test_an_unfinished_merge(work: Path) -> None:
    make_repository(work, {"a.py": b"a\n"})
    run_git(work, "checkout", "-b", "side")
    write_files(work, {"a.py": b"b\n"})
    run_git(work, "commit", "-am", "side")
    run_git(work, "checkout", "main")
    write_files(work, {"a.py": b"c\n"})
    run_git(work, "commit", "-am", "main")
    with pytest.raises(subprocess.CalledProcessError):
        run_git(work, "merge", "side")

    diff = diff_of(work)

    assert diff.is_dirty
    assert files_of(apply_to_clean_checkout(work, diff)) == files_of(work)


# --- what is left out ----------------------------------------------------------------------------


def test_binary_files_are_named(work: Path) -> None:
    late = b"a\n" * 9_000 + b"\0\n"  # git looks only at the begin
    make_repository(work, {"weights.bin": b"\0\1", "a.py": b"a\n", "late": late})
    write_files(work, {"weights.bin": b"\0\2", "new.bin": b"\0", "a.py": b"b\n"})
    write_files(work, {"late": late + b"b\n"})

    diff = diff_of(work)

    assert diff.note == "Left out, since they are binary: late, weights.bin, new.bin."
    assert diff.text.count("diff --git") == 1
    assert (apply_to_clean_checkout(work, diff) / "a.py").read_bytes() == b"b\n"


def test_what_is_no_utf8_is_named(work: Path) -> None:
    make_repository(work, {"latin.txt": b"\xe9\n", "a.py": b"a\n"})
    write_files(work, {"latin.txt": b"\xe9\xe9\n", "new.txt": b"\xff\n", "a.py": b"b\n"})

    diff = diff_of(work)

    assert diff.note == "Left out, since they are no text in UTF-8: latin.txt, new.txt."
    assert (apply_to_clean_checkout(work, diff) / "a.py").read_bytes() == b"b\n"


def test_names_that_are_no_utf8(work: Path) -> None:
    make_repository(work, {"a.py": b"a\n"})
    with open(os.fsencode(work) + b"/\xff.bin", "wb") as file:
        file.write(b"\0")
    with open(os.fsencode(work) + b"/\xfe.txt", "wb") as file:
        file.write(b"text\n")

    diff = diff_of(work)

    assert diff.note == "Left out, since they are binary: \\xff.bin."
    assert '"b/\\376.txt"' in diff.text


def test_ignored_files_and_what_trackers_make(work: Path) -> None:
    make_repository(work, {".gitignore": b"*.log\n/data/\n"})
    write_files(work, {"x.log": b"1\n", "data/a.csv": b"1\n", "mlruns/0/meta.yaml": b"a: 1\n"})
    write_files(work, {".headrace/artifacts/a.txt": b"1\n", "runs/0/a.txt": b"1\n"})
    (work / ".git" / "info" / "exclude").write_text("*.tmp\n")
    write_files(work, {"x.tmp": b"1\n"})

    assert diff_of(work, leave_out=[work / "runs", work.parent, work]) == Diff("", False, None)


def test_files_that_hold_secrets_are_named(work: Path) -> None:
    make_repository(work, {"deploy/.env": b"A=1\n"})
    write_files(work, {"deploy/.env": b"A=2\n", ".env": b"A=1\n", "id_rsa": b"x\n"})
    write_files(work, {"aws/credentials": b"x\n", ".env.example": b"A=\n", "secrets.py": b"1\n"})

    diff = diff_of(work)

    assert diff.note == (
        "Left out, since such files hold secrets: deploy/.env, .env, aws/credentials, id_rsa."
    )
    assert "A=2" not in diff.text
    assert "+++ b/.env.example" in diff.text
    assert "+++ b/secrets.py" in diff.text


def test_secrets_in_new_lines_are_masked(work: Path) -> None:
    make_repository(work, {"a.py": f'old = "{TOKEN}"\nx = 1\n'.encode()})
    key = "-----BEGIN PRIVATE KEY-----\nMIIEabc\n-----END PRIVATE KEY-----\n"
    write_files(work, {"a.py": f'old = "{TOKEN}"\nx = 2\nnew = "{TOKEN}"\n'.encode()})
    write_files(work, {"b.py": f'password = ask()\nK = """{key}"""\n'.encode()})

    diff = diff_of(work)

    clone = apply_to_clean_checkout(work, diff)
    assert (clone / "a.py").read_text() == f'old = "{TOKEN}"\nx = 2\nnew = "***"\n'
    assert (clone / "b.py").read_text() == 'password = ask()\nK = """***\n***\n***\n"""\n'
    assert diff.note == "Lines in which a secret is masked: 4."


def test_what_has_no_room_is_named_and_code_comes_before_data(work: Path) -> None:
    make_repository(work, {"big.csv": b"1\n", "a.py": b"a\n"})
    write_files(work, {"big.csv": b"12345678\n" * 1_300_000, "a.py": b"b\n"})
    write_files(work, {"a.csv": b"12345678\n" * 900_000, "b.csv": b"123456\n" * 900_000})
    write_files(work, {"z.py": b"z\n"})

    diff = diff_of(work)

    assert diff.note == "Left out, since there is no room for them: big.csv, a.csv."
    assert len(diff.text) < 10_000_000
    clone = apply_to_clean_checkout(work, diff)
    assert (clone / "z.py").read_bytes() == b"z\n"
    assert (clone / "a.py").read_bytes() == b"b\n"


def test_many_files_are_counted(work: Path) -> None:
    make_repository(work, {})
    write_files(work, {f"{number:05}.bin": b"\0" for number in range(1_200)})

    note = diff_of(work).note
    assert note is not None
    assert "00009.bin and 990 more" in note
    assert "no room for them: 01000.bin" in note


def test_a_repository_in_the_repository(work: Path) -> None:
    make_repository(work, {"a.py": b"a\n"})
    make_repository(work / "other", {"b.py": b"b\n"})

    assert diff_of(work).note == "Left out, since they are no files of this repository: other/."


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_files_that_cannot_be_read(work: Path) -> None:
    make_repository(work, {})
    write_files(work, {"new.py": b"1\n"})
    (work / "new.py").chmod(0)

    assert diff_of(work).note == "Left out, since they cannot be read: new.py."


# --- nothing is executed, and nothing written ----------------------------------------------------


def test_the_configuration_of_a_repository_executes_nothing(work: Path) -> None:
    make_repository(work, {"a.py": b"a\n", "b.dat": b"b\n", "c.odd.name": b"c\n"})
    trap = work.parent / "trap.sh"
    sprung = work.parent / "sprung"
    trap.write_text(f"#!/bin/sh\necho $0 $@ >> {sprung}\ncat\n")
    trap.chmod(0o755)
    for key in (
        *("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "pager.diff"),
        *("diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "filter.evil.process"),
        *("filter.with.dots.clean", "core.editor", "core.askPass", "interactive.diffFilter"),
    ):
        run_git(work, "config", key, str(trap))
    run_git(work, "config", "filter.evil.required", "true")
    hooks = work / ".git" / "hooks"
    for hook in ("post-index-change", "pre-commit", "fsmonitor-watchman"):
        shutil.copy(trap, hooks / hook)
    write_files(work, {".gitattributes": b"* diff=evil filter=evil\n*.name filter=with.dots\n"})
    write_files(work, {"a.py": b"aa\n", "b.dat": b"bb\n", "c.odd.name": b"cc\n", "new": b"n\n"})

    # Not asked of git, which would spring them.
    commit = (work / ".git" / "refs" / "heads" / "main").read_text().strip()
    diff = read_diff(work, commit, Masker({}))

    assert not sprung.exists(), sprung.read_text()
    for line in ("+aa", "+bb", "+cc", "+n"):
        assert f"\n{line}\n" in diff.text


def test_the_index_and_the_objects_are_not_written(work: Path) -> None:
    make_repository(work, {"a.py": b"a\n"})
    os.utime(work / "a.py", (0, 0))
    write_files(work, {"new.py": b"1\n"})

    def state() -> dict[str, bytes]:
        found = (path for path in (work / ".git").rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in found}

    commit = run_git(work, "rev-parse", "HEAD")
    before = state()
    read_diff(work, commit, Masker({}))
    assert state() == before


# --- what may go wrong ---------------------------------------------------------------------------


def test_without_git(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_repository(work, {"a.py": b"a\n"})
    monkeypatch.setenv("PATH", str(work))

    diff = read_diff(work, "HEAD", Masker({}))

    note = "The uncommitted changes are not recorded, since git is not installed."
    assert diff == Diff("", None, note)


def test_a_slow_git_is_not_waited_for(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_repository(work, {"a.py": b"a\n"})
    slow = work.parent / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(git_diff, "SECONDS_FOR_GIT", 0.2)

    diff = read_diff(work, "HEAD", Masker({}))

    note = "The uncommitted changes are not recorded, since git took longer than 0.2 s."
    assert diff == Diff("", None, note)


@pytest.mark.parametrize("damage", ["HEAD", "index", "objects", "config"])
def test_a_broken_repository(damage: str, work: Path) -> None:
    commit = make_repository(work, {"a.py": b"a\n"})
    write_files(work, {"a.py": b"b\n"})
    if damage == "objects":
        shutil.rmtree(work / ".git" / "objects")
    else:
        (work / ".git" / damage).write_bytes(b"\xff[\0")

    diff = read_diff(work, commit, Masker({}))

    assert (diff.text, diff.is_dirty) == ("", None)
    assert diff.note is not None
    assert diff.note.startswith("The uncommitted changes are not recorded, since git fails")


def test_a_git_that_cannot_be_started(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_repository(work, {"a.py": b"a\n"})
    program = work.parent / "bin" / "git"
    program.parent.mkdir()
    program.write_bytes(b"\x7fELF nonsense")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))

    git = git_process.Git(work, 5)
    with pytest.raises(git_process.GitFailed, match="cannot be started"), git.open("ls-files"):
        pass
