"""How a server is reached: addresses, credentials, proxies and TLS, over real sockets."""

from __future__ import annotations

import http.client
import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from headrace import credentials
from headrace.connection import Server, pauses
from headrace.errors import InvalidParameterValue, TemporarilyUnavailable


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("MLFLOW_", "HEADRACE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    credentials._read.cache_clear()
    yield
    credentials._read.cache_clear()


class Echo(BaseHTTPRequestHandler):
    """Answers with the request line, and notes the headers."""

    seen: list[tuple[str, dict[str, str]]]

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.seen.append((self.requestline, dict(self.headers)))
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        self.seen.append((self.requestline, dict(self.headers)))
        self.send_error(403)


@pytest.fixture
def echo() -> Iterator[ThreadingHTTPServer]:
    Echo.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


Get = Callable[[Server, str], bytes]


def call(server: Server, path: str) -> bytes:
    with server.reaching():
        connection = server.open(5)
        with closing(connection):
            headers = {"Host": server.netloc, **server.headers()}
            return connection.exchange("GET", server.target(path), headers, None).body


def stream(server: Server, path: str) -> bytes:
    connection = server.connect()
    with closing(connection), server.reaching():
        connection.request("GET", server.target(path), headers=server.headers())
        return connection.getresponse().read()


@pytest.fixture(params=[call, stream])
def get(request: pytest.FixtureRequest) -> Get:
    """Both ways to a server: that of calls, and that of files."""
    return request.param


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown", "target"),
    [
        ("http://h", "http://h", "/api"),
        ("http://h:5000/", "http://h:5000", "/api"),
        ("https://h/team/mlflow/", "https://h/team/mlflow", "/team/mlflow/api"),
        ("http://[::1]:5000", "http://[::1]:5000", "/api"),
        ("HTTP://Host", "http://host", "/api"),
        ("http://anna:s3cret@h:1", "http://h:1", "/api"),
    ],
)
def test_an_address_is_taken_apart(url: str, shown: str, target: str) -> None:
    server = Server(url)
    assert (server.url, server.target("/api")) == (shown, target)


@pytest.mark.parametrize(
    "url",
    ["", "h:5000", "ftp://h", "http://", "http:///x", "http://h:0", "http://h:99999", "http://["],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidParameterValue, match="address"):
        Server(url)


def test_a_refused_address_does_not_show_its_password() -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        Server("ftp://anna:s3cret@h/x")
    assert "s3cret" not in caught.value.message


# --- credentials ---------------------------------------------------------------------------------


def authorization(url: str = "http://h") -> str | None:
    return Server(url).headers().get("Authorization")


def test_credentials_come_from_the_address_the_environment_or_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert authorization() is None
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "tok")
    assert authorization() == "Bearer tok"
    folder = tmp_path / "home" / ".mlflow"
    folder.mkdir(parents=True)
    (folder / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = f\nmlflow_tracking_password = 50%off\n"
    )
    credentials._read.cache_clear()
    assert authorization() == "Basic Zjo1MCVvZmY="  # f:50%off
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "e")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "p")
    assert authorization() == "Basic ZTpw"  # e:p
    assert authorization("http://a%40b:c%3Ad@h") == "Basic YUBiOmM6ZA=="  # a@b:c:d


# --- proxies -------------------------------------------------------------------------------------


def test_a_proxy_is_asked_for_the_whole_address(
    get: Get, echo: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://u:p@127.0.0.1:{echo.server_port}")
    assert (
        get(Server("http://tracking.example/team"), "/api") == b"http://tracking.example/team/api"
    )
    assert Echo.seen[0][1]["Proxy-Authorization"] == "Basic dTpw"
    assert Echo.seen[0][1]["Host"] == "tracking.example"


def test_a_tunnel_is_asked_for_a_secure_server(
    get: Get, echo: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{echo.server_port}")
    with pytest.raises(TemporarilyUnavailable, match="Tunnel connection failed: 403"):
        get(Server("https://tracking.example"), "/api")
    assert Echo.seen[0][0].startswith("CONNECT tracking.example:443 HTTP/1.")


def test_some_addresses_need_no_proxy(
    get: Get, echo: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    assert get(Server(f"http://127.0.0.1:{echo.server_port}"), "/api") == b"/api"


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and the certificate that 127.0.0.1 signed for itself with it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    files = "-keyout key.pem -out certificate.pem"
    subprocess.run(
        f"{command} {names} {files}".split(), cwd=folder, check=True, capture_output=True
    )
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes())
    return both


@pytest.fixture
def secure(echo: ThreadingHTTPServer, certificate: Path) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    echo.handle_error = lambda *_: None  # type: ignore[method-assign]
    echo.socket = context.wrap_socket(echo.socket, server_side=True)
    return Server(f"https://127.0.0.1:{echo.server_port}")


def test_a_certificate_that_nobody_vouches_for_is_refused(get: Get, secure: Server) -> None:
    with pytest.raises(TemporarilyUnavailable, match="MLFLOW_TRACKING_SERVER_CERT_PATH"):
        get(secure, "/api")


def test_a_bundle_vouches_for_a_certificate(
    get: Get, secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
    assert get(secure, "/api") == b"/api"


def test_certificates_can_be_let_pass(
    get: Get, secure: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    assert get(secure, "/api") == b"/api"


def test_a_client_certificate_is_loaded(
    get: Get, secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_CLIENT_CERT_PATH", str(certificate))
    assert get(secure, "/api") == b"/api"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"SERVER_CERT_PATH": "/nowhere.pem"}, "cannot be used"),
        ({"CLIENT_CERT_PATH": "/nowhere.pem"}, "cannot be used"),
        ({"SERVER_CERT_PATH": "/x.pem", "INSECURE_TLS": "true"}, "exclude each other"),
        ({"INSECURE_TLS": "perhaps"}, "true or false"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    variables: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
    with pytest.raises(InvalidParameterValue, match=told):
        Server("https://h").connect()


# --- failures ------------------------------------------------------------------------------------


def fail(server: Server, failure: Exception) -> None:
    with server.reaching():
        raise failure


@pytest.mark.parametrize(
    "failure",
    [
        ConnectionRefusedError(),
        TimeoutError("timed out"),
        http.client.BadStatusLine("x"),
        OSError(),
    ],
)
def test_a_failure_of_the_network_is_temporary(failure: Exception) -> None:
    server = Server("http://u:s3cret@h")
    with pytest.raises(TemporarilyUnavailable, match=r"http://h cannot be reached: .+\.") as caught:
        fail(server, failure)
    assert caught.value.__cause__ is failure
    assert "s3cret" not in caught.value.message


def test_pauses_double_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "8")
    assert list(pauses()) == [0, 4, 8, 16, 32, 64, 120, 120]
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert list(pauses()) == []
