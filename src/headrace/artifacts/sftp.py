"""``sftp://``: files behind an SSH server, whose key must be known and is never taken on trust.

What the user's ``~/.ssh/config`` says of the host counts: ``HostName``, ``Port``, ``User``,
``IdentityFile`` and ``UserKnownHostsFile``; keys and agent are found as ssh finds them.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import posixpath
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, NamedTuple, NoReturn, cast

import paramiko

from headrace import settings
from headrace.artifacts.addresses import Address, parse_address
from headrace.artifacts.base import CHUNK
from headrace.artifacts.connections import Connections
from headrace.artifacts.filesystems import Entry, FileSystem, FileSystemStore, shared
from headrace.errors import (
    HeadraceError,
    InvalidParameterValue,
    PermissionDenied,
    TemporarilyUnavailable,
    Unauthenticated,
)

# What is asked for at a time: enough to fill a long line, and all that is held of a file.
_WINDOW = 4 * CHUNK
_PIECE = 32 * 1024  # the most that every server sends in one answer

# Paramiko tells of every lost connection here, with a trace; our errors say the same.
_CHANNEL = "headrace.paramiko"
logging.getLogger(_CHANNEL).setLevel(logging.CRITICAL)


class SftpArtifactStore(FileSystemStore):
    """A folder behind an SSH server."""

    def __init__(self, uri: str, server: str | None = None) -> None:
        """Take ``sftp://[USER[:PASSWORD]@]HOST[:PORT]/PATH``; nothing is connected to yet."""
        address = parse_address(uri)
        super().__init__(uri, shared(SftpFileSystem, address), address.path)


class _Connection(NamedTuple):
    client: paramiko.SSHClient
    sftp: paramiko.SFTPClient


