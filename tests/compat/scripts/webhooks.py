"""Webhooks by the client, and what reaches a receiver in this process."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import WebhookEvent, WebhookStatus
from views import view_error

SECRET = "s3cret"
EVENTS = [
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_tag.deleted",
    "model_version_alias.created",
    "model_version_alias.deleted",
]


class Receiver:
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.came = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.came:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    receiver.requests.append((headers, body))
                    receiver.came.notify_all()
                self.send_response(202 if self.path == "/hook" else 404)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        """Return the next requests when there are so many."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.requests) >= count, 60), self.requests
            taken, self.requests = self.requests, []
        return taken


@contextmanager
def _receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.02,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


def _view_webhook(webhook: Any, receiver: Receiver) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "url": webhook.url.replace(receiver.url, "<receiver>"),
        "events": sorted(map(str, webhook.events)),
        "description": webhook.description,
        "status": str(webhook.status),
        "secret": webhook.secret,
        "times": webhook.last_updated_timestamp >= webhook.creation_timestamp > 0,
        "id": [type(webhook.webhook_id).__name__, len(webhook.webhook_id)],
    }


def _view_test(result: Any) -> dict[str, Any]:
    return {"success": result.success, "status": result.response_status}


def _view_request(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    told = json.loads(body)
    signed = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    return {
        "entity": told["entity"],
        "action": told["action"],
        "data": told["data"],
        "time": [type(told["timestamp"]).__name__, told["timestamp"][-6:]],
        "type": headers["content-type"],
        "is signed": headers.get("x-mlflow-signature") == "v1," + base64.b64encode(digest).decode(),
        "id": len(headers["x-mlflow-delivery-id"]),
        "seconds": len(headers["x-mlflow-timestamp"]),
    }


def run(place: Any) -> dict[str, Any]:
    with _receiver() as receiver:
        return {
            "life": _live(receiver, place.unique),
            "refusals": _be_refused(receiver),
            "requests": _happen(receiver, place.unique),
        }


def _live(receiver: Receiver, unique: str) -> dict[str, Any]:
    client, url = MlflowClient(), receiver.url + "/hook"
    made = client.create_webhook(
        "first", url, EVENTS[:2], "words", SECRET, status=WebhookStatus.DISABLED
    )
    plain = client.create_webhook("second", url, [WebhookEvent.from_str(EVENTS[2])])
    seen: dict[str, Any] = {
        "made": _view_webhook(made, receiver),
        "plain": _view_webhook(plain, receiver),
        "got": _view_webhook(client.get_webhook(made.webhook_id), receiver),
    }
    changes: list[dict[str, Any]] = [
        {"name": "third"},
        {"description": "other words"},
        {"description": ""},
        {"url": receiver.url + "/gone", "events": EVENTS[4:], "status": "ACTIVE"},
        {"name": "", "url": "", "events": []},
        {},
    ]
    for number, change in enumerate(changes):
        changed = client.update_webhook(made.webhook_id, **change)
        seen[f"change {number}"] = _view_webhook(changed, receiver)
    page = client.list_webhooks(max_results=1)
    rest = client.list_webhooks(max_results=1, page_token=page.token)
    ids = {made.webhook_id, plain.webhook_id}
    seen["pages"] = [len(page), bool(page.token), len(rest), bool(rest.token)]
    seen["listed"] = sorted(one.name for one in client.list_webhooks() if one.webhook_id in ids)
    seen["tests"] = [
        _view_test(client.test_webhook(plain.webhook_id)),
        _view_test(client.test_webhook(made.webhook_id, "prompt_version.created")),
    ]
    client.update_webhook(made.webhook_id, url=url)
    receiver.take(2)
    for event in [*EVENTS, "prompt.created", "prompt_tag.set", "prompt_alias.deleted"]:
        result = client.test_webhook(made.webhook_id, event)
        [request] = receiver.take(1)
        seen[f"test {event}"] = [_view_test(result), _view_request(*request)]
    client.delete_webhook(made.webhook_id)
    client.delete_webhook(plain.webhook_id)
    seen["left"] = [one.name for one in client.list_webhooks() if one.webhook_id in ids]
    return seen


def _be_refused(receiver: Receiver) -> dict[str, Any]:
    client, url = MlflowClient(), receiver.url + "/hook"
    made = client.create_webhook("kept", url, EVENTS[:1])
    calls = {
        "name": lambda: client.create_webhook("a b", url, EVENTS[:1]),
        "no name": lambda: client.create_webhook("", url, EVENTS[:1]),
        "url": lambda: client.create_webhook("a", "ftp://example.com", EVENTS[:1]),
        "no url": lambda: client.create_webhook("a", "", EVENTS[:1]),
        "no host": lambda: client.create_webhook("a", "http:///a", EVENTS[:1]),
        "no events": lambda: client.create_webhook("a", url, []),
        "event": lambda: client.create_webhook("a", url, ["run"]),
        "action": lambda: client.create_webhook("a", url, ["registered_model.set"]),
        "absent": lambda: client.get_webhook("nobody"),
        "absent update": lambda: client.update_webhook("nobody", name="a"),
        "absent delete": lambda: client.delete_webhook("nobody"),
        "absent test": lambda: client.test_webhook("nobody"),
        "updated name": lambda: client.update_webhook(made.webhook_id, name="-"),
        "updated url": lambda: client.update_webhook(made.webhook_id, url="x"),
        "page": lambda: client.list_webhooks(max_results=1001),
    }
    seen = {name: view_error(call)["error_code"] for name, call in calls.items()}
    client.delete_webhook(made.webhook_id)
    return seen


def _happen(receiver: Receiver, unique: str) -> list[Any]:
    client, name = MlflowClient(), f"{unique}-model"
    made = client.create_webhook("events", receiver.url + "/hook", EVENTS, secret=SECRET)
    asleep = client.create_webhook("asleep", receiver.url + "/hook", EVENTS, status="DISABLED")
    source = "s3://bucket/model"
    calls = [
        lambda: client.create_registered_model(name, {"team": "a"}, "words"),
        lambda: client.create_model_version(name, source, tags={"k": "v"}, description="first"),
        lambda: client.create_model_version(name, source),
        lambda: client.set_model_version_tag(name, "1", "t", "u"),
        lambda: client.set_model_version_tag(name, "1", "t", "u"),
        lambda: client.delete_model_version_tag(name, "1", "t"),
        lambda: client.set_registered_model_alias(name, "champion", "1"),
        lambda: client.set_registered_model_alias(name, "champion", "2"),
        lambda: client.delete_registered_model_alias(name, "champion"),
        lambda: client.create_registered_model(f"{name}-2"),
    ]
    seen = []
    for call in calls:
        call()
        seen += [_view_request(*request) for request in receiver.take(1)]
    client.delete_webhook(asleep.webhook_id)
    client.delete_webhook(made.webhook_id)
    return seen
