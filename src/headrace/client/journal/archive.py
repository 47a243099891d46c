"""Journals, and files that wait beside them, in one file: for a machine that reaches the store.

The file is a plain tar with ``JOURNAL/header.json`` and ``JOURNAL/NUMBER.seg``, and for files with
``files/PROCESS/header.json``, ``NUMBER.data`` and ``NUMBER.json``, as they lie in a folder of
journals. Since a store knows what it has of each journal, it does no harm to ship a journal from
both machines.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from headrace.client.journal import segments
from headrace.client.journal.header import (
    HEADER_NAME,
    Header,
    read_header,
    this_host,
    this_user,
    write_header,
)
from headrace.client.journal.lock import Lock
from headrace.client.journal.places import FILES_NAME
from headrace.errors import InvalidParameterValue

_MAX_HEADER = 1 << 16  # bytes; one has some hundred
_MEMBER = re.compile(
    r"([0-9a-f]{32})/(header\.json|\d{20}\.seg)"
    rf"|({FILES_NAME}/[0-9a-f]{{32}})/(header\.json|\d{{20}}\.(?:data|json))"
)


def export_journals(folders: Iterable[Path], file: Path, files: Iterable[Path] = ()) -> list[str]:
    """Write journals into a new file.

    Args:
        folders: The journals' own folders; their owners may go on writing meanwhile.
        file: The file; one that is there is replaced once the new one is whole.
        files: The folders of processes whose files wait beside the journals.

    Returns:
        Ids of the journals.

    Raises:
        HeadraceError: If a journal is refused: of a newer format, another user's, damaged.
        OSError: If the file cannot be written.

    """
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    ids = []
    try:
        with tarfile.open(temporary, "x") as archive:
            for folder in folders:
                ids.append(read_header(folder).journal)
                names = [
                    segments.segment_path(folder, one) for one in segments.list_segments(folder)
                ]
                for path in (folder / HEADER_NAME, *names):
                    _pack(archive, path, f"{ids[-1]}/{path.name}")
            for folder in files:
                _pack_files(archive, folder)
        temporary.chmod(0o600)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return ids


def _pack_files(archive: tarfile.TarFile, folder: Path) -> None:
    name = f"{FILES_NAME}/{read_header(folder).journal}"
    _pack(archive, folder / HEADER_NAME, f"{name}/{HEADER_NAME}")
    for about in sorted(folder.glob("*[0-9].json")):
        content = about.with_suffix(".data")
        # It is sent meanwhile if it is gone; and without the second there is no file.
        with suppress(FileNotFoundError):
            _pack(archive, content, f"{name}/{content.name}")
            _pack(archive, about, f"{name}/{about.name}")


def _pack(archive: tarfile.TarFile, path: Path, name: str) -> None:
    member = tarfile.TarInfo(name)
    with path.open("rb") as stream:
        member.size = os.fstat(stream.fileno()).st_size  # what is appended from now on is not taken
        archive.addfile(member, stream)


def import_journals(file: Path, folder: Path) -> list[str]:
    """Lay an archive's journals into a folder, as those of a dead process of this machine.

    What is there already only gets what it does not have yet; what a living process uses is left
    alone.

    Args:
        file: What `export_journals` wrote.
        folder: The folder with the journals of a store.

    Returns:
        Ids of the journals that were made or have grown, and those of files as ``files/ID``.

    Raises:
        InvalidParameterValue: If the file is no such archive, or holds anything else; then
            nothing is taken from it.
        HeadraceError: If a journal in it is refused.
        OSError: If it cannot be read, or the folder not be written.

    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unpacked = folder / f".import-{os.urandom(8).hex()}"
    unpacked.mkdir(mode=0o700)
    try:
        with _reading(file) as archive:
            ids = _unpack(archive, unpacked)
        for one in ids:
            _claim(unpacked / one)
        return [one for one in ids if _lay(unpacked / one, folder / one)]
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def store_of(file: Path) -> str:
    """Return the URI of the store that an archive's journals are for; of the first, if several.

    Raises:
        InvalidParameterValue: If the file is no such archive.
        OSError: If it cannot be read.

    """
    with _reading(file) as archive:
        member = archive.next()
        stream = archive.extractfile(member) if member and member.isreg() else None
        if member is not None and stream is not None and member.name.endswith(f"/{HEADER_NAME}"):
            with suppress(msgspec.MsgspecError):
                return msgspec.json.decode(stream.read(_MAX_HEADER), type=Header).origin.store
    raise InvalidParameterValue(
        f"{file} is no archive of journals that this version of Headrace reads: give one that "
        "headrace sync --export wrote."
    )


@contextmanager
def _reading(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as archive:
            yield archive
    except tarfile.TarError as error:
        raise InvalidParameterValue(
            f"{file} is no archive of journals ({error}): give one that headrace sync --export "
            "wrote."
        ) from None


def _unpack(archive: tarfile.TarFile, folder: Path) -> list[str]:
    ids: dict[str, None] = {}
    for member in archive:
        match = _MEMBER.fullmatch(member.name)
        stream = archive.extractfile(member) if match and member.isreg() else None
        if match is None or stream is None:
            raise InvalidParameterValue(
                f"The archive holds {member.name!r}, which is no file of a journal. Nothing was "
                "taken from it: give one that headrace sync --export wrote."
            )
        one, name = match[1] or match[3], match[2] or match[4]
        (folder / one).mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(stream, folder / one / name)
        ids[one] = None
    return list(ids)


def _write(stream: IO[bytes], path: Path) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(file, "wb") as target:
        shutil.copyfileobj(stream, target)


def _claim(folder: Path) -> None:
    """Make an unpacked journal one of this user on this machine, whose process is dead."""
    header = read_header(folder, of_any_user=True)
    if header.journal != folder.name:
        raise InvalidParameterValue(
            f"The archive holds the journal {header.journal!r} under the name {folder.name!r}. "
            "Nothing was taken from it."
        )
    origin = msgspec.structs.replace(
        header.origin, uid=this_user(), host=this_host(), boot_id="", pid=0, pid_start=0
    )
    write_header(folder, msgspec.structs.replace(header, origin=origin))


def _lay(unpacked: Path, folder: Path) -> bool:
    """Put a journal into its place; return whether anything was new."""
    if not folder.exists():
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        unpacked.rename(folder)
        return True
    lock = Lock.take(folder)
    if lock is None:
        return False
    grown = False
    try:
        for source in _contents(unpacked):
            target = folder / source.name
            if not target.exists() or target.stat().st_size < source.stat().st_size:
                source.replace(target)
                grown = True
    finally:
        lock.release()
    return grown


def _contents(unpacked: Path) -> list[Path]:
    """Return what is in a journal or a folder of files but its header, what must come last last."""
    names = [path for path in unpacked.iterdir() if path.name != HEADER_NAME]
    return sorted(names, key=lambda path: (path.suffix == ".json", path.name))
