"""Validation lets nothing pass that is wrong, and says by name what is."""

import json
from dataclasses import replace

import pytest

from machine.execution import Execution
from machine.interpreter import interpret
from machine.model import Machine
from machine.program import Program, Slot, program_from_json
from search.errors import IllegalScheduleError, WrongOutputError
from search.tasks import validation
from search.tasks.candidate import Candidate
from search.tasks.task import TaskName
from search.tasks.validation import validate_candidate, validate_program
from tests.search.problems import DOUBLING, SMALL_TREE, candidate_of, task_name


@pytest.mark.parametrize("name", [DOUBLING, SMALL_TREE, replace(SMALL_TREE, category="values+indices")])
def test_a_candidate_that_is_right_passes(name: TaskName) -> None:
    task, candidate = candidate_of(name)
    passed = validate_candidate(task, candidate, 20)
    assert (passed.cycles, passed.inputs, passed.seed) == (candidate.cycles, 20, validation.VALIDATION_SEED)
    assert passed.checks == ("legality", "graph execution", "batch simulator", "interpreter")
    assert validate_program(task, candidate.program, 1).checks == ("batch simulator", "interpreter")


def test_wrong_output_words_are_named() -> None:
    task, candidate = candidate_of(task_name("Wrong", "words=3"))
    with pytest.raises(WrongOutputError, match=r"input 0: memory word 0 is \d+, not \d+ \(and \d+ more\)"):
        validate_program(task, candidate.program, 4)
    with pytest.raises(WrongOutputError):
        validate_candidate(task, candidate, 4)


def test_a_program_that_computes_something_else_is_found() -> None:
    task, candidate = candidate_of(DOUBLING)
    squares = program_from_json(json.loads(candidate.program.dumps().replace('"+"', '"*"')))
    with pytest.raises(WrongOutputError):
        validate_program(task, squares, 4)


def test_words_that_are_no_output_may_be_anything() -> None:
    task, candidate = candidate_of(replace(DOUBLING, shape="words=1,spare=1"))
    spare = {"load": [("const", 0, 1)]}, {"store": [("store", 0, 0)]}
    assert validate_program(task, Program((*candidate.program.bundles, *spare)), 4).cycles == candidate.cycles + 2


def test_a_program_that_stops_with_an_error_is_named_with_its_input() -> None:
    task, _ = candidate_of(DOUBLING)
    beyond = Program(({"load": [("const", 0, 2**31)]}, {"load": [("load", 1, 0)]}))
    with pytest.raises(WrongOutputError, match="input 0: memory address in bundle 1"):
        validate_program(task, beyond, 3)


def test_a_program_that_stops_with_an_error_on_some_inputs_only_is_named_with_the_first_of_them() -> None:
    task, candidate = candidate_of(task_name("Astray", "words=1", "memory"))
    with pytest.raises(WrongOutputError, match=r"input 3: memory address in bundle \d"):
        validate_program(task, candidate.program, 6)


def test_a_graph_that_breaks_its_promises_is_named() -> None:
    """The program itself is right: only executing the graph shows that an address leaves its range."""
    task, candidate = candidate_of(task_name("Astray", "words=2", "range"))
    validate_program(task, candidate.program, 6)
    with pytest.raises(WrongOutputError, match=r"the graph fails: .* address 1 is not in its range 0\.\.0"):
        validate_candidate(task, candidate, 6)


def test_the_graph_is_executed_on_two_inputs_even_where_the_program_runs_on_one() -> None:
    task, candidate = candidate_of(task_name("Astray", "words=2", "range"))
    with pytest.raises(WrongOutputError, match="the graph fails"):
        validate_candidate(task, candidate, 1)


def test_an_illegal_schedule_is_named_though_its_outputs_are_right() -> None:
    task, candidate = candidate_of(DOUBLING)
    longer = Program(({"alu": [("+", 1500, 1500, 1500)]}, *candidate.program.bundles))
    validate_program(task, longer, 4)
    with pytest.raises(IllegalScheduleError, match=r"bundle 0: .* \(and \d+ more\)"):
        validate_candidate(task, replace(candidate, program=longer), 4)


def test_a_schedule_that_claims_other_cycles_than_its_program_takes_is_named() -> None:
    task, candidate = candidate_of(DOUBLING)
    shorter = replace(candidate.decision.schedule, length=candidate.cycles - 1)
    claims_less = Candidate(candidate.prepared, replace(candidate.decision, schedule=shorter), candidate.program)
    with pytest.raises(WrongOutputError, match=f"takes {candidate.cycles} cycles, the schedule {candidate.cycles - 1}"):
        validate_candidate(task, claims_less, 4)


@pytest.mark.parametrize("changed", [{"cycles": 1}, {"memory": [0]}, {"scratch": []}, {"trace": [5]}])
def test_simulators_that_disagree_are_named(monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]) -> None:
    def other(program: Program, memory: list[int], machine: Machine) -> Execution:
        return replace(interpret(program, memory, machine), **changed)  # type: ignore[arg-type]

    monkeypatch.setattr(validation, "interpret", other)
    task, candidate = candidate_of(DOUBLING)
    with pytest.raises(WrongOutputError, match="input 0: the two simulators disagree"):
        validate_program(task, candidate.program, 4)


def test_the_interpreter_runs_on_the_first_and_the_last_input(monkeypatch: pytest.MonkeyPatch) -> None:
    task, candidate = candidate_of(DOUBLING)
    memories = task.problem.inputs(task.shape, 9, 5)
    seen = []

    def noted(program: Program, memory: list[int], machine: Machine) -> Execution:
        seen.append(memory)
        return interpret(program, memory, machine)

    monkeypatch.setattr(validation, "interpret", noted)
    validate_program(task, candidate.program, 9, seed=5)
    assert sorted(seen) == sorted([memories[0].tolist(), memories[8].tolist()])


def test_the_score_of_a_program_with_jumps_is_that_of_its_slowest_input() -> None:
    """A program that waits for two cycles more where the first word is odd."""
    task, candidate = candidate_of(replace(DOUBLING, shape="words=1"))
    one, odd = 1000, 1001
    wait: tuple[dict[str, list[Slot]], ...] = (
        {"load": [("load", odd, 999), ("const", one, 1)]},
        {"alu": [("&", odd, odd, one)]},
        {"alu": [("^", odd, odd, one)]},
        {"flow": [("cond_jump_rel", odd, 2)]},
        {"flow": []},
        {"flow": []},
    )
    program = Program((*wait, *candidate.program.bundles))
    assert validate_program(task, program, 20).cycles == candidate.cycles + 6
