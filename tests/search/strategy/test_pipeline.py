"""Stages in a row: none makes a schedule longer, the same seed gives the same, and Ctrl-C keeps the best."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest

from machine.errors import UserError
from search.bounds.bound import Bound
from search.processes.workers import Runner, open_runner
from search.strategy.budget import Budget
from search.strategy.pipeline import run_stages
from search.strategy.progress import Progress, Watch
from search.strategy.registry import STAGES
from search.strategy.solution import Solution
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding
from search.strategy.step import GraphSize, Step, parse_steps
from tests.search.cases import with_scratch
from tests.search.problems import task_name
from tests.search.strategy.cases import assert_sound, context_of, essence, start_of, watched

COUNTED = Budget(schedules=120, work=0.5)
"""Enough for each stage to do something, and little enough to do it soon."""

MOST_CALLS = 6


COUNTABLE = [name for name, stage in STAGES.items() if stage.measure is not Measure.TIME]


def only(stage: Stage) -> tuple[Step, ...]:
    return (Step(stage, 1.0, 1.0, 0.5, 10.0),)


def whole(name: str) -> tuple[Step, ...]:
    return only(STAGES[name]())


@dataclass
class Asked:
    """What stages were given, in the order in which they ran."""

    budgets: list[Budget] = field(default_factory=list)
    starts: list[Solution | None] = field(default_factory=list)


@dataclass(frozen=True)
class Noting(Stage):
    """Finds nothing, and notes what it was given."""

    name = "noting"
    summary = "notes"

    asked: Asked
    ending: StageEnding = StageEnding.COMPLETED

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        self.asked.budgets.append(budget)
        self.asked.starts.append(start)
        return StageEnd(start, self.ending)


@dataclass(frozen=True)
class NotingSchedules(Noting):
    """The same for a stage that counts schedules, and tries all but a few."""

    measure = Measure.SCHEDULES
    few: int = 0

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        watch.progress.schedules += (budget.schedules or 0) - self.few
        return super().run(context, start, budget, watch)


@dataclass(frozen=True)
class NotingWork(Noting):
    """The same for a stage whose work is counted."""

    measure = Measure.WORK


@dataclass(frozen=True)
class NotingDraws(Noting):
    """The same for a stage that draws graphs of its own."""

    needs_start = False


# What holds of every registered stage


@pytest.mark.parametrize("name", COUNTABLE)
def test_every_stage_gives_a_sound_solution_no_worse_than_its_start(name: str) -> None:
    start, watch = start_of(), watched()
    run = run_stages(context_of(), whole(name), start, COUNTED, watch)
    assert run.solution is not None
    assert run.solution.cycles <= start.cycles
    assert run.solution.prepared is not start.prepared or run.solution.bound.cycles >= start.bound.cycles
    assert (watch.progress.cycles, watch.progress.bound) == (run.solution.cycles, run.solution.bound)
    assert [(each.name, each.before, each.after) for each in run.stages] == [(name, start.cycles, run.solution.cycles)]
    assert run.is_repeatable
    assert_sound(run.solution)


def test_a_stage_that_knows_time_alone_is_passed_over_where_schedules_are_counted() -> None:
    assert run_stages(context_of(), whole("bound"), start_of(), COUNTED, watched()).stages == ()


@pytest.fixture(scope="module")
def runners() -> Iterator[list[Runner]]:
    """None, one and two workers; as in a session, one stage after the other uses them."""
    with ExitStack() as stack:
        yield [stack.enter_context(open_runner(workers)) for workers in (0, 1, 2)]


@pytest.mark.slow
@pytest.mark.parametrize("name", STAGES)
def test_every_stage_gives_the_same_for_the_same_seed_and_counted_budget_whatever_the_workers(
    name: str, runners: list[Runner]
) -> None:
    found = []
    for runner in runners:
        run = run_stages(context_of(seed=3, runner=runner), whole(name), start_of(), COUNTED, watched())
        assert run.solution is not None
        assert run.is_repeatable
        found.append((essence(run.solution.incumbent.decision), run.solution.knobs, run.solution.bound))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("name", STAGES)
def test_an_interrupt_at_any_call_of_the_watch_keeps_the_best_that_was_told(name: str) -> None:
    for last in range(1, MOST_CALLS):
        calls: Counter[str] = Counter()

        def interrupt(progress: Progress, last: int = last, calls: Counter[str] = calls) -> None:
            calls["all"] += 1
            if calls["all"] == last:
                raise KeyboardInterrupt

        watch = watched(interrupt)
        run = run_stages(context_of(), whole(name), start_of(), COUNTED, watch)
        assert run.solution is not None
        if calls["all"] < last:
            assert not run.is_interrupted
            return
        assert run.is_interrupted
        assert not run.is_repeatable
        assert run.solution.cycles == (watch.progress.cycles or start_of().cycles) <= start_of().cycles
        assert_sound(run.solution)


@pytest.mark.parametrize("name", COUNTABLE)
def test_an_interrupt_in_the_midst_of_a_stage_keeps_its_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> StageEnd:
        raise KeyboardInterrupt

    monkeypatch.setattr(STAGES[name], "run", interrupt)
    run = run_stages(context_of(), (*whole(name), *whole("justification")), start_of(), COUNTED, watched())
    assert run.solution is start_of()
    assert [each.name for each in run.stages] == [name]
    assert run.is_interrupted
    with pytest.raises(KeyboardInterrupt):
        run.uninterrupted()


@pytest.mark.parametrize("name", [name for name, stage in STAGES.items() if not stage.needs_start])
def test_a_stage_that_needs_no_start_begins_with_nothing(name: str) -> None:
    run = run_stages(context_of(), whole(name), None, COUNTED, watched())
    assert run.solution is not None
    assert run.stages[0].before is None
    assert_sound(run.solution)


@pytest.mark.parametrize("name", [name for name, stage in STAGES.items() if not stage.needs_start])
def test_where_a_stage_finds_nothing_its_start_stands(name: str) -> None:
    """Schedules that fail do not end a search that has a schedule already."""
    choosy = task_name("Choosy")
    start = start_of(choosy)
    beside = replace(start, prepared=with_scratch(start.prepared, 1))
    run = run_stages(context_of(choosy, fixed={"kind": "large"}), whole(name), beside, COUNTED, watched())
    assert run.solution is beside


# Order and shares


@pytest.mark.usefixtures("unproven")
def test_stages_run_in_their_order_each_from_where_the_one_before_ended() -> None:
    run = run_stages(context_of(), parse_steps("list:0.1,justification,moves,windows"), None, COUNTED, watched())
    assert [each.name for each in run.stages] == ["list", "justification", "moves", "windows"]
    assert run.method == "list, then justification, then moves, then windows"
    assert run.stages[0].before is None
    for before, after in zip(run.stages, run.stages[1:], strict=False):
        assert after.before == before.after
    assert run.solution is not None
    assert run.solution.cycles == run.stages[-1].after


@pytest.mark.usefixtures("unproven")
def test_a_stage_may_come_twice() -> None:
    start = replace(start_of(), bound=Bound(1, "hardly anything is proven"))
    run = run_stages(context_of(), parse_steps("moves:0.3,justification,moves:0.3"), start, COUNTED, watched())
    assert [each.name for each in run.stages] == ["moves", "justification", "moves"]


def test_schedules_are_shared_out_to_the_last_one() -> None:
    asked = Asked()
    steps = tuple(Step(NotingSchedules(asked), 1 / 3, 1 / 3) for _ in range(3))
    watch = watched()
    watch.progress.schedules = 7  # of an earlier list of steps
    run_stages(context_of(), steps, start_of(), Budget(schedules=100), watch)
    assert [budget.schedules for budget in asked.budgets] == [33, 34, 33]
    assert [budget.seconds for budget in asked.budgets] == [None] * 3


def test_schedules_that_stages_leave_or_pay_for_work_are_counted() -> None:
    asked = Asked()
    thrifty, others = NotingSchedules(asked, few=5), NotingSchedules(asked)
    steps = (
        Step(Noting(asked), 0.2, 0.2),
        Step(thrifty, 0.2, 0.2),
        Step(NotingWork(asked), 0.2, 0.2, work=6.0),
        Step(NotingWork(asked), 0.2, 0.2),
        Step(others, 0.2, 0.2),
    )
    run_stages(context_of(), steps, start_of(), Budget(schedules=100), watched())
    assert [budget.schedules for budget in asked.budgets] == [20, 40, 25, 40]  # one has no work, and is passed over


@pytest.mark.usefixtures("unproven")
def test_all_schedules_are_tried_where_a_stage_between_counts_none() -> None:
    watch = watched()
    run_stages(context_of(), parse_steps("random,justification,moves"), None, Budget(schedules=30), watch)
    assert watch.progress.schedules == 30


def test_time_that_a_stage_leaves_goes_to_the_next() -> None:
    asked = Asked()
    steps = tuple(Step(Noting(asked), seconds) for seconds in (0.5, 0.25, 0.25))
    run_stages(context_of(), steps, start_of(), Budget(8.0), watched())
    assert [budget.seconds for budget in asked.budgets] == pytest.approx([4.0, 6.0, 8.0], abs=0.5)
    assert [(budget.schedules, budget.work) for budget in asked.budgets] == [(None, None)] * 3


def test_each_stage_is_told_before_it_begins() -> None:
    told: list[tuple[str, int]] = []
    asked = Asked()
    watch = watched(lambda progress: told.append((progress.stage, len(asked.budgets))))
    run_stages(context_of(), (Step(Noting(asked), 1.0),), start_of(), Budget(9.0), watch)
    assert ("noting", 0) in told


def test_no_stage_begins_after_the_time_once_there_is_a_schedule() -> None:
    asked = Asked()
    steps = (*parse_steps("random:0.5"), Step(Noting(asked), 0.5))
    run = run_stages(context_of(), steps, None, Budget(0.0), watched())
    assert run.solution is not None
    assert ([stage.name for stage in run.stages], asked.budgets) == (["random"], [])


def test_work_is_the_steps_own_where_schedules_are_counted_and_time_is_not() -> None:
    asked = Asked()
    steps = (Step(NotingWork(asked), work=3.0), Step(NotingWork(asked), windows=1.0), Step(NotingWork(asked)))
    run_stages(context_of(), steps, start_of(), Budget(schedules=2000), watched())
    assert [budget.work for budget in asked.budgets] == [6.0, 1.0]  # the third has nothing to do it with
    asked.budgets.clear()
    run_stages(context_of(), steps, start_of(), Budget(schedules=2000, work=0.7), watched())
    assert [budget.work for budget in asked.budgets] == [0.7] * 3
    asked.budgets.clear()
    run_stages(context_of(), steps, start_of(), Budget(8.0, 2000), watched())
    assert [budget.work for budget in asked.budgets] == [None] * 3


def test_an_interrupted_stage_is_the_last() -> None:
    asked = Asked()
    steps = only(Noting(asked)) + only(Noting(asked, StageEnding.INTERRUPTED)) + only(Noting(asked))
    run = run_stages(context_of(), steps, start_of(), COUNTED, watched())
    assert len(asked.starts) == 2
    assert (run.is_interrupted, run.is_repeatable) == (True, False)


def test_what_time_has_cut_short_cannot_be_repeated() -> None:
    asked = Asked()
    run = run_stages(context_of(), only(Noting(asked, StageEnding.CUT_SHORT)), start_of(), COUNTED, watched())
    assert (run.is_interrupted, run.is_repeatable) == (False, False)
    assert run.uninterrupted() is start_of()


def test_a_budget_that_limits_neither_time_nor_schedules_is_refused() -> None:
    for budget in (Budget(), Budget(work=1.0)):
        with pytest.raises(UserError, match="give a search a time limit or a number of schedules"):
            run_stages(context_of(), whole("moves"), start_of(), budget, watched())


# Which stages run


def test_a_schedule_that_is_proven_optimal_is_left_alone_by_stages_that_only_improve_it() -> None:
    asked = Asked()
    optimal = replace(start_of(), bound=Bound(start_of().cycles, "a proof"))
    steps = only(Noting(asked)) + only(NotingDraws(asked)) + only(Noting(asked))
    run = run_stages(context_of(), steps, optimal, COUNTED, watched())
    assert [each.name for each in run.stages] == ["noting"]
    assert asked.starts == [optimal]
    assert run.solution is optimal
    asked.starts.clear()
    run_stages(context_of(), steps, start_of(), COUNTED, watched())
    assert len(asked.starts) == 3


@pytest.mark.parametrize("name", [name for name, stage in STAGES.items() if stage.needs_start])
def test_every_such_stage_is_skipped_on_an_optimal_schedule(name: str) -> None:
    optimal = replace(start_of(), bound=Bound(start_of().cycles, "a proof"))
    run = run_stages(context_of(), whole(name), optimal, COUNTED, watched())
    assert (run.stages, run.solution, run.method) == ((), optimal, "")


def test_a_stage_that_is_skipped_leaves_its_schedules_to_the_next() -> None:
    """As it leaves its time."""
    asked = Asked()
    optimal = replace(start_of(), bound=Bound(start_of().cycles, "a proof"))
    steps = (Step(Noting(asked), 0.5, 0.5), Step(NotingDraws(asked), 0.5, 0.5))
    run_stages(context_of(), steps, optimal, Budget(schedules=100), watched())
    assert [budget.schedules for budget in asked.budgets] == [100]


def test_steps_for_graphs_of_another_size_are_skipped() -> None:
    asked = Asked()
    steps = tuple(Step(Noting(asked), size=size) for size in (GraphSize.SMALL, GraphSize.LARGE, GraphSize.ANY))
    assert len(run_stages(context_of(), steps, start_of(), COUNTED, watched()).stages) == 2


def test_a_stage_that_needs_a_start_is_skipped_where_there_is_none() -> None:
    asked = Asked()
    run = run_stages(context_of(), only(Noting(asked)), None, COUNTED, watched())
    assert (run.stages, run.solution, asked.starts) == ((), None, [])


def test_the_watch_is_told_of_the_end_of_every_stage() -> None:
    told: list[tuple[str, int | None]] = []
    watch = watched(lambda progress: told.append((progress.stage, progress.cycles)))
    run = run_stages(context_of(), parse_steps("list:0.1,justification,exact"), None, COUNTED, watch)
    ends = [(each.name, each.after) for each in run.stages]
    assert [line for line in dict.fromkeys(told) if line in ends] == ends