class SftpFileSystem(FileSystem):
    """The files of one account on an SSH server."""

    parallelism = 4

    def __init__(self, address: Address) -> None:
        self.title = address.title
        self._address = address
        self._connections = Connections(self._connect, _is_usable, _close)

    def list(self, folder: str) -> list[tuple[str, Entry]]:
        """Return names and what they stand for."""
        with self._using() as sftp:
            try:
                found = sftp.listdir_attr(folder)
            except OSError:
                if not stat.S_ISDIR(sftp.stat(folder).st_mode or 0):
                    raise NotADirectoryError(errno.ENOTDIR, "Not a directory") from None
                raise
            return [(status.filename, _entry(status)) for status in found if _is_known(status)]

    def stat(self, path: str) -> Entry | None:
        """Return what is at a path; pipes, devices and sockets count as nothing."""
        with self._using() as sftp:
            try:
                status = sftp.stat(path)
            except FileNotFoundError:
                return None
            return _entry(status) if _is_known(status) else None

    def real(self, path: str) -> str:
        """Return a path with every symbolic link on it followed, as far as it exists."""
        with self._using() as sftp:
            missing: list[str] = []
            while True:
                try:
                    found = sftp.normalize(path)
                    return posixpath.join(found, *reversed(missing))
                except FileNotFoundError:
                    path, _, name = path.rpartition("/")
                    missing.append(name)
                    path = path or "/"

    def open(self, path: str, offset: int) -> BinaryIO:
        """Return a stream of a file's bytes."""
        connection = self._connections.take()
        try:
            with self._translated():
                handle = connection.sftp.open(path, "r")
                end = handle.stat().st_size or 0
        except BaseException as error:
            self._connections.put_back(connection, usable=isinstance(error, OSError))
            raise
        return cast(BinaryIO, _Stream(self, connection, handle, offset, end))

    def write(self, path: str, stream: BinaryIO, offset: int) -> None:
        """Write what is left in a stream, many pieces on their way at a time."""
        with self._using() as sftp:
            handle = sftp.open(path, "r+" if offset else "w")
            with handle:
                handle.set_pipelined(True)
                handle.seek(offset)
                while piece := stream.read(CHUNK):
                    handle.write(piece)

    def append(self, path: str, data: bytes) -> None:
        """Add a few bytes to a file."""
        with self._using() as sftp, sftp.open(path, "a") as handle:
            handle.write(data)

    def rename(self, source: str, target: str) -> None:
        """Give a file another path in one step, where the server knows how to."""
        with self._using() as sftp:
            try:
                sftp.posix_rename(source, target)
            except FileNotFoundError:
                raise
            except OSError:  # a server without OpenSSH's extension
                with suppress(FileNotFoundError):
                    sftp.remove(target)
                sftp.rename(source, target)

    def remove(self, path: str) -> None:
        """Delete a file or a link."""
        with self._using() as sftp:
            sftp.remove(path)

    def make_folder(self, path: str) -> None:
        """Make a folder."""
        with self._using() as sftp:
            try:
                sftp.mkdir(path)
            except OSError:  # the server does not say why; most often somebody was quicker
                if not stat.S_ISDIR(sftp.stat(path).st_mode or 0):
                    raise

    def remove_folder(self, path: str) -> None:
        """Delete an empty folder."""
        with self._using() as sftp:
            sftp.rmdir(path)

    # --- connections -----------------------------------------------------------------------------

    def give_back(self, connection: _Connection, *, usable: bool) -> None:
        """Take a connection back from a stream."""
        self._connections.put_back(connection, usable=usable)

    @contextmanager
    def _using(self) -> Iterator[paramiko.SFTPClient]:
        with self._connections.use() as connection, self._translated():
            yield connection.sftp

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what the library raises into errors of the system, or of ours."""
        try:
            yield
        except HeadraceError:
            raise
        except (paramiko.SSHException, EOFError, TimeoutError, ConnectionError) as error:
            reason = str(error) or type(error).__name__
            raise TemporarilyUnavailable(f"The way to {self.title} broke off: {reason}.") from error
        except OSError as error:
            if error.errno is not None:
                raise
            if str(error) == "Socket is closed":
                raise TemporarilyUnavailable(f"The way to {self.title} broke off.") from error
            raise OSError(
                errno.EIO,
                f"the server says only {str(error)!r}, which most often means a full disk or a "
                "quota there",
            ) from error

    def _connect(self) -> _Connection:
        address = self._address
        config = _config_of(address.host)
        client = paramiko.SSHClient()
        client.set_log_channel(_CHANNEL)
        client.set_missing_host_key_policy(_Refusing(address))
        seconds = settings.HTTP_REQUEST_TIMEOUT.get()
        try:
            for name in _known_hosts(config):
                client.load_system_host_keys(name)
            client.connect(
                config.get("hostname", address.host),
                port=address.port or int(config.get("port", 22)),
                username=address.user or config.get("user"),
                password=address.password or None,
                key_filename=config.get("identityfile"),
                allow_agent=not address.password,
                look_for_keys=not address.password,
                timeout=seconds,
                banner_timeout=seconds,
                auth_timeout=seconds,
            )
            sftp = client.open_sftp()
            channel = sftp.get_channel()
            assert channel is not None
            channel.settimeout(seconds)
        except BaseException as error:
            client.close()
            self._explain(error)
            raise
        return _Connection(client, sftp)

    def _explain(self, error: BaseException) -> None:
        """Raise the error of ours that says why a connection failed, if there is one."""
        if isinstance(error, paramiko.BadHostKeyException):
            raise PermissionDenied(
                f"{self.title} shows another host key, {error.key.fingerprint}, than the one in "
                "known_hosts: somebody may be listening in, or the machine was set up anew. Ask "
                f"who runs it; then ssh-keygen -R {_known_name(self._address)} forgets the old "
                "key."
            ) from error
        if "transport shut down" in str(error):  # which paramiko counts as a refusal
            raise TemporarilyUnavailable(
                f"{self.title} broke the connection off before it let this user in ({error}): it "
                "is overloaded or was stopped, or more keys were tried than it takes."
            ) from error
        refused = (
            paramiko.AuthenticationException,
            paramiko.ssh_exception.PasswordRequiredException,
        )
        if isinstance(error, refused) or "authentication methods" in str(error):
            raise Unauthenticated(
                f"{self.title} takes neither the keys of this user nor a password from the URI "
                f"({error}). Name the user and a key for the host in ~/.ssh/config, load the key "
                "into the agent, or write sftp://USER:PASSWORD@HOST/PATH."
            ) from error
        if isinstance(error, (OSError, EOFError, paramiko.SSHException)):
            reason = str(error) or type(error).__name__
            raise TemporarilyUnavailable(f"{self.title} cannot be reached: {reason}.") from error


class _Refusing(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Trusts no key that it meets for the first time."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> NoReturn:
        """Refuse the key, and say how it becomes a known one."""
        port = f"-p {self._address.port} " if self._address.port else ""
        raise PermissionDenied(
            f"The host key of {self._address.title}, {key.fingerprint}, is not in known_hosts. "
            "Compare it with what who runs the machine says; then "
            f"ssh-keyscan {port}{self._address.host} >> ~/.ssh/known_hosts makes it known."
        )


class _Stream(io.RawIOBase):
    """The bytes of a file from some place on, asked for a window at a time."""

    def __init__(
        self,
        files: SftpFileSystem,
        connection: _Connection,
        handle: paramiko.SFTPFile,
        offset: int,
        end: int,
    ) -> None:
        super().__init__()
        self._files = files
        self._connection = connection
        self._handle = handle
        self._at = offset
        self._end = end
        self._pieces: Iterator[bytes] = iter(())
        self._rest = memoryview(b"")
        self._is_broken = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read what has arrived; a file that ends too early is `TemporarilyUnavailable`."""
        if not self._rest:
            self._rest = memoryview(self._next())
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _next(self) -> bytes:
        if self._at >= self._end:
            return b""
        try:
            with self._files._translated():
                piece = next(self._pieces, b"") or next(self._window(), b"")
        except BaseException:
            self._is_broken = True
            raise
        if not piece:
            self._is_broken = True
            raise TemporarilyUnavailable(
                f"{self._files.title} sent the file only as far as byte {self._at}."
            )
        self._at += len(piece)
        return piece

    def _window(self) -> Iterator[bytes]:
        end = min(self._end, self._at + _WINDOW)
        offsets = range(self._at, end, _PIECE)
        chunks = [(offset, min(_PIECE, end - offset)) for offset in offsets]
        self._pieces = iter(self._handle.readv(chunks))
        return self._pieces

    def close(self) -> None:
        """Give the connection back."""
        if not self.closed:
            with suppress(OSError, EOFError, paramiko.SSHException):
                self._handle.close()
            self._files.give_back(self._connection, usable=not self._is_broken)
        super().close()


