"""The same content stored once: what is linked, what goes, and what no link may do harm to."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from blake3 import blake3
from click.testing import CliRunner

from headrace.api.endpoint import Permission
from headrace.api.uploads import DIGEST_HEADER, PART_SIZE
from headrace.artifacts.local import LocalArtifactStore
from headrace.artifacts.pool import LEAST_BYTES, POOL_NAME, Pool
from headrace.cli.root import cli
from headrace.server.users import Role
from tests.unit.server_client import Answer, Client

FILES = "/api/1.0/headrace/artifacts/files"
UPLOADS = "/api/1.0/headrace/artifacts/uploads"

CONTENT = os.urandom(LEAST_BYTES)
DIGEST = blake3(CONTENT).hexdigest()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path, artifacts_destination=str(tmp_path / "kept"))
    yield client
    client.close()


@pytest.fixture
def run_id(client: Client) -> str:
    return client.new_run()


def put(client: Client, run: str, path: str, content: bytes = CONTENT) -> None:
    digest = blake3(content).hexdigest()
    query = urlencode({"run_id": run, "path": path, "size": len(content), "digest": digest})
    assert client.call("PUT", f"{FILES}?{query}", content).status == 200


def get(client: Client, run: str, path: str) -> Answer:
    return client.call("GET", f"/get-artifact?run_id={run}&path={path}")


def delete(client: Client, run: str, path: str | None = None) -> None:
    assert client.call("DELETE", FILES, {"run_id": run, "path": path}).status == 200


def place(folder: Path, name: str) -> Path:
    (found,) = (folder / "store" / "artifacts").rglob(name)
    return found


def pooled(folder: Path) -> list[Path]:
    return [one for one in folder.rglob(f"{POOL_NAME}/*/*") if one.is_file()]


# --- sharing -------------------------------------------------------------------------------------


def test_the_same_content_is_stored_once(client: Client, tmp_path: Path) -> None:
    first, second = client.new_run(), client.new_run()
    put(client, first, "a.bin")
    put(client, second, "deep/b.bin")
    put(client, second, "c.bin", CONTENT + b"other")

    one, same, other = (place(tmp_path, name) for name in ("a.bin", "b.bin", "c.bin"))
    assert one.samefile(same)
    assert not one.samefile(other)
    assert one.stat().st_nlink == 3
    assert len(pooled(tmp_path)) == 2
    for run, path in ((first, "a.bin"), (second, "deep/b.bin")):
        answer = get(client, run, path)
        assert answer.body == CONTENT
        assert answer.headers[DIGEST_HEADER] == DIGEST


def test_every_way_in_shares(client: Client, run_id: str, tmp_path: Path) -> None:
    put(client, run_id, "a.bin")
    upload = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run_id}&path=b.bin"
    assert client.call("POST", upload, CONTENT).status == 200
    asked = {"run_id": run_id, "path": "c.bin"}
    url = client.post("/artifacts/presigned-upload-url", asked).json["presigned_url"]
    assert client.call("PUT", url.removeprefix("http://127.0.0.1:5000"), CONTENT).status == 200
    assert place(tmp_path, "a.bin").stat().st_nlink == 4
    assert len(pooled(tmp_path)) == 1

    for number in range(2):  # the destination of the proxy is a place of its own
        way = f"/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts/{number}.bin"
        assert client.call("PUT", way, CONTENT).status == 200
    kept = tmp_path / "kept" / "1" / "run" / "artifacts"
    assert (kept / "0.bin").samefile(kept / "1.bin")
    assert len(pooled(tmp_path)) == 2


def test_small_files_are_not_linked(client: Client, run_id: str, tmp_path: Path) -> None:
    for path in ("a.txt", "b.txt"):
        put(client, run_id, path, CONTENT[:-1])
    assert not place(tmp_path, "a.txt").samefile(place(tmp_path, "b.txt"))
    assert pooled(tmp_path) == []


def test_the_pool_is_no_artifact(client: Client, tmp_path: Path) -> None:
    way = "/api/2.0/mlflow-artifacts/artifacts"
    client.call("PUT", f"{way}/a.bin", CONTENT)
    assert pooled(tmp_path)
    assert [one["path"] for one in client.call("GET", way).json["files"]] == ["a.bin"]
    hidden = f"{way}/{POOL_NAME}/{DIGEST[:2]}/{DIGEST}"
    for verb, body in (("GET", None), ("PUT", b"x"), ("DELETE", None)):
        assert client.call(verb, hidden, body).error_code == "INVALID_PARAMETER_VALUE"


def test_a_file_is_replaced_and_never_written_to(
    client: Client, run_id: str, tmp_path: Path
) -> None:
    put(client, run_id, "a.bin")
    put(client, run_id, "b.bin")
    put(client, run_id, "b.bin", b"short")
    put(client, run_id, "c.bin")
    put(client, run_id, "c.bin", b"new" + CONTENT)
    put(client, run_id, "a.bin")  # the very same once more
    assert get(client, run_id, "a.bin").body == CONTENT
    assert get(client, run_id, "b.bin").body == b"short"
    assert get(client, run_id, "c.bin").body == b"new" + CONTENT
    assert not stat.S_IMODE(place(tmp_path, "a.bin").stat().st_mode) & 0o222
    assert list(tmp_path.rglob(".artifact.uploading.files/*")) == []


def test_what_somebody_changed_is_not_linked_further(
    client: Client, run_id: str, tmp_path: Path
) -> None:
    put(client, run_id, "a.bin")
    changed = place(tmp_path, "a.bin")
    changed.chmod(0o644)
    with changed.open("r+b") as file:
        file.write(b"changed")
    put(client, run_id, "b.bin")
    assert get(client, run_id, "b.bin").body == CONTENT
    assert not changed.samefile(place(tmp_path, "b.bin"))
    put(client, run_id, "c.bin")
    assert place(tmp_path, "c.bin").samefile(place(tmp_path, "b.bin"))


def test_files_of_the_user_are_never_linked(tmp_path: Path) -> None:
    mine = tmp_path / "mine.bin"
    mine.write_bytes(CONTENT)
    store = LocalArtifactStore(str(tmp_path / "root"))
    for path in ("a.bin", "b.bin"):
        store.put_file(mine, path)
    links = {path.stat().st_nlink for path in tmp_path.rglob("*.bin")}
    assert links == {1}
    assert mine.stat().st_mode & stat.S_IWUSR


# --- where links cannot be made ------------------------------------------------------------------


def test_a_pool_in_another_file_system(client: Client, run_id: str, tmp_path: Path) -> None:
    """The links fail as they do where a file system has none."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system at /dev/shm")
    with tempfile.TemporaryDirectory(dir=memory) as elsewhere:
        (tmp_path / "store" / "artifacts").mkdir(parents=True)
        (tmp_path / "store" / "artifacts" / POOL_NAME).symlink_to(elsewhere)
        for path in ("a.bin", "b.bin"):
            put(client, run_id, path)
            assert get(client, run_id, path).body == CONTENT
            assert place(tmp_path, path).stat().st_nlink == 1
        delete(client, run_id, "a.bin")
        assert get(client, run_id, "a.bin").status == 404


