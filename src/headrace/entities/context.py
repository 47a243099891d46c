"""Where and how a run ran, and what it printed: what is recorded without being asked.

Each start of a run is a session, and each session has its own context, in parts. A part is a text:
the uncommitted changes as a diff, everything else as a JSON document whose fields the Structs here
name. All of them are optional, and fields that a Struct does not name are kept in the text, so that
clients and servers of different versions go together.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

DocumentT = TypeVar("DocumentT")


class GitState(Struct, omit_defaults=True):
    """The repository of the entry script; the part ``git``.

    Attributes:
        commit: The commit that is checked out, in hexadecimal.
        branch: Its branch; None where a commit is checked out itself.
        remote: URL of the remote, without credentials.
        script: The entry script below the root of the repository, separated by ``/``.
        is_dirty: Whether there are uncommitted changes; None if nobody could find out.
        diff_note: Why the part ``diff`` is missing or cut, as a sentence.

    """

    commit: str | None = None
    branch: str | None = None
    remote: str | None = None
    script: str | None = None
    is_dirty: bool | None = None
    diff_note: str | None = None


class Command(Struct, omit_defaults=True):
    """What was started, by whom and where; the part ``command``.

    Attributes:
        entry: The entry script, module or notebook.
        arguments: What followed it on the command line, with secrets masked.
        folder: The working directory.
        user: Name of the user of the operating system.
        host: Name of the machine.
        pid: Number of the process.
        rank: Number of the process among those that work on the run together, from 0.
        world_size: How many processes they are.

    """

    entry: str | None = None
    arguments: list[str] = []
    folder: str | None = None
    user: str | None = None
    host: str | None = None
    pid: int | None = None
    rank: int | None = None
    world_size: int | None = None


class PythonState(Struct, omit_defaults=True):
    """Python and what is below it; the part ``python``.

    Attributes:
        version: Such as ``3.11.9``.
        implementation: Such as ``CPython``.
        executable: Path of the interpreter.
        os: Name and version of the operating system, for people.
        platform: What `platform.platform` says.
        machine: Architecture, such as ``x86_64``.

    """

    version: str | None = None
    implementation: str | None = None
    executable: str | None = None
    os: str | None = None
    platform: str | None = None
    machine: str | None = None


class Gpu(Struct, omit_defaults=True):
    """A GPU that the process could use.

    Attributes:
        name: Model.
        memory: Bytes.
        driver: Version of the driver.
        uuid: What the vendor's tools call it.

    """

    name: str
    memory: int | None = None
    driver: str | None = None
    uuid: str | None = None


class Hardware(Struct, omit_defaults=True):
    """The machine; the part ``hardware``.

    Attributes:
        cpu: Model of the processor.
        cores: How many cores it has, as the operating system counts.
        usable_cores: How many of them the process may use.
        memory: Bytes.
        gpus: GPUs that the process could use.
        cuda: Version of CUDA, or of what stands in its place.
        blas: The library of linear algebra, with its version.

    """

    cpu: str | None = None
    cores: int | None = None
    usable_cores: int | None = None
    memory: int | None = None
    gpus: list[Gpu] = []
    cuda: str | None = None
    blas: str | None = None


Packages = dict[str, str]  # the part ``packages``: name to version of what is installed
Seeds = dict[str, int | str]  # the part ``seeds``: who draws random numbers, to the seed

GIT, DIFF, COMMAND, PYTHON = "git", "diff", "command", "python"
PACKAGES, HARDWARE, SEEDS = "packages", "hardware", "seeds"

# The parts there are, in the order in which they are shown.
CONTEXT_PARTS = (GIT, DIFF, COMMAND, PYTHON, PACKAGES, HARDWARE, SEEDS)


class StoredPart(Struct, omit_defaults=True):
    """One part of a session's context.

    Attributes:
        name: One of `CONTEXT_PARTS`.
        size: Bytes of its text in UTF-8.
        digest: BLAKE3 of them in hexadecimal: equal parts of any runs have the same.
        content: The text; None if it was not asked for.

    """

    name: str
    size: int
    digest: str
    content: str | None = None


class SessionContext(Struct, omit_defaults=True):
    """The context of one session of a run.

    Its parts are properties too. Each is None where it was not recorded, was not asked for, or is
    written in a way that this version cannot read.

    Attributes:
        session: Id of the session, 32 hexadecimal digits.
        started_at: When the session began by the store's clock, in milliseconds since the epoch.
        host: Name of its machine, if it is known.
        parts: Its parts, in the order of `CONTEXT_PARTS`.

    """

    session: str
    started_at: int
    host: str | None = None
    parts: list[StoredPart] = []

    @property
    def git(self) -> GitState | None:
        """The repository of the entry script."""
        return self._document(GIT, GitState)

    @property
    def diff(self) -> str | None:
        """The uncommitted changes, as ``git diff`` prints them."""
        return self._content(DIFF)

    @property
    def command(self) -> Command | None:
        """What was started, by whom and where."""
        return self._document(COMMAND, Command)

    @property
    def python(self) -> PythonState | None:
        """Python and what is below it."""
        return self._document(PYTHON, PythonState)

    @property
    def packages(self) -> Packages | None:
        """The installed packages, name to version."""
        return self._document(PACKAGES, Packages)

    @property
    def hardware(self) -> Hardware | None:
        """The machine."""
        return self._document(HARDWARE, Hardware)

    @property
    def seeds(self) -> Seeds | None:
        """The seeds in use, by who draws random numbers."""
        return self._document(SEEDS, Seeds)

    def _content(self, name: str) -> str | None:
        return next((part.content for part in self.parts if part.name == name), None)

    def _document(self, name: str, kind: type[DocumentT]) -> DocumentT | None:
        content = self._content(name)
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError:
            return None


class OutputChunk(Struct):
    """A piece of what a session printed, as it was taken: it may end within a line.

    Attributes:
        id: Its place in the output of the run: greater than those of all chunks before it.
        session: Id of the session.
        stream: ``stdout`` or ``stderr``.
        time: When it was printed, in milliseconds since the epoch.
        text: What was printed.

    """

    id: int
    session: str
    stream: str
    time: int
    text: str