def _entry(status: paramiko.SFTPAttributes) -> Entry:
    mode = status.st_mode or 0
    changed = None if status.st_mtime is None else status.st_mtime * 1000
    return Entry(stat.S_ISDIR(mode), status.st_size or 0, changed, stat.S_ISLNK(mode))


def _is_known(status: paramiko.SFTPAttributes) -> bool:
    """Return whether it is a file, a folder or a link, and no pipe, device or socket."""
    mode = status.st_mode or 0
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)


def _is_usable(connection: _Connection) -> bool:
    transport = connection.client.get_transport()
    return transport is not None and transport.is_active()


def _close(connection: _Connection) -> None:
    connection.client.close()


def _config_of(host: str) -> dict[str, Any]:
    """Return what the user's configuration of ssh says of a host."""
    config = paramiko.SSHConfig()
    try:
        with open(os.path.expanduser("~/.ssh/config"), encoding="utf-8") as file:
            config.parse(file)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, paramiko.ConfigParseError) as error:
        raise InvalidParameterValue(f"~/.ssh/config cannot be read: {error}.") from None
    return dict(config.lookup(host))


def _known_hosts(config: dict[str, Any]) -> list[str]:
    """Return the files of known host keys that are there."""
    named = str(config.get("userknownhostsfile", "~/.ssh/known_hosts")).split()
    places = [os.path.expanduser(name) for name in [*named, "/etc/ssh/ssh_known_hosts"]]
    return [place for place in places if os.path.isfile(place)]


def _known_name(address: Address) -> str:
    return f"'[{address.host}]:{address.port}'" if address.port else address.host
