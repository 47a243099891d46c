"""System metrics of runs tell what the machine and the process really did."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import headrace
from headrace.client import tracking
from headrace.client.gpus import amd, nvidia
from headrace.client.system_metrics.sampler import sampler
from headrace.entities import Metric
from headrace.errors import InvalidParameterValue
from tests.servers import headrace_server
from tests.unit.nvidia_library import install

MACHINE = {
    "cpu_utilization_percentage",
    "system_memory_usage_megabytes",
    "system_memory_usage_percentage",
    "disk_usage_percentage",
    "disk_usage_megabytes",
    "disk_available_megabytes",
    "network_receive_megabytes",
    "network_transmit_megabytes",
}
PROCESSES = {
    "process_cpu_utilization_percentage",
    "process_memory_usage_megabytes",
    "children_cpu_utilization_percentage",
    "children_memory_usage_megabytes",
    "children_count",
}
LONG = 1_000.0  # seconds: only the end of a run takes a sample
THREAD = "headrace-system"

pytestmark = pytest.mark.usefixtures("store_folder")


def values_of(run: Any) -> dict[str, float]:
    """Return the latest system metrics of a run, without what stands before their names."""
    metrics = headrace.get_run(run.info.run_id).data.metrics
    return {name.removeprefix("system/"): value for name, value in metrics.items()}


def history(run: Any, name: str = "disk_usage_percentage") -> list[Metric]:
    return headrace.MlflowClient().get_metric_history(run.info.run_id, f"system/{name}")


def steps_of(run: Any, name: str = "disk_usage_percentage") -> list[int]:
    return [point.step for point in history(run, name)]


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it never comes"
        time.sleep(0.02)


def wait_until_watched() -> None:
    """Return when the machine has been looked at for the first time, from which figures count."""
    wait_for(lambda: all(run._parts for run in sampler._runs))


def threads() -> int:
    return [thread.name for thread in threading.enumerate()].count(THREAD)


def run_script(code: str, **variables: str) -> tuple[dict[str, float], Any]:
    """Run a script that prints what it knows as JSON; return its run's metrics, and that."""
    begin = (
        "import headrace, json, os, subprocess, sys, time\n"
        f"headrace.set_tracking_uri({tracking.get_tracking_uri()!r})\n"
        "def wait_for_samples(count=0):\n"
        "    from headrace.client.system_metrics.sampler import sampler\n"
        "    while not all(run._parts and run._samples >= count for run in sampler._runs):\n"
        "        time.sleep(0.01)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + code],
        env={**os.environ, "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL": str(LONG), **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    [run] = headrace.search_runs(output_format="list", order_by=["start_time DESC"], max_results=1)
    return values_of(run), json.loads(done.stdout)


# --- what they tell ------------------------------------------------------------------------------

WORK = """
def work():
    until = time.process_time() + 1
    while time.process_time() < until:
        sum(range(10_000))
"""


def test_processor_and_memory_of_the_process() -> None:
    code = f"""{WORK}
import psutil
moments = []
def note():
    moments.append((time.monotonic(), time.process_time()))
note()
with headrace.start_run(log_system_metrics=True):
    wait_for_samples()
    note()
    taken = bytearray(os.urandom(1000) * 200_000)
    work()
    note()
    memory = psutil.Process().memory_info().rss
note()
print(json.dumps([moments, memory / 1e6]))
"""
    values, (moments, memory) = run_script(code)

    # The looks lie between the first two moments, and between the last two.
    (first, before), (begun, from_then), (until, up_to), (last, after) = moments
    least, most = (up_to - from_then) / (last - first), (after - before) / (until - begun)
    assert 95 * least < values["process_cpu_utilization_percentage"] < 105 * most
    assert values["process_memory_usage_megabytes"] == pytest.approx(memory, rel=0.02)
    assert memory > 200
    assert 0 < values["cpu_utilization_percentage"] <= 100
    assert values["children_count"] == values["children_memory_usage_megabytes"] == 0


def test_processes_that_it_started() -> None:
    code = f"""{WORK}
child = '''
import os, sys, time
taken = bytearray(os.urandom(1000) * 100_000)
{WORK}
work()
print(time.process_time(), flush=True)
sys.stdin.read()
'''
moments = [time.monotonic()]
with headrace.start_run(log_system_metrics=True):
    wait_for_samples()
    moments.append(time.monotonic())
    command = [sys.executable, "-c", child]
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    children = [subprocess.Popen(command, **pipes) for _ in range(2)]
    used = sum(float(child.stdout.readline()) for child in children)
    moments.append(time.monotonic())
    headrace.end_run()
    moments.append(time.monotonic())
    for child in children:
        child.communicate()
print(json.dumps([moments, used]))
"""
    values, (moments, used) = run_script(code)

    # The looks lie between the first two moments, and between the last two.
    first, begun, until, last = moments
    assert values["children_count"] == 2
    least, most = used / (last - first), used / (until - begun)
    assert 95 * least < values["children_cpu_utilization_percentage"] < 110 * most
    assert 200 < values["children_memory_usage_megabytes"] < 400
    assert values["process_cpu_utilization_percentage"] < 100 * least


def test_a_point_is_the_mean_of_its_samples() -> None:
    code = """
import psutil
process = psutil.Process()
with headrace.start_run(log_system_metrics=True):
    wait_for_samples(7)
    before = process.memory_info().rss / 1e6
    taken = bytearray(os.urandom(1000) * 400_000)
    after = process.memory_info().rss / 1e6
    wait_for_samples(14)
print(json.dumps([before, after]))
"""
    values, (before, after) = run_script(
        code,
        MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL="0.1",
        MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING="1000",
    )

    assert after - before > 350
    assert before + 80 < values["process_memory_usage_megabytes"] < after - 80


def test_the_machine() -> None:
    headrace.set_system_metrics_sampling_interval(LONG)
    with headrace.start_run(log_system_metrics=True) as run:
        wait_until_watched()
        time.sleep(0.15)  # in which processors count on
    values, memory, disk = values_of(run), psutil.virtual_memory(), psutil.disk_usage("/")

    assert set(values) - set(gpu_names(values)) == MACHINE | PROCESSES
    share = values["system_memory_usage_megabytes"] * 1e6 / memory.total * 100
    assert values["system_memory_usage_percentage"] == pytest.approx(share, abs=0.1)
    assert values["disk_usage_percentage"] == pytest.approx(disk.percent, abs=5)
    both = values["disk_usage_megabytes"] + values["disk_available_megabytes"]
    assert both == pytest.approx((disk.used + disk.free) / 1e6, rel=0.02)


def test_the_network_since_the_run_began() -> None:
    import socket

    headrace.set_system_metrics_sampling_interval(LONG)
    before = psutil.net_io_counters()
    with (
        headrace.start_run(log_system_metrics=True) as run,
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as sender,
    ):
        wait_until_watched()
        receiver, _ = listener.accept()
        with receiver:
            for _ in range(50):
                sender.sendall(bytes(100_000))
                receiver.recv(100_000, socket.MSG_WAITALL)
    values, after = values_of(run), psutil.net_io_counters()

    for name, seen in (
        ("network_receive_megabytes", after.bytes_recv - before.bytes_recv),
        ("network_transmit_megabytes", after.bytes_sent - before.bytes_sent),
    ):
        assert 5 <= values[name] <= seen / 1e6


# --- steps, names and times ----------------------------------------------------------------------


def test_steps_count_on_where_a_run_is_resumed() -> None:
    headrace.set_system_metrics_sampling_interval(0.05)
    with headrace.start_run(log_system_metrics=True) as run:
        headrace.log_metric("system", 1.0, step=500)
        headrace.log_metric("loss", 1.0, step=500)
        wait_for(lambda: len(steps_of(run)) >= 3)
    first = steps_of(run)
    with headrace.start_run(run_id=run.info.run_id, log_system_metrics=True):
        wait_for(lambda: len(steps_of(run)) >= len(first) + 2)

    assert steps_of(run) == list(range(len(steps_of(run))))
    times = [point.timestamp for point in history(run)]
    assert times == sorted(times)


def test_samples_before_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = itertools.count(1)
    look = psutil.disk_usage
    monkeypatch.setattr(psutil, "disk_usage", lambda path: look(path)._replace(percent=next(looks)))
    headrace.set_system_metrics_sampling_interval(0.05)
    headrace.set_system_metrics_samples_before_logging(4)
    with headrace.start_run(log_system_metrics=True) as run:
        wait_for(lambda: len(steps_of(run)) >= 3)

    # Of the looks 1 to 4, 5 to 8, and 9 to 12.
    assert [point.value for point in history(run)][:3] == [2.5, 6.5, 10.5]


def test_each_node_has_names_and_steps_of_its_own() -> None:
    headrace.set_system_metrics_sampling_interval(LONG)
    headrace.set_system_metrics_node_id("rank 1/a")
    with headrace.start_run(log_system_metrics=True) as run:
        wait_until_watched()
        time.sleep(0.15)  # in which processors count on
    for _ in range(2):
        headrace.set_system_metrics_node_id(None)
        with headrace.start_run(run_id=run.info.run_id, log_system_metrics=True):
            wait_until_watched()
            time.sleep(0.15)

    values = values_of(run)
    assert {f"rank 1/a/{name}" for name in MACHINE | PROCESSES} < set(values)
    assert steps_of(run) == [0, 1]
    assert steps_of(run, "rank 1/a/disk_usage_percentage") == [0]


def test_a_run_that_is_over_at_once_has_one_point() -> None:
    with headrace.start_run(log_system_metrics=True) as run:
        pass

    assert steps_of(run) == [0]
    assert "disk_usage_percentage" in values_of(run)


# --- when they are recorded ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("everywhere", "asked", "expected"),
    [
        (None, None, False),
        (True, None, True),
        (False, None, False),
        (True, False, False),
        (False, True, True),
    ],
)
def test_when_they_are_recorded(
    everywhere: bool | None, asked: bool | None, expected: bool
) -> None:
    if everywhere is not None:
        switch = headrace.enable_system_metrics_logging
        (switch if everywhere else headrace.disable_system_metrics_logging)()
    with headrace.start_run(log_system_metrics=asked) as run:
        pass

    assert bool(values_of(run)) == expected


def test_children_of_the_process_are_told() -> None:
    headrace.enable_system_metrics_logging()
    values, _ = run_script("with headrace.start_run(): pass\nprint(json.dumps(None))")

    assert values["process_memory_usage_megabytes"] > 0


def test_nothing_is_loaded_for_runs_without_them() -> None:
    code = """
with headrace.start_run(): pass
print(json.dumps([name for name in sys.modules if "psutil" in name or "system_metrics" in name]))
"""
    assert run_script(code) == ({}, [])


def test_several_runs_at_once_in_one_thread() -> None:
    headrace.set_system_metrics_sampling_interval(0.05)
    runs: list[Any] = []

    def train() -> None:
        with headrace.start_run(log_system_metrics=True) as run:
            runs.append(run)
            wait_for(lambda: len(steps_of(run)) >= 3)

    others = [threading.Thread(target=train) for _ in range(2)]
    with headrace.start_run(log_system_metrics=True) as outer:
        for other in others:
            other.start()
        with headrace.start_run(nested=True, log_system_metrics=True) as inner:
            wait_for(lambda: len(steps_of(inner)) >= 3 and len(steps_of(outer)) >= 3)
            assert threads() == 1
        for other in others:
            other.join()
    wait_for(lambda: threads() == 0)

    for run in (outer, inner, *runs):
        assert steps_of(run) == list(range(len(steps_of(run))))


def test_nothing_comes_after_the_end() -> None:
    headrace.set_system_metrics_sampling_interval(0.02)
    with headrace.start_run(log_system_metrics=True) as run:
        time.sleep(0.1)
    steps = steps_of(run)
    ended = headrace.get_run(run.info.run_id).info.end_time
    wait_for(lambda: threads() == 0)

    assert steps_of(run) == steps
    assert max(point.timestamp for point in history(run)) <= ended


def test_a_run_that_is_ended_by_its_id() -> None:
    headrace.set_system_metrics_sampling_interval(0.02)
    run = headrace.start_run(log_system_metrics=True)
    wait_for(lambda: steps_of(run))
    headrace.MlflowClient().set_terminated(run.info.run_id)
    wait_for(lambda: threads() == 0)

    headrace.end_run()
    assert headrace.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_process_that_is_terminated() -> None:
    code = (
        "import headrace, time\n"
        "headrace.start_run(run_name='ended', log_system_metrics=True)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "MLFLOW_TRACKING_URI": tracking.get_tracking_uri()},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
    [run] = headrace.search_runs(output_format="list")

    assert run.info.status == "KILLED"
    assert steps_of(run) == [0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_leaves_them_to_the_parent() -> None:
    code = """
headrace.set_system_metrics_sampling_interval(0.02)
with headrace.start_run(log_system_metrics=True) as run:
    for _ in range(20):
        child = os.fork()
        if child == 0:
            with headrace.start_run(log_system_metrics=True, tags={"of": "child"}):
                time.sleep(0.01)
            headrace.flush()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
print(json.dumps(run.info.run_id))
"""
    _, run_id = run_script(code)
    run = headrace.get_run(run_id)
    children = headrace.search_runs("", "tags.of = 'child'", output_format="list")

    assert len(steps_of(run)) > 3
    assert steps_of(run) == list(range(len(steps_of(run))))
    assert len(children) == 20
    assert all(steps_of(child)[0] == 0 for child in children)


def test_a_server_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_JOURNAL_DIR", str(tmp_path / "journals"))
    headrace.set_system_metrics_sampling_interval(0.05)
    with headrace_server(tmp_path) as server:
        headrace.set_tracking_uri(server.url)
        monkeypatch.setenv("HEADRACE_MODE", "offline")
        with headrace.start_run(run_name="away", log_system_metrics=True):
            wait_for(lambda: sampler._runs[-1]._step >= 3)
            time.sleep(0.15)  # in which processors count on
        monkeypatch.delenv("HEADRACE_MODE")
        headrace.flush()
        [run] = headrace.search_runs(output_format="list")

        assert len(steps_of(run)) >= 3
        assert set(values_of(run)) > MACHINE


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("interval", [0, -1, "soon", float("inf"), float("nan"), True])
def test_intervals_that_are_refused(interval: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="'interval'.*seconds above 0"):
        headrace.set_system_metrics_sampling_interval(interval)
    assert "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL" not in os.environ


@pytest.mark.parametrize("samples", [0, -1, 1.5, "many", True])
def test_numbers_of_samples_that_are_refused(samples: Any) -> None:
    with pytest.raises(InvalidParameterValue, match="'samples'.*whole number from 1 on"):
        headrace.set_system_metrics_samples_before_logging(samples)


@pytest.mark.parametrize("node_id", ["a\nb", "..", "/a", "x" * 300, "ä?"])
def test_node_ids_that_are_refused(node_id: str) -> None:
    with pytest.raises(InvalidParameterValue):
        headrace.set_system_metrics_node_id(node_id)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0"),
        ("MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING", "0"),
        ("MLFLOW_SYSTEM_METRICS_NODE_ID", "a\nb"),
        ("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "perhaps"),
    ],
)
def test_variables_that_are_wrong_fail_no_run(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    headrace.enable_system_metrics_logging()
    monkeypatch.setenv(name, value)
    with headrace.start_run() as run:
        headrace.log_metric("loss", 1.0)

    assert "System metrics of the run are not recorded" in caplog.text
    assert headrace.get_run(run.info.run_id).data.metrics == {"loss": 1.0}


def test_without_psutil_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with headrace.start_run(log_system_metrics=True) as run:
        headrace.log_metric("loss", 1.0)

    assert "pip install 'headrace[system]'" in caplog.text
    assert headrace.get_run(run.info.run_id).data.metrics == {"loss": 1.0}
    assert headrace.get_run(run.info.run_id).info.status == "FINISHED"


def test_what_a_system_does_not_tell_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError("no files of /proc here")

    monkeypatch.setattr(psutil, "net_io_counters", refuse)
    with headrace.start_run(log_system_metrics=True) as run:
        pass

    assert "no files of /proc here" in caplog.text
    assert set(values_of(run)) >= PROCESSES
    assert "network_receive_megabytes" not in values_of(run)


# --- GPUs ----------------------------------------------------------------------------------------


def gpu_names(values: dict[str, float]) -> list[str]:
    return [name for name in values if name.startswith("gpu_")]


def test_gpus_of_nvidia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch)
    headrace.set_system_metrics_sampling_interval(LONG)
    with headrace.start_run(log_system_metrics=True) as run:
        pass

    values = values_of(run)
    assert {name: values[name] for name in gpu_names(values)} == {
        "gpu_0_memory_usage_percentage": 25.0,
        "gpu_0_memory_usage_megabytes": 21_474.8,
        "gpu_0_utilization_percentage": 71.0,
        "gpu_0_power_usage_watts": 350.0,
        "gpu_0_power_usage_percentage": 50.0,
        "gpu_0_process_memory_usage_megabytes": 3_000.0,
        "gpu_0_process_utilization_percentage": 41.0,
        "gpu_1_power_usage_watts": 350.0,
    }


def test_gpus_of_amd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card, compute = tmp_path / "drm/card1/device", tmp_path / "kfd"
    files = {
        card / "vendor": "0x1002",
        card / "mem_info_vram_total": "64000000000",
        card / "mem_info_vram_used": "16000000000",
        card / "gpu_busy_percent": "83",
        card / "hwmon/hwmon4/power1_average": "280000000",
        card / "hwmon/hwmon4/power1_cap": "560000000",
        card / "drm/renderD129/dev": "226:129",
        compute / "topology/nodes/0/gpu_id": "0",
        compute / "topology/nodes/0/properties": "cpu_cores_count 64\n",
        compute / "topology/nodes/1/gpu_id": "4711",
        compute / "topology/nodes/1/properties": "simd_count 440\ndrm_render_minor 129\n",
        compute / f"proc/{os.getpid()}/vram_4711": "2000000000",
        compute / "proc/1/vram_4711": "9000000000",
    }
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
    monkeypatch.setattr(nvidia, "_SIGNS", ())
    monkeypatch.setattr(amd, "_CARDS", tmp_path / "drm")
    monkeypatch.setattr(amd, "_COMPUTE", compute)
    headrace.set_system_metrics_sampling_interval(LONG)
    with headrace.start_run(log_system_metrics=True) as run:
        pass

    values = values_of(run)
    assert {name: values[name] for name in gpu_names(values)} == {
        "gpu_0_memory_usage_percentage": 25.0,
        "gpu_0_memory_usage_megabytes": 16_000.0,
        "gpu_0_memory_usage_gigabytes": 16.0,
        "gpu_0_utilization_percentage": 83.0,
        "gpu_0_power_usage_watts": 280.0,
        "gpu_0_power_usage_percentage": 50.0,
        "gpu_0_process_memory_usage_megabytes": 2_000.0,
    }