def test_a_file_with_as_many_links_as_can_be(client: Client, run_id: str, tmp_path: Path) -> None:
    most = os.pathconf(tmp_path, "PC_LINK_MAX")
    if most > 100_000:
        pytest.skip(f"this file system takes {most} links")
    put(client, run_id, "a.bin")
    first = place(tmp_path, "a.bin")
    links = tmp_path / "links"
    links.mkdir()
    for number in range(most - first.stat().st_nlink):
        os.link(first, links / str(number))
    for path in ("b.bin", "c.bin"):
        put(client, run_id, path)
        assert get(client, run_id, path).body == CONTENT
    assert not place(tmp_path, "b.bin").samefile(first)
    assert place(tmp_path, "b.bin").samefile(place(tmp_path, "c.bin"))


# --- what nobody has any more --------------------------------------------------------------------


def test_the_last_artifact_takes_its_content_with_it(
    client: Client, run_id: str, tmp_path: Path
) -> None:
    other = client.new_run()
    put(client, run_id, "a.bin")
    put(client, run_id, "folder/b.bin")
    put(client, other, "c.bin")
    delete(client, run_id, "a.bin")
    delete(client, other)
    assert get(client, run_id, "folder/b.bin").body == CONTENT
    assert len(pooled(tmp_path)) == 1
    delete(client, run_id, "folder")
    assert pooled(tmp_path) == []


