"""Plans of knobs: the linear program against what can be reckoned by hand, rounding, and whole plans."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from machine.model import load_machine
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, default_settings
from search.processes.workers import InProcess
from search.strategy.budget import Budget
from search.strategy.plan_trial import TRIAL_SCHEDULES, try_setting
from search.strategy.planning import Change, best_parts, cycles_of, other_values, planned, work_of
from search.strategy.progress import unwatched
from search.strategy.stage import Context
from search.strategy.stages.plan_stage import Planner, PlanStage
from search.tasks.building import build_graph
from tests.search.problems import SMALL_TREE, task_name

TAKEHOME = load_machine("takehome")
ENGINES = [engine.name for engine in TAKEHOME.scored_engines]


def kind(*implementations: dict[str, int]) -> tuple[tuple[int, ...], ...]:
    """A kind of operation, by slots of engines."""
    return tuple(tuple(slots.get(name, 0) for name in ENGINES) for slots in implementations)


FLOW, VALU, EITHER = kind({"flow": 1}), kind({"valu": 1}), kind({"valu": 1}, {"alu": 8})


def test_work_counts_operations_by_kind() -> None:
    task = SMALL_TREE.load()
    graph = build_graph(task, default_settings(task.problem.knobs(task.shape, task.category, task.machine)))
    work = work_of(graph)
    assert work.total() == len(graph.operations)
    assert all(len(row) == len(ENGINES) and sum(row) > 0 for found in work for row in found)


def test_cycles_are_those_of_the_busiest_engine_after_the_best_split() -> None:
    assert cycles_of(Counter({FLOW: 10}), TAKEHOME) == pytest.approx(10)
    assert cycles_of(Counter({VALU: 12}), TAKEHOME) == pytest.approx(2)
    assert cycles_of(Counter({EITHER: 75}), TAKEHOME) == pytest.approx(10)  # 6 slots of valu and 12 / 8 of alu


def test_a_part_is_taken_until_engines_are_equally_busy() -> None:
    """Ten selects on flow that may become products on valu: 10 (1 - x) = 10 x / 6."""
    groups = GroupsKnob("leaf", "none", "", 10)
    change = Change(groups, "all", 10, {FLOW: -10, VALU: 10})
    (part,) = best_parts(Counter({FLOW: 10}), [change], TAKEHOME)
    assert part == pytest.approx(6 / 7)
    assert planned({"leaf": "none"}, [change], [part]) == {"leaf": "even:9"}


def test_what_saves_nothing_is_not_changed_and_one_knob_takes_one_value() -> None:
    choice = ChoiceKnob("how", "a", "", ("a", "b", "c"))
    idle = Change(choice, "b", 1, {VALU: -1})
    assert best_parts(Counter({FLOW: 10, VALU: 6}), [idle], TAKEHOME) == [0.0]
    both = [Change(choice, "b", 1, {FLOW: -4}), Change(choice, "c", 1, {FLOW: -5})]
    assert best_parts(Counter({FLOW: 10}), both, TAKEHOME) == pytest.approx([0.0, 1.0])


@pytest.mark.parametrize(
    ("before", "value", "part", "after"),
    [
        ("none", "all", 0.0, "none"),
        ("none", "all", 1.0, "all"),
        ("none", "all", 0.5, "even:4"),
        ("even:4", "none", 0.5, "even:2"),
        ("even:4", "none", 1.0, "none"),
        ("first:6", "all", 0.5, "even:7"),
    ],
)
def test_groups_are_moved_in_part(before: str, value: str, part: float, after: str) -> None:
    knob = GroupsKnob("g", "none", "", 8)
    extent = dict(other_values(knob, before))[value]
    assert planned({"g": before}, [Change(knob, value, extent, {})], [part]) == {"g": after}


def test_other_values_stay_in_range() -> None:
    assert other_values(IntegerKnob("n", 1, "", 0, 2), 1) == [(0, 1), (2, 1)]
    assert other_values(ChoiceKnob("c", "a", "", ("a", "b")), "a") == [("b", 1)]
    assert other_values(GroupsKnob("g", "all", "", 3), "all") == [("none", 3)]


def test_what_schedules_lose_is_weighed_against_what_work_gains() -> None:
    """Four selects less on flow are worth a loss of three cycles, and not of five."""
    choice = ChoiceKnob("how", "a", "", ("a", "b"))
    work = Counter({FLOW: 10})
    assert best_parts(work, [Change(choice, "b", 1, {FLOW: -4}, loss=3.0)], TAKEHOME) == pytest.approx([1.0])
    assert best_parts(work, [Change(choice, "b", 1, {FLOW: -4}, loss=5.0)], TAKEHOME) == pytest.approx([0.0])


def test_a_trial_has_the_work_and_a_schedule_of_the_graph() -> None:
    task = SMALL_TREE.load()
    knobs = default_settings(task.problem.knobs(task.shape, task.category, task.machine))
    attempt = try_setting(SMALL_TREE, knobs, None, None)
    trial = attempt.trial
    assert trial is not None
    assert attempt.schedules == TRIAL_SCHEDULES
    assert trial.work == work_of(build_graph(task, knobs))
    assert trial.cycles >= cycles_of(trial.work, task.machine)
    without_multiply_add = replace(SMALL_TREE, machine=load_machine("pocket"))
    attempt = try_setting(without_multiply_add, {**knobs, "leaf.1": "multiply_add"}, None, None)
    assert attempt.trial is None
    assert sum(attempt.failures.values()) == TRIAL_SCHEDULES


def test_each_round_is_shorter_and_leads_to_a_program() -> None:
    task, watch = SMALL_TREE.load(), unwatched()
    context = Context(task, SMALL_TREE, {"alu.mix": "no"}, "0", InProcess())
    gathering = {**context.settings, "select.0.1": "none", "select.0.2": "none"}
    trials = list(planner_of(context).trials(gathering, rounds=2))
    lengths = [trial.cycles for trial in trials]
    assert len(lengths) > 1
    assert lengths == sorted(set(lengths), reverse=True)
    assert all(trial.found.knobs["alu.mix"] == "no" for trial in trials)
    end = PlanStage(rounds=1).run(context, None, Budget(schedules=3 * TRIAL_SCHEDULES), watch)
    assert end.solution is not None
    assert end.solution.knobs["alu.mix"] == "no"
    assert watch.progress.cycles == end.solution.cycles >= end.solution.bound.cycles
    assert 2 * TRIAL_SCHEDULES <= watch.progress.schedules <= 3 * TRIAL_SCHEDULES


def test_a_wrong_program_is_no_start_for_a_plan() -> None:
    name, watch = task_name("Wrong"), unwatched()
    end = PlanStage().run(Context(name.load(), name, {}, "0", InProcess()), None, Budget(schedules=40), watch)
    assert end.solution is None
    assert watch.progress.failures["WrongOutputError"] == 1


def test_without_workers_too_nothing_is_tried_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(SMALL_TREE.load(), SMALL_TREE, {}, "0", InProcess())
    asked: list[object] = []
    submit = context.runner.submit

    def counting(*arguments: Any) -> Any:
        asked.append(arguments)
        return submit(*arguments)

    monkeypatch.setattr(context.runner, "submit", counting)
    planner = Planner(context, Budget(seconds=0.0), unwatched())
    assert len(list(planner.trials(context.settings, 3))) == 1
    assert planner.was_cut_short
    assert len(asked) == 1


def planner_of(context: Context) -> Planner:
    return Planner(context, Budget(), unwatched())
