"""Whatever fault hits trainer, server, network, disk or journal: what was accepted is stored once.

The short form runs with all tests; ``make fault`` runs the long one. FAULT_SEED=N repeats the
choices of a run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fault import faults
from tests.fault.account import Figures
from tests.fault.backup import Backup
from tests.fault.damage import damage
from tests.fault.faults import OF_NETWORKS, OF_SERVERS, OF_TRAINERS, Fault
from tests.fault.ledger import STEPS_PER_ACTOR
from tests.fault.stage import Stage, rounds

TRAINERS = 3

Record = Callable[[Figures], None]
MakeStage = Callable[[str], Stage]


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("FAULT_SEED") or 0) or random.randrange(1 << 30)
    print(f"FAULT_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def make_stage(
    request: pytest.FixtureRequest, tmp_path: Path, chance: random.Random
) -> Iterator[MakeStage]:
    """Makes the stage of a backend; what runs on it ends with the test."""
    stages: list[Stage] = []

    def make(backend: str) -> Stage:
        if "postgresql" in backend:
            database: str = request.getfixturevalue("postgres_store_uri")
        else:
            database = f"sqlite:///{tmp_path}/store.db"
        stage = Stage(tmp_path / "stage", database, chance, serve="embedded" not in backend)
        stages.append(stage)
        return stage.__enter__()

    yield make
    for stage in stages:
        stage.__exit__()


@pytest.fixture
def check(request: pytest.FixtureRequest, record_property: Any) -> Record:
    """Fails unless all is well; `conftest` shows the figures of all tests."""

    def check_figures(figures: Figures) -> None:
        name = request.node.name.removeprefix("test_")
        record_property("figures", f"{name}|{figures.faults}|{figures}")
        print(f"{name}: {figures.faults} faults, {figures}")
        assert figures.are_clean, "\n".join([str(figures), *figures.found])
        assert figures.accepted > figures.faults

    return check_figures


ON_A_SERVER = (*OF_TRAINERS, *OF_SERVERS, *OF_NETWORKS)
MIXED = {
    "embedded": faults.any_of(*OF_TRAINERS),
    "sqlite": faults.any_of(*ON_A_SERVER),
    "postgresql": faults.any_of(*ON_A_SERVER),
}
SHORT = [(backend, mixed, 10, "mixed-short") for backend, mixed in MIXED.items()]
LONG = [
    *((backend, mixed, 60, "mixed") for backend, mixed in MIXED.items()),
    *(
        (backend, fault, 50, fault.__name__)
        for backend in ("embedded", "embedded-postgresql")
        for fault in OF_TRAINERS
    ),
    *(
        (backend, fault, 30, fault.__name__)
        for backend in ("sqlite", "postgresql")
        for fault in ON_A_SERVER
    ),
]


@pytest.mark.parametrize(
    ("backend", "fault", "count"),
    [
        *(pytest.param(*row, id=f"{name}-{row[0]}") for *row, name in SHORT),
        *(
            pytest.param(*row, id=f"{name}-{row[0]}", marks=pytest.mark.fault)
            for *row, name in LONG
        ),
    ],
)
def test_while_training(
    backend: str, fault: Fault, count: int, make_stage: MakeStage, check: Record
) -> None:
    stage = make_stage(backend)
    for number in range(TRAINERS):
        stage.start_trainer(context=number == 0)
    for trainer in stage.trainers:
        stage.wait_until_training(trainer)
    for _ in rounds(stage, count):
        fault(stage)
    check(stage.settle())


def forms(*backends: str, short: int, long: int) -> pytest.MarkDecorator:
    """Run a test on the first backend in the short form, on all of them in the long one."""
    return pytest.mark.parametrize(
        ("backend", "count"),
        [
            pytest.param(backends[0], short, id=f"{backends[0]}-short"),
            *(pytest.param(one, long, id=one, marks=pytest.mark.fault) for one in backends),
        ],
    )


@forms("sqlite", "embedded", "postgresql", short=4, long=50)
def test_killed_while_shipping_what_was_left(
    backend: str, count: int, make_stage: MakeStage, check: Record
) -> None:
    stage = make_stage(backend)
    for _ in rounds(stage, count, longest=0):
        if len(stage.journal_folders()) < 8:
            stage.leave_journals(12, calls=150)
        shipping = stage.start_shipper()
        time.sleep(stage.chance.uniform(0, 0.15))
        shipping.kill()
        shipping.wait(10)
    check(stage.settle())


@forms("sqlite", "embedded", "postgresql", short=2, long=20)
def test_several_ship_the_same(
    backend: str, count: int, make_stage: MakeStage, check: Record
) -> None:
    stage = make_stage(backend)
    for _ in rounds(stage, count, longest=0):
        stage.leave_journals(6)
        shipping = [stage.start_shipper() for _ in range(3)]
        if stage.chance.random() < 0.5:
            shipping[0].kill()
        for process in shipping:
            process.wait(60)
    check(stage.settle())


@forms("postgresql", "sqlite", short=1, long=20)
def test_two_machines_ship_copies_of_the_same(
    backend: str, count: int, make_stage: MakeStage, check: Record, tmp_path: Path
) -> None:
    stage = make_stage(backend)
    for number in rounds(stage, count, longest=0):
        stage.leave_journals(6)
        other = tmp_path / f"other{number}"
        shutil.copytree(stage.journal_home, other)
        shipping = [stage.start_shipper(other), stage.start_shipper(), stage.start_shipper(other)]
        for process in shipping:
            process.wait(60)
        assert not list(other.glob("*/*/header.json")), stage.said("shipper")
    check(stage.settle())


@pytest.mark.skipif(sys.platform != "linux", reason="reads the open files in /proc")
@forms("embedded", "sqlite", short=10, long=60)
def test_full_disk(backend: str, count: int, make_stage: MakeStage, check: Record) -> None:
    stage = make_stage(backend)
    for _ in range(TRAINERS):
        stage.start_trainer(full_disk=0.03, helpers=False)
    until = time.monotonic() + 120
    while (met := stage.notes().count("disk full")) < count:
        assert time.monotonic() < until, f"the disk was full {met} times only"
        for trainer in stage.trainers:
            stage.check_alive(trainer)
        time.sleep(0.1)
    stage.stop_trainers()
    stage.faults = stage.notes().count("disk full")
    check(stage.settle())


@forms("sqlite", "embedded", "postgresql", short=8, long=60)
def test_damaged_journals(backend: str, count: int, make_stage: MakeStage, check: Record) -> None:
    """A bad place costs the records that it hit and no other, and is kept aside and named."""
    stage = make_stage(backend)
    destroyed: set[tuple[int, int]] = set()
    bad: set[str] = set()
    while stage.faults < count:
        for folder in stage.leave_journals(min(30, count - stage.faults), calls=40):
            done = damage(folder, stage.chance)
            assert done.records == 40  # one for each call
            actor = done.step // STEPS_PER_ACTOR
            destroyed |= {(actor, number) for number in done.destroyed}
            if done.destroyed and done.leaves_bad_bytes:
                bad.add(folder.name)
            stage.faults += 1
        stage.ship_all()
    kept = {path.name.partition("-")[0] for path in (stage.journals / "corrupt").iterdir()}
    assert bad <= kept
    assert "records could not be read and are skipped" in stage.said("shipper")
    figures = stage.settle(frozenset(destroyed))
    check(figures)
    assert figures.set_aside > 0


@forms("sqlite", "embedded", "postgresql", short=8, long=60)
def test_clock_set_back(backend: str, count: int, make_stage: MakeStage, check: Record) -> None:
    """Journals of the future, as a clock leaves them that was wrong, and is set back."""
    stage = make_stage(backend)
    while stage.faults < count:
        for folder in stage.leave_journals(min(15, count - stage.faults)):
            future = time.time() + stage.chance.choice([60, 86_400, 400 * 86_400])
            header = json.loads((folder / "header.json").read_text())
            header["created"] = int(future * 1000)
            (folder / "header.json").write_text(json.dumps(header))
            for path in (*folder.iterdir(), folder):
                os.utime(path, (future, future))
            stage.faults += 1
        stage.ship_all()
    check(stage.settle())


@forms("sqlite", "postgresql", short=1, long=8)
@pytest.mark.parametrize("calls", [1_000_000, 300], ids=["long-runs", "short-runs"])
def test_restored_backup(
    calls: int, backend: str, count: int, make_stage: MakeStage, check: Record
) -> None:
    """What a store forgot is sent again as far as it is there, and what is not is told."""
    stage = make_stage(backend)
    for _ in range(TRAINERS):
        # Some runs begin before the backup and go on after it; others are new to it.
        stage.start_trainer(helpers=False, segment=2_000, calls=calls)
    _train_on(stage)
    for _ in rounds(stage, count):
        stage.kill_server()
        backup = Backup(stage.database)
        stage.start_server()
        _train_on(stage)
        owners = stage.owners()
        stage.kill_server()
        backup.restore()
        stage.start_server()
        _train_on(stage)
    stage.stop_trainers()
    stage.ship_all()
    check(stage.settle(stage.told_lost(owners)))


def _train_on(stage: Stage) -> None:
    """Return when every trainer has made some more calls."""
    for trainer in stage.trainers:
        stage.wait_until_training(trainer, calls=stage.count_calls(trainer) + 150)