def test_upkeep_deletes_what_is_left_over(client: Client, run_id: str, tmp_path: Path) -> None:
    put(client, run_id, "a.bin")
    put(client, run_id, "b.bin", CONTENT + b"1")
    place(tmp_path, "a.bin").unlink()  # by hand, or by a server that was killed meanwhile
    for _ in range(3):  # a step for each of the two contents, and one that finds the end
        client.dispatcher.roots.sweep()
    (left,) = pooled(tmp_path)
    assert left.samefile(place(tmp_path, "b.bin"))
    place(tmp_path, "b.bin").unlink()
    client.dispatcher.roots.sweep()
    assert len(pooled(tmp_path)) == 1  # it is too early to look again
    pool = Pool(tmp_path / "store" / "artifacts")
    assert sum(pool.sweep()) == LEAST_BYTES + 1
    assert pooled(tmp_path) == []
    assert list(Pool(tmp_path / "nothing").sweep()) == []


def test_gc_tells_what_stays_for_others(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [client.new_run() for _ in range(3)]
    for run in runs:
        put(client, run, "model.bin")
        put(client, run, "own.bin", os.urandom(LEAST_BYTES))
        put(client, run, "small.txt", b"x")
    for run in runs[:2]:
        client.post("/runs/delete", {"run_id": run})
    monkeypatch.chdir(tmp_path)

    def gc() -> str:
        result = CliRunner().invoke(cli, ["gc", "--yes", "--tracking-uri", str(tmp_path / "store")])
        assert result.exit_code == 0, result.output
        return result.stdout

    size = 4 * LEAST_BYTES + 2
    assert client.call("POST", "/api/1.0/headrace/gc", {"dry_run": True}).json["bytes"] == size
    assert "6 files (1.0 MB, of which 524.3 kB stay for others)" in gc()
    assert len(pooled(tmp_path)) == 2
    assert get(client, runs[2], "model.bin").body == CONTENT

    client.post("/runs/delete", {"run_id": runs[2]})
    assert "3 files (524.3 kB)" in gc()
    assert pooled(tmp_path) == []


# --- contents that a client need not send --------------------------------------------------------


def test_a_known_content_need_not_travel(client: Client, tmp_path: Path) -> None:
    content = CONTENT * (PART_SIZE // LEAST_BYTES) + b"the end"
    first, second = client.new_run(), client.new_run()

    def begin(run: str, **changes: object) -> Answer:
        digest = blake3(content).hexdigest()
        fields = {"run_id": run, "path": "a/b.bin", "size": len(content), "digest": digest}
        return client.call("POST", f"{UPLOADS}/begin", {**fields, **changes})

    assert not begin(first).json["complete"]
    put(client, first, "a/b.bin", content)
    assert not begin(second, size=len(content) + 1).json["complete"]
    assert get(client, second, "a/b.bin").status == 404
    assert begin(second).json["complete"]
    answer = get(client, second, "a/b.bin")
    assert answer.body == content
    assert answer.headers[DIGEST_HEADER] == blake3(content).hexdigest()

    # What was deleted comes back by no digest.
    for run in (first, second):
        (tmp_path / "store" / "artifacts").joinpath("0", run, "artifacts/a/b.bin").unlink()
    assert not begin(second).json["complete"]


def test_who_may_write_may_read() -> None:
    """Else a digest alone would open a content to somebody who may not read it."""
    assert all(role.may(Permission.READ) for role in Role if role.may(Permission.WRITE))
