"""Which hosts are answered, and which foreign pages may call."""

from __future__ import annotations

import socket

import pytest

from headrace.errors import InvalidParameterValue
from headrace.server.security import (
    HostPolicy,
    OriginPolicy,
    check_frame_options,
    is_loopback,
    split_host,
)


def headers(**values: str) -> dict[bytes, bytes]:
    return {name.replace("_", "-").encode(): value.encode() for name, value in values.items()}


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:5000",
        "LOCALHOST:5000",
        "127.0.0.1:5000",
        "[::1]:5000",
        "10.1.2.3",
        "203.0.113.9:5000",
        "[2001:db8::1]",
        "mlflow:5000",
        "mlflow.ml.svc.cluster.local:5000",
        "mlflow.ml.svc",
        "box.internal",
        socket.gethostname() + ":5000",
    ],
)
def test_names_that_no_stranger_can_point_here_are_answered(host: str) -> None:
    assert HostPolicy().allows(host.encode())


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example.com",
        "evil.com:5000",
        "10.evil.com",
        "127.0.0.1.evil.com",
        "localhost.evil.com",
        "evil.com#localhost",
        "x@y.com",
        "a b",
        "[::1",
        "192.168.0.1:5000:1",
    ],
)
def test_foreign_and_malformed_hosts_are_not(host: str) -> None:
    assert not HostPolicy().allows(host.encode())


@pytest.mark.parametrize(
    ("allowed", "host", "verdict"),
    [
        ("ml.example.com", "ml.example.com", True),
        ("ml.example.com", "ml.example.com:8443", True),
        ("ml.example.com", "ML.example.com.", True),
        ("ml.example.com:5000", "ml.example.com:5000", True),
        ("ml.example.com:5000", "ml.example.com", True),
        ("ml.example.com:5000", "ml.example.com:6000", False),
        ("ml.example.com", "evil.example.com", False),
        ("*.example.com", "ml.example.com:5000", True),
        ("*.example.com", "example.com.evil.org", False),
        ("app-*.corp.example", "app-7.corp.example", True),
        ("192.168.*", "192.168.1.7:5000", True),
        ("192.168.*", "192.168.evil.com", False),
        ("localhost:*", "localhost:1234", True),
        ("[::1]", "[::1]:5000", True),
        ("ml.example.com", "localhost", False),
        ("*", "anything.example", True),
    ],
)
def test_a_list_of_hosts_replaces_the_default(allowed: str, host: str, verdict: bool) -> None:
    assert HostPolicy([allowed]).allows(host.encode()) is verdict


def test_the_name_that_the_server_listens_on_is_answered() -> None:
    assert HostPolicy(own="ml.example.com").allows(b"ml.example.com:5000")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("a.b:80", ("a.b", "80")), ("A", ("a", "")), ("[::1]:5", ("::1", "5")), ("a:x", ("", ""))],
)
def test_hosts_are_taken_apart(given: str, expected: tuple[str, str]) -> None:
    assert split_host(given) == expected


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        (headers(host="ml.example.com"), False),
        (headers(host="x", origin="https://evil.com"), True),
        (headers(host="x", origin="null"), True),
        (headers(host="x", origin="http://localhost:3000"), False),
        (headers(host="x", origin="http://127.0.0.1:3000"), False),
        (headers(host="x", origin="http://[::1]:3000"), False),
        (headers(host="x", origin="http://localhost.evil.com"), True),
        # The server's own pages, seen directly and through proxies.
        (headers(host="ml.example.com:5000", origin="http://ml.example.com:5000"), False),
        (headers(host="ml.example.com", origin="https://ml.example.com"), False),
        (headers(host="ml.example.com", origin="https://ml.example.com:8443"), False),
        (headers(host="ml.example.com:5000", origin="http://ml.example.com:6000"), True),
        (headers(host="10.0.0.5:5000", origin="https://ml.org", x_forwarded_host="ml.org"), False),
        (headers(host="10.0.0.5:5000", origin="https://ml.org"), True),
        (headers(host="10.0.0.5", origin="https://ml.org", sec_fetch_site="same-origin"), False),
        (headers(host="10.0.0.5", origin="https://ml.org", sec_fetch_site="cross-site"), True),
        (headers(host="x", origin="https://app.example.com"), False),
        (headers(host="x", origin="https://a.pages.example.org"), False),
        (headers(host="x", origin="http://app.example.com"), True),
    ],
)
def test_calls_from_foreign_pages(sent: dict[bytes, bytes], refused: bool) -> None:
    policy = OriginPolicy(["https://app.example.com", "https://*.pages.example.org"])

    assert policy.refuses("POST", sent) is refused
    assert not policy.refuses("GET", sent)


def test_all_origins_without_credentials() -> None:
    policy = OriginPolicy(["*"])

    assert not policy.refuses("DELETE", headers(host="x", origin="https://any.example"))
    sent = dict(policy.headers("https://any.example"))
    assert sent["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in sent


def test_a_foreign_page_learns_nothing() -> None:
    assert dict(OriginPolicy().headers("https://evil.com")) == {"Vary": "Origin"}


def test_frame_options() -> None:
    assert check_frame_options("deny") == "DENY"
    with pytest.raises(InvalidParameterValue, match="SAMEORIGIN, DENY, NONE"):
        check_frame_options("ALLOW-FROM x")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("ml.example.com", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
