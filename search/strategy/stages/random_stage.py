"""The stage that searches over knobs and policies, on all workers."""

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from problems.knobs import KnobValue
from search.bounds.bound import Bound
from search.strategy.batch_run import BatchResult, finding_solution, run_batch
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.sampler import BATCH_SCHEDULES, Finding, Sampler
from search.strategy.settled_knobs import settled_knobs
from search.strategy.solution import Solution, shorter
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding
from search.strategy.stopwatch import Stopwatch

_QUEUED_PER_WORKER = 2

_SETTLED_BATCHES = 40
"""Where time is the limit, a schedule that meets its graph's bound is the end after so many batches without a shorter
one: other settings of the knobs may still give graphs that need less."""


@dataclass(frozen=True)
class RandomStage(Stage):
    """Batches of list schedules: a setting of the knobs each, and many policies on its graph.

    Attributes:
        patience: where time is the limit, batches without a shorter schedule after which the time is better spent by
            others, unless it has taken as many to come so far; ``None`` to go on until the time is over.
    """

    name = "random"
    summary = "draws knobs and policies, and varies the best of them"
    measure = Measure.SCHEDULES
    needs_start = False

    patience: int | None = None

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        batches = _Batches(context, start, budget, watch, self.patience)
        ending = StageEnding.COMPLETED if budget.is_counted else StageEnding.CUT_SHORT
        try:
            batches.run()
        except KeyboardInterrupt:
            ending = StageEnding.INTERRUPTED
        finally:
            batches.cancel()
        return StageEnd(shorter(start, _solution(context, batches)), ending)


class _Batches:
    """The batches of one stage.

    Attributes:
        best: their best finding so far.
        bound: of its graph; ``None`` where no batch has proven one, as what it began with is no longer.
    """

    def __init__(
        self, context: Context, start: Solution | None, budget: Budget, watch: Watch, patience: int | None
    ) -> None:
        self.best: Finding | None = None
        self.bound: Bound | None = None
        self._context = context
        self._start = start
        self._to_beat = start.cycles if start else None
        self._budget = budget
        self._patience = patience
        self._stopwatch = Stopwatch(budget.seconds)
        self._watch = watch
        self._sampler = _sampler(context, start)
        self._running: dict[Future[BatchResult], int] = {}
        self._number = self._asked = self._ended = self._improved = 0

    def run(self) -> None:
        """Submit batches and take in results until the budget is spent."""
        while True:
            # The batch of the defaults is waited for: other draws may be far worse, and compiling can eat the time.
            is_over = self._stopwatch.is_over or self._is_settled
            spent = is_over and self._ended > 0 and 0 not in self._running.values()
            while not spent and len(self._running) < max(1, _QUEUED_PER_WORKER * self._context.runner.workers):
                if not self._submit():
                    break
            if not self._running or spent:
                return
            done, _ = wait(self._running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                del self._running[future]
                self._take_in(future.result())
            self._watch()

    @property
    def _is_settled(self) -> bool:
        """Whether more batches are hardly of use; never where schedules are counted."""
        in_vain = self._ended - self._improved
        if self._budget.is_counted:
            return False
        if self._meets_bound and (in_vain >= _SETTLED_BATCHES or not self._sampler.has_choices):
            return True
        return self._patience is not None and in_vain >= max(self._patience, self._improved)

    @property
    def _meets_bound(self) -> bool:
        """Whether the shortest schedule, which may be the one at the start, is as short as its graph allows."""
        if self._start is not None and (self.best is None or self.best.cycles >= self._start.cycles):
            return self._start.is_optimal
        return self.best is not None and _is_optimal(self.best, self.bound)

    def cancel(self) -> None:
        """Do not wait for what is still running."""
        for future in self._running:
            future.cancel()

    def _submit(self) -> bool:
        """Run the next batch; false if none can be asked for now."""
        most = self._budget.schedules
        left = BATCH_SCHEDULES if most is None else min(BATCH_SCHEDULES, max(1, most) - self._asked)
        request = self._sampler.ask(self._number, left) if left > 0 else None
        if request is None:
            return False
        future = self._context.runner.submit(run_batch, self._context.name, request, self._to_beat, self._stopwatch.end)
        self._running[future] = self._number
        self._number, self._asked = self._number + 1, self._asked + left
        return True

    def _take_in(self, result: BatchResult) -> None:
        self._ended += 1
        progress, found = self._watch.progress, result.finding
        progress.schedules += result.schedules
        progress.failures.update(result.failures)
        self._sampler.tell(result.request.number, found)
        if found is None:
            return
        if self.best is None or self._rank(found, result.bound) < self._rank(self.best, self.bound):
            self.best, self.bound = found, result.bound
            if result.bound is not None and (self._to_beat is None or found.cycles < self._to_beat):
                self._improved = self._ended
                self._to_beat = found.cycles
                self._watch.note(found.cycles, result.bound, lambda: _solution(self._context, self))

    def _rank(self, found: Finding, bound: Bound | None) -> tuple[int, bool, int]:
        """Fewer cycles are better; of as many those that are proven least, where nothing has to be repeatable."""
        is_open = not self._budget.is_counted and not _is_optimal(found, bound)
        return found.cycles, is_open, found.number


def _is_optimal(found: Finding, bound: Bound | None) -> bool:
    return bound is not None and found.cycles == bound.cycles


def _sampler(context: Context, start: Solution | None) -> Sampler:
    task, settled = context.task, settled_knobs(context)
    rules = task.problem.rules(task.shape, task.category, task.machine)
    return Sampler(context.knobs, settled, context.seed, rules, _finding(start, settled))


def _finding(start: Solution | None, settled: Mapping[str, KnobValue]) -> Finding | None:
    """The start, but with settled knobs, as a finding before all others; ``None`` where no policy leads to it."""
    if start is None or start.policy is None:
        return None
    return Finding(start.cycles, -1, {**start.knobs, **settled}, start.policy)


def _solution(context: Context, batches: _Batches) -> Solution | None:
    """The best finding, built again here."""
    return None if batches.best is None else finding_solution(context.task, batches.best, batches.bound)
