"""Nothing that a user does not ask for leaves the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.servers import clean_environment

WATCHED = """
import atexit, sys
calls = []
network = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
           "socket.gethostbyname")
sys.addaudithook(lambda event, arguments: calls.append(event) if event in network else None)
atexit.register(lambda: print("CALLS", calls))
import headrace
headrace.set_experiment("quiet")
with headrace.start_run(tags={"a": "b"}) as run:
    headrace.log_metric("m", 1.0)
    headrace.log_params({"p": 1})
    headrace.log_text("text", "notes.txt")
headrace.search_runs(output_format="list")
headrace.initialize_logged_model(name="model")
"""


def test_an_embedded_script_calls_nobody(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "CALLS []"
