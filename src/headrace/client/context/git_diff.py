"""The uncommitted changes of a work tree, as a diff that ``git apply`` takes on its commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from headrace.api.limits import MAX_DIFF_SIZE
from headrace.client.context.git_process import Git, GitFailed
from headrace.client.context.masking import LineMasker, Masker
from headrace.client.context.untracked_files import (
    IS_BINARY,
    IS_SECRET,
    IS_TOO_LARGE,
    NO_TEXT,
    is_secret_file,
    list_untracked,
    read_untracked,
    unquote,
)

# How long git may take in all, in seconds: a process that ends so soon waits for it.
SECONDS_FOR_GIT = 10.0

# What a repository has before its first commit: a tree without files.
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_DIFF = (
    *("diff-index", "--patch", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=dirty"),
)
_HEADER = b"diff --git "
_MAX_PIECE = 1 << 20  # bytes of a line that are read at once
_MAX_NAMED = 10  # files of one kind in a note


class Diff(NamedTuple):
    """What was changed and not committed.

    Attributes:
        text: The diff; empty if there is nothing to show.
        is_dirty: Whether there are changes; None if nobody could find out.
        note: What the diff lacks and why, as a sentence; None if it is whole.

    """

    text: str
    is_dirty: bool | None
    note: str | None


class _Section(NamedTuple):
    """The part of a diff that is about one file; its data are None if they are too large."""

    path: bytes
    data: bytes | None


def read_diff(
    root: Path, commit: str | None, masker: Masker, leave_out: Sequence[Path] = ()
) -> Diff:
    """Return the uncommitted changes of a work tree, new files that are not ignored included.

    Binary files, files that usually hold secrets, and what has no room are named in the note.
    Tokens and keys in lines that are added are masked.

    Args:
        root: The work tree.
        commit: The commit that is checked out; None before the first one.
        masker: Knows the secrets.
        leave_out: Folders in it that are no part of the code, such as a tracking store.

    """
    found = _Findings(masker)
    try:
        git = Git(root, SECONDS_FOR_GIT)
        with list_untracked(git, root, leave_out) as listing:  # beside what comes first
            base = commit or _find_base(git)
            with git.open(*git.without_filters(), *_DIFF, base, "--") as stream:
                for section in _sections(stream):
                    found.add(section)
            paths = listing.read()
        for path, text in read_untracked(root, paths):
            found.add_file(path, text)
    except GitFailed as error:
        note = f"The uncommitted changes are not recorded, since {error}."
        return Diff("", None, note)
    return Diff("".join(found.sections), found.is_dirty, found.note())


def _find_base(git: Git) -> str:
    """Return what git itself has for a commit, if it has one."""
    with git.open("rev-parse", "--quiet", "--verify", "HEAD", may_fail=True) as answer:
        return answer.read().decode().strip() or _EMPTY_TREE


class _Findings:
    """Sections that are kept, and the files that are only named."""

    def __init__(self, masker: Masker) -> None:
        self.sections: list[str] = []
        self.is_dirty = False
        self._masker = masker
        self._room = MAX_DIFF_SIZE
        self._left_out: dict[str, list[str]] = {}
        self._masked_lines = 0

    def add(self, section: _Section) -> None:
        """Keep the changes of a file that git knows."""
        path, data = section
        if data is not None and data.count(b"\n") == 1:
            return  # only the times of the file have changed
        self.is_dirty = True
        if is_secret_file(path):
            self._leave_out(path, IS_SECRET)
        elif data is None:
            self._leave_out(path, IS_TOO_LARGE)
        elif b"\0" in data or re.search(rb"^Binary files .* differ$", data, re.MULTILINE):
            self._leave_out(path, IS_BINARY)
        else:
            self._keep(path, data)

    def add_file(self, path: bytes, text: bytes | str) -> None:
        """Keep a new file, or take note why it is left out."""
        self.is_dirty = True
        if isinstance(text, str):
            self._leave_out(path, text)
        else:
            self._keep(path, text)

    def note(self) -> str | None:
        """Return what is missing, as sentences."""
        sentences = []
        for reason, paths in self._left_out.items():
            named = ", ".join(paths[:_MAX_NAMED])
            more = f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else ""
            sentences.append(f"Left out, {reason}: {named}{more}.")
        if self._masked_lines:
            sentences.append(f"Lines in which a secret is masked: {self._masked_lines}.")
        return " ".join(sentences) or None

    def _leave_out(self, path: bytes, reason: str) -> None:
        self._left_out.setdefault(reason, []).append(path.decode(errors="backslashreplace"))

    def _keep(self, path: bytes, data: bytes) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return self._leave_out(path, NO_TEXT)
        text = self._mask(text)
        size = len(text.encode())
        if size > self._room:
            return self._leave_out(path, IS_TOO_LARGE)
        self._room -= size
        return self.sections.append(text)

    def _mask(self, text: str) -> str:
        """Return a section without secrets in its new lines; the others must stay to be applied."""
        if "PRIVATE KEY" not in text and self._masker.mask_shapes(text) == text:
            return text
        lines = text.split("\n")
        masker = LineMasker(self._masker.mask_shapes)
        for number, line in enumerate(lines):
            if line.startswith("+") and not line.startswith("+++ "):
                lines[number] = "+" + masker.mask(line[1:])
                self._masked_lines += lines[number] != line
        return "\n".join(lines)


def _sections(stream: IO[bytes]) -> Iterator[_Section]:
    path = b""
    parts: list[bytes] | None = None
    size = 0
    begins_line = True
    while piece := stream.readline(_MAX_PIECE):
        if begins_line and piece.startswith(_HEADER):
            if path:
                yield _Section(path, None if parts is None else b"".join(parts))
            path, parts, size = _path_of(piece), [], 0
        if path and parts is not None:
            parts.append(piece)
            size += len(piece)
            if size > MAX_DIFF_SIZE:
                parts = None
        begins_line = piece.endswith(b"\n")
    if path:
        yield _Section(path, None if parts is None else b"".join(parts))


def _path_of(header: bytes) -> bytes:
    """Return the path in ``diff --git a/PATH b/PATH``, which is the same twice."""
    names = header[len(_HEADER) :].rstrip(b"\n")
    half = names[: len(names) // 2]
    return unquote(half).removeprefix(b"a/")
