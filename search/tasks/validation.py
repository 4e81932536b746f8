"""Validation: nothing that a search returns is a result before it has passed here."""

from dataclasses import dataclass

import numpy as np

from machine.batch import simulate
from machine.errors import GraphError
from machine.graph.execute import execute
from machine.interpreter import interpret
from machine.legality import check_decision
from machine.program import Program
from problems.problem import Memories
from search.errors import IllegalScheduleError, WrongOutputError
from search.tasks.candidate import Candidate
from search.tasks.task import Task

GRAPH_INPUTS = 2
"""Inputs on which the graph itself is executed: the plain way takes a third of a second for a large graph."""

INTERPRETED_INPUTS = 2
"""Inputs on which the plain interpreter runs besides the batch simulator."""

QUICK_INPUTS = 16
"""Inputs on which the best schedule of a batch or walk is simulated before it is reported."""

LEAST_INPUTS = 1024
"""Inputs on which an entry is validated anew, whatever it says of itself; problems begin with their boundary inputs."""

VALIDATION_SEED = 20_260_101
"""Of the inputs; searches never see them."""


@dataclass(frozen=True, slots=True)
class Validation:
    """A passed validation: cycles, and how it was checked."""

    cycles: int
    inputs: int
    seed: int
    checks: tuple[str, ...]


def validate_program(task: Task, program: Program, inputs: int, seed: int = VALIDATION_SEED) -> Validation:
    """Run ``program`` on boundary and random inputs under both simulators and compare with the reference.

    Where jumps make cycles depend on the input, those of the slowest input count.

    Raises:
        WrongOutputError: an error, a wrong output word, or simulators that disagree.
    """
    memories = task.problem.inputs(task.shape, inputs, seed)
    runs = simulate(program, memories, task.machine)
    for number, fault in enumerate(runs.faults):
        if fault is not None:
            raise WrongOutputError(f"input {number}: {fault}")
    _compare(task, runs.memory, task.problem.reference(task.shape, memories))
    cycles = int(runs.cycles.max())
    for number in sorted({*np.linspace(0, inputs - 1, INTERPRETED_INPUTS, dtype=int).tolist()}):
        plain = interpret(program, memories[number].tolist(), task.machine)
        if plain != runs[number]:
            raise WrongOutputError(f"input {number}: the two simulators disagree")
    return Validation(cycles, inputs, seed, ("batch simulator", "interpreter"))


def validate_candidate(task: Task, candidate: Candidate, inputs: int, seed: int = VALIDATION_SEED) -> Validation:
    """Check a candidate from graph to program: the graph executed, the schedule's legality, the program run.

    Raises:
        IllegalScheduleError: the program is not a legal schedule of the graph.
        WrongOutputError: the graph or the program does not reproduce the reference, or the cycles differ.
    """
    graph = candidate.prepared.graph
    problems = check_decision(graph, candidate.decision, candidate.program)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise IllegalScheduleError(problems[0] + more)
    memories = task.problem.inputs(task.shape, max(inputs, GRAPH_INPUTS), seed)[-GRAPH_INPUTS:]
    choices = candidate.decision.schedule.implementations.tolist()
    try:
        finals = np.array([execute(graph, memory.tolist(), choices) for memory in memories], dtype=np.uint32)
    except GraphError as error:
        raise WrongOutputError(f"the graph fails: {error}") from error
    _compare(task, finals, task.problem.reference(task.shape, memories))
    ran = validate_program(task, candidate.program, inputs, seed)
    if ran.cycles != candidate.cycles:
        raise WrongOutputError(f"the program takes {ran.cycles} cycles, the schedule {candidate.cycles}")
    return Validation(ran.cycles, ran.inputs, ran.seed, ("legality", "graph execution", *ran.checks))


def _compare(task: Task, found: Memories, wanted: Memories) -> None:
    for words in task.problem.outputs(task.shape, task.category):
        wrong = np.argwhere(found[:, words.start : words.stop] != wanted[:, words.start : words.stop])
        if len(wrong):
            number, word = int(wrong[0][0]), int(wrong[0][1]) + words.start
            raise WrongOutputError(
                f"input {number}: memory word {word} is {found[number, word]}, not {wanted[number, word]}"
                + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else "")
            )
