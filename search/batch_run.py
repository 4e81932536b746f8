"""Runs batches of trials: what a worker does."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from machine.errors import SlotsmithError
from machine.graph.builder import Kernel
from machine.model import Machine
from problems.knobs import KnobSettings, KnobValue
from problems.loader import load_problem
from problems.problem import parse_shape
from search.bounds import Bound, lower_bound
from search.decide import make_candidate
from search.errors import WrongOutputError
from search.justify import justify
from search.keyed import Keyed
from search.list_scheduler import PreparedGraph, prepare
from search.local_search import local_search
from search.sampler import BatchRequest, Finding, PolicyWalk
from search.validation import Task, validate_program
from search.walk import best_of_walk

QUICK_INPUTS = 16
"""Inputs on which a batch's best program runs before it is called found; the winner is validated in full."""


@dataclass(frozen=True)
class TaskName:
    """A task as it travels between processes."""

    problem: str
    shape: str
    category: str
    machine: Machine

    def load(self) -> Task:
        """The task itself."""
        problem = load_problem(self.problem)
        return Task(problem, parse_shape(problem, self.shape), self.category, self.machine)


@dataclass(frozen=True)
class BatchResult:
    """What a batch led to.

    Attributes:
        request: the batch.
        finding: its best, or ``None``.
        bound: of its graph, if one was found.
        trials: schedules tried.
        failures: trials that led to nothing, by the name of the error.
    """

    request: BatchRequest
    finding: Finding | None
    bound: Bound | None
    trials: int
    failures: dict[str, int]


def build_prepared(task: Task, knobs: KnobSettings) -> PreparedGraph:
    """Build the task's graph with these knobs and prepare it.

    Raises:
        GraphError: the problem builds a graph that is none.
    """
    kernel = Kernel(task.machine, task.problem.memory_words(task.shape))
    task.problem.build(kernel, task.shape, task.category, knobs)
    return prepare(kernel.graph())


@lru_cache(maxsize=2)
def _prepared_again(name: TaskName, knobs: tuple[tuple[str, KnobValue], ...]) -> PreparedGraph:
    """A prepared graph, kept from one local search to the next."""
    return build_prepared(name.load(), dict(knobs))


def run_local_search(name: TaskName, finding: Finding, start: Keyed, trials: int, seed: str) -> Keyed:
    """A local search on the graph of a finding; a shorter result is simulated before it is reported."""
    prepared = _prepared_again(name, tuple(finding.knobs.items()))
    found = local_search(prepared, start, finding.policy.engine_order, trials, seed)
    if found.cycles < start.cycles:
        validate_program(name.load(), make_candidate(prepared, found.decision).program, QUICK_INPUTS)
    return found


def run_batch(name: TaskName, request: BatchRequest, to_beat: int | None) -> BatchResult:
    """Try policies on one setting of the knobs and justify the best; below ``to_beat`` it is simulated, too."""
    task = name.load()
    failures: Counter[str] = Counter()
    try:
        prepared = build_prepared(task, request.knobs)
    except SlotsmithError as error:
        return BatchResult(request, None, None, request.trials, {type(error).__name__: request.trials})
    walk = PolicyWalk(task.machine, request.start, Random(request.seed))
    try:
        policy, listed = best_of_walk(prepared, walk, request.trials, failures)
    except SlotsmithError:
        return BatchResult(request, None, None, request.trials, dict(failures))
    best = justify(prepared, listed, policy.engine_order)
    if to_beat is None or best.cycles < to_beat:
        try:
            validate_program(task, make_candidate(prepared, best.decision).program, QUICK_INPUTS)
        except WrongOutputError as error:
            failures[type(error).__name__] += 1
            return BatchResult(request, None, None, request.trials, dict(failures))
    finding = Finding(best.cycles, request.number, request.knobs, policy)
    return BatchResult(request, finding, lower_bound(prepared), request.trials, dict(failures))
