"""``hdfs://`` and ``viewfs://``: files in Hadoop's file system, through pyarrow and libhdfs.

No Hadoop runs in the tests of Headrace: what is here is tested over pyarrow's own local file
system, which has the same interface.
"""

from __future__ import annotations

from typing import BinaryIO, cast

from pyarrow import fs

from headrace import settings
from headrace.artifacts.addresses import Address, parse_address
from headrace.artifacts.base import CHUNK
from headrace.artifacts.filesystems import Entry, FileSystem, FileSystemStore, shared
from headrace.errors import InvalidParameterValue, NotSupported, TemporarilyUnavailable


class HadoopArtifactStore(FileSystemStore):
    """A folder in Hadoop's file system."""

    def __init__(self, uri: str, server: str | None = None) -> None:
        """Take ``hdfs://[USER@][HOST[:PORT]]/PATH``; without a host Hadoop's configuration says."""
        address = parse_address(uri, needs_host=False)
        super().__init__(uri, shared(connect, address), address.path)


class ArrowFileSystem(FileSystem):
    """The files of a file system of pyarrow.

    Args:
        title: How it is called in messages.
        files: The file system.

    """

    parallelism = 4
    resumes = False

    def __init__(self, title: str, files: fs.FileSystem) -> None:
        self.title = title
        self._files = files

    def list(self, folder: str) -> list[tuple[str, Entry]]:
        """Return names and what they stand for."""
        found = self._files.get_file_info(fs.FileSelector(folder))
        entries = [(info.base_name, _entry(info)) for info in found]
        return [(name, entry) for name, entry in entries if entry]

    def stat(self, path: str) -> Entry | None:
        """Return what is at a path."""
        return _entry(self._files.get_file_info(path))

    def open(self, path: str, offset: int) -> BinaryIO:
        """Return a stream of a file's bytes."""
        file = self._files.open_input_file(path)
        file.seek(offset)
        return cast(BinaryIO, file)

    def write(self, path: str, stream: BinaryIO, offset: int) -> None:
        """Write a stream to a new file."""
        with self._files.open_output_stream(path) as file:
            while piece := stream.read(CHUNK):
                file.write(piece)

    def append(self, path: str, data: bytes) -> None:
        """Add a few bytes to a file, where the cluster allows that."""
        if self.stat(path) is None:
            with self._files.open_output_stream(path) as file:
                file.write(data)
            return
        with self._files.open_append_stream(path) as file:
            file.write(data)

    def rename(self, source: str, target: str) -> None:
        """Give a file another path; Hadoop replaces no file, so that is two steps there."""
        try:
            self._files.move(source, target)
        except OSError:
            self._files.delete_file(target)
            self._files.move(source, target)

    def remove(self, path: str) -> None:
        """Delete a file."""
        self._files.delete_file(path)

    def make_folder(self, path: str) -> None:
        """Make a folder."""
        self._files.create_dir(path, recursive=False)

    def remove_folder(self, path: str) -> None:
        """Delete a folder."""
        self._files.delete_dir(path)


def connect(address: Address) -> ArrowFileSystem:
    """Return the files of a cluster, as MLflow's settings for it say.

    Raises:
        NotSupported: If Hadoop's own library, or Java, is not to be found.
        TemporarilyUnavailable: If the cluster cannot be reached.

    """
    host = f"{address.scheme}://{address.host}" if address.host else "default"
    try:
        files = fs.HadoopFileSystem(
            host,
            address.port or 0,
            user=address.user or settings.KERBEROS_USER.get() or None,
            kerb_ticket=settings.KERBEROS_TICKET_CACHE.get() or None,
            extra_conf=_extra_settings(settings.PYARROW_EXTRA_CONF.get()),
        )
    except OSError as error:
        reason = str(error).partition("\n")[0]
        if "load lib" in reason:
            raise NotSupported(
                f"{address.title} is reached through Hadoop's own library: {reason}. Install Java "
                "and Hadoop's client, and set JAVA_HOME, HADOOP_HOME, and CLASSPATH to what "
                "`hadoop classpath --glob` prints."
            ) from error
        raise TemporarilyUnavailable(f"{address.title} cannot be reached: {reason}.") from error
    return ArrowFileSystem(address.title, files)


def _extra_settings(text: str) -> dict[str, str] | None:
    """Return ``key=value,key=value`` as a dictionary."""
    if not text:
        return None
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(equals and key for key, equals, _ in pairs):
        raise InvalidParameterValue(
            f"MLFLOW_PYARROW_EXTRA_CONF is {text!r}; it must be key=value,key=value."
        )
    return {key: value for key, _, value in pairs}


def _entry(info: fs.FileInfo) -> Entry | None:
    if info.type == fs.FileType.NotFound:
        return None
    changed = None if info.mtime_ns is None else info.mtime_ns // 1_000_000
    is_dir = info.type == fs.FileType.Directory
    return Entry(is_dir, 0 if is_dir else info.size or 0, changed)
