"""What runs record without being asked, as a client writes and reads it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import headrace
from headrace.api.context import AppendOutput, ContextPart, SetContext
from headrace.api.limits import MAX_DIFF_SIZE, MAX_OUTPUT_CHUNK_SIZE
from headrace.client import context_calls
from headrace.client.tracking import get_session
from headrace.entities import Command, GitState
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist

pytestmark = pytest.mark.usefixtures("store_folder")

SESSION = "5e" * 16


@pytest.fixture
def client() -> headrace.MlflowClient:
    return headrace.MlflowClient()


def set_context(run_id: str, **parts: str) -> None:
    listed = [ContextPart(name, text) for name, text in parts.items()]
    get_session().writer.record(SetContext(run_id=run_id, session=SESSION, parts=listed))


def append_output(run_id: str, text: str, stream: str = "stdout") -> None:
    record = AppendOutput(run_id=run_id, session=SESSION, stream=stream, time=7, text=text)
    get_session().writer.record(record)


def test_reading_finds_what_was_recorded_before(client: headrace.MlflowClient) -> None:
    run_id = client.create_run("0").info.run_id
    set_context(run_id, git='{"commit":"c0ffee"}', command='{"host":"node-3"}', diff="+1\n")
    append_output(run_id, "epoch 1\n")
    append_output(run_id, "oh", "stderr")

    [session] = client.get_run_context(run_id)
    [chunk, _] = client.get_run_output(run_id)

    assert (session.git, session.command) == (GitState("c0ffee"), Command(host="node-3"))
    assert (session.host, session.diff) == ("node-3", None)
    assert client.get_run_context(run_id, ["diff"])[0].diff == "+1\n"
    assert (chunk.session, chunk.stream, chunk.time, chunk.text) == (
        *(SESSION, "stdout", 7),
        "epoch 1\n",
    )
    assert [one.text for one in client.get_run_output(run_id, stream="stderr")] == ["oh"]
    assert [one.text for one in client.get_run_output(run_id, tail=1)] == ["oh"]
    assert list(client.get_run_output(run_id, session="a" * 32)) == []


def test_output_of_many_pages(client: headrace.MlflowClient) -> None:
    run_id = client.create_run("0").info.run_id
    for number in range(2_500):
        append_output(run_id, f"{number}\n")

    lines = "".join(chunk.text for chunk in client.get_run_output(run_id)).split()

    assert lines == [str(number) for number in range(2_500)]


def test_following_until_the_run_ends(
    client: headrace.MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context_calls, "POLL_SECONDS", 0.01)
    run_id = client.create_run("0").info.run_id
    append_output(run_id, "0\n")

    def train() -> None:
        for number in range(1, 20):
            append_output(run_id, f"{number}\n")
            headrace.flush()
        client.set_terminated(run_id)

    found = client.get_run_output(run_id, follow=True)
    training = threading.Thread(target=train)
    training.start()
    text = "".join(chunk.text for chunk in found)
    training.join()

    assert text == "".join(f"{number}\n" for number in range(20))


def test_what_is_recorded_offline_arrives_later(
    client: headrace.MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_MODE", "offline")
    run_id = client.create_run("0").info.run_id
    set_context(run_id, seeds='{"numpy":3}')
    append_output(run_id, "offline\n")

    monkeypatch.delenv("HEADRACE_MODE")

    assert client.get_run_context(run_id)[0].seeds == {"numpy": 3}
    assert [chunk.text for chunk in client.get_run_output(run_id)] == ["offline\n"]


def test_a_diff_as_large_as_may_be(client: headrace.MlflowClient) -> None:
    run_id = client.create_run("0").info.run_id
    diff = ("+" + "ä" * 49 + "\n") * (MAX_DIFF_SIZE // 100)

    set_context(run_id, diff=diff)

    assert client.get_run_context(run_id, ["diff"])[0].diff == diff


def test_what_the_store_refuses_is_told_by_flush(client: headrace.MlflowClient) -> None:
    run_id = client.create_run("0").info.run_id
    append_output(run_id, "x" * (MAX_OUTPUT_CHUNK_SIZE + 1))
    append_output(run_id, "fine")

    with pytest.raises(InvalidParameterValue, match=str(MAX_OUTPUT_CHUNK_SIZE)):
        headrace.flush()

    assert [chunk.text for chunk in client.get_run_output(run_id)] == ["fine"]


def test_bad_input(client: headrace.MlflowClient) -> None:
    run_id = client.create_run("0").info.run_id

    with pytest.raises(ResourceDoesNotExist, match="nobody"):
        client.get_run_context("nobody")
    with pytest.raises(ResourceDoesNotExist, match="nobody"):
        client.get_run_output("nobody")
    with pytest.raises(InvalidParameterValue, match="'code'.*git, diff"):
        client.get_run_context(run_id, ["code"])
    with pytest.raises(InvalidParameterValue, match="stdout, stderr"):
        client.get_run_output(run_id, stream="stdin")
    with pytest.raises(InvalidParameterValue, match="tail"):
        client.get_run_output(run_id, tail=-1)
    with pytest.raises(InvalidParameterValue, match="run_id"):
        client.get_run_output(7)  # type: ignore[arg-type]


def test_nothing_of_it_lies_among_artifacts(
    client: headrace.MlflowClient, store_folder: Path
) -> None:
    run = client.create_run("0")
    set_context(run.info.run_id, diff="+1")
    append_output(run.info.run_id, "1")
    headrace.flush()

    assert client.list_artifacts(run.info.run_id) == []
    assert client.get_run(run.info.run_id).data == run.data
