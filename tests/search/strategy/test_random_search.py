"""Searches: what they try depends on the seed alone, they end when told to, and keep what they have found."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from search.strategy.random_search import Budget, Progress, random_search

from machine.errors import UserError
from problems.knobs import KnobValue
from search.bounds.bound import Bound
from search.bounds.work_bound import lower_bound
from search.processes.workers import InProcess, open_runner
from search.scheduling.decide import decide
from search.scheduling.justification import justify
from search.scheduling.policy import default_policy
from search.strategy.batch_run import BatchResult
from search.strategy.sampler import BATCH_TRIALS, BatchRequest, Finding
from search.tasks.building import build_prepared
from search.tasks.task import TaskName
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, SMALL_TREE, task_name


def run(
    name: TaskName,
    budget: Budget,
    seed: int = 0,
    workers: int = 0,
    fixed: dict[str, KnobValue] | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    with open_runner(workers) as runner:
        return random_search(name.load(), name, fixed or {}, budget, seed, runner, watch)


@pytest.mark.slow
def test_the_same_seed_and_trials_give_the_same_best_whatever_the_workers() -> None:
    """Twenty batches, so that the third generation draws on findings that came in in another order."""
    found = [run(SMALL_TREE, Budget(None, 20 * BATCH_TRIALS - 5), seed=3, workers=workers) for workers in (0, 1, 2)]
    assert [progress.trials for progress in found] == [20 * BATCH_TRIALS - 5] * 3
    assert found[0].best == found[1].best == found[2].best
    assert found[0].bound == found[1].bound == found[2].bound
    assert found[0].failures == found[1].failures == found[2].failures


def test_the_best_can_be_made_again_and_its_bound_is_of_its_own_graph() -> None:
    progress = run(SMALL_TREE, Budget(None, 9 * BATCH_TRIALS))
    assert progress.best is not None
    prepared, policy = build_prepared(SMALL_TREE.load(), progress.best.knobs), progress.best.policy
    assert justify(prepared, decide(prepared, policy), policy.engine_order).cycles == progress.best.cycles
    assert progress.bound == lower_bound(prepared)


def test_another_seed_tries_something_else() -> None:
    first, second = (run(SMALL_TREE, Budget(None, 4 * BATCH_TRIALS), seed=seed) for seed in (1, 2))
    assert first.best
    assert second.best
    assert first.best.policy != second.best.policy


def test_a_search_of_more_batches_is_never_worse() -> None:
    """Within a batch it may be: the best list schedule of more need not be the one that justification gains most on."""
    best = [run(SMALL_TREE, Budget(None, batches * BATCH_TRIALS)).best for batches in (1, 2, 4, 8)]
    cycles = [finding.cycles for finding in best if finding]
    assert len(cycles) == 4
    assert cycles == sorted(cycles, reverse=True)


@pytest.mark.parametrize("trials", [1, BATCH_TRIALS, BATCH_TRIALS + 1, 3 * BATCH_TRIALS])
def test_exactly_as_many_trials_as_asked_for_are_made(trials: int) -> None:
    assert run(DOUBLING, Budget(None, trials)).trials == trials


def test_no_trials_find_nothing() -> None:
    progress = run(DOUBLING, Budget(None, 0))
    assert (progress.best, progress.trials) == (None, 0)


def test_a_search_ends_when_its_time_is_over() -> None:
    budget = Budget(0.4, None)
    progress = run(DOUBLING, budget)
    assert progress.best is not None
    assert budget.search_seconds is not None
    assert budget.search_seconds <= progress.seconds < 5


def test_a_first_result_is_waited_for() -> None:
    assert run(DOUBLING, Budget(0.0, None)).best is not None


def test_whichever_limit_comes_first_ends_a_search() -> None:
    assert run(DOUBLING, Budget(1000.0, 40)).trials == 40
    assert run(DOUBLING, Budget(0.2, 10**9)).seconds < 5


def test_a_search_without_a_limit_is_refused() -> None:
    with pytest.raises(UserError, match="give a search a time limit or a number of trials"):
        run(DOUBLING, Budget(None, None))


def test_an_interrupt_keeps_the_best() -> None:
    seen: list[Finding | None] = []

    def interrupt(progress: Progress) -> None:
        seen.append(progress.best)
        if len(seen) == 3:
            raise KeyboardInterrupt

    progress = run(SMALL_TREE, Budget(None, 100 * BATCH_TRIALS), watch=interrupt)
    assert progress.interrupted
    assert progress.trials == 3 * BATCH_TRIALS
    assert progress.best == seen[-1] is not None


def test_an_interrupt_before_the_first_result_finds_nothing() -> None:
    class Interrupted(InProcess):
        def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            raise KeyboardInterrupt

    progress = random_search(DOUBLING.load(), DOUBLING, {}, Budget(None, 5), 0, Interrupted(), lambda progress: None)
    assert (progress.interrupted, progress.best, progress.trials) == (True, None, 0)


def test_failures_are_counted_by_name_and_the_rest_goes_on() -> None:
    progress = run(task_name("Choosy"), Budget(None, 30 * BATCH_TRIALS))
    assert progress.best is not None
    assert progress.best.knobs["kind"] == "plain"
    assert set(progress.failures) == {"GraphError", "ScratchExceededError"}
    assert all(count % BATCH_TRIALS == 0 for count in progress.failures.values())


def test_a_search_in_which_every_trial_fails_says_so() -> None:
    progress = run(task_name("Choosy"), Budget(None, 40), fixed={"kind": "large"})
    assert (progress.best, progress.bound, progress.trials) == (None, None, 40)
    assert progress.failures == {"ScratchExceededError": 40}


@pytest.mark.parametrize("workers", [0, 1])
def test_a_wrong_program_is_never_a_best_and_counted_by_name(workers: int) -> None:
    progress = run(task_name("Wrong"), Budget(None, 40), workers=workers)
    assert progress.best is None
    assert progress.failures["WrongOutputError"] > 0


def test_fixed_knobs_stay_fixed_and_the_others_are_searched() -> None:
    requests: list[BatchRequest] = []

    class Noting(InProcess):
        def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            request = args[1]
            requests.append(request)
            finding = Finding(100, request.number, request.knobs, default_policy(TAKEHOME))
            return super().submit(BatchResult, request, finding, Bound(1, "none"), request.trials, {})

    name, budget = task_name("Choosy"), Budget(None, 40 * BATCH_TRIALS)
    random_search(name.load(), name, {"kind": "plain"}, budget, 0, Noting(), lambda progress: None)
    assert {request.knobs["kind"] for request in requests} == {"plain"}
    assert len({request.knobs["idle"] for request in requests}) > 4
    assert [request.number for request in requests] == list(range(40))


def test_the_watch_sees_trials_grow() -> None:
    seen: list[int] = []
    run(DOUBLING, Budget(None, 3 * BATCH_TRIALS), watch=lambda progress: seen.append(progress.trials))
    assert seen == [BATCH_TRIALS, 2 * BATCH_TRIALS, 3 * BATCH_TRIALS]


def test_of_two_findings_of_the_same_cycles_the_earlier_asked_stands() -> None:
    request = BatchRequest(0, "0", {}, None, 1)
    progress, policy = Progress(), default_policy(TAKEHOME)
    for number, cycles in ((5, 90), (2, 90), (7, 90), (3, 95)):
        finding = Finding(cycles, number, {}, policy)
        progress.note(BatchResult(request, finding, Bound(number, "of its own graph"), 1, {}))
    assert progress.best == Finding(90, 2, {}, policy)
    assert progress.bound == Bound(2, "of its own graph")
