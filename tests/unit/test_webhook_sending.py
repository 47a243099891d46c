"""One request of a webhook: what is sent, where it goes, and what is made of every answer."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from ipaddress import ip_address
from pathlib import Path

import pytest

from headrace.webhooks import verify_signature
from headrace.webhooks.addresses import Address, is_readable
from headrace.webhooks.sealing import seal, unseal
from headrace.webhooks.sending import SHOWN_BYTES, Outcome, deliver
from tests.webhook_receiver import Receiver, Reply

BODY = b'{"entity": "run", "action": "created"}'


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Local receivers without TLS are allowed, and a proxy is set that nobody must use."""
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "https,http")
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def send(url: str, secret: str | None = "s3cret", **options: object) -> Outcome:
    sealed = None if secret is None else seal(secret)
    return deliver(url, BODY, "d-1", sealed, **options)  # type: ignore[arg-type]


def answer(receiver: Receiver, status: int, *headers: tuple[str, str], body: bytes = b"") -> None:
    receiver.answer = lambda request: Reply(status, body, headers)


def here(host: str) -> list[Address]:
    return [ip_address("127.0.0.1")]


# --- what is sent --------------------------------------------------------------------------------


def test_a_request_is_what_mlflow_sends(receiver: Receiver) -> None:
    outcome = send(receiver.url + "?a=b")

    assert (outcome.status, outcome.error) == (200, None)
    [request] = receiver.requests
    headers = request.headers
    assert (request.path, request.body) == ("/hook?a=b", BODY)
    assert headers["Content-Type"] == "application/json"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert headers["X-MLflow-Delivery-Id"] == "d-1"
    assert abs(int(headers["X-MLflow-Timestamp"]) - time.time()) < 60
    signed = f"d-1.{headers['X-MLflow-Timestamp']}.".encode() + BODY
    digest = hmac.new(b"s3cret", signed, hashlib.sha256).digest()
    assert headers["X-MLflow-Signature"] == "v1," + base64.b64encode(digest).decode()


def test_without_a_secret_there_is_no_signature(receiver: Receiver) -> None:
    send(receiver.url, None)

    assert "X-MLflow-Signature" not in receiver.requests[0].headers


def test_a_receiver_can_tell_whose_a_request_is(receiver: Receiver) -> None:
    send(receiver.url, "sécret")
    [request] = receiver.requests
    headers = {name.lower(): value for name, value in request.headers.items()}

    assert verify_signature("sécret", headers, request.body)
    assert verify_signature("sécret", request.headers, request.body.decode())
    assert not verify_signature("other", headers, request.body)
    assert not verify_signature("sécret", headers, request.body + b" ")
    assert not verify_signature("sécret", headers | {"x-mlflow-delivery-id": "d-2"}, request.body)
    assert not verify_signature("sécret", headers | {"x-mlflow-signature": "v1,é"}, request.body)
    assert not verify_signature("sécret", {}, request.body)


def test_an_old_request_is_told_from_a_new_one() -> None:
    from headrace.webhooks.signatures import sign

    old = str(int(time.time()) - 1000)
    headers = {
        "X-MLflow-Timestamp": old,
        "X-MLflow-Delivery-Id": "d",
        "X-MLflow-Signature": sign("s", "d", old, BODY),
    }

    assert not verify_signature("s", headers, BODY)
    assert verify_signature("s", headers, BODY, max_age=2000)
    assert verify_signature("s", headers, BODY, max_age=None)
    assert not verify_signature("s", headers | {"X-MLflow-Timestamp": str(time.time())}, BODY)


# --- where it goes -------------------------------------------------------------------------------


def test_a_name_leads_to_the_address_that_was_checked(receiver: Receiver) -> None:
    """The system finds no such name: that of the check is the only look at it."""
    looked_up: list[str] = []

    def resolver(host: str) -> list[Address]:
        looked_up.append(host)
        return here(host)

    outcome = send(f"http://hooks.invalid:{receiver.port}/x", resolver=resolver)

    assert outcome.error is None
    assert looked_up == ["hooks.invalid"]
    assert receiver.requests[0].headers["Host"] == f"hooks.invalid:{receiver.port}"


