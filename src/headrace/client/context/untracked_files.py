"""Files of a work tree that git does not know and does not ignore, as parts of a diff."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from headrace.api.limits import MAX_DIFF_SIZE
from headrace.client.context.git_process import Git

# Why a file is named and not contained.
IS_BINARY = "since they are binary"
NO_TEXT = "since they are no text in UTF-8"
IS_TOO_LARGE = "since there is no room for them"
IS_SECRET = "since such files hold secrets"  # noqa: S105 - no password
_UNREADABLE = "since they cannot be read"
_NO_FILE = "since they are no files of this repository"

# More are named and not read: they are data.
_MAX_FILES = 1_000

# What trackers and Python make, in repositories that do not ignore it.
_NO_CODE = (
    *(".headrace/", "mlruns/", "mlartifacts/", "wandb/", "__pycache__/", "*.pyc"),
    *(".ipynb_checkpoints/", ".venv/", "venv/", "node_modules/"),
)

_SECRET_NAMES = (
    *(b".envrc", b".netrc", b"_netrc", b".pgpass", b".htpasswd", b".pypirc", b".npmrc"),
    *(b".dockercfg", b".git-credentials", b"kubeconfig", b"credentials"),
)
_SECRET_BEGINS = (
    *(b".env.", b".vault", b"id_rsa", b"id_dsa", b"id_ecdsa", b"id_ed25519"),
    *(b"credentials.", b"secret.", b"secrets."),
)
_SECRET_ENDS = (
    *(b".env", b".kdbx", b".tfvars"),
    *(b".pem", b".key", b".p12", b".pfx", b".jks", b".keystore", b".ppk"),
)
_SECRET_WORDS = (b"service_account", b"service-account", b"client_secret", b"client-secret")
_HARMLESS_ENDS = (b".example", b".sample", b".template", b".dist", b".pub", b".py")

_PLAIN_NAME = re.compile(rb'[^\x00-\x1f"\\\x7f-\xff]*')
_ESCAPES = {7: b"a", 8: b"b", 9: b"t", 10: b"n", 11: b"v", 12: b"f", 13: b"r", 34: b'"', 92: b"\\"}
_UNESCAPED = {escape[0]: bytes([byte]) for byte, escape in _ESCAPES.items()}


def list_untracked(
    git: Git, root: Path, leave_out: Sequence[Path]
) -> AbstractContextManager[IO[bytes]]:
    """Have git list the files, which it does not open; a NUL follows each path.

    Args:
        git: Of the work tree.
        root: The work tree.
        leave_out: Folders that are passed over.

    Raises:
        GitFailed: If git does not say which they are.

    """
    excluded = [f"--exclude={pattern}" for pattern in _NO_CODE]
    excluded += [f"--exclude=/{_escape(path)}" for path in _below(root, leave_out)]
    return git.open("ls-files", "--others", "--exclude-standard", "-z", *excluded)


def read_untracked(root: Path, listing: bytes) -> Iterator[tuple[bytes, bytes | str]]:
    """Yield each file, the smallest first, so that code has its room before data.

    Args:
        root: The work tree.
        listing: As git lists the files.

    Yields:
        The path below the root, and the part of the diff that adds it; or why there is none.

    """
    paths = [path for path in listing.split(b"\0") if path]
    place = os.fsencode(root)
    sized = []
    for number, path in enumerate(paths):
        if number >= _MAX_FILES:
            yield path, IS_TOO_LARGE
        elif is_secret_file(path):
            yield path, IS_SECRET
        else:
            try:
                sized.append((os.lstat(os.path.join(place, path)).st_size, path))
            except OSError:
                yield path, _UNREADABLE
    room = MAX_DIFF_SIZE
    for size, path in sorted(sized):
        if size > room:
            yield path, IS_TOO_LARGE
            continue
        addition = _read_addition(os.path.join(place, path), path)
        room -= len(addition) if isinstance(addition, bytes) else 0
        yield path, addition


def is_secret_file(path: bytes) -> bool:
    """Return whether files with such a name usually hold secrets."""
    name = os.path.basename(path).lower()
    if name.endswith(_HARMLESS_ENDS):
        return False
    if name in _SECRET_NAMES or name.startswith(_SECRET_BEGINS) or name.endswith(_SECRET_ENDS):
        return True
    return name.endswith(b".json") and any(word in name for word in _SECRET_WORDS)


def _below(root: Path, places: Sequence[Path]) -> Iterator[str]:
    for place in places:
        if place != root and place.is_relative_to(root):
            yield place.relative_to(root).as_posix()


def _escape(path: str) -> str:
    return re.sub(r"([\\*?\[\]!# ])", r"\\\1", path)


def _read_addition(file: bytes, path: bytes) -> bytes | str:
    """Return the part of a diff that adds a file; or why there is none."""
    try:
        mode = os.lstat(file).st_mode
        if stat.S_ISLNK(mode):
            return _addition(path, b"120000", os.readlink(file))
        if not stat.S_ISREG(mode):
            return _NO_FILE  # such as the folder of another repository
        with open(file, "rb") as stream:
            content = stream.read(MAX_DIFF_SIZE + 1)
    except OSError:
        return _UNREADABLE
    if len(content) > MAX_DIFF_SIZE:
        return IS_TOO_LARGE  # it has grown meanwhile
    if b"\0" in content:
        return IS_BINARY
    return _addition(path, b"100755" if mode & stat.S_IXUSR else b"100644", content)


def _addition(path: bytes, mode: bytes, content: bytes) -> bytes:
    old, new = _quote(b"a/" + path), _quote(b"b/" + path)
    head = b"diff --git %b %b\nnew file mode %b\n" % (old, new, mode)
    if not content:
        return head + b"index 0000000..e69de29\n"
    lines = content.split(b"\n")
    is_whole = not lines[-1]
    if is_whole:
        lines.pop()
    count = b"1" if len(lines) == 1 else b"1,%d" % len(lines)
    # A tab ends a name with blanks, as git itself writes it.
    end = b"\t" if b" " in path and new[:1] != b'"' else b""
    body = b"".join(b"+%b\n" % line for line in lines)
    tail = b"" if is_whole else b"\\ No newline at end of file\n"
    return head + b"--- /dev/null\n+++ %b%b\n@@ -0,0 +%b @@\n" % (new, end, count) + body + tail


def _quote(name: bytes) -> bytes:
    """Return a name as git writes it into a diff."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    quoted = []
    for byte in name:
        if byte in _ESCAPES:
            quoted.append(b"\\" + _ESCAPES[byte])
        elif 32 <= byte < 127:
            quoted.append(bytes([byte]))
        else:
            quoted.append(b"\\%03o" % byte)
    return b'"%b"' % b"".join(quoted)


def unquote(name: bytes) -> bytes:
    """Return a name that git has written into a diff."""
    if not name.startswith(b'"'):
        return name
    return re.sub(
        rb"\\([0-7]{3}|.)",
        lambda found: bytes([int(found[1], 8)]) if len(found[1]) == 3 else _UNESCAPED[found[1][0]],
        name[1:-1],
    )
