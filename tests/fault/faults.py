"""The faults that hit a stage while trainers log: each function injects one and lifts it again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from tests.fault.stage import Stage
from tests.tcp_proxy import Direction, TcpProxy

Fault = Callable[[Stage], None]


def kill_trainer(stage: Stage) -> None:
    """SIGKILL to a trainer that has begun to log; another takes its place, perhaps as a rank."""
    victim = stage.chance.choice(stage.trainers)
    stage.wait_until_training(victim)
    time.sleep(stage.chance.uniform(0, 0.1))
    stage.kill_trainer(victim)
    stage.start_trainer(run_id=stage.any_run() if stage.chance.random() < 0.3 else "")


def stop_trainer(stage: Stage) -> None:
    """SIGSTOP to a trainer; meanwhile somebody may look for the journals of the dead."""
    victim = stage.chance.choice(stage.trainers)
    os.killpg(victim.pid, signal.SIGSTOP)
    shipping = stage.start_shipper() if stage.chance.random() < 0.2 else None
    time.sleep(stage.chance.uniform(0.02, 0.4))
    os.killpg(victim.pid, signal.SIGCONT)
    if shipping is not None:
        shipping.wait(60)


def kill_server(stage: Stage) -> None:
    """SIGKILL to the server, which comes back after a while."""
    stage.kill_server()
    time.sleep(stage.chance.uniform(0, 0.3))
    stage.start_server()


def stop_server(stage: Stage) -> None:
    """SIGSTOP to the server, for longer than a client waits at times."""
    assert stage.server is not None
    os.killpg(stage.server.pid, signal.SIGSTOP)
    time.sleep(stage.chance.uniform(0.05, 1.5))
    os.killpg(stage.server.pid, signal.SIGCONT)


def cut_connections(stage: Stage) -> None:
    """Every open connection is reset."""
    _network(stage).cut()


def lose_answer(stage: Stage) -> None:
    """The server has done what it was asked to, but the client never hears of it."""
    _cut_after(stage, Direction.ANSWER, 250)


def lose_request(stage: Stage) -> None:
    """A request is cut off in its midst."""
    _cut_after(stage, Direction.REQUEST, 2_000)


def delay(stage: Stage) -> None:
    """A slow network."""
    _network(stage).delay(stage.chance.uniform(0.01, 0.6))
    time.sleep(stage.chance.uniform(0.1, 0.8))
    _network(stage).delay(0)


def refuse(stage: Stage) -> None:
    """Nobody listens at the server's address."""
    _network(stage).refuse()
    time.sleep(stage.chance.uniform(0.05, 1.0))
    _network(stage).accept()


def hold(stage: Stage) -> None:
    """The network swallows what is sent, and delivers it late."""
    _network(stage).hold()
    time.sleep(stage.chance.uniform(0.1, 1.5))
    _network(stage).release()


OF_TRAINERS: list[Fault] = [kill_trainer, stop_trainer]
OF_SERVERS: list[Fault] = [kill_server, stop_server]
OF_NETWORKS: list[Fault] = [cut_connections, lose_answer, lose_request, delay, refuse, hold]


def any_of(*faults: Fault) -> Fault:
    """Return a fault that is another one each time."""

    def mixed(stage: Stage) -> None:
        stage.chance.choice(faults)(stage)

    return mixed


def _network(stage: Stage) -> TcpProxy:
    assert stage.proxy is not None
    return stage.proxy


def _cut_after(stage: Stage, direction: Direction, longest: int) -> None:
    network = _network(stage)
    before = network.cuts
    network.cut_after(stage.chance.randrange(longest), direction)
    until = time.monotonic() + 5
    while network.cuts == before and time.monotonic() < until:
        time.sleep(0.01)
