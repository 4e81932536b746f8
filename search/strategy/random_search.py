"""The search over knobs and policies, on all workers, until time or trials are spent."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from machine.errors import UserError
from machine.graph.decision import Decision
from problems.knobs import KnobValue
from search.bounds.bound import Bound
from search.processes.workers import Runner
from search.strategy.batch import BatchResult, run_batch
from search.strategy.sampler import BATCH_TRIALS, Finding, Sampler
from search.tasks.task import Task, TaskName

_QUEUED_PER_WORKER = 2
_RESERVE_SECONDS = 6.0
_RESERVE_SHARE = 0.1


@dataclass(frozen=True)
class Budget:
    """When a search ends: after so many seconds, its winner's validation included, or trials, or at Ctrl-C."""

    seconds: float | None
    trials: int | None

    @property
    def search_seconds(self) -> float | None:
        """The seconds less what is kept for ending running batches and validating the winner."""
        return None if self.seconds is None else self.seconds - min(_RESERVE_SECONDS, _RESERVE_SHARE * self.seconds)

    def shared(self, share: float) -> "Budget":
        """A share of this budget."""
        seconds = None if self.search_seconds is None else self.search_seconds * share
        return Budget(seconds, None if self.trials is None else max(1, round(self.trials * share)))

    def rest(self, spent: float, until: float = 1.0) -> "Budget":
        """The trials left when a share is spent, and the seconds until another; these still count from the start."""
        trials = None if self.trials is None else max(0, self.trials - (self.shared(spent).trials or 0))
        return Budget(self.shared(until).seconds, trials)


@dataclass
class Progress:
    """Where a search stands, for a live view and for the journal.

    ``decision`` is set where the best is not what its policy alone leads to.
    """

    started: float = field(default_factory=time.monotonic)
    best: Finding | None = None
    decision: Decision | None = None
    bound: Bound | None = None
    trials: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def note(self, result: BatchResult) -> None:
        """Take in a batch; the bound shown is that of the best one's graph."""
        self.trials += result.trials
        self.failures.update(result.failures)
        found = result.finding
        if found and (self.best is None or (found.cycles, found.number) < (self.best.cycles, self.best.number)):
            self.best, self.bound = found, result.bound


Watch = Callable[[Progress], None]
"""Called after each batch and about twice a second."""


def random_search(
    task: Task, name: TaskName, fixed: dict[str, KnobValue], budget: Budget, seed: int, runner: Runner, watch: Watch
) -> Progress:
    """Search; the same seed and number of trials give the same best, whatever the workers.

    Args:
        task: the task.
        name: the same, as it travels to workers.
        fixed: knobs the user has set.
        budget: when to end.
        seed: of knobs and policies.
        runner: runs the batches.
        watch: is told of progress.

    Raises:
        UserError: the budget has no limit.
    """
    if budget.seconds is None and budget.trials is None:
        raise UserError("give a search a time limit or a number of trials")
    knobs = task.problem.knobs(task.shape, task.category, task.machine)
    progress = Progress()
    running: dict[Future[BatchResult], int] = {}
    try:
        _run(runner, name, Sampler(knobs, fixed, seed), budget, progress, watch, running)
    except KeyboardInterrupt:
        progress.interrupted = True
    finally:
        for future in running:
            future.cancel()
    return progress


def _run(
    runner: Runner,
    name: TaskName,
    sampler: Sampler,
    budget: Budget,
    progress: Progress,
    watch: Watch,
    running: dict[Future[BatchResult], int],
) -> None:
    """Submit batches and take in results until the budget is spent; ``running`` holds those that have not ended."""
    number = asked = 0
    while True:
        late = budget.search_seconds is not None and progress.seconds >= budget.search_seconds
        # The batch of the defaults is waited for: what others draw may be far worse, and compiling can eat the time.
        spent = late and progress.trials > 0 and 0 not in running.values()
        while not spent and len(running) < max(1, _QUEUED_PER_WORKER * runner.workers):
            left = BATCH_TRIALS if budget.trials is None else min(BATCH_TRIALS, budget.trials - asked)
            request = sampler.ask(number, left) if left > 0 else None
            if request is None:
                break
            to_beat = progress.best.cycles if progress.best else None
            running[runner.submit(run_batch, name, request, to_beat)] = number
            number, asked = number + 1, asked + left
        if not running or spent:
            return
        done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in done:
            result = future.result()
            del running[future]
            sampler.tell(result.request.number, result.finding)
            progress.note(result)
        watch(progress)
