"""The series of images of many runs: keys, steps and files, as a server tells them in one call."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from headrace.artifacts.image_names import read_series, series_name
from headrace.server import run_images
from tests.unit.server_client import Client

HEADRACE = "/api/1.0/headrace"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path)
    yield client
    client.close()


def add_image(client: Client, run_id: str, key: str, step: int, *, small: bool = True) -> str:
    """Store an image of a series as clients do; return its path."""
    name = series_name(key, step, 1_700_000_000_000 + step)
    for path in (f"{name}.png", f"{name}+compressed.webp")[: 1 + small]:
        target = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run_id}&path={quote(path)}"
        assert client.call("POST", target, b"pixels").status == 200
    tag = {"run_id": run_id, "key": "mlflow.loggedImages", "value": "True"}
    assert client.post("/runs/set-tag", tag).status == 200
    return f"{name}.png"


def ask(client: Client, call: str, run_ids: list[str], **more: Any) -> Any:
    body = {"experiment_ids": ["0"], "run_ids": run_ids, **more}
    answer = client.call("POST", f"{HEADRACE}/runs/{call}", body)
    assert answer.status == 200, answer.body
    return answer.json


def test_names_are_taken_apart_of_newer_clients_and_of_older_ones() -> None:
    series = read_series(
        [
            "images/val~sample+step+10+timestamp+5+b1.png",
            "images/val~sample+step+10+timestamp+5+b1+compressed.webp",
            "images/val~sample+step+-2+timestamp+1+a-1.png",
            "images/val~sample+step+-2+timestamp+0+z.png",
            "images/old#one%step%0%timestamp%1%c.png",
            "images/lonely+step+1+timestamp+1+d+compressed.webp",
            "images/free.png",
            "images/a+step+x+timestamp+1+e.png",
            "images/a+step+" + "9" * 40 + "+timestamp+1+e.png",
            "elsewhere/a+step+1+timestamp+1+e.png",
        ]
    )
    assert list(series) == ["lonely", "old/one", "val/sample"]
    early, early_too, late = series["val/sample"]
    assert [(image.step, image.timestamp) for image in (early, early_too)] == [(-2, 0), (-2, 1)]
    assert late.path == "images/val~sample+step+10+timestamp+5+b1.png"
    assert late.thumbnail == "images/val~sample+step+10+timestamp+5+b1+compressed.webp"
    assert early.thumbnail == ""
    assert series["lonely"][0].path == series["lonely"][0].thumbnail  # better small than not at all


def test_what_a_client_names_is_read_again() -> None:
    name = series_name("a/b c.d-e_f", 7, 3) + ".png"
    assert read_series([name])["a/b c.d-e_f"] == [(7, 3, name, "")]
    with pytest.raises(ValueError, match="The `key` parameter may only contain"):
        series_name("a+b", 0, 0)


def test_keys_and_steps_of_many_runs_come_in_one_call(client: Client) -> None:
    first, second, third = (client.new_run() for _ in range(3))
    for step in (0, 5):
        add_image(client, first, "val/mask", step)
    for step in (5, 9):
        add_image(client, second, "val/mask", step)
    add_image(client, second, "input", 1)

    answer = ask(client, "image-keys", [third, second, first, "gone"])
    assert answer["keys"] == [
        {"key": "input", "run_ids": [second], "steps": [1]},
        {"key": "val/mask", "run_ids": [second, first], "steps": [0, 5, 9]},
    ]
    assert (answer["unread"], answer["unreadable"]) == (0, [])
    again = ask(client, "image-keys", [third, second, first, "gone"], known=answer["token"])
    assert again["unchanged"]
    assert again["keys"] == []
    assert ask(client, "image-keys", [])["keys"] == []


def test_an_image_that_arrives_is_seen_at_once(client: Client) -> None:
    run_id = client.new_run()
    add_image(client, run_id, "a", 0)
    before = ask(client, "image-keys", [run_id])
    mark = ask(client, "images", [run_id])["runs"][0]["mark"]

    add_image(client, run_id, "a", 1)
    after = ask(client, "image-keys", [run_id], known=before["token"])
    assert after["keys"] == [{"key": "a", "run_ids": [run_id], "steps": [0, 1]}]
    [changed] = ask(client, "images", [run_id], known=[mark])["runs"]
    assert changed["mark"] != mark
    assert ask(client, "images", [run_id], known=[changed["mark"]])["runs"] == []


def test_images_come_with_their_files(client: Client) -> None:
    first, second = client.new_run(), client.new_run()
    path = add_image(client, first, "a", 3)
    bare = add_image(client, first, "a", 1, small=False)
    add_image(client, first, "b", 1)
    add_image(client, second, "b", 2)

    answer = ask(client, "images", [second, first], key="a")
    assert [run["run_id"] for run in answer["runs"]] == [second, first]
    assert answer["runs"][0]["series"] == []
    [series] = answer["runs"][1]["series"]
    assert (series["steps"], series["paths"]) == ([1, 3], [bare, path])
    assert series["thumbnails"] == ["", path.removesuffix(".png") + "+compressed.webp"]
    assert series["timestamps"] == [1_700_000_000_001, 1_700_000_000_003]
    whole = ask(client, "images", [first])["runs"][0]["series"]
    assert [series["key"] for series in whole] == ["a", "b"]


def test_a_call_ends_in_time_and_the_next_one_goes_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [client.new_run() for _ in range(3)]
    for run_id in runs:
        add_image(client, run_id, "a", 0)
    moments = iter(range(1000))
    monkeypatch.setattr(run_images, "monotonic", lambda: next(moments))

    # The clock shows another second at each look, so there is time for no folder at all; with two
    # seconds a call there is time for one.
    assert ask(client, "image-keys", runs)["unread"] == 3
    monkeypatch.setattr(run_images, "SECONDS_A_CALL", 2)
    assert ask(client, "image-keys", runs)["unread"] == 2
    assert ask(client, "images", runs)["unread"] == runs[2:]
    answer = ask(client, "image-keys", runs)
    assert answer["unread"] == 0
    assert answer["keys"][0]["run_ids"] == runs


def test_files_that_cannot_be_read_hide_no_others(client: Client, tmp_path: Path) -> None:
    run_id = client.new_run()
    add_image(client, run_id, "a", 0)
    elsewhere = {"name": "elsewhere", "artifact_location": str(tmp_path.parent / "foreign")}
    other = client.post("/experiments/create", elsewhere).json["experiment_id"]
    foreign = client.post("/runs/create", {"experiment_id": other}).json["run"]["info"]["run_id"]
    tag = {"run_id": foreign, "key": "mlflow.loggedImages", "value": "True"}
    assert client.post("/runs/set-tag", tag).status == 200

    answer = ask(client, "image-keys", [foreign, run_id], experiment_ids=["0", other])
    assert answer["unreadable"] == [foreign]
    assert answer["keys"][0]["run_ids"] == [run_id]
    assert ask(client, "images", [foreign], experiment_ids=["0", other])["runs"][0]["series"] == []


def test_a_link_out_of_a_run_shows_nothing(client: Client, tmp_path: Path) -> None:
    run_id = client.new_run()
    add_image(client, run_id, "a", 0)
    [folder] = tmp_path.rglob("images")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "hidden+step+1+timestamp+1+x.png").write_bytes(b"hidden")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    os.symlink(secret, folder)

    assert ask(client, "images", [run_id])["runs"][0]["series"] == []


def test_wrong_requests_are_refused(client: Client) -> None:
    run_id = client.new_run()
    for call, body, said in (
        ("image-keys", {"run_ids": [str(i) for i in range(1001)]}, "names 1001 runs; at most 1000"),
        ("images", {"run_ids": [str(i) for i in range(101)]}, "names 101 runs; at most 100"),
        ("images", {"run_ids": [run_id], "known": ["a", "b"]}, "has 2 marks for 1 runs"),
        ("images", {"run_ids": ["' OR '1' = '1"], "known": []}, ""),
    ):
        answer = client.call("POST", f"{HEADRACE}/runs/{call}", {"experiment_ids": ["0"], **body})
        if said:
            assert answer.error_code == "INVALID_PARAMETER_VALUE"
            assert said in answer.message
        else:
            assert answer.json["runs"] == []
