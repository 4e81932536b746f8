"""Random search: what it tries depends on the seed alone, it ends when told to, and keeps what it has found."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import pytest

from problems.knobs import KnobValue
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.processes.workers import InProcess, open_runner
from search.scheduling.decide import decide
from search.scheduling.incumbent import incumbent_of
from search.scheduling.justification import justify
from search.scheduling.policy import Policy, default_policy
from search.strategy.batch_run import BatchResult
from search.strategy.budget import Budget
from search.strategy.progress import Progress
from search.strategy.sampler import BATCH_SCHEDULES, BatchRequest, Finding
from search.strategy.solution import Solution
from search.strategy.stage import StageEnding
from search.strategy.stages.random_stage import RandomStage, _Batches
from search.tasks.building import build_prepared
from search.tasks.task import TaskName
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, SMALL_TREE, task_name
from tests.search.strategy.cases import Tell, assert_sound, context_of, essence, run_stage, start_of, watched


@dataclass(frozen=True)
class Ran:
    """What a random search came to, and where its progress stood."""

    solution: Solution | None
    ending: StageEnding
    progress: Progress

    @property
    def best(self) -> Solution:
        assert self.solution is not None
        return self.solution


def run(
    name: TaskName,
    budget: Budget,
    seed: int = 0,
    workers: int = 0,
    fixed: dict[str, KnobValue] | None = None,
    tell: Tell = lambda progress: None,
    start: Solution | None = None,
) -> Ran:
    watch = watched(tell)
    with open_runner(workers) as runner:
        context = context_of(name, seed=seed, fixed=fixed, runner=runner)
        end = run_stage(RandomStage(), budget, context=context, start=start, watch=watch)
    return Ran(end.solution, end.ending, watch.progress)


def batches(count: int) -> Budget:
    return Budget(schedules=count * BATCH_SCHEDULES)


def what_led_to(solution: Solution) -> tuple[dict[str, KnobValue], Policy | None, object, Bound]:
    return solution.knobs, solution.policy, essence(solution.incumbent.decision), solution.bound


@pytest.mark.slow
def test_the_same_seed_and_schedules_give_the_same_best_whatever_the_workers() -> None:
    """Twenty batches, so that the third generation draws on findings that came in in another order."""
    schedules = 20 * BATCH_SCHEDULES - 5
    found = [run(SMALL_TREE, Budget(schedules=schedules), seed=3, workers=workers) for workers in (0, 1, 2)]
    assert [ran.progress.schedules for ran in found] == [schedules] * 3
    assert what_led_to(found[0].best) == what_led_to(found[1].best) == what_led_to(found[2].best)
    assert found[0].progress.failures == found[1].progress.failures == found[2].progress.failures


def test_the_best_can_be_made_again_and_its_bound_is_of_its_own_graph() -> None:
    best = run(SMALL_TREE, batches(9)).best
    prepared, policy = build_prepared(SMALL_TREE.load(), best.knobs), best.policy
    assert policy is not None
    again = justify(prepared, incumbent_of(prepared.flat, decide(prepared, policy), policy.engine_order))
    assert essence(again.decision) == essence(best.incumbent.decision)
    assert best.bound == lower_bound(prepared)
    assert_sound(best)


def test_another_seed_tries_something_else() -> None:
    larger = replace(SMALL_TREE, shape="height=3,rounds=4,batch=32")
    first, second = (run(larger, batches(4), seed=seed).best for seed in (1, 2))
    assert first.policy != second.policy


def test_a_search_of_more_batches_is_never_worse() -> None:
    """Within a batch it may be: the best list schedule of more need not be the one that justification gains most on."""
    cycles = [run(SMALL_TREE, batches(count)).best.cycles for count in (1, 2, 4, 8)]
    assert cycles == sorted(cycles, reverse=True)


@pytest.mark.parametrize("schedules", [1, BATCH_SCHEDULES, BATCH_SCHEDULES + 1, 3 * BATCH_SCHEDULES])
def test_exactly_as_many_schedules_as_asked_for_are_tried(schedules: int) -> None:
    assert run(DOUBLING, Budget(schedules=schedules)).progress.schedules == schedules


def test_a_budget_without_schedules_is_one_schedule() -> None:
    """Half of one schedule, rounded, is none; a search that finds nothing would be no use to anybody."""
    ran = run(DOUBLING, Budget(schedules=0))
    assert (ran.best.policy, ran.progress.schedules) == (default_policy(TAKEHOME), 1)


def test_a_search_ends_when_its_time_is_over() -> None:
    ran = run(SMALL_TREE, Budget(0.1))
    assert ran.solution is not None
    assert ran.ending is StageEnding.CUT_SHORT
    assert 0.1 <= ran.progress.seconds < 5


def test_a_first_result_is_waited_for() -> None:
    assert run(DOUBLING, Budget(0.0)).solution is not None


def test_whichever_limit_comes_first_ends_a_search() -> None:
    assert run(SMALL_TREE, Budget(1000.0, 40)).progress.schedules == 40
    assert run(DOUBLING, Budget(0.2, 10**9)).progress.seconds < 5


def test_an_interrupt_keeps_the_best() -> None:
    seen: list[int | None] = []

    def interrupt(progress: Progress) -> None:
        seen.append(progress.cycles)
        if len(seen) == 3:
            raise KeyboardInterrupt

    ran = run(SMALL_TREE, batches(100), tell=interrupt)
    assert ran.ending is StageEnding.INTERRUPTED
    assert ran.progress.schedules == 3 * BATCH_SCHEDULES
    assert ran.best.cycles == seen[-1]


def test_an_interrupt_before_the_first_result_finds_nothing() -> None:
    class Interrupted(InProcess):
        def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            raise KeyboardInterrupt

    watch = watched()
    context = context_of(DOUBLING, runner=Interrupted())
    end = run_stage(RandomStage(), Budget(schedules=5), context=context, watch=watch)
    assert (end.ending, end.solution, watch.progress.schedules) == (StageEnding.INTERRUPTED, None, 0)


def test_failures_are_counted_by_name_and_the_rest_goes_on() -> None:
    ran = run(task_name("Choosy"), batches(30))
    assert ran.best.knobs["kind"] == "plain"
    assert set(ran.progress.failures) == {"GraphError", "ScratchExceededError"}
    assert all(count % BATCH_SCHEDULES == 0 for count in ran.progress.failures.values())


def test_a_search_in_which_every_schedule_fails_says_so() -> None:
    ran = run(task_name("Choosy"), Budget(schedules=40), fixed={"kind": "large"})
    assert (ran.solution, ran.progress.cycles, ran.progress.schedules) == (None, None, 40)
    assert ran.progress.failures == {"ScratchExceededError": 40}


@pytest.mark.parametrize("workers", [0, 1])
def test_a_wrong_program_is_never_a_best_and_counted_by_name(workers: int) -> None:
    ran = run(task_name("Wrong"), Budget(schedules=40), workers=workers)
    assert ran.solution is None
    assert ran.progress.failures["WrongOutputError"] > 0


class Answering(InProcess):
    """Answers batches with findings of some cycles, the last again and again; keeps what it was asked for."""

    def __init__(self, *cycles: int, bound: int | None = None) -> None:
        super().__init__()
        self._bound = bound
        self.requests: list[BatchRequest] = []
        self._cycles = self._given(cycles)

    @staticmethod
    def _given(cycles: tuple[int, ...]) -> Iterator[int]:
        yield from cycles
        while True:
            yield cycles[-1]

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        request = args[1]
        self.requests.append(request)
        finding = Finding(next(self._cycles), request.number, request.knobs, default_policy(TAKEHOME))
        bound = Bound(request.number if self._bound is None else self._bound, "of its own graph")
        return super().submit(BatchResult, request, request.schedules, finding, bound, {})


def test_fixed_knobs_stay_fixed_and_the_others_are_searched() -> None:
    runner = Answering(100)
    context = context_of(task_name("Choosy"), fixed={"kind": "plain"}, runner=runner)
    run_stage(RandomStage(), batches(40), context=context)
    assert {request.knobs["kind"] for request in runner.requests} == {"plain"}
    assert len({request.knobs["idle"] for request in runner.requests}) > 4
    assert [request.number for request in runner.requests] == list(range(40))


def test_of_two_findings_of_the_same_cycles_the_earlier_asked_stands() -> None:
    runner = Answering(95, 90, 90, 90)
    end = run_stage(RandomStage(), batches(4), context=context_of(task_name("Choosy"), runner=runner))
    assert end.solution is not None
    assert end.solution.knobs == runner.requests[1].knobs
    assert end.solution.bound == Bound(1, "of its own graph")


def test_a_start_that_nothing_beats_comes_back_as_it_is() -> None:
    start = run(SMALL_TREE, batches(8)).best
    assert run(SMALL_TREE, batches(1), seed=5, start=start).best is start
    assert run(SMALL_TREE, batches(8), start=start_of()).best.cycles == start.cycles < start_of().cycles


def test_the_watch_sees_schedules_grow() -> None:
    seen: list[int] = []
    run(DOUBLING, batches(3), tell=lambda progress: seen.append(progress.schedules))
    assert seen == [BATCH_SCHEDULES, 2 * BATCH_SCHEDULES, 3 * BATCH_SCHEDULES]


@pytest.mark.parametrize(("bound", "batches_run"), [(90, 42), (89, None)])
def test_where_time_is_the_limit_a_best_that_meets_its_bound_is_soon_the_end(
    bound: int, batches_run: int | None
) -> None:
    runner = Answering(95, 90, bound=bound)
    end = run_stage(RandomStage(), Budget(seconds=2.0), context=context_of(task_name("Choosy"), runner=runner))
    assert end.solution is not None
    assert (len(runner.requests) == batches_run) == (batches_run is not None)


def test_a_start_that_meets_its_bound_is_soon_the_end_too() -> None:
    start = replace(start_of(), bound=replace(start_of().bound, cycles=start_of().cycles))
    runner = Answering(start.cycles + 5)
    end = run_stage(RandomStage(), Budget(seconds=60.0), context=context_of(runner=runner), start=start)
    assert (end.solution, len(runner.requests)) == (start, 40)


@pytest.mark.parametrize(("cycles", "batches_run"), [([95, 90], 52), ([*[95] * 40, *[92] * 40, 90], 162)])
def test_patience_ends_with_as_many_batches_in_vain_as_have_led_to_the_best(
    cycles: list[int], batches_run: int
) -> None:
    runner = Answering(*cycles, bound=10)
    context = context_of(task_name("Choosy"), runner=runner)
    run_stage(RandomStage(patience=50), Budget(seconds=60.0), context=context)
    assert len(runner.requests) == batches_run


def test_counted_batches_are_run_whatever_the_patience() -> None:
    runner = Answering(90, bound=10)
    run_stage(RandomStage(patience=5), batches(40), context=context_of(task_name("Choosy"), runner=runner))
    assert len(runner.requests) == 40


def test_where_no_knob_is_free_a_schedule_that_meets_the_bound_is_the_end_at_once() -> None:
    fixed = {knob.name: knob.default for knob in context_of(task_name("Choosy")).knobs}
    runner = Answering(95, 90, bound=90)
    context = context_of(task_name("Choosy"), fixed=fixed, runner=runner)
    run_stage(RandomStage(), Budget(seconds=60.0), context=context)
    assert len(runner.requests) == 2


def test_of_two_findings_of_the_same_cycles_one_that_is_proven_is_the_best_where_time_is_the_limit() -> None:
    first, second = (Finding(90, number, {"kind": "plain", "idle": 5}, default_policy(TAKEHOME)) for number in (0, 1))
    batches = _Batches(context_of(task_name("Choosy")), None, Budget(seconds=1.0), watched(), None)
    for found, bound in ((second, 90), (first, 80)):
        request = BatchRequest(found.number, "", found.knobs, None, 1)
        batches._take_in(BatchResult(request, 1, found, Bound(bound, "of its own graph"), {}))
    assert (batches.best, batches.bound) == (second, Bound(90, "of its own graph"))
