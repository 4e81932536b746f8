"""Local search on all workers: in rounds, each of which starts from the best of the one before."""

from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace

from search.processes.workers import Runner
from search.scheduling.incumbent import Keyed
from search.strategy.batch import run_local_search
from search.strategy.random_search import Budget, Progress, Watch
from search.tasks.task import TaskName

ROUND_SEARCHES = 4
"""Searches in a round, whatever the workers, so that the result depends on the seed alone."""

SEARCH_TRIALS = 100
"""Moves in one of them; fewer where the budget ends."""


def improve_locally(
    name: TaskName, start: Keyed, budget: Budget, seed: int, runner: Runner, progress: Progress, watch: Watch
) -> None:
    """Improve ``progress.best`` until the budget is spent; Ctrl-C ends it.

    Args:
        name: the task.
        start: the decision of ``progress.best``.
        budget: seconds count from the start of ``progress``, trials from here.
        seed: of the moves.
        runner: runs the searches.
        progress: is kept up to date.
        watch: is told of progress.
    """
    tried = rounds = 0
    state = start
    try:
        while not _is_late(budget, progress):
            left = SEARCH_TRIALS if budget.trials is None else (budget.trials - tried) // ROUND_SEARCHES
            trials = min(SEARCH_TRIALS, left)
            if trials == 0:
                return
            searches = _round(name, state, budget, trials, f"{seed}:{rounds}", runner, progress, watch)
            if searches is None:
                return
            tried += ROUND_SEARCHES * trials
            rounds += 1
            shortest = min(found.cycles for found in searches)
            state = next(found for found in searches if found.cycles == shortest)
            _note(progress, state)
    except KeyboardInterrupt:
        progress.interrupted = True


def _round(
    name: TaskName,
    state: Keyed,
    budget: Budget,
    trials: int,
    seed: str,
    runner: Runner,
    progress: Progress,
    watch: Watch,
) -> list[Keyed] | None:
    """One round, each search of so many trials; ``None`` if time ran out, what was found by then being noted."""
    finding = progress.best
    assert finding is not None
    running: dict[Future[Keyed], int] = {}
    found: dict[int, Keyed] = {}
    try:
        for number in range(ROUND_SEARCHES):
            future = runner.submit(run_local_search, name, finding, state, trials, f"{seed}:{number}")
            running[future] = number
        while running:
            done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                result = future.result()
                found[running.pop(future)] = result
                progress.trials += trials
                if budget.search_seconds is not None:
                    _note(progress, result)
            watch(progress)
            if running and _is_late(budget, progress):
                return None
    finally:
        for future in running:
            future.cancel()
    return [found[number] for number in range(ROUND_SEARCHES)]


def _is_late(budget: Budget, progress: Progress) -> bool:
    return budget.search_seconds is not None and progress.seconds >= budget.search_seconds


def _note(progress: Progress, state: Keyed) -> None:
    if progress.best is not None and state.cycles < progress.best.cycles:
        progress.best = replace(progress.best, cycles=state.cycles)
        progress.decision = state.decision
