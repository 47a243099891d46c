"""A training script that logs whatever comes to its mind and keeps a ledger; see `stage`.

python trainer.py PLAN, where PLAN is a `Plan` as JSON.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import random
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import headrace
from headrace.client.delivery import consignment
from headrace.client.journal import segments
from headrace.client.tracking import get_session
from headrace.entities import Metric, Param, RunTag
from tests.fault.ledger import STEPS_PER_ACTOR, Ledger

KEYS = ("loss", "val/accuracy", "lr")
_BEFORE = 2_000_000_000_000  # each point is older than the one before it, as if the clock ran back


@dataclass
class Plan:
    """What a trainer does.

    Attributes:
        actor: Its number; its threads and children take the ones that follow, up to 1,000.
        seed: Of its choices.
        uri: Where it tracks.
        ledgers: The folder of the ledgers.
        stop: It ends by itself once this file is there.
        run_id: A run to join as one of its ranks; it begins runs of its own where that is empty.
        pause: Seconds between two calls, on average.
        helpers: Whether it has threads and forked children that log too.
        leave: How many children it forks that log offline and leave their journals; then it ends.
        calls: How many calls it makes in a run, or each of those children; by chance if 0.
        full_disk: How likely a call begins a time in which the disk takes no more.
        segment: Bytes of a journal's file; left to the seed if 0.
        context: Whether its runs record their context and output too: records that no ledger has.
    """

    actor: int
    seed: int
    uri: str
    ledgers: str
    stop: str
    run_id: str = ""
    pause: float = 0.002
    helpers: bool = True
    leave: int = 0
    calls: int = 0
    full_disk: float = 0.0
    segment: int = 0
    context: bool = False


class Actor:
    """Logs into one run, one call after the other.

    Args:
        ledger: Its ledger.
        chance: Its choices.
        run_id: The run.
        is_active: Whether that is the active run of this thread, so that the short calls fit.
    """

    def __init__(
        self, ledger: Ledger, chance: random.Random, run_id: str, *, is_active: bool
    ) -> None:
        self._ledger = ledger
        self._chance = chance
        self._run_id = run_id
        self._is_active = is_active
        self._client = headrace.MlflowClient()
        self.around: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext

    def log(self) -> None:
        """Make one call."""
        kinds: list[Callable[[int], None]] = [self._point] * 5
        kinds += [self._points, self._points, self._tag, self._param, self._batch]
        self._chance.choice(kinds)(self._ledger.number + 1)

    def _point(self, number: int) -> None:
        [(key, step, time_, value)] = points = self._make_points(number, 1)

        def call() -> None:
            if self._is_active:
                headrace.log_metric(key, value, step=step, timestamp=time_)
            else:
                self._client.log_metric(self._run_id, key, value, time_, step)

        self._make(call, points=points)

    def _points(self, number: int) -> None:
        points = self._make_points(number, len(KEYS))
        values = {key: value for key, _, _, value in points}
        _, step, time_, _ = points[0]

        def call() -> None:
            if self._is_active:
                headrace.log_metrics(values, step, timestamp=time_)
            else:
                metrics = [Metric(key, value, time_, step) for key, value in values.items()]
                self._client.log_batch(self._run_id, metrics)

        self._make(call, points=points)

    def _tag(self, number: int) -> None:
        key = f"at.{self._ledger.actor}"
        self._make(
            lambda: self._client.set_tag(self._run_id, key, str(number)), tags={key: str(number)}
        )

    def _param(self, number: int) -> None:
        key = f"p{self._ledger.actor}.{number}"
        value = f"{self._chance.random()}"
        self._make(lambda: self._client.log_param(self._run_id, key, value), params={key: value})

    def _batch(self, number: int) -> None:
        points = self._make_points(number, 2)
        tags = {f"at.{self._ledger.actor}": str(number)}
        params = {f"p{self._ledger.actor}.{number}": "é" * self._chance.randrange(1, 50)}
        metrics = [Metric(key, value, time_, step) for key, step, time_, value in points]
        self._make(
            lambda: self._client.log_batch(
                self._run_id,
                metrics,
                [Param(key, value) for key, value in params.items()],
                [RunTag(key, value) for key, value in tags.items()],
            ),
            points=points,
            params=params,
            tags=tags,
        )

    def _make_points(self, number: int, count: int) -> list[tuple[str, int, int, float]]:
        step = self._ledger.actor * STEPS_PER_ACTOR + number
        value = self._chance.choice([step / 7, -step / 3, 1e300 / step])
        if number % 37 == 0:
            value = self._chance.choice([float("nan"), float("inf"), -float("inf")])
        keys = self._chance.sample(KEYS, count)
        return [(key, step, _BEFORE - number * 1000, value) for key in keys]

    def _make(self, call: Callable[[], object], **content: Any) -> None:
        points = content.get("points", ())
        content["points"] = [(key, step, at, repr(value)) for key, step, at, value in points]
        number = self._ledger.try_call(self._run_id, **content)
        with self.around():
            call()
        self._ledger.accept(number)


class Trainer:
    """Runs a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._chance = random.Random(plan.seed)
        self._ledger = Ledger(Path(plan.ledgers), plan.actor, lambda: get_session().delivery.last)
        self._next_actor = plan.actor + 1

    def run(self) -> None:
        """Train until the stop file is there."""
        headrace.set_tracking_uri(self._plan.uri)
        if self._plan.leave:
            self._leave_journals()
            return
        while not self._stopped():
            self._train_once()

    def _train_once(self) -> None:
        run_id = self._begin()
        actor = Actor(self._ledger, self._chance, run_id, is_active=True)
        if self._plan.full_disk:
            actor.around = DiskFull(self._chance, self._plan.full_disk, self._ledger).around_call
        helpers = self._start_helpers(run_id) if self._plan.helpers else []
        for _ in range(self._plan.calls or self._chance.randrange(20, 300)):
            actor.log()
            self._pause()
            if self._stopped():
                break
        for join in helpers:
            join()
        number = self._ledger.try_call(run_id, status="FINISHED")
        headrace.end_run()
        self._ledger.accept(number)

    def _begin(self) -> str:
        if self._plan.run_id:
            number = self._ledger.try_call(self._plan.run_id)
            headrace.start_run(run_id=self._plan.run_id)
            self._ledger.accept(number)
            return self._plan.run_id
        tags = {"actor": str(self._ledger.actor), "call": str(self._ledger.number + 1)}
        number = self._ledger.try_call("", begins=True, tags=tags)
        run_id = headrace.start_run(tags=tags).info.run_id
        self._ledger.accept(number, run_id)
        return run_id

    def _start_helpers(self, run_id: str) -> list[Callable[[], object]]:
        joins: list[Callable[[], object]] = []
        if self._chance.random() < 0.4:
            thread = threading.Thread(target=self._log_on, args=(self._helper(run_id), 60))
            thread.start()
            joins.append(thread.join)
        if self._chance.random() < 0.4:
            child = self._fork(lambda: self._log_on(self._helper(run_id), 30))
            joins.append(lambda: os.waitpid(child, 0))
        return joins

    def _helper(self, run_id: str) -> Actor:
        actor = self._next_actor
        self._next_actor += 1
        return Actor(
            Ledger(Path(self._plan.ledgers), actor), random.Random(actor), run_id, is_active=False
        )

    def _log_on(self, actor: Actor, calls: int) -> None:
        for _ in range(calls):
            actor.log()
            self._pause()
            if self._stopped():
                return

    def _fork(self, work: Callable[[], None]) -> int:
        # The number that the child takes is not free any more.
        child = os.fork()
        if child:
            self._next_actor += 1
            return child
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _leave_journals(self) -> None:
        run_id = self._begin()
        headrace.flush(30)

        def work() -> None:
            os.environ["HEADRACE_MODE"] = "offline"
            actor = self._helper(run_id)
            for _ in range(self._plan.calls):
                actor.log()

        for _ in range(self._plan.leave):
            os.waitpid(self._fork(work), 0)
        os._exit(0)  # before anything looks for what the children left

    def _pause(self) -> None:
        time.sleep(self._chance.expovariate(1 / self._plan.pause))

    def _stopped(self) -> bool:
        return os.path.exists(self._plan.stop)


