"""A trial's result depends on its request alone, and whatever goes wrong in it has a name."""

import pickle
from dataclasses import replace
from types import ModuleType

import pytest

from machine.graph.decision import decision_to_json
from machine.program import Program
from search.board.entry import reproduce
from search.bounds.chains_and_work import lower_bound
from search.errors import WrongOutputError
from search.scheduling import moves as moves_module
from search.scheduling import policy_walk
from search.scheduling.decide import decide
from search.scheduling.incumbent import incumbent_of
from search.scheduling.justification import justify
from search.scheduling.policy import default_policy
from search.strategy.stage_work import parse_works
from search.sweep import trial as trial_module
from search.sweep.trial import TrialRequest, TrialResult, run_trial
from search.tasks.building import build_prepared
from search.tasks.task import Task, TaskName
from tests.search.problems import DOUBLING, SMALL_TREE, task_name


def request(task: TaskName = SMALL_TREE, **changes: object) -> TrialRequest:
    loaded = task.load()
    knobs = {knob.name: knob.default for knob in loaded.problem.knobs(loaded.shape, loaded.category, loaded.machine)}
    policy = default_policy(task.machine)
    made = TrialRequest(3, task, "0:3", knobs, policy, 4, (), 8, None)
    return replace(made, **changes)  # type: ignore[arg-type]


def essence(result: TrialResult) -> tuple[object, ...]:
    """All but the time at which an entry was found."""
    found = None
    if result.found is not None:
        entry = replace(result.found.entry, found="")
        found = entry, decision_to_json(result.found.decision), result.found.program
    return (*(getattr(result, name) for name in ("number", "cycles", "bound", "policy", "schedules", "error")), found)


def test_the_same_request_leads_to_the_same_result() -> None:
    asked = request(schedules=12)
    assert essence(run_trial(asked)) == essence(run_trial(pickle.loads(pickle.dumps(asked))))


def test_what_is_found_is_validated_reproducible_and_can_travel() -> None:
    result = pickle.loads(pickle.dumps(run_trial(request())))
    entry, found = result.found.entry, result.found
    assert entry.cycles == result.cycles >= result.bound.cycles
    assert entry.validation.inputs == 8
    assert entry.knobs == request().knobs
    assert entry.policy == result.policy.to_json()
    again = reproduce(entry, decision_to_json(found.decision))
    assert again.succeeded
    assert again.candidate.program == found.program


def test_one_schedule_is_that_of_the_policy_asked_for_justified() -> None:
    asked = request(schedules=1)
    result = run_trial(asked)
    prepared = build_prepared(SMALL_TREE.load(), asked.knobs)
    assert (result.policy, result.schedules) == (asked.policy, 1)
    listed = decide(prepared, asked.policy)
    assert (
        result.cycles
        == justify(prepared, incumbent_of(prepared.flat, listed, asked.policy.engine_order)).cycles
        < listed.schedule.length
    )
    assert result.bound == lower_bound(prepared)


def test_more_schedules_never_lead_to_a_longer_list_schedule() -> None:
    """What justification makes of a shorter one may be longer, though."""
    prepared = build_prepared(SMALL_TREE.load(), request().knobs)
    policies = [run_trial(request(schedules=schedules)).policy for schedules in (1, 4, 16)]
    lengths = [decide(prepared, policy).schedule.length for policy in policies if policy is not None]
    assert len(lengths) == 3
    assert lengths == sorted(lengths, reverse=True)


def test_only_what_is_shorter_than_what_is_to_beat_is_brought_back() -> None:
    cycles = run_trial(request()).cycles
    assert cycles is not None
    for to_beat, brought in ((cycles - 1, False), (cycles, False), (cycles + 1, True)):
        result = run_trial(request(to_beat=to_beat))
        assert (result.found is not None) == brought
        assert result.cycles == cycles


@pytest.mark.parametrize("works", ["moves:60", "cp-sat:0.2", "moves:20,windows:1,exact:0.1"])
def test_a_trial_with_stages_is_no_longer_and_says_how_it_was_found(works: str) -> None:
    plain, refined = run_trial(request()), run_trial(request(stages=parse_works(works)))
    assert plain.cycles is not None
    assert refined.cycles is not None
    assert refined.cycles <= plain.cycles
    assert refined.found is not None
    assert plain.found is not None
    assert plain.found.entry.effort.method == "sweep"
    assert refined.found.entry.effort.method == ", ".join(["sweep", *(work.stage for work in parse_works(works))])


@pytest.mark.parametrize(
    ("kind", "error", "failures"),
    [("large", "ScratchExceededError", {"ScratchExceededError": 4}), ("broken", "GraphError", {})],
)
def test_knobs_that_lead_to_nothing_are_told_by_name(kind: str, error: str, failures: dict[str, int]) -> None:
    result = run_trial(request(task_name("Choosy"), knobs={"kind": kind, "idle": 0}))
    assert result.error is not None
    assert (result.error[0], result.cycles, result.found, result.schedules) == (error, None, None, 4)
    assert result.failures == failures


def test_a_wrong_program_is_told_by_name_and_never_brought_back() -> None:
    result = run_trial(request(task_name("Wrong")))
    assert result.error is not None
    assert (result.error[0], result.cycles, result.found) == ("WrongOutputError", None, None)


def test_a_program_is_run_even_if_it_is_not_to_be_brought_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that is wrong must not pass for one that is merely too long."""

    def refuse(task: Task, program: Program, inputs: int) -> None:
        raise WrongOutputError("no")

    monkeypatch.setattr(trial_module, "validate_program", refuse)
    result = run_trial(request(DOUBLING, to_beat=1))
    assert (result.cycles, result.error) == (None, ("WrongOutputError", "no"))


@pytest.mark.parametrize("module", [policy_walk, moves_module])
def test_an_interrupt_ends_a_trial_for_half_of_it_is_no_result(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "decide" if module is policy_walk else "try_keys", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_trial(request(stages=parse_works("moves:10")))
