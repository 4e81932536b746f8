"""Carries programs from one variant of a machine to another, where the legality checker finds them legal there too.

So a machine that can do all that another can is never reported as slower, however the searches on both went.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from machine.architecture import Machine
from machine.errors import SlotsmithError
from machine.graph.decision import Decision, Schedule, schedule_of
from machine.legality import check_decision
from problems.knobs import default_settings
from rewriting.reading import read_terms
from rewriting.recipe import digest_of, replay
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.proving import prove_bound
from search.errors import IllegalScheduleError, WrongOutputError
from search.explore.variant import Program, Variant, VariantEnd, VariantResult
from search.scheduling.incumbent import incumbent_of
from search.scheduling.policy import default_policy
from search.scratch.placement import THOROUGH, place
from search.strategy.solution import Solution
from search.tasks.building import build_plain
from search.tasks.candidate import make_candidate
from search.tasks.recipes import require_same
from search.tasks.rewriting_knob import of_problem
from search.tasks.task import Task
from search.tasks.validation import validate_candidate

_INPUTS, _SEED = 4, 1
"""On which a graph that is rewritten by another machine's recipe is compared with the plain one."""


def carried(task: Task, program: Program) -> Solution | None:
    """A program for another machine as a solution of the task, if it is a legal one."""
    declared = task.problem.knobs(task.shape, task.category, task.machine)
    if default_settings(declared).keys() != of_problem(program.knobs).keys():
        return None
    try:
        prepared = _built_again(task, program)
    except SlotsmithError:
        return None
    flat, old = prepared.flat, program.decision
    if (len(flat.slot_implementations), len(flat.buffer_words)) != (len(old.schedule.cycles), len(old.addresses)):
        return None
    schedule = schedule_of(flat, old.schedule.cycles)
    decision = next((each for each in _placed(prepared, schedule, old) if _is_legal(prepared, each)), None)
    if decision is None:
        return None
    incumbent = incumbent_of(flat, decision, default_policy(task.machine).engine_order)
    return Solution(program.knobs, None, prepared, incumbent, prove_bound(prepared))


def _built_again(task: Task, program: Program) -> PreparedGraph:
    """The program's graph, rewritten as it was: for this machine alone another recipe might be found.

    Raises:
        SlotsmithError: there is no such graph on this machine, or the recipe makes another of it than of the program's.
    """
    plain = build_plain(task, program.knobs)
    if program.recipe is None:
        return prepare(plain)
    recipe = replace(program.recipe, given=digest_of(read_terms(plain)))  # which names the machine, too
    graph = replay(plain, recipe)
    require_same(task, plain, graph, _INPUTS, _SEED)
    return replace(prepare(graph), recipe=recipe)


def _placed(prepared: PreparedGraph, schedule: Schedule, old: Decision) -> Iterator[Decision]:
    """The schedule at the addresses that it had, then at others: there may be fewer words."""
    yield replace(old, schedule=schedule)
    other = place(prepared, schedule, THOROUGH)
    if other is not None:
        yield other


def _is_legal(prepared: PreparedGraph, decision: Decision) -> bool:
    return not check_decision(prepared.graph, decision, make_candidate(prepared, decision).program)


def shared(
    task: Task, variants: Sequence[Variant], results: Sequence[VariantResult], inputs: int
) -> list[VariantResult]:
    """The results, each replaced by a shorter program of a variant that can do no more, if that is legal.

    Args:
        task: on any machine.
        variants: of one machine.
        results: theirs.
        inputs: on which a program that is carried is validated.
    """
    best = list(results)
    order = sorted((n for n, result in enumerate(results) if result.program), key=lambda n: best[n].cycles or 0)
    for lesser in order:
        program, source = best[lesser].program, variants[lesser].machine
        for number, variant in enumerate(variants):
            cycles = best[number].cycles
            if program is None or source is None or variant.machine is None or source == variant.machine:
                continue
            if (cycles is None or program.cycles < cycles) and can_all(variant.machine, source):
                there = Task(task.problem, task.shape, task.category, variant.machine)
                best[number] = _taken_over(there, program, inputs) or best[number]
    return best


def can_all(machine: Machine, other: Machine) -> bool:
    """Whether a machine has all that another has: the same lanes, and at least as much of everything else."""
    same = machine.vector_length == other.vector_length and machine.scratch_words >= other.scratch_words
    return same and all(
        name in machine.engines
        and machine.engines[name].slots >= engine.slots
        and all(
            machine.offers(name, opcode) and machine.latency(machine.opcode(name, opcode)) <= other.latency(found)
            for opcode, found in engine.opcodes.items()
        )
        for name, engine in other.engines.items()
    )


def _taken_over(task: Task, program: Program, inputs: int) -> VariantResult | None:
    solution = carried(task, program)
    if solution is None:
        return None
    try:
        validate_candidate(task, solution.candidate(), inputs)
    except (WrongOutputError, IllegalScheduleError):
        return None
    return VariantResult(VariantEnd.FOUND, replace(program, decision=solution.incumbent.decision), solution.bound)