class DiskFull:
    """A disk that takes no more for some calls, by the limit on the size of a file.

    Args:
        chance: When that begins, how long it lasts, and how much fits still.
        likelihood: Of its begin at a call.
        ledger: Told of each begin; what it writes itself is not limited.
    """

    def __init__(self, chance: random.Random, likelihood: float, ledger: Ledger) -> None:
        self._chance = chance
        self._likelihood = likelihood
        self._ledger = ledger
        self._calls = 0

    @contextlib.contextmanager
    def around_call(self) -> Iterator[None]:
        """Make a call while the disk is in its present state."""
        if not self._calls and self._chance.random() < self._likelihood:
            self._calls = self._chance.randrange(1, 12)
            self._ledger.note("disk full")
        if not self._calls:
            yield
            return
        self._calls -= 1
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._room(), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    def _room(self) -> int:
        """Return the size of a segment that this process has open, and a bit of a frame."""
        sizes = [0]
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                place = Path("/proc/self/fd", name)
                if os.readlink(place).endswith(".seg"):
                    sizes.append(place.stat().st_size)
        return max(sizes) + self._chance.randrange(0, 80)


def shrink(seed: int) -> None:
    """Make batches and segments small, so that there are many of them to go wrong."""
    chance = random.Random(seed)
    consignment.MAX_POINTS = chance.choice([20, 100, 10_000])
    segments.SEGMENT_SIZE = chance.choice([2_000, 16_000, 1 << 24])


if __name__ == "__main__":
    faulthandler.enable()
    plan = Plan(**json.loads(sys.argv[1]))
    if not plan.context:
        os.environ["HEADRACE_CONTEXT_EXCLUDE"] = "all"
    shrink(plan.seed)
    segments.SEGMENT_SIZE = plan.segment or segments.SEGMENT_SIZE
    Trainer(plan).run()
