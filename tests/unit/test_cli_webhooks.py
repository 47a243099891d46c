"""``headrace webhooks``: what each command prints and does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import headrace
from headrace.cli.root import cli
from headrace.client.tracking import close_sessions
from headrace.webhooks import verify_signature
from tests.webhook_receiver import Receiver, Reply

pytestmark = pytest.mark.usefixtures("store_folder")

URL = "https://93.184.216.34/hook"


@pytest.fixture
def receiver(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("HEADRACE_WEBHOOK_ALLOWED_SCHEMES", "http,https")
    monkeypatch.setenv("HEADRACE_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")
    receiver = Receiver()
    yield receiver
    receiver.close()


def webhooks(*arguments: str, code: int = 0, **options: Any) -> Result:
    """Run a command; it must end with this exit code."""
    result = CliRunner().invoke(cli, ("webhooks", *arguments), **options)
    assert result.exit_code == code, result.output
    return result


def as_json(*arguments: str, **options: Any) -> Any:
    return json.loads(webhooks(*arguments, "--json", **options).stdout)


def create(*arguments: str) -> str:
    """Create a webhook and return its id."""
    return str(as_json("create", "hook", URL, *arguments)["webhook_id"])


def test_create_list_and_show() -> None:
    assert webhooks("list").stderr == "No webhooks.\n"
    out = webhooks(
        *("create", "hook", URL, "-e", "run.finished", "-e", "model_version.created"),
        *("--model", "churn", "-x", "0", "--description", "words"),
    ).stdout
    [listed] = as_json("list")

    assert out == f"Created hook, {listed['webhook_id']}\n"
    assert listed == as_json("show", listed["webhook_id"])
    assert listed["events"] == ["model_version.created", "run.finished"]
    assert (listed["model_names"], listed["experiment_ids"]) == (["churn"], ["0"])
    assert (listed["has_secret"], listed["status"], listed["url"]) == (False, "ACTIVE", URL)
    table = webhooks("list").stdout.splitlines()
    assert table[0].split() == ["Id", "Name", "Status", "Address", "Events"]
    assert table[1].split()[:4] == [listed["webhook_id"], "hook", "ACTIVE", URL]
    shown = webhooks("show", listed["webhook_id"]).stdout
    for text in ("churn", "words", "(unverified)", "model_version.created, run.finished"):
        assert text in shown
    create("-e", "run.failed")
    assert "There are more than these 1" in webhooks("list", "--max-results", "1").stderr


def test_secrets_are_shown_once_if_at_all(tmp_path: Path, receiver: Receiver) -> None:
    made = as_json("create", "hook", receiver.url, "-e", "run.created", "--generate-secret")
    webhooks("test", made["webhook_id"])
    [request] = receiver.requests

    assert verify_signature(made["secret"], request.headers, request.body)
    assert made["secret"] not in webhooks("show", made["webhook_id"]).stdout
    assert "secret" not in as_json("show", made["webhook_id"])

    update = ("update", made["webhook_id"])
    webhooks(*update, "--secret-file", "-", input="other\n")
    webhooks("test", made["webhook_id"])
    assert verify_signature("other", receiver.requests[1].headers, receiver.requests[1].body)
    told = webhooks(*update, "--generate-secret").stdout.splitlines()[-1]
    assert told.startswith("Its secret, which is not shown again: ")
    assert as_json(*update, "--no-secret")["has_secret"] is False
    (tmp_path / "empty").write_text("\n")
    assert "empty" in webhooks(*update, "--secret-file", str(tmp_path / "empty"), code=1).stderr
    webhooks(*update, "--no-secret", "--generate-secret", code=2)


def test_update_and_delete() -> None:
    hook = create("-e", "run.created", "--model", "m", "-x", "1", "--description", "words")
    changed = as_json(
        *("update", hook, "--name", "other", "--status", "disabled", "-e", "run.killed"),
        *("--all-models", "-x", "2"),
    )

    assert (changed["name"], changed["status"], changed["events"]) == (
        "other",
        "DISABLED",
        ["run.killed"],
    )
    assert (changed["model_names"], changed["experiment_ids"]) == ([], ["2"])
    assert changed["description"] == "words"
    assert "other" in webhooks("update", hook, "--all-experiments").stdout
    assert as_json("show", hook)["experiment_ids"] == []
    webhooks("update", hook, "--model", "m", "--all-models", code=2)
    assert "Aborted" in webhooks("delete", hook, code=1, input="n\n").stderr
    assert webhooks("delete", hook, "--yes").stdout == "Deleted the webhook other.\n"
    assert f"Webhook with ID {hook} not found" in webhooks("show", hook, code=1).stderr


def test_a_test_says_what_came_of_it(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = as_json("create", "hook", receiver.url, "-e", "run.created")["webhook_id"]

    assert webhooks("test", hook).stdout == "The receiver took it, with HTTP status 200.\n"
    assert as_json("test", hook, "-e", "model_version.created")["success"] is True
    assert [one.event for one in receiver.requests] == ["run.created", "model_version.created"]
    receiver.answer = lambda request: Reply(404)
    assert "HTTP status 404" in webhooks("test", hook, code=1).stderr
    failed = json.loads(webhooks("test", hook, "--json", code=1).stdout)
    assert (failed["success"], failed["response_status"]) == (False, 404)
    assert failed["response_body"] is None
    monkeypatch.setenv("HEADRACE_WEBHOOK_SHOW_PRIVATE_ANSWERS", "yes")
    assert webhooks("test", hook, code=1).stderr.endswith("It said:\nthanks\n")
    assert "run.logged" in webhooks("test", hook, "-e", "run.logged", code=1).stderr


def test_deliveries() -> None:
    hook = create("-e", "run.created")
    assert webhooks("deliveries").stderr == "No such deliveries.\n"
    with headrace.start_run():
        pass
    close_sessions()

    [one] = as_json("deliveries", hook)
    assert (one["event"], one["state"], one["attempts"]) == ("run.created", "pending", [])
    assert as_json("deliveries", "--state", "failed") == []
    assert as_json("deliveries", "-e", "run.killed") == []
    table = webhooks("deliveries").stdout.splitlines()
    assert table[0].split() == "Id Event When State Tries Status Took Error Answer Next try".split()
    assert table[1].split()[0] == one["delivery_id"]
    assert webhooks("redeliver", one["delivery_id"]).stdout == "run.created will be sent again.\n"
    assert as_json("redeliver", one["delivery_id"])["state"] == "pending"
    assert json.loads(as_json("delivery", one["delivery_id"])["body"])["entity"] == "run"
    assert "created" in webhooks("delivery", one["delivery_id"]).stdout
    assert "nobody" in webhooks("delivery", "nobody", code=1).stderr
    assert "nobody" in webhooks("redeliver", "nobody", code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "hook", URL), "--event"),
        (("create", "a b", URL, "-e", "run.created"), "'a b'"),
        (("create", "hook", "https://10.0.0.1/", "-e", "run.created"), "private"),
        (("create", "hook", "http://93.184.216.34/", "-e", "run.created"), "https"),
        (("create", "hook", URL, "-e", "run"), "entity.action"),
        (("deliveries", "nobody"), "nobody"),
        (("update", "nobody", "--name", "x"), "nobody"),
    ],
)
def test_what_is_wrong_is_told(arguments: tuple[str, ...], told: str) -> None:
    result = CliRunner().invoke(cli, ("webhooks", *arguments))

    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert "Traceback" not in result.output
