"""Runs batches of trials: what a worker does."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from machine.errors import SlotsmithError
from problems.knobs import KnobValue
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.work_bound import lower_bound
from search.errors import WrongOutputError
from search.scheduling.incumbent import Keyed
from search.scheduling.justification import justify
from search.scheduling.moves import local_search
from search.scheduling.policy_walk import best_of_walk
from search.strategy.sampler import BatchRequest, Finding, PolicyWalk
from search.tasks.building import build_prepared
from search.tasks.candidate import make_candidate
from search.tasks.task import TaskName
from search.tasks.validation import validate_program

QUICK_INPUTS = 16
"""Inputs on which a batch's best program runs before it is called found; the winner is validated in full."""


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
