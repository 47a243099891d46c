"""``ftp://``: files behind an FTP server, in clear text, so fit for networks that one trusts."""

from __future__ import annotations

import errno
import ftplib
import io
import posixpath
import socket
import time
from calendar import timegm
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from headrace import settings
from headrace.artifacts.addresses import Address, parse_address
from headrace.artifacts.base import CHUNK
from headrace.artifacts.connections import Connections
from headrace.artifacts.filesystems import Entry, FileSystem, FileSystemStore, shared
from headrace.errors import (
    HeadraceError,
    TemporarilyUnavailable,
    Unauthenticated,
)

_NOT_THERE_OR_NOT_ALLOWED = "550"
_UNKNOWN_COMMAND = ("500", "501", "502", "504")
_NO_ROOM = ("452", "552")


class FtpArtifactStore(FileSystemStore):
    """A folder behind an FTP server."""

    def __init__(self, uri: str, server: str | None = None) -> None:
        """Take ``ftp://[USER[:PASSWORD]@]HOST[:PORT]/PATH``; nothing is connected to yet."""
        address = parse_address(uri)
        super().__init__(uri, shared(FtpFileSystem, address), address.path)


class FtpFileSystem(FileSystem):
    """The files of one account on an FTP server.

    A server that knows MLST and MLSD (RFC 3659) tells names, sizes and times in one answer; from
    an older one each is asked for by itself.
    """

    parallelism = 4

    def __init__(self, address: Address) -> None:
        self.title = address.title
        self._address = address
        self._connections = Connections(self._connect, _is_usable, _close)
        self._knows_facts = True

    def list(self, folder: str) -> list[tuple[str, Entry]]:
        """Return names and what they stand for."""
        entry = self.stat(folder)
        if entry is None:
            raise FileNotFoundError(errno.ENOENT, "No such folder")
        if not entry.is_dir:
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory")
        if self._knows_facts:
            with self._using() as ftp:
                facts_of = dict(ftp.mlsd(folder))
            found = [
                (posixpath.basename(name), _from_facts(facts))
                for name, facts in facts_of.items()
                if facts.get("type", "").lower() not in ("cdir", "pdir")
            ]
            return [(name, entry) for name, entry in found if entry]
        with self._using() as ftp:
            names = [posixpath.basename(name) for name in _names(ftp, folder)]
            entries = [(name, _asked(ftp, posixpath.join(folder, name))) for name in names]
        return [(name, entry) for name, entry in entries if entry]

    def stat(self, path: str) -> Entry | None:
        """Return what is at a path."""
        with self._using() as ftp:
            if path == "/":
                return Entry(is_dir=True)
            if self._knows_facts:
                try:
                    return _fetch_facts(ftp, path)
                except ftplib.error_perm as error:
                    if str(error)[:3] not in _UNKNOWN_COMMAND:
                        return None
                    self._knows_facts = False
            return _asked(ftp, path)

    def open(self, path: str, offset: int) -> BinaryIO:
        """Return a stream of a file's bytes."""
        connection = self._connections.take()
        try:
            with self._translated():
                connection.voidcmd("TYPE I")
                data = connection.transfercmd(f"RETR {path}", offset or None)
        except BaseException as error:
            self._connections.put_back(connection, usable=isinstance(error, FileNotFoundError))
            raise
        return cast(BinaryIO, _Stream(self, connection, data))

    def write(self, path: str, stream: BinaryIO, offset: int) -> None:
        """Write what is left in a stream."""
        connection = self._connections.take()
        is_done = False
        try:
            with self._translated():
                _store(connection, path, stream, offset)
            is_done = True
        except TemporarilyUnavailable as error:
            raise TemporarilyUnavailable(
                f"{error.message} If that goes on, see whether there is room."
            ) from error
        finally:
            # One whose transfer broke off would take the answer to it for that to the next call.
            self._connections.put_back(connection, usable=is_done)

    def append(self, path: str, data: bytes) -> None:
        """Add a few bytes to a file."""
        with self._using() as ftp:
            ftp.storbinary(f"APPE {path}", io.BytesIO(data))

    def rename(self, source: str, target: str) -> None:
        """Give a file another path; where the server does not replace files, in two steps."""
        with self._using() as ftp:
            try:
                ftp.rename(source, target)
            except ftplib.error_perm:
                ftp.delete(target)
                ftp.rename(source, target)

    def remove(self, path: str) -> None:
        """Delete a file."""
        with self._using() as ftp:
            ftp.delete(path)

    def make_folder(self, path: str) -> None:
        """Make a folder."""
        try:
            with self._using() as ftp:
                ftp.mkd(path)
        except OSError:  # most often somebody was quicker
            entry = self.stat(path)
            if entry is None or not entry.is_dir:
                raise

    def remove_folder(self, path: str) -> None:
        """Delete an empty folder."""
        with self._using() as ftp:
            ftp.rmd(path)

    # --- connections -----------------------------------------------------------------------------

    def give_back(self, connection: ftplib.FTP, *, usable: bool) -> None:
        """Take a connection back from a stream."""
        self._connections.put_back(connection, usable=usable)

    @contextmanager
    def _using(self) -> Iterator[ftplib.FTP]:
        with self._connections.use() as ftp, self._translated():
            yield ftp

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what the server says into errors of the system, or of ours."""
        try:
            yield
        except HeadraceError:
            raise
        except (ftplib.error_perm, ftplib.error_temp) as error:
            text = str(error)
            if text.startswith(_NO_ROOM) or " space" in text or "quota" in text:
                raise OSError(errno.ENOSPC, f"the server says {text!r}") from error
            if text.startswith(_NOT_THERE_OR_NOT_ALLOWED):
                raise _refusal(text) from error
            if isinstance(error, ftplib.error_temp):
                raise TemporarilyUnavailable(f"{self.title} says {text!r}.") from error
            raise OSError(errno.EIO, f"the server says {text!r}") from error
        except (ftplib.Error, EOFError, TimeoutError, ConnectionError) as error:
            reason = str(error) or type(error).__name__
            raise TemporarilyUnavailable(f"The way to {self.title} broke off: {reason}.") from error

    def _connect(self) -> ftplib.FTP:
        address = self._address
        ftp = ftplib.FTP()  # noqa: S321 - that it is in clear text is what the docs warn of
        seconds = settings.HTTP_REQUEST_TIMEOUT.get()
        try:
            ftp.connect(address.host, address.port or ftplib.FTP_PORT, seconds)
            ftp.login(address.user, address.password)
            with suppress(ftplib.error_perm):
                ftp.sendcmd("OPTS UTF8 ON")
        except ftplib.error_perm as error:
            ftp.close()
            raise Unauthenticated(
                f"{self.title} lets nobody in with this name and password ({error}). Write "
                "ftp://USER:PASSWORD@HOST/PATH."
            ) from error
        except ftplib.all_errors as error:
            ftp.close()
            reason = str(error) or type(error).__name__
            raise TemporarilyUnavailable(f"{self.title} cannot be reached: {reason}.") from error
        return ftp


class _Stream(io.RawIOBase):
    """The bytes of a file as they arrive over a connection of their own."""

    def __init__(self, files: FtpFileSystem, connection: ftplib.FTP, data: socket.socket) -> None:
        super().__init__()
        self._files = files
        self._connection = connection
        self._data = data
        self._is_whole = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read what has arrived; a file that the server cuts off is `TemporarilyUnavailable`."""
        if self._is_whole:
            return 0
        with self._files._translated():
            size = self._data.recv_into(buffer)
            if not size:
                self._data.close()
                self._connection.voidresp()  # the server says whether that was all
                self._is_whole = True
        return size

    def close(self) -> None:
        """Give the connection back if all was read; else closing it tells the server to stop."""
        if not self.closed:
            self._data.close()
            self._files.give_back(self._connection, usable=self._is_whole)
        super().close()


