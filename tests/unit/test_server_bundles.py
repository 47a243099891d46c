"""Bundles at the server: many small files in one call, each stored or refused by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from blake3 import blake3

from headrace.api.bundles import BUNDLE_BYTES, BUNDLE_FILES, SMALL
from headrace.api.uploads import DIGEST_HEADER
from headrace.artifacts.bundles import Bundled, BundledFile, BundleReader, bundle_head
from headrace.artifacts.paths import STAGING_PREFIX
from tests.unit.server_client import Answer, Client

BUNDLES = "/api/1.0/headrace/artifacts/bundles"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.close()


@pytest.fixture
def run_id(client: Client) -> str:
    return client.new_run()


def digest_of(content: bytes) -> str:
    return blake3(content).hexdigest()


def bundle(files: Sequence[tuple[str, bytes]]) -> bytes:
    heads = [BundledFile(path, len(content), digest_of(content)) for path, content in files]
    return bundle_head(heads) + b"".join(content for _, content in files)


def put(client: Client, run_id: str, body: bytes, pieces: int = 1) -> Answer:
    return client.call("PUT", f"{BUNDLES}?run_id={run_id}", body, pieces=pieces)


def get(client: Client, run_id: str, paths: Sequence[str]) -> Answer:
    return client.call("POST", f"{BUNDLES}/get", {"run_id": run_id, "paths": paths})


def files_in(answer: Answer) -> list[Bundled]:
    reader = BundleReader()
    found = list(reader.take(answer.body))
    assert reader.is_whole
    return found


def download(client: Client, run_id: str, path: str) -> Answer:
    return client.call("GET", f"/get-artifact?run_id={run_id}&path={path}")


@pytest.mark.parametrize("pieces", [1, 7, 40])
def test_files_go_up_and_come_down(client: Client, run_id: str, pieces: int) -> None:
    files = [(f"a/{number}/x.bin", os.urandom(number)) for number in range(200)]
    answer = put(client, run_id, bundle(files), pieces)
    assert (answer.status, answer.json) == (200, {"refused": []})
    found = files_in(get(client, run_id, [path for path, _ in files]))
    assert [(one.file.path, one.content) for one in found] == files
    assert all(one.file.digest == digest_of(one.content) for one in found)


def test_the_digest_stands_where_others_look_for_it(client: Client, run_id: str) -> None:
    put(client, run_id, bundle([("a.txt", b"one"), ("b.txt", b"two")]))
    answer = download(client, run_id, "b.txt")
    assert answer.headers[DIGEST_HEADER] == digest_of(b"two")


def test_a_file_is_replaced(client: Client, run_id: str) -> None:
    put(client, run_id, bundle([("a.txt", b"one")]))
    put(client, run_id, bundle([("a.txt", b"another"), ("b.txt", b"")]))
    found = files_in(get(client, run_id, ["a.txt", "b.txt"]))
    assert [one.content for one in found] == [b"another", b""]


def test_what_was_changed_on_its_way_is_refused_alone(client: Client, run_id: str) -> None:
    body = bytearray(bundle([("a.txt", b"one"), ("b.txt", b"two"), ("c.txt", b"three")]))
    body[body.rindex(b"two")] ^= 1
    (refused,) = put(client, run_id, bytes(body)).json["refused"]
    assert (refused["number"], refused["error_code"]) == (1, "BAD_REQUEST")
    found = files_in(get(client, run_id, ["a.txt", "c.txt"]))
    assert [one.content for one in found] == [b"one", b"three"]
    assert get(client, run_id, ["b.txt"]).status == 404


@pytest.mark.parametrize(
    "path", ["../a", "/etc/a", "a/../../b", "%2e%2e/a", "a\\b", "a\x00b", "", f"{STAGING_PREFIX}x"]
)
def test_paths_that_lead_elsewhere(client: Client, run_id: str, path: str, tmp_path: Path) -> None:
    answer = put(client, run_id, bundle([(path, b"bad"), ("good.txt", b"good")]))
    (refused,) = answer.json["refused"]
    assert (refused["number"], refused["error_code"]) == (0, "INVALID_PARAMETER_VALUE")
    (stored,) = [one for one in tmp_path.rglob("*") if one.is_file() and one.suffix == ".txt"]
    assert stored.read_bytes() == b"good"
    assert get(client, run_id, ["good.txt", path]).status == 400


def test_links_lead_nowhere(client: Client, run_id: str, tmp_path: Path) -> None:
    put(client, run_id, bundle([("a/x.txt", b"x"), ("y.txt", b"y")]))
    (root,) = (tmp_path / "store").rglob(f"{run_id}/artifacts")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    (root / "inner").symlink_to(root / "y.txt")
    answer = put(
        client,
        run_id,
        bundle([("folder/new", b"1"), ("file", b"2"), ("folder/secret", b"3"), ("inner", b"4")]),
    )
    codes = {one["number"]: one["error_code"] for one in answer.json["refused"]}
    assert codes == dict.fromkeys(range(3), "INVALID_PARAMETER_VALUE")
    assert {one.name: one.read_bytes() for one in outside.iterdir()} == {"secret": b"secret"}
    assert (root / "y.txt").read_bytes() == b"4"
    assert get(client, run_id, ["file"]).status == 400


def test_a_name_that_exists_as_the_other_kind(client: Client, run_id: str) -> None:
    put(client, run_id, bundle([("a/b", b"1"), ("c", b"2")]))
    answer = put(client, run_id, bundle([("a", b"3"), ("c/d", b"4"), ("e", b"5")]))
    codes = {one["number"]: one["error_code"] for one in answer.json["refused"]}
    assert codes == dict.fromkeys(range(2), "RESOURCE_ALREADY_EXISTS")
    assert [one.content for one in files_in(get(client, run_id, ["a/b", "c", "e"]))] == [
        b"1",
        b"2",
        b"5",
    ]


def raw(files: Any, rest: bytes = b"") -> bytes:
    head = msgspec.json.encode(files)
    return len(head).to_bytes(4, "big") + head + rest


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{}",
        raw([["a", 1]], b"x"),
        raw([["a", -1, "0"]]),
        raw([["a", SMALL + 1, "0"]], b"x" * (SMALL + 1)),
        raw([["a", 1, "0"]] * (BUNDLE_FILES + 1)),
        raw([["a", SMALL, "0"]] * (BUNDLE_BYTES // SMALL + 1)),
        raw([["a", 2, "0"]], b"x"),
        raw([["a", 1, digest_of(b"x")]], b"xyz"),
        bundle([("a", b"x"), ("b", b"y")])[:-1],
    ],
)
@pytest.mark.parametrize("pieces", [1, 3])
def test_what_is_no_bundle(client: Client, run_id: str, body: bytes, pieces: int) -> None:
    answer = put(client, run_id, body, pieces)
    assert (answer.status, answer.error_code) == (400, "BAD_REQUEST")


def test_a_bundle_that_breaks_off_leaves_whole_files(
    client: Client, run_id: str, tmp_path: Path
) -> None:
    files = [(f"{number}", bytes([number]) * SMALL) for number in range(8)]
    put(client, run_id, bundle(files)[: -SMALL - 10], pieces=3)
    (root,) = (tmp_path / "store").rglob(f"{run_id}/artifacts")
    there = {one.name for one in root.iterdir() if not one.name.startswith(STAGING_PREFIX)}
    assert there <= {path for path, _ in files[:-2]}
    assert all((root / path).read_bytes() == files[int(path)][1] for path in there)


def test_a_bundle_has_as_many_files_as_find_room(client: Client, run_id: str) -> None:
    files = [(f"{number}", os.urandom(SMALL)) for number in range(BUNDLE_BYTES // SMALL + 3)]
    put(client, run_id, bundle(files[:10]))
    put(client, run_id, bundle(files[10:]))
    found = files_in(get(client, run_id, [path for path, _ in files]))
    assert [(one.file.path, one.content) for one in found] == files[: BUNDLE_BYTES // SMALL]


def test_what_cannot_be_asked_for(client: Client, run_id: str, tmp_path: Path) -> None:
    put(client, run_id, bundle([("a/b", b"x")]))
    (root,) = (tmp_path / "store").rglob(f"{run_id}/artifacts")
    (root / "large").write_bytes(b"x" * (SMALL + 1))
    for paths, status in [
        ([], 400),
        (["a/b"] * (BUNDLE_FILES + 1), 400),
        (["a"], 400),
        (["large"], 400),
        (["none"], 404),
    ]:
        assert get(client, run_id, paths).status == status
    assert get(client, "f" * 32, ["a/b"]).status == 404