def test_a_name_that_leads_elsewhere_later_is_refused(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of a name service changes after a webhook was made: nothing is sent."""
    monkeypatch.delenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS")

    outcome = send(f"http://hooks.example.com:{receiver.port}/", resolver=here)

    assert outcome.status is None
    assert "'hooks.example.com' resolves to 127.0.0.1" in (outcome.error or "")
    assert not outcome.is_final
    assert receiver.requests == []


def test_the_next_address_is_tried_where_one_does_not_answer(receiver: Receiver) -> None:
    def resolver(host: str) -> list[Address]:
        return [ip_address("127.0.0.2"), ip_address("127.0.0.1")]

    assert send(f"http://hooks.invalid:{receiver.port}/", resolver=resolver).error is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    target = Receiver()
    try:
        answer(receiver, status, ("Location", target.url))
        outcome = send(receiver.url)
    finally:
        target.close()

    assert (outcome.status, outcome.is_final) == (status, True)
    assert "redirects are not followed" in (outcome.error or "")
    assert target.requests == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of ``hooks.invalid``, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.invalid")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.invalid")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def test_tls_is_with_the_name_and_not_the_address(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver(certificate)
    try:
        url = f"https://hooks.invalid:{receiver.port}/"
        stranger = send(url, resolver=here)
        monkeypatch.setenv("HEADRACE_WEBHOOK_CA_FILE", str(certificate))
        known = send(url, resolver=here)
        other = send(f"https://other.invalid:{receiver.port}/", resolver=here)
        address = send(f"https://127.0.0.1:{receiver.port}/")
    finally:
        receiver.close()

    assert known.error is None
    for outcome in (stranger, other, address):
        assert "CERTIFICATE_VERIFY_FAILED" in (outcome.error or "")
    assert len(receiver.requests) == 1


# --- what is made of the answer ------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success(receiver: Receiver, status: int) -> None:
    answer(receiver, status)

    outcome = send(receiver.url)

    assert (outcome.status, outcome.error, outcome.answer) == (status, None, None)


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(400, True), (401, True), (404, True), (410, True), (408, False), (425, False), (429, False)]
    + [(status, False) for status in (500, 502, 503, 504, 599)],
)
def test_failures_that_pass_and_that_do_not(
    receiver: Receiver, status: int, is_final: bool
) -> None:
    answer(receiver, status, body=b"inner secrets")

    outcome = send(receiver.url)

    assert (outcome.status, outcome.is_final) == (status, is_final)
    assert outcome.error == f"The receiver answered with HTTP status {status}."


def test_a_receiver_says_how_long_it_wants_to_be_left_alone(receiver: Receiver) -> None:
    def told(text: str) -> float | None:
        answer(receiver, 503, ("Retry-After", text))
        return send(receiver.url).retry_after

    assert told("17") == 17.0
    assert 50 < (told(formatdate(time.time() + 60, usegmt=True)) or 0) <= 60
    assert told(formatdate(time.time() - 60, usegmt=True)) == 0.0
    assert told("soon") is None
    assert told("-1") is None
    assert told("9" * 400) == 999_999_999.0


def test_nothing_of_a_private_answer_is_shown(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(receiver, 500, body=b"inner secrets")

    assert send(receiver.url).answer is None
    monkeypatch.setenv("HEADRACE_WEBHOOK_SHOW_PRIVATE_ANSWERS", "true")
    assert send(receiver.url).answer == "inner secrets"
    monkeypatch.setenv("HEADRACE_WEBHOOK_ALLOWED_NETWORKS", "169.254.0.0/16")
    metadata = ip_address("169.254.169.254")
    other = send(
        receiver.url.replace("127.0.0.1", "mixed.invalid"),
        resolver=lambda host: [*here(host), metadata],
    )
    assert (other.status, other.answer) == (500, None)


@pytest.mark.parametrize(
    ("address", "is_shown", "with_private"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("10.1.2.3", False, True),
        ("::1", False, True),
        ("::ffff:10.1.2.3", False, True),
        ("fd12::1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("fe80::1", False, False),
        ("fd00:ec2::254", False, False),
        ("100.100.100.200", False, False),
        ("168.63.129.16", False, False),
    ],
)
def test_whose_answers_people_may_see(
    address: str, is_shown: bool, with_private: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_WEBHOOK_ALLOWED_NETWORKS", "0.0.0.0/0,::/0")  # changes nothing
    assert is_readable(ip_address(address)) is is_shown
    monkeypatch.setenv("HEADRACE_WEBHOOK_SHOW_PRIVATE_ANSWERS", "true")
    assert is_readable(ip_address(address)) is with_private


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_WEBHOOK_SHOW_PRIVATE_ANSWERS", "true")


@pytest.mark.usefixtures("seen")
def test_of_an_answer_only_the_beginning_is_shown(receiver: Receiver) -> None:
    answer(receiver, 200, body=b"\x1b[31m\r\n\t\xff" + "é".encode() * 100_000)

    assert send(receiver.url).answer == "[31m\n\t�" + "é" * ((SHOWN_BYTES - 9) // 2) + "…"


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("answered", "shown"),
    [
        (b"Content-Length: 4\r\n\r\nwords and more", "word"),
        (b"\r\nup to the end", "up to the end"),
        (b"Content-Length: 99\r\n\r\nhalf", "half"),
        (b"Content-Length: x\r\n\r\nhalf", None),
        (b"Content-Length: -1\r\n\r\nhalf", None),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n4;x=y\r\n two\r\n0\r\n\r\n", "one two"),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\nzz\r\n two\r\n", "one"),
        (b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\none", "one"),
        (b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", None),
        (b"Content-Length: 2\r\n\r\n\r\n", None),
    ],
)
def test_how_the_answers_of_receivers_end(answered: bytes, shown: str | None) -> None:
    with Speaker(b"HTTP/1.1 500 Sorry\r\n" + answered) as other:
        outcome = send(other.url)

    assert (outcome.status, outcome.answer) == (500, shown)
    assert outcome.error == "The receiver answered with HTTP status 500."


@pytest.mark.usefixtures("seen")
def test_a_receiver_that_never_ends_has_answered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headrace.webhooks.sending.BODY_SECONDS", 0.2)
    with Speaker(b"HTTP/1.1 200 OK\r\n\r\nhello", ends=False) as other:
        outcome = send(other.url)

    assert (outcome.status, outcome.error, outcome.answer) == (200, None, "hello")


class Speaker:
    """Accepts one connection, says some bytes, and goes on with others until it is closed."""

    def __init__(self, *parts: bytes, pause: float = 0.0, ends: bool = True) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._parts, self._pause, self._ends = parts, pause, ends
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            try:
                connection.recv(4096)
                for part in self._parts:
                    connection.sendall(part)
                    if self._over.wait(self._pause):
                        return
                if not self._ends:
                    self._over.wait()
            except OSError:
                pass  # the other side had enough

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.close()
        self._thread.join()


def test_what_is_no_answer_of_a_web_server_is_not_quoted() -> None:
    with Speaker(b"SSH-2.0-OpenSSH_9.9\r\n\r\n") as other:
        outcome = send(other.url)

    assert outcome.error == "What came is no whole answer of HTTP/1.1."
    assert not outcome.is_final


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"HTTP/1.1 200 OK\r\nX: ",),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000,),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,),
    ],
    ids=["nothing", "half", "headers", "continues"],
)
def test_answers_that_never_end_well(parts: tuple[bytes, ...]) -> None:
    with Speaker(*parts) as other:
        outcome = send(other.url)

    assert (outcome.status, outcome.is_final) == (None, False)
    assert outcome.error


def test_one_drop_at_a_time_does_not_stretch_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_TIMEOUT", "0.3")
    with Speaker(*[b"H"] * 10_000, pause=0.05) as slow:
        outcome = send(slow.url)
    with Speaker(ends=False) as silent:
        nothing = send(silent.url)

    assert outcome.error == nothing.error == "No answer within 0.3 seconds."
    assert not outcome.is_final


def test_a_body_that_goes_on_is_not_waited_for() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"
    with Speaker(head, ends=False) as endless:
        assert send(endless.url).error is None


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"

    outcome = send(url)

    assert "Connection refused" in (outcome.error or "")
    assert not outcome.is_final


# --- secrets -------------------------------------------------------------------------------------


def test_secrets_are_kept_as_the_operator_says(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    from cryptography.fernet import Fernet

    plain = seal("s3cret")
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", first)
    sealed = seal("s3cret")
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", f"{second}, {first}")

    assert "s3cret" not in sealed
    assert unseal(plain) == unseal(sealed) == unseal(seal("s3cret")) == "s3cret"
    for key in (second, ""):
        monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", key)
        outcome = deliver(receiver.url, BODY, "d", sealed)
        assert "encrypted by a key" in (outcome.error or "")
        assert not outcome.is_final
    assert receiver.requests == []
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", "short")
    with pytest.raises(Exception, match="is no Fernet key"):
        seal("s3cret")