def _store(ftp: ftplib.FTP, path: str, stream: BinaryIO, offset: int) -> None:
    try:
        ftp.storbinary(f"STOR {path}", stream, CHUNK, rest=offset or None)
    except (BrokenPipeError, ConnectionResetError):
        ftp.voidresp()  # a server that takes no more has mostly said why
        raise


def _fetch_facts(ftp: ftplib.FTP, path: str) -> Entry | None:
    for line in ftp.sendcmd(f"MLST {path}").splitlines()[1:-1]:
        facts = line.lstrip().partition(" ")[0].rstrip(";")
        pairs = (fact.partition("=") for fact in facts.split(";"))
        return _from_facts({name.lower(): value for name, _, value in pairs})
    return None


def _from_facts(facts: dict[str, str]) -> Entry | None:
    """Return what a server's facts say; None for what is neither file nor folder."""
    kind = facts.get("type", "").lower()
    changed = _moment(facts.get("modify", ""))
    if kind in ("dir", "cdir"):
        return Entry(is_dir=True, changed=changed)
    if kind == "file":
        return Entry(is_dir=False, size=int(facts.get("size", 0)), changed=changed)
    return None


def _asked(ftp: ftplib.FTP, path: str) -> Entry | None:
    """Return what is at a path on a server that has no facts."""
    try:
        ftp.voidcmd("TYPE I")
        size = ftp.size(path)
    except ftplib.error_perm:
        try:
            ftp.cwd(path)
        except ftplib.error_perm:
            return None
        ftp.cwd("/")
        return Entry(is_dir=True)
    changed = None
    with suppress(ftplib.error_perm):
        changed = _moment(ftp.sendcmd(f"MDTM {path}").partition(" ")[2])
    return Entry(is_dir=False, size=size or 0, changed=changed)


def _names(ftp: ftplib.FTP, folder: str) -> list[str]:
    try:
        return ftp.nlst(folder)
    except ftplib.error_perm as error:
        if str(error).startswith(_NOT_THERE_OR_NOT_ALLOWED):
            return []  # so some servers call an empty folder
        raise


def _moment(text: str) -> int | None:
    """Return YYYYMMDDhhmmss of UTC in milliseconds since the epoch."""
    try:
        return timegm(time.strptime(text[:14], "%Y%m%d%H%M%S")) * 1000
    except ValueError:
        return None


def _refusal(text: str) -> OSError:
    """Return the error that a server's 550 stands for, which has one number for all of them."""
    lowered = text.lower()
    if "permission" in lowered or "denied" in lowered or "privilege" in lowered:
        return PermissionError(errno.EACCES, f"the server says {text!r}")
    if "exist" in lowered and "not exist" not in lowered and "no such" not in lowered:
        return FileExistsError(errno.EEXIST, f"the server says {text!r}")
    if "directory" in lowered and "not a" in lowered:
        return NotADirectoryError(errno.ENOTDIR, f"the server says {text!r}")
    return FileNotFoundError(errno.ENOENT, f"the server says {text!r}")


def _is_usable(connection: ftplib.FTP) -> bool:
    """Return whether the server still answers on a connection that was idle."""
    try:
        connection.voidcmd("NOOP")
    except ftplib.all_errors:
        return False
    return True


def _close(connection: ftplib.FTP) -> None:
    connection.close()
